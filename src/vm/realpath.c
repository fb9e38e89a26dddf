/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/realpath.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { SECTOR = 512 };

const char *realpath_fdset(const char *filename)
{
    static const char folder[] = "/dev/fdset/";

    return filename && strncmp(filename, folder, sizeof(folder) - 1) == 0
               ? filename + sizeof(folder) - 1
               : NULL;
}

static const char *file_of(const json *node)
{
    return json_get_string(json_get(node, "image"), "filename");
}

/* The bytes of a file, or of what a block device holds, as QEMU counts them: in whole sectors. */
static bool size_of(const struct stat *status, uint64_t *size)
{
    char path[64];
    FILE *file;
    int got;

    if (S_ISREG(status->st_mode)) {
        *size = ((uint64_t)status->st_size + SECTOR - 1) / SECTOR * SECTOR;
        return true;
    }
    if (!S_ISBLK(status->st_mode))
        return false;
    (void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/size", major(status->st_rdev),
        minor(status->st_rdev));
    file = fopen(path, "re");
    got = file ? fscanf(file, "%" SCNu64, size) : 0;
    if (file)
        (void)fclose(file);
    *size *= SECTOR;
    return got == 1;
}

/* Has the file exactly the size and the allocation that QEMU says the node has? */
static bool fits(const struct stat *status, const json *node)
{
    const json *image = json_get(node, "image");
    struct number virtual_size, actual;
    uint64_t size = 0;

    return json_get_number(image, "virtual-size", &virtual_size) &&
           json_get_number(image, "actual-size", &actual) && size_of(status, &size) &&
           size == virtual_size.magnitude &&
           (uint64_t)status->st_blocks * SECTOR == actual.magnitude;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return S_ISBLK(a->st_mode) ? S_ISBLK(b->st_mode) && a->st_rdev == b->st_rdev
                               : a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Does a node have this file by its name, as QEMU sees names? */
static bool is_named(const struct stat *status, const json *nodes, long pid)
{
    json_each (node, nodes) {
        const char *name = file_of(node);
        AUTO_FREE char *path = NULL;
        struct stat its;

        if (!name || realpath_fdset(name) || strncmp(name, "json:", 5) == 0)
            continue;
        path = xasprintf("/proc/%ld/%s/%s", pid, *name == '/' ? "root" : "cwd", name);
        if (stat(path, &its) == 0 && same_file(status, &its))
            return true;
    }
    return false;
}

/* The path of an open descriptor, if it leads to that file from here too. */
static char *path_of(int folder, const char *entry, const struct stat *status)
{
    char path[PATH_MAX];
    ssize_t length = readlinkat(folder, entry, path, sizeof(path) - 1);
    struct stat its;

    if (length <= 0 || path[0] != '/')
        return NULL;
    path[length] = '\0';
    return stat(path, &its) == 0 && same_file(status, &its) ? xstrdup(path) : NULL;
}

/* Looks at every descriptor; *found is the only file that fits, or NULL. */
static void search(DIR *folder, const json *nodes, const json *node, long pid, char **found)
{
    struct stat first = {0}, status;
    const struct dirent *entry;
    bool any = false;

    while ((entry = readdir(folder))) {
        if (fstatat(dirfd(folder), entry->d_name, &status, 0) < 0 || !fits(&status, node) ||
            is_named(&status, nodes, pid))
            continue;
        if (any && !same_file(&first, &status)) {
            free(*found);
            *found = NULL;
            return;
        }
        if (!any || !*found) {
            free(*found);
            *found = path_of(dirfd(folder), entry->d_name, &status);
        }
        any = true;
        first = status;
    }
}

/*
 * Did another descriptor's node give the same numbers? Then it is not to be believed that only one
 * file fits now: the guest may have written to the other one since.
 */
static bool has_twin(const json *nodes, const json *node)
{
    const json *image = json_get(node, "image");
    struct number size, actual, its_size, its_actual;

    if (!json_get_number(image, "virtual-size", &size) ||
        !json_get_number(image, "actual-size", &actual))
        return false;
    json_each (other, nodes) {
        const char *driver = json_get_string(other, "drv");

        if (realpath_fdset(file_of(other)) && strcmp(file_of(other), file_of(node)) != 0 &&
            driver && (strcmp(driver, "file") == 0 || strcmp(driver, "host_device") == 0) &&
            json_get_number(json_get(other, "image"), "virtual-size", &its_size) &&
            json_get_number(json_get(other, "image"), "actual-size", &its_actual) &&
            its_size.magnitude == size.magnitude && its_actual.magnitude == actual.magnitude)
            return true;
    }
    return false;
}

char *realpath_of_fdset(struct session *session, const json *nodes, const char *node)
{
    const json *entry = json_find(nodes, "node-name", node);
    long pid = realpath_fdset(file_of(entry)) ? session_process(session) : 0;
    AUTO_FREE char *path = xasprintf("/proc/%ld/fd", pid);
    DIR *folder = pid ? opendir(path) : NULL;
    char *found = NULL;

    if (folder) {
        if (!has_twin(nodes, entry))
            search(folder, nodes, entry, pid, &found);
        closedir(folder);
    }
    return found;
}

bool realpath_is_open(
    struct session *session, const json *nodes, const char *node, const char *path)
{
    const json *entry = json_find(nodes, "node-name", node);
    AUTO_FREE char *place = xasprintf("/proc/%ld/fd", session_process(session));
    struct stat wanted, status;
    const struct dirent *open_file;
    bool found = false;
    DIR *folder;

    if (!entry || stat(path, &wanted) < 0 || !fits(&wanted, entry) || !(folder = opendir(place)))
        return false;
    while (!found && (open_file = readdir(folder)))
        found = fstatat(dirfd(folder), open_file->d_name, &status, 0) == 0 &&
                same_file(&status, &wanted);
    closedir(folder);
    return found;
}

char *realpath_of_relative(struct session *session, const char *name)
{
    long pid = session_process(session);
    AUTO_FREE char *path = xasprintf("/proc/%ld/cwd/%s", pid, name);
    AUTO_FREE char *found = pid ? realpath(path, NULL) : NULL;

    return found ? xstrdup(found) : NULL;
}
