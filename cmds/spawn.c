/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/repl.h"
#include "vm/launch.h"

struct spawn {
    struct strings lines;
    bool keep_going;
    bool leave;
    struct strings words;
};

/* What QEMU prints, while somebody types or not. */
static void on_line(void *data, const char *line)
{
    struct context *context = data;
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (context_globals(context)->json) {
        context_note(context, "%s", line);
        return;
    }
    text_add_shown(&text, line);
    text_add_char(&text, '\n');
    context_lines(context, text_string(&text));
}

/* Runs the lines, or the prompt, with the VM that has been started. */
static bool serve(struct context *context, const struct spawn *spawn, struct session *session,
    struct error *error)
{
    session_set_deadline(session, CLOCK_NEVER);
    return repl_run(context,
        &(struct repl_options){
            .keep_going = spawn->keep_going,
            .lines = spawn->lines.count ? &spawn->lines : NULL,
            .session = session,
        },
        error);
}

/* The VM ends whatever became of the lines; what they say goes before how it ended. */
static bool end(struct launch *launch, struct session *session, const struct spawn *spawn,
    bool served, struct error *error)
{
    AUTO_ERROR struct error why = {0};

    if (!spawn->leave && !launch_end(launch, session, &why) && served)
        error_move(error, &why);
    return served && !error->kind;
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct spawn *spawn = options;
    const struct launch_options launching = {.loop = context_loop(context),
        .words = &spawn->words,
        .leave = spawn->leave,
        .heard = on_line,
        .data = context};
    AUTO_LAUNCH struct launch *launch = NULL;
    struct session *session;
    bool served;

    if (context_is_shared(context))
        return error_set(error, ERROR_USAGE, "the prompt has a VM already: use it in a shell");
    if (context_globals(context)->sockets.count)
        return error_set(error, ERROR_USAGE, "-s %s: a VM is started here",
            context_globals(context)->sockets.item[0]);
    launch = launch_start(&launching, clock_after(context_limit(context)), error);
    if (!launch || !context_use(context, launch_address(launch), error))
        return false;
    session = context_session(context, error);
    if (!session)
        return false;
    context_note(context, "%s has the process %ld%s", spawn->words.item[0], launch_process(launch),
        spawn->leave ? ", and is left running" : "");
    served = serve(context, spawn, session, error);
    return end(launch, session, spawn, served, error);
}

static const struct option options[] = {
    OPTION_STRINGS(struct spawn, lines, "command", 'c', "LINE",
        "run LINE instead of the prompt; may be repeated", COMPLETES_LINE),
    OPTION_FLAG(struct spawn, keep_going, "keep-going", 0,
        "run the lines behind an error too; the status is that of the first one"),
    OPTION_FLAG(struct spawn, leave, "leave", 0, "leave the VM running at the end"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_LINE(struct spawn, words, "QEMU",
        "the program and its arguments, as they would stand on a line of the shell; its name "
        "begins "
        "them, so that -- is needed only where it looks like an option",
        COMPLETES_SHELL),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"spawn -c status -c 'query-pci' -- qemu-system-x86_64 -M q35 -display none",
        "look at a throw-away VM"},
    {"spawn -c 'check-device virtio-gpu-pci' -- qemu-system-x86_64 -M none -display none",
        "ask a QEMU what it can do"},
    {NULL, NULL},
};

QMPBOX_COMMAND(spawn) = {
    .name = "spawn",
    .group = "Session",
    .summary = "start a QEMU and have its monitor to ourselves, at the prompt",
    .description =
        "Starts the program with a monitor on a pair of sockets that nobody else can reach: "
        "-chardev and -mon are added behind its arguments (--chardev and --monitor for a "
        "qemu-storage-daemon). Then comes the prompt (see qmpbox-repl), or the lines of -c, or "
        "those of standard input where that is no terminal.\n\n"
        "The VM ends with the prompt: quit is sent, and when it has not ended after ten seconds it "
        "is told to by SIGTERM and then SIGKILL. It ends too when qmpbox is killed. With --leave "
        "it "
        "goes on, without that monitor: give it another one (-qmp) to reach it.\n\n"
        "It reads nothing from the terminal (-serial stdio gets an end of file), and Ctrl-C there "
        "is the prompt's. What it prints appears on stderr, above the line that is typed; once "
        "a VM is left nobody hears it any more.\n\n"
        "A program that ends before its monitor speaks, or that ends badly later, is status 7 with "
        "what it said; one that cannot be started is status 8. --timeout is for the start alone.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct spawn),
    .needs = (const char *const[]){"quit", NULL},
    .timeout = 30,
    .run = run,
};
