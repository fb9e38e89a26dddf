/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two VMs tell, as texts of the human monitor and replies, and what is made of it. */
#include "tap.h"
#include "vm/compare.h"
#include "vm/qtree.h"

/* The last line of a device ends it; "\r\n" as it comes. */
#define BRIDGE                                                                                     \
    "bus: main-system-bus\r\n"                                                                     \
    "  type System\r\n"                                                                            \
    "  dev: q35-pcihost, id \"\"\r\n"                                                              \
    "    bus: pcie.0\r\n"                                                                          \
    "      type PCIE\r\n"

static json *parse(const char *text)
{
    struct error error = {0};
    json *value = json_parse(text, strlen(text), &error);

    if (!value)
        printf("# %s\n", error.message);
    error_free(&error);
    return value;
}

/* "LOCATION TYPE ID NAME PARENT" of each device, a line each. */
static void check_tree(const char *what, const char *text, const char *expected)
{
    AUTO_JSON json *list = qtree_parse(text);
    AUTO_TEXT struct text lines = TEXT_EMPTY;

    json_each (device, list)
        text_printf(&lines, "%s|%s|%s|%s|%s\n", json_get_string(device, "location"),
            json_get_string(device, "type"), json_get_string(device, "id"),
            json_get_string(device, "name"), json_get_string(device, "parent"));
    is_string(text_string(&lines), expected, "%s", what);
}

static void test_places(void)
{
    check_tree("nothing", "", "");
    check_tree("PCI behind a port, and what sits on it",
        BRIDGE "      dev: pcie-root-port, id \"rp0\"\r\n"
               "        port = 0 (0x0)\r\n"
               "        addr = 01.0\r\n"
               "        bus: rp0\r\n"
               "          type PCIE\r\n"
               "          dev: virtio-net-pci, id \"\"\r\n"
               "            addr = 00.0\r\n"
               "            bus: virtio-bus\r\n"
               "              type virtio-pci-bus\r\n"
               "              dev: virtio-net-device, id \"\"\r\n"
               "                mac = \"52:54:00:12:34:56\"\r\n"
               "  dev: fw_cfg_io, id \"\"\r\n",
        "q35-pcihost|q35-pcihost|||\n"
        "01.0|pcie-root-port|rp0|rp0|q35-pcihost\n"
        "01.0/00.0|virtio-net-pci||rp0|01.0\n"
        "01.0/00.0/virtio-net-device|virtio-net-device||rp0|01.0/00.0\n"
        "fw_cfg_io|fw_cfg_io|||\n");
    check_tree("the oldest of several has no number, and it is printed last",
        "bus: main-system-bus\n  type System\n  dev: x, id \"new\"\n  dev: x, id \"old\"\n",
        "x #2|x|new|new|\nx|x|old|old|\n");
    check_tree("several buses, SCSI, IDE and USB",
        BRIDGE "      dev: ahci, id \"a\"\r\n"
               "        addr = 02.0\r\n"
               "        bus: a.1\r\n"
               "          type IDE\r\n"
               "          dev: ide-hd, id \"d\"\r\n"
               "            unit = 0 (0x0)\r\n"
               "        bus: a.0\r\n"
               "          type IDE\r\n"
               "      dev: virtio-scsi-pci, id \"s\"\r\n"
               "        addr = 03.0\r\n"
               "        bus: s.0\r\n"
               "          type SCSI\r\n"
               "          dev: scsi-hd, id \"\"\r\n"
               "            channel = 0 (0x0)\r\n"
               "            scsi-id = 4 (0x4)\r\n"
               "            lun = 1 (0x1)\r\n"
               "      dev: qemu-xhci, id \"u\"\r\n"
               "        addr = 04.0\r\n"
               "        bus: u.0\r\n"
               "          type usb-bus\r\n"
               "          dev: usb-tablet, id \"\"\r\n"
               "            usb_version = 2 (0x2)\r\n"
               "            port = \"\"\r\n"
               "            addr 0.0, port 1.2, speed 480, name QEMU USB Tablet, attached\r\n",
        "q35-pcihost|q35-pcihost|||\n"
        "02.0|ahci|a|a|q35-pcihost\n"
        "02.0/bus 1/ide-hd unit 0|ide-hd|d|d|02.0\n"
        "03.0|virtio-scsi-pci|s|s|q35-pcihost\n"
        "03.0/lun 0:4:1|scsi-hd||s|03.0\n"
        "04.0|qemu-xhci|u|u|q35-pcihost\n"
        "04.0/port 1.2|usb-tablet||u|04.0\n");
}

