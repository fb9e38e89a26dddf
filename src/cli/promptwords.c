/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/promptwords.h"

const struct prompt_word prompt_words[] = {
    {"exit", "leave the prompt", COMPLETES_NOTHING},
    {"help", "what there is, or what a subcommand does", COMPLETES_SUBCOMMAND},
    {"use", "another VM", COMPLETES_ADDRESS},
    {"reconnect", "the same VM again, after the connection was lost", COMPLETES_NOTHING},
    {"history", "the lines that were typed", COMPLETES_NOTHING},
    {NULL, NULL, COMPLETES_NOTHING},
};

const struct prompt_word *prompt_word_find(const char *name)
{
    for (const struct prompt_word *word = prompt_words; word->name; word++)
        if (text_is(name, word->name))
            return word;
    return NULL;
}
