/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdict: what the difference of one fact means to a migration from A to B. Pure. */
#ifndef QMPBOX_VM_VERDICT_H
#define QMPBOX_VM_VERDICT_H

#include "vm/facts.h"

enum verdict {
    VERDICT_SAME,
    VERDICT_NOTE,
    VERDICT_HINDERS,
};

/* What a verdict may depend on besides the fact itself. */
struct verdict_frame {
    const struct facts *a, *b;
    bool same_machine; /* type, with its version */
    bool versioned;    /* the type names a release, whose state later ones keep */
};

struct verdict_frame verdict_frame(const struct facts *a, const struct facts *b);

/* Are the machine types of one kind ("pc-q35"), whatever their releases? */
bool verdict_same_kind(const struct verdict_frame *frame);

/* One of a and b may be NULL: it has no such thing. *why is the caller's, NULL with SAME. */
enum verdict verdict_of(const struct verdict_frame *frame, const struct fact *a,
    const struct fact *b, char **why) MUST_CHECK;

#endif
