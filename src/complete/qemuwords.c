/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/qemuwords.h"

#include "complete/members.h"
#include "qmp/arguments.h"
#include "qmp/words.h"
#include "vm/migrateset.h"
#include "vm/transaction.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The words of one command, action or event. */
struct wanted {
    const char *command;       /* by which the members have a meaning; or NULL */
    const json *type;          /* of them all, a reference */
    const char *bare;          /* the member that a word without '=' gives; or NULL */
    struct strings given;      /* KEY=VALUE */
    struct strings implied;    /* KEY=VALUE that hold besides */
    const char *const *hidden; /* names that are not offered; or NULL */
    bool conditions;           /* see members.h */
};

static void wanted_free(struct wanted *wanted)
{
    strings_free(&wanted->given);
    strings_free(&wanted->implied);
}

#define AUTO_WANTED AUTO(wanted_free)

/* All KEY=VALUE words that hold. */
static void join(const struct wanted *wanted, struct strings *all)
{
    for (size_t i = 0; i < wanted->given.count; i++)
        strings_add(all, wanted->given.item[i]);
    for (size_t i = 0; i < wanted->implied.count; i++)
        strings_add(all, wanted->implied.item[i]);
}

/* The pairs among the words from `from` on. */
static void take_pairs(struct wanted *wanted, const struct strings *words, size_t from)
{
    for (size_t i = from; words && i < words->count; i++)
        if (words_is_pair(words->item[i]))
            strings_add(&wanted->given, words->item[i]);
}

/* Where the words begin that belong to the last bare one: behind it; 0 when there is none. */
static size_t behind_bare(const struct strings *words)
{
    size_t at = words ? words->count : 0;

    while (at && words_is_pair(words->item[at - 1]))
        at--;
    return at;
}

/* That bare one, or NULL. */
static const char *bare_before(const struct strings *words, size_t from)
{
    return words && words->item && from ? words->item[from - 1] : NULL;
}

/* The value of one member, behind `before`. */
static void add_values(const struct cursor *cursor, const struct wanted *wanted,
    const struct members *members, const char *key)
{
    AUTO_STRINGS struct strings all = {0};

    join(wanted, &all);
    /* A name that means something elsewhere, such as format=, may be an enum here. */
    if (!members_list_all(members, key))
        kinds_add_value(cursor, wanted->command, key, &all);
    members_add_values(members, key, false);
}

/* Descriptors that the line passes, as a value names them. */
static void add_descriptors(const struct cursor *cursor)
{
    static const char *const options[] = {"open", "pass-fd"};

    for (size_t i = 0; i < 2; i++) {
        const struct strings *given = position_strings(cursor->position, options[i]);

        for (size_t k = 0; given && k < given->count; k++) {
            int length = (int)strcspn(given->item[k], ":=");
            AUTO_FREE char *fd = xasprintf("%sfd:%.*s", cursor->before, length, given->item[k]);
            AUTO_FREE char *set = xasprintf("%sfdset:%.*s", cursor->before, length, given->item[k]);

            candidates_add(cursor->candidates, fd, "a descriptor that is passed");
            candidates_add(cursor->candidates, set, "the same as /dev/fdset/N");
        }
    }
}

/* KEY=VALUE with the '=' typed. */
static void add_pair(
    const struct cursor *cursor, const struct wanted *wanted, struct members *members)
{
    const char *value = words_value(cursor->typed);
    bool file = *value == '@' && !words_is_json(cursor->typed);
    size_t length = (size_t)(value - cursor->typed) + (file ? 1 : 0);
    AUTO_FREE char *before = xasprintf("%s%.*s", cursor->before, (int)length, cursor->typed);
    AUTO_FREE char *key = words_key(cursor->typed);
    struct cursor below = *cursor;

    below.before = before;
    below.typed += length;
    members->before = before;
    if (file) {
        add_descriptors(&below);
        kinds_add(&below, COMPLETES_FILE, NULL);
    } else if (words_is_json(cursor->typed)) {
        members_add_values(members, key, true);
    } else {
        add_values(&below, wanted, members, key);
    }
}

static void add_words(
    const struct cursor *cursor, struct schema *schema, const struct wanted *wanted)
{
    AUTO_STRINGS struct strings hidden = {0};
    struct members members = {schema, wanted->type, &wanted->given, &wanted->implied, &hidden,
        cursor->before, cursor->candidates, wanted->conditions};

    for (const char *const *name = wanted->hidden; name && *name; name++)
        strings_add(&hidden, *name);
    if (words_is_pair(cursor->typed)) {
        add_pair(cursor, wanted, &members);
        return;
    }
    if (strchr(cursor->typed, '='))
        return;
    if (wanted->bare && !words_find(&wanted->given, wanted->bare))
        add_values(cursor, wanted, &members, wanted->bare);
    members_add_names(&members, cursor->typed);
}

