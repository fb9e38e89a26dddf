/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/job.h"

#include "qmp/ask.h"

#include <errno.h>
#include <string.h>

enum {
    PROGRESS_PAUSE = 500 * 1000,    /* microseconds between two questions, when somebody looks */
    SAFETY_PAUSE = 5 * 1000 * 1000, /* and when nobody does: an event may be missing */
    RETRY_PAUSE = 100 * 1000,       /* a ready job that is drained takes no job-complete */
    RETRIES = 100,
    REOPENINGS = 3,
    CANCEL_PATIENCE = 60 * 1000 * 1000,
};

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
    if (!entry || text_is(status, "ok")) {
        job->halted = false;
        return true;
    }
    job->stopped = true;
    error_set(error, ERROR_FAILED,
        "the job %s is paused: %s; once that is mended, qmpbox job-resume %s lets it go on and "
        "qmpbox job-wait %s watches it",
        job->id, text_is(status, "nospace") ? "there is no space left" : "an I/O error", job->id,
        job->id);
    strings_printf(&error->left, "job %s", job->id);
    return false;
}

/* Perhaps after an I/O error: its event may have come before we were there. */
static bool stands_still(const struct job *job)
{
    return job->halted || text_is(job->status, "paused") || text_is(job->status, "standby");
}

/* It is in no list any more: somebody dismissed it, or it was started with auto-dismiss. */
static bool judge_missing(struct jobs *jobs, struct job *job, const json *list, struct error *error)
{
    job->stopped = true;
    if (jobs->cancelling)
        return true;
    if (job->seen &&
        (job->said_how || text_is(job->status, "null") || text_is(job->status, "concluded"))) {
        joblist_remember(&job->status, "concluded");
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
    joblist_remember(&job->type, json_get_string(entry, "type"));
    joblist_remember(&job->status, json_get_string(entry, "status"));
    if (said)
        joblist_remember(&job->problem, said);
    joblist_take_progress(job, entry);
    joblist_show(jobs, job, text_is(job->status, "concluded"));
    if (text_is(job->status, "concluded"))
        return dismiss(jobs, job, error);
    if (stands_still(job) && !jobs->cancelling && !explain_halt(jobs, job, error))
        return false;
    if (text_is(job->status, "ready"))
        return act_on_ready(jobs, job, error);
    return text_is(job->status, "pending") && !jobs->cancelling ? act_on_pending(jobs, job, error)
                                                                : true;
}

static bool ask(struct jobs *jobs, struct error *error)
{
    bool wanted = report_wants_progress(session_report(jobs->session));
    AUTO_JSON json *list = NULL;

    jobs->due = clock_after(wanted ? PROGRESS_PAUSE : SAFETY_PAUSE);
    list = session_ask(jobs->session, "query-jobs", NULL, error);
    if (!list)
        return false;
    joblist_take_events(jobs); /* they came before the answer */
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
    if (joblist_all_stopped(jobs) || clock_now() >= jobs->due)
        return true;
    if (!session_idle(jobs->session, &jobs->waiter, clock_earlier(end, jobs->due), error))
        return false;
    joblist_take_events(jobs);
    return true;
}

/* Until all have stopped, or the time is over (kind timeout). */
static bool follow(struct jobs *jobs, int64_t end, struct error *error)
{
    while (!joblist_all_stopped(jobs)) {
        if (clock_now() >= end)
            return error_set(error, ERROR_TIMEOUT, "the time is over");
        if (!turn(jobs, end, error) && !reopen(jobs, error))
            return false;
    }
    return true;
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
            error_append(
                error, "; the job %s was cancelled: %s", job->id, joblist_standing(job->type));
    tell_aborted(jobs, error);
    return false;
}

/* The time was over, or the connection is. */
static bool explain_open(struct jobs *jobs, struct error *error)
{
    joblist_take_events(jobs); /* what has come while an answer was waited for */
    for (const struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped)
            joblist_explain(jobs, job, error);
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

    joblist_finish(jobs);
    good = joblist_judge(jobs, error) && good;
    if (error->kind == ERROR_INTERRUPTED)
        jobs_interrupted(jobs, error);
    else if (error->kind == ERROR_TIMEOUT || error->kind == ERROR_PROTOCOL ||
             error->kind == ERROR_CONNECT)
        explain_open(jobs, error);
    else if (error->kind == ERROR_REFUSED && jobs->ours && !joblist_all_stopped(jobs))
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
        if (text_is(job->status, "concluded") && !job->problem && !text_is(job->type, "create"))
            return error_set(error, ERROR_FAILED, "the job %s had ended, and well", job->id);
    return true;
}

bool jobs_abort(struct jobs *jobs, struct error *error)
{
    return abort_all(jobs, error) && judge_abort(jobs, error);
}
