/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/shape.h"

#include "ui/table.h"
#include "ui/units.h"

#include <string.h>

enum {
    MOST_COLUMNS = 12, /* more are a tree */
    LONGEST_LIST = 60, /* columns of a terminal; longer lists are one item a line */
    LONGEST_BYTES = 4 * LONGEST_LIST,
    LONGEST_NAME = 40, /* longer ones push their value aside */
    DEEPEST = 64       /* every level costs three columns of each line below it: then JSON */
};

static bool is_scalar(const json *value)
{
    return !json_is_object(value) && !json_is_array(value);
}

/* A scalar in one line; owner and name say what a number counts. */
static void add_scalar(struct text *text, const json *value, const json *owner, const char *name)
{
    const char *string = json_string(value);
    struct number number;

    if (string)
        text_add_shown(text, string);
    else if (json_is_bool(value))
        text_add_string(text, json_is_true(value) ? "yes" : "no");
    else if (json_is_null(value))
        text_add_char(text, '-');
    else if (!name || !json_number(value, &number) ||
             !unit_add(text, unit_of_member(owner, name), number))
        json_print(value, text);
}

/* What fits into one line: a scalar, an empty container, a short list of scalars. */
static bool add_simple(struct text *text, const json *value, const json *owner, const char *name)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;

    if (is_scalar(value)) {
        add_scalar(text, value, owner, name);
        return true;
    }
    if (json_is_object(value) && json_count(value))
        return false;
    json_each (item, value) {
        if (!is_scalar(item))
            return false;
        if (line.length)
            text_add_string(&line, ", ");
        add_scalar(&line, item, owner, name);
        if (line.length > LONGEST_BYTES || table_width(text_string(&line)) > LONGEST_LIST)
            return false;
    }
    text_add_string(text, json_count(value) ? text_string(&line) : "none");
    return true;
}

static bool is_simple(const json *value, const json *owner, const char *name)
{
    AUTO_TEXT struct text ignored = TEXT_EMPTY;

    return is_scalar(value) || add_simple(&ignored, value, owner, name);
}

/* ---------------------------------------------------------------- tables */

/* A column is a member of the items, or a member of an object that such a member holds. */
struct column {
    const char *outer;
    const char *inner; /* or NULL */
};

struct columns {
    struct column column[MOST_COLUMNS];
    size_t count;
};

static bool add_column(struct columns *columns, const char *outer, const char *inner)
{
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->column[i];

        if (strcmp(column->outer, outer) == 0 && !column->inner == !inner &&
            (!inner || strcmp(column->inner, inner) == 0))
            return true;
    }
    if (columns->count == MOST_COLUMNS)
        return false;
    columns->column[columns->count++] = (struct column){outer, inner};
    return true;
}

static bool add_columns(struct columns *columns, const json *item)
{
    if (!json_is_object(item))
        return false;
    json_each (member, item) {
        if (is_simple(member, item, json_key(member))) {
            if (!add_column(columns, json_key(member), NULL))
                return false;
            continue;
        }
        if (!json_is_object(member))
            return false;
        json_each (inner, member)
            if (!is_simple(inner, member, json_key(inner)) ||
                !add_column(columns, json_key(member), json_key(inner)))
                return false;
    }
    return true;
}

/* Are the items one kind of thing, such that a few columns hold all of them? */
static bool find_columns(const json *array, struct columns *columns)
{
    json_each (item, array)
        if (!add_columns(columns, item))
            return false;
    return columns->count;
}

static char *cell(const json *item, const struct column *column)
{
    const json *owner = column->inner ? json_get(item, column->outer) : item;
    const char *name = column->inner ? column->inner : column->outer;
    const json *value = json_get(owner, name);
    struct text text = TEXT_EMPTY;

    if (value)
        add_simple(&text, value, owner, name);
    return text_take(&text);
}

/* Adds the list as a table if it is one, and the width bears it. */
static bool add_table(const json *array, size_t width, struct text *text)
{
    struct columns columns = {.count = 0};
    AUTO(table_free) struct table table = {0};

    if (!find_columns(array, &columns))
        return false;
    table.columns = columns.count;
    for (size_t i = 0; i < columns.count; i++) {
        struct text title = TEXT_EMPTY;

        text_add_shown(&title, columns.column[i].outer);
        if (columns.column[i].inner) {
            text_add_char(&title, '.');
            text_add_shown(&title, columns.column[i].inner);
        }
        strings_take(&table.cells, text_take(&title));
    }
    json_each (item, array)
        for (size_t i = 0; i < columns.count; i++)
            strings_take(&table.cells, cell(item, &columns.column[i]));
    if (!table_fits(&table, width))
        return false;
    table_print(&table, width, text);
    return true;
}

