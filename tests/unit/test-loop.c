/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting: descriptors, deadlines, signals. */
#include "base/loop.h"
#include "tap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum { MILLISECOND = 1000 };

struct counter {
    struct loop *loop;
    struct loop_watch watch;
    struct loop_watch *remove; /* another watch, which the callback takes out */
    unsigned calls;
    short revents;
    bool drains;
};

static void count(void *data, short revents)
{
    struct counter *counter = data;
    char byte;

    counter->calls++;
    counter->revents = revents;
    if (counter->drains && read(counter->watch.fd, &byte, 1) < 0)
        counter->drains = false;
    if (counter->remove)
        loop_remove(counter->loop, counter->remove);
}

static struct counter counter_of(struct loop *loop, int fd, short events)
{
    return (struct counter){.loop = loop, .watch = {.fd = fd, .events = events, .ready = count}};
}

static void test_deadlines(struct loop *loop)
{
    AUTO_ERROR struct error error = {0};
    int64_t start = clock_now();

    ok(!loop_turn(loop, clock_after(20 * MILLISECOND), &error), "a turn with nothing to come");
    is_int(error.kind, ERROR_TIMEOUT, "is kind timeout");
    ok(clock_now() - start >= 20 * MILLISECOND, "after its deadline, not before");
    ok(clock_now() - start < 2 * CLOCK_SECOND, "and not long after");
    start = clock_now();
    ok(!loop_turn(loop, start - CLOCK_SECOND, &error) && error.kind == ERROR_TIMEOUT,
        "a deadline that has passed");
    ok(!loop_turn(loop, 0, &error) && error.kind == ERROR_TIMEOUT, "long ago");
    ok(clock_now() - start < CLOCK_SECOND, "does not wait");
    error_free(&error);
    start = clock_now();
    ok(loop_sleep(loop, clock_after(20 * MILLISECOND), &error), "sleeping");
    ok(clock_now() - start >= 20 * MILLISECOND, "takes its time");
    is_int(error.kind, ERROR_NONE, "and is no error");
    ok(loop_sleep(loop, 0, &error), "sleeping until a point that has passed");
}

static void test_watches(struct loop *loop)
{
    AUTO_ERROR struct error error = {0};
    int a[2], b[2];
    struct counter first, second;
    int64_t deadline;
    unsigned turns = 0;

    if (pipe(a) < 0 || pipe(b) < 0) {
        skip("watches", "no pipes");
        return;
    }
    first = counter_of(loop, a[0], POLLIN);
    second = counter_of(loop, b[0], POLLIN);
    first.watch.data = &first;
    second.watch.data = &second;
    first.drains = second.drains = true;
    loop_add(loop, &first.watch);
    loop_add(loop, &second.watch);
    ok(!loop_turn(loop, clock_after(MILLISECOND), &error) && !first.calls && !second.calls,
        "nothing is ready");
    ok(write(a[1], "x", 1) == 1 && loop_turn(loop, CLOCK_NEVER, &error) && first.calls == 1 &&
            !second.calls,
        "one is ready: its callback runs");
    ok(first.revents & POLLIN, "and is told why");
    ok(write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1 &&
            loop_turn(loop, clock_after(CLOCK_SECOND), &error) && first.calls == 2 &&
            second.calls == 1,
        "both are ready: both run in one turn");
    ok(write(a[1], "x", 1) == 1 && loop_sleep(loop, clock_after(10 * MILLISECOND), &error) &&
            first.calls == 3,
        "callbacks run while sleeping");

    /* Whichever comes first takes the other out: only one of them runs. */
    first.remove = &second.watch;
    second.remove = &first.watch;
    first.calls = second.calls = 0;
    ok(write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1 &&
            loop_turn(loop, clock_after(CLOCK_SECOND), &error) && first.calls + second.calls == 1,
        "a watch that another callback removed does not run");
    loop_remove(loop, &first.watch);
    loop_remove(loop, &second.watch);
    loop_remove(loop, &second.watch);
    first.remove = second.remove = NULL;
    first.calls = second.calls = 0;
    ok(write(a[1], "x", 1) == 1 && !loop_turn(loop, clock_after(MILLISECOND), &error) &&
            !first.calls,
        "a removed watch does not run");

    /* A peer that never stops must not keep a deadline from passing. */
    first.drains = false;
    loop_add(loop, &first.watch);
    deadline = clock_after(5 * MILLISECOND);
    error_free(&error);
    while (clock_now() < deadline)
        turns += loop_turn(loop, deadline, &error) ? 1 : 0;
    for (turns = 0; turns < 1000 && loop_turn(loop, deadline, &error); turns++)
        ;
    ok(turns < 1000 && error.kind == ERROR_TIMEOUT,
        "a descriptor that is always ready does not keep the deadline from passing");
    error_free(&error);
    ok(loop_sleep(loop, clock_after(5 * MILLISECOND), &error), "nor sleep from ending");
    first.calls = 0;
    ok(loop_turn(loop, clock_after(CLOCK_SECOND), &error) && first.calls == 1,
        "a later deadline waits again");

    close(a[1]);
    close(b[0]);
    close(b[1]);
    loop_remove(loop, &first.watch);
    close(a[0]);
}

