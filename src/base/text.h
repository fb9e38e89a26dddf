/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: a growing buffer of bytes, lists of strings, the nearest name, UTF-8, and the escaper.
 *
 * A struct text starts zeroed (TEXT_EMPTY); its bytes are always followed by a NUL that does not
 * count. text_take() gives the bytes away, text_free() releases them. What a guest or a peer wrote
 * goes through text_add_escaped() before it reaches a terminal.
 */
#ifndef QMPBOX_BASE_TEXT_H
#define QMPBOX_BASE_TEXT_H

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const char *bytes; /* borrowed, not NUL-terminated */
    size_t length;
};

/* Does the slice hold exactly this string? */
bool slice_is(struct slice slice, const char *string);

/* Are both strings there (each may be NULL), and the same? */
bool text_is(const char *string, const char *wanted);

struct text {
    char *bytes;
    size_t length;
    size_t room;
};

#define TEXT_EMPTY ((struct text){NULL, 0, 0})
#define AUTO_TEXT AUTO(text_free)

void text_free(struct text *text);
void text_clear(struct text *text);               /* length 0, memory kept */
void text_drop(struct text *text, size_t length); /* the first bytes */
void text_reserve(struct text *text, size_t more);
void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
void text_add_char(struct text *text, char c);
void text_printf(struct text *text, const char *format, ...) PRINTF(2, 3);
void text_vprintf(struct text *text, const char *format, va_list arguments) PRINTF(2, 0);

/* FNV-1a of the bytes, going on from `hash`, which is TEXT_HASH at first: against chance, not
 * malice. */
#define TEXT_HASH UINT64_C(0xCBF29CE484222325)
uint64_t text_hash(uint64_t hash, const char *bytes, size_t length);

/* The bytes as a string that the caller frees; the text is empty afterwards. Never NULL. */
char *text_take(struct text *text) MUST_CHECK;

/* The bytes as a string owned by the text. Never NULL. */
const char *text_string(const struct text *text);

/* A list of strings that it owns; starts zeroed. */
struct strings {
    char **item;
    size_t count;
    size_t room;
};

#define AUTO_STRINGS AUTO(strings_free)

void strings_free(struct strings *list);
void strings_add(struct strings *list, const char *string);
void strings_take(struct strings *list, char *string); /* takes ownership of string */
void strings_printf(struct strings *list, const char *format, ...) PRINTF(2, 3);
bool strings_have(const struct strings *list, const char *string);
void strings_remove(struct strings *list, const char *string); /* the first that is equal */

/*
 * The candidate that a person who typed `name` most likely meant, or NULL when none is near: at
 * most one edit in three characters (and one in any case), '-' and '_' alike, or a candidate that
 * begins with what was typed, if that is three characters or more. Borrowed from candidates.
 */
const char *text_nearest(const char *name, const struct strings *candidates);

/* Are the names equal when '-' and '_' are taken for the same? */
bool text_same_name(const char *a, const char *b);

/*
 * Decodes one UTF-8 sequence at bytes (length > 0). Returns its length and the code point, or 0
 * when it is not well-formed (overlong, surrogate, past U+10FFFF, cut short).
 */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code);
void utf8_encode(struct text *text, uint32_t code);

/*
 * The length of the longest prefix that does not end inside a sequence; what follows it may become
 * whole with the next bytes. Bytes that can never become well-formed count as whole.
 */
size_t utf8_whole(const char *bytes, size_t length);
bool utf8_valid(const char *bytes, size_t length);

/*
 * Adds bytes so that they can do nothing to a terminal: control characters (C0, DEL, C1),
 * bidirectional overrides and invisible formatting as \n, \t, \xHH or \u{HEX}, ill-formed bytes as
 * \xHH, a backslash doubled. The modified form C0 80 of U+0000 (json.h) becomes \0. With
 * keep_lines, newlines and tabs pass as they are, and "\r\n" becomes "\n".
 */
void text_add_escaped(struct text *text, const char *bytes, size_t length, bool keep_lines);

/* The same for a C string in one line. */
void text_add_shown(struct text *text, const char *string);

/* Columns that the (escaped) string takes on a terminal in the current locale. */
size_t text_width(const char *string);

#endif
