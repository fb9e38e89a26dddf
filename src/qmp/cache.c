/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/cache.h"

#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *file_name(const char *kind, const char *place)
{
    uint64_t hash = text_hash(TEXT_HASH, place, strlen(place));

    return xasprintf("%s-%016llx", kind, (unsigned long long)hash);
}

static int open_file(const char *kind, const char *place)
{
    AUTO_FD int folder = folder_open("XDG_CACHE_HOME", ".cache");
    AUTO_FREE char *name = file_name(kind, place);
    AUTO_FD int fd =
        folder < 0 ? -1 : openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    return fd >= 0 && folder_is_ours(fd, S_IFREG) ? steal_fd(&fd) : -1;
}

struct shelf *cache_open(const char *kind, const char *place, const char *key)
{
    int fd = open_file(kind, place);

    return fd < 0 ? NULL : shelf_open(fd, key);
}

bool cache_has(const char *kind, const char *place)
{
    AUTO_FD int fd = open_file(kind, place);

    return fd >= 0;
}

void cache_drop(const char *kind, const char *place)
{
    AUTO_FD int folder = folder_open("XDG_CACHE_HOME", ".cache");
    AUTO_FREE char *name = file_name(kind, place);

    if (folder >= 0)
        (void)unlinkat(folder, name, 0);
}

/* Removes the file that was written first when there are too many of the kind. */
static void prune(int folder, const char *kind)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = again < 0 ? NULL : fdopendir(again);
    AUTO_FREE char *oldest = NULL;
    struct timespec oldest_time = {0};
    size_t count = 0;

    if (!list) {
        close_fd(&again);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(list));) {
        struct stat status;

        if (strncmp(entry->d_name, kind, strlen(kind)) != 0)
            continue;
        if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(status.st_mode))
            continue;
        count++;
        if (!oldest || status.st_mtim.tv_sec < oldest_time.tv_sec) {
            free(oldest);
            oldest = xstrdup(entry->d_name);
            oldest_time = status.st_mtim;
        }
    }
    (void)closedir(list);
    if (count > CACHE_FILES)
        (void)unlinkat(folder, oldest, 0);
}

void cache_write(const char *kind, const char *place, const struct text *file)
{
    AUTO_FD int folder = folder_open("XDG_CACHE_HOME", ".cache");
    AUTO_FREE char *name = file_name(kind, place);
    AUTO_FREE char *new_name = xasprintf(".%s.%ld", name, (long)getpid());
    AUTO_FD int fd = -1;

    if (folder < 0 || !file->length)
        return;
    /* One of this name is left from a run that was killed, whose number is ours now. */
    (void)unlinkat(folder, new_name, 0);
    fd = openat(folder, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (!folder_write(fd, file->bytes, file->length) ||
        renameat(folder, new_name, folder, name) < 0)
        (void)unlinkat(folder, new_name, 0);
    prune(folder, kind);
}
