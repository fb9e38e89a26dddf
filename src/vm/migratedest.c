/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/migratedest.h"

#include "qmp/ask.h"
#include "qmp/schema.h"
#include "vm/migrateinfo.h"

#include <stdlib.h>
#include <string.h>

struct migratedest {
    struct session *session;
    struct session_waiter waiter;
    struct migrateset settings;
    struct steps steps; /* those that set them */
};

void migratedest_free(struct migratedest *dest)
{
    if (!dest)
        return;
    session_disarm(dest->session, &dest->waiter);
    migrateset_free(&dest->settings);
    steps_free(&dest->steps);
    free(dest);
}

/* What a source does by itself, whatever the destination has set. */
static bool is_of_source(const char *capability)
{
    static const char *const alone[] = {"auto-converge", "events", "pause-before-switchover",
        "zero-copy-send", "dirty-limit", "background-snapshot", "validate-uuid"};

    for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
        if (text_is(capability, alone[i]))
            return true;
    return false;
}

/* Of the parameters only those that describe the stream. */
static void share(const struct migrateset *settings, struct migrateset *shared)
{
    json_each (entry, settings->capabilities) {
        const char *name = json_get_string(entry, "capability");

        if (name && !is_of_source(name))
            migrateset_capability(shared, name, json_get_bool(entry, "state", false));
    }
    json_each (value, settings->parameters)
        if (text_is(json_key(value), "multifd-channels") ||
            text_is(json_key(value), "multifd-compression"))
            migrateset_parameter(shared, json_key(value), json_copy(value));
}

struct migratedest *migratedest_new(
    struct session *session, const struct migrateset *settings, struct error *error)
{
    AUTO_JSON json *answer = session_ask(session, "query-status", NULL, error);
    const char *status = json_get_string(answer, "status");
    struct migratedest *dest;

    if (!answer)
        return NULL;
    if (!text_is(status, "inmigrate")) {
        error_set(error, ERROR_REFUSED,
            "the VM is %s and does not wait for a migration: it must have been started with "
            "-incoming defer",
            status ? status : "in no known state");
        return NULL;
    }
    dest = xcalloc(1, sizeof(*dest));
    dest->session = session;
    session_arm(session, &dest->waiter);
    share(settings, &dest->settings);
    return dest;
}

/* It listens already: its person, or an earlier run, has started it. */
static bool listens_already(const struct error *error)
{
    return error->kind == ERROR_REFUSED && error->desc &&
           strstr(error->desc, "already been started");
}

static bool receive(
    struct migratedest *dest, struct transport *transport, bool dry_run, struct error *error)
{
    AUTO_STEPS struct steps start = {NULL, NULL};
    json *arguments = json_new_object();

    /* So that it stays and says why, when it fails (10.0 and later). */
    if (schema_takes(schema_of(dest->session), "migrate-incoming", "exit-on-error"))
        json_add_bool(arguments, "exit-on-error", false);
    if (!transport_add_steps(
            transport, &start, dest->session, "migrate-incoming", arguments, error))
        return false;
    transport_add_close(&start); /* QEMU has opened the file when it answers */
    if (steps_run(&start, dest->session, dry_run, error))
        return true;
    if (!listens_already(error))
        return false;
    error_free(error);
    report_note(session_report(dest->session), "the destination is receiving already");
    return true;
}

bool migratedest_start(
    struct migratedest *dest, struct transport *transport, bool dry_run, struct error *error)
{
    if (migrateset_add_steps(&dest->steps, dest->session, &dest->settings, error) &&
        steps_run(&dest->steps, dest->session, dry_run, error) &&
        receive(dest, transport, dry_run, error))
        return true;
    return false;
}

