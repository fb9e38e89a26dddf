/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meaning: what a member of a QMP command names, where its type is a plain string or number: a
 * node, a chardev, a file…
 *
 * The schema does not tell. One ordered table says it, by command and member; the properties of
 * device_add that are links are in it as members of device_add.
 */
#ifndef QMPBOX_COMPLETE_MEANING_H
#define QMPBOX_COMPLETE_MEANING_H

#include "cli/options.h"

/* member is its whole dotted name, with the indices of lists as numbers ("options.0.node-name");
 * '-' and '_' are alike. COMPLETES_NOTHING when nothing is known. */
enum completes meaning_of_member(const char *command, const char *member);

/* The table, for those who check it. */
struct meaning {
    const char *command; /* "*": any */
    const char *member;  /* a pattern, see meaning.c */
    enum completes kind;
};

/* The entry that says it, or NULL. */
const struct meaning *meaning_find(const char *command, const char *member);

/* The entry at this index; NULL behind the last. */
const struct meaning *meaning_at(size_t index);

#endif
