/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json/frame.h"

#include "json/scan.h"

#include <stdlib.h>
#include <string.h>

/* A large buffer is handed over whole rather than copied. */
enum { HAND_OVER = 64 * 1024 };

void message_free(struct message *message)
{
    if (!message)
        return;
    free(message->bytes);
    free(message);
}

bool message_get(const struct message *message, const char *key, struct slice *value)
{
    for (size_t i = 0; i < message->members; i++)
        if (slice_is(message->key[i], key)) {
            *value = message->value[i];
            return true;
        }
    return false;
}

static bool scan_members(struct message *message, struct scan *scan)
{
    enum scan_token token = scan_next(scan);

    if (token != SCAN_OBJECT)
        return false;
    token = scan_next(scan);
    while (token == SCAN_STRING) {
        struct slice key = {scan->token.bytes + 1, scan->token.length - 2}, value;

        if (scan_next(scan) != SCAN_COLON || !scan_value(scan, &value, NULL, NULL))
            return false;
        for (size_t i = 0; i < message->members; i++)
            if (message->key[i].length == key.length &&
                memcmp(message->key[i].bytes, key.bytes, key.length) == 0) {
                scan->problem = "a member twice";
                return false;
            }
        if (message->members == MESSAGE_MEMBERS) {
            scan->problem = "more members than a message of QMP has";
            return false;
        }
        message->key[message->members] = key;
        message->value[message->members++] = value;
        token = scan_next(scan);
        if (token != SCAN_COMMA)
            break;
        token = scan_next(scan);
        if (token != SCAN_STRING)
            return false;
    }
    return token == SCAN_OBJECT_END && scan_next(scan) == SCAN_END;
}

struct message *message_new(char *bytes, size_t length, struct error *error)
{
    AUTO_MESSAGE struct message *message = xcalloc(1, sizeof(*message));
    struct scan scan;

    message->bytes = bytes;
    message->length = length;
    scan_start(&scan, bytes, length);
    if (!scan_members(message, &scan)) {
        error_set(error, ERROR_PROTOCOL, "what came is no valid message: %s at byte %zu",
            scan.problem ? scan.problem : "a token that does not belong there",
            (size_t)(scan.at - bytes) + 1);
        return NULL;
    }
    return steal_pointer(&message);
}

void frame_free(struct frame *frame)
{
    text_free(&frame->buffer);
    *frame = (struct frame){.limit = frame->limit};
}

char *frame_room(struct frame *frame, size_t more)
{
    text_reserve(&frame->buffer, more);
    return frame->buffer.bytes + frame->buffer.length;
}

void frame_commit(struct frame *frame, size_t came)
{
    frame->buffer.length += came;
    frame->buffer.bytes[frame->buffer.length] = '\0';
}

static bool is_space(const struct frame *frame, char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || (frame->delimited && c == '\xFF');
}

/* Looks at the bytes that are new; true when the object that began at `begin` is whole. */
static bool find_end(struct frame *frame)
{
    const char *bytes = frame->buffer.bytes;
    size_t at = frame->scanned, end = frame->buffer.length;

    for (; at < end; at++) {
        char c = bytes[at];

        if (frame->in_string) {
            if (frame->escaped)
                frame->escaped = false;
            else if (c == '\\')
                frame->escaped = true;
            else if (c == '"')
                frame->in_string = false;
        } else if (c == '"') {
            frame->in_string = true;
        } else if (c == '{' || c == '[') {
            if (++frame->depth > SCAN_DEPTH)
                frame->too_deep = true;
        } else if ((c == '}' || c == ']') && --frame->depth == 0) {
            frame->scanned = at + 1;
            return true;
        }
    }
    frame->scanned = at;
    return false;
}

static void drop_to(struct frame *frame, size_t end)
{
    text_drop(&frame->buffer, end);
    frame->scanned = frame->begin = 0;
}

bool frame_next(struct frame *frame, struct message **message, struct error *error)
{
    struct text *buffer = &frame->buffer;
    size_t limit = frame->limit ? frame->limit : FRAME_LIMIT;
    size_t length;
    char *bytes;
    bool whole;

    *message = NULL;
    if (!frame->depth) {
        while (frame->begin < buffer->length && is_space(frame, buffer->bytes[frame->begin]))
            frame->begin++;
        if (frame->begin == buffer->length) {
            if (buffer->length)
                drop_to(frame, buffer->length);
            return true;
        }
        if (buffer->bytes[frame->begin] != '{')
            return error_set(error, ERROR_PROTOCOL, "what came is no JSON object");
        frame->scanned = frame->begin;
    }
    whole = find_end(frame);
    length = frame->scanned - frame->begin;
    if (frame->too_deep)
        return error_set(error, ERROR_PROTOCOL, "a message nests deeper than 1024 levels");
    if (length > limit)
        return error_set(error, ERROR_PROTOCOL,
            "a message is larger than %zu bytes (raise it with --max-message)", limit);
    if (!whole)
        return true;
    if (length >= HAND_OVER && frame->begin == 0) {
        struct text rest = TEXT_EMPTY;

        text_add(&rest, buffer->bytes + length, buffer->length - length);
        bytes = xrealloc(text_take(buffer), length + 1);
        bytes[length] = '\0';
        *buffer = rest;
        frame->scanned = 0;
    } else {
        bytes = xstrndup(buffer->bytes + frame->begin, length);
        /* What was given out is dropped only when half is used up: dropping stays linear. */
        frame->begin = frame->scanned;
        if (frame->begin * 2 >= buffer->length)
            drop_to(frame, frame->begin);
    }
    *message = message_new(bytes, length, error);
    return *message;
}

struct slice frame_rest(const struct frame *frame)
{
    size_t at = frame->begin;

    while (at < frame->buffer.length && is_space(frame, frame->buffer.bytes[at]))
        at++;
    return (struct slice){
        frame->buffer.bytes ? frame->buffer.bytes + at : "", frame->buffer.length - at};
}
