/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * livekept: what a QEMU has whatever the VM is: device types, CPU models, commands of its human
 * monitor. It is asked once and cached (qmp/kept.h).
 *
 * The types are those that `device_add help` of the human monitor lists: what can be made, each
 * with its bus, without a question about a single type.
 */
#ifndef QMPBOX_COMPLETE_LIVEKEPT_H
#define QMPBOX_COMPLETE_LIVEKEPT_H

#include "complete/listing.h"

extern const struct lister kept_listers[];

/* The type of the bus that devices of this type sit on ("PCI"), as the help has it; the caller
 * frees. NULL when it is not known. */
char *kept_bus_of(const struct listing *listing, const char *driver) MUST_CHECK;

#endif
