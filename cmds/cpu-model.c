/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "vm/model.h"

#include <stdlib.h>
#include <string.h>

struct cpu_model {
    const char *model;
    bool off;
    bool full;
};

enum { INDENT = 2, COLUMNS = 80 };

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The flags that are on (or off) in alphabetical order, as lines that fit. */
static void add_flags(
    const json *props, bool on, bool listed, const struct output *output, struct text *text)
{
    AUTO_STRINGS struct strings names = {0};
    size_t width = output->width ? output->width : COLUMNS, column = 0;

    json_each (member, props)
        if (json_is_bool(member) && json_is_true(member) == on)
            strings_add(&names, json_key(member));
    if (names.count)
        qsort(names.item, names.count, sizeof(*names.item), compare);
    text_printf(text, "%s: %zu%s\n", on ? "on" : "off", names.count,
        listed || !names.count ? "" : " (--off names them)");
    for (size_t i = 0; listed && i < names.count; i++) {
        AUTO_TEXT struct text shown = TEXT_EMPTY;

        text_add_shown(&shown, names.item[i]);
        if (column && column + 1 + shown.length > width) {
            text_add_char(text, '\n');
            column = 0;
        }
        text_printf(text, "%*s%s", column ? 1 : INDENT, "", text_string(&shown));
        column += (column ? 1 : INDENT) + shown.length;
    }
    if (column)
        text_add_char(text, '\n');
}

static void show(const json *expansion, bool off, const struct output *output, struct text *text)
{
    const json *props = json_get(json_get(expansion, "model"), "props");
    AUTO_JSON json *values = json_new_object();

    json_each (member, props)
        if (!json_is_bool(member))
            json_add(values, json_key(member), json_copy(member));
    if (json_count(values))
        output_shape(values, output, text);
    add_flags(props, true, true, output, text);
    add_flags(props, false, off, output, text);
}

static void view_on(const json *value, const struct output *output, struct text *text)
{
    show(value, false, output, text);
}

static void view_both(const json *value, const struct output *output, struct text *text)
{
    show(value, true, output, text);
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct cpu_model *cpu_model = options;
    struct session *session;
    json *expansion;

    if (!options_check_text("MODEL", cpu_model->model, error))
        return false;
    session = context_session(context, error);
    expansion = session ? model_expand(session, cpu_model->model, cpu_model->full, error) : NULL;
    return expansion && context_result(context, expansion, cpu_model->off ? view_both : view_on);
}

static const struct option options[] = {
    OPTION_FLAG(struct cpu_model, off, "off", 0, "name the flags that are off too"),
    OPTION_FLAG(struct cpu_model, full, "full", 0,
        "the full expansion: QEMU's own switches too, and each flag under all its names"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct cpu_model, model, "MODEL", "as -cpu takes it: max, host, base, EPYC...",
        COMPLETES_CPU_MODEL),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp cpu-model EPYC", "what a guest with -cpu EPYC would see"},
    {"-s /run/vm.qmp cpu-model max --json", "the most that this QEMU can offer here"},
    {NULL, NULL},
};

QMPBOX_COMMAND(cpu_model) = {
    .name = "cpu-model",
    .group = "CPU, memory, machine",
    .summary = "the flags of a CPU model",
    .description =
        "Prints what a CPU model means to this QEMU with its accelerator and machine type: the "
        "values that are no flags (vendor, family...), the flags that are on, and how many are "
        "off. It need not be the model of the VM's own CPUs, which it says nothing about.\n\n"
        "It is the static expansion, which names exactly what a guest can see; where this target "
        "has none it is the full one. With --json it is the return of query-cpu-model-expansion; "
        "the model that a static one names is the one that it is expressed by (base).\n\n"
        "A model that this QEMU does not have is a wrong word, status 2.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct cpu_model),
    .needs = (const char *const[]){"query-cpu-model-expansion", NULL},
    .timeout = 30,
    .run = run,
};
