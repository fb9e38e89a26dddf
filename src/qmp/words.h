/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words: what a person types for the members of a command, taken apart but not yet typed.
 *
 * A word is split at its first '='. `key:=JSON` gives JSON as it is, `key=@FILE` the contents of a
 * file (`@-`: of standard input), `key=@fd:NAME` and `key=@fdset:NAME` what QEMU calls a passed
 * descriptor.
 */
#ifndef QMPBOX_QMP_WORDS_H
#define QMPBOX_QMP_WORDS_H

#include "json/json.h"

struct word_source {
    /* What QEMU calls the descriptor NAME (set: as /dev/fdset/N); the caller frees. NULL: none. */
    char *(*descriptor)(void *data, const char *name, bool set, struct error *error);
    void *data;
};

/* The key of a word (up to '=' or ':='), or NULL when it has none. The caller frees. */
char *words_key(const char *word) MUST_CHECK;

/* Is it a word with a key, KEY=VALUE or KEY:=JSON? */
bool words_is_pair(const char *word);

/* Does the word, which has a key, give JSON? */
bool words_is_json(const char *word);

/* What stands behind '=' or ':=', borrowed. */
const char *words_value(const char *word);

/* The plain value of KEY=VALUE among the words, borrowed, or NULL. */
const char *words_find(const struct strings *words, const char *key);

/*
 * Settles the words as far as that can be done here, before a VM is connected to: JSON is checked,
 * files are read, descriptors named. The settled words are words again, whose values mean what they
 * say; a bare word is kept. A single word that is one object as JSON, or "-" for one on standard
 * input, becomes *whole instead (the caller frees it). source may be NULL. Kind usage, local (a
 * file) or interrupted; the message begins with the key.
 */
bool words_settle(const struct strings *words, const struct word_source *source,
    struct strings *settled, json **whole, struct error *error);

/*
 * The value of a JSON word, no number in it out of range; kind usage, beginning with the key.
 */
json *words_json(const char *word, struct error *error) MUST_CHECK;

/* Why standard input cannot be read, for a person; the number is errno. Borrowed. */
const char *words_input_trouble(int number);

/* An identifier that QEMU takes for devices, nodes and objects: a letter, then letters, digits, -._
 */
bool words_is_id(const char *word);

#endif
