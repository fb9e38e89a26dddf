/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorded schemas: every command is explained, and arguments that are made from what the
 * schema says are taken while those with one thing wrong are not. Then schemas that make no sense.
 */
#include "qmp/explain.h"
#include "qmp/typing.h"
#include "tap.h"

#include <time.h>

enum {
    DEEP = 4,      /* from here on only what must be there is made */
    DEADLINE = 240 /* seconds for all of it, on a slow machine and with sanitizers */
};

/* Reading the recordings. */

static bool read_recording(const char *name, struct text *text)
{
    const char *top = getenv("top_srcdir");
    AUTO_FREE char *command =
        xasprintf("xz -dc '%s/tests/schemas/%s.schema.json.xz'", top ? top : ".", name);
    FILE *pipe = popen(command, "r");
    char bytes[65536];
    size_t n;

    while (pipe && (n = fread(bytes, 1, sizeof(bytes), pipe)) > 0)
        text_add(text, bytes, n);
    return pipe && pclose(pipe) == 0 && text->length > 100000;
}

static struct schema *schema_from(const char *text, size_t length)
{
    AUTO_ERROR struct error error = {0};
    struct schema *schema = schema_of_reply((struct slice){text, length}, &error);

    if (!schema)
        printf("# %s\n", error.message);
    return schema;
}

/* Values that are equal whatever the order of members. */

static bool equal(const json *a, const json *b)
{
    if (json_count(a) != json_count(b) || json_is_object(a) != json_is_object(b) ||
        json_is_array(a) != json_is_array(b))
        return false;
    if (json_is_object(a)) {
        json_each (item, a)
            if (!json_get(b, json_key(item)) || !equal(item, json_get(b, json_key(item))))
                return false;
        return true;
    }
    if (json_is_array(a)) {
        const json *other = json_first(b);

        json_each (item, a) {
            if (!equal(item, other))
                return false;
            other = json_next(other);
        }
        return true;
    }
    {
        AUTO_FREE char *one = json_to_string(a);
        AUTO_FREE char *two = json_to_string(b);

        return strcmp(one, two) == 0;
    }
}

/* Making arguments. */

struct leaf {
    char *path;
    enum schema_kind kind;
};

/* One way to make the arguments of a command, and what was met on the way. */
struct plan {
    struct schema *schema;
    size_t round;  /* which case, branch or value is chosen where there are several */
    size_t rounds; /* so many make each choice once */
    bool optional;
    struct leaf *leaves; /* scalars whose type is certain */
    size_t count;
    struct strings mandatory;
    struct strings objects;
};

static void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->leaves[i].path);
    free(plan->leaves);
    strings_free(&plan->mandatory);
    strings_free(&plan->objects);
}

static void add_leaf(struct plan *plan, const char *path, enum schema_kind kind)
{
    plan->leaves = xrealloc(plan->leaves, (plan->count + 1) * sizeof(*plan->leaves));
    plan->leaves[plan->count++] = (struct leaf){xstrdup(path), kind};
}

static size_t choose(struct plan *plan, size_t count)
{
    if (count > plan->rounds)
        plan->rounds = count;
    return count ? plan->round % count : 0;
}

static const json *nth(const json *list, size_t index)
{
    const json *item = json_first(list);

    while (index--)
        item = json_next(item);
    return item;
}

static json *value_of(
    struct plan *plan, const json *reference, const char *path, int depth, bool certain);

static void add_member(
    struct plan *plan, json *object, const json *member, const char *path, int depth)
{
    const char *name = json_get_string(member, "name");
    bool mandatory = !json_get(member, "default");
    AUTO_FREE char *whole = *path ? xasprintf("%s.%s", path, name) : xstrdup(name);

    if (json_get(object, name) || (!mandatory && (!plan->optional || depth >= DEEP)))
        return;
    if (mandatory)
        strings_add(&plan->mandatory, whole);
    json_add(object, name, value_of(plan, json_get(member, "type"), whole, depth + 1, true));
}

static json *object_of(struct plan *plan, const json *type, const char *path, int depth)
{
    json *object = json_new_object();
    const char *tag = json_get_string(type, "tag");
    const json *variants = json_get(type, "variants"), *tag_member = NULL, *variant = NULL;
    AUTO_FREE char *tag_path = *path ? xasprintf("%s.%s", path, tag) : xstrdup(tag ? tag : "");

    strings_add(&plan->objects, path);
    if (tag) {
        enum schema_kind kind;
        const json *values;

        tag_member = json_find(json_get(type, "members"), "name", tag);
        values = json_get(schema_type(plan->schema, json_get(tag_member, "type"), &kind), "values");
        json_add_string(object, tag, json_string(nth(values, choose(plan, json_count(values)))));
        strings_add(&plan->mandatory, tag_path);
        add_leaf(plan, tag_path, SCHEMA_ENUM);
        variant = json_find(variants, "case", json_get_string(object, tag));
    }
    json_each (member, json_get(type, "members"))
        add_member(plan, object, member, path, depth);
    if (variant) {
        enum schema_kind kind;
        const json *more = schema_type(plan->schema, json_get(variant, "type"), &kind);

        json_each (member, json_get(more, "members"))
            add_member(plan, object, member, path, depth);
    }
    return object;
}

static json *branch_of(struct plan *plan, const json *type, const char *path, int depth)
{
    const json *members = json_get(type, "members");
    size_t chosen = choose(plan, json_count(members));

    /* What may go on for ever ends with a string, where there is one. */
    for (size_t i = 0; depth >= DEEP && i < json_count(members); i++) {
        enum schema_kind kind;

        schema_type(plan->schema, json_get(nth(members, i), "type"), &kind);
        if (kind == SCHEMA_STRING)
            chosen = i;
    }
    return value_of(plan, json_get(nth(members, chosen), "type"), path, depth + 1, false);
}

static json *value_of(
    struct plan *plan, const json *reference, const char *path, int depth, bool certain)
{
    enum schema_kind kind;
    const json *type = schema_type(plan->schema, reference, &kind);

    if (certain && (kind == SCHEMA_STRING || kind == SCHEMA_INTEGER || kind == SCHEMA_NUMBER ||
                       kind == SCHEMA_BOOL || kind == SCHEMA_ENUM || kind == SCHEMA_NULL))
        add_leaf(plan, path, kind);
    switch (kind) {
    case SCHEMA_STRING:
        return json_new_string("on=@1");
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return json_new_int(-7);
    case SCHEMA_BOOL:
        return json_new_bool(plan->round % 2);
    case SCHEMA_NULL:
        return json_new_null();
    case SCHEMA_ENUM: {
        const json *values = json_get(type, "values");

        return json_new_string(json_string(nth(values, plan->round % json_count(values))));
    }
    case SCHEMA_ARRAY: {
        json *list = json_new_array();

        for (int i = 0; i < (depth >= DEEP ? 0 : plan->optional ? 2 : 1); i++) {
            AUTO_FREE char *place = xasprintf("%s.%d", path, i);

            json_append(
                list, value_of(plan, json_get(type, "element-type"), place, depth + 1, certain));
        }
        return list;
    }
    case SCHEMA_OBJECT:
        return object_of(plan, type, path, depth);
    case SCHEMA_ALTERNATE:
        return branch_of(plan, type, path, depth);
    default:
        return json_new_string("any");
    }
}

