/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/throttle.h"

#include "qmp/arguments.h"
#include "qmp/ask.h"
#include "vm/graph.h"
#include "vm/node.h"
#include "vm/step.h"

#include <inttypes.h>
#include <string.h>

#define MOST UINT64_C(1000000000000000) /* QEMU's THROTTLE_VALUE_MAX */

static const char set_command[] = "block_set_io_throttle";

/* Total, read and write of bytes, then of operations. */
enum { LIMITS = 6, GROUP_OF_LIMITS = 3 };
static const char *const limit_names[LIMITS] = {
    "bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"};

enum aspect { AVERAGE, BURST, LENGTH, ASPECTS };
static const char *const suffixes[ASPECTS] = {"", "_max", "_max_length"};

struct limits {
    uint64_t value[LIMITS][ASPECTS];
    bool given[LIMITS][ASPECTS];
    uint64_t size; /* of one operation; 0: whatever it is */
    bool size_given;
    const char *group; /* borrowed, or NULL */
};

static char *name_of(int limit, enum aspect aspect)
{
    return xasprintf("%s%s", limit_names[limit], suffixes[aspect]);
}

static bool is_set(const struct limits *limits)
{
    for (int i = 0; i < LIMITS; i++)
        if (limits->value[i][AVERAGE])
            return true;
    return false;
}

/* ---------------------------------------------------------------- to and from JSON */

static uint64_t count_of(const json *object, const char *name)
{
    struct number number;

    return json_get_number(object, name, &number) && !number.negative ? number.magnitude : 0;
}

static void read_limits(const json *inserted, struct limits *limits)
{
    *limits = (struct limits){0};
    for (int i = 0; i < LIMITS; i++)
        for (enum aspect aspect = AVERAGE; aspect < ASPECTS; aspect++) {
            AUTO_FREE char *name = name_of(i, aspect);

            limits->value[i][aspect] = count_of(inserted, name);
        }
    limits->size = count_of(inserted, "iops_size");
    limits->group = json_get_string(inserted, "group");
}

static void add_count(json *object, const char *name, uint64_t value)
{
    json_add(object, name, json_new_number((struct number){.magnitude = value}));
}

/* What is not set is left out, but for the averages where all of them are wanted. */
static void write_limits(json *object, const struct limits *limits, bool all)
{
    for (int i = 0; i < LIMITS; i++)
        for (enum aspect aspect = AVERAGE; aspect < ASPECTS; aspect++) {
            AUTO_FREE char *name = name_of(i, aspect);
            bool needed = aspect == AVERAGE ? all : limits->value[i][BURST];

            if (needed || limits->value[i][aspect])
                if (aspect != LENGTH || limits->value[i][aspect] > 1)
                    add_count(object, name, limits->value[i][aspect]);
        }
    if (limits->size)
        add_count(object, "iops_size", limits->size);
    if (limits->group && (is_set(limits) || all))
        json_add_string(object, "group", limits->group);
}

/* QEMU makes a group of the device's own where none is named. */
static bool is_own_group(const json *block, const char *group)
{
    const char *qdev = json_get_string(block, "qdev"), *drive = json_get_string(block, "device");

    return (qdev && strcmp(group, qdev) == 0) || (drive && strcmp(group, drive) == 0);
}

json *throttle_of(const json *block)
{
    json *object = json_new_object();
    struct limits limits;

    read_limits(json_get(block, "inserted"), &limits);
    if (limits.group && is_own_group(block, limits.group))
        limits.group = NULL;
    write_limits(object, &limits, false);
    return object;
}

/* ---------------------------------------------------------------- what was typed */

/* Is it a word, or a member of the whole object, of this name? */
static bool is_given(const struct throttle_request *request, const char *name)
{
    for (size_t i = 0; i < request->words->count && !request->whole; i++) {
        AUTO_FREE char *key = words_key(request->words->item[i]);

        if (key && text_same_name(key, name))
            return true;
    }
    return json_get(request->whole, name);
}

static const char *string_given(const struct throttle_request *request, const char *name)
{
    return request->whole ? json_get_string(request->whole, name)
                          : words_find(request->words, name);
}

