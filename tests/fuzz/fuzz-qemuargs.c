/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command line, and what follows an empty line is its -readconfig file: what is understood is
 * whole, bounded, and in order of fitness.
 */
#include "fuzz.h"
#include "qmp/qemuargs.h"

enum { MOST_MONITORS = 64 };

static void check_place(const struct qemu_chardev *monitor)
{
    bool named = monitor->place == QEMU_PATH || monitor->place == QEMU_ABSTRACT;

    MUST(!named || (monitor->path && *monitor->path));
    MUST(monitor->place != QEMU_TCP || (monitor->host && monitor->port));
    MUST(monitor->place != QEMU_TCP || (atoi(monitor->port) > 0 && atoi(monitor->port) < 65536));
    MUST(monitor->place != QEMU_FD || monitor->fd >= 0);
}

static void check(const char *block, size_t length, struct slice config, bool storage_daemon)
{
    AUTO_QEMU_ARGS struct qemu_args args = {.storage_daemon = storage_daemon};
    bool tcp = false;

    qemu_args_read(&args, block, length);
    qemu_args_config(&args, config.bytes, config.length);
    qemu_args_settle(&args);
    MUST(!args.name || *args.name);
    MUST(args.monitors.count <= MOST_MONITORS);
    for (size_t i = 0; i < args.monitors.count; i++) {
        check_place(&args.monitors.item[i]);
        MUST(!tcp || args.monitors.item[i].place >= QEMU_TCP);
        tcp = tcp || args.monitors.item[i].place == QEMU_TCP;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memmem(data, size, "\n\n", 2);
    size_t length = end ? (size_t)(end - data) : size;
    struct slice config = {(const char *)data + length, size - length};
    /* Of exactly this size, so that a byte too far is noticed. */
    AUTO_FREE char *block = xcalloc(length ? length : 1, 1);

    for (size_t i = 0; i < length; i++)
        block[i] = data[i] == '\n' ? '\0' : (char)data[i];
    check(block, length, config, false);
    check(block, length, config, true);
    return 0;
}
