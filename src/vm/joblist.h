/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * joblist: the jobs that are watched, what is known of each, and what that means for a person.
 *
 * Nothing here asks QEMU or tells it anything: that is job.h's, for which the insides are declared
 * here; who uses jobs includes that and knows the functions that are called jobs_… alone.
 */
#ifndef QMPBOX_VM_JOBLIST_H
#define QMPBOX_VM_JOBLIST_H

#include "base/report.h"
#include "qmp/session.h"

enum job_goal {
    JOB_COMPLETE,  /* completed when ready */
    JOB_READY,     /* watched until it is ready, where it stays; one that ends before has ended */
    JOB_NO_PIVOT,  /* ended when ready, the disk staying where it is (block-job-cancel) */
    JOB_CONCLUDED, /* nothing is done when it is ready but to say so, once */
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

/*
 * Watches from now on, so it is made before the command is sent that starts them. ours: they are
 * cancelled when we are interrupted, or when they refuse to be completed.
 */
struct jobs *jobs_new(struct session *session, enum job_goal goal, bool ours) MUST_CHECK;
void jobs_free(struct jobs *jobs);
DEFINE_CLEANUP(jobs, struct jobs, jobs_free)
#define AUTO_JOBS AUTO(cleanup_jobs)

void jobs_add(struct jobs *jobs, const char *id);

/* They have been started: one that is not there has gone, and is not unknown. */
void jobs_expect(struct jobs *jobs);

/* Have all of them concluded (and not only been left ready, pending or paused)? */
bool jobs_have_ended(const struct jobs *jobs);

/* Names those that have not ended in `left`: they go on, whatever the error is about. False. */
bool jobs_leave(const struct jobs *jobs, struct error *error);

/* Each with id, type (if that is known) and the last status: concluded, ready, running… The caller
 * frees. */
json *jobs_describe(struct jobs *jobs) MUST_CHECK;

/* Puts a copy of the word (or NULL) in the place of what was there. */
void joblist_remember(char **where, const char *what);

/* Takes in what events have said of them since the last time. */
void joblist_take_events(struct jobs *jobs);

/* Reports how far it is; `ended` is told once. */
void joblist_show(struct jobs *jobs, struct job *job, bool ended);

/* Keeps the numbers of its entry of query-jobs. */
void joblist_take_progress(struct job *job, const json *entry);

/* Reports the end of all of them. */
void joblist_finish(struct jobs *jobs);

/* Is nothing more to be waited for? */
bool joblist_all_stopped(const struct jobs *jobs);

/* Kind failed, with the reasons, when one of those that have concluded has failed. */
bool joblist_judge(const struct jobs *jobs, struct error *error);

/* What has become of the VM when a job of this type was cancelled. */
const char *joblist_standing(const char *type);

/* Adds to the error what is to be thought of one that has not ended as far as we know. */
void joblist_explain(const struct jobs *jobs, const struct job *job, struct error *error);

#endif
