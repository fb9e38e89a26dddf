/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backing: the name by which an image's header may refer to the image below it.
 *
 * QEMU writes the name that it opened the lower image by, which may be /dev/fdset/N, a json: object
 * or a path that is relative to its own folder: whoever opens the overlay later finds nothing. So
 * whatever writes a header is always told the real name (FACTS, section 14).
 */
#ifndef QMPBOX_VM_BACKING_H
#define QMPBOX_VM_BACKING_H

#include "vm/graph.h"

/*
 * The absolute path (or, for what is no file, the URL) of the image that the node is, filters left
 * aside; the caller frees. NULL with kind usage, asking for `option` ("backing-file="), where it
 * cannot be known.
 */
char *backing_name(struct session *session, const struct graph *graph, const char *node,
    const char *option, struct error *error) MUST_CHECK;

/* The node itself, or the first below it that is no filter; borrowed. */
const char *backing_image(const struct graph *graph, const char *node);

/* The node that opened the image's file, the lowest by "file"; borrowed. */
const char *backing_file_node(const struct graph *graph, const char *node);

/* Its format, as a header names it ("qcow2", "raw"); borrowed. */
const char *backing_format(const struct graph *graph, const char *node);

/* Is this a name that a header may have and QEMU can be told, kind usage (beginning with option)
 * when it is not? */
bool backing_check_name(const char *name, const char *option, struct error *error);

#endif
