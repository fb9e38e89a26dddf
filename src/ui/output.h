/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output: a JSON result, as JSON or for people, onto stdout whole or not at all.
 *
 * A result is one JSON value. With json it is printed as one compact line, the digits as they came;
 * otherwise by its view, or by its shape (shape.h). Nothing is written before output_flush(), which
 * followers call after each result. A full disk or a closed pipe on stdout is an error.
 */
#ifndef QMPBOX_UI_OUTPUT_H
#define QMPBOX_UI_OUTPUT_H

#include "base/loop.h"
#include "json/json.h"

struct output {
    bool json;
    bool terminal; /* stdout is one */
    size_t width;  /* its columns, or 0 when nothing must be cut */
    struct text pending;
    void (*before)(void *data); /* called before something is written; NULL: nothing is */
    void *before_data;
    struct loop *loop; /* see output_watch() */
    struct loop_watch watch;
    bool gone;
};

/* How one kind of result looks to people. */
typedef void view_function(const json *value, const struct output *output, struct text *text);

void output_free(struct output *output);

/* Adds a result given as JSON bytes (valid), or as a tree; view NULL means by its shape. */
void output_add_bytes(struct output *output, struct slice bytes, view_function *view);
void output_add(struct output *output, const json *value, view_function *view);

/* Adds bytes as they are: raw data, escaped (lines kept) only when stdout is a terminal. */
void output_add_raw(struct output *output, const char *bytes, size_t length);

/* Writes what was added; kind local, or interrupted by SIGPIPE when the reader has gone. */
bool output_flush(struct output *output, struct error *error);

/* The same, kind timeout past the deadline; what has not been written stays in `pending`. */
bool output_flush_until(struct output *output, int64_t deadline, struct error *error);

/*
 * For followers: the loop notices when the reader of stdout leaves, also when there is nothing to
 * write, which ends a turn; flushing then fails as if it had been written to. Until output_free().
 */
void output_watch(struct output *output, struct loop *loop);

/* Adds the value by its shape. */
void output_shape(const json *value, const struct output *output, struct text *text);

#endif
