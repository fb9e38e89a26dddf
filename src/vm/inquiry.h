/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inquiry: several questions in one write, of which each may have no answer.
 *
 * What a QEMU lacks (a command, a property, a balloon) is no failure of the whole: its answer is
 * NULL. An inquiry starts zeroed and may go on: what is added later is asked by the next call.
 */
#ifndef QMPBOX_VM_INQUIRY_H
#define QMPBOX_VM_INQUIRY_H

#include "qmp/session.h"

enum {
    INQUIRY_MOST = 40,
    INQUIRY_NONE = INQUIRY_MOST, /* the number of a question that is not asked */
};

struct inquiry {
    struct {
        const char *command; /* a constant */
        json *arguments;
        json *answer;
        struct error why; /* there is no answer */
        uint64_t ticket;
    } question[INQUIRY_MOST];
    size_t count;
    size_t sent;
    size_t asked;
};

void inquiry_free(struct inquiry *inquiry);
#define AUTO_INQUIRY AUTO(inquiry_free)

/* Adds a question (arguments may be NULL and are taken over) and returns its number. */
size_t inquiry_add(struct inquiry *inquiry, const char *command, json *arguments);
size_t inquiry_add_property(struct inquiry *inquiry, const char *path, const char *property);

/* Queues what has not been sent, to leave in one write with what others ask next. */
bool inquiry_send(struct inquiry *inquiry, struct session *session, struct error *error);

/* Asks what has not been asked. Only a broken connection, a time-out or a signal make it fail. */
bool inquiry_ask(struct inquiry *inquiry, struct session *session, struct error *error);

/* The answer, borrowed, or NULL. */
const json *inquiry_answer(const struct inquiry *inquiry, size_t number);

/* The same for a question that must have one: moves its error to *error. */
const json *inquiry_require(struct inquiry *inquiry, size_t number, struct error *error);

#endif
