/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "vm/plug.h"

struct hotplug_device {
    const char *driver;
    struct strings words;
    bool check;
};

/* "usb-tablet-1: usb-tablet on xhci.0" */
static void view_device(const json *value, const struct output *output, struct text *text)
{
    const char *bus = json_get_string(value, "bus");

    (void)output;
    text_add_shown(text, json_get_string(value, "id"));
    text_add_string(text, ": ");
    text_add_shown(text, json_get_string(value, "driver"));
    text_add_string(text, bus ? " on " : "");
    text_add_shown(text, bus ? bus : "");
    text_add_char(text, '\n');
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct hotplug_device *options = target;
    struct session *session = context_session(context, error);
    AUTO_JSON json *result = NULL;

    if (!session || !(options->check ? plug_device_check(session, options->driver, &options->words,
                                           &result, error)
                                     : plug_device(session, options->driver, &options->words,
                                           context_dry_run(context), &result, error)))
        return false;
    return context_dry_run(context) || context_result(context, steal_pointer(&result), view_device);
}

static const struct option options[] = {
    OPTION_FLAG(struct hotplug_device, check, "check", 0, "only answer whether it could be done"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct hotplug_device, driver, "DRIVER",
        "the type of the device, such as virtio-rng-pci", COMPLETES_DRIVER),
    ARGUMENT_WORDS(struct hotplug_device, words,
        "properties of the device, as this QEMU types them; id=, bus= and addr= too"),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp hotplug-device virtio-rng-pci id=rng1", "on the first free port"},
    {"-s /run/vm.qmp hotplug-device usb-tablet", "with an id that is made and said"},
    {NULL, NULL},
};

QMPBOX_COMMAND(hotplug_device) = {
    .name = "hotplug-device",
    .group = "Devices",
    .summary = "put any device into a running VM",
    .description =
        "Plugs in a device that needs nothing else made for it. A PCI device goes to the first "
        "free PCI Express port, or where QEMU finds a slot on a conventional bus, unless bus= says "
        "where. Without id= the id is DRIVER-1, DRIVER-2 and so on, the first that is free; the "
        "result says it, and unplug-device takes it.\n\n"
        "The words are checked against the properties that this QEMU gives the driver, before "
        "anything is plugged in. For disks and NICs there are hotplug-disk and hotplug-nic.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct hotplug_device),
    .words_of = "device_add",
    .needs = (const char *const[]){"device_add", "device_del", "qom-list", "qom-get",
        "device-list-properties", NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
