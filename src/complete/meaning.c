/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/meaning.h"

#include "base/text.h"

#include <string.h>

/*
 * The first entry that fits counts. A pattern is the dotted name, in which "#" is the index of a
 * list, a part that begins with '*' ends with what follows that, and "*." before all stands for any
 * parts, or none. Names that are given away (job-id, the node-name of blockdev-add) are new, and so
 * mean nothing that is there.
 */
/* clang-format off */
static const struct meaning table[] = {
    /* Devices. A chardev or a memdev may be in use; QEMU does not tell. */
    {"device_add", "driver", COMPLETES_DRIVER},
    {"device_add", "bus", COMPLETES_BUS},
    {"device_add", "addr", COMPLETES_BUS_ADDRESS},
    {"device_add", "drive", COMPLETES_FREE_NODE},
    {"device_add", "netdev", COMPLETES_FREE_NETDEV},
    {"device_add", "chardev", COMPLETES_CHARDEV},
    {"device_add", "memdev", COMPLETES_MEMDEV},
    {"device_add", "pmrdev", COMPLETES_MEMDEV},
    {"device_add", "lsa", COMPLETES_MEMDEV},
    {"device_add", "iothread", COMPLETES_IOTHREAD},
    {"device_add", "iothread-vq-mapping.#.iothread", COMPLETES_IOTHREAD},
    {"device_add", "rng", COMPLETES_RNG},
    {"device_add", "cryptodev", COMPLETES_CRYPTODEV},
    {"device_add", "canbus", COMPLETES_CAN_BUS},
    {"device_add", "audiodev", COMPLETES_AUDIODEV},
    {"device_add", "tpmdev", COMPLETES_TPM},
    {"device_add", "failover_pair_id", COMPLETES_DEVICE},
    {"device_add", "subsys", COMPLETES_DEVICE},
    {"device_add", "display", COMPLETES_DISPLAY},
    {"device_add", "socket-id", COMPLETES_CPU_SLOT},
    {"device_add", "die-id", COMPLETES_CPU_SLOT},
    {"device_add", "core-id", COMPLETES_CPU_SLOT},
    {"device_add", "thread-id", COMPLETES_CPU_SLOT},
    {"device_add", "node-id", COMPLETES_CPU_SLOT},
    {"device_add", "module-id", COMPLETES_CPU_SLOT},
    {"device_add", "romfile", COMPLETES_FILE},
    {"device_add", "pcap", COMPLETES_FILE},
    {"device_add", "evdev", COMPLETES_FILE},
    {"device_add", "hostdevice", COMPLETES_FILE},
    {"device_add", "sysfsdev", COMPLETES_FOLDER},
    {"device_add", "file", COMPLETES_FILE},
    {"device_del", "id", COMPLETES_DEVICE},
    {"device-sync-config", "id", COMPLETES_DEVICE},
    {"device-list-properties", "typename", COMPLETES_DRIVER},
    {"set-numa-node", "memdev", COMPLETES_MEMDEV},
    {"screendump", "device", COMPLETES_DISPLAY},
    {"input-send-event", "device", COMPLETES_DISPLAY},
    {"set_password", "display", COMPLETES_VNC},
    {"expire_password", "display", COMPLETES_VNC},
    {"*", "cpu-index", COMPLETES_CPU_INDEX},

    /* The object model. */
    {"qom-list-get", "paths.#", COMPLETES_QOM_PATH},
    {"qom-get", "path", COMPLETES_QOM_PATH},
    {"qom-get", "property", COMPLETES_QOM_PROPERTY},
    {"qom-list", "path", COMPLETES_QOM_PATH},
    {"qom-set", "path", COMPLETES_QOM_PATH},
    {"qom-set", "property", COMPLETES_QOM_PROPERTY},
    {"qom-set", "value", COMPLETES_QOM_VALUE},
    {"qom-list-properties", "typename", COMPLETES_QOM_TYPE},
    {"qom-list-types", "implements", COMPLETES_QOM_TYPE},
    {"query-stats", "vcpus.#", COMPLETES_QOM_PATH},
    {"x-query-virtio-status", "path", COMPLETES_QOM_PATH},
    {"x-query-virtio-queue-status", "path", COMPLETES_QOM_PATH},
    {"x-query-virtio-queue-element", "path", COMPLETES_QOM_PATH},
    {"x-query-virtio-vhost-queue-status", "path", COMPLETES_QOM_PATH},
    {"cxl-add-dynamic-capacity", "path", COMPLETES_QOM_PATH},
    {"cxl-inject-correctable-error", "path", COMPLETES_QOM_PATH},
    {"cxl-inject-dram-event", "path", COMPLETES_QOM_PATH},
    {"cxl-inject-general-media-event", "path", COMPLETES_QOM_PATH},
    {"cxl-inject-memory-module-event", "path", COMPLETES_QOM_PATH},
    {"cxl-inject-poison", "path", COMPLETES_QOM_PATH},
    {"cxl-inject-uncorrectable-errors", "path", COMPLETES_QOM_PATH},
    {"cxl-release-dynamic-capacity", "path", COMPLETES_QOM_PATH},
    {"query-cpu-model-baseline", "*.name", COMPLETES_CPU_MODEL},
    {"query-cpu-model-comparison", "*.name", COMPLETES_CPU_MODEL},
    {"query-cpu-model-expansion", "model.name", COMPLETES_CPU_MODEL},

    /* Objects. */
    {"object-add", "qom-type", COMPLETES_OBJECT_TYPE},
    {"object-add", "canbus", COMPLETES_CAN_BUS},
    {"object-add", "chardev", COMPLETES_CHARDEV},
    {"object-add", "indev", COMPLETES_CHARDEV},
    {"object-add", "outdev", COMPLETES_CHARDEV},
    {"object-add", "notify_dev", COMPLETES_CHARDEV},
    {"object-add", "primary_in", COMPLETES_CHARDEV},
    {"object-add", "secondary_in", COMPLETES_CHARDEV},
    {"object-add", "netdev", COMPLETES_LINK},
    {"object-add", "iothread", COMPLETES_IOTHREAD},
    {"object-add", "pci-dev", COMPLETES_DEVICE},
    {"object-add", "prealloc-context", COMPLETES_OBJECT},
    {"object-add", "passwordid", COMPLETES_SECRET},
    {"object-add", "keyid", COMPLETES_SECRET},
    {"object-add", "dir", COMPLETES_FOLDER},
    {"object-add", "dh-cert-file", COMPLETES_FILE},
    {"object-add", "session-file", COMPLETES_FILE},
    {"object-add", "sev-device", COMPLETES_FILE},
    {"object-add", "mem-path", COMPLETES_FILE},
    {"object-add", "evdev", COMPLETES_FILE},
    {"object-add", "file", COMPLETES_FILE},
    {"object-add", "path", COMPLETES_FILE},
    {"object-add", "*.socket.path", COMPLETES_FILE},
    {"object-add", "quote-generation-socket.path", COMPLETES_FILE},
    {"object-del", "id", COMPLETES_OBJECT},

    /* Character devices. */
    {"chardev-change", "id", COMPLETES_CHARDEV},
    {"chardev-remove", "id", COMPLETES_CHARDEV},
    {"chardev-send-break", "id", COMPLETES_CHARDEV},
    {"*", "backend.data.chardev", COMPLETES_CHARDEV},
    {"*", "backend.data.chardevs.#", COMPLETES_CHARDEV},
    {"*", "backend.data.device", COMPLETES_FILE},
    {"*", "backend.data.in", COMPLETES_FILE},
    {"*", "backend.data.out", COMPLETES_FILE},
    {"*", "backend.data.*path", COMPLETES_FILE},
    {"*", "*.addr.data.path", COMPLETES_FILE},
    {"ringbuf-read", "device", COMPLETES_RINGBUF},
    {"ringbuf-write", "device", COMPLETES_RINGBUF},
    {"yank", "instances.#.id", COMPLETES_CHARDEV},
    {"yank", "instances.#.node-name", COMPLETES_NODE},

    /* Networks. */
    {"netdev_add", "ifname", COMPLETES_INTERFACE},
    {"netdev_add", "devname", COMPLETES_INTERFACE},
    {"netdev_add", "br", COMPLETES_BRIDGE},
    {"netdev_add", "netdev", COMPLETES_FREE_NETDEV},
    {"netdev_add", "chardev", COMPLETES_CHARDEV},
    {"netdev_add", "smb", COMPLETES_FOLDER},
    {"netdev_add", "tftp", COMPLETES_FOLDER},
    {"netdev_add", "script", COMPLETES_FILE},
    {"netdev_add", "downscript", COMPLETES_FILE},
    {"netdev_add", "helper", COMPLETES_FILE},
    {"netdev_add", "vhostdev", COMPLETES_FILE},
    {"netdev_add", "sock", COMPLETES_FILE},
    {"netdev_add", "*.path", COMPLETES_FILE},
    {"netdev_del", "id", COMPLETES_FREE_NETDEV}, /* one in use goes silently */
    {"set_link", "name", COMPLETES_LINK},
    {"query-rx-filter", "name", COMPLETES_NIC},
    {"announce-self", "interfaces.#", COMPLETES_NIC},

    /* Block jobs, and commands that start one. */
    {"*", "job-id", COMPLETES_NOTHING},
    {"job-cancel", "id", COMPLETES_JOB},
    {"job-complete", "id", COMPLETES_JOB},
    {"job-dismiss", "id", COMPLETES_JOB},
    {"job-finalize", "id", COMPLETES_JOB},
    {"job-pause", "id", COMPLETES_JOB},
    {"job-resume", "id", COMPLETES_JOB},
    {"block-job-cancel", "device", COMPLETES_BLOCK_JOB},
    {"block-job-change", "id", COMPLETES_BLOCK_JOB},
    {"block-job-complete", "device", COMPLETES_BLOCK_JOB},
    {"block-job-dismiss", "id", COMPLETES_BLOCK_JOB},
    {"block-job-finalize", "id", COMPLETES_BLOCK_JOB},
    {"block-job-pause", "device", COMPLETES_BLOCK_JOB},
    {"block-job-resume", "device", COMPLETES_BLOCK_JOB},
    {"block-job-set-speed", "device", COMPLETES_BLOCK_JOB},
    {"block-commit", "base-node", COMPLETES_CHAIN_NODE},
    {"block-commit", "top-node", COMPLETES_CHAIN_NODE},
    {"block-commit", "base", COMPLETES_CHAIN_FILE},
    {"block-commit", "top", COMPLETES_CHAIN_FILE},
    {"block-stream", "base-node", COMPLETES_CHAIN_NODE},
    {"block-stream", "bottom", COMPLETES_CHAIN_NODE},
    {"block-stream", "base", COMPLETES_CHAIN_FILE},
    {"blockdev-backup", "target", COMPLETES_NODE},
    {"blockdev-mirror", "target", COMPLETES_NODE},
    {"*", "replaces", COMPLETES_NODE},
    {"drive-backup", "target", COMPLETES_FILE},
    {"drive-mirror", "target", COMPLETES_FILE},
    {"drive-mirror", "node-name", COMPLETES_NOTHING},

    /* Block devices and nodes. */
    {"eject", "device", COMPLETES_DRIVE},
    {"eject", "id", COMPLETES_BACKEND},
    {"blockdev-open-tray", "device", COMPLETES_DRIVE},
    {"blockdev-open-tray", "id", COMPLETES_BACKEND},
    {"blockdev-close-tray", "device", COMPLETES_DRIVE},
    {"blockdev-close-tray", "id", COMPLETES_BACKEND},
    {"blockdev-change-medium", "device", COMPLETES_DRIVE},
    {"blockdev-change-medium", "id", COMPLETES_BACKEND},
    {"blockdev-insert-medium", "id", COMPLETES_BACKEND},
    {"blockdev-insert-medium", "node-name", COMPLETES_FREE_NODE},
    {"blockdev-remove-medium", "id", COMPLETES_BACKEND},
    {"block-latency-histogram-set", "id", COMPLETES_BACKEND},
    {"block_set_io_throttle", "device", COMPLETES_DRIVE},
    {"block_set_io_throttle", "id", COMPLETES_DISK},
    {"block_set_io_throttle", "group", COMPLETES_IO_GROUP},
    {"block_resize", "device", COMPLETES_DRIVE},
    {"block_passwd", "device", COMPLETES_DRIVE},
    {"change", "device", COMPLETES_DRIVE},
    {"change", "target", COMPLETES_FILE},
    {"change-backing-file", "image-node-name", COMPLETES_CHAIN_NODE},
    {"blockdev-snapshot", "overlay", COMPLETES_FREE_NODE},
    {"blockdev-snapshot-delete-internal-sync", "name", COMPLETES_SNAPSHOT},
    {"blockdev-snapshot-sync", "snapshot-file", COMPLETES_FILE},
    {"blockdev-del", "node-name", COMPLETES_FREE_NODE},
    {"x-blockdev-change", "parent", COMPLETES_NODE},
    {"x-blockdev-change", "node", COMPLETES_FREE_NODE},
    {"x-blockdev-set-iothread", "iothread", COMPLETES_IOTHREAD},
    {"snapshot-load", "tag", COMPLETES_SNAPSHOT},
    {"snapshot-delete", "tag", COMPLETES_SNAPSHOT},
    {"*", "vmstate", COMPLETES_NODE},
    {"*", "devices.#", COMPLETES_NODE},

    /* blockdev-add and its like: a node is made of files and of nodes that are there. */
    {"blockdev-add", "node-name", COMPLETES_NOTHING},
    {"blockdev-add", "*.node-name", COMPLETES_NOTHING},
    {"blockdev-reopen", "options.#.node-name", COMPLETES_NODE},
    {"blockdev-create", "options.file", COMPLETES_NODE},
    {"blockdev-create", "options.backing-file", COMPLETES_FILE},
    {"*", "*.throttle-group", COMPLETES_THROTTLE_GROUP},
    {"*", "*.pr-manager", COMPLETES_OBJECT},
    {"*", "*.bitmap.node", COMPLETES_NODE},
    {"*", "*.bitmap.name", COMPLETES_BITMAP},
    {"blockdev-add", "*.file", COMPLETES_FREE_NODE},
    {"blockdev-add", "*.backing", COMPLETES_NODE},
    {"*", "*.backing", COMPLETES_NODE},
    {"*", "*.file", COMPLETES_NODE},
    {"*", "*.data-file", COMPLETES_NODE},
    {"*", "*.extents.#", COMPLETES_NODE},
    {"*", "*.children.#", COMPLETES_NODE},
    {"*", "*.header", COMPLETES_NODE},
    {"*", "*.image", COMPLETES_NODE},
    {"*", "*.raw", COMPLETES_NODE},
    {"blockdev-add", "*.test", COMPLETES_NODE},
    {"blockdev-add", "*.log", COMPLETES_NODE},
    {"blockdev-add", "*.bottom", COMPLETES_NODE},
    {"blockdev-add", "*.config", COMPLETES_FILE},
    {"blockdev-add", "*.conf", COMPLETES_FILE},
    {"blockdev-add", "*.dir", COMPLETES_FOLDER},
    {"blockdev-add", "*.path", COMPLETES_FILE},
    {"*", "*.server.path", COMPLETES_FILE},
    {"*", "*.server.#.path", COMPLETES_FILE},

    /* Exports and bitmaps. */
    {"block-export-del", "id", COMPLETES_EXPORT},
    {"block-export-add", "name", COMPLETES_NOTHING},
    {"block-export-add", "iothread", COMPLETES_IOTHREAD},
    {"block-export-add", "iothread.#", COMPLETES_IOTHREAD},
    {"block-export-add", "mountpoint", COMPLETES_FILE},
    {"block-export-add", "addr.path", COMPLETES_FILE},
    {"nbd-server-remove", "name", COMPLETES_EXPORT},
    {"block-dirty-bitmap-add", "name", COMPLETES_NOTHING},
    {"block-dirty-bitmap-clear", "name", COMPLETES_BITMAP},
    {"block-dirty-bitmap-disable", "name", COMPLETES_BITMAP},
    {"block-dirty-bitmap-enable", "name", COMPLETES_BITMAP},
    {"block-dirty-bitmap-remove", "name", COMPLETES_BITMAP},
    {"block-dirty-bitmap-merge", "target", COMPLETES_BITMAP},
    {"x-debug-block-dirty-bitmap-sha256", "name", COMPLETES_BITMAP},
    {"*", "*.bitmap", COMPLETES_BITMAP},
    {"*", "*.bitmaps.#", COMPLETES_BITMAP},
    {"*", "*.bitmaps.#.name", COMPLETES_BITMAP},

    /* Migration. */
    {"migrate", "uri", COMPLETES_MIGRATION},
    {"migrate-incoming", "uri", COMPLETES_MIGRATION},
    {"migrate-recover", "uri", COMPLETES_MIGRATION},
    {"*", "channels.#.addr.path", COMPLETES_FILE},
    {"*", "channels.#.addr.args.#", COMPLETES_FILE},
    {"migrate-set-parameters", "cpr-exec-command.#", COMPLETES_FILE},

    /* Descriptors, files, and what is left. */
    {"add-fd", "fdset-id", COMPLETES_FDSET},
    {"remove-fd", "fdset-id", COMPLETES_FDSET},
    {"human-monitor-command", "command-line", COMPLETES_HMP},
    {"trace-event-get-state", "name", COMPLETES_TRACE_EVENT},
    {"trace-event-set-state", "name", COMPLETES_TRACE_EVENT},
    {"display-update", "addresses.#.path", COMPLETES_FILE},

    /* What has one meaning wherever it is. */
    {"*", "*.tls-creds", COMPLETES_TLS_CREDS},
    {"*", "*.tls-authz", COMPLETES_AUTHZ},
    {"*", "*.*-secret", COMPLETES_SECRET},
    {"x-blockdev-amend", "*.secret", COMPLETES_SECRET},
    {"*", "*.logfile", COMPLETES_FILE},
    {"*", "*.filename", COMPLETES_FILE},
    {"*", "backing-file", COMPLETES_FILE},
    {"*", "*.format", COMPLETES_BLOCK_FORMAT},
    {"*", "*.snapshot-file", COMPLETES_FILE},
    {"*", "*.node-name", COMPLETES_NODE},
    {"*", "*.node", COMPLETES_NODE},
    {"nbd-server-add", "device", COMPLETES_BLOCK},
    {"transaction", "actions.#.data.device", COMPLETES_BLOCK},
    {"transaction", "actions.#.data.name", COMPLETES_BITMAP},
    {"transaction", "actions.#.data.target", COMPLETES_NODE},
    {"transaction", "actions.#.data.overlay", COMPLETES_FREE_NODE},
    {"block-commit", "device", COMPLETES_BLOCK},
    {"block-stream", "device", COMPLETES_BLOCK},
    {"blockdev-backup", "device", COMPLETES_BLOCK},
    {"blockdev-mirror", "device", COMPLETES_BLOCK},
    {"blockdev-snapshot-delete-internal-sync", "device", COMPLETES_BLOCK},
    {"blockdev-snapshot-internal-sync", "device", COMPLETES_BLOCK},
    {"blockdev-snapshot-sync", "device", COMPLETES_BLOCK},
    {"change-backing-file", "device", COMPLETES_BLOCK},
    {"drive-backup", "device", COMPLETES_BLOCK},
    {"drive-mirror", "device", COMPLETES_BLOCK},
};
/* clang-format on */

