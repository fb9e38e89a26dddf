/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/words.h"
#include "ui/blocks.h"
#include "vm/throttle.h"

struct io_throttle {
    struct strings words;
};

/* "d1: throttled to 1 MiB/s (burst 2 MiB/s), group d1" */
static void view_throttle(const json *value, const struct output *output, struct text *text)
{
    AUTO_TEXT struct text limits = TEXT_EMPTY;

    (void)output;
    blocks_add_throttle(json_get(value, "throttle"), &limits);
    text_add_shown(text, json_get_string(value, "id"));
    text_printf(
        text, ": %s%s\n", limits.length ? "throttled to " : "not throttled", text_string(&limits));
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct io_throttle *options = target;
    AUTO_STRINGS struct strings words = {0};
    AUTO_JSON json *whole = NULL;
    AUTO_JSON json *result = NULL;
    struct throttle_request request = {.words = &words};
    struct session *session;

    if (!words_settle(&options->words, NULL, &words, &whole, error))
        return false;
    request.whole = whole;
    if (!throttle_target(&request, error))
        return false;
    session = context_session(context, error);
    if (!session || !throttle_set(session, &request, context_dry_run(context), &result, error))
        return false;
    return context_dry_run(context) ||
           context_result(context, steal_pointer(&result), view_throttle);
}

static const struct argument arguments[] = {
    ARGUMENT_REST(struct io_throttle, words, "KEY=VALUE",
        "id= of the device, and the limits that change: bps=, bps_rd=, bps_wr=, iops=, iops_rd=, "
        "iops_wr= (0: none), each with _max and _max_length for bursts, iops_size=, group=",
        COMPLETES_WORDS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp block_set_io_throttle id=d1 bps=10M iops=200", "limit a disk"},
    {"-s /run/vm.qmp block_set_io_throttle id=d1 bps_max=50M bps_max_length=10",
        "let it burst for ten seconds, the other limits being kept"},
    {"-s /run/vm.qmp block_set_io_throttle id=d1 bps=0", "no limit of bytes any more"},
    {NULL, NULL},
};

QMPBOX_COMMAND(block_set_io_throttle) = {
    .name = "block_set_io_throttle",
    .group = "Block",
    .summary = "limit the I/O of a device; what is not given keeps its value",
    .description =
        "Sets limits of bytes (bps) and operations (iops) a second for a device, named by its id, "
        "its QOM path, or (device=) its drive. QEMU's own command sets all limits at once; here "
        "those that are not given keep the value that they have, and 0 turns one off. The result "
        "is what holds then, read back.\n\n"
        "A limit of all and one of reads or writes alone exclude each other: the one that is given "
        "replaces the other, and that is noted. So are a burst that goes with its limit or would "
        "be less than it. What QEMU would refuse is refused before it is sent.\n\n"
        "Devices that name the same group= share the limits; one that joins a group takes those "
        "that the group has. A throttle filter node, with a "
        "throttle-group object, is another thing, and its limits hold as well: it is noted where "
        "the device has one.\n\n"
        "With --json it is {\"id\":...,\"throttle\":{...}} with QEMU's members that are set.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct io_throttle),
    .needs = (const char *const[]){"block_set_io_throttle", "query-block", "query-qmp-schema",
        NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