/* The value as words. */
static void to_words(const json *value, const char *path, struct strings *words)
{
    if ((json_is_object(value) || json_is_array(value)) && json_count(value)) {
        size_t i = 0;

        json_each (item, value) {
            AUTO_FREE char *place = json_is_array(value) ? xasprintf("%s.%zu", path, i++)
                                    : *path              ? xasprintf("%s.%s", path, json_key(item))
                                                         : xstrdup(json_key(item));

            to_words(item, place, words);
        }
    } else if (json_is_string(value)) {
        strings_printf(words, "%s=%s", path, json_string(value));
    } else if (*path) {
        AUTO_FREE char *text = json_to_string(value);
        bool plain = json_is_number(value) || json_is_bool(value);

        strings_printf(words, "%s%s%s", path, plain ? "=" : ":=", text);
    }
}

/* Where a dotted path leads in a value: what holds it, and the last name. */
static json *holder_of(json *value, const char *path, const char **last)
{
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        AUTO_FREE char *name = xstrndup(path, (size_t)(dot - path));

        value = json_is_array(value) ? (json *)(uintptr_t)nth(value, strtoul(name, NULL, 10))
                                     : json_get(value, name);
    }
    *last = path;
    return value;
}

/*
 * A copy of the arguments in which the member at the path is another (NULL: none); NULL where the
 * path leads to a place of a list.
 */
static json *changed(const json *arguments, const char *path, json *put)
{
    AUTO_JSON json *copy = json_copy(arguments);
    const char *last;
    json *holder = holder_of(copy, path, &last);

    if (!json_is_object(holder)) {
        json_free(put);
        return NULL;
    }
    json_free(json_take(holder, last));
    if (put)
        json_add(holder, last, put);
    return steal_pointer(&copy);
}

/* How typing takes them. */

struct outcome {
    json *made;
    struct error error;
};

static struct outcome as_json(struct plan *plan, const json *type, const json *arguments)
{
    const struct typing typing = {.schema = plan->schema};
    struct outcome outcome = {0};

    outcome.made = typing_json(&typing, type, arguments, &outcome.error);
    return outcome;
}

static struct outcome as_words(struct plan *plan, const json *type, const json *arguments)
{
    const struct typing typing = {.schema = plan->schema};
    AUTO_STRINGS struct strings words = {0};
    struct outcome outcome = {0};

    to_words(arguments, "", &words);
    outcome.made = typing_words(&typing, type, &words, &outcome.error);
    return outcome;
}

static void outcome_free(struct outcome *outcome)
{
    json_free(outcome->made);
    error_free(&outcome->error);
}

#define AUTO_OUTCOME AUTO(outcome_free)

typedef struct outcome take(struct plan *plan, const json *type, const json *arguments);

static take *const ways[] = {as_json, as_words};
static const char *const way_names[] = {"as JSON", "as words"};

static void check_taken(
    struct plan *plan, const char *command, const json *type, const json *arguments)
{
    AUTO_FREE char *text = json_to_string(arguments);

    for (int i = 0; i < 2; i++) {
        AUTO_OUTCOME struct outcome got = ways[i](plan, type, arguments);
        AUTO_FREE char *made = got.made ? json_to_string(got.made) : NULL;

        fold(got.made && equal(got.made, arguments), "%s %s: %s gives %s", command, way_names[i],
            text, made ? made : got.error.message);
    }
}

/* The value must be refused, by a sentence that has the word in it. Takes the value over. */
static void check_refused(struct plan *plan, const char *command, const json *type, json *value,
    const char *word, const char *what)
{
    AUTO_JSON json *owned = value;
    AUTO_FREE char *text = json_to_string(owned);

    for (int i = 0; i < 2; i++) {
        AUTO_OUTCOME struct outcome got = ways[i](plan, type, owned);

        fold(!got.made && got.error.kind == ERROR_USAGE && strstr(got.error.message, word),
            "%s %s: %s (%s): %s", command, way_names[i], what, text,
            got.made ? "was taken" : got.error.message);
    }
}

/* What each kind of scalar is not. */
static json *wrong_value(enum schema_kind kind, size_t round)
{
    switch (kind) {
    case SCHEMA_STRING:
        return round % 2 ? json_new_null() : json_new_object();
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return round % 2 ? json_new_string("x") : json_new_object();
    case SCHEMA_BOOL:
        return round % 2 ? json_new_int(17) : json_new_string("maybe");
    case SCHEMA_ENUM:
        return round % 2 ? json_new_int(17) : json_new_string("no such value");
    default:
        return json_new_string("x");
    }
}

static void check_wrong(
    struct plan *plan, const char *command, const json *type, const json *arguments)
{
    for (size_t i = 0; i < plan->objects.count; i++) {
        const char *path = plan->objects.item[i];
        AUTO_FREE char *whole =
            *path ? xasprintf("%s.no-such-member", path) : xstrdup("no-such-member");
        json *value = changed(arguments, whole, json_new_string("1"));

        if (value)
            check_refused(plan, command, type, value, "no-such-member", "a wrong member");
    }
    for (size_t i = 0; i < plan->count; i++) {
        const struct leaf *leaf = &plan->leaves[i];
        json *value = changed(arguments, leaf->path, wrong_value(leaf->kind, plan->round + i));
        const char *last = strrchr(leaf->path, '.');

        if (value)
            check_refused(plan, command, type, value, last ? last + 1 : leaf->path, "a wrong type");
    }
    for (size_t i = 0; i < plan->mandatory.count; i++) {
        const char *path = plan->mandatory.item[i], *last = strrchr(path, '.');
        json *value = changed(arguments, path, NULL);

        if (value)
            check_refused(plan, command, type, value, last ? last + 1 : path, "one is missing");
    }
}

struct sums {
    size_t commands;
    size_t arguments;
    size_t leaves;
    size_t mandatory;
};

static void check_arguments(
    struct schema *schema, const char *command, const json *type, bool wrong, struct sums *sums)
{
    size_t rounds = 1;

    for (size_t round = 0; round < rounds; round++)
        for (int optional = 0; optional < 2; optional++) {
            AUTO(plan_free)
            struct plan plan = {.schema = schema, .round = round, .optional = optional};
            AUTO_JSON json *arguments = object_of(&plan, type, "", 0);

            rounds = plan.rounds > rounds ? plan.rounds : rounds;
            sums->arguments++;
            sums->leaves += plan.count;
            sums->mandatory += plan.mandatory.count;
            if (wrong)
                check_wrong(&plan, command, type, arguments);
            else
                check_taken(&plan, command, type, arguments);
        }
}

/* Explaining. */

static bool same_values(const json *row, struct schema *schema, const json *reference)
{
    enum schema_kind kind;
    const json *type = schema_type(schema, reference, &kind), *shown = json_get(row, "values");
    size_t i = 0;

    if (kind != SCHEMA_ENUM)
        return !shown && json_get_string(row, "type");
    json_each (value, json_get(type, "values")) {
        const json *other = nth(shown, i++);

        if (!other || strcmp(json_string(other), json_string(value)) != 0)
            return false;
    }
    return i && i == json_count(shown);
}

