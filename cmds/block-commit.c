/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/jobs.h"

struct block_commit {
    struct strings words;
    struct job_options jobs;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct block_commit *options = target;

    return job_options_run(context, &options->jobs, &options->words, false, NULL, error);
}

static const struct option options[] = {
    JOB_DETACH_OPTION(struct block_commit, jobs),
    JOB_READY_OPTIONS(struct block_commit, jobs),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct block_commit, words, "NODE | KEY=VALUE",
        "the disk (a node, or the id of a device), and the members of block-commit: top-node=, "
        "base-node=, speed= and so on",
        COMPLETES_WORDS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp block-commit d1", "everything above the lowest image down into it"},
    {"-s /run/vm.qmp block-commit d1 top-node=d1-s1 base-node=d1",
        "one image in the middle of a chain"},
    {"-s /run/vm.qmp block-commit d1 --detach speed=50M", "started, and left to job-wait"},
    {NULL, NULL},
};

QMPBOX_COMMAND(block_commit) = {
    .name = "block-commit",
    .group = "Block",
    .summary = "merge images of a chain down into one below them",
    .description =
        "Writes what the images from the top (top-node=, the disk itself unless said) to above the "
        "base (base-node=, the lowest unless said) hold down into the base. The words are those of "
        "QEMU's block-commit, typed by this QEMU. Where a disk is named by the id of its device, "
        "or by a node that has an overlay meanwhile, its root node is meant, which is said.\n\n"
        "The commit of the active layer becomes ready and is completed then: the disk is on the "
        "base afterwards. --no-complete leaves it ready. The overlay's node is then used by "
        "nothing: it is removed when it carries our names (a node NAME with a file node "
        "NAME-file), else named in the result. The files stay.\n\n"
        "An image's header never gets the name of a passed descriptor: backing-file= is the real "
        "path of the base, found out where QEMU has a file of its own name open, or where its open "
        "files can be looked into (as root, on the same host); else it must be given.\n\n"
        "A base that was passed read-only (the backing chain of a qcow2 that hotplug-disk put in) "
        "gets descriptors of both modes for the time of the job.\n\n"
        "A commit in the middle of a chain rewrites the header of the image above the top, and "
        "every QEMU from 5.2 to 11.1 crashes when it cannot. So where that image is read-only the "
        "header is first written as it is (change-backing-file), and where it was passed read-only "
        "the commit is refused.\n\n"
        "The job is called commit-NODE unless job-id= says otherwise. It is judged by how it "
        "concluded, its error is read, and then it is dismissed. Status 7 when it failed; a full "
        "disk fails it, or, with on-error=enospc, pauses it, which is said. Ctrl-C and SIGTERM "
        "cancel it and wait until that is done; a second one leaves at once and says what is left. "
        "When --timeout is over (there is none unless it is given) the job goes on, status 4. "
        "With --detach the job is left to qmpbox job-wait, which also completes it.\n\n"
        "With --json the result is {\"jobs\":[{\"id\":...,\"type\":...,\"status\":...}], "
        "\"device\":..., \"root\":..., \"removed\":[...], \"left\":[...]}.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct block_commit),
    .needs = (const char *const[]){"block-commit", "query-block", "query-named-block-nodes",
        "query-jobs", "job-complete", "job-dismiss", "query-qmp-schema", NULL},
    .dry_run = true,
    .run = run,
};
