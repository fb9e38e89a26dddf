/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/session.h"

#include "json/scan.h"
#include "qmp/agentwire.h"
#include "qmp/channel.h"
#include "qmp/greeting.h"
#include "qmp/guard.h"
#include "qmp/peers.h"
#include "qmp/requests.h"
#include "qmp/stranger.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* How long a guest agent may be silent where silence means that a command was done. */
enum { SILENCE_SECONDS = 5 };

enum state { GREETING, NEGOTIATING, READY, CLOSED };

struct session {
    struct session_options options;
    struct channel channel;
    struct loop_watch watch;
    enum state state;
    bool negotiated; /* qmp_capabilities was queued */
    bool ready;      /* and answered well, even if the connection has ended since */
    uint64_t capabilities;
    struct requests requests;
    struct events events;
    struct agent_sync sync;
    struct session_waiter early; /* keeps what comes with the greeting for the first to arm */
    bool saw_shutdown;
    int64_t deadline;
    struct greeting greeting;
    struct error failure; /* why it is closed */
    void *attached;
    void (*release)(void *thing);
    void (*heard)(void *data, const struct message *event);
    void *heard_data;
};

static void on_ready(void *data, short revents);

static void disconnect(struct session *session)
{
    loop_remove(session->options.loop, &session->watch);
    channel_close(&session->channel);
    events_disarm(&session->events, &session->early);
    session->state = CLOSED;
}

/* The connection is of no more use: every wait fails with this. */
static void fail(struct session *session, struct error *why)
{
    if (session->state == CLOSED) {
        error_free(why);
        return;
    }
    error_move(&session->failure, why);
    disconnect(session);
}

static bool copy_failure(const struct session *session, struct error *error)
{
    const struct error *failure = &session->failure;

    error_set(error, failure->kind ? failure->kind : ERROR_PROTOCOL, "%s",
        failure->message ? failure->message : "the connection is closed");
    if (failure->qmp_class)
        error->qmp_class = xstrdup(failure->qmp_class);
    if (failure->desc)
        error->desc = xstrdup(failure->desc);
    return false;
}

static void trace(
    struct session *session, bool sent, const char *subject, const struct message *message)
{
    transcript_message(session->options.transcript, sent, subject, message->bytes, message->length);
}

static void take_negotiation(struct session *session, const struct message *message)
{
    struct error why = {0};

    if (requests_judge(message, "qmp_capabilities", &why)) {
        session->state = READY;
        session->ready = true;
        return;
    }
    why.kind = ERROR_CONNECT;
    error_prefix(&why, "the monitor refused the negotiation");
    fail(session, &why);
}

/* Takes over the message. */
static void take_message(struct session *session, struct message *message)
{
    AUTO_MESSAGE struct message *owned = message;
    struct error why = {0};
    struct slice value, id;
    struct request *request = NULL;

    if (message_get(message, "id", &id))
        request = requests_match(&session->requests, id);
    trace(session, false, request ? request->subject : NULL, message);
    if (message_get(message, "event", &value)) {
        if (slice_is(value, "\"SHUTDOWN\""))
            session->saw_shutdown = true;
        if (session->heard)
            session->heard(session->heard_data, message);
        events_add(&session->events, steal_pointer(&owned));
    } else if (message_get(message, "QMP", &value)) {
        if (session->state != GREETING)
            return;
        if (greeting_read(&session->greeting, value, session_address(session), &why))
            session->state = NEGOTIATING;
        else
            fail(session, &why);
    } else if (message_get(message, "return", &value) || message_get(message, "error", &value)) {
        if (request && request->id == session->capabilities && session->state == NEGOTIATING) {
            take_negotiation(session, message);
            request->reply = steal_pointer(&owned);
        } else if (request && session->state == NEGOTIATING) {
            /* QEMU answers in order: this is for a client that has left while it was at work. */
        } else if (request) {
            bool forgotten = request->forgotten;

            request->reply = steal_pointer(&owned);
            requests_prove(&session->requests, request->id);
            if (forgotten)
                requests_sweep(&session->requests);
        } else if (session->state > GREETING && !message_get(message, "id", &id)) {
            requests_judge(message, "a request", &why);
            why.kind = ERROR_PROTOCOL;
            error_append(&why, "; it has no id: the peer could not read what was sent");
            fail(session, &why);
        }
        /* A foreign id is somebody else's (or of a request that was given up): traced, skipped. */
    } else {
        error_set(&why, session->state == GREETING ? ERROR_CONNECT : ERROR_PROTOCOL,
            "the peer at %s does not speak QMP: its message has none of QMP's members",
            session_address(session));
        fail(session, &why);
    }
}

