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

#include "vm/joblist.h"

/*
 * Waits for all of them. Kind failed when one failed, was cancelled or waits for a person after an
 * I/O error; timeout when the time was over (they go on); refused when there is no such job;
 * interrupted once they have been cancelled, or at a second signal.
 */
bool jobs_watch(struct jobs *jobs, struct error *error);

/* What jobs_watch() does at a signal, for one that came before it: adds to the error. False. */
bool jobs_interrupted(struct jobs *jobs, struct error *error);

/*
 * Cancels them, waits until they have concluded and dismisses them. Kind failed when one had ended
 * before, and well.
 */
bool jobs_abort(struct jobs *jobs, struct error *error);

#endif
