/* SPDX-License-Identifier: GPL-2.0-or-later */
/* liveobject: what object-add made, and what is left over. */
#ifndef QMPBOX_APP_LIVEOBJECT_H
#define QMPBOX_APP_LIVEOBJECT_H

#include "app/listing.h"

extern const struct lister object_listers[];

#endif
