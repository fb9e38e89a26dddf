/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmname: from the name of a VM of this host, or pid:N, to the address of its monitor. */
#ifndef QMPBOX_QMP_VMNAME_H
#define QMPBOX_QMP_VMNAME_H

#include "base/error.h"

/* What was found; the address is the caller's to free. */
struct vm_found {
    char *address;
    long pid;
};

/*
 * Finds the VM of this name, as it was given to QEMU or as it is shown. True with address NULL when
 * there is none; then *error (without a kind) is untouched. Kind usage when several VMs have the
 * name, connect when it has no monitor that can be reached.
 */
bool vmname_find(const char *name, struct vm_found *found, struct error *error);

/* Adds "; did you mean 'X'?" where a VM has a name near to this; returns false. */
bool vmname_suggest(const char *name, struct error *error);

/* The same for the digits of pid:N; kind usage when they are none, connect when it is no VM. */
bool vmname_find_process(const char *digits, struct vm_found *found, struct error *error);

#endif
