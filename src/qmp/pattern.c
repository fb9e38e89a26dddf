/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/pattern.h"

#include "json/json.h"
#include "json/scan.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static void release(struct pattern *pattern)
{
    free(pattern->name);
    strings_free(&pattern->keys);
    strings_free(&pattern->values);
}

void patterns_free(struct patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        release(&patterns->item[i]);
    free(patterns->item);
    *patterns = (struct patterns){0};
}

static bool wrong(const char *word, const char *why, struct error *error)
{
    return error_set(error, ERROR_USAGE, "the pattern '%s': %s", word, why);
}

/* Upper case and '_', as QEMU writes names; a '-' between brackets is a range. */
static char *plain_name(const char *name, size_t length)
{
    char *plain = xstrndup(name, length);
    bool in_brackets = false;

    for (char *c = plain; *c; c++) {
        if (*c == '[' && strchr(c, ']'))
            in_brackets = true;
        else if (*c == ']')
            in_brackets = false;
        else if (*c == '-' && !in_brackets)
            *c = '_';
        *c = (char)toupper((unsigned char)*c);
    }
    return plain;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

static size_t word_length(const char *at)
{
    size_t length = 0;

    while (at[length] && !is_blank(at[length]))
        length++;
    return length;
}

/* Reads one KEY=VALUE at *at and goes behind it. */
static bool read_condition(
    struct pattern *pattern, const char *word, const char **at, struct error *error)
{
    size_t length = word_length(*at);
    const char *equals = memchr(*at, '=', length);
    const char *value = equals ? equals + 1 : NULL;

    if (!equals)
        return error_set(error, ERROR_USAGE,
            "the pattern '%s': '%.*s' is no KEY=VALUE (a value with blanks is put between quotes)",
            word, (int)length, *at);
    if (equals == *at)
        return wrong(word, "a KEY is missing before '='", error);
    strings_take(&pattern->keys, xstrndup(*at, (size_t)(equals - *at)));
    if (*value == '"' || *value == '\'') {
        const char *end = strchr(value + 1, *value);

        if (!end)
            return wrong(word, "a quote is not closed", error);
        if (end[1] && !is_blank(end[1]))
            return wrong(word, "a quoted value ends before its word does", error);
        strings_take(&pattern->values, xstrndup(value + 1, (size_t)(end - value - 1)));
        *at = end + 1;
    } else {
        strings_take(&pattern->values, xstrndup(value, length - (size_t)(value - *at)));
        *at += length;
    }
    return true;
}

static bool read_conditions(
    struct pattern *pattern, const char *word, const char *at, struct error *error)
{
    for (at = skip_blanks(at); *at; at = skip_blanks(at))
        if (!read_condition(pattern, word, &at, error))
            return false;
    return true;
}

bool patterns_add(struct patterns *patterns, const char *word, struct error *error)
{
    const char *name = skip_blanks(word);
    size_t length = word_length(name);
    struct pattern *pattern;

    if (!length)
        return wrong(word, "the name of an event is missing", error);
    if (memchr(name, '=', length))
        return wrong(word, "the name of an event must stand before KEY=VALUE", error);
    patterns->item = xrealloc(patterns->item, (patterns->count + 1) * sizeof(*patterns->item));
    pattern = &patterns->item[patterns->count++];
    *pattern = (struct pattern){.name = plain_name(name, length)};
    return read_conditions(pattern, word, name + length, error);
}

bool patterns_add_words(struct patterns *patterns, const struct strings *words, struct error *error)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i], *begin = skip_blanks(word);
        bool condition = memchr(begin, '=', word_length(begin));
        bool good;

        if (condition && patterns->count)
            good = read_conditions(&patterns->item[patterns->count - 1], word, word, error);
        else
            good = patterns_add(patterns, word, error);
        if (!good)
            return false;
    }
    return true;
}

static const json *find(const json *value, const char *path);

static const json *find_in_list(const json *list, const char *path)
{
    size_t digits = strspn(path, "0123456789");
    unsigned long index = strtoul(path, NULL, 10);

    if (!digits || digits > 9 || (path[digits] && path[digits] != '.'))
        return NULL;
    json_each (item, list)
        if (!index--)
            return path[digits] ? find(item, path + digits + 1) : item;
    return NULL;
}

/* A member as it is written wins; else the path is divided at one of its dots. */
static const json *find(const json *value, const char *path)
{
    const json *found = json_is_object(value) ? json_get(value, path) : NULL;

    if (json_is_array(value))
        return find_in_list(value, path);
    for (const char *dot = strchr(path, '.'); dot && !found; dot = strchr(dot + 1, '.')) {
        AUTO_FREE char *key = xstrndup(path, (size_t)(dot - path));
        const json *member = json_is_object(value) ? json_get(value, key) : NULL;

        if (member)
            found = find(member, dot + 1);
    }
    return found;
}

static bool fits(const json *value, const char *glob)
{
    static const char *const truth[] = {"true", "on", "yes"}, *const lie[] = {"false", "off", "no"};
    const char *string = json_is_string(value) ? json_string(value) : json_digits(value);

    if (json_is_bool(value))
        for (size_t i = 0; i < 3; i++)
            if (fnmatch(glob, (json_is_true(value) ? truth : lie)[i], 0) == 0)
                return true;
    if (json_is_null(value))
        string = "null";
    return string && fnmatch(glob, string, 0) == 0;
}

static bool data_fits(const struct pattern *pattern, const json *data)
{
    for (size_t i = 0; i < pattern->keys.count; i++)
        if (!fits(find(data, pattern->keys.item[i]), pattern->values.item[i]))
            return false;
    return true;
}

static char *event_name(const struct message *event)
{
    AUTO_TEXT struct text name = TEXT_EMPTY;
    struct slice value;

    if (message_get(event, "event", &value) && value.bytes[0] == '"')
        scan_unquote(value, &name);
    return plain_name(text_string(&name), name.length);
}

bool patterns_match(const struct patterns *patterns, const struct message *event)
{
    AUTO_FREE char *name = event_name(event);
    AUTO_JSON json *data = NULL;

    for (size_t i = 0; i < patterns->count; i++) {
        const struct pattern *pattern = &patterns->item[i];
        struct error ignored = {0};
        struct slice value;

        if (fnmatch(pattern->name, name, 0) != 0)
            continue;
        if (pattern->keys.count && !data && message_get(event, "data", &value))
            data = json_parse(value.bytes, value.length, &ignored);
        error_free(&ignored);
        if (data_fits(pattern, data))
            return true;
    }
    return false;
}

bool pattern_check_known(
    const struct pattern *pattern, const struct strings *names, struct error *error)
{
    AUTO_STRINGS struct strings plain = {0};
    const char *nearest;

    for (size_t i = 0; i < names->count; i++) {
        strings_take(&plain, plain_name(names->item[i], strlen(names->item[i])));
        if (fnmatch(pattern->name, plain.item[i], 0) == 0)
            return true;
    }
    nearest = text_nearest(pattern->name, &plain);
    /* Its own spelling, which is not always the plain one: AGENT-STARTED. */
    for (size_t i = 0; nearest && i < plain.count; i++)
        if (plain.item[i] == nearest) {
            nearest = names->item[i];
            break;
        }
    return error_set(error, ERROR_USAGE, "there is no event '%s'%s%s%s", pattern->name,
        nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}