static void check_rows(struct schema *schema, const char *name, const json *rows, const json *type,
    const char *tag, const char *when)
{
    json_each (member, json_get(type, "members")) {
        const char *its = json_get_string(member, "name");
        AUTO_FREE char *expected = when ? xasprintf("%s=%s", tag, when) : NULL;
        const json *found = NULL;

        json_each (row, rows) {
            const char *row_when = json_get_string(row, "when");

            if (strcmp(json_get_string(row, "member"), its) == 0 &&
                (when ? row_when && strcmp(row_when, expected) == 0 : !row_when))
                found = row;
        }
        fold(found && json_get_bool(found, "optional", false) == !!json_get(member, "default") &&
                 same_values(found, schema, json_get(member, "type")),
            "%s: %s%s%s", name, its, when ? " with " : "", when ? expected : "");
    }
}

static void check_explained(struct schema *schema, const char *name)
{
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *document = explain_entry(schema, name, &error);
    const json *entry = schema_find(schema, name, &error), *arguments;
    const char *said = json_get_string(document, "name");
    enum schema_kind kind;
    const json *type = schema_type(schema, json_get(entry, "arg-type"), &kind);

    fold(said && strcmp(said, name) == 0 && !error.kind, "%s", name);
    arguments = json_get(json_get(document, "arguments"), "members");
    check_rows(schema, name, arguments, type, NULL, NULL);
    json_each (variant, json_get(type, "variants")) {
        const json *more = schema_type(schema, json_get(variant, "type"), &kind);

        check_rows(schema, name, arguments, more, json_get_string(type, "tag"),
            json_get_string(variant, "case"));
    }
}

static void check_all_explained(struct schema *schema, const char *version, const json *whole)
{
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *list = explain_all(schema, NULL, &error);
    size_t commands = 0;

    json_each (entry, whole) {
        const char *meta = json_get_string(entry, "meta-type");
        AUTO_JSON json *document = NULL;

        commands += strcmp(meta, "command") == 0 || strcmp(meta, "event") == 0 ? 1 : 0;
        if (strcmp(meta, "command") == 0 || strcmp(meta, "event") == 0)
            check_explained(schema, json_get_string(entry, "name"));
        else
            document = explain_entry(schema, json_get_string(entry, "name"), &error);
        fold(strcmp(meta, "command") == 0 || strcmp(meta, "event") == 0 ||
                 json_get_string(json_get(document, "type"), "type"),
            "type %s", json_get_string(entry, "name"));
    }
    folded("%s: every command, event and type is explained", version);
    is_int((intmax_t)json_count(list), (intmax_t)commands, "%s: each of them is listed", version);
}

static void test_recording(const char *version, const struct text *text, size_t least)
{
    AUTO_SCHEMA struct schema *schema = schema_from(text->bytes, text->length);
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *whole = json_parse(text->bytes, text->length, &error);
    AUTO_STRINGS struct strings commands = {0};
    struct sums sums = {0}, ignored = {0};

    if (!ok(schema && whole && schema_commands(schema, &commands, &error), "%s is read", version))
        return;
    check_all_explained(schema, version, whole);
    for (int wrong = 0; wrong < 2; wrong++) {
        for (size_t i = 0; i < commands.count; i++) {
            const json *entry = schema_find(schema, commands.item[i], &error);
            enum schema_kind kind;
            const json *type = schema_type(schema, json_get(entry, "arg-type"), &kind);

            fold(kind == SCHEMA_OBJECT, "%s takes an object", commands.item[i]);
            check_arguments(schema, commands.item[i], type, wrong, wrong ? &ignored : &sums);
            sums.commands += wrong ? 0 : 1;
        }
        folded(wrong ? "%s: a wrong name, a wrong type, a missing member are refused"
                     : "%s: arguments made from the descriptions are taken as they are",
            version);
    }
    printf("# %s: %zu commands, %zu arguments, %zu scalars, %zu members that must be there\n",
        version, sums.commands, sums.arguments, sums.leaves, sums.mandatory);
    ok(sums.commands >= least && sums.arguments > 2 * least && sums.leaves > 10 * least,
        "%s: there were many of them", version);
}

/* What CLI.md says of words, with the commands of 7.2. */

struct example {
    const char *command;
    const char *words; /* separated by blanks */
    const char *gives; /* or "!" and what the refusal says */
};

static char *example_gives(struct schema *schema, const char *command, const struct strings *words)
{
    const struct typing typing = {.schema = schema};
    AUTO_ERROR struct error error = {0};
    const json *entry = schema_find_meta(schema, command, "command", &error);
    AUTO_STRINGS struct strings settled = {0};
    AUTO_JSON json *whole = NULL;
    AUTO_JSON json *made = NULL;

    if (words_settle(words, NULL, &settled, &whole, &error))
        made = typing_words(&typing, json_get(entry, "arg-type"), &settled, &error);
    return made ? json_to_string(made)
                : xasprintf("!%s: %s", error_kind_name(error.kind), error.message);
}

static void split(const char *words, struct strings *list)
{
    while (*words) {
        size_t length = strcspn(words, " ");

        strings_take(list, xstrndup(words, length));
        words += length + strspn(words + length, " ");
    }
}

static void check_example(struct schema *schema, const struct example *example)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_FREE char *got = NULL;

    split(example->words, &words);
    got = example_gives(schema, example->command, &words);
    if (*example->gives != '!') {
        is_string(got, example->gives, "%s %s", example->command, example->words);
        return;
    }
    ok(strncmp(got, "!usage: ", 8) == 0, "%s %s is refused", example->command, example->words);
    has_words(got, example->gives + 1, "because of that");
}

