/* SPDX-License-Identifier: GPL-2.0-or-later */
/* livenet: network backends and NICs, and character devices. */
#ifndef QMPBOX_APP_LIVENET_H
#define QMPBOX_APP_LIVENET_H

#include "app/listing.h"

extern const struct lister net_listers[];

#endif
