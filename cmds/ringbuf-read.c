/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base64.h"
#include "cli/context.h"
#include "vm/ringbuf.h"

enum {
    PAUSE = 200 * 1000, /* microseconds between two reads of --follow: there is no event */
    LAST = 2000 * 1000, /* microseconds for printing what is left after an error or a signal */
};

struct ringbuf_options {
    const char *chardev;
    uint64_t size;
    bool follow;
    bool base64;
};

/* Adds what can be shown now; the cut-off end of a character stays in data for the next time. */
static void show(
    struct output *output, const struct ringbuf_options *options, struct text *data, bool last)
{
    bool characters = (output->json || output->terminal) && !options->base64;
    size_t whole = last || !characters ? data->length : utf8_whole(data->bytes, data->length);
    AUTO_TEXT struct text encoded = TEXT_EMPTY;
    AUTO_JSON json *document = NULL;
    bool utf8 = utf8_valid(data->bytes, whole) && !options->base64;

    if (options->follow && !whole)
        return;
    if (!utf8 && (output->json || options->base64)) {
        whole = data->length;
        base64_encode(&encoded, data->bytes, whole);
    }
    if (output->json) {
        for (size_t i = 0; utf8 && i < whole; i++)
            if (data->bytes[i])
                text_add_char(&encoded, data->bytes[i]);
            else
                text_add(&encoded, "\xC0\x80", 2); /* U+0000, see json.h */
        document = json_new_object();
        json_add_string(document, "data", text_string(&encoded));
        json_add_string(document, "encoding", utf8 ? "utf-8" : "base64");
        output_add(output, document, NULL);
    } else if (options->base64) {
        text_printf(&output->pending, "%s\n", text_string(&encoded));
    } else {
        output_add_raw(output, data->bytes ? data->bytes : "", whole);
    }
    text_drop(data, whole);
}

/* What was read is gone from the VM: it is shown also when there is an error, and before it. */
static bool show_rest(
    struct context *context, const struct ringbuf_options *options, struct text *data, bool good)
{
    struct output *output = context_output(context);
    struct error ignored = {0};

    if (good || data->length)
        show(output, options, data, true);
    if (good)
        return true;
    (void)loop_forgive(context_loop(context)); /* the signal that ended it ends no writing */
    if (output->pending.length && !output_flush_until(output, clock_after(LAST), &ignored))
        context_note(context, "%zu bytes that were read could not be printed: %s",
            output->pending.length, ignored.message);
    text_clear(&output->pending);
    error_free(&ignored);
    return false;
}

static bool read_on(struct context *context, struct session *session,
    const struct ringbuf_options *options, struct text *data, struct error *error)
{
    struct output *output = context_output(context);
    int64_t end = context_timeout(context) ? session_deadline(session) : CLOCK_NEVER;

    /* --timeout ends the following; a reply that is on its way then has a second more. */
    session_set_deadline(session, end == CLOCK_NEVER ? CLOCK_NEVER : end + CLOCK_SECOND);
    output_watch(output, context_loop(context));
    while (clock_now() < end) {
        if (!ringbuf_read(session, options->chardev, options->size, data, error)) {
            if (error->kind != ERROR_PROTOCOL || !session_saw_shutdown(session))
                return false;
            error_free(error);
            context_note(context, "the VM shut down");
            break;
        }
        show(output, options, data, false);
        if (!output_flush(output, error))
            return false;
        if (!loop_sleep(context_loop(context), clock_earlier(end, clock_after(PAUSE)), error))
            return false;
    }
    return true;
}

static bool follow(struct context *context, struct session *session,
    const struct ringbuf_options *options, struct error *error)
{
    AUTO_TEXT struct text data = TEXT_EMPTY;
    bool good = read_on(context, session, options, &data, error);

    return show_rest(context, options, &data, good);
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct ringbuf_options *options = target;
    struct session *session = context_session(context, error);
    AUTO_TEXT struct text data = TEXT_EMPTY;
    bool good;

    if (!session)
        return false;
    if (options->follow)
        return follow(context, session, options, error);
    good = ringbuf_read(session, options->chardev, options->size, &data, error);
    return show_rest(context, options, &data, good);
}

static const struct option options[] = {
    OPTION_SIZE(struct ringbuf_options, size, "size", 0, "SIZE",
        "read at most this much (with --follow: at a time); default: all of it"),
    OPTION_FLAG(struct ringbuf_options, follow, "follow", 'f',
        "go on reading what comes, until interrupted or for --timeout seconds"),
    OPTION_FLAG(struct ringbuf_options, base64, "base64", 0, "print it as base64"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct ringbuf_options, chardev, "CHARDEV",
        "id of a character device with a ringbuf backend", COMPLETES_RINGBUF),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp ringbuf-read console0", "all that the guest has written since the last read"},
    {"-s /run/vm.qmp ringbuf-read console0 --follow", "and go on as it writes more"},
    {NULL, NULL},
};

QMPBOX_COMMAND(ringbuf_read) = {
    .name = "ringbuf-read",
    .group = "Devices",
    .summary = "read what a ring buffer has collected, byte for byte",
    .description =
        "Prints the contents of a ring buffer character device, exactly as they are into a file or "
        "a pipe, with control characters escaped on a terminal.\n\n"
        "Reading consumes it: what has been printed is gone from the VM, also when it was printed "
        "into a file that was not kept. A buffer that overflows loses its oldest bytes.\n\n"
        "With --json the result is {\"data\":...,\"encoding\":...}: utf-8 when the bytes are, else "
        "base64. With --follow it is one such document for each piece, and there is no "
        "time-out unless --timeout says for how long to follow.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct ringbuf_options),
    .needs = (const char *const[]){"ringbuf-read", NULL},
    .timeout = 30,
    .follows = true,
    .run = run,
};
