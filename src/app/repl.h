/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * repl: one line after the other, each run as if it were typed behind `qmpbox`, on one connection.
 *
 * From a script (standard input that is no terminal, or lines that are given) the lines are run up
 * to the first error, whose message names the line, or with keep_going all of them.
 */
#ifndef QMPBOX_APP_REPL_H
#define QMPBOX_APP_REPL_H

#include "cli/context.h"

struct repl_options {
    bool keep_going;             /* of a script: an error does not end it */
    const struct strings *lines; /* to run instead of those of standard input, or NULL */
    /*
     * NULL: the VM that the context's own words name is connected with, if they name one. Else a
     * session that is there already, on the context's loop; it stays the caller's, and serves the
     * context again at the end. While the prompt lasts its events are the prompt's
     * (session_listen).
     */
    struct session *session;
};

/*
 * False when the lines are to end with a status that is not 0: that of the line that ended a
 * script, the first one with keep_going, that of `exit STATUS`. What lines had to say has been said
 * then: the error has a status only (error_set_said). An error with a message is the prompt's own:
 * no connection at the start, standard input that cannot be read, a signal.
 */
bool repl_run(struct context *context, const struct repl_options *options, struct error *error);

#endif
