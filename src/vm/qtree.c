/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/qtree.h"

#include <stdlib.h>
#include <string.h>

enum {
    NOWHERE = -1,
    DEEPEST = 128, /* columns */
    MOST = 4096,   /* devices and buses: a big VM has some hundreds */
};

struct entry {
    size_t indent;
    int parent; /* its index, or NOWHERE */
    bool is_bus;
    char *type; /* of a bus: its name */
    char *kind; /* of a bus: its type */
    char *id;
    char *location;
    json *properties;
};

struct tree {
    struct entry *entry;
    int count;
    int room;
};

static void tree_release(struct tree *tree)
{
    for (int i = 0; i < tree->count; i++) {
        free(tree->entry[i].type);
        free(tree->entry[i].kind);
        free(tree->entry[i].id);
        free(tree->entry[i].location);
        json_free(tree->entry[i].properties);
    }
    free(tree->entry);
}
#define AUTO_TREE_OF_DEVICES AUTO(tree_release)

/* Reading. */

/* The newest entry that a line of this indentation belongs to. */
static int find_parent(const struct tree *tree, size_t indent)
{
    int at = tree->count - 1;

    while (at >= 0 && tree->entry[at].indent >= indent)
        at = tree->entry[at].parent;
    return at;
}

static struct entry *add_entry(struct tree *tree, size_t indent, bool is_bus)
{
    int parent = find_parent(tree, indent);
    struct entry *entry;

    if (tree->count == tree->room) {
        tree->room = tree->room ? 2 * tree->room : 64;
        tree->entry = xrealloc(tree->entry, (size_t)tree->room * sizeof(*tree->entry));
    }
    entry = &tree->entry[tree->count++];
    /* Devices sit on buses, and buses on devices or nowhere: what does not is forged. */
    if (parent != NOWHERE && tree->entry[parent].is_bus == is_bus)
        parent = NOWHERE;
    *entry = (struct entry){.indent = indent, .parent = parent, .is_bus = is_bus};
    entry->properties = json_new_object();
    return entry;
}

/* "TYPE, id "ID"" */
static void add_device(struct tree *tree, size_t indent, const char *words)
{
    static const char before_id[] = ", id \"";
    const char *id = strstr(words, before_id);
    struct entry *entry;

    if (!id)
        return;
    entry = add_entry(tree, indent, false);
    entry->type = xstrndup(words, (size_t)(id - words));
    id += sizeof(before_id) - 1;
    entry->id = xstrndup(id, strcspn(id, "\""));
    /* A release between 5.2 and 7.2 has renamed "ICH9 SMB". */
    for (char *c = entry->type; *c; c++)
        if (*c == ' ')
            *c = '-';
}

/* "64 (0x40)" is 64, "512 (512 B)" is 512; texts are in quotes. */
static char *plain_value(const char *value)
{
    size_t length = strlen(value);
    const char *space = strchr(value, ' ');

    if ((*value == '-' || (*value >= '0' && *value <= '9')) && space && space[1] == '(')
        length = (size_t)(space - value);
    if (length > 1 && *value == '"' && value[length - 1] == '"')
        return xstrndup(value + 1, length - 2);
    return xstrndup(value, length);
}

static void set(struct entry *entry, const char *name, const char *value, size_t length)
{
    AUTO_FREE char *copy = xstrndup(value, length);

    json_replace(entry->properties, name, json_new_string(copy));
}

/* "NAME = VALUE", or one of two lines of a bus's own: of PCI and of USB. */
static void add_property(struct entry *entry, const char *line)
{
    const char *equals = strstr(line, " = ");
    const char *ids = strstr(line, ", pci id "), *port = strstr(line, ", port ");

    if (equals && strcspn(line, " ") == (size_t)(equals - line)) {
        AUTO_FREE char *name = xstrndup(line, (size_t)(equals - line));
        AUTO_FREE char *value = plain_value(equals + 3);

        json_replace(entry->properties, name, json_new_string(value));
    } else if (ids && strncmp(line, "class ", 6) == 0) {
        ids += strlen(", pci id ");
        set(entry, "pci id", ids, strlen(ids));
    } else if (port && strncmp(line, "addr ", 5) == 0) {
        port += strlen(", port ");
        set(entry, "port", port, strcspn(port, ","));
    }
}

