/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing buffers, lists, the nearest name, UTF-8, the escaper and widths. */
#include "tap.h"

#include <locale.h>

#define BYTES(literal) (literal), sizeof(literal) - 1

static char *escaped(const char *bytes, size_t length, bool keep_lines)
{
    struct text text = TEXT_EMPTY;

    text_add_escaped(&text, bytes, length, keep_lines);
    return text_take(&text);
}

static void test_text(void)
{
    struct text text = TEXT_EMPTY;
    AUTO_FREE char *taken = NULL;

    is_string(text_string(&text), "", "an empty text is an empty string");
    text_add(&text, "", 0);
    is_int((intmax_t)text.length, 0, "adding nothing to nothing");
    text_clear(&text);
    text_add_string(&text, "abc");
    text_add_char(&text, '-');
    text_printf(&text, "%d%s", 42, "!");
    is_string(text_string(&text), "abc-42!", "strings, characters and formats are added");
    text_add(&text, "\0x", 2);
    is_int((intmax_t)text.length, 9, "a NUL counts as a byte");
    is_int(text.bytes[9], 0, "the bytes are followed by a NUL");
    text_clear(&text);
    is_string(text_string(&text), "", "a cleared text is empty");
    for (int i = 0; i < 100000; i++)
        text_add_char(&text, (char)('a' + i % 26));
    is_int((intmax_t)text.length, 100000, "it grows");
    taken = text_take(&text);
    ok(strlen(taken) == 100000 && taken[99999] == 'a' + 99999 % 26, "the bytes are given away");
    ok(!text.bytes && !text.length && !text.room, "and the text is empty afterwards");
    is_owned(text_take(&text), "", "taking from an empty text is never NULL");
    text_free(&text);
    text_reserve(&text, 1000);
    is_string(text_string(&text), "", "reserved room is no content");
    text_free(&text);
    ok(!text.bytes && !text.length && !text.room, "a freed text is empty again");

    ok(slice_is((struct slice){"return", 6}, "return"), "a slice is the string");
    ok(!slice_is((struct slice){"return", 5}, "return"), "a shorter slice is not");
    ok(!slice_is((struct slice){"returns", 7}, "return"), "a longer slice is not");
    ok(slice_is((struct slice){"", 0}, ""), "the empty slice is the empty string");
}

static void test_strings(void)
{
    AUTO_STRINGS struct strings list = {0};

    ok(!strings_have(&list, "a"), "an empty list has nothing");
    for (int i = 999; i >= 0; i--)
        strings_printf(&list, "%03d", i);
    strings_add(&list, "b");
    strings_take(&list, xstrdup("a"));
    is_int((intmax_t)list.count, 1002, "a list grows");
    ok(strings_have(&list, "000") && strings_have(&list, "a") && !strings_have(&list, "1000"),
        "it knows what it has");
    strings_remove(&list, "999");
    strings_remove(&list, "a");
    strings_remove(&list, "500");
    strings_remove(&list, "none");
    is_int((intmax_t)list.count, 999, "three are taken out");
    ok(!strings_have(&list, "999") && !strings_have(&list, "a") && !strings_have(&list, "500") &&
            strings_have(&list, "998") && strings_have(&list, "b"),
        "the first, the last and one between");
    strings_add(&list, "b");
    strings_remove(&list, "b");
    ok(list.count == 999 && strings_have(&list, "b"), "only the first that is equal goes");
    strings_free(&list);
    ok(!list.item && !list.count, "a freed list is empty again");
}

