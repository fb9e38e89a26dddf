/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockets: the unix sockets of this host, as the kernel's socket diagnosis lists them in one go.
 *
 * It pairs a monitor's accepted connection with the socket of the client that holds it. Sockets of
 * another network name space are not in the list.
 */
#ifndef QMPBOX_QMP_SOCKETS_H
#define QMPBOX_QMP_SOCKETS_H

#include "base/text.h"

struct unix_socket {
    uint32_t inode;
    uint32_t peer; /* the inode of the other end, or 0 */
    uint32_t file; /* inode and device (as the kernel writes it) of the file that it is bound to */
    uint32_t device;
    bool listens;
    uint32_t waiting; /* of one that listens: connections that it has not accepted yet */
    size_t name;      /* where its name begins in `names`, and its length; abstract: a NUL first */
    size_t name_length;
};

/* Starts zeroed. */
struct unix_sockets {
    struct unix_socket *item; /* sorted by inode */
    size_t count;
    size_t room;
    struct text names;
};

void unix_sockets_free(struct unix_sockets *sockets);
#define AUTO_UNIX_SOCKETS AUTO(unix_sockets_free)

/* Asks the kernel; what cannot be had is not in the list. */
void unix_sockets_read(struct unix_sockets *sockets);

/* The socket of this inode, borrowed, or NULL. */
const struct unix_socket *unix_sockets_find(const struct unix_sockets *sockets, uint32_t inode);

/* Where a socket is bound: a file, or a name without the NUL before it. */
struct unix_place {
    uint32_t file;
    uint32_t device;
    const char *name; /* borrowed, or NULL */
};

/* The place of a path; false when nothing is there. */
bool unix_place_of(const char *path, struct unix_place *place);

/* The socket that listens there, or NULL. */
const struct unix_socket *unix_sockets_listener(
    const struct unix_sockets *sockets, const struct unix_place *place);

/*
 * The inode of the client's socket whose connection has been accepted there, or 0; that of `ours`,
 * which holds nothing, does not count.
 */
uint32_t unix_sockets_client(
    const struct unix_sockets *sockets, const struct unix_place *place, uint32_t ours);

#endif
