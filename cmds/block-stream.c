/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/jobs.h"

struct block_stream {
    struct strings words;
    struct job_options jobs;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct block_stream *options = target;

    return job_options_run(context, &options->jobs, &options->words, false, NULL, error);
}

static const struct option options[] = {
    JOB_DETACH_OPTION(struct block_stream, jobs),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct block_stream, words, "NODE | KEY=VALUE",
        "the disk (a node, or the id of a device), and the members of block-stream: base-node=, "
        "speed= and so on",
        COMPLETES_WORDS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp block-stream d1", "everything into the disk's own image, which then stands "
                                       "alone"},
    {"-s /run/vm.qmp block-stream d1 base-node=golden", "all that is above the node golden"},
    {NULL, NULL},
};

QMPBOX_COMMAND(block_stream) = {
    .name = "block-stream",
    .group = "Block",
    .summary = "copy what is below a disk's image up into it",
    .description =
        "Copies what the images below the disk's own hold into it, as far as the base "
        "(base-node=), or all of it when no base is given. The words are those of QEMU's "
        "block-stream, typed by this QEMU. Where a disk is named by the id of its device, or by a "
        "node that has an overlay meanwhile, its root node is meant, which is said.\n\n"
        "What has been copied is in the disk's image as QEMU sees it, and on the host's disk when "
        "QEMU "
        "has flushed it: keep the images below until the guest has flushed, or the VM has ended "
        "well.\n\n"
        "Nodes that nothing uses afterwards are removed when they carry our names (a node NAME "
        "with a file node NAME-file), else named in the result. The files stay.\n\n"
        "An image's header never gets the name of a passed descriptor: backing-file= is the real "
        "path of the base, found out where QEMU has a file of its own name open, or where its open "
        "files can be looked into (as root, on the same host); else it must be given.\n\n"
        "The job is called stream-NODE unless job-id= says otherwise. It is judged, dismissed, "
        "cancelled by Ctrl-C and left by --detach as qmpbox block-commit says; a stream that was "
        "cancelled leaves the chain as it was, and what has been copied stays in its top.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct block_stream),
    .needs = (const char *const[]){"block-stream", "query-block", "query-named-block-nodes",
        "query-jobs", "job-dismiss", "query-qmp-schema", NULL},
    .dry_run = true,
    .run = run,
};
