/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complete: what the shells' completion asks. */
#include "app/complete.h"

#include "cli/context.h"

struct complete_options {
    struct strings line;
};

/* One line each: "w" for a whole word or "p" for a part, the word, and what it means. */
static void print_candidates(const struct candidates *candidates, struct text *text)
{
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->item[i];

        text_printf(text, "%c\t%s", candidate->part ? 'p' : 'w', candidate->word);
        if (candidate->meaning) {
            text_add_char(text, '\t');
            text_add_shown(text, candidate->meaning);
        }
        text_add_char(text, '\n');
    }
}

static json *make_document(const struct candidates *candidates)
{
    json *list = json_new_array();

    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->item[i];
        json *entry = json_new_object();

        json_add_string(entry, "word", candidate->word);
        json_add_bool(entry, "part", candidate->part);
        if (candidate->meaning)
            json_add_string(entry, "meaning", candidate->meaning);
        json_append(list, entry);
    }
    return list;
}

static bool run(struct context *context, void *options, struct error *error)
{
    struct complete_options *given = options;
    AUTO_CANDIDATES struct candidates candidates = {0};
    AUTO_STRINGS struct strings words = {0};
    struct complete_request request = {.words = &words, .loop = context_loop(context)};

    (void)error;
    request.word = given->line.item[given->line.count - 1];
    for (size_t i = 0; i + 1 < given->line.count; i++)
        strings_add(&words, given->line.item[i]);
    complete(&request, &candidates);
    if (context_output(context)->json)
        return context_result(context, make_document(&candidates), NULL);
    print_candidates(&candidates, &context_output(context)->pending);
    return true;
}

static const struct argument arguments[] = {
    ARGUMENT_LINE(struct complete_options, line, "WORD",
        "the words behind qmpbox up to the cursor; the last is the one to complete, which may be "
        "empty",
        COMPLETES_LINE),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"complete -- hotplug-", "the subcommands that begin so"},
    {NULL, NULL},
};

QMPBOX_COMMAND(complete) = {
    .name = "complete",
    .group = "Session",
    .summary = "what may stand at the cursor, for the completion of the shells",
    .description =
        "Prints what the last WORD may become, one candidate a line: w for a whole word or p for a "
        "part that something follows directly, the word, and where there is one a meaning, with "
        "tabs between. The completions of bash, zsh and fish and the prompt show what is said "
        "here.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct complete_options),
    .run = run,
};
