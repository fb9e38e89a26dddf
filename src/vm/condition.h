/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * condition: waiting until something holds for a VM, without causing it.
 *
 * Whoever waits is armed before it asks whether it holds already, so that nothing falls in between.
 * Of several conditions the first that holds ends it; events are judged in the order in which they
 * came. A job is judged by how it concluded, and never dismissed.
 */
#ifndef QMPBOX_VM_CONDITION_H
#define QMPBOX_VM_CONDITION_H

#include "qmp/pattern.h"
#include "qmp/session.h"

/* Each that is NULL, empty or false is not waited for. */
struct condition_options {
    const char *status;     /* a run state */
    const char *job;        /* its end */
    const char *device;     /* its being gone */
    struct patterns events; /* one of them */
    bool disconnect;
    const char *agent_ring; /* for the events, see vm/watch.h */
};

/*
 * *result (the caller's) is {"condition": ...} with what ended it: status, job and status, device,
 * event, or how the connection ended. Ends at the session's deadline with kind timeout and what is
 * known. Kind failed when the job failed, the guest refused to let the device go, or the VM shut
 * down before; refused when there is no such job; protocol when the connection broke.
 */
bool condition_wait(struct session *session, const struct condition_options *options, json **result,
    struct error *error);

#endif
