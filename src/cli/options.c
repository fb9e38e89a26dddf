/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include "base/clock.h"
#include "base/number.h"

#include <string.h>

static void *target_of(const struct option_set *set, size_t offset)
{
    return (char *)set->target + offset;
}

static bool choose(const struct option *option, const char *value, struct error *error)
{
    AUTO_TEXT struct text all = TEXT_EMPTY;

    for (size_t i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], value) == 0)
            return true;
        text_printf(&all, "%s%s", i ? ", " : "", option->choices[i]);
    }
    return error_set(
        error, ERROR_USAGE, "--%s: '%s' is none of %s", option->name, value, text_string(&all));
}

/* With another value; the same one again does no harm. */
static bool given_twice(const struct option *option, struct error *error)
{
    return error_set(error, ERROR_USAGE, "--%s is given twice", option->name);
}

static bool store_count(
    const struct option *option, struct count *count, const char *value, struct error *error)
{
    struct number number;
    const char *problem;

    if (!number_parse(value, &number, &problem))
        return error_set(error, ERROR_USAGE, "--%s: '%s' %s", option->name, value, problem);
    if (number.negative || number.magnitude > INT64_MAX)
        return error_set(error, ERROR_USAGE, "--%s: '%s' must be a whole number from 0 to 2^63-1",
            option->name, value);
    if (count->given && count->value != (int64_t)number.magnitude)
        return given_twice(option, error);
    *count = (struct count){true, (int64_t)number.magnitude};
    return true;
}

static bool store(const struct option_set *set, const struct option *option, const char *value,
    struct error *error)
{
    void *target = target_of(set, option->offset);
    struct number number;
    const char *problem;
    int64_t span;

    switch (option->kind) {
    case OPTION_KIND_FLAG:
        *(bool *)target = true;
        return true;
    case OPTION_KIND_STRINGS:
        strings_add(target, value);
        return true;
    case OPTION_KIND_CHOICE:
        if (!choose(option, value, error))
            return false;
        break;
    case OPTION_KIND_SIZE:
        if (!number_parse(value, &number, &problem))
            return error_set(error, ERROR_USAGE, "--%s: '%s' %s", option->name, value, problem);
        if (number.negative || !number.magnitude)
            return error_set(
                error, ERROR_USAGE, "--%s: '%s' must be more than 0", option->name, value);
        if (*(uint64_t *)target && *(uint64_t *)target != number.magnitude)
            return given_twice(option, error);
        *(uint64_t *)target = number.magnitude;
        return true;
    case OPTION_KIND_SECONDS:
        if (!clock_parse_seconds(value, &span))
            return error_set(error, ERROR_USAGE, "--%s: '%s' is no number of seconds above 0",
                option->name, value);
        if (*(int64_t *)target && *(int64_t *)target != span)
            return given_twice(option, error);
        *(int64_t *)target = span;
        return true;
    case OPTION_KIND_COUNT:
        return store_count(option, target, value, error);
    case OPTION_KIND_STRING:
        break;
    }
    if (*(const char **)target && strcmp(*(const char **)target, value) != 0)
        return given_twice(option, error);
    *(const char **)target = value;
    return true;
}

