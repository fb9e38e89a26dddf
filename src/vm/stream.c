/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/stream.h"

#include "json/scan.h"
#include "qmp/requests.h"
#include "qmp/words.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct asked {
    uint64_t ticket;
    char *command;
    json *id; /* the one that was given, or NULL */
    uint64_t number;
    int64_t deadline;
};

struct stream {
    struct session *session;
    const struct stream_options *options;
    struct loop_watch watch;
    bool watching;
    bool input_ended;
    struct frame frame;
    struct asked asked[STREAM_WINDOW]; /* a ring */
    size_t oldest;
    size_t count;
    uint64_t number;    /* of the commands read so far */
    struct error first; /* the first error that QEMU answered */
    struct error input_error;
};

static void on_input(void *data, short revents)
{
    enum { CHUNK = 32 * 1024 };
    struct stream *stream = data;
    char *room = frame_room(&stream->frame, CHUNK);
    ssize_t came = read(stream->options->input, room, CHUNK);

    (void)revents;
    if (came > 0)
        frame_commit(&stream->frame, (size_t)came);
    else if (came == 0)
        stream->input_ended = true;
    else if (errno != EINTR && errno != EAGAIN) {
        error_set(&stream->input_error, ERROR_LOCAL, "cannot read commands from standard input: %s",
            words_input_trouble(errno));
        stream->input_ended = true;
    }
}

static void watch_input(struct stream *stream, bool wanted)
{
    struct loop *loop = session_loop(stream->session);

    if (wanted && !stream->watching)
        loop_add(loop, &stream->watch);
    else if (!wanted && stream->watching)
        loop_remove(loop, &stream->watch);
    stream->watching = wanted;
}

static bool wrong(const struct stream *stream, const char *why, struct error *error)
{
    return error_set(error, ERROR_USAGE, "command %llu of the input: %s",
        (unsigned long long)stream->number, why);
}

static bool send_one(struct stream *stream, const struct message *message, struct error *error)
{
    AUTO_JSON json *tree = json_parse(message->bytes, message->length, error);
    struct asked *asked = &stream->asked[(stream->oldest + stream->count) % STREAM_WINDOW];
    const char *command = json_get_string(tree, "execute");
    const json *arguments = json_get(tree, "arguments");

    if (!tree) {
        error->kind = ERROR_USAGE;
        return error_prefix(error, "command %llu of the input", (unsigned long long)stream->number);
    }
    json_each (member, tree) {
        const char *key = json_key(member);

        if (strcmp(key, "execute") != 0 && strcmp(key, "arguments") != 0 && strcmp(key, "id") != 0)
            return wrong(stream, "only execute, arguments and id may stand in it", error);
    }
    if (!command)
        return wrong(stream, "execute, the command's name, is missing", error);
    if (arguments && !json_is_object(arguments))
        return wrong(stream, "its arguments are no object", error);
    if (!session_send(stream->session, command, arguments, -1, &asked->ticket, error)) {
        if (error->kind == ERROR_USAGE)
            error_prefix(error, "command %llu of the input", (unsigned long long)stream->number);
        return false;
    }
    asked->command = xstrdup(command);
    asked->id = json_take(tree, "id");
    asked->number = stream->number;
    asked->deadline = clock_after(stream->options->reply_timeout);
    stream->count++;
    return true;
}

static size_t window_of(const struct stream *stream)
{
    return stream->options->stop_on_error ? 1 : STREAM_WINDOW;
}

/* Sends what has been read, as far as the window lets it. */
static void send_some(struct stream *stream)
{
    size_t window = window_of(stream);
    struct error *error = &stream->input_error;
    bool more = true;

    while (more && stream->count < window && !error->kind) {
        AUTO_MESSAGE struct message *message = NULL;

        stream->number++;
        if (!frame_next(&stream->frame, &message, error)) {
            error->kind = ERROR_USAGE;
            error_prefix(error, "command %llu of the input", (unsigned long long)stream->number);
        } else if (message) {
            send_one(stream, message, error);
        } else {
            stream->number--;
            more = false;
        }
    }
    if (!more && stream->input_ended && frame_rest(&stream->frame).length && !error->kind) {
        stream->number++;
        wrong(stream, "it is cut off", error);
    }
    session_flush(stream->session);
}

