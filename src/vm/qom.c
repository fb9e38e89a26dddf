/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/qom.h"

#include "qmp/ask.h"
#include "qmp/transcript.h"
#include "vm/inquiry.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 64 }; /* questions under way: unread replies are memory of the VM's */

/* One question: what an object has, or (property not NULL) what one of its properties holds. */
struct item {
    json *object;
    json *property;
    int64_t depth;
    uint64_t ticket;
};

struct walk {
    struct session *session;
    const struct qom_limits *limits;
    struct item *items; /* a queue; those that were answered stay in it */
    size_t count;
    size_t room;
    bool together; /* this QEMU lists an object with its values */
    bool cut;
};

static void walk_free(struct walk *walk)
{
    free(walk->items);
}

#define AUTO_WALK AUTO(walk_free)

char *qom_inner_type(const char *type, const char *outer)
{
    size_t length = strlen(outer), whole = strlen(type);

    if (strncmp(type, outer, length) != 0 || type[length] != '<' || type[whole - 1] != '>')
        return NULL;
    return xstrndup(type + length + 1, whole - length - 2);
}

static void add_item(struct walk *walk, json *object, json *property, int64_t depth)
{
    if (walk->count >= QOM_QUESTIONS) {
        walk->cut = true;
        return;
    }
    if (walk->count == walk->room) {
        walk->room = walk->room ? 2 * walk->room : 256;
        walk->items = xrealloc(walk->items, walk->room * sizeof(*walk->items));
    }
    walk->items[walk->count++] = (struct item){object, property, depth, 0};
}

/* A question about a path; the list of paths is what qom-list-get takes. */
static json *about(const char *path, bool list)
{
    json *arguments = json_new_object();

    if (list)
        json_append(json_add_array(arguments, "paths"), json_new_string(path));
    else
        json_add_string(arguments, "path", path);
    return arguments;
}

static bool send_item(const struct walk *walk, struct item *item, struct error *error)
{
    const char *path = json_get_string(item->object, "path");
    AUTO_JSON json *arguments = about(path, walk->together && !item->property);

    if (item->property)
        json_add_string(arguments, "property", json_get_string(item->property, "name"));
    return session_send(walk->session,
        item->property ? "qom-get" : (walk->together ? "qom-list-get" : "qom-list"), arguments, -1,
        &item->ticket, error);
}

static json *new_object(const char *name, const char *path, const char *type)
{
    json *object = json_new_object();

    json_add_string(object, "name", name);
    json_add_string(object, "path", path);
    json_add_string(object, "type", type);
    json_add_array(object, "properties");
    json_add_array(object, "children");
    return object;
}

/* The type of the first object is known from its property alone. */
static void learn_type(json *object, const json *value)
{
    if (!*json_get_string(object, "type") && json_is_string(value))
        json_replace(object, "type", json_copy(value));
}

static void add_property(struct walk *walk, const struct item *item, const json *entry)
{
    const char *name = json_get_string(entry, "name");
    const char *own_type = json_get_string(item->object, "type");
    const json *value = json_get(entry, "value");
    json *property = json_new_object();

    json_add_string(property, "name", name);
    json_add_string(property, "type", json_get_string(entry, "type"));
    json_append(json_get(item->object, "properties"), property);
    if (!walk->limits->values) {
        if (strcmp(name, "type") == 0 && !*own_type)
            add_item(walk, item->object, property, item->depth);
        return;
    }
    if (transcript_is_secret_property(name)) {
        json_add_string(property, "value", "***");
    } else if (value) {
        json_add(property, "value", json_copy(value));
        if (strcmp(name, "type") == 0)
            learn_type(item->object, value);
    } else if (strcmp(name, "type") == 0 && *own_type) {
        json_add_string(property, "value", own_type);
    } else if (!walk->together) {
        add_item(walk, item->object, property, item->depth);
    }
}

static void add_child(
    struct walk *walk, const struct item *item, const char *name, const char *type)
{
    const char *path = json_get_string(item->object, "path");
    AUTO_FREE char *below = xasprintf("%s/%s", strcmp(path, "/") == 0 ? "" : path, name);
    json *child = new_object(name, below, type);

