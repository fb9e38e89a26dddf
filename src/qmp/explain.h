/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain: an entry of the schema as one document that a person can be shown.
 *
 *   name, meta-type, features, and of a command or event `arguments`, of a command `returns`: each
 *   an object with `type` (in words), `values` of an enum, and `members`, a flat list. A member has
 *   its whole name as it is typed (file.driver; a list's places are 0), type, values, optional,
 *   features, and `when`, the KEY=VALUE of the variant that has it. The members of a type are
 * listed once; where it comes again, `as` names the member under which they stand.
 */
#ifndef QMPBOX_QMP_EXPLAIN_H
#define QMPBOX_QMP_EXPLAIN_H

#include "qmp/schema.h"

/* The caller frees it; NULL without an error when the schema has no such entry. */
json *explain_entry(struct schema *schema, const char *name, struct error *error) MUST_CHECK;

/*
 * All commands and events, each with name and meta-type, features if any, and with a word those
 * whose name, or a member or value of it, holds the word (in `members`); the caller frees it.
 */
json *explain_all(struct schema *schema, const char *word, struct error *error) MUST_CHECK;

#endif
