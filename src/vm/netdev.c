/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/netdev.h"

#include "qmp/ask.h"
#include "vm/network.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAC_LENGTH = sizeof("52:54:00:00:00:00") - 1 };

void netdevs_free(struct netdevs *netdevs)
{
    strings_free(&netdevs->names);
    strings_free(&netdevs->nics);
}

void netdevs_read(struct netdevs *netdevs, const char *text)
{
    AUTO_JSON json *list = network_parse(text);

    json_each (client, list) {
        const char *id = json_get_string(client, "id"), *mac = json_get_string(client, "mac");

        strings_add(&netdevs->names, id);
        if (mac)
            strings_printf(&netdevs->nics, "%s %s", mac, id);
    }
}

const char *netdevs_nic(const struct netdevs *netdevs, const char *mac)
{
    for (size_t i = 0; i < netdevs->nics.count; i++)
        if (strncasecmp(netdevs->nics.item[i], mac, MAC_LENGTH) == 0)
            return netdevs->nics.item[i] + MAC_LENGTH + 1;
    return NULL;
}

bool netdevs_send(struct session *session, uint64_t *ticket, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();

    json_add_string(arguments, "command-line", "info network");
    return session_send(session, "human-monitor-command", arguments, -1, ticket, error);
}

bool netdevs_answer(
    struct session *session, uint64_t ticket, struct netdevs *netdevs, struct error *error)
{
    AUTO_JSON json *text = session_answer(session, ticket, error);

    if (json_string(text))
        netdevs_read(netdevs, json_string(text));
    return text;
}

static bool netdev_present(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_NETDEVS struct netdevs netdevs = {0};
    uint64_t ticket;

    if (!netdevs_send(session, &ticket, error) || !netdevs_answer(session, ticket, &netdevs, error))
        return false;
    *present = strings_have(&netdevs.names, json_get_string(step->arguments, "id"));
    return true;
}

/*
 * 10.0 and 11.1 can crash when a stream server is removed while it still binds its socket; with
 * 0.3 seconds in between that was never seen.
 */
static bool take_back_listener(
    struct session *session, const struct step *step, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;

    return loop_sleep(session_loop(session), clock_after(CLOCK_SECOND / 2), error) &&
           session_execute(session, step->inverse, step->inverse_arguments, &reply, error);
}

struct step *netdev_add_step(struct steps *steps, json *arguments, unsigned flags)
{
    const char *id = json_get_string(arguments, "id"), *type = json_get_string(arguments, "type");
    bool listens = type && strcmp(type, "stream") == 0 && json_get_bool(arguments, "server", false);
    AUTO_FREE char *what = xasprintf("netdev %s", id);
    json *inverse = json_new_object();
    struct step *step;

    json_add_string(inverse, "id", id);
    step = steps_add(steps, "netdev_add", arguments, flags);
    step_undo_by(step, what, "netdev_del", inverse, netdev_present);
    if (listens)
        step->take_back = take_back_listener;
    return step;
}
