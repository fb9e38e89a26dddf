/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/peers.h"

#include "qmp/proc.h"
#include "qmp/sockets.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* "NAME (pid N)", fit to be shown. */
static char *process_name(long pid)
{
    AUTO_FREE char *name = proc_name(pid);
    AUTO_TEXT struct text text = TEXT_EMPTY;

    text_add_shown(&text, name ? name : "a process");
    text_printf(&text, " (pid %ld)", pid);
    return text_take(&text);
}

/* The client's socket that holds the monitor, or 0; fd is our own connection to it, or -1. */
static uint32_t client_at(const struct address *address, int fd)
{
    struct unix_place place = {.name = address->path};
    struct stat status;
    AUTO_UNIX_SOCKETS struct unix_sockets sockets = {0};

    if (address->kind == ADDRESS_TCP || address->kind == ADDRESS_FD)
        return 0;
    if (address->kind == ADDRESS_UNIX && !unix_place_of(address->path, &place))
        return 0;
    unix_sockets_read(&sockets);
    return unix_sockets_client(
        &sockets, &place, fd >= 0 && fstat(fd, &status) == 0 ? (uint32_t)status.st_ino : 0);
}

bool peers_is_held(const struct address *address)
{
    return client_at(address, -1);
}

/* Who holds it, as the end of a sentence that is about this address; NULL when nobody is seen. */
static char *holding_client(const struct address *address, int fd)
{
    struct proc_socket client = {.inode = client_at(address, fd)};
    AUTO_FREE char *name = NULL;

    if (!client.inode)
        return NULL;
    proc_find_sockets(&client, 1);
    if (!client.pid)
        return xstrdup("it serves one client at a time and another user's process holds it "
                       "(root sees which)");
    name = process_name(client.pid);
    if (strncmp(name, "virtqemud (", 11) == 0 || strncmp(name, "libvirtd (", 10) == 0)
        return xasprintf("it serves one client at a time and libvirt's %s holds it: use virsh "
                         "qemu-monitor-command (or qemu-agent-command), or give the VM a monitor "
                         "of its own",
            name);
    return xasprintf("it serves one client at a time and %s holds it", name);
}

char *peers_holder(const struct address *address, int fd)
{
    struct ucred listener = {0};
    socklen_t size = sizeof(listener);
    char *client = holding_client(address, fd);

    if (client)
        return client;
    if (address->kind == ADDRESS_TCP || address->kind == ADDRESS_FD)
        return xstrdup("another client may hold the monitor, or it is none");
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &listener, &size) == 0 && listener.pid > 0) {
        AUTO_FREE char *name = process_name(listener.pid);

        return xasprintf("%s listens there and said nothing: it is busy or stopped, another client "
                         "holds it, or it is no QMP monitor (a guest agent needs --qga)",
            name);
    }
    return xstrdup("it is busy, another client holds it, or it is no QMP monitor");
}

char *peers_agent(const struct address *address, int fd)
{
    char *client = holding_client(address, fd);

    return client ? client
                  : xstrdup("it does not run in the guest, is busy with an earlier command, or "
                            "another client holds the socket");
}

/* The last part of the path by which the process was started, and of its file. */
static bool started_as_qemu(long pid, char **name)
{
    AUTO_FREE char *file = proc_link(pid, "exe");
    AUTO_TEXT struct text line = TEXT_EMPTY;
    const char *slash = file ? strrchr(file, '/') : NULL;

    if (!slash || strncmp(slash + 1, "qemu", 4) != 0 || !proc_command_line(pid, PATH_MAX, &line) ||
        !line.length)
        return false;
    slash = strrchr(line.bytes, '/');
    *name = xstrdup(slash ? slash + 1 : line.bytes);
    return true;
}

/* The process that listens at the other end, or 0. */
static long listener_of(int fd)
{
    struct ucred listener;
    socklen_t size = sizeof(listener);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &listener, &size) == 0 ? listener.pid : 0;
}

long peers_process(int fd)
{
    AUTO_FREE char *name = NULL;
    long pid = listener_of(fd);

    return pid > 0 && started_as_qemu(pid, &name) ? pid : 0;
}

char *peers_program(int fd)
{
    AUTO_FREE char *exe = NULL;
    AUTO_FREE char *name = NULL;
    long pid = listener_of(fd);
    struct stat status;

    if (pid <= 0)
        return NULL;
    exe = xasprintf("/proc/%ld/exe", pid);
    /* Through the link even a file that was replaced since is the one that runs. */
    if (stat(exe, &status) < 0 || !started_as_qemu(pid, &name))
        return NULL;
    return xasprintf("%s %llx:%llx:%lld:%lld.%09ld", name, (unsigned long long)status.st_dev,
        (unsigned long long)status.st_ino, (long long)status.st_size,
        (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}
