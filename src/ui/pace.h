/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pace: how fast a counter goes, smoothed over the last seconds.
 *
 * It is fed with what the counter is and when. A counter that has gone back began anew: what was
 * before says nothing of what comes. Integers throughout; nothing is said of less than a fifth of a
 * second.
 */
#ifndef QMPBOX_UI_PACE_H
#define QMPBOX_UI_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pace_sample {
    int64_t when; /* microseconds, see base/clock.h */
    uint64_t value;
};

enum { PACE_SAMPLES = 64 };

/* Starts zeroed and owns nothing. */
struct pace {
    struct pace_sample first;
    struct pace_sample samples[PACE_SAMPLES]; /* the last seconds, oldest first */
    size_t count;
};

void pace_add(struct pace *pace, int64_t when, uint64_t value);

/* Per second, over the last five seconds or so; false while it is not known. */
bool pace_speed(const struct pace *pace, uint64_t *speed);

/* Per second, over all the time; false while it is not known. */
bool pace_average(const struct pace *pace, uint64_t *speed);

/* value * by / per without overflow on the way; what exceeds 2^64-1 is 2^64-1. `per` is not 0. */
uint64_t pace_scale(uint64_t value, uint64_t by, uint64_t per);

#endif
