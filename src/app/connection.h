/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * connection: the one connection of a prompt, which all its lines use, and another one instead.
 *
 * What runs have in common (context.h) lives here. Between two runs the session speaks through the
 * prompt's own context.
 */
#ifndef QMPBOX_APP_CONNECTION_H
#define QMPBOX_APP_CONNECTION_H

#include "cli/context.h"

/* Starts zeroed; ended by connection_end(). */
struct connection {
    struct context *context; /* the prompt's own */
    struct context_shared shared;
    struct address *address; /* of the session, where that is ours */
    struct session *given;   /* one that is somebody else's, see connection_start() */
    struct session_options given_options;
    unsigned generation; /* counts the connections that were made */
};

/*
 * Connects with the VM that the prompt's own words name, if they name one; a session that is given
 * (or NULL) is used instead, until `use` leaves it, and stays the caller's.
 */
bool connection_start(struct connection *connection, struct context *context, struct session *given,
    struct error *error);
void connection_end(struct connection *connection);

/*
 * Another VM; on failure the connection stays as it is. The address that is connected with already
 * means connection_renew(): another VM may be there by now.
 */
bool connection_use(
    struct connection *connection, const char *word, bool guest_agent, struct error *error);

/* The same VM again. */
bool connection_renew(struct connection *connection, struct error *error);

#endif
