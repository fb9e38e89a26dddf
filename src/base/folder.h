/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * folder: the folders in which this program keeps files of a user's own.
 *
 * One that belongs to somebody else (sudo with the caller's HOME), or that others can write to, is
 * neither read nor filled with files of ours.
 */
#ifndef QMPBOX_BASE_FOLDER_H
#define QMPBOX_BASE_FOLDER_H

#include "base/text.h"

#include <sys/types.h>

/* Is it of this type (S_IFREG, S_IFDIR), our own, and can nobody else write to it? */
bool folder_is_ours(int fd, mode_t type);

/*
 * The folder `qmpbox` in the one that the environment variable names, or else in ~/PATH (up to two
 * names: ".local/state"), made if it is missing, mode 0700. -1 when there is none for us.
 */
int folder_open(const char *variable, const char *path) MUST_CHECK;

/* Writes all of it; a file that cannot take it is the caller's to remove. */
bool folder_write(int fd, const char *bytes, size_t length);

#endif
