/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/arguments.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_SIZE = 64 * 1024,
    FILE_LIMIT = 16 * 1024 * 1024, /* QEMU reads a request at about 5 s for each MiB */
    INDEX_LIMIT = 4096
};

char *arguments_key(const char *word)
{
    const char *equals = strchr(word, '=');

    if (!equals || equals == word || (equals[-1] == ':' && equals == word + 1))
        return NULL;
    return xstrndup(word, (size_t)(equals - word) - (equals[-1] == ':' ? 1 : 0));
}

const char *arguments_find(const struct strings *words, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = 0; i < words->count; i++)
        if (strncmp(words->item[i], key, length) == 0 && words->item[i][length] == '=')
            return words->item[i] + length + 1;
    return NULL;
}

bool arguments_is_id(const char *word)
{
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

    return strspn(word, rest) == strlen(word) &&
           ((*word >= 'a' && *word <= 'z') || (*word >= 'A' && *word <= 'Z'));
}

char *arguments_read_file(const char *path, struct error *error)
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
                strerror(errno));
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

static json *typed_value(
    const char *key, const char *value, enum argument_type type, struct error *error)
{
    static const char *const yes[] = {"true", "on", "yes"}, *const no[] = {"false", "off", "no"};
    struct number number;
    const char *problem;

    if (type == ARGUMENT_INTEGER) {
        if (number_parse(value, &number, &problem))
            return json_new_number(number);
        error_set(error, ERROR_USAGE, "%s: '%s' %s", key, value, problem);
        return NULL;
    }
    if (type == ARGUMENT_BOOL) {
        for (int i = 0; i < 3; i++)
            if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0)
                return json_new_bool(strcmp(value, yes[i]) == 0);
        error_set(error, ERROR_USAGE, "%s: expected on or off, not '%s'", key, value);
        return NULL;
    }
    if (utf8_valid(value, strlen(value)))
        return json_new_string(value);
    error_set(error, ERROR_USAGE, "%s: the value is not UTF-8", key);
    return NULL;
}

/* JSON as it is; a double that is out of range would become infinity inside QEMU. */
static json *json_value(const char *key, const char *value, struct error *error)
{
    json *item = json_parse(value, strlen(value), error);

    if (!item) {
        error->kind = ERROR_USAGE;
        error_prefix(error, "%s", key);
        return NULL;
    }
    return item;
}

static bool in_range(const json *item, const char *key, struct error *error)
{
    if (json_is_number(item)) {
        const char *digits = json_digits(item);
        double value = strtod(digits, NULL);
        struct number number;
        bool integer = strspn(digits, "-0123456789") == strlen(digits);

        if (value - value != 0)
            return error_set(
                error, ERROR_USAGE, "%s: %s is outside the range of numbers", key, digits);
        if (integer && !json_number(item, &number))
            return error_set(
                error, ERROR_USAGE, "%s: %s is outside the range of 64-bit integers", key, digits);
    }
    json_each (child, item)
        if (!in_range(child, key, error))
            return false;
    return true;
}

static json *word_value(const char *key, const char *value, bool raw,
    const struct argument_source *source, enum argument_type type, struct error *error)
{
    AUTO_FREE char *read = NULL;

    if (raw) {
        AUTO_JSON json *item = json_value(key, value, error);

        return item && in_range(item, key, error) ? steal_pointer(&item) : NULL;
    }
    if (value[0] == '@') {
        bool set = strncmp(value, "@fdset:", 7) == 0;

        if (set || strncmp(value, "@fd:", 4) == 0) {
            const char *name = value + (set ? 7 : 4);

            if (!source || !source->descriptor) {
                error_set(error, ERROR_USAGE, "%s: no descriptor can be passed here", key);
                return NULL;
            }
            read = source->descriptor(source->data, name, set, error);
        } else {
            read = arguments_read_file(value + 1, error);
        }
        if (!read) {
            error_prefix(error, "%s", key);
            return NULL;
        }
        value = read;
    }
    return typed_value(key, value, type, error);
}

static bool is_index(const char *part, long *index)
{
    if (!*part || strspn(part, "0123456789") != strlen(part) || strlen(part) > 5)
        return false;
    *index = strtol(part, NULL, 10);
    return *index < INDEX_LIMIT;
}

static bool begins_with_index(const char *path)
{
    size_t digits = strspn(path, "0123456789");

    return digits && (!path[digits] || path[digits] == '.');
}

static json *element(const json *array, long index)
{
    json *item = json_first(array);

    while (item && index--)
        item = json_next(item);
    return item;
}

static bool twice(const char *key, struct error *error)
{
    return error_set(error, ERROR_USAGE, "%s is given twice", key);
}

