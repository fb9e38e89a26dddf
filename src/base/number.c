/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

bool number_parse(const char *word, struct number *number, const char **problem)
{
    static const char units[] = "KMGTPE";
    const char *at = word, *digits;
    unsigned base = 10;
    uint64_t value = 0;

    *number = (struct number){0};
    if (*at == '-') {
        number->negative = true;
        at++;
    }
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
        base = 16;
        at += 2;
    }
    *problem = "is not a whole number";
    for (digits = at; digit_value(*at) < (int)base; at++) {
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, (unsigned)digit_value(*at), &value)) {
            *problem = "is outside the range of 64-bit integers";
            return false;
        }
    }
    if (at == digits)
        return false;
    if (*at) {
        const char *unit = strchr(units, toupper((unsigned char)*at));

        if (unit && (at[1] == 'b' || at[1] == 'B') && !at[2]) {
            *problem = "is ambiguous: write K, M, G… or KiB, MiB, GiB… (powers of 1024)";
            return false;
        }
        if (!unit || (at[1] && strcmp(at + 1, "iB") != 0))
            return false;
        for (long i = 0; i <= unit - units; i++)
            if (__builtin_mul_overflow(value, UINT64_C(1024), &value)) {
                *problem = "is outside the range of 64-bit integers";
                return false;
            }
    }
    if (number->negative && value > UINT64_C(1) << 63) {
        *problem = "is outside the range of 64-bit integers";
        return false;
    }
    number->magnitude = value;
    if (!value)
        number->negative = false;
    return true;
}

void number_format(struct number number, char *buffer)
{
    sprintf(buffer, "%s%" PRIu64, number.negative ? "-" : "", number.magnitude);
}
