/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/facts.h"

#include "vm/network.h"
#include "vm/qtree.h"

#include <stdlib.h>
#include <string.h>

void facts_free(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        free(facts->item[i].key);
        free(facts->item[i].what);
        free(facts->item[i].owner);
        json_free(facts->item[i].value);
        json_free(facts->item[i].most);
    }
    free(facts->item);
    *facts = (struct facts){0};
}

static struct fact *add(struct facts *facts, enum fact_class class, json *value, char *what)
{
    struct fact *fact;

    if (facts->count == facts->room) {
        facts->room = facts->room ? 2 * facts->room : 64;
        facts->item = xrealloc(facts->item, facts->room * sizeof(*facts->item));
    }
    fact = &facts->item[facts->count++];
    *fact = (struct fact){.class = class, .value = value};
    fact->what = what;
    return fact;
}

struct fact *facts_add(
    struct facts *facts, enum fact_class class, json *value, const char *format, ...)
{
    va_list arguments;
    struct fact *fact;

    va_start(arguments, format);
    fact = add(facts, class, value, xvasprintf(format, arguments));
    va_end(arguments);
    fact->key = xstrdup(fact->what);
    return fact;
}

void facts_add_copy(struct facts *facts, enum fact_class class, const json *value, const char *what)
{
    if (value && !json_is_null(value))
        facts_add(facts, class, json_copy(value), "%s", what);
}

const struct fact *facts_find(const struct facts *facts, const char *key)
{
    for (size_t i = 0; i < facts->count; i++)
        if (strcmp(facts->item[i].key, key) == 0)
            return &facts->item[i];
    return NULL;
}

enum facts_group facts_group_of(enum fact_class class)
{
    switch (class) {
    case FACT_DEVICE:
    case FACT_DEVICE_ID:
    case FACT_PROPERTY:
    case FACT_MAC:
    case FACT_BACKEND:
        return FACTS_DEVICES;
    case FACT_DISK_SIZE:
    case FACT_DISK_READ_ONLY:
    case FACT_MEDIUM:
        return FACTS_DISKS;
    case FACT_RAM_BLOCK:
    case FACT_PAGE_SIZE:
        return FACTS_RAM;
    case FACT_CPU:
        return FACTS_CPUS;
    case FACT_CPU_FLAG:
    case FACT_CPU_VALUE:
        return FACTS_CPU_MODEL;
    case FACT_CAPABILITY:
    case FACT_PARAMETER:
        return FACTS_CAPABILITIES;
    case FACT_VERSION:
    case FACT_PACKAGE:
    case FACT_TARGET:
    case FACT_ACCELERATOR:
    case FACT_MACHINE:
    case FACT_OPTION:
    case FACT_MEMORY:
    case FACT_CPU_SLOTS:
    case FACT_CPU_TYPE:
    case FACT_USER_NETWORKS:
    case FACT_UUID:
    case FACT_STATE:
        break;
    }
    return FACTS_ALONE;
}

const char *facts_group_name(enum facts_group group)
{
    static const char *const names[] = {[FACTS_DEVICES] = "devices",
        [FACTS_RAM] = "RAM blocks",
        [FACTS_CPUS] = "CPUs",
        [FACTS_CPU_MODEL] = "CPU flags",
        [FACTS_DISKS] = "disks",
        [FACTS_CAPABILITIES] = "migration capabilities"};

    return names[group];
}

