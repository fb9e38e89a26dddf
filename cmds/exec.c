/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/raw.h"
#include "vm/stream.h"

#include <string.h>
#include <unistd.h>

struct exec {
    struct raw raw;
    bool stop_on_error;
};

static bool print_answer(void *data, const char *line, size_t length, struct error *error)
{
    struct output *output = data;

    text_add(&output->pending, line, length);
    text_add_char(&output->pending, '\n');
    return output_flush(output, error);
}

static bool run_stream(struct context *context, const struct exec *exec, struct error *error)
{
    struct session *session;
    struct stream_options options = {
        .input = STDIN_FILENO,
        .stop_on_error = exec->stop_on_error,
        .reply_timeout = context_reply_timeout(context),
        .answer = print_answer,
        .data = context_output(context),
    };

    if (exec->raw.words.count || exec->raw.oob || exec->raw.pass_fd.count || exec->raw.open.count)
        return error_set(error, ERROR_USAGE,
            "exec - reads its commands from standard input: only --stop-on-error goes with it");
    if (context_dry_run(context))
        return error_set(error, ERROR_USAGE, "--dry-run: exec - sends what it reads");
    session = context_session(context, error);
    if (!session)
        return false;
    if (!context_timeout(context))
        session_set_deadline(session, CLOCK_NEVER);
    return stream_run(session, &options, error);
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct exec *exec = options;

    if (exec->raw.name[0] == '{')
        return error_set(error, ERROR_USAGE,
            "expected the name of a command; whole commands as JSON are read by exec -");
    if (strcmp(exec->raw.name, "-") == 0)
        return run_stream(context, exec, error);
    if (exec->stop_on_error)
        return error_set(error, ERROR_USAGE, "--stop-on-error goes with exec -");
    return raw_run(context, &exec->raw, error);
}

static const struct option options[] = {
    RAW_OPTIONS(struct exec, raw),
    OPTION_FLAG(struct exec, stop_on_error, "stop-on-error", 0,
        "with exec -: one at a time, and none after the first error"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct exec, raw.name, "NAME",
        "the QMP command; or - to read commands as JSON from standard input, one a line",
        COMPLETES_COMMAND),
    ARGUMENT_REST(struct exec, raw.words, "KEY=VALUE",
        "its arguments; or one JSON object; or - to read that from standard input",
        COMPLETES_WORDS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp exec query-named-block-nodes flat=on", "typed by the QEMU that is asked"},
    {"-s /run/vm.qmp exec blockdev-add '{\"driver\":\"null-co\",\"node-name\":\"n0\"}'",
        "the arguments as one JSON object"},
    {"-s /run/vm.qmp exec screendump filename=@fdset:f --open f:wo=shot.ppm",
        "QEMU writes to a file that is opened here"},
    {"-s /run/vm.qmp exec - < commands", "many commands, answered in their order"},
    {"-s /run/vm.qga --qga exec guest-exec path=/bin/true arg:='[\"-v\"]'",
        "a command of a guest agent"},
    {NULL, NULL},
};

QMPBOX_COMMAND(exec) = {
    .name = "exec",
    .group = "Session",
    .summary = "execute one raw QMP command, or many from standard input",
    .description =
        "Executes a QMP command as it is, nothing added, and prints its return. The QEMU at the "
        "other end says what each KEY=VALUE is (qmpbox schema NAME shows it): a wrong name, type "
        "or "
        "value and a missing member are refused before anything is sent. KEY:=JSON gives JSON.\n\n"
        "Descriptors: a value @fd:NAME stands for the name that a passed descriptor has on the "
        "monitor (getfd), @fdset:NAME for its /dev/fdset/N (add-fd). One descriptor that no value "
        "names rides on the command itself, as getfd and add-fd want it. What the command has not "
        "taken is taken back behind it.\n\n"
        "exec - reads commands as JSON objects with execute, and arguments and id if wanted, at "
        "most 64 of them under way at once, and prints one answer a line, in order, with the id "
        "that was given. Its exit status is that of the first error. It has no time-out besides "
        "--reply-timeout unless --timeout gives one.\n\n"
        "Some requests that are known to abort a QEMU of the connected version are refused, status "
        "2.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct exec),
    .timeout = 30,
    .dry_run = true,
    .agent = true,
    .run = run,
};
