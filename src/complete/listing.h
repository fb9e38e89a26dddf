/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing: one list of things that is being made for a word at the cursor: what its makers (the
 * live… rooms) get and how they add to it.
 */
#ifndef QMPBOX_COMPLETE_LISTING_H
#define QMPBOX_COMPLETE_LISTING_H

#include "cli/options.h"
#include "complete/candidates.h"
#include "complete/live.h"
#include "json/json.h"

struct listing {
    struct live *live;
    enum completes kind;
    const char *prefix;          /* before each word, not NULL */
    const struct strings *words; /* KEY=VALUE of the same command, not NULL */
    struct candidates *candidates;
};

/* Who makes the lists of a kind; a table of them ends with add NULL. */
struct lister {
    enum completes kind;
    void (*add)(const struct listing *listing);
};

/* Adds a word with its meaning (format NULL: none), which is escaped here. NULL is not added. */
void listing_add(const struct listing *listing, const char *word, const char *format, ...)
    PRINTF(3, 4);
void listing_add_part(const struct listing *listing, const char *word, const char *format, ...)
    PRINTF(3, 4);

/* What is typed behind the prefix, borrowed; "" while it is the prefix that is being typed. */
const char *listing_typed(const struct listing *listing);

/*
 * The answer to one question (arguments, which are taken over, may be NULL) that the caller frees;
 * NULL when there is none, for whatever reason.
 */
json *listing_ask(const struct listing *listing, const char *command, json *arguments) MUST_CHECK;

/* The string, or "?" for NULL: what a VM should have said. */
const char *listing_or_unknown(const char *string);

/* The answers to questions in one write: true unless the VM cannot be asked, or not in time. */
struct inquiry;
bool listing_inquire(const struct listing *listing, struct inquiry *inquiry);

/* {"path": path}, and with a property; the caller frees. */
json *listing_path(const char *path, const char *property) MUST_CHECK;

/* Is this entry of a list of QOM properties a child? */
bool listing_is_child(const json *entry);

/* The entries of a list of QOM properties that are children, in the order of their names; the
 * caller frees the array, not what it points to. */
const json **listing_children(const json *list, size_t *count) MUST_CHECK;

/* "virtio-blk-pci" of "child<virtio-blk-pci>", as it is where it is something else; the caller
 * frees. */
char *listing_type(const json *entry) MUST_CHECK;

#endif
