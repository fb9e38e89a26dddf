/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard: requests that kill some QEMU, recognised from the request alone (FACTS, section 0).
 *
 * Every request passes here before it is sent. What needs more than one request to be seen (order,
 * timing, state) belongs to the operations in src/vm.
 */
#ifndef QMPBOX_QMP_GUARD_H
#define QMPBOX_QMP_GUARD_H

#include "json/json.h"

/* major: of the QEMU's version. Fails with kind usage and says what would happen. */
bool guard_check(int major, const char *command, const json *arguments, struct error *error);

#endif