static void test_examples(struct schema *schema)
{
    static const struct example examples[] = {
        {"blockdev-add", "driver=file filename=/x node-name=1",
            "{\"driver\":\"file\",\"filename\":\"/x\",\"node-name\":\"1\"}"},
        /* The tag comes first, wherever it was typed. */
        {"blockdev-add", "filename=/x driver=file", "{\"driver\":\"file\",\"filename\":\"/x\"}"},
        {"blockdev-add", "node-name=n file.filename=/x file.driver=file driver=raw",
            "{\"driver\":\"raw\",\"node-name\":\"n\",\"file\":{\"driver\":\"file\","
            "\"filename\":\"/x\"}}"},
        {"blockdev-add", "driver=raw file=n", "{\"driver\":\"raw\",\"file\":\"n\"}"},
        {"blockdev-add", "driver=raw file:=\"n\"", "{\"driver\":\"raw\",\"file\":\"n\"}"},
        {"blockdev-add", "driver=raw file:={\"driver\":\"file\",\"filename\":\"/x\"}",
            "{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"/x\"}}"},
        {"blockdev-add", "driver=raw file:={\"driver\":\"file\"} file.filename=/x",
            "{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"/x\"}}"},
        {"blockdev-add", "driver=file filename=1 cache.direct=on",
            "{\"driver\":\"file\",\"filename\":\"1\",\"cache\":{\"direct\":true}}"},
        {"blockdev-add", "driver=file filename= cache.direct=off cache.no-flush=yes",
            "{\"driver\":\"file\",\"filename\":\"\",\"cache\":{\"direct\":false,"
            "\"no-flush\":true}}"},
        {"blockdev-add", "driver=file filename=a=b=c",
            "{\"driver\":\"file\",\"filename\":\"a=b=c\"}"},
        {"blockdev-add", "driver=nbd server.type=inet server.host=h server.port=10809",
            "{\"driver\":\"nbd\",\"server\":{\"type\":\"inet\",\"host\":\"h\",\"port\":"
            "\"10809\"}}"},
        {"blockdev-add", "driver=nbd server.path=/s server.type=unix",
            "{\"driver\":\"nbd\",\"server\":{\"type\":\"unix\",\"path\":\"/s\"}}"},
        {"blockdev-add",
            "driver=rbd pool=p image=i server.0.host=a server.0.port=1 server.1.host=b "
            "server.1.port=2",
            "{\"driver\":\"rbd\",\"pool\":\"p\",\"image\":\"i\",\"server\":[{\"host\":\"a\","
            "\"port\":\"1\"},{\"host\":\"b\",\"port\":\"2\"}]}"},
        {"blockdev-add", "driver=rbd pool=p image=i server.1.host=b", "!server.1"},
        {"blockdev-add", "driver=rbd pool=p image=i server.0.host=a",
            "!'server.0.port' is missing"},
        {"blockdev-add", "driver=null-co size=0x10", "{\"driver\":\"null-co\",\"size\":16}"},
        {"blockdev-add", "driver=null-co size=10G",
            "{\"driver\":\"null-co\",\"size\":10737418240}"},
        {"blockdev-add", "driver=null-co size=10GiB",
            "{\"driver\":\"null-co\",\"size\":10737418240}"},
        {"blockdev-add", "driver=null-co size:=9007199254740993",
            "{\"driver\":\"null-co\",\"size\":9007199254740993}"},
        {"blockdev-add", "driver=null-co size=10GB", "!ambiguous"},
        {"blockdev-add", "driver=null-co size=10kB", "!ambiguous"},
        {"blockdev-add", "driver=null-co size=", "!size"},
        {"blockdev-add", "driver=null-co size=1.5", "!size"},
        {"blockdev-add", "driver=null-co size:=1.5", "!size"},
        {"blockdev-add", "driver=null-co size:=1e3", "!size"},
        {"blockdev-add", "driver=null-co size:=\"1\"", "!expected an integer"},
        {"blockdev-add", "driver=null-co size=18446744073709551616", "!size"},
        {"blockdev-add", "driver=null-co read-only=1", "!expected on or off, not '1'"},
        {"blockdev-add", "driver=null-co read-only:=\"on\"", "!expected on or off"},
        {"blockdev-add", "driver=nul-co", "!driver: there is no 'nul-co'; did you mean 'null-co'?"},
        {"blockdev-add", "driver=file filenam=/x", "!did you mean 'filename'?"},
        {"blockdev-add", "driver=file filename=/x cache.dirct=on", "!did you mean 'cache.direct'?"},
        {"blockdev-add", "filename=/x", "!member 'driver' is missing"},
        {"blockdev-add", "driver=file", "!member 'filename' is missing: a string"},
        {"blockdev-add", "driver=raw file.filename=/x", "!member 'file.driver' is missing"},
        {"blockdev-add", "driver=raw file.driver=file", "!member 'file.filename' is missing"},
        {"blockdev-add", "driver=raw file.filename=/x file.driver=fil", "!did you mean 'file'?"},
        {"blockdev-add", "driver=file driver=raw filename=/x", "!driver is given twice"},
        {"blockdev-add", "driver=raw file=n file=m", "!file is given twice"},
        {"blockdev-add", "driver=raw file=n file.driver=file", "!file"},
        {"blockdev-add", "driver=raw file.driver=file file.driver=file file.filename=x",
            "!file.driver is given twice"},
        {"blockdev-add", "driver=raw file:={\"driver\":\"file\",\"driver\":\"raw\"}", "!file"},
        {"blockdev-add",
            "driver=raw file:={\"driver\":\"file\",\"filename\":\"x\"} file.filename=y",
            "!file.filename is given twice"},
        {"blockdev-add", "driver=file filename=/x.y node-name.x=1", "!node-name"},
        {"blockdev-add", "driver=file filename:={\"a\":1}", "!filename: expected a string"},
        {"blockdev-add", "driver=file filename=/x detect-zeroes=onn", "!detect-zeroes"},
        {"block-commit", "device=d tpo=x", "!no member 'tpo'; did you mean 'top'?"},
        {"block-commit", "device=d speed=1M", "{\"device\":\"d\",\"speed\":1048576}"},
        {"block-commit", "device=d speed=-1", "{\"device\":\"d\",\"speed\":-1}"},
        {"block-commit", "", "!member 'device' is missing"},
        {"query-status", "", "{}"},
        {"query-status", "a=1", "!no member 'a'; there are none"},
        {"qom-set", "path=/a property=b value=1",
            "{\"path\":\"/a\",\"property\":\"b\",\"value\":\"1\"}"},
        {"qom-set", "path=/a property=b value:=1",
            "{\"path\":\"/a\",\"property\":\"b\",\"value\":1}"},
        {"qom-set", "path=/a property=b value.x=1 value.y:=[2]",
            "{\"path\":\"/a\",\"property\":\"b\",\"value\":{\"x\":\"1\",\"y\":[2]}}"},
        {"qom-set", "path=/a property=b value=1 value=2", "!value is given twice"},
        /* A list grows with each word for it. */
        {"migrate-set-capabilities",
            "capabilities.0.capability=xbzrle capabilities.0.state=on "
            "capabilities.1.capability=events capabilities.1.state=off",
            "{\"capabilities\":[{\"capability\":\"xbzrle\",\"state\":true},{\"capability\":"
            "\"events\",\"state\":false}]}"},
        {"migrate-set-capabilities", "capabilities:=[]", "{\"capabilities\":[]}"},
        {"migrate-set-capabilities", "capabilities.0.capability=xbzrl capabilities.0.state=on",
            "!did you mean 'xbzrle'?"},
        {"query-stats",
            "target=vm providers.0.provider=kvm providers.0.names=a providers.0.names=b",
            "{\"target\":\"vm\",\"providers\":[{\"provider\":\"kvm\",\"names\":[\"a\",\"b\"]}]}"},
        {"query-stats", "target=vcpu vcpus=1 vcpus=2",
            "{\"target\":\"vcpu\",\"vcpus\":[\"1\",\"2\"]}"},
        {"query-stats", "target=vcpu vcpus:=[\"1\"] vcpus=2",
            "{\"target\":\"vcpu\",\"vcpus\":[\"1\",\"2\"]}"},
        {"query-stats", "target=vcpu vcpus:=[1]", "!vcpus"},
        {"query-stats", "target=vm vcpus=1", "!vcpus"},
        /* Alternates: a string is preferred; null can be given. */
        {"migrate-set-parameters", "tls-creds=null", "{\"tls-creds\":\"null\"}"},
        {"migrate-set-parameters", "tls-creds:=null", "{\"tls-creds\":null}"},
        {"migrate-set-parameters", "tls-creds:=1", "!tls-creds"},
        {"blockdev-add", "driver=qcow2 file=f overlap-check=all",
            "{\"driver\":\"qcow2\",\"file\":\"f\",\"overlap-check\":\"all\"}"},
        {"blockdev-add", "driver=qcow2 file=f overlap-check.template=none",
            "{\"driver\":\"qcow2\",\"file\":\"f\",\"overlap-check\":{\"template\":\"none\"}}"},
        {"blockdev-add", "driver=qcow2 file=f overlap-check=al", "!overlap-check"},
        {"blockdev-add", "driver=qcow2 file=f backing=n",
            "{\"driver\":\"qcow2\",\"file\":\"f\",\"backing\":\"n\"}"},
        {"blockdev-add", "driver=qcow2 file=f backing:=null",
            "{\"driver\":\"qcow2\",\"file\":\"f\",\"backing\":null}"},
        {"netdev_add", "type=user id=n hostfwd.0.str=tcp::1-:2 hostfwd.1.str=x",
            "{\"type\":\"user\",\"id\":\"n\",\"hostfwd\":[{\"str\":\"tcp::1-:2\"},{\"str\":"
            "\"x\"}]}"},
        {"object-add", "qom-type=memory-backend-ram id=m size=64M prealloc=no",
            "{\"qom-type\":\"memory-backend-ram\",\"id\":\"m\",\"size\":67108864,\"prealloc\":"
            "false}"},
        {"object-add", "qom-type=memory-backend-ram id=m host-nodes=0 host-nodes=1 size=1",
            "{\"qom-type\":\"memory-backend-ram\",\"id\":\"m\",\"host-nodes\":[0,1],\"size\":1}"},
        {"block_set_io_throttle", "bps=0 bps_rd=0 bps_wr=0 iops=0 iops_rd=0 iops_wr=0 idd=x",
            "!did you mean 'id'?"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        check_example(schema, &examples[i]);
}

/* The {int, bool, [int]} alternate and others that no command of 7.2 takes. */
static void test_inline_types(struct schema *schema)
{
    static const char text[] =
        "{\"meta-type\":\"object\",\"members\":["
        "{\"name\":\"n\",\"default\":null,\"type\":{\"meta-type\":\"alternate\",\"members\":["
        "{\"type\":\"bool\"},{\"type\":\"[int]\"},{\"type\":\"int\"}]}},"
        "{\"name\":\"s\",\"default\":null,\"type\":{\"meta-type\":\"alternate\",\"members\":["
        "{\"type\":\"bool\"},{\"type\":\"int\"},{\"type\":\"str\"}]}},"
        "{\"name\":\"l\",\"default\":null,\"type\":\"[int]\"}]}";
    static const char *const cases[][2] = {
        {"n=5", "{\"n\":5}"},
        {"n=on", "{\"n\":true}"},
        {"n=5 n=6", "{\"n\":[5,6]}"},
        {"n.0=5", "{\"n\":[5]}"},
        {"n:=[5]", "{\"n\":[5]}"},
        {"n:=false", "{\"n\":false}"},
        {"n=x", "!n: expected"},
        {"n:=\"5\"", "!n: expected"},
        {"n:={}", "!n: expected"},
        {"n.x=5", "!n"},
        {"n=5 n=on", "!n.1"},
        {"s=5", "{\"s\":\"5\"}"},
        {"s=on", "{\"s\":\"on\"}"},
        {"s:=5", "{\"s\":5}"},
        {"s:=true", "{\"s\":true}"},
        {"l=1 l=0x2 l:=3", "{\"l\":[1,2,3]}"},
        {"l.0=1 l.1=2 l.0=3", "!l.0 is given twice"},
        {"l.0.1=1", "!l.0"},
        {"l.a=1", "!l.a"},
        {"l.-1=1", "!l.-1"},
        {"l.65536=1", "!l.65536"},
        {"l.=1", "!l."},
    };
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *type = json_parse(text, strlen(text), &error);
    const struct typing typing = {.schema = schema};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_STRINGS struct strings words = {0};
        AUTO_JSON json *made = NULL;
        AUTO_ERROR struct error why = {0};
        AUTO_FREE char *got = NULL;

        split(cases[i][0], &words);
        made = typing_words(&typing, type, &words, &why);
        got = made ? json_to_string(made)
                   : xasprintf("!%s: %s", error_kind_name(why.kind), why.message);
        if (*cases[i][1] == '!')
            ok(strncmp(got, "!usage: ", 8) == 0 && strstr(got, cases[i][1] + 1),
                "%s is refused: %s", cases[i][0], got);
        else
            is_string(got, cases[i][1], "%s", cases[i][0]);
    }
}

static char *repeated(const char *what, size_t times)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    while (times--)
        text_add_string(&text, what);
    return text_take(&text);
}

