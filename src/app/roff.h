/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roff: the pieces of a manual page in mdoc, made from plain prose.
 *
 * Prose is paragraphs, divided by an empty line; nothing in it means anything to roff. Each
 * function adds whole lines to the text, but for roff_prose().
 */
#ifndef QMPBOX_APP_ROFF_H
#define QMPBOX_APP_ROFF_H

#include "cli/command.h"

/* A word and what it means; a NULL term ends a list. */
struct term {
    const char *term;
    const char *meaning;
};

/* The words alone, with what roff would take for its own escaped. */
void roff_prose(struct text *text, const char *prose);

/* Paragraphs, each sentence on a line of its own as roff wants it. */
void roff_paragraphs(struct text *text, const char *prose);

/* The title line of a page and its NAME. */
void roff_head(struct text *text, const char *title, int section, const char *summary);

/* A list of terms; or, between roff_open_list() and roff_close_list(), item by item. */
void roff_terms(struct text *text, const struct term *terms);
void roff_open_list(struct text *text);
void roff_item(struct text *text, const char *term, const char *meaning);
void roff_close_list(struct text *text);

/* EXAMPLES; nothing when there are none (NULL). */
void roff_examples(struct text *text, const struct example *examples);

/* One page of SEE ALSO, "qmpbox" or "qmpbox-NAME". */
void roff_see(struct text *text, const char *page, int section, bool last);

#endif
