/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/jobs.h"

struct blockdev_mirror {
    struct strings words;
    struct job_options jobs;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct blockdev_mirror *options = target;

    return job_options_run(context, &options->jobs, &options->words, false, NULL, error);
}

static const struct option options[] = {
    JOB_DETACH_OPTION(struct blockdev_mirror, jobs),
    JOB_READY_OPTIONS(struct blockdev_mirror, jobs),
    JOB_PIVOT_OPTION(struct blockdev_mirror, jobs),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct blockdev_mirror, words, "NODE | KEY=VALUE",
        "the disk (a node, or the id of a device), and the members of blockdev-mirror: target= and "
        "sync= must be there",
        COMPLETES_WORDS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp blockdev-mirror d1 target=new sync=full", "copy the disk and move over to it"},
    {"-s /run/vm.qmp blockdev-mirror d1 target=copy sync=full --no-pivot",
        "a copy of the disk as it is when the job ends"},
    {"-s /run/vm.qmp blockdev-mirror d1 target=new sync=full --until ready",
        "copied and kept in step; qmpbox job-wait mirror-d1 switches over"},
    {NULL, NULL},
};

QMPBOX_COMMAND(blockdev_mirror) = {
    .name = "blockdev-mirror",
    .group = "Block",
    .summary = "copy a disk while it is in use, and switch over to the copy",
    .description =
        "Copies the disk to the node target= and keeps the two in step until the disk is switched "
        "over to the target. The words are those of QEMU's blockdev-mirror, typed by this QEMU. "
        "Where a disk is named by the id of its device, or by a node that has an overlay "
        "meanwhile, its root node is meant, which is said. The target is a node that nothing uses, "
        "as large as the source (blockdev-add makes one).\n\n"
        "When everything has been copied the job is ready. It is completed then, and the disk is "
        "on the target afterwards; the source's nodes are removed when they carry our names (a "
        "node NAME with a file node NAME-file) and no bitmap would go with them, else named in the "
        "result. The files stay. "
        "--no-complete (or --until ready) leaves it ready: the two are kept in step, and qmpbox "
        "job-wait switches over.\n\n"
        "--no-pivot ends the ready job without the switch: the disk stays on its source, and the "
        "target is a copy as of that moment. (This is what QEMU does for block-job-cancel on a job "
        "that is ready; job-cancel and Ctrl-C abort it instead, and the target is not to be "
        "used.)\n\n"
        "The job is called mirror-NODE unless job-id= says otherwise. It is judged, dismissed, "
        "cancelled by Ctrl-C and left by --detach as qmpbox block-commit says.",
    .examples = examples,
    .arguments = arguments,
    .bare = "device",
    .options = options,
    .options_size = sizeof(struct blockdev_mirror),
    .needs = (const char *const[]){"blockdev-mirror", "query-block", "query-named-block-nodes",
        "query-jobs", "job-complete", "job-dismiss", "query-qmp-schema", NULL},
    .dry_run = true,
    .run = run,
};