static void one_word(struct schema *schema, const char *command, const char *word,
    const char *expected, const char *what)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_FREE char *got = NULL;

    strings_add(&words, word);
    got = example_gives(schema, command, &words);
    ok(*expected == '!' ? strncmp(got, "!usage: ", 8) == 0 && strstr(got, expected + 1)
                        : strcmp(got, expected) == 0,
        "%s", what);
    ok(strlen(got) < 2 * strlen(word) + 1000 && utf8_valid(got, strlen(got)),
        "in a sentence that is UTF-8");
}

static void test_sizes(struct schema *schema)
{
    AUTO_FREE char *x4096 = repeated("x", 4096);
    AUTO_FREE char *x4097 = repeated("x", 4097);
    AUTO_FREE char *mega = repeated("\xC3\xA9", 512 * 1024);
    AUTO_FREE char *dots64 = repeated(".a", 64);
    AUTO_FREE char *dots65 = repeated(".a", 65);
    AUTO_FREE char *at_limit = xasprintf("%s=1", x4096);
    AUTO_FREE char *above = xasprintf("%s=1", x4097);
    AUTO_FREE char *large = xasprintf("command-line=%s", mega);
    AUTO_FREE char *large_made = xasprintf("{\"command-line\":\"%s\"}", mega);
    AUTO_FREE char *deep = xasprintf("a%s=1", dots64);
    AUTO_FREE char *deeper = xasprintf("a%s=1", dots65);
    AUTO_FREE char *all_dots = repeated(".", 4000);
    AUTO_FREE char *only_dots = xasprintf("%s=1", all_dots);
    AUTO_FREE char *wide = xasprintf("x%s=1", mega);

    one_word(schema, "query-status", at_limit, "!no member", "a key of 4096 bytes is looked up");
    one_word(schema, "query-status", above, "!4096 bytes", "a longer key is refused");
    one_word(schema, "human-monitor-command", large, large_made, "a value of 1 MiB is taken");
    one_word(schema, "block_resize", large, "!command-line", "or its key refused");
    one_word(schema, "query-status", deep, "!no member 'a'", "64 dots are looked up");
    one_word(schema, "query-status", deeper, "!64 dots", "65 are refused");
    one_word(schema, "query-status", wide, "!4096 bytes", "a long key is cut between characters");
    one_word(schema, "qom-set", only_dots, "!64 dots", "and 4000 of nothing but dots");
    one_word(schema, "human-monitor-command", "command-line=\xFF", "!UTF-8",
        "a value that is not UTF-8 is refused");
    one_word(
        schema, "human-monitor-command", "command-line:=\"\xFF\"", "!command-line", "also as JSON");
    one_word(schema, "human-monitor-command", "command-line:=\"\\ud800\"", "!command-line",
        "and half a character");
    one_word(schema, "set_link", "up=\xC3", "!UTF-8", "where no string is expected, too");
    one_word(schema, "blockdev-add", "driver=\xC3\xA9\xC3\xA9", "!driver", "and what is no driver");
    one_word(schema, "blockdev-add", "driver", "!KEY=VALUE", "a word without a value is refused");
    one_word(schema, "blockdev-add", "=x", "!KEY=VALUE", "and one without a key");
}

