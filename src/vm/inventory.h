/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inventory: asks one VM for its facts (facts.h), two VMs at the same time.
 *
 * begin(), proceed() and read_cpu() send their questions in one write each and wait for nothing
 * that the other VM could answer meanwhile; what this QEMU does not tell is left out.
 */
#ifndef QMPBOX_VM_INVENTORY_H
#define QMPBOX_VM_INVENTORY_H

#include "vm/facts.h"
#include "vm/inquiry.h"

enum {
    INVENTORY_OPTIONS = 16,
    INVENTORY_PROPERTIES = 2048, /* of a CPU; those of an x86 are some 500 */
};

struct inventory {
    struct session *session;
    struct inquiry inquiry;
    struct facts facts;
    size_t target, networks, accelerators, type, size, memory, cpus, slots, qtree, ramblock, blocks;
    size_t capabilities, parameters, status, uuid, flags, kvm, jit, properties;
    size_t option[INVENTORY_OPTIONS];
    uint64_t *ticket; /* of the values of the CPU's properties */
    size_t tickets;
};

#define AUTO_INVENTORY AUTO(inventory_free)
void inventory_free(struct inventory *inventory);

/* Starts from zeroed, and sends the first questions. */
bool inventory_begin(struct inventory *inventory, struct session *session, struct error *error);

/* Takes their answers and sends what follows from them; kind unsupported without a machine. */
bool inventory_proceed(struct inventory *inventory, struct error *error);

/* The same once more: asks for the values of the CPU's properties. */
bool inventory_read_cpu(struct inventory *inventory, struct error *error);

/* Takes those. The facts are complete afterwards. */
bool inventory_end(struct inventory *inventory, struct error *error);

#endif
