/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/typing.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 64,          /* dots in one key */
    KEY_LENGTH = 4096,   /* of one key, in bytes */
    INDEX_LIMIT = 65536, /* places of one list that words fill */
    CANDIDATES = 12,     /* so many members are listed when none is near */
    CHAIN = 16,          /* alternates of alternates */
};

/* What is left of a word's key below the value that is being made; "" when the word gives it. */
struct part {
    const char *word;
    const char *rest;
};

struct parts {
    struct part *part;
    size_t count;
};

static void parts_free(struct parts *parts)
{
    free(parts->part);
    *parts = (struct parts){0};
}

#define AUTO_PARTS AUTO(parts_free)

static void parts_add(struct parts *parts, const char *word, const char *rest)
{
    /* Doubling at the powers of two. */
    if (!(parts->count & (parts->count - 1)))
        parts->part =
            xrealloc(parts->part, (parts->count ? parts->count * 2 : 1) * sizeof(*parts->part));
    parts->part[parts->count++] = (struct part){word, rest};
}

static json *from_json(const struct typing *typing, const json *type, const char *path,
    const json *value, struct error *error);
static json *from_parts(const struct typing *typing, const json *type, const char *path,
    const struct parts *parts, struct error *error);

static char *join(const char *path, const char *name)
{
    return *path ? xasprintf("%s.%s", path, name) : xstrdup(name);
}

static json *twice(const char *path, struct error *error)
{
    error_set(error, ERROR_USAGE, "%s is given twice", path);
    return NULL;
}

/* One word, which gives the value. */
static json *from_word(const struct typing *typing, const json *type, const char *path,
    const char *word, struct error *error)
{
    enum schema_kind kind;
    const json *found = schema_type(typing->schema, type, &kind);

    if (words_is_json(word)) {
        AUTO_JSON json *value = words_json(word, error);

        return value ? from_json(typing, type, path, value, error) : NULL;
    } else {
        return scalar_of_text(typing, kind, found, path, words_value(word), error);
    }
}

/* Objects. */

static bool say_no_member(
    const char *prefix, const char *name, const struct strings *candidates, struct error *error)
{
    const char *nearest = text_nearest(name, candidates);
    const char *dot = *prefix ? "." : "";
    AUTO_TEXT struct text all = TEXT_EMPTY;

    if (nearest)
        return error_set(error, ERROR_USAGE, "no member '%s%s%s'; did you mean '%s%s%s'?", prefix,
            dot, name, prefix, dot, nearest);
    for (size_t i = 0; i < candidates->count && i < CANDIDATES; i++)
        text_printf(&all, "%s%s", i ? ", " : "", candidates->item[i]);
    return error_set(error, ERROR_USAGE, "no member '%s%s%s'; %s%s%s", prefix, dot, name,
        candidates->count ? "there are " : "there are none", text_string(&all),
        candidates->count > CANDIDATES ? " and others" : "");
}

static bool no_member(
    const char *path, const char *name, const struct schema_members *members, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};
    AUTO_FREE char *head = xstrndup(name, strcspn(name, "."));

    for (size_t i = 0; i < members->count; i++)
        strings_add(&names, json_get_string(members->item[i], "name"));
    /* A name may have dots of its own; else the part before the first is the one that is wrong. */
    return say_no_member(path, text_nearest(name, &names) || !*head ? name : head, &names, error);
}

/* Which member a key means: the whole of it, or as much as comes before one of its dots. */
static const json *find_member(
    const struct schema_members *members, const char *rest, const char **below)
{
    const json *member = schema_member(members, rest);
    const char *dot = rest + strlen(rest);

    *below = dot;
    while (!member && dot > rest) {
        AUTO_FREE char *head = NULL;

        while (dot > rest && *--dot != '.')
            ;
        head = xstrndup(rest, (size_t)(dot - rest));
        member = schema_member(members, head);
        *below = dot + 1;
    }
    return member;
}

/* The object that is being made. */
struct making {
    const struct typing *typing;
    const char *path;
    json *object;
    struct schema_members members;
    bool *used; /* for each part */
};

