/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * address: where a monitor is, as people write it, and a connection to it.
 *
 *   /path  ./path  unix:PATH   a unix socket; a path longer than sun_path works too
 *   @NAME                      a unix socket in the abstract name space
 *   tcp:HOST:PORT  HOST:PORT   IPv6 addresses in brackets
 *   fd:N                       a connected socket that was inherited
 *   pid:N  NAME                a VM of this host, by its process or its name (vms.h)
 *
 * An existing socket goes before a VM's name, and a VM's name before a file that is no socket.
 */
#ifndef QMPBOX_QMP_ADDRESS_H
#define QMPBOX_QMP_ADDRESS_H

#include "base/loop.h"

enum address_kind { ADDRESS_UNIX, ADDRESS_ABSTRACT, ADDRESS_TCP, ADDRESS_FD };

struct address {
    enum address_kind kind;
    char *text; /* as it was written */
    char *path; /* unix: the path; abstract: the name without '@' */
    char *host;
    char *port;
    int fd;
    long pid; /* of the VM that was named, or 0: nobody else may answer for it */
};

void address_free(struct address *address);

/*
 * Fails with kind usage, or connect when the word names nothing that is there; *address is zeroed
 * then.
 */
bool address_parse(const char *word, struct address *address, struct error *error);

/* Is it the same place, as far as can be seen without connecting? */
bool address_same(const struct address *a, const struct address *b);

/*
 * The place in words that mean the same in whatever folder they are read, which the caller frees;
 * NULL for an inherited descriptor.
 */
char *address_absolute(const struct address *address) MUST_CHECK;

/*
 * A connected stream socket, close-on-exec, which the caller closes; -1 on failure (kind connect,
 * or interrupted). A listener whose queue is full is tried again until the deadline. Descriptors
 * are used with MSG_DONTWAIT: an inherited one keeps its flags, since others may share them.
 */
int address_connect(
    const struct address *address, struct loop *loop, int64_t deadline, struct error *error);

/*
 * The same without waiting for anything: a full queue is a failure, and a TCP connection may still
 * be under way, which its becoming writable ends. No name is resolved but localhost.
 */
int address_start(const struct address *address, struct error *error);

#endif