/* "NAME TYPE DEVICE ID HOTPLUG: the devices" of each bus, a line each. */
static void check_buses(const char *what, const char *text, const char *expected)
{
    AUTO_JSON json *list = qtree_buses(text);
    AUTO_TEXT struct text lines = TEXT_EMPTY;

    json_each (bus, list) {
        text_printf(&lines, "%s|%s|%s|%s|%s:", json_get_string(bus, "name"),
            json_get_string(bus, "type"), json_get_string(bus, "device"),
            json_get_string(bus, "id"), json_get_bool(bus, "hotplug", false) ? "on" : "off");
        json_each (device, json_get(bus, "devices"))
            text_printf(&lines, " %s,%s,%s", json_get_string(device, "type"),
                json_get_string(device, "id"), json_get_string(device, "addr"));
        text_add_char(&lines, '\n');
    }
    is_string(text_string(&lines), expected, "%s", what);
}

static void test_buses(void)
{
    check_buses("no buses", "", "");
    check_buses("a port, one that takes nothing, and a bus of a device without an id",
        BRIDGE "      dev: pcie-root-port, id \"rp0\"\r\n"
               "        addr = 01.0\r\n"
               "        hotplug = true\r\n"
               "        bus: rp0\r\n"
               "          type PCIE\r\n"
               "          dev: virtio-scsi-pci, id \"s\"\r\n"
               "            addr = 00.0\r\n"
               "            bus: virtio-bus\r\n"
               "              type virtio-pci-bus\r\n"
               "              type forged\r\n"
               "              dev: virtio-scsi-device, id \"\"\r\n"
               "                bus: s.0\r\n"
               "                  type SCSI\r\n"
               "      dev: pcie-root-port, id \"rp1\"\r\n"
               "        hotplug = false\r\n"
               "        bus: rp1\r\n",
        "main-system-bus|System|||on: q35-pcihost,,\n"
        "pcie.0|PCIE|q35-pcihost||on: pcie-root-port,rp0,01.0 pcie-root-port,rp1,\n"
        "rp0|PCIE|pcie-root-port|rp0|on: virtio-scsi-pci,s,00.0\n"
        "virtio-bus|virtio-pci-bus|virtio-scsi-pci|s|on: virtio-scsi-device,,\n"
        "s.0|SCSI|virtio-scsi-device|s|on:\n"
        "rp1||pcie-root-port|rp1|off:\n");
}

static void test_values(void)
{
    AUTO_JSON json *list = qtree_parse(BRIDGE
        "      dev: x, id \"\"\r\n"
        "        gpio-out \"\" 1\r\n"
        "        number = 4096 (4 KiB)\r\n"
        "        negative = -1 (0xffffffffffffffff)\r\n"
        "        text = \"a = (b)\"\r\n"
        "        empty = \"\"\r\n"
        "        addr = 05.0\r\n"
        "        class Ethernet controller, addr 00:05.0, pci id 8086:100e (sub 1af4:1100)\r\n"
        "        bar 0: mem at 0xffffffffffffffff [0x1fffe]\r\n");

    is_owned(json_to_string(json_get(json_next(json_first(list)), "properties")),
        "{\"number\":\"4096\",\"negative\":\"-1\",\"text\":\"a = (b)\",\"empty\":\"\","
        "\"addr\":\"05.0\",\"pci id\":\"8086:100e (sub 1af4:1100)\"}",
        "values are as they were printed, without the second form");
}

