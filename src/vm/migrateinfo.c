/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/migrateinfo.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PASSES = 3,     /* go over all of the memory, or over what was written meanwhile */
    MANY_PASSES = 6,      /* and it still has not ended */
    MIB = 1024 * 1024,    /* bytes */
    MEGABIT = 1000000 / 8 /* bytes */
};

static uint64_t count_of(const json *object, const char *name)
{
    struct number number;

    return json_get_number(object, name, &number) && !number.negative ? number.magnitude : 0;
}

static uint64_t product(uint64_t a, uint64_t b)
{
    uint64_t result;

    return __builtin_mul_overflow(a, b, &result) ? UINT64_MAX : result;
}

static uint64_t sum(const json *reply, const char *name)
{
    uint64_t result;

    return __builtin_add_overflow(count_of(json_get(reply, "ram"), name),
               count_of(json_get(reply, "disk"), name), &result)
               ? UINT64_MAX
               : result;
}

/* From a number of megabits, which has a fraction. */
static uint64_t bandwidth_of(const json *ram)
{
    const char *digits = json_digits(json_get(ram, "mbps"));
    double bytes = digits ? strtod(digits, NULL) * MEGABIT : 0;

    return bytes >= 0 && bytes < 0x1p63 ? (uint64_t)bytes : 0;
}

void migrateinfo_read(const json *reply, struct migrateinfo *info)
{
    const json *ram = json_get(reply, "ram");

    *info = (struct migrateinfo){
        .status = json_get_string(reply, "status"),
        .error_desc = json_get_string(reply, "error-desc"),
        .has_ram = json_is_object(ram),
        .transferred = sum(reply, "transferred"),
        .remaining = sum(reply, "remaining"),
        .total = sum(reply, "total"),
        .page_size = count_of(ram, "page-size"),
        .dirty_rate = product(count_of(ram, "dirty-pages-rate"), count_of(ram, "page-size")),
        .bandwidth = bandwidth_of(ram),
        .passes = count_of(ram, "dirty-sync-count"),
        .postcopy_requests = count_of(ram, "postcopy-requests"),
        .throttle = count_of(reply, "cpu-throttle-percentage"),
        .has_expected_downtime = json_get(reply, "expected-downtime"),
        .has_downtime = json_get(reply, "downtime"),
        .expected_downtime = count_of(reply, "expected-downtime"),
        .downtime = count_of(reply, "downtime"),
        .total_time = count_of(reply, "total-time"),
        .setup_time = count_of(reply, "setup-time"),
    };
    if (info->status && strcmp(info->status, "none") == 0)
        info->status = NULL;
    if (info->expected_downtime >= INT64_MAX) /* 11.1, before it has measured anything */
        info->has_expected_downtime = false;
}

bool migrateinfo_is_incoming(const struct migrateinfo *info, const char *run_state)
{
    enum migrate_phase phase = migrateinfo_phase(info->status);

    if (run_state && strcmp(run_state, "inmigrate") == 0)
        return true;
    return !info->has_ram && (phase == MIGRATE_COMPLETED || phase == MIGRATE_POSTCOPY ||
                                 phase == MIGRATE_POSTCOPY_PAUSED);
}

enum migrate_phase migrateinfo_phase(const char *status)
{
    static const struct {
        const char *status;
        enum migrate_phase phase;
    } phases[] = {
        {"none", MIGRATE_NONE},
        {"pre-switchover", MIGRATE_PRE_SWITCHOVER},
        {"postcopy-device", MIGRATE_POSTCOPY},
        {"postcopy-active", MIGRATE_POSTCOPY},
        {"postcopy-recover-setup", MIGRATE_POSTCOPY},
        {"postcopy-recover", MIGRATE_POSTCOPY},
        {"postcopy-paused", MIGRATE_POSTCOPY_PAUSED},
        {"completed", MIGRATE_COMPLETED},
        {"failed", MIGRATE_FAILED},
        {"cancelled", MIGRATE_CANCELLED},
    };

    if (!status)
        return MIGRATE_NONE;
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
        if (strcmp(phases[i].status, status) == 0)
            return phases[i].phase;
    return MIGRATE_RUNNING;
}

bool migrateinfo_is_handed_over(const char *status, const char *run_state)
{
    return migrateinfo_phase(status) == MIGRATE_RUNNING && text_is(run_state, "finish-migrate");
}

bool migrateinfo_is_under_way(enum migrate_phase phase)
{
    return phase != MIGRATE_NONE && phase < MIGRATE_COMPLETED;
}

/* A rate for people; src/ui, which has the units, is out of reach from here. */
static void add_rate(struct text *text, uint64_t bytes)
{
    if (bytes >= 10 * (uint64_t)MIB)
        text_printf(text, "%" PRIu64 " MiB/s", bytes / MIB);
    else if (bytes >= MIB)
        text_printf(
            text, "%" PRIu64 ".%" PRIu64 " MiB/s", bytes / MIB, bytes % MIB * 10 / (uint64_t)MIB);
    else
        text_printf(text, "%" PRIu64 " KiB/s", bytes / 1024);
}

/*
 * Does it not end by itself? A guest that writes the same pages again and again is seen to write
 * just what has been transferred: its rate swings about the bandwidth, wider on a busy host.
 */
static bool is_endless(const struct migrateinfo *info)
{
    uint64_t slack = info->bandwidth / (info->passes < MANY_PASSES ? 5 : 4);

    return migrateinfo_phase(info->status) == MIGRATE_RUNNING && info->passes >= FIRST_PASSES &&
           info->dirty_rate && info->dirty_rate >= info->bandwidth - slack;
}

char *migrateinfo_advice(const struct migrateinfo *info)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (!is_endless(info))
        return NULL;
    text_add_string(&text, "it does not converge: the guest writes ");
    add_rate(&text, info->dirty_rate);
    text_add_string(&text, " of memory anew and ");
    add_rate(&text, info->bandwidth);
    text_add_string(&text, " are transferred. More bandwidth (qmpbox migrate-set "
                           "max-bandwidth=...) or a pause of the VM (qmpbox pause) ends it; ");
    text_add_string(&text,
        info->throttle ? "the guest is held back already; " : "so does --set auto-converge=on, ");
    text_add_string(&text, info->throttle ? "--postcopy helps when it is begun anew"
                                          : "or --postcopy, when it is begun anew");
    return text_take(&text);
}

static void add_part(struct text *text, const char *name)
{
    text_printf(text, "%s%s", text->length ? ", " : "", name);
}

char *migrateinfo_detail(const struct migrateinfo *info)
{
    enum migrate_phase phase = migrateinfo_phase(info->status);
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (info->passes) {
        add_part(&text, "pass ");
        text_printf(&text, "%" PRIu64, info->passes);
    }
    if (info->dirty_rate) {
        add_part(&text, "dirty ");
        add_rate(&text, info->dirty_rate);
    }
    if (info->throttle) {
        add_part(&text, "guest held back by ");
        text_printf(&text, "%" PRIu64 " %%", info->throttle);
    }
    if (phase == MIGRATE_COMPLETED && info->has_downtime) {
        add_part(&text, "downtime ");
        text_printf(&text, "%" PRIu64 " ms", info->downtime);
    } else if (phase == MIGRATE_RUNNING && info->has_expected_downtime) {
        add_part(&text, "downtime ");
        text_printf(&text, "%" PRIu64 " ms expected", info->expected_downtime);
    }
    return text_take(&text);
}
