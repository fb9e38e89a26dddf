/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/migratecancel.h"

#include "qmp/ask.h"
#include "vm/inquiry.h"
#include "vm/migrateinfo.h"
#include "vm/step.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAUSE = 100 * 1000,         /* microseconds between two questions: events are often off */
    SETTLING = 2 * 1000 * 1000, /* microseconds until the VM is what it was before */
};

static const char cancel[] = "migrate_cancel";

/* Replaces both by what is true now, asked in one write. */
static bool look(struct session *session, json **migration, json **status, struct error *error)
{
    AUTO_INQUIRY struct inquiry inquiry = {0};
    size_t first = inquiry_add(&inquiry, "query-migrate", NULL);
    size_t second = inquiry_add(&inquiry, "query-status", NULL);

    if (!inquiry_ask(&inquiry, session, error) || !inquiry_require(&inquiry, first, error) ||
        !inquiry_require(&inquiry, second, error))
        return false;
    json_free(*migration);
    json_free(*status);
    *migration = json_copy(inquiry_answer(&inquiry, first));
    *status = json_copy(inquiry_answer(&inquiry, second));
    return true;
}

/* The queue of events only ends a wait early: what they say is asked for. */
static void drop_events(struct session *session, struct session_waiter *waiter)
{
    while (session_peek_event(session, waiter))
        ;
}

static enum migrate_phase phase_of(const json *migration)
{
    return migrateinfo_phase(json_get_string(migration, "status"));
}

static bool still_open(const json *migration, const char *before, struct error *error)
{
    const char *status = json_get_string(migration, "status");

    return error_set(error, ERROR_TIMEOUT,
        "%sthe migration is not over yet: it is %s; qmpbox query-migrate shows how it goes on",
        before, status ? status : "not known");
}

static bool follow(struct session *session, struct session_waiter *waiter, json **migration,
    json **status, struct error *error)
{
    int64_t deadline = session_deadline(session), settled = CLOCK_NEVER;

    for (;;) {
        drop_events(session, waiter);
        if (!look(session, migration, status, error))
            return false;
        if (!migrateinfo_is_under_way(phase_of(*migration))) {
            settled = clock_earlier(settled, clock_after(SETTLING));
            if (!text_is(json_get_string(*status, "status"), "finish-migrate") ||
                clock_now() >= settled)
                return true;
        }
        if (clock_now() >= deadline)
            return still_open(*migration, "", error);
        if (!session_idle(session, waiter, clock_earlier(deadline, clock_after(PAUSE)), error))
            return false;
    }
}

static bool send_and_follow(struct session *session, struct session_waiter *waiter,
    json **migration, json **status, struct error *error)
{
    uint64_t ticket;
    AUTO_MESSAGE struct message *reply = NULL;

    if (!session_send(session, cancel, NULL, -1, &ticket, error) ||
        !session_result(session, ticket, &reply, error))
        return false;
    if (follow(session, waiter, migration, status, error))
        return true;
    if (error->kind == ERROR_TIMEOUT && *migration)
        return still_open(*migration, "the cancel was sent, and ", error);
    error_append(error, "; the cancel was sent, and how the migration ended is not known");
    return false;
}

bool migratecancel_wait(
    struct session *session, json **migration, json **status, struct error *error)
{
    struct session_waiter waiter = {0};
    bool good;

    session_arm(session, &waiter);
    good = send_and_follow(session, &waiter, migration, status, error);
    session_disarm(session, &waiter);
    return good;
}

/* ---------------------------------------------------------------- the whole */

