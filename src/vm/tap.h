/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap: the tap interface behind a NIC, opened here or inherited, and its place in a bridge.
 *
 * A tap that is made here is not persistent: it goes with its descriptors. One that was there
 * before keeps what it had: tap_detach() takes it out of the bridge again. The descriptors for
 * vhost come from /dev/vhost-net, opened here or inherited, since a QEMU that cannot use it may
 * abort.
 */
#ifndef QMPBOX_VM_TAP_H
#define QMPBOX_VM_TAP_H

#include "base/report.h"
#include "vm/netif.h"

enum { TAP_QUEUES = 256 }; /* the most that the kernel gives one tap */

struct tap_request {
    const char *name;   /* NULL: descriptors are given */
    const char *bridge; /* or NULL */
    size_t queues;
    bool vhost;
    const struct strings *tap_fds; /* numbers of inherited descriptors */
    const struct strings *vhost_fds;
};

struct tap {
    char *name;
    char *bridge; /* or NULL */
    size_t queues;
    int *fd;       /* one a queue; -1 once it is given away */
    int *vhost_fd; /* the same, or NULL without vhost */
    bool made;     /* by this run */
    bool joined;
    bool raised;
};

/* Opens and checks; kinds usage and local. */
struct tap *tap_open(const struct tap_request *request, struct error *error) MUST_CHECK;
void tap_free(struct tap *tap);
DEFINE_CLEANUP(tap, struct tap, tap_free)
#define AUTO_TAP AUTO(cleanup_tap)

/* Is it a descriptor of /dev/vhost-net? */
bool tap_is_vhost(int fd);

/* Puts it into its bridge, if it has one, and sets it up; what was done before a failure is undone.
 * Kind local. */
bool tap_attach(struct tap *tap, struct error *error);

/* Takes back what tap_attach() did with a tap that was there before; adds to undone or left. */
void tap_detach(struct tap *tap, struct error *told);

#endif
