/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

int64_t clock_after(int64_t span)
{
    return span == CLOCK_NEVER ? CLOCK_NEVER : clock_now() + span;
}

int64_t clock_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool clock_parse_seconds(const char *word, int64_t *span)
{
    char *end;
    double seconds;

    /* strtod takes "inf", "nan" and "0x1p3" too; a time-out is made of these characters only. */
    if (!*word || strspn(word, "0123456789.eE+-") != strlen(word))
        return false;
    seconds = strtod(word, &end);
    if (*end || !(seconds > 0) || seconds >= 1e9)
        return false;
    *span = (int64_t)(seconds * (double)CLOCK_SECOND);
    if (*span < 1)
        *span = 1;
    return true;
}
