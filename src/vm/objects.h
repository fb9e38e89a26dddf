/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objects: what object-add made, and who uses it, as far as that can be seen.
 *
 * object-del is no judge: QEMU 5.2 to 11.1 let an iothread go while a device works with it. So it
 * is looked for in the links of the devices and of the other objects. Of a type that is used in
 * ways that leave no trace (a secret is read once, credentials are named by servers) it is not
 * known.
 */
#ifndef QMPBOX_VM_OBJECTS_H
#define QMPBOX_VM_OBJECTS_H

#include "vm/graph.h"

/* What is known of the VM already; all of it borrowed, NULL where this peer has no such thing. */
struct objects_world {
    const json *objects;   /* qom-list of /objects */
    const json *devices;   /* of /machine/peripheral */
    const json *anonymous; /* of /machine/peripheral-anon */
    const char *memory;    /* the machine's memory-backend */
    bool exports;          /* there are block exports, which may run in an iothread */
    const struct graph *graph;
};

/*
 * A list of {"name", "type", "users": [strings], "known"}: without users it is unused when that is
 * known. Two more writes, unless the world settles it all; `closely`: also for types that are not
 * known in the end. The caller frees; NULL on failure.
 */
json *objects_survey(struct session *session, const struct objects_world *world, bool closely,
    struct error *error) MUST_CHECK;

#endif
