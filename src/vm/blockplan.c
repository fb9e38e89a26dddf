/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/blockplan.h"

#include "qmp/arguments.h"
#include "vm/backing.h"
#include "vm/jobstep.h"
#include "vm/realpath.h"

#include <stdlib.h>
#include <string.h>

void blockplan_free(struct blockplan *plan)
{
    while (plan) {
        struct blockplan *next = plan->next;

        free(plan->id);
        json_free(plan->arguments);
        free(plan->device);
        free(plan->base);
        free(plan->overlay);
        free(plan->header);
        strings_free(&plan->chain);
        free(plan);
        plan = next;
    }
}

static size_t place(const struct strings *chain, const char *node)
{
    size_t i = 0;

    while (i < chain->count && strcmp(chain->item[i], node) != 0)
        i++;
    return i;
}

static bool append_chain(const struct blockplan *plan, struct error *error)
{
    error_append(error, "; its chain is ");
    for (size_t i = 0; i < plan->chain.count; i++)
        error_append(error, "%s%s", i ? " <- " : "", plan->chain.item[i]);
    return false;
}

/* Which node is worked on. */

static bool choose_device(struct session *session, const struct graph *graph, const char *command,
    struct blockplan *plan, struct error *error)
{
    const char *name = json_get_string(plan->arguments, "device");
    /* A backup may well be made of a node that is not the root. */
    bool any = text_is(command, "blockdev-backup");
    const char *node = name ? graph_disk(graph, name, any, session_report(session), error) : NULL;

    if (!node)
        return name ? false : error_set(error, ERROR_USAGE, "device= is missing");
    plan->device = xstrdup(node); /* node may be the very string that is replaced */
    json_replace(plan->arguments, "device", json_new_string(plan->device));
    graph_chain(graph, plan->device, &plan->chain);
    return true;
}

/* Is the member, if it is given, a node of the chain? */
static bool check_in_chain(
    const struct graph *graph, const struct blockplan *plan, const char *key, struct error *error)
{
    const char *node = json_get_string(plan->arguments, key);

    if (!node || strings_have(&plan->chain, node))
        return true;
    if (!graph_node(graph, node))
        graph_unknown_node(graph, node, error);
    else
        error_set(error, ERROR_USAGE, "%s is not below %s", node, plan->device);
    append_chain(plan, error);
    return error_prefix(error, "%s", key);
}

/* The node of the chain whose image has this name, or NULL; QEMU itself compares more cleverly. */
static const char *node_of_file(
    const struct graph *graph, const struct blockplan *plan, const char *file)
{
    for (size_t i = 0; file && i < plan->chain.count; i++) {
        const json *node = graph_node(graph, plan->chain.item[i]);

        if (text_is(json_get_string(node, "file"), file) ||
            text_is(json_get_string(json_get(node, "image"), "filename"), file))
            return plan->chain.item[i];
    }
    return NULL;
}

/* The node that KEY-node= or KEY= (a file) names, or the one of otherwise; NULL: not known. */
static const char *named(const struct graph *graph, const struct blockplan *plan,
    const char *node_key, const char *file_key, const char *otherwise)
{
    const char *node = json_get_string(plan->arguments, node_key);
    const char *file = json_get_string(plan->arguments, file_key);

    if (node)
        return node;
    return file ? node_of_file(graph, plan, file) : otherwise;
}

/* backing-file, as the person gave it, or as it can be found out. */
static bool set_backing(struct session *session, const struct graph *graph, struct blockplan *plan,
    const char *base, struct error *error)
{
    const char *given = json_get_string(plan->arguments, "backing-file");
    AUTO_FREE char *name = NULL;

    if (given)
        return backing_check_name(given, "backing-file", error);
    if (!base)
        return true;
    name = backing_name(session, graph, base, "backing-file=PATH", error);
    if (!name || !backing_check_name(name, "backing-file", error))
        return false;
    json_add_string(plan->arguments, "backing-file", name);
    return true;
}

/*
 * The end of a commit in the middle rewrites the header of the image above its top, and where that
 * cannot be opened for writing QEMU 5.2 to 11.1 end with SIGSEGV. Where it is read-only now it has
 * to be tried before (blockjob.h), which a passed descriptor does not survive: its lock stays.
 */
