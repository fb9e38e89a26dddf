/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `info network` says, read; and the addresses that a NIC can have. */
#include "tap.h"
#include "vm/netdev.h"
#include "vm/nic.h"

/* As 7.2 prints it, with \r\n. */
static const char recorded[] =
    "hub 0\r\n"
    " \\ h1\r\n"
    " \\ h0: n3: index=0,type=nic,model=e1000e,macaddr=52:54:00:12:34:58\r\n"
    "n1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n"
    " \\ n1-net: index=0,type=user,net=10.0.2.0,restrict=off\r\n"
    "n2-net: index=0,type=tap,fd=12\r\n"
    "n2: index=1,type=nic,\r\n"
    " \\ n4-net: index=1,type=tap,fd=13\r\n"
    "so0: index=0,type=socket,\r\n";

static void reads(const char *text, const char *names)
{
    AUTO_NETDEVS struct netdevs netdevs = {0};
    AUTO_TEXT struct text found = TEXT_EMPTY;

    netdevs_read(&netdevs, text);
    for (size_t i = 0; i < netdevs.names.count; i++)
        text_printf(&found, "%s%s", i ? " " : "", netdevs.names.item[i]);
    is_string(text_string(&found), names, "names");
}

static void takes(const char *mac, bool good)
{
    AUTO_ERROR struct error error = {0};
    bool taken = nic_check_mac(mac, &error);

    ok(taken == good, "'%s' is %s", mac, good ? "taken" : "refused");
    fold(error.kind == (good ? ERROR_NONE : ERROR_USAGE), "%s", mac);
}

int main(void)
{
    AUTO_NETDEVS struct netdevs netdevs = {0};

    reads("", "");
    reads(recorded, "h1 h0 n3 n1 n1-net n2-net n2 n4-net so0");
    reads("n1-net: index=0,type=user", "n1-net");
    reads(" \\ ", "");
    reads("hub 0\n \\ h0:", "h0:");
    reads(":", "");
    reads(": index=0", "");
    reads("hub 1\n\n\r\n \\ x: y: index=0,type=user\n", "x y");
    /* What is no line of the list names nothing. */
    reads("unknown command\r\n", "");

    netdevs_read(&netdevs, recorded);
    is_string(netdevs_nic(&netdevs, "52:54:00:12:34:56"), "n1", "a NIC by its address");
    is_string(netdevs_nic(&netdevs, "52:54:00:12:34:58"), "n3", "one on a hub");
    ok(!netdevs_nic(&netdevs, "52:54:00:12:34:57"), "an address that nobody has");
    netdevs_read(&netdevs, "a: index=0,type=nic,model=m,macaddr=AA:bb:cc:00:00:00\n"
                           "b: index=0,type=nic,model=m,macaddr=aa:bb\n"
                           "c: index=0,type=user,macaddr=02:00:00:00:00:01\n");
    is_string(netdevs_nic(&netdevs, "aa:BB:cc:00:00:00"), "a", "in either case");
    ok(!netdevs_nic(&netdevs, "02:00:00:00:00:01"), "a backend is no NIC");

    takes("52:54:00:12:34:56", true);
    takes("52-54-00-12-34-Fe", true);
    takes("02:00:00:00:00:00", true);
    takes("00:00:00:00:00:00", false);
    takes("01:00:00:00:00:00", false);
    takes("ff:ff:ff:ff:ff:ff", false);
    takes("", false);
    takes("52:54:00:12:34", false);
    takes("52:54:00:12:34:5", false);
    takes("52:54:00:12:34:567", false);
    takes("52:54:00:12:34:5g", false);
    takes("52:54:00:12:34 56", false);
    takes("0x:54:00:12:34:56", false);
    takes(" 2:54:00:12:34:56", false);
    takes("5254.0012.3456", false);
    folded("a refusal is kind usage, and nothing is set otherwise");
    return done_testing();
}
