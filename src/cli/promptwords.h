/* SPDX-License-Identifier: GPL-2.0-or-later */
/* promptwords: the words that only the prompt knows (exit, help, use…), as they are declared. */
#ifndef QMPBOX_CLI_PROMPTWORDS_H
#define QMPBOX_CLI_PROMPTWORDS_H

#include "cli/options.h"

struct prompt_word {
    const char *name; /* NULL ends the table */
    const char *summary;
    enum completes completes; /* the word behind it */
};

extern const struct prompt_word prompt_words[];

/* NULL when it is none of them; name may be NULL. */
const struct prompt_word *prompt_word_find(const char *name);

#endif
