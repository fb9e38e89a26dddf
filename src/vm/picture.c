/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/picture.h"

#include "qmp/ask.h"
#include "vm/layer.h"
#include "vm/node.h"
#include "vm/throttle.h"

#include <string.h>

enum { DEEPEST = 32 }; /* levels of parts within parts: QEMU's own graphs have three or four */

/* The scene, and which of its nodes have been told already. */
struct painter {
    struct scene scene;
    struct strings told;
};

struct canvas {
    struct graph graph;
    json *links;
    json *exports;
};

static void canvas_free(struct canvas *canvas)
{
    graph_free(&canvas->graph);
    json_free(canvas->links);
    json_free(canvas->exports);
}

/* Everything in one write; what has no exports (it is no QEMU of ours) has none to show. */
static bool prepare(struct session *session, struct canvas *canvas, struct error *error)
{
    uint64_t exports;
    struct error why = {0};

    if (!session_send(session, "query-block-exports", NULL, -1, &exports, error) ||
        !graph_read(session, &canvas->graph, error))
        return false;
    canvas->exports = session_answer(session, exports, &why);
    if (!canvas->exports && why.kind != ERROR_UNSUPPORTED && why.kind != ERROR_REFUSED) {
        error_move(error, &why);
        return false;
    }
    error_free(&why);
    canvas->links = graph_links(&canvas->graph);
    return true;
}

static struct scene scene_of(struct session *session, const struct canvas *canvas)
{
    return (struct scene){session, &canvas->graph, canvas->links, canvas->exports};
}

/* ---------------------------------------------------------------- layers */

static const json *child_by(const struct scene *scene, const char *node, const char *edge)
{
    json_each (link, scene->links)
        if (text_is(json_get_string(link, "type"), "block-driver") &&
            text_is(json_get_string(link, "parent"), node) &&
            text_is(json_get_string(link, "edge"), edge))
            return link;
    return NULL;
}

/* The edge to the layer below: of an overlay, of a filter. */
static const json *edge_below(const struct scene *scene, const char *node)
{
    const json *backing = child_by(scene, node, "backing");

    return backing || !graph_is_filter(json_get_string(graph_node(scene->graph, node), "drv"))
               ? backing
               : child_by(scene, node, "file");
}

static json *paint_layers(struct painter *painter, const char *top, int depth);

/* Everything else that the node stands on. */
static void add_parts(struct painter *painter, json *layer, const json *below, int depth)
{
    const char *name = json_get_string(layer, "name");
    json *parts = NULL;

    json_each (link, painter->scene.links) {
        json *part;

        if (link == below || depth == DEEPEST || !text_is(json_get_string(link, "parent"), name) ||
            !text_is(json_get_string(link, "type"), "block-driver"))
            continue;
        part = json_new_object();
        json_add_string(part, "edge", json_get_string(link, "edge"));
        json_add(part, "layers", paint_layers(painter, json_get_string(link, "child"), depth + 1));
        parts = parts ? parts : json_add_array(layer, "parts");
        json_append(parts, part);
    }
}

/* Does it pass everything on to the layer below, having no file of its own? */
static bool is_filter(const struct scene *scene, const char *name, const json *below)
{
    return below &&
           (strcmp(json_get_string(below, "edge"), "file") == 0 || !child_by(scene, name, "file"));
}

/* From the top down until one that has been told before, which also ends a circle. */
static json *paint_layers(struct painter *painter, const char *top, int depth)
{
    json *layers = json_new_array();

    for (const char *name = top; name;) {
        const json *below = edge_below(&painter->scene, name);
        json *layer;

        if (strings_have(&painter->told, name)) {
            layer = json_new_object();
            json_add_string(layer, "name", name);
            json_add_bool(layer, "again", true);
            json_append(layers, layer);
            break;
        }
        strings_add(&painter->told, name);
        layer = layer_describe(&painter->scene, name);
        if (is_filter(&painter->scene, name, below))
            json_add_bool(layer, "filter", true);
        json_append(layers, layer);
        add_parts(painter, layer, below, depth);
        name = json_get_string(below, "child");
    }
    return layers;
}

/* ---------------------------------------------------------------- devices */

static void copy(json *to, const char *key, const json *from)
{
    const json *value = json_get(from, key);

    if (value)
        json_add(to, key, json_copy(value));
}

static void add_throttle(json *device, const json *block)
{
    AUTO_JSON json *throttle = throttle_of(block);

    if (json_count(throttle))
        json_add(device, "throttle", steal_pointer(&throttle));
}

/* The node that the device's backend holds, filters that jobs have put in among them. */
static const char *top_of(const struct scene *scene, const json *block)
{
    const char *drive = json_get_string(block, "device"), *qdev = json_get_string(block, "qdev");

    json_each (link, scene->links) {
        const char *parent = json_get_string(link, "parent");

        if (text_is(json_get_string(link, "type"), "block-backend") && parent && *parent &&
            (text_is(parent, drive) || text_is(parent, qdev)))
            return json_get_string(link, "child");
    }
    return graph_root(block);
}

