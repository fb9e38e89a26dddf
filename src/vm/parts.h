/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts: what of a disk, a NIC or another device is in a VM, found by its id.
 *
 * A device that is there tells what it uses (a node, a netdev); what an earlier run has left is
 * found by the names that hotplug gives away (disk.h, nic.h).
 */
#ifndef QMPBOX_VM_PARTS_H
#define QMPBOX_VM_PARTS_H

#include "qmp/session.h"

struct parts {
    char *device; /* its type, or NULL */
    bool backend; /* a block backend of the device is still there, also without the device */
    struct strings nodes;   /* in the order in which they can be removed */
    struct strings netdevs; /* backends of its network */
    json *sets;             /* ids of fdsets */
};

void parts_free(struct parts *parts);
#define AUTO_PARTS AUTO(parts_free)

bool parts_is_empty(const struct parts *parts);

/*
 * Each fills zeroed parts; kind usage for a device of another kind. Of any device only those parts
 * count that carry our names: what else it uses was there before it.
 */
bool parts_of_disk(
    struct session *session, const char *id, struct parts *parts, struct error *error);
bool parts_of_nic(
    struct session *session, const char *id, struct parts *parts, struct error *error);
bool parts_of_device(
    struct session *session, const char *id, struct parts *parts, struct error *error);

/* Waits until the device, which has left, has let go of its node too; kind timeout. */
bool parts_wait_for_backend(
    struct session *session, const char *id, const struct parts *parts, struct error *error);

/* "fdset 5 of d1", which the caller frees. */
char *parts_set_name(const json *set, const char *id) MUST_CHECK;

#endif
