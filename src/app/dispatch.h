/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dispatch: from words to the run of a subcommand, and from its error to the exit status: once for
 * a program that is called, line by line at the prompt.
 */
#ifndef QMPBOX_APP_DISPATCH_H
#define QMPBOX_APP_DISPATCH_H

#include "cli/context.h"

/*
 * Runs argv, whose first word is the program's name (qmp-SUBCOMMAND is one of its links); what goes
 * wrong is printed here. shared is NULL, or what the runs of a prompt have in common. Returns the
 * exit status.
 */
int dispatch(int argc, char *const *argv, struct context_shared *shared);

#endif
