/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/livekept.h"

#include "qmp/kept.h"
#include "qmp/words.h"

#include <stdlib.h>
#include <string.h>

/* The answer (arguments are taken over), or NULL. The caller frees. */
static json *keep(const struct listing *listing, const char *command, json *arguments)
{
    AUTO_JSON json *owned = arguments;
    AUTO_ERROR struct error ignored = {0};
    struct schema *schema = live_schema(listing->live);
    json *answer = schema ? kept_answer(schema, command, owned, &ignored) : NULL;
    struct session *session;

    /* What is known without asking may not be in the cache yet. */
    if (answer || !schema || schema_session(schema))
        return answer;
    session = live_session(listing->live);
    error_free(&ignored);
    return session ? kept_answer(schema_of(session), command, owned, &ignored) : NULL;
}

static void split_lines(const char *text, struct strings *lines)
{
    for (; *text; text += strspn(text, "\r\n")) {
        size_t length = strcspn(text, "\r\n");

        strings_take(lines, xstrndup(text, length));
        text += length;
    }
}

static void keep_lines(
    const struct listing *listing, const char *command_line, struct strings *lines)
{
    json *arguments = json_new_object();
    AUTO_JSON json *text = NULL;

    json_add_string(arguments, "command-line", command_line);
    text = keep(listing, "human-monitor-command", arguments);
    if (json_string(text))
        split_lines(json_string(text), lines);
}

/* What stands behind the key in a line such as: name "e1000", bus PCI, desc "Intel Gigabit". The
 * caller frees. */
static char *field(const char *line, const char *key)
{
    const char *at = strstr(line, key);

    if (!at)
        return NULL;
    at += strlen(key);
    return *at == '"' ? xstrndup(at + 1, strcspn(at + 1, "\"")) : xstrndup(at, strcspn(at, ","));
}

static int compare(const void *a, const void *b)
{
    const char *const *one = a, *const *other = b;

    return strverscmp(*one, *other);
}

/* The names of a list, which QEMU gives in the order of a hash table. */
static void add_sorted(const struct listing *listing, const json *list)
{
    AUTO_STRINGS struct strings names = {0};

    json_gather(&names, list, "name");
    if (names.count)
        qsort(names.item, names.count, sizeof(*names.item), compare);
    for (size_t i = 0; i < names.count; i++)
        listing_add(listing, names.item[i], NULL);
}

static json *keep_types(const struct listing *listing, const char *implements, bool abstract)
{
    json *arguments = json_new_object();

    if (implements)
        json_add_string(arguments, "implements", implements);
    json_add_bool(arguments, "abstract", abstract);
    return keep(listing, "qom-list-types", arguments);
}

static void add_types(const struct listing *listing, const char *implements, bool abstract)
{
    AUTO_JSON json *types = keep_types(listing, implements, abstract);

    add_sorted(listing, types);
}

/* A line that begins the drivers of one kind, such as "Network devices:". */
static bool is_heading(const char *line)
{
    return *line && line[strlen(line) - 1] == ':';
}

static bool is_driver(const char *line)
{
    return strncmp(line, "name ", 5) == 0;
}

/* Where the drivers begin that stand under the heading of this one; 0 when it is not there. */
static size_t find_like(const struct strings *lines, const char *driver)
{
    size_t from = 0;

    for (size_t i = 0; i < lines->count; i++) {
        AUTO_FREE char *name = is_driver(lines->item[i]) ? field(lines->item[i], "name ") : NULL;

        if (is_heading(lines->item[i]))
            from = i + 1;
        else if (text_is(name, driver))
            return from;
    }
    return 0;
}

/* A driver that holds unless another is given says which ones it can be instead. */
static void add_drivers(const struct listing *listing)
{
    AUTO_STRINGS struct strings lines = {0};
    const char *instead = words_find(listing->words, "driver");
    size_t from;

    keep_lines(listing, "device_add help", &lines);
    from = instead ? find_like(&lines, instead) : 0;
    for (size_t i = from; i < lines.count; i++) {
        AUTO_FREE char *name = NULL;
        AUTO_FREE char *bus = field(lines.item[i], ", bus ");
        AUTO_FREE char *what = field(lines.item[i], ", desc ");

        if (from && is_heading(lines.item[i]))
            break;
        if (!is_driver(lines.item[i]))
            continue;
        name = field(lines.item[i], "name ");
        listing_add(
            listing, name, "%s%s%s", bus ? bus : "", bus && what ? ": " : "", what ? what : "");
    }
}

