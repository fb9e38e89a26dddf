/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complete: what may stand at the cursor of a line of ours, the one engine of the shells and of the
 * prompt.
 */
#ifndef QMPBOX_COMPLETE_COMPLETE_H
#define QMPBOX_COMPLETE_COMPLETE_H

#include "complete/candidates.h"
#include "qmp/session.h"

struct complete_request {
    const struct strings *words; /* before the one at the cursor, unquoted, without "qmpbox" */
    const char *word;            /* the one at the cursor, up to it, unquoted */
    struct loop *loop;
    struct session *session; /* of the prompt, or NULL: the VM is the one that the words name */
    bool prompt;             /* the words of the prompt alone (exit, use…) are subcommands too */
};

/* Fills in the candidates (zeroed), in the order in which they are to be shown. Nothing fails. */
void complete(const struct complete_request *request, struct candidates *candidates);

#endif
