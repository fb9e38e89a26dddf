/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layer: what there is to say of one block node, in the words of vm/picture.h. */
#ifndef QMPBOX_VM_LAYER_H
#define QMPBOX_VM_LAYER_H

#include "vm/graph.h"

/* What is known of the whole: all borrowed. */
struct scene {
    struct session *session;
    const struct graph *graph;
    const json *links;   /* graph_links() */
    const json *exports; /* query-block-exports, or NULL */
};

/* The node as a LAYER without its parts; name need not be one of query-named-block-nodes. */
json *layer_describe(const struct scene *scene, const char *name) MUST_CHECK;

/* The name of the file of a node's entry (which may be NULL) where it is a real one, else NULL: of
 * a passed descriptor the path, where that can be found. The caller frees. */
char *layer_file(const struct scene *scene, const json *node) MUST_CHECK;

/* Adds who uses the node as a sentence has it: "device d1", "job j1", "export e0", "node top". */
void layer_users(const struct scene *scene, const char *name, struct strings *users);

/* "writeback", "none", "unsafe" and so on, as the options of QEMU name them; NULL: not known. */
const char *layer_cache(const json *node);

#endif
