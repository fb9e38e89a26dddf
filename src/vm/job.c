/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/job.h"

#include "qmp/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROGRESS_PAUSE = 500 * 1000,    /* microseconds between two questions, when somebody looks */
    SAFETY_PAUSE = 5 * 1000 * 1000, /* and when nobody does: an event may be missing */
    RETRY_PAUSE = 100 * 1000,       /* a ready job that is drained takes no job-complete */
    RETRIES = 100,
    REOPENINGS = 3,
    CANCEL_PATIENCE = 60 * 1000 * 1000,
};

struct job {
    char *id;
    char *type;
    char *status;  /* the last that was heard of, or NULL */
    char *problem; /* why it failed, or NULL */
    bool seen;     /* there is, or was, such a job */
    bool said_how; /* an event told how it ended */
    bool gone;     /* an event said that it has left QEMU's list */
    bool told;     /* job-complete has been accepted */
    bool halted;   /* it waits for a person after an I/O error */
    bool unsealed; /* it waits for job-finalize */
    bool stopped;  /* nothing more is to be waited for */
    bool noted;
    bool explained; /* the error tells already how it ended */
    bool shown_end;
    struct progress progress; /* the last that was shown; its strings are the job's */
    int retries;
    struct job *next;
};

struct jobs {
    struct session *session;
    struct session_waiter waiter;
    enum job_goal goal;
    bool ours;
    struct job *first;
    int64_t due; /* when they are asked about next */
    int reopened;
    bool cancelling;
};

struct jobs *jobs_new(struct session *session, enum job_goal goal, bool ours)
{
    struct jobs *jobs = xcalloc(1, sizeof(*jobs));

    jobs->session = session;
    jobs->goal = goal;
    jobs->ours = ours;
    session_arm(session, &jobs->waiter);
    return jobs;
}

void jobs_free(struct jobs *jobs)
{
    if (!jobs)
        return;
    session_disarm(jobs->session, &jobs->waiter);
    while (jobs->first) {
        struct job *job = jobs->first;

        jobs->first = job->next;
        free(job->id);
        free(job->type);
        free(job->status);
        free(job->problem);
        free(job);
    }
    free(jobs);
}

void jobs_add(struct jobs *jobs, const char *id)
{
    struct job **end = &jobs->first;

    while (*end)
        end = &(*end)->next;
    *end = xcalloc(1, sizeof(**end));
    (*end)->id = xstrdup(id);
}

static bool is(const char *word, const char *wanted)
{
    return word && strcmp(word, wanted) == 0;
}

static void remember(char **where, const char *what)
{
    char *copy = what ? xstrdup(what) : NULL;

    free(*where);
    *where = copy;
}

static struct job *find(const struct jobs *jobs, const char *id)
{
    for (struct job *job = jobs->first; job; job = job->next)
        if (is(id, job->id))
            return job;
    return NULL;
}

/* What events say. */

/* After these statuses there is something to do that an answer must come before. */
static void take_status(struct jobs *jobs, struct job *job, const char *status)
{
    if (job->stopped)
        return; /* what follows the outcome (null, once it is dismissed) is no news */
    job->seen = true;
    job->gone = is(status, "null");
    /* "null" is said when it is dismissed: the last of itself was that it had concluded. */
    if (!is(status, "null") || !is(job->status, "concluded"))
        remember(&job->status, status);
    if (is(status, "ready") || is(status, "concluded") || is(status, "null") ||
        is(status, "paused"))
        jobs->due = 0;
}

static void take_event(struct jobs *jobs, const struct message *message)
{
    AUTO_JSON json *event = NULL;
    struct error ignored = {0};
    const char *name, *said;
    const json *data;
    struct job *job;

    event = json_parse(message->bytes, message->length, &ignored);
    error_free(&ignored);
    name = json_get_string(event, "event");
    data = json_get(event, "data");
    if (is(name, "JOB_STATUS_CHANGE")) {
        job = find(jobs, json_get_string(data, "id"));
        if (job && json_get_string(data, "status"))
            take_status(jobs, job, json_get_string(data, "status"));
        return;
    }
    said = json_get_string(data, is(name, "BLOCK_JOB_PENDING") ? "id" : "device");
    job = name && said && strncmp(name, "BLOCK_JOB_", 10) == 0 ? find(jobs, said) : NULL;
    if (!job)
        return;
    said = json_get_string(data, "error");
    if (is(name, "BLOCK_JOB_COMPLETED") || is(name, "BLOCK_JOB_CANCELLED")) {
        job->said_how = true;
        if (said || is(name, "BLOCK_JOB_CANCELLED"))
            remember(&job->problem, said ? said : "it was cancelled");
    } else if (is(name, "BLOCK_JOB_ERROR") && is(json_get_string(data, "action"), "stop")) {
        job->halted = true;
        jobs->due = 0;
    } else if (is(name, "BLOCK_JOB_PENDING")) { /* sent for those only that wait for a person */
        job->unsealed = true;
        jobs->due = 0;
    }
}

