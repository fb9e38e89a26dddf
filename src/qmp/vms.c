/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/vms.h"

#include "qmp/proc.h"
#include "qmp/qemuargs.h"
#include "qmp/sockets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { LONGEST = 1024 * 1024 }; /* bytes of a command line, or of a configuration file */

struct reading {
    struct vms *vms;
    bool names_only;
    struct unix_sockets sockets; /* read when the first inherited socket is met */
    bool sockets_read;
};

/* ---------------------------------------------------------------- memory */

static void free_monitor(struct vm_monitor *monitor)
{
    free(monitor->address);
    free(monitor->holder_name);
}

static void free_vm(struct vm *vm)
{
    free(vm->name);
    free(vm->shown);
    for (size_t i = 0; i < vm->monitors; i++)
        free_monitor(&vm->monitor[i]);
    free(vm->monitor);
}

void vms_free(struct vms *vms)
{
    for (size_t i = 0; i < vms->count; i++)
        free_vm(&vms->item[i]);
    free(vms->item);
    *vms = (struct vms){0};
}

/* Takes over its address; NULL: there is none that leads there from here. */
static void add_monitor(struct vm *vm, struct vm_monitor monitor)
{
    if (!monitor.address) {
        vm->unreachable = true;
        return;
    }
    vm->monitor = xrealloc(vm->monitor, (vm->monitors + 1) * sizeof(*vm->monitor));
    vm->monitor[vm->monitors++] = monitor;
}

/* ---------------------------------------------------------------- from its words to addresses */

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/*
 * A path as the process names it, as one that leads there from here. A relative one leads nowhere,
 * NULL, when the process has left its folder since, as with -daemonize.
 */
static char *path_from_here(long pid, const char *path)
{
    AUTO_FREE char *folder = path[0] == '/' ? NULL : proc_link(pid, "cwd");
    AUTO_FREE char *whole = NULL;
    AUTO_FREE char *inside = NULL;
    struct stat status;

    if (path[0] != '/' && !folder)
        return NULL;
    if (folder)
        whole = xasprintf("%s/%s", strcmp(folder, "/") == 0 ? "" : folder,
            strncmp(path, "./", 2) == 0 ? path + 2 : path);
    else
        whole = xstrdup(path);
    inside = xasprintf("/proc/%ld/root%s", pid, whole);
    if (folder && stat(inside, &status) < 0 && stat(whole, &status) < 0)
        return NULL;
    /* In another mount name space, or below another root, our own path is another file or none. */
    if (stat(inside, &status) < 0 || same_file(inside, whole))
        return steal_pointer(&whole);
    return steal_pointer(&inside);
}

static char *abstract_from_here(const char *name)
{
    return strlen(name) < sizeof(((struct sockaddr_un *)0)->sun_path) ? xasprintf("@%s", name)
                                                                      : NULL;
}

static char *tcp_from_here(const struct qemu_chardev *monitor)
{
    const char *host = monitor->host;

    if (strpbrk(host, "[]/ "))
        return NULL;
    if (!*host || strcmp(host, "0.0.0.0") == 0)
        host = "127.0.0.1";
    else if (strcmp(host, "::") == 0)
        host = "::1";
    return xasprintf(strchr(host, ':') ? "tcp:[%s]:%s" : "tcp:%s:%s", host, monitor->port);
}

static char *inherited_from_here(struct reading *reading, long pid, int fd)
{
    AUTO_FREE char *link = xasprintf("fd/%d", fd);
    AUTO_FREE char *target = proc_link(pid, link);
    const struct unix_socket *socket;
    const char *name;

    if (!target || strncmp(target, "socket:[", 8) != 0)
        return NULL;
    if (!reading->sockets_read)
        unix_sockets_read(&reading->sockets);
    reading->sockets_read = true;
    socket = unix_sockets_find(&reading->sockets, (uint32_t)strtoul(target + 8, NULL, 10));
    if (!socket || !socket->listens || !socket->name_length)
        return NULL;
    name = reading->sockets.names.bytes + socket->name;
    if (name[0])
        return path_from_here(pid, name);
    return strlen(name + 1) == socket->name_length - 1 ? abstract_from_here(name + 1) : NULL;
}