static bool put(struct making *making, const json *member, json *value, struct error *error)
{
    const char *name = json_get_string(member, "name");
    AUTO_FREE char *path = join(making->path, name);
    AUTO_FREE char *what = xasprintf("member '%s'", path);

    if (!value)
        return false;
    if (json_get(making->object, name)) {
        json_free(value);
        return twice(path, error);
    }
    scalar_note(making->typing, member, what);
    json_add(making->object, name, value);
    return true;
}

static bool put_given(struct making *making, const json *given, struct error *error)
{
    json_each (item, given) {
        const json *member = schema_member(&making->members, json_key(item));
        AUTO_FREE char *path = join(making->path, json_key(item));

        if (!member)
            return no_member(making->path, json_key(item), &making->members, error);
        if (!put(making, member,
                from_json(making->typing, json_get(member, "type"), path, item, error), error))
            return false;
    }
    return true;
}

/* All parts that are about this member, which begin with parts[first]. */
static bool put_parts(struct making *making, const json *member, const struct parts *parts,
    size_t first, struct error *error)
{
    AUTO_PARTS struct parts own = {0};
    AUTO_FREE char *path = join(making->path, json_get_string(member, "name"));

    for (size_t i = first; i < parts->count; i++) {
        const char *below;

        if (making->used[i] || find_member(&making->members, parts->part[i].rest, &below) != member)
            continue;
        making->used[i] = true;
        parts_add(&own, parts->part[i].word, below);
    }
    return put(making, member,
        from_parts(making->typing, json_get(member, "type"), path, &own, error), error);
}

static bool put_words(struct making *making, const struct parts *parts, struct error *error)
{
    for (size_t i = 0; i < parts->count; i++) {
        const char *below;
        const json *member;

        if (making->used[i])
            continue;
        member = find_member(&making->members, parts->part[i].rest, &below);
        if (!member)
            return no_member(making->path, parts->part[i].rest, &making->members, error);
        if (!put_parts(making, member, parts, i, error))
            return false;
    }
    return true;
}

/* An object of which nothing must be given: no word says that it is there. */
static bool may_be_empty(const struct making *making, const json *member)
{
    enum schema_kind kind;
    const json *type = schema_type(making->typing->schema, json_get(member, "type"), &kind);

    json_each (inner, json_get(type, "members"))
        if (schema_is_mandatory(inner))
            return false;
    return kind == SCHEMA_OBJECT;
}

static bool missing(const struct making *making, const json *member, struct error *error)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_FREE char *path = join(making->path, json_get_string(member, "name"));

    schema_describe(making->typing->schema, json_get(member, "type"), &text);
    error_set(error, ERROR_USAGE, "member '%s' is missing: %s", path, text_string(&text));
    return may_be_empty(making, member) ? error_append(error, "; %s:={} gives an empty one", path)
                                        : false;
}

/* The tag decides which members there are: it comes first, wherever it was typed. */
static bool put_tag(struct making *making, const json *type, const json *given,
    const struct parts *parts, struct error *error)
{
    const char *tag = json_get_string(type, "tag");
    const char *value = tag ? json_get_string(given, tag) : NULL;
    const json *member = tag ? schema_member(&making->members, tag) : NULL;

    if (!member)
        return true;
    /* A wrong one is what is wrong, and not the members that it would have had. */
    if (json_get(given, tag)) {
        AUTO_FREE char *path = join(making->path, tag);
        AUTO_JSON json *good =
            from_json(making->typing, json_get(member, "type"), path, json_get(given, tag), error);

        if (!good)
            return false;
    }
    for (size_t i = 0; !value && i < parts->count; i++)
        if (strcmp(parts->part[i].rest, tag) == 0) {
            if (!put_parts(making, member, parts, i, error))
                return false;
            value = json_get_string(making->object, tag);
        }
    if (!value && !json_get(given, tag))
        return !schema_is_mandatory(member) || missing(making, member, error);
    schema_members_free(&making->members);
    schema_members(making->typing->schema, type, value, &making->members);
    return true;
}

