/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json/scan.h"

#include <string.h>

void scan_start(struct scan *scan, const char *bytes, size_t length)
{
    *scan = (struct scan){.start = bytes, .at = bytes, .end = bytes + length};
}

static enum scan_token bad(struct scan *scan, const char *problem)
{
    scan->problem = problem;
    return SCAN_BAD;
}

static int hex4(const char *at)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Reads the escape that begins at the backslash; its length, or 0 when it is wrong. */
static size_t read_escape(const char *at, const char *end, uint32_t *code)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *letter;
    int high, low;

    if (end - at < 2)
        return 0;
    letter = memchr(letters, at[1], sizeof(letters) - 1);
    if (letter) {
        *code = (unsigned char)values[letter - letters];
        return 2;
    }
    if (at[1] != 'u' || end - at < 6 || (high = hex4(at + 2)) < 0)
        return 0;
    *code = (uint32_t)high;
    if (high < 0xD800 || high > 0xDFFF)
        return 6;
    if (high > 0xDBFF || end - at < 12 || at[6] != '\\' || at[7] != 'u')
        return 0;
    low = hex4(at + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *code = 0x10000 + (((uint32_t)high - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
    return 12;
}

static enum scan_token scan_string(struct scan *scan)
{
    const char *begin = scan->at++;
    uint32_t code;

    while (scan->at < scan->end) {
        unsigned char c = (unsigned char)*scan->at;
        size_t n;

        if (c == '"') {
            scan->at++;
            scan->token = (struct slice){begin, (size_t)(scan->at - begin)};
            return SCAN_STRING;
        }
        if (c == '\\') {
            n = read_escape(scan->at, scan->end, &code);
            if (!n)
                return bad(scan, "a wrong escape in a string");
        } else if (c < 0x20) {
            return bad(scan, "a control character in a string");
        } else if (c < 0x80) {
            n = 1;
        } else {
            n = utf8_decode(scan->at, (size_t)(scan->end - scan->at), &code);
            if (!n)
                return bad(scan, "bytes that are not UTF-8");
        }
        scan->at += n;
    }
    return bad(scan, "a string without an end");
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '-' || c == '.' || c == '_';
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static bool is_number(struct slice word)
{
    const char *at = word.bytes, *end = at + word.length, *digits;

    if (at < end && *at == '-')
        at++;
    if (slice_is((struct slice){at, (size_t)(end - at)}, "inf") ||
        slice_is((struct slice){at, (size_t)(end - at)}, "nan"))
        return true;
    digits = at;
    at = skip_digits(at, end);
    if (at == digits || (*digits == '0' && at - digits > 1))
        return false;
    if (at < end && *at == '.') {
        digits = ++at;
        at = skip_digits(at, end);
        if (at == digits)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        digits = at;
        at = skip_digits(at, end);
        if (at == digits)
            return false;
    }
    return at == end;
}

bool scan_is_integer(struct slice token)
{
    const char *end = token.bytes + token.length;
    const char *at = token.bytes + (token.length && token.bytes[0] == '-' ? 1 : 0);

    return at < end && skip_digits(at, end) == end;
}

static enum scan_token scan_word(struct scan *scan)
{
    const char *begin = scan->at;

    while (scan->at < scan->end && is_word(*scan->at))
        scan->at++;
    scan->token = (struct slice){begin, (size_t)(scan->at - begin)};
    if (slice_is(scan->token, "true"))
        return SCAN_TRUE;
    if (slice_is(scan->token, "false"))
        return SCAN_FALSE;
    if (slice_is(scan->token, "null"))
        return SCAN_NULL;
    if (is_number(scan->token))
        return SCAN_NUMBER;
    scan->at = begin;
    return bad(scan, scan->token.length ? "a word that is no JSON value" : "a stray character");
}

enum scan_token scan_next(struct scan *scan)
{
    static const char marks[] = "{}[],:";
    const char *mark;

    while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) && *scan->at)
        scan->at++;
    if (scan->at == scan->end)
        return SCAN_END;
    mark = memchr(marks, *scan->at, sizeof(marks) - 1);
    if (mark) {
        scan->token = (struct slice){scan->at++, 1};
        return SCAN_OBJECT + (enum scan_token)(mark - marks);
    }
    if (*scan->at == '"')
        return scan_string(scan);
    return scan_word(scan);
}

/* What may come next while a value is passed over. */
enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA_OR_END };

static bool is_scalar(enum scan_token token)
{
    return token >= SCAN_STRING;
}

