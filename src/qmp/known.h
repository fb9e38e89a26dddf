/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * known: which commands and events there are in other QEMUs, for the error about one that the
 * connected QEMU does not have.
 *
 * Nothing is decided by this: what a QEMU understands it says itself. The names are those of the
 * QEMUs 5.2, 7.2, 10.0 and 11.1 as Debian builds them for x86-64, and are written down by
 * tests/schemas/known; between two of these versions nothing is known.
 */
#ifndef QMPBOX_QMP_KNOWN_H
#define QMPBOX_QMP_KNOWN_H

#include "base/text.h"

/*
 * Is there a QEMU with this command (or event)? '-' and '_' are alike. If so, and versions is not
 * NULL, those that have it are added to it: "7.2, 10.0 and 11.1".
 */
bool known_command(const char *name, struct text *versions);
bool known_event(const char *name, struct text *versions);

#endif
