/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/migrateset.h"

#include "qmp/ask.h"
#include "qmp/typing.h"
#include "vm/inquiry.h"

#include <stdlib.h>
#include <string.h>

static const char set_capabilities[] = "migrate-set-capabilities";
static const char set_parameters[] = "migrate-set-parameters";

void migrateset_free(struct migrateset *set)
{
    json_free(set->capabilities);
    json_free(set->parameters);
    *set = (struct migrateset){0};
}

static void append_capability(json *list, const char *name, bool state)
{
    json *one = json_new_object();

    json_add_string(one, "capability", name);
    json_add_bool(one, "state", state);
    json_append(list, one);
}

void migrateset_capability(struct migrateset *set, const char *name, bool state)
{
    if (!set->capabilities)
        set->capabilities = json_new_array();
    if (!json_find(set->capabilities, "capability", name))
        append_capability(set->capabilities, name, state);
}

void migrateset_parameter(struct migrateset *set, const char *name, json *value)
{
    if (!set->parameters)
        set->parameters = json_new_object();
    if (json_get(set->parameters, name))
        json_free(value);
    else
        json_add(set->parameters, name, value);
}

/* ---------------------------------------------------------------- what was typed */

/* The enum of all capabilities, borrowed, as schema_arguments(). */
static const json *capability_type(struct schema *schema, struct error *error)
{
    const json *type = schema_arguments(schema, set_capabilities, error);
    enum schema_kind kind;

    type = json_get(json_find(json_get(type, "members"), "name", "capabilities"), "type");
    type = type ? schema_type(schema, type, &kind) : NULL;
    type = schema_type(schema, json_get(type, "element-type"), &kind);
    type = json_get(json_find(json_get(type, "members"), "name", "capability"), "type");
    type = type ? schema_type(schema, type, &kind) : NULL;
    return type && kind == SCHEMA_ENUM ? type : NULL;
}

/* A member that is on or off, with the marks of its name. */
static json *capability_member(const json *capabilities, const char *name)
{
    const json *features =
        json_get(json_find(json_get(capabilities, "members"), "name", name), "features");
    json *member = json_new_object(), *type = json_add_object(member, "type");

    json_add_string(type, "meta-type", "builtin");
    json_add_string(type, "json-type", "boolean");
    json_add_string(member, "name", name);
    json_add(member, "default", json_new_null());
    if (features)
        json_add(member, "features", json_copy(features));
    return member;
}

static json *joined_type(
    struct schema *schema, const struct strings *capabilities, struct error *error)
{
    const json *values = capability_type(schema, error);
    const json *parameters = error->kind ? NULL : schema_arguments(schema, set_parameters, error);
    AUTO_MEMBERS struct schema_members known = {0};
    json *type, *members;

    if (error->kind)
        return NULL;
    type = json_new_object();
    json_add_string(type, "meta-type", "object");
    members = json_add_array(type, "members");
    for (size_t i = 0; i < capabilities->count; i++)
        json_append(members, capability_member(values, capabilities->item[i]));
    if (parameters)
        schema_members(schema, parameters, NULL, &known);
    for (size_t i = 0; i < known.count; i++)
        if (!strings_have(capabilities, json_get_string(known.item[i], "name")))
            json_append(members, json_copy(known.item[i]));
    return type;
}

json *migrateset_members(struct schema *schema, struct error *error)
{
    AUTO_STRINGS struct strings capabilities = {0};

    schema_values(capability_type(schema, error), &capabilities);
    return error->kind ? NULL : joined_type(schema, &capabilities, error);
}

static bool no_name(const char *name, const struct strings *names, struct error *error)
{
    error_set(error, ERROR_USAGE, "there is no capability or parameter '%s'", name);
    return error_suggest(error, name, names);
}

