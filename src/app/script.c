/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/script.h"

#include "cli/line.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct script {
    struct loop *loop;
    struct loop_watch watch;
    struct text read;
    size_t at;      /* of the next line in it */
    size_t scanned; /* no line break before this one */
    bool ended;
    struct error failure;
    uint64_t number;
};

static void on_ready(void *data, short revents)
{
    enum { BLOCK = 64 * 1024 };
    struct script *script = data;
    ssize_t came;

    (void)revents;
    text_reserve(&script->read, BLOCK);
    came = read(script->watch.fd, script->read.bytes + script->read.length, BLOCK);
    if (came > 0) {
        script->read.length += (size_t)came;
        script->read.bytes[script->read.length] = '\0';
    } else if (came == 0) {
        script->ended = true;
    } else if (errno != EINTR && errno != EAGAIN) {
        error_set(&script->failure, ERROR_LOCAL, "cannot read the lines: %s", strerror(errno));
    }
}

struct script *script_new(int fd, struct loop *loop)
{
    struct script *script = xcalloc(1, sizeof(*script));

    script->loop = loop;
    script->watch = (struct loop_watch){.fd = fd, .events = POLLIN, .ready = on_ready};
    script->watch.data = script;
    return script;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    text_free(&script->read);
    error_free(&script->failure);
    free(script);
}

/* The line that has been read whole, or (bytes NULL) none. */
static struct slice whole_line(struct script *script)
{
    struct text *read = &script->read;
    const char *end = script->scanned < read->length ? memchr(read->bytes + script->scanned, '\n',
                                                           read->length - script->scanned)
                                                     : NULL;
    struct slice line = {NULL, 0};

    script->scanned = read->length;
    if (!end && (!script->ended || script->at == read->length))
        return line;
    line.bytes = read->bytes + script->at;
    line.length = end ? (size_t)(end - line.bytes) : read->length - script->at;
    script->at += line.length + (end ? 1 : 0);
    script->scanned = script->at;
    if (line.length && line.bytes[line.length - 1] == '\r')
        line.length--;
    script->number++;
    return line;
}

/* What has been taken makes room. */
static void drop_taken(struct script *script)
{
    text_drop(&script->read, script->at);
    script->scanned -= script->at;
    script->at = 0;
}

static bool read_more(struct script *script, struct error *error)
{
    bool good;

    drop_taken(script);
    loop_add(script->loop, &script->watch);
    good = loop_turn(script->loop, CLOCK_NEVER, error);
    loop_remove(script->loop, &script->watch);
    if (good && script->failure.kind) {
        error_move(error, &script->failure);
        return false;
    }
    return good;
}

bool script_next(struct script *script, struct slice *line, struct error *error)
{
    for (;;) {
        *line = whole_line(script);
        if (line->bytes || script->ended)
            return true;
        if (script->read.length - script->at > LINE_MOST) {
            script->number++;
            return error_set(error, ERROR_USAGE, "it is longer than 1 MiB");
        }
        if (!read_more(script, error))
            return false;
    }
}

uint64_t script_number(const struct script *script)
{
    return script->number;
}
