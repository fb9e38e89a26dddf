/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fdpass: files opened here and handed to QEMU, as an fdset or under a monitor's name.
 *
 * QEMU takes from an fdset the descriptor whose access mode (and, from 10.0 on, O_DIRECT) is
 * exactly the one that it opens with, so one descriptor of exactly the right mode goes in (FACTS,
 * section 3). fdset ids are chosen here, so that the set, the node and its removal need no answer
 * in between; /dev/fdset/N is parsed as an int.
 */
#ifndef QMPBOX_VM_FDPASS_H
#define QMPBOX_VM_FDPASS_H

#include "vm/step.h"

enum fdpass_mode { FDPASS_READ, FDPASS_WRITE, FDPASS_BOTH };

/*
 * Opens a file, close-on-exec; -1 with kind local. One that is only to be written is created when
 * it is missing, and never shortened: it is not known yet whether QEMU will take it.
 */
int fdpass_open(const char *path, enum fdpass_mode mode, bool direct, struct error *error);

/* The path as it is from everywhere, which the caller frees. */
char *fdpass_absolute(const char *path) MUST_CHECK;

/* "/abs/path (read-write, direct)", for people. The caller frees. */
char *fdpass_describe(const char *path, enum fdpass_mode mode, bool direct) MUST_CHECK;

/* An id for a new fdset, random, between 1 and 2^31-1. */
int64_t fdpass_new_set_id(void);

/*
 * Adds the step that makes the set (fd is taken over, known to people as name; opaque says whose it
 * is) with its inverse, and the step that closes it again once it has been used.
 */
struct step *fdpass_add_set(struct steps *steps, struct session *session, int64_t id, int fd,
    const char *name, const char *opaque);
struct step *fdpass_close_set(struct steps *steps, struct step *set, unsigned flags);

/* Adds the step that gives the descriptor a name on this monitor, with its inverse. */
struct step *fdpass_add_name(struct steps *steps, const char *fdname, int fd, const char *name);

/* The ids of the sets that carry this opaque, as reply to query-fdsets; the caller frees the list.
 */
json *fdpass_find_sets(const json *fdsets, const char *opaque) MUST_CHECK;

#endif
