/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/graph.h"

#include "qmp/ask.h"
#include "vm/node.h"

#include <stdlib.h>
#include <string.h>

void graph_free(struct graph *graph)
{
    json_free(graph->blocks);
    json_free(graph->nodes);
    json_free(graph->jobs);
    json_free(graph->edges);
    free(graph->links);
    *graph = (struct graph){0};
}

/* What this peer has no command for stays NULL. */
static bool optional(struct session *session, uint64_t ticket, json **answer, struct error *error)
{
    *answer = session_answer(session, ticket, error);
    if (*answer || error->kind != ERROR_UNSUPPORTED)
        return *answer;
    error_free(error);
    return true;
}

/* The ends of the edges are numbers of x-debug-query-block-graph's own. */
static const json *graph_object(const struct graph *graph, const json *id)
{
    const char *digits = json_digits(id);

    json_each (object, json_get(graph->edges, "nodes")) {
        const char *its = json_digits(json_get(object, "id"));

        if (its && digits && strcmp(its, digits) == 0)
            return object;
    }
    return NULL;
}

static void add_edge(struct graph *graph, const char *type, const char *parent, const char *name,
    const char *child_type, const char *child)
{
    graph->links[graph->link_count++] = (struct graph_edge){
        .name = name,
        .parent_type = type,
        .parent = parent,
        .child_type = child_type,
        .child = child,
    };
}

static void link_by_edges(struct graph *graph)
{
    json_each (edge, json_get(graph->edges, "edges")) {
        const json *parent = graph_object(graph, json_get(edge, "parent"));
        const json *child = graph_object(graph, json_get(edge, "child"));

        add_edge(graph, json_get_string(parent, "type"), json_get_string(parent, "name"),
            json_get_string(edge, "name"), json_get_string(child, "type"),
            json_get_string(child, "name"));
    }
}

/* Without edges: the node whose file is what the header or QEMU gives as the backing file. */
static const char *backing_by_name(const struct graph *graph, const char *node)
{
    const json *entry = graph_node(graph, node);
    const char *file = json_get_string(entry, "backing_file");

    json_each (other, graph->nodes) {
        const char *its = json_get_string(other, "file"), *driver = json_get_string(other, "drv");

        if (file && its && driver && other != entry && strcmp(its, file) == 0 &&
            strcmp(driver, "file") != 0 && strcmp(driver, "host_device") != 0)
            return json_get_string(other, "node-name");
    }
    return NULL;
}

/* The node of a protocol that opened the file which a format's or a filter's node has. */
static const char *protocol_by_name(const struct graph *graph, const json *node)
{
    const char *file = json_get_string(node, "file"), *driver = json_get_string(node, "drv");

    json_each (other, graph->nodes) {
        const char *its = json_get_string(other, "file"), *protocol = json_get_string(other, "drv");

        if (file && its && driver && protocol && strcmp(file, its) == 0 &&
            strcmp(driver, protocol) != 0 &&
            (strcmp(protocol, "file") == 0 || strcmp(protocol, "host_device") == 0))
            return json_get_string(other, "node-name");
    }
    return NULL;
}

static void link_by_name(struct graph *graph)
{
    static const char node_type[] = "block-driver";

    json_each (node, graph->nodes) {
        const char *name = json_get_string(node, "node-name");

        if (!name)
            continue;
        add_edge(graph, node_type, name, "backing", node_type, backing_by_name(graph, name));
        add_edge(graph, node_type, name, "file", node_type, protocol_by_name(graph, node));
    }
    json_each (block, graph->blocks) {
        const char *device = json_get_string(block, "device");

        add_edge(graph, "block-backend",
            device && *device ? device : json_get_string(block, "qdev"), "root", node_type,
            graph_root(block));
    }
}