/* A line that belongs to the device or the bus at this place. */
static void read_detail(struct tree *tree, int at, const char *line)
{
    struct entry *holder = at >= 0 && tree->entry ? &tree->entry[at] : NULL;

    if (!holder)
        return;
    if (!holder->is_bus)
        add_property(holder, line);
    else if (!holder->kind && strncmp(line, "type ", 5) == 0)
        holder->kind = xstrdup(line + 5);
}

static void read_line(struct tree *tree, const char *line, size_t length)
{
    AUTO_FREE char *copy = NULL;
    size_t indent = strspn(line, " ");

    if (length && line[length - 1] == '\r')
        length--;
    if (indent >= length || indent > DEEPEST)
        return;
    copy = xstrndup(line + indent, length - indent);
    if (strncmp(copy, "bus: ", 5) == 0) {
        add_entry(tree, indent, true)->type = xstrdup(copy + 5);
    } else if (strncmp(copy, "dev: ", 5) == 0) {
        add_device(tree, indent, copy + 5);
    } else {
        read_detail(tree, find_parent(tree, indent), copy);
    }
}

/* Where things are. */

static const char *property(const struct entry *entry, const char *name)
{
    const char *value = json_get_string(entry->properties, name);

    return value ? value : "";
}

/* "02.0" */
static bool is_pci_address(const char *word)
{
    return strlen(word) == 4 && strspn(word, "0123456789abcdef") == 2 && word[2] == '.' &&
           word[3] >= '0' && word[3] <= '7';
}

/* What tells the device from its siblings, as far as its properties do. */
static char *own_place(const struct entry *entry)
{
    static const char *const keys[] = {"nr", "unit", "iobase", "base", "address", "io_base"};

    if (is_pci_address(property(entry, "addr")))
        return xstrdup(property(entry, "addr"));
    if (json_get(entry->properties, "lun") && json_get(entry->properties, "scsi-id"))
        return xasprintf("lun %s:%s:%s", property(entry, "channel"), property(entry, "scsi-id"),
            property(entry, "lun"));
    if (json_get(entry->properties, "usb_version") && *property(entry, "port"))
        return xasprintf("port %s", property(entry, "port"));
    /* The clock of a PC has told its port only since a release between 5.2 and 7.2. */
    for (size_t i = 0;
         strcmp(entry->type, "mc146818rtc") != 0 && i < sizeof(keys) / sizeof(keys[0]); i++)
        if (*property(entry, keys[i]))
            return xasprintf("%s %s %s", entry->type, keys[i], property(entry, keys[i]));
    return xstrdup(entry->type);
}

/* Is it the bus of a device with one bus only, which then needs no name? */
static bool is_only_bus(const struct tree *tree, int at, int *older)
{
    int buses = 0;

    *older = 0;
    for (int i = 0; i < tree->count; i++)
        if (tree->entry[i].is_bus && tree->entry[i].parent == tree->entry[at].parent) {
            buses++;
            *older += i > at; /* the newest is printed first */
        }
    return buses == 1;
}

/* The location that children of this bus begin with, "" for the machine's own. */
static char *place_of_bus(const struct tree *tree, int bus, bool pci)
{
    int device = tree->entry[bus].parent, older;
    const struct entry *host = device == NOWHERE ? NULL : &tree->entry[device];

    if (!host)
        return xstrdup("");
    /* The first host bridge is where everybody looks; those that are plugged are named. */
    if (pci && !is_pci_address(property(host, "addr")) && !strstr(host->type, "pxb"))
        return xstrdup("");
    if (is_only_bus(tree, bus, &older))
        return xasprintf("%s/", host->location);
    return xasprintf("%s/bus %d/", host->location, older);
}

