/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/netif.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool netif_check_name(const char *option, const char *name, struct error *error)
{
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        strpbrk(name, "/:% \t\n\v\f\r"))
        return error_set(
            error, ERROR_USAGE, "%s: '%s' is no name for a network interface", option, name);
    if (strlen(name) >= IF_NAMESIZE)
        return error_set(error, ERROR_USAGE,
            "%s: '%s' is too long: the name of an interface has %d bytes at most", option, name,
            IF_NAMESIZE - 1);
    return true;
}

/* What the kernel is asked. */
struct question {
    struct nlmsghdr header;
    struct ifinfomsg about;
};

/* The longest answer for one interface without its virtual functions is about 2 KiB. */
union answer {
    struct nlmsghdr header;
    char bytes[32 * 1024];
};

static bool ask(int index, union answer *answer, size_t *length)
{
    struct question question = {
        {sizeof(question), RTM_GETLINK, NLM_F_REQUEST, 1, 0},
        {.ifi_family = AF_UNSPEC, .ifi_index = index},
    };
    const struct timeval patience = {5, 0};
    AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    ssize_t got;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
        send(fd, &question, sizeof(question), 0) < 0)
        return false;
    got = recv(fd, answer, sizeof(*answer), 0);
    *length = got < 0 ? 0 : (size_t)got;
    return got >= 0;
}

static int number_of(const struct rtattr *attribute)
{
    int number = 0;

    if (RTA_PAYLOAD(attribute) >= sizeof(number))
        memcpy(&number, RTA_DATA(attribute), sizeof(number));
    return number;
}

static int byte_of(const struct rtattr *attribute)
{
    return RTA_PAYLOAD(attribute) ? *(const unsigned char *)RTA_DATA(attribute) : 0;
}

typedef void take_attribute(struct netif *netif, const struct rtattr *attribute);

static void each_attribute(
    struct netif *netif, const struct rtattr *first, size_t length, take_attribute *take)
{
    size_t left = length;

    for (const struct rtattr *at = first; RTA_OK(at, left); at = RTA_NEXT(at, left))
        take(netif, at);
}

static void take_tun(struct netif *netif, const struct rtattr *attribute)
{
    if (attribute->rta_type == IFLA_TUN_TYPE)
        netif->tap = byte_of(attribute) == IFF_TAP;
    else if (attribute->rta_type == IFLA_TUN_MULTI_QUEUE)
        netif->multi_queue = byte_of(attribute);
    else if (attribute->rta_type == IFLA_TUN_NUM_QUEUES ||
             attribute->rta_type == IFLA_TUN_NUM_DISABLED_QUEUES)
        netif->queues += (unsigned)number_of(attribute);
}

static void take_info(struct netif *netif, const struct rtattr *attribute)
{
    size_t length = RTA_PAYLOAD(attribute);

    if (attribute->rta_type == IFLA_INFO_KIND && length < sizeof(netif->kind))
        memcpy(netif->kind, RTA_DATA(attribute), length);
    else if (attribute->rta_type == IFLA_INFO_DATA && strcmp(netif->kind, "tun") == 0)
        each_attribute(netif, RTA_DATA(attribute), length, take_tun);
}

static void take_link(struct netif *netif, const struct rtattr *attribute)
{
    if (attribute->rta_type == IFLA_MASTER)
        netif->master = number_of(attribute);
    else if (attribute->rta_type == IFLA_MTU)
        netif->mtu = number_of(attribute);
    else if ((attribute->rta_type & NLA_TYPE_MASK) == IFLA_LINKINFO)
        each_attribute(netif, RTA_DATA(attribute), RTA_PAYLOAD(attribute), take_info);
}

bool netif_find(const char *name, struct netif *netif, struct error *error)
{
    AUTO_FREE union answer *answer = xcalloc(1, sizeof(*answer));
    const struct ifinfomsg *about;
    int index = (int)if_nametoindex(name);
    size_t length = 0;

    *netif = (struct netif){0};
    if (!index && (errno == ENODEV || errno == ENXIO))
        return true;
    if (!index || !ask(index, answer, &length))
        return error_set(
            error, ERROR_LOCAL, "cannot ask for the interface %s: %s", name, strerror(errno));
    if (!NLMSG_OK(&answer->header, length) || answer->header.nlmsg_type != RTM_NEWLINK)
        return true; /* it has gone in between */
    about = NLMSG_DATA(&answer->header);
    netif->index = about->ifi_index;
    netif->up = about->ifi_flags & IFF_UP;
    each_attribute(netif, IFLA_RTA(about), IFLA_PAYLOAD(&answer->header), take_link);
    return true;
}

const char *netif_name(int index, char buffer[16])
{
    return if_indextoname((unsigned)index, buffer) ? buffer : "another";
}

/* One ioctl about the interface `name`; false with errno. */
static bool control(unsigned long request, const char *name, struct ifreq *ifreq)
{
    AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0) /* a kernel without IPv4 */
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)memccpy(ifreq->ifr_name, name, 0, IF_NAMESIZE - 1);
    return fd >= 0 && ioctl(fd, request, ifreq) == 0;
}

bool netif_join(const char *bridge, const struct netif *netif, struct error *error)
{
    struct ifreq ifreq = {.ifr_ifindex = netif->index};
    char name[IF_NAMESIZE];

    return control(SIOCBRADDIF, bridge, &ifreq) ||
           error_set(error, ERROR_LOCAL, "cannot put %s into the bridge %s: %s",
               netif_name(netif->index, name), bridge, strerror(errno));
}

bool netif_leave(const char *bridge, const struct netif *netif, struct error *error)
{
    struct ifreq ifreq = {.ifr_ifindex = netif->index};
    char name[IF_NAMESIZE];

    return control(SIOCBRDELIF, bridge, &ifreq) ||
           error_set(error, ERROR_LOCAL, "cannot take %s out of the bridge %s: %s",
               netif_name(netif->index, name), bridge, strerror(errno));
}

bool netif_set_up(const char *name, bool up, struct error *error)
{
    struct ifreq ifreq = {0};

    if (control(SIOCGIFFLAGS, name, &ifreq)) {
        ifreq.ifr_flags = (short)(up ? ifreq.ifr_flags | IFF_UP : ifreq.ifr_flags & ~IFF_UP);
        if (control(SIOCSIFFLAGS, name, &ifreq))
            return true;
    }
    return error_set(error, ERROR_LOCAL, "cannot set the interface %s %s: %s", name,
        up ? "up" : "down", strerror(errno));
}

bool netif_raise_address(const char *name, struct error *error)
{
    struct ifreq ifreq = {0};

    if (control(SIOCGIFHWADDR, name, &ifreq)) {
        ifreq.ifr_hwaddr.sa_data[0] = (char)0xFE;
        if (control(SIOCSIFHWADDR, name, &ifreq))
            return true;
    }
    return error_set(
        error, ERROR_LOCAL, "cannot give the interface %s an address: %s", name, strerror(errno));
}

bool netif_set_mtu(const char *name, int mtu, struct error *error)
{
    struct ifreq ifreq = {.ifr_mtu = mtu};

    return control(SIOCSIFMTU, name, &ifreq) ||
           error_set(error, ERROR_LOCAL, "cannot give the interface %s the MTU %d: %s", name, mtu,
               strerror(errno));
}
