/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstate: the name and the run state of a VM, kept true by its events without waiting for it.
 *
 * An event that may change the run state makes it stale; query-status is asked again then, one at a
 * time. Storage daemons and guest agents have neither name nor run state.
 */
#ifndef QMPBOX_APP_VMSTATE_H
#define QMPBOX_APP_VMSTATE_H

#include "qmp/session.h"

/* Starts zeroed. */
struct vm_state {
    struct session *session; /* borrowed, or NULL */
    char *name;
    char *status;
    char *shutdown; /* the reason of the newest SHUTDOWN, or NULL */
    bool stale;
    bool none; /* it has no run state */
    bool silent;
    uint64_t name_ticket; /* 0: not asked */
    uint64_t status_ticket;
    int64_t asked;
};

void vm_state_free(struct vm_state *state);

/* Another session, or the same one connected anew: everything is asked again. */
void vm_state_watch(struct vm_state *state, struct session *session);

void vm_state_hear(struct vm_state *state, const struct message *event);

/*
 * Takes the replies that have come and asks what is stale; nothing here waits. Returns when it
 * should be called again even if nothing comes.
 */
int64_t vm_state_tend(struct vm_state *state);

/* Is a reply missing that would change what is shown? */
bool vm_state_waits(const struct vm_state *state);

/* "vm1 running", and for the marks of readline with colours where those are wanted. */
void vm_state_show(const struct vm_state *state, bool colors, struct text *text);

/* What the VM is called: its name, or the address. */
const char *vm_state_name(const struct vm_state *state);

#endif
