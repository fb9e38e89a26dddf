/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/repl.h"

#include "app/prompt.h"
#include "app/script.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct repl {
    const struct repl_options *options;
    struct runner runner;
    char *place; /* "line 12" */
};

/* Has a script come to its end with the newest line? */
static bool is_over(const struct repl *repl)
{
    /* A signal, or a reader of stdout that has left, is meant for all of it. */
    return repl->runner.own.leaves || repl->runner.status > ERROR_INTERRUPTED ||
           (repl->runner.status && !repl->options->keep_going);
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

static void leave_place(struct repl *repl)
{
    cleanup_free(&repl->place);
    repl->place = NULL;
    repl->runner.place = NULL;
}

/* Errors name the line at which what is run began. */
static void enter_place(struct repl *repl, size_t number)
{
    if (!repl->place)
        repl->place = xasprintf("line %zu", number);
    repl->runner.place = repl->place;
}

/* Runs the next line, over as many as it takes; *end when there is none. */
static bool step(struct repl *repl, struct source *source, bool *end, struct error *error)
{
    AUTO_LINE struct line line = {0};
    AUTO_ERROR struct error wrong = {0};
    enum line_state state = LINE_OPEN;
    struct slice bytes;

    leave_place(repl);
    while (state == LINE_OPEN) {
        if (!next_line(source, &bytes, error)) {
            if (error->kind != ERROR_USAGE)
                return false;
            enter_place(repl, source->number);
            *end = true;
            runner_refuse(&repl->runner, error);
            error_free(error);
            return true;
        }
        if (!bytes.bytes)
            break;
        enter_place(repl, source->number);
        error_free(&wrong);
        state = line_add(&line, bytes.bytes, bytes.length, &wrong);
        /* Without a person who sees that it goes on, a quote must not swallow the lines behind. */
        if (state == LINE_OPEN && (line.open == '\'' || line.open == '"'))
            state = LINE_WRONG;
    }
    *end = !repl->place;
    if (state != LINE_WHOLE && repl->place)
        runner_refuse(&repl->runner, &wrong);
    else if (line.words.count)
        runner_run(&repl->runner, &line);
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
        script = script_new(input, context_loop(repl->runner.context));
        source.script = script;
    }
    good = run_source(repl, &source, error);
    if (input >= 0)
        (void)dup2(input, STDIN_FILENO);
    return good;
}

/* What the whole ends with. */
static bool finish(const struct repl *repl, struct error *error)
{
    if (repl->runner.own.status_given)
        return error_set_said(error, repl->runner.own.status);
    return error_set_said(
        error, repl->options->keep_going ? repl->runner.first : repl->runner.status);
}

/* Where a line that is typed can be shown, or NULL. */
static FILE *screen(void)
{
    if (!isatty(STDIN_FILENO))
        return NULL;
    return isatty(STDOUT_FILENO) ? stdout : isatty(STDERR_FILENO) ? stderr : NULL;
}

static bool run(struct repl *repl, struct error *error)
{
    FILE *shown = repl->options->lines ? NULL : screen();

    if (shown)
        return prompt_run(&repl->runner, shown, error);
    repl->runner.script = true;
    return run_script(repl, error);
}

bool repl_run(struct context *context, const struct repl_options *options, struct error *error)
{
    struct repl repl = {.options = options, .runner.context = context};
    struct runner *runner = &repl.runner;
    bool good;

    runner->own.connection = &runner->connection;
    good = connection_start(&runner->connection, context, options->session, error) &&
           run(&repl, error);
    connection_end(&runner->connection);
    leave_place(&repl);
    return good && finish(&repl, error);
}
