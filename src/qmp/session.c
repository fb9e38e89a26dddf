/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/session.h"

#include "json/scan.h"
#include "qmp/channel.h"
#include "qmp/guard.h"
#include "qmp/peers.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum state { GREETING, NEGOTIATING, READY, CLOSED };

struct pending {
    uint64_t id;
    char *command;
    char *subject; /* what the transcript knows it as */
    struct message *reply;
    struct pending *next;
};

struct session {
    struct session_options options;
    struct channel channel;
    struct loop_watch watch;
    enum state state;
    bool negotiated; /* qmp_capabilities was queued */
    uint64_t capabilities;
    uint64_t next_id;
    struct pending *pending;
    struct events events;
    struct session_waiter early; /* keeps what comes with the greeting for the first to arm */
    bool saw_shutdown;
    int64_t deadline;
    json *greeting;
    char version[32];
    int major;
    struct error failure; /* why it is closed */
};

static void on_ready(void *data, short revents);

static void free_pending(struct pending *pending)
{
    free(pending->command);
    free(pending->subject);
    message_free(pending->reply);
    free(pending);
}

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

static struct pending *find_pending(const struct session *session, struct slice id)
{
    char digits[24] = "";

    if (id.length >= sizeof(digits) || !scan_is_integer(id))
        return NULL;
    memcpy(digits, id.bytes, id.length);
    for (struct pending *pending = session->pending; pending; pending = pending->next)
        if (pending->id == strtoull(digits, NULL, 10) && !pending->reply)
            return pending;
    return NULL;
}

static void trace(
    struct session *session, bool sent, const char *subject, const struct message *message)
{
    transcript_message(session->options.transcript, sent, subject, message->bytes, message->length);
}

static void take_greeting(struct session *session, struct slice value)
{
    struct error why = {0};
    int64_t major = 0, minor = 0, micro = 0;
    const json *version;

    json_free(session->greeting);
    session->greeting = json_parse(value.bytes, value.length, &why);
    if (!session->greeting) {
        error_prefix(&why, "the greeting");
        fail(session, &why);
        return;
    }
    if (!json_is_object(session->greeting)) {
        error_set(&why, ERROR_CONNECT,
            "the peer at %s does not speak QMP: its greeting is no object",
            session_address(session));
        fail(session, &why);
        return;
    }
    version = json_get(json_get(session->greeting, "version"), "qemu");
    json_get_int(version, "major", &major);
    json_get_int(version, "minor", &minor);
    json_get_int(version, "micro", &micro);
    session->major = (int)(major & 0xFFFF);
    (void)snprintf(session->version, sizeof(session->version), "%d.%d.%d", session->major,
        (int)(minor & 0xFFFF), (int)(micro & 0xFFFF));
    session->state = NEGOTIATING;
}

