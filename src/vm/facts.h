/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts: what there is to know of one VM before a migration, as a flat list, and what the monitors'
 * texts and replies say of it. Nothing here asks: inventory.h does.
 *
 * Two VMs are compared fact by fact (compare.h): a fact has a key that is the same in both.
 */
#ifndef QMPBOX_VM_FACTS_H
#define QMPBOX_VM_FACTS_H

#include "json/json.h"

enum fact_class {
    FACT_VERSION,
    FACT_PACKAGE,
    FACT_TARGET,
    FACT_ACCELERATOR,
    FACT_MACHINE,
    FACT_OPTION, /* of the machine */
    FACT_MEMORY,
    FACT_RAM_BLOCK, /* its size; `most` is what it may grow to */
    FACT_PAGE_SIZE, /* of a RAM block */
    FACT_CPU,       /* an object: where it sits */
    FACT_CPU_SLOTS,
    FACT_CPU_TYPE,
    FACT_CPU_FLAG,
    FACT_CPU_VALUE,
    FACT_DEVICE, /* its type */
    FACT_DEVICE_ID,
    FACT_PROPERTY, /* of a device, seen by the guest as far as is known */
    FACT_MAC,
    FACT_BACKEND, /* of a device: on this side of it */
    FACT_DISK_SIZE,
    FACT_DISK_READ_ONLY,
    FACT_MEDIUM,
    FACT_USER_NETWORKS, /* how many: alone among netdevs they have a state that travels */
    FACT_CAPABILITY,
    FACT_PARAMETER,
    FACT_UUID,
    FACT_STATE,
};

struct fact {
    enum fact_class class;
    char *key;
    char *what;  /* for people; as long as ids are the same, it is the same in both */
    char *owner; /* the key of the fact (a device) without which this one means nothing, or NULL */
    json *value;
    json *most; /* or NULL */
};

/* Groups of facts that are lists: what is not in such a list is not there. */
enum facts_group {
    FACTS_DEVICES,
    FACTS_RAM,
    FACTS_CPUS,
    FACTS_CPU_MODEL,
    FACTS_DISKS,
    FACTS_CAPABILITIES,
    FACTS_GROUPS,
    FACTS_ALONE = FACTS_GROUPS, /* a fact that is not in a list */
};

struct facts {
    struct fact *item;
    size_t count;
    size_t room;
    bool told[FACTS_GROUPS]; /* this VM told all of the group */
};

#define AUTO_FACTS AUTO(facts_free)
void facts_free(struct facts *facts);

/* Adds a fact whose key is what people read too; the value is taken over. */
struct fact *facts_add(
    struct facts *facts, enum fact_class class, json *value, const char *format, ...) PRINTF(4, 5);

/* The same unless there is no value; it is copied. */
void facts_add_copy(
    struct facts *facts, enum fact_class class, const json *value, const char *what);

const struct fact *facts_find(const struct facts *facts, const char *key);

enum facts_group facts_group_of(enum fact_class class);
const char *facts_group_name(enum facts_group group);

/* From what `info qtree` and `info ramblock` of the human monitor say, and query-block. */
void facts_add_devices(struct facts *facts, const char *qtree, const json *blocks);
void facts_add_ram(struct facts *facts, const char *ramblock);

/* From what `info network` says. */
void facts_add_networks(struct facts *facts, const char *network);

/* From the return of query-cpus-fast. */
void facts_add_cpus(struct facts *facts, const json *cpus);

/* May the guest see this property of a CPU? */
bool facts_is_cpu_property(const char *name);

/*
 * From {"properties": [{"name", "value"}]}, the values of a CPU's. A CPU has each flag under all
 * its names, and switches of QEMU's own: `known` is the model's static expansion, which names the
 * flags only, or NULL.
 */
void facts_add_model(struct facts *facts, const json *cpu, const json *known);

/* From the returns of query-migrate-capabilities and query-migrate-parameters, NULL without. */
void facts_add_migration(struct facts *facts, const json *capabilities, const json *parameters);

#endif
