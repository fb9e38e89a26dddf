/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/raw.h"

#include "cli/jobs.h"
#include "qmp/arguments.h"
#include "qmp/ask.h"
#include "qmp/words.h"
#include "vm/jobstep.h"
#include "vm/node.h"
#include "vm/passing.h"

#include <string.h>

/* Was the command typed as if it were a subcommand of ours? Its errors begin with its name then. */
static bool is_door(const struct context *context)
{
    return context_command(context)->run == raw_door("")->run;
}

/* The names of our own, when the command was typed as if it were one of them. */
static void own_names(const struct context *context, struct strings *names)
{
    if (!is_door(context))
        return;
    for (size_t i = 0; i < command_count(); i++)
        strings_add(names, command_at(i)->name);
}

static bool explain_unknown(const struct context *context, struct session *session,
    const struct raw *raw, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};

    own_names(context, &names);
    return arguments_command(session, raw->name, names.count ? &names : NULL, error);
}

/* A question without words is sent as it is unless what it takes is known without asking. */
static bool is_plain_question(struct session *session, const struct raw *raw)
{
    return !session_is_agent(session) && !raw->words.count &&
           strncmp(raw->name, "query-", 6) == 0 && !strchr(raw->name, '_') &&
           !schema_is_warm(schema_of(session));
}

/* The words are wrong: of which command? False. */
static bool wrong_words(const struct context *context, const struct raw *raw, struct error *error)
{
    return is_door(context) ? false : error_prefix(error, "%s", raw->name);
}

/* What was typed, as far as it could be settled before connecting. */
struct settled {
    struct strings words;
    json *whole;
};

static void settled_free(struct settled *settled)
{
    strings_free(&settled->words);
    json_free(settled->whole);
}

/* Is there such a command, as far as the peer tells? */
static bool check_name(const struct context *context, struct session *session,
    const struct raw *raw, struct error *error)
{
    if (session_is_agent(session) || schema_load(schema_of(session), error))
        return explain_unknown(context, session, raw, error);
    if (error->kind != ERROR_UNSUPPORTED)
        return false;
    error_free(error); /* it has no schema: it will say itself what it does not know */
    return true;
}

static json *make_arguments(const struct context *context, struct session *session,
    const struct raw *raw, const struct settled *settled, struct error *error)
{
    json *arguments;

    if (is_plain_question(session, raw))
        return json_new_object();
    if (!check_name(context, session, raw, error))
        return NULL;
    arguments = arguments_for(session, raw->name, &settled->words, settled->whole, error);
    if (!arguments)
        wrong_words(context, raw, error);
    return arguments;
}

/* A question that was sent as it is and refused: were its words wrong? */
static bool explain_refusal(const struct context *context, struct session *session,
    const struct raw *raw, struct error *error)
{
    AUTO_ERROR struct error why = {0};

    if (raw->words.count || (error->kind != ERROR_REFUSED && error->kind != ERROR_UNSUPPORTED))
        return false;
    if (!schema_load(schema_of(session), &why))
        return false;
    if (explain_unknown(context, session, raw, &why))
        json_free(arguments_for(session, raw->name, &raw->words, NULL, &why));
    if (why.kind == ERROR_USAGE || why.kind == ERROR_UNSUPPORTED)
        error_move(error, &why);
    return false;
}

/* The name as this QEMU writes it, '-' or '_', where its schema is at hand; borrowed. */
static const char *its_name(struct session *session, const struct raw *raw)
{
    AUTO_ERROR struct error ignored = {0};
    struct schema *schema = schema_of(session);
    const json *entry = session_is_agent(session) || !schema_is_warm(schema)
                            ? NULL
                            : schema_find_meta(schema, raw->name, "command", &ignored);

    return entry ? json_get_string(entry, "name") : raw->name;
}

static bool run_oob(struct context *context, const struct raw *raw, struct error *error)
{
    AUTO(settled_free) struct settled settled = {0};
    AUTO_JSON json *arguments = NULL;
    struct session *session;
    struct message *reply;
    uint64_t ticket;

    if (context_dry_run(context))
        return error_set(error, ERROR_USAGE, "--dry-run does not go with --oob");
    if (!words_settle(&raw->words, NULL, &settled.words, &settled.whole, error))
        return wrong_words(context, raw, error);
    session = context_session_oob(context, error);
    if (!session)
        return false;
    arguments = make_arguments(context, session, raw, &settled, error);
    if (!arguments)
        return false;
    return session_send_oob(session, its_name(session, raw), arguments, &ticket, error) &&
           session_result(session, ticket, &reply, error) && context_reply(context, reply, NULL);
}