const char *throttle_target(const struct throttle_request *request, struct error *error)
{
    const char *id = string_given(request, "id"), *device = string_given(request, "device");
    size_t count = request->whole ? json_count(request->whole) : request->words->count;

    if (id && device) {
        error_set(error, ERROR_USAGE, "id= and device= both name the device: give one of them");
        return NULL;
    }
    id = id ? id : device;
    if (!id || !*id) {
        error_set(error, ERROR_USAGE, "which device? Give its id, such as id=d1");
        return NULL;
    }
    if (count == 1) {
        error_set(error, ERROR_USAGE,
            "which limits of %s? Give those that are to change, such as bps=10M, or bps=0 for none",
            id);
        return NULL;
    }
    return id;
}

/* The words for QEMU: the device as it knows it, and something for each member that it demands. */
static void complete_words(const struct throttle_request *request, const char *key,
    const char *value, struct strings *words)
{
    for (size_t i = 0; i < request->words->count; i++) {
        AUTO_FREE char *its = words_key(request->words->item[i]);

        if (!its || (strcmp(its, "id") != 0 && strcmp(its, "device") != 0))
            strings_add(words, request->words->item[i]);
    }
    strings_printf(words, "%s=%s", key, value);
    for (int i = 0; i < LIMITS; i++)
        if (!is_given(request, limit_names[i]))
            strings_printf(words, "%s=0", limit_names[i]);
}

static json *complete_whole(
    const struct throttle_request *request, const char *key, const char *value)
{
    json *whole = json_new_object();

    json_each (member, request->whole)
        if (strcmp(json_key(member), "id") != 0 && strcmp(json_key(member), "device") != 0)
            json_add(whole, json_key(member), json_copy(member));
    json_add_string(whole, key, value);
    for (int i = 0; i < LIMITS; i++)
        if (!is_given(request, limit_names[i]))
            json_add_int(whole, limit_names[i], 0);
    return whole;
}

/* What was typed, of the types that this QEMU wants; the caller frees. A device that sits on
 * another (virtio, USB) is known to QEMU by the path alone, and so is sent as query-block has it.
 */
static json *typed(struct session *session, const struct throttle_request *request,
    const json *block, struct error *error)
{
    const char *qdev = json_get_string(block, "qdev"), *drive = json_get_string(block, "device");
    const char *key = qdev ? "id" : "device", *value = qdev ? qdev : drive;
    AUTO_STRINGS struct strings words = {0};
    AUTO_JSON json *whole = NULL;

    if (request->whole)
        whole = complete_whole(request, key, value ? value : "");
    else
        complete_words(request, key, value ? value : "", &words);
    return arguments_for(session, set_command, &words, whole, error);
}

static bool take_count(
    const json *arguments, const char *name, uint64_t *value, struct error *error)
{
    struct number number;

    if (!json_get_number(arguments, name, &number) || number.negative || number.magnitude > MOST)
        return error_set(
            error, ERROR_USAGE, "%s: a limit is between 0 (none) and %" PRIu64, name, MOST);
    *value = number.magnitude;
    return true;
}

/* Puts what was given over what holds. */
static bool apply(const struct throttle_request *request, const json *arguments,
    struct limits *limits, struct error *error)
{
    for (int i = 0; i < LIMITS; i++)
        for (enum aspect aspect = AVERAGE; aspect < ASPECTS; aspect++) {
            AUTO_FREE char *name = name_of(i, aspect);

            limits->given[i][aspect] = is_given(request, name);
            if (limits->given[i][aspect] &&
                !take_count(arguments, name, &limits->value[i][aspect], error))
                return false;
        }
    limits->size_given = is_given(request, "iops_size");
    if (limits->size_given && !take_count(arguments, "iops_size", &limits->size, error))
        return false;
    return true;
}

/* ---------------------------------------------------------------- what goes together */

static void drop(
    struct session *session, struct limits *limits, int limit, enum aspect aspect, const char *why)
{
    AUTO_FREE char *name = name_of(limit, aspect);

    report_note(session_report(session), "%s=%" PRIu64 " is dropped: %s", name,
        limits->value[limit][aspect], why);
    limits->value[limit][aspect] = 0;
}

/* A limit of all and one of reads or writes alone exclude each other: what was given stays. */
static bool part_total(struct session *session, struct limits *limits, int total,
    enum aspect aspect, struct error *error)
{
    bool total_given = limits->given[total][aspect] && limits->value[total][aspect];
    AUTO_FREE char *total_name = name_of(total, aspect);