/* Asks once: *status stays NULL while the guest is under way. */
static bool look(struct migratedest *dest, char **status, struct error *error)
{
    AUTO_JSON json *state = NULL;
    AUTO_JSON json *migrate = NULL;
    struct migrateinfo info;
    uint64_t state_ticket, migrate_ticket;
    const char *now;

    if (!session_send(dest->session, "query-status", NULL, -1, &state_ticket, error) ||
        !session_send(dest->session, "query-migrate", NULL, -1, &migrate_ticket, error) ||
        !(state = session_answer(dest->session, state_ticket, error)) ||
        !(migrate = session_answer(dest->session, migrate_ticket, error))) {
        if (session_is_open(dest->session))
            return false;
        return error_set(error, ERROR_FAILED,
            "QEMU has ended while it received: what it wrote to its own log says why");
    }
    migrateinfo_read(migrate, &info);
    now = json_get_string(state, "status");
    if (migrateinfo_phase(info.status) == MIGRATE_FAILED)
        return error_set(error, ERROR_FAILED, "the receiving failed: %s",
            info.error_desc ? info.error_desc : "QEMU gives no reason");
    if (now && !text_is(now, "inmigrate"))
        *status = xstrdup(now);
    return true;
}

bool migratedest_arrive(struct migratedest *dest, int64_t end, char **status, struct error *error)
{
    enum { PAUSE = 100 * 1000 };

    *status = NULL;
    session_set_deadline(dest->session, CLOCK_NEVER);
    for (;;) {
        struct error ignored = {0};

        if (!look(dest, status, error))
            return false;
        if (*status)
            return true;
        if (clock_now() >= end)
            return error_set(error, ERROR_TIMEOUT, "the guest has not arrived in time");
        /* Its RESUME or STOP tells of it, and MIGRATION where that is on. */
        if (!session_idle(
                dest->session, &dest->waiter, clock_earlier(end, clock_after(PAUSE)), &ignored) &&
            ignored.kind == ERROR_INTERRUPTED) {
            error_move(error, &ignored);
            return false;
        }
        error_free(&ignored); /* a broken connection is met by the next question */
        while (session_peek_event(dest->session, &dest->waiter))
            ;
    }
}

/* Does the destination run the guest, or has it all of it? */
static bool has_guest(struct migratedest *dest)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_JSON json *answer = session_ask(dest->session, "query-status", NULL, &ignored);
    const char *status = json_get_string(answer, "status");

    return text_is(status, "running") || text_is(status, "paused");
}

bool migratedest_explain(struct migratedest *dest, struct error *error)
{
    AUTO_ERROR struct error why = {0};
    AUTO_JSON json *answer = NULL;
    struct migrateinfo info;

    session_set_deadline(dest->session, CLOCK_NEVER);
    answer = session_ask(dest->session, "query-migrate", NULL, &why);
    if (!answer) {
        error_append(error, session_is_open(dest->session) ? "; the destination does not answer"
                                                           : "; the destination has ended");
        return false;
    }
    migrateinfo_read(answer, &info);
    if (info.error_desc)
        error_append(error, "; the destination says: %s", info.error_desc);
    if (migrateinfo_phase(info.status) == MIGRATE_FAILED)
        error_append(error, "; it stays, and can receive no second time");
    return has_guest(dest);
}

static void add_stays(const struct strings *stays, struct strings *left)
{
    for (size_t i = 0; i < stays->count; i++)
        strings_printf(left, "%s (destination)", stays->item[i]);
}

void migratedest_name_done(const struct migratedest *dest, struct strings *left)
{
    AUTO_STRINGS struct strings stays = {0};

    migrateset_name_done(&dest->steps, &stays);
    add_stays(&stays, left);
}

void migratedest_restore(struct migratedest *dest, struct strings *left)
{
    AUTO_STRINGS struct strings stays = {0};
    AUTO_ERROR struct error ignored = {0};

    if (!session_is_open(dest->session))
        return; /* the settings have gone with it */
    (void)migrateset_restore(dest->session, &dest->steps, &stays, &ignored);
    add_stays(&stays, left);
}
