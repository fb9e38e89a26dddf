/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/livenet.h"

#include "vm/network.h"

#include <string.h>

static json *ask_network(const struct listing *listing)
{
    json *arguments = json_new_object();
    AUTO_JSON json *text = NULL;

    json_add_string(arguments, "command-line", "info network");
    text = listing_ask(listing, "human-monitor-command", arguments);
    return json_string(text) ? network_parse(json_string(text)) : NULL;
}

static bool is_wanted(enum completes kind, const json *client)
{
    bool nic = text_is(json_get_string(client, "type"), "nic");

    switch (kind) {
    case COMPLETES_NIC:
        return nic;
    case COMPLETES_NETDEV:
        return !nic;
    case COMPLETES_FREE_NETDEV:
        return !nic && !json_get(client, "peer");
    default:
        return true;
    }
}

static void add_clients(const struct listing *listing)
{
    AUTO_JSON json *clients = ask_network(listing);

    json_each (client, clients) {
        const char *type = listing_or_unknown(json_get_string(client, "type"));
        const char *peer = json_get_string(client, "peer"), *mac = json_get_string(client, "mac");
        const char *with = strcmp(type, "nic") == 0 ? "on" : "for";

        if (is_wanted(listing->kind, client))
            listing_add(listing, json_get_string(client, "id"), "%s%s%s%s%s%s%s", type,
                mac ? " " : "", mac ? mac : "", peer ? ", " : "", peer ? with : "", peer ? " " : "",
                peer ? peer : "");
    }
}

static void add_chardevs(const struct listing *listing)
{
    AUTO_JSON json *chardevs = listing_ask(listing, "query-chardev", NULL);

    json_each (chardev, chardevs) {
        const char *backend = listing_or_unknown(json_get_string(chardev, "filename"));

        if (listing->kind == COMPLETES_CHARDEV || strcmp(backend, "ringbuf") == 0)
            listing_add(listing, json_get_string(chardev, "label"), "%s", backend);
    }
}

const struct lister net_listers[] = {
    {COMPLETES_NIC, add_clients},
    {COMPLETES_NETDEV, add_clients},
    {COMPLETES_FREE_NETDEV, add_clients},
    {COMPLETES_LINK, add_clients},
    {COMPLETES_CHARDEV, add_chardevs},
    {COMPLETES_RINGBUF, add_chardevs},
    {COMPLETES_NOTHING, NULL},
};
