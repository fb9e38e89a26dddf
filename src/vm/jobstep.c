/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/jobstep.h"

#include "qmp/ask.h"
#include "qmp/schema.h"

#include <string.h>

/* What the job works on, as part of an id: what is no letter of an id is left out. */
static void add_subject(struct text *text, const json *arguments)
{
    static const char *const members[] = {"device", "node-name", "node", "tag"};
    const char *subject = NULL;

    for (size_t i = 0; !subject && i < sizeof(members) / sizeof(members[0]); i++)
        subject = json_get_string(arguments, members[i]);
    text_add_string(text, subject ? "-" : "");
    for (; subject && *subject; subject++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._", *subject))
            text_add_char(text, *subject);
}

static char *default_id(const char *command, const json *arguments)
{
    static const char *const prefixes[] = {"block-", "blockdev-"};
    AUTO_TEXT struct text text = TEXT_EMPTY;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(command, prefixes[i], strlen(prefixes[i])) == 0) {
            command += strlen(prefixes[i]);
            break;
        }
    text_add_string(&text, command);
    add_subject(&text, arguments);
    return text_take(&text);
}

/*
 * May the job stay in the list once it has concluded? QEMU 7.2 ends by SIGSEGV when anybody asks it
 * for its nodes while a block-stream does, and 5.2 while a blockdev-backup does. There it goes by
 * itself, and is judged by what its events say.
 */
static bool may_stay(const struct session *session, const char *command)
{
    if (strcmp(command, "block-stream") == 0)
        return session_major(session) >= 10; /* 8 and 9 have not been tried */
    if (strcmp(command, "blockdev-backup") == 0)
        return session_major(session) >= 7;
    return true;
}

bool job_prepare(
    struct session *session, const char *command, json *arguments, char **id, struct error *error)
{
    const json *members = json_get(schema_arguments(schema_of(session), command, error), "members");

    *id = NULL;
    if (error->kind)
        return false;
    if (!json_find(members, "name", "job-id"))
        return true;
    if (!json_get(arguments, "job-id")) {
        AUTO_FREE char *made = default_id(command, arguments);

        json_add_string(arguments, "job-id", made);
    }
    if (json_find(members, "name", "auto-dismiss") && !json_get(arguments, "auto-dismiss") &&
        may_stay(session, command))
        json_add_bool(arguments, "auto-dismiss", false);
    *id = xstrdup(json_get_string(arguments, "job-id"));
    return true;
}

/* Steps that start jobs. */

/* The ids of the jobs that the step starts: of one inverse, or of a list of them. */
static void gather_ids(const struct step *step, struct strings *ids)
{
    if (json_is_array(step->inverse_arguments))
        json_gather(ids, step->inverse_arguments, "id");
    else
        strings_add(ids, json_get_string(step->inverse_arguments, "id"));
}

static bool job_present(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *list = session_ask(session, "query-jobs", NULL, error);
    AUTO_STRINGS struct strings ids = {0};

    gather_ids(step, &ids);
    *present = false;
    for (size_t i = 0; i < ids.count; i++)
        *present = *present || json_find(list, "id", ids.item[i]);
    return list;
}

static bool abort_step(struct session *session, const struct step *step, struct error *error)
{
    AUTO_JOBS struct jobs *jobs = jobs_new(session, JOB_CONCLUDED, true);
    AUTO_STRINGS struct strings ids = {0};

    gather_ids(step, &ids);
    for (size_t i = 0; i < ids.count; i++)
        jobs_add(jobs, ids.item[i]);
    return jobs_abort(jobs, error);
}

void job_step(struct step *step, const struct strings *ids)
{
    AUTO_TEXT struct text what = TEXT_EMPTY;
    json *inverse = ids->count > 1 ? json_new_array() : json_new_object();

    text_add_string(&what, ids->count > 1 ? "jobs" : "job");
    for (size_t i = 0; i < ids->count; i++) {
        json *one = ids->count > 1 ? json_new_object() : inverse;

        json_add_string(one, "id", ids->item[i]);
        if (ids->count > 1)
            json_append(inverse, one);
        text_printf(&what, "%s %s", i ? "," : "", ids->item[i]);
    }
    step_undo_by(step, text_string(&what), "job-cancel", inverse, job_present);
    step->take_back = abort_step;
}

bool job_settle(struct session *session, const struct step *step, struct error *error)
{
    AUTO_JOBS struct jobs *jobs = jobs_new(session, JOB_COMPLETE, true);

    jobs_add(jobs, json_get_string(step->inverse_arguments, "id"));
    jobs_expect(jobs);
    return jobs_watch(jobs, error);
}
