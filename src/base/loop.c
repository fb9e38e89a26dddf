/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int caught_signals[] = {SIGHUP, SIGINT, SIGTERM};
enum { SIGNALS = sizeof(caught_signals) / sizeof(caught_signals[0]) };

struct loop {
    struct loop_watch *watches;
    struct pollfd *polled; /* room for every watch */
    struct loop_watch **polled_watch;
    size_t room;
    int64_t late; /* the deadline past which a turn has been taken already */
    struct sigaction old[SIGNALS];
    struct sigaction old_pipe;
};

/* The handler only stores; ppoll() closes the gap between looking at it and waiting. */
static volatile sig_atomic_t pending_signal;

/* timeout(1) and others signal a process and then its group: that is one wish, not two. */
enum { ECHO_MILLISECONDS = 100, CLOCK_MASK = 0xffffff };

static volatile sig_atomic_t last_signal, last_milliseconds;

static int milliseconds(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec * 1000 + now.tv_nsec / 1000000) & CLOCK_MASK);
}

static void on_signal(int signal)
{
    int now = milliseconds(), past = (now - last_milliseconds) & CLOCK_MASK;

    if (signal == last_signal && past < ECHO_MILLISECONDS)
        return;
    last_signal = signal;
    last_milliseconds = now;
    pending_signal = signal;
}

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof(*loop));
    struct sigaction action = {.sa_handler = on_signal};

    loop->late = CLOCK_NEVER;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaction(caught_signals[i], NULL, &loop->old[i]);
        if (loop->old[i].sa_handler != SIG_IGN)
            sigaction(caught_signals[i], &action, NULL);
    }
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &loop->old_pipe);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(caught_signals[i], &loop->old[i], NULL);
    sigaction(SIGPIPE, &loop->old_pipe, NULL);
    free(loop->polled);
    free(loop->polled_watch);
    free(loop);
}

void loop_add(struct loop *loop, struct loop_watch *watch)
{
    watch->next = loop->watches;
    loop->watches = watch;
}

void loop_remove(struct loop *loop, struct loop_watch *watch)
{
    for (struct loop_watch **at = &loop->watches; *at; at = &(*at)->next)
        if (*at == watch) {
            *at = watch->next;
            watch->next = NULL;
            break;
        }
    /* A callback may remove a watch that this turn has not come to yet. */
    for (size_t i = 0; i < loop->room; i++)
        if (loop->polled_watch[i] == watch)
            loop->polled_watch[i] = NULL;
}

static size_t collect(struct loop *loop)
{
    size_t count = 0;

    for (struct loop_watch *watch = loop->watches; watch; watch = watch->next)
        count++;
    if (count > loop->room) {
        loop->polled = xrealloc(loop->polled, count * sizeof(*loop->polled));
        loop->polled_watch = xrealloc(loop->polled_watch, count * sizeof(struct loop_watch *));
        loop->room = count;
    }
    count = 0;
    for (struct loop_watch *watch = loop->watches; watch; watch = watch->next) {
        loop->polled[count] = (struct pollfd){.fd = watch->fd, .events = watch->events};
        loop->polled_watch[count++] = watch;
    }
    for (size_t i = count; i < loop->room; i++)
        loop->polled_watch[i] = NULL;
    return count;
}

/* Polls once; *ready is -1 when a signal that is not ours came. Fails interrupted, or local. */
static bool await(struct pollfd *polled, nfds_t count, const struct timespec *wait, int *ready,
    struct error *error)
{
    sigset_t blocked, unblocked;

    /* A signal must not slip in between looking at it and waiting. */
    sigemptyset(&blocked);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&blocked, caught_signals[i]);
    sigprocmask(SIG_BLOCK, &blocked, &unblocked);
    *ready = pending_signal ? -1 : ppoll(polled, count, wait, &unblocked);
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    if (pending_signal)
        return error_set_interrupted(error, pending_signal);
    return *ready >= 0 || errno == EINTR ||
           error_set(error, ERROR_LOCAL, "poll: %s", strerror(errno));
}

/* The time until the deadline, for ppoll; NULL for ever. */
static const struct timespec *time_left(int64_t deadline, struct timespec *span)
{
    int64_t left = deadline - clock_now();

    if (deadline == CLOCK_NEVER)
        return NULL;
    if (left < 0)
        left = 0;
    span->tv_sec = (time_t)(left / CLOCK_SECOND);
    span->tv_nsec = (long)(left % CLOCK_SECOND) * 1000;
    return span;
}

bool loop_await(int fd, short events, int64_t deadline, struct error *error)
{
    struct pollfd polled = {.fd = fd, .events = events};
    struct timespec span;
    int ready;

    do
        if (!await(&polled, 1, time_left(deadline, &span), &ready, error))
            return false;
    while (ready < 0);
    return ready || error_set(error, ERROR_TIMEOUT, "nothing could be read or written in time");
}

bool loop_turn(struct loop *loop, int64_t deadline, struct error *error)
{
    struct timespec span;
    const struct timespec *wait = time_left(deadline, &span);
    size_t count = collect(loop);
    int ready;

    /* What came by then is taken in once more; a peer that never stops is not waited for. */
    if (wait && !wait->tv_sec && !wait->tv_nsec) {
        count = loop->late == deadline ? 0 : count;
        loop->late = deadline;
    }
    if (!await(loop->polled, count, wait, &ready, error))
        return false;
    if (ready < 0)
        return true;
    if (ready == 0)
        return error_set(error, ERROR_TIMEOUT, "nothing came in time");
    for (size_t i = 0; i < count; i++)
        if (loop->polled[i].revents && loop->polled_watch[i])
            loop->polled_watch[i]->ready(loop->polled_watch[i]->data, loop->polled[i].revents);
    return true;
}

bool loop_sleep(struct loop *loop, int64_t deadline, struct error *error)
{
    while (loop_turn(loop, deadline, error))
        if (clock_now() >= deadline)
            return true;
    if (error->kind != ERROR_TIMEOUT)
        return false;
    error_free(error);
    return true;
}

int loop_forgive(struct loop *loop)
{
    int signal = pending_signal;

    (void)loop;
    pending_signal = 0;
    return signal;
}
