/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/runstate.h"

struct resume {
    bool force;
};

static bool run(struct context *context, void *options, struct error *error)
{
    const struct resume *resume = options;
    struct session *session = context_session(context, error);
    struct message *status;

    return session && runstate_resume(session, resume->force, &status, error) &&
           context_reply(context, status, view_status);
}

static const struct option options[] = {
    OPTION_FLAG(struct resume, force, "force", 0, "also when the VM has been migrated away"),
    OPTION_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp resume", "let the virtual CPUs run; prints the state that followed"},
    {NULL, NULL},
};

QMPBOX_COMMAND(resume) = {
    .name = "resume",
    .qmp_name = "cont",
    .group = "Run state",
    .summary = "let the virtual CPUs run",
    .description =
        "Lets the virtual CPUs run and prints the run state that followed.\n\n"
        "A VM in postmigrate has been migrated away: the guest may be running elsewhere, and QEMU "
        "would run a second copy on the same disks. That is refused, status 1, unless --force is "
        "given. A VM in inmigrate runs once the migration has arrived, which a note says.",
    .examples = examples,
    .options = options,
    .options_size = sizeof(struct resume),
    .needs = (const char *const[]){"cont", "query-status", NULL},
    .timeout = 30,
    .run = run,
};
