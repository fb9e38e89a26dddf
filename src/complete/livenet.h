/* SPDX-License-Identifier: GPL-2.0-or-later */
/* livenet: network backends and NICs, and character devices. */
#ifndef QMPBOX_COMPLETE_LIVENET_H
#define QMPBOX_COMPLETE_LIVENET_H

#include "complete/listing.h"

extern const struct lister net_listers[];

#endif
