/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/blockstats.h"

#include "qmp/ask.h"
#include "vm/node.h"

#include <inttypes.h>
#include <string.h>

/* ---------------------------------------------------------------- rows */

enum { COUNTERS = 4 };

struct kind {
    const char *name;
    const char *counter[COUNTERS]; /* bytes, operations, failed, time */
};

static const struct kind kinds[] = {
    {"read", {"rd_bytes", "rd_operations", "failed_rd_operations", "rd_total_time_ns"}},
    {"write", {"wr_bytes", "wr_operations", "failed_wr_operations", "wr_total_time_ns"}},
    {"flush", {NULL, "flush_operations", "failed_flush_operations", "flush_total_time_ns"}},
    {"unmap",
        {"unmap_bytes", "unmap_operations", "failed_unmap_operations", "unmap_total_time_ns"}},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* A counter that is not there, or is no count, is 0. */
static uint64_t counter(const json *stats, const char *name)
{
    struct number number;

    return name && json_get_number(stats, name, &number) && !number.negative ? number.magnitude : 0;
}

static void add_count(json *object, const char *key, uint64_t value)
{
    json_add(object, key, json_new_number((struct number){.magnitude = value}));
}

/* before may be NULL: all since the start. */
static void add_kind(json *row, const struct kind *kind, const json *before, const json *after)
{
    static const char *const names[COUNTERS] = {"bytes", "operations", "failed", "time"};
    uint64_t change[COUNTERS];
    json *object = json_add_object(row, kind->name);

    for (int i = 0; i < COUNTERS; i++) {
        change[i] = counter(after, kind->counter[i]) - counter(before, kind->counter[i]);
        add_count(object, names[i], change[i]);
    }
    /* The time of operations that failed is counted only where the device is told to. */
    add_count(object, "timed",
        change[1] + (json_get_bool(after, "account_failed", true) ? change[2] : 0));
}

static json *new_row(const json *entry)
{
    json *row = json_new_object();
    AUTO_FREE char *id = node_block_id(entry);

    json_add_string(row, "device", id);
    return row;
}

static void add_kinds(json *row, const json *before, const json *after)
{
    for (size_t i = 0; i < KINDS; i++)
        add_kind(row, &kinds[i], before, after);
}

json *blockstats_rows(const json *stats)
{
    json *rows = json_new_array();

    json_each (entry, stats) {
        json *row = new_row(entry);

        add_kinds(row, NULL, json_get(entry, "stats"));
        json_append(rows, row);
    }
    return rows;
}

json *blockstats_node_rows(const json *stats)
{
    json *rows = json_new_array();

    json_each (entry, stats) {
        const char *name = json_get_string(entry, "node-name");
        json *row = json_new_object();

        json_add_string(row, "node", name ? name : "");
        add_count(row, "highest-write", counter(json_get(entry, "stats"), "wr_highest_offset"));
        json_each (member, json_get(entry, "driver-specific"))
            if (json_is_number(member))
                json_add(row, json_key(member), json_copy(member));
        json_append(rows, row);
    }
    return rows;
}

/* ---------------------------------------------------------------- between two looks */

static bool same_string(const json *a, const json *b, const char *key)
{
    const char *its = json_get_string(a, key), *other = json_get_string(b, key);

    return its && other ? strcmp(its, other) == 0 : its == other;
}

static const json *find_same(const json *list, const json *entry)
{
    json_each (other, list)
        if (same_string(entry, other, "qdev") && same_string(entry, other, "device"))
            return other;
    return NULL;
}

/* Has any counter gone back? */
static bool began_anew(const json *before, const json *after)
{
    for (size_t i = 0; i < KINDS; i++)
        for (int j = 0; j < COUNTERS; j++)
            if (counter(after, kinds[i].counter[j]) < counter(before, kinds[i].counter[j]))
                return true;
    return false;
}

json *blockstats_changes(const json *before, const json *after, int64_t elapsed)
{
    json *rows = json_new_array();

    json_each (entry, after) {
        const json *first = json_get(find_same(before, entry), "stats");
        const json *second = json_get(entry, "stats");
        json *row = new_row(entry);

        if (!first || began_anew(first, second))
            json_add_bool(row, "new", true);
        else
            add_kinds(row, first, second);
        json_add_int(row, "elapsed", elapsed);
        json_append(rows, row);
    }
    return rows;
}

/* ---------------------------------------------------------------- watching */

struct look {
    struct message *reply;
    json *stats;
    int64_t time;
};

static void look_free(struct look *look)
{
    message_free(look->reply);
    json_free(look->stats);
    *look = (struct look){0};
}

static bool take_look(struct session *session, bool nodes, struct look *look, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();
    struct slice value = {"[]", 2};

    if (nodes)
        json_add_bool(arguments, "query-nodes", true);
    if (!session_execute(session, "query-blockstats", arguments, &look->reply, error))
        return false;
    look->time = clock_now();
    (void)message_get(look->reply, "return", &value);
    look->stats = json_parse(value.bytes, value.length, error);
    return look->stats;
}

/* The VM has ended, or the time is over: is that what was to be waited for? */
static bool explain_end(const struct blockstats_watch *watch, int64_t given, enum error_kind kind,
    const char *what, struct error *error)
{
    error_free(error);
    return !watch->count || error_set(error, kind, "%s; reports that came: %" PRId64 " of %" PRId64,
                                what, given, watch->count);
}

/* The connection broke: after a SHUTDOWN that is the end of what there is to see. */
static bool explain_break(struct session *session, const struct blockstats_watch *watch,
    int64_t given, struct error *error)
{
    if (error->kind != ERROR_PROTOCOL || !session_saw_shutdown(session))
        return false;
    if (!watch->count)
        report_note(session_report(session), "the VM shut down");
    return explain_end(watch, given, ERROR_FAILED, "the VM shut down before that", error);
}

bool blockstats_watch(
    struct session *session, const struct blockstats_watch *watch, struct error *error)
{
    AUTO(look_free) struct look before = {0};
    int64_t next, given = 0;

    if (!take_look(session, watch->nodes, &before, error))
        return false;
    next = before.time;
    while (!watch->count || given < watch->count) {
        AUTO(look_free) struct look after = {0};

        /* By the clock, not from look to look, unless looking takes longer than that. */
        next += watch->interval;
        if (next < clock_now())
            next = clock_now();
        if (!loop_sleep(session_loop(session), clock_earlier(next, watch->end), error))
            return false;
        if (clock_now() >= watch->end)
            return explain_end(watch, given, ERROR_TIMEOUT, "the time is over", error);
        if (!take_look(session, watch->nodes, &after, error))
            return explain_break(session, watch, given, error);
        watch->give(watch->data, before.stats, after.stats, after.time - before.time, &after.reply);
        given++;
        if (!watch->flush(watch->data, error))
            return false;
        look_free(&before);
        before = after;
        after = (struct look){0};
    }
    return true;
}