static bool check_overlay(
    const struct graph *graph, struct blockplan *plan, const char *top, struct error *error)
{
    size_t at = place(&plan->chain, top);
    const char *overlay, *file, *header;
    const json *node;

    while (at > 0 && graph_filtered(graph, plan->chain.item[at - 1]))
        at--;
    overlay = at > 0 && at < plan->chain.count ? plan->chain.item[at - 1] : NULL;
    node = overlay ? graph_node(graph, overlay) : NULL;
    if (!node || !json_get_bool(node, "ro", false))
        return true;
    file = json_get_string(
        json_get(graph_node(graph, backing_file_node(graph, overlay)), "image"), "filename");
    header = json_get_string(json_get(node, "image"), "backing-filename");
    if (realpath_fdset(file))
        return error_set(error, ERROR_USAGE,
            "the image of %s, above the top %s, was passed read-only: its header could not be "
            "rewritten at the end, and QEMU would crash; give a top-node= that is writable or "
            "right below one that is",
            overlay, top);
    /* QEMU takes the overlay's own format for that of the image below. */
    if (!header || realpath_fdset(header) || strncmp(header, "json:", 5) == 0 ||
        !text_is(backing_format(graph, top), backing_format(graph, overlay)))
        return error_set(error, ERROR_UNSUPPORTED,
            "the image of %s, above the top %s, is read-only, and whether its header can be "
            "rewritten cannot be tried: QEMU would crash if it could not",
            overlay, top);
    plan->overlay = xstrdup(overlay);
    plan->header = xstrdup(header);
    return true;
}

/* One check for each command. */

static bool check_commit(
    struct session *session, const struct graph *graph, struct blockplan *plan, struct error *error)
{
    const char *last = plan->chain.item[plan->chain.count - 1], *top, *base;
    bool active;

    if (text_is(last, backing_image(graph, plan->device)))
        return error_set(error, ERROR_USAGE,
            "%s has no backing image: there is nothing to commit into", plan->device);
    if (!check_in_chain(graph, plan, "top-node", error) ||
        !check_in_chain(graph, plan, "base-node", error))
        return false;
    top = named(graph, plan, "top-node", "top", plan->device);
    base = named(graph, plan, "base-node", "base", last);
    if (top && base && place(&plan->chain, top) >= place(&plan->chain, base)) {
        error_set(error, ERROR_USAGE, "the top %s is not above the base %s", top, base);
        return append_chain(plan, error);
    }
    plan->base = base ? xstrdup(base) : NULL;
    plan->from =
        top ? place(&plan->chain, top) : 1; /* by its file's name, it may be none of ours */
    plan->to = base ? place(&plan->chain, base) : plan->chain.count - 1;
    active = top && text_is(backing_image(graph, top), backing_image(graph, plan->device));
    if (active && json_get(plan->arguments, "backing-file"))
        return error_set(error, ERROR_USAGE,
            "backing-file= does not go with the active layer: no header names the base then");
    return active || ((!top || check_overlay(graph, plan, top, error)) &&
                         set_backing(session, graph, plan, base, error));
}

/* The same said in other words: QEMU takes no backing-file= with bottom=. */
static void say_base(json *arguments, const char *base)
{
    if (json_get(arguments, "base-node") || json_get(arguments, "base"))
        return; /* which QEMU refuses itself */
    json_free(json_take(arguments, "bottom"));
    json_add_string(arguments, "base-node", base);
}

static bool check_stream(
    struct session *session, const struct graph *graph, struct blockplan *plan, struct error *error)
{
    const char *bottom = json_get_string(plan->arguments, "bottom"), *base;
    size_t below;

    if (!check_in_chain(graph, plan, "base-node", error) ||
        !check_in_chain(graph, plan, "bottom", error))
        return false;
    base = named(graph, plan, "base-node", "base", NULL);
    if (bottom) {
        below = place(&plan->chain, bottom) + 1;
        base = below < plan->chain.count ? plan->chain.item[below] : NULL;
        if (base)
            say_base(plan->arguments, base);
    }
    if (base && place(&plan->chain, base) == 0) {
        error_set(error, ERROR_USAGE, "the base %s is not below %s", base, plan->device);
        return append_chain(plan, error);
    }
    plan->from = 1;
    plan->to = base ? place(&plan->chain, base) : plan->chain.count;
    return set_backing(session, graph, plan, base, error);
}

static bool size_of(const struct graph *graph, const char *node, struct number *size)
{
    return json_get_number(json_get(graph_node(graph, node), "image"), "virtual-size", size);
}

