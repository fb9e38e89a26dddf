/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay - stands between the two sides of a migration as a bad network does.
 *
 *     relay [--rate N] [--stall N] [--cut N] [--hold-back] LISTEN TARGET
 *
 * LISTEN and TARGET are paths of unix sockets. "ready" is printed once LISTEN listens. Each client
 * gets a connection of its own to TARGET; what they say passes both ways.
 *
 *   --rate N     at most about N bytes a second pass to TARGET, over all connections; 0: none
 *   --stall N    once N bytes have passed to TARGET no more do
 *   --cut N      once N bytes have passed to TARGET all connections are closed; for once
 *   --hold-back  nothing passes from TARGET
 *
 * SIGUSR1 closes all connections, as --cut does. SIGUSR2 lifts the limits. It ends by SIGTERM, with
 * its parent, and after two minutes.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    LIFE = 120,
    TICK = 10,
    CLIENTS = 8,
    ENDS = 2 * CLIENTS,
    CHUNK = 65536
}; /* s, ms, -, -, bytes */

static volatile sig_atomic_t cut_now, lifted;

static struct {
    bool throttled;
    bool hold_back;
    uint64_t rate;  /* bytes a second */
    uint64_t stall; /* after so many bytes; 0: never */
    uint64_t cut;
    uint64_t passed;
    double allowance; /* bytes that may pass now */
} plan;

/* What goes one way. */
struct pipe {
    char bytes[CHUNK];
    size_t length;
    bool ended; /* the sender's end has been seen */
};

/* Of ends, 0 is the client and 1 the target; pipe i takes what comes from end i. */
static struct connection {
    int ends[2];
    struct pipe pipes[2];
} connections[CLIENTS];

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void on_signal(int number)
{
    *(number == SIGUSR1 ? &cut_now : &lifted) = 1;
}

static void hang_up(struct connection *c)
{
    for (int i = 0; i < 2; i++) {
        if (c->ends[i] >= 0)
            close(c->ends[i]);
        c->ends[i] = -1;
        c->pipes[i].length = 0;
        c->pipes[i].ended = false;
    }
}

static void hang_up_all(void)
{
    for (int i = 0; i < CLIENTS; i++)
        hang_up(&connections[i]);
}

/* How much of it may pass on now? */
static size_t allowed(int way, size_t length)
{
    if (way == 1)
        return plan.hold_back ? 0 : length;
    if (plan.throttled && plan.allowance < (double)length)
        length = plan.allowance > 0 ? (size_t)plan.allowance : 0;
    if (plan.stall && length > plan.stall - plan.passed)
        length = plan.stall - plan.passed;
    if (plan.cut && length > plan.cut - plan.passed)
        length = plan.cut - plan.passed;
    return length;
}

static void count(int way, size_t sent)
{
    if (way == 1)
        return;
    plan.passed += sent;
    plan.allowance -= (double)sent;
    if (plan.cut && plan.passed >= plan.cut)
        cut_now = 1;
}

/* False when the connection is over. */
static bool pass(struct connection *c, int way)
{
    struct pipe *pipe = &c->pipes[way];
    size_t length = allowed(way, pipe->length);
    ssize_t sent =
        length ? send(c->ends[!way], pipe->bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

    if (sent < 0)
        return errno == EAGAIN;
    count(way, (size_t)sent);
    pipe->length -= (size_t)sent;
    memmove(pipe->bytes, pipe->bytes + sent, pipe->length);
    if (pipe->ended && !pipe->length)
        shutdown(c->ends[!way], SHUT_WR);
    return !(c->pipes[0].ended && c->pipes[1].ended && !c->pipes[0].length && !c->pipes[1].length);
}

static bool take(struct connection *c, int way)
{
    struct pipe *pipe = &c->pipes[way];
    ssize_t came = recv(
        c->ends[way], pipe->bytes + pipe->length, sizeof(pipe->bytes) - pipe->length, MSG_DONTWAIT);

    if (came < 0)
        return errno == EAGAIN;
    pipe->length += (size_t)came;
    pipe->ended = came == 0;
    /* A target that has gone is noticed at once, as by a reset; not what is held back. */
    return came || way == 0 || plan.hold_back;
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    memcpy(address.sun_path, path, strlen(path));
    return address;
}

static int listen_at(const char *path)
{
    const struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    unlink(path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, CLIENTS) < 0)
        die(path);
    return fd;
}

