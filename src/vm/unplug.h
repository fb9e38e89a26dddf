/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unplug: a disk taken out of a running VM, with every part that belongs to it (disk.h names them).
 */
#ifndef QMPBOX_VM_UNPLUG_H
#define QMPBOX_VM_UNPLUG_H

#include "qmp/session.h"

/*
 * Takes the disk out: the device, once the guest has let go, then its nodes and fdset, or whatever
 * part is still there. Kind timeout when the guest does not let go by the session's deadline.
 * *result is one object (id, removed, and left when something must stay) that the caller frees.
 */
bool unplug_disk(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error);

#endif
