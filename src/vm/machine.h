/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine: what kind of machine a VM is. */
#ifndef QMPBOX_VM_MACHINE_H
#define QMPBOX_VM_MACHINE_H

#include "qmp/session.h"

/*
 * An object that the caller frees, with what this QEMU tells (the rest is null or left out):
 *   type           the machine's, as -machine takes it
 *   accelerator    the one in use; null when it is neither KVM nor TCG and this QEMU has no command
 *                  that names it
 *   accelerators   those that this QEMU has, where it lists them
 *   target         the architecture
 *   cpus, max-cpus how many there are now, and how many there may be
 *   topology       QEMU's SMP configuration
 *   sev            the return of query-sev
 *   sev-capabilities  of the host, the return of query-sev-capabilities
 * Kind unsupported where there is no machine (a storage daemon). One write to a QEMU that has all
 * of it, three at most.
 */
json *machine_describe(struct session *session, struct error *error) MUST_CHECK;

#endif
