/* SPDX-License-Identifier: GPL-2.0-or-later */
/* liveobject: what object-add made, and what is left over. */
#ifndef QMPBOX_COMPLETE_LIVEOBJECT_H
#define QMPBOX_COMPLETE_LIVEOBJECT_H

#include "complete/listing.h"

extern const struct lister object_listers[];

#endif
