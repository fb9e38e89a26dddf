/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/pci.h"

#include "qmp/ask.h"
#include "vm/placement.h"

#include <stdio.h>
#include <string.h>

bool pci_parse_place(const char *word, struct pci_place *place, struct error *error)
{
    unsigned bus = 0, slot = 0, function = 0;
    bool has_bus = strchr(word, ':'), has_function = strchr(word, '.');
    int end = -1;

    if (has_bus && has_function)
        (void)sscanf(word, "%2x:%2x.%1x%n", &bus, &slot, &function, &end);
    else if (has_bus)
        (void)sscanf(word, "%2x:%2x%n", &bus, &slot, &end);
    else if (has_function)
        (void)sscanf(word, "%2x.%1x%n", &slot, &function, &end);
    else
        (void)sscanf(word, "%2x%n", &slot, &end);
    if (end < 0 || word[end] || strpbrk(word, " \t\n+-xX") || slot > 31 || function > 7)
        return error_set(error, ERROR_USAGE,
            "'%s' is no [BUS:]SLOT[.FUNCTION] in hexadecimal, such as 00:03.0", word);
    *place = (struct pci_place){bus, slot, has_function ? (int64_t)function : -1};
    return true;
}

static bool among(const json *devices, const struct pci_place *place)
{
    json_each (device, devices) {
        int64_t bus = -1, slot = -1, function = -1;

        json_get_int(device, "bus", &bus);
        json_get_int(device, "slot", &slot);
        json_get_int(device, "function", &function);
        if (bus == place->bus && slot == place->slot &&
            (place->function < 0 || function == place->function))
            return true;
        if (among(json_get(json_get(device, "pci_bridge"), "devices"), place))
            return true;
    }
    return false;
}

bool pci_has_place(const json *query_pci, const struct pci_place *place)
{
    json_each (bus, query_pci)
        if (among(json_get(bus, "devices"), place))
            return true;
    return false;
}

bool pci_has_device(struct session *session, const char *id, bool *found, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();
    AUTO_FREE char *path = xasprintf("/machine/peripheral/%s", id);
    AUTO_MESSAGE struct message *reply = NULL;

    /* query-pci does not list what is on an unnumbered bus; every PCI device has this property. */
    json_add_string(arguments, "path", path);
    json_add_string(arguments, "property", "multifunction");
    *found = session_execute(session, "qom-get", arguments, &reply, error);
    if (error->kind != ERROR_NONE && error->kind != ERROR_REFUSED)
        return false;
    error_free(error);
    return true;
}

/* A free slot of the conventional bus 0, or -1. */
static int free_slot(const json *query_pci)
{
    json_each (bus, query_pci) {
        uint32_t used = 1; /* slot 0 is the host bridge's */
        int64_t number, slot;

        if (!json_get_int(bus, "bus", &number) || number != 0)
            continue;
        json_each (device, json_get(bus, "devices"))
            if (json_get_int(device, "slot", &slot) && slot >= 0 && slot < 32)
                used |= UINT32_C(1) << slot;
        for (slot = 1; slot < 32; slot++)
            if (!(used >> slot & 1))
                return (int)slot;
    }
    return -1;
}

json *pci_free_place(struct session *session, const json *query_pci, struct error *error)
{
    AUTO_PORTS struct ports ports = {0};
    const struct port *port;
    AUTO_JSON json *place = json_new_object();
    AUTO_FREE char *addr = NULL;

    if (!placement_survey(session, &ports, error))
        return NULL;
    port = placement_choose(session, &ports, error);
    if (error->kind) {
        error->kind = error->kind == ERROR_UNSUPPORTED ? ERROR_NO : error->kind;
        return NULL;
    }
    json_add_string(place, "bus", port ? port->bus : "pci.0");
    if (port && port->bridge)
        return steal_pointer(&place); /* QEMU chooses the slot behind a bridge */
    addr = xasprintf("%x", port ? 0U : (unsigned)free_slot(query_pci));
    if (!port && free_slot(query_pci) < 0) {
        error_set(error, ERROR_NO, "no free slot: bus pci.0 is full");
        return NULL;
    }
    json_add_string(place, "addr", addr);
    return steal_pointer(&place);
}
