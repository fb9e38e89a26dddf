/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * position: what the word at the cursor of a line is, by the declarations alone.
 *
 * The words before it are read as a run would read them, but past whatever is wrong among them.
 * Nothing outside of this program is looked at.
 */
#ifndef QMPBOX_COMPLETE_POSITION_H
#define QMPBOX_COMPLETE_POSITION_H

#include "cli/context.h"

struct position {
    struct globals globals;          /* as far as they are given */
    const char *name;                /* of the subcommand, as typed; NULL: the word is to name it */
    const struct command *command;   /* the subcommand, or the raw door */
    void *options;                   /* the subcommand's, as far as they are given */
    const struct option *option;     /* the word is the value of this one... */
    const struct argument *argument; /* ...or this argument; NULL where none is left */
    bool dashes;                     /* the word may be the name of an option */
    size_t before;                   /* so many of its bytes stand before the value */
};

/*
 * words: those before the cursor without the program's name, borrowed until position_free(); word:
 * the one at it. The command of a raw door is valid until the next raw_door().
 */
void position_find(struct position *position, const struct strings *words, const char *word);
void position_free(struct position *position);
#define AUTO_POSITION AUTO(position_free)

/* The words that the argument at the cursor has got already; NULL where there are none. */
const struct strings *position_words(const struct position *position);

/* The words that the option whose value it is has got already; NULL where it takes one only. */
const struct strings *position_values(const struct position *position);

/* What an argument of one word that stands before the cursor and completes so was given; or NULL.
 */
const char *position_given(const struct position *position, enum completes completes);

/* The values of the subcommand's own option of this name that may be repeated; or NULL. */
const struct strings *position_strings(const struct position *position, const char *option);

/* The value of the subcommand's own option of this name that takes one word; or NULL. */
const char *position_chosen(const struct position *position, const char *option);

/* Is the option given already, so that it cannot be given again? */
bool position_has(const struct position *position, const struct option *option);

#endif
