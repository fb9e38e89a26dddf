/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/unplug.h"

struct unplug_nic {
    const char *id;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct unplug_nic *options = target;
    struct session *session = context_session(context, error);
    json *result = NULL;

    if (!session || !unplug_nic(session, options->id, context_dry_run(context), &result, error))
        return false;
    return context_dry_run(context) || context_result(context, result, view_removed);
}

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct unplug_nic, id, "ID", "the id of the NIC, as hotplug-nic was given it",
        COMPLETES_NIC),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp unplug-nic n1", "take the NIC out, waiting until the guest lets go"},
    {NULL, NULL},
};

QMPBOX_COMMAND(unplug_nic) = {
    .name = "unplug-nic",
    .group = "Devices",
    .summary = "take a NIC out of a running VM",
    .description =
        "Asks the guest to let the NIC go, waits until it is gone, and then removes the network "
        "backend that it used and the one called ID-net. It removes whatever part is still there, "
        "so it can be run again after it was interrupted, and after a hotplug-nic that was.\n\n"
        "The order matters: QEMU would remove a backend that a NIC still uses without a word. A "
        "tap interface that hotplug-nic has made goes with its backend; one that was there before "
        "stays, in the bridge too that it was put into.\n\n"
        "The guest must cooperate: one that is paused, has no operating system up yet, or has no "
        "driver for hot-plug does not let go (a VM without an operating system does at a reset). "
        "When the time is over the status is 4, the error says what is pending, and running it "
        "again goes on waiting. A guest that refuses gives status 7.\n\n"
        "A device that is no NIC is left alone, status 2.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct unplug_nic),
    .needs = (const char *const[]){"device_del", "netdev_del", "closefd", "human-monitor-command",
        "qom-list", "qom-get", NULL},
    .timeout = 60,
    .dry_run = true,
    .run = run,
};
