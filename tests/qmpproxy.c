/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qmpproxy - sits before a real QEMU's monitor and lets one command go wrong.
 *
 *     qmpproxy [--refuse K | --cut K | --cut-before K | --swallow K] [--match NAME] [--log FILE]
 *              LISTEN MONITOR
 *
 * LISTEN and MONITOR are paths of unix sockets. "ready" is printed once LISTEN listens. Clients are
 * served one after the other, as by a monitor, each on a connection of its own to MONITOR; what
 * they and QEMU say passes as it came, each command with the descriptor that came with it. Of all
 * commands but qmp_capabilities (or of those named NAME) the K-th has another fate, once:
 *
 *   --refuse K      it is not sent; the client gets an error. Its descriptor is closed.
 *   --cut K         it is sent; when QEMU has answered it the client's connection is closed,
 * without the answer. What the client has sent after it goes nowhere.
 *   --cut-before K  the client's connection is closed instead of sending it
 *   --swallow K     it is sent, its answer is dropped, and all goes on
 *
 * Whatever was sent before has been answered to the client by then. The log has a line for each
 * command but qmp_capabilities as it comes: its number among all of them, its name, and passed,
 * refused, cut, cut-before or swallowed. It ends by SIGTERM, with its parent, and after two
 * minutes.
 */
#include "json/frame.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIFE = 120, PATIENCE = 10 * 1000, CHUNK = 65536 }; /* seconds, milliseconds, bytes */

enum fate { PASSED, REFUSED, CUT, CUT_BEFORE, SWALLOWED };

static const char *const fates[] = {"passed", "refused", "cut", "cut-before", "swallowed"};

static struct {
    enum fate fate;
    long number; /* of the command that it is for */
    const char *match;
    FILE *log;
    long counted;
    long logged;
} plan;

/* One of the two that are connected. */
struct side {
    int fd;
    struct frame frame;
    struct text raw; /* what has come and is not passed on */
    bool foreign;    /* it sent what is no QMP: from there on bytes pass unseen */
};

struct connection {
    struct side client;
    struct side qemu;
    int passed_fd;        /* came with the command that is coming, or -1 */
    size_t unanswered;    /* commands that QEMU has and has not answered */
    struct message *held; /* to be refused, or cut, when all before it is answered */
    char *awaited;        /* the id of the command whose answer is not for the client */
    enum fate fate;       /* of held or awaited */
    bool deaf;            /* nothing more is read from the client */
    bool over;
};

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "qmpproxy: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* False when the other end is gone or takes nothing for too long. */
static bool write_all(int to, const char *bytes, size_t length, int passed_fd)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};

    while (length) {
        struct iovec vector = {(void *)bytes, length};
        struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
        struct pollfd ready = {to, POLLOUT, 0};
        ssize_t sent;

        if (passed_fd >= 0) {
            header.msg_control = control.bytes;
            header.msg_controllen = sizeof(control.bytes);
            control.align.cmsg_level = SOL_SOCKET;
            control.align.cmsg_type = SCM_RIGHTS;
            control.align.cmsg_len = CMSG_LEN(sizeof(int));
            memcpy(CMSG_DATA(&control.align), &passed_fd, sizeof(int));
        }
        sent = sendmsg(to, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN && poll(&ready, 1, PATIENCE) == 1)
            continue;
        if (sent < 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
        passed_fd = -1; /* it rode on the first byte */
    }
    return true;
}

/* Sends on what has come from one side. */
static void pass(struct connection *c, struct side *from, const struct side *to)
{
    if (!write_all(
            to->fd, from->raw.bytes, from->raw.length, from == &c->client ? c->passed_fd : -1))
        c->over = true;
    if (from == &c->client)
        close_fd(&c->passed_fd);
    text_clear(&from->raw);
}

/* What the command will meet, and a line for the log. */
static enum fate judge(const char *name)
{
    enum fate fate;

