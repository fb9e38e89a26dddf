/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { RETRY = 50 * 1000 }; /* microseconds between two knocks at a full queue */

void address_free(struct address *address)
{
    free(address->text);
    free(address->path);
    free(address->host);
    free(address->port);
    *address = (struct address){.fd = -1};
}

static bool is_port(const char *word)
{
    unsigned long port = strtoul(word, NULL, 10);

    return *word && strspn(word, "0123456789") == strlen(word) && port >= 1 && port <= 65535;
}

static bool parse_tcp(const char *word, struct address *address)
{
    const char *colon = strrchr(word, ':');
    size_t length = colon ? (size_t)(colon - word) : 0;

    if (!length || !is_port(colon + 1))
        return false;
    if (word[0] == '[' && word[length - 1] == ']' && length > 2)
        address->host = xstrndup(word + 1, length - 2);
    else if (!memchr(word, ':', length) && !memchr(word, '[', length))
        address->host = xstrndup(word, length);
    else
        return false;
    address->kind = ADDRESS_TCP;
    address->port = xstrdup(colon + 1);
    return true;
}

static bool is_socket(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool usage(struct address *address, struct error *error, const char *why)
{
    error_set(error, ERROR_USAGE, "address '%s': %s", address->text, why);
    address_free(address);
    return false;
}

bool address_parse(const char *word, struct address *address, struct error *error)
{
    static const char *const later[] = {"vsock:", "ssh://", "pid:"};

    *address = (struct address){.text = xstrdup(word), .fd = -1};
    if (!*word)
        return usage(address, error, "is empty");
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
        if (strncmp(word, later[i], strlen(later[i])) == 0)
            return usage(address, error, "this kind of address is not supported yet");
    if (strncmp(word, "unix:", 5) == 0) {
        if (!word[5])
            return usage(address, error, "a path is missing after 'unix:'");
        address->path = xstrdup(word + 5);
    } else if (word[0] == '@') {
        if (!word[1] || strlen(word + 1) > sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
            return usage(address, error, "an abstract name has 1 to 107 bytes");
        address->kind = ADDRESS_ABSTRACT;
        address->path = xstrdup(word + 1);
    } else if (strncmp(word, "fd:", 3) == 0) {
        if (!word[3] || strspn(word + 3, "0123456789") != strlen(word + 3) || strlen(word) > 9)
            return usage(address, error, "a descriptor's number is missing after 'fd:'");
        address->kind = ADDRESS_FD;
        address->fd = (int)strtol(word + 3, NULL, 10);
    } else if (strncmp(word, "tcp:", 4) == 0) {
        if (!parse_tcp(word + 4, address))
            return usage(address, error, "expected tcp:HOST:PORT, an IPv6 address in brackets");
    } else if (word[0] == '/' || word[0] == '.' || is_socket(word) ||
               (!parse_tcp(word, address) && access(word, F_OK) == 0)) {
        /* A file that is no socket is a path too: connecting will say what it is instead. */
        address->path = xstrdup(word);
    } else if (address->kind != ADDRESS_TCP) {
        usage(address, error,
            strchr(word, '/') ? "no socket has this path (a path begins with / or ./)"
                              : "it is no socket here, no HOST:PORT and no /path or ./path");
        error->kind = ERROR_CONNECT; /* the words are right, but nobody is there */
        return false;
    }
    return true;
}

char *address_absolute(const struct address *address)
{
    const char *path = address->path;
    AUTO_FREE char *folder = NULL;

    switch (address->kind) {
    case ADDRESS_UNIX:
        folder = *path == '/' ? xstrdup("") : getcwd(NULL, 0);
        while (strncmp(path, "./", 2) == 0)
            path += 2;
        return folder ? xasprintf("%s%s%s", folder, *folder ? "/" : "", path) : NULL;
    case ADDRESS_ABSTRACT:
        return xasprintf("@%s", path);
    case ADDRESS_TCP:
        return xasprintf("tcp:%s:%s", address->host, address->port);
    case ADDRESS_FD:
        break;
    }
    return NULL;
}

static int local(struct error *error, const char *what)
{
    error_set(error, ERROR_LOCAL, "%s: %s", what, strerror(errno));
    return -1;
}

static int no_connection(struct error *error, const struct address *address, int number)
{
    error_set(error, ERROR_CONNECT, "cannot connect to %s: %s", address->text, strerror(number));
    return -1;
}

/* Waits for a non-blocking connect to end; false when it failed, with errno or error set. */
struct connecting {
    bool done;
};

static void connected(void *data, short revents)
{
    struct connecting *connecting = data;

    (void)revents;
    connecting->done = true;
}

static bool finish_connect(int fd, struct loop *loop, int64_t deadline, struct error *error)
{
    struct connecting connecting = {false};
    struct loop_watch watch = {
        .fd = fd, .events = POLLOUT, .ready = connected, .data = &connecting};
    socklen_t size = sizeof(errno);
    int number = 0;
    bool good = true;

    loop_add(loop, &watch);
    while (good && !connecting.done)
        good = loop_turn(loop, deadline, error);
    loop_remove(loop, &watch);
    if (!good)
        return false;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) < 0)
        number = errno;
    errno = number;
    return number == 0;
}

