/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/condition.h"

#include "qmp/ask.h"
#include "vm/device.h"
#include "vm/runstate.h"
#include "vm/watch.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATUS_PAUSE = 1000 * 1000, /* microseconds between two questions: an event can be missing */
    JOB_PAUSE = 2 * 1000 * 1000,
    DEVICE_PAUSE = 2 * 1000 * 1000,
};

struct job {
    char *status;  /* the last that was heard of, or NULL */
    char *noted;   /* the one that a note has been given about */
    char *problem; /* what an event said about its failing */
    char *progress;
    bool aborting;
    bool ended; /* concluded or dismissed, an event said */
};

struct wait {
    struct session *session;
    const struct condition_options *options;
    struct watch *watch;
    int64_t status_due, job_due, device_due;
    char *status;
    struct job job;
    bool device_seen;
    json *shutdown; /* the data of the last SHUTDOWN */
    json *result;
};

static void wait_free(struct wait *wait)
{
    free(wait->status);
    free(wait->job.status);
    free(wait->job.noted);
    free(wait->job.problem);
    free(wait->job.progress);
    json_free(wait->shutdown);
    json_free(wait->result);
    watch_free(wait->watch);
}

static json *begin_result(struct wait *wait, const char *condition)
{
    json_free(wait->result);
    wait->result = json_new_object();
    json_add_string(wait->result, "condition", condition);
    return wait->result;
}

static void remember(char **where, const char *what)
{
    char *copy = what ? xstrdup(what) : NULL;

    free(*where);
    *where = copy;
}

/* Jobs. */

static bool end_job(struct wait *wait, const char *status, const char *problem, struct error *error)
{
    const char *id = wait->options->job;

    if (problem)
        return error_set(error, ERROR_FAILED, "the job %s failed: %s", id, problem);
    json_add_string(begin_result(wait, "job"), "job", id);
    json_add_string(wait->result, "status", status);
    return true;
}

static const char *job_problem(const struct job *job)
{
    if (job->problem)
        return job->problem;
    return job->aborting ? "it was aborted, and nobody said why" : NULL;
}

static bool is_string(const json *object, const char *key, const char *value)
{
    const char *its = json_get_string(object, key);

    return its && strcmp(its, value) == 0;
}

static void judge_job_status(struct wait *wait, const char *status)
{
    struct job *job = &wait->job;

    if (!status)
        return;
    remember(&job->status, status);
    wait->job_due = 0;
    if (strcmp(status, "aborting") == 0)
        job->aborting = true;
    else if (strcmp(status, "concluded") == 0 || strcmp(status, "null") == 0)
        job->ended = true;
}

static bool judge_job_event(
    struct wait *wait, const char *name, const json *data, struct error *error)
{
    struct job *job = &wait->job;
    bool cancelled = strcmp(name, "BLOCK_JOB_CANCELLED") == 0;

    if (strcmp(name, "JOB_STATUS_CHANGE") == 0 && is_string(data, "id", wait->options->job)) {
        judge_job_status(wait, json_get_string(data, "status"));
        /* Dismissed: nothing more can be asked about it. */
        if (is_string(data, "status", "null"))
            return end_job(wait, "null", job_problem(job), error);
    } else if ((cancelled || strcmp(name, "BLOCK_JOB_COMPLETED") == 0) &&
               is_string(data, "device", wait->options->job)) {
        const char *said = json_get_string(data, "error");

        if (said || (cancelled && !job->problem))
            remember(&job->problem, said ? said : "it was cancelled");
    }
    return true;
}

static bool unknown_job(const json *jobs, const char *id, struct error *error)
{
    AUTO_STRINGS struct strings ids = {0};

    json_gather(&ids, jobs, "id");
    error_set(error, ERROR_REFUSED, "there is no job '%s'", id);
    return error_suggest(error, id, &ids);
}

/* A job that goes on only when it is told to: said once. */
static void note_job(struct wait *wait, const char *status)
{
    const char *command = strcmp(status, "ready") == 0     ? "job-complete"
                          : strcmp(status, "pending") == 0 ? "job-finalize"
                                                           : NULL;

    if (!command || (wait->job.noted && strcmp(wait->job.noted, status) == 0))
        return;
    remember(&wait->job.noted, status);
    report_note(session_report(wait->session), "the job %s is %s: it waits for %s",
        wait->options->job, status, command);
}

static void add_progress(struct wait *wait, const json *job)
{
    const char *current = json_digits(json_get(job, "current-progress")),
               *total = json_digits(json_get(job, "total-progress"));

    free(wait->job.progress);
    wait->job.progress = current && total ? xasprintf("%s of %s", current, total) : NULL;
}

