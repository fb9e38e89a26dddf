/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmtable: the VMs of this host (vm/listing.h) for people. */
#ifndef QMPBOX_UI_VMTABLE_H
#define QMPBOX_UI_VMTABLE_H

#include "ui/output.h"

view_function view_vms;

/* The same where their state was not asked for. */
view_function view_vms_unasked;

#endif
