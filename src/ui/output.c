/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/output.h"

#include "json/scan.h"
#include "ui/shape.h"

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

void output_shape(const json *value, const struct output *output, struct text *text)
{
    shape_add(value, output->width, text);
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
    bool good;

    if (output->before && output->pending.length)
        output->before(output->before_data);
    good = !output->gone ? write_out(&output->pending, deadline, &written, error)
                         : error_set_interrupted(error, SIGPIPE);

    /* What has left must not leave a second time. */
    text_drop(&output->pending, written);
    return good;
}

bool output_flush(struct output *output, struct error *error)
{
    return output_flush_until(output, CLOCK_NEVER, error);
}
