/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/liveblock.h"

#include "qmp/words.h"
#include "vm/graph.h"
#include "vm/inquiry.h"
#include "vm/node.h"

#include <stdlib.h>
#include <string.h>

/* What was asked about blocks; NULL where there is no answer. */
struct blocks {
    struct inquiry inquiry;
    const json *devices; /* query-block */
    const json *nodes;   /* query-named-block-nodes */
};

static void blocks_free(struct blocks *blocks)
{
    inquiry_free(&blocks->inquiry);
}

#define AUTO_BLOCKS AUTO(blocks_free)

/* Some QEMUs end when they are asked for their nodes at the wrong time (node.h). */
static bool may_ask(const struct listing *listing)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_session(listing->live);

    return session && node_may_ask(session, &ignored);
}

static void ask_blocks(const struct listing *listing, bool nodes, struct blocks *blocks)
{
    size_t first = inquiry_add(&blocks->inquiry, "query-block", NULL), second = INQUIRY_NONE;

    if (nodes && may_ask(listing)) {
        json *flat = json_new_object();

        json_add_bool(flat, "flat", true);
        second = inquiry_add(&blocks->inquiry, "query-named-block-nodes", flat);
    }
    if (!listing_inquire(listing, &blocks->inquiry))
        return;
    blocks->devices = inquiry_answer(&blocks->inquiry, first);
    blocks->nodes = inquiry_answer(&blocks->inquiry, second);
}

/* "qcow2, /srv/a.qcow2" of a node; a json: text instead of a name says nothing to a person. */
static char *describe(const json *node)
{
    const char *driver = listing_or_unknown(json_get_string(node, "drv"));
    const char *file = json_get_string(node, "file");

    if (!file || !*file || strncmp(file, "json:", 5) == 0)
        return xstrdup(driver);
    return xasprintf("%s, %s", driver, file);
}

static char *describe_device(const json *block)
{
    const json *inserted = json_get(block, "inserted");

    return inserted ? describe(inserted) : xstrdup("empty");
}

static void add_disks(const struct listing *listing)
{
    AUTO_BLOCKS struct blocks blocks = {0};

    ask_blocks(listing, false, &blocks);
    json_each (block, blocks.devices) {
        AUTO_FREE char *id = node_block_id(block);
        AUTO_FREE char *what = describe_device(block);

        if (listing->kind == COMPLETES_BACKEND)
            listing_add(listing, json_get_string(block, "qdev"), "%s", what);
        else if (strcmp(id, "?") != 0)
            listing_add(listing, id, "%s", what);
    }
}

static void add_drives_of(const struct listing *listing, const json *devices)
{
    json_each (block, devices) {
        AUTO_FREE char *what = describe_device(block);

        listing_add(listing, json_get_string(block, "device"), "drive: %s", what);
    }
}

static void add_drives(const struct listing *listing)
{
    AUTO_BLOCKS struct blocks blocks = {0};

    ask_blocks(listing, false, &blocks);
    add_drives_of(listing, blocks.devices);
}

static void add_groups(const struct listing *listing)
{
    AUTO_BLOCKS struct blocks blocks = {0};

    ask_blocks(listing, false, &blocks);
    json_each (block, blocks.devices) {
        AUTO_FREE char *id = node_block_id(block);

        listing_add(listing, json_get_string(json_get(block, "inserted"), "group"), "of %s", id);
    }
}

/* QEMU's own nodes ("#block123") are there for those who ask for them. */
static bool is_wanted(const struct listing *listing, const char *name)
{
    return name && (name[0] != '#' || listing_typed(listing)[0] == '#');
}

static void add_node(const struct listing *listing, const json *node)
{
    AUTO_FREE char *what = describe(node);

    listing_add(listing, json_get_string(node, "node-name"), "%s", what);
}

static void add_wanted_node(const struct listing *listing, const json *node)
{
    if (is_wanted(listing, json_get_string(node, "node-name")))
        add_node(listing, node);
}

static void add_nodes(const struct listing *listing)
{
    AUTO_BLOCKS struct blocks blocks = {0};

    ask_blocks(listing, true, &blocks);
    json_each (node, blocks.nodes)
        add_wanted_node(listing, node);
    if (listing->kind == COMPLETES_BLOCK)
        add_drives_of(listing, blocks.devices);
}

static bool read_graph(const struct listing *listing, struct graph *graph)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_session(listing->live);

    return session && graph_read(session, graph, &ignored);
}

static void add_free_nodes(const struct listing *listing)
{
    AUTO_GRAPH struct graph graph = {0};

    if (!read_graph(listing, &graph))
        return;
    json_each (node, graph.nodes) {
        const char *name = json_get_string(node, "node-name");
        AUTO_STRINGS struct strings users = {0};

        if (name)
            graph_users(&graph, name, &users);
        if (!users.count)
            add_wanted_node(listing, node);
    }
    /* A drive waits for its device under its own name. */
    json_each (block, graph.blocks)
        if (!json_get_string(block, "qdev")) {
            AUTO_FREE char *what = describe_device(block);

            listing_add(listing, json_get_string(block, "device"), "drive: %s", what);
        }
}

/* The root of the chain that the words name, or NULL. */
static const char *chain_root(const struct listing *listing, const struct graph *graph)
{
    static const char *const keys[] = {"device", "node", "node-name"};
    const char *name = NULL;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !name; i++)
        name = words_find(listing->words, keys[i]);
    if (!name || graph_node(graph, name))
        return name;
    return graph_root(graph_block(graph, name));
}

