/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/source.h"

#include "qmp/arguments.h"

#include <stdlib.h>
#include <string.h>

struct source {
    struct live_options options;
    struct live *live;
    struct schema *remembered; /* or NULL */
    bool looked;               /* the cache was asked */
};

struct source *source_new(const struct live_options *options)
{
    struct source *source = xcalloc(1, sizeof(*source));

    source->options = *options;
    source->live = live_new(options);
    return source;
}

/* Where the VM was connected to anyway, what is kept of it is made right for the next time. */
static void refresh(struct source *source)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_is_connected(source->live) ? live_session(source->live) : NULL;

    if (session && !session_is_agent(session))
        (void)schema_load(schema_of(session), &ignored);
}

void source_free(struct source *source)
{
    if (!source)
        return;
    refresh(source);
    live_free(source->live);
    schema_free(source->remembered);
    free(source);
}

static void look(struct source *source)
{
    AUTO(address_free) struct address address = {.fd = -1};
    AUTO_ERROR struct error ignored = {0};
    struct session *session = source->options.session;

    if (source->looked)
        return;
    source->looked = true;
    if (!session && source->options.address &&
        address_parse(source->options.address, &address, &ignored))
        source->remembered = schema_remembered(&address);
    if (source->remembered)
        live_set_schema(source->live, source->remembered);
}

/* The VM's own schema, loaded; NULL when it does not come. */
static struct schema *ask(struct source *source)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_session(source->live);
    struct schema *schema = session && !session_is_agent(session) ? schema_of(session) : NULL;

    return schema && schema_load(schema, &ignored) ? schema : NULL;
}

struct schema *source_schema(struct source *source)
{
    if (source->options.guest_agent)
        return NULL;
    look(source);
    return source->remembered ? source->remembered : ask(source);
}

/* QEMU is asked about what is typed, and a connection ends at what is no UTF-8. */
static bool all_text(const struct strings *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (!utf8_valid(words->item[i], strlen(words->item[i])))
            return false;
    return true;
}

json *source_own_type(struct source *source, const json *entry, const struct strings *pairs)
{
    struct schema *schema = all_text(pairs) ? source_schema(source) : NULL;
    AUTO_ERROR struct error error = {0};
    json *type = schema ? arguments_own_type(schema, entry, NULL, pairs, &error) : NULL;

    if (type || !error.kind || schema != source->remembered)
        return type;
    /* The cache does not have it. */
    error_free(&error);
    schema = ask(source);
    return schema ? arguments_own_type(schema, entry, NULL, pairs, &error) : NULL;
}

bool source_is_agent(const struct source *source)
{
    return source->options.guest_agent;
}

void source_commands(struct source *source, struct strings *names)
{
    AUTO_ERROR struct error ignored = {0};
    struct schema *schema = source_schema(source);

    if (schema)
        (void)schema_commands(schema, names, &ignored);
}

struct live *source_live(struct source *source)
{
    look(source);
    return source->live;
}

int64_t source_deadline(const struct source *source)
{
    return source->options.deadline;
}