static void take_events(struct jobs *jobs)
{
    const struct message *event;

    while ((event = session_peek_event(jobs->session, &jobs->waiter)))
        take_event(jobs, event);
}

void jobs_expect(struct jobs *jobs)
{
    for (struct job *job = jobs->first; job; job = job->next)
        job->seen = true;
}

json *jobs_describe(struct jobs *jobs)
{
    json *list = json_new_array();

    take_events(jobs);
    for (const struct job *job = jobs->first; job; job = job->next) {
        json *entry = json_new_object();

        json_add_string(entry, "id", job->id);
        if (job->type)
            json_add_string(entry, "type", job->type);
        json_add_string(entry, "status", job->status ? job->status : "created");
        json_append(list, entry);
    }
    return list;
}

/* What is told to a job. */

static bool tell(struct session *session, const char *command, const char *key, const char *id,
    struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();
    AUTO_MESSAGE struct message *reply = NULL;

    json_add_string(arguments, key, id);
    return session_execute(session, command, arguments, &reply, error);
}

/* It may have gone by itself meanwhile, which is what was wanted. */
static bool tell_if_there(
    struct session *session, const char *command, const char *id, struct error *error)
{
    if (tell(session, command, "id", id, error))
        return true;
    if (error->kind != ERROR_REFUSED || !error->desc || !strstr(error->desc, "not found"))
        return false;
    error_free(error);
    return true;
}

static bool complete(struct jobs *jobs, struct job *job, struct error *error)
{
    bool pivot = jobs->goal == JOB_COMPLETE;

    if (pivot ? tell(jobs->session, "job-complete", "id", job->id, error)
              : tell(jobs->session, "block-job-cancel", "device", job->id, error)) {
        job->told = true;
        return true;
    }
    /* While it is drained, a ready job is "standby" for a moment. */
    if (error->kind == ERROR_REFUSED && error->desc && strstr(error->desc, "in state") &&
        job->retries++ < RETRIES) {
        error_free(error);
        jobs->due = clock_after(RETRY_PAUSE);
        return true;
    }
    return error->kind == ERROR_INTERRUPTED
               ? false
               : error_append(error, "; the job %s was ready to be completed", job->id);
}

static bool dismiss(struct jobs *jobs, struct job *job, struct error *error)
{
    job->stopped = true;
    if (tell_if_there(jobs->session, "job-dismiss", job->id, error))
        return true;
    if (error->kind == ERROR_PROTOCOL) {
        job->stopped = false; /* on a new connection it is asked for, and told again */
        return false;
    }
    job->explained = true;
    strings_printf(&error->left, "job %s (%s)", job->id,
        error->kind == ERROR_REFUSED ? "concluded" : "not known");
    return job->problem ? error_append(error, "; the job %s failed (%s) and is not dismissed",
                              job->id, job->problem)
                        : error_append(error, "; the job %s has done its work and is not dismissed",
                              job->id);
}

static void stop_at(struct jobs *jobs, struct job *job, const char *then)
{
    job->stopped = true;
    report_note(session_report(jobs->session), "the job %s is %s: %s", job->id, job->status, then);
}

static bool act_on_ready(struct jobs *jobs, struct job *job, struct error *error)
{
    if (jobs->cancelling || job->told)
        return true;
    if (jobs->goal == JOB_READY) {
        job->stopped = true;
        return true;
    }
    if (jobs->goal != JOB_CONCLUDED)
        return complete(jobs, job, error);
    if (!job->noted)
        report_note(session_report(jobs->session), "the job %s is ready: it waits for job-complete",
            job->id);
    job->noted = true;
    return true;
}

