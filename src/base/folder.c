/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool folder_is_ours(int fd, mode_t type)
{
    struct stat status;

    return fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type &&
           status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH));
}

static int open_below(int below, const char *name, int flags)
{
    AUTO_FD int fd = openat(below, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);

    return fd >= 0 && folder_is_ours(fd, S_IFDIR) ? steal_fd(&fd) : -1;
}

static int make_below(int below, const char *name, int flags)
{
    if (mkdirat(below, name, 0700) < 0 && errno != EEXIST)
        return -1;
    return open_below(below, name, flags);
}

static int open_given(const char *given)
{
    int fd = open_below(AT_FDCWD, given, 0);

    if (fd < 0 && errno == ENOENT && mkdir(given, 0700) == 0)
        fd = open_below(AT_FDCWD, given, 0);
    return fd;
}

/* A link that the user has put there is followed, but not our own folder. */
static int open_home(const char *home, const char *path)
{
    AUTO_FD int at_home = open_below(AT_FDCWD, home, 0), first = -1;
    AUTO_FREE char *name = xstrndup(path, strcspn(path, "/"));
    const char *rest = path + strlen(name);

    if (at_home < 0)
        return -1;
    first = make_below(at_home, name, 0);
    return first < 0 || !*rest ? steal_fd(&first) : make_below(first, rest + 1, 0);
}

int folder_open(const char *variable, const char *path)
{
    const char *given = getenv(variable), *home = getenv("HOME");
    AUTO_FD int base = -1;

    if (given && *given == '/')
        base = open_given(given);
    else if (home && *home == '/')
        base = open_home(home, path);
    return base < 0 ? -1 : make_below(base, "qmpbox", O_NOFOLLOW);
}

bool folder_write(int fd, const char *bytes, size_t length)
{
    for (size_t written = 0; written < length;) {
        ssize_t n = write(fd, bytes + written, length - written);

        if (n < 0 && errno != EINTR)
            return false;
        written += n > 0 ? (size_t)n : 0;
    }
    return true;
}
