/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop: the one place that waits.
 *
 * Descriptors are watched by callbacks; loop_turn() polls them once, until one is ready, a deadline
 * passes or a signal asks the program to end. Whoever waits for something calls loop_turn() until
 * it is there. A signal (SIGHUP, SIGINT, SIGTERM) makes every turn fail until loop_forgive() is
 * called, which an operation does before it undoes or cancels; the next signal then interrupts that
 * too. The same signal once more within a tenth of a second is no other one.
 */
#ifndef QMPBOX_BASE_LOOP_H
#define QMPBOX_BASE_LOOP_H

#include "base/clock.h"
#include "base/error.h"

struct loop;

struct loop_watch {
    int fd;
    short events; /* of poll(2) */
    void (*ready)(void *data, short revents);
    void *data;
    struct loop_watch *next; /* the loop's own */
};

/* Catches the signals and ignores SIGPIPE; a signal that was ignored at start stays ignored. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* The watch stays the caller's; it must be removed before its descriptor is closed. */
void loop_add(struct loop *loop, struct loop_watch *watch);
void loop_remove(struct loop *loop, struct loop_watch *watch);

/*
 * Waits once and runs the callbacks of what is ready. Fails with kind timeout when the deadline has
 * passed, interrupted after a signal. The message of a timeout is the caller's to write.
 */
bool loop_turn(struct loop *loop, int64_t deadline, struct error *error);

/* Sleeps until the deadline, with the callbacks running; fails only when interrupted. */
bool loop_sleep(struct loop *loop, int64_t deadline, struct error *error);

/*
 * Waits without a loop until the descriptor is ready for events of poll(2), an error counting as
 * ready: for plain reads and writes of files and pipes. Fails with kind timeout past the deadline,
 * or interrupted by a signal, so that a read from a terminal that nobody types at ends with Ctrl-C.
 */
bool loop_await(int fd, short events, int64_t deadline, struct error *error);

/* The signal that was caught and not yet forgiven, or 0; then 0 until the next one comes. */
int loop_forgive(struct loop *loop);

#endif