static void test_bad_key(struct schema *schema)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_FREE char *got = NULL;

    strings_add(&words, "comm\xFF=1");
    got = example_gives(schema, "human-monitor-command", &words);
    has_words(got, "!usage: expected KEY=VALUE", "a key that is not UTF-8 is refused");
}

/* A whole object as JSON. */
static void test_json_objects(struct schema *schema)
{
    static const struct example examples[] = {
        {"blockdev-add", "{\"node-name\":\"1\",\"driver\":\"null-co\"}",
            "{\"node-name\":\"1\",\"driver\":\"null-co\"}"},
        {"blockdev-add", "{\"driver\":\"null-co\",\"siz\":1}", "!did you mean 'size'?"},
        {"blockdev-add", "{\"driver\":\"null-co\",\"size\":\"1\"}", "!size: expected an integer"},
        {"blockdev-add", "{\"driver\":1}", "!driver: expected one of "},
        {"blockdev-add", "{\"driver\":null}", "!driver: expected one of "},
        {"blockdev-add", "{}", "!member 'driver' is missing"},
        {"blockdev-add", "{\"driver\":\"raw\",\"file\":{\"driver\":\"file\"}}",
            "!member 'file.filename' is missing"},
        {"blockdev-add", "{\"driver\":\"raw\",\"file\":[]}", "!file: expected"},
        {"blockdev-add", "[]", "!"},
        {"blockdev-add", "\"x\"", "!"},
        {"migrate-set-capabilities", "{\"capabilities\":[{\"capability\":\"xbzrle\",\"state\":1}]}",
            "!capabilities.0.state: expected on or off"},
        {"migrate-set-capabilities", "{\"capabilities\":{}}", "!capabilities: expected a list"},
        {"qom-set", "{\"path\":\"a\",\"property\":\"b\",\"value\":[{\"c\":null}]}",
            "{\"path\":\"a\",\"property\":\"b\",\"value\":[{\"c\":null}]}"},
    };
    const struct typing typing = {.schema = schema};

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        const struct example *example = &examples[i];
        AUTO_ERROR struct error error = {0};
        const json *entry = schema_find(schema, example->command, &error);
        AUTO_JSON json *given = json_parse(example->words, strlen(example->words), &error);
        AUTO_JSON json *made = typing_json(&typing, json_get(entry, "arg-type"), given, &error);
        AUTO_FREE char *got =
            made ? json_to_string(made)
                 : xasprintf("!%s: %s", error_kind_name(error.kind), error.message);

        if (*example->gives == '!')
            ok(strncmp(got, "!usage: ", 8) == 0 && strstr(got, example->gives + 1),
                "%s %s is refused: %s", example->command, example->words, got);
        else
            is_string(got, example->gives, "%s %s", example->command, example->words);
    }
}

/* What is deprecated or unstable is noted once. */
static void test_notes(struct schema *schema)
{
    AUTO_STRINGS struct strings words = {0}, notes = {0};
    const struct typing typing = {.schema = schema, .notes = &notes};
    AUTO_ERROR struct error error = {0};
    const json *entry = schema_find(schema, "block_set_io_throttle", &error);
    AUTO_JSON json *made = NULL;

    split("device=d bps=0 bps_rd=0 bps_wr=0 iops=0 iops_rd=0 iops_wr=0", &words);
    made = typing_words(&typing, json_get(entry, "arg-type"), &words, &error);
    ok(made && notes.count == 1, "there is one note");
    is_string(notes.count ? notes.item[0] : NULL,
        "member 'device' is marked as deprecated by this QEMU", "about the member");
}

/* Schemas that make no sense. */

static const char command_x[] =
    "{\"name\":\"x\",\"meta-type\":\"command\",\"arg-type\":\"T\",\"ret-type\":\"T\"}";

/* Is a reply of these bytes refused with this sentence? */
static void check_no_schema(const char *reply, const char *sentence)
{
    AUTO_ERROR struct error error = {0};
    AUTO_SCHEMA struct schema *schema =
        schema_of_reply((struct slice){reply, strlen(reply)}, &error);

    ok(!schema && error.kind == ERROR_PROTOCOL, "%.40s is no schema", reply);
    has_words(error.message, sentence, "because: %s", sentence);
}

static void test_no_schema(void)
{
    check_no_schema("", "it is no list");
    check_no_schema("{}", "it is no list");
    check_no_schema("null", "it is no list");
    check_no_schema("\"[]\"", "it is no list");
    check_no_schema("{\"name\":\"x\",\"meta-type\":\"command\"}", "it is no list");
    check_no_schema("[]", "query-qmp-schema: what came is no schema");
    check_no_schema("[", "query-qmp-schema: what came is no schema");
    check_no_schema("[1,2,3]", "it has no commands");
    check_no_schema("[null,\"x\",[],{}]", "it has no commands");
    check_no_schema("[{\"name\":\"x\"}]", "it has no commands");
    check_no_schema("[{\"meta-type\":\"command\"}]", "it has no commands");
    check_no_schema("[{\"name\":1,\"meta-type\":\"command\"}]", "it has no commands");
    check_no_schema("[{\"name\":\"\",\"meta-type\":\"command\"}]", "it has no commands");
    check_no_schema("[{\"name\":\"x\",\"meta-type\":\"commando\"}]", "it has no commands");
    check_no_schema("[{\"name\":\"x\",\"meta-type\":\"command\"}", "its list does not end");
    check_no_schema("[{\"name\":\"x\",\"meta-type\":\"command\"},", "what came is no schema");
    check_no_schema("[{\"name\":\"x\",\"meta-type\":\"command\"", "what came is no schema");
}

