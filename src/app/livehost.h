/* SPDX-License-Identifier: GPL-2.0-or-later */
/* livehost: network interfaces of this host. */
#ifndef QMPBOX_APP_LIVEHOST_H
#define QMPBOX_APP_LIVEHOST_H

#include "app/listing.h"

extern const struct lister host_listers[];

#endif
