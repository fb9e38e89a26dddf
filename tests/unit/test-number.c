/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integers and sizes as people write them, and time spans. */
#include "base/clock.h"
#include "base/number.h"
#include "tap.h"

static void test_good(void)
{
    static const struct {
        const char *word;
        const char *decimal;
    } cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {"7", "7"},
        {"007", "7"},
        {"-1", "-1"},
        {"1000000000000000", "1000000000000000"},
        {"9007199254740993", "9007199254740993"},
        {"4294967296", "4294967296"},
        {"9223372036854775807", "9223372036854775807"},
        {"9223372036854775808", "9223372036854775808"},
        {"18446744073709551615", "18446744073709551615"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"0x10", "16"},
        {"0X1f", "31"},
        {"0xDEADbeef", "3735928559"},
        {"-0x8000000000000000", "-9223372036854775808"},
        {"0xffffffffffffffff", "18446744073709551615"},
        {"0x1E", "30"}, /* a digit, no unit */
        {"1K", "1024"},
        {"1k", "1024"},
        {"1KiB", "1024"},
        {"3M", "3145728"},
        {"3MiB", "3145728"},
        {"1G", "1073741824"},
        {"2GiB", "2147483648"},
        {"1T", "1099511627776"},
        {"1TiB", "1099511627776"},
        {"1P", "1125899906842624"},
        {"1PiB", "1125899906842624"},
        {"1E", "1152921504606846976"},
        {"1EiB", "1152921504606846976"},
        {"15EiB", "17293822569102704640"},
        {"16777215T", "18446742974197923840"},
        {"0K", "0"},
        {"-1K", "-1024"},
        {"-8E", "-9223372036854775808"},
        {"0x10M", "16777216"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct number number = {0};
        const char *problem = NULL;
        char decimal[22];

        if (!number_parse(cases[i].word, &number, &problem)) {
            ok(false, "'%s' is read: %s", cases[i].word, problem);
            continue;
        }
        number_format(number, decimal);
        is_string(decimal, cases[i].decimal, "'%s' is read and written", cases[i].word);
    }
}

static void test_bad(void)
{
    static const char *const words[] = {"", "-", "--1", "+1", " 1", "1 ", "1 K", "x", "0x", "-0x",
        "0xg", "1.5", "1e3", "K", "1B", "1iB", "1Ki", "1KiBs", "1KK", "1Z", "1Y", "12abc", "1,000",
        "1KIB", "0x-1", "\xC2\xB2", "1\n", "18446744073709551616", "99999999999999999999999999",
        "-9223372036854775809", "-18446744073709551615", "0x10000000000000000",
        "-0x8000000000000001", "16E", "16EiB", "-9E", "18014398509481984K",
        "18446744073709551615K"};
    static const char *const ambiguous[] = {
        "1KB", "1kB", "10MB", "2GB", "1TB", "1PB", "1EB", "1kb"};
    struct number number;
    const char *problem;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        problem = NULL;
        ok(!number_parse(words[i], &number, &problem) && problem, "case %zu is refused", i);
        if (!problem)
            tap_show("word", words[i]);
    }
    for (size_t i = 0; i < sizeof(ambiguous) / sizeof(ambiguous[0]); i++) {
        problem = NULL;
        ok(!number_parse(ambiguous[i], &number, &problem), "'%s' is refused", ambiguous[i]);
        has_words(problem, "ambiguous", "'%s' is called ambiguous", ambiguous[i]);
    }
    number_parse("18446744073709551616", &number, &problem);
    has_words(problem, "range", "2^64 is out of range");
    number_parse("abc", &number, &problem);
    has_words(problem, "number", "a word is no number");
}

static void test_seconds(void)
{
    static const struct {
        const char *word;
        int64_t span;
    } cases[] = {{"30", 30000000}, {"0.5", 500000}, {"1e-1", 100000}, {"1e3", 1000000000},
        {".25", 250000}, {"0.000001", 1}, {"1e-9", 1}, {"999999999", INT64_C(999999999000000)}};
    static const char *const bad[] = {"", "0", "0.0", "-1", "-0.5", "1e9", "1e10", "1e400", "inf",
        "nan", "0x10", "1s", " 1", "1 ", "1.2.3", "e", ".", "--1", "1000000000"};
    int64_t before = clock_now(), span;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        span = -1;
        ok(clock_parse_seconds(cases[i].word, &span), "'%s' is a time span", cases[i].word);
        is_int(span, cases[i].span, "'%s' in microseconds", cases[i].word);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(!clock_parse_seconds(bad[i], &span), "'%s' is none", bad[i]);
    ok(clock_now() >= before, "time does not go back");
    ok(clock_after(CLOCK_NEVER) == CLOCK_NEVER, "never stays never");
    span = clock_after(5 * CLOCK_SECOND);
    ok(span >= before + 5 * CLOCK_SECOND && span <= clock_now() + 5 * CLOCK_SECOND,
        "five seconds ahead");
    is_int(clock_earlier(1, 2), 1, "the earlier of two");
    is_int(clock_earlier(CLOCK_NEVER, 2), 2, "never is later than anything");
}

int main(void)
{
    test_good();
    test_bad();
    test_seconds();
    return done_testing();
}
