/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/migration.h"
#include "vm/migratecancel.h"

static bool run(struct context *context, void *options, struct error *error)
{
    struct session *session = context_session(context, error);
    json *result = NULL;

    (void)options;
    if (!session || !migratecancel_run(session, context_dry_run(context), &result, error))
        return false;
    return context_dry_run(context) || context_result(context, result, view_migrate_cancelled);
}

static const struct example examples[] = {
    {"-s /run/vm.qmp migrate-cancel", "the VM stays here; returns when that is certain"},
    {NULL, NULL},
};

QMPBOX_COMMAND(migrate_cancel) = {
    .name = "migrate-cancel",
    .qmp_name = "migrate_cancel",
    .group = "Migration",
    .summary = "cancel a migration and wait until that has happened",
    .description =
        "Cancels the migration that is under way, waits until it is over, and says how it ended "
        "and in which run state the VM is then. QEMU on the other side ends itself. Where no "
        "migration is under way that is said, with how the last one ended, and is no error.\n\n"
        "Refused, status 1, and nothing is sent: once postcopy has begun, since the VM runs on the "
        "destination then with a part of its memory here, and some QEMUs would take the cancel and "
        "leave two halves; and on the side that receives, where a cancel does nothing. Status 7 "
        "when the migration has completed, whether before or all the same.\n\n"
        "The wait ends after --timeout (60 seconds unless given) with status 4: a cancel may hang, "
        "such as one with return-path over a connection that goes one way.\n\n"
        "With --json the result is {\"cancelled\":...,\"migration\":...,\"status\":...}: whether "
        "this did it, QEMU's word for how the migration ended (none: there was none), and the run "
        "state; error-desc where there is one.",
    .examples = examples,
    .needs = (const char *const[]){"migrate_cancel", "query-migrate", "query-status", NULL},
    .timeout = 60,
    .dry_run = true,
    .run = run,
};
