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

struct report {
    void (*note)(void *data, const char *sentence); /* something a person should know */
    void (*plan)(void *data, const char *json);     /* --dry-run: a message not sent, one line */
    void *data;
};

void report_note(const struct report *report, const char *format, ...) PRINTF(2, 3);

#endif
