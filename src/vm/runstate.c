/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/runstate.h"

#include "qmp/ask.h"
#include "qmp/schema.h"

#include <string.h>

static bool command_and_status(
    struct session *session, const char *command, struct message **status, struct error *error)
{
    AUTO_MESSAGE struct message *done = NULL;
    uint64_t command_ticket, status_ticket;

    return session_send(session, command, NULL, -1, &command_ticket, error) &&
           session_send(session, "query-status", NULL, -1, &status_ticket, error) &&
           session_result(session, command_ticket, &done, error) &&
           session_result(session, status_ticket, status, error);
}

bool runstate_pause(struct session *session, struct message **status, struct error *error)
{
    return command_and_status(session, "stop", status, error);
}

bool runstate_resume(
    struct session *session, bool force, struct message **status, struct error *error)
{
    AUTO_JSON json *before = session_ask(session, "query-status", NULL, error);
    const char *state = json_get_string(before, "status");

    if (!before)
        return false;
    if (state && strcmp(state, "postmigrate") == 0 && !force)
        return error_set(error, ERROR_REFUSED,
            "the VM has been migrated away and may be running elsewhere: two copies would write to "
            "the same disks; --force resumes it all the same");
    if (state && strcmp(state, "inmigrate") == 0)
        report_note(session_report(session),
            "the VM waits for an incoming migration: it will run once that has arrived");
    return command_and_status(session, "cont", status, error);
}

bool runstate_check(struct session *session, const char *status, struct error *error)
{
    struct schema *schema = schema_of(session);
    AUTO_STRINGS struct strings states = {0};
    enum schema_kind kind;
    const json *command, *type;

    if (session_is_agent(session) || !schema_load(schema, error)) {
        /* Who answers says whether there are run states at all. */
        error_free(error);
        return true;
    }
    command = schema_find_meta(schema, "query-status", "command", error);
    type = schema_type(schema, json_get(command, "ret-type"), &kind);
    type = schema_type(
        schema, json_get(json_find(json_get(type, "members"), "name", "status"), "type"), &kind);
    if (kind == SCHEMA_ENUM)
        schema_values(type, &states);
    if (!states.count || strings_have(&states, status))
        return true;
    error_set(error, ERROR_USAGE, "there is no run state '%s'", status);
    return error_suggest(error, status, &states);
}
