/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/members.h"

#include "qmp/words.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 64,         /* dots in one key, as when words are typed (qmp/typing.h) */
    BRANCHES = 64,      /* types that one alternate may be */
    CHAIN = 16,         /* alternates of alternates */
    MEANING_BYTES = 64, /* of a type in words */
    STEPS = 10000,      /* from type to type in all, for a schema that is nonsense */
};

/* What a value may be: alternates taken apart. */
struct branches {
    struct {
        const json *type;
        enum schema_kind kind;
    } item[BRANCHES];
    size_t count;
};

/* One walk through the types. */
struct walk {
    const struct members *members;
    const char *typed; /* of a name, or a whole key */
    int pass;          /* of names, 0: mandatory, 1: optional, 2: deprecated */
    size_t steps;
};

static void take_apart(
    struct walk *walk, const json *reference, struct branches *branches, int depth)
{
    struct schema *schema = walk->members->schema;
    enum schema_kind kind;
    const json *type = schema_type(schema, reference, &kind);

    if (kind == SCHEMA_ALTERNATE) {
        json_each (member, json_get(type, "members"))
            if (depth < CHAIN && branches->count < BRANCHES && walk->steps++ < STEPS)
                take_apart(walk, json_get(member, "type"), branches, depth + 1);
    } else if (branches->count < BRANCHES) {
        branches->item[branches->count].type = type;
        branches->item[branches->count++].kind = kind;
    }
}

static bool is_structured(enum schema_kind kind)
{
    return kind == SCHEMA_OBJECT || kind == SCHEMA_ARRAY;
}

/* The value of KEY=VALUE among what holds, or NULL. */
static const char *value_of(const struct members *members, const char *key)
{
    const char *value = words_find(members->given, key);

    return value || !members->implied ? value : words_find(members->implied, key);
}

/* The members that an object has with these words; path: "" or "file.". */
static void list_members(const struct members *members, const json *object, const char *path,
    struct schema_members *list)
{
    const char *tag = json_get_string(object, "tag");
    AUTO_FREE char *key = xasprintf("%s%s", path, tag ? tag : "");

    schema_members(members->schema, object, tag ? value_of(members, key) : NULL, list);
}

/* Is the key given; with `within`, or something below it? */
static bool is_given(const struct members *members, const char *key, bool within)
{
    size_t length = strlen(key);

    for (size_t i = 0; i < members->given->count; i++) {
        const char *word = members->given->item[i];

        if (strncmp(word, key, length) != 0)
            continue;
        if (word[length] == '=' || (word[length] == ':' && word[length + 1] == '=') ||
            (within && word[length] == '.'))
            return true;
    }
    return false;
}

/* Names. */

static void add_names(struct walk *walk, const json *reference, const char *path, int depth);

static char *describe(struct walk *walk, const json *member, const char *whole)
{
    static const char *const passes[] = {"mandatory", "optional", "deprecated"};
    const char *said = walk->members->implied ? words_find(walk->members->implied, whole) : NULL;
    AUTO_TEXT struct text type = TEXT_EMPTY;
    AUTO_TEXT struct text text = TEXT_EMPTY;

    schema_describe(walk->members->schema, json_get(member, "type"), &type);
    text_add(&text, text_string(&type),
        utf8_whole(text_string(&type), type.length > MEANING_BYTES ? MEANING_BYTES : type.length));
    if (type.length > MEANING_BYTES)
        text_add_string(&text, "...");
    if (said)
        text_printf(&text, ", %s unless given", said);
    else if (!walk->members->conditions)
        text_printf(&text, ", %s", passes[walk->pass]);
    if (schema_has_feature(member, "unstable"))
        text_add_string(&text, ", unstable");
    return text_take(&text);
}

static void add_name(struct walk *walk, const char *name, const char *end, const char *meaning)
{
    AUTO_FREE char *word = xasprintf("%s%s%s", walk->members->before, name, end);

    candidates_add_part(walk->members->candidates, word, meaning);
}

