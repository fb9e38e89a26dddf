/* SPDX-License-Identifier: GPL-2.0-or-later */
/* quiesce: the guest's file systems frozen by its agent, and always thawed again. */
#ifndef QMPBOX_VM_QUIESCE_H
#define QMPBOX_VM_QUIESCE_H

#include "vm/step.h"

/* Adds the step that freezes them; it is the first to be undone, since the guest stands still. */
struct step *quiesce_add(struct steps *steps, struct session *agent);

/*
 * Thaws them, and tries again when it fails. On failure the error says what a person has to do, and
 * names the file systems in `left`. A signal that came meanwhile is forgiven and left in *signal.
 */
bool quiesce_thaw(struct session *agent, int *signal, struct error *error);

#endif
