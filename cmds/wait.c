/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/views.h"
#include "vm/condition.h"

#include <string.h>

struct wait_options {
    const char *status;
    struct strings events;
    bool disconnect;
    const char *job;
    const char *device;
    const char *agent_ring;
};

/* "status: running", "job j1: concluded", "device d1: gone", "disconnected: guest-shutdown" */
static void view_condition(const json *value, const struct output *output, struct text *text)
{
    const char *condition = json_get_string(value, "condition");
    const char *reason = json_get_string(value, "reason");

    if (strcmp(condition, "event") == 0) {
        view_event(json_get(value, "event"), output, text);
        return;
    }
    if (strcmp(condition, "disconnect") == 0) {
        text_add_string(text, "disconnected: ");
        text_add_shown(text, reason ? reason : "the VM shut down");
    } else if (strcmp(condition, "device-gone") == 0) {
        text_add_string(text, "device ");
        text_add_shown(text, json_get_string(value, "device"));
        text_add_string(text, ": gone");
    } else {
        const char *job = json_get_string(value, "job");

        text_add_string(text, job ? "job " : "status");
        text_add_shown(text, job ? job : "");
        text_add_string(text, ": ");
        text_add_shown(text, json_get_string(value, "status"));
    }
    text_add_char(text, '\n');
}

static bool read_options(
    const struct wait_options *wait, struct condition_options *condition, struct error *error)
{
    if (!wait->status && !wait->job && !wait->device && !wait->events.count && !wait->disconnect)
        return error_set(error, ERROR_USAGE,
            "for what? Give --status, --event, --job, --device-gone or --disconnect");
    if (wait->agent_ring && !wait->events.count)
        return error_set(error, ERROR_USAGE,
            "--agent-ring is for --event: it gives AGENT-STARTED and AGENT-STOPPED");
    for (size_t i = 0; i < wait->events.count; i++)
        if (!patterns_add(&condition->events, wait->events.item[i], error))
            return error_prefix(error, "--event");
    return true;
}

static bool run_with(
    struct context *context, const struct condition_options *condition, struct error *error)
{
    struct session *session = context_session(context, error);
    json *result = NULL;

    if (session && session_is_agent(session) &&
        (condition->status || condition->job || condition->device || condition->events.count))
        return error_set(error, ERROR_USAGE,
            "a guest agent sends no events and has no such states: with --qga there is only "
            "--disconnect");
    return session && condition_wait(session, condition, &result, error) &&
           context_result(context, result, view_condition);
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct wait_options *wait = target;
    struct condition_options condition = {
        .status = wait->status,
        .job = wait->job,
        .device = wait->device,
        .disconnect = wait->disconnect,
        .agent_ring = wait->agent_ring,
    };
    bool good = read_options(wait, &condition, error) && run_with(context, &condition, error);

    patterns_free(&condition.events);
    return good;
}

static const struct option options[] = {
    OPTION_STRING(struct wait_options, status, "status", 0, "S",
        "until the run state is S, such as running or paused", COMPLETES_STATUS),
    OPTION_STRINGS(struct wait_options, events, "event", 0, "PATTERN",
        "until an event matches: NAME [KEY=VALUE]... in one word; may be repeated",
        COMPLETES_PATTERN),
    OPTION_FLAG(struct wait_options, disconnect, "disconnect", 0, "until the connection ends"),
    OPTION_STRING(
        struct wait_options, job, "job", 0, "ID", "until the job has concluded", COMPLETES_JOB),
    OPTION_STRING(struct wait_options, device, "device-gone", 0, "ID",
        "until there is no device with this id", COMPLETES_DEVICE),
    OPTION_STRING(struct wait_options, agent_ring, "agent-ring", 0, "CHARDEV",
        "with --event: the ring buffer that gives AGENT-STARTED and AGENT-STOPPED",
        COMPLETES_RINGBUF),
    OPTION_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp wait --status running", "until the virtual CPUs run"},
    {"-s /run/vm.qmp wait --event 'DEVICE_DELETED device=d1' -t 60",
        "until an event has come, at most a minute"},
    {"-s /run/vm.qmp wait --job j1 && echo done", "until a job has concluded, and well"},
    {"-s /run/vm.qmp wait --disconnect", "until QEMU has ended"},
    {NULL, NULL},
};

QMPBOX_COMMAND(wait) = {
    .name = "wait",
    .group = "Session",
    .summary = "wait until something holds",
    .description =
        "Waits until one of the conditions holds, the first of them if there are several, and says "
        "which. It causes nothing: it waits for what others do. A condition that holds already "
        "ends it at once, but for an event, which must still come.\n\n"
        "A pattern is the one of qmpbox events. A connection that breaks counts as an event "
        "SHUTDOWN with reason disconnect.\n\n"
        "A job is judged by how it concluded: status 7, with the reason, when it failed or was "
        "cancelled. It is not dismissed. One that is ready or pending waits for job-complete or "
        "job-finalize, which a note says. A job that is not there is status 1, a device that is "
        "not there is gone, which a note says too; a guest that refuses to let the device go is "
        "status 7.\n\n"
        "When the connection ends before (and --disconnect is not among the conditions), the "
        "status is 7 if the VM shut down and 5 if it did not say so. --status shutdown holds when "
        "the VM has shut down. When --timeout is over the status is 4 and the error says what is "
        "known.\n\n"
        "With --json the result is {\"condition\":...}: status with status; job with job and "
        "status (concluded, or null when it has been dismissed); device-gone with device and "
        "was-there; event with event; disconnect with shutdown, reason and guest.",
    .examples = examples,
    .options = options,
    .options_size = sizeof(struct wait_options),
    .agent = true,
    .run = run,
};
