/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"

static bool run(struct context *context, void *options, struct error *error)
{
    (void)options;
    return context_ask(context, "query-status", NULL, view_status, error);
}

static const struct example examples[] = {
    {"-s /run/vm.qmp status", "is the VM running, paused, or waiting for a migration"},
    {NULL, NULL},
};

QMPBOX_COMMAND(status) = {
    .name = "status",
    .qmp_name = "query-status",
    .group = "Run state",
    .summary = "the run state of the VM",
    .description =
        "Prints QEMU's own word for the run state: running, paused, prelaunch, inmigrate, "
        "postmigrate, shutdown and so on. With --json it is the return of query-status "
        "as it came.",
    .examples = examples,
    .needs = (const char *const[]){"query-status", NULL},
    .timeout = 30,
    .run = run,
};
