/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/sockets.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { DUMP_PARTS = 4096 }; /* replies of the kernel that are read at most */

void unix_sockets_free(struct unix_sockets *sockets)
{
    free(sockets->item);
    text_free(&sockets->names);
    *sockets = (struct unix_sockets){0};
}

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
            .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN},
    };
    struct timeval limit = {.tv_sec = 1};

    (void)setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return send(netlink, &request, sizeof(request), MSG_NOSIGNAL) == (ssize_t)sizeof(request);
}

static struct unix_socket *add_socket(struct unix_sockets *sockets)
{
    if (sockets->count == sockets->room) {
        sockets->room = sockets->room ? 2 * sockets->room : 512;
        sockets->item = xrealloc(sockets->item, sockets->room * sizeof(*sockets->item));
    }
    sockets->item[sockets->count] = (struct unix_socket){0};
    return &sockets->item[sockets->count++];
}

static void take_socket(struct unix_sockets *sockets, const struct nlmsghdr *header)
{
    const struct unix_diag_msg *said = NLMSG_DATA(header);
    const struct rtattr *at = (const struct rtattr *)(said + 1);
    int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof(*said)));
    struct unix_socket *socket = add_socket(sockets);

    socket->inode = said->udiag_ino;
    socket->listens = said->udiag_state == TCP_LISTEN;
    for (; RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        size_t size = RTA_PAYLOAD(at);

        if (at->rta_type == UNIX_DIAG_VFS && size >= sizeof(struct unix_diag_vfs)) {
            const struct unix_diag_vfs *file = RTA_DATA(at);

            socket->file = file->udiag_vfs_ino;
            socket->device = file->udiag_vfs_dev;
        } else if (at->rta_type == UNIX_DIAG_NAME) {
            socket->name = sockets->names.length;
            socket->name_length = size;
            text_add(&sockets->names, RTA_DATA(at), size);
            text_add_char(&sockets->names, '\0');
        } else if (at->rta_type == UNIX_DIAG_PEER && size >= sizeof(socket->peer)) {
            memcpy(&socket->peer, RTA_DATA(at), sizeof(socket->peer));
        } else if (at->rta_type == UNIX_DIAG_RQLEN && size >= sizeof(struct unix_diag_rqlen)) {
            const struct unix_diag_rqlen *queue = RTA_DATA(at);

            socket->waiting = socket->listens ? queue->udiag_rqueue : 0;
        }
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t one = ((const struct unix_socket *)a)->inode;
    uint32_t other = ((const struct unix_socket *)b)->inode;

    return (one > other) - (one < other);
}

/* One reply; false when it was the last. */
static bool take_part(struct unix_sockets *sockets, const char *bytes, ssize_t came)
{
    const struct nlmsghdr *at = (const struct nlmsghdr *)bytes;

    for (; NLMSG_OK(at, came); at = NLMSG_NEXT(at, came)) {
        if (at->nlmsg_type == NLMSG_DONE || at->nlmsg_type == NLMSG_ERROR)
            return false;
        if (at->nlmsg_len >= NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
            take_socket(sockets, at);
    }
    return true;
}

void unix_sockets_read(struct unix_sockets *sockets)
{
    static char buffer[32 * 1024] __attribute__((aligned(8)));
    AUTO_FD int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    unix_sockets_free(sockets);
    if (netlink < 0 || !ask_kernel(netlink))
        return;
    for (int parts = 0; parts < DUMP_PARTS; parts++) {
        ssize_t came = recv(netlink, buffer, sizeof(buffer), 0);

        if (came <= 0 || !take_part(sockets, buffer, came))
            break;
    }
    if (sockets->count)
        qsort(sockets->item, sockets->count, sizeof(*sockets->item), compare);
}

const struct unix_socket *unix_sockets_find(const struct unix_sockets *sockets, uint32_t inode)
{
    struct unix_socket wanted = {.inode = inode};

    return inode && sockets->count
               ? bsearch(&wanted, sockets->item, sockets->count, sizeof(wanted), compare)
               : NULL;
}

bool unix_place_of(const char *path, struct unix_place *place)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return false;
    /* The kernel's own dev_t: 12 bits of major, 20 of minor. */
    *place = (struct unix_place){.file = (uint32_t)status.st_ino,
        .device = (uint32_t)(major(status.st_dev) << 20 | minor(status.st_dev))};
    return true;
}

static bool is_there(const struct unix_sockets *sockets, const struct unix_socket *socket,
    const struct unix_place *place)
{
    const char *name = socket->name_length ? sockets->names.bytes + socket->name : "";

    if (!place->name)
        return socket->file == place->file && socket->device == place->device && socket->file;
    return socket->name_length == strlen(place->name) + 1 && !name[0] &&
           memcmp(name + 1, place->name, socket->name_length - 1) == 0;
}

const struct unix_socket *unix_sockets_listener(
    const struct unix_sockets *sockets, const struct unix_place *place)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->item[i].listens && is_there(sockets, &sockets->item[i], place))
            return &sockets->item[i];
    return NULL;
}

uint32_t unix_sockets_client(
    const struct unix_sockets *sockets, const struct unix_place *place, uint32_t ours)
{
    uint32_t found = 0;

    for (size_t i = 0; i < sockets->count; i++) {
        const struct unix_socket *socket = &sockets->item[i];

        /* A connection that nobody has accepted yet is not in the list: that client waits too. */
        if (socket->peer && socket->peer != ours && is_there(sockets, socket, place))
            found = socket->peer;
    }
    return found;
}
