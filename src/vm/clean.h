/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clean: takes away what leftovers.h found: what carries our names, and what a person names. */
#ifndef QMPBOX_VM_CLEAN_H
#define QMPBOX_VM_CLEAN_H

#include "vm/leftovers.h"

/*
 * Marks as wanted what is ours and left over, and what the names (NAME or KIND:NAME) say, but
 * nothing that something uses which is not wanted too. Kind usage for a name that is not there or
 * means several things, failed for a thing that must stay. Nothing is sent.
 */
bool clean_choose(struct leftovers *leftovers, const struct strings *names, struct error *error);

/*
 * Removes (dry_run: prints) what is wanted: exports first, and once they are gone the jobs,
 * netdevs, nodes from the top down, fdsets and objects in one write. What one refuses does not keep
 * the others; the first error counts and names what is left. *removed gets the labels of what has
 * gone, *left of what QEMU keeps for a while though it agreed.
 */
bool clean_run(struct session *session, const struct leftovers *leftovers, bool dry_run,
    struct strings *removed, struct strings *left, struct error *error);

#endif
