/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock: monotonic time and deadlines, in microseconds. A deadline is a point in that time. */
#ifndef QMPBOX_BASE_CLOCK_H
#define QMPBOX_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NEVER INT64_MAX
#define CLOCK_SECOND INT64_C(1000000)

/* Microseconds since some fixed point; never goes back. */
int64_t clock_now(void);

/* The point in time that lies `span` microseconds ahead; CLOCK_NEVER stays CLOCK_NEVER. */
int64_t clock_after(int64_t span);

/* The earlier of two deadlines. */
int64_t clock_earlier(int64_t a, int64_t b);

/* Reads "30", "0.5", "1e-1"… seconds, more than 0 and less than 10^9, into microseconds. */
bool clock_parse_seconds(const char *word, int64_t *span);

#endif