/* One that finalizes itself is met in this state too, since QEMU 5.2 answers meanwhile. */
static bool act_on_pending(struct jobs *jobs, struct job *job, struct error *error)
{
    if (!job->unsealed) {
        AUTO_JSON json *list = session_ask(jobs->session, "query-block-jobs", NULL, error);

        if (!list)
            return false;
        job->unsealed = !json_get_bool(json_find(list, "device", job->id), "auto-finalize", true);
    }
    if (job->unsealed)
        stop_at(jobs, job, "it waits for job-finalize");
    else
        jobs->due = clock_earlier(jobs->due, clock_after(RETRY_PAUSE));
    return true;
}

/* Why it stands still, in QEMU's word for it. */
static bool explain_halt(struct jobs *jobs, struct job *job, struct error *error)
{
    AUTO_JSON json *list = session_ask(jobs->session, "query-block-jobs", NULL, error);
    const json *entry = json_find(list, "device", job->id);
    const char *status = json_get_string(entry, "io-status");

    if (!list)
        return false;
    if (!entry || is(status, "ok")) {
        job->halted = false;
        return true;
    }
    job->stopped = true;
    error_set(error, ERROR_FAILED,
        "the job %s is paused: %s; once that is mended, qmpbox job-resume %s lets it go on and "
        "qmpbox job-wait %s watches it",
        job->id, is(status, "nospace") ? "there is no space left" : "an I/O error", job->id,
        job->id);
    strings_printf(&error->left, "job %s", job->id);
    return false;
}

/* Perhaps after an I/O error: its event may have come before we were there. */
static bool stands_still(const struct job *job)
{
    return job->halted || is(job->status, "paused") || is(job->status, "standby");
}

static bool counts_bytes(const char *type)
{
    return is(type, "commit") || is(type, "stream") || is(type, "mirror") || is(type, "backup") ||
           is(type, "create") || is(type, "amend");
}

static void show(struct jobs *jobs, struct job *job, bool ended)
{
    if (job->shown_end)
        return;
    job->shown_end = ended;
    job->progress.what = job->id;
    job->progress.type = job->type;
    job->progress.status = job->status;
    job->progress.bytes = counts_bytes(job->type);
    job->progress.ended = ended;
    report_progress(session_report(jobs->session), &job->progress);
}

static void take_progress(struct job *job, const json *entry)
{
    struct number number;

    if (json_get_number(entry, "current-progress", &number) && !number.negative)
        job->progress.current = number.magnitude;
    if (json_get_number(entry, "total-progress", &number) && !number.negative)
        job->progress.total = number.magnitude;
}

/* It is in no list any more: somebody dismissed it, or it was started with auto-dismiss. */
static bool judge_missing(struct jobs *jobs, struct job *job, const json *list, struct error *error)
{
    job->stopped = true;
    if (jobs->cancelling)
        return true;
    if (job->seen && (job->said_how || is(job->status, "null") || is(job->status, "concluded"))) {
        remember(&job->status, "concluded");
        return true;
    }
    if (!job->seen) {
        AUTO_STRINGS struct strings ids = {0};

        json_gather(&ids, list, "id");
        error_set(error, ERROR_REFUSED, "there is no job '%s'", job->id);
        return error_suggest(error, job->id, &ids);
    }
    return error_set(
        error, ERROR_FAILED, "the job %s is gone, and no event said how it ended", job->id);
}

static bool judge(struct jobs *jobs, struct job *job, const json *list, struct error *error)
{
    const json *entry = json_find(list, "id", job->id);
    const char *said = json_get_string(entry, "error");

    if (!entry)
        return judge_missing(jobs, job, list, error);
    job->seen = true;
    remember(&job->type, json_get_string(entry, "type"));
    remember(&job->status, json_get_string(entry, "status"));
    if (said)
        remember(&job->problem, said);
    take_progress(job, entry);
    show(jobs, job, is(job->status, "concluded"));
    if (is(job->status, "concluded"))
        return dismiss(jobs, job, error);
    if (stands_still(job) && !jobs->cancelling && !explain_halt(jobs, job, error))
        return false;
    if (is(job->status, "ready"))
        return act_on_ready(jobs, job, error);
    return is(job->status, "pending") && !jobs->cancelling ? act_on_pending(jobs, job, error)
                                                           : true;
}

static bool all_stopped(const struct jobs *jobs)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped)
            return false;
    return true;
}

static bool ask(struct jobs *jobs, struct error *error)
{
    bool wanted = report_wants_progress(session_report(jobs->session));
    AUTO_JSON json *list = NULL;

    jobs->due = clock_after(wanted ? PROGRESS_PAUSE : SAFETY_PAUSE);
    list = session_ask(jobs->session, "query-jobs", NULL, error);
    if (!list)
        return false;
    take_events(jobs); /* they came before the answer */
    for (struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped && !judge(jobs, job, list, error))
            return false;
    return true;
}

