/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/runner.h"

#include "app/dispatch.h"
#include "app/redirect.h"

#include <signal.h>

/* An error that no run has printed: of a line, or of a word of the prompt's own. */
static int say_error(struct runner *runner, const char *name, struct error *error)
{
    struct command command = {.name = name};
    int status = error_status(error);

    context_print_error(
        context_globals(runner->context), name ? &command : NULL, runner->place, error);
    return status;
}

static int run_own(struct runner *runner, const struct strings *words)
{
    AUTO_ERROR struct error error = {0};

    if (own_words_run(&runner->own, words, &error))
        return 0;
    return say_error(runner, words->item[0], &error);
}

static int run_dispatch(struct runner *runner, const struct strings *words)
{
    static char program[] = "qmpbox", help[] = "--help";
    AUTO_FREE char **argv = xcalloc(words->count + 2, sizeof(*argv));

    argv[0] = program;
    for (size_t i = 0; i < words->count; i++)
        argv[i + 1] = words->item[i];
    if (own_words_ask_qemu(words)) {
        argv[1] = words->item[1];
        argv[2] = help;
    }
    return dispatch((int)words->count + 1, argv, &runner->connection.shared);
}

/* The status of a line whose run ended with this one and whose reader with that. */
static int judge_reader(struct runner *runner, int status, int reader)
{
    AUTO_ERROR struct error error = {0};

    /* A reader that had enough is no error. */
    if (status == ERROR_INTERRUPTED + SIGPIPE)
        status = 0;
    if (status || !reader)
        return status;
    /* Ctrl-C, or nobody takes what the reader itself writes. */
    if (reader == ERROR_INTERRUPTED + SIGINT || reader == ERROR_INTERRUPTED + SIGPIPE)
        return reader;
    if (!runner->script)
        return ERROR_FAILED; /* `| grep` is a look, not a test */
    error_set(&error, ERROR_FAILED, "the command behind | ended with status %d", reader);
    return say_error(runner, NULL, &error);
}

static int run_words(struct runner *runner, const struct line *line)
{
    AUTO_ERROR struct error error = {0};
    struct loop *loop = context_loop(runner->context);
    struct redirect redirect = {0};
    int status, reader;

    if (!redirect_begin(&redirect, line, loop, &error))
        return say_error(runner, NULL, &error);
    runner->terminal_taken = redirect.reader;
    status = own_words_know(&line->words) && !own_words_ask_qemu(&line->words)
                 ? run_own(runner, &line->words)
                 : run_dispatch(runner, &line->words);
    if (!redirect_end(&redirect, loop, &reader, &error))
        status = say_error(runner, NULL, &error);
    runner->terminal_taken = false;
    return line->redirect == LINE_TO_COMMAND ? judge_reader(runner, status, reader) : status;
}

void runner_run(struct runner *runner, const struct line *line)
{
    int before = runner->status;

    runner->connection.shared.place = runner->place;
    runner->status = run_words(runner, line);
    /* `exit` alone leaves with what the line before it ended with. */
    if (runner->own.leaves && !runner->own.status_given)
        runner->status = before;
    runner->connection.shared.place = NULL;
    runner->first = runner->first ? runner->first : runner->status;
}

void runner_refuse(struct runner *runner, struct error *error)
{
    runner->status = say_error(runner, NULL, error);
    runner->first = runner->first ? runner->first : runner->status;
}
