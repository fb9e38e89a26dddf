/* SPDX-License-Identifier: GPL-2.0-or-later */
/* places: the words for where things are on this host: addresses of monitors and of migrations. */
#ifndef QMPBOX_COMPLETE_PLACES_H
#define QMPBOX_COMPLETE_PLACES_H

#include "complete/candidates.h"

/* `before` stands before each word, typed is what there is of it behind that; as in files.h. */

/* The VMs of this host by name; those that have a monitor to connect to, and by pid:N too. */
void places_add_vms(
    struct candidates *candidates, const char *before, const char *typed, bool reachable);

/* Addresses of monitors: sockets, the VMs of this host, and how the others begin. */
void places_add_addresses(
    struct candidates *candidates, const char *before, const char *typed, int64_t deadline);

/* Where a migration goes to or comes from. */
void places_add_migrations(
    struct candidates *candidates, const char *before, const char *typed, int64_t deadline);

#endif
