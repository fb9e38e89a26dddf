/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blocks: the picture of the block devices (vm/picture.h) as trees for people. */
#ifndef QMPBOX_UI_BLOCKS_H
#define QMPBOX_UI_BLOCKS_H

#include "ui/output.h"

view_function view_blocks;

/* Adds the throttle values of an object as query-block has them: "1 MiB/s, writes 100/s (burst
 * 200/s for 2 s)"; nothing where none is set. */
void blocks_add_throttle(const json *throttle, struct text *text);

#endif
