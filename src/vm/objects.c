/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/objects.h"

#include "qmp/ask.h"
#include "vm/qom.h"

#include <string.h>

enum { WINDOW = 64 }; /* unread replies make a QEMU grow */

/* Those that may have links to objects: devices, and objects themselves. */
struct holders {
    struct strings paths;
    struct strings labels; /* of each path: "device d1" */
};

static void holders_free(struct holders *holders)
{
    strings_free(&holders->paths);
    strings_free(&holders->labels);
}

static bool begins(const char *string, const char *with)
{
    return strncmp(string, with, strlen(with)) == 0;
}

/* Asks them all, a window at a time. What the VM refuses is null in the list of answers. */
static json *ask_all(
    struct session *session, const char *command, const json *arguments, struct error *error)
{
    AUTO_JSON json *answers = json_new_array();
    const json *sent = json_first(arguments), *answered = sent;
    uint64_t tickets[WINDOW];

    while (answered) {
        size_t count = 0;

        for (; sent && count < WINDOW; sent = json_next(sent))
            if (!session_send(session, command, sent, -1, &tickets[count++], error))
                return NULL;
        for (size_t i = 0; i < count; i++, answered = json_next(answered)) {
            struct error why = {0};
            json *answer = session_answer(session, tickets[i], &why);

            if (!answer && why.kind != ERROR_REFUSED && why.kind != ERROR_UNSUPPORTED) {
                error_move(error, &why);
                return NULL;
            }
            error_free(&why);
            json_append(answers, answer ? answer : json_new_null());
        }
    }
    return steal_pointer(&answers);
}

static void add_holders(struct holders *holders, const json *list, const char *folder,
    const char *kind, const char *const *without)
{
    json_each (entry, list) {
        const char *name = json_get_string(entry, "name"), *type = json_get_string(entry, "type");
        AUTO_FREE char *inner = type ? qom_inner_type(type, "child") : NULL;
        bool wanted = name && inner;

        for (size_t i = 0; wanted && without && without[i]; i++)
            wanted = !begins(inner, without[i]);
        if (!wanted)
            continue;
        strings_printf(&holders->paths, "%s/%s", folder, name);
        strings_printf(&holders->labels, "%s %s", kind, name);
    }
}

