/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runner: runs whole lines, one after the other, on one connection, and remembers how they ended.
 */
#ifndef QMPBOX_APP_RUNNER_H
#define QMPBOX_APP_RUNNER_H

#include "app/ownwords.h"
#include "cli/line.h"

/* Starts zeroed, but for the context. */
struct runner {
    struct context *context; /* the prompt's own */
    struct connection connection;
    struct own_words own;
    bool script;         /* nobody sees what is wrong with a line but by its status */
    const char *place;   /* of the line, which begins its errors, or NULL */
    bool terminal_taken; /* a command that reads the result may be using the terminal */
    int status;          /* of the newest line */
    int first;           /* the first that was not 0 */
};

/* Runs a line; what is wrong has been said when it returns. */
void runner_run(struct runner *runner, const struct line *line);

/* Says what is wrong with a line that cannot be run. */
void runner_refuse(struct runner *runner, struct error *error);

#endif
