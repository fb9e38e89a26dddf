/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of the prompt as words: quotes, JSON, redirections, the word at the cursor, quoting. */
#include "cli/line.h"
#include "tap.h"

/* The words of a line as WORD|WORD, or "!" and what is wrong, or "…" and what is open. */
static char *read_line(const char *typed)
{
    AUTO_LINE struct line line = {0};
    AUTO_ERROR struct error error = {0};
    enum line_state state = LINE_OPEN;
    struct text text = TEXT_EMPTY;

    for (const char *at = typed; state == LINE_OPEN && at; at = strchr(at, '\n')) {
        at += at > typed ? 1 : 0;
        error_free(&error);
        state = line_add(&line, at, strcspn(at, "\n"), &error);
    }
    if (state != LINE_WHOLE) {
        text_printf(&text, "%s%s", state == LINE_OPEN ? "..." : "!", error.message);
        return text_take(&text);
    }
    for (size_t i = 0; i < line.words.count; i++)
        text_printf(&text, "%s%s", i ? "|" : "", line.words.item[i]);
    if (line.redirect)
        text_printf(&text, " %s%s", (const char *const[]){"", "> ", ">> ", "| "}[line.redirect],
            line.target);
    return text_take(&text);
}

static void test_words(void)
{
    static const struct {
        const char *typed;
        const char *read;
    } cases[] = {
        {"", ""},
        {"  \t ", ""},
        {"status", "status"},
        {"  a  b\tc ", "a|b|c"},
        {"# a comment", ""},
        {"  # one too", ""},
        {"a #block123", "a|#block123"},
        {"a 'b c' \"d e\"", "a|b c|d e"},
        {"a'b c'd", "ab cd"},
        {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
        {"'a\\b'", "a\\b"},
        {"a\\ b \\'c \\\\", "a b|'c|\\"},
        {"'' \"\"", "|"},
        {"a=''", "a="},
        {"{\"a\": 1} x", "{\"a\": 1}|x"},
        {"b={\"a\": [1, 2]} x", "b={\"a\": [1, 2]}|x"},
        {"b:=[1, \"]\", 2] x", "b:=[1, \"]\", 2]|x"},
        {"b={\"a\": \"x\\\"} y\"} z", "b={\"a\": \"x\\\"} y\"}|z"},
        {"b={\"a\": 'x y'}", "b={\"a\": 'x y'}"},
        {"a[0 b", "a[0|b"},
        {"a=b={ c", "a=b={|c"},
        {"a='{ b'", "a={ b"},
        {"\\{ a", "{|a"},
        {"'{' a", "{|a"},
        {"'a'{ b", "a{|b"},
        {"[::1]:44 b", "[::1]:44|b"},
        {"tcp:[::1]:44 b", "tcp:[::1]:44|b"},
        {"a={}x b", "a={}x|b"},
        {"a \\\n  b", "a|b"},
        {"a\\\nb", "ab"},
        {"a ''\\\n b", "a||b"},
        {"a 'b\nc'", "a|b\nc"},
        {"a \"b\\\nc\"", "a|b\\\nc"},
        {"a {\"b\":\n 1,\n\"c\":2} d", "a|{\"b\":  1, \"c\":2}|d"},
        {"a {\n# b\n}", "a|{ # b }"},
        {"\\\n#a", "#a"},
        {"a > b", "a > b"},
        {"a >> 'b c'", "a >> b c"},
        {"a | b 'c  d' > e", "a | b 'c  d' > e"},
        {"a |  b  ", "a | b"},
        {"a '|' b", "a|||b"},
        {"a \\> b", "a|>|b"},
        {"a >b", "a|>b"},
        {"a|b", "a|b"},
        {"a >", "!a file is missing behind >"},
        {"a |", "!a command is missing behind |"},
        {"a |  ", "!a command is missing behind |"},
        {"| a", "!a subcommand is missing before |"},
        {"> a", "!a subcommand is missing before >"},
        {"a > b c", "!nothing may stand behind the file that the result goes to"},
        {"a > b > c", "!nothing may stand behind the file that the result goes to"},
        {"a 'b", "...a quote (') is not closed"},
        {"a \"b", "...a quote (\") is not closed"},
        {"a \\", "...nothing follows the backslash at its end"},
        {"a {", "...its JSON is not closed"},
        {"a {\"b", "!a string in its JSON is not closed"},
        {"a {\n\"b\n}", "!a string in its JSON is not closed"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_FREE char *got = read_line(cases[i].typed);

        if (!fold(strcmp(got, cases[i].read) == 0, "case %zu", i)) {
            tap_show("typed", cases[i].typed);
            tap_show("got", got);
            tap_show("expected", cases[i].read);
        }
    }
    folded("lines are read as words");
}

static void test_bounds(void)
{
    AUTO_LINE struct line line = {0};
    AUTO_ERROR struct error error = {0};
    AUTO_FREE char *large = xcalloc(1, LINE_MOST + 2);

    ok(line_add(&line, "a\0b", 3, &error) == LINE_WRONG, "a NUL byte is no text");
    has_words(error.message, "NUL", "and is named");
    line_free(&line);
    memset(large, 'a', LINE_MOST + 1);
    ok(line_add(&line, large, LINE_MOST, &error) == LINE_WHOLE, "1 MiB is a line");
    is_int((intmax_t)strlen(line.words.item[0]), LINE_MOST, "of one word");
    line_free(&line);
    ok(line_add(&line, large, LINE_MOST + 1, &error) == LINE_WRONG, "one byte more is none");
    line_free(&line);
    large[0] = '[';
    large[LINE_MOST / 2] = '\0';
    ok(line_add(&line, large, LINE_MOST / 2, &error) == LINE_OPEN, "half of it may be open");
    ok(line_add(&line, large + 1, LINE_MOST / 2 - 1, &error) == LINE_OPEN,
        "and the other half too");
    ok(line_add(&line, large + 1, 10, &error) == LINE_WRONG, "but no more over all its lines");
}

static void test_cursor(void)
{
    static const struct {
        const char *before;
        const char *typed;
        const char *words;
        const char *word;
        size_t at;
    } cases[] = {
        {NULL, "", "", "", 0},
        {NULL, "sta", "", "sta", 0},
        {NULL, "  sta", "", "sta", 2},
        {NULL, "a b", "a", "b", 2},
        {NULL, "a ", "a", "", 2},
        {NULL, "a 'b c", "a", "b c", 2},
        {NULL, "a \"b\\\"", "a", "b\"", 2},
        {NULL, "a b\\ c", "a", "b c", 2},
        {NULL, "a \\ c", "a", " c", 2},
        {NULL, "a k=v", "a", "k=v", 2},
        {NULL, "a k='v w", "a", "k=v w", 2},
        {NULL, "a k={\"b", NULL, NULL, SIZE_MAX},
        {NULL, "# a", NULL, NULL, SIZE_MAX},
        {NULL, "a | b", NULL, NULL, SIZE_MAX},
        {NULL, "a | ", NULL, NULL, SIZE_MAX},
        {NULL, "a > b", "a", "b", 4},
        {NULL, "a > b ", NULL, NULL, SIZE_MAX},
        {NULL, "a b\\", NULL, NULL, SIZE_MAX},
        {"a b \\", "c", "a|b", "c", 0},
        {"a b\\", "c", NULL, NULL, SIZE_MAX},
        {"a b\\", "c d", "a|bc", "d", 2},
        {"a {", "} d", "a|{ }", "d", 2},
        {"a {", "\"d", NULL, NULL, SIZE_MAX},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_LINE struct line line = {0};
        AUTO_ERROR struct error ignored = {0};
        AUTO_TEXT struct text words = TEXT_EMPTY;
        const char *before = cases[i].before;
        size_t at;

        if (before)
            fold(line_add(&line, before, strlen(before), &ignored) == LINE_OPEN, "it is open");
        at = line_until(&line, cases[i].typed, strlen(cases[i].typed));
        for (size_t w = 0; w < line.words.count; w++)
            text_printf(&words, "%s%s", w ? "|" : "", line.words.item[w]);
        if (!fold(at == cases[i].at &&
                      (at == SIZE_MAX || (text_is(text_string(&words), cases[i].words) &&
                                             text_is(text_string(&line.word), cases[i].word))),
                "case %zu", i)) {
            printf("#   at %zu\n", at);
            tap_show("typed", cases[i].typed);
            tap_show("words", text_string(&words));
            tap_show("word", text_string(&line.word));
        }
    }
    folded("the word at the cursor is found");
}

static void test_quoting(void)
{
    static const struct {
        const char *word;
        const char *typed;
    } cases[] = {
        {"status", "status"},
        {"a b", "a\\ b"},
        {"node-name=my disk.img", "node-name=my\\ disk.img"},
        {"it's", "it\\'s"},
        {"", "\"\""},
        {"{a", "\\{a"},
        {"k={a", "k=\\{a"},
        {"k=v={a", "k=v={a"},
        {"a{b", "a{b"},
        {"#a", "\\#a"},
        {"a#", "a#"},
        {"|", "\\|"},
        {">>", "\\>>"},
        {">a", ">a"},
        {"C:\\a", "C:\\\\a"},
        {"\xC3\xA4 \xC3\xB6", "\xC3\xA4\\ \xC3\xB6"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is_owned(line_quote(cases[i].word), cases[i].typed, "'%s' is quoted", cases[i].word);
}

static void test_typed(void)
{
    static const char *const lines[] = {"a {\"b\":", "1} \\", "c"};
    AUTO_LINE struct line line = {0};
    AUTO_ERROR struct error ignored = {0};

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        (void)!line_add(&line, lines[i], strlen(lines[i]), &ignored);
    is_string(text_string(&line.typed), "a {\"b\": 1} c", "what was typed over lines in one");
}

int main(void)
{
    test_words();
    test_bounds();
    test_cursor();
    test_quoting();
    test_typed();
    return done_testing();
}
