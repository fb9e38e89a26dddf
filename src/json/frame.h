/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame: bytes in, messages out.
 *
 * A message is one JSON object; where it ends is found by its structure, not by lines, since a
 * monitor with pretty=on sends many lines a message and nothing promises one. Every byte is looked
 * at once however it is cut into reads, and memory is bounded by the limit. A message owns its
 * bytes, has been checked whole, and knows its top-level members.
 */
#ifndef QMPBOX_JSON_FRAME_H
#define QMPBOX_JSON_FRAME_H

#include "base/error.h"

enum {
    FRAME_LIMIT = 256 * 1024 * 1024, /* the default for one message, in bytes */
    MESSAGE_MEMBERS = 16             /* top-level members at most; QMP has 4 */
};

struct message {
    char *bytes;
    size_t length;
    size_t members;
    struct slice key[MESSAGE_MEMBERS]; /* without quotes, as they were escaped */
    struct slice value[MESSAGE_MEMBERS];
    struct message *next; /* for whoever keeps a queue */
};

void message_free(struct message *message);
DEFINE_CLEANUP(message, struct message, message_free)
#define AUTO_MESSAGE AUTO(cleanup_message)

/*
 * Makes a message of the bytes (taken over), which must be one JSON object. The error is kind
 * protocol; a top-level member that comes twice is one.
 */
struct message *message_new(char *bytes, size_t length, struct error *error) MUST_CHECK;

/* The value of a top-level member; false when there is none. */
bool message_get(const struct message *message, const char *key, struct slice *value);

struct frame {
    struct text buffer;
    size_t scanned; /* bytes of the buffer that have been looked at */
    size_t begin;   /* where the message that is coming begins */
    size_t depth;
    bool in_string;
    bool escaped;
    bool too_deep;
    bool delimited; /* 0xFF before a message is nothing: a guest agent puts it there */
    size_t limit;   /* bytes of one message; 0 means FRAME_LIMIT */
};

void frame_free(struct frame *frame);

/* Room for at least `more` bytes at the end of what has come; frame_commit() says how many came. */
char *frame_room(struct frame *frame, size_t more);
void frame_commit(struct frame *frame, size_t came);

/*
 * The next whole message in *message, or NULL there when more bytes are needed. Fails with kind
 * protocol when what came is no JSON object, nests too deep, or is larger than the limit.
 */
bool frame_next(struct frame *frame, struct message **message, struct error *error);

/* Bytes that came and belong to no whole message yet (white space does not count). */
struct slice frame_rest(const struct frame *frame);

#endif
