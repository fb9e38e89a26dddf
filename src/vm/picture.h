/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * picture: the block graph told as people think of it: devices, and under each what it is made of.
 *
 * A device has layers, the top first: each is backed by the next, or is a filter (a throttle, that
 * of a job) that passes everything on to it. Under a layer stand its file and its other children,
 * each with layers of its own. A node is told whole once; where it is met again only its name is.
 *
 * The document is ours and is made for ui/blocks.h:
 *   {"devices":[DEVICE...],"others":[{"users":[TEXT...],"layers":[LAYER...]}...]}
 *   DEVICE: id, drive, removable, locked, tray-open, io-status, empty, read-only, cache, throttle
 *           (an object as query-block has it, what is not set left out), layers
 *   LAYER:  name, driver, filter, size, allocated, read-only, file (a real name), fdset (a number
 * without one), group (of a throttle), cluster-size, remarks [TEXT...], roles [{job, role}...],
 *           jobs [{id, type, status, current, total}...], exports [{id, type}...], bitmaps [as QEMU
 *           has them...], parts [{"edge","layers"}...], again
 * with what is not so, or not known, left out.
 */
#ifndef QMPBOX_VM_PICTURE_H
#define QMPBOX_VM_PICTURE_H

#include "qmp/session.h"

/*
 * All devices and what belongs to none; or, with an id (a device's, a drive's, a QOM path), that
 * device alone. One write. NULL on failure: kind usage with the nearest id when there is no such
 * device. The caller frees.
 */
json *picture_devices(struct session *session, const char *id, struct error *error) MUST_CHECK;

/*
 * All nodes, or the one of that name, as rows: node, driver, size, read-only, used-by, file. Kind
 * usage with the nearest name, or the chain of the device of that id, when there is no such node.
 * One write. The caller frees.
 */
json *picture_nodes(struct session *session, const char *name, struct error *error) MUST_CHECK;

#endif
