/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/layer.h"

#include "vm/node.h"
#include "vm/realpath.h"

#include <string.h>

enum { USUAL_CLUSTER = 65536 };

/* What QEMU makes up where a node has options that no file name can say. */
static json *made_up(const char *filename)
{
    struct error ignored = {0};
    json *options = filename && strncmp(filename, "json:", 5) == 0
                        ? json_parse(filename + 5, strlen(filename) - 5, &ignored)
                        : NULL;

    error_free(&ignored);
    return options;
}

char *layer_file(const struct scene *scene, const json *node)
{
    const char *name = json_get_string(json_get(node, "image"), "filename");
    AUTO_JSON json *options = made_up(name);
    const char *inner = json_get_string(options, "filename");

    if (options)
        return inner && !realpath_fdset(inner) ? xstrdup(inner) : NULL;
    if (!name || !*name)
        return NULL;
    return realpath_fdset(name) ? realpath_of_fdset(scene->session, scene->graph->nodes,
                                      json_get_string(node, "node-name"))
                                : xstrdup(name);
}

const char *layer_cache(const json *node)
{
    const json *cache = json_get(node, "cache");
    bool direct = json_get_bool(cache, "direct", false);

    if (!json_is_object(cache))
        return NULL;
    if (json_get_bool(cache, "no-flush", false))
        return "unsafe";
    if (!json_get_bool(cache, "writeback", true))
        return direct ? "directsync" : "writethrough";
    return direct ? "none" : "writeback";
}

static void copy(json *to, const char *key, const json *value)
{
    if (value)
        json_add(to, key, json_copy(value));
}

/* Is it one that opens files itself? Those above it have only made-up names of their own. */
static bool is_protocol(const struct scene *scene, const char *name)
{
    json_each (link, scene->links)
        if (text_is(json_get_string(link, "type"), "block-driver") &&
            text_is(json_get_string(link, "parent"), name))
            return false;
    return true;
}

static void add_file(const struct scene *scene, const json *node, json *layer)
{
    const char *filename = json_get_string(json_get(node, "image"), "filename");
    AUTO_JSON json *options = made_up(filename);
    const char *group = json_get_string(options, "throttle-group");
    AUTO_FREE char *file = NULL;

    if (group)
        json_add_string(layer, "group", group);
    if (!is_protocol(scene, json_get_string(node, "node-name")))
        return;
    file = layer_file(scene, node);
    if (file)
        json_add_string(layer, "file", file);
    else if (realpath_fdset(options ? json_get_string(options, "filename") : filename))
        json_add_string(layer, "fdset",
            realpath_fdset(options ? json_get_string(options, "filename") : filename));
}

static void add_sizes(const json *node, json *layer)
{
    const json *image = json_get(node, "image");
    int64_t cluster = USUAL_CLUSTER;

    copy(layer, "size", json_get(image, "virtual-size"));
    copy(layer, "allocated", json_get(image, "actual-size"));
    json_get_int(image, "cluster-size", &cluster);
    if (cluster != USUAL_CLUSTER)
        copy(layer, "cluster-size", json_get(image, "cluster-size"));
}

/* What is out of the ordinary. */
static void add_remarks(const json *node, json *layer)
{
    const json *image = json_get(node, "image");
    const json *data = json_get(json_get(image, "format-specific"), "data");
    const char *zeroes = json_get_string(node, "detect_zeroes");
    int64_t threshold = 0;
    AUTO_STRINGS struct strings remarks = {0};

    if (json_get_bool(data, "corrupt", false))
        strings_add(&remarks, "CORRUPT");
    if (json_get_bool(image, "dirty-flag", false))
        strings_add(&remarks, "not closed properly");
    if (json_get_bool(node, "encrypted", false))
        strings_add(&remarks, "encrypted");
    if (!json_get_bool(node, "active", true))
        strings_add(&remarks, "inactive");
    if (zeroes && strcmp(zeroes, "off") != 0)
        strings_printf(&remarks, "detect-zeroes %s", zeroes);
    if (json_get_int(node, "write_threshold", &threshold) && threshold)
        strings_printf(&remarks, "write threshold at %lld B", (long long)threshold);
    if (remarks.count)
        json_add_strings(layer, "remarks", &remarks);
}

