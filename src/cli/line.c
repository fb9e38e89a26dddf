/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/line.h"

#include <string.h>

void line_free(struct line *line)
{
    strings_free(&line->words);
    cleanup_free(&line->target);
    text_free(&line->typed);
    text_free(&line->word);
    *line = (struct line){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void begin_word(struct line *line, size_t at)
{
    line->in_word = line->value = true;
    line->quoted = line->equals = false;
    line->start = at;
    text_clear(&line->word);
}

static void put(struct line *line, char c)
{
    line->value = c == '=' && !line->equals;
    line->equals = line->equals || c == '=';
    text_add_char(&line->word, c);
}

/* One character of a value in JSON. */
static void put_json(struct line *line, char c)
{
    text_add_char(&line->word, c);
    if (line->string) {
        line->string = line->escaped || c != '"';
        line->escaped = !line->escaped && c == '\\';
    } else if (c == '"') {
        line->string = true;
    } else if (c == '{' || c == '[') {
        line->depth++;
    } else if (c == '}' || c == ']') {
        line->depth--;
    }
    line->open = line->depth ? '{' : 0;
    line->value = false;
}

/* The word has ended; a redirection says what the words behind it are. */
static bool end_word(struct line *line, struct error *error)
{
    const char *word = text_string(&line->word);

    line->in_word = false;
    if (line->redirect) {
        if (line->target)
            return error_set(
                error, ERROR_USAGE, "nothing may stand behind the file that the result goes to");
        line->target = xstrdup(word);
        return true;
    }
    if (!line->quoted && strcmp(word, ">") == 0)
        line->redirect = LINE_TO_FILE;
    else if (!line->quoted && strcmp(word, ">>") == 0)
        line->redirect = LINE_APPENDED;
    else if (!line->quoted && strcmp(word, "|") == 0)
        line->redirect = LINE_TO_COMMAND;
    else
        strings_add(&line->words, word);
    return !line->redirect || line->words.count ||
           error_set(error, ERROR_USAGE, "a subcommand is missing before %s", word);
}

/* One character outside of quotes and JSON. */
static bool take_plain(struct line *line, char c, size_t at, struct error *error)
{
    if (is_blank(c))
        return !line->in_word || end_word(line, error);
    if (c == '\\') {
        /* Nothing has begun yet: at the end of the line it only joins the next one. */
        line->open = c;
        return true;
    }
    if (!line->in_word)
        begin_word(line, at);
    if (c == '\'' || c == '"') {
        line->open = c;
        line->quoted = true;
        line->value = false;
    } else if (line->value && (c == '{' || c == '[')) {
        put_json(line, c);
    } else {
        put(line, c);
    }
    return true;
}

/* One character behind an opening quote or a backslash. */
static void take_quoted(struct line *line, char c, size_t at)
{
    if (line->open == '\\') {
        if (!line->in_word)
            begin_word(line, at - 1);
        put(line, c);
        line->open = 0;
        line->quoted = true;
        line->value = false;
    } else if (line->open == '"' && line->escaped) {
        if (c != '"' && c != '\\')
            put(line, '\\');
        put(line, c);
        line->escaped = false;
    } else if (line->open == '"' && c == '\\') {
        line->escaped = true;
    } else if (c == line->open) {
        line->open = 0;
        /* KEY="": what follows its closing quote begins no JSON, what follows KEY= may. */
        line->value = false;
    } else {
        put(line, c);
    }
}

/* Where reading ended: before `length` only behind a '|'. */
static bool take(
    struct line *line, const char *bytes, size_t length, size_t *at, struct error *error)
{
    for (*at = 0; *at < length && line->redirect != LINE_TO_COMMAND; (*at)++) {
        char c = bytes[*at];

        if (line->open == '{')
            put_json(line, c);
        else if (line->open)
            take_quoted(line, c, *at);
        else if (!take_plain(line, c, *at, error))
            return false;
    }
    return true;
}

static void take_command(struct line *line, const char *bytes, size_t length)
{
    while (length && is_blank(*bytes)) {
        bytes++;
        length--;
    }
    while (length && is_blank(bytes[length - 1]))
        length--;
    if (length)
        line->target = xstrndup(bytes, length);
}

static bool is_comment(const struct line *line, const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length && is_blank(bytes[at]))
        at++;
    return !line->typed.length && !line->open && at < length && bytes[at] == '#';
}

static bool check(const struct line *line, const char *bytes, size_t length, struct error *error)
{
    if (length && memchr(bytes, '\0', length))
        return error_set(error, ERROR_USAGE, "it holds a NUL byte: it is no text");
    return line->typed.length + length <= LINE_MOST ||
           error_set(error, ERROR_USAGE, "it is longer than 1 MiB");
}

/* The line ends within something. */
static enum line_state stay_open(struct line *line, struct error *error)
{
    if (line->open == '{' && line->string) {
        error_set(error, ERROR_USAGE, "a string in its JSON is not closed");
        return LINE_WRONG;
    }
    if (line->open == '{') {
        error_set(error, ERROR_USAGE, "its JSON is not closed");
        text_add_char(&line->word, ' ');
        text_add_char(&line->typed, ' ');
    } else if (line->open == '\\') {
        error_set(error, ERROR_USAGE, "nothing follows the backslash at its end");
        line->typed.bytes[--line->typed.length] = '\0';
    } else {
        error_set(error, ERROR_USAGE, "a quote (%c) is not closed", line->open);
        if (line->escaped)
            put(line, '\\');
        line->escaped = false;
        put(line, '\n');
        text_add_char(&line->typed, '\n');
    }
    return LINE_OPEN;
}

enum line_state line_add(struct line *line, const char *bytes, size_t length, struct error *error)
{
    size_t at;

    if (!check(line, bytes, length, error))
        return LINE_WRONG;
    if (is_comment(line, bytes, length))
        return LINE_WHOLE;
    if (line->open == '\\')
        line->open = 0;
    if (length)
        text_add(&line->typed, bytes, length);
    if (!take(line, bytes, length, &at, error))
        return LINE_WRONG;
    if (line->open)
        return stay_open(line, error);
    if (line->in_word && !end_word(line, error))
        return LINE_WRONG;
    if (line->redirect == LINE_TO_COMMAND)
        take_command(line, bytes + at, length - at);
    if (!line->redirect || line->target)
        return LINE_WHOLE;
    error_set(error, ERROR_USAGE, "%s is missing behind %s",
        line->redirect == LINE_TO_COMMAND ? "a command" : "a file",
        line->redirect == LINE_TO_COMMAND ? "|" : ">");
    return LINE_WRONG;
}

size_t line_until(struct line *line, const char *bytes, size_t length)
{
    AUTO_ERROR struct error ignored = {0};
    bool began = line->in_word;
    size_t at;

    line->start = 0;
    if (!check(line, bytes, length, &ignored) || is_comment(line, bytes, length))
        return SIZE_MAX;
    if (line->open == '\\')
        line->open = 0;
    if (!take(line, bytes, length, &at, &ignored))
        return SIZE_MAX;
    if (!line->in_word) {
        text_clear(&line->word);
        return line->open || line->redirect == LINE_TO_COMMAND || line->target ? SIZE_MAX : length;
    }
    /* One that began earlier and has not ended since begins at no offset here. */
    if (line->open == '{' || line->open == '\\' || line->redirect == LINE_TO_COMMAND ||
        (began && !line->start))
        return SIZE_MAX;
    return line->start;
}

char *line_quote(const char *word)
{
    struct text text = TEXT_EMPTY;
    bool value = true, equals = false, redirects;

    if (!*word)
        return xstrdup("\"\"");
    redirects = strcmp(word, ">") == 0 || strcmp(word, ">>") == 0 || strcmp(word, "|") == 0;
    for (const char *at = word; *at; at++) {
        char c = *at;

        if (strchr(" \t'\"\\", c) || (value && (c == '{' || c == '[')) ||
            (at == word && (c == '#' || redirects)))
            text_add_char(&text, '\\');
        text_add_char(&text, c);
        value = c == '=' && !equals;
        equals = equals || c == '=';
    }
    return text_take(&text);
}
