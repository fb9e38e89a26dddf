/* SPDX-License-Identifier: GPL-2.0-or-later */
/* differences: what vm/compare.h has found, as a table, with what is to be made of it. */
#ifndef QMPBOX_UI_DIFFERENCES_H
#define QMPBOX_UI_DIFFERENCES_H

#include "ui/output.h"

view_function view_differences;

#endif
