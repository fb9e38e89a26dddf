/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemuargs: what the command line of a QEMU, or of a storage daemon, says of its name and monitors.
 *
 * The bytes are another process's: anything may stand in them. Read are -name, -qmp, -qmp-pretty,
 * -mon, -object monitor-qmp (11.1, where -mon is deprecated) and -chardev, with one dash or two,
 * and for a storage daemon --chardev, --object and --monitor (in qemu-system that one is for
 * people); and the same groups in a file of -readconfig, which the caller reads. Only monitors in
 * control mode count. A chardev is looked up when all has been read, since it may stand behind its
 * monitor.
 *
 * Starts zeroed: qemu_args_read(), a qemu_args_config() for each of `configs`, qemu_args_settle().
 */
#ifndef QMPBOX_QMP_QEMUARGS_H
#define QMPBOX_QMP_QEMUARGS_H

#include "base/text.h"

enum qemu_place {
    QEMU_PATH,     /* path, as the process names it: it may be relative */
    QEMU_ABSTRACT, /* path: the name */
    QEMU_TCP,      /* host ("" is any) and port */
    QEMU_FD,       /* fd: a listening socket that the process was given */
    QEMU_ELSEWHERE /* none that can be connected to: stdio, a client, telnet… */
};

/* A chardev, or where a monitor listens. */
struct qemu_chardev {
    char *id; /* of the chardev; NULL when it has none */
    enum qemu_place place;
    char *path;
    char *host;
    char *port;
    int fd;
    bool waits; /* QEMU does not start before a client has come (wait=on, the default) */
};

struct qemu_chardevs {
    struct qemu_chardev *item;
    size_t count;
};

struct qemu_args {
    bool storage_daemon; /* set by the caller, before all */
    char *name;          /* of the VM, or NULL */
    struct strings configs;
    struct qemu_chardevs monitors; /* the fittest first, after qemu_args_settle() */
    struct qemu_chardevs chardevs;
    struct strings wanted; /* ids of chardevs with a monitor on them */
};

void qemu_args_free(struct qemu_args *args);
#define AUTO_QEMU_ARGS AUTO(qemu_args_free)

/* The words, each ended by a NUL (the last one may lack it). */
void qemu_args_read(struct qemu_args *args, const char *block, size_t length);

/* The contents of a -readconfig file. */
void qemu_args_config(struct qemu_args *args, const char *bytes, size_t length);

void qemu_args_settle(struct qemu_args *args);

#endif
