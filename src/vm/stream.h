/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream: many raw commands, read as JSON from a descriptor, answered in their order.
 *
 * A command is an object with execute, and arguments and id if it wants; the answer is an object
 * with return or error, and the id that was given. At most STREAM_WINDOW are under way at once: a
 * peer that answers slowly must not be drowned, nor grow by unread replies (FACTS, section 14).
 */
#ifndef QMPBOX_VM_STREAM_H
#define QMPBOX_VM_STREAM_H

#include "qmp/session.h"

enum { STREAM_WINDOW = 64 };

struct stream_options {
    int input;          /* descriptor that commands are read from, to its end */
    bool stop_on_error; /* one at a time, and none after the first error */
    int64_t reply_timeout;
    /* Gets each answer as one line of JSON; false (with an error) ends the stream. */
    bool (*answer)(void *data, const char *line, size_t length, struct error *error);
    void *data;
};

/*
 * False with the first error that QEMU answered, once all are answered; or at once with what broke
 * the stream: input that is no command (kind usage, after the answers of those before it).
 */
bool stream_run(struct session *session, const struct stream_options *options, struct error *error);

#endif