/* The words with the names as QEMU writes them. */
static bool name_words(
    const json *type, const struct strings *words, struct strings *named, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};

    json_gather(&names, json_get(type, "members"), "name");
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i], *name = NULL;
        AUTO_FREE char *head = words_is_pair(word) ? words_key(word) : NULL;

        if (!head)
            return error_set(error, ERROR_USAGE, "expected NAME=VALUE, not '%s'", word);
        head[strcspn(head, ".")] = '\0';
        for (size_t n = 0; n < names.count && !name; n++)
            if (text_same_name(names.item[n], head))
                name = names.item[n];
        if (!name)
            return no_name(head, &names, error);
        strings_printf(named, "%s%s", name, word + strlen(head));
    }
    return true;
}

/* Moves what was made into the set; given twice is given in another list of words. */
static bool sort_out(
    json *made, const struct strings *capabilities, struct migrateset *set, struct error *error)
{
    json_each (member, made) {
        const char *name = json_key(member);

        if (json_find(set->capabilities, "capability", name) || json_get(set->parameters, name))
            return error_set(error, ERROR_USAGE, "%s is given twice", name);
        if (strings_have(capabilities, name))
            migrateset_capability(set, name, json_is_true(member));
        else
            migrateset_parameter(set, name, json_copy(member));
    }
    return true;
}

bool migrateset_type(struct session *session, const struct strings *words, struct migrateset *set,
    struct error *error)
{
    struct schema *schema = schema_of(session);
    AUTO_STRINGS struct strings capabilities = {0}, named = {0}, notes = {0};
    const struct typing typing = {schema, &notes, set_parameters};
    AUTO_JSON json *type = NULL;
    AUTO_JSON json *made = NULL;

    if (!schema_load(schema, error))
        return false;
    schema_values(capability_type(schema, error), &capabilities);
    type = error->kind ? NULL : joined_type(schema, &capabilities, error);
    if (!type || !name_words(type, words, &named, error))
        return false;
    made = typing_words(&typing, type, &named, error);
    if (!made || !sort_out(made, &capabilities, set, error))
        return false;
    for (size_t i = 0; i < notes.count; i++)
        report_note(session_report(session), "%s", notes.item[i]);
    return true;
}

/* A peer without a schema is asked for its capabilities themselves. */
static bool ask_whether(
    struct session *session, const char *capability, bool *has, struct error *error)
{
    AUTO_JSON json *list = session_ask(session, "query-migrate-capabilities", NULL, error);

    *has = json_find(list, "capability", capability);
    return list;
}

bool migrateset_has(struct session *session, const char *capability, bool *has, struct error *error)
{
    struct schema *schema = schema_of(session);
    AUTO_STRINGS struct strings names = {0};

    if (!schema_load(schema, error)) {
        if (error->kind != ERROR_UNSUPPORTED)
            return false;
        error_free(error);
        return ask_whether(session, capability, has, error);
    }
    schema_values(capability_type(schema, error), &names);
    *has = strings_have(&names, capability);
    return !error->kind;
}

/* ---------------------------------------------------------------- the steps */

static bool is_same(const json *a, const json *b)
{
    AUTO_FREE char *one = a ? json_to_string(a) : NULL;
    AUTO_FREE char *other = b ? json_to_string(b) : NULL;

    return one && other && strcmp(one, other) == 0;
}

static bool capabilities_are(const json *wanted, const json *now)
{
    json_each (one, wanted) {
        const json *its = json_find(now, "capability", json_get_string(one, "capability"));

        if (json_get_bool(its, "state", false) != json_get_bool(one, "state", false))
            return false;
    }
    return true;
}

static bool parameters_are(const json *wanted, const json *now)
{
    json_each (member, wanted)
        if (!is_same(member, json_get(now, json_key(member))))
            return false;
    return true;
}

/* Does the step's part hold now? */
static bool capabilities_hold(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *now = session_ask(session, "query-migrate-capabilities", NULL, error);

    *present = now && capabilities_are(json_get(step->arguments, "capabilities"), now);
    return now;
}

static bool parameters_hold(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *now = session_ask(session, "query-migrate-parameters", NULL, error);

    *present = now && parameters_are(step->arguments, now);
    return now;
}