/* Puts the value (taken over) at the path below object. A list's places are filled in order. */
static bool place_value(
    json *object, const char *key, const char *path, json *value, struct error *error)
{
    AUTO_JSON json *owned = value;
    AUTO_FREE char *parts = xstrdup(path);
    json *at = object;

    for (char *part = parts, *dot; part; part = dot) {
        bool last;
        long index;
        json *next;

        dot = strchr(part, '.');
        if (dot)
            *dot++ = '\0';
        last = !dot;
        if (!*part)
            return error_set(error, ERROR_USAGE, "%s: a name is missing beside a dot", key);
        if (json_is_array(at)) {
            if (!is_index(part, &index) || (size_t)index > json_count(at))
                return error_set(error, ERROR_USAGE,
                    "%s: expected the number of a list's place here, from 0 on in order, not '%s'",
                    key, part);
            next = element(at, index);
        } else {
            next = json_get(at, part);
        }
        if (last && next && !json_is_array(next))
            return twice(key, error);
        if (last && next) {
            json_append(next, steal_pointer(&owned));
            return true;
        }
        if (!last && next && !json_is_object(next) && !json_is_array(next))
            return twice(key, error);
        if (!next) {
            next = last                     ? steal_pointer(&owned)
                   : begins_with_index(dot) ? json_new_array()
                                            : json_new_object();
            if (json_is_array(at))
                json_append(at, next);
            else
                json_add(at, part, next);
        }
        at = next;
    }
    return true;
}

json *arguments_from_words(
    const struct strings *words, const struct argument_source *source, struct error *error)
{
    AUTO_JSON json *object = json_new_object();

    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i];
        AUTO_FREE char *key = arguments_key(word);
        enum argument_type type = ARGUMENT_STRING;
        bool known = false, raw;
        const char *value;
        json *item;

        if (!key || !utf8_valid(key, strlen(key))) {
            error_set(error, ERROR_USAGE, "expected KEY=VALUE, not '%s'", word);
            return NULL;
        }
        if (source && source->type && !source->type(source->data, key, &type, &known, error))
            return NULL;
        value = word + strlen(key) + 1;
        raw = word[strlen(key)] == ':';
        item = word_value(key, value + (raw ? 1 : 0), raw, source, type, error);
        if (!item)
            return NULL;
        if (known) {
            if (json_get(object, key)) {
                json_free(item);
                twice(key, error);
                return NULL;
            }
            json_add(object, key, item);
        } else if (!place_value(object, key, key, item, error)) {
            return NULL;
        }
    }
    return steal_pointer(&object);
}

/* device_add */

struct properties {
    const char *driver;
    json *list;
};

static enum argument_type property_type(const char *name, const char *type)
{
    /* A slot is written "3" or "3.0": QEMU takes it as a string and calls it int32. */
    if (strcmp(name, "addr") == 0)
        return ARGUMENT_STRING;
    if (strcmp(type, "bool") == 0 || strcmp(type, "boolean") == 0)
        return ARGUMENT_BOOL;
    if (strncmp(type, "int", 3) == 0 || strncmp(type, "uint", 4) == 0 || strcmp(type, "size") == 0)
        return ARGUMENT_INTEGER;
    return ARGUMENT_STRING;
}

static bool is_meta(const char *name)
{
    /* What device_add itself takes, besides the driver's properties. */
    return strcmp(name, "driver") == 0 || strcmp(name, "id") == 0 || strcmp(name, "bus") == 0;
}

static bool device_type(
    void *data, const char *name, enum argument_type *type, bool *known, struct error *error)
{
    const struct properties *properties = data;
    AUTO_STRINGS struct strings names = {0};
    AUTO_FREE char *member = xstrndup(name, strcspn(name, "."));
    const char *nearest;

    *type = ARGUMENT_STRING;
    *known = is_meta(name);
    if (*known || !properties->list)
        return true;
    json_each (property, properties->list) {
        const char *its_name = json_get_string(property, "name");
        const char *its_type = json_get_string(property, "type");

        if (!its_name || !its_type)
            continue;
        if (strcmp(its_name, name) == 0) {
            *type = property_type(name, its_type);
            *known = true;
            return true;
        }
        if (strcmp(its_name, member) == 0)
            return true; /* a structured property: its members are not listed */
        strings_add(&names, its_name);
    }
    nearest = text_nearest(name, &names);
    return error_set(error, ERROR_USAGE, "%s has no property '%s'%s%s%s", properties->driver, name,
        nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* A PCI device has an address made of slot and function. */
static bool sits_on_pci(const json *properties)
{
    bool addr = false, multifunction = false;

    json_each (property, properties) {
        const char *name = json_get_string(property, "name");

        addr = addr || (name && strcmp(name, "addr") == 0);
        multifunction = multifunction || (name && strcmp(name, "multifunction") == 0);
    }
    return addr && multifunction;
}

json *arguments_for_device(struct session *session, const char *driver, bool certain,
    const struct strings *words, bool *is_pci, struct error *error)
{
    AUTO_JSON json *list = NULL;
    struct properties properties = {.driver = driver};
    struct argument_source source = {.type = device_type, .data = &properties};
    bool needed = !certain;

    *is_pci = strstr(driver, "-pci"); /* what the name says need not be asked */
    for (size_t i = 0; i < words->count; i++) {
        AUTO_FREE char *key = arguments_key(words->item[i]);

        needed = needed || !key || (!is_meta(key) && strcmp(key, "addr") != 0);
    }
    if (needed) {
        AUTO_JSON json *question = json_new_object();

        json_add_string(question, "typename", driver);
        list = session_ask(session, "device-list-properties", question, error);
        if (!list) {
            if (error->kind == ERROR_REFUSED)
                error_set(error, ERROR_UNSUPPORTED, "this QEMU has no device '%s'", driver);
            return NULL;
        }
        properties.list = list;
        *is_pci = sits_on_pci(list);
    }
    return arguments_from_words(words, &source, error);
}
