/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/words.h"
#include "ui/views.h"
#include "vm/migration.h"

struct migrate {
    const char *to;
    struct strings settings;
    uint64_t bandwidth;
    int64_t downtime;
    bool postcopy;
    const char *dest;
    bool pause;
    const char *run;
    bool detach;
    bool attach;
    const char *until;
};

static bool check(const struct migrate *options, struct error *error)
{
    if (options->attach && (options->to || options->settings.count || options->bandwidth ||
                               options->downtime || options->postcopy || options->dest ||
                               options->pause || options->run || options->detach))
        return error_set(error, ERROR_USAGE,
            "--attach watches a migration that runs: only --until goes with it");
    if (!options->attach && !options->to)
        return error_set(error, ERROR_USAGE,
            "where to? Give unix:PATH, tcp:HOST:PORT, exec:COMMAND, file:PATH or fd:N");
    if (options->detach && (options->until || options->postcopy || options->run))
        return error_set(error, ERROR_USAGE,
            "--detach waits for nothing: --until, --postcopy and --run do not go with it");
    if (options->run && options->until)
        return error_set(error, ERROR_USAGE, "--run and --until exclude each other");
    return true;
}

static bool check_dest(
    const struct migrate *options, const struct transport *transport, struct error *error)
{
    if (options->dest && (transport->kind == TRANSPORT_EXEC || transport->kind == TRANSPORT_FILE))
        return error_set(error, ERROR_USAGE,
            "--dest goes with unix:, tcp: and fd:, where the destination receives meanwhile");
    if (options->postcopy && !transport->two_way)
        return error_set(
            error, ERROR_USAGE, "--postcopy needs a way back: unix:, tcp: or a socket");
    return true;
}

static bool start(
    struct context *context, const struct migrate *options, json **result, struct error *error)
{
    AUTO_TRANSPORT struct transport transport = {.fd = -1};
    AUTO_STRINGS struct strings settings = {0};
    AUTO_JSON json *whole = NULL;
    struct migration_request request = {
        .transport = &transport,
        .to = options->to,
        .settings = &settings,
        .bandwidth = options->bandwidth,
        .downtime = options->downtime,
        .postcopy = options->postcopy,
        .pause = options->pause || options->run,
        .run = options->run,
        .detach = options->detach,
        .until = options->until,
    };
    struct session *session;

    if (!words_settle(&options->settings, NULL, &settings, &whole, error))
        return error_prefix(error, "--set");
    if (!transport_open(options->to, false, &transport, error) ||
        !check_dest(options, &transport, error))
        return false;
    session = context_session(context, error);
    if (!session)
        return false;
    if (options->dest &&
        !(request.destination = context_second(context, options->dest, false, error)))
        return false;
    return migration_run(session, &request, context_dry_run(context), result, error);
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct migrate *options = target;
    json *result = NULL;
    struct session *session;

    if (!check(options, error))
        return false;
    if (options->attach) {
        session = context_session(context, error);
        if (!session || !migration_attach(session, options->until, &result, error))
            return false;
    } else if (!start(context, options, &result, error)) {
        return false;
    }
    return (context_dry_run(context) && !result) || context_result(context, result, view_moved);
}

