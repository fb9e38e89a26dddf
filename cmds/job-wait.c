/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/jobs.h"

struct job_wait {
    struct strings ids;
    struct job_options jobs;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct job_wait *options = target;
    enum job_goal goal;
    struct session *session;
    json *result;

    if (!options->ids.count)
        return error_set(error, ERROR_USAGE, "which job? qmpbox query-jobs lists them");
    if (!job_options_goal(&options->jobs, &goal, error))
        return false;
    session = context_session(context, error);
    if (session) {
        AUTO_JOBS struct jobs *jobs = jobs_new(session, goal, false);

        for (size_t i = 0; i < options->ids.count; i++)
            jobs_add(jobs, options->ids.item[i]);
        if (!jobs_watch(jobs, error))
            return false;
        result = json_new_object();
        json_add(result, "jobs", jobs_describe(jobs));
        return context_result(context, result, view_jobs);
    }
    return false;
}

static const struct option options[] = {
    JOB_READY_OPTIONS(struct job_wait, jobs),
    JOB_PIVOT_OPTION(struct job_wait, jobs),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(
        struct job_wait, ids, "ID", "a job, as qmpbox query-jobs lists it", COMPLETES_JOB),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp job-wait mirror-d1", "to its end: completed when it is ready, then dismissed"},
    {"-s /run/vm.qmp job-wait mirror-d1 --until ready", "until the mirror is ready to switch"},
    {NULL, NULL},
};

QMPBOX_COMMAND(job_wait) = {
    .name = "job-wait",
    .group = "Block",
    .summary = "watch jobs to their end and say how they ended",
    .description =
        "Shows the progress of the jobs until they have concluded. A job that becomes ready (a "
        "mirror, the commit of an active layer) is completed then, which switches the disk over; "
        "--no-complete (or --until ready) stops there and leaves it ready, and --no-pivot ends it "
        "with the disk staying where it is.\n\n"
        "A job is judged by how it concluded: its error is read and then the job is dismissed. "
        "Status 7 when it failed or was cancelled. One that waits for job-finalize is left "
        "waiting, which a note says; one that is paused after an I/O error is left paused, status "
        "7, with the reason. One that nobody knows is status 1.\n\n"
        "Ctrl-C ends the watching and not the job, since it may be somebody else's: qmpbox "
        "job-cancel ends a job. When --timeout is over (there is none unless it is given) the job "
        "goes on, and the status is 4.\n\n"
        "What nothing uses any more once a commit or a mirror has ended (the overlay, the source) "
        "is "
        "not looked for here, as block-commit and blockdev-mirror do that wait for their job: "
        "qmpbox leftovers names it.\n\n"
        "A connection that breaks is made again and the job asked for.\n\n"
        "With --json the result is {\"jobs\":[{\"id\":...,\"type\":...,\"status\":...}]}.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct job_wait),
    .needs = (const char *const[]){"query-jobs", "job-complete", "job-dismiss", NULL},
    .run = run,
};