char *kept_bus_of(const struct listing *listing, const char *driver)
{
    AUTO_STRINGS struct strings lines = {0};

    keep_lines(listing, "device_add help", &lines);
    for (size_t i = 0; i < lines.count; i++) {
        AUTO_FREE char *name = field(lines.item[i], "name ");
        AUTO_FREE char *alias = field(lines.item[i], ", alias ");

        if (text_is(name, driver) || text_is(alias, driver))
            return field(lines.item[i], ", bus ");
    }
    return NULL;
}

static void add_object_types(const struct listing *listing)
{
    add_types(listing, "user-creatable", false);
}

static void add_qom_types(const struct listing *listing)
{
    add_types(listing, NULL, true);
}

/* What all names end with: "-x86_64-cpu". */
static size_t common_end(const struct strings *names)
{
    const char *first = names->item[0];
    size_t same = strlen(first);

    for (size_t i = 1; i < names->count; i++) {
        const char *name = names->item[i];
        size_t length = strlen(name), end = 0;

        while (
            end < same && end < length && name[length - 1 - end] == first[strlen(first) - 1 - end])
            end++;
        same = end;
    }
    while (same && first[strlen(first) - same] != '-')
        same--;
    return same;
}

/*
 * From the names of the types: query-cpu-definitions makes one of each model, for which a QEMU 5.2
 * stands still for longer than a completion may take.
 */
static void add_cpu_models(const struct listing *listing)
{
    AUTO_JSON json *types = keep_types(listing, "cpu", false);
    AUTO_STRINGS struct strings names = {0};
    size_t end;

    json_gather(&names, types, "name");
    if (!names.count)
        return;
    qsort(names.item, names.count, sizeof(*names.item), compare);
    end = common_end(&names);
    for (size_t i = 0; i < names.count; i++) {
        AUTO_FREE char *model = xstrndup(names.item[i], strlen(names.item[i]) - end);

        listing_add(listing, model, NULL);
    }
}

static void add_trace_events(const struct listing *listing)
{
    json *arguments = json_new_object();
    AUTO_JSON json *events = NULL;

    json_add_string(arguments, "name", "*");
    events = keep(listing, "trace-event-get-state", arguments);
    add_sorted(listing, events);
}

/* A line "stop|s  -- stop emulation"; the help may follow in a line further below. */
static void add_help(
    const struct listing *listing, const struct strings *lines, size_t at, const char *before)
{
    const char *line = lines->item[at], *end, *help = NULL;
    size_t skip = strlen(before);

    if (strncmp(line, before, skip) != 0)
        return;
    line += skip;
    end = line + strcspn(line, " ");
    for (size_t i = at; i < lines->count && !help; i++) {
        if (i > at && !strchr("\t [", lines->item[i][0]))
            break;
        help = strstr(lines->item[i], "-- ");
    }
    while (help && line < end) {
        size_t length = strcspn(line, "| ");
        AUTO_FREE char *name = xstrndup(line, length);

        listing_add(listing, name, "%s", help + 3);
        line += length + (line[length] == '|');
    }
}

/* The first word of a line, and the second one of `info` and `help`. */
static void add_hmp(const struct listing *listing)
{
    AUTO_STRINGS struct strings lines = {0};
    const char *first = listing->words->count ? listing->words->item[0] : "";
    bool info = strcmp(first, "info") == 0;

    if (listing->words->count > 1 || (*first && !info && strcmp(first, "help") != 0))
        return;
    keep_lines(listing, info ? "help info" : "help", &lines);
    for (size_t i = 0; i < lines.count; i++)
        if (!strchr("\t [", lines.item[i][0]))
            add_help(listing, &lines, i, info ? "info " : "");
}

const struct lister kept_listers[] = {
    {COMPLETES_DRIVER, add_drivers},
    {COMPLETES_CPU_MODEL, add_cpu_models},
    {COMPLETES_OBJECT_TYPE, add_object_types},
    {COMPLETES_QOM_TYPE, add_qom_types},
    {COMPLETES_TRACE_EVENT, add_trace_events},
    {COMPLETES_HMP, add_hmp},
    {COMPLETES_NOTHING, NULL},
};
