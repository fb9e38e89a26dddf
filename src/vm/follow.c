/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/follow.h"

#include "vm/hook.h"
#include "vm/watch.h"

#include <inttypes.h>
#include <signal.h>

struct follow {
    struct session *session;
    const struct follow_options *options;
    struct watch *watch;
    struct hook *hook;
    uint64_t given;
    bool fulfilled;      /* the count, or until */
    bool last_asked_for; /* the last event of all is one that a pattern names */
};

/* One event: is it asked for, and is it the last? */
static void take(struct follow *follow, const struct message *event)
{
    const struct follow_options *options = follow->options;
    bool named = patterns_match(&options->patterns, event);
    bool last = patterns_match(&options->until, event);

    follow->last_asked_for = named;
    if (!named && !last && options->patterns.count)
        return;
    options->give(options->data, event);
    if (follow->hook)
        hook_add(follow->hook, event);
    follow->given++;
    follow->fulfilled = last || follow->given == options->count;
}

/* "2 of 5" */
static char *progress(const struct follow *follow)
{
    return follow->options->count
               ? xasprintf("%" PRIu64 " of %" PRIu64, follow->given, follow->options->count)
               : xasprintf("%" PRIu64, follow->given);
}

static bool has_goal(const struct follow *follow)
{
    return follow->options->count || follow->options->until.count;
}

static bool explain_end(struct follow *follow, struct error *error)
{
    AUTO_FREE char *came = progress(follow);

    if (session_saw_shutdown(follow->session))
        return !has_goal(follow) || error_set(error, ERROR_FAILED,
                                        "the VM shut down before that; events that came: %s", came);
    if (!has_goal(follow) && follow->last_asked_for)
        return true;
    watch_explain_end(follow->watch, error);
    return error_append(error, "; events that came: %s", came);
}

static bool explain_time(const struct follow *follow, struct error *error)
{
    AUTO_FREE char *came = progress(follow);

    return !has_goal(follow) ||
           error_set(error, ERROR_TIMEOUT, "the time is over; events that came: %s", came);
}

static bool run(struct follow *follow, struct error *error)
{
    const struct follow_options *options = follow->options;

    for (;;) {
        const struct message *event;

        while (!follow->fulfilled && (event = watch_next(follow->watch)))
            take(follow, event);
        if (!options->flush(options->data, error))
            return false;
        if (follow->hook)
            hook_turn(follow->hook);
        if (follow->fulfilled)
            return true;
        if (watch_ended(follow->watch))
            return explain_end(follow, error);
        if (clock_now() >= options->end)
            return explain_time(follow, error);
        if (!watch_turn(follow->watch, options->end, error))
            return false;
    }
}

/* A signal ends everything at once; after any other end what is queued is still run. */
static bool finish(struct hook *hook, struct error *error)
{
    AUTO_ERROR struct error why = {0};

    if (error->kind == ERROR_INTERRUPTED && error->signal != SIGPIPE)
        return false;
    if (hook_finish(hook, &why))
        return !error->kind;
    if (!error->kind || why.kind == ERROR_INTERRUPTED)
        error_move(error, &why);
    return false;
}

bool follow_events(
    struct session *session, const struct follow_options *options, struct error *error)
{
    AUTO_WATCH struct watch *watch = watch_new(session, options->agent_ring);
    AUTO_HOOK struct hook *hook = options->command ? hook_new(session, options->command) : NULL;
    struct follow follow = {.session = session, .options = options, .watch = watch, .hook = hook};
    bool good = watch_check(watch, &options->patterns, error) &&
                watch_check(watch, &options->until, error) && session_negotiate(session, error);

    session_set_deadline(session, CLOCK_NEVER);
    good = good && run(&follow, error);
    /* Nobody reads events any more: they must not be kept while the command goes on. */
    watch_free(steal_pointer(&watch));
    if (hook)
        good = finish(hook, error);
    if (!good && error->kind == ERROR_INTERRUPTED)
        (void)loop_forgive(session_loop(session)); /* or it would cut short what the hook is told */
    return good;
}
