/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help: usage, made from the declarations of the subcommands, and what the manual pages say in the
 * same words (manual.h).
 */
#ifndef QMPBOX_APP_HELP_H
#define QMPBOX_APP_HELP_H

#include "app/roff.h"

/* The groups of subcommands in the order in which they are shown; NULL ends them. */
extern const char *const help_groups[];

/* The forms of an address. */
extern const struct term help_addresses[];

/* What an option means, with the choices that it has. The caller frees. */
char *help_option_meaning(const struct option *option) MUST_CHECK;

/* What --timeout is when it is not given. The caller frees. */
char *help_timeout(const struct command *command) MUST_CHECK;

/* The usage of one subcommand, or (NULL) of the program. The caller frees. */
char *help_usage(const struct command *command) MUST_CHECK;

/* Program and libraries. The caller frees. */
char *help_version(void) MUST_CHECK;

/* Makes the links qmp-NAME to this program in the directory; those of an earlier time are replaced.
 */
bool help_install_links(const char *directory, struct error *error);

#endif
