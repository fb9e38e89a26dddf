/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/listing.h"

#include "qmp/ask.h"
#include "vm/inquiry.h"
#include "vm/qom.h"

#include <stdlib.h>
#include <string.h>

static void PRINTF(4, 0) add(const struct listing *listing, const char *word, bool part,
    const char *format, va_list arguments)
{
    AUTO_FREE char *whole = xasprintf("%s%s", listing->prefix, word);
    AUTO_FREE char *meaning = format ? xvasprintf(format, arguments) : NULL;
    AUTO_TEXT struct text shown = TEXT_EMPTY;

    if (meaning)
        text_add_shown(&shown, meaning);
    (part ? candidates_add_part : candidates_add)(
        listing->candidates, whole, meaning && *meaning ? text_string(&shown) : NULL);
}

void listing_add(const struct listing *listing, const char *word, const char *format, ...)
{
    va_list arguments;

    /* An empty name would be the prefix alone. */
    if (!word || !*word)
        return;
    va_start(arguments, format);
    add(listing, word, false, format, arguments);
    va_end(arguments);
}

void listing_add_part(const struct listing *listing, const char *word, const char *format, ...)
{
    va_list arguments;

    if (!word || !*word)
        return;
    va_start(arguments, format);
    add(listing, word, true, format, arguments);
    va_end(arguments);
}

const char *listing_typed(const struct listing *listing)
{
    const char *word = listing->candidates->word ? listing->candidates->word : "";
    size_t length = strlen(listing->prefix);

    return strncmp(word, listing->prefix, length) == 0 ? word + length : "";
}

json *listing_ask(const struct listing *listing, const char *command, json *arguments)
{
    AUTO_JSON json *owned = arguments;
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_session(listing->live);

    return session ? session_ask(session, command, owned, &ignored) : NULL;
}

const char *listing_or_unknown(const char *string)
{
    return string ? string : "?";
}

bool listing_inquire(const struct listing *listing, struct inquiry *inquiry)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_session(listing->live);

    return session && inquiry_ask(inquiry, session, &ignored);
}

json *listing_path(const char *path, const char *property)
{
    json *arguments = json_new_object();

    json_add_string(arguments, "path", path);
    if (property)
        json_add_string(arguments, "property", property);
    return arguments;
}

bool listing_is_child(const json *entry)
{
    const char *type = json_get_string(entry, "type");

    return json_get_string(entry, "name") && type && strncmp(type, "child<", 6) == 0;
}

static int compare(const void *a, const void *b)
{
    const json *const *one = a, *const *other = b;

    return strverscmp(json_get_string(*one, "name"), json_get_string(*other, "name"));
}

const json **listing_children(const json *list, size_t *count)
{
    const json **children = xcalloc(json_count(list) + 1, sizeof(const json *));

    *count = 0;
    json_each (entry, list)
        if (listing_is_child(entry))
            children[(*count)++] = entry;
    if (*count)
        qsort(children, *count, sizeof(const json *), compare);
    return children;
}

char *listing_type(const json *entry)
{
    const char *type = listing_or_unknown(json_get_string(entry, "type"));
    char *inner = qom_inner_type(type, "child");

    return inner ? inner : xstrdup(type);
}
