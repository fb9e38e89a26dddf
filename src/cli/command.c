/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct command *const __start_qmpbox_commands[];
extern const struct command *const __stop_qmpbox_commands[];

static const struct command **sorted;

static int compare(const void *a, const void *b)
{
    return strcmp(
        (*(const struct command *const *)a)->name, (*(const struct command *const *)b)->name);
}

size_t command_count(void)
{
    /* The linker lays both at the ends of one section. */
    /* cppcheck-suppress comparePointers */
    return (size_t)(__stop_qmpbox_commands - __start_qmpbox_commands);
}

static const struct command **all(void)
{
    size_t count = command_count();

    if (sorted)
        return sorted;
    sorted = xcalloc(count, sizeof(const struct command *));
    for (size_t i = 0; i < count; i++)
        sorted[i] = __start_qmpbox_commands[i];
    qsort(sorted, count, sizeof(const struct command *), compare);
    for (size_t i = 1; i < count; i++)
        if (text_same_name(sorted[i - 1]->name, sorted[i]->name)) {
            (void)fprintf(stderr, "qmpbox: two subcommands are called %s\n", sorted[i]->name);
            abort();
        }
    return sorted;
}

const struct command *command_at(size_t index)
{
    return all()[index];
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = command_at(i);

        if (text_same_name(command->name, name) ||
            (command->qmp_name && text_same_name(command->qmp_name, name)))
            return command;
    }
    return NULL;
}

const char *command_nearest(const char *name)
{
    AUTO_STRINGS struct strings names = {0};
    const char *nearest;

    for (size_t i = 0; i < command_count(); i++) {
        strings_add(&names, command_at(i)->name);
        if (command_at(i)->qmp_name)
            strings_add(&names, command_at(i)->qmp_name);
    }
    nearest = text_nearest(name, &names);
    return nearest ? command_find(nearest)->name : NULL;
}