/* Commands. */

/*
 * Takes what the words before the cursor give, and the member that a bare word gives there: where
 * our own subcommands take one, or as the command's arguments are.
 */
static void take_words(const struct cursor *cursor, struct schema *schema, const json *entry,
    const struct strings *words, struct wanted *wanted)
{
    static const struct strings none = {0};
    AUTO_ERROR struct error ignored = {0};
    const struct command *command = cursor->position->command;
    const struct argument *argument = cursor->position->argument;

    wanted->bare = command->bare;
    if (command->bare && !command->bares) {
        for (size_t i = 0; words && i < words->count; i++)
            if (!words_is_pair(words->item[i]))
                strings_printf(&wanted->given, "%s=%s", command->bare, words->item[i]);
        take_pairs(wanted, words, 0);
    } else if (command->bare) {
        take_pairs(wanted, words, behind_bare(words));
    } else {
        (void)arguments_pairs(schema, entry, words ? words : &none, &wanted->given, &ignored);
        wanted->bare = arguments_next_bare(schema, entry, &wanted->given);
    }
    if (!argument || argument->kind == ARGUMENT_KIND_WORDS)
        wanted->bare = NULL;
}

/* The words of a device that a subcommand of ours plugs in, beside what it says itself. */
static void imply_device(const struct cursor *cursor, struct wanted *wanted)
{
    static const char *const of_a_driver[] = {"id", "netdev", "drive", NULL};
    static const char *const of_any[] = {"driver", NULL};
    const struct command *command = cursor->position->command;
    const char *driver = position_given(cursor->position, COMPLETES_DRIVER);

    wanted->hidden = command->driver ? of_a_driver : of_any;
    if (!driver)
        driver = words_find(&wanted->given, "driver") ? NULL : command->driver;
    if (driver)
        strings_printf(&wanted->implied, "driver=%s", driver);
}

static void add_command(const struct cursor *cursor, const char *name, const struct strings *words)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_WANTED struct wanted wanted = {0};
    const struct command *command = cursor->position->command;
    struct schema *schema = source_schema(cursor->source);
    const json *entry = schema ? schema_find_meta(schema, name, "command", &ignored) : NULL;
    AUTO_STRINGS struct strings all = {0};
    AUTO_JSON json *own = NULL;

    if (!entry)
        return;
    wanted.command = json_get_string(entry, "name");
    take_words(cursor, schema, entry, words, &wanted);
    if (command->words_of && text_is(command->words_of, "device_add"))
        imply_device(cursor, &wanted);
    join(&wanted, &all);
    own = source_own_type(cursor->source, entry, &all);
    /* Asking may have brought a schema that is not the remembered one; both know the names. */
    wanted.type = own ? own : json_get(entry, "arg-type");
    add_words(cursor, schema, &wanted);
}

/* The QMP command whose members the words of this line are. */
static const char *command_of(const struct position *position)
{
    const struct command *command = position->command;
    const char *named = position_given(position, COMPLETES_COMMAND);

    return named               ? named
           : command->words_of ? command->words_of
           : command->qmp_name ? command->qmp_name
                               : command->name;
}

/* Options with the words of a command. */

static void add_netdev(const struct cursor *cursor, const struct strings *words)
{
    static const char *const hidden[] = {"id", NULL};
    AUTO_ERROR struct error ignored = {0};
    AUTO_WANTED struct wanted wanted = {.command = "netdev_add", .hidden = hidden};
    struct schema *schema = source_schema(cursor->source);

    wanted.type = schema ? schema_arguments(schema, wanted.command, &ignored) : NULL;
    take_pairs(&wanted, words, 0);
    if (position_chosen(cursor->position, "tap"))
        strings_add(&wanted.implied, "type=tap");
    if (wanted.type)
        add_words(cursor, schema, &wanted);
}

static void add_node(const struct cursor *cursor, const struct strings *words)
{
    static const char *const hidden[] = {
        "driver", "node-name", "file", "read-only", "backing", "cache", NULL};
    AUTO_ERROR struct error ignored = {0};
    AUTO_WANTED struct wanted wanted = {.command = "blockdev-add", .hidden = hidden};
    struct schema *schema = source_schema(cursor->source);
    const char *format = position_chosen(cursor->position, "format");

    wanted.type = schema ? schema_arguments(schema, wanted.command, &ignored) : NULL;
    take_pairs(&wanted, words, 0);
    strings_printf(&wanted.implied, "driver=%s", format ? format : "raw");
    if (wanted.type)
        add_words(cursor, schema, &wanted);
}

