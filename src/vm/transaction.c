/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/transaction.h"

#include "qmp/typing.h"

#include <string.h>

/* The type of one action, an object whose tag says which: the place of a list in the schema. */
static const json *action_type(struct schema *schema, struct error *error)
{
    const json *command = schema_find_meta(schema, "transaction", "command", error);
    enum schema_kind kind;
    const json *type = schema_type(schema, json_get(command, "arg-type"), &kind);
    const json *actions = json_find(json_get(type, "members"), "name", "actions");

    if (error->kind)
        return NULL;
    type = schema_type(schema, json_get(actions, "type"), &kind);
    type = schema_type(schema, json_get(type, "element-type"), &kind);
    if (kind != SCHEMA_OBJECT)
        error_set(error, ERROR_UNSUPPORTED, "this QEMU has no transaction");
    return kind == SCHEMA_OBJECT ? type : NULL;
}

/* What the action takes: the member `data` of its variant; NULL when there is no such action. */
static const json *data_type(struct schema *schema, const json *action, const char *name)
{
    json_each (variant, json_get(action, "variants")) {
        const char *its = json_get_string(variant, "case");
        enum schema_kind kind;
        const json *type = schema_type(schema, json_get(variant, "type"), &kind);

        if (its && strcmp(its, name) == 0)
            return json_get(json_find(json_get(type, "members"), "name", "data"), "type");
    }
    return NULL;
}

void transaction_actions(struct schema *schema, struct strings *names)
{
    AUTO_ERROR struct error ignored = {0};

    json_gather(names, json_get(action_type(schema, &ignored), "variants"), "case");
}

const json *transaction_action(struct schema *schema, const char *name)
{
    AUTO_ERROR struct error ignored = {0};

    return data_type(schema, action_type(schema, &ignored), name);
}

static bool no_action(const json *action, const char *name, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};

    json_gather(&names, json_get(action, "variants"), "case");
    error_set(error, ERROR_USAGE, "there is no action '%s'", name);
    return error_suggest(error, name, &names);
}

static bool add_action(const struct typing *typing, const json *action, const char *name,
    const struct strings *pairs, json *actions, struct error *error)
{
    const json *type = data_type(typing->schema, action, name);
    json *data, *made;

    if (!type)
        return no_action(action, name, error);
    data = typing_words(typing, type, pairs, error);
    if (!data)
        return error_prefix(error, "action %zu, %s", json_count(actions) + 1, name);
    made = json_new_object();
    json_add_string(made, "type", name);
    json_add(made, "data", data);
    json_append(actions, made);
    return true;
}

json *transaction_arguments(
    struct session *session, const struct strings *words, bool grouped, struct error *error)
{
    AUTO_STRINGS struct strings notes = {0};
    const struct typing typing = {.schema = schema_of(session), .notes = &notes};
    const json *action = action_type(typing.schema, error);
    AUTO_JSON json *made = json_new_object();
    json *actions = json_add_array(made, "actions");

    if (!action)
        return NULL;
    for (size_t i = 0; i < words->count;) {
        AUTO_STRINGS struct strings pairs = {0};
        const char *name = words->item[i++];

        if (strchr(name, '=')) {
            error_set(error, ERROR_USAGE, "'%s': the name of an action comes first", name);
            return NULL;
        }
        while (i < words->count && strchr(words->item[i], '='))
            strings_add(&pairs, words->item[i++]);
        if (!add_action(&typing, action, name, &pairs, actions, error))
            return NULL;
    }
    if (grouped)
        json_add_string(json_add_object(made, "properties"), "completion-mode", "grouped");
    for (size_t i = 0; i < notes.count; i++)
        report_note(session_report(session), "%s", notes.item[i]);
    return steal_pointer(&made);
}
