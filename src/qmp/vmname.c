/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/vmname.h"

#include "qmp/proc.h"
#include "qmp/vms.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static bool take(struct vms *vms, const struct vm *vm, struct vm_found *found, struct error *error)
{
    const struct vm_monitor *monitor;

    if (vm->monitors > 1)
        vms_find_clients(vms); /* the first that is free */
    monitor = vm_best_monitor(vm);
    if (!monitor)
        return error_set(error, ERROR_CONNECT, "%s %s%s%s(pid %ld) %s",
            vm->storage_daemon ? "the storage daemon" : "the VM", vm->name ? "'" : "",
            vm->name ? vm->name : "", vm->name ? "' " : "", vm->pid,
            vm->unreachable ? "has a QMP monitor, but none that can be connected to from here (no "
                              "listening socket, or one that this user is not shown)"
                            : "has no QMP monitor: it was started without -qmp");
    *found = (struct vm_found){xstrdup(monitor->address), vm->pid};
    return true;
}

static bool is_called(const struct vm *vm, const char *name, bool as_shown)
{
    return text_is(as_shown ? vm->shown : vm->name, name);
}

static bool several(
    const struct vms *vms, const char *name, bool as_shown, size_t count, struct error *error)
{
    const char *between = ": ";

    error_set(error, ERROR_USAGE, "%zu VMs have this name", count);
    for (size_t i = 0; i < vms->count; i++)
        if (is_called(&vms->item[i], name, as_shown)) {
            error_append(error, "%spid:%ld", between, vms->item[i].pid);
            between = ", ";
        }
    return false;
}

/* The VM whose name was found, as it is now; it may have ended since. */
static bool take_process(long pid, const char *name, struct vm_found *found, struct error *error)
{
    AUTO_VMS struct vms vms = {0};

    vms_read(&vms, pid);
    if (!vms.count || !text_is(vms.item[0].name, name))
        return true;
    return take(&vms, &vms.item[0], found, error);
}

bool vmname_find(const char *name, struct vm_found *found, struct error *error)
{
    AUTO_VMS struct vms vms = {0};

    *found = (struct vm_found){0};
    vms_read_names(&vms);
    /* A name that is written this way goes before one that only looks so on a terminal. */
    for (int as_shown = 0; as_shown < 2; as_shown++) {
        const struct vm *vm = NULL;
        size_t count = 0;

        for (size_t i = 0; i < vms.count; i++)
            if (is_called(&vms.item[i], name, as_shown)) {
                vm = &vms.item[i];
                count++;
            }
        if (count > 1)
            return several(&vms, name, as_shown, count, error);
        if (count)
            return take_process(vm->pid, vm->name, found, error);
    }
    return true;
}

bool vmname_suggest(const char *name, struct error *error)
{
    AUTO_VMS struct vms vms = {0};
    AUTO_STRINGS struct strings names = {0};

    vms_read_names(&vms);
    for (size_t i = 0; i < vms.count; i++)
        if (vms.item[i].shown)
            strings_add(&names, vms.item[i].shown);
    return error_suggest(error, name, &names);
}

bool vmname_find_process(const char *digits, struct vm_found *found, struct error *error)
{
    AUTO_VMS struct vms vms = {0};
    AUTO_FREE char *name = NULL;
    long pid;

    *found = (struct vm_found){0};
    if (!*digits || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 9 ||
        !(pid = strtol(digits, NULL, 10)))
        return error_set(error, ERROR_USAGE, "the number of a process is missing after 'pid:'");
    /* The number of a thread, as qmpbox cpus shows it, will do too. */
    vms_read(&vms, proc_of_thread(pid) ? proc_of_thread(pid) : pid);
    if (vms.count)
        return take(&vms, &vms.item[0], found, error);
    name = proc_name(pid);
    if (!name)
        return error_set(error, ERROR_CONNECT, "%s",
            kill((pid_t)pid, 0) < 0 && errno == EPERM
                ? "this process cannot be looked at by this user"
                : "there is no such process (the VM has ended?)");
    return error_set(error, ERROR_CONNECT, "this process is %s and no QEMU", name);
}
