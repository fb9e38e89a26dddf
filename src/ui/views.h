/* SPDX-License-Identifier: GPL-2.0-or-later */
/* views: how results look to people that more than one subcommand shows. */
#ifndef QMPBOX_UI_VIEWS_H
#define QMPBOX_UI_VIEWS_H

#include "ui/output.h"

/* The return of query-status: its word. */
view_function view_status;

/* An event in one line: its time, its name, and its data as KEY=VALUE, nested ones by dots. */
view_function view_event;

/* What an unplugging has removed: "d1: removed device d1, node d1". */
view_function view_removed;

/* {"status":…,"transferred":…,…}: what became of a migration, or the run state of an arrived VM. */
view_function view_moved;

#endif