/* A client without a target, or without room, is closed at once. */
static void admit(int listener, const char *target)
{
    const struct sockaddr_un address = address_of(target);
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct connection *c = connections;

    while (c < connections + CLIENTS && c->ends[0] >= 0)
        c++;
    if (client < 0 || other < 0)
        die("accept");
    if (c == connections + CLIENTS ||
        connect(other, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        close(client);
        close(other);
        return;
    }
    c->ends[0] = client;
    c->ends[1] = other;
}

/* More may pass as time goes by; what is not used is not saved up. */
static void refill(void)
{
    static int64_t last;
    struct timespec now;
    int64_t time;
    double most = (double)plan.rate * TICK / 500;

    clock_gettime(CLOCK_MONOTONIC, &now);
    time = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    if (last)
        plan.allowance += (double)plan.rate * (double)(time - last) / 1e9;
    last = time;
    if (plan.allowance > most)
        plan.allowance = most;
    if (lifted) {
        plan.throttled = plan.hold_back = false;
        plan.stall = 0;
    }
}

/* What each end waits for: room in its pipe means that it is read. */
static void prepare(struct pollfd *ready)
{
    for (int i = 0; i < ENDS; i++) {
        const struct connection *c = &connections[i / 2];
        const struct pipe *in = &c->pipes[i % 2], *out = &c->pipes[!(i % 2)];
        bool reads = !in->ended && in->length < sizeof(in->bytes);
        bool writes = allowed(!(i % 2), out->length) > 0;

        ready[i] = (struct pollfd){reads || writes ? c->ends[i % 2] : -1,
            (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
    }
}

static void serve(const struct pollfd *ready)
{
    for (int i = 0; i < CLIENTS; i++) {
        struct connection *c = &connections[i];
        bool good = true;

        for (int way = 0; way < 2 && good && c->ends[0] >= 0; way++) {
            const struct pipe *pipe = &c->pipes[way];

            if (!pipe->ended && pipe->length < sizeof(pipe->bytes) && ready[i * 2 + way].revents)
                good = take(c, way);
            good = good && pass(c, way);
        }
        if (!good)
            hang_up(c);
    }
}

static bool read_options(int argc, char **argv, int *at)
{
    for (*at = 1; *at < argc && strncmp(argv[*at], "--", 2) == 0; ++*at) {
        const char *option = argv[*at];

        if (strcmp(option, "--hold-back") == 0) {
            plan.hold_back = true;
            continue;
        }
        if (++*at == argc)
            return false;
        if (strcmp(option, "--rate") == 0) {
            plan.throttled = true;
            plan.rate = strtoull(argv[*at], NULL, 10);
        } else if (strcmp(option, "--stall") == 0) {
            plan.stall = strtoull(argv[*at], NULL, 10);
        } else if (strcmp(option, "--cut") == 0) {
            plan.cut = strtoull(argv[*at], NULL, 10);
        } else {
            return false;
        }
    }
    return *at + 2 == argc;
}

static void run(int listener, const char *target)
{
    for (;;) {
        struct pollfd ready[ENDS + 1];

        refill();
        prepare(ready);
        ready[ENDS] = (struct pollfd){listener, POLLIN, 0};
        if (poll(ready, ENDS + 1, TICK) < 0 && errno != EINTR)
            die("poll");
        if (ready[ENDS].revents)
            admit(listener, target);
        else
            serve(ready);
        if (cut_now) {
            cut_now = 0;
            plan.cut = 0;
            hang_up_all();
        }
    }
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = on_signal};
    int at, listener;

    if (!read_options(argc, argv, &at)) {
        fputs(
            "usage: relay [--rate N] [--stall N] [--cut N] [--hold-back] LISTEN TARGET\n", stderr);
        return 2;
    }
    for (int i = 0; i < CLIENTS; i++)
        connections[i].ends[0] = connections[i].ends[1] = -1;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    alarm(LIFE);
    listener = listen_at(argv[at]);
    puts("ready");
    fflush(stdout);
    run(listener, argv[at + 1]);
}
