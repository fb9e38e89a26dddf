/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/prompt.h"

#include "app/editor.h"
#include "app/history.h"
#include "app/vmstate.h"
#include "complete/complete.h"
#include "complete/files.h"
#include "ui/views.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The new run state may come late for the prompt: it is not waited for longer than this. */
enum { SETTLE_MILLISECONDS = 150 };

struct prompt {
    struct runner *runner;
    struct loop *loop;
    FILE *screen;
    struct editor *editor;
    struct history history;
    struct vm_state state;
    unsigned generation; /* of the connection that the state is about */
    struct text told;    /* lines that are to appear above the one being typed */
    bool loss_told;
    bool colors;
    const char *question;   /* instead of the prompt, or NULL */
    struct line line;       /* so far */
    struct strings earlier; /* the lines that it was typed in */
    struct line completed;  /* what stands before the cursor */
};

static struct session *session_of(const struct prompt *prompt)
{
    return prompt->runner->connection.shared.session;
}

static const struct globals *globals_of(const struct prompt *prompt)
{
    return context_globals(prompt->runner->context);
}

/* What comes from the VM unasked */

/* Lines of anybody's: above those of the run that goes on, or above the one that is typed. */
static void on_lines(void *data, const char *lines)
{
    struct prompt *prompt = data;
    const struct context *running = prompt->runner->connection.shared.running;

    if (running && !prompt->runner->terminal_taken)
        context_lines(running, lines);
    else
        text_add_string(&prompt->told, lines);
}

static void on_event(void *data, const struct message *event)
{
    struct prompt *prompt = data;
    const struct context *running = prompt->runner->connection.shared.running;
    AUTO(output_free) struct output output = {.json = globals_of(prompt)->json};

    vm_state_hear(&prompt->state, event);
    if (globals_of(prompt)->quiet || (running && context_command(running)->shows_events))
        return;
    output_add_bytes(&output, (struct slice){event->bytes, event->length}, view_event);
    on_lines(prompt, text_string(&output.pending));
}

/* Another connection, or the same one made anew. */
static void follow_connection(struct prompt *prompt)
{
    struct connection *connection = &prompt->runner->connection;
    struct session *session = session_of(prompt);

    if (prompt->generation == connection->generation)
        return;
    prompt->generation = connection->generation;
    prompt->loss_told = false;
    vm_state_watch(&prompt->state, session);
    session_listen(session, on_event, prompt);
}

static void tell_loss(struct prompt *prompt)
{
    AUTO_ERROR struct error error = {0};
    struct session *session = session_of(prompt);
    struct message *none;

    if (!session || session_is_open(session) || prompt->loss_told)
        return;
    prompt->loss_told = true;
    (void)session_wait(session, UINT64_MAX, &none, &error);
    text_add_string(&prompt->told, "qmpbox: ");
    text_add_shown(&prompt->told, error.message);
    if (prompt->state.shutdown) {
        text_add_string(&prompt->told, ", reason ");
        text_add_shown(&prompt->told, prompt->state.shutdown);
    }
    text_add_string(&prompt->told, "; reconnect connects again\n");
}

static void show_told(struct prompt *prompt)
{
    if (!prompt->told.length)
        return;
    editor_above(prompt->editor, text_string(&prompt->told));
    text_clear(&prompt->told);
}

/* The prompt; the caller frees it. */
static char *make_prompt(const struct prompt *prompt)
{
    struct text text = TEXT_EMPTY;

    if (prompt->question)
        return xstrdup(prompt->question);
    if (!prompt->earlier.count)
        vm_state_show(&prompt->state, prompt->colors, &text);
    text_add_string(&text, "> ");
    return text_take(&text);
}

/* Does what is due while a line is typed; returns when it should be called again at the latest. */
static int64_t tend(struct prompt *prompt)
{
    int64_t next = vm_state_tend(&prompt->state);
    AUTO_FREE char *shown = make_prompt(prompt);

    tell_loss(prompt);
    show_told(prompt);
    if (editor_state(prompt->editor) == EDITOR_TYPING)
        editor_show(prompt->editor, shown);
    return next;
}

/* Gives the state a moment to come, so that the prompt need not change under the hands. */
static bool settle(struct prompt *prompt, struct error *error)
{
    int64_t deadline = clock_after(SETTLE_MILLISECONDS * CLOCK_SECOND / 1000);

    follow_connection(prompt);
    (void)vm_state_tend(&prompt->state);
    while (vm_state_waits(&prompt->state)) {
        if (!loop_turn(prompt->loop, deadline, error)) {
            if (error->kind != ERROR_TIMEOUT)
                return false;
            error_free(error);
            return true;
        }
        (void)vm_state_tend(&prompt->state);
    }
    return true;
}

/* Typing */

