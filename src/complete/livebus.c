/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/livebus.h"

#include "complete/livekept.h"
#include "qmp/words.h"
#include "vm/qtree.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 32 }; /* of a conventional PCI bus */

static json *ask_buses(const struct listing *listing)
{
    json *arguments = json_new_object();
    AUTO_JSON json *text = NULL;

    json_add_string(arguments, "command-line", "info qtree");
    text = listing_ask(listing, "human-monitor-command", arguments);
    return json_string(text) ? qtree_buses(json_string(text)) : NULL;
}

static bool begins(const char *string, const char *with)
{
    return strncmp(string, with, strlen(with)) == 0;
}

/* PCI Express, and what is made of it ("CXL"). */
static bool is_express(const char *type)
{
    return strcmp(type, "PCIE") == 0 || strcmp(type, "CXL") == 0 || begins(type, "pxb-");
}

/* Does a bus of this type take devices that say they sit on `wanted`? */
static bool takes(const char *type, const char *wanted)
{
    return strcmp(type, wanted) == 0 || (strcmp(wanted, "PCI") == 0 && is_express(type));
}

/* A port of PCI Express has one place; its other buses, the root's, take no device later. */
static bool is_port(const json *bus)
{
    return is_express(json_get_string(bus, "type")) &&
           strstr(json_get_string(bus, "device"), "port");
}

/* Buses that take no device in a VM that runs: "Bus 'ide.0' does not support hotplugging". */
static bool is_fixed(const char *type)
{
    static const char *const types[] = {"System", "ISA", "IDE", "HDA", "i2c-bus", "floppy-bus"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return begins(type, "virtio-") && strcmp(type, "virtio-serial-bus") != 0;
}

static bool is_free(const json *bus)
{
    if (!json_get_bool(bus, "hotplug", true) || is_fixed(json_get_string(bus, "type")))
        return false;
    return is_port(bus) ? !json_count(json_get(bus, "devices"))
                        : !is_express(json_get_string(bus, "type"));
}

static int compare(const void *a, const void *b)
{
    const json *const *one = a, *const *other = b;
    int first = is_port(*other) - is_port(*one);

    return first ? first
                 : strverscmp(json_get_string(*one, "name"), json_get_string(*other, "name"));
}

static void add_bus(const struct listing *listing, const json *bus)
{
    size_t count = json_count(json_get(bus, "devices"));
    const char *device = json_get_string(bus, "device"), *id = json_get_string(bus, "id");
    const char *owner = *id ? id : device;

    if (is_port(bus))
        listing_add(listing, json_get_string(bus, "name"), "free %s", device);
    else
        listing_add(listing, json_get_string(bus, "name"), "%s bus%s%s, %zu device%s",
            json_get_string(bus, "type"), *owner ? " of " : "", owner, count,
            count == 1 ? "" : "s");
}

static void add_buses(const struct listing *listing)
{
    const char *driver = words_find(listing->words, "driver");
    AUTO_FREE char *wanted = driver ? kept_bus_of(listing, driver) : NULL;
    AUTO_JSON json *buses = ask_buses(listing);
    AUTO_FREE const json **found = xcalloc(json_count(buses) + 1, sizeof(const json *));
    size_t count = 0;

    json_each (bus, buses) {
        const char *type = json_get_string(bus, "type");

        if (is_free(bus) && (!wanted || takes(type, wanted)))
            found[count++] = bus;
    }
    if (count)
        qsort(found, count, sizeof(const json *), compare);
    for (size_t i = 0; i < count; i++)
        add_bus(listing, found[i]);
}

static void add_addresses(const struct listing *listing)
{
    const char *name = words_find(listing->words, "bus");
    AUTO_JSON json *buses = name ? ask_buses(listing) : NULL;
    const json *bus = name ? json_find(buses, "name", name) : NULL;
    bool taken[SLOTS] = {true}; /* the first is the bridge's own, or its controller's */

    if (bus && is_port(bus)) {
        if (is_free(bus))
            listing_add(listing, "0", "the one place of the port");
        return;
    }
    if (!text_is(json_get_string(bus, "type"), "PCI"))
        return;
    json_each (device, json_get(bus, "devices")) {
        unsigned long slot = strtoul(json_get_string(device, "addr"), NULL, 16);

        if (slot < SLOTS)
            taken[slot] = true;
    }
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        AUTO_FREE char *word = xasprintf("%x", slot);

        if (!taken[slot])
            listing_add(listing, word, "a free slot of %s", name);
    }
}

/* "core-id" of the prefix "core-id=". */
static char *key_of(const struct listing *listing)
{
    return xstrndup(listing->prefix, strcspn(listing->prefix, "="));
}

/* Is the slot where the words on the line say? */
static bool fits(const struct listing *listing, const json *places, const char *key)
{
    json_each (place, places) {
        const char *given = words_find(listing->words, json_key(place));

        if (given && !text_same_name(json_key(place), key) && !text_is(json_digits(place), given))
            return false;
    }
    return true;
}

static void add_cpu_slots(const struct listing *listing)
{
    AUTO_JSON json *slots = listing_ask(listing, "query-hotpluggable-cpus", NULL);
    AUTO_FREE char *key = key_of(listing);

    json_each (slot, slots) {
        const json *places = json_get(slot, "props");

        if (!json_get(slot, "qom-path") && fits(listing, places, key))
            listing_add(listing, json_digits(json_get(places, key)), "free, for %s",
                listing_or_unknown(json_get_string(slot, "type")));
    }
}

static void add_cpus(const struct listing *listing)
{
    AUTO_JSON json *cpus = listing_ask(listing, "query-cpus-fast", NULL);

    json_each (cpu, cpus)
        listing_add(listing, json_digits(json_get(cpu, "cpu-index")), "%s",
            listing_or_unknown(json_get_string(cpu, "qom-path")));
}

const struct lister bus_listers[] = {
    {COMPLETES_BUS, add_buses},
    {COMPLETES_BUS_ADDRESS, add_addresses},
    {COMPLETES_CPU_SLOT, add_cpu_slots},
    {COMPLETES_CPU_INDEX, add_cpus},
    {COMPLETES_NOTHING, NULL},
};
