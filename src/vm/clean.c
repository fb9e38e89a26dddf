/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/clean.h"

#include "qmp/ask.h"
#include "vm/step.h"

#include <string.h>

/* What a person names. */

/* Kind usage for a name of nothing, with the nearest one. */
static bool unknown_name(
    const struct leftovers *leftovers, enum thing_kind kind, const char *name, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};

    for (size_t i = 0; i < leftovers->count; i++)
        if ((kind == THING_KINDS || leftovers->things[i].kind == kind) &&
            !leftovers->things[i].implicit && !strings_have(&names, leftovers->things[i].name))
            strings_add(&names, leftovers->things[i].name);
    if (kind == THING_KINDS)
        error_set(error, ERROR_USAGE, "there is no export, job, netdev, node, fdset or object '%s'",
            name);
    else
        error_set(error, ERROR_USAGE, "there is no %s '%s'", thing_kind_name(kind), name);
    return error_suggest(error, name, &names);
}

static struct thing *resolve(
    const struct leftovers *leftovers, const char *word, struct error *error)
{
    size_t length = strcspn(word, ":");
    enum thing_kind kind = word[length] ? thing_kind_of(word, length) : THING_KINDS;
    const char *name = kind == THING_KINDS ? word : word + length + 1;
    struct thing *found = NULL;

    for (size_t i = 0; i < leftovers->count; i++) {
        struct thing *thing = &leftovers->things[i];

        if ((kind != THING_KINDS && thing->kind != kind) || strcmp(thing->name, name) != 0)
            continue;
        if (found && found->kind != thing->kind) {
            error_set(error, ERROR_USAGE, "'%s' is both: say %s:%s or %s:%s", name,
                thing_kind_name(found->kind), name, thing_kind_name(thing->kind), name);
            return NULL;
        }
        found = thing;
    }
    if (!found)
        unknown_name(leftovers, kind, name, error);
    return found;
}

/* Kind failed: what binds it, the user that stays, or what else it is kept for. */
static bool must_stay(const struct thing *thing, const char *user, struct error *error)
{
    error_set(error, ERROR_FAILED, "%s must stay: ", thing->label);
    if (thing->bound)
        return error_append(error, "%s", thing->bound);
    if (user)
        return error_append(error, "%s uses it", user);
    return error_append(error, "%s", thing->kept ? thing->kept : "it is QEMU's own");
}

static const char *first_user(
    const struct leftovers *leftovers, const struct thing *thing, bool unwanted)
{
    for (size_t i = 0; i < thing->users.count; i++) {
        const struct thing *user = leftovers_thing(leftovers, thing->users.item[i]);

        if (!user || (unwanted ? !user->wanted : !user->leftover))
            return thing->users.item[i];
    }
    return NULL;
}

static bool take_names(
    const struct leftovers *leftovers, const struct strings *names, struct error *error)
{
    for (size_t i = 0; i < names->count; i++) {
        struct thing *thing = resolve(leftovers, names->item[i], error);

        if (!thing)
            return false;
        if (!thing->leftover || thing->kept || thing->implicit)
            return must_stay(thing, first_user(leftovers, thing, false), error);
        thing->named = thing->wanted = true;
    }
    return true;
}

bool clean_choose(struct leftovers *leftovers, const struct strings *names, struct error *error)
{
    bool changed = true;

    if (!take_names(leftovers, names, error))
        return false;
    for (size_t i = 0; i < leftovers->count; i++) {
        struct thing *thing = &leftovers->things[i];

        if (thing->leftover && !thing->kept && (thing->implicit || (thing->ours && thing->known)))
            thing->wanted = true;
    }
    while (changed) {
        changed = false;
        for (size_t i = 0; i < leftovers->count; i++) {
            struct thing *thing = &leftovers->things[i];
            const char *user = thing->wanted ? first_user(leftovers, thing, true) : NULL;

            if (user && thing->named) {
                must_stay(thing, user, error);
                return error_append(error, ", which is left over too and was not named");
            }
            if (user) {
                thing->wanted = false;
                changed = true;
            }
        }
    }
    return true;
}

/* The messages. */

static void add_removal(struct steps *steps, const struct thing *thing)
{
    static const struct {
        const char *command, *key;
    } ways[THING_KINDS] = {
        [THING_EXPORT] = {"block-export-del", "id"}, /* refused while a client is connected */
        [THING_JOB] = {"job-dismiss", "id"},
        [THING_NETDEV] = {"netdev_del", "id"},
        [THING_NODE] = {"blockdev-del", "node-name"},
        [THING_FDSET] = {"remove-fd", "fdset-id"},
        [THING_OBJECT] = {"object-del", "id"},
    };
    json *arguments = json_new_object();
    const char *problem;
    struct number number;

    if (thing->kind == THING_FDSET && number_parse(thing->name, &number, &problem))
        json_add(arguments, ways[thing->kind].key, json_new_number(number));
    else
        json_add_string(arguments, ways[thing->kind].key, thing->name);
    steps_add(steps, ways[thing->kind].command, arguments, 0)->what = xstrdup(thing->label);
}

static void plan(const struct leftovers *leftovers, bool exports, struct steps *steps)
{
    for (size_t i = 0; i < leftovers->count; i++) {
        const struct thing *thing = &leftovers->things[i];

        if (thing->wanted && !thing->implicit && (thing->kind == THING_EXPORT) == exports)
            add_removal(steps, thing);
    }
}

