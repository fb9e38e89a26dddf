/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/kinds.h"

#include "complete/files.h"
#include "complete/meaning.h"
#include "complete/places.h"
#include "complete/things.h"

#include <stdlib.h>
#include <string.h>

enum {
    TOLD = 40,       /* of so many commands, what they take is said */
    TOLD_BYTES = 70, /* and in so many bytes */
};

static void add(const struct cursor *cursor, const char *word, const char *meaning)
{
    AUTO_FREE char *whole = xasprintf("%s%s", cursor->before, word);

    candidates_add(cursor->candidates, whole, meaning);
}

static void add_all(const struct cursor *cursor, const struct strings *words)
{
    for (size_t i = 0; i < words->count; i++)
        add(cursor, words->item[i], NULL);
}

static bool fits(const struct cursor *cursor, const char *word)
{
    return strncmp(word, cursor->typed, strlen(cursor->typed)) == 0;
}

/* Commands. */

/* "QMP command: device [speed] [on-error]". */
static char *tell_command(struct schema *schema, const json *entry, bool deprecated)
{
    enum schema_kind kind;
    const json *type = schema_type(schema, json_get(entry, "arg-type"), &kind);
    AUTO_TEXT struct text text = TEXT_EMPTY;

    text_add_string(&text, deprecated ? "deprecated QMP command" : "QMP command");
    if (json_count(json_get(type, "members")))
        text_add_char(&text, ':');
    for (int mandatory = 1; mandatory >= 0; mandatory--)
        json_each (member, json_get(type, "members")) {
            const char *name = json_get_string(member, "name");

            if (!name || schema_is_mandatory(member) != mandatory ||
                schema_has_feature(member, "deprecated"))
                continue;
            if (text.length + strlen(name) > TOLD_BYTES) {
                text_add_string(&text, "...");
                return text_take(&text);
            }
            text_printf(&text, mandatory ? " %s" : " [%s]", name);
        }
    return text_take(&text);
}

static void add_command(const struct cursor *cursor, const char *name, bool tell, bool deprecated)
{
    AUTO_ERROR struct error ignored = {0};
    struct schema *schema = source_schema(cursor->source);
    const json *entry = schema ? schema_find_meta(schema, name, "command", &ignored) : NULL;
    AUTO_FREE char *meaning = NULL;

    if (schema_has_feature(entry, "deprecated") != deprecated)
        return;
    if (entry && tell)
        meaning = tell_command(schema, entry, deprecated);
    else
        meaning = xstrdup(deprecated ? "deprecated QMP command" : "QMP command");
    add(cursor, name, meaning);
}

void kinds_add_commands(const struct cursor *cursor)
{
    AUTO_STRINGS struct strings names = {0};
    AUTO_STRINGS struct strings fitting = {0};

    if (source_is_agent(cursor->source)) {
        things_add(source_live(cursor->source), COMPLETES_AGENT_COMMAND, cursor->before, NULL,
            cursor->candidates);
        return;
    }
    source_commands(cursor->source, &names);
    for (size_t i = 0; i < names.count; i++)
        if (fits(cursor, names.item[i]))
            strings_add(&fitting, names.item[i]);
    for (int deprecated = 0; deprecated < 2; deprecated++)
        for (size_t i = 0; i < fitting.count; i++)
            add_command(cursor, fitting.item[i], fitting.count <= TOLD, deprecated);
}

/* What the schema lists. */

static void add_entries(const struct cursor *cursor, struct schema *schema)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_STRINGS struct strings events = {0};

    kinds_add_commands(cursor);
    if (!schema || !schema_events(schema, &events, &ignored))
        return;
    for (size_t i = 0; i < events.count; i++)
        add(cursor, events.item[i], "event");
}

/* The type of a member of an object, resolved; NULL when there is none. */
static const json *member_type(struct schema *schema, const json *object, const char *name)
{
    const json *member = json_find(json_get(object, "members"), "name", name);
    enum schema_kind kind;

    return member ? schema_type(schema, json_get(member, "type"), &kind) : NULL;
}

