/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process: a command of the user's, or a program, run beside everything else on the loop.
 *
 * It has a process group of its own, so that what it started ends with it and a Ctrl-C on the
 * terminal is ours to pass on. It reads its standard input from a buffer; its standard output and
 * error are ours, unless they are wanted line by line. Its signals are those of a fresh program,
 * and no descriptor that we opened is open in it but the one that is passed. Nothing ends it but
 * process_stop(): it may take as long as it wants.
 */
#ifndef QMPBOX_BASE_PROCESS_H
#define QMPBOX_BASE_PROCESS_H

#include "base/loop.h"

struct process;

struct process_options {
    struct loop *loop;                 /* outlives the process */
    const char *command;               /* for /bin/sh; NULL: see program */
    const struct strings *environment; /* NAME=VALUE, each more than we have or instead of it */
    struct slice input;                /* copied; what the command does not read is dropped */
    /*
     * One that a person may deal with: it stays in our process group, where it can use the terminal
     * and hears a Ctrl-C itself, and reads this descriptor, which stays ours, instead of the input.
     */
    bool foreground;
    int reads;
    const struct strings *program; /* a program, looked for along PATH, and its arguments */
    int pass;                      /* a descriptor that it gets under its own number, or 0 */
    bool ends_with_us;             /* it is TERMed when we are killed */
    void (*heard)(void *data, const char *line); /* gets each line that it prints; or NULL */
    void *data;
};

/*
 * NULL when it cannot be started: kind local. That the command itself is wrong shows as status 127.
 */
struct process *process_start(
    const struct process_options *options, struct error *error) MUST_CHECK;

long process_id(const struct process *process);

/* Has it ended? It does so in the turns of the loop. */
bool process_ended(const struct process *process);

/* Of one that has ended: as a shell has it, the exit status or 128 and the signal. */
int process_status(const struct process *process);

/*
 * Ends it and all that it started: TERM, and KILL when it has not ended after two seconds or when a
 * signal asks us to end once more. Of one in the foreground that is its own process alone.
 */
void process_stop(struct process *process);

/*
 * Lets it go on without us, and frees what we know of it. What it prints is lost where it was
 * heard.
 */
void process_leave(struct process *process);

/* Stops it if it has not ended. */
void process_free(struct process *process);

#endif