static void test_forged(void)
{
    AUTO_TEXT struct text many = TEXT_EMPTY;
    AUTO_JSON json *list = NULL;

    check_tree("a device on a device, a bus on a bus, properties of nobody",
        "a = 1\ndev: x, id \"\"\n  dev: y, id \"\"\n    bus: b\n      bus: c\n        dev: z, id "
        "\"\"\ndev: no id\nbus: \n",
        "x|x|||\ny|y|||\nz|z|||\n");
    text_add_string(&many, "bus: b\n");
    for (int i = 0; i < 5000; i++)
        text_add_string(&many, "  dev: x, id \"\"\n");
    list = qtree_parse(text_string(&many));
    ok(!list, "thousands of devices are not believed");
}

/* A machine of these parts, each of which may be NULL. */
struct parts {
    const char *type;
    const char *qtree;
    const char *ramblock;
    const char *blocks;
    const char *cpus;
    const char *model;
    const char *known;
    const char *capabilities;
    const char *parameters;
    const char *version;
    const char *state;
};

static struct facts facts_of(const struct parts *parts)
{
    struct facts facts = {0};
    AUTO_JSON json *blocks = parts->blocks ? parse(parts->blocks) : NULL;
    AUTO_JSON json *cpus = parts->cpus ? parse(parts->cpus) : NULL;
    AUTO_JSON json *model = parts->model ? parse(parts->model) : NULL;
    AUTO_JSON json *known = parts->known ? parse(parts->known) : NULL;
    AUTO_JSON json *capabilities = parts->capabilities ? parse(parts->capabilities) : NULL;
    AUTO_JSON json *parameters = parse(parts->parameters ? parts->parameters : "{}");

    if (parts->version)
        facts_add(&facts, FACT_VERSION, json_new_string(parts->version), "QEMU version");
    facts_add(&facts, FACT_MACHINE, json_new_string(parts->type ? parts->type : "pc-q35-7.2"),
        "machine type");
    facts_add_ram(&facts, parts->ramblock ? parts->ramblock : "Block Name\n");
    facts_add_cpus(&facts, cpus);
    facts.told[FACTS_CPUS] = true;
    facts_add_model(&facts, model, known);
    facts.told[FACTS_CPU_MODEL] = true;
    facts_add_devices(&facts, parts->qtree ? parts->qtree : "", blocks);
    facts.told[FACTS_DISKS] = true;
    facts_add_migration(&facts, capabilities, parameters);
    facts.told[FACTS_CAPABILITIES] = true;
    if (parts->state)
        facts_add(&facts, FACT_STATE, json_new_string(parts->state), "run state");
    return facts;
}

/* Lines "! what A B" for what hinders, "- what A B" for notes. */
static void check(
    const char *what, const struct parts *a, const struct parts *b, const char *expected)
{
    AUTO_FACTS struct facts one = facts_of(a);
    AUTO_FACTS struct facts other = facts_of(b);
    AUTO_JSON json *result = compare_facts(&one, &other, false);
    AUTO_TEXT struct text lines = TEXT_EMPTY;
    bool hinders = false;

    json_each (entry, json_get(result, "differences")) {
        AUTO_FREE char *here = json_to_string(json_get(entry, "a"));
        AUTO_FREE char *there = json_to_string(json_get(entry, "b"));
        bool does = json_get_bool(entry, "hinders", false);

        hinders |= does;
        text_printf(
            &lines, "%c %s %s %s\n", does ? '!' : '-', json_get_string(entry, "what"), here, there);
    }
    is_string(text_string(&lines), expected, "%s", what);
    ok(json_get_bool(result, "migratable", hinders) == !hinders, "%s: the answer", what);
}

