/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/migration.h"
#include "vm/migratepicture.h"

static bool run(struct context *context, void *options, struct error *error)
{
    struct session *session;
    json *picture;

    (void)options;
    if (context_output(context)->json)
        return context_ask(context, "query-migrate", NULL, NULL, error);
    session = context_session(context, error);
    picture = session ? migratepicture(session, error) : NULL;
    return picture && context_result(context, picture, view_migration);
}

static const struct example examples[] = {
    {"-s /run/vm.qmp query-migrate", "where the migration stands, and what that means"},
    {"-s /run/vm.qmp query-migrate --json", "QEMU's own answer"},
    {NULL, NULL},
};

QMPBOX_COMMAND(query_migrate) = {
    .name = "query-migrate",
    .group = "Migration",
    .summary = "where a migration stands, and what that means",
    .description =
        "Prints QEMU's word for where the migration stands, what it means for the VM on this side, "
        "why it failed if QEMU says so, the run state, and how far the memory is. Both sides can "
        "be asked: the one that sends and the one that receives (incoming), which says where it "
        "listens. Each knows only its own part: that a VM has been sent is no proof that it runs "
        "at the other end.\n\n"
        "A guest may write to its memory faster than it is transferred. When that is so after some "
        "passes it is said, with the numbers and what helps.\n\n"
        "Then come the capabilities and parameters that are not those with which this QEMU begins "
        "(it is asked for those too); qmpbox migrate-set changes them. With --json it is the "
        "return of query-migrate as it came.",
    .examples = examples,
    .needs = (const char *const[]){"query-migrate", NULL},
    .timeout = 30,
    .run = run,
};
