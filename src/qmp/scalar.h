/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scalar: a single value as a type of the schema wants it, and the sentence when it does not.
 *
 * `path` is the whole name of the member, for people. What is made belongs to the caller; NULL
 * means that an error of kind usage is set.
 */
#ifndef QMPBOX_QMP_SCALAR_H
#define QMPBOX_QMP_SCALAR_H

#include "qmp/schema.h"

/* What values are typed by, here and in typing.h. */
struct typing {
    struct schema *schema; /* NULL: there are no types that have names */
    struct strings *notes; /* sentences about what is deprecated or unstable; or NULL */
    const char *command;   /* whose secrets no error repeats; or NULL */
};

/* The value that the text means for a type of this kind. */
json *scalar_of_text(const struct typing *typing, enum schema_kind kind, const json *type,
    const char *path, const char *text, struct error *error) MUST_CHECK;

/* The text as a value of an enum; what is marked about it is noted. */
json *scalar_enum(const struct typing *typing, const json *type, const char *path, const char *text,
    struct error *error) MUST_CHECK;

/* Is the JSON a value of the type, which is of this kind and no enum? */
bool scalar_fits(enum schema_kind kind, const json *type, const json *value);

/* Set the error "PATH: expected TYPE, not VALUE"; both return NULL. */
json *scalar_expected(const struct typing *typing, const json *type, const char *path,
    const char *value, struct error *error);
json *scalar_expected_json(const struct typing *typing, const json *type, const char *path,
    const json *value, struct error *error);

/* Notes, once for each, whether QEMU has marked this member or value as deprecated or unstable. */
void scalar_note(const struct typing *typing, const json *of, const char *what);

#endif