#define DEVICE(id, type, more)                                                                     \
    BRIDGE "      dev: " type ", id \"" id "\"\r\n        addr = 02.0\r\n" more

static void test_devices(void)
{
    check("equal", &(struct parts){.qtree = DEVICE("x", "e1000", "")},
        &(struct parts){.qtree = DEVICE("x", "e1000", "")}, "");
    check("another id", &(struct parts){.qtree = DEVICE("x", "e1000", "        mq = true\r\n")},
        &(struct parts){.qtree = DEVICE("y", "e1000", "        mq = true\r\n")},
        "- device 02.0 (x) id \"x\" \"y\"\n");
    check("missing, with all that is its own or sits on it",
        &(struct parts){.qtree = DEVICE("x", "e1000",
                            "        mq = true\r\n        bus: b\r\n          type c\r\n"
                            "          dev: z, id \"\"\r\n            p = 1 (0x1)\r\n")},
        &(struct parts){.qtree = BRIDGE}, "! device 02.0 (x) \"e1000\" null\n");
    check("one that only B has", &(struct parts){.qtree = BRIDGE},
        &(struct parts){.qtree = DEVICE("x", "e1000", "        mq = true\r\n")},
        "- device 02.0 (x) null \"e1000\"\n");
    check("another one in its place",
        &(struct parts){.qtree = DEVICE("x", "e1000", "        mq = true\r\n")},
        &(struct parts){.qtree = DEVICE("x", "rtl8139", "        mq = false\r\n")},
        "! device 02.0 (x) \"e1000\" \"rtl8139\"\n");
    check("properties: seen, of this side, told by one only, links",
        &(struct parts){
            .qtree = DEVICE("x", "n",
                "        mq = true\r\n        tx = \"bh\"\r\n        netdev = \"n\"\r\n"
                "        old = 1 (0x1)\r\n        rng = \"/objects/a\"\r\n"
                "        pit = \"/machine/a\"\r\n        mac = \"52:54:00:00:00:01\"\r\n")},
        &(struct parts){
            .qtree = DEVICE("x", "n",
                "        mq = false\r\n        tx = \"timer\"\r\n        netdev = \"\"\r\n"
                "        new = 1 (0x1)\r\n        rng = \"/objects/b\"\r\n"
                "        pit = \"/machine/b\"\r\n        mac = \"52:54:00:00:00:02\"\r\n")},
        "! device 02.0 (x) mq \"true\" \"false\"\n- device 02.0 (x) netdev true false\n"
        "! device 02.0 (x) mac \"52:54:00:00:00:01\" \"52:54:00:00:00:02\"\n");
    check("machines of different kinds: their devices are not held against each other",
        &(struct parts){.qtree = DEVICE("x", "e1000", "")},
        &(struct parts){.type = "pc-i440fx-7.2", .qtree = BRIDGE},
        "! machine type \"pc-q35-7.2\" \"pc-i440fx-7.2\"\n- devices null null\n");
    check("what a VM does not tell", &(struct parts){.ramblock = "unknown command\r\n"},
        &(struct parts){0}, "- RAM blocks null null\n");
}

#define DISK(node, size, ro)                                                                       \
    "[{\"device\":\"\",\"inserted\":{\"node-name\":\"" node "\",\"ro\":" ro                        \
    ",\"image\":{\"virtual-size\":" size "}}}]"
#define DISK_DEVICE(node) DEVICE("d", "virtio-blk-pci", "        drive = \"" node "\"\r\n")

