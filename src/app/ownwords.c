/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/ownwords.h"

#include "app/help.h"
#include "base/number.h"
#include "cli/promptwords.h"

#include <string.h>

static const char own_help[] =
    "\nWords of the prompt:\n"
    "  exit [STATUS]       leave it\n"
    "  help [NAME]         this, or what a subcommand or a QMP command does\n"
    "  use [--qga] ADDRESS another VM\n"
    "  reconnect           the same VM again, after the connection was lost\n"
    "  history             the lines that were typed\n"
    "  COMMAND > FILE, COMMAND >> FILE, COMMAND | SHELL COMMAND\n";

static bool is_own(const char *word)
{
    return prompt_word_find(word);
}

bool own_words_know(const struct strings *words)
{
    return words->count && is_own(words->item[0]);
}

bool own_words_ask_qemu(const struct strings *words)
{
    return words->count == 2 && strcmp(words->item[0], "help") == 0 && words->item[1][0] != '-' &&
           !is_own(words->item[1]) && !command_find(words->item[1]);
}

static bool print(struct text *text, struct error *error)
{
    AUTO(output_free) struct output output = {.pending = *text};

    *text = TEXT_EMPTY;
    return output_flush(&output, error);
}

static bool run_exit(struct own_words *own, const struct strings *words, struct error *error)
{
    struct number number = {0};
    const char *problem = NULL;

    if (words->count > 1 && (!number_parse(words->item[1], &number, &problem) || number.negative ||
                                number.magnitude > 255))
        return error_set(
            error, ERROR_USAGE, "a status is a number from 0 to 255, not '%s'", words->item[1]);
    own->leaves = true;
    own->status_given = words->count > 1;
    own->status = (int)number.magnitude;
    return true;
}

static bool run_help(const struct strings *words, struct error *error)
{
    const struct command *command = NULL;
    AUTO_FREE char *usage = NULL;
    struct text text = TEXT_EMPTY;

    if (words->count > 1 && is_own(words->item[1])) {
        text_add_string(&text, own_help + 1);
        return print(&text, error);
    }
    if (words->count > 1) {
        command = command_find(words->item[1]);
        if (!command)
            return error_set(error, ERROR_USAGE, "there is no subcommand '%s'", words->item[1]);
    }
    usage = help_usage(command);
    text_add_string(&text, usage);
    if (!command)
        text_add_string(&text, own_help);
    return print(&text, error);
}

static bool run_use(struct own_words *own, const struct strings *words, struct error *error)
{
    bool agent = words->count == 3 && strcmp(words->item[1], "--qga") == 0;

    if (words->count != (agent ? 3U : 2U) || words->item[words->count - 1][0] == '-')
        return error_set(error, ERROR_USAGE, "expected: use [--qga] ADDRESS");
    return connection_use(own->connection, words->item[words->count - 1], agent, error);
}

static bool run_history(const struct own_words *own, struct error *error)
{
    struct text text = TEXT_EMPTY;

    for (size_t i = 0; own->history && i < own->history->count; i++) {
        text_add_shown(&text, own->history->item[i]);
        text_add_char(&text, '\n');
    }
    return print(&text, error);
}

static bool takes_at_most(const struct strings *words, size_t most, struct error *error)
{
    return words->count <= most + 1 ||
           error_set(error, ERROR_USAGE, "what is '%s'?", words->item[most + 1]);
}

bool own_words_run(struct own_words *own, const struct strings *words, struct error *error)
{
    const char *name = words->item[0];

    if (strcmp(name, "exit") == 0)
        return takes_at_most(words, 1, error) && run_exit(own, words, error);
    if (strcmp(name, "help") == 0)
        return takes_at_most(words, 1, error) && run_help(words, error);
    if (strcmp(name, "use") == 0)
        return run_use(own, words, error);
    if (strcmp(name, "reconnect") == 0)
        return takes_at_most(words, 0, error) && connection_renew(own->connection, error);
    return takes_at_most(words, 0, error) && run_history(own, error);
}