static const struct option options[] = {
    OPTION_STRINGS(struct migrate, settings, "set", 0, "NAME=VALUE",
        "a capability or parameter for this migration, typed by this QEMU and set back afterwards",
        COMPLETES_SETTING),
    OPTION_SIZE(struct migrate, bandwidth, "bandwidth", 0, "SIZE",
        "at most so many bytes a second (max-bandwidth)"),
    OPTION_SECONDS(struct migrate, downtime, "downtime", 0, "SECONDS",
        "the guest may stand still so long (downtime-limit)"),
    OPTION_FLAG(struct migrate, postcopy, "postcopy", 0,
        "once the memory has gone over once, run the guest there and fetch what is missing"),
    OPTION_STRING(struct migrate, dest, "dest", 0, "ADDRESS",
        "the destination's monitor: set what must match, start the receiving, see the guest "
        "arrive",
        COMPLETES_ADDRESS),
    OPTION_FLAG(struct migrate, pause, "pause-at-switchover", 0,
        "stop before the switch-over, and leave it there unless --run is given"),
    OPTION_STRING(struct migrate, run, "run", 0, "CMD",
        "a shell command to run before the switch-over, with the guest stopped; it goes on when "
        "the command ends well and is cancelled when it does not",
        COMPLETES_SHELL),
    OPTION_FLAG(struct migrate, detach, "detach", 0, "start it and leave it to itself"),
    OPTION_FLAG(struct migrate, attach, "attach", 0, "watch a migration that runs"),
    OPTION_STRING(struct migrate, until, "until", 0, "STATE",
        "watch until query-migrate gives this status, such as active, and leave it so"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_OPTIONAL(struct migrate, to, "TO",
        "unix:PATH, tcp:HOST:PORT, exec:COMMAND, file:PATH or fd:N", COMPLETES_MIGRATION),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp migrate tcp:127.0.0.1:4444 --dest /run/new.qmp",
        "move the VM, and see it arrive"},
    {"-s /run/vm.qmp migrate unix:/run/m.sock --bandwidth 200M --set multifd=on",
        "with settings that are set back afterwards"},
    {"-s /run/vm.qmp migrate file:/srv/vm.state", "save the VM into a file"},
    {"-s /run/vm.qmp migrate 'exec:gzip >/srv/vm.gz'", "through a command that QEMU runs"},
    {"-s /run/vm.qmp migrate --attach", "watch a migration that somebody has started"},
    {NULL, NULL},
};

QMPBOX_COMMAND(migrate) = {
    .name = "migrate",
    .group = "Migration",
    .summary = "move the VM to another QEMU, or save it",
    .description =
        "Migrates the VM and watches until that has ended. TO is unix:PATH or tcp:HOST:PORT, where "
        "the destination listens; exec:COMMAND, run by QEMU with the state on its standard input; "
        "file:PATH, which is opened here and passed (it must be missing or empty); or fd:N, an "
        "inherited descriptor.\n\n"
        "Completed means that the destination has taken everything: the capability return-path is "
        "set for unix, tcp and socket descriptors, where something can come back. On other ways "
        "the result says that it is unconfirmed. With --dest the destination's monitor is asked "
        "too: it must have been started with -incoming defer; what both sides must have alike is "
        "set there, the receiving is started, and the guest is seen to arrive. With fd: the "
        "destination must be receiving already, with its settings made, and is only asked.\n\n"
        "What --set, --bandwidth and --downtime give, and what is needed besides (events, "
        "return-path, pause-before-switchover, postcopy-ram), is set back when it is over, on both "
        "sides; what stays set is named.\n\n"
        "When it fails or is cancelled the VM runs on here, and the error says so. If the guest is "
        "seen to have arrived at --dest all the same, the VM is paused here. Ctrl-C and "
        "SIGTERM cancel, wait until that is done, and say where the VM stands (status 130 or 143); "
        "a second one leaves at once. While the guest is being handed over the end is awaited "
        "instead, since a cancel could leave it running on both sides. Once postcopy has begun the "
        "guest has memory on both sides, and nothing is ever cancelled: Ctrl-C ends the watching "
        "only. A connection that breaks in "
        "postcopy leaves both sides waiting (postcopy-paused): status 7, with how to recover. When "
        "--timeout is over (there is none unless it is given) it goes on, status 4.\n\n"
        "While a migration does not converge, that is said, with what helps. Unknown states of "
        "newer QEMUs count as going on. A monitor that is lost is connected to again.\n\n"
        "With --json the result is {\"status\":..., \"transferred\":..., \"total-time\":..., "
        "\"downtime\":..., \"to\":..., \"destination\":..., \"confirmed\":...}: bytes and "
        "milliseconds.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct migrate),
    .needs = (const char *const[]){"migrate", "migrate_cancel", "query-migrate", "query-status",
        "migrate-set-capabilities", "migrate-set-parameters", "query-migrate-capabilities",
        "query-migrate-parameters", "query-qmp-schema", NULL},
    .dry_run = true,
    .run = run,
};