static bool send_all(struct session *session, const struct steps *steps, struct error *error)
{
    for (struct step *step = steps->first; step; step = step->next)
        if (!session_send(session, step->command, step->arguments, -1, &step->ticket, error))
            return false;
    return true;
}

/* Without an answer nothing is known of the rest either. */
static void leave_unknown(const struct step *step, struct error *error)
{
    for (; step; step = step->next)
        strings_printf(&error->left, "%s (not known)", step->what);
}

/* False only when the connection, the time or a signal ended it; what is refused is in *refused. */
static bool receive_all(struct session *session, const struct steps *steps, struct strings *removed,
    struct error *refused, struct error *error)
{
    for (const struct step *step = steps->first; step; step = step->next) {
        AUTO_MESSAGE struct message *reply = NULL;
        AUTO_ERROR struct error why = {0};

        if (session_result(session, step->ticket, &reply, &why) || step_was_gone(&why)) {
            strings_add(removed, step->what);
            continue;
        }
        if (why.kind != ERROR_REFUSED && why.kind != ERROR_UNSUPPORTED) {
            error_move(error, &why);
            leave_unknown(step, error);
            return false;
        }
        if (!refused->kind) {
            error_move(refused, &why);
            error_prefix(refused, "%s could not be removed", step->what);
        }
        strings_add(&refused->left, step->what);
    }
    return true;
}

/* block-export-del only begins it, and a node is held until it is done. */
static bool wait_for_exports(
    struct session *session, const struct strings *removed, struct error *error)
{
    enum { ASK_AGAIN = 20 * 1000, PATIENCE = 10 * 1000 * 1000 };
    int64_t deadline = clock_after(PATIENCE);

    for (;;) {
        AUTO_JSON json *exports = session_ask(session, "query-block-exports", NULL, error);
        bool there = false;

        json_each (export, exports) {
            AUTO_FREE char *label = xasprintf("export %s", json_get_string(export, "id"));

            there = there || strings_have(removed, label);
        }
        if (!exports || !there)
            return exports;
        if (clock_now() >= deadline)
            return error_set(error, ERROR_TIMEOUT, "an export is still shutting down");
        if (!loop_sleep(session_loop(session), clock_after(ASK_AGAIN), error))
            return false;
    }
}

/* Up to 7.2 remove-fd says {} on a paused VM and keeps the descriptor. */
static bool find_lingering(struct session *session, uint64_t ticket, struct strings *removed,
    struct strings *left, struct error *error)
{
    AUTO_JSON json *sets = session_answer(session, ticket, error);

    json_each (set, sets) {
        AUTO_FREE char *label = xasprintf("fdset %s", json_digits(json_get(set, "fdset-id")));

        if (!json_count(json_get(set, "fds")) || !strings_have(removed, label))
            continue;
        strings_remove(removed, label);
        strings_add(left, label);
    }
    if (left->count)
        report_note(session_report(session),
            "QEMU %s keeps the descriptors of an fdset while the VM is paused, and drops them once "
            "the VM runs and no monitor is in use",
            session_version(session));
    return sets;
}

static bool has_sets(const struct steps *steps)
{
    for (const struct step *step = steps->first; step; step = step->next)
        if (strcmp(step->command, "remove-fd") == 0)
            return true;
    return false;
}

static bool remove_exports(struct session *session, const struct steps *steps,
    struct strings *removed, struct error *refused, struct error *error)
{
    if (!steps->first)
        return true;
    return send_all(session, steps, error) &&
           receive_all(session, steps, removed, refused, error) &&
           wait_for_exports(session, removed, error);
}

static bool remove_rest(struct session *session, const struct steps *steps, struct strings *removed,
    struct strings *left, struct error *refused, struct error *error)
{
    bool ask = has_sets(steps) && session_major(session) < 10;
    uint64_t ticket = 0;

    return send_all(session, steps, error) &&
           (!ask || session_send(session, "query-fdsets", NULL, -1, &ticket, error)) &&
           receive_all(session, steps, removed, refused, error) &&
           (!ask || find_lingering(session, ticket, removed, left, error));
}

static bool say_removed(const struct strings *removed, struct error *error)
{
    for (size_t i = 0; i < removed->count; i++)
        error_append(error, "%s%s", i ? ", " : "; removed: ", removed->item[i]);
    return false;
}

bool clean_run(struct session *session, const struct leftovers *leftovers, bool dry_run,
    struct strings *removed, struct strings *left, struct error *error)
{
    AUTO_STEPS struct steps exports = {NULL, NULL}, rest = {NULL, NULL};
    AUTO_ERROR struct error refused = {0};

    plan(leftovers, true, &exports);
    plan(leftovers, false, &rest);
    if (dry_run)
        return steps_run(&exports, session, true, error) && steps_run(&rest, session, true, error);
    if (!remove_exports(session, &exports, removed, &refused, error)) {
        leave_unknown(rest.first, error);
        return say_removed(removed, error);
    }
    if (!remove_rest(session, &rest, removed, left, &refused, error))
        return say_removed(removed, error);
    if (!refused.kind)
        return true;
    error_move(error, &refused);
    return say_removed(removed, error);
}
