/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * job: QEMU's jobs, watched to their true end.
 *
 * A job is judged only by how it concluded: its error is read from query-jobs and then it is
 * dismissed, so it must have been started with auto-dismiss false where the command has that. One
 * that is gone all the same is judged by what its events said. A job that becomes ready (a mirror,
 * the commit of an active layer) is completed only then.
 *
 * The watching goes by events. query-jobs is asked at the start, when an event makes it necessary,
 * and now and then for the progress; a connection that breaks is made again and the job asked for.
 * After a signal the jobs are cancelled, and awaited; when the time is over they go on.
 */
#ifndef QMPBOX_VM_JOB_H
#define QMPBOX_VM_JOB_H

#include "qmp/session.h"

enum job_goal {
    JOB_COMPLETE,  /* completed when ready */
    JOB_READY,     /* watched until it is ready, where it stays; one that ends before has ended */
    JOB_NO_PIVOT,  /* ended when ready, the disk staying where it is (block-job-cancel) */
    JOB_CONCLUDED, /* nothing is done when it is ready but to say so, once */
};

struct jobs;

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

/*
 * Waits for all of them. Kind failed when one failed, was cancelled or waits for a person after an
 * I/O error; timeout when the time was over (they go on); refused when there is no such job;
 * interrupted once they have been cancelled, or at a second signal.
 */
bool jobs_watch(struct jobs *jobs, struct error *error);

/* What jobs_watch() does at a signal, for one that came before it: adds to the error. False. */
bool jobs_interrupted(struct jobs *jobs, struct error *error);

/* Have all of them concluded (and not only been left ready, pending or paused)? */
bool jobs_have_ended(const struct jobs *jobs);

/* Names those that have not ended in `left`: they go on, whatever the error is about. False. */
bool jobs_leave(const struct jobs *jobs, struct error *error);

/* Each with id, type (if that is known) and the last status: concluded, ready, running… The caller
 * frees. */
json *jobs_describe(struct jobs *jobs) MUST_CHECK;

/*
 * Cancels them, waits until they have concluded and dismisses them. Kind failed when one had ended
 * before, and well.
 */
bool jobs_abort(struct jobs *jobs, struct error *error);

#endif
