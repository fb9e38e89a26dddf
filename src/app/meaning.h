/* SPDX-License-Identifier: GPL-2.0-or-later */
/* meaning: what kind of thing a member of a QMP command names. */
#ifndef QMPBOX_APP_MEANING_H
#define QMPBOX_APP_MEANING_H

#include "cli/options.h"

/* member: the whole name with dots and indices. COMPLETES_NOTHING when nothing is known. */
enum completes meaning_of_member(const char *command, const char *member);

#endif