static void take_end(struct session *session)
{
    const struct channel *channel = &session->channel;
    size_t rest = frame_rest(&channel->frame).length;
    struct error why = {0};

    if (!rest && !channel->broken && !channel_has_output(channel))
        requests_prove(&session->requests, 0);
    stranger_explain_end(
        session_address(session), rest, session->state != GREETING, session->saw_shutdown, &why);
    fail(session, &why);
}

static void take_input(struct session *session)
{
    struct error why = {0};
    struct message *message;

    if (session->state == GREETING && session_is_agent(session)) {
        if (!agent_sync_receive(&session->sync, &session->channel, session->options.transcript,
                session_address(session), &why)) {
            if (why.kind)
                fail(session, &why);
            return;
        }
        session->state = READY;
    }
    do {
        if (!frame_next(&session->channel.frame, &message, &why)) {
            if (session->state == GREETING)
                stranger_explain(
                    session_address(session), frame_rest(&session->channel.frame), &why);
            fail(session, &why);
        } else if (message) {
            take_message(session, message);
        } else if (session->channel.ended) {
            take_end(session);
        }
    } while (session->state != CLOSED && message);
}

static void on_ready(void *data, short revents)
{
    struct session *session = data;

    if (revents & POLLOUT)
        session_flush(session);
    if (revents & (POLLIN | POLLHUP | POLLERR)) {
        channel_receive(&session->channel);
        take_input(session);
    }
}

void session_flush(struct session *session)
{
    if (session->state == CLOSED)
        return;
    channel_send(&session->channel);
    session->watch.events = (short)(POLLIN | (channel_has_output(&session->channel) ? POLLOUT : 0));
    /* When writing failed, what the peer said before it left is still read; then it ends. */
}

static bool greet(struct session *session, int64_t deadline, struct error *error)
{
    while (session->state == GREETING)
        if (!loop_turn(session->options.loop, deadline, error)) {
            bool agent = session_is_agent(session);
            AUTO_FREE char *holder = NULL;

            if (error->kind != ERROR_TIMEOUT)
                return false;
            holder =
                (agent ? peers_agent : peers_holder)(session->options.address, session->channel.fd);
            return error_set(error, ERROR_CONNECT, "%s %s: %s",
                agent ? "no guest agent answered at" : "no greeting from", session_address(session),
                holder);
        }
    return session->state != CLOSED || copy_failure(session, error);
}

static bool connect_session(struct session *session, struct error *error)
{
    int64_t deadline =
        clock_earlier(clock_after(session->options.connect_timeout), session->deadline);
    int fd = address_connect(session->options.address, session->options.loop, deadline, error);

    if (fd < 0) {
        /* On this host only a full queue takes so long: somebody holds the monitor, others wait. */
        if (error->kind == ERROR_CONNECT && clock_now() >= deadline &&
            session->options.address->kind != ADDRESS_TCP) {
            AUTO_FREE char *holder = peers_holder(session->options.address, -1);

            error_append(error, ": %s", holder);
        }
        return false;
    }
    error_free(&session->failure);
    session->channel = (struct channel){.fd = fd, .frame.limit = session->options.max_message};
    session->watch =
        (struct loop_watch){.fd = fd, .events = POLLIN, .ready = on_ready, .data = session};
    loop_add(session->options.loop, &session->watch);
    session->state = GREETING;
    session->negotiated = session->ready = false;
    session->saw_shutdown = false;
    if (session_is_agent(session)) {
        greeting_free(&session->greeting);
        session->negotiated = true;
        agent_sync_send(&session->sync, &session->channel, session->options.transcript);
        session_flush(session);
    } else {
        events_arm(&session->events, &session->early);
    }
    if (greet(session, deadline, error))
        return true;
    if (session->state != CLOSED)
        disconnect(session);
    return false;
}

