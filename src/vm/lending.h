/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lending: descriptors for the time of a job, for an image that was passed read-only.
 *
 * A commit reopens its base for writing, and read-only again when it ends. Where the base is on
 * /dev/fdset/N, and its descriptor was passed read-only, QEMU looks for others in that very set and
 * refuses the job when there are none. Both kinds are put into the set then, and taken out when the
 * job has ended: a set that kept both would hold the image's lock (FACTS, section 4).
 */
#ifndef QMPBOX_VM_LENDING_H
#define QMPBOX_VM_LENDING_H

#include "vm/graph.h"
#include "vm/step.h"

/* Was a job refused for want of a descriptor? */
bool lending_is_wanted(const struct error *error);

/*
 * Opens the image of the node (path: its real name, or NULL: found out) and adds the steps that
 * pass it, with their inverse. *set is the id of the set. Kind usage, local.
 */
bool lending_add(struct steps *steps, struct session *session, const struct graph *graph,
    const char *node, const char *path, int64_t *set, struct error *error);

/* Takes them back; what fails is noted. */
void lending_end(struct session *session, int64_t set);

#endif
