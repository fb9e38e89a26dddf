/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/blockjob.h"

#include "qmp/ask.h"
#include "vm/blockplan.h"
#include "vm/jobstep.h"
#include "vm/lending.h"
#include "vm/quiesce.h"

#include <string.h>

/* The start. */

static json *backups(const struct blockplan *first, const char *command)
{
    json *arguments = json_new_object();
    json *actions = json_add_array(arguments, "actions");

    for (const struct blockplan *plan = first; plan; plan = plan->next) {
        json *action = json_new_object();

        json_add_string(action, "type", command);
        json_add(action, "data", json_copy(plan->arguments));
        json_append(actions, action);
    }
    json_add_string(json_add_object(arguments, "properties"), "completion-mode", "grouped");
    return arguments;
}

/* Has the header that the job will rewrite written as it is, which fails without harm. */
static void add_rehearsal(const struct blockplan *plan, struct steps *steps)
{
    json *arguments;

    if (!plan->overlay)
        return;
    arguments = json_new_object();
    json_add_string(arguments, "device", plan->device);
    json_add_string(arguments, "image-node-name", plan->overlay);
    json_add_string(arguments, "backing-file", plan->header);
    steps_add(steps, "change-backing-file", arguments, STEP_WAIT);
}

static void add_start(const struct blockplan *first, const char *command, struct steps *steps)
{
    AUTO_STRINGS struct strings ids = {0};
    struct step *step;

    add_rehearsal(first, steps);
    step = first->next ? steps_add(steps, "transaction", backups(first, command), STEP_WAIT)
                       : steps_add(steps, command, json_copy(first->arguments), STEP_WAIT);

    for (const struct blockplan *plan = first; plan; plan = plan->next)
        strings_add(&ids, plan->id);
    job_step(step, &ids);
}

static struct jobs *watch_from_now(
    struct session *session, const struct blockplan *first, enum job_goal goal)
{
    struct jobs *jobs = jobs_new(session, goal, true);

    for (const struct blockplan *plan = first; plan; plan = plan->next)
        jobs_add(jobs, plan->id);
    return jobs;
}

static void plan_thaw(struct steps *steps, struct session *agent)
{
    steps_add(steps, "guest-fsfreeze-thaw", json_new_object(), STEP_WAIT)->session = agent;
}

/* Thaws after a good start: the jobs go on even when that fails, since they hold what they need. */
static bool thaw(struct session *agent, int64_t frozen_at, struct jobs *jobs, struct error *error)
{
    int signal = 0;

    if (!quiesce_thaw(agent, &signal, error)) {
        error_append(error, "; the backup goes on");
        return jobs_leave(jobs, error);
    }
    report_note(session_report(agent), "the guest's file systems were frozen for %.3f s",
        (double)(clock_now() - frozen_at) / CLOCK_SECOND);
    if (!signal)
        return true;
    error_set_interrupted(error, signal);
    return jobs_interrupted(jobs, error);
}

/* An operation under way. */
struct blockjob {
    const struct blockjob_request *request;
    struct session *session;
    struct graph before;
    struct blockplan *plan;
    struct jobs *jobs;
    int64_t lent; /* the set that was given descriptors for the time of the job, or -1 */
};

static void blockjob_free(struct blockjob *job)
{
    jobs_free(job->jobs);
    blockplan_free(job->plan);
    graph_free(&job->before);
}

static bool start(struct blockjob *job, bool dry_run, struct error *error)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};
    struct session *agent = job->request->agent;
    int64_t begun = clock_now();

    if (agent)
        quiesce_add(&steps, agent);
    add_start(job->plan, job->request->command, &steps);
    if (agent && dry_run)
        plan_thaw(&steps, agent);
    if (!steps_run(&steps, job->session, dry_run, error))
        return false;
    return dry_run || !agent || thaw(agent, begun, job->jobs, error);
}

