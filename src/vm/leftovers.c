/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/leftovers.h"

#include "qmp/ask.h"
#include "qmp/words.h"
#include "vm/inquiry.h"
#include "vm/network.h"
#include "vm/objects.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[THING_KINDS] = {
    "export", "job", "netdev", "node", "fdset", "object", "bitmap"};

const char *thing_kind_name(enum thing_kind kind)
{
    return kinds[kind];
}

enum thing_kind thing_kind_of(const char *name, size_t length)
{
    int kind = 0;

    while (kind < THING_KINDS && !slice_is((struct slice){name, length}, kinds[kind]))
        kind++;
    return (enum thing_kind)kind;
}

void leftovers_free(struct leftovers *leftovers)
{
    for (size_t i = 0; i < leftovers->count; i++) {
        struct thing *thing = &leftovers->things[i];

        free(thing->name);
        free(thing->label);
        free(thing->what);
        free(thing->bound);
        free(thing->kept);
        strings_free(&thing->users);
    }
    free(leftovers->things);
    *leftovers = (struct leftovers){0};
}

struct thing *leftovers_thing(const struct leftovers *leftovers, const char *label)
{
    for (size_t i = 0; i < leftovers->count; i++)
        if (strcmp(leftovers->things[i].label, label) == 0)
            return &leftovers->things[i];
    return NULL;
}

/* The thing, which has no `what` yet, is borrowed until the next one is added. */
static struct thing *add_thing(struct leftovers *leftovers, enum thing_kind kind, const char *name)
{
    struct thing *thing;

    if (leftovers->count == leftovers->room) {
        leftovers->room = leftovers->room ? 2 * leftovers->room : 32;
        leftovers->things =
            xrealloc(leftovers->things, leftovers->room * sizeof(*leftovers->things));
    }
    thing = &leftovers->things[leftovers->count++];
    *thing = (struct thing){.kind = kind, .name = xstrdup(name), .known = true};
    thing->label = xasprintf("%s %s", kinds[kind], name);
    return thing;
}

static const char *or_unknown(const char *string)
{
    return string ? string : "?";
}

/* All that was asked, and the lists that the names are looked up in. */
struct survey {
    struct leftovers *leftovers;
    struct graph graph;
    struct inquiry inquiry;
    const json *exports, *fdsets, *devices;
};

static void survey_free(struct survey *survey)
{
    graph_free(&survey->graph);
    inquiry_free(&survey->inquiry);
}

static void add_exports(struct survey *survey)
{
    json_each (export, survey->exports) {
        const char *id = json_get_string(export, "id");
        struct thing *thing;

        if (!id)
            continue;
        thing = add_thing(survey->leftovers, THING_EXPORT, id);
        thing->what = xasprintf("%s export of node %s", or_unknown(json_get_string(export, "type")),
            or_unknown(json_get_string(export, "node-name")));
        thing->known = false;
        if (json_get_bool(export, "shutting-down", false))
            thing->bound = xstrdup("it is shutting down");
    }
}

/* The ids that a job gets from this program when it is given none. */
static bool is_our_job(const char *id)
{
    static const char *const prefixes[] = {"commit-", "stream-", "mirror-", "backup-", "create-"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(id, prefixes[i], strlen(prefixes[i])) == 0)
            return id[strlen(prefixes[i])];
    return false;
}

static void add_jobs(struct survey *survey)
{
    json_each (job, survey->graph.jobs) {
        const char *id = json_get_string(job, "id");
        const char *status = or_unknown(json_get_string(job, "status"));
        const char *why = json_get_string(job, "error");
        struct thing *thing;

        if (!id)
            continue;
        thing = add_thing(survey->leftovers, THING_JOB, id);
        thing->what = xasprintf("%s job%s%s", or_unknown(json_get_string(job, "type")),
            why ? " that failed: " : "", why ? why : "");
        thing->ours = is_our_job(id);
        if (strcmp(status, "concluded") != 0)
            thing->bound = xasprintf("its status is %s", status);
    }
}

static void add_netdevs(struct survey *survey, const json *network)
{
    static const char suffix[] = "-net";

    json_each (entry, network) {
        const char *id = json_get_string(entry, "id"), *type = json_get_string(entry, "type");
        const char *hub = json_get_string(entry, "hub"), *peer = json_get_string(entry, "peer");
        size_t length = strlen(id), tail = sizeof(suffix) - 1;
        struct thing *thing;

        if (strcmp(type, "nic") == 0)
            continue;
        thing = add_thing(survey->leftovers, THING_NETDEV, id);
        thing->what = hub ? xasprintf("port of hub %s", hub) : xstrdup(type);
        thing->ours = length > tail && strcmp(id + length - tail, suffix) == 0 && words_is_id(id);
        if (peer)
            thing->bound = xasprintf("%s is at its other end", peer);
        else if (json_get_bool(entry, "filtered", false))
            thing->bound = xstrdup("filters are attached to it");
    }
}

