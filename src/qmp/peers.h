/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peers: who sits at the other ends of a monitor on this host, as far as this user may see.
 *
 * The kernel's socket diagnosis pairs the monitor's accepted connection with the socket of the
 * client that holds it, and /proc says whose that is. Without root, other users' processes have no
 * names here; over TCP and across network name spaces nothing is seen.
 */
#ifndef QMPBOX_QMP_PEERS_H
#define QMPBOX_QMP_PEERS_H

#include "qmp/address.h"

/*
 * Why a connected monitor may not greet, as the end of a sentence: who holds it, or who listens.
 * The caller frees it; never NULL. fd is our own connection to it.
 */
char *peers_holder(const struct address *address, int fd) MUST_CHECK;

/*
 * Does another client hold the monitor now? What is asked before connecting, where a greeting is
 * not to be waited for; false when that cannot be seen. Costs about as much as there are sockets.
 */
bool peers_is_held(const struct address *address);

/* As peers_holder(), for a guest agent that did not answer: who holds its channel, or what else may
 * be. */
char *peers_agent(const struct address *address, int fd) MUST_CHECK;

/*
 * Which program listens at the other end of the connection, so that a file that is replaced or
 * another program is told apart: its file's device, inode, size and time of change, and the name
 * that it was started by. NULL when it is no QEMU (a forwarder, a manager that made the socket) or
 * when that cannot be seen from here. The caller frees it.
 */
char *peers_program(int fd) MUST_CHECK;

/* The id of the process at the other end when it is a QEMU of this host that can be seen, or 0. */
long peers_process(int fd);

#endif
