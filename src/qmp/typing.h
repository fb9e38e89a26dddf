/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * typing: the words that a person types, and JSON, made a value of a type of the schema.
 *
 * The type decides what a word means, never its looks: `node-name=1` is the string "1". A member
 * name that exists as written wins, else dots nest; numbers index lists, in order from 0 on; a
 * repeated key extends a list and is refused elsewhere. An alternate prefers a string, then a
 * number, then a boolean. What is of no known type is a string, or nests. Anything wrong is kind
 * usage and names the nearest right word, or the type that is expected.
 */
#ifndef QMPBOX_QMP_TYPING_H
#define QMPBOX_QMP_TYPING_H

#include "qmp/scalar.h"
#include "qmp/words.h"

/* The object that the words make; type NULL: any object. Each must be a pair, and settled. */
json *typing_words(const struct typing *typing, const json *type, const struct strings *words,
    struct error *error) MUST_CHECK;

/* A copy of the value, which must be of the type (a reference, see schema.h). */
json *typing_json(const struct typing *typing, const json *type, const json *value,
    struct error *error) MUST_CHECK;

#endif
