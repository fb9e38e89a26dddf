/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/units.h"

#include <string.h>
#include <time.h>

/* Names in full, or with a star their end. The first that fits counts. */
static const struct {
    const char *name;
    enum unit unit;
    const char *beside; /* only where the object has this member, too */
} members[] = {
    /* These end like sizes: a histogram's bucket is in the unit of what is measured, vhost's log is
     * counted in chunks. */
    {"bucket-size", UNIT_NONE, NULL},
    {"log-size", UNIT_NONE, NULL},

    {"size", UNIT_BYTES, NULL},
    {"*-size", UNIT_BYTES, NULL},
    {"bytes", UNIT_BYTES, NULL},
    {"*-bytes", UNIT_BYTES, NULL},
    {"discard-bytes-ok", UNIT_BYTES, NULL},
    {"*-memory", UNIT_BYTES, NULL},         /* query-memory-size-summary */
    {"actual", UNIT_BYTES, NULL},           /* query-balloon */
    {"committed", UNIT_BYTES, NULL},        /* query-hv-balloon-status-report */
    {"available", UNIT_BYTES, "committed"}, /* the same */
    {"transferred", UNIT_BYTES, NULL},      /* query-migrate, and the next two */
    {"remaining", UNIT_BYTES, "transferred"},
    {"remaining", UNIT_BYTES, "total-time"}, /* 11.1: the devices' state, too */
    {"total", UNIT_BYTES, "transferred"},
    {"total", UNIT_BYTES, "completed"}, /* query-dump */
    {"completed", UNIT_BYTES, "total"},
    {"granularity", UNIT_BYTES, NULL}, /* of a dirty bitmap, whose count is of bytes */
    {"count", UNIT_BYTES, "granularity"},
    {"amount-exceeded", UNIT_BYTES, NULL}, /* BLOCK_WRITE_THRESHOLD */
    {"*-alignment", UNIT_BYTES, NULL},     /* the limits of a block node */
    {"*-transfer", UNIT_BYTES, NULL},
    {"max-discard", UNIT_BYTES, NULL},
    {"max-write-zeroes", UNIT_BYTES, NULL},

    {"*-bandwidth", UNIT_BYTES_PER_SECOND, NULL}, /* query-migrate-parameters */
    {"speed", UNIT_BYTES_PER_SECOND, "len"},      /* of a block job; a port's is in Mb/s */
    {"bps", UNIT_BYTES_PER_SECOND, NULL},         /* throttling */
    {"bps-rd", UNIT_BYTES_PER_SECOND, NULL},
    {"bps-wr", UNIT_BYTES_PER_SECOND, NULL},
    {"bps-max", UNIT_BYTES_PER_SECOND, NULL},
    {"bps-rd-max", UNIT_BYTES_PER_SECOND, NULL},
    {"bps-wr-max", UNIT_BYTES_PER_SECOND, NULL},
    {"dirty-rate", UNIT_MIB_PER_SECOND, NULL}, /* query-dirty-rate */

    {"*-ns", UNIT_NANOSECONDS, NULL},
    {"*-nsec", UNIT_NANOSECONDS, NULL},
    {"postcopy-latency", UNIT_NANOSECONDS, NULL}, /* query-migrate */
    {"postcopy-vcpu-latency", UNIT_NANOSECONDS, NULL},
    {"postcopy-non-vcpu-latency", UNIT_NANOSECONDS, NULL},
    {"*-us", UNIT_MICROSECONDS, NULL},
    {"dirty-limit-throttle-time-per-round", UNIT_MICROSECONDS, NULL},
    {"dirty-limit-ring-full-time", UNIT_MICROSECONDS, NULL},
    {"*-ms", UNIT_MILLISECONDS, NULL},
    {"total-time", UNIT_MILLISECONDS, NULL}, /* query-migrate */
    {"setup-time", UNIT_MILLISECONDS, NULL},
    {"downtime", UNIT_MILLISECONDS, NULL},
    {"expected-downtime", UNIT_MILLISECONDS, NULL},
    {"postcopy-blocktime", UNIT_MILLISECONDS, NULL},
    {"postcopy-vcpu-blocktime", UNIT_MILLISECONDS, NULL},
    {"downtime-limit", UNIT_MILLISECONDS, NULL}, /* query-migrate-parameters */
    {"announce-initial", UNIT_MILLISECONDS, NULL},
    {"announce-max", UNIT_MILLISECONDS, NULL},
    {"announce-step", UNIT_MILLISECONDS, NULL},
    {"x-checkpoint-delay", UNIT_MILLISECONDS, NULL},
    {"x-vcpu-dirty-limit-period", UNIT_MILLISECONDS, NULL},
    {"*-max-length", UNIT_SECONDS, NULL}, /* of a burst; throttling */
    {"interval-length", UNIT_SECONDS, NULL},
    {"vm-clock-sec", UNIT_SECONDS, NULL}, /* of a snapshot */
    {"date-sec", UNIT_DATE, NULL},
};

static bool fits(const char *pattern, const char *name)
{
    size_t end = strlen(pattern) - 1, length = strlen(name);

    if (*pattern != '*')
        return text_same_name(pattern, name);
    return length > end && text_same_name(pattern + 1, name + length - end);
}

