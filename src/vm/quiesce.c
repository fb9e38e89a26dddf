/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/quiesce.h"

#include "qmp/ask.h"

#include <string.h>

enum { ATTEMPTS = 3 };

/* The guest stands still: where it cannot be told, they are thawed. */
static bool is_frozen(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *status = session_ask(step->session, "guest-fsfreeze-status", NULL, error);

    (void)session;
    *present = !status || strcmp(json_string(status) ? json_string(status) : "", "thawed") != 0;
    error_free(error);
    return true;
}

static bool thaw_once(struct session *agent, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;

    session_set_deadline(agent, CLOCK_NEVER);
    return (session_is_open(agent) || session_reopen(agent, error)) &&
           session_execute(agent, "guest-fsfreeze-thaw", NULL, &reply, error);
}

/* An agent that is silent has it in its queue: to say it again would only take longer. */
static bool thaw(struct session *agent, int *signal, struct error *error)
{
    *signal = 0;
    for (int attempt = 0; attempt < ATTEMPTS && error->kind != ERROR_TIMEOUT; attempt++) {
        error_free(error);
        if (thaw_once(agent, error))
            return true;
        if (error->kind == ERROR_INTERRUPTED)
            *signal = loop_forgive(session_loop(agent));
    }
    return error_append(
        error, "; qmpbox -s %s --qga guest-fsfreeze-thaw thaws them", session_address(agent));
}

static bool take_back(struct session *session, const struct step *step, struct error *error)
{
    int signal;

    (void)session;
    return thaw(step->session, &signal, error);
}

struct step *quiesce_add(struct steps *steps, struct session *agent)
{
    struct step *step =
        steps_add(steps, "guest-fsfreeze-freeze", json_new_object(), STEP_WAIT | STEP_URGENT);

    step->session = agent;
    step_undo_by(step, "the frozen file systems of the guest", "guest-fsfreeze-thaw",
        json_new_object(), is_frozen);
    step->take_back = take_back;
    return step;
}

bool quiesce_thaw(struct session *agent, int *signal, struct error *error)
{
    if (thaw(agent, signal, error))
        return true;
    error_prefix(error, "the guest's file systems could not be thawed");
    strings_add(&error->left, "the frozen file systems of the guest");
    return false;
}