static bool is_listed(const char *name, const char *const *list)
{
    for (size_t i = 0; list[i]; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

/* Devices. */

/* Objects of this side that a device works with: which of them is no matter, that there is one is.
 */
static const char *const backends[] = {
    "drive", "netdev", "chardev", "memdev", "cryptodev", "fsdev", NULL};

/* What the guest does not see, what it has written itself, and what other facts say better. */
static const char *const unseen[] = {"account-failed", "account-invalid", "addr", "audiodev",
    "backend_defaults", "below-4g-mem-size", "above-4g-mem-size", "bootindex", "busnr", "display",
    "ebpf-rss-fds", "failover_pair_id", "ioeventfd", "iothread", "iothread-vq-mapping", "MCFG",
    "pcap", "port", "rerror", "rng", "rombar", "romfile", "romsize", "share-rw", "smb_io_base",
    "tx", "werror", "x-max-bounce-buffer-size", "x-txburst", "x-txtimer", "xmax", "xres", "ymax",
    "yres", "refresh_rate", NULL};

/* "device 01.0/00.0", with the id that people know it by. */
static char *device_label(const json *device)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    const char *name = json_get_string(device, "name");

    text_printf(&text, "device %s", json_get_string(device, "location"));
    if (name && *name)
        text_printf(&text, " (%s)", name);
    return text_take(&text);
}

/* A fact of the device at this location: its key does not depend on ids. */
static void add_of(
    struct facts *facts, enum fact_class class, json *value, const json *device, const char *aspect)
{
    const char *location = json_get_string(device, "location");
    AUTO_FREE char *label = device_label(device);
    struct fact *fact = add(facts, class, value, xasprintf("%s %s", label, aspect));

    fact->key = xasprintf("device %s %s", location, aspect);
    fact->owner = xasprintf("device %s", location);
}

static void add_property(struct facts *facts, const json *device, const json *property)
{
    const char *name = json_key(property), *value = json_string(property);

    if (is_listed(name, backends)) {
        add_of(facts, FACT_BACKEND, json_new_bool(value && *value), device, name);
        return;
    }
    /* A path in the object tree is QEMU's own link. */
    if (!value || is_listed(name, unseen) || *value == '/' || strcmp(value, "<null>") == 0)
        return;
    add_of(facts, strcmp(name, "mac") == 0 ? FACT_MAC : FACT_PROPERTY, json_new_string(value),
        device, name);
}

/* The entry of query-block of what the property `drive` names, or NULL. */
static const json *find_block(const json *blocks, const char *drive)
{
    if (!drive || !*drive)
        return NULL;
    json_each (block, blocks) {
        const char *device = json_get_string(block, "device");
        const char *node = json_get_string(json_get(block, "inserted"), "node-name");

        if ((device && strcmp(device, drive) == 0) || (node && strcmp(node, drive) == 0))
            return block;
    }
    return NULL;
}

static void add_disk(struct facts *facts, const json *device, const json *blocks)
{
    const char *drive = json_get_string(json_get(device, "properties"), "drive");
    const json *block = find_block(blocks, drive);
    const json *inserted = json_get(block, "inserted");
    const json *size = json_get(json_get(inserted, "image"), "virtual-size");

    if (!block)
        return;
    add_of(facts, FACT_MEDIUM, json_new_bool(inserted), device, "medium");
    if (size)
        add_of(facts, FACT_DISK_SIZE, json_copy(size), device, "disk size");
    if (inserted)
        add_of(facts, FACT_DISK_READ_ONLY, json_new_bool(json_get_bool(inserted, "ro", false)),
            device, "read-only");
}

/* Up to 5.2 they are not listed; every PC has them. */
static bool is_always_there(const char *type)
{
    static const char *const types[] = {"ps2-kbd", "ps2-mouse", NULL};

    return is_listed(type, types);
}

static void add_device(struct facts *facts, const json *device, const json *blocks)
{
    const char *location = json_get_string(device, "location");
    const char *parent = json_get_string(device, "parent");
    const char *type = json_get_string(device, "type");
    struct fact *fact;

    if (is_always_there(type))
        return;
    fact = add(facts, FACT_DEVICE, json_new_string(type), device_label(device));
    fact->key = xasprintf("device %s", location);
    fact->owner = *parent ? xasprintf("device %s", parent) : NULL;
    add_of(facts, FACT_DEVICE_ID, json_new_string(json_get_string(device, "id")), device, "id");
    json_each (property, json_get(device, "properties"))
        add_property(facts, device, property);
    add_disk(facts, device, blocks);
}

void facts_add_devices(struct facts *facts, const char *qtree, const json *blocks)
{
    AUTO_JSON json *devices = qtree_parse(qtree);

    facts->told[FACTS_DEVICES] = devices;
    facts->told[FACTS_DISKS] = devices && blocks;
    json_each (device, devices)
        add_device(facts, device, blocks);
}

/* RAM: "NAME  4 KiB  0xOFFSET 0xUSED 0xMOST ...", the name to the right. */

static json *read_hex(const char **at)
{
    char *end;
    unsigned long long value;
    const char *from = *at + strspn(*at, " ");

    if (strncmp(from, "0x", 2) != 0)
        return NULL;
    value = strtoull(from, &end, 16);
    *at = end;
    return json_new_number((struct number){.magnitude = value});
}

/* Cuts the last word off, and the blanks before it; returns it, or NULL when it is the only one. */
static char *cut_word(char *line)
{
    char *space = strrchr(line, ' ');
    char *word = space ? xstrdup(space + 1) : NULL;

    while (space && space > line && space[-1] == ' ')
        space--;
    if (space)
        *space = '\0';
    return word;
}

static void add_block(struct facts *facts, const char *line)
{
    const char *at = strstr(line, " 0x");
    size_t start = strspn(line, " ");
    AUTO_FREE char *name =
        at && at > line + start ? xstrndup(line + start, (size_t)(at - line) - start + 1) : NULL;
    AUTO_JSON json *offset = name ? read_hex(&at) : NULL;
    AUTO_JSON json *used = offset ? read_hex(&at) : NULL;
    AUTO_JSON json *most = used ? read_hex(&at) : NULL;
    AUTO_FREE char *blank = most ? cut_word(name) : NULL;
    AUTO_FREE char *unit = blank ? cut_word(name) : NULL;
    AUTO_FREE char *count = unit ? cut_word(name) : NULL;
    AUTO_FREE char *page = count ? xasprintf("%s %s", count, unit) : NULL;

    if (!page)
        return;
    facts_add(facts, FACT_RAM_BLOCK, steal_pointer(&used), "RAM block %s", name)->most =
        steal_pointer(&most);
    facts_add(facts, FACT_PAGE_SIZE, json_new_string(page), "RAM block %s page size", name);
}

void facts_add_ram(struct facts *facts, const char *ramblock)
{
    facts->told[FACTS_RAM] = strstr(ramblock, "Block Name");
    for (const char *line = ramblock; *line;) {
        size_t length = strcspn(line, "\r\n");
        AUTO_FREE char *copy = xstrndup(line, length);

        add_block(facts, copy);
        line += length + strspn(line + length, "\r\n");
    }
}

void facts_add_networks(struct facts *facts, const char *network)
{
    AUTO_JSON json *list = network_parse(network);
    int64_t count = 0;

    json_each (client, list) {
        const char *type = json_get_string(client, "type");

        count += type && strcmp(type, "user") == 0;
    }
    facts_add(facts, FACT_USER_NETWORKS, json_new_int(count), "user networks");
}

/* CPUs. */

void facts_add_cpus(struct facts *facts, const json *cpus)
{
    facts->told[FACTS_CPUS] = cpus;
    json_each (cpu, cpus) {
        const char *index = json_digits(json_get(cpu, "cpu-index"));
        const json *props = json_get(cpu, "props");

        facts_add(facts, FACT_CPU, props ? json_copy(props) : json_new_object(), "CPU %s",
            index ? index : "?");
    }
}

/* Switches that no expansion names and a guest sees all the same. */
static bool is_seen_switch(const char *name)
{
    static const char *const switches[] = {
        "cpuid-0xb", "l3-cache", "legacy-cache", "pmu", "vmware-cpuid-freq", NULL};

    return strncmp(name, "hv-", 3) == 0 || is_listed(name, switches);
}

bool facts_is_cpu_property(const char *name)
{
    static const char *const not_seen[] = {"apic-id", "core-id", "die-id", "check", "cluster-id",
        "enforce", "hotpluggable", "hotplugged", "hv-vendor-id", "kvm", "legacy-memory",
        "migratable", "min-level", "min-xlevel", "min-xlevel2", "module-id", "node-id", "realized",
        "socket-id", "start-powered-off", "thread-id", NULL};
    static const char *const of_topology[] = {"cmp-legacy", "ht", NULL};

    return !is_listed(name, not_seen) && !is_listed(name, of_topology) &&
           strncmp(name, "hv-version-id-", 14) != 0;
}

static void add_cpu_property(
    struct facts *facts, const char *name, const json *value, const json *flags)
{
    if (!facts_is_cpu_property(name))
        return;
    if (strcmp(name, "type") == 0) {
        facts_add_copy(facts, FACT_CPU_TYPE, value, "CPU type");
    } else if (!json_is_bool(value)) {
        if (json_is_number(value) || json_is_string(value))
            facts_add(facts, FACT_CPU_VALUE, json_copy(value), "CPU %s", name);
    } else if (!json_count(flags) || json_get(flags, name)) {
        facts_add(facts, FACT_CPU_FLAG, json_copy(value), "CPU flag %s", name);
    } else if (is_seen_switch(name)) {
        facts_add(facts, FACT_CPU_VALUE, json_copy(value), "CPU %s", name);
    }
}

void facts_add_model(struct facts *facts, const json *cpu, const json *known)
{
    const json *flags = json_get(json_get(known, "model"), "props");

    facts->told[FACTS_CPU_MODEL] = cpu;
    json_each (property, json_get(cpu, "properties")) {
        const char *name = json_get_string(property, "name");

        if (name)
            add_cpu_property(facts, name, json_get(property, "value"), flags);
    }
}

/* Migration. */

/* What both ends must have set alike; the rest is the sender's own affair, or the receiver's. */
static const char *const common_capabilities[] = {"compress", "dirty-bitmaps", "mapped-ram",
    "multifd", "postcopy-preempt", "postcopy-ram", "rdma-pin-all", "switchover-ack", "x-colo",
    "x-ignore-shared", NULL};

void facts_add_migration(struct facts *facts, const json *capabilities, const json *parameters)
{
    static const char *const keys[] = {"multifd-channels", "multifd-compression", NULL};
    const char *credentials = json_get_string(parameters, "tls-creds");

    facts->told[FACTS_CAPABILITIES] = capabilities && parameters;
    json_each (entry, capabilities) {
        const char *name = json_get_string(entry, "capability");

        if (name && is_listed(name, common_capabilities))
            facts_add(facts, FACT_CAPABILITY, json_new_bool(json_get_bool(entry, "state", false)),
                "capability %s", name);
    }
    for (size_t i = 0; keys[i]; i++)
        if (json_get(parameters, keys[i]))
            facts_add(facts, FACT_PARAMETER, json_copy(json_get(parameters, keys[i])),
                "parameter %s", keys[i]);
    if (parameters)
        facts_add(facts, FACT_PARAMETER, json_new_bool(credentials && *credentials),
            "parameter tls-creds");
}