/* ----------------------------------------------------------------- pairs and trees */

/* The widest name of those members that are a pair in one line. */
static size_t names_width(const json *object)
{
    size_t widest = 0;

    if (!json_is_object(object))
        return 0;
    json_each (member, object) {
        AUTO_TEXT struct text name = TEXT_EMPTY;
        size_t width;

        if (!is_simple(member, object, json_key(member)))
            continue;
        text_add_shown(&name, json_key(member));
        width = table_width(text_string(&name));
        if (width > widest && width <= LONGEST_NAME)
            widest = width;
    }
    return widest;
}

static void trim(struct text *text)
{
    while (text->length && text->bytes[text->length - 1] == ' ')
        text->bytes[--text->length] = '\0';
}

/* "name:   value", with the values of all pairs in one column; or false, and the name alone. */
static bool add_pair(struct text *line, const json *object, const json *member, size_t width)
{
    size_t used;

    text_add_shown(line, json_key(member));
    if (!is_simple(member, object, json_key(member)))
        return false;
    used = table_width(text_string(line));
    text_add_string(line, ": ");
    for (; used < width; used++)
        text_add_char(line, ' ');
    add_simple(line, member, object, json_key(member));
    trim(line);
    return true;
}

static void grow(struct tree *tree, const json *value, const char *name, int depth);

static void grow_deeper(struct tree *tree, const json *value, const char *name, int depth)
{
    AUTO_FREE char *rest = NULL;
    AUTO_TEXT struct text line = TEXT_EMPTY;

    if (depth < DEEPEST) {
        grow(tree, value, name, depth + 1);
        return;
    }
    rest = json_to_string(value);
    text_add_shown(&line, rest);
    tree_add(tree, text_string(&line));
}

/* First what is said in one line, then what stands below its name: pairs stay together. */
static void grow_object(struct tree *tree, const json *object, int depth)
{
    size_t width = names_width(object);

    for (int nested = 0; nested < 2; nested++)
        json_each (member, object) {
            AUTO_TEXT struct text line = TEXT_EMPTY;
            struct tree *child;

            if (add_pair(&line, object, member, width) == nested)
                continue;
            child = tree_add(tree, text_string(&line));
            if (nested)
                grow_deeper(child, member, json_key(member), depth);
        }
}

/* The items of a list have no names: what is nested stands under its number. */
static void grow_array(struct tree *tree, const json *array, const char *name, int depth)
{
    size_t number = 0;

    json_each (item, array) {
        AUTO_TEXT struct text line = TEXT_EMPTY;
        struct tree *child;

        if (is_scalar(item))
            add_scalar(&line, item, NULL, name);
        else
            text_printf(&line, json_count(item) ? "[%zu]" : "[%zu] none", number);
        number++;
        child = tree_add(tree, text_string(&line));
        if (!is_scalar(item) && json_count(item))
            grow_deeper(child, item, NULL, depth);
    }
}

static void grow(struct tree *tree, const json *value, const char *name, int depth)
{
    if (json_is_object(value))
        grow_object(tree, value, depth);
    else
        grow_array(tree, value, name, depth);
}

/* What is outermost stands at the margin: a tree each, of which most are one line. */
static void add_trees(const json *value, struct text *text)
{
    AUTO_TREE struct tree *root = tree_new("");

    grow(root, value, NULL, 0);
    for (const struct tree *tree = root->first; tree; tree = tree->next) {
        if (!*tree->line)
            text_add_char(text, '\n');
        tree_print(tree, 0, text);
    }
}

/* A string alone is a text of its own, and so is what QEMU wraps one in (x-query-…). */
static const char *whole_text(const json *value)
{
    const char *wrapped = json_get_string(value, "human-readable-text");

    return wrapped && json_count(value) == 1 ? wrapped : json_string(value);
}

void shape_add(const json *value, size_t width, struct text *text)
{
    const char *string = whole_text(value);

    if (json_is_array(value) && add_table(value, width, text))
        return;
    if (!is_scalar(value) && !string) {
        add_trees(value, text);
    } else if (string) {
        text_add_escaped(text, string, strlen(string), true);
        if (text->length && text->bytes[text->length - 1] != '\n')
            text_add_char(text, '\n');
    } else {
        add_scalar(text, value, NULL, NULL);
        text_add_char(text, '\n');
    }
}