/* The id of the job that the command starts, which the caller frees; NULL: none is watched. */
static bool prepare_job(const struct context *context, struct session *session,
    const struct raw *raw, json *arguments, char **id, struct error *error)
{
    *id = NULL;
    /* exec adds nothing, and a question starts nothing. */
    if (!is_door(context) || session_is_agent(session) || !schema_is_warm(schema_of(session)))
        return true;
    return job_prepare(session, raw->name, arguments, id, error);
}

static void make_job_step(struct step *step, const char *job)
{
    AUTO_STRINGS struct strings ids = {0};

    strings_add(&ids, job);
    job_step(step, &ids);
}

static bool start(struct context *context, struct session *session, const struct raw *raw,
    struct steps *steps, struct error *error)
{
    return steps_run(steps, session, context_dry_run(context), error) ||
           explain_refusal(context, session, raw, error);
}

/* Runs the steps, and watches the job that they start to its end. */
static bool start_and_watch(struct context *context, struct session *session, const struct raw *raw,
    struct steps *steps, const char *job, struct error *error)
{
    AUTO_JOBS struct jobs *jobs = jobs_new(session, JOB_COMPLETE, true);

    jobs_add(jobs, job);
    if (!start(context, session, raw, steps, error))
        return false;
    if (context_dry_run(context))
        return true;
    if (raw->detach) {
        context_note(
            context, "the job %s goes on by itself: qmpbox job-wait %s watches it", job, job);
        return true;
    }
    job_options_deadline(context, session);
    return jobs_watch(jobs, error);
}

static bool run_in_order(struct context *context, const struct raw *raw, struct error *error)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_PASSING struct passing *passing = passing_new(&raw->pass_fd, &raw->open, error);
    const struct word_source source = {passing_refer, passing};
    AUTO(settled_free) struct settled settled = {0};
    AUTO_JSON json *arguments = NULL;
    AUTO_FREE char *job = NULL;
    struct session *session;
    struct step *command;

    /* What is wrong on this side is found before the VM is disturbed. */
    if (!passing)
        return false;
    if (!words_settle(&raw->words, &source, &settled.words, &settled.whole, error))
        return wrong_words(context, raw, error);
    if (!passing_check(passing, error))
        return false;
    session = context_session(context, error);
    if (!session || (passing_any(passing) && !session_can_pass(session, raw->name, error)))
        return false;
    if (strcmp(raw->name, "query-named-block-nodes") == 0 && !node_may_ask(session, error))
        return false;
    arguments = make_arguments(context, session, raw, &settled, error);
    if (!arguments || !prepare_job(context, session, raw, arguments, &job, error))
        return false;
    if (!passing_add_steps(passing, &steps, session, its_name(session, raw), json_copy(arguments),
            &command, error))
        return false;
    if (job)
        make_job_step(command, job);
    if (job ? !start_and_watch(context, session, raw, &steps, job, error)
            : !start(context, session, raw, &steps, error))
        return false;
    return context_dry_run(context) || context_reply(context, steal_pointer(&command->reply), NULL);
}

bool raw_run(struct context *context, const struct raw *raw, struct error *error)
{
    if (raw->oob && (raw->pass_fd.count || raw->open.count))
        return error_set(error, ERROR_USAGE,
            "--oob passes no descriptors: QEMU mixes them up when it executes out of band");
    if (raw->oob ? run_oob(context, raw, error) : run_in_order(context, raw, error))
        return true;
    /* A member of any type (qom-set's value, what a guest agent takes) got a string. */
    if (error->desc && strstr(error->desc, "nvalid parameter type"))
        error_append(error, "; KEY:=JSON gives numbers and booleans where no type is known");
    return false;
}

/* The door. */

struct door {
    struct raw raw;
};

static bool run_door(struct context *context, void *options, struct error *error)
{
    struct door *door = options;

    door->raw.name = context_command(context)->name;
    return raw_run(context, &door->raw, error);
}

const struct command *raw_door(const char *name)
{
    static const struct option options[] = {RAW_OPTIONS(struct door, raw),
        OPTION_FLAG(struct door, raw.detach, "detach", 0,
            "leave a job that the command starts to qmpbox job-wait"),
        OPTION_END};
    static const struct argument arguments[] = {
        ARGUMENT_REST(
            struct door, raw.words, "KEY=VALUE", "the arguments of the command", COMPLETES_WORDS),
        ARGUMENT_END,
    };
    static struct command door = {
        .name = "",
        .group = "",
        .summary = "a command of this QEMU",
        .description = "",
        .arguments = arguments,
        .options = options,
        .options_size = sizeof(struct door),
        .timeout = 30,
        .dry_run = true,
        .agent = true,
        .run = run_door,
    };

    door.name = *name ? name : door.name;
    return &door;
}