    for (int part = total + 1; part < total + GROUP_OF_LIMITS; part++) {
        AUTO_FREE char *name = name_of(part, aspect);
        AUTO_FREE char *why = NULL;

        if (!limits->value[total][aspect] || !limits->value[part][aspect])
            continue;
        if (total_given && limits->given[part][aspect])
            return error_set(error, ERROR_USAGE,
                "%s and %s do not go together: one limits all, the other a part", total_name, name);
        why = xasprintf("it does not go with %s", total_given ? total_name : name);
        drop(session, limits, total_given ? part : total, aspect, why);
    }
    return true;
}

static bool check_burst(
    struct session *session, struct limits *limits, int limit, struct error *error)
{
    const uint64_t *value = limits->value[limit];
    const bool *given = limits->given[limit];
    AUTO_FREE char *name = name_of(limit, BURST);
    AUTO_FREE char *why = NULL;

    if (!value[BURST] || (value[AVERAGE] && value[BURST] >= value[AVERAGE]))
        return true;
    why = value[AVERAGE]
              ? xasprintf("it is less than %s=%" PRIu64, limit_names[limit], value[AVERAGE])
              : xasprintf("it is the burst of %s, which is not set", limit_names[limit]);
    if (given[BURST])
        return error_set(error, ERROR_USAGE, "%s: %s", name, why);
    drop(session, limits, limit, BURST, why);
    return true;
}

static bool check_length(struct limits *limits, int limit, struct error *error)
{
    uint64_t *value = limits->value[limit];
    bool given = limits->given[limit][LENGTH];
    AUTO_FREE char *name = name_of(limit, LENGTH);
    AUTO_FREE char *burst = name_of(limit, BURST);

    if (given && !value[LENGTH])
        return error_set(error, ERROR_USAGE, "%s: a burst lasts a second at least", name);
    if (given && !value[BURST])
        return error_set(error, ERROR_USAGE,
            "%s: it is the length of the burst %s, which is not set", name, burst);
    if (!value[BURST])
        value[LENGTH] = 0;
    if (value[BURST] && value[LENGTH] > MOST / value[BURST])
        return error_set(
            error, ERROR_USAGE, "%s times %s is more than %" PRIu64, name, burst, MOST);
    return true;
}

static bool check_size(struct session *session, struct limits *limits, struct error *error)
{
    static const char why[] = "no limit of operations is set";

    if (!limits->size || limits->value[3][AVERAGE] || limits->value[4][AVERAGE] ||
        limits->value[5][AVERAGE])
        return true;
    if (limits->size_given)
        return error_set(error, ERROR_USAGE, "iops_size: %s", why);
    report_note(session_report(session), "iops_size=%" PRIu64 " is dropped: %s", limits->size, why);
    limits->size = 0;
    return true;
}

/* Does nothing when no limit is set. */
static bool check_group(
    const struct throttle_request *request, const struct limits *limits, struct error *error)
{
    return !is_given(request, "group") || is_set(limits) ||
           error_set(error, ERROR_USAGE,
               "group: it has no effect while no limit is set; give one, such as bps=10M");
}

/* Makes of it what QEMU takes; kind usage where words exclude each other. */
static bool settle(struct session *session, struct limits *limits, struct error *error)
{
    for (int total = 0; total < LIMITS; total += GROUP_OF_LIMITS)
        if (!part_total(session, limits, total, AVERAGE, error))
            return false;
    for (int i = 0; i < LIMITS; i++)
        if (!check_burst(session, limits, i, error))
            return false;
    for (int i = 0; i < LIMITS; i++)
        if (!check_length(limits, i, error))
            return false;
    return check_size(session, limits, error);
}

/* ---------------------------------------------------------------- setting */

static json *arguments_of(const json *arguments, const struct limits *limits)
{
    json *all = json_new_object();
    const char *key = json_get(arguments, "id") ? "id" : "device";

    json_add_string(all, key, json_get_string(arguments, key));
    write_limits(all, limits, true);
    return all;
}

