/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nic: a NIC put into a running VM, whole or not at all; unplug.h takes it out again.
 *
 * For a NIC ID the network backend is ID-net, and the descriptors of a tap go to QEMU under the
 * names ID-tap0, ID-tap1… (ID-vhost0…), so that a later run finds the parts. A NIC without mac=
 * gets a random address here: QEMU's own is the same in every VM.
 *
 * Writes of nic_plug: the driver's properties or the schema, when words need them; what is there
 * (devices, backends); what is on the ports; the descriptors; netdev_add; device_add with set_link.
 * An answer is needed before netdev_add, since a backend that gets only some of its descriptors
 * stays behind half-made and cannot be removed; and before device_add, which after a refused
 * netdev_add could take somebody else's backend.
 */
#ifndef QMPBOX_VM_NIC_H
#define QMPBOX_VM_NIC_H

#include "qmp/session.h"

struct nic_request {
    const char *id;
    const char *tap;    /* the name of an interface, or NULL */
    const char *bridge; /* with tap, or NULL */
    bool queues_given;
    int64_t queues;
    bool vhost;
    const struct strings *tap_fds; /* numbers of inherited descriptors, instead of tap */
    const struct strings *vhost_fds;
    const struct strings *netdev; /* words of netdev_add, instead of a tap */
    const struct strings *words;  /* words for the device */
    bool no_rom;
    bool link_down;
};

struct nic;

/* Checks the request and opens the tap; nothing is sent. Kind usage or local. */
struct nic *nic_prepare(const struct nic_request *request, struct error *error) MUST_CHECK;
void nic_free(struct nic *nic);
DEFINE_CLEANUP(nic, struct nic, nic_free)
#define AUTO_NIC AUTO(cleanup_nic)

/* Puts it in. *result is one object (id, driver, bus, addr, netdev, type, tap, bridge, queues,
 * vhost, mac) that the caller frees. */
bool nic_plug(
    struct nic *nic, struct session *session, bool dry_run, json **result, struct error *error);

/* Could it be put in? Asks and changes nothing; kind no, with the reason, when it could not. */
bool nic_check(struct nic *nic, struct session *session, json **result, struct error *error);

/* Is it an address that a NIC can have: six pairs of hex digits, not a group's, not all zero? Kind
 * usage. */
bool nic_check_mac(const char *mac, struct error *error);

#endif
