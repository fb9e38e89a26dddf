/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress: how far things are, as a bar on a terminal, as plain lines or as JSON documents.
 *
 * It writes nothing: each call adds to a text what is to be written to stderr, in one piece. As a
 * bar each thing that runs has a line of its own at the bottom of the terminal, which is drawn anew
 * when it is heard of; whatever else goes to that terminal comes between progress_hide() and
 * progress_draw(). One that has ended leaves its line behind. Plain lines and documents are few:
 * one at first, one in five seconds (a document: in one), one at the end.
 */
#ifndef QMPBOX_UI_PROGRESS_H
#define QMPBOX_UI_PROGRESS_H

#include "base/report.h"
#include "base/text.h"

enum progress_mode { PROGRESS_NONE, PROGRESS_BAR, PROGRESS_PLAIN, PROGRESS_JSON };

/*
 * What --progress means: auto (or NULL) is a bar on a terminal that can move its cursor, and
 * nothing elsewhere or beside documents. A bar that was asked for is plain lines where there is no
 * such terminal; bar and plain are documents where those are wanted (--json).
 */
enum progress_mode progress_choose(const char *how, bool documents, bool terminal);

struct progress_display;

struct progress_display *progress_new(enum progress_mode mode) MUST_CHECK;
void progress_free(struct progress_display *display);

/* The size of the terminal; 0 is not known (80 by 24 then). Before each of the calls below. */
void progress_fit(struct progress_display *display, size_t columns, size_t rows);

/*
 * Takes what is said of a thing, told from others by its name, at a time of base/clock.h. One that
 * has ended is heard again only if it goes on; one of which nothing was known when it ended is not
 * shown.
 */
void progress_take(struct progress_display *display, const struct progress *progress, int64_t now,
    struct text *text);

/* Erases the bars, so that something else can be written where they stood. */
void progress_hide(struct progress_display *display, struct text *text);

/* Draws them (again), the cursor staying behind the last one. */
void progress_draw(struct progress_display *display, struct text *text);

/* Leaves them as they stand, ends their line, and forgets them. */
void progress_finish(struct progress_display *display, struct text *text);

#endif