/* The list of this name in the layer, made at the first use; borrowed. */
static json *list_of(json *layer, const char *key)
{
    json *list = json_get(layer, key);

    return list ? list : json_add_array(layer, key);
}

/* A job stands whole at its main node; of its others the part that they play is said. */
static void add_jobs(const struct scene *scene, const char *name, json *layer)
{
    json_each (link, scene->links) {
        const char *id = json_get_string(link, "parent"), *role = json_get_string(link, "edge");
        const json *job;
        json *entry;

        if (!text_is(json_get_string(link, "type"), "block-job") ||
            !text_is(json_get_string(link, "child"), name))
            continue;
        entry = json_new_object();
        job = json_find(scene->graph->jobs, "id", id);
        if (!text_is(role, "main node") || !job) {
            json_add_string(entry, "job", id);
            json_add_string(entry, "role", role);
            json_append(list_of(layer, "roles"), entry);
            continue;
        }
        json_add_string(entry, "id", id);
        copy(entry, "type", json_get(job, "type"));
        copy(entry, "status", json_get(job, "status"));
        copy(entry, "current", json_get(job, "current-progress"));
        copy(entry, "total", json_get(job, "total-progress"));
        json_append(list_of(layer, "jobs"), entry);
    }
}

static void add_exports(const struct scene *scene, const char *name, json *layer)
{
    json_each (export, scene->exports) {
        json *entry;

        if (!text_is(json_get_string(export, "node-name"), name))
            continue;
        entry = json_new_object();
        copy(entry, "id", json_get(export, "id"));
        copy(entry, "type", json_get(export, "type"));
        json_append(list_of(layer, "exports"), entry);
    }
}

json *layer_describe(const struct scene *scene, const char *name)
{
    const json *node = graph_node(scene->graph, name);
    json *layer = json_new_object();

    json_add_string(layer, "name", name);
    copy(layer, "driver", json_get(node, "drv"));
    add_sizes(node, layer);
    if (json_get_bool(node, "ro", false))
        json_add_bool(layer, "read-only", true);
    if (node)
        add_file(scene, node, layer);
    add_remarks(node, layer);
    add_jobs(scene, name, layer);
    add_exports(scene, name, layer);
    if (json_count(json_get(node, "dirty-bitmaps")))
        copy(layer, "bitmaps", json_get(node, "dirty-bitmaps"));
    return layer;
}

/* "device u1" of the name of a backend, which is its drive's name or its qdev. */
static char *device_of(const struct scene *scene, const char *backend)
{
    json_each (block, scene->graph->blocks)
        if (text_is(json_get_string(block, "device"), backend)) {
            AUTO_FREE char *id = node_block_id(block);

            return xasprintf("device %s", id);
        }
    return node_device_of(backend);
}

/* One user by an edge; the backends of jobs and exports have no names and are counted alone. */
static void add_user(
    const struct scene *scene, const json *link, struct strings *users, size_t *nameless)
{
    const char *type = json_get_string(link, "type"), *parent = json_get_string(link, "parent");
    AUTO_FREE char *user = NULL;

    if (text_is(type, "block-driver"))
        user = xasprintf("node %s", parent);
    else if (text_is(type, "block-job"))
        user = xasprintf("job %s", parent);
    else if (*parent)
        user = device_of(scene, parent);
    else
        ++*nameless;
    if (user && !strings_have(users, user))
        strings_add(users, user);
}

void layer_users(const struct scene *scene, const char *name, struct strings *users)
{
    size_t nameless = 0, before = users->count;

    json_each (link, scene->links)
        if (text_is(json_get_string(link, "child"), name))
            add_user(scene, link, users, &nameless);
    json_each (export, scene->exports)
        if (text_is(json_get_string(export, "node-name"), name) && json_get_string(export, "id"))
            strings_printf(users, "export %s", json_get_string(export, "id"));
    if (nameless && users->count == before)
        strings_add(users, "something without a name");
}
