/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/vmtable.h"

#include "ui/table.h"

#include <string.h>

static char *shown(const char *word)
{
    struct text text = TEXT_EMPTY;

    text_add_shown(&text, word ? word : "-");
    return text_take(&text);
}

/* "free", "virtqemud (pid 12)"; nothing where that cannot be seen. */
static char *holder_of(const json *vm)
{
    const json *holder = json_get(vm, "holder");
    const char *name = json_get_string(holder, "name");
    int64_t pid;
    struct text text = TEXT_EMPTY;

    if (json_is_null(holder))
        return xstrdup("free");
    if (!json_is_object(holder))
        return xstrdup("-");
    if (!json_get_int(holder, "pid", &pid))
        return xstrdup("held");
    text_add_shown(&text, name ? name : "a process");
    text_printf(&text, " (pid %lld)", (long long)pid);
    return text_take(&text);
}

static char *status_of(const json *vm)
{
    const char *status = json_get_string(vm, "status");
    bool unasked = json_is_object(json_get(vm, "holder")) || !json_get(vm, "address") ||
                   !text_is(json_get_string(vm, "kind"), "vm");

    return shown(status ? status : unasked ? "-" : "?");
}

static char *kind_of(const json *vm)
{
    const char *manager = json_get_string(vm, "manager");

    if (!text_is(json_get_string(vm, "kind"), "vm"))
        return xstrdup("storage daemon");
    return shown(manager);
}

static void add_table(const json *value, bool asked, const struct output *output, struct text *text)
{
    static const char *const titles[] = {"name", "pid", "status", "holder", "kind", "address"};
    enum { COLUMNS = sizeof(titles) / sizeof(titles[0]), STATUS = 2 };
    AUTO(table_free) struct table table = {.columns = asked ? COLUMNS : COLUMNS - 1};

    if (!json_count(value))
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        if (asked || i != STATUS)
            strings_add(&table.cells, titles[i]);
    json_each (vm, value) {
        strings_take(&table.cells, shown(json_get_string(vm, "name")));
        strings_printf(&table.cells, "%s", json_digits(json_get(vm, "pid")));
        if (asked)
            strings_take(&table.cells, status_of(vm));
        strings_take(&table.cells, holder_of(vm));
        strings_take(&table.cells, kind_of(vm));
        strings_take(&table.cells, shown(json_get_string(vm, "address")));
    }
    table_print(&table, output->width, text);
}

void view_vms(const json *value, const struct output *output, struct text *text)
{
    add_table(value, true, output, text);
}

void view_vms_unasked(const json *value, const struct output *output, struct text *text)
{
    add_table(value, false, output, text);
}
