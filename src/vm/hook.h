/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hook: a command of the user's that is run for each of many events, one after the other.
 *
 * It gets the event as one line of JSON on its standard input, and in its environment QMPBOX_EVENT
 * (the name), QMPBOX_EVENT_DATA (JSON; left out where it is larger than an environment takes),
 * QMPBOX_EVENT_SECONDS (with six digits of microseconds) and QMPBOX_SOCKET. Events that come while
 * it runs are kept; nothing here waits but hook_finish().
 */
#ifndef QMPBOX_VM_HOOK_H
#define QMPBOX_VM_HOOK_H

#include "qmp/session.h"

struct hook;

/* Both outlive it. */
struct hook *hook_new(struct session *session, const char *command) MUST_CHECK;

/* Stops the command that runs, and notes how many events it was not run for. */
void hook_free(struct hook *hook);
DEFINE_CLEANUP(hook, struct hook, hook_free)
#define AUTO_HOOK AUTO(cleanup_hook)

/* Keeps a copy of the event. */
void hook_add(struct hook *hook, const struct message *event);

/* Starts the command for the next event when it does not run; notes how the last run failed. */
void hook_turn(struct hook *hook);

/*
 * Waits until it has been run for all that were added, however long that takes. Fails interrupted;
 * or with kind failed when one of the runs failed.
 */
bool hook_finish(struct hook *hook, struct error *error);

#endif
