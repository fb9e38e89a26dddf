/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/inventory.h"

#include "qmp/ask.h"

#include <stdlib.h>
#include <string.h>

/* What a guest can see of how the machine was made, where its type does not say it. */
static const char *const options[INVENTORY_OPTIONS] = {"acpi", "cxl", "graphics", "hpet", "i8042",
    "max-ram-below-4g", "nvdimm", "pic", "pit", "sata", "smbus", "smm", "usb", "vmport",
    "default-bus-bypass-iommu", "smbios-entry-point-type"};

void inventory_free(struct inventory *inventory)
{
    inquiry_free(&inventory->inquiry);
    facts_free(&inventory->facts);
    free(inventory->ticket);
}

static size_t add_line(struct inquiry *inquiry, const char *line)
{
    json *arguments = json_new_object();

    json_add_string(arguments, "command-line", line);
    return inquiry_add(inquiry, "human-monitor-command", arguments);
}

static size_t add_list(struct inquiry *inquiry, const char *path)
{
    json *arguments;

    if (!path)
        return INQUIRY_NONE;
    arguments = json_new_object();
    json_add_string(arguments, "path", path);
    return inquiry_add(inquiry, "qom-list", arguments);
}

/* The flags that there are: every model has them all, on or off. */
static size_t add_base_model(struct inquiry *inquiry)
{
    json *arguments = json_new_object();

    json_add_string(arguments, "type", "static");
    json_add_string(json_add_object(arguments, "model"), "name", "base");
    return inquiry_add(inquiry, "query-cpu-model-expansion", arguments);
}

bool inventory_begin(struct inventory *inventory, struct session *session, struct error *error)
{
    struct inquiry *inquiry = &inventory->inquiry;

    inventory->session = session;
    inventory->type = inquiry_add_property(inquiry, "/machine", "type");
    inventory->target = inquiry_add(inquiry, "query-target", NULL);
    inventory->accelerators = inquiry_add(inquiry, "query-accelerators", NULL);
    inventory->size = inquiry_add(inquiry, "query-memory-size-summary", NULL);
    inventory->memory = inquiry_add_property(inquiry, "/machine", "memory");
    inventory->cpus = inquiry_add(inquiry, "query-cpus-fast", NULL);
    inventory->slots = inquiry_add(inquiry, "query-hotpluggable-cpus", NULL);
    inventory->qtree = add_line(inquiry, "info qtree");
    inventory->networks = add_line(inquiry, "info network");
    inventory->ramblock = add_line(inquiry, "info ramblock");
    inventory->blocks = inquiry_add(inquiry, "query-block", NULL);
    inventory->capabilities = inquiry_add(inquiry, "query-migrate-capabilities", NULL);
    inventory->parameters = inquiry_add(inquiry, "query-migrate-parameters", NULL);
    inventory->status = inquiry_add(inquiry, "query-status", NULL);
    inventory->uuid = inquiry_add(inquiry, "query-uuid", NULL);
    inventory->flags = add_base_model(inquiry);
    for (size_t i = 0; i < INVENTORY_OPTIONS; i++)
        inventory->option[i] = inquiry_add_property(inquiry, "/machine", options[i]);
    inventory->kvm = inventory->jit = INQUIRY_NONE;
    if (!inquiry_send(inquiry, session, error))
        return false;
    session_flush(session);
    return true;
}

static const json *answer(const struct inventory *inventory, size_t question)
{
    return inquiry_answer(&inventory->inquiry, question);
}

bool inventory_proceed(struct inventory *inventory, struct error *error)
{
    struct inquiry *inquiry = &inventory->inquiry;

    if (!inquiry_ask(inquiry, inventory->session, error))
        return false;
    if (!json_string(answer(inventory, inventory->type)))
        return error_set(error, ERROR_UNSUPPORTED, "there is no machine here");
    inventory->properties = add_list(
        inquiry, json_get_string(json_first(answer(inventory, inventory->cpus)), "qom-path"));
    if (!answer(inventory, inventory->accelerators)) {
        inventory->kvm = inquiry_add(inquiry, "query-kvm", NULL);
        /* 5.2 aborts at this question where there is no CPU (see machine.c). */
        if (json_count(answer(inventory, inventory->cpus)))
            inventory->jit = add_line(inquiry, "info jit");
    }
    if (!inquiry_send(inquiry, inventory->session, error))
        return false;
    session_flush(inventory->session);
    return true;
}

/* Is the property of a CPU (an entry of qom-list) a value that may matter? */
static bool is_asked_for(const json *property)
{
    const char *name = json_get_string(property, "name");
    const char *type = json_get_string(property, "type");

    return name && type &&
           (strcmp(type, "bool") == 0 || strcmp(type, "str") == 0 || strcmp(type, "string") == 0 ||
               strncmp(type, "int", 3) == 0 || strncmp(type, "uint", 4) == 0) &&
           facts_is_cpu_property(name);
}

bool inventory_read_cpu(struct inventory *inventory, struct error *error)
{
    const char *path = json_get_string(json_first(answer(inventory, inventory->cpus)), "qom-path");
    const json *properties;

    if (!inquiry_ask(&inventory->inquiry, inventory->session, error))
        return false;
    properties = answer(inventory, inventory->properties);
    inventory->ticket = xcalloc(INVENTORY_PROPERTIES, sizeof(*inventory->ticket));
    json_each (property, properties) {
        AUTO_JSON json *arguments = json_new_object();

        if (inventory->tickets == INVENTORY_PROPERTIES)
            break;
        if (!is_asked_for(property))
            continue;
        json_add_string(arguments, "path", path);
        json_add(arguments, "property", json_copy(json_get(property, "name")));
        if (!session_send(inventory->session, "qom-get", arguments, -1,
                &inventory->ticket[inventory->tickets], error))
            return false;
        inventory->tickets++;
    }
    session_flush(inventory->session);
    return true;
}

