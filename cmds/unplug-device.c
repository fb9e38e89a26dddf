/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/unplug.h"

struct unplug_device {
    const char *id;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct unplug_device *options = target;
    struct session *session = context_session(context, error);
    json *result = NULL;

    if (!session || !unplug_device(session, options->id, context_dry_run(context), &result, error))
        return false;
    return context_dry_run(context) || context_result(context, result, view_removed);
}

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct unplug_device, id, "ID", "the id of the device", COMPLETES_DEVICE),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp unplug-device usb-tablet-1",
        "take the device out, waiting until the guest lets go"},
    {NULL, NULL},
};

QMPBOX_COMMAND(unplug_device) = {
    .name = "unplug-device",
    .group = "Devices",
    .summary = "take a device out of a running VM",
    .description =
        "Asks the guest to let the device go and waits until it is gone. What hotplug-disk and "
        "hotplug-nic have made for a device of this ID goes too: the nodes ID and ID-file, the "
        "netdev ID-net, the fdset. Whatever part of it is still there is removed, so it can be run "
        "again. What else the device used (a block node of another name, a character device) "
        "stays: unplug-disk and unplug-nic remove that of a disk and a NIC.\n\n"
        "The guest must cooperate: one that is paused, has no operating system up yet, or has no "
        "driver for hot-plug does not let go (a VM without an operating system does at a reset). "
        "When the time is over the status is 4, the error says what is pending, and running it "
        "again goes on waiting. A guest that refuses gives status 7.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct unplug_device),
    .needs = (const char *const[]){"device_del", "qom-list", "query-block",
        "query-named-block-nodes", "query-fdsets", "human-monitor-command", NULL},
    .timeout = 60,
    .dry_run = true,
    .run = run,
};
