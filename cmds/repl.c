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
    {"-s /run/vm.qmp repl", "the prompt; qmpbox -s /run/vm.qmp alone is the same on a terminal"},
    {"-s /run/vm.qmp repl < lines", "a script on one connection, up to the first error"},
    {"-s /run/vm.qmp repl --keep-going --json < lines", "all of its lines, with results as JSON"},
    {"-s /run/vm.qmp repl -c pause -c 'query-block | tee blocks' -c resume", "lines as words"},
    {NULL, NULL},
};

QMPBOX_COMMAND(repl) = {
    .name = "repl",
    .group = "Session",
    .summary = "the prompt: one line after the other on one connection, or a script",
    .description =
        "Runs lines, each as if its words stood behind qmpbox, on one connection. On a terminal it "
        "is a prompt; otherwise the lines of standard input are a script. What is given to repl "
        "(--json, -q, --timeout...) holds for every line that does not say another itself. -s "
        "ADDRESS in a line is for that line alone: another VM, or, if it is the same address, the "
        "open connection.\n\n"
        "Words are divided by blanks. '...' takes everything as it is, \"...\" knows \\\" and "
        "\\\\, a "
        "backslash elsewhere takes the next character as it is and at the end of a line joins the "
        "next one. A value that begins with { or [ (at the start of a word, or behind its first "
        "=) is read as JSON until it is balanced, over lines if need be, its quotes kept. # as the "
        "first character of a line is a comment; elsewhere it is a character. A line has at most 1 "
        "MiB.\n\n"
        "A standalone, unquoted > FILE or >> FILE sends the result to a file, and | COMMAND to a "
        "command of the shell's, which is all that follows; notes, progress and errors still go to "
        "stderr. The command may use the terminal (| less). One that leaves early is no error. In "
        "a "
        "script, one that fails is (status 7).\n\n"
        "Words of its own: exit [STATUS]; help [NAME], of a subcommand or a QMP command; use "
        "[--qga] ADDRESS, which leaves the "
        "VM for another once that is connected; reconnect, the same VM again; history, the lines "
        "that were typed. exec --oob connects anew for its own run, since a connection that "
        "executes out of band passes no descriptors; an inherited connection cannot do that.\n\n"
        "In a script nothing is printed but what the lines print, and no events. It ends at the "
        "first error, with its status, and the message names the line; with --keep-going it runs "
        "on, "
        "and ends with the status of the first error. A quote must be closed on its line there. "
        "Standard input holds the lines, so that a line cannot read it (exec -, KEY=@-): that "
        "fails, "
        "status 8; with -c it can. quit ends the VM unasked.\n\n"
        "At the prompt, the name and run state of the VM (or its address) stand before the line, "
        "and are kept true by its events. Each event appears at once above the line that is being "
        "typed, or above the progress of the one that runs; -q shows none, and the subcommand "
        "events "
        "shows them itself. quit, which ends the VM, asks first: only yes (or quit again) does it. "
        "When the connection is lost that is said at once, and the prompt stays. exit and Ctrl-D "
        "leave with the status of the newest line.\n\n"
        "Keys are those of GNU readline, which is loaded when the prompt starts, and its inputrc: "
        "$if Qmpbox is for this program. TAB completes by the VM that is connected, and shows what "
        "the words mean. Ctrl-C drops the line that is typed; while a line runs it interrupts it "
        "as "
        "outside, and the prompt stays. Ctrl-D on an empty line leaves, Ctrl-Z stops.\n\n"
        "Lines that were typed are kept in $XDG_STATE_HOME/qmpbox/history (default "
        "~/.local/state/qmpbox/history, mode 0600), the newest 2000, shared by prompts that run at "
        "the same time. A line that begins with a blank is not kept, nor is one that may hold a "
        "secret: by the members that --log leaves out, or by a word with passw, passphr, secret or "
        "cookie in it, or an address with a password. A file or folder that another user owns or "
        "can "
        "write is not used.",
    .examples = examples,
    .options = options,
    .options_size = sizeof(struct prompt),
    .dry_run = true,
    .agent = true,
    .run = run,
};
