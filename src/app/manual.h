/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manual: the manual pages in mdoc, qmpbox(1), qmpbox-SUBCOMMAND(1) and those of section 7.
 *
 * The pages of subcommands are made from their declarations, those of section 7 from topics.h.
 */
#ifndef QMPBOX_APP_MANUAL_H
#define QMPBOX_APP_MANUAL_H

#include "base/error.h"

/*
 * The page of this name: "qmpbox", a subcommand or a topic, with or without "qmpbox-" before it.
 * The caller frees; NULL with kind usage when there is none.
 */
char *manual_page(const char *name, struct error *error) MUST_CHECK;

#endif
