/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrateset: the capabilities and parameters of migrations, in one list of NAME=VALUE.
 *
 * QEMU has two commands for them, and keeps what is set for one migration for all that follow. So
 * they are set as steps whose inverses set again what held before, and only what differs is set:
 * capabilities that go off first, then parameters, then capabilities that go on, since both
 * commands refuse combinations (zero-copy-send with a multifd-compression).
 */
#ifndef QMPBOX_VM_MIGRATESET_H
#define QMPBOX_VM_MIGRATESET_H

#include "qmp/schema.h"
#include "vm/step.h"

/* Both are NULL as long as there are none. */
struct migrateset {
    json *capabilities; /* a list of {"capability","state"} */
    json *parameters;   /* an object */
};

void migrateset_free(struct migrateset *set);
#define AUTO_MIGRATESET AUTO(migrateset_free)

/* One type whose members are all capabilities and parameters; the caller frees; NULL on failure. */
json *migrateset_members(struct schema *schema, struct error *error) MUST_CHECK;

/*
 * Adds the words (settled, see qmp/words.h) to the set, typed by the schema of this QEMU; '-' and
 * '_' are alike in a name, and nested members go by dots. Kind usage for a name that is neither a
 * capability nor a parameter (with the nearest one), for one that is given twice and for a wrong
 * value; unsupported where there is no schema. What is deprecated or unstable is noted.
 */
bool migrateset_type(struct session *session, const struct strings *words, struct migrateset *set,
    struct error *error);

/* Adds one unless the set has it already; value is taken over in any case. */
void migrateset_capability(struct migrateset *set, const char *name, bool state);
void migrateset_parameter(struct migrateset *set, const char *name, json *value);

/* Does this QEMU have the capability? */
bool migrateset_has(
    struct session *session, const char *capability, bool *has, struct error *error);

/*
 * Asks for the values that hold now and adds steps that set those that differ. Most go in one
 * write; only where a step could be refused, those after it wait.
 */
bool migrateset_add_steps(struct steps *steps, struct session *session,
    const struct migrateset *set, struct error *error);

/* Names what the steps have set, while it cannot be set back. */
void migrateset_name_done(const struct steps *steps, struct strings *left);

/*
 * The values that hold now of all that is in the set, by name, the capabilities first; the caller
 * frees it. NULL on failure.
 */
json *migrateset_read_back(
    struct session *session, const struct migrateset *set, struct error *error) MUST_CHECK;

/*
 * Sets again what held before those of the steps that are done, in one write. What QEMU refuses to
 * set, or has no way to, is named in `left` with the reason. False only when the VM does not
 * answer: all that is not known to be set again is in `left` then too. Neither a signal that has
 * come by then nor the session's deadline stops it.
 */
bool migrateset_restore(
    struct session *session, const struct steps *steps, struct strings *left, struct error *error);

#endif
