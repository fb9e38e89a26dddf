/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * throttle: the I/O limits of a device, of which some are changed and the others stay.
 *
 * block_set_io_throttle sets all limits at once: what it is not told is off. So they are read first
 * (query-block), and what the words leave out is sent as it was. Where a word and a kept limit do
 * not go together, the kept one is dropped and that is noted. A device that joins a group takes the
 * limits of the group, since what it brought would be set for the others too.
 */
#ifndef QMPBOX_VM_THROTTLE_H
#define QMPBOX_VM_THROTTLE_H

#include "qmp/session.h"

struct throttle_request {
    const struct strings *words; /* settled (qmp/words.h) */
    const json *whole;           /* or the whole object that they were, or NULL */
};

/* The device that the words name (id=, or device=), borrowed; NULL with kind usage. */
const char *throttle_target(const struct throttle_request *request, struct error *error);

/*
 * Sets the limits and reads them back; with dry_run the message is printed. *result, which the
 * caller frees, is {"id","throttle"}, the latter with the members that query-block has of it and
 * that are set. Kind usage, before anything is sent that changes the VM, where QEMU would refuse.
 */
bool throttle_set(struct session *session, const struct throttle_request *request, bool dry_run,
    json **result, struct error *error);

/* The limits of an entry of query-block that are set, with their group where that is not the
 * device's own; empty when there are none. The caller frees. */
json *throttle_of(const json *block) MUST_CHECK;

#endif
