/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/memory.h"

#include "cli/context.h"
#include "ui/units.h"

#include <string.h>

/* A copy of the object in which these members, NULL-terminated, are sizes for people. */
static json *with_sizes(const json *object, const char *const *sizes)
{
    json *copy = json_new_object();

    json_each (member, object) {
        AUTO_TEXT struct text text = TEXT_EMPTY;
        struct number number;
        bool is_size = false;

        if (json_is_array(member) || json_is_object(member))
            continue;
        for (size_t i = 0; sizes[i]; i++)
            is_size = is_size || strcmp(json_key(member), sizes[i]) == 0;
        if (is_size && json_number(member, &number) && unit_add(&text, UNIT_BYTES, number))
            json_add_string(copy, json_key(member), text_string(&text));
        else
            json_add(copy, json_key(member), json_copy(member));
    }
    return copy;
}

/* The devices, or the backends, as a table under a title. */
static void add_table(const char *title, const json *list, const char *const *sizes,
    const struct output *output, struct text *text)
{
    AUTO_JSON json *rows = json_new_array();

    json_each (item, list) {
        const char *type = json_get_string(item, "type");
        json *row = with_sizes(json_get(item, "data") ? json_get(item, "data") : item, sizes);

        if (json_get(item, "data") && type)
            json_add_string(row, "type", type);
        json_append(rows, row);
    }
    if (!json_count(rows))
        return;
    text_printf(text, "\n%s:\n", title);
    output_shape(rows, output, text);
}

static void view_memory(const json *value, const struct output *output, struct text *text)
{
    static const char *const totals[] = {"base", "plugged", "maximum", "balloon", NULL};
    static const char *const sizes[] = {
        "size", "requested-size", "max-size", "block-size", "label-size", NULL};
    AUTO_JSON json *pairs = with_sizes(value, totals);

    output_shape(pairs, output, text);
    add_table("devices", json_get(value, "devices"), sizes, output, text);
    add_table("backends", json_get(value, "backends"), sizes, output, text);
}

static bool run(struct context *context, void *options, struct error *error)
{
    struct session *session = context_session(context, error);
    json *memory;

    (void)options;
    memory = session ? memory_describe(session, error) : NULL;
    return memory && context_result(context, memory, view_memory);
}

static const struct example examples[] = {
    {"-s /run/vm.qmp memory", "how much there is and may be"},
    {"-s /run/vm.qmp memory --json", "in bytes"},
    {NULL, NULL},
};

QMPBOX_COMMAND(memory) = {
    .name = "memory",
    .group = "CPU, memory, machine",
    .summary = "base, plugged and greatest memory, slots, balloon, DIMMs and backends",
    .description =
        "Prints how much memory the VM started with (base), what memory devices add to it "
        "(plugged), the most that it may have and in how many slots, and what the balloon leaves "
        "to the guest where there is one. Then the memory devices and the backends.\n\n"
        "What this QEMU does not tell is left out: the maximum and the slots are known from a "
        "release between 5.2 and 7.2 on. Sizes are exact, in the largest unit that needs no "
        "fraction. With --json they are bytes, the object has base, plugged, maximum, slots, "
        "balloon, devices (the return of query-memory-devices) and backends (of query-memdev).",
    .examples = examples,
    .needs = (const char *const[]){"query-memory-size-summary", NULL},
    .timeout = 30,
    .run = run,
};
