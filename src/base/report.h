/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: how lower floors say what they do, without knowing who listens.
 *
 * Nothing below src/cli prints. An operation that has something to say on its way calls these; the
 * context decides whether it becomes a line on stderr, a JSON document, or nothing.
 */
#ifndef QMPBOX_BASE_REPORT_H
#define QMPBOX_BASE_REPORT_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

/* How far something is that runs for a while. What is borrowed is borrowed for the call alone. */
struct progress {
    const char *what;   /* its name: of a job the id */
    const char *type;   /* what it does: "commit", "mirror", "migration"; or NULL */
    const char *status; /* QEMU's word for where it stands, or NULL */
    const char *detail; /* more that is worth a look, in few words, or NULL */
    uint64_t current;
    uint64_t total; /* may change on the way; 0: not known */
    bool bytes;     /* what is counted are bytes, else steps without a unit */
    bool ended;     /* the last that is said of it, however it ended */
};

struct report {
    void (*note)(void *data, const char *sentence); /* something a person should know */
    void (*plan)(void *data, const char *json);     /* --dry-run: a message not sent, one line */
    /* NULL: nobody looks */
    void (*progress)(void *data, const struct progress *progress);
    void *data;
};

void report_note(const struct report *report, const char *format, ...) PRINTF(2, 3);

/* Does somebody look at the progress, so that asking for it is worth a round trip? */
bool report_wants_progress(const struct report *report);
void report_progress(const struct report *report, const struct progress *progress);

#endif
