/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc: the processes of this host, as far as /proc shows them to this user.
 *
 * A process may end between any two looks, and what it says of itself is its own invention: every
 * function answers "nothing" then, and none fails. Texts are raw bytes, to be escaped before they
 * are shown.
 */
#ifndef QMPBOX_QMP_PROC_H
#define QMPBOX_QMP_PROC_H

#include "base/text.h"

#include <sys/types.h>

/* What a process is, by the file that it runs or, where that is hidden, by its first word. */
enum proc_kind { PROC_OTHER, PROC_QEMU, PROC_STORAGE_DAEMON };

/* Calls visit for every process. */
void proc_each(void (*visit)(void *data, long pid), void *data);

enum proc_kind proc_kind(long pid);

/* The process that a thread belongs to (its own number for a process), or 0. */
long proc_of_thread(long tid);

/* Its name (comm), which the caller frees; NULL when it cannot be seen. */
char *proc_name(long pid) MUST_CHECK;

/* Where its link leads ("exe", "fd/3"…), which the caller frees; NULL when that cannot be seen. */
char *proc_link(long pid, const char *link) MUST_CHECK;

/* Adds at most `limit` bytes of a plain file; false when there is none that can be read. */
bool proc_read_file(const char *path, size_t limit, struct text *text);

/* Adds at most `limit` bytes of its command line, each word ended by a NUL. */
bool proc_command_line(long pid, size_t limit, struct text *text);

/* Is it in our network name space? True as well where that cannot be seen. */
bool proc_shares_network(long pid);

/* Has this process the socket of this inode open, as far as we may see? */
bool proc_has_socket(long pid, uint32_t inode);

/* A socket that is looked for, and a process that has it open, or 0. */
struct proc_socket {
    uint32_t inode;
    long pid;
};

/* Finds who has these sockets, in one look at all processes; sorts the list by inode. */
void proc_find_sockets(struct proc_socket *list, size_t count);

#endif
