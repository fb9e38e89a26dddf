/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/machine.h"

#include "cli/context.h"

/* "tcg, of kvm, mshv, qtest, tcg" */
static void add_accelerator(json *pairs, const json *machine)
{
    const char *enabled = json_get_string(machine, "accelerator");
    AUTO_TEXT struct text text = TEXT_EMPTY;

    text_add_string(&text, enabled ? enabled : "unknown");
    json_each (item, json_get(machine, "accelerators"))
        text_printf(&text, "%s%s",
            item == json_first(json_get(machine, "accelerators")) ? ", of " : ", ",
            json_string(item) ? json_string(item) : "?");
    json_add_string(pairs, "accelerator", text_string(&text));
}

/* "2 of 4, as sockets 2, cores 2": the levels that are more than one. */
static void add_cpus(json *pairs, const json *machine)
{
    const json *cpus = json_get(machine, "cpus"), *most = json_get(machine, "max-cpus");
    const char *between = ", as ";
    AUTO_TEXT struct text text = TEXT_EMPTY;
    int64_t number;

    if (!cpus)
        return;
    json_print(cpus, &text);
    if (most) {
        text_add_string(&text, " of ");
        json_print(most, &text);
    }
    json_each (level, json_get(machine, "topology")) {
        const char *key = json_key(level);

        if (text_same_name(key, "cpus") || text_same_name(key, "maxcpus") ||
            !json_get_int(json_get(machine, "topology"), key, &number) || number < 2)
            continue;
        text_printf(&text, "%s%s %lld", between, key, (long long)number);
        between = ", ";
    }
    json_add_string(pairs, "cpus", text_string(&text));
}

static void add_sev(json *pairs, const json *machine)
{
    const json *sev = json_get(machine, "sev");
    const json *host = json_get(machine, "sev-capabilities");
    bool enabled = json_get_bool(sev, "enabled", false);

    json_add_string(
        pairs, "sev", !json_is_object(sev) ? "not available" : (enabled ? "on" : "off"));
    json_each (member, enabled ? sev : NULL)
        if (!text_same_name(json_key(member), "enabled")) {
            AUTO_FREE char *key = xasprintf("sev-%s", json_key(member));

            json_replace(pairs, key, json_copy(member));
        }
    if (json_get(host, "cbitpos"))
        json_add(pairs, "sev-cbitpos", json_copy(json_get(host, "cbitpos")));
    if (json_get(host, "reduced-phys-bits"))
        json_add(pairs, "sev-reduced-phys-bits", json_copy(json_get(host, "reduced-phys-bits")));
}

static void view_machine(const json *value, const struct output *output, struct text *text)
{
    AUTO_JSON json *pairs = json_new_object();
    const json *target = json_get(value, "target");

    json_add(pairs, "type", json_copy(json_get(value, "type")));
    add_accelerator(pairs, value);
    if (json_is_string(target))
        json_add(pairs, "target", json_copy(target));
    add_cpus(pairs, value);
    add_sev(pairs, value);
    output_shape(pairs, output, text);
}

static bool run(struct context *context, void *options, struct error *error)
{
    struct session *session = context_session(context, error);
    json *machine;

    (void)options;
    machine = session ? machine_describe(session, error) : NULL;
    return machine && context_result(context, machine, view_machine);
}

static const struct example examples[] = {
    {"-s /run/vm.qmp machine", "what kind of machine it is"},
    {"-s /run/vm.qmp machine --json", "the same for a program, with the whole topology"},
    {NULL, NULL},
};

QMPBOX_COMMAND(machine) = {
    .name = "machine",
    .group = "CPU, memory, machine",
    .summary = "machine type, accelerator, target, CPUs and SEV",
    .description =
        "Prints the machine's type as -machine takes it, the accelerator in use (and those that "
        "this QEMU has, where it lists them), the target's architecture, how many CPUs there are "
        "and may be, and whether AMD SEV is in use. What this QEMU does not tell is left out.\n\n"
        "QEMU 11.1 has a command that names the accelerator. One without it (10.0, 7.2, 5.2) tells "
        "of KVM, and TCG shows in what the human monitor says; any other is unknown there, and "
        "null with --json.\n\n"
        "With --json it is an object with type, accelerator, accelerators, target, cpus, max-cpus, "
        "topology (QEMU's SMP configuration), sev and sev-capabilities (the returns of query-sev "
        "and query-sev-capabilities, null where there are none).",
    .examples = examples,
    .needs = (const char *const[]){"qom-get", "query-cpus-fast", "query-target", NULL},
    .timeout = 30,
    .run = run,
};
