/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migration: how what is known of a migration, and of its settings, looks to people. */
#ifndef QMPBOX_UI_MIGRATION_H
#define QMPBOX_UI_MIGRATION_H

#include "ui/output.h"

/* An object of capabilities and parameters with their values: a line each, "multifd  on". */
view_function view_migrate_settings;

/* Where a migration stands, as src/vm/migratepicture.h describes it. */
view_function view_migration;

/* {"cancelled","migration","error-desc","status"}: how a migration that was to be cancelled ended.
 */
view_function view_migrate_cancelled;

#endif
