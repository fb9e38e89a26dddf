/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/repl.h"

struct prompt {
    bool keep_going;
    struct strings lines;
};

static bool run(struct context *context, void *options, struct error *error)
{
    const struct prompt *prompt = options;

    if (context_is_shared(context))
        return error_set(error, ERROR_USAGE, "this is the prompt already");
    return repl_run(context,
        &(struct repl_options){
            .keep_going = prompt->keep_going,
            .lines = prompt->lines.count ? &prompt->lines : NULL,
        },
        error);
}

static const struct option options[] = {
    OPTION_STRINGS(struct prompt, lines, "command", 'c', "LINE",
        "run LINE instead of those of standard input; may be repeated", COMPLETES_LINE),
    OPTION_FLAG(struct prompt, keep_going, "keep-going", 0,
        "in a script: run the lines behind an error too; the status is that of the first one"),
    OPTION_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp repl", "the prompt"},
    {"-s /run/vm.qmp repl < lines", "many lines on one connection, up to the first error"},
    {NULL, NULL},
};

QMPBOX_COMMAND(repl) = {
    .name = "repl",
    .group = "Session",
    .summary = "the prompt: one line after the other on one connection",
    .description = "Runs lines, each as if it stood behind qmpbox, on one connection.",
    .examples = examples,
    .options = options,
    .options_size = sizeof(struct prompt),
    .dry_run = true,
    .agent = true,
    .run = run,
};
