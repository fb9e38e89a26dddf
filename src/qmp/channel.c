/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CHUNK = 32 * 1024,
    AT_ONCE = 4 * 1024 * 1024, /* bytes that are taken in at one go, if they are there */
};

struct outgoing {
    struct text bytes;
    size_t sent;
    int fd;
    struct outgoing *next;
};

static void drop_first(struct channel *channel)
{
    struct outgoing *item = channel->first;

    channel->first = item->next;
    if (!channel->first)
        channel->last = NULL;
    close_fd(&item->fd);
    text_free(&item->bytes);
    free(item);
}

void channel_close(struct channel *channel)
{
    while (channel->first)
        drop_first(channel);
    close_fd(&channel->fd);
    frame_free(&channel->frame);
}

void channel_queue(struct channel *channel, const char *bytes, size_t length, int fd)
{
    struct outgoing *item = channel->last;

    /* A message with a descriptor begins a write of its own; others join what is waiting. */
    if (!item || fd >= 0) {
        item = xcalloc(1, sizeof(*item));
        item->fd = fd;
        if (channel->last)
            channel->last->next = item;
        else
            channel->first = item;
        channel->last = item;
    }
    text_add(&item->bytes, bytes, length);
}

bool channel_has_output(const struct channel *channel)
{
    return channel->first;
}

static ssize_t send_some(const struct channel *channel, const struct outgoing *item)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {item->bytes.bytes + item->sent, item->bytes.length - item->sent};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (item->fd >= 0) {
        struct cmsghdr *header;

        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &item->fd, sizeof(int));
    }
    return sendmsg(channel->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void channel_send(struct channel *channel)
{
    while (channel->first && channel->fd >= 0) {
        struct outgoing *item = channel->first;
        ssize_t sent = send_some(channel, item);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (sent < 0) {
            channel->broken = errno;
            while (channel->first)
                drop_first(channel);
            return;
        }
        close_fd(&item->fd); /* it left with the first byte */
        item->sent += (size_t)sent;
        if (item->sent == item->bytes.length)
            drop_first(channel);
    }
}

/* Takes one chunk; false when there is no more now, or ever. */
static bool receive_chunk(struct channel *channel)
{
    char *room = frame_room(&channel->frame, CHUNK);
    ssize_t came;

    do
        came = recv(channel->fd, room, CHUNK, MSG_DONTWAIT);
    while (came < 0 && errno == EINTR);
    if (came > 0)
        frame_commit(&channel->frame, (size_t)came);
    else if (came == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        channel->ended = true; /* QEMU 7.2 and later reset instead of closing after quit */
    return came == CHUNK;
}

void channel_receive(struct channel *channel)
{
    for (size_t taken = 0; taken < AT_ONCE && receive_chunk(channel); taken += CHUNK)
        ;
}
