/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/follow.h"

struct events_options {
    struct strings words;
    struct strings until;
    uint64_t count;
    const char *run;
    const char *agent_ring;
};

static void give(void *data, const struct message *event)
{
    struct output *output = context_output(data);

    output_add_bytes(output, (struct slice){event->bytes, event->length}, view_event);
}

static bool flush(void *data, struct error *error)
{
    struct context *context = data;
    struct output *output = context_output(context);
    int64_t end = context_timeout(context) ? clock_after(context_timeout(context)) : CLOCK_NEVER;

    if (output_flush_until(output, end, error))
        return true;
    if (error->kind == ERROR_TIMEOUT) {
        text_clear(&output->pending);
        error_set(error, ERROR_TIMEOUT, "the reader of stdout does not take what comes");
    }
    return false;
}

static bool read_patterns(
    const struct events_options *events, struct follow_options *follow, struct error *error)
{
    for (size_t i = 0; i < events->until.count; i++)
        if (!patterns_add(&follow->until, events->until.item[i], error))
            return error_prefix(error, "--until");
    return patterns_add_words(&follow->patterns, &events->words, error);
}

static bool run_with(struct context *context, struct follow_options *follow, struct error *error)
{
    struct session *session = context_session(context, error);

    if (!session)
        return false;
    follow->end = context_timeout(context) ? session_deadline(session) : CLOCK_NEVER;
    output_watch(context_output(context), context_loop(context));
    return follow_events(session, follow, error);
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct events_options *events = target;
    struct follow_options follow = {
        .count = events->count,
        .agent_ring = events->agent_ring,
        .command = events->run,
        .give = give,
        .flush = flush,
        .data = context,
    };
    bool good = read_patterns(events, &follow, error) && run_with(context, &follow, error);

    patterns_free(&follow.patterns);
    patterns_free(&follow.until);
    return good;
}

static const struct option options[] = {
    OPTION_SIZE(struct events_options, count, "count", 'n', "N", "end after N events"),
    OPTION_STRINGS(struct events_options, until, "until", 0, "PATTERN",
        "end with the first event that matches, which is printed too; may be repeated",
        COMPLETES_PATTERN),
    OPTION_STRING(struct events_options, run, "run", 0, "CMD",
        "run CMD by /bin/sh for each event, one after the other", COMPLETES_SHELL),
    OPTION_STRING(struct events_options, agent_ring, "agent-ring", 0, "CHARDEV",
        "the ring buffer that the guest's agent writes STARTED and STOPPED into",
        COMPLETES_RINGBUF),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct events_options, words, "PATTERN",
        "NAME [KEY=VALUE]...: print only events that match one of these", COMPLETES_PATTERN),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp events", "all events, until Ctrl-C or until the VM shuts down"},
    {"-s /run/vm.qmp events 'BLOCK_JOB_*' DEVICE_DELETED device=d1",
        "those of block jobs, and the one of the device d1"},
    {"-s /run/vm.qmp events --until SHUTDOWN --json", "up to the end of the VM, as JSON"},
    {"-s /run/vm.qmp events STOP RESUME --run 'echo \"$QMPBOX_EVENT_SECONDS $QMPBOX_EVENT\" "
     ">>vm.log'",
        "a command for each event"},
    {NULL, NULL},
};

QMPBOX_COMMAND(events) = {
    .name = "events",
    .group = "Session",
    .summary = "print events as they come",
    .description =
        "Prints each event in one line as soon as it comes: its time in UTC, its name, and its "
        "data as KEY=VALUE with nested members by dots. With --json it is the event as it came, "
        "one a line.\n\n"
        "A pattern is the name of an event and conditions on its data. The name is a glob in which "
        "upper and lower case, '-' and '_' are alike. KEY is a member of the data (a.b is b in a, "
        "list.0 the first of a list), VALUE a glob for a string, number or boolean; one with "
        "blanks is put between quotes, within the word. 'NAME KEY=VALUE' may be one word or "
        "several. An event "
        "is printed when one of the patterns matches, or when none is given.\n\n"
        "It ends with --count, --until, --timeout or Ctrl-C, and when the VM shuts down. A "
        "connection that breaks without a SHUTDOWN gives a SHUTDOWN of its own with reason "
        "disconnect. The status then is 0 when that is what was waited for (a pattern names it, or "
        "--until or --count ends with it), and 5 otherwise. When the time is over it is 0, or 4 if "
        "--count or --until have not been there; 7 if the VM shut down before them.\n\n"
        "--run runs a command for each event that is printed, in their order, one at a time; "
        "events that come meanwhile are printed at once and wait for their turn. The command has "
        "the event as JSON on its standard input, and QMPBOX_EVENT (the name), QMPBOX_EVENT_DATA "
        "(JSON; empty when it is larger than 127 KiB), QMPBOX_EVENT_SECONDS (the time, with "
        "microseconds) and QMPBOX_SOCKET in its environment. It cannot use the same monitor, which "
        "takes one client. One that fails is noted and makes the status 7. In the end those that "
        "wait are still run, without a time-out; Ctrl-C ends the one that runs (TERM, and KILL "
        "after two seconds) and says how many were not run.\n\n"
        "With --agent-ring a ring buffer is read twice a second, which consumes it, for lines "
        "STARTED and STOPPED: each change gives an event AGENT-STARTED or AGENT-STOPPED.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct events_options),
    .follows = true,
    .shows_events = true,
    .run = run,
};
