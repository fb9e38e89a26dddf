/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan: JSON as tokens over bytes that are all there, strictly (RFC 8259), without a tree.
 *
 * Everything that looks at JSON goes through this room: the tree reader, the compactor, the frame's
 * top-level members and the transcript's eraser. Besides JSON the bare words inf, -inf, nan and
 * -nan are numbers, since QEMU prints a double that overflowed that way (FACTS: 1e400 is echoed as
 * inf). Strings must be UTF-8; control characters must be escaped; a \u escape must not be half of
 * a pair. Nesting is limited to SCAN_DEPTH, QEMU's own limit.
 */
#ifndef QMPBOX_JSON_SCAN_H
#define QMPBOX_JSON_SCAN_H

#include "base/text.h"

enum { SCAN_DEPTH = 1024 };

enum scan_token {
    SCAN_END,
    SCAN_BAD, /* problem says why */
    SCAN_OBJECT,
    SCAN_OBJECT_END,
    SCAN_ARRAY,
    SCAN_ARRAY_END,
    SCAN_COMMA,
    SCAN_COLON,
    SCAN_STRING,
    SCAN_NUMBER,
    SCAN_TRUE,
    SCAN_FALSE,
    SCAN_NULL
};

struct scan {
    const char *start;
    const char *at;
    const char *end;
    struct slice token;  /* the bytes of the last token; a string's with its quotes */
    const char *problem; /* a constant phrase, once something was wrong */
};

void scan_start(struct scan *scan, const char *bytes, size_t length);
enum scan_token scan_next(struct scan *scan);

/*
 * Passes over one whole value, checked, and gives its bytes. When callback is not NULL it sees
 * every token on the way (keys as SCAN_STRING before their SCAN_COLON).
 */
typedef void scan_callback(void *data, enum scan_token token, struct slice bytes);
bool scan_value(
    struct scan *scan, struct slice *value, scan_callback *callback, void *callback_data);

/* Adds the decoded bytes of a SCAN_STRING token; U+0000 becomes C0 80 (see json.h). */
void scan_unquote(struct slice token, struct text *text);

/* Adds a C string as a JSON string, quotes included; C0 80 becomes \u0000 again, and what is no
 * UTF-8 becomes U+FFFD (such as a word of argv that an error repeats). */
void scan_quote(struct text *text, const char *bytes, size_t length);

/* Adds the JSON in bytes (valid already) without the white space between tokens. */
void scan_compact(struct text *text, const char *bytes, size_t length);

/* Is the token an integer as written (no fraction, exponent, inf or nan)? */
bool scan_is_integer(struct slice token);

#endif
