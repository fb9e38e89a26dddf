/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jobs: the options of the subcommands that start or watch jobs, and how their results look. */
#ifndef QMPBOX_CLI_JOBS_H
#define QMPBOX_CLI_JOBS_H

#include "cli/context.h"
#include "vm/job.h"

struct job_options {
    bool detach;
    bool no_complete;
    bool no_pivot;
    const char *until;
};

extern const char *const job_untils[];

#define JOB_DETACH_OPTION(type, jobs)                                                              \
    OPTION_FLAG(type, jobs.detach, "detach", 0, "start the job and leave it to qmpbox job-wait")

/* For jobs that become ready and are then completed. */
#define JOB_READY_OPTIONS(type, jobs)                                                              \
    OPTION_FLAG(                                                                                   \
        type, jobs.no_complete, "no-complete", 0, "stop when the job is ready, and leave it so"),  \
        OPTION_CHOICE(type, jobs.until, "until", 0, "STATE", job_untils,                           \
            "ready: the same; concluded: to its end, which is what happens anyway")

#define JOB_PIVOT_OPTION(type, jobs)                                                               \
    OPTION_FLAG(type, jobs.no_pivot, "no-pivot", 0,                                                \
        "end the job when it is ready, the disk staying on its source")

/* What the options ask for; kind usage where they contradict each other. */
bool job_options_goal(const struct job_options *options, enum job_goal *goal, struct error *error);

/*
 * Runs the block command that the subcommand is named after, with its words (blockjob.h), and makes
 * what became of it the result. agent is the address of the guest's agent, or NULL.
 */
bool job_options_run(struct context *context, const struct job_options *options,
    const struct strings *words, bool several, const char *agent, struct error *error);

/* A job has no time-out unless --timeout gives one. */
void job_options_deadline(struct context *context, struct session *session);

/* {"jobs":[{"id":…,"type":…,"status":…}],…}: a line each. */
void view_jobs(const json *value, const struct output *output, struct text *text);

#endif
