/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare: what of two VMs differs that matters before one is migrated to the other.
 *
 * A difference hinders when the migration would fail, or succeed and take from the guest what it
 * had; any other is a note. What a VM does not tell is no difference.
 */
#ifndef QMPBOX_VM_COMPARE_H
#define QMPBOX_VM_COMPARE_H

#include "qmp/session.h"
#include "vm/facts.h"

/*
 * {"differences": [{"what", "a", "b", "hinders", "why"}], "migratable"}, which the caller frees;
 * "a" and "b" are null where a VM has no such thing. With all there is also "equal": [{"what",
 * "value"}]. From `a` to `b`.
 */
json *compare_facts(const struct facts *a, const struct facts *b, bool all) MUST_CHECK;

/* The same of what two VMs tell; kind unsupported where there is no machine. NULL on failure. */
json *compare_sessions(
    struct session *a, struct session *b, bool all, struct error *error) MUST_CHECK;

#endif