/* The events that came while it was broken are lost: all is asked anew. */
static bool reopen(struct jobs *jobs, struct error *error)
{
    struct error why = {0};

    if (error->kind != ERROR_PROTOCOL || session_is_open(jobs->session) ||
        session_saw_shutdown(jobs->session) || jobs->reopened++ >= REOPENINGS)
        return false;
    if (!session_reopen(jobs->session, &why)) {
        error_free(&why);
        return false;
    }
    error_free(error);
    report_note(session_report(jobs->session), "the connection broke and has been made again");
    jobs->due = 0;
    return true;
}

static bool turn(struct jobs *jobs, int64_t end, struct error *error)
{
    if (clock_now() >= jobs->due && !ask(jobs, error))
        return false;
    if (all_stopped(jobs) || clock_now() >= jobs->due)
        return true;
    if (!session_idle(jobs->session, &jobs->waiter, clock_earlier(end, jobs->due), error))
        return false;
    take_events(jobs);
    return true;
}

/* Until all have stopped, or the time is over (kind timeout). */
static bool follow(struct jobs *jobs, int64_t end, struct error *error)
{
    while (!all_stopped(jobs)) {
        if (clock_now() >= end)
            return error_set(error, ERROR_TIMEOUT, "the time is over");
        if (!turn(jobs, end, error) && !reopen(jobs, error))
            return false;
    }
    return true;
}

/* By somebody, or with a job of its group that failed. */
static bool was_cancelled(const struct job *job)
{
    return is(job->problem, "it was cancelled") || is(job->problem, strerror(ECANCELED));
}

static void say_how(struct job *job, struct error *error)
{
    AUTO_FREE char *how = was_cancelled(job)
                              ? xasprintf("the job %s was cancelled", job->id)
                              : xasprintf("the job %s failed: %s", job->id, job->problem);

    job->explained = true;
    if (error->kind)
        error_append(error, "; %s", how);
    else
        error_set(error, ERROR_FAILED, "%s", how);
}

/*
 * Those that have ended, and not well: first those that say why. They are dismissed: whatever else
 * the error is about, nobody else will say it.
 */
static bool judge_ended(const struct jobs *jobs, struct error *error)
{
    for (int cancelled = 0; cancelled < 2; cancelled++)
        for (struct job *job = jobs->first; job; job = job->next)
            if (job->stopped && job->problem && !job->explained && is(job->status, "concluded") &&
                was_cancelled(job) == cancelled)
                say_how(job, error);
    return !error->kind;
}

bool jobs_have_ended(const struct jobs *jobs)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped || !is(job->status, "concluded"))
            return false;
    return true;
}

bool jobs_leave(const struct jobs *jobs, struct error *error)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped && !job->gone)
            strings_printf(
                &error->left, "job %s (%s)", job->id, job->status ? job->status : "not known");
    return false;
}

static bool cancel_all(struct jobs *jobs, struct error *error)
{
    for (struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped && !tell_if_there(jobs->session, "job-cancel", job->id, error)) {
            /* One that has concluded takes no cancel any more. */
            if (error->kind != ERROR_REFUSED)
                return false;
            error_free(error);
        }
    return true;
}

/* Cancels what has not ended and waits until it has; a signal or a refusal made it necessary. */
static bool abort_all(struct jobs *jobs, struct error *error)
{
    bool done;

    jobs->cancelling = true;
    jobs->due = 0;
    session_set_deadline(jobs->session, CLOCK_NEVER);
    done = cancel_all(jobs, error) && follow(jobs, clock_after(CANCEL_PATIENCE), error);
    jobs->cancelling = false;
    return done;
}

/* What has become of the VM when a job of this type was cancelled. */
static const char *standing(const char *type)
{
    if (is(type, "mirror"))
        return "the disk is still on its source, and the target is incomplete";
    if (is(type, "commit"))
        return "the chain is as it was";
    if (is(type, "stream"))
        return "the chain is as it was, and what has been copied stays in its top";
    if (is(type, "backup"))
        return "the target is incomplete";
    return "it has no result";
}

