/* SPDX-License-Identifier: GPL-2.0-or-later */
/* argv into a struct, by a declaration. */
#include "cli/options.h"
#include "tap.h"

struct own {
    bool detach;
    const char *format;
    struct strings node;
    const char *mode;
    uint64_t size;
    int64_t wait;
    const char *id;
    const char *file;
    struct strings words;
    struct count depth;
};

struct global {
    bool json;
    const char *socket;
    struct strings all;
};

static const char *const modes[] = {"auto", "always", "never", NULL};

static const struct option own_options[] = {
    OPTION_FLAG(struct own, detach, "detach", 'd', "do not wait"),
    OPTION_STRING(struct own, format, "format", 'f', "FORMAT", "of the file"),
    OPTION_STRINGS(struct own, node, "node", 'n', "KEY=VALUE", "of the node"),
    OPTION_CHOICE(struct own, mode, "mode", 0, "MODE", modes, "how"),
    OPTION_SIZE(struct own, size, "size", 0, "SIZE", "how much"),
    OPTION_SECONDS(struct own, wait, "wait", 'w', "SECONDS", "how long"),
    OPTION_COUNT(struct own, depth, "depth", 0, "N", "how deep"),
    OPTION_END,
};

static const struct option global_table[] = {
    OPTION_FLAG(struct global, json, "json", 'j', "JSON"),
    OPTION_STRING(struct global, socket, "socket", 's', "ADDRESS", "the monitor"),
    OPTION_STRINGS(struct global, all, "all", 0, "X", "several"),
    OPTION_END,
};

static const struct argument words_arguments[] = {
    ARGUMENT_ONE(struct own, id, "ID", "its id"),
    ARGUMENT_ONE(struct own, file, "FILE", "its file"),
    ARGUMENT_WORDS(struct own, words, "its properties"),
    ARGUMENT_END,
};

static const struct argument rest_arguments[] = {
    ARGUMENT_REST(struct own, words, "NAME", "names"),
    ARGUMENT_END,
};

static const struct argument line_arguments[] = {
    ARGUMENT_LINE(struct own, words, "LINE", "of another program"),
    ARGUMENT_END,
};

static const struct argument no_arguments[] = {ARGUMENT_END};

struct call {
    struct own own;
    struct global global;
    struct option_reader reader;
    struct error error;
    struct strings argv;
    const struct argument *arguments;
    bool good;
};

static void call_free(struct call *call)
{
    options_release(&call->reader.own, call->arguments);
    options_release(&call->reader.global, NULL);
    error_free(&call->error);
    strings_free(&call->argv);
}

#define AUTO_CALL AUTO(call_free)

/* Reads the line, split at blanks ("%" stands for an empty word). */
static void read_line(struct call *call, const struct argument *arguments, const char *line)
{
    AUTO_FREE char *copy = xstrdup(line);
    char *save = NULL;

    *call = (struct call){.arguments = arguments};
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        strings_add(&call->argv, strcmp(word, "%") == 0 ? "" : word);
    call->reader = (struct option_reader){
        .own = {own_options, &call->own},
        .global = {global_table, &call->global},
        .arguments = arguments,
        .argc = (int)call->argv.count,
        .argv = call->argv.item,
    };
    call->good = options_read(&call->reader, &call->error);
}

static void test_good(void)
{
    AUTO_CALL struct call a, b, c, d, e, f;

    read_line(&a, words_arguments,
        "d1 --format raw /tmp/x -d driver=virtio --node a=1 bus=b --json --node=b=2 -s /run/m "
        "--mode=never --size 2G --wait 1.5 id=");
    ok(a.good, "options and arguments in any order");
    is_string(a.own.id, "d1", "the first argument");
    is_string(a.own.file, "/tmp/x", "the second");
    is_int((intmax_t)a.own.words.count, 3, "three words");
    is_string(a.own.words.count == 3 ? a.own.words.item[2] : NULL, "id=", "a word with no value");
    ok(a.own.detach, "a flag by its letter");
    ok(a.global.json, "a global flag by its name");
    is_string(a.own.format, "raw", "--name VALUE");
    is_string(a.own.mode, "never", "--name=VALUE of a choice");
    is_int((intmax_t)a.own.node.count, 2, "an option several times");
    is_string(a.own.node.count == 2 ? a.own.node.item[1] : NULL, "b=2", "its second value");
    is_string(a.global.socket, "/run/m", "-s VALUE");
    ok(a.own.size == UINT64_C(2) << 30, "a size");
    is_int(a.own.wait, 1500000, "seconds are microseconds");
    is_int(a.reader.at, a.reader.argc, "all was read");

    read_line(&b, words_arguments, "-djs/run/m -fqcow2 -w2 -- --id -f --x=1");
    ok(b.good, "letters together, values after their letter, and --");
    ok(b.own.detach && b.global.json, "flags of both tables in one word");
    is_string(b.global.socket, "/run/m", "-sVALUE");
    is_string(b.own.format, "qcow2", "-fVALUE");
    is_int(b.own.wait, 2000000, "-w2");
    is_string(b.own.id, "--id", "after -- all are arguments");
    is_string(b.own.file, "-f", "also one that looks like an option");
    is_string(b.own.words.count ? b.own.words.item[0] : NULL, "--x=1", "and a long one");

    read_line(&c, rest_arguments, "- a - b % c");
    ok(c.good, "a lone dash and an empty word");
    is_int((intmax_t)c.own.words.count, 6, "are arguments");

    read_line(&d, NULL, "-s x --json status --format y");
    ok(d.good, "without a declaration of arguments");
    is_int(d.reader.at, 3, "reading ends at the first one");
    is_string(d.own.format, NULL, "and what follows is not read");
    read_line(&e, NULL, "--json -- --status");
    ok(e.good, "also after --");
    is_string(e.reader.argv[e.reader.at < 3 ? e.reader.at : 0], "--status", "where it ended");

    read_line(&f, rest_arguments, "--format= --socket= --all % --all=b=c");
    ok(f.good, "empty values");
    is_string(f.own.format, "", "are values");
    is_int((intmax_t)f.global.all.count, 2, "of lists too");
    is_string(f.global.all.count == 2 ? f.global.all.item[1] : NULL, "b=c",
        "a value may hold an equals sign");
}

