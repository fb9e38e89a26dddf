/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ownwords: the words that only the prompt knows: exit, help, use, reconnect, history. */
#ifndef QMPBOX_APP_OWNWORDS_H
#define QMPBOX_APP_OWNWORDS_H

#include "app/connection.h"

struct own_words {
    struct connection *connection;
    const struct strings *history; /* its lines, or NULL when there is none */
    bool leaves;                   /* `exit` was there */
    bool status_given;
    int status; /* of `exit STATUS` */
};

/* Is the line one of these? */
bool own_words_know(const struct strings *words);

/* Is it help for what is no word of ours, so that only the QEMU can give it? */
bool own_words_ask_qemu(const struct strings *words);

/* Runs one that is; what it prints goes to stdout. */
bool own_words_run(struct own_words *own, const struct strings *words, struct error *error);

#endif
