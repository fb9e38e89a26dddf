/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * follow: the events of a VM, those that are asked for, one after the other until an end.
 *
 * The end is a number of them, an event, a time, or that of the connection. A command can be run
 * for each that is given; it delays nothing, and has been run for all of them in the end unless a
 * signal interrupts that.
 */
#ifndef QMPBOX_VM_FOLLOW_H
#define QMPBOX_VM_FOLLOW_H

#include "qmp/pattern.h"
#include "qmp/session.h"

struct follow_options {
    struct patterns patterns; /* none: every event */
    struct patterns until;    /* ends with one of these, which is given too */
    uint64_t count;           /* ends when so many were given; 0 for no limit */
    const char *agent_ring;   /* see vm/watch.h, or NULL */
    const char *command;      /* run for each, or NULL */
    int64_t end;              /* deadline of the following */
    /* Gets each event. */
    void (*give)(void *data, const struct message *event);
    /* Has what was given printed; called in every turn. False, with an error, ends it. */
    bool (*flush)(void *data, struct error *error);
    void *data;
};

/*
 * False with kind timeout when the time is over before `count` or `until` were there; failed when
 * the VM shut down before them, or when the command failed; protocol when the connection broke, if
 * it was not for the SHUTDOWN that stands for that.
 */
bool follow_events(
    struct session *session, const struct follow_options *options, struct error *error);

#endif
