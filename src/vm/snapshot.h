/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot: an overlay image put on a disk, made here and passed, whole or not at all.
 *
 * The overlay of a disk ID is the node ID-s1 with its file node ID-s1-file, the next one ID-s2. The
 * file is made here, never one that is there already; QEMU gives it its format (blockdev-create),
 * so that it is as this QEMU makes them, and its header names the real file below it. A storage
 * daemon takes no descriptors and opens it by its path.
 *
 * Writes: the questions about the graph; the descriptor with its file node; blockdev-create, and
 * what its job needs; the overlay's node; blockdev-snapshot with remove-fd. The first that depends
 * on a name waits for the answer that the name is ours: a race must not format somebody else's
 * node.
 */
#ifndef QMPBOX_VM_SNAPSHOT_H
#define QMPBOX_VM_SNAPSHOT_H

#include "qmp/session.h"

struct snapshot_request {
    const char *disk;         /* a node, or the id of a device */
    const char *file;         /* of the overlay; it must not exist */
    const char *overlay;      /* the name of its node, or NULL */
    const char *backing_file; /* what its header says, or NULL: found out */
};

/*
 * *result is one object (device, node, overlay, file, format, backing-file) that the caller frees.
 * What fails is undone, the file included.
 */
bool snapshot_new(struct session *session, const struct snapshot_request *request, bool dry_run,
    json **result, struct error *error);

/*
 * blockdev-snapshot with QEMU's own words, settled: both nodes are there already. They are checked
 * against the graph. *result is an object as above.
 */
bool snapshot_plain(struct session *session, const struct strings *words, const json *whole,
    bool dry_run, json **result, struct error *error);

#endif