/* All that can be done with what a schema calls x, and what words make of it. */
static void use(struct schema *schema, const char *what)
{
    static const char *const words[] = {"a=1", "a:=[]", "a:=[[[[1]]]]", "a:={}", "a:=null", "a.0=1",
        "a.0.0.0.0=1", "a.b=1", "a.a.a.a.a=1", "a:={\"a\":{\"a\":{\"a\":{}}}}", "a=b", "a:=\"b\"",
        "a=on", "b=1", "type=a"};
    const struct typing typing = {.schema = schema};
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *document = explain_entry(schema, "x", &error);
    AUTO_JSON json *type_document = explain_entry(schema, "T", &error);
    AUTO_JSON json *all = explain_all(schema, "a", &error);
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_FREE char *deep_list = repeated("[", 500);
    AUTO_FREE char *deep_end = repeated("]", 500);
    AUTO_FREE char *deep = xasprintf("a:=%s%s", deep_list, deep_end);
    AUTO_FREE char *dots = repeated(".a", 63);
    AUTO_FREE char *nested = xasprintf("a%s=1", dots);
    const json *entry = schema_find(schema, "x", &error), *type = json_get(entry, "arg-type");

    schema_describe(schema, type, &text);
    fold(document && !error.kind, "%s: it is explained", what);
    fold(!type_document || json_get_string(type_document, "name"), "%s: so is its type", what);
    fold(json_is_array(all), "%s: all is listed", what);
    fold(
        text.length && text.length < 100000, "%s: it is described in %zu bytes", what, text.length);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) + 2; i++) {
        const char *word = i < sizeof(words) / sizeof(words[0]) ? words[i] : i % 2 ? deep : nested;
        AUTO_ERROR struct error why = {0};
        AUTO_STRINGS struct strings list = {0};
        AUTO_JSON json *made = NULL;

        strings_add(&list, word);
        made = typing_words(&typing, type, &list, &why);
        fold(made || why.kind == ERROR_USAGE, "%s, %.40s: %d", what, word, (int)why.kind);
        if (words_is_json(word)) {
            AUTO_ERROR struct error again = {0};
            AUTO_JSON json *value = words_json(word, &again);
            AUTO_JSON json *object = json_new_object();
            AUTO_JSON json *typed = NULL;

            error_free(&again);
            json_add(object, "a", steal_pointer(&value));
            typed = typing_json(&typing, type, object, &again);
            fold(typed || again.kind == ERROR_USAGE, "%s, %.40s as JSON", what, word);
        }
    }
}

/* The entries besides the command x, whose arguments are of the type T. */
static void use_entries(const char *entries, const char *what)
{
    AUTO_FREE char *reply = xasprintf("[%s%s%s]", command_x, *entries ? "," : "", entries);
    AUTO_SCHEMA struct schema *schema = schema_from(reply, strlen(reply));

    if (fold(schema, "%s is read", what))
        use(schema, what);
}

static void test_circles(void)
{
    static const char member_a[] =
        "{\"name\":\"T\",\"meta-type\":\"object\",\"members\":[{\"name\":"
        "\"a\",\"type\":\"A\"}]},";
    static const struct {
        const char *what;
        const char *entries;
    } circles[] = {
        {"a list of itself", "{\"name\":\"A\",\"meta-type\":\"array\",\"element-type\":\"A\"}"},
        {"two lists of each other",
            "{\"name\":\"A\",\"meta-type\":\"array\",\"element-type\":\"B\"},"
            "{\"name\":\"B\",\"meta-type\":\"array\",\"element-type\":\"A\"}"},
        {"an alternate of itself",
            "{\"name\":\"A\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"A\"}]}"},
        {"an alternate of itself and its list",
            "{\"name\":\"A\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"A\"},{\"type\":"
            "\"B\"}]},"
            "{\"name\":\"B\",\"meta-type\":\"array\",\"element-type\":\"A\"}"},
        {"an object with itself as a member", "{\"name\":\"A\",\"meta-type\":\"object\","
                                              "\"members\":[{\"name\":\"a\",\"type\":\"A\"}]}"},
        {"an object that is its own variant", "{\"name\":\"A\",\"meta-type\":\"object\",\"tag\":"
                                              "\"type\",\"members\":[{\"name\":\"type\","
                                              "\"type\":\"str\"}],\"variants\":[{\"case\":\"a\","
                                              "\"type\":\"A\"},{\"case\":\"a\",\"type\":\"A\"}]}"},
        {"a tag that is no member", "{\"name\":\"A\",\"meta-type\":\"object\",\"tag\":\"b\","
                                    "\"members\":[],\"variants\":[]}"},
        {"a tag that is no string", "{\"name\":\"A\",\"meta-type\":\"object\",\"tag\":1,"
                                    "\"members\":[{\"name\":\"b\",\"type\":\"A\"}],"
                                    "\"variants\":[{\"case\":1,\"type\":1},1,null]}"},
        {"members that are no objects",
            "{\"name\":\"A\",\"meta-type\":\"object\",\"members\":[1,null,"
            "\"a\",[],{},{\"name\":1},{\"name\":\"a\"}]}"},
        {"members that are no list", "{\"name\":\"A\",\"meta-type\":\"object\",\"members\":\"x\"}"},
        {"members in an object", "{\"name\":\"A\",\"meta-type\":\"object\",\"members\":{\"x\":{"
                                 "\"name\":\"a\",\"type\":\"A\"}}}"},
        {"no members", "{\"name\":\"A\",\"meta-type\":\"object\"}"},
        {"a member twice",
            "{\"name\":\"A\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":"
            "\"A\"},{\"name\":\"a\",\"type\":\"str\"}]}"},
        {"a type that is missing", ""},
        {"an unknown meta-type", "{\"name\":\"A\",\"meta-type\":\"riddle\"}"},
        {"a meta-type that is no string", "{\"name\":\"A\",\"meta-type\":17}"},
        {"a type that is a command", "{\"name\":\"A\",\"meta-type\":\"command\"}"},
        {"an enum of nothing", "{\"name\":\"A\",\"meta-type\":\"enum\"}"},
        {"an enum of odd things", "{\"name\":\"A\",\"meta-type\":\"enum\",\"values\":[1,null,{}],"
                                  "\"members\":[1,{\"name\":2}]}"},
        {"an alternate of nothing", "{\"name\":\"A\",\"meta-type\":\"alternate\",\"members\":[]}"},
        {"an alternate of odd things", "{\"name\":\"A\",\"meta-type\":\"alternate\",\"members\":[1,"
                                       "{},{\"type\":1},{\"type\":\"C\"}]}"},
        {"a list of nothing", "{\"name\":\"A\",\"meta-type\":\"array\"}"},
        {"a name twice",
            "{\"name\":\"A\",\"meta-type\":\"enum\",\"values\":[\"b\"]},{\"name\":\"A\","
            "\"meta-type\":\"array\",\"element-type\":\"A\"}"},
        {"a key twice", "{\"name\":\"A\",\"meta-type\":\"enum\",\"meta-type\":\"array\"}"},
        {"a type in place of its name",
            "{\"name\":\"A\",\"meta-type\":\"array\",\"element-type\":{\"meta-type\":\"array\","
            "\"element-type\":{\"meta-type\":\"alternate\",\"members\":[{\"type\":\"A\"}]}}}"},
        {"a builtin of no type", "{\"name\":\"A\",\"meta-type\":\"builtin\"}"},
        {"a name with escapes", "{\"name\":\"A\\u0000\\\"\\u001b\",\"meta-type\":\"enum\"}"},
    };

    for (size_t i = 0; i < sizeof(circles) / sizeof(circles[0]); i++) {
        AUTO_FREE char *entries = xasprintf("%s%s,{\"name\":\"str\",\"meta-type\":\"builtin\","
                                            "\"json-type\":\"string\"}",
            member_a, *circles[i].entries ? circles[i].entries : "1");

        use_entries(entries, circles[i].what);
    }
    use_entries("", "arguments of a type that is missing");
    use_entries("{\"name\":\"T\",\"meta-type\":\"array\",\"element-type\":\"T\"}",
        "arguments that are a list of themselves");
    use_entries("{\"name\":\"T\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"T\"}]}",
        "arguments that are an alternate of themselves");
    folded("what makes no sense is used without harm");
}

