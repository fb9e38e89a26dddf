/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the word at the cursor is, by the declarations. */
#include "complete/position.h"
#include "tap.h"

struct own {
    const char *format;
    const char *mode;
    struct strings node;
    bool force;
    uint64_t size;
    struct count depth;
    const char *id;
    const char *file;
    struct strings words;
};

static const char *const modes[] = {"auto", "never", NULL};

static const struct option options[] = {
    OPTION_STRING(struct own, format, "format", 'f', "FORMAT", "of the file", COMPLETES_FILE),
    OPTION_CHOICE(struct own, mode, "mode", 0, "MODE", modes, "how"),
    OPTION_STRINGS(struct own, node, "node", 'n', "KEY=VALUE", "of the node"),
    OPTION_FLAG(struct own, force, "force", 'F', "anyway"),
    OPTION_SIZE(struct own, size, "size", 0, "SIZE", "how much"),
    OPTION_COUNT(struct own, depth, "depth", 0, "N", "how deep"),
    OPTION_END,
};

static const struct argument pairs[] = {
    ARGUMENT_ONE(struct own, id, "ID", "its id", COMPLETES_DRIVER),
    ARGUMENT_OPTIONAL(struct own, file, "FILE", "its file", COMPLETES_FILE),
    ARGUMENT_WORDS(struct own, words, "its properties"),
    ARGUMENT_END,
};

static const struct argument line[] = {
    ARGUMENT_LINE(struct own, words, "LINE", "of another program", COMPLETES_HMP),
    ARGUMENT_END,
};

static bool run(struct context *context, void *target, struct error *error)
{
    (void)context, (void)target, (void)error;
    return true;
}

QMPBOX_COMMAND(plug) = {
    .name = "plug-it",
    .qmp_name = "plug_in",
    .options = options,
    .options_size = sizeof(struct own),
    .arguments = pairs,
    .run = run,
};

QMPBOX_COMMAND(tell) = {
    .name = "tell",
    .options = options,
    .options_size = sizeof(struct own),
    .arguments = line,
    .run = run,
};

QMPBOX_COMMAND(look) = {
    .name = "look",
    .options_size = 1,
    .run = run,
};

/* "SUBCOMMAND|option:NAME, argument:NAME, dashes or nothing|so many bytes before". */
static char *find(const char *typed)
{
    AUTO_POSITION struct position position = {0};
    AUTO_STRINGS struct strings words = {0};
    AUTO_FREE char *copy = xstrdup(typed);
    char *at = copy, *word = copy;

    /* Divided at each blank; the last word may be empty. */
    while ((at = strchr(at, ' '))) {
        *at++ = '\0';
        strings_add(&words, word);
        word = at;
    }
    position_find(&position, &words, word);
    return xasprintf("%s|%s%s|%zu", position.name ? position.name : "",
        position.option     ? "option:"
        : position.dashes   ? "dashes"
        : position.argument ? "argument:"
                            : "nothing",
        position.option     ? position.option->name
        : position.dashes   ? ""
        : position.argument ? position.argument->name
                            : "",
        position.before);
}