static bool make_object(struct making *making, const json *type, const json *given,
    const struct parts *parts, struct error *error)
{
    if (!put_tag(making, type, given, parts, error) || !put_given(making, given, error) ||
        !put_words(making, parts, error))
        return false;
    for (size_t i = 0; i < making->members.count; i++)
        if (schema_is_mandatory(making->members.item[i]) &&
            !json_get(making->object, json_get_string(making->members.item[i], "name")))
            return missing(making, making->members.item[i], error);
    return true;
}

static json *object(const struct typing *typing, const json *type, const char *path,
    const json *given, const struct parts *parts, struct error *error)
{
    AUTO_FREE bool *used = xcalloc(parts->count + 1, sizeof(*used));
    AUTO_JSON json *made = json_new_object();
    struct making making = {.typing = typing, .path = path, .object = made, .used = used};
    bool good;

    schema_members(typing->schema, type, NULL, &making.members);
    good = make_object(&making, type, given, parts, error);
    schema_members_free(&making.members);
    return good ? steal_pointer(&made) : NULL;
}

/* A whole object that one word gives as JSON, to which others may add members. */
static bool take_given(const struct typing *typing, const json *type, const char *path,
    const struct parts *parts, json **given, struct parts *nested, struct error *error)
{
    for (size_t i = 0; i < parts->count; i++) {
        const char *word = parts->part[i].word;

        if (*parts->part[i].rest) {
            parts_add(nested, word, parts->part[i].rest);
        } else if (*given) {
            return twice(path, error);
        } else if (!words_is_json(word)) {
            AUTO_TEXT struct text text = TEXT_EMPTY;

            schema_describe(typing->schema, type, &text);
            return error_set(error, ERROR_USAGE,
                "%s: expected %s, whose members are given as %s.NAME=VALUE, or as JSON by :=", path,
                text_string(&text), path);
        } else {
            *given = words_json(word, error);
            if (!*given)
                return false;
            if (!json_is_object(*given))
                return scalar_expected_json(typing, type, path, *given, error);
        }
    }
    return true;
}

static json *object_from_parts(const struct typing *typing, const json *type, const char *path,
    const struct parts *parts, struct error *error)
{
    AUTO_JSON json *given = NULL;
    AUTO_PARTS struct parts nested = {0};

    if (!take_given(typing, type, path, parts, &given, &nested, error))
        return NULL;
    return object(typing, type, path, given, &nested, error);
}

/* Lists. */

static bool read_index(const char *rest, size_t *index, const char **below)
{
    size_t digits = strspn(rest, "0123456789");

    if (!digits || (rest[digits] && rest[digits] != '.') || digits > 6)
        return false;
    *index = strtoul(rest, NULL, 10);
    *below = rest + digits + (rest[digits] ? 1 : 0);
    return *index < INDEX_LIMIT;
}

/* The places of a list: a word for the list itself is the next place, a number names one. */
struct places {
    struct parts *place;
    size_t count;
};

static void places_free(struct places *places)
{
    for (size_t i = 0; i < places->count; i++)
        parts_free(&places->place[i]);
    free(places->place);
}

static bool sort_places(
    const struct parts *parts, const char *path, struct places *places, struct error *error)
{
    places->place = xcalloc(parts->count + 1, sizeof(*places->place));
    for (size_t i = 0; i < parts->count; i++) {
        const char *rest = parts->part[i].rest, *below = rest;
        size_t index = places->count;

        if (*rest && (!read_index(rest, &index, &below) || index > places->count))
            return error_set(error, ERROR_USAGE,
                "%s.%s: expected the number of a list's place here, from 0 on in order, not '%.*s'",
                path, rest, (int)strcspn(rest, "."), rest);
        if (index == places->count)
            places->count++;
        parts_add(&places->place[index], parts->part[i].word, below);
    }
    return true;
}