/* Does a node have its data from this set? Its file may be named inside of a json: text. */
static bool node_has_set(const json *node, const char *digits)
{
    const char *const names[] = {
        json_get_string(node, "file"), json_get_string(json_get(node, "image"), "filename")};
    AUTO_FREE char *path = xasprintf("/dev/fdset/%s", digits);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *at = names[i] ? strstr(names[i], path) : NULL;

        while (at) {
            char next = at[strlen(path)];

            if (next < '0' || next > '9')
                return true;
            at = strstr(at + 1, path);
        }
    }
    return false;
}

static void add_fdsets(struct survey *survey)
{
    static const char prefix[] = "qmpbox:";

    json_each (set, survey->fdsets) {
        const char *digits = json_digits(json_get(set, "fdset-id"));
        const json *fds = json_get(set, "fds");
        bool ours = json_count(fds);
        const char *opaque = NULL;
        struct thing *thing;

        if (!digits)
            continue;
        json_each (fd, fds) {
            opaque = json_get_string(fd, "opaque");
            ours = ours && opaque && strncmp(opaque, prefix, sizeof(prefix) - 1) == 0;
        }
        thing = add_thing(survey->leftovers, THING_FDSET, digits);
        thing->what = xasprintf("%zu descriptor%s%s%s", json_count(fds),
            json_count(fds) == 1 ? "" : "s", opaque ? ", " : "", opaque ? opaque : "");
        thing->ours = ours;
        thing->known = ours; /* somebody else's may be for a chardev, or for what is to come */
        /* Closed already: QEMU lists it until what was opened by it is closed too. */
        if (!json_count(fds))
            thing->bound = xstrdup("what was opened by it is still open");
        json_each (node, survey->graph.nodes)
            if (node_has_set(node, digits))
                strings_printf(
                    &thing->users, "node %s", or_unknown(json_get_string(node, "node-name")));
    }
}

static bool add_objects(struct survey *survey, struct session *session,
    const struct objects_world *world, bool closely, struct error *error)
{
    AUTO_JSON json *objects = objects_survey(session, world, closely, error);

    json_each (object, objects) {
        struct thing *thing =
            add_thing(survey->leftovers, THING_OBJECT, json_get_string(object, "name"));

        thing->what = xstrdup(json_get_string(object, "type"));
        thing->known = json_get_bool(object, "known", false);
        json_each (user, json_get(object, "users"))
            strings_add(&thing->users, json_string(user));
    }
    return objects;
}

/* The nodes. */

/*
 * The block graph has no names for what exports and jobs hold a node by; the exports tell it
 * themselves, and before 7.2 a concluded job still does it.
 */
static void add_nameless(struct survey *survey, const char *node, struct strings *users)
{
    size_t before = users->count;

    json_each (export, survey->exports) {
        const char *its = json_get_string(export, "node-name"), *id = json_get_string(export, "id");

        if (its && id && strcmp(its, node) == 0)
            strings_printf(users, "export %s", id);
    }
    if (users->count > before)
        return;
    json_each (job, survey->graph.jobs)
        strings_printf(users, "job %s", or_unknown(json_get_string(job, "id")));
    if (users->count == before)
        strings_add(users, "something without a name");
}

/* Those without a name are a running job's own. */
static const char *first_bitmap(const json *node)
{
    json_each (bitmap, json_get(node, "dirty-bitmaps"))
        if (json_get_string(bitmap, "name"))
            return json_get_string(bitmap, "name");
    return NULL;
}

static void add_node(struct survey *survey, const json *node)
{
    static const char nameless[] = "an export or a job";
    const char *name = json_get_string(node, "node-name");
    const char *file = json_get_string(node, "file");
    const char *bitmap = first_bitmap(node);
    struct thing *thing;

    if (!name)
        return;
    thing = add_thing(survey->leftovers, THING_NODE, name);
    thing->what = xasprintf("%s%s%s", or_unknown(json_get_string(node, "drv")),
        file && *file ? ", " : "", file ? file : "");
    thing->implicit = name[0] == '#';
    graph_users(&survey->graph, name, &thing->users);
    if (strings_have(&thing->users, nameless)) {
        strings_remove(&thing->users, nameless);
        add_nameless(survey, name, &thing->users);
    }
    if (!survey->graph.edges)
        thing->bound = xstrdup("this QEMU does not tell who uses a node");
    else if (thing->implicit && !thing->users.count)
        thing->bound = xstrdup("it is QEMU's own");
    if (bitmap)
        thing->kept = xasprintf("the bitmap %s would go with it", bitmap);
}

