/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/arguments.h"

#include "qmp/agent.h"
#include "qmp/known.h"
#include "qmp/properties.h"

#include <stdlib.h>
#include <string.h>

static bool settle(const struct strings *words, struct strings *settled, struct error *error)
{
    AUTO_JSON json *whole = NULL;

    if (!words_settle(words, NULL, settled, &whole, error))
        return false;
    return !whole || error_set(error, ERROR_USAGE, "expected KEY=VALUE, not '%s'", words->item[0]);
}

json *arguments_untyped(const struct strings *words, struct error *error)
{
    static const struct typing typing = {0};
    AUTO_STRINGS struct strings settled = {0};

    return settle(words, &settled, error) ? typing_words(&typing, NULL, &settled, error) : NULL;
}

/* The command. */

static bool no_command(
    struct schema *schema, const char *command, const struct strings *others, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};
    AUTO_TEXT struct text versions = TEXT_EMPTY;

    if (known_command(command, &versions))
        return error_set(error, ERROR_UNSUPPORTED,
            "this QEMU (%s) has no command '%s'; others have it: %s",
            session_version(schema_session(schema)), command, text_string(&versions));
    if (!schema_commands(schema, &names, error))
        return false;
    for (size_t i = 0; others && i < others->count; i++)
        strings_add(&names, others->item[i]);
    error_set(
        error, ERROR_USAGE, "there is no %scommand '%s'", others ? "subcommand or " : "", command);
    return error_suggest(error, command, &names);
}

static const json *find_command(
    struct schema *schema, const char *command, const struct strings *others, struct error *error)
{
    const json *entry = schema_find_meta(schema, command, "command", error);

    if (!entry && !error->kind)
        no_command(schema, command, others, error);
    return entry;
}

bool arguments_command(
    struct session *session, const char *command, const struct strings *others, struct error *error)
{
    if (session_is_agent(session))
        return agent_check(session, command, error);
    return find_command(schema_of(session), command, others, error);
}

/* The words. */

/* Notes the name that a pair gives. */
static void note_name(const char *pair, struct strings *names)
{
    AUTO_FREE char *key = words_key(pair);

    strings_add(names, key);
    /* A member that is an object may be given by its own members. */
    key[strcspn(key, ".")] = '\0';
    strings_add(names, key);
}

const char *arguments_next_bare(
    struct schema *schema, const json *entry, const struct strings *pairs)
{
    AUTO_STRINGS struct strings names = {0};

    for (size_t i = 0; i < pairs->count; i++)
        note_name(pairs->item[i], &names);
    return entry ? schema_next_mandatory(schema, entry, &names) : NULL;
}

bool arguments_pairs(struct schema *schema, const json *entry, const struct strings *words,
    struct strings *pairs, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};
    const char *name = NULL;

    for (size_t i = 0; i < words->count; i++)
        if (words_is_pair(words->item[i]))
            note_name(words->item[i], &names);
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i], *before = name;

        if (words_is_pair(word)) {
            strings_add(pairs, word);
            continue;
        }
        name = entry ? schema_next_mandatory(schema, entry, &names) : NULL;
        if (!name)
            return error_set(error, ERROR_USAGE, "expected KEY=VALUE, not '%s'",
                before && transcript_is_secret(NULL, before) ? "***" : word);
        strings_add(&names, name);
        strings_printf(pairs, "%s=%s", name, word);
    }
    return true;
}

/* What one kind of device or object adds to the members that the schema knows. */
static json *joined_type(struct schema *schema, const json *reference, const json *properties)
{
    enum schema_kind kind;
    const json *base = schema_type(schema, reference, &kind);
    json *type = json_new_object(), *members;

    json_add_string(type, "meta-type", "object");
    members = json_add_array(type, "members");
    json_each (member, json_get(base, "members"))
        json_append(members, json_copy(member));
    json_each (member, json_get(properties, "members"))
        if (!json_find(members, "name", json_get_string(member, "name")))
            json_append(members, json_copy(member));
    return type;
}

/* The value of the member that says which kind it is, among pairs or in the object. */
static const char *kind_member(const json *given, const struct strings *pairs, const char *name)
{
    return given ? json_get_string(given, name) : words_find(pairs, name);
}

