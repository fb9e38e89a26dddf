/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/verdict.h"

#include <stdlib.h>
#include <string.h>

static const char *machine_of(const struct facts *facts)
{
    const struct fact *fact = facts_find(facts, "machine type");
    const char *type = fact ? json_string(fact->value) : NULL;

    return type ? type : "";
}

/* The length of "pc-q35" in "pc-q35-7.2"; of the whole where no release is named. */
static size_t kind_length(const char *type)
{
    const char *dash = strrchr(type, '-');
    bool names_release = dash && dash[1] >= '0' && dash[1] <= '9' && strchr(dash, '.');

    return names_release ? (size_t)(dash - type) : strlen(type);
}

struct verdict_frame verdict_frame(const struct facts *a, const struct facts *b)
{
    const char *type = machine_of(a);

    return (struct verdict_frame){
        .a = a,
        .b = b,
        .same_machine = strcmp(type, machine_of(b)) == 0,
        .versioned = kind_length(type) < strlen(type),
    };
}

bool verdict_same_kind(const struct verdict_frame *frame)
{
    const char *a = machine_of(frame->a), *b = machine_of(frame->b);

    return kind_length(a) == kind_length(b) && strncmp(a, b, kind_length(a)) == 0;
}

static enum verdict note(char **why, const char *sentence)
{
    *why = xstrdup(sentence);
    return VERDICT_NOTE;
}

static enum verdict hinders(char **why, const char *sentence)
{
    *why = xstrdup(sentence);
    return VERDICT_HINDERS;
}

static bool same_value(const json *a, const json *b)
{
    AUTO_FREE char *one = json_to_string(a);
    AUTO_FREE char *other = json_to_string(b);

    return strcmp(one, other) == 0;
}

static bool is_on(const struct fact *fact)
{
    return fact && json_is_true(fact->value);
}

static bool is_on_at(const struct facts *facts, const char *key)
{
    return is_on(facts_find(facts, key));
}

/* Below, at or above zero as the release a is older, the same or newer: "7.2.22". */
static int compare_versions(const char *a, const char *b)
{
    for (int part = 0; part < 3; part++) {
        char *after_a, *after_b;
        unsigned long one = strtoul(a, &after_a, 10), other = strtoul(b, &after_b, 10);

        if (one != other)
            return one < other ? -1 : 1;
        a = *after_a ? after_a + 1 : after_a;
        b = *after_b ? after_b + 1 : after_b;
    }
    return 0;
}

static enum verdict of_version(
    const struct verdict_frame *frame, const struct fact *a, const struct fact *b, char **why)
{
    int order = compare_versions(json_string(a->value), json_string(b->value));

    if (order < 0)
        return note(why, "from an older QEMU to a newer one");
    if (order > 0 && frame->same_machine && frame->versioned)
        return note(why, "to an older QEMU: both know this machine type, but only the other way is "
                         "what QEMU promises");
    if (order > 0)
        return hinders(why, "an older QEMU does not read what a newer one writes, unless both have "
                            "the same machine type of a release");
    return VERDICT_SAME;
}

static enum verdict of_package(const struct verdict_frame *frame, char **why)
{
    const struct fact *a = facts_find(frame->a, "QEMU version");
    const struct fact *b = facts_find(frame->b, "QEMU version");

    if (a && b && !same_value(a->value, b->value))
        return VERDICT_SAME; /* the version says it */
    return note(why, "another build of this release");
}

static enum verdict of_machine(const struct verdict_frame *frame, char **why)
{
    *why = xasprintf(
        "the machine types must be the same: start B with -machine %s", machine_of(frame->a));
    return VERDICT_HINDERS;
}

static bool is_auto(const struct fact *fact)
{
    const char *value = json_string(fact->value);

    return value && strcmp(value, "auto") == 0;
}

/* ROMs and tables grow to the size that arrives, up to what they may have. */
static enum verdict of_ram(const struct fact *a, const struct fact *b, char **why)
{
    struct number here = {0}, there = {0}, most = {0};

    if (!b)
        return hinders(why, "B has no such RAM: the migration fails");
    if (!a)
        return note(why, "A has no such RAM: nothing arrives for it");
    if (json_number(a->value, &here) && json_number(b->value, &there) &&
        json_number(b->most, &most) && there.magnitude != most.magnitude &&
        here.magnitude <= most.magnitude)
        return note(why, "it is resized when it arrives");
    return hinders(why, "RAM must have the same size on both: the migration fails");
}

