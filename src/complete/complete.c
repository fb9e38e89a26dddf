/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/complete.h"

#include "cli/line.h"
#include "cli/promptwords.h"
#include "complete/qemuwords.h"

#include <stdlib.h>
#include <string.h>

enum { LINES = 8 }; /* lines of ours within lines of ours */

static void add_candidate(const struct cursor *cursor, const char *word, const char *meaning)
{
    AUTO_FREE char *whole = xasprintf("%s%s", cursor->before, word);

    candidates_add(cursor->candidates, whole, meaning);
}

/* Subcommands. */

/* Those that work with what is at the other end. */
static bool is_offered(const struct cursor *cursor, const struct command *command)
{
    return command->agent || !source_is_agent(cursor->source);
}

/* Ours; the QMP names that they stand for too, once something is typed. */
static void add_subcommands(const struct cursor *cursor, bool prompt)
{
    for (const struct prompt_word *own = prompt_words; prompt && own->name; own++)
        add_candidate(cursor, own->name, own->summary);
    for (size_t i = 0; i < command_count(); i++)
        if (is_offered(cursor, command_at(i)))
            add_candidate(cursor, command_at(i)->name, command_at(i)->summary);
    for (size_t i = 0; *cursor->typed && i < command_count(); i++) {
        const struct command *command = command_at(i);
        AUTO_FREE char *meaning = xasprintf("%s: %s", command->name, command->summary);

        if (command->qmp_name && is_offered(cursor, command))
            add_candidate(cursor, command->qmp_name, meaning);
    }
}

/* Options. */

static bool is_for(const struct command *command, const struct option *option)
{
    static const char *const before[] = {"help", "version", "list", "install-links", "man"};

    if (strcmp(option->name, "dry-run") == 0)
        return !command || command->dry_run;
    if (strcmp(option->name, "qga") == 0)
        return !command || command->agent;
    for (size_t i = 1; command && i < sizeof(before) / sizeof(before[0]); i++)
        if (strcmp(option->name, before[i]) == 0)
            return false;
    return true;
}

static void add_options(const struct cursor *cursor, const struct option *options, const char *word)
{
    for (const struct option *option = options; option && option->name; option++) {
        AUTO_FREE char *name = xasprintf("--%s", option->name);
        char letter[] = {'-', option->letter, '\0'};

        if (position_has(cursor->position, option) || !is_for(cursor->position->command, option))
            continue;
        candidates_add(cursor->candidates, name, option->help);
        if (option->letter && strcmp(word, letter) == 0)
            candidates_add(cursor->candidates, letter, option->help);
    }
}

/* Words. */

static void complete_line(
    const struct complete_request *request, struct candidates *candidates, int depth);

static void add_line(const struct cursor *cursor, const struct complete_request *request,
    const struct strings *words, int depth)
{
    struct complete_request line = *request;

    line.words = words;
    line.word = cursor->typed;
    line.prompt = false;
    if (depth < LINES)
        complete_line(&line, cursor->candidates, depth + 1);
}

/* A line of the prompt in one word, for the VM of the line around it. */
static void add_quoted_line(
    const struct cursor *cursor, const struct complete_request *request, int depth)
{
    const struct globals *globals = &cursor->position->globals;
    AUTO_LINE struct line line = {0};
    AUTO_STRINGS struct strings words = {0};
    AUTO_CANDIDATES struct candidates candidates = {0};
    struct complete_request inner = *request;
    size_t at = line_until(&line, cursor->typed, strlen(cursor->typed));

    if (at == SIZE_MAX || line.redirect || depth >= LINES)
        return;
    if (globals->sockets.count)
        strings_printf(&words, "--socket=%s", globals->sockets.item[0]);
    if (globals->qga)
        strings_add(&words, "--qga");
    for (size_t i = 0; i < line.words.count; i++)
        strings_add(&words, line.words.item[i]);
    inner.words = &words;
    inner.word = candidates.word = text_string(&line.word);
    inner.prompt = true;
    complete_line(&inner, &candidates, depth + 1);
    for (size_t i = 0; i < candidates.count; i++) {
        const struct candidate *found = &candidates.item[i];
        AUTO_FREE char *quoted = line_quote(found->word);
        AUTO_FREE char *whole =
            xasprintf("%s%.*s%s", cursor->before, (int)at, cursor->typed, quoted);

        (found->part ? candidates_add_part : candidates_add)(
            cursor->candidates, whole, found->meaning);
    }
}