static void test_signals(struct loop *loop)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    AUTO_ERROR struct error error = {0};
    int ends[2];

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        raise(signals[i]);
        ok(!loop_turn(loop, CLOCK_NEVER, &error), "after signal %d a turn fails", signals[i]);
        is_int(error.kind, ERROR_INTERRUPTED, "kind interrupted");
        is_int(error_status(&error), 128 + signals[i], "its exit status");
        ok(!loop_turn(loop, CLOCK_NEVER, &error), "and the next one too");
        ok(!loop_sleep(loop, clock_after(CLOCK_SECOND), &error) && error.kind == ERROR_INTERRUPTED,
            "and sleeping");
        is_int(loop_forgive(loop), signals[i], "it is forgiven by its number");
        is_int(loop_forgive(loop), 0, "once");
        error_free(&error);
        ok(!loop_turn(loop, clock_after(MILLISECOND), &error) && error.kind == ERROR_TIMEOUT,
            "then a turn waits again");
    }
    raise(SIGINT);
    loop_forgive(loop);
    raise(SIGTERM);
    ok(!loop_turn(loop, CLOCK_NEVER, &error) && error.signal == SIGTERM,
        "the next signal interrupts again");
    loop_forgive(loop);

    /* A signal from outside, while the loop waits. */
    {
        pid_t parent = getpid(), child = fork();
        int64_t start = clock_now();

        if (child == 0) {
            usleep(30 * MILLISECOND);
            kill(parent, SIGHUP);
            _exit(0);
        }
        ok(!loop_turn(loop, clock_after(4 * CLOCK_SECOND), &error) &&
                error.kind == ERROR_INTERRUPTED,
            "a signal ends the wait");
        ok(clock_now() - start < 3 * CLOCK_SECOND, "at once");
        waitpid(child, NULL, 0);
        loop_forgive(loop);
    }
    /* timeout(1) signals the process and then its group. */
    raise(SIGHUP);
    error_free(&error);
    ok(!loop_turn(loop, clock_after(150 * MILLISECOND), &error) && error.kind == ERROR_TIMEOUT,
        "the same signal right behind is an echo");
    raise(SIGHUP);
    ok(!loop_turn(loop, CLOCK_NEVER, &error) && error.kind == ERROR_INTERRUPTED,
        "and later a signal of its own");
    loop_forgive(loop);
    if (pipe(ends) == 0) {
        close(ends[0]);
        ok(write(ends[1], "x", 1) < 0 && errno == EPIPE, "SIGPIPE is ignored");
        close(ends[1]);
    }
}

static void test_ignored(void)
{
    AUTO_ERROR struct error error = {0};
    struct sigaction action;
    struct loop *loop;

    signal(SIGHUP, SIG_IGN);
    loop = loop_new();
    raise(SIGHUP);
    ok(!loop_turn(loop, clock_after(MILLISECOND), &error) && error.kind == ERROR_TIMEOUT,
        "a signal that was ignored at start stays ignored");
    is_int(loop_forgive(loop), 0, "there is nothing to forgive");
    loop_free(loop);
    sigaction(SIGHUP, NULL, &action);
    ok(action.sa_handler == SIG_IGN, "also afterwards");
    signal(SIGHUP, SIG_DFL);
    sigaction(SIGTERM, NULL, &action);
    ok(action.sa_handler == SIG_DFL, "freeing the loop gives the signals back");
    loop_free(NULL);
}

int main(void)
{
    struct loop *loop;

    /* What was started in the background of a script ignores SIGINT, and a loop leaves it so. */
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    loop = loop_new();
    test_deadlines(loop);
    test_watches(loop);
    test_signals(loop);
    loop_free(loop);
    test_ignored();
    return done_testing();
}
