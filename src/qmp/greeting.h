/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * greeting: what the peer said of itself: a monitor in its greeting, a guest agent in guest-info.
 *
 * It starts zeroed; greeting_free() zeroes it again.
 */
#ifndef QMPBOX_QMP_GREETING_H
#define QMPBOX_QMP_GREETING_H

#include "json/json.h"

struct greeting {
    json *said; /* the QMP object, or the return of guest-info */
    char version[32];
    int major; /* QEMU's; 0 for an agent */
};

void greeting_free(struct greeting *greeting);

/* Takes in the value of the member QMP; address is for the sentence when it is none. */
bool greeting_read(
    struct greeting *greeting, struct slice value, const char *address, struct error *error);

/* Takes over the return of guest-info. */
void greeting_keep_info(struct greeting *greeting, json *info);

/* Is the capability among those that are offered? */
bool greeting_offers(const struct greeting *greeting, const char *capability);

#endif
