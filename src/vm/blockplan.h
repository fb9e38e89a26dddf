/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockplan: what a person typed for block-commit, block-stream, blockdev-mirror or
 * blockdev-backup, made arguments that QEMU will take, and checked against the block graph.
 *
 * The words are the command's own, typed by the schema; a bare word is the device. Where that is
 * the id of a device, or a node that has an overlay meanwhile, the root node of the device is
 * meant. Added are a job-id (commit-NODE, stream-NODE, mirror-NODE, backup-NODE), auto-dismiss off,
 * and backing-file wherever a header will be written.
 */
#ifndef QMPBOX_VM_BLOCKPLAN_H
#define QMPBOX_VM_BLOCKPLAN_H

#include "vm/graph.h"

struct blockplan {
    char *id; /* of the job */
    json *arguments;
    char *device;         /* the node that it works on */
    char *base;           /* of a commit: the node that is written to, where that is known */
    char *overlay;        /* of one in the middle: the read-only node above its top, or NULL */
    char *header;         /* and what its header says is below it */
    struct strings chain; /* that node and all below it */
    size_t from, to;      /* where in the chain those begin and end that the job can do away with */
    struct blockplan *next;
};

void blockplan_free(struct blockplan *plan); /* and those that follow */
DEFINE_CLEANUP(blockplan, struct blockplan, blockplan_free)
#define AUTO_BLOCKPLAN AUTO(cleanup_blockplan)

/*
 * One for each disk: every bare word begins the next, and the pairs before the first one are for
 * all of them. More than one only with `several`. The words are settled, with the whole object (or
 * NULL) that they were. Kind usage says what is wrong with them, and nothing has been changed.
 */
struct blockplan *blockplan_make(struct session *session, const struct graph *graph,
    const char *command, const struct strings *words, const json *whole, bool several,
    struct error *error) MUST_CHECK;

#endif
