/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cleanup: memory and descriptors that are released when their scope ends.
 *
 * A variable marked AUTO(...) owns what it holds until the end of its block, on every path. To give
 * the value away, take it out with steal_pointer() or steal_fd(). The x… allocators never return
 * NULL: out of memory ends the program with one line on stderr and status 8 (local).
 */
#ifndef QMPBOX_BASE_CLEANUP_H
#define QMPBOX_BASE_CLEANUP_H

#include <stdarg.h>
#include <stddef.h>

#define AUTO(function) __attribute__((cleanup(function)))
#define AUTO_FREE AUTO(cleanup_free)
#define AUTO_FD AUTO(cleanup_fd)

#define PRINTF(string, first) __attribute__((format(printf, string, first)))
#define MUST_CHECK __attribute__((warn_unused_result))

/* Defines cleanup_NAME(TYPE **) that calls release() on what the variable holds, NULL included. */
#define DEFINE_CLEANUP(name, type, release)                                                        \
    static inline void cleanup_##name(type **holder)                                               \
    {                                                                                              \
        release(*holder);                                                                          \
    }

/* The value of *holder, which is NULL (or -1) afterwards: the caller owns the value now. */
#define steal_pointer(holder)                                                                      \
    ({                                                                                             \
        __typeof__(holder) holder_ = (holder);                                                     \
        __typeof__(*holder_) value_ = *holder_;                                                    \
        *holder_ = NULL;                                                                           \
        value_;                                                                                    \
    })
int steal_fd(int *holder);

void cleanup_free(void *holder);
void cleanup_fd(const int *holder);

/* Closes *holder if it is open and sets it to -1; errno is kept. */
void close_fd(int *holder);

/* For allocators that are not ours: one line on stderr, status 8. */
_Noreturn void out_of_memory(void);

void *xcalloc(size_t count, size_t size) MUST_CHECK;
void *xrealloc(void *old, size_t size) MUST_CHECK;
char *xstrdup(const char *from) MUST_CHECK;
char *xstrndup(const char *from, size_t length) MUST_CHECK;
char *xasprintf(const char *format, ...) PRINTF(1, 2) MUST_CHECK;
char *xvasprintf(const char *format, va_list arguments) PRINTF(1, 0) MUST_CHECK;

#endif
