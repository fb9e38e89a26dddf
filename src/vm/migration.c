/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/migration.h"

#include "qmp/ask.h"
#include "vm/migratedest.h"
#include "vm/migratewatch.h"

#include <stdlib.h>
#include <string.h>

struct migration {
    struct session *session;
    const struct migration_request *request;
    struct migrateset settings;
    struct steps setting;  /* the steps that set them */
    struct steps starting; /* and those that start the migration */
    struct migratedest *dest;
    struct migratewatch *watch;
    bool confirms; /* return-path is on */
};

static void migration_free(struct migration *migration)
{
    migratewatch_free(migration->watch);
    migratedest_free(migration->dest);
    migrateset_free(&migration->settings);
    steps_free(&migration->setting);
    steps_free(&migration->starting);
}

/* Before anything is changed. */

static bool check_source(struct session *session, struct error *error)
{
    AUTO_JSON json *status = NULL;
    AUTO_JSON json *migrate = NULL;
    struct migrateinfo info;
    uint64_t status_ticket, migrate_ticket;

    if (!session_send(session, "query-status", NULL, -1, &status_ticket, error) ||
        !session_send(session, "query-migrate", NULL, -1, &migrate_ticket, error) ||
        !(status = session_answer(session, status_ticket, error)) ||
        !(migrate = session_answer(session, migrate_ticket, error)))
        return false;
    migrateinfo_read(migrate, &info);
    if (text_is(json_get_string(status, "status"), "inmigrate"))
        return error_set(error, ERROR_REFUSED, "this VM waits for a migration itself (inmigrate)");
    if (text_is(json_get_string(status, "status"), "postmigrate"))
        return error_set(error, ERROR_REFUSED,
            "this VM has been migrated already (postmigrate): it may be running elsewhere");
    if (migrateinfo_is_under_way(migrateinfo_phase(info.status)))
        return error_set(error, ERROR_REFUSED,
            "a migration is under way (%s): qmpbox migrate --attach watches it, qmpbox "
            "migrate-cancel ends it",
            info.status);
    return true;
}

static json *number(uint64_t value)
{
    return json_new_number((struct number){false, value});
}

/* The capability, where this QEMU has it. */
static bool want(
    struct migration *migration, const char *capability, bool *has, struct error *error)
{
    if (!migrateset_has(migration->session, capability, has, error))
        return false;
    if (*has)
        migrateset_capability(&migration->settings, capability, true);
    return true;
}

static bool need(struct migration *migration, const char *capability, struct error *error)
{
    bool has = false;

    if (!want(migration, capability, &has, error))
        return false;
    return has || error_set(error, ERROR_UNSUPPORTED, "this QEMU has no capability %s", capability);
}

/* Is the capability on, as it will be set? */
static bool will_be(const struct migration *migration, const char *capability)
{
    return json_get_bool(
        json_find(migration->settings.capabilities, "capability", capability), "state", false);
}

static bool choose_settings(struct migration *migration, struct error *error)
{
    enum { MILLISECOND = 1000 };
    const struct migration_request *request = migration->request;
    bool has = false;

    if (!migrateset_type(migration->session, request->settings, &migration->settings, error))
        return error_prefix(error, "--set");
    if (request->bandwidth)
        migrateset_parameter(&migration->settings, "max-bandwidth", number(request->bandwidth));
    if (request->downtime)
        migrateset_parameter(&migration->settings, "downtime-limit",
            number((uint64_t)(request->downtime + MILLISECOND - 1) / MILLISECOND));
    if (!want(migration, "events", &has, error) ||
        (request->transport->two_way && !want(migration, "return-path", &has, error)) ||
        (request->pause && !need(migration, "pause-before-switchover", error)) ||
        (request->postcopy && !need(migration, "postcopy-ram", error)))
        return false;
    migration->confirms = will_be(migration, "return-path");
    if (migration->confirms && !request->transport->two_way)
        return error_set(error, ERROR_USAGE,
            "--set return-path=on: nothing comes back on %s, and the migration would never end",
            request->to);
    return true;
}

