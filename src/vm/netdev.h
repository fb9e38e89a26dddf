/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netdev: the network backends and NICs of a VM by name.
 *
 * QMP has no list of them: `info network` of the human monitor is the only one (network.h).
 */
#ifndef QMPBOX_VM_NETDEV_H
#define QMPBOX_VM_NETDEV_H

#include "vm/step.h"

struct netdevs {
    struct strings names; /* of backends and of NICs, which share one space of names */
    struct strings nics;  /* "MAC ID" of each NIC that tells its address */
};

void netdevs_free(struct netdevs *netdevs);
#define AUTO_NETDEVS AUTO(netdevs_free)

/* Reads what `info network` printed. */
void netdevs_read(struct netdevs *netdevs, const char *text);

/* The NIC that has this address (any case), borrowed, or NULL. */
const char *netdevs_nic(const struct netdevs *netdevs, const char *mac);

/* Queues the question, and takes its answer. */
bool netdevs_send(struct session *session, uint64_t *ticket, struct error *error);
bool netdevs_answer(
    struct session *session, uint64_t ticket, struct netdevs *netdevs, struct error *error);

/* Adds the step netdev_add with its inverse; arguments (with an id) are taken over. */
struct step *netdev_add_step(struct steps *steps, json *arguments, unsigned flags);

#endif
