/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redirect: where the standard output of one line goes, instead of the prompt's own.
 *
 * The descriptor itself is moved, so that a run knows nothing of it, and is put back at the end.
 * A command is run by /bin/sh with the result as its standard input; it can use the terminal.
 */
#ifndef QMPBOX_APP_REDIRECT_H
#define QMPBOX_APP_REDIRECT_H

#include "base/process.h"
#include "cli/line.h"

/* Starts zeroed. */
struct redirect {
    bool moved;
    int own; /* the prompt's stdout meanwhile */
    struct process *reader;
};

/* Moves stdout to where the line wants it; nothing where it wants nothing. Kind local. */
bool redirect_begin(
    struct redirect *redirect, const struct line *line, struct loop *loop, struct error *error);

/*
 * Puts it back and waits for the end of the command, which Ctrl-C is left to; its status (as a
 * shell has it) is in *status, 0 without one. Fails with kind interrupted by another signal, after
 * the command was ended.
 */
bool redirect_end(struct redirect *redirect, struct loop *loop, int *status, struct error *error);

#endif
