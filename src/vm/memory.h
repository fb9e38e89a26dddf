/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory: how much a VM has and may have, and what it is made of. */
#ifndef QMPBOX_VM_MEMORY_H
#define QMPBOX_VM_MEMORY_H

#include "qmp/session.h"

/*
 * An object that the caller frees; sizes are bytes, and what this QEMU does not tell is left out:
 *   base, plugged  what the VM has from the start, and what memory devices add
 *   maximum, slots what it may have in all, and how many memory devices
 *   balloon        what the balloon leaves to the guest, where there is one that works
 *   devices        the return of query-memory-devices
 *   backends       the return of query-memdev
 * One write. Kind unsupported where there is no memory to ask for (a storage daemon).
 */
json *memory_describe(struct session *session, struct error *error) MUST_CHECK;

#endif