    json_append(json_get(item->object, "children"), child);
    if (item->depth < walk->limits->depth)
        add_item(walk, child, NULL, item->depth + 1);
    else
        walk->cut = walk->cut || item->depth >= QOM_DEPTH;
}

static int compare(const void *a, const void *b)
{
    const json *const *one = a, *const *other = b;

    return strverscmp(json_get_string(*one, "name"), json_get_string(*other, "name"));
}

/* QOM lists in the order of a hash table: "rp10" comes after "rp9" for people. */
static const json **sort(const json *list, size_t *count)
{
    const json **sorted = xcalloc(json_count(list) + 1, sizeof(const json *));

    *count = 0;
    json_each (entry, list)
        if (json_get_string(entry, "name") && json_get_string(entry, "type"))
            sorted[(*count)++] = entry;
    if (*count)
        qsort(sorted, *count, sizeof(const json *), compare);
    return sorted;
}

static void take_list(struct walk *walk, const struct item *item, const json *list)
{
    size_t count;
    AUTO_FREE const json **sorted = sort(list, &count);

    for (size_t i = 0; i < count; i++) {
        const char *type = json_get_string(sorted[i], "type");
        AUTO_FREE char *child = qom_inner_type(type, "child");

        if (child)
            add_child(walk, item, json_get_string(sorted[i], "name"), child);
        else
            add_property(walk, item, sorted[i]);
    }
}

/* An object may go, and a property refuse: the rest of the tree is still there. */
static bool take_item(struct walk *walk, const struct item *item, struct error *error)
{
    AUTO_JSON json *answer = session_answer(walk->session, item->ticket, error);

    if (!answer) {
        if (error->kind != ERROR_REFUSED)
            return false;
        error_free(error);
    } else if (item->property) {
        if (strcmp(json_get_string(item->property, "name"), "type") == 0)
            learn_type(item->object, answer);
        if (walk->limits->values)
            json_add(item->property, "value", steal_pointer(&answer));
    } else {
        take_list(walk, item, walk->together ? json_get(json_first(answer), "properties") : answer);
    }
    return true;
}

static bool walk_on(struct walk *walk, struct error *error)
{
    size_t sent = 0;

    for (size_t taken = 0; taken < walk->count; taken++) {
        struct item item;

        for (; sent < walk->count && sent < taken + WINDOW; sent++)
            if (!send_item(walk, &walk->items[sent], error))
                return false;
        item = walk->items[taken]; /* the queue moves when it grows */
        if (!take_item(walk, &item, error))
            return false;
    }
    return true;
}

/*
 * The nearest path to one that leads nowhere: the longest part of it that is there is asked for its
 * children, of which one may be what the next part meant. A path without a slash before it is
 * searched for by QEMU everywhere; most are the id of a device or an object.
 */
static char *nearest_path(struct session *session, const char *path)
{
    AUTO_INQUIRY struct inquiry inquiry = {0};
    AUTO_STRINGS struct strings parts = {0};
    AUTO_ERROR struct error ignored = {0};
    bool absolute = path[0] == '/';

    if (absolute)
        strings_add(&parts, "/");
    for (const char *at = path + 1; absolute && (at = strchr(at, '/')); at++)
        if (parts.count < INQUIRY_MOST)
            strings_take(&parts, xstrndup(path, (size_t)(at - path)));
    if (!absolute) {
        strings_add(&parts, "/machine/peripheral");
        strings_add(&parts, "/objects");
    }
    for (size_t i = 0; i < parts.count; i++)
        inquiry_add(&inquiry, "qom-list", about(parts.item[i], false));
    if (!inquiry_ask(&inquiry, session, &ignored))
        return NULL;
    for (size_t i = parts.count; i-- > 0;) {
        const char *part = parts.item[i];
        size_t skip = absolute && part[1] ? strlen(part) + 1 : (absolute ? 1 : 0);
        AUTO_FREE char *word = xstrndup(path + skip, strcspn(path + skip, "/"));
        AUTO_STRINGS struct strings names = {0};
        const char *nearest;

        json_each (entry, inquiry_answer(&inquiry, i))
            if (json_get_string(entry, "name") && json_get_string(entry, "type") &&
                strncmp(json_get_string(entry, "type"), "child<", 6) == 0)
                strings_add(&names, json_get_string(entry, "name"));
        nearest = text_nearest(word, &names);
        if (nearest)
            return xasprintf("%s/%s", part[1] ? part : "", nearest);
        if (absolute && inquiry_answer(&inquiry, i))
            return NULL;
    }
    return NULL;
}

