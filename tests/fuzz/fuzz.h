/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz: what the fuzz targets share. A property that does not hold ends the program. */
#ifndef QMPBOX_TESTS_FUZZ_H
#define QMPBOX_TESTS_FUZZ_H

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(property)                                                                             \
    do {                                                                                           \
        if (!(property)) {                                                                         \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The lines of the input as a list of words; a NUL ends a word too. */
static inline void fuzz_words(const uint8_t *data, size_t size, struct strings *words)
{
    for (size_t from = 0, at = 0; at <= size; at++)
        if (at == size || data[at] == '\n' || !data[at]) {
            strings_take(words, xstrndup((const char *)data + from, at - from));
            from = at + 1;
        }
}

#endif