/* COUNT types A0, A1..., each of which refers FAN times to the next, the last to the first. */
static void use_fan(
    int count, int fan, const char *meta, const char *list, const char *member, const char *what)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    text_add_string(&text, "{\"name\":\"T\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\","
                           "\"type\":\"A0\"}]}");
    for (int i = 0; i < count; i++) {
        text_printf(&text,
            ",{\"name\":\"A%d\",\"meta-type\":\"%s\",\"tag\":\"a\",\"element-type\":\"A%d\",\"%s\":"
            "[",
            i, meta, (i + 1) % count, list);
        for (int k = 0; k < fan; k++)
            text_printf(&text, "%s{\"%s\":\"m%d\",\"type\":\"%sA%d%s\"}", k ? "," : "", member, k,
                k % 2 ? "[" : "", (i + 1) % count, k % 2 ? "]" : "");
        text_printf(&text,
            "]},{\"name\":\"[A%d]\",\"meta-type\":\"array\",\"element-type\":\"A%d\"}", i, i);
    }
    use_entries(text_string(&text), what);
}

/* Many ways to go on for ever: none of them may be followed one by one. */
static void test_fans(void)
{
    clock_t begun = clock();

    use_fan(1, 40, "alternate", "members", "name", "an alternate of itself, 40 times");
    use_fan(30, 40, "alternate", "members", "name", "30 alternates of 40");
    use_fan(2000, 2, "array", "members", "name", "2000 lists of lists");
    use_fan(1, 40, "object", "members", "name", "an object with itself, 40 times");
    use_fan(60, 40, "object", "members", "name", "60 objects of 40");
    use_fan(30, 40, "object", "variants", "case", "30 objects with 40 variants");
    use_fan(3, 1000, "object", "variants", "case", "3 objects with 1000 variants");
    use_fan(2, 5000, "object", "members", "name", "objects of 5000 members");
    folded("many ways round in circles are not all gone");
    ok((clock() - begun) / CLOCKS_PER_SEC < 60, "in %ld ms",
        (long)((clock() - begun) / (CLOCKS_PER_SEC / 1000)));
}

static void test_many_entries(void)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_STRINGS struct strings commands = {0};
    AUTO_ERROR struct error error = {0};
    AUTO_SCHEMA struct schema *schema = NULL;
    enum { MANY = 100000 };

    text_printf(&text, "[%s", command_x);
    for (int i = 0; i < MANY; i++)
        text_printf(&text,
            i % 3 ? ",{\"name\":\"e%d\",\"meta-type\":\"event\",\"arg-type\":\"T\"}"
                  : ",{\"name\":\"c%d\",\"meta-type\":\"command\",\"arg-type\":\"T\"}",
            i);
    text_add_char(&text, ']');
    schema = schema_from(text.bytes, text.length);
    ok(schema && schema_commands(schema, &commands, &error), "a schema of 100,000 entries is read");
    is_int((intmax_t)commands.count, MANY / 3 + 2, "with all its commands");
    is_string(json_get_string(schema_find(schema, "e99998", &error), "meta-type"), "event",
        "an event is found");
    ok(!schema_find(schema, "e99999", &error) && !error.kind, "one that is not there is not");
    use(schema, "100,000 entries");
    folded("it is used");
}

/* One name, many members: the first of one name counts. */
static void test_first_counts(void)
{
    static const char reply[] =
        "[{\"name\":\"x\",\"meta-type\":\"command\",\"arg-type\":\"T\"},"
        "{\"name\":\"x\",\"meta-type\":\"event\"},{\"meta-type\":\"command\"},"
        "{\"name\":\"T\",\"meta-type\":\"object\",\"members\":[{\"name\":\"a\",\"type\":\"int\"}]},"
        "{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"},1,null,[]]";
    AUTO_SCHEMA struct schema *schema = schema_from(reply, strlen(reply));
    AUTO_STRINGS struct strings words = {0};
    AUTO_FREE char *got = NULL;

    split("a=0x10", &words);
    got = example_gives(schema, "x", &words);
    is_string(got, "{\"a\":16}", "the good entries among garbage are used, the first of a name");
}

static void test_cut(const struct text *text)
{
    size_t whole = 0;

    for (size_t length = 0; length < text->length; length += 97) {
        AUTO_ERROR struct error error = {0};
        AUTO_SCHEMA struct schema *schema =
            schema_of_reply((struct slice){text->bytes, length}, &error);

        whole += schema ? 1 : 0;
        fold(!schema && error.kind == ERROR_PROTOCOL &&
                 strstr(error.message, "query-qmp-schema: what came is no schema"),
            "cut to %zu: %s", length, schema ? "it is one" : error.message);
    }
    folded("a recording that is cut is no schema");
    is_int((intmax_t)whole, 0, "anywhere");
}

/* Bytes of a recording changed: it is no schema, or one that can be used. */
static void test_mangled(const struct text *text)
{
    static const char *const names[] = {"blockdev-add", "object-add", "qom-set", "migrate"};
    static const char with[] = "\"{}[],:0x\\";
    AUTO_TEXT struct text copy = TEXT_EMPTY;
    size_t state = 12345;

    for (int i = 0; i < 300; i++) {
        AUTO_ERROR struct error error = {0};
        AUTO_SCHEMA struct schema *schema = NULL;

        text_clear(&copy);
        text_add(&copy, text->bytes, text->length);
        for (int k = 0; k < i % 20 + 1; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            copy.bytes[(state >> 20) % copy.length] = with[(state >> 8) % (sizeof(with) - 1)];
        }
        schema = schema_of_reply((struct slice){copy.bytes, copy.length}, &error);
        fold(schema || error.kind == ERROR_PROTOCOL, "case %d", i);
        for (size_t n = 0; schema && n < sizeof(names) / sizeof(names[0]); n++) {
            AUTO_JSON json *document = explain_entry(schema, names[n], &error);
            AUTO_STRINGS struct strings words = {0};
            AUTO_FREE char *got = NULL;

            split("driver=qcow2 file.driver=file file.filename=x id=1", &words);
            got = example_gives(schema, names[n], &words);
            fold(*got && (document || !error.kind), "%s", names[n]);
        }
    }
    folded("a recording with wrong bytes does no harm");
}

int main(void)
{
    static const struct {
        const char *version;
        size_t least; /* commands */
    } recordings[] = {{"5.2", 190}, {"7.2", 210}, {"10.0", 230}, {"11.1", 240}, {"qsd-7.2", 70}};
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_SCHEMA struct schema *schema = NULL;

    alarm(DEADLINE);
    test_no_schema();
    test_circles();
    test_fans();
    test_many_entries();
    test_first_counts();
    if (system("command -v xz >/dev/null") != 0) { /* NOLINT(cert-env33-c) */
        skip("the recorded schemas", "there is no xz here");
        return done_testing();
    }
    for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
        text_clear(&text);
        if (ok(read_recording(recordings[i].version, &text), "%s is unpacked",
                recordings[i].version))
            test_recording(recordings[i].version, &text, recordings[i].least);
    }
    text_clear(&text);
    if (!read_recording("7.2", &text))
        return done_testing();
    schema = schema_from(text.bytes, text.length);
    test_examples(schema);
    test_inline_types(schema);
    test_sizes(schema);
    test_bad_key(schema);
    test_json_objects(schema);
    test_notes(schema);
    test_cut(&text);
    test_mangled(&text);
    return done_testing();
}