static void take_negotiation(struct session *session, const struct message *message)
{
    struct error why = {0};

    if (session_reply_good(message, "qmp_capabilities", &why)) {
        session->state = READY;
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
    struct pending *pending = NULL;

    if (message_get(message, "id", &id))
        pending = find_pending(session, id);
    trace(session, false, pending ? pending->subject : NULL, message);
    if (message_get(message, "event", &value)) {
        if (slice_is(value, "\"SHUTDOWN\""))
            session->saw_shutdown = true;
        events_add(&session->events, steal_pointer(&owned));
    } else if (message_get(message, "QMP", &value)) {
        if (session->state == GREETING)
            take_greeting(session, value);
    } else if (message_get(message, "return", &value) || message_get(message, "error", &value)) {
        if (pending && pending->id == session->capabilities && session->state == NEGOTIATING) {
            take_negotiation(session, message);
            pending->reply = steal_pointer(&owned);
        } else if (pending) {
            pending->reply = steal_pointer(&owned);
        } else if (session->state > GREETING && !message_get(message, "id", &id)) {
            session_reply_good(message, "a request", &why);
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

static void explain_stranger(struct session *session, struct error *why)
{
    struct slice rest = frame_rest(&session->channel.frame);
    AUTO_TEXT struct text shown = TEXT_EMPTY;
    const char *address = session_address(session);

    if (rest.length >= 4 && memcmp(rest.bytes, "SSH-", 4) == 0) {
        error_set(why, ERROR_CONNECT, "%s is an SSH server, no QMP monitor", address);
    } else if (rest.length >= 5 && memcmp(rest.bytes, "QEMU ", 5) == 0) {
        error_set(why, ERROR_CONNECT,
            "%s is a human monitor (HMP), no QMP monitor: QEMU needs -qmp or mode=control there",
            address);
    } else if (!rest.length) {
        error_prefix(why, "%s does not speak QMP", address);
        why->kind = ERROR_CONNECT;
    } else {
        text_add_escaped(&shown, rest.bytes, rest.length < 40 ? rest.length : 40, false);
        error_set(why, ERROR_CONNECT, "%s does not speak QMP: it began with '%s'", address,
            text_string(&shown));
    }
}

static void explain_end(struct session *session, struct error *why)
{
    size_t rest = frame_rest(&session->channel.frame).length;
    const char *address = session_address(session);

    if (rest)
        error_set(why, session->state == GREETING ? ERROR_CONNECT : ERROR_PROTOCOL,
            "the connection to %s ended in the middle of a message (%zu bytes of it came)", address,
            rest);
    else if (session->state == GREETING)
        error_set(why, ERROR_CONNECT, "%s closed the connection without a greeting", address);
    else
        error_set(why, ERROR_PROTOCOL, "the connection to %s ended%s", address,
            session->saw_shutdown ? " (the VM shut down)" : "");
}

static void take_input(struct session *session)
{
    struct error why = {0};
    struct message *message;

    do {
        if (!frame_next(&session->channel.frame, &message, &why)) {
            if (session->state == GREETING)
                explain_stranger(session, &why);
            fail(session, &why);
        } else if (message) {
            take_message(session, message);
        } else if (session->channel.ended) {
            explain_end(session, &why);
            fail(session, &why);
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
            AUTO_FREE char *holder = NULL;

            if (error->kind != ERROR_TIMEOUT)
                return false;
            holder = peers_holder(session->options.address, session->channel.fd);
            return error_set(
                error, ERROR_CONNECT, "no greeting from %s: %s", session_address(session), holder);
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
    session->negotiated = false;
    session->saw_shutdown = false;
    events_arm(&session->events, &session->early);
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
    session->next_id = 1;
    if (connect_session(session, error))
        return session;
    session_free(session);
    return NULL;
}

static void forget_pending(struct session *session)
{
    while (session->pending) {
        struct pending *pending = session->pending;

        session->pending = pending->next;
        free_pending(pending);
    }
}

bool session_reopen(struct session *session, struct error *error)
{
    if (session->options.address->kind == ADDRESS_FD)
        return error_set(
            error, ERROR_CONNECT, "an inherited connection cannot be made a second time");
    if (session->state != CLOSED)
        disconnect(session);
    forget_pending(session);
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
    forget_pending(session);
    events_free(&session->events);
    json_free(session->greeting);
    error_free(&session->failure);
    free(session);
}

int session_major(const struct session *session)
{
    return session->major;
}

const char *session_version(const struct session *session)
{
    return session->version;
}

const json *session_greeting(const struct session *session)
{
    return session->greeting;
}

const char *session_address(const struct session *session)
{
    return session->options.address->text;
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
    struct pending *pending = xcalloc(1, sizeof(*pending));
    AUTO_TEXT struct text text = TEXT_EMPTY;

    pending->id = session->next_id++;
    pending->command = xstrdup(command);
    pending->subject = xstrdup(transcript_subject(command, arguments));
    pending->next = session->pending;
    session->pending = pending;
    text_printf(&text, "{\"%s\":", execute);
    scan_quote(&text, command, strlen(command));
    if (arguments && json_count(arguments)) {
        text_add_string(&text, ",\"arguments\":");
        json_print(arguments, &text);
    }
    text_printf(&text, ",\"id\":%llu}", (unsigned long long)pending->id);
    transcript_message(
        session->options.transcript, true, pending->subject, text.bytes, text.length);
    /* The line break lets a person read along; QEMU skips it, a guest agent needs it. */
    text_add_char(&text, '\n');
    channel_queue(&session->channel, text.bytes, text.length, fd);
    return pending->id;
}

static bool offers_oob(const struct session *session)
{
    json_each (capability, json_get(session->greeting, "capabilities"))
        if (json_string(capability) && strcmp(json_string(capability), "oob") == 0)
            return true;
    return false;
}

/* An inherited connection may be of any kind, so the socket itself is asked. */
static bool passes_descriptors(const struct session *session)
{
    int domain = 0;
    socklen_t size = sizeof(domain);

    return getsockopt(session->channel.fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           domain == AF_UNIX;
}

/* Once for a connection, before everything else. */
static bool queue_negotiation(struct session *session, struct error *error)
{
    AUTO_JSON json *enable = NULL;

    if (session->negotiated)
        return true;
    if (session->options.oob) {
        if (!offers_oob(session))
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
    if (!guard_check(session->major, command, arguments, error))
        return false;
    if (session->state == CLOSED)
        return copy_failure(session, error);
    if (owned >= 0 && !passes_descriptors(session))
        return error_set(error, ERROR_USAGE,
            "a descriptor cannot be passed over TCP: %s needs a unix socket", command);
    if (!queue_negotiation(session, error))
        return false;
    *ticket = queue_request(session, execute, command, arguments, steal_fd(&owned));
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

static struct pending **find_ticket(struct session *session, uint64_t ticket)
{
    struct pending **at = &session->pending;

    while (*at && (*at)->id != ticket)
        at = &(*at)->next;
    return at;
}

bool session_has_reply(const struct session *session, uint64_t ticket)
{
    for (const struct pending *pending = session->pending; pending; pending = pending->next)
        if (pending->id == ticket)
            return pending->reply || session->state == CLOSED;
    return session->state == CLOSED;
}

/* The negotiation's own reply is nobody's to wait for. */
static void drop_negotiation(struct session *session)
{
    struct pending **at = find_ticket(session, session->capabilities);

    if (*at && (*at)->reply) {
        struct pending *pending = *at;

        *at = pending->next;
        free_pending(pending);
    }
}

static bool negotiation_went_well(struct session *session)
{
    const struct pending *pending = *find_ticket(session, session->capabilities);
    struct slice value;

    return pending && pending->reply && message_get(pending->reply, "return", &value);
}

static bool explain_timeout(
    const struct session *session, const struct pending *pending, struct error *error)
{
    int64_t span = session->options.reply_timeout;
    AUTO_FREE char *limit = xasprintf("within %g s", (double)span / (double)CLOCK_SECOND);

    error_set(error, ERROR_TIMEOUT,
        "%s: no reply came %s; it may still take effect: look with `qmpbox info` and query- "
        "commands",
        pending->command, session->deadline <= clock_now() ? "in time" : limit);
    error->command = xstrdup(pending->command);
    return false;
}

/* After a failed write the peer may still have said why; it is not waited for long. */
static int64_t give_up(const struct session *session, int64_t deadline)
{
    return session->channel.broken ? clock_earlier(deadline, clock_after(CLOCK_SECOND)) : deadline;
}

bool session_wait(
    struct session *session, uint64_t ticket, struct message **reply, struct error *error)
{
    struct pending **at = find_ticket(session, ticket);
    int64_t deadline =
        clock_earlier(clock_after(session->options.reply_timeout), session->deadline);
    struct pending *pending;

    *reply = NULL;
    if (!*at)
        return copy_failure(session, error);
    pending = *at;
    session_flush(session);
    while (!pending->reply && session->state != CLOSED)
        if (!loop_turn(session->options.loop, give_up(session, deadline), error)) {
            if (error->kind == ERROR_TIMEOUT && session->channel.broken)
                error_set(error, ERROR_PROTOCOL, "%s: cannot be sent to %s: %s", pending->command,
                    session_address(session), strerror(session->channel.broken));
            else if (error->kind == ERROR_TIMEOUT)
                explain_timeout(session, pending, error);
            /* It stays pending: should the reply come after all, it is known and skipped. */
            return false;
        }
    drop_negotiation(session);
    if (!pending->reply) {
        copy_failure(session, error);
        if (error->kind == ERROR_PROTOCOL)
            error_prefix(error, "%s: no reply came", pending->command);
        error->command = xstrdup(pending->command);
        return false;
    }
    *reply = steal_pointer(&pending->reply);
    at = find_ticket(session, ticket);
    *at = pending->next;
    free_pending(pending);
    return true;
}

bool session_negotiate(struct session *session, struct error *error)
{
    int64_t deadline =
        clock_earlier(clock_after(session->options.reply_timeout), session->deadline);

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
    /* The reply, and the end of the connection, may have come at once. */
    if (session->state == CLOSED && !negotiation_went_well(session))
        return copy_failure(session, error);
    drop_negotiation(session);
    return true;
}

bool session_reply_good(const struct message *reply, const char *command, struct error *error)
{
    AUTO_JSON json *tree = NULL;
    struct slice value;
    struct error why = {0};

    if (!message_get(reply, "error", &value))
        return true;
    tree = json_parse(value.bytes, value.length, &why);
    error_free(&why);
    {
        const char *qmp_class = json_get_string(tree, "class");
        const char *desc = json_get_string(tree, "desc");

        return error_set_qmp(
            error, command, qmp_class ? qmp_class : "GenericError", desc ? desc : "no description");
    }
}

bool session_result(
    struct session *session, uint64_t ticket, struct message **reply, struct error *error)
{
    struct pending *pending = *find_ticket(session, ticket);
    AUTO_FREE char *command = xstrdup(pending ? pending->command : "");

    if (!session_wait(session, ticket, reply, error))
        return false;
    if (session_reply_good(*reply, command, error))
        return true;
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
