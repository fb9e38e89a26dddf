/* SPDX-License-Identifier: GPL-2.0-or-later */
/* views: how results look to people that more than one subcommand shows. */
#ifndef QMPBOX_UI_VIEWS_H
#define QMPBOX_UI_VIEWS_H

#include "ui/output.h"

/* The return of query-status: its word. */
view_function view_status;

/*
 * Adds bytes as an exact size, in the largest unit of which they are a whole number: "1536 MiB".
 * False, and nothing is added, when the value is no whole number from 0 to 2^64-1.
 */
bool view_size(const json *value, struct text *text);

#endif
