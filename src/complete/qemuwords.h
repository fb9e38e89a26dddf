/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemuwords: QEMU's words on a line of ours, KEY=VALUE and the bare ones that go with them, as the
 * schema of the VM behind the line has them.
 */
#ifndef QMPBOX_COMPLETE_QEMUWORDS_H
#define QMPBOX_COMPLETE_QEMUWORDS_H

#include "complete/kinds.h"

/*
 * Adds what the word may be; words are those that the option or argument has got already. False
 * when this kind has no words of QEMU's.
 */
bool qemuwords_add(const struct cursor *cursor, enum completes kind, const struct strings *words);

#endif
