/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/pace.h"

#include "base/clock.h"

#include <string.h>

enum {
    WINDOW = 5 * 1000 * 1000, /* microseconds over which it is smoothed */
    SPACING = 200 * 1000,     /* at least that lies between one and the next but one */
};

uint64_t pace_scale(uint64_t value, uint64_t by, uint64_t per)
{
    __extension__ unsigned __int128 product = value;

    product = product * by / per;
    return product > UINT64_MAX ? UINT64_MAX : (uint64_t)product;
}

/* Two in each spacing of the window, one before it, the newest, and two for rounding. */
_Static_assert(2 * WINDOW / SPACING + 4 <= PACE_SAMPLES, "the samples of a window have room");

static const struct pace_sample *newest(const struct pace *pace)
{
    return &pace->samples[pace->count - 1];
}

static void drop_first(struct pace *pace)
{
    pace->count--;
    memmove(pace->samples, pace->samples + 1, pace->count * sizeof(pace->samples[0]));
}

void pace_add(struct pace *pace, int64_t when, uint64_t value)
{
    struct pace_sample sample = {when, value};

    if (pace->count && value < newest(pace)->value)
        pace->count = 0;
    if (!pace->count)
        pace->first = sample;
    if (pace->count >= 2 && when - pace->samples[pace->count - 2].when < SPACING)
        pace->count--;
    pace->samples[pace->count++] = sample;
    /* One at the window's edge or before it stays, so that slow questions have a speed, too. */
    while (pace->count > 2 && pace->samples[1].when <= when - WINDOW)
        drop_first(pace);
}

static bool between(const struct pace_sample *from, const struct pace_sample *to, uint64_t *speed)
{
    int64_t span = to->when - from->when;

    if (span < SPACING)
        return false;
    *speed = pace_scale(to->value - from->value, CLOCK_SECOND, (uint64_t)span);
    return true;
}

bool pace_speed(const struct pace *pace, uint64_t *speed)
{
    return pace->count && between(&pace->samples[0], newest(pace), speed);
}

bool pace_average(const struct pace *pace, uint64_t *speed)
{
    return pace->count && between(&pace->first, newest(pace), speed);
}
