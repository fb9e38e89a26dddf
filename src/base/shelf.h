/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shelf: named texts in one file, found by name without reading all of it.
 *
 * The file is made of pages of 4096 bytes, each with a checksum of its own that is bound to the
 * page's number and to the shelf's key: a page that is damaged, cut off, or another shelf's is
 * noticed when it is read, and only pages that are needed are read. The header holds the key, which
 * says what the texts are about; a shelf with another key is not opened. '-' and '_' are the same
 * in names.
 *
 * It is a cache's format: of this machine's byte order, and thrown away when anything is odd.
 */
#ifndef QMPBOX_BASE_SHELF_H
#define QMPBOX_BASE_SHELF_H

#include "base/text.h"

enum { SHELF_PAGE = 4096, SHELF_LIMIT = 64 * 1024 * 1024 };

/* Making one. Starts zeroed; the bytes that are put in are copied. */
struct shelf_maker {
    struct text records;
    struct shelf_place *places;
    size_t count;
    size_t room;
    struct text names;
};

#define AUTO_SHELF_MAKER AUTO(shelf_maker_free)

void shelf_maker_free(struct shelf_maker *maker);

/* `listed` is 0, or the class under which shelf_names() lists it. The first of one name counts. */
void shelf_put(struct shelf_maker *maker, struct slice name, struct slice text, char listed);

/* The file's bytes; the maker may be freed then. Empty when they would be more than SHELF_LIMIT. */
void shelf_finish(const struct shelf_maker *maker, const char *key, struct text *file);

/* Reading one. */
struct shelf;

/*
 * The file (taken over, closed on failure too) or the bytes (moved out of *file) as a shelf; NULL
 * when it is none, is damaged, or is not about this key.
 */
struct shelf *shelf_open(int fd, const char *key) MUST_CHECK;
struct shelf *shelf_of_bytes(struct text *file, const char *key) MUST_CHECK;
void shelf_free(struct shelf *shelf);
DEFINE_CLEANUP(shelf, struct shelf, shelf_free)
#define AUTO_SHELF AUTO(cleanup_shelf)

enum shelf_answer { SHELF_FOUND, SHELF_NOTHING, SHELF_DAMAGED };

/* Adds the text that has this name. */
enum shelf_answer shelf_find(struct shelf *shelf, const char *name, struct text *text);

/* Adds the names that are listed under this class, in the order in which they were put. */
enum shelf_answer shelf_names(struct shelf *shelf, char listed, struct strings *names);

#endif
