/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes and times for people, and which members hold one. */
#include "tap.h"
#include "ui/units.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)
#define PIB (TIB * 1024)
#define EIB (PIB * 1024)

static void size(uint64_t bytes, const char *expected)
{
    struct text text = TEXT_EMPTY;

    units_add_size(&text, bytes);
    is_owned(text_take(&text), expected, "%" PRIu64 " bytes are %s", bytes, expected);
}

static void duration(uint64_t value, uint64_t per_second, const char *expected)
{
    struct text text = TEXT_EMPTY;

    units_add_duration(&text, value, per_second);
    is_owned(text_take(&text), expected, "%" PRIu64 "/%" PRIu64 " s are %s", value, per_second,
        expected);
}

static void unit(enum unit of, bool negative, uint64_t magnitude, const char *expected)
{
    struct text text = TEXT_EMPTY;
    bool added = unit_add(&text, of, (struct number){negative, magnitude});

    ok(added == (expected != NULL), "%s%" PRIu64 " in unit %d is %s", negative ? "-" : "",
        magnitude, (int)of, added ? "said in it" : "digits");
    is_owned(text_take(&text), expected ? expected : "", "as expected");
}

/* The member of an object, as JSON. */
static void member(const char *object, const char *name, enum unit expected)
{
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *tree = json_parse(object, strlen(object), &error);

    ok(tree && unit_of_member(tree, name) == expected, "%s of %s", name, object);
}

static void no_unit(const char *name)
{
    fold(unit_of_member(NULL, name) == UNIT_NONE, "%s", name);
}

/* Whatever the size is, what is said is no further from it than half of the last digit. */
static void near(uint64_t bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    AUTO_TEXT struct text text = TEXT_EMPTY;
    long double said, difference;
    char *end;

    units_add_size(&text, bytes);
    said = strtold(text_string(&text), &end);
    for (int i = 0; i < 7; i++)
        if (strcmp(*end ? end + 1 : end, names[i]) == 0)
            said *= (long double)(UINT64_C(1) << (10 * i));
    difference = said > bytes ? said - bytes : bytes - said;
    fold(difference <= (long double)bytes * 0.00501L && text.length <= 9, "%" PRIu64 ": %s", bytes,
        text_string(&text));
}

static void sizes(void)
{
    size(0, "0 B");
    size(1, "1 B");
    size(512, "512 B");
    size(1000, "1000 B");
    size(1023, "1023 B");
    size(KIB, "1 KiB");
    size(KIB + 1, "1025 B");
    size(1536, "1.5 KiB");
    size(9999, "9999 B");
    size(10001, "9.77 KiB");
    size(65536, "64 KiB");
    size(197120, "192.5 KiB");
    size(200704, "196 KiB");
    size(64 * MIB, "64 MiB");
    size(64 * MIB + 1, "64 MiB");
    size(1000 * MIB, "1000 MiB");
    size(1023 * MIB, "1023 MiB");
    size(1023 * MIB + 300 * KIB, "1023 MiB");
    size(1024 * MIB - 1, "1 GiB");
    size(GIB, "1 GiB");
    size(GIB + 1, "1 GiB");
    size(GIB + GIB / 2, "1.5 GiB");
    size(GIB + GIB / 4, "1.25 GiB");
    size(GIB + GIB / 8, "1152 MiB");
    size(1088 * MIB, "1088 MiB");
    size(10 * GIB + GIB / 4, "10.25 GiB");
    size(10 * GIB + 1, "10 GiB");
    size(UINT64_C(1234567890123), "1.12 TiB");
    size(7 * TIB, "7 TiB");
    size(3 * PIB + 7, "3 PiB");
    size(EIB, "1 EiB");
    size(EIB - 1, "1 EiB");
    size(UINT64_C(1) << 63, "8 EiB");
    size((UINT64_C(1) << 63) - 1, "8 EiB");
    size(15 * EIB + EIB / 2, "15.5 EiB");
    size(UINT64_MAX - 1, "16 EiB");
    for (int shift = 0; shift < 64; shift++)
        for (int i = -3; i <= 3; i++) {
            near((UINT64_C(1) << shift) + (uint64_t)i);
            near((UINT64_C(1) << shift) / 1000 * 1023 + (uint64_t)i);
            near(UINT64_C(0x9e3779b97f4a7c15) >> shift);
        }
    folded("no size is wrong by more than half a percent");
}

