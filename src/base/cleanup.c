/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void out_of_memory(void)
{
    static const char line[] = "qmpbox: out of memory\n";

    if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
        _exit(8);
    _exit(8);
}

int steal_fd(int *holder)
{
    int fd = *holder;

    *holder = -1;
    return fd;
}

void cleanup_free(void *holder)
{
    free(*(void **)holder);
}

void cleanup_fd(const int *holder)
{
    int fd = *holder;

    close_fd(&fd);
}

void close_fd(int *holder)
{
    int saved = errno;

    if (*holder >= 0)
        close(*holder);
    *holder = -1;
    errno = saved;
}

void *xcalloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (!memory)
        out_of_memory();
    return memory;
}

void *xrealloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);

    if (!memory)
        out_of_memory();
    return memory;
}

char *xstrdup(const char *from)
{
    return xstrndup(from, strlen(from));
}

char *xstrndup(const char *from, size_t length)
{
    char *copy = xrealloc(NULL, length + 1);

    memcpy(copy, from, length);
    copy[length] = '\0';
    return copy;
}

char *xvasprintf(const char *format, va_list arguments)
{
    char *made = NULL;

    if (vasprintf(&made, format, arguments) < 0)
        out_of_memory();
    return made;
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    char *made;

    va_start(arguments, format);
    made = xvasprintf(format, arguments);
    va_end(arguments);
    return made;
}
