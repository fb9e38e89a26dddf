/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/jobs.h"

struct blockdev_backup {
    struct strings words;
    struct job_options jobs;
    const char *agent;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct blockdev_backup *options = target;

    return job_options_run(context, &options->jobs, &options->words, true, options->agent, error);
}

static const struct option options[] = {
    JOB_DETACH_OPTION(struct blockdev_backup, jobs),
    OPTION_STRING(struct blockdev_backup, agent, "quiesce", 0, "AGENT-ADDRESS",
        "freeze the guest's file systems by its agent while the backup is started",
        COMPLETES_ADDRESS),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct blockdev_backup, words, "NODE | KEY=VALUE",
        "a disk (a node, or the id of a device) and the members of its blockdev-backup: target= "
        "and sync= must be there; pairs before the first NODE are for all of them",
        COMPLETES_WORDS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp blockdev-backup d1 target=b1 sync=full", "one disk"},
    {"-s /run/vm.qmp blockdev-backup sync=full d1 target=b1 d2 target=b2",
        "two disks as of the same instant"},
    {"-s /run/vm.qmp blockdev-backup d1 target=b1 sync=full --quiesce /run/vm.qga",
        "with the guest's file systems in order"},
    {NULL, NULL},
};

QMPBOX_COMMAND(blockdev_backup) = {
    .name = "blockdev-backup",
    .group = "Block",
    .summary = "copy disks as they are at one instant, while they are in use",
    .description =
        "Copies each disk to its node target= as it is at the start, whatever the guest writes "
        "meanwhile. The words are those of QEMU's blockdev-backup, typed by this QEMU; every word "
        "without '=' names the next disk. A disk that is named by the id of its device is its root "
        "node, which is said. A target is a node that nothing uses, at least as large as its "
        "source (blockdev-add makes one).\n\n"
        "Several disks are one transaction: all are copied as of the same instant, and they stand "
        "or fall together (completion-mode grouped): when one fails the others are cancelled, and "
        "no bitmap is cleared.\n\n"
        "--quiesce freezes the guest's file systems through its agent (guest-fsfreeze-freeze) "
        "before the start and thaws them as soon as the backup has begun, which is said; whatever "
        "fails in between, they are thawed. Should the thawing itself fail after three attempts, "
        "the error says so, names them as left, and the backup goes on.\n\n"
        "A job is called backup-NODE unless job-id= says otherwise. It is judged, dismissed, "
        "cancelled by Ctrl-C and left by --detach as qmpbox block-commit says. The target of a "
        "backup that did not conclude well is incomplete.",
    .examples = examples,
    .arguments = arguments,
    .bare = "device",
    .bares = true,
    .options = options,
    .options_size = sizeof(struct blockdev_backup),
    .needs = (const char *const[]){"blockdev-backup", "transaction", "query-block",
        "query-named-block-nodes", "query-jobs", "job-dismiss", "query-qmp-schema", NULL},
    .dry_run = true,
    .run = run,
};