const struct option *options_find(const struct option_set *set, const char *name, size_t length)
{
    for (const struct option *option = set->options; option && option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

const struct option *options_find_letter(const struct option_set *set, char letter)
{
    for (const struct option *option = set->options; option && option->name; option++)
        if (option->letter == letter)
            return option;
    return NULL;
}

static void add_names(const struct option_set *set, struct strings *names)
{
    for (const struct option *option = set->options; option && option->name; option++)
        strings_add(names, option->name);
}

static bool unknown(
    const struct option_reader *reader, const char *name, size_t length, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};
    AUTO_FREE char *typed = xstrndup(name, length);
    const char *nearest;

    add_names(&reader->own, &names);
    add_names(&reader->global, &names);
    nearest = text_nearest(typed, &names);
    return error_set(error, ERROR_USAGE, "there is no option --%s%s%s%s", typed,
        nearest ? "; did you mean --" : "", nearest ? nearest : "", nearest ? "?" : "");
}

static bool read_long(struct option_reader *reader, const char *word, struct error *error)
{
    size_t length = strcspn(word, "=");
    const struct option_set *set = &reader->own;
    const struct option *option = options_find(set, word, length);
    const char *value = word[length] ? word + length + 1 : NULL;

    if (!option) {
        set = &reader->global;
        option = options_find(set, word, length);
    }
    if (!option)
        return unknown(reader, word, length, error);
    if (option->kind == OPTION_KIND_FLAG && value)
        return error_set(error, ERROR_USAGE, "--%s takes no value", option->name);
    if (option->kind != OPTION_KIND_FLAG && !value) {
        if (reader->at == reader->argc) {
            reader->wanting = option;
            return error_set(error, ERROR_USAGE, "--%s needs %s", option->name, option->argument);
        }
        value = reader->argv[reader->at++];
    }
    return store(set, option, value, error);
}

static bool read_letters(struct option_reader *reader, const char *letters, struct error *error)
{
    for (; *letters; letters++) {
        const struct option_set *set = &reader->own;
        const struct option *option = options_find_letter(set, *letters);
        const char *value = letters + 1;

        if (!option) {
            set = &reader->global;
            option = options_find_letter(set, *letters);
        }
        if (!option)
            return error_set(error, ERROR_USAGE, "there is no option -%c", *letters);
        if (option->kind == OPTION_KIND_FLAG) {
            if (!store(set, option, NULL, error))
                return false;
            continue;
        }
        if (!*value) {
            if (reader->at == reader->argc) {
                reader->wanting = option;
                return error_set(error, ERROR_USAGE, "-%c needs %s", *letters, option->argument);
            }
            value = reader->argv[reader->at++];
        }
        return store(set, option, value, error);
    }
    return true;
}

/* Puts a word where the declaration wants it; *next is the argument that comes. */
static bool read_argument(const struct option_reader *reader, const struct argument **next,
    const char *word, struct error *error)
{
    const struct argument *argument = *next;
    void *target;

    if (!argument->name)
        return error_set(error, ERROR_USAGE, "'%s' is one word too many", word);
    target = target_of(&reader->own, argument->offset);
    if (argument->kind == ARGUMENT_KIND_ONE) {
        *(const char **)target = word;
        ++*next;
        return true;
    }
    if (argument->kind == ARGUMENT_KIND_WORDS && !strchr(word, '='))
        return error_set(error, ERROR_USAGE, "expected KEY=VALUE, not '%s'", word);
    strings_add(target, word);
    return true;
}

/* Is the argument that the reading ended at one that must still come? */
static bool is_missing(const struct option_reader *reader, const struct argument *argument)
{
    if (!argument || !argument->name || argument->optional)
        return false;
    return argument->kind == ARGUMENT_KIND_ONE ||
           !((const struct strings *)target_of(&reader->own, argument->offset))->count;
}

static void skim(struct option_reader *reader)
{
    struct error ignored = {0};

    while (reader->at < reader->argc) {
        const char *word = reader->argv[reader->at++];

        if (strcmp(word, "--") == 0)
            return;
        if (word[0] != '-' || !word[1])
            continue;
        if (word[1] == '-' ? !read_long(reader, word + 2, &ignored)
                           : !read_letters(reader, word + 1, &ignored))
            error_free(&ignored);
    }
}

/* Reads the next word; *ended: it is an argument, and there are to be none. */
static bool read_word(
    struct option_reader *reader, struct option_rest *rest, bool *ended, struct error *error)
{
    const char *word = reader->argv[reader->at];
    bool good;

    if (rest->only_arguments || word[0] != '-' || !word[1]) {
        *ended = !rest->next;
        if (*ended)
            return true;
        reader->at++;
        good = read_argument(reader, &rest->next, word, error);
        rest->only_arguments = rest->only_arguments || rest->next->kind == ARGUMENT_KIND_LINE;
        return good;
    }
    reader->at++;
    if (strcmp(word, "--") == 0) {
        rest->only_arguments = true;
        return true;
    }
    return word[1] == '-' ? read_long(reader, word + 2, error)
                          : read_letters(reader, word + 1, error);
}

bool options_read(struct option_reader *reader, struct error *error)
{
    struct option_rest rest = {.next = reader->arguments};
    bool ended = false;

    while (reader->at < reader->argc) {
        if (!read_word(reader, &rest, &ended, error)) {
            if (!rest.only_arguments)
                skim(reader);
            return false;
        }
        if (ended)
            return true;
    }
    if (is_missing(reader, rest.next))
        return error_set(error, ERROR_USAGE, "%s is missing", rest.next->name);
    return true;
}

void options_follow(struct option_reader *reader, struct option_rest *rest)
{
    bool ended = false;

    *rest = (struct option_rest){.next = reader->arguments};
    while (reader->at < reader->argc && !ended) {
        struct error ignored = {0};

        (void)read_word(reader, rest, &ended, &ignored);
        error_free(&ignored);
    }
}

bool options_given(const struct option_set *set, const struct option *option)
{
    const void *target = target_of(set, option->offset);

    switch (option->kind) {
    case OPTION_KIND_FLAG:
        return *(const bool *)target;
    case OPTION_KIND_STRING:
    case OPTION_KIND_CHOICE:
        return *(const char *const *)target;
    case OPTION_KIND_STRINGS:
        return ((const struct strings *)target)->count;
    case OPTION_KIND_SIZE:
        return *(const uint64_t *)target;
    case OPTION_KIND_SECONDS:
        return *(const int64_t *)target;
    case OPTION_KIND_COUNT:
        return ((const struct count *)target)->given;
    }
    return false;
}

const struct strings *options_words(const struct option_set *set, const struct argument *argument)
{
    return argument->kind == ARGUMENT_KIND_ONE ? NULL : target_of(set, argument->offset);
}

bool options_check_text(const char *name, const char *word, struct error *error)
{
    return utf8_valid(word, strlen(word)) ||
           error_set(error, ERROR_USAGE, "%s is not UTF-8, which a QMP string must be", name);
}

void options_release(const struct option_set *set, const struct argument *arguments)
{
    for (const struct option *option = set->options; option && option->name; option++)
        if (option->kind == OPTION_KIND_STRINGS)
            strings_free(target_of(set, option->offset));
    for (; arguments && arguments->name; arguments++)
        if (arguments->kind != ARGUMENT_KIND_ONE)
            strings_free(target_of(set, arguments->offset));
}