json *arguments_own_type(struct schema *schema, const json *entry, const json *given,
    const struct strings *pairs, struct error *error)
{
    const char *command = json_get_string(entry, "name");
    const json *reference = json_get(entry, "arg-type");
    enum schema_kind kind;
    const json *base = schema_type(schema, reference, &kind);
    bool device = strcmp(command, "device_add") == 0;
    bool object = strcmp(command, "object-add") == 0 && !json_get(base, "variants");
    const char *which = device   ? kind_member(given, pairs, "driver")
                        : object ? kind_member(given, pairs, "qom-type")
                                 : NULL;
    AUTO_JSON json *properties = NULL;

    if (!which)
        return NULL;
    properties = device ? properties_of_device(schema, which, error)
                        : properties_of_object(schema, which, error);
    return properties ? joined_type(schema, reference, properties) : NULL;
}

static void note_all(
    struct session *session, const char *command, const json *entry, const struct strings *notes)
{
    static const char *const marks[] = {"deprecated", "unstable"};

    for (size_t i = 0; i < 2; i++)
        if (schema_has_feature(entry, marks[i]))
            report_note(
                session_report(session), "%s is marked as %s by this QEMU", command, marks[i]);
    for (size_t i = 0; i < notes->count; i++)
        report_note(session_report(session), "%s: %s", command, notes->item[i]);
}

static json *typed(struct schema *schema, const json *entry, const json *whole,
    const struct strings *words, struct error *error)
{
    AUTO_STRINGS struct strings pairs = {0}, notes = {0};
    const struct typing typing = {schema, &notes, json_get_string(entry, "name")};
    const json *type = json_get(entry, "arg-type");
    AUTO_JSON json *own = NULL;
    json *made;

    if (!whole && !arguments_pairs(schema, entry, words, &pairs, error))
        return NULL;
    own = arguments_own_type(schema, entry, whole, &pairs, error);
    if (error->kind)
        return NULL;
    type = own ? own : type;
    made = whole ? typing_json(&typing, type, whole, error)
                 : typing_words(&typing, type, &pairs, error);
    if (made)
        note_all(schema_session(schema), json_get_string(entry, "name"), entry, &notes);
    return made;
}

json *arguments_for(struct session *session, const char *command, const struct strings *words,
    const json *whole, struct error *error)
{
    struct schema *schema = schema_of(session);
    const json *entry;

    if (!session_is_agent(session)) {
        if (schema_load(schema, error)) {
            entry = find_command(schema, command, NULL, error);
            return entry ? typed(schema, entry, whole, words, error) : NULL;
        }
        if (error->kind != ERROR_UNSUPPORTED)
            return NULL;
        error_free(error);
    }
    return whole ? json_copy(whole) : arguments_untyped(words, error);
}

/* Devices. */

static bool is_meta(const char *name)
{
    /* What device_add itself takes, besides the driver's properties. */
    return strcmp(name, "driver") == 0 || strcmp(name, "id") == 0 || strcmp(name, "bus") == 0;
}

/* device_add's own members, without asking the schema for three names. */
static json *device_members(const json *properties)
{
    static const char *const names[] = {"driver", "id", "bus", "addr"};
    json *type = properties ? json_copy(properties) : json_new_object(), *members;

    if (!properties) {
        json_add_string(type, "meta-type", "object");
        json_add_array(type, "members");
    }
    members = json_get(type, "members");
    for (size_t i = 0; i < 4; i++) {
        json *member, *its;

        if (json_find(members, "name", names[i]) || (properties && !is_meta(names[i])))
            continue;
        member = json_new_object();
        its = json_new_object();
        json_add_string(its, "meta-type", "builtin");
        json_add_string(its, "json-type", "string");
        json_add_string(member, "name", names[i]);
        json_add(member, "type", its);
        json_add(member, "default", json_new_null());
        json_append(members, member);
    }
    return type;
}

json *arguments_for_device(struct session *session, const char *driver, bool certain,
    const struct strings *words, bool *is_pci, struct error *error)
{
    struct schema *schema = schema_of(session);
    AUTO_JSON json *properties = NULL;
    AUTO_JSON json *type = NULL;
    AUTO_STRINGS struct strings notes = {0}, settled = {0};
    const struct typing typing = {schema, &notes, "device_add"};
    json *made;
    bool needed = !certain;

    *is_pci = strstr(driver, "-pci"); /* what the name says need not be asked */
    for (size_t i = 0; i < words->count; i++) {
        AUTO_FREE char *key = words_key(words->item[i]);

        needed = needed || !key || (!is_meta(key) && strcmp(key, "addr") != 0);
    }
    if (needed) {
        properties = properties_of_device(schema, driver, error);
        if (!properties)
            return NULL;
        *is_pci = json_get_bool(properties, "pci", *is_pci);
    }
    type = device_members(properties);
    made = settle(words, &settled, error) ? typing_words(&typing, type, &settled, error) : NULL;
    if (!made && error->kind == ERROR_USAGE)
        error_prefix(error, "%s", driver);
    return made;
}
