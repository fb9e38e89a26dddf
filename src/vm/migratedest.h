/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migratedest: the destination of a migration, as it is seen from its own monitor. */
#ifndef QMPBOX_VM_MIGRATEDEST_H
#define QMPBOX_VM_MIGRATEDEST_H

#include "vm/migrateset.h"
#include "vm/transport.h"

struct migratedest;

/*
 * Checks that the VM waits for a migration (kind refused when it does not). What both sides must
 * have alike of the settings is remembered; nothing is changed. The session outlives it.
 */
struct migratedest *migratedest_new(
    struct session *session, const struct migrateset *settings, struct error *error) MUST_CHECK;
void migratedest_free(struct migratedest *dest);
DEFINE_CLEANUP(migratedest, struct migratedest, migratedest_free)
#define AUTO_MIGRATEDEST AUTO(cleanup_migratedest)

/*
 * Sets the settings there and starts the receiving, unless it has been started; a transport whose
 * descriptor is the source's own is received already. dry_run: the messages become lines of the
 * plan.
 */
bool migratedest_start(
    struct migratedest *dest, struct transport *transport, bool dry_run, struct error *error);

/*
 * Waits until the guest has arrived and tells its run state there, which the caller frees. Kind
 * failed, with the destination's own words where it has any, when it did not arrive; timeout at the
 * end of the time.
 */
bool migratedest_arrive(struct migratedest *dest, int64_t end, char **status, struct error *error);

/*
 * Adds to the error what the destination says of its failure, and what has become of it. True when
 * it has the guest, whatever the source says.
 */
bool migratedest_explain(struct migratedest *dest, struct error *error);

/* Names what is set there, while it cannot be set back. */
void migratedest_name_done(const struct migratedest *dest, struct strings *left);

/* Sets the settings back; what stays is named in `left`. */
void migratedest_restore(struct migratedest *dest, struct strings *left);

#endif