static void add_bitmaps(struct survey *survey)
{
    json_each (node, survey->graph.nodes) {
        json_each (bitmap, json_get(node, "dirty-bitmaps")) {
            const char *name = json_get_string(bitmap, "name");

            if (name)
                add_thing(survey->leftovers, THING_BITMAP, name)->bound =
                    xstrdup("bitmaps are removed by block-dirty-bitmap-remove alone");
        }
    }
}

static void own_node(const struct survey *survey, const char *name)
{
    AUTO_FREE char *label = xasprintf("node %s", name);
    struct thing *thing = leftovers_thing(survey->leftovers, label);

    if (thing)
        thing->ours = true;
}

/* ID-b1, ID-b2… below the node ID. */
static void own_backing(const struct survey *survey, const char *id)
{
    const char *at = graph_child(&survey->graph, id, "backing");

    for (size_t depth = 1; at && depth <= survey->leftovers->count; depth++) {
        AUTO_FREE char *expected = xasprintf("%s-b%zu", id, depth);

        if (strcmp(at, expected) != 0)
            return;
        own_node(survey, at);
        at = graph_child(&survey->graph, at, "backing");
    }
}

/* The file of an overlay whose own node is not there yet: "d1-s2-file" without "d1-s2". */
static bool is_lone_overlay_file(const struct survey *survey, const char *name)
{
    static const char suffix[] = "-file";
    size_t length = strlen(name), tail = sizeof(suffix) - 1, digits = 0;
    AUTO_FREE char *overlay = NULL;

    if (length <= tail || strcmp(name + length - tail, suffix) != 0)
        return false;
    overlay = xstrndup(name, length - tail);
    length -= tail;
    while (length > digits && overlay[length - digits - 1] >= '0' &&
           overlay[length - digits - 1] <= '9')
        digits++;
    return digits && length > digits + 2 && strncmp(overlay + length - digits - 2, "-s", 2) == 0 &&
           !graph_node(&survey->graph, overlay);
}

/*
 * A node ID with the file node ID-file and no device ID: a disk that was not plugged in, or an
 * overlay that was not put on.
 */
static void own_nodes(const struct survey *survey)
{
    json_each (node, survey->graph.nodes) {
        const char *name = json_get_string(node, "node-name");
        const char *file = name ? graph_child(&survey->graph, name, "file") : NULL;
        AUTO_FREE char *expected = xasprintf("%s-file", or_unknown(name));

        if (name && is_lone_overlay_file(survey, name))
            own_node(survey, name);
        if (!file || strcmp(file, expected) != 0 || json_find(survey->devices, "name", name))
            continue;
        own_node(survey, name);
        own_node(survey, file);
        own_backing(survey, name);
    }
}

/* What is left over. */

static bool only_leftovers_use(const struct leftovers *leftovers, const struct thing *thing)
{
    for (size_t i = 0; i < thing->users.count; i++) {
        const struct thing *user = leftovers_thing(leftovers, thing->users.item[i]);

        if (!user || !user->leftover)
            return false;
    }
    return true;
}

static void settle(struct leftovers *leftovers)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < leftovers->count; i++) {
            struct thing *thing = &leftovers->things[i];

            if (thing->leftover || thing->bound || !only_leftovers_use(leftovers, thing))
                continue;
            thing->leftover = changed = true;
        }
    }
}

/* Is none of the things from `from` on a user of this one? */
static bool is_on_top(const struct leftovers *leftovers, const struct thing *thing, size_t from)
{
    for (size_t i = from; i < leftovers->count; i++)
        if (strings_have(&thing->users, leftovers->things[i].label))
            return false;
    return true;
}

/* Puts each thing after those that use it; the order of the kinds holds for all but nodes. */
static void sort(struct leftovers *leftovers)
{
    for (size_t at = 0; at < leftovers->count; at++) {
        size_t pick = at;
        struct thing moved;

        if (leftovers->things[at].kind != THING_NODE)
            continue;
        while (pick < leftovers->count && leftovers->things[pick].kind == THING_NODE &&
               !is_on_top(leftovers, &leftovers->things[pick], at))
            pick++;
        if (pick == leftovers->count || leftovers->things[pick].kind != THING_NODE)
            continue; /* a circle, which a graph has not but a liar may */
        moved = leftovers->things[pick];
        memmove(
            &leftovers->things[at + 1], &leftovers->things[at], (pick - at) * sizeof(struct thing));
        leftovers->things[at] = moved;
    }
}

