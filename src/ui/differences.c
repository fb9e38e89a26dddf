/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/differences.h"

#include "ui/units.h"

#include <string.h>

static bool ends_with(const char *word, const char *tail)
{
    size_t length = strlen(word), end = strlen(tail);

    return length >= end && strcmp(word + length - end, tail) == 0;
}

/* Sizes in their largest whole unit: two that differ must not read the same. */
static void add_size(struct text *text, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;

    for (; bytes && bytes % 1024 == 0 && unit < 6; unit++)
        bytes /= 1024;
    text_printf(text, "%llu %s", (unsigned long long)bytes, units[unit]);
}

static bool is_size(const char *what)
{
    return ends_with(what, " size") || ends_with(what, " max-ram-below-4g") ||
           strncmp(what, "RAM block ", 10) == 0;
}

static char *cell(const char *what, const json *value)
{
    struct text text = TEXT_EMPTY;
    const char *between = "";
    struct number number;

    if (json_is_bool(value)) {
        text_add_string(&text, json_is_true(value) ? "yes" : "no");
    } else if (json_is_string(value)) {
        text_add_string(&text, json_string(value));
    } else if (is_size(what) && json_number(value, &number) && !number.negative) {
        add_size(&text, number.magnitude);
    } else if (json_is_object(value)) {
        json_each (member, value) {
            AUTO_FREE char *word = cell("", member);

            text_printf(&text, "%s%s %s", between, json_key(member), word);
            between = ", ";
        }
    } else if (value && !json_is_null(value)) {
        json_print(value, &text);
    }
    if (!text.length)
        text_add_char(&text, '-');
    return text_take(&text);
}

static void add_row(json *rows, const char *what, const json *a, const json *b, const char *verdict)
{
    AUTO_FREE char *one = cell(what, a);
    AUTO_FREE char *other = cell(what, b);
    json *row = json_new_object();

    json_add_string(row, "what", what);
    json_add_string(row, "A", one);
    json_add_string(row, "B", other);
    json_add_string(row, "verdict", verdict);
    json_append(rows, row);
}

static void add_differences(json *rows, const json *list, bool hinder)
{
    json_each (entry, list) {
        AUTO_FREE char *verdict =
            xasprintf("%s: %s", hinder ? "hinders" : "note", json_get_string(entry, "why"));

        if (json_get_bool(entry, "hinders", false) == hinder)
            add_row(rows, json_get_string(entry, "what"), json_get(entry, "a"),
                json_get(entry, "b"), verdict);
    }
}

void view_differences(const json *value, const struct output *output, struct text *text)
{
    const json *list = json_get(value, "differences");
    AUTO_JSON json *rows = json_new_array();

    add_differences(rows, list, true);
    add_differences(rows, list, false);
    json_each (entry, json_get(value, "equal"))
        add_row(rows, json_get_string(entry, "what"), json_get(entry, "value"),
            json_get(entry, "value"), "same");
    if (json_count(rows))
        output_shape(rows, output, text);
    else
        text_add_string(text, "nothing differs that matters\n");
}
