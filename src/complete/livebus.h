/* SPDX-License-Identifier: GPL-2.0-or-later */
/* livebus: where a device can go: buses, addresses on them, CPU slots. */
#ifndef QMPBOX_COMPLETE_LIVEBUS_H
#define QMPBOX_COMPLETE_LIVEBUS_H

#include "complete/listing.h"

extern const struct lister bus_listers[];

#endif
