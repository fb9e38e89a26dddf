/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/compare.h"

#include "cli/context.h"
#include "ui/differences.h"

#include <string.h>

struct compare {
    const char *first;
    const char *second;
    bool all;
};

static bool run(struct context *context, void *options, struct error *error)
{
    const struct compare *compare = options;
    const char *there = compare->second ? compare->second : compare->first;
    struct session *a, *b;
    json *result;
    bool migratable;

    if (compare->second && !context_use(context, compare->first, error))
        return false;
    if (compare->second && strcmp(compare->first, there) == 0)
        return error_set(error, ERROR_USAGE, "A and B are the same VM");
    a = context_session(context, error);
    b = a ? context_second(context, there, false, error) : NULL;
    if (!b)
        return false;
    if (session_process(a) && session_process(a) == session_process(b))
        return error_set(error, ERROR_USAGE, "A and B are two monitors of the same VM");
    session_set_deadline(b, session_deadline(a));
    result = compare_sessions(a, b, compare->all, error);
    if (!result)
        return false;
    migratable = json_get_bool(result, "migratable", false);
    context_result(context, result, view_differences);
    return migratable ||
           error_set(error, ERROR_NO, "%s cannot take over the guest of %s: see what hinders",
               session_address(b), session_address(a));
}

static const struct option options[] = {
    OPTION_FLAG(struct compare, all, "all", 0, "list what is the same on both too"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct compare, first, "A", "the monitor of the VM that is to be migrated",
        COMPLETES_ADDRESS),
    ARGUMENT_OPTIONAL(struct compare, second, "B",
        "that of the VM that is to take it over; when it is left out, the one word is B, and A is "
        "that of -s",
        COMPLETES_ADDRESS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"compare /run/vm.qmp /run/new.qmp", "would a migration work? Status 0 for yes, 10 for no"},
    {"-s /run/vm.qmp compare /run/host2.qmp",
        "the other on another host, its monitor brought here by ssh -L"},
    {"compare /run/vm.qmp /run/new.qmp --all --json",
        "everything that was compared, for a program"},
    {NULL, NULL},
};

QMPBOX_COMMAND(compare) = {
    .name = "compare",
    .group = "Migration",
    .summary = "what differs between two VMs that matters before a migration",
    .description =
        "Asks two VMs what they are made of and lists what differs, with what that means when the "
        "guest of A is to move to B. A difference hinders when the migration would fail, or "
        "succeed "
        "and take from the guest what it had; any other is a note, such as a device that only B "
        "has. Status 0 when nothing hinders, 10 when something does. Nothing is changed in either "
        "VM.\n\n"
        "Compared are the release of QEMU, target, accelerator, machine type and options, memory "
        "with its blocks, CPUs with their places, values and flags, every device by where it sits "
        "(not by its id) with its properties and MAC, the size of each disk and whether it may be "
        "written, user networks, and the migration capabilities that both must have alike. Not "
        "compared are the "
        "files behind disks, the kinds of network and character backends, names, and bandwidth.\n\n"
        "A flag of A's CPU that B's lacks hinders although no QEMU checks it: the migration would "
        "succeed, and the guest fail some time later. Flags are those of the running CPUs, not of "
        "the model's name. What a VM does not tell is said not to be compared. Where the machine "
        "types are of different kinds (pc and q35) devices are compared with --all only.\n\n"
        "No list is complete: a release may have changed what it sends without saying so anywhere. "
        "B should be started with -incoming by the same options as A.\n\n"
        "With --json it is an object with differences, a list of what, a, b (null where there is "
        "no "
        "such thing), hinders and why, and migratable; with --all also equal, a list of what and "
        "value.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct compare),
    .needs = (const char *const[]){"query-cpus-fast", "qom-get", "human-monitor-command",
        "query-migrate-capabilities", NULL},
    .timeout = 60,
    .run = run,
};
