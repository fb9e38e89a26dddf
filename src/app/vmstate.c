/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/vmstate.h"

#include "qmp/ask.h"

#include <stdlib.h>
#include <string.h>

/* After so long without an answer the old state is no longer said to be true. */
enum { PATIENCE_SECONDS = 5 };

void vm_state_free(struct vm_state *state)
{
    free(state->name);
    free(state->status);
    free(state->shutdown);
    *state = (struct vm_state){0};
}

void vm_state_watch(struct vm_state *state, struct session *session)
{
    vm_state_free(state);
    state->session = session;
    state->stale = session;
    state->none = session && session_is_agent(session);
}

static bool changes_state(struct slice event)
{
    static const char *const names[] = {"\"STOP\"", "\"RESUME\"", "\"SUSPEND\"", "\"SUSPEND_DISK\"",
        "\"WAKEUP\"", "\"SHUTDOWN\"", "\"RESET\"", "\"GUEST_PANICKED\"", "\"GUEST_CRASHLOADED\"",
        "\"WATCHDOG\"", "\"BLOCK_IO_ERROR\"", "\"MIGRATION\"", "\"COLO_EXIT\""};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_is(event, names[i]))
            return true;
    return false;
}

static void take_reason(struct vm_state *state, const struct message *event)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_JSON json *tree = json_parse(event->bytes, event->length, &ignored);
    const char *reason = json_get_string(json_get(tree, "data"), "reason");

    free(state->shutdown);
    state->shutdown = xstrdup(reason ? reason : "no reason given");
}

void vm_state_hear(struct vm_state *state, const struct message *event)
{
    struct slice name;

    if (!message_get(event, "event", &name))
        return;
    if (slice_is(name, "\"SHUTDOWN\""))
        take_reason(state, event);
    state->stale = state->stale || changes_state(name);
}

/* The member of the reply to a ticket that has come; NULL when it is an error. */
static char *take_reply(const struct vm_state *state, uint64_t ticket, const char *member)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_JSON json *answer = session_answer(state->session, ticket, &ignored);
    const char *value = json_get_string(answer, member);

    return value && *value ? xstrdup(value) : NULL;
}

/* A connection that was made anew knows nothing of what was asked on the old one. */
static void forget_lost(struct vm_state *state)
{
    if (state->name_ticket && !*session_command(state->session, state->name_ticket))
        state->name_ticket = 0;
    if (!state->status_ticket || *session_command(state->session, state->status_ticket))
        return;
    state->status_ticket = 0;
    state->stale = true;
}

static void ask(struct vm_state *state)
{
    AUTO_ERROR struct error ignored = {0};

    if (!state->name && !state->status)
        (void)session_send(state->session, "query-name", NULL, -1, &state->name_ticket, &ignored);
    if (session_send(state->session, "query-status", NULL, -1, &state->status_ticket, &ignored)) {
        state->stale = false;
        state->asked = clock_now();
        session_flush(state->session);
    }
}

int64_t vm_state_tend(struct vm_state *state)
{
    struct session *session = state->session;

    if (!session || state->none || !session_is_open(session))
        return CLOCK_NEVER;
    forget_lost(state);
    if (state->name_ticket && session_has_reply(session, state->name_ticket)) {
        free(state->name);
        state->name = take_reply(state, state->name_ticket, "name");
        state->name_ticket = 0;
    }
    if (state->status_ticket && session_has_reply(session, state->status_ticket)) {
        free(state->status);
        state->status = take_reply(state, state->status_ticket, "status");
        state->status_ticket = 0;
        state->silent = false;
        state->none = !state->status;
    }
    if (state->stale && !state->status_ticket && !state->none)
        ask(state);
    if (!state->status_ticket)
        return CLOCK_NEVER;
    state->silent = clock_now() >= state->asked + PATIENCE_SECONDS * CLOCK_SECOND;
    return state->silent ? CLOCK_NEVER : state->asked + PATIENCE_SECONDS * CLOCK_SECOND;
}

bool vm_state_waits(const struct vm_state *state)
{
    return state->session && session_is_open(state->session) && !state->none && !state->silent &&
           (state->stale || state->status_ticket || state->name_ticket);
}

const char *vm_state_name(const struct vm_state *state)
{
    return state->name ? state->name : session_address(state->session);
}

static const char *color_of(const char *status)
{
    static const char *const calm[] = {
        "paused", "prelaunch", "inmigrate", "suspended", "save-vm", "finish-migrate"};

    if (strcmp(status, "running") == 0)
        return "32";
    for (size_t i = 0; i < sizeof(calm) / sizeof(calm[0]); i++)
        if (strcmp(status, calm[i]) == 0)
            return "33";
    return "31";
}

static void add_word(const char *word, const char *color, bool colors, struct text *text)
{
    if (colors)
        text_printf(text, "\001\033[%sm\002", color);
    text_add_shown(text, word);
    if (colors)
        text_add_string(text, "\001\033[0m\002");
}

void vm_state_show(const struct vm_state *state, bool colors, struct text *text)
{
    if (!state->session) {
        text_add_string(text, "not connected");
        return;
    }
    text_add_shown(text, vm_state_name(state));
    if (!session_is_open(state->session)) {
        text_add_char(text, ' ');
        add_word("not connected", "31", colors, text);
    } else if (state->silent) {
        text_add_char(text, ' ');
        add_word("does not answer", "31", colors, text);
    } else if (state->status) {
        text_add_char(text, ' ');
        add_word(state->status, color_of(state->status), colors, text);
    }
}
