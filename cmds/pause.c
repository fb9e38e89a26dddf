/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/runstate.h"

static bool run(struct context *context, void *options, struct error *error)
{
    struct session *session = context_session(context, error);
    struct message *status;

    (void)options;
    return session && runstate_pause(session, &status, error) &&
           context_reply(context, status, view_status);
}

static const struct example examples[] = {
    {"-s /run/vm.qmp pause", "stop the virtual CPUs; prints the state that followed"},
    {NULL, NULL},
};

QMPBOX_COMMAND(pause) = {
    .name = "pause",
    .qmp_name = "stop",
    .group = "Run state",
    .summary = "stop the virtual CPUs",
    .description = "Stops the virtual CPUs and prints the run state that followed. A VM that is "
                   "paused already stays so, and that is no error.",
    .examples = examples,
    .needs = (const char *const[]){"stop", "query-status", NULL},
    .timeout = 30,
    .run = run,
};
