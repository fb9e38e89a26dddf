/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kinds: the things that a word may name, by their kind (enum completes): of this host, of the
 * schema, and in the VM.
 */
#ifndef QMPBOX_COMPLETE_KINDS_H
#define QMPBOX_COMPLETE_KINDS_H

#include "complete/position.h"
#include "complete/source.h"

/* What is completed. All borrowed. */
struct cursor {
    const struct position *position;
    struct source *source;
    struct candidates *candidates;
    const char *before; /* of the word: what stands before the value */
    const char *typed;  /* the value so far */
};

/*
 * Adds what there is of the kind; words are the KEY=VALUE words of the same command, or what else
 * the argument has got already, or NULL. Nothing for kinds that are words with a key (members.h).
 */
void kinds_add(const struct cursor *cursor, enum completes kind, const struct strings *words);

/* The same for the value behind KEY=, as QEMU's command (or NULL) means it. */
void kinds_add_value(
    const struct cursor *cursor, const char *command, const char *key, const struct strings *words);

/* The commands of this QEMU or guest agent, what is deprecated last. */
void kinds_add_commands(const struct cursor *cursor);

#endif
