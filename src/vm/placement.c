/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/placement.h"

#include "qmp/ask.h"
#include "vm/device.h"

#include <stdlib.h>
#include <string.h>

void ports_free(struct ports *ports)
{
    while (ports->first) {
        struct port *port = ports->first;

        ports->first = port->next;
        free(port->bus);
        free(port->occupant);
        free(port);
    }
    strings_free(&ports->devices);
}

/* "child<pcie-root-port>": is the type a port or a bridge that takes devices? */
static bool is_port_type(const char *type, bool *bridge)
{
    *bridge = strcmp(type, "child<pci-bridge>") == 0 || strcmp(type, "child<pcie-pci-bridge>") == 0;
    return *bridge || strstr(type, "root-port>") || strcmp(type, "child<ioh3420>") == 0 ||
           strcmp(type, "child<xio3130-downstream>") == 0;
}

static bool send_get(struct session *session, const char *path, const char *property,
    uint64_t *ticket, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();

    json_add_string(arguments, "path", path);
    json_add_string(arguments, "property", property);
    return session_send(session, "qom-get", arguments, -1, ticket, error);
}

/* Waits for an answer for which an error of QEMU's means no answer: *answer is NULL then. */
static bool optional_answer(
    struct session *session, uint64_t ticket, json **answer, struct error *error)
{
    *answer = session_answer(session, ticket, error);
    if (*answer || error->kind != ERROR_REFUSED)
        return *answer;
    error_free(error);
    return true;
}

/* What is asked about one port: the children of its bus, its hot-plug, then who the child is. */
struct question {
    uint64_t children;
    uint64_t hotplug;
    uint64_t occupant;
    bool taken;
};

static char *bus_path(const struct port *port)
{
    return xasprintf("/machine/peripheral/%s/%s", port->bus, port->bus);
}

static bool ask_port(struct session *session, const struct port *port, struct question *question,
    struct error *error)
{
    AUTO_FREE char *device = xasprintf("/machine/peripheral/%s", port->bus);
    AUTO_FREE char *bus = bus_path(port);
    AUTO_JSON json *where = json_new_object();

    json_add_string(where, "path", bus);
    return session_send(session, "qom-list", where, -1, &question->children, error) &&
           send_get(session, device, "hotplug", &question->hotplug, error);
}

/*
 * A bus never counts down the N of its child[N], also not for a device_add that was refused, so
 * the child of a port that has been used before is not child[0].
 */
static bool take_port(
    struct session *session, struct port *port, struct question *question, struct error *error)
{
    AUTO_FREE char *bus = bus_path(port);
    AUTO_JSON json *children = NULL;
    AUTO_JSON json *hotplug = NULL;

    if (!optional_answer(session, question->children, &children, error) ||
        !optional_answer(session, question->hotplug, &hotplug, error))
        return false;
    port->hotplug = !json_is_bool(hotplug) || json_is_true(hotplug);
    json_each (child, children) {
        const char *name = json_get_string(child, "name");

        if (!name || strncmp(name, "child[", 6) != 0)
            continue;
        question->taken = true;
        return send_get(session, bus, name, &question->occupant, error);
    }
    return true;
}

static bool take_occupant(struct session *session, struct port *port,
    const struct question *question, struct error *error)
{
    static const char peripheral[] = "/machine/peripheral/";
    AUTO_JSON json *occupant = NULL;
    const char *path;

    if (!question->taken)
        return true;
    if (!optional_answer(session, question->occupant, &occupant, error))
        return false;
    path = json_string(occupant);
    if (path && *path) {
        bool named = strncmp(path, peripheral, sizeof(peripheral) - 1) == 0;

        port->occupant = xstrdup(named ? path + sizeof(peripheral) - 1 : path);
    }
    return true;
}

bool placement_survey(struct session *session, struct ports *ports, struct error *error)
{
    AUTO_JSON json *list = device_list(session, error);
    AUTO_FREE struct question *questions = NULL;
    struct port **end = &ports->first;
    size_t count = 0, i = 0;

    if (!list)
        return false;
    json_each (item, list) {
        const char *name = json_get_string(item, "name"), *type = json_get_string(item, "type");
        bool bridge;

        if (!name || !type || strncmp(type, "child<", 6) != 0)
            continue;
        strings_add(&ports->devices, name);
        if (!is_port_type(type, &bridge))
            continue;
        *end = xcalloc(1, sizeof(**end));
        (*end)->bus = xstrdup(name);
        (*end)->bridge = bridge;
        end = &(*end)->next;
        count++;
    }
    questions = xcalloc(count, sizeof(*questions));
    for (const struct port *port = ports->first; port; port = port->next)
        if (!ask_port(session, port, &questions[i++], error))
            return false;
    i = 0;
    for (struct port *port = ports->first; port; port = port->next)
        if (!take_port(session, port, &questions[i++], error))
            return false;
    i = 0;
    for (struct port *port = ports->first; port; port = port->next)
        if (!take_occupant(session, port, &questions[i++], error))
            return false;
    return true;
}

const struct port *placement_find(const struct ports *ports, const char *bus)
{
    for (const struct port *port = ports->first; port; port = port->next)
        if (strcmp(port->bus, bus) == 0)
            return port;
    return NULL;
}

enum buses { BUSES_CONVENTIONAL, BUSES_EXPRESS, BUSES_NONE };

/* What the machine's type says of its PCI buses. */
static bool ask_buses(struct session *session, enum buses *buses, struct error *error)
{
    AUTO_JSON json *type = NULL;
    uint64_t ticket;
    const char *name;

    if (!send_get(session, "/machine", "type", &ticket, error) ||
        !optional_answer(session, ticket, &type, error))
        return false;
    name = json_string(type) ? json_string(type) : "";
    *buses = BUSES_CONVENTIONAL;
    if (strstr(name, "q35") || strncmp(name, "virt-", 5) == 0 || strncmp(name, "sbsa", 4) == 0)
        *buses = BUSES_EXPRESS;
    else if (strcmp(name, "none-machine") == 0)
        *buses = BUSES_NONE;
    return true;
}

/* QOM lists its children in the order of a hash table: "rp10" comes after "rp9" for people. */
static bool comes_before(const char *a, const char *b)
{
    return strverscmp(a, b) < 0;
}

const struct port *placement_choose(
    struct session *session, const struct ports *ports, struct error *error)
{
    const struct port *best = NULL;
    size_t taken = 0;
    enum buses buses;

    for (const struct port *port = ports->first; port; port = port->next) {
        taken += !port->bridge ? 1 : 0;
        if (!port->hotplug || (port->occupant && !port->bridge))
            continue;
        if (!best || (best->bridge && !port->bridge) ||
            (best->bridge == port->bridge && comes_before(port->bus, best->bus)))
            best = port;
    }
    if (best && !best->bridge)
        return best;
    if (!ask_buses(session, &buses, error))
        return NULL;
    /* On a conventional machine QEMU takes the root bus first and then its bridges. */
    if (best && buses == BUSES_EXPRESS)
        return best;
    if (buses == BUSES_NONE)
        error_set(error, ERROR_UNSUPPORTED, "this machine has no PCI bus");
    else if (buses == BUSES_EXPRESS && taken)
        error_set(error, ERROR_UNSUPPORTED,
            "no free port: all %zu PCI Express ports are taken or take no hot-plug", taken);
    else if (buses == BUSES_EXPRESS)
        error_set(error, ERROR_UNSUPPORTED,
            "no free port: this machine has no PCI Express ports (start it with pcie-root-port "
            "devices, one for each device to plug)");
    return NULL;
}
