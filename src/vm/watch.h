/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: all that happens to a VM as one stream of events, those that QEMU does not send included.
 *
 * A connection that breaks without a SHUTDOWN gives one of its own: reason disconnect. With the
 * ring buffer that a guest's agent writes STARTED and STOPPED into, line by line, each change of
 * the two gives AGENT-STARTED or AGENT-STOPPED; other lines are skipped. The ring is read twice a
 * second, which consumes it.
 */
#ifndef QMPBOX_VM_WATCH_H
#define QMPBOX_VM_WATCH_H

#include "qmp/pattern.h"
#include "qmp/session.h"

struct watch;

/* Armed from now on; nothing is sent. agent_ring: id of a chardev, or NULL. Both outlive it. */
struct watch *watch_new(struct session *session, const char *agent_ring) MUST_CHECK;
void watch_free(struct watch *watch);
DEFINE_CLEANUP(watch, struct watch, watch_free)
#define AUTO_WATCH AUTO(cleanup_watch)

/*
 * Does each pattern mean an event that this QEMU has, or one of ours? Kind usage with the nearest
 * name when not: who waits for a name that is misspelt waits for ever. Where QEMU's names cannot be
 * had every name is taken. Asked once the watch is armed, so that what comes meanwhile is kept.
 */
bool watch_check(struct watch *watch, const struct patterns *patterns, struct error *error);

/* The next event that has come, borrowed until the next call; NULL when there is none now. */
const struct message *watch_next(struct watch *watch);

/*
 * Lets the loop turn once, or not at all when there is an event already. The deadline's passing is
 * no failure. Kind refused or unsupported when the ring cannot be read, interrupted after a signal.
 */
bool watch_turn(struct watch *watch, int64_t deadline, struct error *error);

/* Has the connection ended, and has all that came been given? */
bool watch_ended(const struct watch *watch);

/* Why it ended, as the session has it: kind protocol. False. */
bool watch_explain_end(struct watch *watch, struct error *error);

#endif
