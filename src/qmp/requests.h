/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * requests: the numbered requests of a session that are under way, and the replies that have come.
 *
 * A request is found by its number, which is its id on the wire and its ticket for whoever waits.
 * It starts zeroed (struct requests), numbers begin at 1 and are not used again.
 */
#ifndef QMPBOX_QMP_REQUESTS_H
#define QMPBOX_QMP_REQUESTS_H

#include "json/frame.h"

struct request {
    uint64_t id;
    char *command;
    char *subject;         /* what the transcript knows it as */
    struct message *reply; /* owned, NULL until it has come */
    uint64_t proof;        /* the request behind it whose reply shows that it was done, or 0 */
    bool forgotten;        /* nobody waits for it */
    struct request *next;
};

struct requests {
    struct request *first; /* the newest */
    uint64_t count;        /* of all that there ever were */
};

/* The next request, borrowed; the strings are copied. */
struct request *requests_add(struct requests *requests, const char *command, const char *subject);

/* The request of this number, or NULL. */
struct request *requests_find(const struct requests *requests, uint64_t id);

/* The one without a reply whose id stands in a message, as it was written there; or NULL. */
struct request *requests_match(const struct requests *requests, struct slice id);

/* Takes it out and frees it, its reply too. */
void requests_remove(struct requests *requests, struct request *request);

/*
 * A request that is answered only on failure has been done: it gets an empty return, unless its
 * error has come.
 */
void requests_grant(struct request *request);

/* The reply to a request came, or (0) none will come any more: grants those that this proves. */
void requests_prove(struct requests *requests, uint64_t proof);

/*
 * Nobody waits any more for those behind this number, except for one: the replies that have come go
 * at once, the others with the next requests_sweep() behind them.
 */
void requests_forget(struct requests *requests, uint64_t since, uint64_t except);
void requests_sweep(struct requests *requests);

/* Forgets all that are under way; the numbering goes on. */
void requests_clear(struct requests *requests);

/* Makes the error of a reply that holds one; true (and nothing set) when it holds none. */
bool requests_judge(const struct message *reply, const char *command, struct error *error);

#endif
