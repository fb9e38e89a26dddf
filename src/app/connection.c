/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/connection.h"

#include <stdlib.h>

static void forget_address(struct address **address)
{
    if (*address)
        address_free(*address);
    free(*address);
    *address = NULL;
}

/* Gives back what is somebody else's, closes what is ours. */
static void leave(struct connection *connection)
{
    struct session *session = connection->shared.session;

    if (session && session == connection->given) {
        session_listen(session, NULL, NULL);
        session_serve(session, &connection->given_options);
    } else {
        session_free(session);
    }
    connection->shared.session = NULL;
    forget_address(&connection->address);
}

/* Takes over both. */
static void enter(struct connection *connection, struct session *session, struct address *address)
{
    leave(connection);
    connection->shared.session = session;
    connection->address = address;
    connection->shared.options = *session_serving(session);
    session_set_deadline(session, CLOCK_NEVER);
    connection->generation++;
}

/* Connects; the address is taken over, on failure too. */
static bool connect_to(
    struct connection *connection, struct address *address, bool guest_agent, struct error *error)
{
    struct session *session = context_open(connection->context, address, guest_agent, error);

    if (!session) {
        forget_address(&address);
        return false;
    }
    enter(connection, session, address);
    return true;
}

static struct address *new_address(void)
{
    struct address *address = xcalloc(1, sizeof(*address));

    address->fd = -1;
    return address;
}

bool connection_start(struct connection *connection, struct context *context, struct session *given,
    struct error *error)
{
    const struct globals *globals = context_globals(context);
    struct address *address;

    connection->context = context;
    connection->shared.loop = context_loop(context);
    connection->shared.defaults = globals;
    if (given) {
        connection->given = given;
        connection->given_options = *session_serving(given);
        enter(connection, given, NULL);
        return true;
    }
    if (!globals_address(globals))
        return true;
    address = new_address();
    if (context_address(context, address, error))
        return connect_to(connection, address, globals->qga, error);
    forget_address(&address);
    return false;
}

void connection_end(struct connection *connection)
{
    leave(connection);
}

/* A monitor serves one client at a time: it would wait for us to leave it. */
static bool is_ours(
    const struct connection *connection, const struct address *address, bool guest_agent)
{
    const struct session *session = connection->shared.session;

    return session && session_is_open(session) && session_is_agent(session) == guest_agent &&
           address_same(address, connection->shared.options.address);
}

bool connection_use(
    struct connection *connection, const char *word, bool guest_agent, struct error *error)
{
    struct address *address = new_address();
    bool ours;

    if (!address_parse(word, address, error)) {
        forget_address(&address);
        return false;
    }
    ours = is_ours(connection, address, guest_agent);
    if (!ours)
        return connect_to(connection, address, guest_agent, error);
    forget_address(&address);
    return connection_renew(connection, error);
}

bool connection_renew(struct connection *connection, struct error *error)
{
    struct session *session = connection->shared.session;

    if (!session)
        return error_set(error, ERROR_USAGE, "there was no connection: use ADDRESS makes one");
    if (!session_reopen(session, error))
        return false;
    connection->generation++;
    return true;
}
