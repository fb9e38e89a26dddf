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

/* What a word may be, for completion (complete/complete.h); an option with choices needs none. */
enum completes {
    COMPLETES_NOTHING, /* nobody knows, or it is new */
    COMPLETES_FILE,
    COMPLETES_FOLDER,
    COMPLETES_ADDRESS, /* of a monitor */
    COMPLETES_VM,      /* one of this host, by its name */
    COMPLETES_SHELL,   /* a command of the shell's */
    COMPLETES_LINE,    /* a line of our own: subcommand and words */
    COMPLETES_SUBCOMMAND,
    COMPLETES_NAMED_FILE, /* NAME=PATH */
    COMPLETES_INTERFACE,
    COMPLETES_TAP,
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
    COMPLETES_BLOCK_FORMAT,
    COMPLETES_MIGRATION, /* where a migration goes to or comes from */
    /* What this QEMU has, whatever the VM is: asked once and cached. */
    COMPLETES_DRIVER, /* a device type that can be made */
    COMPLETES_CPU_MODEL,
    COMPLETES_OBJECT_TYPE, /* of object-add */
    COMPLETES_QOM_TYPE,
    COMPLETES_TRACE_EVENT,
    COMPLETES_HMP, /* a line of the human monitor, whose words are those before */
    /* What lives in the VM. Devices: */
    COMPLETES_DEVICE,  /* a device's id */
    COMPLETES_DISK,    /* a block device's id, or its drive's name */
    COMPLETES_BACKEND, /* a block device as QMP's own commands take it: an id, or a QOM path */
    COMPLETES_NIC,
    COMPLETES_DISPLAY,     /* a display device's id */
    COMPLETES_BUS,         /* that takes a device now; driver= says which */
    COMPLETES_BUS_ADDRESS, /* that is free on bus= */
    COMPLETES_CPU_SLOT,    /* the prefix (`core-id=`) says which of its properties */
    COMPLETES_CPU_INDEX,
    COMPLETES_QOM_PATH,
    COMPLETES_QOM_PROPERTY, /* of path= */
    COMPLETES_QOM_VALUE,    /* of property= of path= */
    /* blocks: */
    COMPLETES_NODE,       /* a block node */
    COMPLETES_FREE_NODE,  /* one that no device, node, job or export uses */
    COMPLETES_CHAIN_NODE, /* one of the chain of device= */
    COMPLETES_CHAIN_FILE, /* the file of one of these */
    COMPLETES_BLOCK,      /* a node or the name of a drive */
    COMPLETES_DRIVE,      /* the name of a drive */
    COMPLETES_IO_GROUP,   /* of disks that share limits */
    COMPLETES_BITMAP,     /* of node= or device= or all */
    COMPLETES_SNAPSHOT,   /* an internal one of an image */
    COMPLETES_EXPORT,
    COMPLETES_JOB,
    COMPLETES_BLOCK_JOB,
    COMPLETES_FDSET,
    /* backends: */
    COMPLETES_CHARDEV,
    COMPLETES_RINGBUF,
    COMPLETES_NETDEV,
    COMPLETES_FREE_NETDEV, /* one without a NIC */
    COMPLETES_LINK,        /* a netdev or a NIC */
    COMPLETES_AUDIODEV,
    COMPLETES_TPM,
    COMPLETES_VNC,    /* a display of VNC's, by its id */
    COMPLETES_OBJECT, /* what object-add made; then those of one type */
    COMPLETES_IOTHREAD,
    COMPLETES_MEMDEV,
    COMPLETES_SECRET,
    COMPLETES_TLS_CREDS,
    COMPLETES_AUTHZ,
    COMPLETES_THROTTLE_GROUP,
    COMPLETES_RNG,
    COMPLETES_CRYPTODEV,
    COMPLETES_CAN_BUS,
    /* and others. */
    COMPLETES_LEFTOVER,      /* what `leftovers` lists */
    COMPLETES_AGENT_COMMAND, /* of a guest agent */
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

/* The one that is given, or none; a sum, since cppcheck does not know __VA_OPT__. */
#define COMPLETES_OF(...) ((enum completes)(COMPLETES_NOTHING + __VA_ARGS__ + 0))

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
    int at;                       /* index of the word to read next; where reading ended */
    const struct option *wanting; /* the last word is this option, whose value is missing */
};

/*
 * Reads until the end, or (arguments NULL) until the first word that is no option. When a word is
 * wrong, the options behind it are skimmed: --json and --help hold wherever they stand.
 */
bool options_read(struct option_reader *reader, struct error *error);

/* What the word behind those that were read may be, unless it begins with a dash. */
struct option_rest {
    const struct argument *next; /* its name is NULL when none is left; NULL: there are none */
    bool only_arguments;         /* a dash begins no option any more */
};

/* The same, past words that are wrong, for what may follow them: completion. */
void options_follow(struct option_reader *reader, struct option_rest *rest);

/* By name or by letter; NULL when there is none. */
const struct option *options_find(const struct option_set *set, const char *name, size_t length);
const struct option *options_find_letter(const struct option_set *set, char letter);

/* Has it been given, as far as its target shows? */
bool options_given(const struct option_set *set, const struct option *option);

/* What an argument's target holds so far, or NULL where it is one word. */
const struct strings *options_words(const struct option_set *set, const struct argument *argument);

/* Can a QMP string carry the word, that is, is it UTF-8? Kind usage, naming it, when it cannot. */
bool options_check_text(const char *name, const char *word, struct error *error);

/* Releases what reading put into the struct. */
void options_release(const struct option_set *set, const struct argument *arguments);

#endif
