/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explained: what qmp/explain.h says of a schema, for people. */
#ifndef QMPBOX_UI_EXPLAINED_H
#define QMPBOX_UI_EXPLAINED_H

#include "ui/output.h"

/* One entry: what it takes, member by member and variant by variant, and what it returns. */
view_function explained_entry;

/* A line for each command and event, with what was found in it. */
view_function explained_list;

#endif
