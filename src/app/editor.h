/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * editor: a line being typed at a terminal, beside everything else that goes on.
 *
 * GNU readline edits it, so that what people have in their inputrc holds ($if Qmpbox). The terminal
 * is readline's only while something is typed; between two lines it is as it was found, and so it
 * is when the program ends. Keys are read in the turns of the loop; nothing here waits for one.
 */
#ifndef QMPBOX_APP_EDITOR_H
#define QMPBOX_APP_EDITOR_H

#include "base/loop.h"
#include "complete/candidates.h"

#include <stdio.h>

struct editor;

struct editor_options {
    struct loop *loop;
    FILE *screen; /* where the line is shown */
    /*
     * What may stand at the cursor behind these bytes; the word at it begins at the offset that is
     * returned, or SIZE_MAX when there is nothing.
     */
    size_t (*complete)(void *data, const char *bytes, size_t length, struct candidates *candidates);
    void *data;
};

/* Loads readline; kind local. There is one editor at a time. */
struct editor *editor_new(const struct editor_options *options, struct error *error) MUST_CHECK;
void editor_free(struct editor *editor);
DEFINE_CLEANUP(editor, struct editor, editor_free)
#define AUTO_EDITOR AUTO(cleanup_editor)

enum editor_state {
    EDITOR_RESTS,   /* nothing is typed: the terminal is as it was found */
    EDITOR_TYPING,  /* between editor_begin() and one of those below */
    EDITOR_ENTERED, /* a line is there: editor_take() */
    EDITOR_LEFT,    /* the end was typed, Ctrl-D */
    EDITOR_HUNG,    /* the terminal is gone */
};

/* A new line. Characters between \001 and \002 take no columns. */
void editor_begin(struct editor *editor, const char *prompt);

/* Another prompt before what is being typed. */
void editor_show(struct editor *editor, const char *prompt);

/* One turn of the loop, as loop_turn(), with the keys that came. */
bool editor_turn(struct editor *editor, int64_t deadline, struct error *error);
enum editor_state editor_state(const struct editor *editor);

/* The line that was entered; the caller frees it. */
char *editor_take(struct editor *editor) MUST_CHECK;

/* Whole lines above what is being typed, which stays as it is. */
void editor_above(struct editor *editor, const char *lines);

/* Stops the typing and forgets the line; its remains stay on the screen, marked with this. */
void editor_drop(struct editor *editor, const char *mark);

/* A line that the keys can bring back; the newest `most` are kept. */
void editor_remember(struct editor *editor, const char *line, int most);

#endif
