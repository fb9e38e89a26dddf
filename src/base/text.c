/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

bool slice_is(struct slice slice, const char *string)
{
    size_t length = strlen(string);

    return slice.length == length && memcmp(slice.bytes, string, length) == 0;
}

bool text_is(const char *string, const char *wanted)
{
    return string && wanted && strcmp(string, wanted) == 0;
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = TEXT_EMPTY;
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes)
        text->bytes[0] = '\0';
}

void text_drop(struct text *text, size_t length)
{
    if (!length)
        return;
    text->length -= length;
    memmove(text->bytes, text->bytes + length, text->length + 1);
}

void text_reserve(struct text *text, size_t more)
{
    size_t needed = text->length + more + 1;

    if (needed <= text->room)
        return;
    /* Doubling keeps the sum of all copies linear in what is stored. */
    text->room = text->room * 2 > needed ? text->room * 2 : needed + 32;
    text->bytes = xrealloc(text->bytes, text->room);
    text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    if (!length)
        return;
    text_reserve(text, length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
    text_add(text, &c, 1);
}

void text_vprintf(struct text *text, const char *format, va_list arguments)
{
    AUTO_FREE char *made = xvasprintf(format, arguments);

    text_add_string(text, made);
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_vprintf(text, format, arguments);
    va_end(arguments);
}

uint64_t text_hash(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001B3);
    return hash;
}

char *text_take(struct text *text)
{
    char *bytes = text->bytes ? text->bytes : xstrdup("");

    *text = TEXT_EMPTY;
    return bytes;
}

const char *text_string(const struct text *text)
{
    return text->bytes ? text->bytes : "";
}

void strings_free(struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct strings){0};
}

void strings_take(struct strings *list, char *string)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 4;
        list->item = xrealloc(list->item, list->room * sizeof(*list->item));
    }
    list->item[list->count++] = string;
}

void strings_add(struct strings *list, const char *string)
{
    strings_take(list, xstrdup(string));
}

void strings_printf(struct strings *list, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    strings_take(list, xvasprintf(format, arguments));
    va_end(arguments);
}

bool strings_have(const struct strings *list, const char *string)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i], string) == 0)
            return true;
    return false;
}

void strings_remove(struct strings *list, const char *string)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i], string) == 0) {
            free(list->item[i]);
            list->count--;
            memmove(list->item + i, list->item + i + 1, (list->count - i) * sizeof(*list->item));
            return;
        }
}

static char plain(char c)
{
    return c == '_' ? '-' : c;
}

bool text_same_name(const char *a, const char *b)
{
    while (*a && plain(*a) == plain(*b))
        a++, b++;
    return plain(*a) == plain(*b);
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b; gives up past the limit. */
static size_t edit_distance(const char *a, const char *b, size_t limit)
{
    enum { LONGEST = 64 };
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    size_t width = strlen(b), height = strlen(a);

    if (width > LONGEST || height > LONGEST)
        return limit + 1;
    for (size_t j = 0; j <= width; j++)
        last[j] = j;
    for (size_t i = 1; i <= height; i++) {
        size_t best = i;

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            bool same = plain(a[i - 1]) == plain(b[j - 1]);
            size_t cost = last[j - 1] + (same ? 0 : 1);

            if (last[j] + 1 < cost)
                cost = last[j] + 1;
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
                plain(a[i - 2]) == plain(b[j - 1]) && before[j - 2] + 1 < cost)
                cost = before[j - 2] + 1;
            row[j] = cost;
            if (cost < best)
                best = cost;
        }
        if (best > limit)
            return limit + 1;
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[width];
}

const char *text_nearest(const char *name, const struct strings *candidates)
{
    size_t typed = strlen(name);
    size_t limit = typed < 3 ? 1 : typed / 3;
    size_t best = limit + 1;
    const char *nearest = NULL, *longer = NULL;

    for (size_t i = 0; i < candidates->count; i++) {
        const char *candidate = candidates->item[i];
        size_t distance = edit_distance(name, candidate, limit);

        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
        if (!longer && typed >= 3 && strncmp(name, candidate, typed) == 0)
            longer = candidate;
    }
    return nearest ? nearest : longer;
}