static int connect_unix(
    const struct address *address, struct loop *loop, int64_t deadline, struct error *error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(name);
    AUTO_FD int fd = -1;
    AUTO_FD int handle = -1;

    if (address->kind == ADDRESS_ABSTRACT) {
        length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address->path));
        memcpy(name.sun_path + 1, address->path, strlen(address->path));
    } else if (strlen(address->path) < sizeof(name.sun_path)) {
        memcpy(name.sun_path, address->path, strlen(address->path) + 1);
    } else {
        /* sun_path has 108 bytes; the kernel follows this link to the socket itself. */
        handle = open(address->path, O_PATH | O_CLOEXEC);
        if (handle < 0)
            return no_connection(error, address, errno);
        (void)snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d", handle);
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return local(error, "socket");
    while (connect(fd, (struct sockaddr *)&name, length) < 0) {
        struct stat status;

        if (errno == EAGAIN) {
            if (clock_now() >= deadline) {
                error_set(error, ERROR_CONNECT,
                    "cannot connect to %s: the queue of waiting clients is full", address->text);
                return -1;
            }
            if (!loop_sleep(loop, clock_earlier(deadline, clock_after(RETRY)), error))
                return -1;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == ENOENT) {
            error_set(error, ERROR_CONNECT, "cannot connect to %s: there is no such socket",
                address->text);
        } else if (address->kind == ADDRESS_UNIX && stat(address->path, &status) == 0 &&
                   !S_ISSOCK(status.st_mode)) {
            error_set(error, ERROR_CONNECT, "cannot connect to %s: it is %s, no socket",
                address->text, S_ISDIR(status.st_mode) ? "a directory" : "a file");
        } else if (errno == ECONNREFUSED) {
            error_set(error, ERROR_CONNECT,
                "cannot connect to %s: nobody listens there (the VM has ended?)", address->text);
        } else {
            return no_connection(error, address, errno);
        }
        return -1;
    }
    return steal_fd(&fd);
}

/* A name server may take its time: the resolver works beside us and is given up at the deadline. */
static struct addrinfo *resolve(
    const struct address *address, int64_t deadline, struct error *error)
{
    static const struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    static const struct addrinfo slow_hints = {
        .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
    /* Not on the stack: a resolver that is given up may still write here. */
    struct gaicb *request = xcalloc(1, sizeof(*request));
    struct gaicb *list[] = {request};
    struct addrinfo *found = NULL;
    int64_t left = deadline > clock_now() ? deadline - clock_now() : 0;
    struct timespec span = {
        .tv_sec = (time_t)(left / CLOCK_SECOND), .tv_nsec = (long)(left % CLOCK_SECOND) * 1000};
    int result = getaddrinfo(address->host, address->port, &hints, &found);

    if (result == EAI_NONAME) {
        *request = (struct gaicb){
            .ar_name = address->host, .ar_service = address->port, .ar_request = &slow_hints};
        result = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
        if (!result)
            result = gai_suspend((const struct gaicb *const *)list, 1, &span);
        if (!result || result == EAI_ALLDONE)
            result = gai_error(request);
        if (!result)
            found = request->ar_result;
        if (result == EAI_AGAIN || result == EAI_INPROGRESS || result == EAI_INTR) {
            if (gai_cancel(request) != EAI_NOTCANCELED)
                free(request);
            error_set(error, ERROR_CONNECT, "cannot find %s: the name was not resolved in time",
                address->host);
            return NULL;
        }
    }
    free(request);
    if (!result)
        return found;
    error_set(error, ERROR_CONNECT, "cannot find %s: %s", address->host, gai_strerror(result));
    return NULL;
}

static int connect_tcp(
    const struct address *address, struct loop *loop, int64_t deadline, struct error *error)
{
    struct addrinfo *found = resolve(address, deadline, error);
    int number = ECONNREFUSED, one = 1, result = -1;

    for (const struct addrinfo *at = found; at && result < 0 && !error->kind; at = at->ai_next) {
        AUTO_FD int fd =
            socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

        if (fd < 0 || (connect(fd, at->ai_addr, at->ai_addrlen) < 0 &&
                          (errno != EINPROGRESS || !finish_connect(fd, loop, deadline, error)))) {
            number = errno;
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
        result = steal_fd(&fd);
    }
    if (!found)
        return -1;
    freeaddrinfo(found);
    if (error->kind == ERROR_TIMEOUT)
        return no_connection(error, address, ETIMEDOUT);
    if (result < 0 && !error->kind)
        return no_connection(error, address, number);
    return result;
}

int address_connect(
    const struct address *address, struct loop *loop, int64_t deadline, struct error *error)
{
    struct stat status;
    int fd;

    if (address->kind == ADDRESS_TCP)
        return connect_tcp(address, loop, deadline, error);
    if (address->kind != ADDRESS_FD)
        return connect_unix(address, loop, deadline, error);
    if (fstat(address->fd, &status) < 0)
        return no_connection(error, address, errno);
    if (!S_ISSOCK(status.st_mode))
        return no_connection(error, address, ENOTSOCK);
    /* It is for us, not for the commands that we may start. */
    (void)fcntl(address->fd, F_SETFD, FD_CLOEXEC);
    fd = fcntl(address->fd, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? no_connection(error, address, errno) : fd;
}

bool address_same(const struct address *a, const struct address *b)
{
    struct stat one, other;

    if (a->kind != b->kind)
        return false;
    if (a->kind == ADDRESS_UNIX)
        return stat(a->path, &one) == 0 && stat(b->path, &other) == 0 &&
               one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    return text_is(a->path, b->path) || (text_is(a->host, b->host) && text_is(a->port, b->port)) ||
           (a->kind == ADDRESS_FD && a->fd == b->fd);
}