/* A member, under its whole name, or what is below it. */
static void add_member(struct walk *walk, const json *member, const char *whole, int depth)
{
    const struct members *members = walk->members;
    struct branches branches = {.count = 0};
    size_t length = strlen(whole);
    bool plain = false, structured = false, list = false;
    AUTO_FREE char *meaning = NULL;

    if (strncmp(walk->typed, whole, length) == 0 && walk->typed[length] == '.') {
        AUTO_FREE char *path = xasprintf("%s.", whole);

        if (!is_given(members, whole, false))
            add_names(walk, json_get(member, "type"), path, depth + 1);
        return;
    }
    if (strncmp(whole, walk->typed, strlen(walk->typed)) != 0 ||
        (members->hidden && strings_have(members->hidden, whole)))
        return;
    take_apart(walk, json_get(member, "type"), &branches, 0);
    for (size_t i = 0; i < branches.count; i++) {
        enum schema_kind kind = branches.item[i].kind, element = SCHEMA_ANY;

        list = list || kind == SCHEMA_ARRAY;
        if (kind == SCHEMA_ARRAY)
            (void)schema_type(
                members->schema, json_get(branches.item[i].type, "element-type"), &element);
        structured = structured || kind == SCHEMA_OBJECT || is_structured(element) ||
                     element == SCHEMA_ALTERNATE;
        plain = plain || (kind != SCHEMA_OBJECT && !is_structured(element));
    }
    if (is_given(members, whole, false) && !list)
        return;
    meaning = describe(walk, member, whole);
    if (plain && (list || !is_given(members, whole, true)))
        add_name(walk, whole, "=", meaning);
    if (structured && !is_given(members, whole, false))
        add_name(walk, whole, ".", meaning);
}

static int pass_of(const struct members *members, const json *member, const char *whole)
{
    bool said = members->implied && words_find(members->implied, whole);

    return schema_has_feature(member, "deprecated") ? 2
           : schema_is_mandatory(member) && !said   ? 0
                                                    : 1;
}

static void add_members(struct walk *walk, const json *object, const char *path, int depth)
{
    AUTO_MEMBERS struct schema_members list = {0};

    list_members(walk->members, object, path, &list);
    for (size_t i = 0; i < list.count; i++) {
        AUTO_FREE char *whole = xasprintf("%s%s", path, json_get_string(list.item[i], "name"));
        size_t length = strlen(whole);
        bool below = strncmp(walk->typed, whole, length) == 0 && walk->typed[length] == '.';

        /* What is below has its own order. */
        if (below || pass_of(walk->members, list.item[i], whole) == walk->pass)
            add_member(walk, list.item[i], whole, depth);
    }
}

/* Places of a list that the words fill, counted by the largest. */
static size_t count_places(const struct members *members, const char *path)
{
    size_t count = 0, length = strlen(path);

    for (size_t i = 0; i < members->given->count; i++) {
        const char *at = members->given->item[i] + length;
        size_t digits;

        if (strncmp(members->given->item[i], path, length) != 0)
            continue;
        digits = strspn(at, "0123456789");
        if (digits && digits < 6 && (at[digits] == '.' || at[digits] == '=')) {
            size_t place = strtoul(at, NULL, 10) + 1;

            count = place > count ? place : count;
        }
    }
    return count;
}

/* The places of a list: the last one, which may not be whole yet, and the next. */
static void add_places(struct walk *walk, const json *list, const char *path, int depth)
{
    const json *reference = json_get(list, "element-type");
    const char *at = walk->typed + strlen(path);
    size_t digits = strspn(at, "0123456789"), count;
    enum schema_kind kind;

    if (digits && at[digits] == '.') {
        AUTO_FREE char *below = xasprintf("%s%.*s.", path, (int)digits, at);

        add_names(walk, reference, below, depth + 1);
        return;
    }
    if (walk->pass)
        return;
    (void)schema_type(walk->members->schema, reference, &kind);
    count = count_places(walk->members, path);
    for (size_t place = count ? count - 1 : 0; place <= count; place++) {
        AUTO_FREE char *whole = xasprintf("%s%zu", path, place);

        if (is_structured(kind) || kind == SCHEMA_ALTERNATE)
            add_name(walk, whole, ".", place < count ? NULL : "the next of the list");
        if (!is_structured(kind) && place == count)
            add_name(walk, whole, "=", "the next of the list");
    }
}

static void add_names(struct walk *walk, const json *reference, const char *path, int depth)
{
    struct branches branches = {.count = 0};

    if (depth > DEPTH || walk->steps++ > STEPS)
        return;
    take_apart(walk, reference, &branches, 0);
    for (size_t i = 0; i < branches.count; i++) {
        if (branches.item[i].kind == SCHEMA_OBJECT)
            add_members(walk, branches.item[i].type, path, depth);
        else if (branches.item[i].kind == SCHEMA_ARRAY)
            add_places(walk, branches.item[i].type, path, depth);
    }
}