/*
 * What is below an object that was named without its whole path is asked for by whole paths, since
 * a part of one can mean several objects: each child tells its own.
 */
static bool resolve(struct session *session, json *object, const json *list, struct error *error)
{
    const char *path = json_get_string(object, "path");

    if (path[0] == '/')
        return true;
    json_each (entry, list) {
        const char *name = json_get_string(entry, "name"), *type = json_get_string(entry, "type");
        AUTO_INQUIRY struct inquiry inquiry = {0};
        AUTO_FREE char *whole = NULL;
        const char *answer;
        size_t number, length;

        if (!name || !type || strncmp(type, "child<", 6) != 0)
            continue;
        number = inquiry_add_property(&inquiry, path, name);
        if (!inquiry_ask(&inquiry, session, error))
            return false;
        answer = json_string(inquiry_answer(&inquiry, number));
        length = answer ? strlen(answer) : 0;
        if (length > strlen(name) + 1 && answer[0] == '/') {
            whole = xstrndup(answer, length - strlen(name) - 1);
            json_replace(object, "path", json_new_string(whole));
        }
        break;
    }
    return true;
}

/* Without slashes at its end, where the children's names go. */
static char *trimmed(const char *path)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        length--;
    return xstrndup(path, length);
}

/* The first object's list: the question that may fail, and shows what this QEMU has. */
static json *ask_first(struct walk *walk, const char *path, struct error *error)
{
    AUTO_INQUIRY struct inquiry inquiry = {0};
    const json *list;
    size_t plain, with_values = 0;

    plain = inquiry_add(&inquiry, "qom-list", about(path, false));
    if (walk->limits->values)
        with_values = inquiry_add(&inquiry, "qom-list-get", about(path, true));
    if (!inquiry_ask(&inquiry, walk->session, error))
        return NULL;
    list = inquiry_require(&inquiry, plain, error);
    if (!list) {
        AUTO_FREE char *nearest =
            error->kind == ERROR_REFUSED ? nearest_path(walk->session, path) : NULL;

        if (nearest)
            error_append(error, "; did you mean '%s'?", nearest);
        return NULL;
    }
    walk->together = with_values && inquiry_answer(&inquiry, with_values);
    if (walk->together)
        list = json_get(json_first(inquiry_answer(&inquiry, with_values)), "properties");
    return list ? json_copy(list) : json_new_array();
}

/* What was learnt later stands where it stands in every other object. */
static json *in_order(json *object)
{
    static const char *const keys[] = {"name", "path", "type", "properties", "children"};
    json *ordered = json_new_object();

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        json_add(ordered, keys[i], json_take(object, keys[i]));
    return ordered;
}

json *qom_tree(struct session *session, const char *path, const struct qom_limits *limits,
    bool *cut, struct error *error)
{
    struct qom_limits own = {
        .values = limits->values, .depth = limits->depth < QOM_DEPTH ? limits->depth : QOM_DEPTH};
    AUTO_WALK struct walk walk = {.session = session, .limits = &own};
    AUTO_FREE char *start = trimmed(path);
    const char *slash = strrchr(start, '/');
    AUTO_JSON json *root = new_object(slash ? slash + 1 : start, start, "");
    AUTO_JSON json *list = ask_first(&walk, start, error);

    if (!list || !resolve(session, root, list, error))
        return NULL;
    take_list(&walk, &(struct item){.object = root}, list);
    if (!walk_on(&walk, error))
        return NULL;
    *cut = walk.cut;
    return in_order(root);
}
