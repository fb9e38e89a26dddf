/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `info network`, as QEMU 5.2, 7.2, 10.0 and 11.1 were seen to print it. */
#include "tap.h"
#include "vm/network.h"

static void check(const char *what, const char *text, const char *expected)
{
    AUTO_JSON json *list = network_parse(text);

    is_owned(json_to_string(list), expected, "%s", what);
}

static void test_plain(void)
{
    check("nothing", "", "[]");
    check("a netdev without a NIC", "u1: index=0,type=user,net=10.0.2.0,restrict=off\r\n",
        "[{\"id\":\"u1\",\"type\":\"user\"}]");
    check("a type that says nothing of itself", "s1: index=0,type=socket,\r\n",
        "[{\"id\":\"s1\",\"type\":\"socket\"}]");
    check("a NIC with its netdev",
        "n1: index=0,type=nic,model=usb-net,macaddr=52:54:00:12:34:56\r\n"
        " \\ u1: index=0,type=user,net=10.0.2.0,restrict=off\r\n"
        "u2: index=0,type=user,net=10.0.2.0,restrict=off\r\n",
        "[{\"id\":\"n1\",\"type\":\"nic\",\"mac\":\"52:54:00:12:34:56\",\"peer\":\"u1\"},"
        "{\"id\":\"u1\",\"type\":\"user\",\"peer\":\"n1\"},{\"id\":\"u2\",\"type\":\"user\"}]");
    check("a NIC without one", "n1: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\r\n",
        "[{\"id\":\"n1\",\"type\":\"nic\",\"mac\":\"52:54:00:12:34:56\"}]");
}

static void test_queues(void)
{
    check("several queues are one netdev",
        "n1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n"
        " \\ n1-net: index=0,type=tap,fd=20\r\n"
        "n1: index=1,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n"
        " \\ n1-net: index=1,type=tap,fd=21\r\n"
        "n2-net: index=0,type=tap,fd=22\r\n"
        "n2-net: index=1,type=tap,fd=23\r\n",
        "[{\"id\":\"n1\",\"type\":\"nic\",\"mac\":\"52:54:00:12:34:56\",\"peer\":\"n1-net\"},"
        "{\"id\":\"n1-net\",\"type\":\"tap\",\"peer\":\"n1\"},{\"id\":\"n2-net\",\"type\":\"tap\"}"
        "]");
}

static void test_hubs(void)
{
    check("ports with and without a peer, and what follows the hubs",
        "hub 1\r\n"
        " \\ h3: n2: index=0,type=nic,model=usb-net,macaddr=52:54:00:12:34:57\r\n"
        "hub 0\r\n"
        " \\ h2: u2: index=0,type=user,net=10.0.2.0,restrict=off\r\n"
        " \\ h1\r\n"
        "n1: index=0,type=nic,model=usb-net,macaddr=52:54:00:12:34:56\r\n"
        " \\ u1: index=0,type=user,net=10.0.2.0,restrict=off\r\n",
        "[{\"id\":\"h3\",\"type\":\"hubport\",\"hub\":\"1\",\"peer\":\"n2\"},"
        "{\"id\":\"n2\",\"type\":\"nic\",\"mac\":\"52:54:00:12:34:57\",\"peer\":\"h3\"},"
        "{\"id\":\"h2\",\"type\":\"hubport\",\"hub\":\"0\",\"peer\":\"u2\"},"
        "{\"id\":\"u2\",\"type\":\"user\",\"peer\":\"h2\"},"
        "{\"id\":\"h1\",\"type\":\"hubport\",\"hub\":\"0\"},"
        "{\"id\":\"n1\",\"type\":\"nic\",\"mac\":\"52:54:00:12:34:56\",\"peer\":\"u1\"},"
        "{\"id\":\"u1\",\"type\":\"user\",\"peer\":\"n1\"}]");
}

static void test_filters(void)
{
    check("filters belong to the line above them",
        "n1: index=0,type=nic,model=usb-net,macaddr=52:54:00:12:34:56\r\n"
        " \\ u1: index=0,type=user,net=10.0.2.0,restrict=off\r\n"
        "filters:\r\n"
        "  - f0: type=filter-buffer,interval=1000,position=tail,status=on,netdev=u1,queue=all\r\n"
        "u2: index=0,type=user,net=10.0.2.0,restrict=off\r\n",
        "[{\"id\":\"n1\",\"type\":\"nic\",\"mac\":\"52:54:00:12:34:56\",\"peer\":\"u1\"},"
        "{\"id\":\"u1\",\"type\":\"user\",\"peer\":\"n1\",\"filtered\":true},"
        "{\"id\":\"u2\",\"type\":\"user\"}]");
}

static void test_hostile(void)
{
    check("a line end in a description takes no peer away",
        "x: index=0,type=stream,unix:/a\nn1-net: index=0,type=tap,fd=9\r\n"
        "n1: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\r\n"
        " \\ n1-net: index=0,type=tap,fd=20\r\n"
        "y: index=0,type=stream,unix:/a\nn1-net: index=0,type=tap,fd=9\r\n",
        "[{\"id\":\"x\",\"type\":\"stream\"},"
        "{\"id\":\"n1-net\",\"type\":\"tap\",\"peer\":\"n1\"},"
        "{\"id\":\"n1\",\"type\":\"nic\",\"mac\":\"52:54:00:12:34:56\",\"peer\":\"n1-net\"},{"
        "\"id\":\"y\",\"type\":\"stream\"}]");
    check("lines that are none",
        "\r\nfilters:\r\n \\ a: index=0,type=user,\r\nu: index=,type=x\r\n", "[]");
    check("an id with blanks, which 5.2 takes",
        "u 9: index=0,type=user,: index=0,type=user,net=10.0.2.0,restrict=off\r\n",
        "[{\"id\":\"u 9\",\"type\":\"user\"}]");
}

int main(void)
{
    test_plain();
    test_queues();
    test_hubs();
    test_filters();
    test_hostile();
    return done_testing();
}