static const json *find_block(const json *blocks, const json *arguments)
{
    const char *id = json_get_string(arguments, "id");

    return id ? json_find(blocks, "qdev", id)
              : json_find(blocks, "device", json_get_string(arguments, "device"));
}

/* What holds before the change: the limits of the device, or of the group that it joins. */
static void read_base(const json *blocks, const json *block, const char *group,
    const struct limits *old, struct limits *base)
{
    *base = *old;
    json_each (other, blocks) {
        const json *inserted = json_get(other, "inserted");
        const char *its = json_get_string(inserted, "group");

        if (other != block && group && its && strcmp(its, group) == 0)
            read_limits(inserted, base);
    }
    if (group)
        base->group = group;
}

/* QEMU calls the length of a burst 1 where none was given. */
static bool same_limits(const struct limits *a, const struct limits *b)
{
    for (int i = 0; i < LIMITS; i++) {
        const uint64_t *one = a->value[i], *other = b->value[i];

        if (one[AVERAGE] != other[AVERAGE] || one[BURST] != other[BURST] ||
            (one[LENGTH] > 1 ? one[LENGTH] : 1) != (other[LENGTH] > 1 ? other[LENGTH] : 1))
            return false;
    }
    return a->size == b->size;
}

/* Do the limits hold that the step sets? */
static bool limits_hold(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *blocks = session_ask(session, "query-block", NULL, error);
    struct limits wanted, found;

    if (!blocks)
        return false;
    read_limits(step->arguments, &wanted);
    read_limits(json_get(find_block(blocks, step->arguments), "inserted"), &found);
    *present = same_limits(&wanted, &found);
    return true;
}

static void note_others(struct session *session, const json *blocks, const json *block)
{
    const char *group = json_get_string(json_get(block, "inserted"), "group");
    const char *driver = json_get_string(json_get(block, "inserted"), "drv");

    json_each (other, blocks) {
        const char *its = json_get_string(json_get(other, "inserted"), "group");
        AUTO_FREE char *id = node_block_id(other);

        if (other != block && group && its && strcmp(its, group) == 0)
            report_note(session_report(session), "%s is in the same group %s: it shares the limits",
                id, group);
    }
    if (driver && strcmp(driver, "throttle") == 0)
        report_note(session_report(session),
            "its node %s is a throttle filter, whose own limits, those of a throttle-group object, "
            "hold as well",
            json_get_string(json_get(block, "inserted"), "node-name"));
}

static bool read_back(
    struct session *session, const json *arguments, json **result, struct error *error)
{
    AUTO_JSON json *blocks = session_ask(session, "query-block", NULL, error);
    const json *block = find_block(blocks, arguments);
    AUTO_FREE char *id = block ? node_block_id(block) : NULL;

    if (!blocks)
        return error_prefix(error, "the limits are set, but could not be read back");
    if (!block)
        return error_set(error, ERROR_FAILED, "the device has left");
    note_others(session, blocks, block);
    *result = json_new_object();
    json_add_string(*result, "id", id);
    json_add(*result, "throttle", throttle_of(block));
    return true;
}

static void plan(struct steps *steps, const json *arguments, const struct limits *old,
    const struct limits *limits)
{
    struct step *step = steps_add(steps, set_command, arguments_of(arguments, limits), 0);

    step_undo_by(step, "the limits", set_command, arguments_of(arguments, old), limits_hold);
}

bool throttle_set(struct session *session, const struct throttle_request *request, bool dry_run,
    json **result, struct error *error)
{
    const char *target = throttle_target(request, error);
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_JSON json *blocks = target ? session_ask(session, "query-block", NULL, error) : NULL;
    const struct graph graph = {.blocks = blocks};
    const json *block = blocks ? graph_require_block(&graph, target, error) : NULL;
    AUTO_JSON json *arguments = block ? typed(session, request, block, error) : NULL;
    struct limits old, limits;

    if (!arguments)
        return false;
    read_limits(json_get(block, "inserted"), &old);
    read_base(blocks, block, json_get_string(arguments, "group"), &old, &limits);
    if (!apply(request, arguments, &limits, error) || !settle(session, &limits, error) ||
        !check_group(request, &limits, error))
        return false;
    plan(&steps, arguments, &old, &limits);
    return steps_run(&steps, session, dry_run, error) &&
           (dry_run || read_back(session, arguments, result, error));
}
