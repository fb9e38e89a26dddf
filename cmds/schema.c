/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/explain.h"
#include "qmp/known.h"
#include "ui/explained.h"

struct schema_options {
    const char *name;
    const char *grep;
};

static bool no_entry(struct schema *schema, const char *name, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};
    AUTO_TEXT struct text versions = TEXT_EMPTY;

    if (known_command(name, &versions) || known_event(name, &versions))
        return error_set(error, ERROR_UNSUPPORTED, "this QEMU (%s) has no '%s'; others have it: %s",
            session_version(schema_session(schema)), name, text_string(&versions));
    if (!schema_commands(schema, &names, error) || !schema_events(schema, &names, error))
        return false;
    error_set(error, ERROR_USAGE, "the schema has no '%s'", name);
    return error_suggest(error, name, &names);
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
    context_result(context, document, options->name ? explained_entry : explained_list);
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
    ARGUMENT_OPTIONAL(
        struct schema_options, name, "NAME", "a command, an event or a type", COMPLETES_ENTRY),
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
