/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/ask.h"

#include "qmp/requests.h"

bool session_result(
    struct session *session, uint64_t ticket, struct message **reply, struct error *error)
{
    AUTO_FREE char *command = xstrdup(session_command(session, ticket));

    if (!session_wait(session, ticket, reply, error))
        return false;
    if (requests_judge(*reply, command, error))
        return true;
    if (session_is_agent(session) && error->kind == ERROR_UNSUPPORTED)
        error_append(error, "; a guest agent is at the other end (--qga)");
    message_free(*reply);
    *reply = NULL;
    return false;
}

bool session_execute(struct session *session, const char *command, const json *arguments,
    struct message **reply, struct error *error)
{
    uint64_t ticket;

    return session_send(session, command, arguments, -1, &ticket, error) &&
           session_result(session, ticket, reply, error);
}

json *session_answer(struct session *session, uint64_t ticket, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;
    struct slice value = {"null", 4};

    if (!session_result(session, ticket, &reply, error))
        return NULL;
    (void)message_get(reply, "return", &value);
    return json_parse(value.bytes, value.length, error);
}

json *session_ask(
    struct session *session, const char *command, const json *arguments, struct error *error)
{
    uint64_t ticket;

    if (!session_send(session, command, arguments, -1, &ticket, error))
        return NULL;
    return session_answer(session, ticket, error);
}
