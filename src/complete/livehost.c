/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/livehost.h"

#include "qmp/words.h"
#include "vm/netif.h"

#include <net/if.h>
#include <string.h>

/* Those of the network namespace that we run in. */
static void add_interfaces(const struct listing *listing)
{
    struct if_nameindex *list = if_nameindex();
    bool only_taps =
        listing->kind == COMPLETES_TAP || text_is(words_find(listing->words, "type"), "tap");

    for (const struct if_nameindex *entry = list; entry && entry->if_name; entry++) {
        AUTO_ERROR struct error ignored = {0};
        struct netif netif = {0};
        bool known = netif_find(entry->if_name, &netif, &ignored) && netif.index;
        bool bridge = known && strcmp(netif.kind, "bridge") == 0;

        if ((listing->kind == COMPLETES_BRIDGE && !bridge) || (only_taps && !netif.tap))
            continue;
        listing_add(listing, entry->if_name, known ? "%s%s" : NULL,
            netif.tap     ? "tap"
            : *netif.kind ? netif.kind
                          : "interface",
            netif.up ? "" : ", down");
    }
    if (list)
        if_freenameindex(list);
}

const struct lister host_listers[] = {
    {COMPLETES_INTERFACE, add_interfaces},
    {COMPLETES_TAP, add_interfaces},
    {COMPLETES_BRIDGE, add_interfaces},
    {COMPLETES_NOTHING, NULL},
};
