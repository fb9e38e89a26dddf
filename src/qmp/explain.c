/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/explain.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 24,
    ROWS = 5000,
    STEPS = 20000,
    BYTES = 4 * 1024 * 1024, /* of names and values */
    FOUND = 64,              /* so many members are named for one command */
};

/* The types whose members stand in the list, with the member under which they do. */
struct seen {
    const json *type;
    char *path;
    struct seen *next;
};

struct explaining {
    struct schema *schema;
    struct seen *seen;
    json *rows;
    size_t count;
    size_t bytes;
    size_t steps; /* from type to type; alternates of each other give many and no rows */
};

static const char *find_seen(const struct explaining *explaining, const json *type)
{
    for (const struct seen *seen = explaining->seen; seen; seen = seen->next)
        if (seen->type == type)
            return seen->path;
    return NULL;
}

static void add_seen(struct explaining *explaining, const json *type, const char *path)
{
    struct seen *seen = xcalloc(1, sizeof(*seen));

    seen->type = type;
    seen->path = xstrdup(path);
    seen->next = explaining->seen;
    explaining->seen = seen;
}

static void forget_seen(struct explaining *explaining)
{
    while (explaining->seen) {
        struct seen *seen = explaining->seen;

        explaining->seen = seen->next;
        free(seen->path);
        free(seen);
    }
}

/* What can be said of the type in one line: words, and the values of an enum. */
static void add_type(struct explaining *explaining, json *to, const json *reference)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_STRINGS struct strings values = {0};
    enum schema_kind kind;
    const json *type = schema_type(explaining->schema, reference, &kind);

    if (kind == SCHEMA_ENUM) {
        schema_values(type, &values);
        for (size_t i = 0; i < values.count; i++)
            explaining->bytes += strlen(values.item[i]);
        json_add_string(to, "type", "enum");
        json_add_strings(to, "values", &values);
        return;
    }
    schema_describe(explaining->schema, reference, &text);
    json_add_string(to, "type", text_string(&text));
}

static void explain_type(struct explaining *explaining, json *row, const json *reference,
    const char *path, const char *when, int depth);

static void add_member(struct explaining *explaining, const json *member, const char *path,
    const char *when, int depth)
{
    const char *name = json_get_string(member, "name");
    AUTO_FREE char *whole = *path ? xasprintf("%s.%s", path, name) : xstrdup(name ? name : "");
    json *row;

    if (!name || explaining->count++ > ROWS || explaining->bytes > BYTES)
        return;
    explaining->bytes += strlen(whole);
    row = json_new_object();
    json_append(explaining->rows, row);
    json_add_string(row, "member", whole);
    add_type(explaining, row, json_get(member, "type"));
    json_add_bool(row, "optional", !schema_is_mandatory(member));
    if (when)
        json_add_string(row, "when", when);
    if (json_get(member, "features"))
        json_add(row, "features", json_copy(json_get(member, "features")));
    explain_type(explaining, row, json_get(member, "type"), whole, when, depth + 1);
}

static void add_variants(
    struct explaining *explaining, const json *type, const char *path, int depth)
{
    const char *tag = json_get_string(type, "tag");

    json_each (variant, json_get(type, "variants")) {
        const char *its = json_get_string(variant, "case");
        enum schema_kind kind;
        const json *more = schema_type(explaining->schema, json_get(variant, "type"), &kind);
        AUTO_FREE char *when =
            xasprintf("%s%s%s=%s", path, *path ? "." : "", tag ? tag : "", its ? its : "");

        if (kind != SCHEMA_OBJECT)
            continue;
        json_each (member, json_get(more, "members"))
            add_member(explaining, member, path, when, depth);
    }
}

/* The members of whatever object the type is, holds in a list, or may be. */
static void explain_type(struct explaining *explaining, json *row, const json *reference,
    const char *path, const char *when, int depth)
{
    enum schema_kind kind;
    const json *type = schema_type(explaining->schema, reference, &kind);
    const char *seen;

    if (depth > DEPTH || explaining->steps++ > STEPS)
        return;
    if (kind == SCHEMA_ARRAY) {
        AUTO_FREE char *place = xasprintf("%s%s0", path, *path ? "." : "");

        explain_type(explaining, row, json_get(type, "element-type"), place, when, depth + 1);
    } else if (kind == SCHEMA_ALTERNATE) {
        json_each (member, json_get(type, "members"))
            explain_type(explaining, row, json_get(member, "type"), path, when, depth + 1);
    } else if (kind == SCHEMA_OBJECT) {
        seen = find_seen(explaining, type);
        if (seen) {
            if (!json_get(row, "as"))
                json_add_string(row, "as", seen);
            return;
        }
        add_seen(explaining, type, path);
        json_each (member, json_get(type, "members"))
            add_member(explaining, member, path, when, depth);
        add_variants(explaining, type, path, depth);
    }
}

