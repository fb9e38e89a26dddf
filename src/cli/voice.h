/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * voice: all that a run says on stderr: notes, traces, progress, errors.
 *
 * For people it is lines, which pass bars of progress without mixing with them; with --json every
 * line is a document. Each thing that is said is one write.
 */
#ifndef QMPBOX_CLI_VOICE_H
#define QMPBOX_CLI_VOICE_H

#include "base/error.h"
#include "base/report.h"

struct voice {
    const char *name; /* the subcommand's, or NULL; borrowed */
    bool json;
    bool quiet;
    const char *place; /* of the line that runs, which begins errors; or NULL; borrowed */
    struct progress_display *display; /* NULL: progress is not shown */
    /* Gets what would be written to stderr, in whole lines; NULL: it is written. */
    void (*elsewhere)(void *data, const char *lines);
    void *data;
};

/* Chooses how progress is shown, from --progress (NULL: auto) and from what stderr is. */
void voice_show_progress(struct voice *voice, const char *how);

/* Ends what is on the terminal. */
void voice_free(struct voice *voice);

void voice_note(const struct voice *voice, const char *sentence);
/* Lines of anybody's, as they are. */
void voice_lines(const struct voice *voice, const char *lines);

void voice_trace(const struct voice *voice, bool sent, const char *message);

/* Nothing where it has been said already, or where a closed pipe says it. */
void voice_error(const struct voice *voice, const struct error *error);

/* Only with a display. */
void voice_progress(const struct voice *voice, const struct progress *progress);

/* Takes the bars off the terminal, before something else writes there. */
void voice_make_room(const struct voice *voice);

#endif
