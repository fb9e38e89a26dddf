/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * joblist: the jobs that are watched, what is known of each, and what that means for a person.
 *
 * Nothing here asks QEMU or tells it anything: that is job.h's, which is this room's one user. What
 * job.h declares of the list itself (making it, describing it, naming what is left) is here too.
 */
#ifndef QMPBOX_VM_JOBLIST_H
#define QMPBOX_VM_JOBLIST_H

#include "vm/job.h"

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
