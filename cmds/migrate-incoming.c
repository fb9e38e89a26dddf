/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/migration.h"

struct migrate_incoming {
    const char *from;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct migrate_incoming *options = target;
    AUTO_TRANSPORT struct transport transport = {.fd = -1};
    struct session *session;
    json *result = NULL;

    if (!transport_open(options->from, true, &transport, error))
        return false;
    session = context_session(context, error);
    if (!session ||
        !migration_receive(session, &transport, context_dry_run(context), &result, error))
        return false;
    return context_dry_run(context) || context_result(context, result, view_moved);
}

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct migrate_incoming, from, "FROM",
        "unix:PATH or tcp:HOST:PORT to listen on, exec:COMMAND, file:PATH or fd:N to read from",
        COMPLETES_MIGRATION),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/new.qmp migrate-incoming tcp:0.0.0.0:4444",
        "listen, and wait until the guest is there"},
    {"-s /run/new.qmp migrate-incoming file:/srv/vm.state", "bring back a VM that was saved"},
    {NULL, NULL},
};

QMPBOX_COMMAND(migrate_incoming) = {
    .name = "migrate-incoming",
    .group = "Migration",
    .summary = "receive a migration, and wait until the guest has arrived",
    .description =
        "The VM must have been started with -incoming defer. The receiving is started, or found "
        "started, and the guest is waited for until --timeout is over (there is none unless it is "
        "given). FROM is as qmpbox migrate has it; a file is opened here and passed.\n\n"
        "The result is the run state that the VM has then. When the receiving fails QEMU ends, or "
        "from 10.0 on stays and says why: status 7. Ctrl-C ends the waiting; a receiving that has "
        "been started cannot be taken back.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct migrate_incoming),
    .needs = (const char *const[]){"migrate-incoming", "query-status", "query-migrate", NULL},
    .dry_run = true,
    .run = run,
};
