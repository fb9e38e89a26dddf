/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arguments: the words behind the name of a command, made its arguments as the running QEMU types
 * them.
 *
 * Words are pairs (words.h); or the only word is one whole object as JSON, or "-" for one on
 * standard input; or words are bare and give the mandatory members in their order. device_add takes
 * what its driver has as properties, object-add those of its type where the schema does not list
 * them. A wrong name, type or value and a missing member are kind usage, before anything that
 * changes the VM is sent. What is deprecated or unstable is noted through the session's report. A
 * peer without query-qmp-schema gets strings, unchecked.
 */
#ifndef QMPBOX_QMP_ARGUMENTS_H
#define QMPBOX_QMP_ARGUMENTS_H

#include "qmp/typing.h"

/* The words are settled (words_settle), with the whole object (or NULL) that they were. The caller
 * owns the result. */
json *arguments_for(struct session *session, const char *command, const struct strings *words,
    const json *whole, struct error *error) MUST_CHECK;

/*
 * The type of a command's arguments where the schema's own says too little: for device_add always,
 * for object-add up to 5.2, by the driver or type that the object `given` (or NULL) or the pairs
 * name. The caller frees it. NULL without an error: the schema's own is right.
 */
json *arguments_own_type(struct schema *schema, const json *entry, const json *given,
    const struct strings *pairs, struct error *error) MUST_CHECK;

/*
 * The words with the bare ones made pairs: they give the mandatory members of the command (its
 * entry in the schema, or NULL), in the schema's order, that no pair gives. Kind usage when there
 * are too many.
 */
bool arguments_pairs(struct schema *schema, const json *entry, const struct strings *words,
    struct strings *pairs, struct error *error);

/* The member that one more bare word would give, borrowed; NULL when there is none. */
const char *arguments_next_bare(
    struct schema *schema, const json *entry, const struct strings *pairs);

/* Without a session or a schema: strings and JSON. The words need not be settled. */
json *arguments_untyped(const struct strings *words, struct error *error) MUST_CHECK;

/*
 * For a device that a subcommand plugs in: the words are the driver's properties, which are asked
 * for unless no word needs it and the driver is certain to be there. *is_pci: whether it sits on a
 * PCI bus. The words need not be settled.
 */
json *arguments_for_device(struct session *session, const char *driver, bool certain,
    const struct strings *words, bool *is_pci, struct error *error) MUST_CHECK;

/* Is there such a command? Kind usage with the nearest of its names and of `others` (which may be
 * NULL), or unsupported when other QEMUs have it. */
bool arguments_command(struct session *session, const char *command, const struct strings *others,
    struct error *error);

#endif
