/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/ask.h"
#include "ui/blockstats.h"
#include "vm/blockstats.h"

struct query_blockstats {
    bool nodes;
    int64_t watch;
    struct count count;
};

struct printer {
    struct context *context;
    bool any;
};

/* With --json what QEMU answered, else what happened since the look before. */
static void give(
    void *data, const json *before, const json *after, int64_t elapsed, struct message **reply)
{
    struct printer *printer = data;
    struct output *output = context_output(printer->context);

    if (output->json) {
        context_reply(printer->context, steal_pointer(reply), NULL);
        return;
    }
    if (printer->any)
        text_add_char(&output->pending, '\n');
    printer->any = true;
    context_result(printer->context, blockstats_changes(before, after, elapsed), view_blockstats);
}

static bool flush(void *data, struct error *error)
{
    const struct printer *printer = data;

    return output_flush(context_output(printer->context), error);
}

static bool follow(
    struct context *context, const struct query_blockstats *query, struct error *error)
{
    struct session *session = context_session(context, error);
    struct printer printer = {.context = context};
    struct blockstats_watch watch = {
        .interval = query->watch,
        .count = query->count.value,
        .end = CLOCK_NEVER,
        .nodes = query->nodes,
        .give = give,
        .flush = flush,
        .data = &printer,
    };

    if (!session)
        return false;
    if (context_timeout(context))
        watch.end = session_deadline(session);
    /* --timeout ends the watching; a reply that is on its way then has a second more. */
    session_set_deadline(
        session, watch.end == CLOCK_NEVER ? CLOCK_NEVER : watch.end + CLOCK_SECOND);
    output_watch(context_output(context), context_loop(context));
    return blockstats_watch(session, &watch, error);
}

static bool look(struct context *context, bool nodes, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();
    AUTO_JSON json *stats = NULL;
    struct session *session;

    if (nodes)
        json_add_bool(arguments, "query-nodes", true);
    if (context_output(context)->json)
        return context_ask(context, "query-blockstats", arguments, NULL, error);
    session = context_session(context, error);
    stats = session ? session_ask(session, "query-blockstats", arguments, error) : NULL;
    if (!stats)
        return false;
    return nodes ? context_result(context, blockstats_node_rows(stats), NULL)
                 : context_result(context, blockstats_rows(stats), view_blockstats);
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct query_blockstats *query = options;

    if (query->count.given && !query->watch)
        return error_set(error, ERROR_USAGE, "--count says how often: it needs --watch SECONDS");
    if (query->count.given && !query->count.value)
        return error_set(error, ERROR_USAGE, "--count: once at least");
    if (query->watch && query->nodes && !context_output(context)->json)
        return error_set(error, ERROR_USAGE,
            "--watch shows rates, and QEMU counts operations of devices alone, not of nodes");
    return query->watch ? follow(context, query, error) : look(context, query->nodes, error);
}

static const struct option options[] = {
    OPTION_SECONDS(struct query_blockstats, watch, "watch", 0, "SECONDS",
        "rates: print what happened in every SECONDS, until interrupted or for --timeout seconds"),
    OPTION_COUNT(
        struct query_blockstats, count, "count", 0, "N", "with --watch: end after N reports"),
    OPTION_FLAG(struct query_blockstats, nodes, "nodes", 0,
        "of every block node: how far it was written, and what its driver counts"),
    OPTION_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp query-blockstats", "what each device has read and written"},
    {"-s /run/vm.qmp query-blockstats --watch 1", "what each device does, every second"},
    {"-s /run/vm.qmp query-blockstats --watch 2 --count 1", "its rates over two seconds"},
    {NULL, NULL},
};

QMPBOX_COMMAND(query_blockstats) = {
    .name = "query-blockstats",
    .group = "Block",
    .summary = "what the block devices have read and written, or their rates",
    .description =
        "Prints for each block device the bytes and operations that the guest has read and "
        "written, the flushes, and how long an operation of each sort took on average. Discards "
        "and failed operations are shown where there were any.\n\n"
        "With --watch it is the same for every interval: bytes and operations a second, the "
        "average time of those that ended in it, and how many were in flight on average. The first "
        "report comes after the first interval. A device that is new, or whose counters began "
        "anew, has dashes for one interval.\n\n"
        "With --json it is the return of query-blockstats as it came, with --watch one for each "
        "interval in a line. There is no time-out with --watch unless --timeout says for how long.",
    .examples = examples,
    .options = options,
    .options_size = sizeof(struct query_blockstats),
    .needs = (const char *const[]){"query-blockstats", NULL},
    .timeout = 30,
    .follows = true,
    .run = run,
};