/* "capability multifd", "parameters max-bandwidth, downtime-limit" */
static char *what_of(const json *container)
{
    bool list = json_is_array(container), several = json_count(container) > 1;
    const char *separator = " ";
    AUTO_TEXT struct text text = TEXT_EMPTY;

    text_add_string(&text,
        list ? (several ? "capabilities" : "capability") : (several ? "parameters" : "parameter"));
    json_each (item, container) {
        text_printf(
            &text, "%s%s", separator, list ? json_get_string(item, "capability") : json_key(item));
        separator = ", ";
    }
    return text_take(&text);
}

/* The first goes with what is before it; one that may be refused must not leave the next one set.
 */
static struct step *add_step(struct steps *steps, const char *command, json *arguments, bool first)
{
    return steps_add(steps, command, arguments, first ? 0 : STEP_WAIT);
}

/* Takes both lists over; nothing when they are empty. */
static bool add_capabilities(struct steps *steps, json *wanted, json *before, bool first)
{
    json *arguments = json_new_object(), *inverse = json_new_object();
    AUTO_FREE char *what = what_of(wanted);
    bool any = json_count(wanted);

    json_add(arguments, "capabilities", wanted);
    json_add(inverse, "capabilities", before);
    if (any) {
        step_undo_by(add_step(steps, set_capabilities, arguments, first), what, set_capabilities,
            inverse, capabilities_hold);
        return true;
    }
    json_free(arguments);
    json_free(inverse);
    return false;
}

/* What had no value before (block-bitmap-mapping) can be set anew and never be unset. */
static bool cannot_unset(struct session *session, const struct step *step, struct error *error)
{
    (void)session;
    (void)step;
    return error_set(error, ERROR_UNSUPPORTED, "QEMU has no way to unset it");
}

static bool add_parameters(struct steps *steps, const json *wanted, const json *now, bool first)
{
    json *differing = json_new_object(), *before = json_new_object(), *lasting = json_new_object();
    json *const sets[] = {differing, lasting};

    json_each (member, wanted) {
        const char *name = json_key(member);
        const json *old = json_get(now, name);

        if (is_same(member, old))
            continue;
        json_add(old ? differing : lasting, name, json_copy(member));
        if (old)
            json_add(before, name, json_copy(old));
    }
    for (size_t i = 0; i < 2; i++) {
        AUTO_FREE char *what = what_of(sets[i]);
        struct step *step;

        if (!json_count(sets[i])) {
            json_free(sets[i]);
            continue;
        }
        step = add_step(steps, set_parameters, sets[i], first);
        first = false;
        step_undo_by(
            step, what, set_parameters, i ? NULL : steal_pointer(&before), parameters_hold);
        if (i)
            step->take_back = cannot_unset;
    }
    json_free(before);
    return first;
}

/* Those that are to be turned on (or off) and are not. */
static void choose(
    const json *wanted, const json *now, bool on, bool off, json *chosen, json *before)
{
    json_each (one, wanted) {
        const char *name = json_get_string(one, "capability");
        bool state = json_get_bool(one, "state", false);
        bool its = json_get_bool(json_find(now, "capability", name), "state", false);

        if (state == its || !(state ? on : off))
            continue;
        append_capability(chosen, name, state);
        append_capability(before, name, its);
    }
}

static bool add_chosen(
    struct steps *steps, const json *wanted, const json *now, bool on, bool off, bool first)
{
    json *chosen = json_new_array(), *before = json_new_array();

    choose(wanted, now, on, off, chosen, before);
    return add_capabilities(steps, chosen, before, first);
}

/* What holds now, as far as the set has to do with it; NULL where it has nothing. */
struct values {
    struct inquiry inquiry;
    const json *capabilities;
    const json *parameters;
};

static void values_free(struct values *values)
{
    inquiry_free(&values->inquiry);
}

static bool values_ask(struct values *values, struct session *session, const struct migrateset *set,
    struct error *error)
{
    struct inquiry *inquiry = &values->inquiry;
    size_t capabilities =
        set->capabilities ? inquiry_add(inquiry, "query-migrate-capabilities", NULL) : INQUIRY_NONE;
    size_t parameters =
        set->parameters ? inquiry_add(inquiry, "query-migrate-parameters", NULL) : INQUIRY_NONE;

