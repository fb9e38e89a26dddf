/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migration: a VM moved to another QEMU, or saved into a file, to its true end.
 *
 * Set before and set back afterwards: what the person gave, `events` to be told of the end, and
 * `return-path` where something can come back, since without it the source says completed also when
 * the destination has failed (FACTS, section 7). With the destination's monitor the settings that
 * both need are set there too, the receiving is started there, and the guest is seen to arrive.
 *
 * Whatever happens, at most one of the two can run: what fails or is cancelled leaves the VM
 * running at the source, and nothing here resumes a source after its guest may have left.
 */
#ifndef QMPBOX_VM_MIGRATION_H
#define QMPBOX_VM_MIGRATION_H

#include "vm/transport.h"

struct migration_request {
    struct transport *transport;
    const char *to;                 /* as the person wrote it */
    const struct strings *settings; /* words NAME=VALUE, settled */
    uint64_t bandwidth;             /* bytes a second; 0: as it is */
    int64_t downtime;               /* microseconds; 0: as it is */
    bool postcopy;
    bool pause;      /* before the switch-over: run, then on; without run it stays there */
    const char *run; /* a command for that point */
    bool detach;
    const char *until; /* a status at which it is left */
    struct session *destination;
};

/*
 * *result is one object that the caller frees: status, confirmed, to, source, destination (where it
 * is known), transferred (bytes), total-time, downtime (milliseconds), left. Nothing with dry_run.
 */
bool migration_run(struct session *session, const struct migration_request *request, bool dry_run,
    json **result, struct error *error);

/* Watches one that somebody has started. */
bool migration_attach(
    struct session *session, const char *until, json **result, struct error *error);

/*
 * Starts the receiving and waits until the guest has arrived. *result: status (the run state).
 */
bool migration_receive(struct session *session, struct transport *transport, bool dry_run,
    json **result, struct error *error);

#endif
