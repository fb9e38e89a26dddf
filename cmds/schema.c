/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/explain.h"
#include "qmp/known.h"

#include <string.h>

struct schema_options {
    const char *name;
    const char *grep;
};

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
    text_printf(text, "  %s%s", json_get(row, "when") ? "  " : "", member);
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

static void view_entry(const json *value, const struct output *output, struct text *text)
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
static void view_list(const json *value, const struct output *output, struct text *text)
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

static bool no_entry(struct schema *schema, const char *name, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};
    AUTO_TEXT struct text versions = TEXT_EMPTY;
    const char *nearest;

    if (known_command(name, &versions) || known_event(name, &versions))
        return error_set(error, ERROR_UNSUPPORTED, "this QEMU (%s) has no '%s'; others have it: %s",
            session_version(schema_session(schema)), name, text_string(&versions));
    if (!schema_commands(schema, &names, error) || !schema_events(schema, &names, error))
        return false;
    nearest = text_nearest(name, &names);
    return error_set(error, ERROR_USAGE, "the schema has no '%s'%s%s%s", name,
        nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct schema_options *options = target;
    struct session *session;
    struct schema *schema;
    json *document;
    bool nothing;

    if (options->name && options->grep)
        return error_set(error, ERROR_USAGE, "--grep looks through all: it goes without a NAME");
    session = context_session(context, error);
    if (!session)
        return false;
    schema = schema_of(session);
    document = options->name ? explain_entry(schema, options->name, error)
                             : explain_all(schema, options->grep, error);
    if (error->kind)
        return false;
    if (!document)
        return no_entry(schema, options->name, error);
    nothing = options->grep && !json_count(document);
    context_result(context, document, options->name ? view_entry : view_list);
    if (nothing)
        return error_set(error, ERROR_NO, "nothing in the schema holds '%s'", options->grep);
    return true;
}

static const struct option options[] = {
    OPTION_STRING(struct schema_options, grep, "grep", 0, "WORD",
        "only commands and events whose name, or a member or value of them, holds WORD"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_OPTIONAL(struct schema_options, name, "NAME", "a command, an event or a type"),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp schema blockdev-add", "what it takes, variant by variant"},
    {"-s /run/vm.qmp schema DEVICE_DELETED", "what an event tells"},
    {"-s /run/vm.qmp schema --grep throttle", "where throttling can be set"},
    {NULL, NULL},
};

QMPBOX_COMMAND(schema) = {
    .name = "schema",
    .group = "Session",
    .summary = "list or explain the commands, events and types of this QEMU",
    .description =
        "Without a NAME all commands and events are listed. With one it is explained in words: the "
        "members as they are typed (file.driver=..., lists by number), the type and values of "
        "each, "
        "whether it is optional, deprecated or unstable, which members a variant adds, and what "
        "comes back. The members of a type that comes again are listed once.\n\n"
        "All of it is asked of the QEMU at the other end (query-qmp-schema), once for each "
        "program: "
        "the answer is kept under $XDG_CACHE_HOME/qmpbox (~/.cache/qmpbox). A file there that is "
        "damaged, or that another user owns or can write, is not used. What the schema does not "
        "say: the ranges of integers, and the properties of devices (see check-device).\n\n"
        "With --json the document has name, meta-type, features, arguments and returns; each part "
        "has type and a flat list of members. --grep answers no, status 10, when it finds nothing.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct schema_options),
    .needs = (const char *const[]){"query-qmp-schema", NULL},
    .timeout = 30,
    .run = run,
};
