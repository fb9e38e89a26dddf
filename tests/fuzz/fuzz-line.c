/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the prompt: any bytes are read or refused, and a word that is quoted is read as it was.
 */
#include "cli/line.h"
#include "fuzz.h"

/* Reads line after line as one; false when it was refused. */
static bool read_all(struct line *line, const char *bytes, size_t size)
{
    enum line_state state = LINE_OPEN;

    while (state == LINE_OPEN && size) {
        AUTO_ERROR struct error error = {0};
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;

        state = line_add(line, bytes, length, &error);
        MUST(state == LINE_WHOLE || (error.kind == ERROR_USAGE && error.message));
        MUST((state == LINE_OPEN) == (line->open != 0) || state == LINE_WRONG);
        bytes += length;
        size -= length;
        if (size) {
            bytes++;
            size--;
        }
    }
    return state == LINE_WHOLE;
}

/* Whatever is typed so far, the word at the cursor begins within it. */
static void check_cursor(const char *bytes, size_t size)
{
    AUTO_LINE struct line line = {0};
    size_t at = line_until(&line, bytes, size);

    MUST(at == SIZE_MAX || at <= size);
    if (at != SIZE_MAX && at < size)
        MUST(bytes[at] != ' ' && bytes[at] != '\t');
}

static void check_quoting(const struct strings *words)
{
    AUTO_LINE struct line line = {0};
    AUTO_ERROR struct error error = {0};
    AUTO_TEXT struct text text = TEXT_EMPTY;

    for (size_t i = 0; i < words->count; i++) {
        AUTO_FREE char *quoted = line_quote(words->item[i]);

        if (strchr(words->item[i], '\n'))
            return;
        text_printf(&text, "%s%s", i ? " " : "", quoted);
    }
    MUST(line_add(&line, text_string(&text), text.length, &error) == LINE_WHOLE);
    MUST(line.words.count == words->count && !line.redirect);
    for (size_t i = 0; i < words->count; i++)
        MUST(strcmp(line.words.item[i], words->item[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* In memory of its own and never NULL. */
    AUTO_FREE char *bytes = xcalloc(1, size);
    AUTO_LINE struct line line = {0};

    if (size)
        memcpy(bytes, data, size);
    check_cursor(bytes, size);
    if (read_all(&line, bytes, size)) {
        MUST(!line.redirect == !line.target);
        MUST(!line.redirect || line.words.count);
        check_quoting(&line.words);
    }
    return 0;
}
