/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command: what a subcommand is, and the registry of all of them.
 *
 * A subcommand is one file in cmds/ that defines one QMPBOX_COMMAND. The definition puts a pointer
 * into a section of the program, so there is no table to keep: usage, manual page and completion
 * are made from the declaration.
 */
#ifndef QMPBOX_CLI_COMMAND_H
#define QMPBOX_CLI_COMMAND_H

#include "cli/options.h"

struct context;

struct example {
    const char *line; /* after "qmpbox " */
    const char *what; /* what it does; NULL ends a list */
};

struct command {
    const char *name;
    const char *qmp_name;    /* the QMP command that it stands for, if its own name is another */
    const char *group;       /* as in CLI: "Run state", "Devices"… */
    const char *summary;     /* one line, lower case, no full stop */
    const char *description; /* paragraphs, divided by an empty line */
    const struct example *examples;
    const struct argument *arguments;
    const struct option *options;
    size_t options_size;      /* of the struct that both fill in */
    const char *words_of;     /* the QMP command whose members its KEY=VALUE are; NULL: its own */
    const char *bare;         /* the member that a word without '=' gives, if it is not the one
                                 mandatory member */
    bool bares;               /* and there may be several of them */
    const char *driver;       /* with device_add: the driver unless driver= says another */
    const char *const *needs; /* QMP commands without which it cannot work */
    int timeout;              /* default of --timeout, in seconds; 0 for none */
    bool dry_run;             /* it can --dry-run */
    bool agent;               /* it works with a guest agent too (--qga) */
    bool follows;             /* it may print result after result */
    bool shows_events;        /* it prints the events itself: the prompt leaves them to it */
    bool (*run)(struct context *context, void *options, struct error *error);
};

#define QMPBOX_COMMAND(identifier)                                                                 \
    static const struct command command_##identifier;                                              \
    static const struct command *const pointer_to_##identifier                                     \
        __attribute__((used, section("qmpbox_commands"))) = &command_##identifier;                 \
    static const struct command command_##identifier

/* All subcommands, sorted by name; aborts when two have the same. */
size_t command_count(void);
const struct command *command_at(size_t index);

/* By its name or QMP name, '-' and '_' alike; NULL when there is none. */
const struct command *command_find(const char *name);

/* The nearest name to one that was not found, or NULL. */
const char *command_nearest(const char *name);

#endif