static void durations(void)
{
    duration(0, 1000, "0 s");
    duration(1, 1000000000, "1 ns");
    duration(999, 1000000000, "999 ns");
    duration(32768, 1000000000, "32.8 us");
    duration(999600, 1000000000, "1 ms");
    duration(252950, 1000000000, "253 us");
    duration(1398923077, 1000000000, "1.4 s");
    duration(250, 1000, "250 ms");
    duration(999, 1000, "999 ms");
    duration(1000, 1000, "1 s");
    duration(1500, 1000, "1.5 s");
    duration(1500, 1000000, "1.5 ms");
    duration(59949, 1000, "59.9 s");
    duration(59999, 1000, "1 min");
    duration(60000, 1000, "1 min");
    duration(61999, 1000, "1 min 1 s");
    duration(3600, 1, "1 h");
    duration(7380, 1, "2 h 3 min");
    duration(7439, 1, "2 h 3 min");
    duration(86399, 1, "23 h 59 min");
    duration(86400 * 3 + 3600 * 4, 1, "3 d 4 h");
    duration(UINT64_MAX - 1, 1, "213503982334601 d 7 h");
    duration(UINT64_MAX, 1000000000, "213503 d 23 h");
}

static void numbers(void)
{
    unit(UNIT_BYTES, false, 64 * MIB, "64 MiB");
    unit(UNIT_BYTES, false, 0, "0 B");
    unit(UNIT_BYTES, false, UINT64_MAX, NULL);
    unit(UNIT_BYTES, true, 1, NULL);
    unit(UNIT_BYTES_PER_SECOND, false, 128 * MIB, "128 MiB/s");
    unit(UNIT_BYTES_PER_SECOND, false, 0, NULL);
    unit(UNIT_BYTES_PER_SECOND, false, UINT64_MAX, NULL);
    unit(UNIT_MIB_PER_SECOND, false, 3000, "3000 MiB/s");
    unit(UNIT_MIB_PER_SECOND, false, UINT64_MAX / 2, NULL);
    unit(UNIT_MICROSECONDS, false, 1500, "1.5 ms");
    unit(UNIT_MILLISECONDS, false, 300, "300 ms");
    unit(UNIT_SECONDS, false, 5, "5 s");
    unit(UNIT_NANOSECONDS, true, 5, NULL);
    unit(UNIT_DATE, false, 0, "1970-01-01 00:00:00 UTC");
    unit(UNIT_DATE, false, 1700000000, "2023-11-14 22:13:20 UTC");
    unit(UNIT_DATE, false, UINT64_MAX - 1, NULL);
    unit(UNIT_DATE, false, INT64_MAX, NULL);
    unit(UNIT_NONE, false, 1, NULL);
}

static void members(void)
{
    static const char *const counts[] = {"id", "count", "port", "offset", "len", "normal",
        "duplicate", "speed", "total", "completed", "current-progress", "total-progress",
        "dirty-sync-count", "mbps", "iops", "iops_max", "pages", "thread-id", "poll-grow", "bar",
        "address", "wr_highest_offset", "rd_operations", "bucket-size", "log_size", "resize",
        "kilobytes", "memory", "ns", "columns", "status", "sample-pages", "calc-time", "available",
        "remaining", "encoding-rate", ""};

    member("{}", "size", UNIT_BYTES);
    member("{}", "virtual-size", UNIT_BYTES);
    member("{}", "iops_size", UNIT_BYTES);
    member("{}", "rd_bytes", UNIT_BYTES);
    member("{}", "discard-bytes-ok", UNIT_BYTES);
    member("{}", "base-memory", UNIT_BYTES);
    member("{}", "actual", UNIT_BYTES);
    member("{\"transferred\":1}", "total", UNIT_BYTES);
    member("{\"transferred\":1}", "remaining", UNIT_BYTES);
    member("{\"total-time\":1}", "remaining", UNIT_BYTES);
    member("{\"total\":1}", "completed", UNIT_BYTES);
    member("{\"completed\":1}", "total", UNIT_BYTES);
    member("{\"granularity\":1}", "count", UNIT_BYTES);
    member("{\"len\":1}", "speed", UNIT_BYTES_PER_SECOND);
    member("{}", "bps_wr_max", UNIT_BYTES_PER_SECOND);
    member("{}", "bps_wr_max_length", UNIT_SECONDS);
    member("{}", "max-postcopy-bandwidth", UNIT_BYTES_PER_SECOND);
    member("{}", "dirty-rate", UNIT_MIB_PER_SECOND);
    member("{}", "wr_total_time_ns", UNIT_NANOSECONDS);
    member("{}", "poll-max-ns", UNIT_NANOSECONDS);
    member("{}", "vm-clock-nsec", UNIT_NANOSECONDS);
    member("{}", "vm-clock-sec", UNIT_SECONDS);
    member("{}", "date-sec", UNIT_DATE);
    member("{}", "total-time", UNIT_MILLISECONDS);
    member("{}", "expected_downtime", UNIT_MILLISECONDS);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        no_unit(counts[i]);
    folded("what is no size and no time has no unit");
}

int main(void)
{
    sizes();
    durations();
    numbers();
    members();
    return done_testing();
}