/* All that asks for edges goes by these: QEMU's, or what the names of the files tell. */
static void find_links(struct graph *graph)
{
    size_t most = graph->edges ? json_count(json_get(graph->edges, "edges"))
                               : 2 * json_count(graph->nodes) + json_count(graph->blocks);

    graph->links = xcalloc(most + 1, sizeof(*graph->links));
    if (graph->edges)
        link_by_edges(graph);
    else
        link_by_name(graph);
}

bool graph_read(struct session *session, struct graph *graph, struct error *error)
{
    AUTO_JSON json *flat = json_new_object();
    uint64_t blocks, nodes, jobs, edges;

    json_add_bool(flat, "flat", true);
    if (!(node_may_ask(session, error) &&
            session_send(session, "query-block", NULL, -1, &blocks, error) &&
            session_send(session, "query-named-block-nodes", flat, -1, &nodes, error) &&
            session_send(session, "query-jobs", NULL, -1, &jobs, error) &&
            session_send(session, "x-debug-query-block-graph", NULL, -1, &edges, error) &&
            optional(session, blocks, &graph->blocks, error) &&
            (graph->nodes = session_answer(session, nodes, error)) &&
            optional(session, jobs, &graph->jobs, error) &&
            optional(session, edges, &graph->edges, error)))
        return false;
    find_links(graph);
    return true;
}

const json *graph_node(const struct graph *graph, const char *name)
{
    return json_find(graph->nodes, "node-name", name);
}

const char *graph_root(const json *block)
{
    return json_get_string(json_get(block, "inserted"), "node-name");
}

const json *graph_block_of_root(const struct graph *graph, const char *node)
{
    json_each (block, graph->blocks) {
        const char *root = graph_root(block);

        if (root && strcmp(root, node) == 0)
            return block;
    }
    return NULL;
}

const json *graph_block(const struct graph *graph, const char *name)
{
    json_each (block, graph->blocks) {
        const char *device = json_get_string(block, "device");
        const char *qdev = json_get_string(block, "qdev");

        if ((device && *device && strcmp(device, name) == 0) ||
            (qdev && (strcmp(qdev, name) == 0 || node_is_backend(block, name, NULL))))
            return block;
    }
    return NULL;
}

char *graph_device_on(const struct graph *graph, const char *node)
{
    const json *block = graph_block_of_root(graph, node);
    const char *name = json_get_string(block, "qdev");
    AUTO_FREE char *what = NULL;

    if (!name)
        name = json_get_string(block, "device");
    if (!name || !*name)
        return NULL;
    what = node_device_of(name);
    return xstrdup(what + strlen("device "));
}

const json *graph_require_block(const struct graph *graph, const char *name, struct error *error)
{
    const json *found = graph_block(graph, name);
    AUTO_STRINGS struct strings names = {0};

    if (found)
        return found;
    json_each (block, graph->blocks)
        strings_take(&names, node_block_id(block));
    json_gather(&names, graph->blocks, "device");
    error_set(error, ERROR_USAGE, "there is no block device '%s'", name);
    error_suggest(error, name, &names);
    return NULL;
}

bool graph_unknown_node(const struct graph *graph, const char *name, struct error *error)
{
    AUTO_STRINGS struct strings names = {0}, chain = {0};
    const json *block = graph_block(graph, name);

    error_set(error, ERROR_USAGE, "there is no block node '%s'", name);
    if (block && graph_root(block)) {
        graph_chain(graph, graph_root(block), &chain);
        error_append(error, "; the disk %s is", name);
        for (size_t i = 0; i < chain.count; i++)
            error_append(error, "%s%s", i ? " <- " : " ", chain.item[i]);
        return false;
    }
    json_gather(&names, graph->nodes, "node-name");
    return error_suggest(error, name, &names);
}

const char *graph_child(const struct graph *graph, const char *node, const char *edge)
{
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_edge *link = &graph->links[i];

        if (text_is(link->name, edge) && text_is(link->parent_type, "block-driver") &&
            text_is(link->parent, node) && link->child)
            return link->child;
    }
    return NULL;
}

