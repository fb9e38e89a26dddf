/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/migratewatch.h"

#include "base/process.h"
#include "qmp/ask.h"

#include <stdlib.h>
#include <string.h>

enum {
    PROGRESS_PAUSE = 500 * 1000,    /* microseconds between two questions, when somebody looks */
    SAFETY_PAUSE = 2 * 1000 * 1000, /* and when nobody does: an event may be missing */
    EVENTLESS_PAUSE = 40 * 1000,    /* where there are no events to tell of the end */
    ADVICE_PAUSE = 60 * 1000 * 1000,
    CANCEL_PATIENCE = 60 * 1000 * 1000,
    HAND_OVER_PATIENCE = 20 * 1000 * 1000,
    SUMS_PAUSE = 10 * 1000, /* QEMU says completed some ms before it has its times */
    SUMS_PAUSES = 50,
    SETTLING = 2 * 1000 * 1000, /* and failed before the VM runs again */
    REOPENINGS = 3,
    POSTCOPY_PASSES = 2, /* the first pass has gone over once the second one is counted */
};

struct migratewatch {
    struct migratewatch_options options;
    struct session_waiter waiter;
    json *last;
    struct migrateinfo info; /* of last */
    int64_t due;
    int64_t advice_due;
    int reopened;
    int waited; /* pauses for the times of a completed one */
    bool done;  /* the answer has come that ends the watching */
    bool cancelling;
    bool continued; /* from the switch-over */
    bool postcopy;  /* has been asked for, or seen */
    bool silent;    /* that an answer is missing has been said */
    bool handed;    /* the guest has been stopped to be handed over: it may be there already */
};

struct migratewatch *migratewatch_new(const struct migratewatch_options *options)
{
    struct migratewatch *watch = xcalloc(1, sizeof(*watch));

    watch->options = *options;
    session_arm(options->session, &watch->waiter);
    return watch;
}

void migratewatch_free(struct migratewatch *watch)
{
    if (!watch)
        return;
    session_disarm(watch->options.session, &watch->waiter);
    json_free(watch->last);
    free(watch);
}

const json *migratewatch_last(const struct migratewatch *watch)
{
    return watch->last;
}

static enum migrate_phase phase_of(const struct migratewatch *watch)
{
    return migrateinfo_phase(watch->info.status);
}

bool migratewatch_is_over(const struct migratewatch *watch)
{
    enum migrate_phase phase = phase_of(watch);

    return phase == MIGRATE_COMPLETED || phase == MIGRATE_FAILED || phase == MIGRATE_CANCELLED;
}

bool migratewatch_has_completed(const struct migratewatch *watch)
{
    return phase_of(watch) == MIGRATE_COMPLETED;
}

bool migratewatch_may_have_arrived(const struct migratewatch *watch)
{
    return watch->handed;
}

static const struct report *its_report(const struct migratewatch *watch)
{
    return session_report(watch->options.session);
}

/* What comes in. */

static bool wants_postcopy(const struct migratewatch *watch)
{
    return watch->options.postcopy && !watch->postcopy && !watch->cancelling;
}

static void take_events(struct migratewatch *watch)
{
    const struct message *message;

    while ((message = session_peek_event(watch->options.session, &watch->waiter))) {
        struct slice name;

        if (!message_get(message, "event", &name))
            continue;
        if (slice_is(name, "\"MIGRATION\"") ||
            (slice_is(name, "\"MIGRATION_PASS\"") && wants_postcopy(watch)))
            watch->due = 0;
        if (slice_is(name, "\"STOP\""))
            watch->handed = true;
    }
}

static void show(const struct migratewatch *watch, bool ended)
{
    const struct migrateinfo *info = &watch->info;
    AUTO_FREE char *detail = migrateinfo_detail(info);
    const struct progress progress = {
        .what = "migration",
        .status = info->status,
        .current = info->transferred,
        .total = info->transferred + info->remaining,
        .bytes = true,
        .ended = ended,
        .detail = detail,
    };

    if (info->status)
        report_progress(its_report(watch), &progress);
}

static void advise(struct migratewatch *watch)
{
    AUTO_FREE char *advice = migrateinfo_advice(&watch->info);

    if (!advice || clock_now() < watch->advice_due)
        return;
    watch->advice_due = clock_after(ADVICE_PAUSE);
    report_note(its_report(watch), "%s", advice);
}

