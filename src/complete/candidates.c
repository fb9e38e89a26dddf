/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/candidates.h"

#include <stdlib.h>
#include <string.h>

/* More than a person looks through, and than a shell should be given. */
enum { LIMIT = 10000 };

void candidates_free(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        free(candidates->item[i].word);
        free(candidates->item[i].meaning);
    }
    free(candidates->item);
    free(candidates->places);
    *candidates = (struct candidates){.word = candidates->word};
}

static bool is_plain(const char *word)
{
    for (; *word; word++) {
        unsigned char c = (unsigned char)word[0], next = (unsigned char)word[1];

        /* U+0080 to U+009F are controls too: some terminals take U+009B for an escape and '['. */
        if (c < ' ' || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0))
            return false;
    }
    return true;
}

/* Where the word is in the table, or is to be put. */
static uint32_t *find_place(struct candidates *candidates, const char *word)
{
    size_t mask = candidates->place_count - 1;
    size_t at = text_hash(TEXT_HASH, word, strlen(word)) & mask;

    while (candidates->places[at] &&
           strcmp(candidates->item[candidates->places[at] - 1].word, word) != 0)
        at = (at + 1) & mask;
    return &candidates->places[at];
}

static void make_room(struct candidates *candidates)
{
    if (candidates->count < candidates->room)
        return;
    candidates->room = candidates->room ? candidates->room * 2 : 64;
    candidates->item = xrealloc(candidates->item, candidates->room * sizeof(*candidates->item));
    free(candidates->places);
    candidates->place_count = candidates->room * 2;
    candidates->places = xcalloc(candidates->place_count, sizeof(*candidates->places));
    for (size_t i = 0; i < candidates->count; i++)
        *find_place(candidates, candidates->item[i].word) = (uint32_t)i + 1;
}

static void add(struct candidates *candidates, const char *word, const char *meaning, bool part)
{
    const char *typed = candidates->word ? candidates->word : "";
    uint32_t *place;

    if (strncmp(word, typed, strlen(typed)) != 0 || !is_plain(word) || !*word ||
        candidates->count == LIMIT ||
        (candidates->except && strings_have(candidates->except, word)))
        return;
    make_room(candidates);
    place = find_place(candidates, word);
    if (*place)
        return;
    candidates->item[candidates->count++] = (struct candidate){
        .word = xstrdup(word), .meaning = meaning ? xstrdup(meaning) : NULL, .part = part};
    *place = (uint32_t)candidates->count;
}

void candidates_add(struct candidates *candidates, const char *word, const char *meaning)
{
    add(candidates, word, meaning, false);
}

void candidates_add_part(struct candidates *candidates, const char *word, const char *meaning)
{
    add(candidates, word, meaning, true);
}

char *candidates_common(const struct candidates *candidates)
{
    const char *first = candidates->count ? candidates->item[0].word : "";
    size_t length = strlen(first);

    for (size_t i = 1; i < candidates->count; i++) {
        const char *word = candidates->item[i].word;
        size_t same = 0;

        while (same < length && word[same] == first[same])
            same++;
        length = same;
    }
    /* Not in the middle of a character. */
    return xstrndup(first, utf8_whole(first, length));
}
