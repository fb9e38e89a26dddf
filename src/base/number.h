/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * number: integers as people write them, exactly, between -2^63 and 2^64-1.
 *
 * Accepted are decimal and 0x hexadecimal digits, and for sizes the suffixes K, M, G, T, P, E and
 * KiB…EiB, all powers of 1024. KB…EB mean 1000 to some and 1024 to others: they are refused.
 */
#ifndef QMPBOX_BASE_NUMBER_H
#define QMPBOX_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct number {
    bool negative; /* then the value is -(magnitude), magnitude at most 2^63 */
    uint64_t magnitude;
};

/* Reads the whole word; on failure *problem is a constant phrase such as "is too large". */
bool number_parse(const char *word, struct number *number, const char **problem);

/* The number in decimal; writes at most 21 bytes and a NUL. */
void number_format(struct number number, char *buffer);

#endif
