/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script: the lines of a descriptor, read in blocks while everything else on the loop goes on.
 *
 * The end of the file ends the last line too; "\r\n" ends a line as "\n" does.
 */
#ifndef QMPBOX_APP_SCRIPT_H
#define QMPBOX_APP_SCRIPT_H

#include "base/loop.h"
#include "base/text.h"

struct script;

/* Both outlive it. */
struct script *script_new(int fd, struct loop *loop) MUST_CHECK;
void script_free(struct script *script);
DEFINE_CLEANUP(script, struct script, script_free)
#define AUTO_SCRIPT AUTO(cleanup_script)

/*
 * Waits for the next line, without its break, borrowed until the next call; its bytes are NULL at
 * the end. Kind usage when it is longer than a line can be (line.h), local, or interrupted.
 */
bool script_next(struct script *script, struct slice *line, struct error *error);

/* Of the newest line, from 1 on. */
uint64_t script_number(const struct script *script);

#endif
