/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * things: the names of what lives in a VM, kind by kind.
 *
 * Only questions are asked, and none that can end a QEMU (FACTS, section 0).
 */
#ifndef QMPBOX_COMPLETE_THINGS_H
#define QMPBOX_COMPLETE_THINGS_H

#include "cli/options.h"
#include "complete/candidates.h"
#include "complete/live.h"

/*
 * Adds the things of this kind, with the prefix before each ("node-name=", or ""). words are the
 * KEY=VALUE words that are on the line already for the same command; for COMPLETES_HMP the words of
 * the line. Kinds that do not live in a VM (nor on this host's network) add nothing.
 */
void things_add(struct live *live, enum completes kind, const char *prefix,
    const struct strings *words, struct candidates *candidates);

#endif
