/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/compare.h"

#include "vm/inventory.h"
#include "vm/verdict.h"

#include <stdlib.h>
#include <string.h>

/* One VM's facts, to be found by their keys. */
struct side {
    const struct facts *facts;
    const struct fact **sorted;
    bool *lone; /* by position: a device that the other has not, so that its facts mean nothing */
};

static void side_free(struct side *side)
{
    free(side->sorted);
    free(side->lone);
}
#define AUTO_SIDE AUTO(side_free)

static int by_key(const void *a, const void *b)
{
    const struct fact *one = *(const struct fact *const *)a;
    const struct fact *other = *(const struct fact *const *)b;
    int order = strcmp(one->key, other->key);

    return order ? order : (one > other) - (one < other);
}

static struct side side_of(const struct facts *facts)
{
    struct side side = {facts, xcalloc(facts->count + 1, sizeof(const struct fact *)),
        xcalloc(facts->count + 1, sizeof(bool))};

    for (size_t i = 0; i < facts->count; i++)
        side.sorted[i] = &facts->item[i];
    if (facts->count)
        qsort(side.sorted, facts->count, sizeof(const struct fact *), by_key);
    return side;
}

static const struct fact *find(const struct side *side, const char *key)
{
    size_t low = 0, high = side->facts->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(side->sorted[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < side->facts->count && strcmp(side->sorted[low]->key, key) == 0 ? side->sorted[low]
                                                                                : NULL;
}

static size_t position(const struct side *side, const struct fact *fact)
{
    return (size_t)(fact - side->facts->item);
}

/* Does the fact belong to a device that is not in both? Those below such a one are alone too. */
static bool is_orphan(const struct side *side, const struct fact *fact)
{
    const struct fact *owner = fact->owner ? find(side, fact->owner) : NULL;

    if (!owner || !side->lone[position(side, owner)])
        return false;
    side->lone[position(side, fact)] = fact->class == FACT_DEVICE;
    return true;
}

struct comparison {
    struct verdict_frame frame;
    struct side a, b;
    json *differences;
    json *equal; /* or NULL */
    bool hindered;
    bool devices; /* are they compared? */
};

static void add_difference(struct comparison *comparison, const char *what, const json *a,
    const json *b, bool hinders, const char *why)
{
    json *difference = json_new_object();

    json_add_string(difference, "what", what);
    json_add(difference, "a", a ? json_copy(a) : json_new_null());
    json_add(difference, "b", b ? json_copy(b) : json_new_null());
    json_add_bool(difference, "hinders", hinders);
    json_add_string(difference, "why", why);
    json_append(comparison->differences, difference);
    comparison->hindered |= hinders;
}

static bool is_compared(const struct comparison *comparison, const struct fact *fact)
{
    enum facts_group group = facts_group_of(fact->class);

    if (group == FACTS_ALONE)
        return true;
    if ((group == FACTS_DEVICES || group == FACTS_DISKS) && !comparison->devices)
        return false;
    return comparison->a.facts->told[group] && comparison->b.facts->told[group];
}

static void judge(struct comparison *comparison, const struct fact *a, const struct fact *b)
{
    AUTO_FREE char *why = NULL;
    const struct fact *any = a ? a : b;
    enum verdict verdict = verdict_of(&comparison->frame, a, b, &why);

    if (verdict != VERDICT_SAME) {
        add_difference(comparison, any->what, a ? a->value : NULL, b ? b->value : NULL,
            verdict == VERDICT_HINDERS, why);
    } else if (a && b && comparison->equal) {
        json *equal = json_new_object();

        json_add_string(equal, "what", a->what);
        json_add(equal, "value", json_copy(a->value));
        json_append(comparison->equal, equal);
    }
}

static bool is_other_device(const struct fact *a, const struct fact *b)
{
    const char *one = json_string(a->value);
    const char *other = b ? json_string(b->value) : NULL;

    return a->class == FACT_DEVICE && (!one || !other || strcmp(one, other) != 0);
}

static void compare_side(struct comparison *comparison, const struct side *side)
{
    bool is_a = side == &comparison->a;
    const struct side *others = is_a ? &comparison->b : &comparison->a;

    for (size_t i = 0; i < side->facts->count; i++) {
        const struct fact *fact = &side->facts->item[i];
        const struct fact *other;

        if (!is_compared(comparison, fact) || is_orphan(side, fact))
            continue;
        other = find(others, fact->key);
        if (other && other->class != fact->class)
            continue; /* forged */
        side->lone[i] = is_other_device(fact, other);
        if (is_a)
            judge(comparison, fact, other);
        else if (!other)
            judge(comparison, NULL, fact);
    }
}

/* What cannot be compared is said. */
static void add_gaps(struct comparison *comparison)
{
    const struct facts *a = comparison->a.facts, *b = comparison->b.facts;

    if (!comparison->devices)
        add_difference(comparison, facts_group_name(FACTS_DEVICES), NULL, NULL, false,
            "not compared, since the machine types are of different kinds");
    for (enum facts_group group = 0; group < FACTS_GROUPS; group++) {
        bool in_a = a->told[group], in_b = b->told[group];

        /* Machines without a CPU have no flags. */
        if ((in_a && in_b) || (!in_a && !in_b && group == FACTS_CPU_MODEL))
            continue;
        add_difference(comparison, facts_group_name(group), NULL, NULL, false,
            in_a   ? "not compared: B does not tell"
            : in_b ? "not compared: A does not tell"
                   : "not compared: neither tells");
    }
}

json *compare_facts(const struct facts *a, const struct facts *b, bool all)
{
    AUTO_SIDE struct side side_a = side_of(a);
    AUTO_SIDE struct side side_b = side_of(b);
    struct comparison comparison = {.frame = verdict_frame(a, b), .a = side_a, .b = side_b};
    json *result = json_new_object();

    comparison.differences = json_add_array(result, "differences");
    comparison.equal = all ? json_add_array(result, "equal") : NULL;
    comparison.devices = all || verdict_same_kind(&comparison.frame);
    compare_side(&comparison, &comparison.a);
    compare_side(&comparison, &comparison.b);
    add_gaps(&comparison);
    json_add_bool(result, "migratable", !comparison.hindered);
    return result;
}

/* Says which of the two it is. */
static bool fail(struct error *error, const char *name, const struct session *session)
{
    return error_prefix(error, "%s (%s)", name, session_address(session));
}

static bool take_inventories(struct inventory *a, struct inventory *b, struct error *error)
{
    bool (*const steps[])(struct inventory *, struct error *) = {
        inventory_proceed, inventory_read_cpu, inventory_end};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (!steps[i](a, error))
            return fail(error, "A", a->session);
        if (!steps[i](b, error))
            return fail(error, "B", b->session);
    }
    return true;
}

json *compare_sessions(struct session *a, struct session *b, bool all, struct error *error)
{
    AUTO_INVENTORY struct inventory one = {0};
    AUTO_INVENTORY struct inventory other = {0};

    if (!inventory_begin(&one, a, error)) {
        fail(error, "A", a);
        return NULL;
    }
    if (!inventory_begin(&other, b, error)) {
        fail(error, "B", b);
        return NULL;
    }
    if (!take_inventories(&one, &other, error))
        return NULL;
    return compare_facts(&one.facts, &other.facts, all);
}