static void test_disks(void)
{
    check("another node of the same size",
        &(struct parts){.qtree = DISK_DEVICE("a"), .blocks = DISK("a", "1048576", "false")},
        &(struct parts){.qtree = DISK_DEVICE("b"), .blocks = DISK("b", "1048576", "false")}, "");
    check("another size, to the last byte, and read-only",
        &(struct parts){
            .qtree = DISK_DEVICE("a"), .blocks = DISK("a", "9007199254740993", "false")},
        &(struct parts){.qtree = DISK_DEVICE("a"), .blocks = DISK("a", "9007199254740992", "true")},
        "! device 02.0 (d) disk size 9007199254740993 9007199254740992\n"
        "! device 02.0 (d) read-only false true\n");
    check("no medium",
        &(struct parts){.qtree = DISK_DEVICE("a"), .blocks = DISK("a", "1", "false")},
        &(struct parts){.qtree = DISK_DEVICE("a"), .blocks = "[{\"device\":\"a\"}]"},
        "! device 02.0 (d) medium true false\n");
}

#define BLOCKS "     Block Name    PSize   Offset   Used   Total\r\n"
#define BLOCK(name, page, used, most)                                                              \
    "  " name "    " page " 0x0000000000000000 0x" used " 0x" most "\r\n"

static void test_ram(void)
{
    check("missing, more, another size, another page",
        &(struct parts){.ramblock = BLOCKS BLOCK("pc.ram", "4 KiB", "4000000", "4000000") BLOCK(
                            "mb 0", "4 KiB", "1000", "1000") BLOCK("x", "4 KiB", "1000", "1000")},
        &(struct parts){.ramblock = BLOCKS BLOCK("pc.ram", "4 KiB", "8000000", "8000000") BLOCK(
                            "x", "2 MiB", "1000", "1000") BLOCK("y", "4 KiB", "1000", "1000")},
        "! RAM block pc.ram 67108864 134217728\n! RAM block mb 0 4096 null\n"
        "- RAM block x page size \"4 KiB\" \"2 MiB\"\n- RAM block y null 4096\n");
    check("what may grow does, as far as it may",
        &(struct parts){.ramblock = BLOCKS BLOCK("/rom@a", "4 KiB", "2000", "10000")
                            BLOCK("/rom@b", "4 KiB", "20000", "100000")},
        &(struct parts){.ramblock = BLOCKS BLOCK("/rom@a", "4 KiB", "1000", "10000")
                            BLOCK("/rom@b", "4 KiB", "1000", "10000")},
        "- RAM block /rom@a 8192 4096\n! RAM block /rom@b 131072 4096\n");
    check("lines that are none",
        &(struct parts){.ramblock = BLOCKS " 0x\r\n 0x1 0x2 0x3\r\nx 0x1 0x2 0x3\r\n"},
        &(struct parts){0}, "");
}

#define MODEL(flags) "{\"properties\":[" flags "]}"
#define FLAG(name, on) "{\"name\":\"" name "\",\"type\":\"bool\",\"value\":" on "}"
#define KNOWN "{\"model\":{\"name\":\"base\",\"props\":{\"aes\":false,\"avx\":false}}}"

static void test_cpus(void)
{
    check("places: what both tell",
        &(struct parts){.cpus = "[{\"cpu-index\":0,\"props\":{\"core-id\":0}},"
                                "{\"cpu-index\":1,\"props\":{\"core-id\":1}}]"},
        &(struct parts){.cpus = "[{\"cpu-index\":0,\"props\":{\"core-id\":0,\"die-id\":0}},"
                                "{\"cpu-index\":1,\"props\":{\"core-id\":0}},{\"cpu-index\":2}]"},
        "! CPU 1 {\"core-id\":1} {\"core-id\":0}\n- CPU 2 null {}\n");
    check("one that B lacks", &(struct parts){.cpus = "[{\"cpu-index\":0}]"},
        &(struct parts){.cpus = "[]"}, "! CPU 0 {} null\n");
    check("flags: only those that a guest may use",
        &(struct parts){.model = MODEL(FLAG("aes", "true") "," FLAG("avx", "false") "," FLAG(
                            "x-own", "true") "," FLAG("hv-time", "true")),
            .known = KNOWN},
        &(struct parts){.model = MODEL(FLAG("avx", "true") "," FLAG("x-own", "false") "," FLAG(
                            "hv-time", "false")),
            .known = KNOWN},
        "! CPU flag aes true null\n- CPU flag avx false true\n! CPU hv-time true false\n");
}

