/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaped text holds nothing that moves a cursor; UTF-8, base64, numbers and names hold together.
 */
#include "base/base64.h"
#include "base/clock.h"
#include "base/number.h"
#include "fuzz.h"
#include "json/scan.h"

static void check_escaper(const char *bytes, size_t size, bool keep_lines)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    uint32_t code;

    text_add_escaped(&text, bytes, size, keep_lines);
    MUST(utf8_valid(text_string(&text), text.length));
    MUST(strlen(text_string(&text)) == text.length);
    for (size_t i = 0; i < text.length; i += utf8_decode(text.bytes + i, text.length - i, &code)) {
        utf8_decode(text.bytes + i, text.length - i, &code);
        MUST(code >= 0x20 || (keep_lines && (code == '\n' || code == '\t')));
        MUST(code < 0x7F || code > 0x9F);
        MUST(!(code >= 0x200B && code <= 0x200F) && !(code >= 0x2028 && code <= 0x202E));
        MUST(!(code >= 0x2060 && code <= 0x2064) && !(code >= 0x2066 && code <= 0x206F));
        MUST(code != 0xAD && code != 0x61C && code != 0x180E && code != 0xFEFF);
    }
    (void)text_width(text_string(&text));
}

static void check_utf8(const char *bytes, size_t size)
{
    size_t whole = utf8_whole(bytes, size), at = 0;
    uint32_t code;

    MUST(whole <= size && size - whole <= 3);
    if (utf8_valid(bytes, size))
        MUST(whole == size);
    if (whole < size) {
        /* What was kept back can become well-formed: some end makes it so. */
        static const char *const ends[] = {
            "\x80", "\x80\x80", "\x80\x80\x80", "\xA0\x80", "\x90\x80\x80", "\xBF"};
        bool can = false;

        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
            AUTO_TEXT struct text text = TEXT_EMPTY;

            text_add(&text, bytes + whole, size - whole);
            text_add_string(&text, ends[i]);
            can = can || utf8_decode(text.bytes, text.length, &code) == text.length;
        }
        MUST(can);
    }
    while (at < size) {
        size_t n = utf8_decode(bytes + at, size - at, &code);
        AUTO_TEXT struct text text = TEXT_EMPTY;

        if (n) {
            utf8_encode(&text, code);
            MUST(text.length == n && memcmp(text.bytes, bytes + at, n) == 0);
        }
        at += n ? n : 1;
    }
}

static void check_base64(const char *bytes, size_t size)
{
    AUTO_TEXT struct text encoded = TEXT_EMPTY, decoded = TEXT_EMPTY, other = TEXT_EMPTY;

    base64_encode(&encoded, bytes, size);
    MUST(base64_decode(&decoded, text_string(&encoded), encoded.length));
    MUST(decoded.length == size && memcmp(text_string(&decoded), bytes, size) == 0);
    if (base64_decode(&other, bytes, size))
        MUST(other.length <= size / 4 * 3);
}

static void check_words(const char *bytes, size_t size)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_TEXT struct text quoted = TEXT_EMPTY, back = TEXT_EMPTY;
    struct number number, again;
    const char *problem = NULL, *nearest;
    int64_t span;

    fuzz_words((const uint8_t *)bytes, size, &words);
    nearest = text_nearest(words.item[0], &words);
    MUST(!nearest || strings_have(&words, nearest));
    if (number_parse(words.item[0], &number, &problem)) {
        char decimal[24];

        number_format(number, decimal);
        MUST(strlen(decimal) <= 21);
        MUST(number_parse(decimal, &again, &problem));
        MUST(again.negative == number.negative && again.magnitude == number.magnitude);
    } else {
        MUST(problem);
    }
    if (clock_parse_seconds(words.item[0], &span))
        MUST(span >= 1 && span < INT64_C(1000000000) * CLOCK_SECOND);
    MUST(text_same_name(words.item[0], words.item[0]));
    if (utf8_valid(words.item[0], strlen(words.item[0]))) {
        scan_quote(&quoted, words.item[0], strlen(words.item[0]));
        scan_unquote((struct slice){quoted.bytes, quoted.length}, &back);
        MUST(strcmp(text_string(&back), words.item[0]) == 0);
    }
    strings_remove(&words, words.item[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* In memory of its own and never NULL. */
    AUTO_FREE char *bytes = xcalloc(1, size);

    if (size)
        memcpy(bytes, data, size);
    check_escaper(bytes, size, false);
    check_escaper(bytes, size, true);
    check_utf8(bytes, size);
    check_base64(bytes, size);
    check_words(bytes, size);
    return 0;
}
