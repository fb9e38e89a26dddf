/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vms: the QEMU processes of this host that this user may see, with their monitors.
 *
 * Everything comes from /proc; nobody is asked or connected to, so that a list takes milliseconds.
 * What cannot be read is left out without an error: other users' processes may be hidden, and a
 * process may end at any moment. Names and paths are the processes' own words: raw bytes.
 *
 * A monitor's address is one that address_parse() takes. A path in another mount name space is
 * reached through /proc/PID/root; an inherited socket (libvirt's way) by the path that the kernel
 * knows of it. What cannot be connected to from here is counted and has no address.
 */
#ifndef QMPBOX_QMP_VMS_H
#define QMPBOX_QMP_VMS_H

#include "base/text.h"

struct vm_monitor {
    char *address;
    bool starts_vm;    /* a client that comes may be what the VM waits for to start (wait=on) */
    uint32_t listener; /* after vms_find_clients(): the socket that listens there, 0: not seen */
    uint32_t client;   /* and the inode of the client's socket that holds it, or 0 */
    bool waited_for;   /* and whether somebody waits there to be served */
    long holder;       /* after vms_find_holders(): that client's process, or 0 */
    char *holder_name; /* or NULL */
};

struct vm {
    long pid;
    char *name;          /* or NULL */
    char *shown;         /* the name fit for a terminal, as people may type it too; or NULL */
    const char *manager; /* "libvirt", "proxmox", "incus", "lxd", "ganeti"; or NULL */
    bool storage_daemon;
    bool unreachable;           /* it has a monitor that cannot be connected to from here */
    struct vm_monitor *monitor; /* the fittest first */
    size_t monitors;
};

/* Starts zeroed. */
struct vms {
    struct vm *item; /* sorted by name and pid, those without a name last */
    size_t count;
};

void vms_free(struct vms *vms);
#define AUTO_VMS AUTO(vms_free)

/* All of them, or (pid not 0) that process alone if it is one. */
void vms_read(struct vms *vms, long pid);

/* All of them without monitors and managers, for whoever looks for a name: no path is looked at. */
void vms_read_names(struct vms *vms);

/*
 * Which monitors are held: one question to the kernel for all. Where several VMs were started with
 * the same path it stays with the one whose socket is there now.
 */
void vms_find_clients(struct vms *vms);

/* And by which processes: after vms_find_clients(), one look at all of /proc. */
void vms_find_holders(struct vms *vms);

/* The monitor to talk to: the first that is not seen to be held, else the first; NULL for none. */
const struct vm_monitor *vm_best_monitor(const struct vm *vm);

#endif
