/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidates: what the word at the cursor may become.
 *
 * A candidate is the whole word, unquoted, as it would stand on the line. One that is only a part
 * (`bus=`, a folder) goes on at once; behind any other comes a space. The list owns its strings.
 */
#ifndef QMPBOX_COMPLETE_CANDIDATES_H
#define QMPBOX_COMPLETE_CANDIDATES_H

#include "base/text.h"

struct candidate {
    char *word;
    char *meaning; /* a few words for people, or NULL */
    bool part;     /* something follows it directly */
};

/* Starts zeroed, but for the word that is being completed. */
struct candidates {
    const char
        *word; /* as far as it is typed, borrowed: what does not begin with it is not added */
    const struct strings *except; /* words that are not added, borrowed; or NULL */
    struct candidate *item;
    size_t count;
    size_t room;
    uint32_t *places; /* by hash: a power of two of them, index + 1 or 0 */
    size_t place_count;
};

#define AUTO_CANDIDATES AUTO(candidates_free)

void candidates_free(struct candidates *candidates);

/*
 * Adds a candidate when it begins with what is typed ('-' and '_' are not alike here), is not in
 * the list yet, and holds no control character. meaning may be NULL.
 */
void candidates_add(struct candidates *candidates, const char *word, const char *meaning);
void candidates_add_part(struct candidates *candidates, const char *word, const char *meaning);

/* The longest beginning that all of them share; the caller frees it; "" when there are none. */
char *candidates_common(const struct candidates *candidates) MUST_CHECK;

#endif