enum unit unit_of_member(const json *object, const char *name)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (fits(members[i].name, name) &&
            (!members[i].beside || json_get(object, members[i].beside)))
            return members[i].unit;
    return UNIT_NONE;
}

/* Adds value / unit to so many digits (up to 4), or to as many as its whole part has. */
static void add_quotient(struct text *text, uint64_t value, uint64_t unit, int digits)
{
    uint64_t limit = digits > 3 ? 10000 : 1000, power = limit / 10, scaled;

    /* Only exabytes are that large: what is lost is below the digits that are shown. */
    for (; value > UINT64_MAX / 2000; value /= 2)
        unit /= 2;
    while ((scaled = (value * power + unit / 2) / unit) >= limit && power > 1)
        power /= 10;
    text_printf(text, "%llu", (unsigned long long)(scaled / power));
    if (scaled % power)
        text_add_char(text, '.');
    for (uint64_t rest = scaled % power; rest && power > 1; rest %= power) {
        power /= 10;
        text_add_char(text, (char)('0' + rest / power));
    }
}

/* Do so many digits say the bytes in this unit exactly? 10^d is a multiple of 2^d. */
static bool is_exact(uint64_t bytes, int shift, int digits)
{
    int decimals = digits - 1;

    for (uint64_t whole = bytes >> shift; whole >= 10 && decimals; whole /= 10)
        decimals--;
    return !shift || bytes % (UINT64_C(1) << (shift - decimals)) == 0;
}

void units_add_size(struct text *text, uint64_t bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int shift = 0, digits = 3;

    while (shift < 60 && bytes >> shift >= 1024)
        shift += 10;
    if (!is_exact(bytes, shift, 3)) {
        uint64_t smaller = UINT64_C(1) << (shift - 10), rounding = smaller * 512;

        /* 1088 MiB, not 1.06 GiB; 192.5 KiB; and what would be rounded to 1024 MiB is 1 GiB. */
        if (bytes % smaller == 0 && bytes / smaller < 10000)
            shift -= 10;
        else if (is_exact(bytes, shift, 4))
            digits = 4;
        else if (shift < 60 && (bytes - rounding) >> shift >= 1023)
            shift += 10;
    }
    add_quotient(text, bytes, UINT64_C(1) << shift, digits);
    text_printf(text, " %s", names[shift / 10]);
}

static void add_long(struct text *text, uint64_t seconds)
{
    static const struct {
        const char *name;
        uint64_t seconds;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
    int unit = 0;
    uint64_t rest;

    while (seconds < units[unit].seconds)
        unit++;
    text_printf(
        text, "%llu %s", (unsigned long long)(seconds / units[unit].seconds), units[unit].name);
    rest = unit < 3 ? seconds % units[unit].seconds / units[unit + 1].seconds : 0;
    if (rest)
        text_printf(text, " %llu %s", (unsigned long long)rest, units[unit + 1].name);
}

void units_add_duration(struct text *text, uint64_t value, uint64_t per_second)
{
    static const char *const names[] = {"ns", "us", "ms", "s"};
    uint64_t per_unit = 1, seconds = value / per_second, ns;
    int unit = 0;

    if (seconds >= 60) {
        add_long(text, seconds);
        return;
    }
    ns = value * (1000000000 / per_second);
    /* The unit in which it is less than 1000 even when it is rounded. */
    while (unit < 3 && ns >= per_unit * 1000 - per_unit / 2) {
        per_unit *= 1000;
        unit++;
    }
    if (ns >= UINT64_C(59950000000)) {
        add_long(text, 60);
    } else {
        add_quotient(text, ns, ns ? per_unit : 1, 3);
        text_printf(text, " %s", names[ns ? unit : 3]);
    }
}

static bool add_date(struct text *text, uint64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm parts;
    char date[64];

    if (seconds > INT64_MAX || when < 0 || (uint64_t)when != seconds || !gmtime_r(&when, &parts) ||
        !strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &parts))
        return false;
    text_add_string(text, date);
    return true;
}

/* A rate of 0 is the limit that is not set. */
static bool add_rate(struct text *text, uint64_t rate, uint64_t unit)
{
    if (!rate || rate > UINT64_MAX / unit)
        return false;
    units_add_size(text, rate * unit);
    text_add_string(text, "/s");
    return true;
}

bool unit_add(struct text *text, enum unit unit, struct number value)
{
    uint64_t number = value.magnitude;

    if (value.negative || number == UINT64_MAX)
        return false;
    switch (unit) {
    case UNIT_BYTES:
        units_add_size(text, number);
        return true;
    case UNIT_BYTES_PER_SECOND:
        return add_rate(text, number, 1);
    case UNIT_MIB_PER_SECOND:
        return add_rate(text, number, 1 << 20);
    case UNIT_NANOSECONDS:
        units_add_duration(text, number, 1000000000);
        return true;
    case UNIT_MICROSECONDS:
        units_add_duration(text, number, 1000000);
        return true;
    case UNIT_MILLISECONDS:
        units_add_duration(text, number, 1000);
        return true;
    case UNIT_SECONDS:
        units_add_duration(text, number, 1);
        return true;
    case UNIT_DATE:
        return add_date(text, number);
    case UNIT_NONE:
        break;
    }
    return false;
}