/* The start. */

static bool set(struct migration *migration, bool dry_run, struct error *error)
{
    return migrateset_add_steps(
               &migration->setting, migration->session, &migration->settings, error) &&
           steps_run(&migration->setting, migration->session, dry_run, error);
}

static bool start(struct migration *migration, bool dry_run, struct error *error)
{
    const struct migration_request *request = migration->request;
    struct step *command = transport_add_steps(request->transport, &migration->starting,
        migration->session, "migrate", json_new_object(), error);

    if (!command)
        return false;
    command->flags |= STEP_COMMIT;
    return steps_run(&migration->starting, migration->session, dry_run, error);
}

static struct migratewatch *watch_from_now(const struct migration *migration)
{
    const struct migration_request *request = migration->request;
    const struct migratewatch_options options = {
        .session = migration->session,
        .ours = true,
        .events = will_be(migration, "events"),
        .postcopy = request->postcopy,
        .run = request->run,
        .until = request->until                    ? request->until
                 : request->pause && !request->run ? "pre-switchover"
                                                   : NULL,
    };

    return migratewatch_new(&options);
}

/* The end. */

/* A set that passed a file is needed as long as the migration may open it. */
static void close_set(struct migration *migration)
{
    AUTO_STEPS struct steps closing = {NULL, NULL};
    AUTO_ERROR struct error ignored = {0};

    for (const struct step *step = migration->starting.first; step; step = step->next) {
        struct step *close;

        if (!text_is(step->command, "add-fd") || step->state != STEP_DONE)
            continue;
        close = steps_add(
            &closing, "remove-fd", json_copy(step->inverse_arguments), STEP_TIDY | STEP_QUIET);
        close->what = xstrdup(step->what);
    }
    if (closing.first)
        (void)steps_run(&closing, migration->session, false, &ignored);
}

/* Sets back what was set, on both sides; while it goes on that cannot be done. */
static void set_back(struct migration *migration, bool over, struct strings *left)
{
    struct session *session = migration->session;
    AUTO_ERROR struct error ignored = {0};

    if (!over) {
        migrateset_name_done(&migration->setting, left);
        if (migration->dest)
            migratedest_name_done(migration->dest, left);
        return;
    }
    session_set_deadline(session, CLOCK_NEVER);
    if (session_is_open(session)) {
        close_set(migration);
        (void)migrateset_restore(session, &migration->setting, left, &ignored);
    } else if (!session_saw_shutdown(session)) {
        migrateset_name_done(&migration->setting, left);
    }
    if (migration->dest)
        migratedest_restore(migration->dest, left);
}

static void add_count(json *result, const char *key, uint64_t value)
{
    if (value)
        json_add(result, key, number(value));
}

static json *describe(const struct migratewatch *watch)
{
    json *result = json_new_object();
    struct migrateinfo info;

    migrateinfo_read(migratewatch_last(watch), &info);
    json_add_string(result, "status", info.status ? info.status : "setup");
    add_count(result, "transferred", info.transferred);
    add_count(result, "total-time", info.total_time);
    add_count(result, "downtime", info.downtime);
    return result;
}

enum { ARRIVAL = 30 * 1000 * 1000 };

/* Has the guest arrived? Where nobody can say so, that is said. */
static bool confirm(struct migration *migration, json *result, struct error *error)
{
    struct session *session = migration->session;
    AUTO_FREE char *there = NULL;

    if (migration->dest) {
        if (!migratedest_arrive(migration->dest, clock_after(ARRIVAL), &there, error)) {
            struct error why = {0};

            error_move(&why, error);
            error_set(error, ERROR_FAILED, "the source says completed, but the destination: %s",
                why.message);
            error_free(&why);
            error_append(error, "; the VM stands still here, and only if the destination does not "
                                "run it may qmpbox resume --force run it here again");
            return false;
        }
        json_add_string(result, "destination", there);
    }
    json_add_bool(result, "confirmed", migration->dest || migration->confirms);
    if (!migration->dest && !migration->confirms)
        report_note(session_report(session),
            "the source has sent everything; that the other side has taken it is unconfirmed, "
            "since nothing comes back on %s",
            migration->request->to);
    return true;
}

