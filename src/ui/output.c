/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/output.h"

#include "json/scan.h"
#include "ui/table.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void on_gone(void *data, short revents)
{
    struct output *output = data;

    /* No event was asked for, so it is one of those that always come: error or hang-up. */
    (void)revents;
    output->gone = true;
    loop_remove(output->loop, &output->watch);
    output->loop = NULL;
}

void output_watch(struct output *output, struct loop *loop)
{
    output->loop = loop;
    output->watch = (struct loop_watch){.fd = STDOUT_FILENO, .ready = on_gone, .data = output};
    loop_add(loop, &output->watch);
}

void output_free(struct output *output)
{
    if (output->loop)
        loop_remove(output->loop, &output->watch);
    text_free(&output->pending);
}

/* A scalar in one line. */
static void add_scalar(struct text *text, const json *value)
{
    const char *string = json_string(value);

    if (string)
        text_add_shown(text, string);
    else if (json_is_bool(value))
        text_add_string(text, json_is_true(value) ? "yes" : "no");
    else if (json_is_null(value))
        text_add_string(text, "-");
    else
        json_print(value, text);
}

static bool is_scalar(const json *value)
{
    return !json_is_object(value) && !json_is_array(value);
}

static bool is_flat(const json *object)
{
    json_each (member, object)
        if (!is_scalar(member))
            return false;
    return json_is_object(object) && json_count(object);
}

static bool is_table(const json *array)
{
    json_each (item, array)
        if (!is_flat(item))
            return false;
    return json_count(array);
}

static char *scalar_string(const json *value)
{
    struct text text = TEXT_EMPTY;

    if (value)
        add_scalar(&text, value);
    return text_take(&text);
}

static void print_table(const json *array, size_t width, struct text *text)
{
    AUTO_STRINGS struct strings keys = {0};
    AUTO(table_free) struct table table = {0};

    json_each (item, array)
        json_each (member, item)
            if (!strings_have(&keys, json_key(member)))
                strings_add(&keys, json_key(member));
    table.columns = keys.count;
    for (size_t i = 0; i < keys.count; i++) {
        struct text cell = TEXT_EMPTY;

        text_add_shown(&cell, keys.item[i]);
        strings_take(&table.cells, text_take(&cell));
    }
    json_each (item, array)
        for (size_t i = 0; i < keys.count; i++)
            strings_take(&table.cells, scalar_string(json_get(item, keys.item[i])));
    table_print(&table, width, text);
}

static void indent_by(struct text *text, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        text_add_string(text, "  ");
}

/* Nesting is at most SCAN_DEPTH, which this recursion bears. */
static void print_nested(const json *value, size_t depth, struct text *text)
{
    json_each (item, value) {
        indent_by(text, depth);
        if (json_is_object(value)) {
            text_add_shown(text, json_key(item));
            text_add_char(text, ':');
        } else {
            text_add_char(text, '-');
        }
        if (is_scalar(item)) {
            text_add_char(text, ' ');
            add_scalar(text, item);
        } else if (!json_count(item)) {
            text_add_string(text, " none");
        }
        text_add_char(text, '\n');
        if (!is_scalar(item))
            print_nested(item, depth + 1, text);
    }
}

void output_shape(const json *value, const struct output *output, struct text *text)
{
    const char *string = json_string(value);

    if (json_is_array(value) && is_table(value)) {
        print_table(value, output->width, text);
    } else if (!is_scalar(value)) {
        print_nested(value, 0, text);
    } else if (string) {
        /* A string alone is a text of its own, such as a human monitor's answer. */
        text_add_escaped(text, string, strlen(string), true);
        if (text->length && text->bytes[text->length - 1] != '\n')
            text_add_char(text, '\n');
    } else {
        add_scalar(text, value);
        text_add_char(text, '\n');
    }
}

void output_add(struct output *output, const json *value, view_function *view)
{
    if (output->json) {
        json_print(value, &output->pending);
        text_add_char(&output->pending, '\n');
    } else {
        (view ? view : output_shape)(value, output, &output->pending);
    }
}

void output_add_bytes(struct output *output, struct slice bytes, view_function *view)
{
    struct error ignored = {0};
    AUTO_JSON json *value = NULL;

    if (!output->json)
        value = json_parse(bytes.bytes, bytes.length, &ignored);
    error_free(&ignored);
    if (value) {
        output_add(output, value, view);
        return;
    }
    /* JSON was asked for, or it is no tree that we would make (a key twice): as it came. */
    scan_compact(&output->pending, bytes.bytes, bytes.length);
    text_add_char(&output->pending, '\n');
}

void output_add_raw(struct output *output, const char *bytes, size_t length)
{
    if (output->terminal)
        text_add_escaped(&output->pending, bytes, length, true);
    else
        text_add(&output->pending, bytes, length);
}

/* Writes what there is; *written says how far it came. */
static bool write_out(
    const struct text *text, int64_t deadline, size_t *written, struct error *error)
{
    while (*written < text->length) {
        size_t left = text->length - *written;
        ssize_t n;

        /* What is ready takes a PIPE_BUF at once: a reader that has stopped cannot hold us. */
        if (!loop_await(STDOUT_FILENO, POLLOUT, deadline, error))
            return false;
        n = write(STDOUT_FILENO, text->bytes + *written, left < PIPE_BUF ? left : PIPE_BUF);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0 && errno == EPIPE)
            return error_set_interrupted(error, SIGPIPE);
        if (n < 0)
            return error_set(error, ERROR_LOCAL, "cannot write to stdout: %s", strerror(errno));
        *written += (size_t)n;
    }
    return true;
}

bool output_flush_until(struct output *output, int64_t deadline, struct error *error)
{
    size_t written = 0;
    bool good = !output->gone ? write_out(&output->pending, deadline, &written, error)
                              : error_set_interrupted(error, SIGPIPE);

    /* What has left must not leave a second time. */
    text_drop(&output->pending, written);
    return good;
}

bool output_flush(struct output *output, struct error *error)
{
    return output_flush_until(output, CLOCK_NEVER, error);
}
