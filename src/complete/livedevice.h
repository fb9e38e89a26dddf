/* SPDX-License-Identifier: GPL-2.0-or-later */
/* livedevice: devices by id, displays, CPUs, and the tree of objects (QOM) by path. */
#ifndef QMPBOX_COMPLETE_LIVEDEVICE_H
#define QMPBOX_COMPLETE_LIVEDEVICE_H

#include "complete/listing.h"

extern const struct lister device_listers[];

#endif
