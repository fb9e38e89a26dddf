/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * raw: any command of the QEMU at the other end, typed by its schema, with descriptors if wanted.
 *
 * `exec NAME` and the raw door (a name that is no subcommand of ours, typed as if it were one) are
 * the same here, but for what they say about a name that nobody knows.
 */
#ifndef QMPBOX_CLI_RAW_H
#define QMPBOX_CLI_RAW_H

#include "cli/context.h"

struct raw {
    const char *name; /* of the command */
    struct strings words;
    struct strings pass_fd;
    struct strings open;
    bool oob;
    bool detach; /* of the raw door: a job that the command starts is not watched */
};

/* The options of a subcommand whose struct has a struct raw as this member. */
#define RAW_OPTIONS(type, raw)                                                                     \
    OPTION_STRINGS(type, raw.pass_fd, "pass-fd", 0, "NAME=N", "pass the inherited descriptor N"),  \
        OPTION_STRINGS(type, raw.open, "open", 0, "NAME[:ro|:rw|:wo][:direct]=PATH",               \
            "open PATH here and pass it (read-write unless said; wo makes it when it is "          \
            "missing)",                                                                            \
            COMPLETES_NAMED_FILE),                                                                 \
        OPTION_FLAG(type, raw.oob, "oob", 0, "execute out of band, before what is queued")

bool raw_run(struct context *context, const struct raw *raw, struct error *error);

/*
 * The raw door for a name: a subcommand that is in no registry. Valid until the next call; name is
 * borrowed.
 */
const struct command *raw_door(const char *name);

#endif