static void add_kind(const struct cursor *cursor, const struct complete_request *request,
    enum completes kind, const struct strings *words, int depth)
{
    if (kind == COMPLETES_LINE && cursor->position->option)
        add_quoted_line(cursor, request, depth);
    else if (kind == COMPLETES_LINE)
        add_line(cursor, request, words, depth);
    else if (kind == COMPLETES_SUBCOMMAND)
        add_subcommands(cursor, false);
    else if (!qemuwords_add(cursor, kind, words))
        kinds_add(cursor, kind, words);
}

static void add_value(
    const struct cursor *cursor, const struct complete_request *request, int depth)
{
    const struct option *option = cursor->position->option;

    for (const char *const *choice = option->choices; choice && *choice; choice++)
        add_candidate(cursor, *choice, NULL);
    add_kind(cursor, request, option->completes, position_values(cursor->position), depth);
}

/* Is it a word of the prompt's? Then what follows it. */
static bool add_prompt_word(
    const struct cursor *cursor, const struct complete_request *request, int depth)
{
    const struct strings *words = position_words(cursor->position);
    const struct prompt_word *own =
        request->prompt ? prompt_word_find(cursor->position->name) : NULL;

    if (!own)
        return false;
    if (cursor->position->dashes && own->completes == COMPLETES_ADDRESS)
        candidates_add(cursor->candidates, "--qga", "its address is that of a guest agent");
    else if (!cursor->position->dashes && !(words && words->count))
        add_kind(cursor, request, own->completes, NULL, depth);
    return true;
}

/* The name of a subcommand or of a QMP command. */
static void add_names(const struct cursor *cursor, const struct complete_request *request)
{
    add_subcommands(cursor, request->prompt);
    kinds_add_commands(cursor);
}

static void add_argument(
    const struct cursor *cursor, const struct complete_request *request, int depth)
{
    const struct argument *argument = cursor->position->argument;
    const struct strings *words = position_words(cursor->position);
    struct candidates *candidates = cursor->candidates;

    /* Ids and names are given once each; words with a key have rules of their own. */
    if (argument->kind == ARGUMENT_KIND_REST)
        candidates->except = words;
    add_kind(cursor, request, argument->completes, words, depth);
    candidates->except = NULL;
}

static void add_all(const struct cursor *cursor, const struct complete_request *request, int depth)
{
    const struct position *position = cursor->position;
    const struct command *command = position->command;

    if (command && add_prompt_word(cursor, request, depth))
        return;
    if (position->option) {
        add_value(cursor, request, depth);
    } else if (position->dashes) {
        add_options(cursor, command ? command->options : NULL, request->word);
        add_options(cursor, global_options, request->word);
    } else if (!command) {
        add_names(cursor, request);
    } else if (position->argument) {
        add_argument(cursor, request, depth);
    } else if (!*request->word) {
        add_options(cursor, command->options, request->word);
    }
}

/* The VM that the words name, else the prompt's. */
static struct source *make_source(
    const struct complete_request *request, const struct globals *globals)
{
    bool other = globals->sockets.count || !request->session;
    const struct live_options options = {
        .loop = request->loop,
        .session = other ? NULL : request->session,
        .address = other ? globals_address(globals) : NULL,
        .guest_agent = other ? globals->qga : session_is_agent(request->session),
        .deadline = clock_after(LIVE_MILLISECONDS * CLOCK_SECOND / 1000),
    };

    return source_new(&options);
}

static void complete_line(
    const struct complete_request *request, struct candidates *candidates, int depth)
{
    AUTO_POSITION struct position position = {0};
    AUTO_SOURCE struct source *source = NULL;
    AUTO_FREE char *before = NULL;
    struct cursor cursor = {.position = &position, .candidates = candidates};

    position_find(&position, request->words, request->word);
    source = make_source(request, &position.globals);
    before = xstrndup(request->word, position.before);
    cursor.source = source;
    cursor.before = before;
    cursor.typed = request->word + position.before;
    add_all(&cursor, request, depth);
}

void complete(const struct complete_request *request, struct candidates *candidates)
{
    candidates->word = request->word;
    complete_line(request, candidates, 0);
}
