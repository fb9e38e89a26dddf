/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blockstats: rows of vm/blockstats.h as tables for people: sums, or rates where time elapsed. */
#ifndef QMPBOX_UI_BLOCKSTATS_H
#define QMPBOX_UI_BLOCKSTATS_H

#include "ui/output.h"

view_function view_blockstats;

#endif