static void add_statuses(const struct cursor *cursor, struct schema *schema)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_STRINGS struct strings values = {0};
    const json *entry = schema_find_meta(schema, "query-status", "command", &ignored);
    enum schema_kind kind;
    const json *type = schema_type(schema, json_get(entry, "ret-type"), &kind);

    schema_values(member_type(schema, type, "status"), &values);
    add_all(cursor, &values);
}

/* Drivers of blockdev-add that read an image which lies in another node. */
static void add_formats(const struct cursor *cursor, struct schema *schema)
{
    AUTO_ERROR struct error ignored = {0};
    const json *type = schema_arguments(schema, "blockdev-add", &ignored);

    json_each (variant, json_get(type, "variants")) {
        const char *name = json_get_string(variant, "case");
        enum schema_kind kind;
        const json *its = schema_type(schema, json_get(variant, "type"), &kind);
        const json *file = json_find(json_get(its, "members"), "name", "file");

        if (name && file && schema_is_mandatory(file))
            add(cursor, name, NULL);
    }
}

/* Files. */

static void add_files(const struct cursor *cursor, enum files files)
{
    files_add(
        cursor->candidates, cursor->before, cursor->typed, files, source_deadline(cursor->source));
}

static struct cursor behind(const struct cursor *cursor, size_t length, const char *before)
{
    struct cursor below = *cursor;

    below.before = before;
    below.typed += length;
    return below;
}

/* NAME=PATH. */
static void add_named_file(const struct cursor *cursor)
{
    const char *equals = strchr(cursor->typed, '=');
    size_t length = equals ? (size_t)(equals - cursor->typed) + 1 : 0;
    AUTO_FREE char *before = xasprintf("%s%.*s", cursor->before, (int)length, cursor->typed);
    const struct cursor below = behind(cursor, length, before);

    if (equals)
        add_files(&below, FILES_ALL);
}

void kinds_add(const struct cursor *cursor, enum completes kind, const struct strings *words)
{
    struct schema *schema = NULL;

    if (kind == COMPLETES_ENTRY || kind == COMPLETES_STATUS || kind == COMPLETES_BLOCK_FORMAT)
        schema = source_schema(cursor->source);
    switch (kind) {
    case COMPLETES_NOTHING:
        break;
    case COMPLETES_FILE:
    case COMPLETES_SHELL:
        add_files(cursor, FILES_ALL);
        break;
    case COMPLETES_FOLDER:
        add_files(cursor, FILES_FOLDERS);
        break;
    case COMPLETES_NAMED_FILE:
        add_named_file(cursor);
        break;
    case COMPLETES_ADDRESS:
        places_add_addresses(
            cursor->candidates, cursor->before, cursor->typed, source_deadline(cursor->source));
        break;
    case COMPLETES_VM:
        places_add_vms(cursor->candidates, cursor->before, cursor->typed, false);
        break;
    case COMPLETES_MIGRATION:
        places_add_migrations(
            cursor->candidates, cursor->before, cursor->typed, source_deadline(cursor->source));
        break;
    case COMPLETES_COMMAND:
        kinds_add_commands(cursor);
        break;
    case COMPLETES_ENTRY:
        add_entries(cursor, schema);
        break;
    case COMPLETES_STATUS:
        if (schema)
            add_statuses(cursor, schema);
        break;
    case COMPLETES_BLOCK_FORMAT:
        if (schema)
            add_formats(cursor, schema);
        break;
    default:
        things_add(source_live(cursor->source), kind, cursor->before, words, cursor->candidates);
    }
}

void kinds_add_value(
    const struct cursor *cursor, const char *command, const char *key, const struct strings *words)
{
    enum completes kind = command ? meaning_of_member(command, key) : COMPLETES_NOTHING;

    if (kind != COMPLETES_NOTHING)
        kinds_add(cursor, kind, words);
}