static bool refuse(enum migrate_phase phase, bool incoming, struct error *error)
{
    if (incoming && (phase == MIGRATE_POSTCOPY || phase == MIGRATE_POSTCOPY_PAUSED))
        return error_set(error, ERROR_REFUSED,
            "not cancelled: postcopy has begun, and the VM is here already with a part of its "
            "memory on the source; neither side can cancel that any more");
    if (incoming)
        return error_set(error, ERROR_REFUSED,
            "the VM comes to this QEMU, and only its source can cancel that; qmpbox quit ends the "
            "receiver, as long as the VM is not here");
    if (phase == MIGRATE_POSTCOPY_PAUSED)
        return error_set(error, ERROR_REFUSED,
            "not cancelled: postcopy has begun, and the VM is on the destination with a part of "
            "its memory here. The connection broke: migrate-recover on the destination, then "
            "migrate with resume=on here, connects them again");
    return error_set(error, ERROR_REFUSED,
        "not cancelled: postcopy has begun, and the VM runs on the destination with a part of its "
        "memory here. A cancel would leave two halves: let it end (qmpbox query-migrate)");
}

static json *make_result(const json *migration, const json *status, bool cancelled)
{
    const char *ended = json_get_string(migration, "status");
    const char *why = json_get_string(migration, "error-desc");
    json *result = json_new_object();

    json_add_bool(result, "cancelled", cancelled);
    json_add_string(result, "migration", ended ? ended : "none");
    if (why)
        json_add_string(result, "error-desc", why);
    if (json_get_string(status, "status"))
        json_add_string(result, "status", json_get_string(status, "status"));
    return result;
}

/* The VM has left, and nothing here brings it back. */
static bool gone(bool sent, struct error *error)
{
    return error_set(error, ERROR_FAILED,
        sent ? "too late: the migration has completed all the same; the VM is in postmigrate here "
               "and belongs to the destination"
             : "the migration has completed already; the VM is in postmigrate here and belongs to "
               "the destination");
}

static bool judge(
    const json *migration, const json *status, bool sent, json **result, struct error *error)
{
    enum migrate_phase phase = phase_of(migration);

    if (phase == MIGRATE_COMPLETED &&
        (sent || text_is(json_get_string(status, "status"), "postmigrate")))
        return gone(sent, error);
    *result = make_result(migration, status, sent && phase == MIGRATE_CANCELLED);
    return true;
}

/* Nothing is sent: it ends in a moment, one way or the other. */
static bool await_hand_over(
    struct session *session, json **migration, json **status, struct error *error)
{
    struct session_waiter waiter = {0};
    bool good;

    report_note(session_report(session),
        "the guest is being handed over: a cancel now could leave it running on both sides, so "
        "the end is waited for");
    session_arm(session, &waiter);
    good = follow(session, &waiter, migration, status, error);
    session_disarm(session, &waiter);
    if (good || error->kind != ERROR_TIMEOUT)
        return good;
    still_open(
        *migration, "nothing was cancelled, since the guest is being handed over, and ", error);
    return error_append(
        error, "; --force cancels all the same, once it is certain that no destination runs it");
}

static bool print_plan(struct session *session, struct error *error)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};

    steps_add(&steps, cancel, NULL, STEP_COMMIT);
    return steps_run(&steps, session, true, error);
}

bool migratecancel_run(
    struct session *session, bool force, bool dry_run, json **result, struct error *error)
{
    AUTO_JSON json *migration = NULL;
    AUTO_JSON json *status = NULL;
    struct migrateinfo info;
    enum migrate_phase phase;
    bool incoming, handed;

    if (!look(session, &migration, &status, error))
        return false;
    migrateinfo_read(migration, &info);
    phase = migrateinfo_phase(info.status);
    incoming = migrateinfo_is_incoming(&info, json_get_string(status, "status"));
    if (text_is(json_get_string(status, "status"), "inmigrate") ||
        (migrateinfo_is_under_way(phase) && incoming) || phase == MIGRATE_POSTCOPY ||
        phase == MIGRATE_POSTCOPY_PAUSED)
        return refuse(phase, incoming, error);
    if (!migrateinfo_is_under_way(phase))
        return dry_run || judge(migration, status, false, result, error);
    handed = !force && migrateinfo_is_handed_over(info.status, json_get_string(status, "status"));
    if (dry_run)
        return handed || print_plan(session, error);
    if (handed)
        return await_hand_over(session, &migration, &status, error) &&
               judge(migration, status, false, result, error);
    return migratecancel_wait(session, &migration, &status, error) &&
           judge(migration, status, true, result, error);
}
