/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * realpath: the file behind a descriptor that was passed to QEMU, which knows it as /dev/fdset/N.
 *
 * QEMU is not told the name, but its /proc/PID/fd has it where it runs on this host and this user
 * may look (root, or QEMU's own user). Which of its descriptors is the node's is inferred from the
 * size of the file, so there is an answer only where one file alone fits.
 */
#ifndef QMPBOX_VM_REALPATH_H
#define QMPBOX_VM_REALPATH_H

#include "qmp/session.h"

/* The N of "/dev/fdset/N", borrowed from filename (which may be NULL); NULL for any other name. */
const char *realpath_fdset(const char *filename);

/*
 * The absolute path of the file of a protocol node (driver file, host_device…) whose name is
 * /dev/fdset/N, by its entry in `nodes`, which query-named-block-nodes has just given: the one
 * regular file or block device that QEMU has open which has exactly the node's size and allocation
 * and is not that of a node with a name of its own. The path leads to that very file from here.
 *
 * NULL when there is no such node, when none or more than one fits (two images that are equally
 * large, of which one may have grown meanwhile; a guest that wrote in between: ask again), when the
 * file was deleted or lies where this process cannot see it, or when QEMU cannot be looked into.
 * Nothing is sent. The caller frees it.
 */
char *realpath_of_fdset(struct session *session, const json *nodes, const char *node) MUST_CHECK;

/*
 * Is the file at this path one that QEMU has open and that fits the protocol node, as above? False
 * too where that cannot be seen.
 */
bool realpath_is_open(
    struct session *session, const json *nodes, const char *node, const char *path);

/*
 * The absolute path of a name that is relative to QEMU's own folder, as it is seen from here; NULL
 * where that cannot be seen, or there is no such file. The caller frees it.
 */
char *realpath_of_relative(struct session *session, const char *name) MUST_CHECK;

#endif
