/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers: what a VM or storage daemon has that nothing uses; clean.h removes it.
 *
 * Everything that can be left over is a thing, in use or not: exports, jobs, netdevs, block nodes,
 * fdsets, objects. It is left over when nothing uses it but things that are left over too, so that
 * a chain of nodes is, from its top down. Bitmaps are things that never are. Two things of one kind
 * and name do not exist, but for bitmaps.
 *
 * It is ours when it carries a name that this program gives away (CLI: "Ids that we give away").
 */
#ifndef QMPBOX_VM_LEFTOVERS_H
#define QMPBOX_VM_LEFTOVERS_H

#include "qmp/session.h"

/* In the order in which they are removed. */
enum thing_kind {
    THING_EXPORT,
    THING_JOB,
    THING_NETDEV,
    THING_NODE,
    THING_FDSET,
    THING_OBJECT,
    THING_BITMAP,
    THING_KINDS,
};

struct thing {
    enum thing_kind kind;
    char *name;
    char *label;          /* "node d1": the kind and the name */
    char *what;           /* for people: "raw, /srv/disk.img" */
    char *bound;          /* why it is in use whoever uses it: "its status is running"; or NULL */
    char *kept;           /* why it is not removed although it is left over; or NULL */
    struct strings users; /* labels of things, and of devices and others that are none */
    bool ours;
    bool known;    /* all its users are known */
    bool implicit; /* a node of QEMU's own ('#…'), which goes with what it was made for */
    bool leftover;
    bool wanted, named; /* clean.h's */
};

struct leftovers {
    struct thing *things; /* kind by kind, a node after the nodes that use it */
    size_t count;
    size_t room;
    bool jobs_only; /* what is not a job could not be asked for */
};

/*
 * *leftovers is filled from zeroed. All is asked in one write, and who uses objects in two more if
 * there are any whose users must be looked for; `closely` looks for those of all objects. Where the
 * nodes must not be asked for (QEMU 5.2 with a concluded backup) it is the jobs alone, with a note.
 */
bool leftovers_find(
    struct session *session, bool closely, struct leftovers *leftovers, struct error *error);
void leftovers_free(struct leftovers *leftovers);
#define AUTO_LEFTOVERS AUTO(leftovers_free)

/* "node", "fdset"…, and the kind of that name, or THING_KINDS. */
const char *thing_kind_name(enum thing_kind kind);
enum thing_kind thing_kind_of(const char *name, size_t length);

/* The thing of this label, or NULL. */
struct thing *leftovers_thing(const struct leftovers *leftovers, const char *label);

/* A list of {"kind", "name", "ours", "used", "what", "why"} of what is left over. Caller frees. */
json *leftovers_describe(const struct leftovers *leftovers) MUST_CHECK;

#endif
