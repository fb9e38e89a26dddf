/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/runstate.h"

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