size_t utf8_decode(const char *bytes, size_t length, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *b = (const unsigned char *)bytes;
    size_t needed;
    uint32_t value;

    if (b[0] < 0x80) {
        *code = b[0];
        return 1;
    }
    if (b[0] >= 0xC2 && b[0] <= 0xDF)
        needed = 2, value = b[0] & 0x1F;
    else if ((b[0] & 0xF0) == 0xE0)
        needed = 3, value = b[0] & 0x0F;
    else if (b[0] >= 0xF0 && b[0] <= 0xF4)
        needed = 4, value = b[0] & 0x07;
    else
        return 0;
    if (length < needed)
        return 0;
    for (size_t i = 1; i < needed; i++) {
        if ((b[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (b[i] & 0x3F);
    }
    if (value < least[needed] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return needed;
}

void utf8_encode(struct text *text, uint32_t code)
{
    char b[4];
    size_t n = 0;

    if (code < 0x80) {
        b[n++] = (char)code;
    } else if (code < 0x800) {
        b[n++] = (char)(0xC0 | code >> 6);
        b[n++] = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        b[n++] = (char)(0xE0 | code >> 12);
        b[n++] = (char)(0x80 | (code >> 6 & 0x3F));
        b[n++] = (char)(0x80 | (code & 0x3F));
    } else {
        b[n++] = (char)(0xF0 | code >> 18);
        b[n++] = (char)(0x80 | (code >> 12 & 0x3F));
        b[n++] = (char)(0x80 | (code >> 6 & 0x3F));
        b[n++] = (char)(0x80 | (code & 0x3F));
    }
    text_add(text, b, n);
}

size_t utf8_whole(const char *bytes, size_t length)
{
    /* Only the last three bytes can begin a sequence that is not there yet. */
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        const unsigned char *begin = (const unsigned char *)bytes + length - back;
        unsigned char b = *begin;
        size_t needed = b >= 0xF0 && b <= 0xF4 ? 4 : b >= 0xE0 ? 3 : b >= 0xC2 ? 2 : 1;
        /* Overlong forms, surrogates and what is past U+10FFFF show in the second byte. */
        unsigned char least = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
        unsigned char most = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;

        if ((b & 0xC0) == 0x80)
            continue;
        if (b >= 0xF5 || needed <= back || (back > 1 && (begin[1] < least || begin[1] > most)))
            return length;
        return length - back;
    }
    return length;
}

bool utf8_valid(const char *bytes, size_t length)
{
    uint32_t code;

    for (size_t i = 0; i < length;) {
        size_t n = utf8_decode(bytes + i, length - i, &code);

        if (!n)
            return false;
        i += n;
    }
    return true;
}

/* Code points that move the cursor, reorder the line or cannot be seen. */
static bool is_dangerous(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD || code == 0x61C ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0x180E || code == 0xFEFF ||
           (code >= 0x1BCA0 && code <= 0x1BCA3) || (code >= 0x1D173 && code <= 0x1D17A) ||
           (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE0FFF);
}

void text_add_escaped(struct text *text, const char *bytes, size_t length, bool keep_lines)
{
    for (size_t i = 0; i < length;) {
        const char *at = bytes + i;
        uint32_t code = 0;
        size_t n = utf8_decode(at, length - i, &code);

        if (length - i >= 2 && memcmp(at, "\xC0\x80", 2) == 0) {
            text_add_string(text, "\\0");
            i += 2;
            continue;
        }
        if (!n) {
            text_printf(text, "\\x%02X", (unsigned char)*at);
            i++;
            continue;
        }
        i += n;
        if (keep_lines && code == '\r' && i < length && bytes[i] == '\n')
            continue;
        if (keep_lines && (code == '\n' || code == '\t'))
            text_add_char(text, (char)code);
        else if (code == '\n')
            text_add_string(text, "\\n");
        else if (code == '\t')
            text_add_string(text, "\\t");
        else if (code == '\r')
            text_add_string(text, "\\r");
        else if (code == '\\')
            text_add_string(text, "\\\\");
        else if (code < 0xA0 && is_dangerous(code))
            text_printf(text, "\\x%02X", (unsigned)code);
        else if (is_dangerous(code))
            text_printf(text, "\\u{%X}", (unsigned)code);
        else
            text_add(text, at, n);
    }
}

void text_add_shown(struct text *text, const char *string)
{
    text_add_escaped(text, string, strlen(string), false);
}

size_t text_width(const char *string)
{
    mbstate_t state;
    size_t columns = 0, left = strlen(string);

    memset(&state, 0, sizeof(state));
    while (left) {
        wchar_t wide;
        size_t n = mbrtowc(&wide, string, left, &state);
        int width;

        if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
            memset(&state, 0, sizeof(state));
            n = 1;
            width = 1;
        } else {
            width = wcwidth(wide);
        }
        columns += width > 0 ? (size_t)width : 0;
        string += n;
        left -= n;
    }
    return columns;
}
