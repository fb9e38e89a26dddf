/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char tun_path[] = "/dev/net/tun";
static const char vhost_path[] = "/dev/vhost-net";

enum { VHOST_MAJOR = 10, VHOST_MINOR = 238 }; /* what the kernel has reserved for vhost-net */

static int *new_fds(size_t count)
{
    int *fds = xcalloc(count, sizeof(*fds));

    for (size_t i = 0; i < count; i++)
        fds[i] = -1;
    return fds;
}

static void free_fds(int *fds, size_t count)
{
    for (size_t i = 0; fds && i < count; i++)
        close_fd(&fds[i]);
    free(fds);
}

void tap_free(struct tap *tap)
{
    if (!tap)
        return;
    free_fds(tap->fd, tap->queues);
    free_fds(tap->vhost_fd, tap->queues);
    free(tap->name);
    free(tap->bridge);
    free(tap);
}

/* Why TUNSETIFF failed; was is the interface before. */
static bool explain_tun(const char *name, const struct netif *was, bool multi, struct error *error)
{
    if (errno == EBUSY)
        return error_set(
            error, ERROR_LOCAL, "the tap %s is in use by another program, such as a QEMU", name);
    if (errno == EPERM && was->index)
        return error_set(error, ERROR_LOCAL,
            "no permission to open the tap %s: it was made for another user", name);
    if (errno == EPERM)
        return error_set(error, ERROR_LOCAL,
            "no permission to make the tap %s: that needs CAP_NET_ADMIN, or a tap that was made "
            "for this user before (ip tuntap add dev %s mode tap user NAME)",
            name, name);
    if (errno == E2BIG)
        return error_set(
            error, ERROR_LOCAL, "the tap %s: the kernel gives it no more queues", name);
    if (errno == EINVAL && was->index && was->multi_queue != multi)
        return error_set(error, ERROR_LOCAL,
            was->multi_queue
                ? "the tap %s was made for several queues (multi_queue): --queues 2 or more"
                : "the tap %s was made for one queue, without multi_queue: leave out --queues",
            name);
    return error_set(error, ERROR_LOCAL, "cannot open the tap %s: %s", name, strerror(errno));
}

static bool check_free(const char *name, const struct netif *was, struct error *error)
{
    if (!was->index)
        return true;
    if (strcmp(was->kind, "tun") != 0 || !was->tap)
        return error_set(error, ERROR_LOCAL, "the interface %s is no tap%s%s%s", name,
            *was->kind ? " (it is a " : "", was->kind, *was->kind ? ")" : "");
    /* The kernel would let a second program share the packets of the first one. */
    if (was->queues)
        return error_set(
            error, ERROR_LOCAL, "the tap %s is in use by another program, such as a QEMU", name);
    return true;
}

static bool open_queue(struct tap *tap, size_t number, const struct netif *was, struct error *error)
{
    bool multi = tap->queues > 1;
    struct ifreq ifreq = {
        .ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (multi ? IFF_MULTI_QUEUE : 0))};

    tap->fd[number] = open(tun_path, O_RDWR | O_CLOEXEC);
    if (tap->fd[number] < 0)
        return error_set(
            error, ERROR_LOCAL, "cannot open %s for a tap: %s", tun_path, strerror(errno));
    (void)memccpy(ifreq.ifr_name, tap->name, 0, IF_NAMESIZE - 1);
    return ioctl(tap->fd[number], TUNSETIFF, &ifreq) == 0 ||
           explain_tun(tap->name, was, multi, error);
}

static bool open_named(struct tap *tap, struct error *error)
{
    struct netif was;

    if (!netif_find(tap->name, &was, error) || !check_free(tap->name, &was, error))
        return false;
    tap->made = !was.index;
    for (size_t i = 0; i < tap->queues; i++)
        if (!open_queue(tap, i, &was, error))
            return false;
    return true;
}

