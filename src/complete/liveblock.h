/* SPDX-License-Identifier: GPL-2.0-or-later */
/* liveblock: block devices, nodes, and what is done with them: jobs, bitmaps, exports, snapshots,
 * fdsets. */
#ifndef QMPBOX_COMPLETE_LIVEBLOCK_H
#define QMPBOX_COMPLETE_LIVEBLOCK_H

#include "complete/listing.h"

extern const struct lister block_listers[];

#endif
