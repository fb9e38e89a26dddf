/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node: the nodes of the block graph, as query-named-block-nodes and query-block list them. */
#ifndef QMPBOX_VM_NODE_H
#define QMPBOX_VM_NODE_H

#include "vm/step.h"

/*
 * May query-named-block-nodes be asked now? Below QEMU 10 query-jobs is asked before: kind failed
 * when a stream (below 7 also a backup) waits to be dismissed, since the question would end the VM.
 */
bool node_may_ask(struct session *session, struct error *error);

/*
 * Is this entry of query-block the backend of the device with this id? While the device is leaving
 * the entry has no qdev any more, but still holds one of the nodes. nodes may be NULL.
 */
bool node_is_backend(const json *block, const char *id, const struct strings *nodes);

/* What people call the device of an entry of query-block: its short id, or its drive's name; a path
 * where it has neither. The caller frees. */
char *node_block_id(const json *block) MUST_CHECK;

/* "device d1" of a qdev path or the name of a backend as the block graph has it; the caller frees.
 */
char *node_device_of(const char *backend) MUST_CHECK;

/* Adds the step blockdev-add with its inverse; arguments (with a node-name) are taken over. */
struct step *node_add_step(struct steps *steps, json *arguments, unsigned flags);

/*
 * Adds the named nodes of a chain of images from the top down, as an `image` of query-block
 * describes it: overlays that were put on a disk are between its root and its base. Those that the
 * list has already are not added again.
 */
void node_add_chain(const json *nodes, const json *image, struct strings *names);

#endif