static json *path_argument(const char *path)
{
    json *arguments = json_new_object();

    json_add_string(arguments, "path", path);
    return arguments;
}

/*
 * The nodes cannot be asked for while a job waits to be dismissed (graph_read() says which): then
 * the jobs alone are what can be seen, and cleaned.
 */
static bool find_jobs(struct session *session, struct survey *survey, struct error *error)
{
    if (error->kind != ERROR_FAILED)
        return false;
    report_note(session_report(session), "%s: until then only jobs are shown", error->message);
    error_free(error);
    survey->graph.jobs = session_ask(session, "query-jobs", NULL, error);
    if (!survey->graph.jobs)
        return false;
    add_jobs(survey);
    settle(survey->leftovers);
    survey->leftovers->jobs_only = true;
    return true;
}

bool leftovers_find(
    struct session *session, bool closely, struct leftovers *leftovers, struct error *error)
{
    AUTO(survey_free) struct survey survey = {.leftovers = leftovers};
    struct inquiry *inquiry = &survey.inquiry;
    json *line = json_new_object();
    size_t exports = inquiry_add(inquiry, "query-block-exports", NULL);
    size_t fdsets = inquiry_add(inquiry, "query-fdsets", NULL);
    size_t network = inquiry_add(inquiry, "human-monitor-command", line);
    size_t objects = inquiry_add(inquiry, "qom-list", path_argument("/objects"));
    size_t devices = inquiry_add(inquiry, "qom-list", path_argument("/machine/peripheral"));
    size_t others = inquiry_add(inquiry, "qom-list", path_argument("/machine/peripheral-anon"));
    size_t memory = inquiry_add_property(inquiry, "/machine", "memory-backend");
    AUTO_JSON json *netdevs = NULL;
    struct objects_world world = {.graph = &survey.graph};

    json_add_string(line, "command-line", "info network");
    if (!inquiry_send(inquiry, session, error))
        return false;
    if (!graph_read(session, &survey.graph, error))
        return find_jobs(session, &survey, error);
    if (!inquiry_ask(inquiry, session, error))
        return false;
    survey.exports = inquiry_answer(inquiry, exports);
    survey.fdsets = inquiry_answer(inquiry, fdsets);
    survey.devices = world.devices = inquiry_answer(inquiry, devices);
    world.objects = inquiry_answer(inquiry, objects);
    world.anonymous = inquiry_answer(inquiry, others);
    world.memory = json_string(inquiry_answer(inquiry, memory));
    world.exports = json_count(survey.exports);
    add_exports(&survey);
    add_jobs(&survey);
    if (json_string(inquiry_answer(inquiry, network)))
        netdevs = network_parse(json_string(inquiry_answer(inquiry, network)));
    add_netdevs(&survey, netdevs);
    json_each (node, survey.graph.nodes)
        add_node(&survey, node);
    own_nodes(&survey);
    add_fdsets(&survey);
    if (!add_objects(&survey, session, &world, closely, error))
        return false;
    add_bitmaps(&survey);
    settle(leftovers);
    sort(leftovers);
    return true;
}

/* For people and scripts. */

/* "nothing uses it"; "only node d1 uses it; the bitmap b0 would go with it" */
static char *why(const struct thing *thing)
{
    static const char *const unused[THING_KINDS] = {"whether a client uses it cannot be seen",
        "it has concluded", "nothing is at its other end", "nothing uses it",
        "no block node uses it", "nothing uses it", ""};
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (!thing->users.count)
        text_add_string(&text, thing->kind == THING_OBJECT && !thing->known
                                   ? "who uses it cannot be seen"
                                   : unused[thing->kind]);
    for (size_t i = 0; i < thing->users.count; i++)
        text_printf(&text, "%s%s", i ? " and " : "only ", thing->users.item[i]);
    if (thing->users.count)
        text_add_string(&text, thing->users.count > 1 ? " use it" : " uses it");
    if (thing->kept)
        text_printf(&text, "; %s", thing->kept);
    return text_take(&text);
}

json *leftovers_describe(const struct leftovers *leftovers)
{
    json *list = json_new_array();

    for (size_t i = 0; i < leftovers->count; i++) {
        const struct thing *thing = &leftovers->things[i];
        AUTO_FREE char *reason = NULL;
        json *item;

        if (!thing->leftover || thing->implicit)
            continue;
        item = json_new_object();
        reason = why(thing);
        json_add_string(item, "kind", kinds[thing->kind]);
        json_add_string(item, "name", thing->name);
        json_add_bool(item, "ours", thing->ours);
        json_add_string(item, "used", thing->known ? "no" : "not known");
        json_add_string(item, "what", thing->what);
        json_add_string(item, "why", reason);
        json_append(list, item);
    }
    return list;
}
