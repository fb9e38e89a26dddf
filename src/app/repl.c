/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/repl.h"

#include "app/connection.h"
#include "app/dispatch.h"
#include "app/line.h"
#include "app/ownwords.h"
#include "app/redirect.h"
#include "app/script.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct repl {
    struct context *context;
    const struct repl_options *options;
    struct connection connection;
    struct own_words own;
    int status;  /* of the newest line */
    int first;   /* the first that was not 0 */
    char *place; /* "line 12", in a script */
};

/* An error that no run has printed: of a line, or of a word of the prompt's own. */
static int say_error(struct repl *repl, const char *name, struct error *error)
{
    struct command command = {.name = name};
    int status = error_status(error);

    if (repl->place && error->message)
        error_prefix(error, "%s", repl->place);
    context_print_error(context_globals(repl->context), name ? &command : NULL, error);
    return status;
}

static int run_own(struct repl *repl, const struct strings *words)
{
    AUTO_ERROR struct error error = {0};

    if (own_words_run(&repl->own, words, &error))
        return 0;
    return say_error(repl, words->item[0], &error);
}

static int run_dispatch(struct repl *repl, const struct strings *words)
{
    static char program[] = "qmpbox";
    AUTO_FREE char **argv = xcalloc(words->count + 2, sizeof(*argv));

    argv[0] = program;
    for (size_t i = 0; i < words->count; i++)
        argv[i + 1] = words->item[i];
    return dispatch((int)words->count + 1, argv, &repl->connection.shared);
}

/* The status of a line whose run ended with this one and whose reader with that. */
static int judge_reader(struct repl *repl, int status, int reader)
{
    AUTO_ERROR struct error error = {0};

    /* A reader that had enough is no error. */
    if (status == ERROR_INTERRUPTED + SIGPIPE)
        status = 0;
    if (status || !reader)
        return status;
    if (reader == ERROR_INTERRUPTED + SIGINT)
        return reader;
    error_set(&error, ERROR_FAILED, "the command behind | ended with status %d", reader);
    return say_error(repl, NULL, &error);
}

static int run_words(struct repl *repl, const struct line *line)
{
    AUTO_ERROR struct error error = {0};
    struct loop *loop = context_loop(repl->context);
    struct redirect redirect = {0};
    int status, reader;

    if (!redirect_begin(&redirect, line, loop, &error))
        return say_error(repl, NULL, &error);
    status = own_words_know(&line->words) ? run_own(repl, &line->words)
                                          : run_dispatch(repl, &line->words);
    if (!redirect_end(&redirect, loop, &reader, &error))
        return say_error(repl, NULL, &error);
    return line->redirect == LINE_TO_COMMAND ? judge_reader(repl, status, reader) : status;
}

/* Runs what a whole line says. */
static void run_line(struct repl *repl, const struct line *line)
{
    if (!line->words.count)
        return;
    repl->connection.shared.place = repl->place;
    repl->status = run_words(repl, line);
    repl->connection.shared.place = NULL;
    repl->first = repl->first ? repl->first : repl->status;
}

/* Has a script come to its end with the newest line? */
static bool is_over(const struct repl *repl)
{
    /* A signal, or a reader of stdout that has left, is meant for all of it. */
    return repl->own.leaves || repl->status > ERROR_INTERRUPTED ||
           (repl->status && !repl->options->keep_going);
}

/* Where the lines of a script come from. */
struct source {
    struct script *script;       /* of standard input, or NULL */
    const struct strings *lines; /* or these */
    size_t number;
};

/* The bytes are NULL at the end. */
static bool next_line(struct source *source, struct slice *line, struct error *error)
{
    if (source->script) {
        bool good = script_next(source->script, line, error);

        source->number = script_number(source->script);
        return good;
    }
    *line = (struct slice){NULL, 0};
    if (source->number < source->lines->count) {
        line->bytes = source->lines->item[source->number++];
        line->length = strlen(line->bytes);
    }
    return true;
}

/* A line that cannot be run; its number is where it began. */
static void refuse(struct repl *repl, struct error *error)
{
    repl->status = say_error(repl, NULL, error);
    repl->first = repl->first ? repl->first : repl->status;
}

/* Runs the next line, over as many as it takes; *end when there is none. */
static bool step(struct repl *repl, struct source *source, bool *end, struct error *error)
{
    AUTO_LINE struct line line = {0};
    AUTO_ERROR struct error wrong = {0};
    enum line_state state = LINE_OPEN;
    struct slice bytes;

    cleanup_free(&repl->place);
    repl->place = NULL;
    while (state == LINE_OPEN) {
        if (!next_line(source, &bytes, error)) {
            if (error->kind != ERROR_USAGE)
                return false;
            repl->place = repl->place ? repl->place : xasprintf("line %zu", source->number);
            *end = true;
            refuse(repl, error);
            error_free(error);
            return true;
        }
        if (!bytes.bytes)
            break;
        if (!repl->place)
            repl->place = xasprintf("line %zu", source->number);
        error_free(&wrong);
        state = line_add(&line, bytes.bytes, bytes.length, &wrong);
        /* Without a person who sees that it goes on, a quote must not swallow the lines behind. */
        if (state == LINE_OPEN && (line.open == '\'' || line.open == '"'))
            state = LINE_WRONG;
    }
    *end = !repl->place;
    if (state == LINE_WHOLE)
        run_line(repl, &line);
    else if (repl->place)
        refuse(repl, &wrong);
    return true;
}

static bool run_source(struct repl *repl, struct source *source, struct error *error)
{
    bool end = false;

    while (!end && !is_over(repl))
        if (!step(repl, source, &end, error))
            return false;
    return true;
}

/*
 * The lines are read from a descriptor of their own, and standard input cannot be read meanwhile: a
 * subcommand that wants to would eat the lines behind its own.
 */
static bool take_input(int *input, struct error *error)
{
    AUTO_FD int unreadable = open("/dev/null", O_WRONLY | O_CLOEXEC);

    *input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (*input < 0 || unreadable < 0 || dup2(unreadable, STDIN_FILENO) < 0)
        return error_set(error, ERROR_LOCAL, "standard input cannot be used");
    return true;
}

static bool run_script(struct repl *repl, struct error *error)
{
    struct source source = {.lines = repl->options->lines};
    AUTO_SCRIPT struct script *script = NULL;
    AUTO_FD int input = -1;
    bool good;

    if (!source.lines) {
        if (!take_input(&input, error))
            return false;
        source.script = script = script_new(input, context_loop(repl->context));
    }
    good = run_source(repl, &source, error);
    if (input >= 0)
        (void)dup2(input, STDIN_FILENO);
    return good;
}

/* What the whole ends with. */
static bool finish(const struct repl *repl, struct error *error)
{
    if (repl->own.status_given)
        return error_set_said(error, repl->own.status);
    return error_set_said(error, repl->options->keep_going ? repl->first : repl->status);
}

bool repl_run(struct context *context, const struct repl_options *options, struct error *error)
{
    struct repl repl = {.context = context, .options = options};
    bool good;

    repl.own.connection = &repl.connection;
    good = connection_start(&repl.connection, context, options->session, error) &&
           run_script(&repl, error);
    connection_end(&repl.connection);
    cleanup_free(&repl.place);
    return good && finish(&repl, error);
}
