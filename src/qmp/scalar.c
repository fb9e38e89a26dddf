/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/scalar.h"

#include "qmp/transcript.h"
#include "qmp/words.h"

#include <string.h>

/* Is one of the names in the path that of a secret? */
static bool is_secret(const struct typing *typing, const char *path)
{
    AUTO_FREE char *parts = xstrdup(path);
    char *rest = parts, *part;

    while ((part = strsep(&rest, ".")))
        if (transcript_is_secret(typing->command, part))
            return true;
    return false;
}

/* The value as an error may repeat it: no secret, and not all of what is long. */
static char *shown(const struct typing *typing, const char *path, const char *value)
{
    enum { LONGEST = 64 };
    size_t length = strlen(value);

    if (is_secret(typing, path))
        return xstrdup("***");
    return length <= LONGEST ? xstrdup(value)
                             : xasprintf("%.*s...", (int)utf8_whole(value, LONGEST), value);
}

/* "PATH: expected TYPE, not VALUE" */
json *scalar_expected(const struct typing *typing, const json *type, const char *path,
    const char *value, struct error *error)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_FREE char *cut = shown(typing, path, value);

    schema_describe(typing->schema, type, &text);
    error_set(error, ERROR_USAGE, "%s: expected %s, not '%s'", path, text_string(&text), cut);
    return NULL;
}

json *scalar_expected_json(const struct typing *typing, const json *type, const char *path,
    const json *value, struct error *error)
{
    AUTO_FREE char *text = json_to_string(value);
    AUTO_TEXT struct text masked = TEXT_EMPTY;

    transcript_mask(&masked, typing->command, text, strlen(text));
    return scalar_expected(typing, type, path, text_string(&masked), error);
}

/* Says once for each what QEMU has marked. */
void scalar_note(const struct typing *typing, const json *of, const char *what)
{
    static const char *const marks[] = {"deprecated", "unstable"};

    for (size_t i = 0; typing->notes && i < 2; i++) {
        AUTO_FREE char *sentence = xasprintf("%s is marked as %s by this QEMU", what, marks[i]);

        if (schema_has_feature(of, marks[i]) && !strings_have(typing->notes, sentence))
            strings_add(typing->notes, sentence);
    }
}

static int compare(struct number a, struct number b)
{
    int sign = a.negative ? -1 : 1;

    if (a.negative != b.negative)
        return sign;
    return a.magnitude == b.magnitude ? 0 : a.magnitude < b.magnitude ? -sign : sign;
}

static bool in_limits(const json *type, struct number number)
{
    struct number limit;

    return (!json_get_number(type, "min", &limit) || compare(number, limit) >= 0) &&
           (!json_get_number(type, "max", &limit) || compare(number, limit) <= 0);
}

static json *integer(const struct typing *typing, const json *type, const char *path,
    const char *text, struct error *error)
{
    struct number number;
    const char *problem;

    if (!number_parse(text, &number, &problem)) {
        AUTO_TEXT struct text wanted = TEXT_EMPTY;
        AUTO_FREE char *cut = shown(typing, path, text);

        schema_describe(typing->schema, type, &wanted);
        error_set(error, ERROR_USAGE, "%s: expected %s: '%s' %s", path, text_string(&wanted), cut,
            problem);
        return NULL;
    }
    return in_limits(type, number) ? json_new_number(number)
                                   : scalar_expected(typing, type, path, text, error);
}

static json *number(const struct typing *typing, const json *type, const char *path,
    const char *text, struct error *error)
{
    AUTO_JSON json *value = NULL;
    AUTO_ERROR struct error why = {0};
    AUTO_FREE char *word = xasprintf("x:=%s", text);

    value = words_json(word, &why);
    return json_is_number(value) ? steal_pointer(&value)
                                 : scalar_expected(typing, type, path, text, error);
}

static json *boolean(const struct typing *typing, const json *type, const char *path,
    const char *text, struct error *error)
{
    static const char *const yes[] = {"true", "on", "yes"}, *const no[] = {"false", "off", "no"};

    for (int i = 0; i < 3; i++)
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0)
            return json_new_bool(strcmp(text, yes[i]) == 0);
    return scalar_expected(typing, type, path, text, error);
}

json *scalar_enum(const struct typing *typing, const json *type, const char *path, const char *text,
    struct error *error)
{
    AUTO_STRINGS struct strings values = {0};
    AUTO_FREE char *what = xasprintf("%s=%s", path, text);
    const char *nearest;

    schema_values(type, &values);
    if (strings_have(&values, text)) {
        scalar_note(typing, json_find(json_get(type, "members"), "name", text), what);
        return json_new_string(text);
    }
    nearest = text_nearest(text, &values);
    if (!nearest || is_secret(typing, path))
        return scalar_expected(typing, type, path, text, error);
    error_set(error, ERROR_USAGE, "%s: there is no '%s'; did you mean '%s'?", path, text, nearest);
    return NULL;
}

json *scalar_of_text(const struct typing *typing, enum schema_kind kind, const json *type,
    const char *path, const char *text, struct error *error)
{
    switch (kind) {
    case SCHEMA_INTEGER:
        return integer(typing, type, path, text, error);
    case SCHEMA_NUMBER:
        return number(typing, type, path, text, error);
    case SCHEMA_BOOL:
        return boolean(typing, type, path, text, error);
    case SCHEMA_ENUM:
        return scalar_enum(typing, type, path, text, error);
    case SCHEMA_ANY:
    case SCHEMA_STRING:
        return json_new_string(text);
    default:
        return scalar_expected(typing, type, path, text, error);
    }
}

bool scalar_fits(enum schema_kind kind, const json *type, const json *value)
{
    struct number number;

    switch (kind) {
    case SCHEMA_STRING:
        return json_is_string(value);
    case SCHEMA_INTEGER:
        return json_number(value, &number) && in_limits(type, number);
    case SCHEMA_NUMBER:
        return json_is_number(value);
    case SCHEMA_BOOL:
        return json_is_bool(value);
    case SCHEMA_NULL:
        return json_is_null(value);
    default:
        return false;
    }
}
