/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/files.h"

#include "base/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As many as are looked through at most, by name. */
enum { MOST = 20000 };

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What kind of file it is, a link being what it leads to; 0 when it is gone. */
static mode_t type_of(int folder, const char *name, unsigned char type)
{
    struct stat status;

    if (type != DT_UNKNOWN && type != DT_LNK)
        return DTTOIF(type);
    if (fstatat(folder, name, &status, 0) == 0)
        return status.st_mode & S_IFMT;
    return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? S_IFLNK : 0;
}

/* The names that fit, each with '/' behind it when it is a folder. */
static void list(
    int folder, const char *base, enum files files, int64_t deadline, struct strings *names)
{
    DIR *entries = fdopendir(folder);

    if (!entries) {
        close_fd(&folder);
        return;
    }
    for (const struct dirent *entry;
         names->count < MOST && clock_now() <= deadline && (entry = readdir(entries));) {
        const char *name = entry->d_name;
        mode_t type;

        if (strncmp(name, base, strlen(base)) != 0 || (*name == '.' && *base != '.') ||
            strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        type = type_of(folder, name, entry->d_type);
        if (type == S_IFDIR)
            strings_printf(names, "%s/", name);
        else if (files == FILES_ALL || (files == FILES_SOCKETS && type == S_IFSOCK))
            strings_add(names, name);
    }
    (void)closedir(entries);
}

/* The folder to look into: typed up to its last '/'. */
static int open_folder(const char *typed, size_t length)
{
    const char *home = getenv("HOME");
    bool at_home = length && typed[0] == '~' && typed[1] == '/' && home && *home;
    AUTO_FREE char *path = !length   ? xstrdup(".")
                           : at_home ? xasprintf("%s/%.*s", home, (int)(length - 2), typed + 2)
                                     : xstrndup(typed, length);

    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
}

void files_add(struct candidates *candidates, const char *before, const char *typed,
    enum files files, int64_t deadline)
{
    const char *slash = strrchr(typed, '/');
    size_t length = slash ? (size_t)(slash - typed) + 1 : 0;
    AUTO_STRINGS struct strings names = {0};
    int folder = open_folder(typed, length);

    if (folder < 0)
        return;
    list(folder, typed + length, files, deadline, &names);
    if (names.count)
        qsort(names.item, names.count, sizeof(char *), compare);
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.item[i];
        AUTO_FREE char *word = xasprintf("%s%.*s%s", before, (int)length, typed, name);

        if (name[strlen(name) - 1] == '/')
            candidates_add_part(candidates, word, NULL);
        else
            candidates_add(candidates, word, NULL);
    }
}