static json *paint_device(struct painter *painter, const json *block)
{
    static const char *const kept[] = {"removable", "locked", "tray_open", "io-status"};
    const json *inserted = json_get(block, "inserted");
    const char *top = top_of(&painter->scene, block), *drive = json_get_string(block, "device");
    json *device = json_new_object();
    AUTO_FREE char *id = node_block_id(block);

    json_add_string(device, "id", id);
    if (drive && *drive && strcmp(drive, id) != 0)
        json_add_string(device, "drive", drive);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        copy(device, kept[i], block);
    if (!inserted)
        json_add_bool(device, "empty", true);
    else
        json_add_bool(device, "read-only", json_get_bool(inserted, "ro", false));
    if (layer_cache(inserted))
        json_add_string(device, "cache", layer_cache(inserted));
    add_throttle(device, block);
    if (top)
        json_add(device, "layers", paint_layers(painter, top, 0));
    return device;
}

/* ---------------------------------------------------------------- the rest */

static bool has_parent_node(const struct scene *scene, const char *name)
{
    json_each (link, scene->links)
        if (text_is(json_get_string(link, "type"), "block-driver") &&
            text_is(json_get_string(link, "child"), name))
            return true;
    return false;
}

/* First those that nothing stands on, then whatever has still not been told. */
static json *paint_others(struct painter *painter)
{
    json *others = json_new_array();

    for (int round = 0; round < 2; round++)
        json_each (node, painter->scene.graph->nodes) {
            const char *name = json_get_string(node, "node-name");
            AUTO_STRINGS struct strings users = {0};
            json *other;

            if (!name || strings_have(&painter->told, name) ||
                (!round && has_parent_node(&painter->scene, name)))
                continue;
            layer_users(&painter->scene, name, &users);
            other = json_new_object();
            json_add_strings(other, "users", &users);
            json_add(other, "layers", paint_layers(painter, name, 0));
            json_append(others, other);
        }
    return others;
}

json *picture_devices(struct session *session, const char *id, struct error *error)
{
    AUTO(canvas_free) struct canvas canvas = {0};
    struct painter painter = {0};
    const json *only = NULL;
    json *picture, *devices;

    if (!prepare(session, &canvas, error))
        return NULL;
    if (id && !(only = graph_require_block(&canvas.graph, id, error))) {
        if (graph_node(&canvas.graph, id))
            error_append(error, "; it is a node, which --nodes shows");
        return NULL;
    }
    painter.scene = scene_of(session, &canvas);
    picture = json_new_object();
    devices = json_add_array(picture, "devices");
    json_each (block, canvas.graph.blocks)
        if (!only || block == only)
            json_append(devices, paint_device(&painter, block));
    json_add(picture, "others", only ? json_new_array() : paint_others(&painter));
    strings_free(&painter.told);
    return picture;
}

/* ---------------------------------------------------------------- all nodes as rows */

static json *paint_row(const struct scene *scene, const json *node, const char *name)
{
    AUTO_STRINGS struct strings users = {0};
    AUTO_TEXT struct text list = TEXT_EMPTY;
    AUTO_JSON json *layer = layer_describe(scene, name);
    json *row = json_new_object();
    const char *fdset = json_get_string(layer, "fdset");

    layer_users(scene, name, &users);
    for (size_t i = 0; i < users.count; i++)
        text_printf(&list, "%s%s", i ? ", " : "", users.item[i]);
    json_add_string(row, "node", name);
    json_add_string(
        row, "driver", json_get_string(node, "drv") ? json_get_string(node, "drv") : "");
    if (json_get(layer, "size"))
        json_add(row, "size", json_take(layer, "size"));
    json_add_bool(row, "read-only", json_get_bool(node, "ro", false));
    json_add_string(row, "used-by", text_string(&list));
    if (fdset) {
        AUTO_FREE char *file = xasprintf("passed descriptor (fdset %s)", fdset);

        json_add_string(row, "file", file);
    } else {
        const char *file = json_get_string(layer, "file");

        json_add_string(row, "file", file ? file : "");
    }
    return row;
}

json *picture_nodes(struct session *session, const char *name, struct error *error)
{
    AUTO(canvas_free) struct canvas canvas = {0};
    struct scene scene;
    json *rows;

    if (!prepare(session, &canvas, error))
        return NULL;
    if (name && !graph_node(&canvas.graph, name)) {
        graph_unknown_node(&canvas.graph, name, error);
        return NULL;
    }
    scene = scene_of(session, &canvas);
    rows = json_new_array();
    json_each (node, canvas.graph.nodes) {
        const char *its = json_get_string(node, "node-name");

        if (its && (!name || strcmp(its, name) == 0))
            json_append(rows, paint_row(&scene, node, its));
    }
    return rows;
}
