/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/events.h"

#include <stdlib.h>

struct event {
    uint64_t number;
    struct message *message;
    struct event *next;
};

/* Drops what every waiter has seen; the event that a waiter was given last stays for it. */
static void drop(struct events *events)
{
    uint64_t oldest = UINT64_MAX;

    for (const struct session_waiter *waiter = events->waiters; waiter; waiter = waiter->link)
        oldest = waiter->next < oldest ? waiter->next : oldest;
    while (events->first && events->first->number + 1 < oldest) {
        struct event *event = events->first;

        events->first = event->next;
        if (!events->first)
            events->last = NULL;
        message_free(event->message);
        free(event);
    }
}

void events_free(struct events *events)
{
    events->waiters = NULL;
    drop(events);
}

void events_add(struct events *events, struct message *message)
{
    struct event *event = xcalloc(1, sizeof(*event));

    event->number = events->count++;
    event->message = message;
    if (events->last)
        events->last->next = event;
    else
        events->first = event;
    events->last = event;
    drop(events);
}

void events_arm(struct events *events, struct session_waiter *waiter)
{
    waiter->next = events->count;
    waiter->link = events->waiters;
    events->waiters = waiter;
}

void events_disarm(struct events *events, struct session_waiter *waiter)
{
    for (struct session_waiter **at = &events->waiters; *at; at = &(*at)->link)
        if (*at == waiter) {
            *at = waiter->link;
            break;
        }
    drop(events);
}

const struct message *events_next(struct events *events, struct session_waiter *waiter)
{
    drop(events);
    for (const struct event *event = events->first; event; event = event->next)
        if (event->number >= waiter->next) {
            waiter->next = event->number + 1;
            return event->message;
        }
    return NULL;
}
