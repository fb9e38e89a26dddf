/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transcript: every message on the wire, to a log file and to whoever listens, secrets left out.
 *
 * QAPI marks no member as secret, so the table of those that are stands here, and nowhere else.
 */
#ifndef QMPBOX_QMP_TRANSCRIPT_H
#define QMPBOX_QMP_TRANSCRIPT_H

#include "json/json.h"

struct transcript {
    int log;                                                /* descriptor of --log, or -1 */
    void (*trace)(void *data, bool sent, const char *json); /* -v; NULL when not asked for */
    void *data;
};

/* Opens (appends to) the log, mode 0600; kind local on failure. */
bool transcript_open(struct transcript *transcript, const char *path, struct error *error);
void transcript_close(struct transcript *transcript);

bool transcript_wanted(const struct transcript *transcript);

/*
 * What the table of secrets should know a request as: its command, but "" for a qom-get or qom-set
 * of a property that is no secret. Borrowed from command.
 */
const char *transcript_subject(const char *command, const json *arguments);

/* Is the value of a QOM property of this name a secret, whatever object it belongs to? */
bool transcript_is_secret_property(const char *name);

/* Writes down one message; command is the subject of the request that it is, or answers, or NULL.
 */
void transcript_message(const struct transcript *transcript, bool sent, const char *command,
    const char *bytes, size_t length);

/* The compacted message with the values of secret members replaced by "***". */
void transcript_mask(struct text *text, const char *command, const char *bytes, size_t length);

/* Does a member of this name of the command (NULL: any) hold a secret? */
bool transcript_is_secret(const char *command, const char *member);

#endif
