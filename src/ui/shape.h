/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shape: any JSON value as people read it, known by its shape alone.
 *
 * A list of objects is a table; an object is pairs; what nests deeper is a tree; a list of scalars
 * is one a line; a string alone is text. Objects in the cells of a table become columns of their
 * own (props.core-id), short lists of scalars stay in their line. Sizes and times are said in their
 * units (units.h), and everything from the value is escaped. Empty containers give nothing.
 *
 * Only the cells of a table are cut to the width (0: nothing is cut): a value that stands alone is
 * what one looks for, and a terminal wraps it.
 */
#ifndef QMPBOX_UI_SHAPE_H
#define QMPBOX_UI_SHAPE_H

#include "json/json.h"

void shape_add(const json *value, size_t width, struct text *text);

#endif
