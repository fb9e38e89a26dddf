/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history: the lines that were typed at the prompt, kept for the next time.
 *
 * They stand in $XDG_STATE_HOME/qmpbox/history (~/.local/state/qmpbox/history), mode 0600, the
 * newest HISTORY_MOST of them. Prompts that run at the same time add to it one after the other,
 * under a lock, so that none loses the other's. A file or folder that is not our own is not used.
 * A line that may hold a secret is not kept, nor is one that begins with a blank.
 */
#ifndef QMPBOX_APP_HISTORY_H
#define QMPBOX_APP_HISTORY_H

#include "base/text.h"

enum { HISTORY_MOST = 2000 };

/* Starts zeroed. */
struct history {
    struct strings lines; /* oldest first */
};

void history_free(struct history *history);

/* Reads what is kept; nothing where there is nothing that can be trusted. */
void history_load(struct history *history);

/* May the line be kept, whose words these are? */
bool history_may_keep(const struct strings *words, const char *line);

/*
 * Adds a line, here and to the file; one that is the same as the newest is not added again. False
 * when it was not added here. What goes wrong with the file is not worth an error.
 */
bool history_add(struct history *history, const char *line);

#endif