    if (strcmp(name, "qmp_capabilities") == 0)
        return PASSED;
    plan.counted += !plan.match || strcmp(name, plan.match) == 0;
    fate = plan.counted == plan.number ? plan.fate : PASSED;
    if (fate != PASSED)
        plan.number = 0; /* once */
    if (plan.log) {
        fprintf(plan.log, "%ld %s %s\n", ++plan.logged, name, fates[fate]);
        fflush(plan.log);
    }
    return fate;
}

static char *id_of(const struct message *message)
{
    struct slice id = {NULL, 0};

    return message_get(message, "id", &id) ? xstrndup(id.bytes, id.length) : xstrdup("");
}

static void refuse(struct connection *c)
{
    AUTO_FREE char *id = id_of(c->held);
    AUTO_FREE char *reply = xasprintf("{%s%s%s\"error\": {\"class\": \"GenericError\", \"desc\": "
                                      "\"refused by the proxy\"}}\r\n",
        *id ? "\"id\": " : "", id, *id ? ", " : "");

    close_fd(&c->passed_fd);
    text_clear(&c->client.raw);
    message_free(steal_pointer(&c->held));
    c->over = c->over || !write_all(c->client.fd, reply, strlen(reply), -1);
}

/* Lets the command that is held meet its fate once all before it has been answered. */
static void settle(struct connection *c)
{
    if (!c->held || c->unanswered)
        return;
    if (c->fate == REFUSED)
        refuse(c);
    else
        c->over = true;
}

static void take_command(struct connection *c, struct message *message)
{
    AUTO_MESSAGE struct message *command = message;
    struct slice quoted = {"\"\"", 2};
    AUTO_FREE char *name = NULL;
    enum fate fate;

    if (!message_get(command, "execute", &quoted))
        message_get(command, "exec-oob", &quoted);
    name = xstrndup(quoted.bytes + 1, quoted.length - 2);
    fate = judge(name);
    if (fate != PASSED)
        c->fate = fate;
    if (fate == REFUSED || fate == CUT_BEFORE) {
        c->held = steal_pointer(&command);
        settle(c);
        return;
    }
    c->unanswered++;
    pass(c, &c->client, &c->qemu);
    if (fate != PASSED)
        c->awaited = id_of(command);
    c->deaf = fate == CUT;
}

static void take_answer(struct connection *c, struct message *message)
{
    AUTO_MESSAGE struct message *answer = message;
    AUTO_FREE char *id = id_of(answer);
    struct slice value;

    if (!message_get(answer, "return", &value) && !message_get(answer, "error", &value)) {
        pass(c, &c->qemu, &c->client);
        return;
    }
    c->unanswered -= c->unanswered > 0;
    if (c->awaited && strcmp(c->awaited, id) == 0) {
        free(steal_pointer(&c->awaited));
        text_clear(&c->qemu.raw);
        c->over = c->fate == CUT;
        return;
    }
    pass(c, &c->qemu, &c->client);
    settle(c);
}

/* One more byte; a message that is whole with it is dealt with. */
static void take_byte(struct connection *c, struct side *from, char byte)
{
    struct message *message = NULL;
    AUTO_ERROR struct error error = {0};

    text_add_char(&from->raw, byte);
    if (from->foreign)
        return;
    *frame_room(&from->frame, 1) = byte;
    frame_commit(&from->frame, 1);
    if (!frame_next(&from->frame, &message, &error))
        from->foreign = true;
    else if (message && from == &c->client)
        take_command(c, message);
    else if (message)
        take_answer(c, message);
}

static void take_descriptors(struct connection *c, struct msghdr *header)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at; at = CMSG_NXTHDR(header, at)) {
        size_t count = at->cmsg_type == SCM_RIGHTS ? (at->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

        for (size_t i = 0; i < count; i++) {
            int *to = &c->passed_fd, extra;

            if (i)
                to = &extra; /* QEMU keeps only the first, too */
            else
                close_fd(to);
            memcpy(to, CMSG_DATA(at) + i * sizeof(int), sizeof(int));
            if (i)
                close(extra);
        }
    }
}