static void add_settings(const struct cursor *cursor, const struct strings *words)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_WANTED struct wanted wanted = {.command = "migrate-set-parameters"};
    struct schema *schema = source_schema(cursor->source);
    AUTO_JSON json *type = schema ? migrateset_members(schema, &ignored) : NULL;

    wanted.type = type;
    take_pairs(&wanted, words, 0);
    if (type)
        add_words(cursor, schema, &wanted);
}

/* Actions of a transaction. */

static void add_actions(const struct cursor *cursor, const struct strings *words)
{
    AUTO_WANTED struct wanted wanted = {0};
    AUTO_STRINGS struct strings names = {0};
    struct schema *schema = source_schema(cursor->source);
    size_t from = behind_bare(words);

    if (!schema)
        return;
    wanted.command = bare_before(words, from);
    wanted.type = wanted.command ? transaction_action(schema, wanted.command) : NULL;
    take_pairs(&wanted, words, from);
    if (wanted.type)
        add_words(cursor, schema, &wanted);
    transaction_actions(schema, &names);
    for (size_t i = 0; i < names.count && !strchr(cursor->typed, '='); i++) {
        AUTO_FREE char *word = xasprintf("%s%s", cursor->before, names.item[i]);

        candidates_add(cursor->candidates, word, "an action");
    }
}

/* Patterns of events. */

/* As QEMU writes names of events. */
static char *event_name(const char *typed)
{
    char *name = xstrdup(typed);

    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return name;
}

/* Names in the letters in which one has been begun. */
static void add_events(const struct cursor *cursor, struct schema *schema)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_STRINGS struct strings names = {0};
    bool small = islower((unsigned char)*cursor->typed);

    (void)schema_events(schema, &names, &ignored);
    for (size_t i = 0; i < names.count; i++) {
        AUTO_FREE char *word = NULL;

        for (char *c = names.item[i]; small && *c; c++)
            *c = *c == '_' && strchr(cursor->typed, '-') ? '-' : (char)tolower((unsigned char)*c);
        word = xasprintf("%s%s", cursor->before, names.item[i]);
        candidates_add(cursor->candidates, word, "an event");
    }
}

static void add_pattern(const struct cursor *cursor, const struct strings *words)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_WANTED struct wanted wanted = {.conditions = true};
    AUTO_FREE char *name = NULL;
    struct schema *schema = source_schema(cursor->source);
    size_t from = behind_bare(words);
    const char *bare;
    const json *entry;

    if (!schema)
        return;
    bare = bare_before(words, from);
    name = bare ? event_name(bare) : NULL;
    entry = name ? schema_find_meta(schema, name, "event", &ignored) : NULL;
    wanted.command = name;
    wanted.type = entry ? json_get(entry, "arg-type") : NULL;
    take_pairs(&wanted, words, from);
    if (wanted.type)
        add_words(cursor, schema, &wanted);
    if (!strchr(cursor->typed, '=') && (!bare || !cursor->position->option))
        add_events(cursor, schema);
}

/* A pattern in one word: what stands before its last blank is the words before. */
static void add_whole_pattern(const struct cursor *cursor)
{
    AUTO_STRINGS struct strings words = {0};
    const char *blank = strrchr(cursor->typed, ' ');
    size_t length = blank ? (size_t)(blank - cursor->typed) + 1 : 0;
    AUTO_FREE char *before = xasprintf("%s%.*s", cursor->before, (int)length, cursor->typed);
    struct cursor below = *cursor;

    for (const char *at = cursor->typed; at < cursor->typed + length;) {
        size_t one = strcspn(at, " ");

        if (one)
            strings_take(&words, xstrndup(at, one));
        at += one + 1;
    }
    below.before = before;
    below.typed += length;
    add_pattern(&below, &words);
}

bool qemuwords_add(const struct cursor *cursor, enum completes kind, const struct strings *words)
{
    switch (kind) {
    case COMPLETES_WORDS:
        add_command(cursor, command_of(cursor->position), words);
        return true;
    case COMPLETES_NETDEV_WORDS:
        add_netdev(cursor, words);
        return true;
    case COMPLETES_NODE_WORDS:
        add_node(cursor, words);
        return true;
    case COMPLETES_SETTING:
        add_settings(cursor, words);
        return true;
    case COMPLETES_ACTIONS:
        add_actions(cursor, words);
        return true;
    case COMPLETES_PATTERN:
        if (cursor->position->option)
            add_whole_pattern(cursor);
        else
            add_pattern(cursor, words);
        return true;
    default:
        return false;
    }
}
