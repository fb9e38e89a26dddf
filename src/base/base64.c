/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct text *text, const char *encoded, size_t length)
{
    if (length % 4)
        return false;
    text_reserve(text, length / 4 * 3);
    for (size_t i = 0; i < length; i += 4) {
        bool last = i + 4 == length;
        size_t padding = !last ? 0 : encoded[i + 2] == '=' ? 2 : encoded[i + 3] == '=' ? 1 : 0;
        uint32_t bits = 0;
        char bytes[3];

        for (size_t j = 0; j < 4; j++) {
            int value =
                j >= 4 - padding ? (encoded[i + j] == '=' ? 0 : -1) : value_of(encoded[i + j]);

            if (value < 0)
                return false;
            bits = bits << 6 | (uint32_t)value;
        }
        bytes[0] = (char)(bits >> 16);
        bytes[1] = (char)(bits >> 8);
        bytes[2] = (char)bits;
        text_add(text, bytes, 3 - padding);
    }
    return true;
}

void base64_encode(struct text *text, const char *bytes, size_t length)
{
    const unsigned char *b = (const unsigned char *)bytes;

    text_reserve(text, (length + 2) / 3 * 4);
    for (size_t i = 0; i < length; i += 3) {
        size_t n = length - i < 3 ? length - i : 3;
        uint32_t bits =
            (uint32_t)b[i] << 16 | (n > 1 ? (uint32_t)b[i + 1] << 8 : 0) | (n > 2 ? b[i + 2] : 0);
        char out[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
            n > 1 ? alphabet[bits >> 6 & 63] : '=', n > 2 ? alphabet[bits & 63] : '='};

        text_add(text, out, 4);
    }
}