/* Once more, after it was refused, with what QEMU wants for the base. */
static bool start_lent(struct blockjob *job, struct error *error)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};
    const char *path = json_get_string(job->plan->arguments, "backing-file");
    struct error why = {0};
    int64_t set;

    if (!lending_add(&steps, job->session, &job->before, job->plan->base, path, &set, &why)) {
        error_append(error, "; %s", why.message);
        error_free(&why);
        return false;
    }
    error_free(error);
    add_start(job->plan, job->request->command, &steps);
    if (!steps_run(&steps, job->session, false, error))
        return false;
    job->lent = set;
    return true;
}

/* The job has ended, or has been left. */
static void end_lending(const struct blockjob *job)
{
    if (job->lent < 0)
        return;
    if (jobs_have_ended(job->jobs))
        lending_end(job->session, job->lent);
    else
        report_note(session_report(job->session),
            "the job needs the descriptors of the base until it ends: qmpbox remove-fd "
            "fdset-id=%lld takes them back then",
            (long long)job->lent);
}

static bool run(struct blockjob *job, struct error *error)
{
    bool good = start(job, false, error);

    if (!good && lending_is_wanted(error) && job->plan->base)
        good = start_lent(job, error);
    if (good && !job->request->detach)
        good = jobs_watch(job->jobs, error);
    end_lending(job);
    return good;
}

/* What the graph holds afterwards. */

/* Does the node carry our names? */
static bool is_ours(const struct graph *graph, const char *node)
{
    AUTO_FREE char *wanted = xasprintf("%s-file", node);
    const char *file = graph_child(graph, node, "file");

    return file && strcmp(file, wanted) == 0;
}

/* Would nothing use the node, once those were gone? */
static bool is_idle(const struct graph *graph, const char *node, const struct strings *gone)
{
    AUTO_STRINGS struct strings users = {0};

    graph_users(graph, node, &users);
    for (size_t i = 0; i < users.count; i++)
        if (strncmp(users.item[i], "node ", 5) != 0 || !strings_have(gone, users.item[i] + 5))
            return false;
    return true;
}

/* Has the node bitmaps that would go with it? Those that are persistent stay in its image. */
static bool has_bitmaps(const struct graph *graph, const char *node)
{
    json_each (bitmap, json_get(graph_node(graph, node), "dirty-bitmaps"))
        if (json_get_string(bitmap, "name") && !json_get_bool(bitmap, "persistent", false))
            return true;
    return false;
}

/* Those of the old chain that the job has made nothing use any more, from the top down: ours, and
 * others. */
static void sort_out(const struct report *report, const struct graph *after,
    const struct blockplan *plan, struct strings *ours, struct strings *others)
{
    AUTO_STRINGS struct strings gone = {0};

    for (size_t i = plan->from; i < plan->to; i++) {
        const char *node = plan->chain.item[i];

        if (!graph_node(after, node) || !is_idle(after, node, &gone))
            continue;
        strings_add(&gone, node);
        /* One that a person made must go before what it is on. */
        if (*node != '#' && !others->count && is_ours(after, node) && !has_bitmaps(after, node)) {
            strings_add(ours, node);
            continue;
        }
        strings_printf(others, "node %s", node);
        if (has_bitmaps(after, node))
            report_note(
                report, "the node %s is left with its bitmaps, which would go with it", node);
    }
}

/* Those that a person did not make go with what was on them: what has gone is not left. */
static void look_again(struct session *session, struct strings *others)
{
    AUTO_STRINGS struct strings was = *others;
    AUTO_GRAPH struct graph graph = {0};
    struct error ignored = {0};
    bool known = graph_read(session, &graph, &ignored);

    error_free(&ignored);
    *others = (struct strings){0};
    for (size_t i = 0; i < was.count; i++)
        if (!known || graph_node(&graph, was.item[i] + strlen("node ")))
            strings_add(others, was.item[i]);
}

static void add_removal(struct steps *steps, const char *node, unsigned flags)
{
    json *arguments = json_new_object();
    struct step *step = steps_add(steps, "blockdev-del", arguments, flags | STEP_TIDY);

    json_add_string(arguments, "node-name", node);
    step->what = xasprintf("node %s", node);
}

