/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of what members mean: each entry is one that some recorded QEMU has a member for which
 * no entry before it takes; then single members.
 */
#include "complete/meaning.h"
#include "qmp/schema.h"
#include "tap.h"

enum { ENTRIES = 1024, DEPTH = 6, BLOCK_DEPTH = 3 };

static bool used[ENTRIES];

/* Properties of devices that were not recorded, each seen in the QEMU 7.2 of Debian 12. */
static const char *const more_properties[] = {
    "audiodev",                       /* hda-duplex */
    "canbus",                         /* kvaser_pci */
    "chardev",                        /* isa-serial */
    "cryptodev",                      /* virtio-crypto-pci */
    "display",                        /* virtio-keyboard-pci */
    "evdev",                          /* virtio-input-host-pci */
    "file",                           /* loader */
    "hostdevice",                     /* usb-host */
    "iothread-vq-mapping.0.iothread", /* virtio-blk-pci of 11.1 */
    "lsa",                            /* cxl-type3 */
    "rng",                            /* virtio-rng-pci */
    "sysfsdev",                       /* vfio-pci */
    "tpmdev",                         /* tpm-tis */
};

static void read_file(const char *name, struct text *text)
{
    const char *top = getenv("top_srcdir");
    AUTO_FREE char *command =
        xasprintf("xz -dc '%s/tests/schemas/%s.json.xz'", top ? top : ".", name);
    FILE *pipe = popen(command, "r");
    char buffer[4096];
    size_t length;

    while (pipe && (length = fread(buffer, 1, sizeof(buffer), pipe)))
        text_add(text, buffer, length);
    if (!pipe || pclose(pipe) || !text->length)
        abort();
}

static void take(const char *command, const char *member)
{
    const struct meaning *found = meaning_find(command, member);

    for (size_t i = 0; found && i < ENTRIES && meaning_at(i); i++)
        used[i] = used[i] || meaning_at(i) == found;
}

struct place {
    struct schema *schema;
    const char *command;
    size_t deepest;
};

/* Every member of the type, with all that is below it. */
static void walk(const struct place *place, const json *reference, const char *path, size_t depth)
{
    enum schema_kind kind;
    const json *type = schema_type(place->schema, reference, &kind);

    if (*path)
        take(place->command, path);
    if (depth > place->deepest)
        return;
    if (kind == SCHEMA_ARRAY) {
        AUTO_FREE char *below = xasprintf("%s.0", path);

        walk(place, json_get(type, "element-type"), below, depth + 1);
    }
    if (kind == SCHEMA_ALTERNATE)
        json_each (member, json_get(type, "members"))
            walk(place, json_get(member, "type"), path, depth + 1);
    if (kind != SCHEMA_OBJECT)
        return;
    json_each (member, json_get(type, "members")) {
        AUTO_FREE char *below =
            xasprintf("%s%s%s", path, *path ? "." : "", json_get_string(member, "name"));

        walk(place, json_get(member, "type"), below, depth + 1);
    }
    json_each (variant, json_get(type, "variants"))
        walk(place, json_get(variant, "type"), path, depth);
}

static void walk_schema(const char *name)
{
    AUTO_FREE char *file = xasprintf("%s.schema", name);
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_STRINGS struct strings commands = {0};
    AUTO_ERROR struct error error = {0};
    AUTO_SCHEMA struct schema *schema = NULL;

    read_file(file, &text);
    schema = schema_of_reply((struct slice){text.bytes, text.length}, &error);
    if (!ok(schema && schema_commands(schema, &commands, &error), "the schema of %s", name))
        return;
    for (size_t i = 0; i < commands.count; i++) {
        const char *command = commands.item[i];
        bool block = strncmp(command, "blockdev-", 9) == 0 || strstr(command, "x-blockdev-");
        struct place place = {schema, command, block ? BLOCK_DEPTH : DEPTH};

        walk(&place, schema_arguments(schema, command, &error), "", 0);
    }
}

