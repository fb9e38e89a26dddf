/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is accepted prints, and parses again to the same print; compacting agrees with printing. */
#include "fuzz.h"
#include "json/json.h"
#include "json/scan.h"

static void check_numbers(const json *item)
{
    struct number number;

    if (json_is_number(item)) {
        const char *digits = json_digits(item);
        size_t length = strlen(digits);
        char again[24];

        MUST(length);
        if (json_number(item, &number)) {
            MUST(scan_is_integer((struct slice){digits, length}));
            number_format(number, again);
            MUST(strcmp(again, digits) == 0 || strcmp(digits, "-0") == 0);
        }
    }
    json_each (child, item)
        check_numbers(child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ERROR struct error error = {0}, none = {0};
    AUTO_JSON json *tree = json_parse((const char *)data, size, &error);
    AUTO_JSON json *again = NULL, *copy = NULL;
    AUTO_TEXT struct text compact = TEXT_EMPTY;
    AUTO_FREE char *first = NULL, *second = NULL, *third = NULL;

    if (!tree) {
        MUST(error.kind == ERROR_PROTOCOL && error.message);
        return 0;
    }
    MUST(!error.kind);
    check_numbers(tree);
    first = json_to_string(tree);
    MUST(utf8_valid(first, strlen(first)));
    for (const char *c = first; *c; c++)
        MUST((unsigned char)*c >= 0x20 && *c != 0x7F);
    again = json_parse(first, strlen(first), &none);
    MUST(again);
    second = json_to_string(again);
    MUST(strcmp(first, second) == 0);
    copy = json_copy(tree);
    third = json_to_string(copy);
    MUST(strcmp(first, third) == 0);
    /* The compacted source differs in how strings are escaped, and in nothing else. */
    scan_compact(&compact, (const char *)data, size);
    json_free(again);
    again = json_parse(compact.bytes, compact.length, &none);
    MUST(again);
    free(second);
    second = json_to_string(again);
    MUST(strcmp(first, second) == 0);
    return 0;
}
