/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "vm/disk.h"

#include <string.h>

struct hotplug_disk {
    const char *id;
    const char *file;
    struct strings words;
    const char *format;
    bool read_only;
    const char *cache;
    const char *aio;
    const char *discard;
    struct strings node;
    bool usb;
    bool by_path;
    bool check;
};

/* "d1: virtio-blk-pci on rp0, raw /srv/disk.img, read-write" */
static void view_disk(const json *value, const struct output *output, struct text *text)
{
    const char *bus = json_get_string(value, "bus");
    const char *file = json_get_string(value, "file");

    (void)output;
    text_printf(text, "%s: ", json_get_string(value, "id"));
    text_add_shown(text, json_get_string(value, "driver"));
    text_add_string(text, bus ? " on " : "");
    text_add_shown(text, bus ? bus : "");
    text_add_string(text, ", ");
    text_add_shown(text, json_get_string(value, "format"));
    text_add_char(text, ' ');
    text_add_shown(text, file);
    text_printf(
        text, ", %s\n", json_get_bool(value, "read-only", false) ? "read-only" : "read-write");
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct hotplug_disk *options = target;
    const struct disk_request request = {
        .id = options->id,
        .file = options->file,
        .format = options->format,
        .cache = options->cache,
        .aio = options->aio,
        .discard = options->discard,
        .read_only = options->read_only,
        .by_path = options->by_path,
        .usb = options->usb,
        .node = &options->node,
        .words = &options->words,
    };
    AUTO_DISK struct disk *disk = NULL;
    AUTO_JSON json *result = NULL;
    struct session *session;

    disk = disk_prepare(&request, error);
    session = disk ? context_session(context, error) : NULL;
    if (!session)
        return false;
    if (options->check) {
        if (!disk_check(disk, session, &result, error))
            return false;
    } else if (!disk_plug(disk, session, context_dry_run(context), &result, error)) {
        return false;
    }
    return context_dry_run(context) || context_result(context, steal_pointer(&result), view_disk);
}

static const struct option options[] = {
    OPTION_STRING(struct hotplug_disk, format, "format", 0, "FORMAT",
        "the image's format; raw unless said, and a file that looks like another one is refused "
        "until it is said",
        COMPLETES_BLOCK_FORMAT),
    OPTION_FLAG(struct hotplug_disk, read_only, "read-only", 0, "the guest may only read"),
    OPTION_CHOICE(struct hotplug_disk, cache, "cache", 0, "MODE", disk_caches,
        "how QEMU and the host cache it"),
    OPTION_CHOICE(
        struct hotplug_disk, aio, "aio", 0, "HOW", disk_aios, "how QEMU reads and writes the file"),
    OPTION_CHOICE(struct hotplug_disk, discard, "discard", 0, "HOW", disk_discards,
        "what becomes of the guest's discards"),
    OPTION_STRINGS(struct hotplug_disk, node, "node", 0, "KEY=VALUE",
        "a word for the block node, such as detect-zeroes=on, typed by this QEMU",
        COMPLETES_NODE_WORDS),
    OPTION_FLAG(struct hotplug_disk, usb, "usb", 0, "as a USB stick (driver=usb-storage)"),
    OPTION_FLAG(struct hotplug_disk, by_path, "by-path", 0,
        "QEMU opens the file itself instead of getting a descriptor"),
    OPTION_FLAG(struct hotplug_disk, check, "check", 0, "only answer whether it could be done"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct hotplug_disk, id, "ID",
        "the id of the device; its block nodes are called ID and ID-file"),
    ARGUMENT_ONE(struct hotplug_disk, file, "FILE", "the image, or a block device", COMPLETES_FILE),
    ARGUMENT_WORDS(struct hotplug_disk, words,
        "properties of the device: driver= (virtio-blk-pci unless said), bus=, serial= and so on"),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp hotplug-disk d1 disk.img", "a raw image on the first free port"},
    {"-s /run/vm.qmp hotplug-disk d2 disk.qcow2 --format qcow2 --cache none serial=A1",
        "a qcow2 with its backing chain, around the host's cache"},
    {"-s /run/vm.qmp hotplug-disk d3 disk.img --dry-run", "what would be sent, with the inverses"},
    {NULL, NULL},
};

QMPBOX_COMMAND(hotplug_disk) = {
    .name = "hotplug-disk",
    .group = "Devices",
    .summary = "put a disk into a running VM",
    .description =
        "Opens FILE here, passes the descriptor to QEMU and plugs the disk in. QEMU needs no right "
        "to open the file itself. The disk goes to the first free PCI Express port, or where "
        "QEMU finds a slot on a conventional bus, unless bus= says where.\n\n"
        "Exactly one descriptor of the right mode is passed for each file, in an fdset that is "
        "closed as soon as the device is in. The backing chain of a qcow2 is read from its header, "
        "opened and passed read-only. Snapshot and commit work on the disk afterwards.\n\n"
        "What fails half-way is undone: nothing is left in the VM, and the error says what was "
        "taken back. QEMU up to 7.2 keeps a descriptor while the VM is paused and drops it once "
        "the VM "
        "runs; that is said.\n\n"
        "A file that looks like an image of another format than raw is refused until --format says "
        "which it is: a guest can write any header into its raw disk, and QEMU would follow it. "
        "Known by "
        "their headers are qcow2, qcow, qed, vmdk, vdi, vhdx, vpc, luks, parallels and bochs.\n\n"
        "The ID begins with a letter and has 26 characters at most. The nodes of a backing chain "
        "are "
        "called ID-b1, ID-b2 and so on.\n\n"
        "--check asks whether there is a place and whether this QEMU can do it; whether another "
        "program holds a lock on the image shows only when the disk is plugged in.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct hotplug_disk),
    .words_of = "device_add",
    .driver = "virtio-blk-pci",
    .needs = (const char *const[]){"add-fd", "remove-fd", "blockdev-add", "blockdev-del",
        "device_add", "device_del", "qom-list", "qom-get", "query-named-block-nodes",
        "device-list-properties", NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
