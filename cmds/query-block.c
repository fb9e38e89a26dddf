/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/ask.h"
#include "ui/blocks.h"
#include "vm/graph.h"
#include "vm/node.h"
#include "vm/picture.h"

struct query_block {
    const char *id;
    bool nodes;
};

/* The name may be that of a device, so more must be known to say what is meant. False. */
static bool explain_unknown(struct session *session, const char *name, struct error *error)
{
    AUTO_GRAPH struct graph graph = {0};

    return graph_read(session, &graph, error) && graph_unknown_node(&graph, name, error);
}

/* With --json QEMU's own entry, in a list as without an ID. */
static bool answer_one(
    struct context *context, const struct query_block *query, struct error *error)
{
    struct session *session = context_session(context, error);
    const char *command = query->nodes ? "query-named-block-nodes" : "query-block";
    bool may = session && (!query->nodes || node_may_ask(session, error));
    AUTO_JSON json *list = may ? session_ask(session, command, NULL, error) : NULL;
    const struct graph graph = {.blocks = list, .nodes = list};
    const json *found;
    json *result;

    if (!list)
        return false;
    found = query->nodes ? graph_node(&graph, query->id)
                         : graph_require_block(&graph, query->id, error);
    if (!found)
        return query->nodes ? explain_unknown(session, query->id, error) : false;
    result = json_new_array();
    json_append(result, json_copy(found));
    return context_result(context, result, NULL);
}

/* With --json QEMU's own answer. */
static bool answer_all(
    struct context *context, const struct query_block *query, struct error *error)
{
    struct session *session = context_session(context, error);

    if (!query->nodes)
        return context_ask(context, "query-block", NULL, NULL, error);
    return session && node_may_ask(session, error) &&
           context_ask(context, "query-named-block-nodes", NULL, NULL, error);
}

static void view_nodes(const json *value, const struct output *output, struct text *text)
{
    if (json_count(value))
        output_shape(value, output, text);
    else
        text_add_string(text, "no block nodes\n");
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct query_block *query = options;
    struct session *session;
    json *picture;

    if (context_output(context)->json)
        return query->id ? answer_one(context, query, error) : answer_all(context, query, error);
    session = context_session(context, error);
    if (!session)
        return false;
    picture = query->nodes ? picture_nodes(session, query->id, error)
                           : picture_devices(session, query->id, error);
    return picture && context_result(context, picture, query->nodes ? view_nodes : view_blocks);
}

static const struct option options[] = {
    OPTION_FLAG(struct query_block, nodes, "nodes", 0,
        "all block nodes as a table, with who uses each; ID is the name of a node then"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_OPTIONAL(struct query_block, id, "ID",
        "only this device, by its id, drive name or QOM path", COMPLETES_DISK),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp query-block", "every disk, with its images and what goes on in them"},
    {"-s /run/vm.qmp query-block d1", "one of them"},
    {"-s /run/vm.qmp query-block --nodes", "the block nodes and who uses them"},
    {NULL, NULL},
};

QMPBOX_COMMAND(query_block) = {
    .name = "query-block",
    .group = "Block",
    .summary = "the block devices with their chains of images, bitmaps, throttles and jobs",
    .description =
        "Prints each block device and below it its layers, the top first: each overlay is backed "
        "by the next layer, and a filter (a throttle, a copy-on-read, what a job has put in) "
        "passes "
        "everything on to it. Below a layer stand its jobs with their progress, its bitmaps, its "
        "file and its other children. Nodes that belong to no device come last, with who uses "
        "them.\n\n"
        "The file of a descriptor that was passed is shown by its real name where that can be "
        "seen: "
        "QEMU runs on this host, this user may look into its /proc entry, and one open file alone "
        "has the size of the node. Otherwise it is a passed descriptor (fdset N). Sizes of nodes "
        "are "
        "those that the guest sees, and how much is allocated for them.\n\n"
        "With --json it is the return of query-block as it came, with --nodes that of "
        "query-named-block-nodes; with an ID a list that holds that entry alone. A storage daemon "
        "has no devices, only nodes.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct query_block),
    .needs = (const char *const[]){"query-block", "query-named-block-nodes", NULL},
    .timeout = 30,
    .run = run,
};
