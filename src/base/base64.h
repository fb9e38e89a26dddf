/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64: bytes in and out of the text form that QMP uses (RFC 4648, padded). */
#ifndef QMPBOX_BASE_BASE64_H
#define QMPBOX_BASE_BASE64_H

#include "base/text.h"

/* Adds the decoded bytes; false when it is no base64 (then some bytes may have been added). */
bool base64_decode(struct text *text, const char *encoded, size_t length);
void base64_encode(struct text *text, const char *bytes, size_t length);

#endif
