/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netif: network interfaces of this host: what they are, and their place in a bridge.
 *
 * Asked of the kernel by netlink and changed by ioctl, in the network namespace that we run in:
 * /sys may show another one.
 */
#ifndef QMPBOX_VM_NETIF_H
#define QMPBOX_VM_NETIF_H

#include "base/error.h"

struct netif {
    int index;  /* 0: there is none of that name */
    int master; /* index of the bridge or bond that it belongs to, or 0 */
    int mtu;
    bool up;
    char kind[16]; /* "tun" (a tap too), "bridge", "veth"; "" for hardware */
    bool tap;
    bool multi_queue; /* of a tap */
    unsigned queues;  /* of a multi-queue tap: how many are attached */
};

/* Can it be the name of an interface? Kind usage, naming the option. */
bool netif_check_name(const char *option, const char *name, struct error *error);

/* Fills *netif, also when there is no such interface. Kind local when the kernel does not tell. */
bool netif_find(const char *name, struct netif *netif, struct error *error);

/* The name of the interface with this index; "another" when it has gone. Borrowed from buffer. */
const char *netif_name(int index, char buffer[16]);

/* These change an interface; kind local. */
bool netif_join(const char *bridge, const struct netif *netif, struct error *error);
bool netif_leave(const char *bridge, const struct netif *netif, struct error *error);
bool netif_set_up(const char *name, bool up, struct error *error);

/* Makes its address begin with fe: a bridge takes the lowest one of its ports for its own. */
bool netif_raise_address(const char *name, struct error *error);
bool netif_set_mtu(const char *name, int mtu, struct error *error);

#endif