static void add_chain(const struct listing *listing)
{
    AUTO_GRAPH struct graph graph = {0};
    AUTO_STRINGS struct strings chain = {0};
    const char *root;

    if (!read_graph(listing, &graph))
        return;
    root = chain_root(listing, &graph);
    if (root)
        graph_chain(&graph, root, &chain);
    else
        json_gather(&chain, graph.nodes, "node-name");
    for (size_t i = 0; i < chain.count; i++) {
        const json *node = graph_node(&graph, chain.item[i]);

        /* In a chain, a node of QEMU's own can be the one that is meant. */
        if (listing->kind == COMPLETES_CHAIN_NODE)
            (root ? add_node : add_wanted_node)(listing, node);
        else
            listing_add(listing, json_get_string(node, "file"), "node %s, %s", chain.item[i],
                listing_or_unknown(json_get_string(node, "drv")));
    }
}

static void add_bitmaps_of(const struct listing *listing, const json *bitmaps, const char *node)
{
    json_each (bitmap, bitmaps)
        listing_add(listing, json_get_string(bitmap, "name"), "bitmap of %s%s%s", node,
            json_get_bool(bitmap, "recording", true) ? "" : ", disabled",
            json_get_bool(bitmap, "persistent", false) ? ", persistent" : "");
}

static void add_bitmaps(const struct listing *listing)
{
    static const char *const keys[] = {"node", "device", "node-name", "target"};
    AUTO_BLOCKS struct blocks blocks = {0};
    const char *wanted = NULL;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !wanted; i++)
        wanted = words_find(listing->words, keys[i]);
    ask_blocks(listing, true, &blocks);
    json_each (node, blocks.nodes) {
        const char *name = listing_or_unknown(json_get_string(node, "node-name"));

        if (!wanted || strcmp(name, wanted) == 0)
            add_bitmaps_of(listing, json_get(node, "dirty-bitmaps"), name);
    }
    /* A drive's name stands for the node that it has. */
    json_each (block, blocks.devices) {
        const char *drive = json_get_string(block, "device");

        if (wanted && text_is(drive, wanted))
            add_bitmaps_of(listing, json_get(json_get(block, "inserted"), "dirty-bitmaps"), drive);
    }
}

static void add_snapshots(const struct listing *listing)
{
    AUTO_BLOCKS struct blocks blocks = {0};

    ask_blocks(listing, true, &blocks);
    json_each (node, blocks.nodes)
        json_each (snapshot, json_get(json_get(node, "image"), "snapshots"))
            listing_add(listing, json_get_string(snapshot, "name"), "in node %s",
                listing_or_unknown(json_get_string(node, "node-name")));
}

static void add_exports(const struct listing *listing)
{
    AUTO_JSON json *exports = listing_ask(listing, "query-block-exports", NULL);

    json_each (entry, exports)
        listing_add(listing, json_get_string(entry, "id"), "%s export of node %s",
            listing_or_unknown(json_get_string(entry, "type")),
            listing_or_unknown(json_get_string(entry, "node-name")));
}

/* What is listed by either command, whose name for an id is the key. */
static void add_jobs_of(const struct listing *listing, const char *command, const char *key)
{
    AUTO_JSON json *jobs = listing_ask(listing, command, NULL);

    json_each (job, jobs)
        listing_add(listing, json_get_string(job, key), "%s, %s",
            listing_or_unknown(json_get_string(job, "type")),
            listing_or_unknown(json_get_string(job, "status")));
}

static void add_jobs(const struct listing *listing)
{
    add_jobs_of(listing, "query-jobs", "id");
}

static void add_block_jobs(const struct listing *listing)
{
    add_jobs_of(listing, "query-block-jobs", "device");
}

static void add_fdsets(const struct listing *listing)
{
    AUTO_JSON json *sets = listing_ask(listing, "query-fdsets", NULL);

    json_each (set, sets) {
        const json *fds = json_get(set, "fds");
        const char *opaque = json_get_string(json_first(fds), "opaque");

        listing_add(listing, json_digits(json_get(set, "fdset-id")), "%zu descriptor%s%s%s",
            json_count(fds), json_count(fds) == 1 ? "" : "s", opaque ? ", " : "",
            opaque ? opaque : "");
    }
}

const struct lister block_listers[] = {
    {COMPLETES_DISK, add_disks},
    {COMPLETES_BACKEND, add_disks},
    {COMPLETES_DRIVE, add_drives},
    {COMPLETES_IO_GROUP, add_groups},
    {COMPLETES_NODE, add_nodes},
    {COMPLETES_BLOCK, add_nodes},
    {COMPLETES_FREE_NODE, add_free_nodes},
    {COMPLETES_CHAIN_NODE, add_chain},
    {COMPLETES_CHAIN_FILE, add_chain},
    {COMPLETES_BITMAP, add_bitmaps},
    {COMPLETES_SNAPSHOT, add_snapshots},
    {COMPLETES_EXPORT, add_exports},
    {COMPLETES_JOB, add_jobs},
    {COMPLETES_BLOCK_JOB, add_block_jobs},
    {COMPLETES_FDSET, add_fdsets},
    {COMPLETES_NOTHING, NULL},
};
