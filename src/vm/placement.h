/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * placement: where a PCI device can be plugged in.
 *
 * On a PCI Express machine a device goes to a port that has hot-plug and no device yet. query-pci
 * does not show what is behind a port before the firmware has numbered the bus, so occupied means
 * that the port's bus has a child[N] in QOM, where N is 0 only until the port has been used once;
 * and the address is always "0" there, since QEMU up to 7.2 otherwise puts a second device into
 * slot 1, where no guest sees it (FACTS, section 4). On a conventional bus QEMU chooses the free
 * slot itself.
 */
#ifndef QMPBOX_VM_PLACEMENT_H
#define QMPBOX_VM_PLACEMENT_H

#include "qmp/session.h"

struct port {
    char *bus;      /* the name that device_add takes */
    char *occupant; /* id or QOM path of the device on it, or NULL */
    bool hotplug;
    bool bridge; /* a conventional bridge: several slots, `occupant` does not count */
    struct port *next;
};

struct ports {
    struct port *first;
    struct strings devices; /* ids of all devices in /machine/peripheral */
};

void ports_free(struct ports *ports);
#define AUTO_PORTS AUTO(ports_free)

/*
 * Asks the VM: two writes, the second only when there are ports, and a third only when some are
 * taken. *ports is filled from zeroed.
 */
bool placement_survey(struct session *session, struct ports *ports, struct error *error);

/*
 * The first port that takes a device now (borrowed), or NULL with kind unsupported when this
 * machine needs one and has none free. NULL without an error means that QEMU chooses (a
 * conventional bus).
 */
const struct port *placement_choose(
    struct session *session, const struct ports *ports, struct error *error);

/* The port whose bus has this name, or NULL. */
const struct port *placement_find(const struct ports *ports, const char *bus);

#endif
