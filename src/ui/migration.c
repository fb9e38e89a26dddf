/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/migration.h"

#include "ui/units.h"

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

void view_migrate_settings(const json *value, const struct output *output, struct text *text)
{
    size_t widest = 0;

    (void)output;
    json_each (member, value)
        if (text_width(json_key(member)) > widest)
            widest = text_width(json_key(member));
    json_each (member, value) {
        AUTO_TEXT struct text name = TEXT_EMPTY;

        text_add_shown(&name, json_key(member));
        text_printf(text, "%-*s  ", (int)widest, text_string(&name));
        add_setting(member, text);
        text_add_char(text, '\n');
    }
}
