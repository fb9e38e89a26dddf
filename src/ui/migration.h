/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migration: how what is known of a migration, and of its settings, looks to people. */
#ifndef QMPBOX_UI_MIGRATION_H
#define QMPBOX_UI_MIGRATION_H

#include "ui/output.h"

/* An object of capabilities and parameters with their values: a line each, "multifd  on". */
view_function view_migrate_settings;

#endif
