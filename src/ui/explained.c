/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/explained.h"

#include <string.h>

enum { NARROWEST = 40, WIDEST = 100 };

/* Adds a list of words, wrapped at the width, the lines that follow indented. */
static void add_wrapped(struct text *text, const char *words, size_t indent, size_t width)
{
    size_t column = indent;

    while (*words) {
        size_t length = strcspn(words, " ");

        if (column > indent && column + 1 + length > width) {
            text_printf(text, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            text_add_char(text, ' ');
            column++;
        }
        text_add(text, words, length);
        column += length;
        words += length + strspn(words + length, " ");
    }
    text_add_char(text, '\n');
}

static void add_list(struct text *text, const char *before, const json *list)
{
    const char *comma = before;

    json_each (item, list)
        if (json_string(item)) {
            text_add_string(text, comma);
            text_add_shown(text, json_string(item));
            comma = ", ";
        }
}

/* "one of a, b, c, optional, deprecated; members as of file" */
static void add_meaning(struct text *text, const json *row)
{
    const char *as = json_get_string(row, "as");

    if (json_get(row, "values"))
        add_list(text, "one of ", json_get(row, "values"));
    else
        text_add_shown(text, json_get_string(row, "type"));
    if (json_get_bool(row, "optional", false))
        text_add_string(text, "; optional");
    add_list(text, "; ", json_get(row, "features"));
    if (as) {
        text_add_string(text, *as ? "; members as of " : "; members as of the whole");
        text_add_shown(text, as);
    }
}

static void add_row(struct text *text, const json *row, size_t width)
{
    enum { COLUMN = 30 };
    const char *member = json_get_string(row, "member");
    size_t length = strlen(member);
    AUTO_TEXT struct text meaning = TEXT_EMPTY;

    add_meaning(&meaning, row);
    text_add_string(text, json_get(row, "when") ? "    " : "  ");
    text_add_shown(text, member);
    length += json_get(row, "when") ? 4 : 2;
    if (length + 2 > COLUMN)
        text_printf(text, "\n%*s", (int)COLUMN, "");
    else
        text_printf(text, "%*s", (int)(COLUMN - length), "");
    add_wrapped(text, text_string(&meaning), COLUMN, width);
}

static void add_part(struct text *text, const char *title, const json *part, size_t width)
{
    const char *when = NULL, *type = json_get_string(part, "type");
    bool object = type && strcmp(type, "an object") == 0;
    bool empty = !json_count(json_get(part, "members"));
    AUTO_TEXT struct text meaning = TEXT_EMPTY;

    if (!part)
        return;
    add_meaning(&meaning, part);
    text_printf(text, "\n%s:%s", title, object && !empty ? "\n" : " ");
    if (!object || empty)
        add_wrapped(text, object ? "nothing" : text_string(&meaning), strlen(title) + 2, width);
    json_each (row, json_get(part, "members")) {
        const char *its = json_get_string(row, "when");

        if (its && (!when || strcmp(its, when) != 0)) {
            text_add_string(text, "  with ");
            text_add_shown(text, its);
            text_add_string(text, ":\n");
        }
        when = its;
        add_row(text, row, width);
    }
}

void explained_entry(const json *value, const struct output *output, struct text *text)
{
    size_t width = output->width > NARROWEST ? output->width : WIDEST;

    text_add_shown(text, json_get_string(value, "name"));
    text_printf(text, ": %s", json_get_string(value, "meta-type"));
    add_list(text, "; ", json_get(value, "features"));
    if (json_get_bool(value, "allow-oob", false))
        text_add_string(text, "; can be executed out of band");
    text_add_char(text, '\n');
    add_part(text, json_is_object(json_get(value, "returns")) ? "arguments" : "data",
        json_get(value, "arguments"), width);
    add_part(text, "returns", json_get(value, "returns"), width);
    add_part(text, "type", json_get(value, "type"), width);
}

/* A line for each: the name, what it is if it is an event, its features, what was found in it. */
void explained_list(const json *value, const struct output *output, struct text *text)
{
    (void)output;
    json_each (entry, value) {
        const char *meta = json_get_string(entry, "meta-type");

        text_add_shown(text, json_get_string(entry, "name"));
        if (meta && strcmp(meta, "command") != 0)
            text_printf(text, " (%s)", meta);
        add_list(text, " ", json_get(entry, "features"));
        add_list(text, ": ", json_get(entry, "members"));
        text_add_char(text, '\n');
    }
}
