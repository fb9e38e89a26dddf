/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agentwire: what is different on the wire when a guest agent is at the other end.
 *
 * An agent does not greet, and what an earlier client left (half a request, replies that nobody
 * read) may still lie in the channel. So the first thing said is byte 0xFF, which ends whatever the
 * agent was reading, and guest-sync-delimited with a random number; all that comes is thrown away
 * up to a byte 0xFF with the reply of that number behind it. Only a few bytes are ever kept. Some
 * commands answer only when they fail.
 */
#ifndef QMPBOX_QMP_AGENTWIRE_H
#define QMPBOX_QMP_AGENTWIRE_H

#include "qmp/channel.h"
#include "qmp/transcript.h"

enum { AGENT_REPLY_ROOM = 128 }; /* no reply to guest-sync-delimited is as long */

/* Begins zeroed. */
struct agent_sync {
    uint64_t number;
    bool delimited;               /* a 0xFF came, and what follows is kept */
    char reply[AGENT_REPLY_ROOM]; /* what has been kept, a string once the reply is found */
    size_t length;
    char began[8]; /* the first bytes of all, for the monitor that is no agent */
    size_t begun;
};

/* Queues 0xFF and the request with a new number; from here on the channel's frame takes 0xFF. */
void agent_sync_send(
    struct agent_sync *sync, struct channel *channel, const struct transcript *transcript);

/*
 * Takes what has come out of the channel's frame. True once the reply is there, and then what came
 * behind it stays; false without an error while it is not; false with one of kind connect when it
 * is no guest agent, or has gone.
 */
bool agent_sync_receive(struct agent_sync *sync, struct channel *channel,
    const struct transcript *transcript, const char *address, struct error *error);

/*
 * Does the command answer only when it fails? info is the return of guest-info, or NULL when it is
 * not known (then by the names that QEMU's agent has).
 */
bool agent_is_silent(const json *info, const char *command);

#endif
