/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: one negotiated QMP connection.
 *
 * greeting → negotiating → ready → closed. session_open() connects and reads the greeting; the
 * negotiation leaves in one write with the first request, so that a question costs one write and
 * one reply. Nothing is sent to a peer that did not greet as QMP. Requests are numbered, replies
 * are matched by number, and an error without an id is fatal for all that are under way (QEMU loses
 * the id only when it could not parse our bytes: FACTS, section 1). What comes before the reply to
 * the negotiation is none of ours: QEMU lets the next client in while it is still at work for one
 * that has left, and then gives the answer to whoever is there, under a number that may be ours too
 * (seen on 5.2, 7.2 and 11.1).
 *
 * A guest agent neither greets nor negotiates: session_open() synchronizes with it (agentwire.h)
 * before anything else is sent. A command that it answers only on failure has a guest-ping sent
 * behind it in the same write: the ping's reply, the end of the connection, or 5 seconds of silence
 * stand for an empty return.
 *
 * Events are kept in order in one queue, from the moment of connecting on. A waiter that is armed
 * sees every event from then on, so it is armed before the command is sent that causes them. One
 * that is armed before anything is sent also sees what came along with the greeting.
 */
#ifndef QMPBOX_QMP_SESSION_H
#define QMPBOX_QMP_SESSION_H

#include "base/loop.h"
#include "base/report.h"
#include "json/frame.h"
#include "json/json.h"
#include "qmp/address.h"
#include "qmp/events.h"
#include "qmp/transcript.h"

struct session;

struct session_options {
    const struct address *address; /* these five outlive the session */
    struct loop *loop;
    const struct report *report;
    const struct transcript *transcript; /* or NULL */
    int64_t connect_timeout;             /* microseconds, for connecting and the greeting */
    int64_t reply_timeout;               /* microseconds, the longest wait for one reply */
    size_t max_message;                  /* bytes; 0 for the frame's default */
    bool oob;                            /* negotiate out-of-band execution */
    bool guest_agent;                    /* a guest agent is at the other end */
};

/* Kinds of failure: connect, protocol, interrupted. */
struct session *session_open(const struct session_options *options, struct error *error) MUST_CHECK;
void session_free(struct session *session);

/*
 * From now on the session serves another run: of these options the report, the transcript, the
 * reply time-out, the largest message and, from the next session_reopen() on, oob hold.
 */
void session_serve(struct session *session, const struct session_options *options);

/* What it was opened with, or serves now: to be given back after serving something else; borrowed.
 */
const struct session_options *session_serving(const struct session *session);

/* Every event that comes is told at once, borrowed, before waiters see it; NULL ends that. */
void session_listen(
    struct session *session, void (*heard)(void *data, const struct message *event), void *data);

/*
 * The same monitor again after the connection broke: what was sent before has no replies any more.
 * Kind connect when that is not possible (an inherited descriptor, nobody listening).
 */
bool session_reopen(struct session *session, struct error *error);
bool session_is_open(const struct session *session);

/* From the greeting; of a guest agent 0, and "" and NULL until session_keep_info(). */
int session_major(const struct session *session);
const char *session_version(const struct session *session);  /* "7.2.22" */
const json *session_greeting(const struct session *session); /* the QMP object, or the info */

bool session_is_agent(const struct session *session);

/* Keeps the return of guest-info (taken over) until the connection is made anew. */
void session_keep_info(struct session *session, json *info);

const char *session_address(const struct session *session);
char *session_absolute(const struct session *session) MUST_CHECK; /* address_absolute() */

/* Which program answers, see peers_program(); NULL when that cannot be seen. The caller frees. */
char *session_program(const struct session *session) MUST_CHECK;

/* The id of the process that answers, where it is a QEMU on this host (peers_process()), or 0. */
long session_process(const struct session *session);

/*
 * One thing that belongs to the VM at the other end and lives as long as the connection to it (what
 * is known of its schema): released when the session is freed or connected anew.
 */
void session_attach(struct session *session, void *thing, void (*release)(void *thing));
void *session_attached(const struct session *session);

struct loop *session_loop(const struct session *session);
const struct report *session_report(const struct session *session);

/* No reply is waited for longer than until this point in time, whatever the reply time-out. */
void session_set_deadline(struct session *session, int64_t deadline);
int64_t session_deadline(const struct session *session);

/*
 * Queues a request; *ticket is what its reply is asked for with. arguments may be NULL; fd is taken
 * over (closed on failure too), -1 for none, and needs a unix socket. Nothing is written before
 * session_flush() or a wait. Fails with kind usage when the guard refuses, protocol when the
 * connection is gone.
 */
bool session_send(struct session *session, const char *command, const json *arguments, int fd,
    uint64_t *ticket, struct error *error);
bool session_send_oob(struct session *session, const char *command, const json *arguments,
    uint64_t *ticket, struct error *error);

/*
 * Sends the negotiation alone and waits for its answer: for those who ask nothing, since events
 * come only after it. Nothing where it has been sent already.
 */
bool session_negotiate(struct session *session, struct error *error);

/* Can descriptors be passed on this connection? Kind usage, naming the command, when not. */
bool session_can_pass(const struct session *session, const char *command, struct error *error);

/* Writes out what is queued, as far as the peer takes it now. */
void session_flush(struct session *session);

/*
 * Waits for the reply to a ticket, which is used up: *reply is the whole message, with `return` or
 * `error`, and belongs to the caller. False when none came: kind timeout (the outcome is open),
 * protocol (the connection broke), connect (the negotiation failed), interrupted.
 */
bool session_wait(
    struct session *session, uint64_t ticket, struct message **reply, struct error *error);

/* The command of a ticket that is not used up, borrowed; "" when there is none. */
const char *session_command(const struct session *session, uint64_t ticket);

/* The newest ticket, or 0. Of those behind `since` nobody will wait any more: their replies go. */
uint64_t session_newest(const struct session *session);
void session_forget(struct session *session, uint64_t since);

/* Is there a reply to the ticket now, so that session_wait() returns at once? */
bool session_has_reply(const struct session *session, uint64_t ticket);

void session_arm(struct session *session, struct session_waiter *waiter);
void session_disarm(struct session *session, struct session_waiter *waiter);

/* The next event for the waiter that has come, borrowed until the waiter's next call, or NULL. */
const struct message *session_peek_event(struct session *session, struct session_waiter *waiter);

/* Waits a while with everything that comes being taken in; ends early on an event for the waiter.
 */
bool session_idle(
    struct session *session, struct session_waiter *waiter, int64_t deadline, struct error *error);

/* Has a SHUTDOWN event come on this connection? */
bool session_saw_shutdown(const struct session *session);

#endif
