/* SPDX-License-Identifier: GPL-2.0-or-later */
/* help: usage and manual pages, made from the declarations of the subcommands. */
#ifndef QMPBOX_APP_HELP_H
#define QMPBOX_APP_HELP_H

#include "cli/command.h"

/* The usage of one subcommand, or (NULL) of the program. The caller frees. */
char *help_usage(const struct command *command) MUST_CHECK;

/* The manual page in mdoc: of one subcommand, or (NULL) of the program. The caller frees. */
char *help_manual(const struct command *command) MUST_CHECK;

/* Program and libraries. The caller frees. */
char *help_version(void) MUST_CHECK;

/* Makes the links qmp-NAME to this program in the directory; those of an earlier time are replaced.
 */
bool help_install_links(const char *directory, struct error *error);

#endif
