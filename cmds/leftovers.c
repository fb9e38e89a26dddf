/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "vm/clean.h"

#include <string.h>

struct leftovers_options {
    bool clean;
    struct strings names;
};

static void view_labels(const json *labels, const char *verb, struct text *text)
{
    json_each (label, labels) {
        text_add_string(text, verb);
        text_add_shown(text, json_string(label));
        text_add_char(text, '\n');
    }
}

/* One row for each thing that is there after the run. */
static void view_leftovers(const json *value, const struct output *output, struct text *text)
{
    AUTO_JSON json *rows = json_new_array();
    const json *removed = json_get(value, "removed");

    view_labels(removed, "removed ", text);
    json_each (item, json_get(value, "leftovers")) {
        AUTO_FREE char *label =
            xasprintf("%s %s", json_get_string(item, "kind"), json_get_string(item, "name"));
        bool gone = false;
        json *row;

        json_each (one, removed)
            gone = gone || strcmp(json_string(one), label) == 0;
        if (gone)
            continue;
        row = json_new_object();
        json_add_string(row, "kind", json_get_string(item, "kind"));
        json_add_string(row, "name", json_get_string(item, "name"));
        json_add_string(row, "ours", json_get_bool(item, "ours", false) ? "yes" : "no");
        json_add_string(row, "what", json_get_string(item, "what"));
        json_add_string(row, "why", json_get_string(item, "why"));
        json_append(rows, row);
    }
    if (json_count(rows))
        output_shape(rows, output, text);
    else if (!json_get_bool(value, "jobs-only", false))
        text_printf(text, "nothing %sis left over\n", json_count(removed) ? "else " : "");
}

static bool check_names(const struct strings *names, bool clean, struct error *error)
{
    if (names->count && !clean)
        return error_set(error, ERROR_USAGE,
            "'%s': names say what --clean removes, which is not given", names->item[0]);
    for (size_t i = 0; i < names->count; i++)
        if (!options_check_text("NAME", names->item[i], error))
            return false;
    return true;
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct leftovers_options *options = target;
    bool dry_run = context_dry_run(context), clean = options->clean || dry_run;
    AUTO_LEFTOVERS struct leftovers leftovers = {0};
    AUTO_STRINGS struct strings removed = {0}, left = {0};
    struct session *session;
    json *result;

    if (!check_names(&options->names, clean, error))
        return false;
    session = context_session(context, error);
    if (!session || !leftovers_find(session, options->names.count, &leftovers, error))
        return false;
    if (clean && (!clean_choose(&leftovers, &options->names, error) ||
                     !clean_run(session, &leftovers, dry_run, &removed, &left, error)))
        return false;
    if (dry_run)
        return true;
    result = json_new_object();
    json_add(result, "leftovers", leftovers_describe(&leftovers));
    if (leftovers.jobs_only)
        json_add_bool(result, "jobs-only", true);
    if (clean) {
        json_add_strings(result, "removed", &removed);
        json_add_strings(result, "left", &left);
    }
    return context_result(context, result, view_leftovers);
}

static const struct option options[] = {
    OPTION_FLAG(struct leftovers_options, clean, "clean", 0,
        "remove what carries the names that this program gives away, and what is named"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct leftovers_options, names, "NAME",
        "with --clean: also this one, whoever made it; KIND:NAME where two kinds have that name",
        COMPLETES_LEFTOVER),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp leftovers", "what nothing uses, and whose it is"},
    {"-s /run/vm.qmp leftovers --clean", "remove what an interrupted qmpbox has left"},
    {"-s /run/vm.qmp leftovers --clean node:old object:io0", "these two as well"},
    {"-s /run/vm.qmp leftovers --clean --dry-run", "what would be sent"},
    {NULL, NULL},
};

QMPBOX_COMMAND(leftovers) = {
    .name = "leftovers",
    .group = "Session",
    .summary = "what nothing uses: netdevs, nodes, fdsets, jobs, exports, objects; --clean",
    .description =
        "Prints what the VM has that nothing uses: netdevs with nothing at their other end, block "
        "nodes and fdsets that no device, job, export or other node uses, jobs that have "
        "concluded, and objects. A node that only a left over node uses is left over too, and "
        "stands below it. Exports, fdsets of others and objects of a type whose use cannot be seen "
        "(a secret, credentials) are printed too, though they may be in use.\n\n"
        "--clean removes what is ours, that is, carries a name that this program gives away: a "
        "node ID with the file node ID-file and its backing nodes ID-b1, ID-b2..., as long as "
        "there is no device ID; an overlay ID-s1 with ID-s1-file, or that file alone; a netdev "
        "ID-net; an fdset whose "
        "descriptors are qmpbox:ID; a concluded job called commit-, stream-, mirror-, backup- or "
        "create- and a node. With names it removes those as well, whoever made them. "
        "KIND is export, job, netdev, node, fdset or object; the name of an fdset is its "
        "number.\n\n"
        "What is in use is never removed, nor a job that has not concluded, a bitmap, or a node "
        "with a bitmap: naming one is status 7, and nothing is removed. What uses a "
        "thing must be named with it unless it is ours. An export is not removed while a client is "
        "connected. Where QEMU refuses a removal the status is 1; the others are done, and the "
        "error says what has gone and what is left.\n\n"
        "--clean is for when no other operation is under way on the VM: on another monitor, a disk "
        "that is half plugged in, or a job whose outcome somebody is about to read, look like what "
        "an interrupted one leaves. --dry-run shows what would be sent.\n\n"
        "Descriptors that were passed under a name (getfd) are not shown: no QEMU lists them. They "
        "belong to the monitor that they were passed on, outlive the connection, and are closed "
        "by closefd on that monitor. Up to QEMU 7.2 a paused VM keeps the descriptors of a removed "
        "fdset; they are named as left, status 0. QEMU 5.2 would end if it were asked for its "
        "nodes "
        "while a concluded backup waits to be dismissed: only jobs are shown then, and cleaned.\n\n"
        "With --json it is an object with leftovers, a list with kind, name, ours, used (no, or "
        "not known), what and why; jobs-only, true, where nothing else was looked for; and with "
        "--clean, removed and left.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct leftovers_options),
    .needs = (const char *const[]){"query-named-block-nodes", "query-jobs", "query-block-exports",
        "x-debug-query-block-graph", NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
