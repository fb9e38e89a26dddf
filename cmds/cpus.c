/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/ask.h"

#include <string.h>

struct cpus {
    bool pids;
};

/* "socket-id" is headed "socket": the CPU's thread-id is already the one of the host. */
static void add_level(json *row, const json *member)
{
    size_t length = strlen(json_key(member));
    bool is_id = length > 3 && strcmp(json_key(member) + length - 3, "-id") == 0;
    AUTO_FREE char *name = xstrndup(json_key(member), is_id ? length - 3 : length);

    if (!json_get(row, name))
        json_add(row, name, json_copy(member));
}

/* From the outermost level inwards as far as they are known here, then whatever else there is. */
static void add_place(json *row, const json *props)
{
    static const char *const levels[] = {"node-id", "drawer-id", "book-id", "socket-id", "die-id",
        "cluster-id", "module-id", "core-id", "thread-id"};

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (json_get(props, levels[i]))
            add_level(row, json_get(props, levels[i]));
    json_each (member, props)
        add_level(row, member);
}

static void view_cpus(const json *value, const struct output *output, struct text *text)
{
    static const char *const first[] = {"cpu-index", "thread-id"};
    static const char *const last[] = {"target", "qom-type", "qom-path"};
    AUTO_JSON json *rows = json_new_array();

    json_each (cpu, value) {
        json *row = json_new_object();

        for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
            if (json_get(cpu, first[i]))
                json_add(row, first[i], json_copy(json_get(cpu, first[i])));
        add_place(row, json_get(cpu, "props"));
        for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
            if (json_get(cpu, last[i]))
                json_add(row, last[i], json_copy(json_get(cpu, last[i])));
        json_append(rows, row);
    }
    if (json_count(rows))
        output_shape(rows, output, text);
    else
        text_add_string(text, "no CPUs\n");
}

static void view_lines(const json *value, const struct output *output, struct text *text)
{
    (void)output;
    json_each (item, value) {
        json_print(item, text);
        text_add_char(text, '\n');
    }
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct cpus *cpus = options;
    struct session *session;
    AUTO_JSON json *list = NULL;
    json *pids;

    if (!cpus->pids)
        return context_ask(context, "query-cpus-fast", NULL, view_cpus, error);
    session = context_session(context, error);
    list = session ? session_ask(session, "query-cpus-fast", NULL, error) : NULL;
    if (!list)
        return false;
    pids = json_new_array();
    json_each (cpu, list)
        if (json_is_number(json_get(cpu, "thread-id")))
            json_append(pids, json_copy(json_get(cpu, "thread-id")));
    return context_result(context, pids, view_lines);
}

static const struct option options[] = {
    OPTION_FLAG(struct cpus, pids, "pids", 0,
        "only the thread ids on the host, one a line in the order of the CPUs, for pinning"),
    OPTION_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp cpus", "the CPUs with their threads and their places"},
    {"-s /run/vm.qmp cpus --pids", "what taskset --pid takes"},
    {NULL, NULL},
};

QMPBOX_COMMAND(cpus) = {
    .name = "cpus",
    .group = "CPU, memory, machine",
    .summary = "the CPUs, with their thread ids",
    .description =
        "Prints the CPUs of the VM: index, the thread on the host that runs it (thread-id), where "
        "it sits (socket, die, core, thread: what this machine has), target and path in the object "
        "model. The guest is not disturbed.\n\n"
        "With --json it is the return of query-cpus-fast as it came; with --pids too, a list of "
        "numbers. Under TCG several CPUs may share one thread, whose id then comes several times.",
    .examples = examples,
    .options = options,
    .options_size = sizeof(struct cpus),
    .needs = (const char *const[]){"query-cpus-fast", NULL},
    .timeout = 30,
    .run = run,
};