/* More room at B is no matter: what A has fits in. */
static enum verdict of_room(const struct fact *a, const struct fact *b, char **why)
{
    struct number here = {0}, there = {0};

    if (json_number(a->value, &here) && json_number(b->value, &there) &&
        there.magnitude > here.magnitude)
        return note(why, "B has room for more than the guest knows of");
    return hinders(why, "the guest was told of more room than B has");
}

static enum verdict of_memory(const struct fact *a, const struct fact *b, char **why)
{
    if (strcmp(a->what, "memory maximum size") == 0)
        return of_room(a, b, why);
    if (strcmp(a->what, "memory slots") == 0)
        return hinders(why, "it must have as many slots: the migration fails");
    return hinders(why, "it must have the same memory: the migration fails");
}

static enum verdict of_cpu(const struct fact *a, const struct fact *b, char **why)
{
    if (!b)
        return hinders(why, "B has no such CPU: the migration fails");
    if (!a)
        return note(why, "the guest would have a CPU that it has never seen");
    json_each (member, a->value) {
        const json *other = json_get(b->value, json_key(member));

        if (other && !same_value(member, other))
            return hinders(why, "the guest's CPUs would sit elsewhere");
    }
    return VERDICT_SAME;
}

static enum verdict of_flag(const struct fact *a, const struct fact *b, char **why)
{
    if (is_on(a) && !is_on(b))
        return hinders(why, "the guest may use it, and B's CPU does not have it");
    if (is_on(b) && !is_on(a))
        return note(why, "B's CPU has more than the guest knows of");
    return VERDICT_SAME;
}

static enum verdict of_cpu_value(const struct fact *a, char **why)
{
    if (strcmp(a->what, "CPU tsc-frequency") == 0)
        return note(why, "the guest's clock runs at another rate unless it is scaled");
    if (strcmp(a->what, "CPU ucode-rev") == 0)
        return note(why, "the hosts differ");
    return hinders(why, "the guest would find another CPU");
}

static enum verdict of_device(const struct fact *a, const struct fact *b, char **why)
{
    if (!b)
        return hinders(why, "B has nothing there to take its state: the migration fails");
    if (!a)
        return note(why, "the guest would have a device that it has never seen");
    return hinders(why, "the guest would find another device there");
}

static enum verdict of_medium(const struct fact *a, char **why)
{
    if (is_on(a))
        return hinders(why, "the guest's medium is not in B");
    return note(why, "the guest would find a medium");
}

/*
 * Which side must not have it alone: seen on 7.2, 10.0 and 11.1 (a migration that failed, or never
 * ended), on some of them where they differ.
 */
static const struct {
    const char *what;
    bool a, b;
} alone_hinders[] = {
    {"capability compress", true, false},
    {"capability mapped-ram", true, true},
    {"capability multifd", true, true},
    {"capability postcopy-preempt", false, true},
    {"capability postcopy-ram", true, false},
    {"capability switchover-ack", true, false},
    {"capability x-colo", true, false},
    {"capability x-ignore-shared", true, true},
};

static enum verdict of_capability(const struct fact *a, const struct fact *b, char **why)
{
    const char *what = (a ? a : b)->what;

    if (is_on(a) == is_on(b))
        return VERDICT_SAME;
    for (size_t i = 0; i < sizeof(alone_hinders) / sizeof(alone_hinders[0]); i++)
        if (strcmp(what, alone_hinders[i].what) == 0 &&
            (is_on(a) ? alone_hinders[i].a : alone_hinders[i].b))
            return hinders(why, is_on(a) ? "it must be set on B too: the migration fails"
                                         : "it must be set on A too: the migration fails");
    return note(why, is_on(a) ? "only A has it set" : "only B has it set");
}

static enum verdict of_parameter(
    const struct verdict_frame *frame, const struct fact *a, char **why)
{
    bool is_tls = strcmp(a->what, "parameter tls-creds") == 0;

    if (!is_tls &&
        (!is_on_at(frame->a, "capability multifd") || !is_on_at(frame->b, "capability multifd")))
        return VERDICT_SAME;
    return hinders(
        why, is_tls ? "TLS must be used by both, or by none" : "it must be the same on both");
}

