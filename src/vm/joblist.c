/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/joblist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

void joblist_remember(char **where, const char *what)
{
    char *copy = what ? xstrdup(what) : NULL;

    free(*where);
    *where = copy;
}

static struct job *find(const struct jobs *jobs, const char *id)
{
    for (struct job *job = jobs->first; job; job = job->next)
        if (text_is(id, job->id))
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
    job->gone = text_is(status, "null");
    /* "null" is said when it is dismissed: the last of itself was that it had concluded. */
    if (!text_is(status, "null") || !text_is(job->status, "concluded"))
        joblist_remember(&job->status, status);
    if (text_is(status, "ready") || text_is(status, "concluded") || text_is(status, "null") ||
        text_is(status, "paused"))
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
    if (text_is(name, "JOB_STATUS_CHANGE")) {
        job = find(jobs, json_get_string(data, "id"));
        if (job && json_get_string(data, "status"))
            take_status(jobs, job, json_get_string(data, "status"));
        return;
    }
    said = json_get_string(data, text_is(name, "BLOCK_JOB_PENDING") ? "id" : "device");
    job = name && said && strncmp(name, "BLOCK_JOB_", 10) == 0 ? find(jobs, said) : NULL;
    if (!job)
        return;
    said = json_get_string(data, "error");
    if (text_is(name, "BLOCK_JOB_COMPLETED") || text_is(name, "BLOCK_JOB_CANCELLED")) {
        job->said_how = true;
        if (said || text_is(name, "BLOCK_JOB_CANCELLED"))
            joblist_remember(&job->problem, said ? said : "it was cancelled");
    } else if (text_is(name, "BLOCK_JOB_ERROR") &&
               text_is(json_get_string(data, "action"), "stop")) {
        job->halted = true;
        jobs->due = 0;
    } else if (text_is(
                   name, "BLOCK_JOB_PENDING")) { /* sent for those only that wait for a person */
        job->unsealed = true;
        jobs->due = 0;
    }
}

void joblist_take_events(struct jobs *jobs)
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

    joblist_take_events(jobs);
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

static bool counts_bytes(const char *type)
{
    return text_is(type, "commit") || text_is(type, "stream") || text_is(type, "mirror") ||
           text_is(type, "backup") || text_is(type, "create") || text_is(type, "amend");
}

void joblist_show(struct jobs *jobs, struct job *job, bool ended)
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

void joblist_take_progress(struct job *job, const json *entry)
{
    struct number number;

    if (json_get_number(entry, "current-progress", &number) && !number.negative)
        job->progress.current = number.magnitude;
    if (json_get_number(entry, "total-progress", &number) && !number.negative)
        job->progress.total = number.magnitude;
}

bool joblist_all_stopped(const struct jobs *jobs)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped)
            return false;
    return true;
}

/* By somebody, or with a job of its group that failed. */
static bool was_cancelled(const struct job *job)
{
    return text_is(job->problem, "it was cancelled") || text_is(job->problem, strerror(ECANCELED));
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
bool joblist_judge(const struct jobs *jobs, struct error *error)
{
    for (int cancelled = 0; cancelled < 2; cancelled++)
        for (struct job *job = jobs->first; job; job = job->next)
            if (job->stopped && job->problem && !job->explained &&
                text_is(job->status, "concluded") && was_cancelled(job) == cancelled)
                say_how(job, error);
    return !error->kind;
}

bool jobs_have_ended(const struct jobs *jobs)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if (!job->stopped || !text_is(job->status, "concluded"))
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

/* What has become of the VM when a job of this type was cancelled. */
const char *joblist_standing(const char *type)
{
    if (text_is(type, "mirror"))
        return "the disk is still on its source, and the target is incomplete";
    if (text_is(type, "commit"))
        return "the chain is as it was";
    if (text_is(type, "stream"))
        return "the chain is as it was, and what has been copied stays in its top";
    if (text_is(type, "backup"))
        return "the target is incomplete";
    return "it has no result";
}

void joblist_finish(struct jobs *jobs)
{
    for (struct job *job = jobs->first; job; job = job->next)
        joblist_show(jobs, job, true);
}

/* What is to be thought of one that has not ended as far as we know. */
void joblist_explain(const struct jobs *jobs, const struct job *job, struct error *error)
{
    const char *status = job->status ? job->status : "not known";

    if (job->gone && job->said_how && !job->problem)
        error_append(error, "; the job %s had ended well", job->id);
    else if (session_saw_shutdown(jobs->session))
        error_append(error, "; the job %s was %s and has ended with the VM", job->id, status);
    else if (job->gone)
        error_append(error, "; the job %s has ended: %s", job->id,
            job->problem ? job->problem : "no event said how");
    else if (text_is(status, "concluded"))
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
