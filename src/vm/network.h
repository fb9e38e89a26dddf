/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network: what `info network` of the human monitor says, the only list of netdevs that there is.
 *
 * Its lines have been the same from QEMU 5.2 to 11.1. A client stands at the top level with its
 * peer below it, or below a hub with the port that it is plugged into; one line for each queue.
 * What a line describes comes from whoever made the netdev, and may hold a line end: an id that is
 * seen with a peer has one, whatever else is said of it.
 */
#ifndef QMPBOX_VM_NETWORK_H
#define QMPBOX_VM_NETWORK_H

#include "json/json.h"

/*
 * A list of {"id", "type"} in the order of the text, each id once: NICs (type nic), netdevs, and
 * ports of hubs (hubport, also with "hub"). "peer" is the id at the other end, where there is one,
 * "mac" the address of a NIC; "filtered" is true where filters are attached. The caller frees.
 */
json *network_parse(const char *text) MUST_CHECK;

#endif
