/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/vmtable.h"
#include "vm/listing.h"

enum { ASKING = 200 * 1000 }; /* microseconds for all VMs together */

struct ls {
    struct strings patterns;
    bool no_status;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct ls *options = target;
    int64_t timeout = context_timeout(context);
    struct listing_options how = {
        .patterns = &options->patterns,
        .loop = context_loop(context),
        .transcript = context_transcript(context),
        .asking = options->no_status ? 0
                  : timeout          ? timeout
                                     : ASKING,
    };
    json *list = listing_make(&how, error);

    if (!list)
        return false;
    if (!json_count(list))
        context_note(context, "%s",
            options->patterns.count
                ? "no VM that can be seen on this host has such a name"
                : "no VM can be seen on this host (other users' may be hidden; root sees all)");
    return context_result(context, list, options->no_status ? view_vms_unasked : view_vms);
}

static const struct option options[] = {
    OPTION_FLAG(struct ls, no_status, "no-status", 0, "connect to none of them"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct ls, patterns, "PATTERN",
        "only VMs with such a name; *, ? and [...] stand for any characters", COMPLETES_VM),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"ls", "the VMs of this host, how they do, and who holds their monitors"},
    {"ls 'web*' --json", "some of them, for a program"},
    {"-s web1 status", "a name from the list is an address"},
    {NULL, NULL},
};

QMPBOX_COMMAND(ls) = {
    .name = "ls",
    .group = "Session",
    .summary = "the VMs of this host: name, pid, status, who holds the monitor, address",
    .description =
        "Lists the QEMU processes of this host that this user may see, and the storage daemons, "
        "with what their command lines (and the files of -readconfig) say: the name, and the "
        "address of a QMP monitor that can be connected to. Several monitors: a unix socket goes "
        "before an abstract one, that before TCP, and one that nobody holds before one that is "
        "held. A path in another mount name space is given through /proc/PID/root, and a socket "
        "that QEMU inherited, as libvirt passes one, by its own path.\n\n"
        "A monitor serves one client at a time. The holder is the process that is connected to it: "
        "free when there is none, held when it is a process that this user may not look at, - "
        "where that cannot be seen, as over TCP or in another network name space. A monitor that "
        "is held is not connected to.\n\n"
        "The others are asked for their state, all at once. They have a fifth of a second "
        "together, or what --timeout says; one that has not answered by then (it is stopped, or "
        "busy) is left alone and has ? for a status. So has one where somebody waits to be served "
        "already, and one whose monitor lacks wait=off, since a VM may be waiting for its first "
        "client to start. --no-status asks nobody.\n\n"
        "The kind says who manages the VM, as far as the place of its monitor shows: libvirt, "
        "proxmox, incus, lxd or ganeti; or that it is a storage daemon, which has no state.\n\n"
        "A name of the list, or pid:N, is an address for -s. When no VM is found a note says so, "
        "and the status is 0.\n\n"
        "With --json it is an array of objects with name, pid, kind (vm or storage-daemon), "
        "manager, address, monitors (the addresses of all), holder (null, or an object with pid "
        "and name) and status; what is not known is left out.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct ls),
    .needs = (const char *const[]){"query-status", NULL},
    .run = run,
};
