/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migratewatch: a migration followed on its source until it is over.
 *
 * The watching goes by MIGRATION events (the capability `events`), with query-migrate asked when
 * one comes and now and then for the progress; where nobody set the capability it is asked often. A
 * status that is not known here means that it goes on. A question without an answer is normal while
 * the guest is switched over. A connection that breaks is made again.
 *
 * After a signal a migration of ours is cancelled and that is awaited; once postcopy has begun
 * nothing is ever cancelled, since the guest has memory on both sides (FACTS, section 14). Nor
 * while the guest is being handed over: QEMU would let it run on here while the destination runs
 * it.
 */
#ifndef QMPBOX_VM_MIGRATEWATCH_H
#define QMPBOX_VM_MIGRATEWATCH_H

#include "qmp/session.h"
#include "vm/migrateinfo.h"

struct migratewatch_options {
    struct session *session; /* outlives it, like the strings */
    bool ours;               /* cancelled when we are interrupted */
    bool events;             /* the capability is set */
    bool postcopy;           /* switched to once the memory has gone over once */
    const char *run;         /* a command for the switch-over, which goes on when it ended well */
    const char *until;       /* a status at which the watching ends, or NULL */
};

struct migratewatch;

/* Watches from now on, so it is made before the migration is started. */
struct migratewatch *migratewatch_new(const struct migratewatch_options *options) MUST_CHECK;
void migratewatch_free(struct migratewatch *watch);
DEFINE_CLEANUP(migratewatch, struct migratewatch, migratewatch_free)
#define AUTO_MIGRATEWATCH AUTO(cleanup_migratewatch)

/*
 * True when it has completed, or reached `until`. Kind failed when it failed, was cancelled or is
 * paused in postcopy; refused when there is none; timeout when the time was over (it goes on);
 * interrupted, with what became of it; protocol when the VM cannot be reached any more.
 */
bool migratewatch_follow(struct migratewatch *watch, struct error *error);

/* The last answer of query-migrate, borrowed, or NULL. */
const json *migratewatch_last(const struct migratewatch *watch);

/* Is it over, whatever the outcome? Not when it goes on, or that is not known. */
bool migratewatch_is_over(const struct migratewatch *watch);

/* Has it completed, also when that was not what was wanted? */
bool migratewatch_has_completed(const struct migratewatch *watch);

/*
 * Has the guest been stopped and sent? Then the destination may run it, also when the source says
 * that the migration has failed and runs it too: what is lost last is the word that it is there.
 */
bool migratewatch_may_have_arrived(const struct migratewatch *watch);

/* Where the VM stands on this side: "the VM runs on here". The caller frees. */
char *migratewatch_standing(struct session *session) MUST_CHECK;

#endif