/* Those that have been cancelled are undone; one that was too fast for that has done its work. */
static void tell_aborted(const struct jobs *jobs, struct error *error)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if (job->explained)
            continue;
        else if (job->problem)
            strings_printf(&error->undone, "job %s", job->id);
        else
            error_append(
                error, "; the job %s had ended well before it could be cancelled", job->id);
}

bool jobs_interrupted(struct jobs *jobs, struct error *error)
{
    struct error why = {0};

    if (!jobs->ours) {
        for (const struct job *job = jobs->first; job; job = job->next)
            if (!job->stopped)
                error_append(error, "; the job %s goes on, and qmpbox job-cancel %s would end it",
                    job->id, job->id);
        return jobs_leave(jobs, error);
    }
    (void)loop_forgive(session_loop(jobs->session));
    if (!abort_all(jobs, &why)) {
        error_append(error, "; the cancelling was not awaited (%s)",
            why.kind == ERROR_INTERRUPTED ? "interrupted again" : why.message);
        error_free(&why);
        return jobs_leave(jobs, error);
    }
    for (const struct job *job = jobs->first; job; job = job->next)
        if (job->problem && !job->explained)
            error_append(error, "; the job %s was cancelled: %s", job->id, standing(job->type));
    tell_aborted(jobs, error);
    return false;
}

static void finish_progress(struct jobs *jobs)
{
    for (struct job *job = jobs->first; job; job = job->next)
        show(jobs, job, true);
}

/* What is to be thought of one that has not ended as far as we know. */
static void explain_one(const struct jobs *jobs, const struct job *job, struct error *error)
{
    const char *status = job->status ? job->status : "not known";

    if (job->gone && job->said_how && !job->problem)
        error_append(error, "; the job %s had ended well", job->id);
    else if (session_saw_shutdown(jobs->session))
        error_append(error, "; the job %s was %s and has ended with the VM", job->id, status);
    else if (job->gone)
        error_append(error, "; the job %s has ended: %s", job->id,
            job->problem ? job->problem : "no event said how");
    else if (is(status, "concluded"))
        error_append(error, "; the job %s has %s, and may not be dismissed", job->id,
            job->problem ? "failed" : "done its work");
    else if (error->kind == ERROR_TIMEOUT)
        error_append(error, "; the job %s is %s and goes on: qmpbox job-wait %s watches it",
            job->id, status, job->id);
    else
        error_append(error,
            "; the job %s was %s, and may go on: qmpbox job-wait %s watches it then", job->id,
            status, job->id);
}

/* The time was over, or the connection is. */
static bool explain_open(struct jobs *jobs, struct error *error)
{
    take_events(jobs); /* what has come while an answer was waited for */
    for (const struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped)
            explain_one(jobs, job, error);
    return session_saw_shutdown(jobs->session) ? false : jobs_leave(jobs, error);
}

/* A job that takes no job-complete must not stay as it is: the caller saw an error. */
static bool take_back(struct jobs *jobs, struct error *error)
{
    struct error why = {0};

    if (abort_all(jobs, &why)) {
        tell_aborted(jobs, error);
        return false;
    }
    error_free(&why);
    return jobs_leave(jobs, error);
}

bool jobs_watch(struct jobs *jobs, struct error *error)
{
    int64_t deadline = session_deadline(jobs->session);
    bool good = follow(jobs, deadline, error);

    finish_progress(jobs);
    good = judge_ended(jobs, error) && good;
    if (error->kind == ERROR_INTERRUPTED)
        jobs_interrupted(jobs, error);
    else if (error->kind == ERROR_TIMEOUT || error->kind == ERROR_PROTOCOL ||
             error->kind == ERROR_CONNECT)
        explain_open(jobs, error);
    else if (error->kind == ERROR_REFUSED && jobs->ours && !all_stopped(jobs))
        take_back(jobs, error);
    else if (error->kind == ERROR_FAILED)
        jobs_leave(jobs, error); /* one stands still, the others go on */
    session_set_deadline(jobs->session, deadline);
    return good;
}

/* What a job did that ended well before it could be cancelled stays, but for an image's header that
 * nobody has used yet. */
static bool judge_abort(const struct jobs *jobs, struct error *error)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if (is(job->status, "concluded") && !job->problem && !is(job->type, "create"))
            return error_set(error, ERROR_FAILED, "the job %s had ended, and well", job->id);
    return true;
}

bool jobs_abort(struct jobs *jobs, struct error *error)
{
    return abort_all(jobs, error) && judge_abort(jobs, error);
}