static int64_t next_due(const struct migratewatch *watch)
{
    if (!watch->options.events)
        return clock_after(EVENTLESS_PAUSE);
    return clock_after(report_wants_progress(its_report(watch)) ? PROGRESS_PAUSE : SAFETY_PAUSE);
}

/* No answer came in the time for one reply, and the time for all is not over. */
static bool is_only_slow(const struct migratewatch *watch, const struct error *error)
{
    return error->kind == ERROR_TIMEOUT && clock_now() < session_deadline(watch->options.session) &&
           session_is_open(watch->options.session);
}

static bool ask(struct migratewatch *watch, struct error *error)
{
    json *answer = session_ask(watch->options.session, "query-migrate", NULL, error);

    watch->due = next_due(watch);
    if (answer) {
        json_free(watch->last);
        watch->last = answer;
        migrateinfo_read(answer, &watch->info);
        take_events(watch); /* they came before the answer */
        if (phase_of(watch) == MIGRATE_PRE_SWITCHOVER)
            watch->handed = false; /* it stands, and nobody else has it yet */
        show(watch, false);
        return true;
    }
    if (!is_only_slow(watch, error))
        return false;
    if (!watch->silent)
        report_note(its_report(watch), "the source does not answer for a while: that is normal "
                                       "while a guest is switched over");
    watch->silent = true;
    error_free(error);
    return true;
}

/* What is done at a status. */

static bool tell(
    struct migratewatch *watch, const char *command, json *arguments, struct error *error)
{
    AUTO_JSON json *owned = arguments;
    AUTO_MESSAGE struct message *reply = NULL;

    watch->due = 0;
    return session_execute(watch->options.session, command, owned, &reply, error);
}

static bool start_postcopy(struct migratewatch *watch, struct error *error)
{
    watch->postcopy = true;
    return tell(watch, "migrate-start-postcopy", NULL, error);
}

static bool run_command(struct migratewatch *watch, struct error *error)
{
    struct session *session = watch->options.session;
    struct loop *loop = session_loop(session);
    AUTO_STRINGS struct strings environment = {0};
    const struct process_options options = {
        .loop = loop, .command = watch->options.run, .environment = &environment};
    struct process *process;
    bool good = true;

    strings_printf(&environment, "QMPBOX_SOCKET=%s", session_address(session));
    process = process_start(&options, error);
    while (process && good && !process_ended(process))
        good = loop_turn(loop, session_deadline(session), error);
    if (process && good && process_status(process) != 0)
        good = error_set(error, ERROR_FAILED,
            "the command at the switch-over failed with status %d", process_status(process));
    if (good == false && error->kind == ERROR_TIMEOUT)
        error_set(error, ERROR_TIMEOUT,
            "the time is over, and the command at the switch-over has "
            "not ended");
    good = process && good;
    process_free(process);
    return good;
}

static json *continuation(void)
{
    json *arguments = json_new_object();

    json_add_string(arguments, "state", "pre-switchover");
    return arguments;
}

static bool cancel(struct migratewatch *watch, struct error *error);

/* The guest stands still: the command is run, and then it goes on; or all of it is taken back. */
static bool switch_over(struct migratewatch *watch, struct error *error)
{
    struct error why = {0};

    if (!watch->options.run || watch->continued || watch->cancelling)
        return true;
    watch->continued = true;
    if (run_command(watch, error)) {
        watch->handed = true;
        return tell(watch, "migrate-continue", continuation(), error);
    }
    if (error->kind == ERROR_INTERRUPTED)
        return false;
    if (cancel(watch, &why))
        error_append(error, "; the migration was cancelled");
    else
        error_append(error, "; the migration could not be cancelled: %s", why.message);
    error_free(&why);
    return false;
}

static bool act(struct migratewatch *watch, struct error *error)
{
    switch (phase_of(watch)) {
    case MIGRATE_RUNNING:
        advise(watch);
        return !wants_postcopy(watch) || watch->info.passes < POSTCOPY_PASSES ||
               start_postcopy(watch, error);
    case MIGRATE_PRE_SWITCHOVER:
        return switch_over(watch, error);
    case MIGRATE_POSTCOPY:
        watch->postcopy = true;
        return true;
    default:
        return true;
    }
}

/* Following. */

