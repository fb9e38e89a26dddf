/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/unplug.h"

struct unplug_disk {
    const char *id;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct unplug_disk *options = target;
    struct session *session = context_session(context, error);
    json *result = NULL;

    if (!session || !unplug_disk(session, options->id, context_dry_run(context), &result, error))
        return false;
    return context_dry_run(context) || context_result(context, result, view_removed);
}

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct unplug_disk, id, "ID", "the id of the disk, as hotplug-disk was given it",
        COMPLETES_DISK),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp unplug-disk d1", "take the disk out, waiting until the guest lets go"},
    {NULL, NULL},
};

QMPBOX_COMMAND(unplug_disk) = {
    .name = "unplug-disk",
    .group = "Devices",
    .summary = "take a disk out of a running VM",
    .description =
        "Asks the guest to let the disk go, waits until it is gone, and then removes the block "
        "node "
        "that it used (an overlay too), those called ID and ID-file, and its fdset. It removes "
        "whatever part is still there, so it can be run again "
        "after it was interrupted, and after a hotplug-disk that was.\n\n"
        "The guest must cooperate: one that is paused, has no operating system up yet, or has no "
        "driver for hot-plug does not let go (a VM without an operating system does at a reset). "
        "When the time is over the status is 4, the error "
        "says what is pending, and running it again goes on waiting. A guest that refuses gives "
        "status 7.\n\n"
        "A device that is no disk is left alone, status 2.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct unplug_disk),
    .needs = (const char *const[]){"device_del", "blockdev-del", "remove-fd", "query-block",
        "query-named-block-nodes", "query-fdsets", "qom-list", NULL},
    .timeout = 60,
    .dry_run = true,
    .run = run,
};
