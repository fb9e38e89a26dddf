/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/parts.h"

#include "qmp/ask.h"
#include "vm/device.h"
#include "vm/fdpass.h"
#include "vm/netdev.h"
#include "vm/node.h"

#include <stdlib.h>
#include <string.h>

void parts_free(struct parts *parts)
{
    free(parts->device);
    strings_free(&parts->nodes);
    strings_free(&parts->netdevs);
    json_free(parts->sets);
}

bool parts_is_empty(const struct parts *parts)
{
    return !parts->device && !parts->nodes.count && !parts->netdevs.count &&
           !json_count(parts->sets);
}

char *parts_set_name(const json *set, const char *id)
{
    return xasprintf("fdset %s of %s", json_digits(set), id);
}

/* What the block layer says. */
struct disks {
    uint64_t block_ticket, node_ticket, set_ticket;
    json *blocks, *nodes, *sets;
};

static void disks_free(struct disks *disks)
{
    json_free(disks->blocks);
    json_free(disks->nodes);
    json_free(disks->sets);
}

static bool disks_send(struct session *session, struct disks *disks, struct error *error)
{
    return node_may_ask(session, error) &&
           session_send(session, "query-block", NULL, -1, &disks->block_ticket, error) &&
           session_send(session, "query-named-block-nodes", NULL, -1, &disks->node_ticket, error) &&
           session_send(session, "query-fdsets", NULL, -1, &disks->set_ticket, error);
}

static bool disks_answer(struct session *session, struct disks *disks, struct error *error)
{
    return (disks->blocks = session_answer(session, disks->block_ticket, error)) &&
           (disks->nodes = session_answer(session, disks->node_ticket, error)) &&
           (disks->sets = session_answer(session, disks->set_ticket, error));
}

/* The chain of the device's backend, and what hotplug has named after it. */
static void gather(const struct disks *disks, const char *id, struct parts *parts)
{
    AUTO_FREE char *file_name = xasprintf("%s-file", id);
    AUTO_STRINGS struct strings ours = {0};

    if (json_find(disks->nodes, "node-name", id))
        strings_add(&ours, id);
    json_each (block, disks->blocks) {
        const char *node = json_get_string(json_get(block, "inserted"), "node-name");

        if (!node_is_backend(block, id, &ours))
            continue;
        parts->backend = true;
        /* The root first, such as an overlay; '#…' goes with its legacy drive. */
        if (node && node[0] != '#')
            strings_add(&parts->nodes, node);
    }
    json_each (block, disks->blocks)
        if (node_is_backend(block, id, &ours))
            node_add_chain(
                disks->nodes, json_get(json_get(block, "inserted"), "image"), &parts->nodes);
    if (json_find(disks->nodes, "node-name", id) && !strings_have(&parts->nodes, id))
        strings_add(&parts->nodes, id);
    /* A file node of its own is there only when something made it without the node above it. */
    if (json_find(disks->nodes, "node-name", file_name) &&
        !json_find(disks->nodes, "node-name", id))
        strings_add(&parts->nodes, file_name);
}

static void gather_sets(const struct disks *disks, const char *id, struct parts *parts)
{
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", id);

    parts->sets = fdpass_find_sets(disks->sets, opaque);
}

bool parts_of_disk(
    struct session *session, const char *id, struct parts *parts, struct error *error)
{
    AUTO(disks_free) struct disks disks = {0};

    if (!disks_send(session, &disks, error) || !device_find(session, id, &parts->device, error) ||
        !disks_answer(session, &disks, error))
        return false;
    gather(&disks, id, parts);
    gather_sets(&disks, id, parts);
    return !parts->device || parts->backend ||
           error_set(error, ERROR_USAGE, "%s is a %s, no disk", id, parts->device);
}

/* Is it a NIC, and with which backend? Other devices have no property of that name. */
static bool find_backend(struct session *session, const char *id, uint64_t ticket,
    struct parts *parts, struct error *error)
{
    AUTO_JSON json *netdev = session_answer(session, ticket, error);

    if (!netdev && error->kind != ERROR_REFUSED)
        return false;
    error_free(error);
    if (parts->device && !json_string(netdev))
        return error_set(error, ERROR_USAGE, "%s is a %s, no NIC", id, parts->device);
    if (parts->device && *json_string(netdev))
        strings_add(&parts->netdevs, json_string(netdev));
    return true;
}

bool parts_of_nic(struct session *session, const char *id, struct parts *parts, struct error *error)
{
    AUTO_FREE char *path = xasprintf("/machine/peripheral/%s", id);
    AUTO_FREE char *ours = xasprintf("%s-net", id);
    AUTO_NETDEVS struct netdevs netdevs = {0};
    AUTO_JSON json *where = json_new_object();
    uint64_t list_ticket, backend_ticket;

    json_add_string(where, "path", path);
    json_add_string(where, "property", "netdev");
    if (!netdevs_send(session, &list_ticket, error) ||
        !session_send(session, "qom-get", where, -1, &backend_ticket, error) ||
        !device_find(session, id, &parts->device, error) ||
        !find_backend(session, id, backend_ticket, parts, error) ||
        !netdevs_answer(session, list_ticket, &netdevs, error))
        return false;
    if (strings_have(&netdevs.names, ours) && !strings_have(&parts->netdevs, ours))
        strings_add(&parts->netdevs, ours);
    return true;
}

/* Does the node carry our names? */
static bool is_ours(const struct disks *disks, const char *id)
{
    AUTO_FREE char *file_name = xasprintf("%s-file", id);

    return json_find(disks->nodes, "node-name", file_name);
}

bool parts_of_device(
    struct session *session, const char *id, struct parts *parts, struct error *error)
{
    AUTO_FREE char *net = xasprintf("%s-net", id);
    AUTO(disks_free) struct disks disks = {0};
    AUTO_NETDEVS struct netdevs netdevs = {0};
    uint64_t list_ticket;

    if (!disks_send(session, &disks, error) || !netdevs_send(session, &list_ticket, error) ||
        !device_find(session, id, &parts->device, error) || !disks_answer(session, &disks, error) ||
        !netdevs_answer(session, list_ticket, &netdevs, error))
        return false;
    if (is_ours(&disks, id))
        gather(&disks, id, parts);
    gather_sets(&disks, id, parts);
    if (strings_have(&netdevs.names, net))
        strings_add(&parts->netdevs, net);
    return true;
}

/*
 * A device leaves /machine/peripheral a moment before its backend lets go of the node, and
 * blockdev-del says "in use" in between (7.2, q35, after a reset).
 */
bool parts_wait_for_backend(
    struct session *session, const char *id, const struct parts *parts, struct error *error)
{
    enum { ASK_AGAIN = 50 * 1000, PATIENCE = 10 * 1000 * 1000 };
    int64_t deadline = clock_after(PATIENCE);

    for (;;) {
        AUTO_JSON json *blocks = session_ask(session, "query-block", NULL, error);
        bool held = false;

        if (!blocks)
            return false;
        json_each (block, blocks)
            held = held || node_is_backend(block, id, &parts->nodes);
        if (!held)
            return true;
        if (clock_now() >= deadline)
            return error_set(error, ERROR_TIMEOUT,
                "the device %s has left, but QEMU has not let go of its block node", id);
        if (!loop_sleep(session_loop(session), clock_after(ASK_AGAIN), error))
            return false;
    }
}
