/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * channel: bytes and descriptors over one connected socket, never blocking.
 *
 * What is queued leaves in as few writes as possible. A descriptor rides on the first byte of its
 * own command's sendmsg, one for each: QEMU keeps only the first of several, and one that comes
 * after the closing brace belongs to the next command (FACTS, fd passing). What comes in goes
 * through a frame.
 */
#ifndef QMPBOX_QMP_CHANNEL_H
#define QMPBOX_QMP_CHANNEL_H

#include "json/frame.h"

struct outgoing;

struct channel {
    int fd; /* -1 when closed */
    struct frame frame;
    struct outgoing *first;
    struct outgoing *last;
    bool ended; /* the peer will send no more */
    int broken; /* errno of a failed write: nothing more can be sent */
};

void channel_close(struct channel *channel); /* drops what is queued */

/* Queues bytes (copied) with a descriptor that is taken over, or -1. */
void channel_queue(struct channel *channel, const char *bytes, size_t length, int fd);
bool channel_has_output(const struct channel *channel);

/*
 * Sends what can be sent without waiting. After an error `broken` is set and the queue is dropped;
 * what the peer said before may still be read.
 */
void channel_send(struct channel *channel);

/* Reads what is there, within bounds. An end, or a reset, sets `ended`. */
void channel_receive(struct channel *channel);

#endif
