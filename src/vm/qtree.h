/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qtree: what `info qtree` of the human monitor says: every device on its bus, with its properties.
 *
 * Its lines have been the same from QEMU 5.2 to 11.1, and it is the one question that has an answer
 * for the built-in devices too. What travels in a migration finds its device by where that sits,
 * not by its id; so do we. A value may hold a line end, and come from whoever started the VM: what
 * that forges is one property or device more to look at, nothing else.
 */
#ifndef QMPBOX_VM_QTREE_H
#define QMPBOX_VM_QTREE_H

#include "json/json.h"

/*
 * A list of objects, parents before their children, which the caller frees (NULL when there are
 * thousands, which no machine has):
 *   location    "01.0/00.0" for PCI, else what tells it from its siblings ("isa-serial iobase
 * 1016", "port 1", "lun 0:0:0"), counted from the oldest where nothing else does ("#2") parent the
 * location of the device that it sits on, "" for one of the machine's own type, id    of the
 * device; the id is "" where it has none name        the id of the nearest device upwards that has
 * one, or "" properties  an object, the values as they were printed, without the hexadecimal form
 */
json *qtree_parse(const char *text) MUST_CHECK;

/*
 * The buses instead, in the same way: a list of objects with
 *   name, type  of the bus ("rp1", "PCIE")
 *   device      the type of the device that it belongs to, "" for the machine's own
 *   id          the id of that device or of the nearest upwards that has one, or ""
 *   hotplug     false where that device is a port that takes none
 *   devices     those that sit on it: [{"type", "id", "addr" (of PCI, else "")}]
 */
json *qtree_buses(const char *text) MUST_CHECK;

#endif