static void drop_line(struct prompt *prompt)
{
    line_free(&prompt->line);
    strings_free(&prompt->earlier);
}

static size_t on_complete(
    void *data, const char *bytes, size_t length, struct candidates *candidates)
{
    struct prompt *prompt = data;
    struct line *line = &prompt->completed;
    AUTO_ERROR struct error ignored = {0};
    size_t at;

    line_free(line);
    for (size_t i = 0; i < prompt->earlier.count; i++)
        if (line_add(line, prompt->earlier.item[i], strlen(prompt->earlier.item[i]), &ignored) !=
            LINE_OPEN)
            return SIZE_MAX;
    at = prompt->question ? SIZE_MAX : line_until(line, bytes, length);
    if (at == SIZE_MAX)
        return SIZE_MAX;
    if (line->redirect) {
        candidates->word = text_string(&line->word);
        files_add(candidates, "", candidates->word, FILES_ALL,
            clock_after(SETTLE_MILLISECONDS * CLOCK_SECOND / 1000));
        return at;
    }
    complete(
        &(struct complete_request){
            .words = &line->words,
            .word = text_string(&line->word),
            .loop = prompt->loop,
            .session = session_of(prompt),
            .prompt = true,
        },
        candidates);
    return at;
}

/* One line, however it ends; EDITOR_RESTS when it was dropped. False when the prompt must end. */
static bool type_line(struct prompt *prompt, enum editor_state *end, struct error *error)
{
    AUTO_FREE char *shown = NULL;

    tell_loss(prompt);
    show_told(prompt);
    shown = make_prompt(prompt);
    editor_begin(prompt->editor, shown);
    while (editor_state(prompt->editor) == EDITOR_TYPING) {
        if (editor_turn(prompt->editor, tend(prompt), error))
            continue;
        if (error->kind == ERROR_INTERRUPTED && error->signal == SIGINT) {
            (void)loop_forgive(prompt->loop);
            editor_drop(prompt->editor, "^C");
        } else if (error->kind != ERROR_TIMEOUT) {
            editor_drop(prompt->editor, "");
            return false;
        }
        error_free(error);
    }
    *end = editor_state(prompt->editor);
    return *end != EDITOR_HUNG || error_set_interrupted(error, SIGHUP);
}

/* Running */

/* The address of another VM that the words name, borrowed, or NULL. */
static const char *other_address(const struct strings *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i];

        if (strncmp(word, "--socket=", 9) == 0)
            return word + 9;
        if (strncmp(word, "-s", 2) == 0 && word[2])
            return word + 2;
        if ((strcmp(word, "-s") == 0 || strcmp(word, "--socket") == 0) && i + 1 < words->count)
            return words->item[i + 1];
    }
    return NULL;
}

/* Does the line end a VM, by the very name of the command? */
static bool ends_vm(const struct strings *words)
{
    static char program[] = "qmpbox";
    AUTO_ERROR struct error ignored = {0};
    AUTO_FREE char **argv = xcalloc(words->count + 2, sizeof(*argv));
    struct globals globals = {0};
    struct option_reader reader = {
        .global = {global_options, &globals}, .argc = (int)words->count + 1, .argv = argv, .at = 1};
    bool ends;

    argv[0] = program;
    for (size_t i = 0; i < words->count; i++)
        argv[i + 1] = words->item[i];
    ends = options_read(&reader, &ignored) && reader.at < reader.argc &&
           text_same_name(argv[reader.at], "quit") && !strings_have(words, "--help") &&
           !strings_have(words, "-h") && !strings_have(words, "--dry-run");
    options_release(&reader.global, NULL);
    return ends;
}

/* A stray Enter must not end a VM. */
static bool confirm(struct prompt *prompt, const char *address, bool *yes, struct error *error)
{
    AUTO_TEXT struct text question = TEXT_EMPTY;
    AUTO_FREE char *answer = NULL;
    enum editor_state end;

    text_add_string(&question, "This ends the VM ");
    text_add_shown(&question, address ? address : vm_state_name(&prompt->state));
    text_add_string(&question, ". Type yes to end it: ");
    prompt->question = text_string(&question);
    *yes = false;
    if (!type_line(prompt, &end, error)) {
        prompt->question = NULL;
        return false;
    }
    prompt->question = NULL;
    answer = end == EDITOR_ENTERED ? editor_take(prompt->editor) : NULL;
    *yes = answer && (strcmp(answer, "yes") == 0 || strcmp(answer, "quit") == 0);
    if (!*yes)
        editor_above(prompt->editor, "It runs on.\n");
    return true;
}

/* A signal that came during a run was meant for that, unless it ends programs for good. */
static bool forgive(struct prompt *prompt, struct error *error)
{
    int signal = loop_forgive(prompt->loop), status = prompt->runner->status;

    if (signal && signal != SIGINT)
        return error_set_interrupted(error, signal);
    if (status == ERROR_INTERRUPTED + SIGHUP || status == ERROR_INTERRUPTED + SIGTERM)
        return error_set_said(error, status);
    return true;
}

