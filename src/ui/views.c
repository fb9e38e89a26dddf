/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/views.h"

#include "ui/units.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

void view_status(const json *value, const struct output *output, struct text *text)
{
    const char *status = json_get_string(value, "status");

    if (!status) {
        output_shape(value, output, text);
        return;
    }
    text_add_shown(text, status);
    text_add_char(text, '\n');
}

/* "2026-11-24T17:11:18.123456Z" */
static void add_time(const json *timestamp, struct text *text)
{
    int64_t seconds = 0, microseconds = 0;
    time_t time;
    struct tm parts;
    char date[32];

    if (!json_get_int(timestamp, "seconds", &seconds) ||
        !json_get_int(timestamp, "microseconds", &microseconds) || microseconds < 0 ||
        microseconds > 999999 || seconds < 0 || seconds > INT64_C(253402300799)) {
        text_add_char(text, '-'); /* before 1970 or after 9999: nobody's clock */
        return;
    }
    time = (time_t)seconds;
    if (gmtime_r(&time, &parts) && strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts))
        text_printf(text, "%s.%06" PRId64 "Z", date, microseconds);
}

/* A string that would not be one word is put between quotes, as a pattern has it. */
static void add_value(const json *value, struct text *text)
{
    AUTO_TEXT struct text shown = TEXT_EMPTY;
    const char *string = json_string(value), *quote = "";

    if (string) {
        text_add_shown(&shown, string);
        if (!*string || strpbrk(string, " '\""))
            quote = strchr(string, '"') ? "'" : "\"";
    } else {
        AUTO_FREE char *compact = json_to_string(value);

        text_add_shown(&shown, compact);
    }
    text_printf(text, "%s%s%s", quote, text_string(&shown), quote);
}

/* Members of members by dots; lists, and what is too deep for a line, as they are. */
static void add_members(const json *object, struct text *path, size_t levels, struct text *text)
{
    enum { LONGEST = 256 }; /* a path is printed for each of its values: none may be a flood */
    size_t before = path->length;

    json_each (member, object) {
        text_add_shown(path, json_key(member));
        if (json_is_object(member) && json_count(member) && levels && path->length < LONGEST) {
            text_add_char(path, '.');
            add_members(member, path, levels - 1, text);
        } else {
            text_printf(text, " %s=", text_string(path));
            add_value(member, text);
        }
        if (path->length > before) {
            path->length = before;
            path->bytes[before] = '\0';
        }
    }
}

void view_event(const json *value, const struct output *output, struct text *text)
{
    enum { LEVELS = 4 };
    AUTO_TEXT struct text path = TEXT_EMPTY;
    const json *data = json_get(value, "data");
    const char *name = json_get_string(value, "event");

    (void)output;
    add_time(json_get(value, "timestamp"), text);
    text_add_char(text, ' ');
    text_add_shown(text, name ? name : "?");
    if (json_is_object(data)) {
        add_members(data, &path, LEVELS, text);
    } else if (data) {
        text_add_string(text, " data=");
        add_value(data, text);
    }
    text_add_char(text, '\n');
}

void view_removed(const json *value, const struct output *output, struct text *text)
{
    const json *removed = json_get(value, "removed");
    const char *separator = ": removed ";

    (void)output;
    text_add_shown(text, json_get_string(value, "id"));
    json_each (part, removed) {
        text_add_string(text, separator);
        text_add_shown(text, json_string(part));
        separator = ", ";
    }
    text_add_string(text, json_count(removed) ? "\n" : ": nothing is left to remove\n");
}

static void add_span(struct text *text, const char *before, const json *value, const char *key)
{
    struct number number;

    if (!json_get_number(value, key, &number))
        return;
    text_printf(text, "%s%llu.%03llu s", before, (unsigned long long)number.magnitude / 1000,
        (unsigned long long)number.magnitude % 1000);
}

void view_moved(const json *value, const struct output *output, struct text *text)
{
    const char *there = json_get_string(value, "destination");
    struct number transferred;

    (void)output;
    text_add_shown(text, json_get_string(value, "status"));
    if (json_get_number(value, "transferred", &transferred)) {
        text_add_string(text, ": ");
        units_add_size(text, transferred.magnitude);
        add_span(text, " in ", value, "total-time");
        add_span(text, ", the guest stood still for ", value, "downtime");
    }
    if (there) {
        text_add_string(text, "; at the destination: ");
        text_add_shown(text, there);
    }
    text_add_char(text, '\n');
    json_each (part, json_get(value, "left")) {
        text_add_string(text, "stays set: ");
        text_add_shown(text, json_string(part));
        text_add_char(text, '\n');
    }
}
