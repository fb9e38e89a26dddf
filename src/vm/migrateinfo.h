/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrateinfo: what query-migrate says, read into numbers, and what that means for a person.
 *
 * Nothing here asks. What QEMU leaves out is 0, or NULL; a status that is not known counts as one
 * under way, since newer releases put new ones between those that are.
 */
#ifndef QMPBOX_VM_MIGRATEINFO_H
#define QMPBOX_VM_MIGRATEINFO_H

#include "json/json.h"

struct migrateinfo {
    const char *status;     /* NULL: there has been none */
    const char *error_desc; /* why it failed, where QEMU says */
    bool has_ram;           /* the source's numbers of memory are there */
    uint64_t transferred;   /* bytes, of memory and (old QEMUs) disks */
    uint64_t remaining;     /* bytes, in this pass */
    uint64_t total;         /* bytes */
    uint64_t page_size;     /* bytes */
    uint64_t dirty_rate;    /* bytes a second that the guest writes anew, of the last pass */
    uint64_t bandwidth;     /* bytes a second that are transferred */
    uint64_t passes;        /* how often the memory has been gone over */
    uint64_t postcopy_requests;
    uint64_t throttle; /* percent of its time that the guest is held back (auto-converge) */
    bool has_expected_downtime; /* and it is a time to speak of */
    bool has_downtime;          /* it has been measured: the source's, at the end */
    uint64_t expected_downtime; /* the four: milliseconds */
    uint64_t downtime;
    uint64_t total_time;
    uint64_t setup_time;
};

/* Reads the return of query-migrate; the strings are borrowed from it. */
void migrateinfo_read(const json *reply, struct migrateinfo *info);

enum migrate_phase {
    MIGRATE_NONE,           /* there has been none, or QEMU has forgotten it */
    MIGRATE_RUNNING,        /* under way, and it can be cancelled */
    MIGRATE_PRE_SWITCHOVER, /* the VM stands still and waits for migrate-continue */
    MIGRATE_POSTCOPY,       /* the VM runs on the destination and needs both: no way back */
    MIGRATE_POSTCOPY_PAUSED,
    MIGRATE_COMPLETED,
    MIGRATE_FAILED,
    MIGRATE_CANCELLED,
};

/* Of a status as QEMU writes it, or NULL. */
enum migrate_phase migrateinfo_phase(const char *status);

/*
 * Is this the side that receives? So it is in the run state inmigrate, and later where it has no
 * numbers of memory, which are the source's. run_state: of query-status, or NULL.
 */
bool migrateinfo_is_incoming(const struct migrateinfo *info, const char *run_state);

/*
 * Has the guest been stopped and sent? run_state is query-status's of the source. Then the
 * destination may run it already, and QEMU would at a cancel let it run on the source again all the
 * same: it would run twice.
 */
bool migrateinfo_is_handed_over(const char *status, const char *run_state);

/* Is it under way, in whichever phase? */
bool migrateinfo_is_under_way(enum migrate_phase phase);

/*
 * Sentences about a migration that will not end by itself, since the guest writes about as fast as
 * its memory is transferred: with the numbers and what helps. NULL when there is nothing to say.
 * The caller frees.
 */
char *migrateinfo_advice(const struct migrateinfo *info) MUST_CHECK;

/*
 * "pass 3, dirty 120 MiB/s, downtime 300 ms expected": what is worth saying beside the progress;
 * "" when there is nothing. The caller frees.
 */
char *migrateinfo_detail(const struct migrateinfo *info) MUST_CHECK;

#endif
