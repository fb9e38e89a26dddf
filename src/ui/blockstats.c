/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/blockstats.h"

#include "ui/table.h"
#include "ui/units.h"

#include <inttypes.h>

enum what { BYTES, OPERATIONS, LATENCY, FAILED, IN_FLIGHT };

static const struct column {
    const char *title;
    const char *kind; /* NULL: of all kinds */
    enum what what;
    bool rare; /* shown only where it is not 0 somewhere */
} columns[] = {
    {"read", "read", BYTES, false},
    {"reads", "read", OPERATIONS, false},
    {"read-latency", "read", LATENCY, false},
    {"written", "write", BYTES, false},
    {"writes", "write", OPERATIONS, false},
    {"write-latency", "write", LATENCY, false},
    {"flushes", "flush", OPERATIONS, false},
    {"flush-latency", "flush", LATENCY, false},
    {"discarded", "unmap", BYTES, true},
    {"discards", "unmap", OPERATIONS, true},
    {"in-flight", NULL, IN_FLIGHT, true},
    {"failed", NULL, FAILED, true},
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static uint64_t count(const json *object, const char *name)
{
    struct number number;

    return json_get_number(object, name, &number) ? number.magnitude : 0;
}

static uint64_t elapsed(const json *row)
{
    return count(row, "elapsed");
}

/* Of all kinds together. */
static uint64_t total(const json *row, const char *name)
{
    static const char *const kinds[] = {"read", "write", "flush", "unmap"};
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        sum += count(json_get(row, kinds[i]), name);
    return sum;
}

/* How many a second, or how many at a time: rates are no exact matter. */
static void add_ratio(struct text *text, double ratio, const char *unit)
{
    if (ratio > 0 && ratio < 0.005)
        text_printf(text, "<0.01%s", unit);
    else if (ratio > 0 && ratio < 9.95)
        text_printf(text, "%.*f%s", ratio < 0.95 ? 2 : 1, ratio, unit);
    else
        text_printf(text, "%.0f%s", ratio, unit);
}

static void add_bytes(struct text *text, uint64_t bytes, uint64_t microseconds)
{
    double rate = (double)bytes * 1e6 / (double)microseconds;

    if (!microseconds)
        units_add_size(text, bytes);
    else if (rate < 1e18)
        units_add_size(text, (uint64_t)(rate + 0.5));
    else
        text_printf(text, "%.0f EiB", rate / 1152921504606846976.0);
    text_add_string(text, microseconds ? "/s" : "");
}

static void add_operations(struct text *text, uint64_t operations, uint64_t microseconds)
{
    if (microseconds)
        add_ratio(text, (double)operations * 1e6 / (double)microseconds, "/s");
    else
        text_printf(text, "%" PRIu64, operations);
}

static void add_latency(struct text *text, const json *kind)
{
    uint64_t operations = count(kind, "timed");

    if (operations)
        units_add_duration(text, count(kind, "time") / operations, 1000000000);
    else
        text_add_char(text, '-');
}

static char *cell(const json *row, const struct column *column)
{
    struct text text = TEXT_EMPTY;
    const json *kind = column->kind ? json_get(row, column->kind) : NULL;

    if (json_get_bool(row, "new", false)) {
        text_add_char(&text, '-');
        return text_take(&text);
    }
    switch (column->what) {
    case BYTES:
        add_bytes(&text, count(kind, "bytes"), elapsed(row));
        break;
    case OPERATIONS:
        add_operations(&text, count(kind, "operations"), elapsed(row));
        break;
    case LATENCY:
        add_latency(&text, kind);
        break;
    case FAILED:
        text_printf(&text, "%" PRIu64, total(row, "failed"));
        break;
    case IN_FLIGHT: /* the time that operations took in the time that went by */
        add_ratio(&text, (double)total(row, "time") / 1e3 / (double)elapsed(row), "");
        break;
    }
    return text_take(&text);
}

static bool is_shown(const json *rows, const struct column *column)
{
    if (!column->rare)
        return true;
    json_each (row, rows)
        if (column->what == IN_FLIGHT ? elapsed(row) != 0
            : column->kind            ? count(json_get(row, column->kind), "operations") != 0
                                      : total(row, "failed") != 0)
            return true;
    return false;
}

void view_blockstats(const json *value, const struct output *output, struct text *text)
{
    AUTO(table_free) struct table table = {.columns = 1};
    bool shown[COLUMNS];

    if (!json_count(value)) {
        text_add_string(text, "no block devices\n");
        return;
    }
    strings_add(&table.cells, "device");
    for (size_t i = 0; i < COLUMNS; i++) {
        shown[i] = is_shown(value, &columns[i]);
        if (!shown[i])
            continue;
        strings_add(&table.cells, columns[i].title);
        table.columns++;
    }
    json_each (row, value) {
        struct text name = TEXT_EMPTY;

        text_add_shown(&name, json_get_string(row, "device"));
        strings_take(&table.cells, text_take(&name));
        for (size_t i = 0; i < COLUMNS; i++)
            if (shown[i])
                strings_take(&table.cells, cell(row, &columns[i]));
    }
    table_print(&table, output->width, text);
}
