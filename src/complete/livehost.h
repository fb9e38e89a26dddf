/* SPDX-License-Identifier: GPL-2.0-or-later */
/* livehost: network interfaces of this host. */
#ifndef QMPBOX_COMPLETE_LIVEHOST_H
#define QMPBOX_COMPLETE_LIVEHOST_H

#include "complete/listing.h"

extern const struct lister host_listers[];

#endif