static void walk_properties(const char *name)
{
    AUTO_FREE char *file = xasprintf("%s.devices", name);
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *devices = NULL;

    read_file(file, &text);
    devices = json_parse(text.bytes, text.length, &error);
    ok(devices, "the devices of %s", name);
    json_each (device, devices)
        json_each (property, device)
            take("device_add", json_get_string(property, "name"));
}

static void test_entries(void)
{
    static const char *const versions[] = {"5.2", "7.2", "10.0", "11.1"};

    if (system("command -v xz >/dev/null") != 0) { /* NOLINT(cert-env33-c) */
        skip("the entries of the table", "there is no xz here");
        return;
    }
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        walk_schema(versions[i]);
        walk_properties(versions[i]);
    }
    for (size_t i = 0; i < sizeof(more_properties) / sizeof(more_properties[0]); i++)
        take("device_add", more_properties[i]);
    for (size_t i = 0; meaning_at(i); i++)
        fold(i < ENTRIES && used[i], "%s %s is no member, or stands behind what takes it",
            meaning_at(i)->command, meaning_at(i)->member);
    folded("every entry means something that a QEMU has");
}

static void means(const char *command, const char *member, enum completes kind)
{
    fold(meaning_of_member(command, member) == kind, "%s %s: %d", command, member,
        (int)meaning_of_member(command, member));
}

static void test_members(void)
{
    means("device_del", "id", COMPLETES_DEVICE);
    means("device-del", "id", COMPLETES_DEVICE);
    means("device_add", "id", COMPLETES_NOTHING);
    means("device_add", "core_id", COMPLETES_CPU_SLOT);
    means("device_add", "iothread-vq-mapping.12.iothread", COMPLETES_IOTHREAD);
    means("device_add", "iothread-vq-mapping.x.iothread", COMPLETES_NOTHING);
    means("device_add", "iothread-vq-mapping..iothread", COMPLETES_NOTHING);
    means("block-commit", "base-node", COMPLETES_CHAIN_NODE);
    means("block-commit", "job-id", COMPLETES_NOTHING);
    means("block-commit", "device", COMPLETES_BLOCK);
    means("block-job-pause", "device", COMPLETES_BLOCK_JOB);
    means("blockdev-add", "node-name", COMPLETES_NOTHING);
    means("blockdev-add", "file.node-name", COMPLETES_NOTHING);
    means("blockdev-add", "file.filename", COMPLETES_FILE);
    means("blockdev-add", "filename", COMPLETES_FILE);
    means("blockdev-add", "file", COMPLETES_FREE_NODE);
    means("blockdev-add", "backing.backing.file.filename", COMPLETES_FILE);
    means("blockdev-add", "encrypt.key-secret", COMPLETES_SECRET);
    means("blockdev-add", "key-secret-of", COMPLETES_NOTHING);
    means("blockdev-reopen", "options.0.node-name", COMPLETES_NODE);
    means("block-set-write-threshold", "node-name", COMPLETES_NODE);
    means("block-dirty-bitmap-merge", "bitmaps.0", COMPLETES_BITMAP);
    means("block-dirty-bitmap-merge", "bitmaps.0.node", COMPLETES_NODE);
    means("transaction", "actions.3.data.bitmaps.0.name", COMPLETES_BITMAP);
    means("transaction", "actions.3.data.node", COMPLETES_NODE);
    means("migrate-set-parameters", "tls-creds", COMPLETES_TLS_CREDS);
    means("qom-set", "value", COMPLETES_QOM_VALUE);
    means("nothing-like-it", "id", COMPLETES_NOTHING);
    means("device_add", "", COMPLETES_NOTHING);
    means("", "", COMPLETES_NOTHING);
    folded("what single members mean");
}

int main(void)
{
    test_entries();
    test_members();
    return done_testing();
}