/* Is the word the list itself, as JSON, rather than one place of it? */
static bool is_whole_list(const struct typing *typing, const json *element, const json *value)
{
    enum schema_kind kind;

    schema_type(typing->schema, element, &kind);
    return json_is_array(value) && (kind != SCHEMA_ARRAY || json_is_array(json_first(value)));
}

/* A schema may name a list that is its own element: a word would then be a place without end. */
static bool is_endless(const char *path)
{
    size_t dots = 0;

    while ((path = strchr(path, '.'))) {
        path++;
        dots++;
    }
    return dots > (size_t)2 * DEPTH;
}

static json *list(const struct typing *typing, const json *element, const char *path,
    const struct parts *parts, struct error *error)
{
    AUTO(places_free) struct places places = {0};
    AUTO_JSON json *made = json_new_array();
    struct parts rest = *parts;

    if (is_endless(path)) {
        error_set(error, ERROR_USAGE, "%.*s...: a list of lists without end",
            (int)utf8_whole(path, 40), path);
        return NULL;
    }
    if (parts->count && !*parts->part[0].rest && words_is_json(parts->part[0].word)) {
        AUTO_JSON json *value = words_json(parts->part[0].word, error);

        if (!value)
            return NULL;
        if (is_whole_list(typing, element, value)) {
            json_each (item, value) {
                json *one = from_json(typing, element, path, item, error);

                if (!one)
                    return NULL;
                json_append(made, one);
            }
            rest.part++;
            rest.count--;
        }
    }
    if (!sort_places(&rest, path, &places, error))
        return NULL;
    for (size_t i = 0; i < places.count; i++) {
        AUTO_FREE char *name = xasprintf("%s.%zu", path, i);
        json *one = from_parts(typing, element, name, &places.place[i], error);

        if (!one)
            return NULL;
        json_append(made, one);
    }
    return steal_pointer(&made);
}

/* What has no type: a string, JSON, an object or a list, as the words are written. */

static const json *any_member(json *names, const char *rest)
{
    AUTO_FREE char *name = xstrndup(rest, strcspn(rest, "."));
    json *member = json_find(names, "name", name);

    if (member)
        return member;
    member = json_new_object();
    json_add_string(member, "name", name);
    json_add_bool(member, "default", true);
    json_append(names, member);
    return member;
}

/* An object type whose members are those that are named. */
static json *any_object(const json *given, const struct parts *parts)
{
    json *type = json_new_object(), *members;

    json_add_string(type, "meta-type", "object");
    members = json_add_array(type, "members");
    json_each (item, given) {
        json *member = json_new_object();

        json_add_string(member, "name", json_key(item));
        json_add_bool(member, "default", true);
        json_append(members, member);
    }
    for (size_t i = 0; i < parts->count; i++) {
        const char *rest = parts->part[i].rest;

        if (*rest)
            any_member(members, rest);
    }
    return type;
}

static json *any(
    const struct typing *typing, const char *path, const struct parts *parts, struct error *error)
{
    bool indexed = false;
    AUTO_JSON json *given = NULL;
    AUTO_JSON json *type = NULL;
    AUTO_PARTS struct parts nested = {0};
    const struct part *first = &parts->part[0];

    if (parts->count == 1 && !*first->rest)
        return from_word(typing, NULL, path, first->word, error);
    for (size_t i = 0; i < parts->count; i++) {
        const char *below;
        size_t index;

        indexed = indexed || read_index(parts->part[i].rest, &index, &below);
    }
    if (!*first->rest && words_is_json(first->word)) {
        given = words_json(first->word, error);
        if (!given)
            return NULL;
        indexed = indexed || json_is_array(given);
        json_free(steal_pointer(&given));
    }
    if (indexed)
        return list(typing, NULL, path, parts, error);
    if (!*first->rest && !words_is_json(first->word))
        return twice(path, error);
    if (!take_given(typing, NULL, path, parts, &given, &nested, error))
        return NULL;
    type = any_object(given, &nested);
    return object(typing, type, path, given, &nested, error);
}

/* Alternates. */

