/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/table.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, NARROWEST = 6 };

void table_free(struct table *table)
{
    strings_free(&table->cells);
}

/* Only what draws columns needs the locale, and a one-shot that does not should not load it. */
static void use_locale(void)
{
    static bool used;

    if (!used)
        (void)setlocale(LC_CTYPE, "");
    used = true;
}

static bool is_utf8(void)
{
    use_locale();
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

size_t table_width(const char *string)
{
    use_locale();
    return text_width(string);
}

/* Adds the cell cut to the width, with a mark where something is missing; its width is returned. */
static size_t add_cell(struct text *text, const char *cell, size_t width)
{
    size_t whole = text_width(cell), used = 0;
    const char *mark = is_utf8() ? "…" : "~";

    if (whole <= width) {
        text_add_string(text, cell);
        return whole;
    }
    while (*cell) {
        uint32_t code;
        size_t n = utf8_decode(cell, strlen(cell), &code);
        char one[5] = "";
        size_t columns;

        n = n ? n : 1;
        for (size_t i = 0; i < n; i++)
            one[i] = cell[i];
        columns = text_width(one);
        if (used + columns + 1 > width)
            break;
        text_add(text, cell, n);
        used += columns;
        cell += n;
    }
    text_add_string(text, mark);
    return used + 1;
}

static void fit(size_t *widths, size_t columns, size_t width)
{
    size_t total = columns ? (columns - 1) * GAP : 0;

    for (size_t i = 0; i < columns; i++)
        total += widths[i];
    while (total > width) {
        size_t widest = 0;

        for (size_t i = 1; i < columns; i++)
            if (widths[i] > widths[widest])
                widest = i;
        if (widths[widest] <= NARROWEST)
            return;
        widths[widest]--;
        total--;
    }
}

/* The columns that each column needs; the caller frees them. */
static size_t *measure(const struct table *table)
{
    size_t *widths = xcalloc(table->columns, sizeof(*widths));

    for (size_t i = 0; i < table->cells.count; i++) {
        size_t cell = table_width(table->cells.item[i]), column = i % table->columns;

        if (cell > widths[column])
            widths[column] = cell;
    }
    return widths;
}

size_t table_cut(const char *string, size_t width, struct text *text)
{
    use_locale();
    return add_cell(text, string, width);
}

bool table_fits(const struct table *table, size_t width)
{
    AUTO_FREE size_t *widths = measure(table);
    size_t total = 0;

    for (size_t i = 0; i < table->columns; i++)
        total += (i ? GAP : 0) + (widths[i] < NARROWEST ? widths[i] : NARROWEST);
    return !width || total <= width;
}

void table_print(const struct table *table, size_t width, struct text *text)
{
    size_t columns = table->columns;
    AUTO_FREE size_t *widths = measure(table);

    if (width)
        fit(widths, columns, width);
    for (size_t i = 0; i < table->cells.count; i++) {
        size_t column = i % columns;
        size_t used = add_cell(text, table->cells.item[i], widths[column]);

        if (column + 1 < columns) {
            for (; used < widths[column] + GAP; used++)
                text_add_char(text, ' ');
            continue;
        }
        /* No blanks at the end of a line. */
        while (text->length && text->bytes[text->length - 1] == ' ')
            text->bytes[--text->length] = '\0';
        text_add_char(text, '\n');
    }
}

struct tree *tree_new(const char *line)
{
    struct tree *tree = xcalloc(1, sizeof(*tree));

    tree->line = xstrdup(line);
    return tree;
}

void tree_free(struct tree *tree)
{
    while (tree) {
        struct tree *next = tree->next;

        tree_free(tree->first);
        free(tree->line);
        free(tree);
        tree = next;
    }
}

struct tree *tree_add(struct tree *parent, const char *line)
{
    struct tree *child = tree_new(line);

    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    return child;
}

/* What has no room left still shows that it is there. */
static void add_line(const char *indent, const char *line, size_t width, struct text *text)
{
    size_t used = text_width(indent);

    text_add_string(text, indent);
    (void)add_cell(text, line,
        !width                     ? SIZE_MAX
        : width > used + NARROWEST ? width - used
                                   : NARROWEST);
    text_add_char(text, '\n');
}

static void print_below(
    const struct tree *tree, const char *indent, size_t width, struct text *text)
{
    bool utf8 = is_utf8();

    for (const struct tree *child = tree->first; child; child = child->next) {
        const char *branch = child->next ? (utf8 ? "├─ " : "|- ") : (utf8 ? "└─ " : "`- ");
        const char *trunk = child->next ? (utf8 ? "│  " : "|  ") : "   ";
        AUTO_FREE char *beside = xasprintf("%s%s", indent, branch);
        AUTO_FREE char *deeper = xasprintf("%s%s", indent, trunk);

        add_line(beside, child->line, width, text);
        print_below(child, deeper, width, text);
    }
}

void tree_print(const struct tree *tree, size_t width, struct text *text)
{
    use_locale();
    if (*tree->line)
        add_line("", tree->line, width, text);
    print_below(tree, "", width, text);
}
