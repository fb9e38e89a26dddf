/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error: what went wrong, as a value that travels up.
 *
 * A function that can fail takes a struct error * last and returns false (or NULL) after filling it
 * in. The kind is the exit status (shared by every subcommand, stable). The error owns its strings;
 * it starts zeroed and error_free() zeroes it again. Setting an error that is already set replaces
 * it. On its way up an error gains context by error_prefix(); only main, the prompt and the fan-out
 * print it.
 */
#ifndef QMPBOX_BASE_ERROR_H
#define QMPBOX_BASE_ERROR_H

#include "base/text.h"

enum error_kind {
    ERROR_NONE = 0,
    ERROR_REFUSED = 1,      /* QEMU answered with an error */
    ERROR_USAGE = 2,        /* wrong words; nothing was sent that changes anything */
    ERROR_CONNECT = 3,      /* no connection, no greeting, negotiation failed */
    ERROR_TIMEOUT = 4,      /* no reply, or no outcome, in time */
    ERROR_PROTOCOL = 5,     /* the connection broke, or what came is not QMP */
    ERROR_UNSUPPORTED = 6,  /* this QEMU (or this program) lacks what is needed */
    ERROR_FAILED = 7,       /* it ran and failed */
    ERROR_LOCAL = 8,        /* a file, device, permission or memory on this side */
    ERROR_PARTIAL = 9,      /* several VMs, and some failed */
    ERROR_NO = 10,          /* a question was answered no */
    ERROR_INTERRUPTED = 128 /* plus the number of the signal */
};

struct error {
    enum error_kind kind;
    int signal;      /* with ERROR_INTERRUPTED */
    char *message;   /* one sentence for a person, without the subcommand's name */
    char *qmp_class; /* QMP's error class and description, where QEMU gave them */
    char *desc;
    char *command; /* the QMP command that it answered */
    struct strings undone;
    struct strings left;
};

#define AUTO_ERROR AUTO(error_free)

void error_free(struct error *error);

/* Set the error; all return false, so that `return error_set(...)` reads as what it does. */
bool error_set(struct error *error, enum error_kind kind, const char *format, ...) PRINTF(3, 4);
bool error_set_qmp(struct error *error, const char *command, const char *qmp_class,
    const char *desc); /* kind refused, or unsupported for CommandNotFound */
bool error_set_interrupted(struct error *error, int signal);

/*
 * What was wrong has been said already, by the lines of a prompt: only their exit status (0 to 255)
 * is left, and the error has no message. True when that is 0.
 */
bool error_set_said(struct error *error, int status);

/* Puts "CONTEXT: " before the message; returns false. */
bool error_prefix(struct error *error, const char *format, ...) PRINTF(2, 3);

/*
 * Adds "; did you mean 'X'?" when one of the candidates is near to the name that was typed (see
 * text_nearest()); returns false.
 */
bool error_suggest(struct error *error, const char *name, const struct strings *candidates);

/* Adds to the end of the message; returns false. */
bool error_append(struct error *error, const char *format, ...) PRINTF(2, 3);

/* Moves *from into *to (freed first); *from is zeroed. */
void error_move(struct error *to, struct error *from);

/* The exit status of a kind, and the word that --json gives for it. */
int error_status(const struct error *error);
const char *error_kind_name(enum error_kind kind);

#endif
