/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 300, CHUNK = 64 * 1024 };

void proc_each(void (*visit)(void *data, long pid), void *data)
{
    DIR *folder = opendir("/proc");
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            visit(data, strtol(entry->d_name, NULL, 10));
    if (folder)
        closedir(folder);
}

char *proc_link(long pid, const char *link)
{
    char path[PATH_ROOM], target[PATH_MAX];
    ssize_t length;

    (void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, link);
    length = readlink(path, target, sizeof(target));
    return length > 0 && length < (ssize_t)sizeof(target) ? xstrndup(target, (size_t)length) : NULL;
}

static bool read_all(int fd, size_t limit, struct text *text)
{
    ssize_t came = 1;

    while (limit && came > 0) {
        size_t room = limit < CHUNK ? limit : CHUNK;

        text_reserve(text, room);
        came = read(fd, text->bytes + text->length, room);
        if (came < 0 && errno != EINTR)
            return false;
        if (came > 0) {
            text->length += (size_t)came;
            text->bytes[text->length] = '\0';
            limit -= (size_t)came;
        }
    }
    return true;
}

bool proc_read_file(const char *path, size_t limit, struct text *text)
{
    struct stat status;
    /* A FIFO must not hold us up, and a device (a watchdog, a tape) may act when it is opened. */
    AUTO_FD int place = open(path, O_PATH | O_CLOEXEC), fd = -1;
    char same[PATH_ROOM];

    if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    (void)snprintf(same, sizeof(same), "/proc/self/fd/%d", place);
    fd = open(same, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd >= 0 && read_all(fd, limit, text);
}

bool proc_command_line(long pid, size_t limit, struct text *text)
{
    char path[PATH_ROOM];

    (void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
    return proc_read_file(path, limit, text);
}

char *proc_name(long pid)
{
    char path[PATH_ROOM];
    AUTO_TEXT struct text text = TEXT_EMPTY;

    (void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    if (!proc_read_file(path, 64, &text) || !text.length)
        return NULL;
    if (text.bytes[text.length - 1] == '\n')
        text.bytes[--text.length] = '\0';
    return text_take(&text);
}

static enum proc_kind kind_of(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;

    if (*name == '.') /* a file behind a wrapper: .qemu-system-x86_64-wrapped */
        name++;
    if (strncmp(name, "qemu-storage-daemon", 19) == 0)
        return PROC_STORAGE_DAEMON;
    if (strncmp(name, "qemu-system-", 12) == 0 || strncmp(name, "qemu-kvm", 8) == 0)
        return PROC_QEMU;
    return PROC_OTHER;
}

enum proc_kind proc_kind(long pid)
{
    AUTO_FREE char *file = proc_link(pid, "exe");
    AUTO_TEXT struct text line = TEXT_EMPTY;

    if (file)
        return kind_of(file);
    /* Another user's program is hidden, but its words are not. Debian's kvm is a QEMU too. */
    if (errno != EACCES || !proc_command_line(pid, PATH_ROOM, &line) || !line.length)
        return PROC_OTHER;
    if (strcmp(line.bytes, "kvm") == 0 || strcmp(line.bytes, "/usr/bin/kvm") == 0)
        return PROC_QEMU;
    return kind_of(line.bytes);
}

long proc_of_thread(long tid)
{
    char path[PATH_ROOM];
    AUTO_TEXT struct text text = TEXT_EMPTY;
    const char *at;

    (void)snprintf(path, sizeof(path), "/proc/%ld/status", tid);
    at = proc_read_file(path, 4096, &text) ? strstr(text_string(&text), "\nTgid:") : NULL;
    return at ? strtol(at + 6, NULL, 10) : 0;
}

bool proc_shares_network(long pid)
{
    char path[PATH_ROOM];
    struct stat ours, its;

    (void)snprintf(path, sizeof(path), "/proc/%ld/ns/net", pid);
    return stat(path, &its) < 0 || stat("/proc/self/ns/net", &ours) < 0 ||
           (its.st_dev == ours.st_dev && its.st_ino == ours.st_ino);
}

/* ---------------------------------------------------------------- who has a socket */

struct search {
    struct proc_socket *list;
    size_t count;
    size_t left;
};

static int compare(const void *a, const void *b)
{
    uint32_t one = ((const struct proc_socket *)a)->inode;
    uint32_t other = ((const struct proc_socket *)b)->inode;

    return (one > other) - (one < other);
}

static void look_at_link(struct search *search, long pid, const char *target)
{
    struct proc_socket *found, wanted = {0};

    if (strncmp(target, "socket:[", 8) != 0)
        return;
    wanted.inode = (uint32_t)strtoul(target + 8, NULL, 10);
    found = bsearch(&wanted, search->list, search->count, sizeof(wanted), compare);
    if (!found)
        return;
    /* The same socket may be in the list more than once. */
    while (found > search->list && found[-1].inode == wanted.inode)
        found--;
    for (; found < search->list + search->count && found->inode == wanted.inode; found++)
        if (!found->pid) {
            found->pid = pid;
            search->left--;
        }
}

static void look_at_process(void *data, long pid)
{
    struct search *search = data;
    char path[PATH_ROOM], target[64];
    const struct dirent *entry;
    DIR *folder;

    if (!search->left)
        return;
    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
    folder = opendir(path);
    while (folder && search->left && (entry = readdir(folder))) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

        if (length <= 0)
            continue;
        target[length] = '\0';
        look_at_link(search, pid, target);
    }
    if (folder)
        closedir(folder);
}

bool proc_has_socket(long pid, uint32_t inode)
{
    struct proc_socket wanted = {inode, 0};
    struct search search = {&wanted, 1, 1};

    look_at_process(&search, pid);
    return wanted.pid;
}

void proc_find_sockets(struct proc_socket *list, size_t count)
{
    struct search search = {list, count, count};

    if (!count)
        return;
    qsort(list, count, sizeof(*list), compare);
    for (size_t i = 0; i < count; i++)
        list[i].pid = 0;
    proc_each(look_at_process, &search);
}
