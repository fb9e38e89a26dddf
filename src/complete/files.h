/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files: the files that a path at the cursor may be going to name.
 *
 * Folders are parts that end in '/', so that completing goes on inside of them. Hidden ones come
 * only behind a dot that was typed. "~/" is the home folder for looking, and stays as it is.
 */
#ifndef QMPBOX_COMPLETE_FILES_H
#define QMPBOX_COMPLETE_FILES_H

#include "complete/candidates.h"

enum files { FILES_ALL, FILES_FOLDERS, FILES_SOCKETS };

/*
 * Adds what is there in order of name, `before` put before each path; typed: the path so far. What
 * cannot be listed by the deadline (base/clock.h) is left out.
 */
void files_add(struct candidates *candidates, const char *before, const char *typed,
    enum files files, int64_t deadline);

#endif
