/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migratepicture: where a migration stands, what that means, and what has been set for it. */
#ifndef QMPBOX_VM_MIGRATEPICTURE_H
#define QMPBOX_VM_MIGRATEPICTURE_H

#include "qmp/session.h"

/*
 * Asks all in one write. The result, which the caller frees, has `migration` (the return of
 * query-migrate), `status` (its word, "none" when there has been none), `incoming`, `run-state`,
 * `meaning` (a sentence), `detail` and `advice` (as migrateinfo.h has them; left out when there are
 * none) and `settings`: the capabilities and parameters that are not what QEMU begins with, by
 * name.
 */
json *migratepicture(struct session *session, struct error *error) MUST_CHECK;

/* The sentence alone, for a status and a run state as QEMU writes them; static. */
const char *migratepicture_meaning(
    const char *status, const char *run_state, bool incoming, bool listens);

#endif
