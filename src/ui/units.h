/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * units: byte sizes, rates and times as people read them, and which members of replies hold one.
 *
 * No schema says what an integer counts: the list of names is here and nowhere else. It holds what
 * QEMU's documentation gives a unit, and leaves out what only looks like one: counts, ids, offsets
 * and the progress of a job, whose unit is arbitrary. --json never comes here.
 */
#ifndef QMPBOX_UI_UNITS_H
#define QMPBOX_UI_UNITS_H

#include "json/json.h"

enum unit {
    UNIT_NONE,
    UNIT_BYTES,
    UNIT_BYTES_PER_SECOND,
    UNIT_MIB_PER_SECOND,
    UNIT_NANOSECONDS,
    UNIT_MICROSECONDS,
    UNIT_MILLISECONDS,
    UNIT_SECONDS,
    UNIT_DATE /* seconds since 1970 */
};

/* What a member of this name holds in this object ('-' and '_' are alike). */
enum unit unit_of_member(const json *object, const char *name);

/*
 * Adds the number in its unit. What has none, is negative or is 2^64-1 (which stands for "no
 * limit") is not added, and false returned: its digits say it best.
 */
bool unit_add(struct text *text, enum unit unit, struct number value);

/*
 * Adds a size in powers of 1024: "512 B", "64 MiB", "1088 MiB", "1.5 GiB". It is exact where
 * four digits can say it; otherwise it is rounded to three, or to whole units where those have
 * four.
 */
void units_add_size(struct text *text, uint64_t bytes);

/*
 * Adds a duration: "250 ms", "1.5 s", "2 h 3 min"; three digits below a minute, two units above.
 * The value is in parts of a second, of which there are `per_second` (a power of 1000, or 1).
 */
void units_add_duration(struct text *text, uint64_t value, uint64_t per_second);

#endif