/* The first branch of one of the kinds, in the order in which they are named; NULL when none is. */
static const json *branch(
    const struct typing *typing, const json *type, const enum schema_kind *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_each (member, json_get(type, "members")) {
            enum schema_kind kind;

            schema_type(typing->schema, json_get(member, "type"), &kind);
            if (kind == kinds[i])
                return json_get(member, "type");
        }
    return NULL;
}

#define BRANCH(typing, type, ...)                                                                  \
    branch(typing, type, (const enum schema_kind[]){__VA_ARGS__},                                  \
        sizeof((const enum schema_kind[]){__VA_ARGS__}) / sizeof(enum schema_kind))

static const json *branch_for_json(const struct typing *typing, const json *type, const json *value)
{
    if (json_is_string(value))
        return BRANCH(typing, type, SCHEMA_STRING, SCHEMA_ENUM, SCHEMA_ANY);
    if (json_is_number(value))
        return BRANCH(typing, type, SCHEMA_INTEGER, SCHEMA_NUMBER, SCHEMA_ANY);
    if (json_is_bool(value))
        return BRANCH(typing, type, SCHEMA_BOOL, SCHEMA_ANY);
    if (json_is_null(value))
        return BRANCH(typing, type, SCHEMA_NULL, SCHEMA_ANY);
    if (json_is_array(value))
        return BRANCH(typing, type, SCHEMA_ARRAY, SCHEMA_ANY);
    return BRANCH(typing, type, SCHEMA_OBJECT, SCHEMA_ANY);
}

static json *one_of_words(const struct typing *typing, const json *type, const char *path,
    const char *word, struct error *error)
{
    const json *text = BRANCH(typing, type, SCHEMA_STRING, SCHEMA_ENUM);
    const json *figure = BRANCH(typing, type, SCHEMA_INTEGER, SCHEMA_NUMBER);
    const json *truth = BRANCH(typing, type, SCHEMA_BOOL);
    json *made;

    if (text)
        return from_word(typing, text, path, word, error);
    if (figure) {
        made = from_word(typing, figure, path, word, error);
        if (made || !truth || error->kind != ERROR_USAGE)
            return made;
        error_free(error);
    }
    if (truth) {
        made = from_word(typing, truth, path, word, error);
        if (made || error->kind != ERROR_USAGE)
            return made;
    }
    error_free(error);
    return scalar_expected(typing, type, path, words_value(word), error);
}

static json *alternate(const struct typing *typing, const json *type, const char *path,
    const struct parts *parts, struct error *error)
{
    const struct part *first = &parts->part[0];
    const json *objects = BRANCH(typing, type, SCHEMA_OBJECT, SCHEMA_ANY);
    const json *lists = BRANCH(typing, type, SCHEMA_ARRAY);
    const char *below;
    size_t index;
    bool nested = parts->count > 1 || *first->rest;

    if (nested && lists && (!*first->rest || read_index(first->rest, &index, &below)))
        return from_parts(typing, lists, path, parts, error);
    if (parts->count > 1 && !*first->rest && !*parts->part[1].rest)
        return twice(path, error);
    if (nested && objects)
        return from_parts(typing, objects, path, parts, error);
    if (nested)
        return scalar_expected(typing, type, path, "members of its own", error);
    if (!words_is_json(first->word))
        return one_of_words(typing, type, path, first->word, error);
    return from_word(typing, type, path, first->word, error);
}

/* All kinds. */

