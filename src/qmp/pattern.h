/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pattern: which events are meant: NAME [KEY=VALUE]...
 *
 * NAME is a glob for the event's name, upper and lower case and '-' and '_' alike. KEY is a path
 * into its data: a member as it is written, else divided at its dots, numbers index lists. VALUE is
 * a glob for what is there: a string as it is, a number by its digits, true or false for a boolean
 * (on, off, yes and no mean the same). An event must have all of them. A value with blanks is put
 * between ' or ".
 */
#ifndef QMPBOX_QMP_PATTERN_H
#define QMPBOX_QMP_PATTERN_H

#include "json/frame.h"

struct pattern {
    char *name; /* the glob, upper case and with '_' */
    struct strings keys;
    struct strings values; /* as many as keys */
};

/* A list that it owns; starts zeroed. */
struct patterns {
    struct pattern *item;
    size_t count;
};

#define AUTO_PATTERNS AUTO(patterns_free)

void patterns_free(struct patterns *patterns);

/* Adds the pattern in one word; kind usage. */
bool patterns_add(struct patterns *patterns, const char *word, struct error *error);

/* The same for words of which those that are KEY=VALUE belong to the NAME before them. */
bool patterns_add_words(
    struct patterns *patterns, const struct strings *words, struct error *error);

/* Is it an event that one of the patterns means? The data is parsed only where a name fits. */
bool patterns_match(const struct patterns *patterns, const struct message *event);

/*
 * Does the pattern's NAME mean at least one of these events? Kind usage with the nearest name when
 * not.
 */
bool pattern_check_known(
    const struct pattern *pattern, const struct strings *names, struct error *error);

#endif