static void test_migration(void)
{
#define CAPABILITY(name, on) "{\"capability\":\"" name "\",\"state\":" on "}"
    check("capabilities",
        &(struct parts){.capabilities = "[" CAPABILITY("multifd", "false") "," CAPABILITY(
                            "postcopy-ram", "true") "," CAPABILITY("events", "true") "]"},
        &(struct parts){.capabilities = "[" CAPABILITY("multifd", "true") "," CAPABILITY(
                            "postcopy-ram", "false") "," CAPABILITY("events", "false") "]"},
        "! capability multifd false true\n! capability postcopy-ram true false\n");
    check("one that only B uses, and one that B does not know",
        &(struct parts){.capabilities = "[" CAPABILITY("compress", "true") "," CAPABILITY(
                            "postcopy-ram", "false") "]"},
        &(struct parts){.capabilities = "[" CAPABILITY("postcopy-ram", "true") "]"},
        "! capability compress true null\n- capability postcopy-ram false true\n");
    check("parameters of multifd matter with multifd only",
        &(struct parts){.parameters = "{\"multifd-channels\":2,\"tls-creds\":\"\"}"},
        &(struct parts){.parameters = "{\"multifd-channels\":4,\"tls-creds\":\"t\"}"},
        "! parameter tls-creds false true\n");
    check("and then",
        &(struct parts){.capabilities = "[" CAPABILITY("multifd", "true") "]",
            .parameters = "{\"multifd-channels\":2,\"max-bandwidth\":1}"},
        &(struct parts){.capabilities = "[" CAPABILITY("multifd", "true") "]",
            .parameters = "{\"multifd-channels\":4,\"max-bandwidth\":2}"},
        "! parameter multifd-channels 2 4\n");
    check("A waits itself", &(struct parts){.state = "inmigrate"},
        &(struct parts){.state = "inmigrate"}, "! run state \"inmigrate\" \"inmigrate\"\n");
    check("B does not wait", &(struct parts){.state = "running"},
        &(struct parts){.state = "running"}, "- run state \"running\" \"running\"\n");
    check(
        "B waits", &(struct parts){.state = "running"}, &(struct parts){.state = "inmigrate"}, "");
}

static void test_versions(void)
{
    check("to a newer one", &(struct parts){.version = "7.2.22"},
        &(struct parts){.version = "10.0.13"}, "- QEMU version \"7.2.22\" \"10.0.13\"\n");
    check("to an older one, with a machine of a release", &(struct parts){.version = "10.0.13"},
        &(struct parts){.version = "7.2.22"}, "- QEMU version \"10.0.13\" \"7.2.22\"\n");
    check("to an older one without", &(struct parts){.version = "7.2.22", .type = "none"},
        &(struct parts){.version = "7.2.3", .type = "none"},
        "! QEMU version \"7.2.22\" \"7.2.3\"\n");
}

static void test_networks(void)
{
    static const char one[] = "u1: index=0,type=user,net=10.0.2.0,restrict=off\r\n";
    AUTO_FACTS struct facts facts = {0};

    facts_add_networks(&facts, one);
    is_owned(json_to_string(facts.item[0].value), "1", "a user network");
    facts_add_networks(&facts, "n1-net: index=0,type=tap,fd=9\r\n");
    is_owned(json_to_string(facts.item[1].value), "0", "any other netdev");
}

int main(void)
{
    test_places();
    test_buses();
    test_values();
    test_forged();
    test_devices();
    test_disks();
    test_ram();
    test_cpus();
    test_migration();
    test_versions();
    test_networks();
    return done_testing();
}
