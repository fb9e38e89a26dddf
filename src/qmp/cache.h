/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache: what a QEMU was asked once and answers alike for as long as its program is the same, kept
 * in shelves under $XDG_CACHE_HOME/qmpbox (~/.cache/qmpbox).
 *
 * A shelf is found by the name of its kind and by its key, the text that says whose answer it is;
 * the file carries the key, so that no other QEMU's is ever read. Only a regular file of our own,
 * which nobody else can write, in a folder of our own is read; a new one is written beside it and
 * renamed. Whatever goes wrong here means that the QEMU is asked again: nothing in here fails.
 */
#ifndef QMPBOX_QMP_CACHE_H
#define QMPBOX_QMP_CACHE_H

#include "base/shelf.h"

/* The most shelves of a kind that are kept: when there are more, what was written first goes. */
enum { CACHE_FILES = 256 };

/*
 * `place` says which file (a hash of it is the file's name): usually the key itself; a part of the
 * key where the rest is not known before something of the file has been looked at. NULL when there
 * is none that can be trusted.
 */
struct shelf *cache_open(const char *kind, const char *place, const char *key) MUST_CHECK;

/* Is there a file for this place, whatever its key? */
bool cache_has(const char *kind, const char *place);

/* Writes the shelf's bytes, or does not. */
void cache_write(const char *kind, const char *place, const struct text *file);

/* Removes a shelf that turned out to be damaged. */
void cache_drop(const char *kind, const char *place);

#endif