static enum verdict of_networks(const struct fact *a, const struct fact *b, char **why)
{
    struct number here = {0}, there = {0};

    if (json_number(a->value, &here) && json_number(b->value, &there) &&
        here.magnitude < there.magnitude)
        return note(why, "nothing arrives for it");
    return hinders(why, "a netdev of type user has a state of its own: the migration fails");
}

static enum verdict of_uuid(const struct verdict_frame *frame, char **why)
{
    if (is_on_at(frame->a, "capability validate-uuid"))
        return hinders(why, "A has validate-uuid set, which compares them");
    return note(why, "the guest would find another one after a reset");
}

static enum verdict of_state(const struct fact *a, const struct fact *b, char **why)
{
    const char *here = json_string(a->value), *there = json_string(b->value);

    if (!here || !there)
        return VERDICT_SAME;
    if (strcmp(here, "inmigrate") == 0)
        return hinders(why, "A itself waits for a migration");
    if (strcmp(here, "postmigrate") == 0)
        return note(why, "A has been migrated already: the guest may be running elsewhere");
    if (strcmp(there, "inmigrate") != 0)
        return note(why, "B does not wait for a migration: it is to be started with -incoming");
    return VERDICT_SAME;
}

/* Where both have it and the values differ. */
static enum verdict of_values(
    const struct verdict_frame *frame, const struct fact *a, const struct fact *b, char **why)
{
    switch (a->class) {
    case FACT_VERSION:
        return of_version(frame, a, b, why);
    case FACT_PACKAGE:
        return of_package(frame, why);
    case FACT_TARGET:
        return hinders(why, "another processor");
    case FACT_ACCELERATOR:
        return hinders(why, "accelerators keep the state of CPUs and clocks differently");
    case FACT_MACHINE:
        return of_machine(frame, why);
    case FACT_OPTION:
        return is_auto(a) || is_auto(b) ? note(why, "one of them is whatever QEMU chose")
                                        : hinders(why, "the guest would find another machine");
    case FACT_MEMORY:
        return of_memory(a, b, why);
    case FACT_PAGE_SIZE:
        return note(why, "postcopy needs the same pages on both hosts");
    case FACT_CPU_SLOTS:
        return of_room(a, b, why);
    case FACT_CPU_TYPE:
        return hinders(why, "the guest would find another CPU");
    case FACT_CPU_VALUE:
        return of_cpu_value(a, why);
    case FACT_DEVICE_ID:
        return note(why, "ids do not travel: commands must use B's afterwards");
    case FACT_PROPERTY:
        return hinders(why, "the guest would find another device");
    case FACT_MAC:
        return hinders(why, "the guest would have another address after a reset");
    case FACT_BACKEND:
        return note(why, is_on(a) ? "nothing is behind B's" : "nothing is behind A's");
    case FACT_DISK_SIZE:
        return hinders(why, "it is not the same disk");
    case FACT_DISK_READ_ONLY:
        return hinders(why, "the guest would find another disk");
    case FACT_MEDIUM:
        return of_medium(a, why);
    case FACT_USER_NETWORKS:
        return of_networks(a, b, why);
    case FACT_PARAMETER:
        return of_parameter(frame, a, why);
    case FACT_UUID:
        return of_uuid(frame, why);
    case FACT_RAM_BLOCK:
    case FACT_CPU:
    case FACT_CPU_FLAG:
    case FACT_DEVICE:
    case FACT_CAPABILITY:
    case FACT_STATE:
        break;
    }
    return VERDICT_SAME;
}

enum verdict verdict_of(
    const struct verdict_frame *frame, const struct fact *a, const struct fact *b, char **why)
{
    *why = NULL;
    if (a && b && a->class == FACT_STATE)
        return of_state(a, b, why);
    if (a && b && same_value(a->value, b->value))
        return VERDICT_SAME;
    switch ((a ? a : b)->class) {
    case FACT_RAM_BLOCK:
        return of_ram(a, b, why);
    case FACT_CPU:
        return of_cpu(a, b, why);
    case FACT_CPU_FLAG:
        return of_flag(a, b, why);
    case FACT_DEVICE:
        return of_device(a, b, why);
    case FACT_CAPABILITY:
        return of_capability(a, b, why);
    default:
        /* What only one of them tells is known to one of the releases only. */
        return a && b ? of_values(frame, a, b, why) : VERDICT_SAME;
    }
}