/* Of several that are alike the oldest has no number. */
static int older_twins(const struct tree *tree, int at, const char *place)
{
    int older = 0;

    for (int i = at + 1; i < tree->count; i++) {
        const struct entry *other = &tree->entry[i];
        AUTO_FREE char *its = NULL;

        if (other->is_bus || other->parent != tree->entry[at].parent)
            continue;
        its = own_place(other);
        older += strcmp(its, place) == 0;
    }
    return older;
}

static void locate(struct tree *tree, int at)
{
    struct entry *entry = &tree->entry[at];
    AUTO_FREE char *place = own_place(entry);
    AUTO_FREE char *before = entry->parent == NOWHERE
                                 ? xstrdup("")
                                 : place_of_bus(tree, entry->parent, is_pci_address(place));
    int older = older_twins(tree, at, place);

    entry->location =
        older ? xasprintf("%s%s #%d", before, place, older + 1) : xasprintf("%s%s", before, place);
}

/* The device above the bus that the entry sits on. */
static int device_above(const struct tree *tree, int at)
{
    int bus = tree->entry[at].parent;

    return bus == NOWHERE ? NOWHERE : tree->entry[bus].parent;
}

static json *describe(const struct tree *tree, int at)
{
    const struct entry *entry = &tree->entry[at];
    int above = device_above(tree, at);
    const char *name = entry->id;
    json *device = json_new_object();

    for (int up = above; !*name && up != NOWHERE; up = device_above(tree, up))
        name = tree->entry[up].id;
    json_add_string(device, "location", entry->location);
    json_add_string(device, "parent", above == NOWHERE ? "" : tree->entry[above].location);
    json_add_string(device, "type", entry->type);
    json_add_string(device, "id", entry->id);
    json_add_string(device, "name", name);
    json_add(device, "properties", json_copy(entry->properties));
    return device;
}

static bool read_tree(struct tree *tree, const char *text)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");

        if (tree->count >= MOST)
            return false;
        read_line(tree, line, length);
        line += length + (line[length] == '\n');
    }
    return true;
}

json *qtree_parse(const char *text)
{
    AUTO_TREE_OF_DEVICES struct tree tree = {0};
    json *list;

    if (!read_tree(&tree, text))
        return NULL;
    list = json_new_array();
    for (int i = 0; i < tree.count; i++) {
        if (tree.entry[i].is_bus)
            continue;
        locate(&tree, i);
        json_append(list, describe(&tree, i));
    }
    return list;
}

static json *describe_bus(const struct tree *tree, int at)
{
    const struct entry *entry = &tree->entry[at];
    const struct entry *host = entry->parent == NOWHERE ? NULL : &tree->entry[entry->parent];
    const char *id = host ? host->id : "";
    json *bus = json_new_object(), *devices;

    for (int up = entry->parent; !*id && up != NOWHERE; up = device_above(tree, up))
        id = tree->entry[up].id;
    json_add_string(bus, "name", entry->type);
    json_add_string(bus, "type", entry->kind ? entry->kind : "");
    json_add_string(bus, "device", host ? host->type : "");
    json_add_string(bus, "id", id);
    json_add_bool(bus, "hotplug", !host || strcmp(property(host, "hotplug"), "false") != 0);
    devices = json_add_array(bus, "devices");
    for (int i = at + 1; i < tree->count; i++) {
        json *device;

        if (tree->entry[i].parent != at)
            continue;
        device = json_new_object();
        json_add_string(device, "type", tree->entry[i].type);
        json_add_string(device, "id", tree->entry[i].id);
        json_add_string(device, "addr", property(&tree->entry[i], "addr"));
        json_append(devices, device);
    }
    return bus;
}

json *qtree_buses(const char *text)
{
    AUTO_TREE_OF_DEVICES struct tree tree = {0};
    json *list;

    if (!read_tree(&tree, text))
        return NULL;
    list = json_new_array();
    for (int i = 0; i < tree.count; i++)
        if (tree.entry[i].is_bus)
            json_append(list, describe_bus(&tree, i));
    return list;
}