static void take_monitor(struct reading *reading, struct vm *vm, const struct qemu_chardev *monitor)
{
    struct vm_monitor found = {.starts_vm = monitor->waits};

    if (monitor->place == QEMU_PATH)
        found.address = path_from_here(vm->pid, monitor->path);
    else if (monitor->place == QEMU_FD)
        found.address = inherited_from_here(reading, vm->pid, monitor->fd);
    else if (monitor->place == QEMU_ABSTRACT && proc_shares_network(vm->pid))
        found.address = abstract_from_here(monitor->path);
    else if (monitor->place == QEMU_TCP && proc_shares_network(vm->pid))
        found.address = tcp_from_here(monitor);
    add_monitor(vm, found);
}

/* Whose VM it is shows in where its monitors are. */
static const char *manager_of(const struct vm *vm, const struct qemu_args *args)
{
    static const struct {
        const char *part, *end, *manager;
    } known[] = {
        {"/libvirt/qemu/", "", "libvirt"},
        {"/qemu-server/", ".qmp", "proxmox"},
        {"/ganeti/kvm-hypervisor/ctrl/", ".qmp", "ganeti"},
        {"/incus/", "/qemu.monitor", "incus"},
        {"/lxd/", "/qemu.monitor", "lxd"},
    };

    for (size_t i = 0; i < vm->monitors; i++)
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
            const char *address = vm->monitor[i].address;
            size_t length = strlen(address), end = strlen(known[k].end);

            if (strstr(address, known[k].part) && length >= end &&
                strcmp(address + length - end, known[k].end) == 0)
                return known[k].manager;
        }
    /* libvirt hands over a socket, whose path other users are not shown. */
    for (size_t i = 0; i < args->monitors.count; i++)
        if (args->monitors.item[i].place == QEMU_FD &&
            text_is(args->monitors.item[i].id, "charmonitor"))
            return "libvirt";
    return NULL;
}

static void read_configs(struct qemu_args *args, long pid)
{
    for (size_t i = 0; i < args->configs.count; i++) {
        AUTO_FREE char *path = NULL;
        AUTO_TEXT struct text text = TEXT_EMPTY;

        /* Its descriptors have other numbers here than there. */
        if (strncmp(args->configs.item[i], "/dev/", 5) == 0 ||
            strncmp(args->configs.item[i], "/proc/", 6) == 0)
            continue;
        path = path_from_here(pid, args->configs.item[i]);
        if (path && proc_read_file(path, LONGEST, &text))
            qemu_args_config(args, text_string(&text), text.length);
    }
}

static void read_process(void *data, long pid)
{
    struct reading *reading = data;
    enum proc_kind kind = proc_kind(pid);
    struct vm vm = {.pid = pid, .storage_daemon = kind == PROC_STORAGE_DAEMON};
    AUTO_QEMU_ARGS struct qemu_args args = {.storage_daemon = vm.storage_daemon};
    AUTO_TEXT struct text line = TEXT_EMPTY;
    struct vms *vms = reading->vms;

    if (kind == PROC_OTHER || !proc_command_line(pid, LONGEST, &line) || !line.length)
        return;
    qemu_args_read(&args, line.bytes, line.length);
    if (!args.name || !reading->names_only)
        read_configs(&args, pid);
    if (!reading->names_only) {
        qemu_args_settle(&args);
        for (size_t i = 0; i < args.monitors.count; i++)
            take_monitor(reading, &vm, &args.monitors.item[i]);
        vm.manager = manager_of(&vm, &args);
    }
    vm.name = steal_pointer(&args.name);
    if (vm.name) {
        struct text shown = TEXT_EMPTY;

        text_add_shown(&shown, vm.name);
        vm.shown = text_take(&shown);
    }
    if ((vms->count & (vms->count - 1)) == 0)
        vms->item = xrealloc(vms->item, (vms->count ? 2 * vms->count : 1) * sizeof(*vms->item));
    vms->item[vms->count++] = vm;
}

static int compare(const void *a, const void *b)
{
    const struct vm *one = a, *other = b;
    int order = 0;

    if (!one->name != !other->name)
        return one->name ? -1 : 1;
    if (one->name)
        order = strcmp(one->name, other->name);
    return order ? order : (one->pid > other->pid) - (one->pid < other->pid);
}