static void test_nearest(void)
{
    static const char *const names[] = {"query-block", "query-blockstats", "query-pci", "top",
        "base", "device", "blockdev-snapshot", "job-id", "x-speed"};
    static const struct {
        const char *typed;
        const char *meant;
    } cases[] = {
        {"tpo", "top"}, /* neighbours swapped */
        {"quary-block", "query-block"},
        {"query_block", "query-block"},
        {"query-bloc", "query-block"},
        {"query-blockk", "query-block"},
        {"devcie", "device"},
        {"job_id", "job-id"},
        {"blockdev-snap", "blockdev-snapshot"}, /* begins so */
        {"block", "blockdev-snapshot"},
        {"zzzzzzzz", NULL},
        {"abcdefghijk", NULL},
        {"qom", NULL}, /* two edits from "top", in three characters */
        {"", NULL},
    };
    AUTO_STRINGS struct strings list = {0}, none = {0}, reverse = {0};
    char longest[300];

    memset(longest, 'q', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        strings_add(&list, names[i]);
    for (size_t i = list.count; i-- > 0;)
        strings_add(&reverse, names[i]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is_string(
            text_nearest(cases[i].typed, &list), cases[i].meant, "nearest to '%s'", cases[i].typed);
    is_string(text_nearest("query-blok", &reverse), "query-block", "the order does not matter");
    is_string(text_nearest("top", &none), NULL, "nothing is near among nothing");
    is_string(text_nearest(longest, &list), NULL, "a very long name");
    strings_add(&none, longest);
    is_string(text_nearest(longest, &none), longest, "a very long name is near to itself");

    ok(text_same_name("block_resize", "block-resize"), "'-' and '_' are the same");
    ok(text_same_name("", ""), "empty names are the same");
    ok(!text_same_name("block", "block-"), "a longer name is another");
    ok(!text_same_name("block-", "block"), "a shorter name is another");
    ok(!text_same_name("Block", "block"), "case matters");
}

static void test_utf8(void)
{
    static const struct {
        const char *bytes;
        size_t length;
        size_t expected;
        const char *what;
    } bad[] = {
        {BYTES("\x80"), 0, "a lone continuation"},
        {BYTES("\xC0\x80"), 0, "U+0000 in two bytes"},
        {BYTES("\xC1\xBF"), 0, "overlong U+007F"},
        {BYTES("\xE0\x9F\xBF"), 0, "overlong U+07FF"},
        {BYTES("\xF0\x8F\xBF\xBF"), 0, "overlong U+FFFF"},
        {BYTES("\xED\xA0\x80"), 0, "the first surrogate"},
        {BYTES("\xED\xBF\xBF"), 0, "the last surrogate"},
        {BYTES("\xF4\x90\x80\x80"), 0, "past U+10FFFF"},
        {BYTES("\xF5\x80\x80\x80"), 0, "a byte that never begins"},
        {BYTES("\xFF"), 0, "0xFF"},
        {BYTES("\xC3"), 0, "cut short, two"},
        {BYTES("\xE2\x82"), 0, "cut short, three"},
        {BYTES("\xF0\x9F\x98"), 0, "cut short, four"},
        {BYTES("\xC3("), 0, "no continuation"},
        {BYTES("\xE2\x82("), 0, "no second continuation"},
        {BYTES("\0"), 1, "U+0000"},
        {BYTES("\x7F"), 1, "U+007F"},
        {BYTES("\xC2\x80"), 2, "U+0080"},
        {BYTES("\xDF\xBF"), 2, "U+07FF"},
        {BYTES("\xE0\xA0\x80"), 3, "U+0800"},
        {BYTES("\xED\x9F\xBF"), 3, "U+D7FF"},
        {BYTES("\xEE\x80\x80"), 3, "U+E000"},
        {BYTES("\xF0\x90\x80\x80"), 4, "U+10000"},
        {BYTES("\xF4\x8F\xBF\xBF"), 4, "U+10FFFF"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        /* In memory of its own, so that reading past its end is seen. */
        AUTO_FREE char *bytes = xcalloc(1, bad[i].length);
        uint32_t code = 0;

        memcpy(bytes, bad[i].bytes, bad[i].length);
        is_int((intmax_t)utf8_decode(bytes, bad[i].length, &code), (intmax_t)bad[i].expected,
            "decoding %s", bad[i].what);
    }
    for (uint32_t code = 0; code <= 0x10FFFF; code += code < 0x3000 || code > 0x10FF00 ? 1 : 19) {
        AUTO_TEXT struct text text = TEXT_EMPTY;
        uint32_t back = 0;
        size_t n;

        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        utf8_encode(&text, code);
        n = utf8_decode(text.bytes, text.length, &back);
        fold(n == text.length && back == code, "U+%04X", code);
        for (size_t cut = 1; cut < text.length; cut++)
            fold(utf8_whole(text.bytes, cut) == 0 && !utf8_valid(text.bytes, cut),
                "U+%04X cut at %zu", code, cut);
        fold(utf8_whole(text.bytes, text.length) == text.length, "U+%04X is whole", code);
    }
    folded("code points encode and decode");
    ok(utf8_valid("", 0), "nothing is valid");
    ok(utf8_valid(BYTES("a\0b\xC3\xA9\xF0\x9F\x98\x80")), "mixed text is valid");
    ok(!utf8_valid(BYTES("ok\xFF")), "one bad byte is not");

    is_int((intmax_t)utf8_whole("", 0), 0, "whole: nothing");
    is_int((intmax_t)utf8_whole(BYTES("abc\xE2\x82")), 3, "whole: a sequence has begun");
    is_int((intmax_t)utf8_whole(BYTES("abc\xE2\x82\xAC")), 6, "whole: it has ended");
    is_int((intmax_t)utf8_whole(BYTES("abc\xF0")), 3, "whole: only its first byte");
    is_int((intmax_t)utf8_whole(BYTES("a\x80\x80\x80\x80")), 5, "whole: stray continuations");
    is_int((intmax_t)utf8_whole(BYTES("ab\xFF")), 3, "whole: a byte that never begins");
    is_int((intmax_t)utf8_whole(BYTES("ab\xC0")), 3, "whole: 0xC0 never becomes well-formed");
    is_int((intmax_t)utf8_whole(BYTES("ab\xF5\x80")), 4, "whole: nor does 0xF5");
    is_int((intmax_t)utf8_whole(BYTES("ab\xE0\x80")), 4, "whole: nor does an overlong E0 80");
    is_int((intmax_t)utf8_whole(BYTES("ab\xED\xA0")), 4, "whole: nor does a surrogate ED A0");
    is_int((intmax_t)utf8_whole(BYTES("ab\xF0\x80")), 4, "whole: nor does F0 80");
    is_int((intmax_t)utf8_whole(BYTES("ab\xF4\x90\x80")), 5, "whole: nor does F4 90 80");
    is_int((intmax_t)utf8_whole(BYTES("ab\xF4\x8F\xBF")), 2, "whole: F4 8F BF may");
    is_int((intmax_t)utf8_whole(BYTES("ab\xE0\xA0")), 2, "whole: E0 A0 may");
}

static bool is_invisible(uint32_t code)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {{0, 0x1F}, {0x7F, 0x9F}, {0xAD, 0xAD}, {0x61C, 0x61C}, {0x180E, 0x180E},
        {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x2064}, {0x2066, 0x206F}, {0xFEFF, 0xFEFF},
        {0xFFF9, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0001, 0xE0001},
        {0xE0020, 0xE007F}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i].from && code <= ranges[i].to)
            return true;
    return false;
}

static void test_escaper(void)
{
    is_owned(escaped(BYTES("plain text"), false), "plain text", "plain text passes");
    is_owned(escaped("", 0, false), "", "nothing gives nothing");
    is_owned(escaped(BYTES("a\nb\tc\rd"), false), "a\\nb\\tc\\rd", "newline, tab, return");
    is_owned(escaped(BYTES("\x1B[2J"), false), "\\x1B[2J", "an escape sequence is defused");
    is_owned(escaped(BYTES("\x1B[2J\n"), true), "\\x1B[2J\n", "also when lines are kept");
    is_owned(escaped(BYTES("\0\x01\x7F"), false), "\\x00\\x01\\x7F", "NUL, SOH, DEL");
    is_owned(escaped(BYTES("\xC2\x9B"
                           "31m"),
                 false),
        "\\x9B31m", "C1 CSI");
    is_owned(escaped(BYTES("\x9B"
                           "31m"),
                 false),
        "\\x9B31m", "a bare byte 0x9B");
    is_owned(escaped(BYTES("\xFF\xFE"), false), "\\xFF\\xFE", "ill-formed bytes");
    is_owned(escaped(BYTES("a\\n"), false), "a\\\\n", "a backslash is doubled");
    is_owned(escaped(BYTES("a\\n"), true), "a\\\\n", "also when lines are kept");
    is_owned(escaped(BYTES("\xE2\x80\xAE"
                           "x"),
                 false),
        "\\u{202E}x", "a bidirectional override");
    is_owned(escaped(BYTES("\xF3\xA0\x81\x81"), false), "\\u{E0041}", "a tag character");
    is_owned(escaped(BYTES("a\xC0\x80z"), false), "a\\0z", "the modified form of U+0000");
    is_owned(escaped(BYTES("\xC0"), false), "\\xC0", "half of it");
    is_owned(escaped(BYTES("\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80"), false),
        "\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80", "letters of other scripts pass");
    is_owned(escaped(BYTES("a\r\nb\n\tc"), true), "a\nb\n\tc", "lines are kept, CR LF becomes LF");
    is_owned(escaped(BYTES("50%\rx\r"), true), "50%\\rx\\r", "a lone return is not");
    is_owned(escaped(BYTES("a\r\nb"), false), "a\\r\\nb", "CR LF when lines are not kept");
    is_owned(escaped(BYTES("\r\r\n"), true), "\\r\n", "two returns before a newline");
    is_owned(escaped(BYTES("\xE2\x82"), false), "\\xE2\\x82", "a sequence that is cut short");

    for (uint32_t code = 0; code <= 0x10FFFF;
         code += code < 0x3000 || (code >= 0xE0000 && code < 0xE0100) ||
                         (code >= 0x1BC90 && code < 0x1BCB0) || (code >= 0x1D160 && code < 0x1D190)
                     ? 1
                     : 13) {
        AUTO_TEXT struct text text = TEXT_EMPTY;
        AUTO_FREE char *made = NULL;

        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        utf8_encode(&text, code);
        made = escaped(text.bytes, text.length, false);
        if (is_invisible(code))
            fold(made[0] == '\\' && utf8_valid(made, strlen(made)) && strlen(made) >= 2 &&
                     strspn(made, "\\nrtxu{}0123456789ABCDEF") == strlen(made),
                "U+%04X is escaped", code);
        else if (code >= 0x20 && code < 0x7F && code != '\\')
            fold(made[0] == (char)code && !made[1], "U+%04X passes", code);
    }
    folded("control characters and invisible formatting are escaped");
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++) {
            char pair[2] = {(char)first, (char)second};
            AUTO_FREE char *made = escaped(pair, 2, false);
            bool clean = utf8_valid(made, strlen(made));

            for (const char *c = made; *c; c++)
                clean = clean && (unsigned char)*c >= 0x20 && *c != 0x7F;
            fold(clean, "%02X %02X", (unsigned)first, (unsigned)second);
        }
    folded("no two bytes make anything but well-formed text without control characters");
}

static void test_width(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8")) {
        skip("widths", "there is no locale C.UTF-8");
        return;
    }
    is_int((intmax_t)text_width(""), 0, "width of nothing");
    is_int((intmax_t)text_width("abc"), 3, "width of letters");
    is_int((intmax_t)text_width("\xC3\xA9t\xC3\xA9"), 3, "width of accented letters");
    is_int((intmax_t)text_width("e\xCC\x81"), 1, "a combining accent takes no column");
    is_int((intmax_t)text_width("\xE6\x97\xA5\xE6\x9C\xAC"), 4, "wide letters take two");
    is_int((intmax_t)text_width("\xF0\x9F\x98\x80"), 2, "so does an emoji");
    is_int((intmax_t)text_width("a\xFF"
                                "b"),
        3, "a bad byte takes one and does not stop it");
    is_int((intmax_t)text_width("a\xE2\x82"), 3, "bytes that are cut short take one each");
    setlocale(LC_CTYPE, "C");
    is_int((intmax_t)text_width("abc"), 3, "letters in the C locale");
}

int main(void)
{
    test_text();
    test_strings();
    test_nearest();
    test_utf8();
    test_escaper();
    test_width();
    return done_testing();
}
