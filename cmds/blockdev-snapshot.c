/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/words.h"
#include "vm/snapshot.h"

#include <string.h>

struct blockdev_snapshot {
    struct strings words;
    const char *file;
    const char *backing_file;
};

/* "d1: node d1-s1 (qcow2 /srv/s1.qcow2) on d1" */
static void view_snapshot(const json *value, const struct output *output, struct text *text)
{
    const char *device = json_get_string(value, "device");
    const char *file = json_get_string(value, "file");

    (void)output;
    text_add_shown(text, device ? device : "");
    text_add_string(text, device ? ": node " : "node ");
    text_add_shown(text, json_get_string(value, "overlay"));
    if (file) {
        text_add_string(text, " (qcow2 ");
        text_add_shown(text, file);
        text_add_char(text, ')');
    }
    text_add_string(text, " on ");
    text_add_shown(text, json_get_string(value, "node"));
    text_add_char(text, '\n');
}

/* With --new there are only these two words: the disk, bare or as node=, and overlay=. */
static bool read_words(
    const struct strings *words, struct snapshot_request *request, struct error *error)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i];
        AUTO_FREE char *key = words_key(word);
        const char **where = !key || strcmp(key, "node") == 0 ? &request->disk
                             : strcmp(key, "overlay") == 0    ? &request->overlay
                                                              : NULL;

        if (!where || (key && words_is_json(word)))
            return error_set(
                error, ERROR_USAGE, "'%s': with --new there are NODE and overlay=NAME", word);
        if (*where)
            return error_set(error, ERROR_USAGE, "'%s': that is given twice", word);
        *where = key ? words_value(word) : word;
    }
    return request->disk || error_set(error, ERROR_USAGE, "of which node? Give NODE");
}

static bool make_new(struct context *context, const struct blockdev_snapshot *options,
    json **result, struct error *error)
{
    struct snapshot_request request = {
        .file = options->file,
        .backing_file = options->backing_file,
    };
    struct session *session;

    if (!read_words(&options->words, &request, error))
        return false;
    session = context_session(context, error);
    return session && snapshot_new(session, &request, context_dry_run(context), result, error);
}

static bool use_plain(struct context *context, const struct blockdev_snapshot *options,
    json **result, struct error *error)
{
    AUTO_STRINGS struct strings settled = {0};
    AUTO_JSON json *whole = NULL;
    struct session *session;

    if (options->backing_file)
        return error_set(error, ERROR_USAGE, "--backing-file goes with --new");
    if (options->words.count == 1 && words_is_id(options->words.item[0]))
        return error_set(error, ERROR_USAGE,
            "an overlay for %s? --new FILE makes one, overlay=NODE takes one that is there",
            options->words.item[0]);
    if (!words_settle(&options->words, NULL, &settled, &whole, error))
        return false;
    session = context_session(context, error);
    return session &&
           snapshot_plain(session, &settled, whole, context_dry_run(context), result, error);
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct blockdev_snapshot *options = target;
    json *result = NULL;

    if (!(options->file ? make_new : use_plain)(context, options, &result, error))
        return false;
    return context_dry_run(context) || context_result(context, result, view_snapshot);
}

static const struct option options[] = {
    OPTION_STRING(struct blockdev_snapshot, file, "new", 0, "FILE",
        "make the overlay image FILE (qcow2) and pass it", COMPLETES_FILE),
    OPTION_STRING(struct blockdev_snapshot, backing_file, "backing-file", 0, "PATH",
        "with --new: what the overlay's header says is below it, where that cannot be found out",
        COMPLETES_FILE),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct blockdev_snapshot, words, "NODE | KEY=VALUE",
        "the disk (a node, or the id of a device); overlay= names the overlay's node",
        COMPLETES_WORDS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp blockdev-snapshot d1 --new /srv/d1-today.qcow2",
        "from now on the guest writes into a new image"},
    {"-s /run/vm.qmp blockdev-snapshot node=d1 overlay=o1",
        "the same with a node that blockdev-add made"},
    {"-s /run/vm.qmp block-commit d1", "and back again"},
    {NULL, NULL},
};

QMPBOX_COMMAND(blockdev_snapshot) = {
    .name = "blockdev-snapshot",
    .group = "Block",
    .summary = "put an overlay image on a disk, so that what is below stays as it is",
    .description =
        "From then on the guest writes into the overlay. A disk that is named by the id of its "
        "device, or by a node that has an overlay already, is its root node, which is said.\n\n"
        "With --new FILE is made here (it must not exist), with the mode of the image below it, "
        "passed to QEMU, formatted as qcow2 by QEMU and put on the disk; QEMU needs no right to "
        "open it. The overlay of the disk ID is the node ID-s1 with its file node ID-s1-file, then "
        "ID-s2 and so on; overlay=NAME gives another name. It is opened with the cache mode of "
        "what is below. What fails is undone, and FILE is removed again. A storage daemon takes no "
        "descriptors and opens FILE by its path.\n\n"
        "The header of FILE names the real path of the image below, never a descriptor. It is "
        "found out where QEMU has a file of its own name open, or where its open files can be "
        "looked into (as root, on the same host); else --backing-file must give it.\n\n"
        "Without --new the words are those of QEMU's blockdev-snapshot: node= and overlay=, a node "
        "that was added with backing:=null and that nothing uses.\n\n"
        "Bitmaps stay with the image below, which is said. qmpbox block-commit NODE brings the "
        "overlay's data back and removes its node.\n\n"
        "With --json the result is {\"device\":..., \"node\":..., \"overlay\":..., \"file\":..., "
        "\"format\":..., \"backing-file\":...}.",
    .examples = examples,
    .arguments = arguments,
    .bare = "node",
    .options = options,
    .options_size = sizeof(struct blockdev_snapshot),
    .needs = (const char *const[]){"blockdev-snapshot", "blockdev-add", "blockdev-del",
        "blockdev-create", "query-jobs", "job-dismiss", "query-block", "query-named-block-nodes",
        NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
