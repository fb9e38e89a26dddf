/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: what the guest agent at the other end of a session can do, by its own word.
 *
 * An agent has no schema; guest-info names its commands, which of them are enabled, and which
 * answer only on failure. It is asked once for a session, and only when something is to be known.
 */
#ifndef QMPBOX_QMP_AGENT_H
#define QMPBOX_QMP_AGENT_H

#include "qmp/session.h"

enum agent_command { AGENT_LACKS, AGENT_DISABLES, AGENT_HAS };

/* The return of guest-info, borrowed from the session; NULL (with an error) when it gives none. */
const json *agent_info(struct session *session, struct error *error);

/* What the return of guest-info says about a command. */
enum agent_command agent_command(const json *info, const char *name);

/*
 * May the command be sent? Always when a monitor is at the other end. An unknown name is kind usage
 * with the nearest right one, a disabled command kind unsupported; nothing but guest-info is sent,
 * and not even that for the commands that every agent has. An agent that will not tell what it has
 * gets the command: it will say itself what is wrong.
 */
bool agent_check(struct session *session, const char *name, struct error *error);

#endif
