/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/address.h"

#include "qmp/proc.h"
#include "qmp/vmname.h"

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

/* The words are right, but nobody is there. */
static bool nobody(struct address *address, struct error *error)
{
    AUTO_FREE char *word = xstrdup(address->text);

    usage(address, error,
        strchr(word, '/') ? "no socket has this path (a path begins with / or ./)"
                          : "it is no socket here, no HOST:PORT, no /path or ./path, and no VM of "
                            "this host has this name");
    error->kind = ERROR_CONNECT;
    return vmname_suggest(word, error);
}

static bool unfit(struct address *address, struct error *error)
{
    error_prefix(error, "address '%s'", address->text);
    address_free(address);
    return false;
}

/* Takes over what was found, which is an address that needs no looking up. */
static bool take_found(struct address *address, const struct vm_found *found, struct error *error)
{
    AUTO_FREE char *word = found->address;

    address->pid = found->pid;
    if (word[0] == '@') {
        address->kind = ADDRESS_ABSTRACT;
        address->path = xstrdup(word + 1);
    } else if (word[0] == '/') {
        address->path = xstrdup(word);
    } else if (!parse_tcp(word + 4, address)) {
        error_set(error, ERROR_CONNECT, "its monitor is at %s, which is no address", word);
        return unfit(address, error);
    }
    return true;
}

/* A word that no other kind of address fits: a VM's name, or what is no socket. */
static bool parse_name(const char *word, struct address *address, struct error *error)
{
    struct vm_found found;

    if (!vmname_find(word, &found, error))
        return unfit(address, error);
    if (found.address)
        return take_found(address, &found, error);
    if (access(word, F_OK) < 0)
        return nobody(address, error);
    /* A file that is no socket is a path too: connecting will say what it is instead. */
    address->path = xstrdup(word);
    return true;
}

static bool parse_process(const char *digits, struct address *address, struct error *error)
{
    struct vm_found found;

    return vmname_find_process(digits, &found, error) ? take_found(address, &found, error)
                                                      : unfit(address, error);
}

bool address_parse(const char *word, struct address *address, struct error *error)
{
    static const char *const later[] = {"vsock:", "ssh://"};

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
    } else if (strncmp(word, "pid:", 4) == 0) {
        return parse_process(word + 4, address, error);
    } else if (word[0] == '/' || word[0] == '.' || is_socket(word)) {
        address->path = xstrdup(word);
    } else if (!parse_tcp(word, address)) {
        return parse_name(word, address, error);
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

/* Sets what failed; a VM that was named by its name or pid has its monitor named too. */
static void cannot(struct error *error, const struct address *address, const char *why)
{
    bool found = address->pid && address->path;

    error_set(error, ERROR_CONNECT, "cannot connect to %s%s%s%s: %s", address->text,
        !found                              ? ""
        : address->kind == ADDRESS_ABSTRACT ? " (@"
                                            : " (",
        found ? address->path : "", found ? ")" : "", why);
}

static int no_connection(struct error *error, const struct address *address, int number)
{
    cannot(error, address, strerror(number));
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

/*
 * A VM that was named by its name or pid must be the one that answers: another QEMU that was
 * started with the same path has taken the first one's socket away. (A manager that made the socket
 * and passed it is no QEMU.)
 */
static bool is_the_vm(const struct address *address, int fd, struct error *error)
{
    struct ucred listener = {0};
    socklen_t size = sizeof(listener);
    AUTO_FREE char *why = NULL;

    if (!address->pid || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &listener, &size) < 0 ||
        listener.pid <= 0 || listener.pid == address->pid || proc_kind(listener.pid) == PROC_OTHER)
        return true;
    why = xasprintf("it is the socket of another VM now (pid %ld), and that of pid %ld has gone",
        (long)listener.pid, address->pid);
    cannot(error, address, why);
    return false;
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
                cannot(error, address, "the queue of waiting clients is full");
                return -1;
            }
            if (!loop_sleep(loop, clock_earlier(deadline, clock_after(RETRY)), error))
                return -1;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == ENOENT) {
            cannot(error, address, "there is no such socket");
        } else if (address->kind == ADDRESS_UNIX && stat(address->path, &status) == 0 &&
                   !S_ISSOCK(status.st_mode)) {
            cannot(error, address,
                S_ISDIR(status.st_mode) ? "it is a directory, no socket"
                                        : "it is a file, no socket");
        } else if (errno == ECONNREFUSED) {
            cannot(error, address, "nobody listens there (the VM has ended?)");
        } else {
            return no_connection(error, address, errno);
        }
        return -1;
    }
    return is_the_vm(address, fd, error) ? steal_fd(&fd) : -1;
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

/* A connection that is made, or under way; -1, with errno, when neither. */
static int start_tcp(const struct addrinfo *at, bool *under_way)
{
    int one = 1;
    AUTO_FD int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

    *under_way = false;
    if (fd < 0)
        return -1;
    if (connect(fd, at->ai_addr, at->ai_addrlen) < 0) {
        if (errno != EINPROGRESS)
            return -1;
        *under_way = true;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    return steal_fd(&fd);
}

static int connect_tcp(
    const struct address *address, struct loop *loop, int64_t deadline, struct error *error)
{
    struct addrinfo *found = resolve(address, deadline, error);
    int number = ECONNREFUSED, result = -1;

    for (const struct addrinfo *at = found; at && result < 0 && !error->kind; at = at->ai_next) {
        bool under_way = false;
        AUTO_FD int fd = start_tcp(at, &under_way);

        if (fd < 0 || (under_way && !finish_connect(fd, loop, deadline, error))) {
            number = errno;
            continue;
        }
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

int address_start(const struct address *address, struct error *error)
{
    static const struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    bool under_way;
    int fd;

    /* Without a time to wait nothing needs the loop. */
    if (address->kind != ADDRESS_TCP)
        return address_connect(address, NULL, 0, error);
    if (getaddrinfo(strcmp(address->host, "localhost") == 0 ? "127.0.0.1" : address->host,
            address->port, &hints, &found) != 0) {
        cannot(error, address, "its name would have to be resolved");
        return -1;
    }
    fd = start_tcp(found, &under_way);
    if (fd < 0)
        no_connection(error, address, errno);
    freeaddrinfo(found);
    return fd;
}
