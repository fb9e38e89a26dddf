/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What query-migrate says, as numbers and sentences. */
#include "tap.h"
#include "vm/migrateinfo.h"
#include "vm/migratepicture.h"

/* Read from JSON, whose tree stays the caller's. */
static json *read_info(const char *text, struct migrateinfo *info)
{
    AUTO_ERROR struct error error = {0};
    json *reply = json_parse(text, strlen(text), &error);

    ok(reply, "it is JSON: %s", error.message ? error.message : "");
    migrateinfo_read(reply, info);
    return reply;
}

static void number(uint64_t found, uint64_t expected, const char *what)
{
    ok(found == expected, "%s is %" PRIu64 " (%" PRIu64 ")", what, expected, found);
}

static void reading(void)
{
    struct migrateinfo info;
    AUTO_JSON json *reply =
        read_info("{\"status\":\"active\",\"expected-downtime\":300,\"total-time\":1002,"
                  "\"setup-time\":2,\"cpu-throttle-percentage\":20,\"ram\":{\"total\":134750208,"
                  "\"remaining\":134406144,\"transferred\":9025,\"mbps\":0.00936,"
                  "\"page-size\":4096,\"dirty-pages-rate\":25,\"dirty-sync-count\":3,"
                  "\"postcopy-requests\":4},\"disk\":{\"total\":1,\"remaining\":2,"
                  "\"transferred\":3}}",
            &info);

    ok(reply != NULL, "it is read");
    is_string(info.status, "active", "the status");
    ok(info.has_ram && info.has_expected_downtime && !info.error_desc, "what there is");
    number(info.total, 134750209, "total, with disks");
    number(info.remaining, 134406146, "remaining");
    number(info.transferred, 9028, "transferred");
    number(info.bandwidth, 1170, "bandwidth");
    number(info.dirty_rate, 25 * 4096, "dirty rate");
    number(info.passes, 3, "passes");
    number(info.postcopy_requests, 4, "postcopy requests");
    number(info.throttle, 20, "throttle");
    number(info.expected_downtime, 300, "expected downtime");
    number(info.total_time, 1002, "total time");
    number(info.setup_time, 2, "set-up time");
}

static void nonsense(void)
{
    struct migrateinfo info;
    AUTO_JSON json *reply =
        read_info("{\"status\":7,\"expected-downtime\":9223372036854775807,\"ram\":{\"mbps\":-1,"
                  "\"total\":-5,\"dirty-pages-rate\":18446744073709551615,\"page-size\":4096}}",
            &info);
    AUTO_JSON json *none = NULL;
    AUTO_JSON json *huge = NULL;

    ok(reply && !info.status && !info.has_expected_downtime, "no status, no expected downtime");
    number(info.bandwidth, 0, "a negative bandwidth");
    number(info.total, 0, "a negative total");
    number(info.dirty_rate, UINT64_MAX, "a dirty rate out of range");
    none = read_info("{\"status\":\"none\"}", &info);
    ok(!info.status && !info.has_ram, "none is no status");
    huge = read_info("{\"ram\":{\"mbps\":1e400,\"total\":18446744073709551615},"
                     "\"disk\":{\"total\":1}}",
        &info);
    number(info.bandwidth, 0, "a bandwidth out of range");
    number(info.total, UINT64_MAX, "a total out of range");
    migrateinfo_read(NULL, &info);
    ok(!info.status, "nothing at all");
}

static void phase(const char *status, enum migrate_phase expected, bool under_way)
{
    enum migrate_phase found = migrateinfo_phase(status);

    ok(found == expected && migrateinfo_is_under_way(found) == under_way, "%s",
        status ? status : "no status");
}

static void phases(void)
{
    static const char *const running[] = {"setup", "active", "cancelling", "device", "wait-unplug",
        "failing", "colo", "one-of-the-future"};
    static const char *const postcopy[] = {
        "postcopy-active", "postcopy-device", "postcopy-recover", "postcopy-recover-setup"};

    for (size_t i = 0; i < sizeof(running) / sizeof(running[0]); i++)
        phase(running[i], MIGRATE_RUNNING, true);
    for (size_t i = 0; i < sizeof(postcopy) / sizeof(postcopy[0]); i++)
        phase(postcopy[i], MIGRATE_POSTCOPY, true);
    phase(NULL, MIGRATE_NONE, false);
    phase("none", MIGRATE_NONE, false);
    phase("pre-switchover", MIGRATE_PRE_SWITCHOVER, true);
    phase("postcopy-paused", MIGRATE_POSTCOPY_PAUSED, true);
    phase("completed", MIGRATE_COMPLETED, false);
    phase("failed", MIGRATE_FAILED, false);
    phase("cancelled", MIGRATE_CANCELLED, false);
}