static void test_line(void)
{
    AUTO_CALL struct call a, b, c, d;

    read_line(&a, line_arguments, "--json -d info block -v --json -- --nope %");
    ok(a.good, "options end at the first word of a line");
    is_int((intmax_t)a.own.words.count, 7, "all from there on belong to it");
    is_string(a.own.words.count == 7 ? a.own.words.item[2] : NULL, "-v", "a letter too");
    is_string(a.own.words.count == 7 ? a.own.words.item[4] : NULL, "--", "and a --");
    ok(a.global.json && a.own.detach, "those before it are ours");
    is_int(a.reader.at, a.reader.argc, "all was read");

    read_line(&b, line_arguments, "--detach -- -x --json");
    ok(b.good && b.own.words.count == 2 && !b.global.json, "a line after -- may begin with a dash");

    read_line(&c, line_arguments, "--json --");
    ok(!c.good && c.error.kind == ERROR_USAGE, "a line has at least one word");
    has_words(c.error.message, "LINE is missing", "or is named");

    read_line(&d, line_arguments, "-y info --json");
    ok(!d.good && d.global.json, "after a wrong option the rest is skimmed, as everywhere");
}

static void test_count(void)
{
    AUTO_CALL struct call a, b, c;

    read_line(&a, no_arguments, "--depth 0");
    ok(a.good && a.own.depth.given && a.own.depth.value == 0, "0 is a count that was given");
    read_line(&b, no_arguments, "--depth=0x10 --depth 16");
    ok(b.good && b.own.depth.value == 16, "hexadecimal, and the same one again");
    read_line(&c, no_arguments, "");
    ok(c.good && !c.own.depth.given, "not given");
}

static void test_bad(void)
{
    static const struct {
        const struct argument *arguments;
        const char *line;
        const char *words; /* in the message */
    } cases[] = {
        {words_arguments, "", "ID"}, {words_arguments, "d1", "FILE"},
        {words_arguments, "d1 f word", "word"}, {words_arguments, "d1 f k=v word", "KEY=VALUE"},
        {no_arguments, "x", "'x'"}, {rest_arguments, "--formt raw", "--format"},
        {rest_arguments, "--jsno", "--json"}, {rest_arguments, "--zzzzzzzzzz", "zzzzzzzzzz"},
        {rest_arguments, "--format", "--format"}, {rest_arguments, "-f", "-f"},
        {rest_arguments, "-df", "-f"}, {rest_arguments, "-dx", "-x"},
        {rest_arguments, "--detach=yes", "--detach"}, {rest_arguments, "--json=", "--json"},
        {rest_arguments, "--mode sometimes", "always"}, {rest_arguments, "--mode=", "--mode"},
        {rest_arguments, "--mode aut", "auto"}, {rest_arguments, "--size 0", "--size"},
        {rest_arguments, "--size -1", "--size"}, {rest_arguments, "--size 1KB", "ambiguous"},
        {rest_arguments, "--size 16E", "range"}, {rest_arguments, "--size=", "--size"},
        {rest_arguments, "--size x", "'x'"}, {rest_arguments, "--wait 0", "--wait"},
        {rest_arguments, "--wait -5", "--wait"}, {rest_arguments, "--wait soon", "'soon'"},
        {rest_arguments, "--wait inf", "--wait"}, {rest_arguments, "--depth -1", "whole number"},
        {rest_arguments, "--depth 9223372036854775808", "whole number"},
        {rest_arguments, "--depth x", "'x'"}, {rest_arguments, "--depth 0 --depth 1", "twice"},
        {rest_arguments, "--format a --format b", "twice"},
        {rest_arguments, "--mode auto --mode never", "twice"}, {rest_arguments, "--=x", "--"},
        {rest_arguments, "---", "--"}, {rest_arguments, "--Format x", "Format"},
        {rest_arguments, "--form x", "--format"}, /* not abbreviated: named */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_CALL struct call call;

        read_line(&call, cases[i].arguments, cases[i].line);
        ok(!call.good && call.error.kind == ERROR_USAGE, "'%s' is kind usage", cases[i].line);
        has_words(
            call.error.message, cases[i].words, "'%s' says %s", cases[i].line, cases[i].words);
        fold(call.error.message && !strchr(call.error.message, '\n') &&
                 (!call.error.message[0] ||
                     call.error.message[strlen(call.error.message) - 1] != '.'),
            "'%s'", cases[i].line);
    }
    folded("each is one sentence");
}

static void test_release(void)
{
    struct call call;

    read_line(&call, words_arguments, "a b k=v --node x --node y --all z");
    options_release(&call.reader.own, call.arguments);
    options_release(&call.reader.global, NULL);
    ok(!call.own.node.count && !call.own.words.count && !call.global.all.count,
        "released lists are empty");
    options_release(&call.reader.own, call.arguments);
    options_release(&(struct option_set){NULL, NULL}, NULL);
    ok(true, "and may be released again");
    error_free(&call.error);
    strings_free(&call.argv);
}

int main(void)
{
    test_good();
    test_line();
    test_count();
    test_bad();
    test_release();
    return done_testing();
}