/* Links of every device that lead to its place in the machine, never to an object. */
static bool leads_nowhere(const char *type)
{
    static const char *const types[] = {
        "link<bus>", "link<irq>", "link<memory-region>", "link<qemu:memory-region>", "link<PCI>"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

/* May the property name an object? iothread-vq-mapping is a list of them and no link. */
static bool may_name(const json *property)
{
    const char *name = json_get_string(property, "name"), *type = json_get_string(property, "type");

    if (!name || !type)
        return false;
    return begins(type, "link<") ? !leads_nowhere(type)
                                 : begins(name, "iothread") && !begins(type, "child<");
}

/* Does a property's value name the object, by its path or its id, at any depth? */
static bool names_object(const json *value, const char *path)
{
    const char *string = json_string(value);

    if (string)
        return strcmp(string, path) == 0 || strcmp(string, strrchr(path, '/') + 1) == 0;
    json_each (item, value)
        if (names_object(item, path))
            return true;
    return false;
}

static void add_user(json *object, const char *user)
{
    json *users = json_get(object, "users");

    json_each (known, users)
        if (strcmp(json_string(known), user) == 0)
            return;
    json_append(users, json_new_string(user));
}

/* The paths of who may have links, as questions of qom-list; then their links, of qom-get. */
static json *path_questions(const struct holders *holders)
{
    json *questions = json_new_array();

    for (size_t i = 0; i < holders->paths.count; i++) {
        json *arguments = json_new_object();

        json_add_string(arguments, "path", holders->paths.item[i]);
        json_append(questions, arguments);
    }
    return questions;
}

static json *link_questions(
    const struct holders *holders, const json *properties, struct strings *labels)
{
    json *questions = json_new_array();
    size_t i = 0;

    json_each (list, properties) {
        json_each (property, list) {
            json *arguments;

            if (!may_name(property) || i >= holders->paths.count)
                continue;
            arguments = json_new_object();
            json_add_string(arguments, "path", holders->paths.item[i]);
            json_add_string(arguments, "property", json_get_string(property, "name"));
            json_append(questions, arguments);
            strings_add(labels, holders->labels.item[i]);
        }
        i++;
    }
    return questions;
}

static bool add_links(
    struct session *session, const struct holders *holders, json *objects, struct error *error)
{
    AUTO_STRINGS struct strings labels = {0};
    AUTO_JSON json *paths = path_questions(holders);
    AUTO_JSON json *properties = ask_all(session, "qom-list", paths, error);
    AUTO_JSON json *links = properties ? link_questions(holders, properties, &labels) : NULL;
    AUTO_JSON json *values = links ? ask_all(session, "qom-get", links, error) : NULL;
    size_t i = 0;

    json_each (value, values) {
        for (json *object = json_first(objects); object; object = json_next(object)) {
            AUTO_FREE char *path = xasprintf("/objects/%s", json_get_string(object, "name"));

            if (i < labels.count && names_object(value, path))
                add_user(object, labels.item[i]);
        }
        i++;
    }
    return values;
}

/* The last part of a path: 5.2 gives the machine's memory by its id alone. */
static bool is_memory_of(const struct objects_world *world, const char *name)
{
    const char *slash = world->memory ? strrchr(world->memory, '/') : NULL;

    return world->memory && strcmp(slash ? slash + 1 : world->memory, name) == 0;
}

/* Throttling goes by the group's name, in the nodes and in the old way of devices. */
static bool is_throttling(const struct objects_world *world, const char *name)
{
    json_each (node, world->graph->nodes) {
        const char *driver = json_get_string(node, "drv");

        if (driver && strcmp(driver, "throttle") == 0)
            return true;
    }
    json_each (block, world->graph->blocks) {
        const char *group = json_get_string(json_get(block, "inserted"), "group");

        if (group && strcmp(group, name) == 0)
            return true;
    }
    return false;
}

enum trace { TRACE_NONE, TRACE_LINK, TRACE_WORLD };

/*
 * How the use of a type shows. Memory that a NUMA node has leaves no link, but then the machine has
 * no memory of its own; an export does not tell its iothread.
 */
static enum trace trace_of(const struct objects_world *world, const char *type, const char *name)
{
    static const char *const memory[] = {
        "memory-backend-ram", "memory-backend-file", "memory-backend-memfd", "memory-backend-shm"};

    if (strcmp(type, "iothread") == 0)
        return world->exports ? TRACE_NONE : TRACE_LINK;
    if (strcmp(type, "throttle-group") == 0)
        return is_throttling(world, name) ? TRACE_NONE : TRACE_WORLD;
    if (begins(type, "rng-"))
        return TRACE_LINK;
    for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
        if (strcmp(type, memory[i]) == 0)
            return world->memory && *world->memory ? TRACE_LINK : TRACE_NONE;
    return TRACE_NONE;
}

/* What needs no question. *open: there are some that links would settle. */
static json *settle(const struct objects_world *world, bool closely, bool *open)
{
    json *objects = json_new_array();

    json_each (entry, world->objects) {
        const char *name = json_get_string(entry, "name"), *its = json_get_string(entry, "type");
        AUTO_FREE char *type = its ? qom_inner_type(its, "child") : NULL;
        enum trace trace;
        json *object;

        if (!name || !type)
            continue;
        trace = trace_of(world, type, name);
        object = json_new_object();
        json_add_string(object, "name", name);
        json_add_string(object, "type", type);
        json_add_array(object, "users");
        json_add_bool(object, "known", trace != TRACE_NONE);
        if (is_memory_of(world, name))
            add_user(object, "the machine");
        else if (begins(type, "monitor-"))
            add_user(object, "a monitor of this VM"); /* 11.1: the monitors are objects */
        else if (trace == TRACE_LINK || closely)
            *open = true;
        json_append(objects, object);
    }
    return objects;
}

json *objects_survey(
    struct session *session, const struct objects_world *world, bool closely, struct error *error)
{
    /* What has no links, or is not to be disturbed. */
    static const char *const without[] = {
        "monitor-", "secret", "iothread", "throttle-group", "rng-", NULL};
    AUTO(holders_free) struct holders holders = {0};
    bool open = false;
    AUTO_JSON json *objects = settle(world, closely, &open);

    if (!open)
        return steal_pointer(&objects);
    add_holders(&holders, world->devices, "/machine/peripheral", "device", NULL);
    add_holders(&holders, world->anonymous, "/machine/peripheral-anon", "device", NULL);
    add_holders(&holders, world->objects, "/objects", "object", without);
    return add_links(session, &holders, objects, error) ? steal_pointer(&objects) : NULL;
}
