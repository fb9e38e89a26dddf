/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "vm/nic.h"

struct hotplug_nic {
    const char *id;
    struct strings words;
    const char *tap;
    const char *bridge;
    struct count queues;
    bool vhost;
    struct strings tap_fds;
    struct strings vhost_fds;
    struct strings netdev;
    bool no_rom;
    bool link_down;
    bool check;
};

/* "n1: virtio-net-pci on rp0, tap vnet0 in br0, 4 queues, vhost, 52:54:00:12:34:56" */
static void view_nic(const json *value, const struct output *output, struct text *text)
{
    static const struct {
        const char *key, *before;
    } parts[] = {{"id", ""}, {"driver", ": "}, {"bus", " on "}, {"type", ", "}, {"tap", " "},
        {"bridge", " in "}};
    int64_t queues = 1;

    (void)output;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *part = json_get_string(value, parts[i].key);

        text_add_string(text, part ? parts[i].before : "");
        text_add_shown(text, part ? part : "");
    }
    if (json_get_int(value, "queues", &queues) && queues > 1)
        text_printf(text, ", %lld queues", (long long)queues);
    if (json_get_bool(value, "vhost", false))
        text_add_string(text, ", vhost");
    text_add_string(text, ", ");
    text_add_shown(text, json_get_string(value, "mac"));
    text_add_string(text, json_get_bool(value, "link-down", false) ? ", link down\n" : "\n");
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct hotplug_nic *options = target;
    const struct nic_request request = {
        .id = options->id,
        .tap = options->tap,
        .bridge = options->bridge,
        .queues_given = options->queues.given,
        .queues = options->queues.given ? options->queues.value : 1,
        .vhost = options->vhost,
        .tap_fds = &options->tap_fds,
        .vhost_fds = &options->vhost_fds,
        .netdev = &options->netdev,
        .words = &options->words,
        .no_rom = options->no_rom,
        .link_down = options->link_down,
    };
    AUTO_NIC struct nic *nic = nic_prepare(&request, error);
    AUTO_JSON json *result = NULL;
    struct session *session = nic ? context_session(context, error) : NULL;

    if (!session)
        return false;
    if (options->check) {
        if (!nic_check(nic, session, &result, error))
            return false;
    } else if (!nic_plug(nic, session, context_dry_run(context), &result, error)) {
        return false;
    }
    return !result || context_result(context, steal_pointer(&result), view_nic);
}

static const struct option options[] = {
    OPTION_STRING(struct hotplug_nic, tap, "tap", 0, "IFNAME",
        "the tap interface behind it, opened here, and made if it is missing", COMPLETES_TAP),
    OPTION_STRING(struct hotplug_nic, bridge, "bridge", 0, "BRIDGE",
        "put the tap into this bridge and set it up", COMPLETES_BRIDGE),
    OPTION_COUNT(struct hotplug_nic, queues, "queues", 0, "N", "queues of the tap; 1 unless said"),
    OPTION_FLAG(struct hotplug_nic, vhost, "vhost", 0,
        "let the kernel move the packets: /dev/vhost-net, opened here"),
    OPTION_STRINGS(struct hotplug_nic, tap_fds, "tap-fd", 0, "N",
        "an inherited descriptor of a tap instead of --tap; once for each queue"),
    OPTION_STRINGS(struct hotplug_nic, vhost_fds, "vhost-fd", 0, "N",
        "an inherited descriptor of /dev/vhost-net; once for each queue"),
    OPTION_STRINGS(struct hotplug_nic, netdev, "netdev", 0, "KEY=VALUE",
        "a word for another network backend instead of a tap, such as type=user, as netdev_add "
        "takes them",
        COMPLETES_NETDEV_WORDS),
    OPTION_FLAG(struct hotplug_nic, no_rom, "no-rom", 0, "without a boot ROM (romfile=)"),
    OPTION_FLAG(
        struct hotplug_nic, link_down, "link-down", 0, "the cable is out; set_link puts it in"),
    OPTION_FLAG(struct hotplug_nic, check, "check", 0, "only answer whether it could be done"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(
        struct hotplug_nic, id, "ID", "the id of the device; its network backend is called ID-net"),
    ARGUMENT_WORDS(struct hotplug_nic, words,
        "properties of the device: driver= (virtio-net-pci unless said), mac=, bus= and so on"),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp hotplug-nic n1 --tap vnet0 --bridge br0 mac=52:54:00:12:34:56",
        "a tap that is made and put into a bridge"},
    {"-s /run/vm.qmp hotplug-nic n2 --tap vnet1 --queues 4 --vhost", "four queues, by vhost"},
    {"-s /run/vm.qmp hotplug-nic n3 --netdev type=user driver=e1000e", "QEMU's own network"},
    {NULL, NULL},
};

QMPBOX_COMMAND(hotplug_nic) = {
    .name = "hotplug-nic",
    .group = "Devices",
    .summary = "put a NIC into a running VM",
    .description =
        "Opens the tap interface here, passes its descriptors to QEMU, makes the network backend "
        "and plugs the NIC in. QEMU needs no right to open a tap. The NIC goes to the first free "
        "PCI Express port, or where QEMU finds a slot on a conventional bus, unless bus= says "
        "where.\n\n"
        "A tap that is missing is made, and is gone as soon as the NIC is. With --bridge it gets "
        "the bridge's MTU and an address that the bridge does not take for its own. One that was "
        "there before must be free, and have been made for as many queues (multi_queue for more "
        "than one). With several queues the device gets mq=on and two vectors for each queue and "
        "two more, unless the words say otherwise.\n\n"
        "Without mac= an address that begins with 52:54:00 is made at random and said in the "
        "result: the one that QEMU gives is the same in every VM.\n\n"
        "vhost is asked for only with a descriptor of /dev/vhost-net that was opened here or "
        "inherited: a QEMU that cannot open it itself may abort.\n\n"
        "What fails half-way is undone: nothing is left in the VM, a tap that was there before is "
        "taken out of the bridge again, and the error says what was taken back.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct hotplug_nic),
    .words_of = "device_add",
    .driver = "virtio-net-pci",
    .needs = (const char *const[]){"getfd", "closefd", "netdev_add", "netdev_del", "device_add",
        "device_del", "set_link", "human-monitor-command", "qom-list", "qom-get",
        "device-list-properties", NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