/* What query-jobs says, once the events that came before have been judged. */
static bool judge_jobs(struct wait *wait, const json *jobs, struct error *error)
{
    struct job *known = &wait->job;
    const json *job = json_find(jobs, "id", wait->options->job);
    const char *status = json_get_string(job, "status"), *said = json_get_string(job, "error");

    if (!job && !known->status)
        return unknown_job(jobs, wait->options->job, error);
    if (!job && known->ended)
        return end_job(wait, "null", job_problem(known), error);
    if (!job)
        return error_set(error, ERROR_FAILED, "the job %s is gone, and no event said how it ended",
            wait->options->job);
    add_progress(wait, job);
    if (!status)
        return true;
    if (strcmp(status, "concluded") == 0)
        return end_job(wait, status, said ? said : job_problem(known), error);
    if (strcmp(status, "aborting") == 0)
        known->aborting = true;
    remember(&known->status, status);
    note_job(wait, status);
    return true;
}

/* Devices, and the rest. */

static bool end_device(struct wait *wait)
{
    json_add_string(begin_result(wait, "device-gone"), "device", wait->options->device);
    if (!wait->device_seen)
        report_note(session_report(wait->session), "there was no device %s from the start on",
            wait->options->device);
    json_add_bool(wait->result, "was-there", wait->device_seen);
    return true;
}

static bool judge_device_event(struct wait *wait, const struct message *event, struct error *error)
{
    enum device_verdict verdict = device_judge(event, wait->options->device);

    if (verdict == DEVICE_REFUSED)
        return error_set(
            error, ERROR_FAILED, "the guest refused to let go of %s", wait->options->device);
    if (verdict == DEVICE_NOTHING)
        return true;
    wait->device_seen = true;
    return end_device(wait);
}