/* A copy of an inherited descriptor, or -1. */
static int inherit(const char *option, const char *word, struct error *error)
{
    size_t digits = strspn(word, "0123456789");
    int fd;

    if (!digits || word[digits] || digits > 6) {
        error_set(
            error, ERROR_USAGE, "%s: expected the number of a descriptor, not '%s'", option, word);
        return -1;
    }
    fd = fcntl((int)strtol(word, NULL, 10), F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        error_set(error, ERROR_LOCAL, "%s: descriptor %s: %s", option, word, strerror(errno));
    return fd;
}

static bool inherit_queue(struct tap *tap, size_t number, const char *word, struct error *error)
{
    struct ifreq ifreq = {0};

    tap->fd[number] = inherit("--tap-fd", word, error);
    if (tap->fd[number] < 0)
        return false;
    if (ioctl(tap->fd[number], TUNGETIFF, &ifreq) < 0 || !(ifreq.ifr_flags & IFF_TAP))
        return error_set(error, ERROR_LOCAL, "--tap-fd: descriptor %s is no tap", word);
    if (tap->queues > 1 && !(ifreq.ifr_flags & IFF_MULTI_QUEUE))
        return error_set(error, ERROR_LOCAL,
            "--tap-fd: descriptor %s belongs to the tap %.16s, which has one queue", word,
            ifreq.ifr_name);
    if (tap->name && strncmp(tap->name, ifreq.ifr_name, IF_NAMESIZE) != 0)
        return error_set(error, ERROR_LOCAL,
            "--tap-fd: the descriptors belong to different taps, %s and %.16s", tap->name,
            ifreq.ifr_name);
    if (!tap->name)
        tap->name = xstrndup(ifreq.ifr_name, IF_NAMESIZE);
    return true;
}

bool tap_is_vhost(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
           status.st_rdev == makedev(VHOST_MAJOR, VHOST_MINOR);
}

static bool open_vhost(
    struct tap *tap, size_t number, const struct strings *given, struct error *error)
{
    int fd = given->count ? inherit("--vhost-fd", given->item[number], error)
                          : open(vhost_path, O_RDWR | O_CLOEXEC);

    tap->vhost_fd[number] = fd;
    if (fd < 0 && given->count)
        return false;
    if (fd < 0)
        return error_set(error, ERROR_LOCAL,
            "cannot open %s: %s (load the module vhost_net, or leave out --vhost)", vhost_path,
            strerror(errno));
    if (tap_is_vhost(fd))
        return true;
    if (given->count)
        return error_set(error, ERROR_LOCAL, "--vhost-fd: descriptor %s is not of %s",
            given->item[number], vhost_path);
    return error_set(
        error, ERROR_LOCAL, "%s is not what the kernel calls by that name", vhost_path);
}

static bool check_bridge(const char *bridge, struct error *error)
{
    struct netif netif;

    if (!netif_find(bridge, &netif, error))
        return false;
    if (!netif.index)
        return error_set(error, ERROR_LOCAL, "there is no bridge %s", bridge);
    if (strcmp(netif.kind, "bridge") != 0)
        return error_set(error, ERROR_LOCAL, "the interface %s is no bridge%s%s%s", bridge,
            *netif.kind ? " (it is a " : "", netif.kind, *netif.kind ? ")" : "");
    return true;
}

struct tap *tap_open(const struct tap_request *request, struct error *error)
{
    AUTO_TAP struct tap *tap = xcalloc(1, sizeof(*tap));
    size_t given = request->tap_fds->count;

    tap->queues = request->name ? request->queues : given;
    tap->fd = new_fds(tap->queues);
    if (request->vhost || request->vhost_fds->count)
        tap->vhost_fd = new_fds(tap->queues);
    if (request->bridge) {
        tap->bridge = xstrdup(request->bridge);
        if (!check_bridge(request->bridge, error))
            return NULL;
    }
    /* What may be missing comes before the tap, which others can see. */
    for (size_t i = 0; tap->vhost_fd && i < tap->queues; i++)
        if (!open_vhost(tap, i, request->vhost_fds, error))
            return NULL;
    for (size_t i = 0; i < given; i++)
        if (!inherit_queue(tap, i, request->tap_fds->item[i], error))
            return NULL;
    if (request->name) {
        tap->name = xstrdup(request->name);
        if (!open_named(tap, error))
            return NULL;
    }
    return steal_pointer(&tap);
}

/* The bridge would take over the address of a new port if it were the lowest, and its MTU. */
static bool prepare_port(const struct tap *tap, int mtu, struct error *error)
{
    return !tap->made ||
           (netif_raise_address(tap->name, error) && netif_set_mtu(tap->name, mtu, error));
}

static bool attach(struct tap *tap, struct error *error)
{
    char name[IF_NAMESIZE];
    struct netif bridge, own;

    if (!netif_find(tap->bridge, &bridge, error) || !netif_find(tap->name, &own, error))
        return false;
    if (own.master && own.master != bridge.index)
        return error_set(error, ERROR_LOCAL, "the tap %s belongs to %s already, not to %s",
            tap->name, netif_name(own.master, name), tap->bridge);
    if (!own.master) {
        if (!prepare_port(tap, bridge.mtu, error) || !netif_join(tap->bridge, &own, error))
            return false;
        tap->joined = true;
    }
    if (!own.up) {
        if (!netif_set_up(tap->name, true, error))
            return false;
        tap->raised = true;
    }
    return true;
}

bool tap_attach(struct tap *tap, struct error *error)
{
    if (!tap->bridge || attach(tap, error))
        return true;
    tap_detach(tap, error);
    return false;
}

/* One thing taken back, or the reason why it is left. */
static void tell(bool done, const char *what, struct error *why, struct error *told)
{
    if (done)
        strings_add(&told->undone, what);
    else
        strings_printf(&told->left, "%s (%s)", what, why->message);
    error_free(why);
}

void tap_detach(struct tap *tap, struct error *told)
{
    AUTO_FREE char *member = xasprintf("%s in %s", tap->name, tap->bridge ? tap->bridge : "");
    AUTO_FREE char *up = xasprintf("%s up", tap->name);
    struct error why = {0};
    struct netif own;

    if (!tap->made && tap->raised)
        tell(netif_set_up(tap->name, false, &why), up, &why, told);
    if (!tap->made && tap->joined)
        tell(netif_find(tap->name, &own, &why) && netif_leave(tap->bridge, &own, &why), member,
            &why, told);
    tap->raised = tap->joined = false;
}