struct session *session_open(const struct session_options *options, struct error *error)
{
    struct session *session = xcalloc(1, sizeof(*session));

    session->options = *options;
    session->channel.fd = -1;
    session->state = CLOSED;
    session->deadline = CLOCK_NEVER;
    if (connect_session(session, error))
        return session;
    session_free(session);
    return NULL;
}

void session_serve(struct session *session, const struct session_options *options)
{
    session->options.report = options->report;
    session->options.transcript = options->transcript;
    session->options.reply_timeout = options->reply_timeout;
    session->options.max_message = options->max_message;
    session->options.oob = options->oob;
    session->channel.frame.limit = options->max_message;
}

const struct session_options *session_serving(const struct session *session)
{
    return &session->options;
}

void session_listen(
    struct session *session, void (*heard)(void *data, const struct message *event), void *data)
{
    session->heard = heard;
    session->heard_data = data;
}

bool session_reopen(struct session *session, struct error *error)
{
    if (session->options.address->kind == ADDRESS_FD)
        return error_set(
            error, ERROR_CONNECT, "an inherited connection cannot be made a second time");
    if (session->state != CLOSED)
        disconnect(session);
    session_attach(session, NULL, NULL);
    requests_clear(&session->requests);
    return connect_session(session, error);
}

bool session_is_open(const struct session *session)
{
    return session->state != CLOSED;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    if (session->state != CLOSED)
        disconnect(session);
    channel_close(&session->channel);
    session_attach(session, NULL, NULL);
    requests_clear(&session->requests);
    events_free(&session->events);
    greeting_free(&session->greeting);
    error_free(&session->failure);
    free(session);
}

int session_major(const struct session *session)
{
    return session->greeting.major;
}

const char *session_version(const struct session *session)
{
    return session->greeting.version;
}

const json *session_greeting(const struct session *session)
{
    return session->greeting.said;
}

bool session_is_agent(const struct session *session)
{
    return session->options.guest_agent;
}

void session_keep_info(struct session *session, json *info)
{
    greeting_keep_info(&session->greeting, info);
}

const char *session_address(const struct session *session)
{
    return session->options.address->text;
}

char *session_absolute(const struct session *session)
{
    return address_absolute(session->options.address);
}

char *session_program(const struct session *session)
{
    return peers_program(session->channel.fd);
}

long session_process(const struct session *session)
{
    long pid = session->options.address->pid;

    /* Of a socket that QEMU was given, the maker is at the other end as far as the kernel says. */
    return pid ? pid : peers_process(session->channel.fd);
}

void session_attach(struct session *session, void *thing, void (*release)(void *thing))
{
    if (session->attached)
        session->release(session->attached);
    session->attached = thing;
    session->release = release;
}

void *session_attached(const struct session *session)
{
    return session->attached;
}

struct loop *session_loop(const struct session *session)
{
    return session->options.loop;
}

const struct report *session_report(const struct session *session)
{
    return session->options.report;
}

void session_set_deadline(struct session *session, int64_t deadline)
{
    session->deadline = deadline;
}

int64_t session_deadline(const struct session *session)
{
    return session->deadline;
}

bool session_saw_shutdown(const struct session *session)
{
    return session->saw_shutdown;
}

/* Builds, notes and queues one message; fd is taken over. */
static uint64_t queue_request(struct session *session, const char *execute, const char *command,
    const json *arguments, int fd)
{
    const struct request *request =
        requests_add(&session->requests, command, transcript_subject(command, arguments));
    AUTO_TEXT struct text text = TEXT_EMPTY;

    text_printf(&text, "{\"%s\":", execute);
    scan_quote(&text, command, strlen(command));
    if (arguments && json_count(arguments)) {
        text_add_string(&text, ",\"arguments\":");
        json_print(arguments, &text);
    }
    text_printf(&text, ",\"id\":%llu}", (unsigned long long)request->id);
    transcript_message(
        session->options.transcript, true, request->subject, text.bytes, text.length);
    /* The line break lets a person read along; QEMU skips it, a guest agent needs it. */
    text_add_char(&text, '\n');
    channel_queue(&session->channel, text.bytes, text.length, fd);
    return request->id;
}