/* Are the beginnings equal, '-' and '_' alike? */
static bool same(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((a[i] == '_' ? '-' : a[i]) != (b[i] == '_' ? '-' : b[i]))
            return false;
    return true;
}

static bool part_fits(const char *pattern, size_t length, const char *part, size_t size)
{
    if (length == 1 && *pattern == '#')
        return size && strspn(part, "0123456789") >= size;
    if (*pattern == '*')
        return size >= length - 1 && same(pattern + 1, part + size - (length - 1), length - 1);
    return length == size && same(pattern, part, size);
}

static bool parts_fit(const char *pattern, const char *member)
{
    while (*pattern && *member) {
        size_t length = strcspn(pattern, "."), size = strcspn(member, ".");

        if (!part_fits(pattern, length, member, size))
            return false;
        pattern += length;
        member += size;
        if (*pattern != *member)
            return false;
        pattern += *pattern == '.';
        member += *member == '.';
    }
    return !*pattern && !*member;
}

static bool fits(const char *pattern, const char *member)
{
    if (strncmp(pattern, "*.", 2) != 0)
        return parts_fit(pattern, member);
    for (;; member++) {
        if (parts_fit(pattern + 2, member))
            return true;
        member += strcspn(member, ".");
        if (!*member)
            return false;
    }
}

const struct meaning *meaning_at(size_t index)
{
    return index < sizeof(table) / sizeof(table[0]) ? &table[index] : NULL;
}

const struct meaning *meaning_find(const char *command, const char *member)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if ((strcmp(table[i].command, "*") == 0 || text_same_name(table[i].command, command)) &&
            fits(table[i].member, member))
            return &table[i];
    return NULL;
}

enum completes meaning_of_member(const char *command, const char *member)
{
    const struct meaning *found = meaning_find(command, member);

    return found ? found->kind : COMPLETES_NOTHING;
}
