/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unplug: a disk, a NIC or another device taken out of a running VM, with every part that belongs
 * to it (parts.h).
 */
#ifndef QMPBOX_VM_UNPLUG_H
#define QMPBOX_VM_UNPLUG_H

#include "qmp/session.h"

/*
 * Takes it out: the device, once the guest has let go, then what it used (the nodes and the fdset
 * of a disk, the netdev of a NIC; of any device what carries our names), or whatever part is still
 * there. Kind timeout when the guest does not let go by the session's deadline; usage for a device
 * of another kind. *result is one object (id, removed, and left when something must stay) that the
 * caller frees.
 */
bool unplug_disk(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error);
bool unplug_nic(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error);
bool unplug_device(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error);

#endif