static bool reached(const struct migratewatch *watch)
{
    const char *until = watch->options.until, *status = watch->info.status;

    return migratewatch_is_over(watch) || phase_of(watch) == MIGRATE_POSTCOPY_PAUSED ||
           (!watch->cancelling && until && status && strcmp(until, status) == 0);
}

static bool reopen(struct migratewatch *watch, struct error *error)
{
    struct session *session = watch->options.session;
    struct error why = {0};

    if (error->kind != ERROR_PROTOCOL || session_is_open(session) ||
        session_saw_shutdown(session) || watch->reopened++ >= REOPENINGS)
        return false;
    if (!session_reopen(session, &why)) {
        error_free(&why);
        return false;
    }
    error_free(error);
    report_note(its_report(watch), "the connection broke and has been made again");
    watch->due = 0;
    return true;
}

/* Completed has been said, and how long it took has not. */
static bool lacks_sums(struct migratewatch *watch)
{
    if (phase_of(watch) != MIGRATE_COMPLETED || watch->info.total_time ||
        watch->waited++ >= SUMS_PAUSES)
        return false;
    watch->due = clock_after(SUMS_PAUSE);
    return true;
}

static bool look(struct migratewatch *watch, struct error *error)
{
    if (!ask(watch, error))
        return false;
    if (!watch->last)
        return true; /* no answer yet */
    if (phase_of(watch) == MIGRATE_NONE)
        return error_set(error, ERROR_REFUSED, "there is no migration");
    if (lacks_sums(watch))
        return true;
    watch->done = reached(watch);
    return watch->done || act(watch, error);
}

static bool turn(struct migratewatch *watch, int64_t end, struct error *error)
{
    if (clock_now() >= watch->due)
        return look(watch, error);
    if (!session_idle(
            watch->options.session, &watch->waiter, clock_earlier(end, watch->due), error))
        return false;
    take_events(watch);
    return true;
}

static bool follow(struct migratewatch *watch, int64_t end, struct error *error)
{
    while (!watch->done) {
        if (clock_now() >= end)
            return error_set(error, ERROR_TIMEOUT, "the time is over");
        if (!turn(watch, end, error) && !reopen(watch, error))
            return false;
    }
    return true;
}

static bool ask_whether_handed(struct migratewatch *watch, bool *handed, struct error *error)
{
    AUTO_JSON json *answer = session_ask(watch->options.session, "query-status", NULL, error);

    *handed = migrateinfo_is_handed_over(watch->info.status, json_get_string(answer, "status"));
    watch->handed = watch->handed || *handed;
    return answer;
}

static bool await_hand_over(struct migratewatch *watch, struct error *error)
{
    if (follow(watch, clock_after(HAND_OVER_PATIENCE), error))
        return true;
    if (error->kind == ERROR_TIMEOUT)
        error_set(error, ERROR_TIMEOUT,
            "the guest is being handed over, and to cancel now could leave it running on both "
            "sides");
    return false;
}

static bool cancel_now(struct migratewatch *watch, struct error *error)
{
    bool handed = false;

    watch->cancelling = true;
    watch->done = false;
    if (!ask_whether_handed(watch, &handed, error))
        return false;
    if (handed)
        return await_hand_over(watch, error);
    return tell(watch, "migrate_cancel", NULL, error) &&
           follow(watch, clock_after(CANCEL_PATIENCE), error);
}

/* Cancels it and waits until that is done, or until it has ended otherwise. */
static bool cancel(struct migratewatch *watch, struct error *error)
{
    int64_t deadline = session_deadline(watch->options.session);
    bool done;

    session_set_deadline(watch->options.session, CLOCK_NEVER);
    /* Somebody else may have begun postcopy since we looked. */
    done = ask(watch, error);
    if (done && (phase_of(watch) == MIGRATE_POSTCOPY || phase_of(watch) == MIGRATE_POSTCOPY_PAUSED))
        done = error_set(error, ERROR_FAILED, "postcopy has begun");
    if (done && !migratewatch_is_over(watch))
        done = cancel_now(watch, error);
    session_set_deadline(watch->options.session, deadline);
    return done;
}

/* The run state, once the VM has been started again after a migration that failed; NULL if unknown.
 */
