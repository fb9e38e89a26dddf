/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/watch.h"

#include "qmp/schema.h"
#include "vm/ringbuf.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PAUSE = 500 * 1000,  /* microseconds between two reads of the ring: there is no event */
    AT_ONCE = 64 * 1024, /* bytes of one read */
    LONGEST_LINE = 64,   /* what is longer is none of the agent's */
};

enum agent { UNKNOWN, STARTED, STOPPED };

struct watch {
    struct session *session;
    struct session_waiter waiter;
    const char *ring;
    uint64_t ticket; /* of the read that is under way, or 0 */
    int64_t due;     /* when the ring is read next */
    struct text line;
    bool skipping; /* the rest of a line that is too long */
    enum agent agent;
    struct message *first; /* events of our own */
    struct message *last;
    struct message *given;
    bool ended; /* the end has been told */
};

struct watch *watch_new(struct session *session, const char *agent_ring)
{
    struct watch *watch = xcalloc(1, sizeof(*watch));

    watch->session = session;
    watch->ring = agent_ring;
    session_arm(session, &watch->waiter);
    return watch;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    session_disarm(watch->session, &watch->waiter);
    text_free(&watch->line);
    message_free(watch->given);
    while (watch->first) {
        struct message *message = watch->first;

        watch->first = message->next;
        message_free(message);
    }
    free(watch);
}

bool watch_check(struct watch *watch, const struct patterns *patterns, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};

    if (!patterns->count || session_is_agent(watch->session))
        return true;
    if (!schema_events(schema_of(watch->session), &names, error)) {
        if (error->kind == ERROR_INTERRUPTED)
            return false;
        error_free(error);
        return true;
    }
    strings_add(&names, "AGENT-STARTED");
    strings_add(&names, "AGENT-STOPPED");
    for (size_t i = 0; i < patterns->count; i++)
        if (!pattern_check_known(&patterns->item[i], &names, error))
            return false;
    return true;
}

/* Adds an event of our own that happens now; data is taken over. */
static void add_event(struct watch *watch, const char *name, json *data)
{
    AUTO_JSON json *event = json_new_object();
    struct error impossible = {0};
    struct text text = TEXT_EMPTY;
    struct message *message;
    struct timespec now;
    json *timestamp;

    clock_gettime(CLOCK_REALTIME, &now);
    json_add_string(event, "event", name);
    json_add(event, "data", data);
    timestamp = json_add_object(event, "timestamp");
    json_add_int(timestamp, "seconds", now.tv_sec);
    json_add_int(timestamp, "microseconds", now.tv_nsec / 1000);
    json_print(event, &text);
    message = message_new(text.bytes, text.length, &impossible);
    if (!message) {
        error_free(&impossible);
        return;
    }
    if (watch->last)
        watch->last->next = message;
    else
        watch->first = message;
    watch->last = message;
}

static void take_line(struct watch *watch)
{
    size_t length = watch->line.length;
    enum agent now = UNKNOWN;
    struct slice line;

    if (length && watch->line.bytes[length - 1] == '\r')
        length--;
    line = (struct slice){text_string(&watch->line), length};
    if (slice_is(line, "STARTED"))
        now = STARTED;
    else if (slice_is(line, "STOPPED"))
        now = STOPPED;
    if (now != UNKNOWN && now != watch->agent && !watch->skipping) {
        json *data = json_new_object();

        json_add_string(data, "chardev", watch->ring);
        add_event(watch, now == STARTED ? "AGENT-STARTED" : "AGENT-STOPPED", data);
        watch->agent = now;
    }
    text_clear(&watch->line);
    watch->skipping = false;
}

static void take_bytes(struct watch *watch, const struct text *bytes)
{
    for (size_t i = 0; i < bytes->length; i++) {
        if (bytes->bytes[i] == '\n')
            take_line(watch);
        else if (watch->line.length < LONGEST_LINE)
            text_add_char(&watch->line, bytes->bytes[i]);
        else
            watch->skipping = true;
    }
}

/* Reads the ring when its time has come, and takes what was read before. */
static bool read_ring(struct watch *watch, struct error *error)
{
    AUTO_TEXT struct text bytes = TEXT_EMPTY;

    if (!watch->ring || !session_is_open(watch->session))
        return true;
    if (!watch->ticket) {
        if (clock_now() < watch->due)
            return true;
        return ringbuf_ask(watch->session, watch->ring, AT_ONCE, &watch->ticket, error);
    }
    if (!session_has_reply(watch->session, watch->ticket))
        return true;
    if (!ringbuf_answer(watch->session, watch->ticket, &bytes, error))
        return false;
    take_bytes(watch, &bytes);
    watch->ticket = 0;
    /* A guest that never stops writing must not keep the monitor busy. */
    watch->due = clock_after(PAUSE);
    return true;
}

/* Once all that came has been given. */
static void end(struct watch *watch)
{
    json *data;

    watch->ended = true;
    if (session_saw_shutdown(watch->session))
        return;
    data = json_new_object();
    json_add_bool(data, "guest", false);
    json_add_string(data, "reason", "disconnect");
    add_event(watch, "SHUTDOWN", data);
}

const struct message *watch_next(struct watch *watch)
{
    const struct message *event = session_peek_event(watch->session, &watch->waiter);

    if (event)
        return event;
    if (!session_is_open(watch->session) && !watch->ended)
        end(watch);
    message_free(watch->given);
    watch->given = watch->first;
    if (watch->first)
        watch->first = watch->first->next;
    if (!watch->first)
        watch->last = NULL;
    return watch->given;
}

bool watch_turn(struct watch *watch, int64_t deadline, struct error *error)
{
    int64_t until = deadline;

    if (!read_ring(watch, error))
        return false;
    if (watch->first || (!session_is_open(watch->session) && !watch->ended))
        return true;
    if (watch->ring && !watch->ticket)
        until = clock_earlier(until, watch->due);
    session_flush(watch->session);
    if (!loop_turn(session_loop(watch->session), until, error)) {
        if (error->kind != ERROR_TIMEOUT)
            return false;
        error_free(error);
    }
    return read_ring(watch, error);
}

bool watch_ended(const struct watch *watch)
{
    return watch->ended && !watch->first;
}

bool watch_explain_end(struct watch *watch, struct error *error)
{
    struct session_waiter waiter;

    session_arm(watch->session, &waiter);
    if (session_idle(watch->session, &waiter, CLOCK_NEVER, error))
        error_set(error, ERROR_PROTOCOL, "the connection ended");
    session_disarm(watch->session, &waiter);
    return false;
}
