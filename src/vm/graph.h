/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * graph: the block graph of a VM as it was when it was read: devices, nodes, who uses which.
 *
 * Four questions in one write: query-block, query-named-block-nodes (flat), query-jobs and
 * x-debug-query-block-graph, which alone knows the edges on QEMU 5.2 to 11.1. Where it is missing
 * the edges are empty and a chain is found by the names of its files. Names that begin with '#' are
 * QEMU's own: they can be used until the node is replaced, and are not stable.
 */
#ifndef QMPBOX_VM_GRAPH_H
#define QMPBOX_VM_GRAPH_H

#include "qmp/session.h"

/* An edge by the names of its ends; borrowed, and any of them may be NULL. */
struct graph_edge {
    const char *name;
    const char *parent_type, *parent;
    const char *child_type, *child;
};

struct graph {
    json *blocks;             /* query-block; NULL at a storage daemon */
    json *nodes;              /* query-named-block-nodes */
    json *jobs;               /* query-jobs */
    json *edges;              /* x-debug-query-block-graph, or NULL */
    struct graph_edge *links; /* its edges, found once: a long chain is walked often */
    size_t link_count;
};

#define AUTO_GRAPH AUTO(graph_free)

/* *graph is filled from zeroed, after node_may_ask(), which below QEMU 10 is a write of its own. */
bool graph_read(struct session *session, struct graph *graph, struct error *error);
void graph_free(struct graph *graph);

/* The entry of query-named-block-nodes of this name, or NULL; borrowed. */
const json *graph_node(const struct graph *graph, const char *name);

/* Kind usage, with the nearest name, or the chain of the device of that id. False. */
bool graph_unknown_node(const struct graph *graph, const char *name, struct error *error);

/* The name of the node's child by this edge ("backing", "file"), or NULL; borrowed. */
const char *graph_child(const struct graph *graph, const char *node, const char *edge);

/* What a filter (a throttle, a copy-on-read, a job's own node) passes everything on to, or NULL for
 * a node that is no filter; borrowed. */
const char *graph_filtered(const struct graph *graph, const char *node);

/*
 * Every edge with its ends by their names, for those who walk the whole graph: a list of objects
 * with "type" (of the parent: block-driver, block-backend, block-job), "parent" (a node, the name
 * or qdev of a backend, "" for one of a job or an export, a job), "edge" and "child" (a node).
 * Where QEMU gives no edges it is what the names of the files tell. The caller frees.
 */
json *graph_links(const struct graph *graph) MUST_CHECK;

/* Does a node of this driver (which may be NULL) pass everything on to its one child "file"? */
bool graph_is_filter(const char *driver);

/* The node that has this one as its backing, or NULL: its overlay, borrowed. Of several the first.
 */
const char *graph_overlay(const struct graph *graph, const char *node);

/* The entry of query-block whose root node this is, or NULL; borrowed. */
const json *graph_block_of_root(const struct graph *graph, const char *node);

/* The entry of query-block of this device id, qdev or block backend name, or NULL; borrowed. */
const json *graph_block(const struct graph *graph, const char *name);

/* The id of the device whose root the node is, or NULL; the caller frees. */
char *graph_device_on(const struct graph *graph, const char *node) MUST_CHECK;

/* The same; NULL with kind usage, naming the nearest, when there is no such device. */
const json *graph_require_block(const struct graph *graph, const char *name, struct error *error);

/* The root node of an entry of query-block, or NULL; borrowed. */
const char *graph_root(const json *block);

/*
 * The node that a person means by the name of a disk; borrowed. That is the node of this name, or
 * the root of the device of this id, which is noted; where it is both, and the node has an overlay
 * meanwhile, the root, unless `any` node will do. NULL with kind usage when it is neither.
 */
const char *graph_disk(const struct graph *graph, const char *name, bool any,
    const struct report *report, struct error *error);

/* Adds who uses the node: "device d1", "job j1", "node top", "an export or a job". */
void graph_users(const struct graph *graph, const char *node, struct strings *users);

/* Adds the names of the node and of all that it is backed by, from the top down, filters (a
 * throttle, a copy-on-read) among them. */
void graph_chain(const struct graph *graph, const char *node, struct strings *chain);

#endif
