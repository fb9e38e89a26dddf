/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/jobs.h"

#include "qmp/words.h"
#include "vm/blockjob.h"

#include <string.h>

const char *const job_untils[] = {"ready", "concluded", NULL};

bool job_options_goal(const struct job_options *options, enum job_goal *goal, struct error *error)
{
    bool until_ready = options->until && strcmp(options->until, "ready") == 0;
    bool ready = options->no_complete || until_ready;

    if (options->no_complete && options->until && !until_ready)
        return error_set(
            error, ERROR_USAGE, "--no-complete and --until concluded exclude each other");
    if (ready && options->no_pivot)
        return error_set(error, ERROR_USAGE,
            "--no-pivot ends the job, --no-complete and --until ready leave it: give one of them");
    if (options->detach && (ready || options->no_pivot || options->until))
        return error_set(error, ERROR_USAGE,
            "--detach waits for nothing: give --no-complete, --until or --no-pivot to job-wait");
    *goal = ready ? JOB_READY : options->no_pivot ? JOB_NO_PIVOT : JOB_COMPLETE;
    return true;
}

void job_options_deadline(struct context *context, struct session *session)
{
    if (!context_timeout(context))
        session_set_deadline(session, CLOCK_NEVER);
}

bool job_options_run(struct context *context, const struct job_options *options,
    const struct strings *words, bool several, const char *agent, struct error *error)
{
    AUTO_STRINGS struct strings settled = {0};
    AUTO_JSON json *whole = NULL;
    struct blockjob_request request = {
        .command = context_command(context)->name,
        .words = &settled,
        .several = several,
        .detach = options->detach,
    };
    struct session *session;
    json *result = NULL;

    if (!words->count)
        return error_set(error, ERROR_USAGE, "of which node? Give NODE, or device=NODE");
    if (!job_options_goal(options, &request.goal, error) ||
        !words_settle(words, NULL, &settled, &whole, error))
        return false;
    request.whole = whole;
    session = context_session(context, error);
    if (!session)
        return false;
    if (agent && !(request.agent = context_second(context, agent, true, error)))
        return false;
    return blockjob_run(session, &request, context_dry_run(context), &result, error) &&
           (context_dry_run(context) || context_result(context, result, view_jobs));
}

static void add_names(struct text *text, const char *title, const json *names)
{
    if (!json_count(names))
        return;
    text_printf(text, "%s: ", title);
    json_each (name, names) {
        text_add_shown(text, json_string(name));
        text_add_string(text, json_next(name) ? ", " : "\n");
    }
}

void view_jobs(const json *value, const struct output *output, struct text *text)
{
    const char *root = json_get_string(value, "root");
    const char *device = json_get_string(value, "device");

    (void)output;
    json_each (job, json_get(value, "jobs")) {
        const char *type = json_get_string(job, "type");

        text_add_string(text, "job ");
        text_add_shown(text, json_get_string(job, "id"));
        text_add_string(text, ": ");
        text_add_shown(text, json_get_string(job, "status"));
        text_add_string(text, type ? " (" : "");
        text_add_shown(text, type ? type : "");
        text_add_string(text, type ? ")\n" : "\n");
    }
    if (root && device) {
        text_add_shown(text, device);
        text_add_string(text, " is on node ");
        text_add_shown(text, root);
        text_add_char(text, '\n');
    }
    add_names(text, "removed", json_get(value, "removed"));
    add_names(text, "left", json_get(value, "left"));
}
