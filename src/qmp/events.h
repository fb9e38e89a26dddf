/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events: the queue of a session's events, and those who wait on it.
 *
 * Events are numbered in the order of their coming. A waiter sees every event from the moment on at
 * which it is armed; an event is kept until every armed waiter has seen it, and one that nobody
 * waits for is not kept at all.
 */
#ifndef QMPBOX_QMP_EVENTS_H
#define QMPBOX_QMP_EVENTS_H

#include "json/frame.h"

struct event;

struct session_waiter {
    uint64_t next; /* number of the next event to see */
    struct session_waiter *link;
};

struct events {
    struct event *first;
    struct event *last;
    uint64_t count; /* of all that ever came */
    struct session_waiter *waiters;
};

void events_free(struct events *events); /* disarms every waiter */

/* Takes over the message. */
void events_add(struct events *events, struct message *message);

void events_arm(struct events *events, struct session_waiter *waiter);
void events_disarm(struct events *events, struct session_waiter *waiter);

/* The next event for the waiter, borrowed until its next call, or NULL. */
const struct message *events_next(struct events *events, struct session_waiter *waiter);

#endif
