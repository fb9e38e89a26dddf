/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockjob: block-commit, block-stream, blockdev-mirror and blockdev-backup, from the words to the
 * graph as it is afterwards.
 *
 * Writes: the questions about the graph; the start; what job.h needs for the watching; when a chain
 * has changed, the graph again, and the removal of the nodes that nothing uses any more and that
 * carry our names (NAME with its file node NAME-file). Several backups are one transaction, in
 * which they stand or fall together.
 */
#ifndef QMPBOX_VM_BLOCKJOB_H
#define QMPBOX_VM_BLOCKJOB_H

#include "vm/job.h"

struct blockjob_request {
    const char *command;
    const struct strings *words; /* settled */
    const json *whole;           /* the object that they were, or NULL */
    enum job_goal goal;
    bool several;          /* more than one disk may be named */
    bool detach;           /* the jobs are started and left */
    struct session *agent; /* of the guest, whose file systems are frozen meanwhile; or NULL */
};

/*
 * *result is one object that the caller frees: jobs (jobs_describe()), and for one disk whose chain
 * has changed device, root, removed and left. Nothing with dry_run.
 */
bool blockjob_run(struct session *session, const struct blockjob_request *request, bool dry_run,
    json **result, struct error *error);

#endif
