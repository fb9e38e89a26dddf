/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * floor SOCKET [COMMAND]: the least that a client can do to ask one question (query-status unless
 * said), with nothing but libc: connect, read the greeting, negotiate and ask in one write, read
 * two replies, print the second. What qmpbox costs is given as a ratio to this.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Reads until `lines` line ends have come; the length, or 0 on failure. */
static size_t read_lines(int fd, char *buffer, size_t room, int lines)
{
    size_t length = 0;

    while (lines > 0 && length < room) {
        ssize_t came = recv(fd, buffer + length, room - length, 0);

        if (came <= 0)
            return 0;
        for (ssize_t i = 0; i < came; i++)
            lines -= buffer[length + (size_t)i] == '\n' ? 1 : 0;
        length += (size_t)came;
    }
    return length;
}

int main(int argc, char **argv)
{
    static char buffer[1 << 20]; /* a schema has a quarter of that */
    char requests[256];
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *reply;
    size_t length;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (argc < 2 || argc > 3 || fd < 0 || strlen(argv[1]) >= sizeof(name.sun_path))
        return 2;
    if (snprintf(requests, sizeof(requests),
            "{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"%s\"}\n",
            argc == 3 ? argv[2] : "query-status") >= (int)sizeof(requests))
        return 2;
    memcpy(name.sun_path, argv[1], strlen(argv[1]) + 1);
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
        !read_lines(fd, buffer, sizeof(buffer), 1) ||
        send(fd, requests, strlen(requests), MSG_NOSIGNAL) < 0)
        return 3;
    length = read_lines(fd, buffer, sizeof(buffer), 2);
    reply = length ? memchr(buffer, '\n', length) : NULL;
    if (!reply)
        return 5;
    reply++;
    if (write(STDOUT_FILENO, reply, length - (size_t)(reply - buffer)) < 0)
        return 8;
    close(fd);
    return 0;
}
