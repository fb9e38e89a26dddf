/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/agent.h"
#include "qmp/ask.h"

struct info {
    bool has;
    struct strings commands;
};

/* Asks a command that this peer may lack (a storage daemon has no status): NULL then. */
static bool optional(struct session *session, uint64_t ticket, json **answer, struct error *error)
{
    *answer = session_answer(session, ticket, error);
    if (*answer || (error->kind != ERROR_UNSUPPORTED && error->kind != ERROR_REFUSED))
        return *answer;
    error_free(error);
    return true;
}

/* '-' and '_' are alike, as wherever a command is named. */
static bool has_command(const json *commands, const char *name)
{
    json_each (command, commands) {
        const char *its = json_get_string(command, "name");

        if (its && text_same_name(its, name))
            return true;
    }
    return false;
}

static bool has_commands(struct context *context, const struct strings *wanted,
    const json *commands, struct error *error)
{
    json *result = json_new_object();
    AUTO_TEXT struct text missing = TEXT_EMPTY;

    for (size_t i = 0; i < wanted->count; i++) {
        bool found = has_command(commands, wanted->item[i]);

        if (!json_get(result, wanted->item[i]))
            json_add_bool(result, wanted->item[i], found);
        if (!found)
            text_printf(&missing, "%s%s", missing.length ? ", " : "", wanted->item[i]);
    }
    context_result(context, result, NULL);
    return !missing.length ||
           error_set(error, ERROR_NO, "this QEMU lacks %s", text_string(&missing));
}

/* The same of a guest agent: what it has but does not let anybody use is lacking too. */
static bool has_agent_commands(
    struct context *context, const struct strings *wanted, const json *known, struct error *error)
{
    json *result = json_new_object();
    AUTO_TEXT struct text missing = TEXT_EMPTY;

    for (size_t i = 0; i < wanted->count; i++) {
        enum agent_command found = agent_command(known, wanted->item[i]);

        if (json_get(result, wanted->item[i]))
            continue;
        json_add_bool(result, wanted->item[i], found == AGENT_HAS);
        if (found != AGENT_HAS)
            text_printf(&missing, "%s%s%s", missing.length ? ", " : "", wanted->item[i],
                found == AGENT_DISABLES ? " (it is disabled)" : "");
    }
    context_result(context, result, NULL);
    return !missing.length ||
           error_set(error, ERROR_NO, "this guest agent lacks %s", text_string(&missing));
}

static bool run_agent(
    struct context *context, const struct info *info, struct session *session, struct error *error)
{
    const json *known = agent_info(session, error);
    const json *commands = json_get(known, "supported_commands");
    AUTO_STRINGS struct strings disabled = {0};
    json *result;

    if (!known)
        return false;
    if (info->has)
        return has_agent_commands(context, &info->commands, known, error);
    json_each (command, commands)
        if (json_get_string(command, "name") && !json_get_bool(command, "enabled", true))
            strings_add(&disabled, json_get_string(command, "name"));
    result = json_new_object();
    json_add_string(result, "address", session_address(session));
    json_add_string(result, "version", session_version(session));
    json_add_int(result, "commands", (int64_t)json_count(commands));
    json_add_strings(result, "disabled", &disabled);
    return context_result(context, result, NULL);
}

static json *describe(struct session *session, const json *commands, const json *name,
    const json *status, const json *spice)
{
    const json *greeting = session_greeting(session);
    const char *package = json_get_string(json_get(greeting, "version"), "package");
    json *result = json_new_object();

    json_add_string(result, "address", session_address(session));
    json_add_string(result, "version", session_version(session));
    json_add_string(result, "package", package ? package : "");
    if (json_get(greeting, "capabilities"))
        json_add(result, "capabilities", json_copy(json_get(greeting, "capabilities")));
    else
        json_add_array(result, "capabilities");
    if (json_get(name, "name"))
        json_add(result, "name", json_copy(json_get(name, "name")));
    if (json_get(status, "status"))
        json_add(result, "status", json_copy(json_get(status, "status")));
    json_add_int(result, "commands", (int64_t)json_count(commands));
    if (json_get_bool(spice, "enabled", false))
        json_add(result, "spice", json_copy(spice));
    return result;
}

static bool run(struct context *context, void *options, struct error *error)
{
    static const char *const questions[] = {
        "query-commands", "query-name", "query-status", "query-spice"};
    enum { COUNT = sizeof(questions) / sizeof(questions[0]) };
    const struct info *info = options;
    struct session *session;
    AUTO_JSON json *commands = NULL;
    AUTO_JSON json *name = NULL;
    AUTO_JSON json *status = NULL;
    AUTO_JSON json *spice = NULL;
    json **const answers[COUNT] = {&commands, &name, &status, &spice};
    uint64_t tickets[COUNT];
    int count = info->has ? 1 : COUNT;

    if (info->has != (info->commands.count > 0))
        return error_set(error, ERROR_USAGE,
            info->has ? "--has needs the names of commands" : "names of commands go with --has");
    session = context_session(context, error);
    if (session && session_is_agent(session))
        return run_agent(context, info, session, error);
    for (int i = 0; session && i < count; i++)
        if (!session_send(session, questions[i], NULL, -1, &tickets[i], error))
            return false;
    for (int i = 0; session && i < count; i++)
        if (!optional(session, tickets[i], answers[i], error))
            return false;
    if (!session)
        return false;
    if (info->has)
        return has_commands(context, &info->commands, commands, error);
    return context_result(context, describe(session, commands, name, status, spice), NULL);
}

static const struct option options[] = {
    OPTION_FLAG(struct info, has, "has", 0, "answer whether all these commands are there"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(
        struct info, commands, "COMMAND", "with --has: names of commands", COMPLETES_COMMAND),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp info", "what is at the other end, and how it does"},
    {"-s /run/vm.qmp info --has blockdev-reopen", "status 0 when it has the command, 10 when not"},
    {"-s /run/vm.qga --qga info --has guest-exec", "the same question to a guest agent"},
    {NULL, NULL},
};

QMPBOX_COMMAND(info) = {
    .name = "info",
    .group = "Session",
    .summary = "version, capabilities, name and status of the VM",
    .description =
        "Prints what is at the other end of the monitor: QEMU's version and package, the "
        "capabilities that it offers, the VM's name and run state where it has them (a storage "
        "daemon has none), and the number of commands. SPICE is shown when it is enabled.\n\n"
        "With --has the question is whether it has all the named commands: status 0 for yes, 10 "
        "for no. The answer lists each.\n\n"
        "Of a guest agent (--qga) it prints the version, the number of commands and those of them "
        "that are disabled; to --has a disabled command counts as lacking.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct info),
    .needs = (const char *const[]){"query-commands", NULL},
    .timeout = 30,
    .agent = true,
    .run = run,
};
