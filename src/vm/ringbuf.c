/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/ringbuf.h"

#include "base/base64.h"
#include "json/scan.h"
#include "qmp/ask.h"

#include <string.h>

enum {
    CHUNK = 192 * 1024, /* bytes asked for in one read; its reply has four thirds of it */
    LATE = 2000 * 1000, /* microseconds that an interrupted read is waited for */
};

static bool take_reply(const struct message *reply, struct text *text, struct error *error)
{
    AUTO_TEXT struct text encoded = TEXT_EMPTY;
    struct slice value;

    if (!message_get(reply, "return", &value) || value.bytes[0] != '"')
        return error_set(error, ERROR_PROTOCOL, "ringbuf-read: its return is no string");
    scan_unquote(value, &encoded);
    if (!base64_decode(text, text_string(&encoded), encoded.length))
        return error_set(error, ERROR_PROTOCOL, "ringbuf-read: its return is no base64");
    return true;
}

/* A read that a signal interrupts has taken its bytes out all the same: they are still waited for.
 */
static void take_late(struct session *session, uint64_t ticket, struct text *text)
{
    AUTO_MESSAGE struct message *reply = NULL;
    struct error ignored = {0};

    (void)loop_forgive(session_loop(session));
    session_set_deadline(session, clock_after(LATE));
    if (session_result(session, ticket, &reply, &ignored))
        (void)take_reply(reply, text, &ignored);
    error_free(&ignored);
}

bool ringbuf_ask(struct session *session, const char *chardev, uint64_t size, uint64_t *ticket,
    struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();

    json_add_string(arguments, "device", chardev);
    json_add_int(arguments, "size", (int64_t)size);
    json_add_string(arguments, "format", "base64");
    return session_send(session, "ringbuf-read", arguments, -1, ticket, error);
}

bool ringbuf_answer(
    struct session *session, uint64_t ticket, struct text *text, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;

    return session_result(session, ticket, &reply, error) && take_reply(reply, text, error);
}

static bool read_once(struct session *session, const char *chardev, uint64_t size,
    struct text *text, struct error *error)
{
    uint64_t ticket;

    if (!ringbuf_ask(session, chardev, size, &ticket, error))
        return false;
    if (ringbuf_answer(session, ticket, text, error))
        return true;
    if (error->kind == ERROR_INTERRUPTED)
        take_late(session, ticket, text);
    return false;
}

bool ringbuf_read(struct session *session, const char *chardev, uint64_t limit, struct text *text,
    struct error *error)
{
    uint64_t most = limit ? limit : RINGBUF_MOST, got = 0;

    while (got < most) {
        uint64_t size = most - got < CHUNK ? most - got : CHUNK;
        size_t before = text->length;

        if (!read_once(session, chardev, size, text, error))
            return false;
        got += text->length - before;
        if (text->length - before < size)
            break;
    }
    return true;
}
