/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/quiesce.h"

#include "qmp/ask.h"

#include <string.h>

enum { ATTEMPTS = 3 };

static bool is_frozen(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *status = session_ask(step->session, "guest-fsfreeze-status", NULL, error);

    (void)session;
    *present = status && strcmp(json_string(status) ? json_string(status) : "", "thawed") != 0;
    return status;
}

struct step *quiesce_add(struct steps *steps, struct session *agent)
{
    struct step *step =
        steps_add(steps, "guest-fsfreeze-freeze", json_new_object(), STEP_WAIT | STEP_URGENT);

    step->session = agent;
    step_undo_by(step, "the frozen file systems of the guest", "guest-fsfreeze-thaw",
        json_new_object(), is_frozen);
    return step;
}

static bool thaw(struct session *agent, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;

    session_set_deadline(agent, CLOCK_NEVER);
    return (session_is_open(agent) || session_reopen(agent, error)) &&
           session_execute(agent, "guest-fsfreeze-thaw", NULL, &reply, error);
}

bool quiesce_thaw(struct session *agent, int *signal, struct error *error)
{
    *signal = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct error why = {0};

        if (thaw(agent, &why))
            return true;
        if (why.kind == ERROR_INTERRUPTED)
            *signal = loop_forgive(session_loop(agent));
        error_move(error, &why);
    }
    error_prefix(error, "the guest's file systems could not be thawed");
    error_append(
        error, "; qmpbox -s %s --qga guest-fsfreeze-thaw thaws them", session_address(agent));
    strings_add(&error->left, "the frozen file systems of the guest");
    return false;
}