bool scan_value(
    struct scan *scan, struct slice *value, scan_callback *callback, void *callback_data)
{
    bool is_object[SCAN_DEPTH];
    size_t depth = 0;
    enum expect expect = VALUE;
    const char *begin = NULL;

    do {
        enum scan_token token = scan_next(scan);

        if (token == SCAN_BAD)
            return false;
        if (token == SCAN_END)
            return bad(scan, "an unexpected end") != SCAN_BAD;
        if (!begin)
            begin = scan->token.bytes;
        if (expect == COLON) {
            if (token != SCAN_COLON)
                goto wrong;
            expect = VALUE;
        } else if ((token == SCAN_OBJECT_END || token == SCAN_ARRAY_END) &&
                   (expect == COMMA_OR_END || expect == VALUE_OR_END || expect == KEY_OR_END)) {
            if (is_object[depth - 1] != (token == SCAN_OBJECT_END))
                goto wrong;
            depth--;
            expect = COMMA_OR_END;
        } else if (expect == COMMA_OR_END) {
            if (token != SCAN_COMMA)
                goto wrong;
            expect = is_object[depth - 1] ? KEY : VALUE;
        } else if (expect == KEY || expect == KEY_OR_END) {
            if (token != SCAN_STRING)
                goto wrong;
            expect = COLON;
        } else if (token == SCAN_OBJECT || token == SCAN_ARRAY) {
            if (depth == SCAN_DEPTH)
                return bad(scan, "more than 1024 levels of nesting") != SCAN_BAD;
            is_object[depth++] = token == SCAN_OBJECT;
            expect = token == SCAN_OBJECT ? KEY_OR_END : VALUE_OR_END;
        } else if (is_scalar(token)) {
            expect = COMMA_OR_END;
        } else {
            goto wrong;
        }
        if (callback)
            callback(callback_data, token, scan->token);
    } while (depth);
    *value = (struct slice){begin, (size_t)(scan->at - begin)};
    return true;

wrong:
    scan->at = scan->token.bytes;
    scan->problem = "a token that does not belong there";
    return false;
}

void scan_unquote(struct slice token, struct text *text)
{
    const char *at = token.bytes + 1, *end = token.bytes + token.length - 1;

    text_reserve(text, token.length);
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        uint32_t code = 0;

        if (!escape)
            escape = end;
        text_add(text, at, (size_t)(escape - at));
        at = escape;
        if (at < end) {
            at += read_escape(at, end, &code);
            if (code)
                utf8_encode(text, code);
            else
                text_add(text, "\xC0\x80", 2);
        }
    }
}

void scan_quote(struct text *text, const char *bytes, size_t length)
{
    size_t plain = 0;

    text_reserve(text, length + 2);
    text_add_char(text, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool zero = c == 0xC0 && i + 1 < length && (unsigned char)bytes[i + 1] == 0x80;
        uint32_t code;
        size_t n = c >= 0x80 && !zero ? utf8_decode(bytes + i, length - i, &code) : 1;

        if (n > 1)
            i += n - 1;
        if (n && c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !zero)
            continue;
        text_add(text, bytes + plain, i - plain);
        if (zero) {
            text_add_string(text, "\\u0000");
            i++;
        } else if (!n) {
            text_add_string(text, "\\ufffd");
        } else if (c == '"' || c == '\\') {
            text_printf(text, "\\%c", c);
        } else if (c == '\n' || c == '\r' || c == '\t') {
            text_add_string(text, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        } else {
            text_printf(text, "\\u%04x", c);
        }
        plain = i + 1;
    }
    text_add(text, bytes + plain, length - plain);
    text_add_char(text, '"');
}

static void add_token(void *data, enum scan_token token, struct slice bytes)
{
    struct text *text = data;

    /* inf and nan are not JSON: an exponent that every reader takes for infinity, and null. */
    if (token == SCAN_NUMBER && bytes.bytes[bytes.length - 1] == 'f')
        text_add_string(text, bytes.bytes[0] == '-' ? "-1e999" : "1e999");
    else if (token == SCAN_NUMBER && bytes.bytes[bytes.length - 1] == 'n')
        text_add_string(text, "null");
    else
        text_add(text, bytes.bytes, bytes.length);
}

void scan_compact(struct text *text, const char *bytes, size_t length)
{
    struct scan scan;
    struct slice value;

    scan_start(&scan, bytes, length);
    text_reserve(text, length);
    (void)scan_value(&scan, &value, add_token, text);
}