static json *settled_state(struct session *session)
{
    int64_t end = clock_after(SETTLING);

    for (;;) {
        AUTO_ERROR struct error ignored = {0};
        json *answer = session_ask(session, "query-status", NULL, &ignored);
        const char *status = json_get_string(answer, "status");

        if (!status || strcmp(status, "finish-migrate") != 0 || clock_now() >= end)
            return answer;
        if (!loop_sleep(session_loop(session), clock_after(SUMS_PAUSE), &ignored))
            return answer;
        json_free(answer);
    }
}

char *migratewatch_standing(struct session *session)
{
    AUTO_JSON json *answer = settled_state(session);
    const char *status = json_get_string(answer, "status");

    if (!status)
        return xstrdup("whether the VM runs here is not known");
    if (strcmp(status, "running") == 0)
        return xstrdup("the VM runs on here");
    if (strcmp(status, "postmigrate") == 0)
        return xstrdup("the VM stands still here (postmigrate)");
    return xasprintf("the VM does not run here (%s)", status);
}

static bool goes_on(const struct migratewatch *watch, const char *why, struct error *error)
{
    error_append(error,
        "; %s: it goes on (%s), qmpbox query-migrate shows it and qmpbox migrate --attach watches "
        "it",
        why, watch->info.status ? watch->info.status : "not known");
    strings_printf(
        &error->left, "migration (%s)", watch->info.status ? watch->info.status : "not known");
    return false;
}

static bool interrupted(struct migratewatch *watch, struct error *error)
{
    struct session *session = watch->options.session;
    struct error why = {0};

    if (!watch->options.ours)
        return goes_on(
            watch, "the migration was only watched, and migrate-cancel would end it", error);
    if (watch->postcopy)
        return goes_on(watch, "postcopy has begun, so nothing was cancelled", error);
    (void)loop_forgive(session_loop(session));
    if (!cancel(watch, &why)) {
        AUTO_FREE char *reason =
            why.kind == ERROR_INTERRUPTED
                ? xstrdup("the end was not awaited (interrupted again)")
                : xasprintf("the migration was not cancelled (%s)", why.message);

        error_free(&why);
        return goes_on(watch, reason, error);
    }
    if (phase_of(watch) == MIGRATE_COMPLETED)
        return error_append(error, "; the migration had completed before it could be cancelled");
    if (phase_of(watch) == MIGRATE_FAILED)
        return error_append(error, "; the migration failed");
    strings_add(&error->undone, "migration");
    return error_append(error, "; the migration was cancelled");
}

/* The outcome, when it is not the one that was wanted. */
static bool judge(const struct migratewatch *watch, struct error *error)
{
    const struct migrateinfo *info = &watch->info;

    switch (phase_of(watch)) {
    case MIGRATE_FAILED:
        return error_set(error, ERROR_FAILED, "the migration failed: %s",
            info->error_desc ? info->error_desc : "QEMU gives no reason");
    case MIGRATE_CANCELLED:
        return error_set(error, ERROR_FAILED, "the migration was cancelled");
    case MIGRATE_POSTCOPY_PAUSED:
        error_set(error, ERROR_FAILED,
            "the connection between source and destination broke in postcopy, and the guest waits "
            "for it on both sides: end and resume neither. To go on, have the destination listen "
            "anew with qmpbox exec --oob migrate-recover uri=URI, then here qmpbox exec migrate "
            "resume=true "
            "uri=URI, and qmpbox migrate --attach watches it");
        strings_add(&error->left, "migration (postcopy-paused)");
        return false;
    default:
        return true;
    }
}

bool migratewatch_follow(struct migratewatch *watch, struct error *error)
{
    struct session *session = watch->options.session;
    int64_t deadline = session_deadline(session);
    bool good = follow(watch, deadline, error);
    AUTO_FREE char *standing = NULL;

    show(watch, true);
    if (good)
        good = judge(watch, error);
    else if (error->kind == ERROR_INTERRUPTED)
        interrupted(watch, error);
    else if (error->kind == ERROR_TIMEOUT || error->kind == ERROR_PROTOCOL)
        goes_on(watch, "the outcome is open", error);
    if (!good && migratewatch_is_over(watch) && session_is_open(session)) {
        session_set_deadline(session, CLOCK_NEVER);
        standing = migratewatch_standing(session);
        error_append(error, "; %s", standing);
    }
    session_set_deadline(session, deadline);
    return good;
}
