/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options: argv into a struct, by a declaration.
 *
 * Options are declared by the OPTION_… macros, which check at compile time that the member has the
 * right type; their targets are offsets into a struct that is zeroed for every call. Options and
 * arguments may come in any order, `--` ends the options (so does the first word of an argument
 * that is a line of somebody else's), `--name=VALUE` and `--name VALUE` are the same. A wrong word
 * is one sentence, kind usage.
 */
#ifndef QMPBOX_CLI_OPTIONS_H
#define QMPBOX_CLI_OPTIONS_H

#include "base/error.h"

#include <stddef.h>

enum option_kind {
    OPTION_KIND_FLAG,    /* bool */
    OPTION_KIND_STRING,  /* const char *, borrowed from argv */
    OPTION_KIND_STRINGS, /* struct strings: may be given several times */
    OPTION_KIND_CHOICE,  /* const char *, one of choices */
    OPTION_KIND_SIZE,    /* uint64_t, bytes, with K, M, G… */
    OPTION_KIND_SECONDS, /* int64_t, microseconds */
    OPTION_KIND_COUNT,   /* struct count: a whole number, 0 included */
};

/* What a word may be, for completion (app/complete.h); an option with choices needs none. */
enum completes {
    COMPLETES_NOTHING, /* nobody knows, or it is new */
    COMPLETES_FILE,
    COMPLETES_FOLDER,
    COMPLETES_ADDRESS, /* of a monitor */
    COMPLETES_SHELL,   /* a command of the shell's */
    COMPLETES_LINE,    /* a line of our own: subcommand and words */
    COMPLETES_INTERFACE,
    COMPLETES_BRIDGE,
    /* What the schema knows. */
    COMPLETES_COMMAND, /* of QMP */
    COMPLETES_ENTRY,   /* a command or event, as the schema lists them */
    COMPLETES_PATTERN, /* NAME KEY=VALUE of events (qmp/pattern.h) */
    COMPLETES_STATUS,  /* of a VM */
    COMPLETES_SETTING, /* NAME=VALUE of migrations */
    COMPLETES_WORDS,   /* KEY=VALUE of the subcommand's QMP command, or its one bare word */
    COMPLETES_NETDEV_WORDS,
    COMPLETES_NODE_WORDS,
    COMPLETES_ACTIONS, /* of a transaction, each with its words */
    /* What lives in the VM. */
    COMPLETES_DRIVER, /* a device type */
    COMPLETES_DEVICE, /* a device's id */
    COMPLETES_DISK,
    COMPLETES_NIC,
    COMPLETES_NODE, /* a block node */
    COMPLETES_JOB,
    COMPLETES_CHARDEV,
    COMPLETES_RINGBUF,
    COMPLETES_QOM_PATH,
    COMPLETES_CPU_MODEL,
    COMPLETES_HMP,       /* a line of the human monitor */
    COMPLETES_LEFTOVER,  /* what `leftovers` lists */
    COMPLETES_MIGRATION, /* where a migration goes to or comes from */
    COMPLETES_BLOCK_FORMAT,
};

struct count {
    bool given;
    int64_t value; /* not negative */
};

struct option {
    const char *name; /* without the dashes; NULL ends a table */
    char letter;      /* or 0 */
    enum option_kind kind;
    const char *argument; /* what the value is called in help */
    const char *help;
    const char *const *choices; /* NULL-terminated */
    size_t offset;
    enum completes completes;
};

#define OPTION_TARGET(type, member, wanted)                                                        \
    (offsetof(type, member) +                                                                      \
        0 * sizeof(                                                                                \
                char[__builtin_types_compatible_p(__typeof__(((type *)0)->member), wanted) ? 1     \
                                                                                           : -1]))

#define OPTION_FLAG(type, member, name, letter, help)                                              \
    {                                                                                              \
        name, letter, OPTION_KIND_FLAG, NULL, help, NULL, OPTION_TARGET(type, member, bool),       \
            COMPLETES_NOTHING                                                                      \
    }

#define FIRST_OF(first, ...) first
#define COMPLETES_OF(...) FIRST_OF(__VA_ARGS__ __VA_OPT__(, ) COMPLETES_NOTHING, )

/* What the value of an OPTION_STRING, or an argument, completes to may follow the help. */
#define OPTION_STRING(type, member, name, letter, argument, help, ...)                             \
    {                                                                                              \
        name, letter, OPTION_KIND_STRING, argument, help, NULL,                                    \
            OPTION_TARGET(type, member, const char *), COMPLETES_OF(__VA_ARGS__)                   \
    }
#define OPTION_STRINGS(type, member, name, letter, argument, help, ...)                            \
    {                                                                                              \
        name, letter, OPTION_KIND_STRINGS, argument, help, NULL,                                   \
            OPTION_TARGET(type, member, struct strings), COMPLETES_OF(__VA_ARGS__)                 \
    }
#define OPTION_CHOICE(type, member, name, letter, argument, choices, help)                         \
    {                                                                                              \
        name, letter, OPTION_KIND_CHOICE, argument, help, choices,                                 \
            OPTION_TARGET(type, member, const char *), COMPLETES_NOTHING                           \
    }
#define OPTION_SIZE(type, member, name, letter, argument, help)                                    \
    {                                                                                              \
        name, letter, OPTION_KIND_SIZE, argument, help, NULL,                                      \
            OPTION_TARGET(type, member, uint64_t), COMPLETES_NOTHING                               \
    }
#define OPTION_SECONDS(type, member, name, letter, argument, help)                                 \
    {                                                                                              \
        name, letter, OPTION_KIND_SECONDS, argument, help, NULL,                                   \
            OPTION_TARGET(type, member, int64_t), COMPLETES_NOTHING                                \
    }
#define OPTION_COUNT(type, member, name, letter, argument, help)                                   \
    {                                                                                              \
        name, letter, OPTION_KIND_COUNT, argument, help, NULL,                                     \
            OPTION_TARGET(type, member, struct count), COMPLETES_NOTHING                           \
    }
#define OPTION_END                                                                                 \
    {                                                                                              \
        NULL, 0, OPTION_KIND_FLAG, NULL, NULL, NULL, 0, COMPLETES_NOTHING                          \
    }

enum argument_kind {
    ARGUMENT_KIND_ONE,   /* const char * */
    ARGUMENT_KIND_REST,  /* struct strings: all that are left */
    ARGUMENT_KIND_WORDS, /* struct strings: all that are left, each KEY=VALUE */
    ARGUMENT_KIND_LINE,  /* struct strings: all from the first on, even if they look like options */
};

struct argument {
    const char *name; /* as in help; NULL ends a table */
    const char *help;
    enum argument_kind kind;
    bool optional;
    size_t offset;
    enum completes completes;
};

#define ARGUMENT_ONE(type, member, name, help, ...)                                                \
    {                                                                                              \
        name, help, ARGUMENT_KIND_ONE, false, OPTION_TARGET(type, member, const char *),           \
            COMPLETES_OF(__VA_ARGS__)                                                              \
    }
#define ARGUMENT_OPTIONAL(type, member, name, help, ...)                                           \
    {                                                                                              \
        name, help, ARGUMENT_KIND_ONE, true, OPTION_TARGET(type, member, const char *),            \
            COMPLETES_OF(__VA_ARGS__)                                                              \
    }
#define ARGUMENT_REST(type, member, name, help, ...)                                               \
    {                                                                                              \
        name, help, ARGUMENT_KIND_REST, true, OPTION_TARGET(type, member, struct strings),         \
            COMPLETES_OF(__VA_ARGS__)                                                              \
    }
#define ARGUMENT_WORDS(type, member, help)                                                         \
    {                                                                                              \
        "KEY=VALUE", help, ARGUMENT_KIND_WORDS, true, OPTION_TARGET(type, member, struct strings), \
            COMPLETES_WORDS                                                                        \
    }
/* Somebody else's command line: options end at its first word, and it has at least one. */
#define ARGUMENT_LINE(type, member, name, help, ...)                                               \
    {                                                                                              \
        name, help, ARGUMENT_KIND_LINE, false, OPTION_TARGET(type, member, struct strings),        \
            COMPLETES_OF(__VA_ARGS__)                                                              \
    }
#define ARGUMENT_END                                                                               \
    {                                                                                              \
        NULL, NULL, ARGUMENT_KIND_ONE, false, 0, COMPLETES_NOTHING                                 \
    }

/* What the words of one call are read into: a table and the struct that it points into. */
struct option_set {
    const struct option *options;
    void *target;
};

struct option_reader {
    struct option_set own;            /* the subcommand's; options may be NULL */
    struct option_set global;         /* always accepted too */
    const struct argument *arguments; /* NULL: the first argument ends the reading */
    int argc;
    char *const *argv;
    int at; /* index of the word to read next; where reading ended */
};

/*
 * Reads until the end, or (arguments NULL) until the first word that is no option. When a word is
 * wrong, the options behind it are skimmed: --json and --help hold wherever they stand.
 */
bool options_read(struct option_reader *reader, struct error *error);

/* Can a QMP string carry the word, that is, is it UTF-8? Kind usage, naming it, when it cannot. */
bool options_check_text(const char *name, const char *word, struct error *error);

/* Releases what reading put into the struct. */
void options_release(const struct option_set *set, const struct argument *arguments);

#endif
