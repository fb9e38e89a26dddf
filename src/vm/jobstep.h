/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jobstep: commands that start jobs, as steps of an operation. */
#ifndef QMPBOX_VM_JOBSTEP_H
#define QMPBOX_VM_JOBSTEP_H

#include "vm/job.h"
#include "vm/step.h"

/*
 * Makes the arguments those of a job that can be watched, when the command is one that starts a
 * job: a job-id where none was given, and no dismissing by itself. *id, which the caller frees, is
 * NULL when the command starts none.
 */
bool job_prepare(
    struct session *session, const char *command, json *arguments, char **id, struct error *error);

/* Makes the step one that starts these jobs: what it made is taken back by cancelling them, until
 * they have concluded, and dismissing them. */
void job_step(struct step *step, const struct strings *ids);

/*
 * Waits until the job that a step starts has ended before the next one is sent; a failed job is a
 * failed step.
 */
bool job_settle(struct session *session, const struct step *step, struct error *error);

#endif