static bool check_target(
    const struct graph *graph, const struct blockplan *plan, struct error *error)
{
    const char *target = json_get_string(plan->arguments, "target");
    AUTO_STRINGS struct strings users = {0};
    struct number source, room;

    if (!target)
        return true;
    if (text_is(target, plan->device))
        return error_set(error, ERROR_USAGE, "target: %s is the source itself", target);
    if (!graph_node(graph, target)) {
        graph_unknown_node(graph, target, error);
        return error_prefix(error, "target");
    }
    graph_users(graph, target, &users);
    if (users.count)
        return error_set(error, ERROR_USAGE, "target: %s is in use by %s", target, users.item[0]);
    if (size_of(graph, plan->device, &source) && size_of(graph, target, &room) &&
        room.magnitude < source.magnitude)
        return error_set(error, ERROR_USAGE,
            "target: %s has %llu bytes, which is too small for the %llu of %s", target,
            (unsigned long long)room.magnitude, (unsigned long long)source.magnitude, plan->device);
    return true;
}

static bool check_id(const struct graph *graph, const struct blockplan *first, struct error *error)
{
    for (const struct blockplan *plan = first; plan; plan = plan->next) {
        const json *job = json_find(graph->jobs, "id", plan->id);
        const char *status = json_get_string(job, "status");

        if (job)
            return error_set(error, ERROR_USAGE,
                "the job id '%s' is taken by a job that is %s: qmpbox job-wait %s sees it to its "
                "end, or job-id= gives another",
                plan->id, status ? status : "there", plan->id);
        for (const struct blockplan *other = plan->next; other; other = other->next)
            if (text_is(other->id, plan->id))
                return error_set(error, ERROR_USAGE, "the job id '%s' is given twice", plan->id);
    }
    return true;
}

static bool check(struct session *session, const struct graph *graph, const char *command,
    struct blockplan *plan, struct error *error)
{
    if (text_is(command, "block-commit"))
        return check_commit(session, graph, plan, error);
    if (text_is(command, "block-stream"))
        return check_stream(session, graph, plan, error);
    plan->to = plan->chain.count;
    return check_target(graph, plan, error);
}

/* The words. */

static struct blockplan *make_one(struct session *session, const struct graph *graph,
    const char *command, const struct strings *words, const json *whole, struct error *error)
{
    AUTO_BLOCKPLAN struct blockplan *plan = xcalloc(1, sizeof(*plan));

    plan->arguments = arguments_for(session, command, words, whole, error);
    if (!plan->arguments || !choose_device(session, graph, command, plan, error) ||
        !check(session, graph, command, plan, error) ||
        !job_prepare(session, command, plan->arguments, &plan->id, error))
        return NULL;
    return steal_pointer(&plan);
}

/* Is the key among the pairs from `from` on, up to the next bare word? */
static bool gives(const struct strings *words, size_t from, const char *word)
{
    AUTO_FREE char *key = words_key(word);

    for (size_t i = from; i < words->count && words_is_pair(words->item[i]); i++) {
        AUTO_FREE char *other = words_key(words->item[i]);

        if (text_is(other, key))
            return true;
    }
    return false;
}

/* The words of one disk: what is for all and not said again, its device, its own. */
static void gather(
    const struct strings *words, size_t shared, size_t bare, struct strings *gathered)
{
    for (size_t i = 0; i < shared; i++)
        if (bare >= words->count || !gives(words, bare + 1, words->item[i]))
            strings_add(gathered, words->item[i]);
    if (bare >= words->count)
        return;
    strings_printf(gathered, "device=%s", words->item[bare]);
    for (size_t i = bare + 1; i < words->count && words_is_pair(words->item[i]); i++)
        strings_add(gathered, words->item[i]);
}

static size_t next_bare(const struct strings *words, size_t from)
{
    while (from < words->count && words_is_pair(words->item[from]))
        from++;
    return from;
}

struct blockplan *blockplan_make(struct session *session, const struct graph *graph,
    const char *command, const struct strings *words, const json *whole, bool several,
    struct error *error)
{
    AUTO_BLOCKPLAN struct blockplan *first = NULL;
    struct blockplan **end = &first;
    size_t shared = next_bare(words, 0), bare = shared;

    if (!several && next_bare(words, bare + 1) < words->count) {
        error_set(error, ERROR_USAGE, "'%s': one device at a time, the rest is KEY=VALUE",
            words->item[next_bare(words, bare + 1)]);
        return NULL;
    }
    do {
        AUTO_STRINGS struct strings own = {0};

        gather(words, shared, bare, &own);
        *end = make_one(session, graph, command, &own, whole, error);
        if (!*end && next_bare(words, shared + 1) < words->count)
            error_prefix(error, "%s", words->item[bare]); /* which of them? */
        if (!*end)
            return NULL;
        end = &(*end)->next;
        bare = next_bare(words, bare + 1);
    } while (bare < words->count);
    return check_id(graph, first, error) ? steal_pointer(&first) : NULL;
}
