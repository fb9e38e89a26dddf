/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migratecancel: ends a migration that is under way, so that the VM stays where it is.
 *
 * Once postcopy has begun each side has a part of the VM: some QEMUs take a cancel then, which
 * leaves two halves (FACTS, section 14), so it is not sent.
 */
#ifndef QMPBOX_VM_MIGRATECANCEL_H
#define QMPBOX_VM_MIGRATECANCEL_H

#include "qmp/session.h"

/*
 * Sends migrate_cancel and waits, by events where they come and by asking, until the migration is
 * over and the VM is through with it; until the session's deadline. *migration and *status, which
 * the caller frees, are the last returns of query-migrate and query-status. How it ended is for the
 * caller to judge (migrateinfo_phase): it may have failed, or completed all the same.
 */
bool migratecancel_wait(
    struct session *session, json **migration, json **status, struct error *error);

/*
 * Asks first, and waits only where there is something to cancel. *result, which the caller frees,
 * is {"cancelled","migration","error-desc","status"}: whether this did it, how the migration ended
 * ("none" when there has been none), why it failed, and the run state. Kind refused in postcopy
 * and on the side that receives, failed when the VM has gone (the migration completed), timeout
 * when it is not over in time. With dry_run the message is printed, if one would be sent.
 */
bool migratecancel_run(struct session *session, bool dry_run, json **result, struct error *error);

#endif