/* Events come only once something has been asked on a connection. */
static void listen_on(struct prompt *prompt)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = session_of(prompt);

    if (!session || session_is_agent(session) || !session_is_open(session))
        return;
    session_set_deadline(session, clock_after(CLOCK_SECOND));
    (void)session_negotiate(session, &ignored);
    session_set_deadline(session, CLOCK_NEVER);
}

/* A Ctrl-C also broke off the connection that was being made anew behind an out-of-band run. */
static void mend(struct prompt *prompt)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = session_of(prompt);

    if (session && !session_is_open(session) &&
        prompt->runner->status == ERROR_INTERRUPTED + SIGINT && !session_saw_shutdown(session))
        (void)session_reopen(session, &ignored);
}

static bool run_line(struct prompt *prompt, struct error *error)
{
    const struct line *line = &prompt->line;
    const char *address = other_address(&line->words);
    bool yes = true;

    if (history_may_keep(&line->words, text_string(&line->typed)) &&
        history_add(&prompt->history, text_string(&line->typed)))
        editor_remember(prompt->editor, text_string(&line->typed), HISTORY_MOST);
    if (ends_vm(&line->words) && (address || session_of(prompt)) &&
        !confirm(prompt, address, &yes, error))
        return false;
    if (!yes)
        return true;
    runner_run(prompt->runner, line);
    /* The terminal has shown ^C, and what reads the result said nothing. */
    if (line->redirect == LINE_TO_COMMAND && prompt->runner->status == ERROR_INTERRUPTED + SIGINT)
        editor_above(prompt->editor, "\n");
    if (!forgive(prompt, error))
        return false;
    mend(prompt);
    follow_connection(prompt);
    listen_on(prompt);
    return true;
}

static bool take_line(struct prompt *prompt, struct error *error)
{
    AUTO_FREE char *typed = editor_take(prompt->editor);
    AUTO_ERROR struct error wrong = {0};
    enum line_state state = line_add(&prompt->line, typed, strlen(typed), &wrong);
    bool good = true;

    if (state == LINE_OPEN) {
        strings_add(&prompt->earlier, typed);
        return true;
    }
    strings_free(&prompt->earlier);
    if (state == LINE_WRONG)
        runner_refuse(prompt->runner, &wrong);
    else if (prompt->line.words.count)
        good = run_line(prompt, error);
    drop_line(prompt);
    return good;
}

static bool run(struct prompt *prompt, struct error *error)
{
    enum editor_state end;

    while (!prompt->runner->own.leaves) {
        if (!settle(prompt, error)) {
            if (error->kind != ERROR_INTERRUPTED || error->signal != SIGINT)
                return false;
            (void)loop_forgive(prompt->loop);
            error_free(error);
        }
        if (!type_line(prompt, &end, error))
            return false;
        if (end == EDITOR_LEFT && !prompt->earlier.count)
            return true;
        if (end != EDITOR_ENTERED)
            drop_line(prompt);
        else if (!take_line(prompt, error))
            return false;
    }
    return true;
}

static bool wants_colors(const struct prompt *prompt)
{
    const char *how = globals_of(prompt)->color, *type = getenv("TERM"), *none = getenv("NO_COLOR");

    if (how && strcmp(how, "auto") != 0)
        return strcmp(how, "always") == 0;
    return type && *type && strcmp(type, "dumb") != 0 && (!none || !*none);
}

bool prompt_run(struct runner *runner, FILE *screen, struct error *error)
{
    struct prompt prompt = {
        .runner = runner, .loop = context_loop(runner->context), .screen = screen};
    struct editor_options options = {
        .loop = prompt.loop, .screen = screen, .complete = on_complete, .data = &prompt};
    bool good = false;

    prompt.editor = editor_new(&options, error);
    if (prompt.editor) {
        context_speak_through(runner->context, on_lines, &prompt);
        prompt.colors = wants_colors(&prompt);
        history_load(&prompt.history);
        runner->own.history = &prompt.history.lines;
        for (size_t i = 0; i < prompt.history.lines.count; i++)
            editor_remember(prompt.editor, prompt.history.lines.item[i], HISTORY_MOST);
        good = run(&prompt, error);
    }
    show_told(&prompt);
    context_speak_through(runner->context, NULL, NULL);
    runner->own.history = NULL;
    editor_free(prompt.editor);
    if (session_of(&prompt))
        session_listen(session_of(&prompt), NULL, NULL);
    drop_line(&prompt);
    line_free(&prompt.completed);
    history_free(&prompt.history);
    vm_state_free(&prompt.state);
    text_free(&prompt.told);
    return good;
}
