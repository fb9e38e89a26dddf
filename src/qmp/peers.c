/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/peers.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { DUMP_PARTS = 4096 }; /* replies of the kernel that are read at most */

/* The monitor as the kernel knows it: a file, or a name. */
struct monitor {
    uint32_t inode;
    uint32_t device; /* in the kernel's own encoding */
    const char *name;
    uint32_t ours; /* the inode of our own connection, which holds nothing */
};

static bool ask_kernel(int netlink)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_req body;
    } request = {
        .header = {.nlmsg_len = sizeof(request),
            .nlmsg_type = SOCK_DIAG_BY_FAMILY,
            .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = AF_UNIX,
            .udiag_states = UINT32_MAX,
            .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER},
    };
    struct timeval limit = {.tv_sec = 1};

    (void)setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return send(netlink, &request, sizeof(request), MSG_NOSIGNAL) == (ssize_t)sizeof(request);
}

/* The inode of the client's socket when this one is the monitor's accepted connection, or 0. */
static uint32_t client_of(const struct nlmsghdr *header, const struct monitor *monitor)
{
    const struct unix_diag_msg *socket = NLMSG_DATA(header);
    const struct rtattr *at = (const struct rtattr *)(socket + 1);
    int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof(*socket)));
    uint32_t peer = 0;
    bool same = false;

    for (; RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        size_t size = RTA_PAYLOAD(at);

        if (at->rta_type == UNIX_DIAG_VFS && !monitor->name) {
            const struct unix_diag_vfs *file = RTA_DATA(at);

            same = file->udiag_vfs_ino == monitor->inode && file->udiag_vfs_dev == monitor->device;
        } else if (at->rta_type == UNIX_DIAG_NAME && monitor->name) {
            const char *name = RTA_DATA(at);

            same = size == strlen(monitor->name) + 1 && !name[0] &&
                   memcmp(name + 1, monitor->name, size - 1) == 0;
        } else if (at->rta_type == UNIX_DIAG_PEER) {
            memcpy(&peer, RTA_DATA(at), sizeof(peer));
        }
    }
    /* A connection that nobody has accepted yet has no inode of its own: that client waits too. */
    return same && socket->udiag_ino && peer != monitor->ours ? peer : 0;
}

static uint32_t find_client(const struct monitor *monitor)
{
    static char buffer[32 * 1024] __attribute__((aligned(8)));
    AUTO_FD int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    uint32_t found = 0;

    if (netlink < 0 || !ask_kernel(netlink))
        return 0;
    for (int parts = 0; parts < DUMP_PARTS; parts++) {
        ssize_t came = recv(netlink, buffer, sizeof(buffer), 0);
        const struct nlmsghdr *at = (const struct nlmsghdr *)buffer;

        if (came <= 0)
            return found;
        for (; NLMSG_OK(at, came); at = NLMSG_NEXT(at, came)) {
            uint32_t client;

            if (at->nlmsg_type == NLMSG_DONE || at->nlmsg_type == NLMSG_ERROR)
                return found;
            client = client_of(at, monitor);
            if (client)
                found = client;
        }
    }
    return found;
}

static bool holds_socket(const char *pid, const char *wanted)
{
    char path[300], target[64];
    struct dirent *entry;
    bool found = false;
    DIR *folder;

    (void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    folder = opendir(path);
    while (folder && !found && (entry = readdir(folder))) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

        if (length > 0) {
            target[length] = '\0';
            found = strcmp(target, wanted) == 0;
        }
    }
    if (folder)
        closedir(folder);
    return found;
}

static long find_process(uint32_t inode)
{
    char wanted[32];
    struct dirent *entry;
    long pid = 0;
    DIR *proc = opendir("/proc");

    (void)snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
    while (proc && !pid && (entry = readdir(proc)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            holds_socket(entry->d_name, wanted))
            pid = strtol(entry->d_name, NULL, 10);
    if (proc)
        closedir(proc);
    return pid;
}

static char *process_name(long pid)
{
    char path[64], name[64];
    ssize_t length;
    AUTO_FD int fd = -1;
    AUTO_TEXT struct text text = TEXT_EMPTY;

    (void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, name, sizeof(name));
    if (length > 0 && name[length - 1] == '\n')
        length--;
    if (length > 0)
        text_add_escaped(&text, name, (size_t)length, false);
    else
        text_add_string(&text, "a process");
    text_printf(&text, " (pid %ld)", pid);
    return text_take(&text);
}

/* The inode of the socket of the client that holds it, or 0. fd is our own connection, or -1. */
static uint32_t client_at(const struct address *address, int fd)
{
    struct monitor monitor = {0};
    struct stat status;

    if (address->kind == ADDRESS_TCP || address->kind == ADDRESS_FD)
        return 0;
    if (fd >= 0 && fstat(fd, &status) == 0)
        monitor.ours = (uint32_t)status.st_ino;
    if (address->kind == ADDRESS_ABSTRACT) {
        monitor.name = address->path;
        return find_client(&monitor);
    }
    if (stat(address->path, &status) < 0)
        return 0;
    monitor.inode = (uint32_t)status.st_ino;
    /* The kernel's own dev_t: 12 bits of major, 20 of minor. */
    monitor.device = (uint32_t)(major(status.st_dev) << 20 | minor(status.st_dev));
    return find_client(&monitor);
}

bool peers_is_held(const struct address *address)
{
    return client_at(address, -1);
}

/* Who holds it, as the end of a sentence that is about this address; NULL when nobody is seen. */
static char *holding_client(const struct address *address, int fd)
{
    uint32_t client = client_at(address, fd);
    AUTO_FREE char *name = NULL;
    long pid;

    if (!client)
        return NULL;
    pid = find_process(client);
    if (!pid)
        return xstrdup("it serves one client at a time and another user's process holds it "
                       "(root sees which)");
    name = process_name(pid);
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
    AUTO_FREE char *exe = xasprintf("/proc/%ld/exe", pid);
    AUTO_FREE char *cmdline = xasprintf("/proc/%ld/cmdline", pid);
    AUTO_FD int fd = open(cmdline, O_RDONLY | O_CLOEXEC);
    char path[PATH_MAX], word[PATH_MAX];
    ssize_t length = readlink(exe, path, sizeof(path) - 1);
    ssize_t came = fd < 0 ? -1 : read(fd, word, sizeof(word) - 1);
    const char *slash;

    if (length <= 0 || came <= 0)
        return false;
    path[length] = word[came] = '\0';
    slash = strrchr(word, '/');
    *name = xstrdup(slash ? slash + 1 : word);
    slash = strrchr(path, '/');
    return slash && strncmp(slash + 1, "qemu", 4) == 0;
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
