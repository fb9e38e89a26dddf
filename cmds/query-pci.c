/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/ask.h"
#include "ui/table.h"
#include "vm/pci.h"
#include "vm/placement.h"

#include <string.h>

struct query_pci {
    bool free_slot;
    const char *has;
    const char *has_slot;
};

/* "00.0  Host bridge  8086:29c0  [id]" */
static char *device_line(const json *device)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    const char *desc = json_get_string(json_get(device, "class_info"), "desc");
    const char *id = json_get_string(device, "qdev_id");
    int64_t slot = 0, function = 0, vendor = 0, model = 0, class_code = 0;

    json_get_int(device, "slot", &slot);
    json_get_int(device, "function", &function);
    json_get_int(json_get(device, "id"), "vendor", &vendor);
    json_get_int(json_get(device, "id"), "device", &model);
    json_get_int(json_get(device, "class_info"), "class", &class_code);
    text_printf(&text, "%02llx.%llx  ", (unsigned long long)slot, (unsigned long long)function);
    if (desc)
        text_add_shown(&text, desc);
    else
        text_printf(&text, "class %04llx", (unsigned long long)class_code);
    text_printf(&text, "  %04llx:%04llx", (unsigned long long)vendor, (unsigned long long)model);
    if (id && *id) {
        text_add_string(&text, "  [");
        text_add_shown(&text, id);
        text_add_char(&text, ']');
    }
    return text_take(&text);
}

/* What sits on a port whose bus the firmware has not numbered yet is known from QOM alone. */
static void add_port(struct tree *node, const struct port *port, bool shown)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;

    if (port->occupant && !shown) {
        text_add_char(&line, '[');
        text_add_shown(&line, port->occupant);
        text_add_string(&line, "]  (the firmware has not numbered this bus yet)");
        tree_add(node, text_string(&line));
    } else if (!port->occupant && port->hotplug && !port->bridge) {
        tree_add(node, "free");
    }
}

static void add_devices(struct tree *parent, const json *devices, const struct ports *ports)
{
    json_each (device, devices) {
        const json *bridge = json_get(device, "pci_bridge");
        const json *behind = json_get(bridge, "devices");
        const char *id = json_get_string(device, "qdev_id");
        const struct port *port = id && bridge ? placement_find(ports, id) : NULL;
        AUTO_FREE char *line = device_line(device);
        struct tree *node;
        int64_t number;

        if (json_get_int(json_get(bridge, "bus"), "secondary", &number) && number) {
            AUTO_FREE char *longer = xasprintf("%s  bus %lld", line, (long long)number);

            node = tree_add(parent, longer);
        } else {
            node = tree_add(parent, line);
        }
        add_devices(node, behind, ports);
        if (port)
            add_port(node, port, json_count(behind) > 0);
    }
}

static bool show(struct context *context, const json *pci, const struct ports *ports)
{
    json_each (bus, pci) {
        int64_t number = 0;
        AUTO_FREE char *line = NULL;
        AUTO_TREE struct tree *tree = NULL;

        json_get_int(bus, "bus", &number);
        line = xasprintf("bus %lld", (long long)number);
        tree = tree_new(line);
        add_devices(tree, json_get(bus, "devices"), ports);
        tree_print(tree, context_output(context)->width, &context_output(context)->pending);
    }
    return true;
}

/* "bus=rp1 addr=0" */
static void view_place(const json *value, const struct output *output, struct text *text)
{
    const char *addr = json_get_string(value, "addr");

    (void)output;
    text_add_string(text, "bus=");
    text_add_shown(text, json_get_string(value, "bus"));
    text_printf(text, "%s%s\n", addr ? " addr=" : "", addr ? addr : "");
}

static bool answer(struct context *context, bool yes, const char *what, struct error *error)
{
    json *result = json_new_object();

    json_add_bool(result, "present", yes);
    context_result(context, result, NULL);
    return yes || error_set(error, ERROR_NO, "there is no PCI device %s", what);
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct query_pci *query = options;
    struct session *session;
    AUTO_JSON json *pci = NULL;
    AUTO_PORTS struct ports ports = {0};
    struct pci_place place;
    bool found;

    if ((query->free_slot ? 1 : 0) + (query->has ? 1 : 0) + (query->has_slot ? 1 : 0) > 1)
        return error_set(error, ERROR_USAGE, "one of --free-slot, --has and --has-slot at a time");
    if (query->has && !*query->has)
        return error_set(error, ERROR_USAGE, "--has: the id is empty");
    if (query->has_slot && !pci_parse_place(query->has_slot, &place, error))
        return error_prefix(error, "--has-slot");
    session = context_session(context, error);
    if (!session)
        return false;
    if (query->has)
        return pci_has_device(session, query->has, &found, error) &&
               answer(context, found, query->has, error);
    if (context_output(context)->json && !query->free_slot && !query->has_slot)
        return context_ask(context, "query-pci", NULL, NULL, error);
    pci = session_ask(session, "query-pci", NULL, error);
    if (!pci)
        return false;
    if (query->has_slot)
        return answer(context, pci_has_place(pci, &place), query->has_slot, error);
    if (query->free_slot) {
        json *result = pci_free_place(session, pci, error);

        return result && context_result(context, result, view_place);
    }
    return placement_survey(session, &ports, error) && show(context, pci, &ports);
}

static const struct option options[] = {
    OPTION_FLAG(struct query_pci, free_slot, "free-slot", 0,
        "print where the next device can be plugged in, as words for it"),
    OPTION_STRING(struct query_pci, has, "has", 0, "ID", "is there a PCI device with this id",
        COMPLETES_DEVICE),
    OPTION_STRING(struct query_pci, has_slot, "has-slot", 0, "ADDR",
        "is there a device at [BUS:]SLOT[.FUNCTION], in hexadecimal"),
    OPTION_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp query-pci", "the tree of buses and devices, with what is free"},
    {"-s /run/vm.qmp query-pci --free-slot", "where the next device can be plugged in"},
    {"-s /run/vm.qmp query-pci --has d1", "status 0 when it is there, 10 when not"},
    {NULL, NULL},
};

QMPBOX_COMMAND(query_pci) = {
    .name = "query-pci",
    .group = "Devices",
    .summary = "the tree of PCI buses and devices, with free ports and slots",
    .description =
        "Prints the buses, the devices on them and what is behind each bridge: slot and function, "
        "class, vendor and model, and the id in brackets. A free PCI Express port says so. Before "
        "the firmware has numbered a bus QEMU does not list what is on it; then the id of the "
        "device is shown as the object model knows it.\n\n"
        "With --json it is the return of query-pci as it came.\n\n"
        "--free-slot prints a free port (or a free slot of a conventional bus) as the words "
        "bus= and addr= that a device takes. Status 10 when there is none.",
    .examples = examples,
    .options = options,
    .options_size = sizeof(struct query_pci),
    .needs = (const char *const[]){"query-pci", "qom-list", "qom-get", NULL},
    .timeout = 30,
    .run = run,
};
