/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json: cJSON trees made exact. Only this room knows that they are cJSON's.
 *
 * cJSON's own reader and printer keep doubles (2^53+1 is rounded, 10^15 prints as 1e+15), stop at
 * \u0000 and at 1000 levels, and take duplicate keys; so trees are read and printed here, and cJSON
 * keeps them. What is decided:
 *   - every number keeps its digits as they were written; the getters give integers between -2^63
 *     and 2^64-1;
 *   - U+0000 inside a string is the two bytes C0 80 in memory (a C string goes on after it) and
 *     \u0000 again in print;
 *   - a key twice in one object, bytes that are not UTF-8 and nesting past 1024 are errors;
 *   - inf (QEMU's answer to 1e400) prints as 1e999, nan as null.
 *
 * json_free() takes a whole tree. `add` and `append` take ownership of the item, getters borrow.
 */
#ifndef QMPBOX_JSON_JSON_H
#define QMPBOX_JSON_JSON_H

#include "base/error.h"
#include "base/number.h"

typedef struct cJSON json;

void json_free(json *item);
DEFINE_CLEANUP(json, json, json_free)
#define AUTO_JSON AUTO(cleanup_json)

/* Reads exactly one value; the error is kind protocol with the byte at which it is wrong. */
json *json_parse(const char *bytes, size_t length, struct error *error) MUST_CHECK;

/* Adds the tree as compact JSON. */
void json_print(const json *item, struct text *text);
char *json_to_string(const json *item) MUST_CHECK;
json *json_copy(const json *item) MUST_CHECK;

/* Making. */
json *json_new_object(void);
json *json_new_array(void);
json *json_new_string(const char *value);
json *json_new_bool(bool value);
json *json_new_null(void);
json *json_new_int(int64_t value);
json *json_new_number(struct number value);

void json_add(json *object, const char *key, json *item);
void json_add_string(json *object, const char *key, const char *value);
void json_add_bool(json *object, const char *key, bool value);
void json_add_int(json *object, const char *key, int64_t value);
json *json_add_object(json *object, const char *key); /* borrowed */
json *json_add_array(json *object, const char *key);  /* borrowed */
void json_add_strings(json *object, const char *key, const struct strings *list);
void json_append(json *array, json *item);
void json_replace(json *object, const char *key, json *item); /* adds it where there is none */
json *json_take(json *object, const char *key); /* detached, or NULL: the caller owns it */

/* Looking. All take NULL and answer NULL or false, so that paths can be walked without checks. */
bool json_is_object(const json *item);
bool json_is_array(const json *item);
bool json_is_string(const json *item);
bool json_is_number(const json *item);
bool json_is_bool(const json *item);
bool json_is_null(const json *item);
bool json_is_true(const json *item);

json *json_get(const json *object, const char *key);
const char *json_string(const json *item);
const char *json_get_string(const json *object, const char *key);
bool json_get_bool(const json *object, const char *key, bool otherwise);
bool json_number(const json *item, struct number *value); /* an integer, exactly */
bool json_get_number(const json *object, const char *key, struct number *value);
bool json_get_int(const json *object, const char *key, int64_t *value);

/* The number as it was written, borrowed from item; NULL when it is none. */
const char *json_digits(const json *item);

/* The first object of a list whose member `key` is this string, or NULL. */
json *json_find(const json *list, const char *key, const char *value);

/* Adds the strings that are the members `key` of a list's objects. */
void json_gather(struct strings *to, const json *list, const char *key);

size_t json_count(const json *container);
json *json_first(const json *container);
json *json_next(const json *item);
const char *json_key(const json *item); /* of a member of an object */

#define json_each(item, container)                                                                 \
    for (const json *(item) = json_first(container); (item); (item) = json_next(item))

/* cJSON's version, "1.7.15". */
const char *json_library_version(void);

#endif
