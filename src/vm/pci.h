/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci: questions about the PCI devices of a VM, on the reply to query-pci. */
#ifndef QMPBOX_VM_PCI_H
#define QMPBOX_VM_PCI_H

#include "qmp/session.h"

struct pci_place {
    int64_t bus;
    int64_t slot;
    int64_t function; /* -1: any */
};

/* Reads [BUS:]SLOT[.FUNCTION], hexadecimal, such as 00:03.0; kind usage. */
bool pci_parse_place(const char *word, struct pci_place *place, struct error *error);

/* Is there a device at the place, on whatever bus that the firmware has numbered? */
bool pci_has_place(const json *query_pci, const struct pci_place *place);

/* Is there a PCI device with this id, also one on a bus that has no number yet? One question. */
bool pci_has_device(struct session *session, const char *id, bool *found, struct error *error);

/*
 * Where the next device can be plugged in: an object with bus and addr, as device_add takes them,
 * that the caller frees. NULL with kind no when there is no place.
 */
json *pci_free_place(
    struct session *session, const json *query_pci, struct error *error) MUST_CHECK;

#endif