/* An event after which the run state may be another. */
static bool concerns_status(const char *name)
{
    static const char *const names[] = {"STOP", "RESUME", "SHUTDOWN", "POWERDOWN", "RESET",
        "SUSPEND", "SUSPEND_DISK", "WAKEUP", "WATCHDOG", "MIGRATION", "BLOCK_IO_ERROR",
        "GUEST_PANICKED", "GUEST_CRASHLOADED", "COLO_EXIT"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool end_event(struct wait *wait, const struct message *event, struct error *error)
{
    json *tree = json_parse(event->bytes, event->length, error);

    if (!tree)
        return error_prefix(error, "the event that was waited for");
    json_add(begin_result(wait, "event"), "event", tree);
    return true;
}

static bool judge_event(struct wait *wait, const struct message *event, struct error *error)
{
    const struct condition_options *options = wait->options;
    struct error ignored = {0};
    AUTO_JSON json *tree = NULL;
    const char *name;

    if (patterns_match(&options->events, event))
        return end_event(wait, event, error);
    if (!options->status && !options->job && !options->device && !options->disconnect)
        return true;
    tree = json_parse(event->bytes, event->length, &ignored);
    error_free(&ignored);
    name = json_get_string(tree, "event");
    if (!name)
        return true;
    if (strcmp(name, "SHUTDOWN") == 0) {
        json_free(wait->shutdown);
        wait->shutdown = json_take(tree, "data");
    }
    if (concerns_status(name))
        wait->status_due = 0;
    if (options->job && !judge_job_event(wait, name, json_get(tree, "data"), error))
        return false;
    return wait->result || !options->device || judge_device_event(wait, event, error);
}

static bool judge_events(struct wait *wait, struct error *error)
{
    const struct message *event;

    while (!wait->result && (event = watch_next(wait->watch)))
        if (!judge_event(wait, event, error))
            return false;
    return true;
}

static void judge_status(struct wait *wait, const json *answer)
{
    const char *status = json_get_string(answer, "status");

    remember(&wait->status, status);
    if (status && wait->options->status && strcmp(status, wait->options->status) == 0)
        json_add_string(begin_result(wait, "status"), "status", status);
}

/* What was asked and answered in one go; NULL where nothing was. */
struct answers {
    json *status;
    json *jobs;
    bool device_asked;
    char *device;
};

static void answers_free(struct answers *answers)
{
    json_free(answers->status);
    json_free(answers->jobs);
    free(answers->device);
}

static bool is_due(const char *wanted, int64_t *due, int64_t pause)
{
    if (!wanted || clock_now() < *due)
        return false;
    *due = clock_after(pause);
    return true;
}

/* All that is due leaves in one write. */
static bool ask(struct wait *wait, struct answers *answers, struct error *error)
{
    const struct condition_options *options = wait->options;
    struct session *session = wait->session;
    bool status = is_due(options->status, &wait->status_due, STATUS_PAUSE);
    bool jobs = is_due(options->job, &wait->job_due, JOB_PAUSE);
    uint64_t status_ticket, jobs_ticket;

    answers->device_asked = is_due(options->device, &wait->device_due, DEVICE_PAUSE);
    if ((status && !session_send(session, "query-status", NULL, -1, &status_ticket, error)) ||
        (jobs && !session_send(session, "query-jobs", NULL, -1, &jobs_ticket, error)))
        return false;
    if (answers->device_asked && !device_find(session, options->device, &answers->device, error))
        return false;
    if (status && !(answers->status = session_answer(session, status_ticket, error)))
        return false;
    return !jobs || (answers->jobs = session_answer(session, jobs_ticket, error));
}

/* The events that came by then are older than the answers. */
static bool judge_answers(struct wait *wait, const struct answers *answers, struct error *error)
{
    if (answers->status)
        judge_status(wait, answers->status);
    if (answers->jobs && !wait->result && !judge_jobs(wait, answers->jobs, error))
        return false;
    if (answers->device_asked && !wait->result) {
        if (!answers->device)
            return end_device(wait);
        wait->device_seen = true;
    }
    return true;
}

/* Asking may fail because the time is over or the connection has ended, which is judged later. */
static bool ask_and_judge(struct wait *wait, struct error *error)
{
    AUTO(answers_free) struct answers answers = {0};
    bool late;

    if (!session_is_open(wait->session))
        return judge_events(wait, error);
    if (ask(wait, &answers, error))
        return judge_events(wait, error) && (wait->result || judge_answers(wait, &answers, error));
    late = error->kind == ERROR_TIMEOUT && clock_now() >= session_deadline(wait->session);
    if (!late && (session_is_open(wait->session) || error->kind == ERROR_INTERRUPTED))
        return false;
    error_free(error);
    return judge_events(wait, error);
}

static bool end_disconnect(struct wait *wait)
{
    json *result = begin_result(wait, "disconnect");

    json_add_bool(result, "shutdown", session_saw_shutdown(wait->session));
    if (json_is_object(wait->shutdown)) {
        json *reason = json_take(wait->shutdown, "reason"),
             *guest = json_take(wait->shutdown, "guest");

        if (reason)
            json_add(result, "reason", reason);
        if (guest)
            json_add(result, "guest", guest);
    }
    return true;
}

/* The connection has ended, and none of the conditions held before. */
static bool judge_end(struct wait *wait, struct error *error)
{
    const char *status = wait->options->status;
    bool shutdown = session_saw_shutdown(wait->session);

    if (wait->options->disconnect)
        return end_disconnect(wait);
    if (shutdown && status && strcmp(status, "shutdown") == 0) {
        json_add_string(begin_result(wait, "status"), "status", status);
        return true;
    }
    if (shutdown)
        return error_set(
            error, ERROR_FAILED, "the VM shut down before what was waited for had come");
    return watch_explain_end(wait->watch, error);
}

static bool explain_timeout(const struct wait *wait, struct error *error)
{
    const struct condition_options *options = wait->options;
    const struct job *job = &wait->job;

    error_set(error, ERROR_TIMEOUT, "the time is over and what was waited for has not come");
    if (options->status && wait->status)
        error_append(error, "; the VM is %s", wait->status);
    if (options->job && job->status)
        error_append(error, "; the job %s is %s%s%s%s", options->job, job->status,
            job->progress ? " (" : "", job->progress ? job->progress : "",
            job->progress ? ")" : "");
    if (options->device && wait->device_seen)
        error_append(error, "; the device %s is there", options->device);
    return false;
}

static int64_t next_question(const struct wait *wait)
{
    int64_t next = CLOCK_NEVER;

    if (wait->options->status)
        next = clock_earlier(next, wait->status_due);
    if (wait->options->job)
        next = clock_earlier(next, wait->job_due);
    if (wait->options->device)
        next = clock_earlier(next, wait->device_due);
    return next;
}

static bool run(struct wait *wait, struct error *error)
{
    int64_t end = session_deadline(wait->session);

    if (!watch_check(wait->watch, &wait->options->events, error) ||
        (wait->options->status && !runstate_check(wait->session, wait->options->status, error)))
        return false;
    /* A question takes the negotiation along. */
    if (next_question(wait) == CLOCK_NEVER && !session_negotiate(wait->session, error))
        return false;
    for (;;) {
        if (!ask_and_judge(wait, error))
            return false;
        if (wait->result)
            return true;
        if (watch_ended(wait->watch))
            return judge_end(wait, error);
        if (clock_now() >= end)
            return explain_timeout(wait, error);
        if (!watch_turn(wait->watch, clock_earlier(end, next_question(wait)), error))
            return false;
    }
}

bool condition_wait(struct session *session, const struct condition_options *options, json **result,
    struct error *error)
{
    struct wait wait = {
        .session = session, .options = options, .watch = watch_new(session, options->agent_ring)};
    bool good = run(&wait, error);

    *result = steal_pointer(&wait.result);
    wait_free(&wait);
    return good;
}
