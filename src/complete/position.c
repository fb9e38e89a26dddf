/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/position.h"

#include "cli/raw.h"

#include <stdlib.h>
#include <string.h>

static struct option_set global_set(const struct position *position)
{
    return (struct option_set){global_options, (void *)&position->globals};
}

static struct option_set own_set(const struct position *position)
{
    if (!position->command)
        return (struct option_set){NULL, NULL};
    return (struct option_set){position->command->options, position->options};
}

static const struct option *find_letter(const struct position *position, char letter)
{
    struct option_set own = own_set(position), global = global_set(position);
    const struct option *option = options_find_letter(&own, letter);

    return option ? option : options_find_letter(&global, letter);
}

/* --name=VALUE, or -nVALUE behind letters that take none. */
static void look_into(struct position *position, const char *word)
{
    struct option_set own = own_set(position), global = global_set(position);
    size_t length = strcspn(word, "=");
    const struct option *option;

    if (word[1] != '-') {
        for (size_t at = 1; word[at]; at++) {
            option = find_letter(position, word[at]);
            if (!option)
                return;
            if (option->kind != OPTION_KIND_FLAG && word[at + 1]) {
                position->option = option;
                position->before = at + 1;
            }
            if (option->kind != OPTION_KIND_FLAG)
                return;
        }
    } else if (word[length]) {
        option = options_find(&own, word + 2, length - 2);
        option = option ? option : options_find(&global, word + 2, length - 2);
        if (option && option->kind != OPTION_KIND_FLAG) {
            position->option = option;
            position->before = length + 1;
        }
    }
}

/* The words from `at` on; where the reading ended. */
static int follow(struct position *position, const struct strings *words, int at,
    struct option_rest *rest, const struct argument *arguments)
{
    struct option_reader reader = {
        .own = own_set(position),
        .global = global_set(position),
        .arguments = arguments,
        .argc = (int)words->count,
        .argv = words->item,
        .at = at,
    };

    options_follow(&reader, rest);
    position->option = reader.wanting;
    return reader.at;
}

void position_find(struct position *position, const struct strings *words, const char *word)
{
    static const struct argument none[] = {ARGUMENT_END};
    struct option_rest rest;
    int at;

    *position = (struct position){0};
    at = follow(position, words, 0, &rest, NULL);
    if (at < (int)words->count) {
        const struct argument *arguments;

        position->name = words->item[at];
        position->command = command_find(position->name);
        if (!position->command)
            position->command = raw_door(position->name);
        position->options = xcalloc(1, position->command->options_size);
        arguments = position->command->arguments ? position->command->arguments : none;
        (void)follow(position, words, at + 1, &rest, arguments);
        position->argument = rest.next->name ? rest.next : NULL;
    }
    if (position->option)
        return;
    position->dashes = !rest.only_arguments && *word == '-';
    if (position->dashes && word[1])
        look_into(position, word);
}

void position_free(struct position *position)
{
    struct option_set own = own_set(position), global = global_set(position);

    options_release(&global, NULL);
    if (position->command)
        options_release(&own, position->command->arguments);
    free(position->options);
    *position = (struct position){0};
}

const struct strings *position_words(const struct position *position)
{
    struct option_set own = own_set(position);

    return position->argument ? options_words(&own, position->argument) : NULL;
}

static bool is_global(const struct option *option)
{
    for (const struct option *global = global_options; global->name; global++)
        if (global == option)
            return true;
    return false;
}

const struct strings *position_values(const struct position *position)
{
    const struct option *option = position->option;

    if (!option || option->kind != OPTION_KIND_STRINGS || is_global(option))
        return NULL;
    return (const struct strings *)((const char *)position->options + option->offset);
}

const char *position_given(const struct position *position, enum completes completes)
{
    const struct argument *argument = position->command ? position->command->arguments : NULL;

    for (; argument && argument->name; argument++)
        if (argument->kind == ARGUMENT_KIND_ONE && argument->completes == completes)
            return *(const char *const *)((const char *)position->options + argument->offset);
    return NULL;
}

/* The target of the subcommand's own option of this name, if it is of one of these kinds. */
static const void *find_target(const struct position *position, const char *name,
    enum option_kind kind, enum option_kind other)
{
    struct option_set own = own_set(position);
    const struct option *option = options_find(&own, name, strlen(name));

    if (!option || (option->kind != kind && option->kind != other))
        return NULL;
    return (const char *)position->options + option->offset;
}

const struct strings *position_strings(const struct position *position, const char *name)
{
    return find_target(position, name, OPTION_KIND_STRINGS, OPTION_KIND_STRINGS);
}

const char *position_chosen(const struct position *position, const char *name)
{
    const char *const *target = find_target(position, name, OPTION_KIND_STRING, OPTION_KIND_CHOICE);

    return target ? *target : NULL;
}

bool position_has(const struct position *position, const struct option *option)
{
    struct option_set set = is_global(option) ? global_set(position) : own_set(position);

    return option->kind != OPTION_KIND_STRINGS && options_given(&set, option);
}