static bool finish(struct migration *migration, json *result, struct error *error)
{
    bool over = migratewatch_is_over(migration->watch);

    json_add_string(result, "to", migration->request->to);
    if (over)
        return confirm(migration, result, error);
    report_note(session_report(migration->session),
        "the migration is left as it is (%s): qmpbox migrate --attach watches it, qmpbox "
        "migrate-cancel ends it%s",
        json_get_string(result, "status"),
        text_is(json_get_string(result, "status"), "pre-switchover")
            ? ", and qmpbox migrate-continue state=pre-switchover goes on"
            : "");
    return true;
}

/* A source that says failed runs on even if only the word was lost that the guest has arrived. */
static void warn_of_two(const struct migratewatch *watch, struct error *error)
{
    if (migratewatch_may_have_arrived(watch) && migratewatch_is_over(watch) &&
        !migratewatch_has_completed(watch))
        error_append(error, "; the guest had been stopped and sent, so see to it that the "
                            "destination does not run it too");
}

/* The guest is at the destination, and the source runs it again: one copy has to stand still. */
static void stop_here(struct migration *migration, struct error *error)
{
    struct error why = {0};
    AUTO_JSON json *answer = NULL;

    if (migratewatch_has_completed(migration->watch))
        return;
    answer = session_ask(migration->session, "stop", NULL, &why);
    if (answer)
        error_append(error, "; but the destination has the guest: the VM has been paused here, so "
                            "that it does not run twice");
    else
        error_append(error,
            "; but the destination has the guest, and it runs twice, since pausing it here failed: "
            "%s",
            why.message);
    error_free(&why);
}

/* It failed or was cancelled; what each side says, and what is left. */
static void explain(struct migration *migration, struct error *error)
{
    bool over = migratewatch_is_over(migration->watch);

    if (!migration->dest)
        warn_of_two(migration->watch, error);
    else if (over && migratedest_explain(migration->dest, error))
        stop_here(migration, error);
    set_back(migration, over, &error->left);
    if (over && !migratewatch_has_completed(migration->watch))
        transport_discard(migration->request->transport, error);
    else
        transport_keep(migration->request->transport);
}

static bool detach(struct migration *migration, json **result)
{
    AUTO_STRINGS struct strings left = {0};

    transport_keep(migration->request->transport);
    report_note(session_report(migration->session),
        "the migration goes on by itself: qmpbox migrate --attach watches it");
    *result = json_new_object();
    json_add_string(*result, "status", "setup");
    json_add_string(*result, "to", migration->request->to);
    set_back(migration, false, &left);
    if (left.count)
        json_add_strings(*result, "left", &left);
    return true;
}

static bool complete(struct migration *migration, json **result, struct error *error)
{
    AUTO_STRINGS struct strings left = {0};

    if (!migratewatch_follow(migration->watch, error)) {
        explain(migration, error);
        return false;
    }
    transport_keep(migration->request->transport);
    *result = describe(migration->watch);
    if (!finish(migration, *result, error)) {
        set_back(migration, true, &error->left);
        return false;
    }
    set_back(migration, migratewatch_is_over(migration->watch), &left);
    if (left.count)
        json_add_strings(*result, "left", &left);
    return true;
}

enum begun { BEGUN, NOT_BEGUN, NOT_KNOWN };

/* No answer came to migrate: has it begun all the same? There was none under way before. */
static enum begun ask_whether_begun(struct session *session)
{
    AUTO_ERROR struct error why = {0};
    AUTO_JSON json *status = NULL;
    AUTO_JSON json *migrate = NULL;

