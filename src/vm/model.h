/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model: CPU models by name.
 *
 * A static expansion names exactly the flags that a guest can see and the few values that go with
 * them. A full one also has QEMU's own switches ("check", "kvm") and each flag under all its names;
 * not every target has a static one (Arm), every target has a full one.
 */
#ifndef QMPBOX_VM_MODEL_H
#define QMPBOX_VM_MODEL_H

#include "qmp/session.h"

/*
 * The return of query-cpu-model-expansion, which the caller frees: the static one unless full is
 * asked for or this target has no other. Kind usage, with the nearest name, when this QEMU has no
 * model of that name.
 */
json *model_expand(
    struct session *session, const char *name, bool full, struct error *error) MUST_CHECK;

#endif