/* Byte by byte, as QEMU reads: only so it is certain which byte a descriptor came with. */
static void read_client(struct connection *c)
{
    while (!c->over && !c->held && !c->deaf) {
        char byte;
        char control[CMSG_SPACE(16 * sizeof(int))] __attribute__((aligned(8)));
        struct iovec vector = {&byte, 1};
        struct msghdr header = {.msg_iov = &vector,
            .msg_iovlen = 1,
            .msg_control = control,
            .msg_controllen = sizeof(control)};
        ssize_t came = recvmsg(c->client.fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        if (came < 0 && errno == EAGAIN)
            break;
        if (came <= 0) {
            /* What QEMU still has to say ends with its end of the connection. */
            c->deaf = true;
            shutdown(c->qemu.fd, SHUT_WR);
            return;
        }
        take_descriptors(c, &header);
        take_byte(c, &c->client, byte);
    }
    if (!c->over && c->client.foreign)
        pass(c, &c->client, &c->qemu);
}

static void read_qemu(struct connection *c)
{
    static char bytes[CHUNK];
    ssize_t came = recv(c->qemu.fd, bytes, sizeof(bytes), 0);

    for (ssize_t i = 0; i < came && !c->over; i++)
        take_byte(c, &c->qemu, bytes[i]);
    /* The end of a line is passed on at once: somebody may read lines. */
    if (!c->over && (c->qemu.foreign || !frame_rest(&c->qemu.frame).length))
        pass(c, &c->qemu, &c->client);
    c->over = c->over || came <= 0;
}

static void serve(int client, int qemu)
{
    struct connection c = {.client.fd = client, .qemu.fd = qemu, .passed_fd = -1};

    while (!c.over) {
        struct pollfd ready[] = {
            {c.deaf || c.held ? -1 : client, POLLIN, 0},
            {qemu, POLLIN, 0},
        };

        if (poll(ready, 2, -1) < 0)
            die("poll");
        if (ready[1].revents)
            read_qemu(&c);
        if (ready[0].revents && !c.over)
            read_client(&c);
    }
    close_fd(&c.passed_fd);
    message_free(c.held);
    free(c.awaited);
    frame_free(&c.client.frame);
    frame_free(&c.qemu.frame);
    text_free(&c.client.raw);
    text_free(&c.qemu.raw);
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
        listen(fd, 4) < 0)
        die(path);
    return fd;
}

/* Reads the options; what follows them is argv[*at]. */
static bool read_options(int argc, char **argv, int *at)
{
    for (*at = 1; *at + 1 < argc && strncmp(argv[*at], "--", 2) == 0; *at += 2) {
        const char *option = argv[*at], *value = argv[*at + 1];

        if (strcmp(option, "--log") == 0) {
            plan.log = fopen(value, "we");
            if (!plan.log)
                die(value);
            continue;
        }
        if (strcmp(option, "--match") == 0) {
            plan.match = value;
            continue;
        }
        plan.fate = strcmp(option, "--refuse") == 0       ? REFUSED
                    : strcmp(option, "--cut") == 0        ? CUT
                    : strcmp(option, "--cut-before") == 0 ? CUT_BEFORE
                    : strcmp(option, "--swallow") == 0    ? SWALLOWED
                                                          : PASSED;
        plan.number = strtol(value, NULL, 10);
        if (plan.fate == PASSED || plan.number < 1)
            return false;
    }
    return *at + 2 == argc;
}

int main(int argc, char **argv)
{
    int listener, at;

    if (!read_options(argc, argv, &at)) {
        fputs("usage: qmpproxy [--refuse K | --cut K | --cut-before K | --swallow K] "
              "[--match NAME] [--log FILE] LISTEN MONITOR\n",
            stderr);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    alarm(LIFE);
    listener = listen_at(argv[at]);
    puts("ready");
    fflush(stdout);
    for (;;) {
        const struct sockaddr_un monitor = address_of(argv[at + 1]);
        AUTO_FD int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        AUTO_FD int qemu = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (client < 0 || qemu < 0)
            die("accept");
        if (connect(qemu, (const struct sockaddr *)&monitor, sizeof(monitor)) == 0)
            serve(client, qemu);
    }
}
