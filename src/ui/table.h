/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table: rows of cells in aligned columns, and trees of lines, for people.
 *
 * Cells and lines are escaped by whoever adds them (text_add_escaped). Widths are columns of a
 * terminal in the current locale.
 */
#ifndef QMPBOX_UI_TABLE_H
#define QMPBOX_UI_TABLE_H

#include "base/text.h"

struct table {
    size_t columns;
    struct strings cells; /* row after row, the header first */
};

void table_free(struct table *table);

/* Adds the table; with a width (columns of the terminal, 0 for none) the widest cells are cut. */
void table_print(const struct table *table, size_t width, struct text *text);

/* Columns of the terminal that the string takes. */
size_t table_width(const char *string);

/* Adds the string cut to the width, with a mark where something is missing; returns its columns. */
size_t table_cut(const char *string, size_t width, struct text *text);

/* Can the columns be cut to this width (0: any) and still be read? */
bool table_fits(const struct table *table, size_t width);

struct tree {
    char *line;
    struct tree *first, *last; /* children */
    struct tree *next;         /* sibling */
};

struct tree *tree_new(const char *line) MUST_CHECK;
void tree_free(struct tree *tree);
DEFINE_CLEANUP(tree, struct tree, tree_free)
#define AUTO_TREE AUTO(cleanup_tree)

/* Adds a child at the end; the child is borrowed. */
struct tree *tree_add(struct tree *parent, const char *line);

/*
 * Adds the tree below its root, whose own line is printed first if it has one; with a width (0 for
 * none) longer lines are cut.
 */
void tree_print(const struct tree *tree, size_t width, struct text *text);

#endif
