/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * properties: what one kind of device or object takes, made a type as the schema has them.
 *
 * The schema knows of device_add only driver, bus and id; the rest is asked of this QEMU, of the
 * one named type only, since asking for all is not safe (FACTS, section 0), and is cached as the
 * schema is. Ranges follow from the names of the types (uint16), the values of an enum from the
 * list that QEMU's own description ends with ("on/off/auto").
 */
#ifndef QMPBOX_QMP_PROPERTIES_H
#define QMPBOX_QMP_PROPERTIES_H

#include "qmp/schema.h"

/*
 * The properties of a driver for device_add as an object type with meta-type, members and whether
 * it sits on a PCI bus ("pci"); the caller frees it. Kind unsupported when this QEMU has no such
 * device (with the nearest one), usage when the guard refuses the question.
 */
json *properties_of_device(
    struct schema *schema, const char *driver, struct error *error) MUST_CHECK;

/* The same of a type for object-add. */
json *properties_of_object(
    struct schema *schema, const char *qom_type, struct error *error) MUST_CHECK;

/*
 * Adds to the error about a type that this QEMU does not have which was meant, among those that
 * implement the interface or class; one question. False.
 */
bool properties_suggest(
    struct session *session, const char *type, const char *implements, struct error *error);

#endif
