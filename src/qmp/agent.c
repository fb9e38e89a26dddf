/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/agent.h"

#include "qmp/ask.h"

#include <string.h>

const json *agent_info(struct session *session, struct error *error)
{
    if (!session_greeting(session)) {
        json *info = session_ask(session, "guest-info", NULL, error);

        if (!info)
            return NULL;
        session_keep_info(session, info);
    }
    return session_greeting(session);
}

enum agent_command agent_command(const json *info, const char *name)
{
    const json *known = json_find(json_get(info, "supported_commands"), "name", name);

    if (!known)
        return AGENT_LACKS;
    return json_get_bool(known, "enabled", true) ? AGENT_HAS : AGENT_DISABLES;
}

static bool refuse_unknown(const json *info, const char *name, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};

    json_gather(&names, json_get(info, "supported_commands"), "name");
    error_set(error, ERROR_USAGE, "%s: this guest agent has no such command", name);
    error_suggest(error, name, &names);
    error->command = xstrdup(name);
    return false;
}

static bool refuse_disabled(const char *name, struct error *error)
{
    error_set(error, ERROR_UNSUPPORTED,
        "%s is disabled in this guest agent: by its configuration (block-rpcs, allow-rpcs), "
        "because the guest's system lacks it, or while file systems are frozen",
        name);
    error->command = xstrdup(name);
    return false;
}

bool agent_check(struct session *session, const char *name, struct error *error)
{
    static const char *const everywhere[] = {
        "guest-sync", "guest-sync-delimited", "guest-ping", "guest-info"};
    const json *info;

    if (!session_is_agent(session))
        return true;
    for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++)
        if (strcmp(everywhere[i], name) == 0)
            return true;
    info = agent_info(session, error);
    if (!info && error->kind != ERROR_REFUSED && error->kind != ERROR_UNSUPPORTED)
        return false;
    error_free(error);
    if (!json_count(json_get(info, "supported_commands")))
        return true;
    switch (agent_command(info, name)) {
    case AGENT_LACKS:
        return refuse_unknown(info, name, error);
    case AGENT_DISABLES:
        return refuse_disabled(name, error);
    case AGENT_HAS:
        break;
    }
    return true;
}