/* What is known, as facts. */

static void add_versions(struct inventory *inventory)
{
    const json *version = json_get(session_greeting(inventory->session), "version");
    struct facts *facts = &inventory->facts;

    facts_add(
        facts, FACT_VERSION, json_new_string(session_version(inventory->session)), "QEMU version");
    facts_add_copy(facts, FACT_PACKAGE, json_get(version, "package"), "QEMU package");
    facts_add_copy(
        facts, FACT_TARGET, json_get(answer(inventory, inventory->target), "arch"), "target");
}

static void add_accelerator(struct inventory *inventory)
{
    const json *enabled = json_get(answer(inventory, inventory->accelerators), "enabled");
    const char *jit = json_string(answer(inventory, inventory->jit));
    const char *name = json_string(enabled);

    if (!name && json_get_bool(answer(inventory, inventory->kvm), "enabled", false))
        name = "kvm";
    else if (!name && jit && strstr(jit, "Translation buffer state"))
        name = "tcg";
    if (name)
        facts_add(&inventory->facts, FACT_ACCELERATOR, json_new_string(name), "accelerator");
}

static void add_machine(struct inventory *inventory)
{
    static const char suffix[] = "-machine";
    const char *type = json_string(answer(inventory, inventory->type));
    size_t length = strlen(type), tail = sizeof(suffix) - 1;
    AUTO_FREE char *name = NULL;

    if (length > tail && strcmp(type + length - tail, suffix) == 0)
        length -= tail;
    name = xstrndup(type, length);
    facts_add(&inventory->facts, FACT_MACHINE, json_new_string(name), "machine type");
    for (size_t i = 0; i < INVENTORY_OPTIONS; i++) {
        const json *value = answer(inventory, inventory->option[i]);

        if (value)
            facts_add(
                &inventory->facts, FACT_OPTION, json_copy(value), "machine option %s", options[i]);
    }
}

static void add_memory(struct inventory *inventory)
{
    const json *size = answer(inventory, inventory->size);
    const json *memory = answer(inventory, inventory->memory);
    const char *ramblock = json_string(answer(inventory, inventory->ramblock));
    struct facts *facts = &inventory->facts;

    facts_add_copy(facts, FACT_MEMORY, json_get(size, "base-memory"), "memory base size");
    facts_add_copy(facts, FACT_MEMORY, json_get(size, "plugged-memory"), "memory plugged size");
    facts_add_copy(facts, FACT_MEMORY, json_get(memory, "max-size"), "memory maximum size");
    facts_add_copy(facts, FACT_MEMORY, json_get(memory, "slots"), "memory slots");
    if (ramblock)
        facts_add_ram(facts, ramblock);
}

/* The values of the first CPU's properties; what cannot be read has none. */
static bool add_model(struct inventory *inventory, struct error *error)
{
    const json *property = json_first(answer(inventory, inventory->properties));
    AUTO_JSON json *cpu = json_new_object();
    json *read = json_add_array(cpu, "properties");

    for (size_t i = 0; i < inventory->tickets; property = json_next(property)) {
        json *entry, *value;

        if (!is_asked_for(property))
            continue;
        value = session_answer(inventory->session, inventory->ticket[i++], error);
        if (!value && error->kind != ERROR_REFUSED && error->kind != ERROR_UNSUPPORTED)
            return false;
        error_free(error);
        if (!value)
            continue;
        entry = json_new_object();
        json_add(entry, "name", json_copy(json_get(property, "name")));
        json_add(entry, "value", value);
        json_append(read, entry);
    }
    if (inventory->tickets)
        facts_add_model(&inventory->facts, cpu, answer(inventory, inventory->flags));
    return true;
}

static bool add_cpus(struct inventory *inventory, struct error *error)
{
    const json *slots = answer(inventory, inventory->slots);
    int64_t most = 0, here;

    facts_add_cpus(&inventory->facts, answer(inventory, inventory->cpus));
    json_each (slot, slots)
        most += json_get_int(slot, "vcpus-count", &here) && here > 0 && here < 4096 ? here : 0;
    if (most)
        facts_add(&inventory->facts, FACT_CPU_SLOTS, json_new_int(most), "CPUs at most");
    return add_model(inventory, error);
}

bool inventory_end(struct inventory *inventory, struct error *error)
{
    struct facts *facts = &inventory->facts;
    const char *qtree;

    add_versions(inventory);
    add_accelerator(inventory);
    add_machine(inventory);
    add_memory(inventory);
    if (!add_cpus(inventory, error))
        return false;
    qtree = json_string(answer(inventory, inventory->qtree));
    if (qtree)
        facts_add_devices(facts, qtree, answer(inventory, inventory->blocks));
    if (json_string(answer(inventory, inventory->networks)))
        facts_add_networks(facts, json_string(answer(inventory, inventory->networks)));
    facts_add_migration(facts, answer(inventory, inventory->capabilities),
        answer(inventory, inventory->parameters));
    facts_add_copy(facts, FACT_UUID, json_get(answer(inventory, inventory->uuid), "UUID"), "UUID");
    facts_add_copy(
        facts, FACT_STATE, json_get(answer(inventory, inventory->status), "status"), "run state");
    return true;
}