static bool answer(
    struct stream *stream, struct asked *asked, const struct message *reply, struct error *error)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;
    struct slice value;
    bool good = message_get(reply, "return", &value);

    if (!good)
        (void)message_get(reply, "error", &value);
    text_printf(&line, "{\"%s\":", good ? "return" : "error");
    scan_compact(&line, value.bytes, value.length);
    if (asked->id) {
        text_add_string(&line, ",\"id\":");
        json_print(asked->id, &line);
    }
    text_add_char(&line, '}');
    if (!good && !stream->first.kind) {
        requests_judge(reply, asked->command, &stream->first);
        error_prefix(
            &stream->first, "command %llu of the input", (unsigned long long)asked->number);
    }
    return stream->options->answer(stream->options->data, line.bytes, line.length, error);
}

static bool take_answers(struct stream *stream, struct error *error)
{
    while (
        stream->count && session_has_reply(stream->session, stream->asked[stream->oldest].ticket)) {
        struct asked asked = stream->asked[stream->oldest];
        AUTO_MESSAGE struct message *reply = NULL;
        bool good;

        stream->oldest = (stream->oldest + 1) % STREAM_WINDOW;
        stream->count--;
        good = session_wait(stream->session, asked.ticket, &reply, error) &&
               answer(stream, &asked, reply, error);
        free(asked.command);
        json_free(asked.id);
        /* The next one's time begins now: the peer works on one after the other. */
        stream->asked[stream->oldest].deadline = clock_after(stream->options->reply_timeout);
        if (!good)
            return false;
    }
    return true;
}

static bool turn(struct stream *stream, struct error *error)
{
    const struct asked *oldest = stream->count ? &stream->asked[stream->oldest] : NULL;
    int64_t deadline = session_deadline(stream->session);

    if (oldest)
        deadline = clock_earlier(deadline, oldest->deadline);
    if (loop_turn(session_loop(stream->session), deadline, error))
        return true;
    if (error->kind == ERROR_TIMEOUT && !oldest)
        error_set(error, ERROR_TIMEOUT,
            "the time is over and the input has not ended; all %llu commands of it were answered",
            (unsigned long long)stream->number);
    if (error->kind == ERROR_TIMEOUT && oldest)
        error_set(error, ERROR_TIMEOUT,
            "command %llu of the input: %s: no reply came in time; it may still take effect",
            (unsigned long long)oldest->number, oldest->command);
    return false;
}

static bool run(struct stream *stream, struct error *error)
{
    for (;;) {
        bool stop;

        if (!take_answers(stream, error))
            return false;
        stop = stream->input_error.kind || (stream->options->stop_on_error && stream->first.kind);
        if (!stop)
            send_some(stream);
        if (!stream->count && (stop || stream->input_ended || stream->input_error.kind))
            return true;
        watch_input(stream, !stop && !stream->input_ended && stream->count < window_of(stream));
        if (!session_is_open(stream->session) && !stream->count)
            return session_wait(stream->session, UINT64_MAX, &(struct message *){NULL}, error);
        if (stream->count &&
            session_has_reply(stream->session, stream->asked[stream->oldest].ticket))
            continue;
        if (!turn(stream, error))
            return false;
    }
}

bool stream_run(struct session *session, const struct stream_options *options, struct error *error)
{
    struct stream stream = {
        .session = session,
        .options = options,
        .watch = {.fd = options->input, .events = POLLIN, .ready = on_input, .data = &stream},
    };
    bool good = run(&stream, error);

    watch_input(&stream, false);
    for (; stream.count; stream.count--) {
        free(stream.asked[stream.oldest].command);
        json_free(stream.asked[stream.oldest].id);
        stream.oldest = (stream.oldest + 1) % STREAM_WINDOW;
    }
    frame_free(&stream.frame);
    if (good && stream.first.kind)
        error_move(error, &stream.first);
    else if (good && stream.input_error.kind)
        error_move(error, &stream.input_error);
    error_free(&stream.first);
    error_free(&stream.input_error);
    return !error->kind;
}
