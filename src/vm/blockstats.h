/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockstats: what the block devices have done, all in all or between two looks.
 *
 * The document is ours and is made for ui/blockstats.h: a list of rows
 *   {"device", "read":KIND, "write":KIND, "flush":KIND, "unmap":KIND}, with "new":true and no KIND
 *   where there is nothing to compare with, and "elapsed" in microseconds between two looks
 *   KIND: {"bytes","operations","failed","time","timed"}: time in ns, of so many operations
 * or, of nodes, which QEMU counts no operations of,
 *   {"node","highest-write", and what the driver counts}.
 */
#ifndef QMPBOX_VM_BLOCKSTATS_H
#define QMPBOX_VM_BLOCKSTATS_H

#include "qmp/session.h"

/* The return of query-blockstats as rows. The caller frees. */
json *blockstats_rows(const json *stats) MUST_CHECK;
json *blockstats_node_rows(const json *stats) MUST_CHECK;

/*
 * What happened between two returns that lie `elapsed` microseconds apart. A device that came in
 * between, and one whose counters went back (it was replaced, or they began anew), is new; one that
 * left has no row. The caller frees.
 */
json *blockstats_changes(const json *before, const json *after, int64_t elapsed) MUST_CHECK;

struct blockstats_watch {
    int64_t interval; /* microseconds */
    int64_t count;    /* ends after so many looks; 0: no limit */
    int64_t end;      /* deadline of the watching */
    bool nodes;
    /* Gets each look but the first, which is only compared with; `reply` may be taken. */
    void (*give)(
        void *data, const json *before, const json *after, int64_t elapsed, struct message **reply);
    /* Has what was given printed. False, with an error, ends it. */
    bool (*flush)(void *data, struct error *error);
    void *data;
};

/*
 * Looks every interval, first after one. True at the end of the time when no count was asked for,
 * and when the VM shut down then (which is noted); else false with kind timeout or failed.
 */
bool blockstats_watch(
    struct session *session, const struct blockstats_watch *watch, struct error *error);

#endif
