/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap: checks that speak the Test Anything Protocol, for the unit tests.
 *
 * Every check prints one line and says whether it held, so that a test can go on or give up. A
 * check of many cases is one line: fold() counts the cases and folded() reports them. main() ends
 * with `return done_testing();`. scratch() is a directory that is removed when the program ends.
 */
#ifndef QMPBOX_TESTS_TAP_H
#define QMPBOX_TESTS_TAP_H

#include "base/text.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned tap_checks, tap_failures;
static unsigned tap_folded, tap_fold_failures;

/* Prints a string as a comment, with what would break the line escaped. */
static inline void tap_show(const char *label, const char *string)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (string)
        text_add_escaped(&text, string, strlen(string), false);
    printf("#   %s: %s%s%s\n", label, string ? "\"" : "", string ? text_string(&text) : "NULL",
        string ? "\"" : "");
}

static inline bool PRINTF(2, 0) tap_line(bool good, const char *format, va_list arguments)
{
    printf("%sok %u - ", good ? "" : "not ", ++tap_checks);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    tap_failures += good ? 0 : 1;
    return good;
}

static inline PRINTF(2, 3) bool ok(bool good, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    tap_line(good, format, arguments);
    va_end(arguments);
    return good;
}

static inline PRINTF(3, 4) bool is_string(
    const char *got, const char *expected, const char *format, ...)
{
    bool good = got && expected ? strcmp(got, expected) == 0 : got == expected;
    va_list arguments;

    va_start(arguments, format);
    tap_line(good, format, arguments);
    va_end(arguments);
    if (!good) {
        tap_show("got", got);
        tap_show("expected", expected);
    }
    return good;
}

/* The same for a string that the caller gives away. */
static inline PRINTF(3, 4) bool is_owned(char *got, const char *expected, const char *format, ...)
{
    bool good = got && expected ? strcmp(got, expected) == 0 : got == expected;
    va_list arguments;

    va_start(arguments, format);
    tap_line(good, format, arguments);
    va_end(arguments);
    if (!good) {
        tap_show("got", got);
        tap_show("expected", expected);
    }
    free(got);
    return good;
}

static inline PRINTF(3, 4) bool is_int(intmax_t got, intmax_t expected, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    tap_line(got == expected, format, arguments);
    va_end(arguments);
    if (got != expected)
        printf("#   got: %jd\n#   expected: %jd\n", got, expected);
    return got == expected;
}

/* Does the message hold these words? */
static inline PRINTF(3, 4) bool has_words(
    const char *message, const char *words, const char *format, ...)
{
    bool good = message && strstr(message, words);
    va_list arguments;

    va_start(arguments, format);
    tap_line(good, format, arguments);
    va_end(arguments);
    if (!good) {
        tap_show("got", message);
        tap_show("expected it to hold", words);
    }
    return good;
}

/* One case of many; the first few that fail are shown. */
static inline PRINTF(2, 3) bool fold(bool good, const char *format, ...)
{
    va_list arguments;

    tap_folded++;
    if (good || ++tap_fold_failures > 5)
        return good;
    va_start(arguments, format);
    printf("#   case %u: ", tap_folded);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    return false;
}

/* Reports the cases since the last time; none at all is a failure. */
static inline PRINTF(1, 2) bool folded(const char *format, ...)
{
    bool good = tap_folded && !tap_fold_failures;
    va_list arguments;

    va_start(arguments, format);
    tap_line(good, format, arguments);
    va_end(arguments);
    printf("#   %u cases, %u failed\n", tap_folded, tap_fold_failures);
    tap_folded = tap_fold_failures = 0;
    return good;
}

static inline void skip(const char *what, const char *why)
{
    printf("ok %u - %s # SKIP %s\n", ++tap_checks, what, why);
}

static inline int done_testing(void)
{
    printf("1..%u\n", tap_checks);
    return tap_checks && !tap_failures ? EXIT_SUCCESS : EXIT_FAILURE;
}

static char *tap_scratch;

static inline int tap_remove(
    const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

static inline void tap_remove_scratch(void)
{
    nftw(tap_scratch, tap_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(tap_scratch);
    tap_scratch = NULL;
}

/* The path of a directory of this program's own; borrowed. */
static inline const char *scratch(void)
{
    const char *base = getenv("TMPDIR");

    if (tap_scratch)
        return tap_scratch;
    tap_scratch = xasprintf("%s/qmpbox-unit-XXXXXX", base && *base == '/' ? base : "/tmp");
    if (!mkdtemp(tap_scratch)) {
        printf("Bail out! cannot make %s\n", tap_scratch);
        exit(99);
    }
    atexit(tap_remove_scratch);
    return tap_scratch;
}

/* Writes a file in the scratch directory; its path, which the caller frees. */
static inline char *scratch_file(const char *name, const void *bytes, size_t length)
{
    char *path = xasprintf("%s/%s", scratch(), name);
    FILE *file = fopen(path, "w");

    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        printf("Bail out! cannot write %s\n", path);
        exit(99);
    }
    return path;
}

#endif