    if (!inquiry_ask(inquiry, session, error) ||
        (set->capabilities && !inquiry_require(inquiry, capabilities, error)) ||
        (set->parameters && !inquiry_require(inquiry, parameters, error)))
        return false;
    values->capabilities = inquiry_answer(inquiry, capabilities);
    values->parameters = inquiry_answer(inquiry, parameters);
    return true;
}

bool migrateset_add_steps(
    struct steps *steps, struct session *session, const struct migrateset *set, struct error *error)
{
    AUTO(values_free) struct values now = {0};
    bool first = true;

    if (!values_ask(&now, session, set, error))
        return false;
    if (!set->parameters || parameters_are(set->parameters, now.parameters)) {
        add_chosen(steps, set->capabilities, now.capabilities, true, true, first);
        return true;
    }
    first = !add_chosen(steps, set->capabilities, now.capabilities, false, true, first);
    first = add_parameters(steps, set->parameters, now.parameters, first);
    add_chosen(steps, set->capabilities, now.capabilities, true, false, first);
    return true;
}

json *migrateset_read_back(
    struct session *session, const struct migrateset *set, struct error *error)
{
    AUTO(values_free) struct values now = {0};
    json *result;

    if (!values_ask(&now, session, set, error))
        return NULL;
    result = json_new_object();
    json_each (one, set->capabilities) {
        const char *name = json_get_string(one, "capability");
        const json *its = json_find(now.capabilities, "capability", name);

        json_add_bool(result, name, json_get_bool(its, "state", false));
    }
    json_each (member, set->parameters) {
        const json *its = json_get(now.parameters, json_key(member));

        json_add(result, json_key(member), its ? json_copy(its) : json_new_null());
    }
    return result;
}

/* ---------------------------------------------------------------- back again */

static bool is_ours(const struct step *step)
{
    return step->state == STEP_DONE && step->inverse &&
           (strcmp(step->command, set_capabilities) == 0 ||
               strcmp(step->command, set_parameters) == 0);
}

/* Queues the inverses from the last; a ticket for each, or an error. */
static void send_back(
    struct session *session, const struct steps *steps, uint64_t *tickets, struct error *error)
{
    for (const struct step *step = steps->last; step && !error->kind; step = step->before)
        if (is_ours(step) && step->inverse_arguments)
            (void)session_send(
                session, step->inverse, step->inverse_arguments, -1, tickets++, error);
}

static void name_left(struct strings *left, const struct step *step, const char *why)
{
    strings_printf(left, "%s (%s)", step->what, why ? why : "not known");
}

/* What became of one: named when it is not set again. */
static void judge_back(struct session *session, const struct step *step, uint64_t ticket,
    struct strings *left, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;
    AUTO_ERROR struct error why = {0};

    if (!step->inverse_arguments)
        (void)cannot_unset(session, step, &why);
    else if (!error->kind)
        (void)session_result(session, ticket, &reply, &why);
    if (why.kind || (error->kind && step->inverse_arguments))
        name_left(left, step, why.message);
    if (why.kind && why.kind != ERROR_REFUSED && why.kind != ERROR_UNSUPPORTED)
        error_move(error, &why);
}

void migrateset_name_done(const struct steps *steps, struct strings *left)
{
    for (const struct step *step = steps->first; step; step = step->next)
        if (is_ours(step))
            strings_add(left, step->what);
}

bool migrateset_restore(
    struct session *session, const struct steps *steps, struct strings *left, struct error *error)
{
    int64_t deadline = session_deadline(session);
    AUTO_FREE uint64_t *tickets = NULL;
    size_t count = 0, at = 0;

    for (const struct step *step = steps->first; step; step = step->next)
        count++;
    tickets = xcalloc(count + 1, sizeof(*tickets));
    /* What ended the migration must not keep its settings. */
    (void)loop_forgive(session_loop(session));
    session_set_deadline(session, CLOCK_NEVER);
    send_back(session, steps, tickets, error);
    for (const struct step *step = steps->last; step; step = step->before)
        if (is_ours(step))
            judge_back(session, step, step->inverse_arguments ? tickets[at++] : 0, left, error);
    session_set_deadline(session, deadline);
    return !error->kind;
}