static void test_places(void)
{
    static const struct {
        const char *line;
        const char *place;
    } cases[] = {
        {"", "|nothing|0"},
        {"pl", "|nothing|0"},
        {"-", "|dashes|0"},
        {"--so", "|dashes|0"},
        {"-s", "|dashes|0"},
        {"-s ", "|option:socket|0"},
        {"-s x", "|option:socket|0"},
        {"-sx", "|option:socket|2"},
        {"-jvsx", "|option:socket|4"},
        {"-jv", "|dashes|0"},
        {"-js ", "|option:socket|0"},
        {"--socket ", "|option:socket|0"},
        {"--socket=", "|option:socket|9"},
        {"--socket=/x=y", "|option:socket|9"},
        {"--json=", "|dashes|0"},
        {"--nonsense=", "|dashes|0"},
        {"-- -", "|nothing|0"},
        {"-s x ", "|nothing|0"},
        {"-s x plug-it ", "plug-it|argument:ID|0"},
        {"--nonsense plug-it ", "plug-it|argument:ID|0"},
        {"plug-it", "|nothing|0"},
        {"plug_it ", "plug_it|argument:ID|0"},
        {"plug-in ", "plug-in|argument:ID|0"},
        {"plug-it a ", "plug-it|argument:FILE|0"},
        {"plug-it a b ", "plug-it|argument:KEY=VALUE|0"},
        {"plug-it a b c=d ", "plug-it|argument:KEY=VALUE|0"},
        {"plug-it a b bare e", "plug-it|argument:KEY=VALUE|0"},
        {"plug-it -s x a --json b c=d -q ", "plug-it|argument:KEY=VALUE|0"},
        {"plug-it --format ", "plug-it|option:format|0"},
        {"plug-it --format x ", "plug-it|argument:ID|0"},
        {"plug-it --format=x ", "plug-it|argument:ID|0"},
        {"plug-it -fx ", "plug-it|argument:ID|0"},
        {"plug-it -f", "plug-it|dashes|0"},
        {"plug-it -fx", "plug-it|option:format|2"},
        {"plug-it -Ffx", "plug-it|option:format|3"},
        {"plug-it -Fjsx", "plug-it|option:socket|4"},
        {"plug-it -Zfx", "plug-it|dashes|0"},
        {"plug-it --node a=b --node ", "plug-it|option:node|0"},
        {"plug-it --node=a=", "plug-it|option:node|7"},
        {"plug-it --mode nonsense ", "plug-it|argument:ID|0"},
        {"plug-it --depth -1 ", "plug-it|argument:ID|0"},
        {"plug-it --format --node", "plug-it|option:format|0"},
        {"plug-it --force=x ", "plug-it|argument:ID|0"},
        {"plug-it -- -", "plug-it|argument:ID|0"},
        {"plug-it -- -a --b ", "plug-it|argument:KEY=VALUE|0"},
        {"plug-it a -", "plug-it|dashes|0"},
        {"tell ", "tell|argument:LINE|0"},
        {"tell -", "tell|dashes|0"},
        {"tell a -", "tell|argument:LINE|0"},
        {"tell a --format ", "tell|argument:LINE|0"},
        {"tell --format a b --format ", "tell|argument:LINE|0"},
        {"look ", "look|nothing|0"},
        {"look a b ", "look|nothing|0"},
        {"look -", "look|dashes|0"},
        {"other ", "other|argument:KEY=VALUE|0"},
        {"other --open ", "other|option:open|0"},
        {"other a=b -", "other|dashes|0"},
        {"  ", "|argument:KEY=VALUE|0"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_FREE char *got = find(cases[i].line);

        fold(strcmp(got, cases[i].place) == 0, "'%s': %s, not %s", cases[i].line, got,
            cases[i].place);
    }
    folded("where the cursor is");
}

static const struct option *own_option(const char *name)
{
    const struct option_set set = {options, NULL};

    return options_find(&set, name, strlen(name));
}

static void test_given(void)
{
    static const char *const typed[] = {"-s", "a", "--socket=b", "--qga", "plug-it", "--node",
        "x=1", "-ny=2", "--mode", "never", "--size", "1M", "--depth", "0", "d", "f", "k=v", "l:=1"};
    AUTO_POSITION struct position position = {0};
    AUTO_STRINGS struct strings words = {0};
    static const char *const given[] = {"mode", "size", "depth"}, *const open[] = {
                                                                      "node", "format", "force"};

    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
        strings_add(&words, typed[i]);
    position_find(&position, &words, "");
    is_int((intmax_t)position.globals.sockets.count, 2, "both sockets");
    is_string(globals_address(&position.globals), "a", "the first of them");
    ok(position.globals.qga, "a global flag");
    is_string(position_given(&position, COMPLETES_DRIVER), "d", "an argument by what it completes");
    is_string(position_given(&position, COMPLETES_JOB), NULL, "no argument of that kind");
    is_string(position_chosen(&position, "mode"), "never", "an option's word");
    is_string(position_chosen(&position, "format"), NULL, "one that is not given");
    is_string(position_chosen(&position, "node"), NULL, "one that has several");
    is_int((intmax_t)position_strings(&position, "node")->count, 2, "all of these");
    ok(!position_strings(&position, "open"), "an option of another subcommand");
    is_int((intmax_t)position_words(&position)->count, 2, "the words of the argument");
    ok(!position_values(&position), "it is no option's value");
    for (size_t i = 0; i < 3; i++) {
        fold(position_has(&position, own_option(given[i])), "%s is given", given[i]);
        fold(!position_has(&position, own_option(open[i])), "%s may be given", open[i]);
    }
    folded("what cannot be given again");
}

static void test_long(void)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_FREE char *word = xcalloc(1, 100001);
    AUTO_POSITION struct position position = {0};

    memset(word, '-', 100000);
    for (int i = 0; i < 4000; i++)
        strings_add(&words, i % 2 ? "--" : "\xff=\x01");
    position_find(&position, &words, word);
    is_string(position.name, "\xff=\x01", "bytes and many words");
    ok(!position.dashes, "nothing is an option behind --");
}

int main(void)
{
    test_places();
    test_given();
    test_long();
    return done_testing();
}
