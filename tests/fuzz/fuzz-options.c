/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One word a line as argv: all of it is read, or one sentence says what is wrong. */
#include "cli/options.h"
#include "fuzz.h"

struct target {
    bool flag;
    const char *string;
    struct strings strings;
    const char *choice;
    uint64_t size;
    int64_t seconds;
    const char *one;
    struct strings words;
};

static const char *const choices[] = {"auto", "always", "never", NULL};

static const struct option own[] = {
    OPTION_FLAG(struct target, flag, "flag", 'f', "a flag"),
    OPTION_STRING(struct target, string, "string", 's', "STRING", "a string"),
    OPTION_STRINGS(struct target, strings, "strings", 'm', "STRING", "several"),
    OPTION_CHOICE(struct target, choice, "choice", 'c', "WHEN", choices, "a choice"),
    OPTION_SIZE(struct target, size, "size", 'z', "SIZE", "a size"),
    OPTION_SECONDS(struct target, seconds, "seconds", 't', "SECONDS", "a time"),
    OPTION_END,
};

static const struct option global[] = {
    OPTION_FLAG(struct target, flag, "json", 'j', "a flag"),
    OPTION_STRINGS(struct target, strings, "socket", 'x', "ADDRESS", "several"),
    OPTION_END,
};

static const struct argument words_arguments[] = {
    ARGUMENT_ONE(struct target, one, "ONE", "the first"),
    ARGUMENT_WORDS(struct target, words, "words"),
    ARGUMENT_END,
};

static void check(const struct strings *words, const struct argument *arguments)
{
    struct target mine = {0}, everyones = {0};
    AUTO_ERROR struct error error = {0};
    struct option_reader reader = {
        .own = {own, &mine},
        .global = {global, &everyones},
        .arguments = arguments,
        .argc = (int)words->count,
        .argv = words->item,
    };

    if (options_read(&reader, &error)) {
        MUST(!error.kind);
        MUST(reader.at == reader.argc || (!arguments && reader.at < reader.argc));
        MUST(!arguments || mine.one);
        MUST(mine.seconds >= 0 && mine.seconds < INT64_C(1000000000000000));
        MUST(!mine.choice || strcmp(mine.choice, "auto") == 0 ||
             strcmp(mine.choice, "always") == 0 || strcmp(mine.choice, "never") == 0);
        for (size_t i = 0; i < mine.words.count; i++)
            MUST(strchr(mine.words.item[i], '='));
    } else {
        MUST(error.kind == ERROR_USAGE && error.message && *error.message);
    }
    options_release(&reader.own, arguments);
    options_release(&reader.global, NULL);
    MUST(!mine.strings.count && !mine.words.count && !everyones.strings.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_STRINGS struct strings words = {0};

    fuzz_words(data, size, &words);
    check(&words, words_arguments);
    check(&words, NULL);
    return 0;
}