static void advice(struct migrateinfo info, const char *expected, const char *what)
{
    AUTO_FREE char *found = migrateinfo_advice(&info);

    ok(expected ? found && strstr(found, expected) : !found, "%s: %s", what,
        found ? found : "nothing");
}

static void advices(void)
{
    const struct migrateinfo slow = {
        .status = "active", .passes = 3, .dirty_rate = 120 << 20, .bandwidth = 32 << 20};
    struct migrateinfo info = slow;

    advice(slow, "writes 120 MiB/s of memory anew and 32 MiB/s are transferred", "too slow");
    advice(slow, "--set auto-converge=on", "what helps");
    info.throttle = 40;
    advice(info, "held back already", "auto-converge is on");
    info = slow;
    info.passes = 2;
    advice(info, NULL, "too early to tell");
    info = slow;
    info.dirty_rate = 26 << 20;
    advice(info, "writes 26 MiB/s", "the same pages again and again");
    info.dirty_rate = 25 << 20;
    advice(info, NULL, "it converges");
    info = slow;
    info.dirty_rate = info.bandwidth = 0;
    advice(info, NULL, "nothing is known");
    info = slow;
    info.status = "postcopy-active";
    advice(info, NULL, "postcopy always ends");
    info.status = "completed";
    advice(info, NULL, "it has ended");
    info = slow;
    info.dirty_rate = 1536 << 10;
    info.bandwidth = 100 << 10;
    advice(info, "writes 1.5 MiB/s of memory anew and 100 KiB/s are", "small rates");
}

static void detail(struct migrateinfo info, const char *expected)
{
    is_owned(migrateinfo_detail(&info), expected, "detail: %s", expected);
}

static void details(void)
{
    detail((struct migrateinfo){0}, "");
    detail((struct migrateinfo){.status = "active",
               .passes = 3,
               .dirty_rate = 120 << 20,
               .throttle = 20,
               .has_expected_downtime = true,
               .expected_downtime = 300},
        "pass 3, dirty 120 MiB/s, guest held back by 20 %, downtime 300 ms expected");
    detail(
        (struct migrateinfo){
            .status = "completed", .passes = 2, .has_downtime = true, .downtime = 5},
        "pass 2, downtime 5 ms");
    detail((struct migrateinfo){.status = "completed"}, "");
    detail((struct migrateinfo){.status = "failed"}, "");
}

static void side(const char *status, const char *state, bool ram, bool incoming, const char *means)
{
    const struct migrateinfo info = {.status = status, .has_ram = ram};

    ok(migrateinfo_is_incoming(&info, state) == incoming, "%s, %s: %s",
        status ? status : "no status", state, incoming ? "the receiver" : "the source");
    ok(strstr(migratepicture_meaning(status, state, incoming, false), means), "it means: %s",
        migratepicture_meaning(status, state, incoming, false));
}

static void sides(void)
{
    side(NULL, "running", false, false, "no migration has begun here");
    side(NULL, "inmigrate", false, true, "waits for migrate-incoming");
    side("setup", "inmigrate", false, true, "waits for the source to connect");
    side("active", "inmigrate", false, true, "is being received");
    side("active", "running", true, false, "the VM runs here while");
    side("active", "paused", true, false, "is here and does not run");
    side("device", "finish-migrate", true, false, "stands still here while");
    side("cancelling", "running", true, false, "being cancelled");
    side("failing", "running", true, false, "about to fail");
    side("pre-switchover", "finish-migrate", true, false, "before the switch");
    side("postcopy-active", "finish-migrate", true, false, "on the destination already");
    side("postcopy-active", "running", false, true, "runs here already");
    side("postcopy-paused", "finish-migrate", true, false, "keep both");
    side("postcopy-paused", "running", false, true, "migrate-recover here");
    side("completed", "postmigrate", true, false, "stands still here");
    side("completed", "running", true, false, "two copies");
    side("completed", "running", false, true, "has arrived here");
    side("failed", "running", false, false, "stays here");
    side("failed", "inmigrate", false, true, "could not be loaded");
    side("cancelled", "running", false, false, "stays here");
}

int main(void)
{
    reading();
    nonsense();
    phases();
    advices();
    details();
    sides();
    return done_testing();
}