static json *from_parts(const struct typing *typing, const json *type, const char *path,
    const struct parts *parts, struct error *error)
{
    enum schema_kind kind;
    const json *found = schema_type(typing->schema, type, &kind);

    if (kind == SCHEMA_ANY)
        return any(typing, path, parts, error);
    if (kind == SCHEMA_OBJECT)
        return object_from_parts(typing, found, path, parts, error);
    if (kind == SCHEMA_ARRAY)
        return list(typing, json_get(found, "element-type"), path, parts, error);
    if (kind == SCHEMA_ALTERNATE)
        return alternate(typing, found, path, parts, error);
    for (size_t i = 0; i < parts->count; i++)
        if (*parts->part[i].rest) {
            AUTO_FREE char *key = words_key(parts->part[i].word);
            AUTO_TEXT struct text text = TEXT_EMPTY;

            schema_describe(typing->schema, found, &text);
            error_set(
                error, ERROR_USAGE, "no member '%s': %s takes %s", key, path, text_string(&text));
            return NULL;
        }
    if (parts->count > 1)
        return twice(path, error);
    return from_word(typing, found, path, parts->part[0].word, error);
}

static json *list_from_json(const struct typing *typing, const json *element, const char *path,
    const json *value, struct error *error)
{
    AUTO_JSON json *made = json_new_array();
    size_t i = 0;

    json_each (item, value) {
        AUTO_FREE char *place = xasprintf("%s.%zu", path, i++);
        json *one = from_json(typing, element, place, item, error);

        if (!one)
            return NULL;
        json_append(made, one);
    }
    return steal_pointer(&made);
}

static json *from_json(const struct typing *typing, const json *type, const char *path,
    const json *value, struct error *error)
{
    static const struct parts none = {0};
    enum schema_kind kind;
    const json *found = schema_type(typing->schema, type, &kind);

    for (int chain = 0; kind == SCHEMA_ALTERNATE; chain++) {
        const json *to = branch_for_json(typing, found, value);

        if (!to || chain > CHAIN)
            return scalar_expected_json(typing, found, path, value, error);
        found = schema_type(typing->schema, to, &kind);
    }
    if (kind == SCHEMA_ANY)
        return json_copy(value);
    if (kind == SCHEMA_OBJECT && json_is_object(value))
        return object(typing, found, path, value, &none, error);
    if (kind == SCHEMA_ARRAY && json_is_array(value))
        return list_from_json(typing, json_get(found, "element-type"), path, value, error);
    if (kind == SCHEMA_ENUM && json_is_string(value))
        return scalar_enum(typing, found, path, json_string(value), error);
    return scalar_fits(kind, found, value)
               ? json_copy(value)
               : scalar_expected_json(typing, found, path, value, error);
}

json *typing_json(
    const struct typing *typing, const json *type, const json *value, struct error *error)
{
    return from_json(typing, type, "", value, error);
}

/* Each dot may be a step deeper, and looking for the member costs time for each. */
static bool check_key(const char *key, const char *word, struct error *error)
{
    size_t dots = 0;

    if (!key || !utf8_valid(key, strlen(key)))
        return error_set(error, ERROR_USAGE, "expected KEY=VALUE, not '%s'", word);
    for (const char *at = key; (at = strchr(at, '.')); at++)
        dots++;
    if (dots > DEPTH || strlen(key) > KEY_LENGTH)
        return error_set(error, ERROR_USAGE, "%.*s...: a key has %d bytes and %d dots at most",
            (int)utf8_whole(key, 40), key, (int)KEY_LENGTH, (int)DEPTH);
    if (*key == '.' || key[strlen(key) - 1] == '.' || strstr(key, ".."))
        return error_set(error, ERROR_USAGE, "%s: a name is missing beside a dot", key);
    return true;
}

json *typing_words(
    const struct typing *typing, const json *type, const struct strings *words, struct error *error)
{
    AUTO_PARTS struct parts parts = {0};
    AUTO_JSON json *open = NULL;
    AUTO_STRINGS struct strings keys = {0};
    enum schema_kind kind;

    for (size_t i = 0; i < words->count; i++) {
        char *key = words_key(words->item[i]);

        if (key)
            strings_take(&keys, key);
        if (!check_key(key, words->item[i], error) || !key)
            return NULL;
        parts_add(&parts, words->item[i], key);
    }
    type = schema_type(typing->schema, type, &kind);
    if (kind != SCHEMA_OBJECT) {
        open = any_object(NULL, &parts);
        type = open;
    }
    return object(typing, type, "", NULL, &parts, error);
}
