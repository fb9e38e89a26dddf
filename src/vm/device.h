/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device: devices by id: are they there, and taking them out until they are really gone. */
#ifndef QMPBOX_VM_DEVICE_H
#define QMPBOX_VM_DEVICE_H

#include "vm/step.h"

/* Adds the step device_add with its inverse; arguments (with an id) are taken over. */
struct step *device_add_step(struct steps *steps, json *arguments, unsigned flags);

/*
 * What /machine/peripheral holds: the devices that have ids, as qom-list gives them (name, and type
 * as "child<TYPE>"). The caller frees; kind unsupported where there is no machine (a storage
 * daemon).
 */
json *device_list(struct session *session, struct error *error) MUST_CHECK;

/* The QOM type of the device with this id: NULL when there is none (no error), the caller frees. */
bool device_find(struct session *session, const char *id, char **type, struct error *error);

/* What an event says about the device: gone, refused by the guest, or nothing. */
enum device_verdict { DEVICE_NOTHING, DEVICE_GONE, DEVICE_REFUSED };
enum device_verdict device_judge(const struct message *event, const char *id);

/*
 * Asks the guest to let the device go (device_del) and waits until it is gone: by its
 * DEVICE_DELETED and by asking again every two seconds, since an event can be missed, a request can
 * be lost on a guest that is booting, and {} for device_del proves nothing. "Already in the process
 * of unplug", "guest is busy" and a blinking power indicator mean that it takes longer.
 *
 * Ends at the session's deadline with kind timeout and a sentence about why that may be; failed
 * when the guest refused. *finished is false when only asking showed that the device has left: what
 * it used (a block node) may then still be held for a moment, until its DEVICE_DELETED.
 */
bool device_remove(struct session *session, const char *id, bool *finished, struct error *error);

/*
 * The properties that devices of this type have, as device-list-properties gives them: NULL with
 * kind no, and the nearest name, when this QEMU has no such type that can be made. Only the one
 * type is asked for: asking for all of them ends some QEMUs. The caller frees.
 */
json *device_properties(struct session *session, const char *type, struct error *error) MUST_CHECK;

#endif