    session_set_deadline(session, CLOCK_NEVER);
    if ((!session_is_open(session) && !session_reopen(session, &why)) ||
        !(migrate = session_ask(session, "query-migrate", NULL, &why)) ||
        !(status = session_ask(session, "query-status", NULL, &why)))
        return NOT_KNOWN;
    return migrateinfo_is_under_way(migrateinfo_phase(json_get_string(migrate, "status"))) ||
                   text_is(json_get_string(status, "status"), "postmigrate")
               ? BEGUN
               : NOT_BEGUN;
}

/* True when the start that failed was only an answer that was lost. */
static bool has_begun(struct migration *migration, struct error *error)
{
    struct session *session = migration->session;
    int64_t deadline = session_deadline(session);
    enum begun begun = NOT_BEGUN;

    if (error->kind == ERROR_PROTOCOL || error->kind == ERROR_TIMEOUT)
        begun = ask_whether_begun(session);
    session_set_deadline(session, deadline);
    if (begun == BEGUN) {
        report_note(session_report(session),
            "no answer came to migrate (%s), but the migration has begun", error->message);
        error_free(error);
        return true;
    }
    if (begun == NOT_KNOWN) {
        transport_keep(migration->request->transport);
        error_append(error, "; whether the migration has begun is not known: qmpbox query-migrate "
                            "shows it");
        strings_add(&error->left, "migration (not known)");
    }
    return false;
}

/* What was set for it goes back when it has not even started. */
static bool give_up(struct migration *migration, struct error *error)
{
    set_back(migration, true, &error->left);
    transport_discard(migration->request->transport, error);
    return false;
}

bool migration_run(struct session *session, const struct migration_request *request, bool dry_run,
    json **result, struct error *error)
{
    AUTO(migration_free) struct migration migration = {.session = session, .request = request};

    if (!check_source(session, error) || !choose_settings(&migration, error))
        return false;
    if (request->destination) {
        migration.dest = migratedest_new(request->destination, &migration.settings, error);
        if (!migration.dest)
            return error_prefix(error, "the destination");
    }
    migration.watch = watch_from_now(&migration);
    if (!set(&migration, dry_run, error))
        return false;
    if (migration.dest && request->transport->fd < 0 &&
        !migratedest_start(migration.dest, request->transport, dry_run, error)) {
        error_prefix(error, "the destination");
        return dry_run ? false : give_up(&migration, error);
    }
    if (!start(&migration, dry_run, error) && (dry_run || !has_begun(&migration, error)))
        return dry_run ? false : give_up(&migration, error);
    if (dry_run)
        return true;
    return request->detach ? detach(&migration, result) : complete(&migration, result, error);
}

bool migration_attach(
    struct session *session, const char *until, json **result, struct error *error)
{
    AUTO_JSON json *list = session_ask(session, "query-migrate-capabilities", NULL, error);
    const struct migratewatch_options options = {
        .session = session,
        .events = json_get_bool(json_find(list, "capability", "events"), "state", false),
        .until = until,
    };
    AUTO_MIGRATEWATCH struct migratewatch *watch = NULL;

    if (!list)
        return false;
    watch = migratewatch_new(&options);
    if (!migratewatch_follow(watch, error)) {
        warn_of_two(watch, error);
        return false;
    }
    *result = describe(watch);
    return true;
}

/* The receiving side. */

bool migration_receive(struct session *session, struct transport *transport, bool dry_run,
    json **result, struct error *error)
{
    const struct migrateset none = {NULL, NULL};
    int64_t deadline = session_deadline(session);
    AUTO_MIGRATEDEST struct migratedest *dest = migratedest_new(session, &none, error);
    AUTO_FREE char *status = NULL;

    if (!dest || !migratedest_start(dest, transport, dry_run, error))
        return false;
    if (dry_run)
        return true;
    if (!migratedest_arrive(dest, deadline, &status, error))
        return false;
    *result = json_new_object();
    json_add_string(*result, "status", status);
    return true;
}
