/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runstate: pausing and resuming the VM, with the state that it is in afterwards. */
#ifndef QMPBOX_VM_RUNSTATE_H
#define QMPBOX_VM_RUNSTATE_H

#include "qmp/session.h"

/* *status: the reply to query-status that was asked right behind, in the same write. */
bool runstate_pause(struct session *session, struct message **status, struct error *error);

/*
 * Refuses (kind refused) in postmigrate unless forced: the guest may be running elsewhere, and QEMU
 * would run it a second time on the same disks (FACTS, section 7). In inmigrate it notes that the
 * VM runs only once it has arrived.
 */
bool runstate_resume(
    struct session *session, bool force, struct message **status, struct error *error);

/*
 * Is this a run state of this QEMU's (by its schema, where it has one)? Kind usage with the nearest
 * one when not.
 */
bool runstate_check(struct session *session, const char *status, struct error *error);

#endif