void members_add_names(const struct members *members, const char *typed)
{
    struct walk walk = {.members = members, .typed = typed};

    for (; walk.pass < 3; walk.pass++)
        add_names(&walk, members->type, "", 0);
}

/* Values. */

static void find_branches(
    struct walk *walk, const json *reference, const char *path, struct branches *found, int depth);

/* What the name or place of so many bytes behind the path has as its type: found, or gone into. */
static void find_below(
    struct walk *walk, const json *reference, size_t length, struct branches *found, int depth)
{
    if (!walk->typed[length]) {
        take_apart(walk, reference, found, 0);
    } else if (walk->typed[length] == '.') {
        AUTO_FREE char *below = xstrndup(walk->typed, length + 1);

        find_branches(walk, reference, below, found, depth + 1);
    }
}

static void find_in_object(
    struct walk *walk, const json *object, const char *path, struct branches *found, int depth)
{
    AUTO_MEMBERS struct schema_members list = {0};
    size_t before = strlen(path);

    list_members(walk->members, object, path, &list);
    for (size_t i = 0; i < list.count; i++) {
        const char *name = json_get_string(list.item[i], "name");

        if (strncmp(walk->typed + before, name, strlen(name)) == 0)
            find_below(walk, json_get(list.item[i], "type"), before + strlen(name), found, depth);
    }
}

/* The branches of the member with this key, by way of what stands before its dots. */
static void find_branches(
    struct walk *walk, const json *reference, const char *path, struct branches *found, int depth)
{
    struct branches branches = {.count = 0};
    size_t before = strlen(path), digits = strspn(walk->typed + before, "0123456789");

    if (depth > DEPTH || walk->steps++ > STEPS)
        return;
    take_apart(walk, reference, &branches, 0);
    for (size_t i = 0; i < branches.count; i++) {
        const json *type = branches.item[i].type;

        if (branches.item[i].kind == SCHEMA_OBJECT)
            find_in_object(walk, type, path, found, depth);
        else if (branches.item[i].kind == SCHEMA_ARRAY && digits)
            find_below(walk, json_get(type, "element-type"), before + digits, found, depth);
    }
}

static void add_value(
    const struct members *members, const char *value, bool quoted, const char *meaning)
{
    const char *quote = quoted ? "\"" : "";
    AUTO_FREE char *word = xasprintf("%s%s%s%s", members->before, quote, value, quote);

    candidates_add(members->candidates, word, meaning);
}

static void add_enum(const struct members *members, const json *type, bool quoted)
{
    AUTO_STRINGS struct strings values = {0};

    schema_values(type, &values);
    for (size_t i = 0; i < values.count; i++) {
        const json *marked = json_find(json_get(type, "members"), "name", values.item[i]);

        add_value(members, values.item[i], quoted,
            schema_has_feature(marked, "deprecated") ? "deprecated" : NULL);
    }
}

static void add_branch(
    struct walk *walk, const json *type, enum schema_kind kind, bool as_json, int depth)
{
    const struct members *members = walk->members;

    if (kind == SCHEMA_ENUM) {
        add_enum(members, type, as_json);
    } else if (kind == SCHEMA_BOOL) {
        add_value(members, as_json ? "true" : "on", false, NULL);
        add_value(members, as_json ? "false" : "off", false, NULL);
    } else if (kind == SCHEMA_NULL && as_json) {
        add_value(members, "null", false, NULL);
    } else if (kind == SCHEMA_ARRAY && !as_json && !depth) {
        /* One word gives one of a list. */
        struct branches branches = {.count = 0};

        take_apart(walk, json_get(type, "element-type"), &branches, 0);
        for (size_t i = 0; i < branches.count; i++)
            add_branch(walk, branches.item[i].type, branches.item[i].kind, false, 1);
    }
}

bool members_list_all(const struct members *members, const char *key)
{
    struct walk walk = {.members = members, .typed = key};
    struct branches found = {.count = 0};
    size_t listed = 0;

    find_branches(&walk, members->type, "", &found, 0);
    while (listed < found.count &&
           (found.item[listed].kind == SCHEMA_ENUM || found.item[listed].kind == SCHEMA_BOOL))
        listed++;
    return found.count && listed == found.count;
}

void members_add_values(const struct members *members, const char *key, bool as_json)
{
    struct walk walk = {.members = members, .typed = key};
    struct branches found = {.count = 0};

    find_branches(&walk, members->type, "", &found, 0);
    for (size_t i = 0; i < found.count; i++)
        add_branch(&walk, found.item[i].type, found.item[i].kind, as_json, 0);
}
