/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line: a line of the prompt as words, by the grammar of the prompt.
 *
 * Words are divided by blanks. '…' takes everything as it is, "…" knows \" and \\, a backslash
 * elsewhere takes the next character as it is, at the end of a line it joins the next one. A value
 * that begins with { or [ (at the start of a word, or behind its first '=') is read as JSON until
 * it is balanced, over lines if need be, its quotes kept. '#' as the first character is a comment.
 * Standalone and unquoted, > and >> send the result to a file and | to a command of the shell's,
 * which is all that follows, as it is.
 */
#ifndef QMPBOX_CLI_LINE_H
#define QMPBOX_CLI_LINE_H

#include "base/error.h"

enum { LINE_MOST = 1024 * 1024 }; /* bytes of one line, over all the lines that it takes */

enum line_redirect { LINE_TO_STDOUT, LINE_TO_FILE, LINE_APPENDED, LINE_TO_COMMAND };

enum line_state {
    LINE_WHOLE,
    LINE_OPEN,  /* something is not closed yet (`open` says what): another line must follow */
    LINE_WRONG, /* it can never become right */
};

/* Starts zeroed. */
struct line {
    struct strings words;
    enum line_redirect redirect;
    char *target;      /* the file, or the shell's command */
    struct text typed; /* as it was typed, in one line where that means the same */
    char open;         /* of a line that is: ' or ", \ at its end, { for JSON */

    /* The word at hand; of use to line_until(). */
    struct text word;
    bool in_word;
    bool quoted;
    bool value;  /* JSON may begin here */
    bool equals; /* its first '=' has come */
    size_t depth;
    bool string;
    bool escaped;
    size_t start; /* where it begins in the newest line */
};

#define AUTO_LINE AUTO(line_free)

/* It may be used anew then. */
void line_free(struct line *line);

/*
 * Adds one more line of what is typed, without its line break. Fills the error in (kind usage)
 * where something is open, in case that nothing follows, and where it is wrong.
 */
enum line_state line_add(
    struct line *line, const char *bytes, size_t length, struct error *error) MUST_CHECK;

/*
 * The same for what stands before a cursor: the words before the one at it are in `words` then,
 * that one, unquoted, in `word`. Returns where it begins in these bytes, or SIZE_MAX when there is
 * nothing to complete (it began on an earlier line, it is JSON, or the shell's).
 */
size_t line_until(struct line *line, const char *bytes, size_t length);

/* The word as it must be typed, so that it is read as this one word; the caller frees it. */
char *line_quote(const char *word) MUST_CHECK;

#endif
