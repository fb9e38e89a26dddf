/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * members: KEY=VALUE words as far as a type of the schema says what they may be.
 *
 * A member has its whole name, as it is typed: dots nest, numbers index lists. What holds more is
 * offered as `name.`, and what is in it once that is typed. Members of a variant come when the
 * words give the tag that has them.
 */
#ifndef QMPBOX_COMPLETE_MEMBERS_H
#define QMPBOX_COMPLETE_MEMBERS_H

#include "complete/candidates.h"
#include "qmp/schema.h"

struct members {
    struct schema *schema;
    const json *type;              /* a reference (schema.h); an object in the end */
    const struct strings *given;   /* KEY=VALUE words: what they give is not offered again */
    const struct strings *implied; /* KEY=VALUE that hold besides: by what else is said, or unless
                                      given */
    const struct strings *hidden;  /* names that are not offered; or NULL */
    const char *before;            /* stands before each candidate */
    struct candidates *candidates;
    bool conditions; /* they are not to be given, but looked for: nothing is mandatory */
};

/* Adds the names that go with what is typed of one: mandatory ones first, deprecated last. */
void members_add_names(const struct members *members, const char *typed);

/* Does the schema list every value that the member KEY may have? */
bool members_list_all(const struct members *members, const char *key);

/* Adds the values of the member KEY, as far as there is a list of them; quoted as JSON is. */
void members_add_values(const struct members *members, const char *key, bool as_json);

#endif