bool session_can_pass(const struct session *session, const char *command, struct error *error)
{
    int domain = 0;
    socklen_t size = sizeof(domain);

    if (session_is_agent(session))
        return error_set(
            error, ERROR_USAGE, "%s: a descriptor cannot be passed to a guest agent", command);
    /* An inherited connection may be of any kind, so the socket itself is asked. */
    if (session->state != CLOSED &&
        (getsockopt(session->channel.fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 ||
            domain != AF_UNIX))
        return error_set(error, ERROR_USAGE,
            "a descriptor cannot be passed over TCP: %s needs a unix socket", command);
    return true;
}

/* Once for a connection, before everything else. */
static bool queue_negotiation(struct session *session, struct error *error)
{
    AUTO_JSON json *enable = NULL;

    if (session->negotiated)
        return true;
    if (session->options.oob) {
        if (!greeting_offers(&session->greeting, "oob"))
            return error_set(
                error, ERROR_UNSUPPORTED, "this monitor does not offer out-of-band execution");
        enable = json_new_object();
        json_append(json_add_array(enable, "enable"), json_new_string("oob"));
    }
    session->negotiated = true;
    events_disarm(&session->events, &session->early);
    session->capabilities = queue_request(session, "execute", "qmp_capabilities", enable, -1);
    return true;
}

static bool send_request(struct session *session, const char *execute, const char *command,
    const json *arguments, int fd, uint64_t *ticket, struct error *error)
{
    AUTO_FD int owned = fd;

    *ticket = 0;
    if (!session_is_agent(session) &&
        !guard_check(session->greeting.major, command, arguments, error))
        return false;
    if (owned >= 0 && !session_can_pass(session, command, error))
        return false;
    if (session->state == CLOSED)
        return copy_failure(session, error);
    if (!queue_negotiation(session, error))
        return false;
    *ticket = queue_request(session, execute, command, arguments, steal_fd(&owned));
    if (session_is_agent(session) && agent_is_silent(session->greeting.said, command))
        requests_find(&session->requests, *ticket)->proof =
            queue_request(session, "execute", "guest-ping", NULL, -1);
    return true;
}

bool session_send(struct session *session, const char *command, const json *arguments, int fd,
    uint64_t *ticket, struct error *error)
{
    return send_request(session, "execute", command, arguments, fd, ticket, error);
}

bool session_send_oob(struct session *session, const char *command, const json *arguments,
    uint64_t *ticket, struct error *error)
{
    return send_request(session, "exec-oob", command, arguments, -1, ticket, error);
}

const char *session_command(const struct session *session, uint64_t ticket)
{
    const struct request *request = requests_find(&session->requests, ticket);

    return request ? request->command : "";
}

uint64_t session_newest(const struct session *session)
{
    return session->requests.count;
}

void session_forget(struct session *session, uint64_t since)
{
    requests_forget(&session->requests, since, session->capabilities);
}

bool session_has_reply(const struct session *session, uint64_t ticket)
{
    const struct request *request = requests_find(&session->requests, ticket);

    return session->state == CLOSED || (request && request->reply);
}

/* The replies to the negotiation and to a ping that proves something are nobody's to wait for. */
static void drop_own(struct session *session, uint64_t id)
{
    struct request *request = requests_find(&session->requests, id);

    if (request && request->reply)
        requests_remove(&session->requests, request);
}

static bool explain_timeout(
    const struct session *session, const struct request *request, struct error *error)
{
    int64_t span = session->options.reply_timeout;
    AUTO_FREE char *limit = xasprintf("within %g s", (double)span / (double)CLOCK_SECOND);

    error_set(error, ERROR_TIMEOUT, "%s: no reply came %s; it may still take effect%s",
        request->command, session->deadline <= clock_now() ? "in time" : limit,
        session_is_agent(session) ? "" : ": look with `qmpbox info` and query- commands");
    error->command = xstrdup(request->command);
    return false;
}

/* After a failed write the peer may still have said why; it is not waited for long. */
static int64_t give_up(const struct session *session, int64_t deadline)
{
    return session->channel.broken ? clock_earlier(deadline, clock_after(CLOCK_SECOND)) : deadline;
}

/*
 * An agent that goes down with its guest says no more. It was there just before, and would have
 * said why if it could not. False only when interrupted.
 */
static bool wait_silence(
    struct session *session, struct request *request, int64_t deadline, struct error *error)
{
    int64_t silence = clock_after(SILENCE_SECONDS * CLOCK_SECOND);

    while (!request->reply && session->state != CLOSED && silence < deadline)
        if (!loop_turn(session->options.loop, give_up(session, silence), error)) {
            if (error->kind != ERROR_TIMEOUT)
                return false;
            error_free(error);
            if (session->channel.broken || channel_has_output(&session->channel))
                break;
            report_note(session->options.report,
                "%s: the guest agent did not refuse it, and says no more", request->command);
            requests_grant(request);
        }
    return true;
}

bool session_negotiate(struct session *session, struct error *error)
{
    int64_t deadline =
        clock_earlier(clock_after(session->options.reply_timeout), session->deadline);

    if (session->ready)
        return true;
    if (session->state == CLOSED)
        return copy_failure(session, error);
    if (!queue_negotiation(session, error))
        return false;
    session_flush(session);
    while (session->state == NEGOTIATING)
        if (!loop_turn(session->options.loop, give_up(session, deadline), error)) {
            if (error->kind == ERROR_TIMEOUT)
                error_set(error, ERROR_TIMEOUT, "the negotiation was not answered in time");
            return false;
        }
    drop_own(session, session->capabilities);
    /* The reply, and the end of the connection, may have come at once. */
    return session->ready || session->state != CLOSED || copy_failure(session, error);
}

bool session_wait(
    struct session *session, uint64_t ticket, struct message **reply, struct error *error)
{
    struct request *request = requests_find(&session->requests, ticket);
    int64_t deadline =
        clock_earlier(clock_after(session->options.reply_timeout), session->deadline);

    *reply = NULL;
    if (!request)
        return copy_failure(session, error);
    session_flush(session);
    if (request->proof && !wait_silence(session, request, deadline, error))
        return false;
    while (!request->reply && session->state != CLOSED)
        if (!loop_turn(session->options.loop, give_up(session, deadline), error)) {
            if (error->kind == ERROR_TIMEOUT && session->channel.broken)
                error_set(error, ERROR_PROTOCOL, "%s: cannot be sent to %s: %s", request->command,
                    session_address(session), strerror(session->channel.broken));
            else if (error->kind == ERROR_TIMEOUT)
                explain_timeout(session, request, error);
            /* It stays pending: should the reply come after all, it is known and skipped. */
            return false;
        }
    drop_own(session, session->capabilities);
    drop_own(session, request->proof);
    if (!request->reply) {
        copy_failure(session, error);
        if (error->kind == ERROR_PROTOCOL)
            error_prefix(error, "%s: no reply came", request->command);
        error->command = xstrdup(request->command);
        return false;
    }
    *reply = steal_pointer(&request->reply);
    requests_remove(&session->requests, request);
    return true;
}

void session_arm(struct session *session, struct session_waiter *waiter)
{
    events_arm(&session->events, waiter);
    if (!session->negotiated && session->state != CLOSED)
        waiter->next = session->early.next;
}

void session_disarm(struct session *session, struct session_waiter *waiter)
{
    events_disarm(&session->events, waiter);
}

const struct message *session_peek_event(struct session *session, struct session_waiter *waiter)
{
    return events_next(&session->events, waiter);
}

bool session_idle(
    struct session *session, struct session_waiter *waiter, int64_t deadline, struct error *error)
{
    session_flush(session);
    while (session->events.count == waiter->next && clock_now() < deadline) {
        if (session->state == CLOSED)
            return copy_failure(session, error);
        if (!loop_turn(session->options.loop, deadline, error)) {
            if (error->kind != ERROR_TIMEOUT)
                return false;
            error_free(error);
        }
    }
    return true;
}
