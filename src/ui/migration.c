/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/migration.h"

#include "ui/units.h"

#include <inttypes.h>
#include <string.h>

/* A value as it is typed, but for sizes and times. */
static void add_setting(const json *value, struct text *text)
{
    const char *name = json_key(value);
    struct number number;

    if (json_is_bool(value)) {
        text_add_string(text, json_is_true(value) ? "on" : "off");
    } else if (json_is_string(value)) {
        text_add_shown(text, *json_string(value) ? json_string(value) : "none");
    } else if (!json_number(value, &number) ||
               !unit_add(text, unit_of_member(NULL, name), number)) {
        AUTO_FREE char *compact = json_to_string(value);

        text_add_shown(text, compact);
    }
}

static void add_settings(const json *value, const char *indent, struct text *text)
{
    size_t widest = 0;

    json_each (member, value)
        if (text_width(json_key(member)) > widest)
            widest = text_width(json_key(member));
    json_each (member, value) {
        AUTO_TEXT struct text name = TEXT_EMPTY;

        text_add_shown(&name, json_key(member));
        text_printf(text, "%s%-*s  ", indent, (int)widest, text_string(&name));
        add_setting(member, text);
        text_add_char(text, '\n');
    }
}

void view_migrate_settings(const json *value, const struct output *output, struct text *text)
{
    (void)output;
    add_settings(value, "", text);
}

/* ---------------------------------------------------------------- where it stands */

static uint64_t count_of(const json *object, const char *name)
{
    struct number number;

    return json_get_number(object, name, &number) && !number.negative ? number.magnitude : 0;
}

/* "LABEL: STRING", the string escaped; nothing without one. */
static void add_line(const char *label, const char *string, struct text *text)
{
    if (!string)
        return;
    text_printf(text, "%s", label);
    text_add_shown(text, string);
    text_add_char(text, '\n');
}

static void add_size(const char *before, uint64_t bytes, const char *after, struct text *text)
{
    text_add_string(text, before);
    units_add_size(text, bytes);
    text_add_string(text, after);
}

/* "memory: 43 % of 4 GiB, 2.3 GiB left, 1.2 GiB sent, pass 3, ..." */
static void add_memory(const json *value, struct text *text)
{
    const json *ram = json_get(json_get(value, "migration"), "ram");
    uint64_t total = count_of(ram, "total"), left = count_of(ram, "remaining");
    const char *detail = json_get_string(value, "detail");

    if (!total) {
        add_line("", detail, text);
        return;
    }
    left = left < total ? left : total;
    text_printf(text, "memory: %.0f %% of ", (double)(total - left) / (double)total * 100);
    add_size("", total, "", text);
    if (left)
        add_size(", ", left, " left", text);
    add_size(", ", count_of(ram, "transferred"), " sent", text);
    add_line(detail ? ", " : "", detail ? detail : "", text);
}

static void add_time(const json *migration, struct text *text)
{
    struct number number;

    if (!json_get_number(migration, "total-time", &number) || number.negative)
        return;
    text_add_string(text, "time: ");
    units_add_duration(text, number.magnitude, 1000);
    text_add_char(text, '\n');
}

/* Where the side that receives listens: "unix:/run/in.sock", "tcp:[::]:4444". */
static void add_addresses(const json *migration, struct text *text)
{
    json_each (address, json_get(migration, "socket-address")) {
        const char *type = json_get_string(address, "type"),
                   *port = json_get_string(address, "port");
        const char *where = json_get_string(address, "path");

        where = where ? where : json_get_string(address, "host");
        where = where ? where : json_get_string(address, "cid");
        where = where ? where : json_get_string(address, "str");
        text_add_string(text, "listens on: ");
        text_add_shown(text, type && strcmp(type, "inet") != 0 ? type : "tcp");
        text_add_char(text, ':');
        text_add_shown(text, where ? where : "?");
        text_add_string(text, port ? ":" : "");
        text_add_shown(text, port ? port : "");
        text_add_char(text, '\n');
    }
}

void view_migration(const json *value, const struct output *output, struct text *text)
{
    const json *migration = json_get(value, "migration");
    const char *advice = json_get_string(value, "advice");

    (void)output;
    text_add_shown(text, json_get_string(value, "status"));
    text_add_string(text, json_get_bool(value, "incoming", false) ? " (incoming)" : "");
    add_line(": ", json_get_string(value, "meaning"), text);
    add_line("why: ", json_get_string(migration, "error-desc"), text);
    add_line("run state: ", json_get_string(value, "run-state"), text);
    add_memory(value, text);
    add_time(migration, text);
    add_addresses(migration, text);
    add_line("", advice, text);
    json_each (reason, json_get(migration, "blocked-reasons"))
        add_line("none can begin: ", json_string(reason), text);
    if (json_count(json_get(value, "settings"))) {
        text_add_string(text, "not as QEMU begins:\n");
        add_settings(json_get(value, "settings"), "  ", text);
    }
}

void view_migrate_cancelled(const json *value, const struct output *output, struct text *text)
{
    const char *ended = json_get_string(value, "migration");
    const char *why = json_get_string(value, "error-desc");
    const char *state = json_get_string(value, "status");

    (void)output;
    if (json_get_bool(value, "cancelled", false)) {
        text_add_string(text, "cancelled");
    } else if (ended && strcmp(ended, "none") != 0) {
        text_add_string(text, "no migration is under way; the last one: ");
        text_add_shown(text, ended);
        text_add_string(text, why ? ", " : "");
        text_add_shown(text, why ? why : "");
    } else {
        text_add_string(text, "no migration is under way");
    }
    add_line("; the VM is ", state ? state : "?", text);
}