static json *explain_reference(struct schema *schema, const json *reference)
{
    json *made = json_new_object();
    struct explaining explaining = {.schema = schema, .rows = json_new_array()};

    add_type(&explaining, made, reference);
    explain_type(&explaining, made, reference, "", NULL, 0);
    json_add(made, "members", explaining.rows);
    forget_seen(&explaining);
    return made;
}

json *explain_entry(struct schema *schema, const char *name, struct error *error)
{
    const json *entry = schema_find(schema, name, error);
    const char *meta = json_get_string(entry, "meta-type");
    bool command, event;
    json *made;

    if (!meta)
        return NULL;
    command = strcmp(meta, "command") == 0;
    event = strcmp(meta, "event") == 0;
    made = json_new_object();
    json_add(made, "name", json_copy(json_get(entry, "name")));
    json_add_string(made, "meta-type", meta);
    if (json_get(entry, "features"))
        json_add(made, "features", json_copy(json_get(entry, "features")));
    if (json_get_bool(entry, "allow-oob", false))
        json_add_bool(made, "allow-oob", true);
    if (command || event)
        json_add(made, "arguments", explain_reference(schema, json_get(entry, "arg-type")));
    if (command)
        json_add(made, "returns", explain_reference(schema, json_get(entry, "ret-type")));
    if (!command && !event)
        json_add(made, "type", explain_reference(schema, entry));
    return made;
}

/* The whole list. */

static bool holds(const char *text, const char *word)
{
    return strcasestr(text, word);
}

/* Members and values of the arguments that hold the word, one level deep and variants' too. */
static void find_members(
    struct schema *schema, const json *type, const char *word, struct strings *found, int depth)
{
    json_each (member, json_get(type, "members")) {
        const char *name = json_get_string(member, "name");
        AUTO_STRINGS struct strings values = {0};
        enum schema_kind kind;
        const json *its = schema_type(schema, json_get(member, "type"), &kind);

        if (found->count >= FOUND)
            return;
        if (name && holds(name, word) && !strings_have(found, name))
            strings_add(found, name);
        if (kind == SCHEMA_ENUM)
            schema_values(its, &values);
        for (size_t i = 0; name && i < values.count && found->count < FOUND; i++) {
            AUTO_FREE char *pair = xasprintf("%s=%s", name, values.item[i]);

            if (holds(values.item[i], word) && !strings_have(found, pair))
                strings_add(found, pair);
        }
    }
    json_each (variant, json_get(type, "variants")) {
        enum schema_kind kind;
        const json *more = schema_type(schema, json_get(variant, "type"), &kind);

        if (kind == SCHEMA_OBJECT && depth < 2)
            find_members(schema, more, word, found, depth + 1);
    }
}

static bool add_entry(
    struct schema *schema, const char *name, const char *word, json *list, struct error *error)
{
    const json *entry = schema_find(schema, name, error);
    AUTO_STRINGS struct strings found = {0};
    enum schema_kind kind;
    json *row;

    if (error->kind)
        return false;
    if (!json_get(entry, "meta-type"))
        return true; /* listed, but its entry is no sense */
    if (word)
        find_members(
            schema, schema_type(schema, json_get(entry, "arg-type"), &kind), word, &found, 0);
    if (word && !found.count && !holds(name, word))
        return true;
    row = json_new_object();
    json_add_string(row, "name", name);
    json_add(row, "meta-type", json_copy(json_get(entry, "meta-type")));
    if (json_get(entry, "features"))
        json_add(row, "features", json_copy(json_get(entry, "features")));
    if (found.count)
        json_add_strings(row, "members", &found);
    json_append(list, row);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

json *explain_all(struct schema *schema, const char *word, struct error *error)
{
    AUTO_STRINGS struct strings commands = {0}, events = {0};
    AUTO_JSON json *list = json_new_array();
    struct strings *const both[] = {&commands, &events};

    if (!schema_commands(schema, &commands, error) || !schema_events(schema, &events, error))
        return NULL;
    for (int k = 0; k < 2; k++) {
        if (both[k]->count)
            qsort(both[k]->item, both[k]->count, sizeof(char *), compare_names);
        for (size_t i = 0; i < both[k]->count; i++)
            if (!add_entry(schema, both[k]->item[i], word, list, error))
                return NULL;
    }
    return steal_pointer(&list);
}
