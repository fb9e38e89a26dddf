/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/agent.h"
#include "qmp/arguments.h"
#include "vm/passing.h"
#include "vm/stream.h"

#include <string.h>
#include <unistd.h>

struct exec {
    const char *name;
    struct strings words;
    struct strings pass_fd;
    struct strings open;
    bool oob;
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

    if (exec->words.count || exec->oob || exec->pass_fd.count || exec->open.count)
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

/* The arguments: one whole object as JSON, '-' for one on standard input, or words. */
static json *read_arguments(const struct exec *exec, struct passing *passing, struct error *error)
{
    struct argument_source source = {.descriptor = passing_refer, .data = passing};
    const char *only = exec->words.count == 1 ? exec->words.item[0] : "";
    AUTO_FREE char *read = NULL;
    AUTO_JSON json *object = NULL;

    if (strcmp(only, "-") == 0) {
        read = arguments_read_file("-", error);
        if (!read)
            return NULL;
        only = read;
    } else if (only[0] != '{') {
        return arguments_from_words(&exec->words, &source, error);
    }
    object = json_parse(only, strlen(only), error);
    if (object && !json_is_object(object))
        error_set(error, ERROR_USAGE, "the arguments are no JSON object");
    if (error->kind) {
        error->kind = ERROR_USAGE;
        return NULL;
    }
    return steal_pointer(&object);
}

static bool run_oob(
    struct context *context, const struct exec *exec, const json *arguments, struct error *error)
{
    struct session *session;
    struct message *reply;
    uint64_t ticket;

    if (exec->pass_fd.count || exec->open.count)
        return error_set(error, ERROR_USAGE,
            "--oob passes no descriptors: QEMU mixes them up when it executes out of band");
    if (context_dry_run(context))
        return error_set(error, ERROR_USAGE, "--dry-run does not go with --oob");
    session = context_session_oob(context, error);
    return session && session_send_oob(session, exec->name, arguments, &ticket, error) &&
           session_result(session, ticket, &reply, error) && context_reply(context, reply, NULL);
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct exec *exec = options;
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_PASSING struct passing *passing = NULL;
    AUTO_JSON json *arguments = NULL;
    struct session *session;
    struct step *command;

    if (exec->name[0] == '{')
        return error_set(error, ERROR_USAGE,
            "expected the name of a command; whole commands as JSON are read by exec -");
    if (strcmp(exec->name, "-") == 0)
        return run_stream(context, exec, error);
    if (exec->stop_on_error)
        return error_set(error, ERROR_USAGE, "--stop-on-error goes with exec -");
    passing = passing_new(&exec->pass_fd, &exec->open, error);
    if (!passing)
        return false;
    arguments = read_arguments(exec, passing, error);
    if (!arguments)
        return error_prefix(error, "%s", exec->name);
    if (exec->oob)
        return run_oob(context, exec, arguments, error);
    session = context_session(context, error);
    if (!session || !agent_check(session, exec->name, error) ||
        !passing_add_steps(
            passing, &steps, session, exec->name, steal_pointer(&arguments), &command, error))
        return false;
    if (!steps_run(&steps, session, context_dry_run(context), error)) {
        if (error->desc && strstr(error->desc, "nvalid parameter type"))
            error_append(error, "; KEY=VALUE gives strings, KEY:=JSON everything else");
        return false;
    }
    return context_dry_run(context) || context_reply(context, steal_pointer(&command->reply), NULL);
}

static const struct option options[] = {
    OPTION_STRINGS(struct exec, pass_fd, "pass-fd", 0, "NAME=N", "pass the inherited descriptor N"),
    OPTION_STRINGS(struct exec, open, "open", 0, "NAME[:ro|:rw|:wo][:direct]=PATH",
        "open PATH here and pass it (read-write unless said; wo makes it when it is missing)"),
    OPTION_FLAG(struct exec, oob, "oob", 0, "execute out of band, before what is queued"),
    OPTION_FLAG(struct exec, stop_on_error, "stop-on-error", 0,
        "with exec -: one at a time, and none after the first error"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_ONE(struct exec, name, "NAME",
        "the QMP command; or - to read commands as JSON from standard input, one a line"),
    ARGUMENT_REST(struct exec, words, "KEY=VALUE",
        "its arguments; or one JSON object; or - to read that from standard input"),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp exec query-named-block-nodes flat:=true", "a member that is no string"},
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
        "Executes a QMP command as it is, nothing added, and prints its return. The values of "
        "KEY=VALUE are strings; everything else is given as JSON with KEY:=JSON.\n\n"
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