const char *graph_overlay(const struct graph *graph, const char *node)
{
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_edge *link = &graph->links[i];

        if (text_is(link->name, "backing") && text_is(link->parent_type, "block-driver") &&
            text_is(link->child, node))
            return link->parent;
    }
    return NULL;
}

bool graph_is_filter(const char *driver)
{
    static const char *const filters[] = {"throttle", "copy-on-read", "compress", "preallocate",
        "copy-before-write", "snapshot-access", "blklogwrites"};

    for (size_t i = 0; driver && i < sizeof(filters) / sizeof(filters[0]); i++)
        if (strcmp(driver, filters[i]) == 0)
            return true;
    return false;
}

const char *graph_filtered(const struct graph *graph, const char *node)
{
    /* The filter of a job is on its "backing". */
    static const char *const of_jobs[] = {"mirror_top", "commit_top", "backup-top"};
    const char *driver = json_get_string(graph_node(graph, node), "drv");
    bool filters = graph_is_filter(driver);
    const char *child = NULL;

    for (size_t i = 0; driver && i < sizeof(of_jobs) / sizeof(of_jobs[0]); i++)
        filters = filters || strcmp(driver, of_jobs[i]) == 0;
    if (filters)
        child = graph_child(graph, node, "file");
    return child || !filters ? child : graph_child(graph, node, "backing");
}

/* The next of a chain. */
static const char *below(const struct graph *graph, const char *node)
{
    const char *child = graph_child(graph, node, "backing");

    return child ? child : graph_filtered(graph, node);
}

static void add_link(
    json *links, const char *type, const char *parent, const char *edge, const char *child)
{
    json *link;

    if (!type || !parent || !edge || !child)
        return;
    link = json_new_object();
    json_add_string(link, "type", type);
    json_add_string(link, "parent", parent);
    json_add_string(link, "edge", edge);
    json_add_string(link, "child", child);
    json_append(links, link);
}

json *graph_links(const struct graph *graph)
{
    json *links = json_new_array();

    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_edge *link = &graph->links[i];

        add_link(links, link->parent_type, link->parent, link->name, link->child);
    }
    return links;
}

void graph_chain(const struct graph *graph, const char *node, struct strings *chain)
{
    /* A graph has no circles, but what a peer says may have. */
    while (node && !strings_have(chain, node)) {
        strings_add(chain, node);
        node = below(graph, node);
    }
}

const char *graph_disk(const struct graph *graph, const char *name, bool any,
    const struct report *report, struct error *error)
{
    const json *block = graph_block(graph, name);
    const char *root = block ? graph_root(block) : NULL;

    if (graph_node(graph, name) &&
        (any || !root || strcmp(root, name) == 0 || !graph_overlay(graph, name))) {
        if (root && strcmp(root, name) != 0)
            report_note(report, "%s is the node of that name: the disk %s is on node %s now", name,
                name, root);
        return name;
    }
    if (root) {
        report_note(report, "the disk %s is on node %s", name, root);
        return root;
    }
    if (block)
        error_set(error, ERROR_USAGE, "there is no medium in the device %s", name);
    else
        graph_unknown_node(graph, name, error);
    return NULL;
}

static void add_user(const char *type, const char *name, struct strings *users)
{
    AUTO_FREE char *user = NULL;

    if (!type || !name)
        return;
    if (strcmp(type, "block-driver") == 0)
        user = xasprintf("node %s", name);
    else if (strcmp(type, "block-job") == 0)
        user = xasprintf("job %s", name);
    else if (*name)
        user = node_device_of(name);
    else
        user = xstrdup("an export or a job"); /* the backends of both have no name */
    if (!strings_have(users, user))
        strings_add(users, user);
}

void graph_users(const struct graph *graph, const char *node, struct strings *users)
{
    for (size_t i = 0; i < graph->link_count; i++)
        if (text_is(graph->links[i].child_type, "block-driver") &&
            text_is(graph->links[i].child, node))
            add_user(graph->links[i].parent_type, graph->links[i].parent, users);
}
