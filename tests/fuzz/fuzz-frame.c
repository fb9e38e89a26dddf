/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same bytes give the same messages however they are cut. The first byte of the input says how
 * the rest is cut: 0 is one byte at a time, else pieces whose sizes come from the bytes themselves.
 */
#include "fuzz.h"
#include "json/frame.h"
#include "json/json.h"
#include "json/scan.h"

enum { LIMIT = 4096 };

/* Takes out what is whole, each followed by a newline; false when it is wrong. */
static bool drain(struct frame *frame, struct text *out)
{
    for (;;) {
        AUTO_MESSAGE struct message *message = NULL;
        AUTO_ERROR struct error error = {0};
        AUTO_TEXT struct text compact = TEXT_EMPTY;

        if (!frame_next(frame, &message, &error)) {
            MUST(error.kind == ERROR_PROTOCOL && error.message && !message);
            text_add_char(out, '!');
            return false;
        }
        MUST(!error.kind);
        if (!message)
            return true;
        MUST(message->length <= LIMIT && message->members <= MESSAGE_MEMBERS);
        MUST(message->bytes[message->length] == '\0');
        for (size_t i = 0; i < message->members; i++) {
            AUTO_JSON json *value =
                json_parse(message->value[i].bytes, message->value[i].length, &error);
            struct scan scan;
            struct slice again;

            /* A tree also refuses an inner key twice, which a message does not look for. */
            MUST(value || strstr(error.message, "a key twice"));
            scan_start(&scan, message->value[i].bytes, message->value[i].length);
            MUST(scan_value(&scan, &again, NULL, NULL) && scan_next(&scan) == SCAN_END);
        }
        scan_compact(&compact, message->bytes, message->length);
        MUST(compact.length && compact.bytes[compact.length - 1] == '}');
        text_add(out, message->bytes, message->length);
        text_add_char(out, '\n');
    }
}

static void run(const uint8_t *data, size_t size, unsigned how, struct text *out)
{
    AUTO(frame_free) struct frame frame = {.limit = LIMIT};
    size_t piece = 1;

    for (size_t at = 0; at < size; at += piece) {
        char *room;

        piece = how == 256 ? size : how ? (size_t)data[at] * how % 97 + 1 : 1;
        if (piece > size - at)
            piece = size - at;
        room = frame_room(&frame, piece);
        memcpy(room, data + at, piece);
        frame_commit(&frame, piece);
        if (!drain(&frame, out))
            return;
    }
    MUST(frame_rest(&frame).length <= LIMIT);
    text_add(out, frame_rest(&frame).bytes, frame_rest(&frame).length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_TEXT struct text whole = TEXT_EMPTY, cut = TEXT_EMPTY;

    if (!size)
        return 0;
    run(data + 1, size - 1, 256, &whole);
    run(data + 1, size - 1, data[0], &cut);
    MUST(whole.length == cut.length);
    MUST(!whole.length || memcmp(whole.bytes, cut.bytes, whole.length) == 0);
    return 0;
}
