/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/words.h"

#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_SIZE = 64 * 1024,
    FILE_LIMIT = 16 * 1024 * 1024, /* QEMU reads a request at about 5 s for each MiB */
};

static size_t key_length(const char *word)
{
    const char *equals = strchr(word, '=');

    if (!equals || equals == word || (equals[-1] == ':' && equals == word + 1))
        return 0;
    return (size_t)(equals - word) - (equals[-1] == ':' ? 1 : 0);
}

char *words_key(const char *word)
{
    size_t length = key_length(word);

    return length ? xstrndup(word, length) : NULL;
}

bool words_is_pair(const char *word)
{
    return key_length(word);
}

bool words_is_json(const char *word)
{
    return word[key_length(word)] == ':';
}

const char *words_value(const char *word)
{
    return word + key_length(word) + (words_is_json(word) ? 2 : 1);
}

const char *words_find(const struct strings *words, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = 0; i < words->count; i++)
        if (strncmp(words->item[i], key, length) == 0 && words->item[i][length] == '=')
            return words->item[i] + length + 1;
    return NULL;
}

bool words_is_id(const char *word)
{
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

    return strspn(word, rest) == strlen(word) &&
           ((*word >= 'a' && *word <= 'z') || (*word >= 'A' && *word <= 'Z'));
}

const char *words_input_trouble(int number)
{
    return number == EBADF ? "it is closed, or holds the lines of a script" : strerror(number);
}

/*
 * A whole file, or standard input for "-", as a string; kind local, usage when it is no UTF-8
 * text, or interrupted.
 */
static char *read_file(const char *path, struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    AUTO_FD int opened = standard ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int fd = standard ? STDIN_FILENO : opened;
    AUTO_TEXT struct text text = TEXT_EMPTY;
    ssize_t came = 1;

    if (fd < 0) {
        error_set(error, ERROR_LOCAL, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    while (came > 0) {
        if (!loop_await(fd, POLLIN, CLOCK_NEVER, error))
            return NULL;
        text_reserve(&text, READ_SIZE);
        came = read(fd, text.bytes + text.length, READ_SIZE);
        if (came < 0 && (errno == EAGAIN || errno == EINTR)) {
            came = 1;
            continue;
        }
        if (came < 0) {
            error_set(error, ERROR_LOCAL, "cannot read %s: %s", standard ? "standard input" : path,
                standard ? words_input_trouble(errno) : strerror(errno));
            return NULL;
        }
        text.length += (size_t)came;
        text.bytes[text.length] = '\0';
        if (text.length > FILE_LIMIT) {
            error_set(error, ERROR_LOCAL, "%s is larger than 16 MiB", path);
            return NULL;
        }
    }
    if (memchr(text.bytes, '\0', text.length) || !utf8_valid(text.bytes, text.length)) {
        error_set(error, ERROR_USAGE, "%s is no UTF-8 text, which a QMP string must be",
            standard ? "standard input" : path);
        return NULL;
    }
    return text_take(&text);
}

static char *read_value(const char *value, const struct word_source *source, struct error *error)
{
    bool set = strncmp(value, "@fdset:", 7) == 0;

    if (value[0] != '@')
        return xstrdup(value);
    if (!set && strncmp(value, "@fd:", 4) != 0)
        return read_file(value + 1, error);
    if (source && source->descriptor)
        return source->descriptor(source->data, value + (set ? 7 : 4), set, error);
    error_set(error, ERROR_USAGE, "no descriptor can be passed here");
    return NULL;
}

/* A double that is out of range would become infinity inside QEMU. */
static bool in_range(const json *item, struct error *error)
{
    if (json_is_number(item)) {
        const char *digits = json_digits(item);
        double value = strtod(digits, NULL);
        struct number number;
        bool integer = strspn(digits, "-0123456789") == strlen(digits);

        if (value - value != 0)
            return error_set(error, ERROR_USAGE, "%s is outside the range of numbers", digits);
        if (integer && !json_number(item, &number))
            return error_set(
                error, ERROR_USAGE, "%s is outside the range of 64-bit integers", digits);
    }
    json_each (child, item)
        if (!in_range(child, error))
            return false;
    return true;
}

static json *parse(const char *text, struct error *error)
{
    AUTO_JSON json *item = json_parse(text, strlen(text), error);

    if (!item)
        error->kind = ERROR_USAGE;
    return item && in_range(item, error) ? steal_pointer(&item) : NULL;
}

json *words_json(const char *word, struct error *error)
{
    AUTO_FREE char *key = words_key(word);
    json *item = parse(words_value(word), error);

    if (!item)
        error_prefix(error, "%s", key);
    return item;
}

static json *object(const char *text, struct error *error)
{
    AUTO_JSON json *made = parse(text, error);

    if (made && !json_is_object(made)) {
        error_set(error, ERROR_USAGE, "the arguments are no JSON object");
        return NULL;
    }
    return steal_pointer(&made);
}

/* A plain value with what it refers to; one that begins with '@' now is JSON from here on. */
static bool settle_plain(const char *word, const char *key, const struct word_source *source,
    struct strings *settled, struct error *error)
{
    AUTO_FREE char *text = read_value(words_value(word), source, error);

    if (!text)
        return error_prefix(error, "%s", key);
    if (!utf8_valid(text, strlen(text)))
        return error_set(error, ERROR_USAGE, "%s: the value is not UTF-8", key);
    if (*text == '@') {
        AUTO_JSON json *value = json_new_string(text);
        AUTO_FREE char *quoted = json_to_string(value);

        strings_printf(settled, "%s:=%s", key, quoted);
    } else {
        strings_printf(settled, "%s=%s", key, text);
    }
    return true;
}

static bool settle(const char *word, const struct word_source *source, struct strings *settled,
    struct error *error)
{
    AUTO_FREE char *key = words_key(word);
    AUTO_JSON json *value = NULL;

    if (!key) {
        if (strchr(word, '=') || !utf8_valid(word, strlen(word)))
            return error_set(error, ERROR_USAGE, "expected KEY=VALUE, not '%s'", word);
        strings_add(settled, word);
        return true;
    }
    if (!utf8_valid(key, strlen(key)))
        return error_set(error, ERROR_USAGE, "expected KEY=VALUE, not '%s'", word);
    if (!words_is_json(word))
        return settle_plain(word, key, source, settled, error);
    value = words_json(word, error);
    strings_add(settled, word);
    return value;
}

bool words_settle(const struct strings *words, const struct word_source *source,
    struct strings *settled, json **whole, struct error *error)
{
    const char *only = words->count == 1 ? words->item[0] : "";

    *whole = NULL;
    if (strcmp(only, "-") == 0) {
        AUTO_FREE char *text = read_file("-", error);

        *whole = text ? object(text, error) : NULL;
        return *whole;
    }
    if (*only == '{') {
        *whole = object(only, error);
        return *whole;
    }
    for (size_t i = 0; i < words->count; i++)
        if (!settle(words->item[i], source, settled, error))
            return false;
    return true;
}