/*
 * The node, and its file's: that goes along unless it was made by itself, which nobody tells, so
 * that it is to be expected that there is nothing to remove.
 */
static void plan_removal(const struct graph *graph, const char *node, struct steps *steps)
{
    AUTO_FREE char *file = xasprintf("%s-file", node);
    AUTO_STRINGS struct strings gone = {0};

    add_removal(steps, node, 0);
    strings_add(&gone, node);
    if (is_idle(graph, file, &gone))
        add_removal(steps, file, STEP_QUIET);
}

static void remove_nodes(struct session *session, const struct graph *graph,
    const struct strings *ours, json *result, struct strings *left)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_STRINGS struct strings removed = {0};
    struct error ignored = {0};

    for (size_t i = 0; i < ours->count; i++)
        plan_removal(graph, ours->item[i], &steps);
    /* The outcome stands whatever becomes of these. */
    if (ours->count && !steps_run(&steps, session, false, &ignored))
        report_note(session_report(session), "%s", ignored.message);
    error_free(&ignored);
    if (ours->count && left->count)
        look_again(session, left);
    for (const struct step *step = steps.first; step; step = step->next)
        if (step->state == STEP_DONE)
            strings_add(&removed, step->what);
        else if (!(step->flags & STEP_QUIET))
            strings_add(left, step->what);
    if (removed.count)
        json_add_strings(result, "removed", &removed);
    if (left->count)
        json_add_strings(result, "left", left);
}

/* The device whose root the node was, and what its root is now. */
static void describe_device(const struct graph *before, const struct graph *after,
    const struct blockplan *plan, json *result)
{
    AUTO_FREE char *device = graph_device_on(before, plan->device);
    const json *block = device ? graph_block(after, device) : NULL;

    if (!block || !graph_root(block))
        return;
    json_add_string(result, "device", device);
    json_add_string(result, "root", graph_root(block));
}

/* The jobs have ended, and well: what follows is told and fails nothing. */
static void clean_up(
    struct session *session, const struct graph *before, const struct blockplan *plan, json *result)
{
    AUTO_GRAPH struct graph after = {0};
    AUTO_STRINGS struct strings ours = {0}, left = {0};
    struct error why = {0};

    session_set_deadline(session, CLOCK_NEVER);
    if (!graph_read(session, &after, &why)) {
        report_note(session_report(session), "done, but what the graph holds now is not known: %s",
            why.message);
        error_free(&why);
        return;
    }
    describe_device(before, &after, plan, result);
    sort_out(session_report(session), &after, plan, &ours, &left);
    remove_nodes(session, &after, &ours, result, &left);
}

static bool changes_chain(const struct blockjob_request *request)
{
    return strcmp(request->command, "blockdev-backup") != 0 && !request->detach &&
           request->goal != JOB_READY && request->goal != JOB_NO_PIVOT;
}

static void note_detached(struct session *session, const struct blockplan *first)
{
    for (const struct blockplan *plan = first; plan; plan = plan->next)
        report_note(session_report(session),
            "the job %s goes on by itself: qmpbox job-wait %s watches it", plan->id, plan->id);
}

bool blockjob_run(struct session *session, const struct blockjob_request *request, bool dry_run,
    json **result, struct error *error)
{
    AUTO(blockjob_free) struct blockjob job = {.request = request, .session = session, .lent = -1};

    if (!graph_read(session, &job.before, error))
        return false;
    job.plan = blockplan_make(session, &job.before, request->command, request->words,
        request->whole, request->several, error);
    if (!job.plan)
        return false;
    job.jobs = watch_from_now(session, job.plan, request->goal);
    if (dry_run)
        return start(&job, true, error);
    if (!run(&job, error))
        return false;
    if (request->detach)
        note_detached(session, job.plan);
    *result = json_new_object();
    json_add(*result, "jobs", jobs_describe(job.jobs));
    if (changes_chain(request))
        clean_up(session, &job.before, job.plan, *result);
    return true;
}