static void read_processes(struct reading *reading, long pid)
{
    struct vms *vms = reading->vms;

    vms_free(vms);
    if (pid)
        read_process(reading, pid);
    else
        proc_each(read_process, reading);
    unix_sockets_free(&reading->sockets);
    if (vms->count)
        qsort(vms->item, vms->count, sizeof(*vms->item), compare);
}

void vms_read(struct vms *vms, long pid)
{
    struct reading reading = {.vms = vms};

    read_processes(&reading, pid);
}

void vms_read_names(struct vms *vms)
{
    struct reading reading = {.vms = vms, .names_only = true};

    read_processes(&reading, 0);
}

/* ---------------------------------------------------------------- who holds them */

static bool has_twin(const struct vms *vms, const struct vm *vm, uint32_t listener)
{
    for (size_t i = 0; i < vms->count; i++)
        for (size_t k = 0; k < vms->item[i].monitors && &vms->item[i] != vm; k++)
            if (vms->item[i].monitor[k].listener == listener)
                return true;
    return false;
}

static void remove_monitor(struct vm *vm, size_t place)
{
    free_monitor(&vm->monitor[place]);
    vm->monitors--;
    memmove(vm->monitor + place, vm->monitor + place + 1,
        (vm->monitors - place) * sizeof(*vm->monitor));
    vm->unreachable = true;
}

/* Where the owner cannot be told, because the processes are another user's, all keep it. */
static bool owner_is_seen(const struct vms *vms, uint32_t listener)
{
    for (size_t i = 0; i < vms->count; i++)
        for (size_t k = 0; k < vms->item[i].monitors; k++)
            if (vms->item[i].monitor[k].listener == listener &&
                proc_has_socket(vms->item[i].pid, listener))
                return true;
    return false;
}

static void settle_twins(struct vms *vms)
{
    for (size_t i = 0; i < vms->count; i++)
        for (size_t k = vms->item[i].monitors; k > 0; k--) {
            struct vm *vm = &vms->item[i];
            uint32_t listener = vm->monitor[k - 1].listener;

            if (listener && has_twin(vms, vm, listener) && owner_is_seen(vms, listener) &&
                !proc_has_socket(vm->pid, listener))
                remove_monitor(vm, k - 1);
        }
}

void vms_find_clients(struct vms *vms)
{
    AUTO_UNIX_SOCKETS struct unix_sockets sockets = {0};

    if (vms->count)
        unix_sockets_read(&sockets);
    for (size_t i = 0; i < vms->count; i++)
        for (size_t k = 0; k < vms->item[i].monitors; k++) {
            struct vm_monitor *monitor = &vms->item[i].monitor[k];
            const struct unix_socket *listener;
            struct unix_place place = {0};

            if (monitor->address[0] == '@')
                place.name = monitor->address + 1;
            else if (monitor->address[0] != '/' || !unix_place_of(monitor->address, &place))
                continue;
            listener = unix_sockets_listener(&sockets, &place);
            monitor->listener = listener ? listener->inode : 0;
            monitor->client = unix_sockets_client(&sockets, &place, 0);
            monitor->waited_for = listener && listener->waiting;
        }
    settle_twins(vms);
}

void vms_find_holders(struct vms *vms)
{
    AUTO_FREE struct proc_socket *wanted = NULL;
    size_t count = 0;

    for (size_t i = 0; i < vms->count; i++)
        for (size_t k = 0; k < vms->item[i].monitors; k++)
            if (vms->item[i].monitor[k].client) {
                wanted = xrealloc(wanted, (count + 1) * sizeof(*wanted));
                wanted[count++] = (struct proc_socket){vms->item[i].monitor[k].client, 0};
            }
    proc_find_sockets(wanted, count);
    for (size_t i = 0; i < vms->count; i++)
        for (size_t k = 0; k < vms->item[i].monitors; k++) {
            struct vm_monitor *monitor = &vms->item[i].monitor[k];

            for (size_t w = 0; monitor->client && w < count; w++)
                if (wanted[w].inode == monitor->client)
                    monitor->holder = wanted[w].pid;
            if (monitor->holder && !monitor->holder_name)
                monitor->holder_name = proc_name(monitor->holder);
        }
}

const struct vm_monitor *vm_best_monitor(const struct vm *vm)
{
    for (size_t i = 0; i < vm->monitors; i++)
        if (!vm->monitor[i].client)
            return &vm->monitor[i];
    return vm->monitors ? &vm->monitor[0] : NULL;
}
