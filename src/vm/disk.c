/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/disk.h"

#include "qmp/arguments.h"
#include "qmp/ask.h"
#include "vm/device.h"
#include "vm/fdpass.h"
#include "vm/image.h"
#include "vm/node.h"
#include "vm/plug.h"

#include <stdlib.h>
#include <string.h>

enum {
    NODE_NAME = 31, /* the longest node name that QEMU takes, in bytes */
    ID_LENGTH = NODE_NAME - (int)sizeof("file"), /* ID-file and ID-b199 must fit too */
};

const char *const disk_caches[] = {
    "writeback", "none", "writethrough", "directsync", "unsafe", NULL};
const char *const disk_aios[] = {"threads", "native", "io_uring", NULL};
const char *const disk_discards[] = {"ignore", "unmap", NULL};

struct disk {
    struct disk_request request;
    struct image *image; /* first of the chain */
    bool direct;
    json *node; /* --node, as an object */
    struct plug plug;
};

static bool check_request(const struct disk_request *request, struct error *error)
{
    static const char *const ours[] = {"id", "drive", NULL};

    if (!plug_check_id(request->id, error))
        return false;
    if (strlen(request->id) > ID_LENGTH)
        return error_set(error, ERROR_USAGE,
            "the id '%s' is too long: %d characters at most, since its nodes are named after it",
            request->id, (int)ID_LENGTH);
    if (!plug_check_words(request->words, ours, error))
        return false;
    if (request->usb && words_find(request->words, "driver"))
        return error_set(error, ERROR_USAGE, "--usb and driver= exclude each other");
    return true;
}

struct disk *disk_prepare(const struct disk_request *request, struct error *error)
{
    AUTO_DISK struct disk *disk = xcalloc(1, sizeof(*disk));
    const char *driver = words_find(request->words, "driver");
    static const char *const ours[] = {
        "driver", "node-name", "file", "read-only", "backing", "cache"};

    disk->request = *request;
    disk->plug.id = request->id;
    disk->plug.driver = driver ? driver : request->usb ? "usb-storage" : "virtio-blk-pci";
    disk->direct = text_is(request->cache, "none") || text_is(request->cache, "directsync");
    if (!check_request(request, error))
        return NULL;
    if (text_is(request->aio, "native") && !disk->direct) {
        error_set(error, ERROR_USAGE, "--aio native needs --cache none or directsync");
        return NULL;
    }
    disk->node = arguments_untyped(request->node, error);
    if (!disk->node) {
        error_prefix(error, "--node");
        return NULL;
    }
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (json_get(disk->node, ours[i])) {
            error_set(error, ERROR_USAGE, "--node %s: the ID, FILE or an option of its own says it",
                ours[i]);
            return NULL;
        }
    if (request->discard && json_get(disk->node, "discard")) {
        error_set(error, ERROR_USAGE, "--discard and --node discard= exclude each other");
        return NULL;
    }
    disk->image = request->by_path ? image_by_path(request->file, request->format, error)
                                   : image_open(request->file, request->format, request->read_only,
                                         disk->direct, error);
    return disk->image ? steal_pointer(&disk) : NULL;
}

void disk_free(struct disk *disk)
{
    if (!disk)
        return;
    image_free(disk->image);
    json_free(disk->node);
    plug_free(&disk->plug);
    free(disk);
}

/* What is in the VM already, and where the disk goes. */

static bool unknown_format(struct session *session, const struct disk *disk, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();
    AUTO_MESSAGE struct message *reply = NULL;
    const char *format = disk->image->format;
    struct error why = {0};

    if (strcmp(format, "raw") == 0 || strcmp(format, "qcow2") == 0)
        return false;
    /* Without a node name blockdev-add changes nothing, but says first when the driver is unknown.
     */
    json_add_string(arguments, "driver", format);
    if (session_execute(session, "blockdev-add", arguments, &reply, &why))
        return false;
    if (why.kind != ERROR_REFUSED) {
        error_move(error, &why);
        return true;
    }
    if (strstr(why.desc, "does not accept value") || strstr(why.desc, "Invalid parameter"))
        error_set(error, ERROR_USAGE, "this QEMU has no block format '%s'", format);
    error_free(&why);
    return error->kind;
}

/* The words of --node as this QEMU types them for the image's format. */
static bool type_node(struct disk *disk, struct session *session, struct error *error)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_JSON json *none = NULL;
    json *typed;

    if (!disk->request.node->count)
        return true;
    strings_printf(&words, "driver=%s", disk->image->format);
    strings_add(&words, "file=ours"); /* most formats must have one; ours comes later */
    if (!words_settle(disk->request.node, NULL, &words, &none, error))
        return error_prefix(error, "--node");
    typed = arguments_for(session, "blockdev-add", &words, NULL, error);
    if (!typed)
        return error_prefix(error, "--node");
    json_free(json_take(typed, "driver"));
    json_free(json_take(typed, "file"));
    json_free(disk->node);
    disk->node = typed;
    return true;
}

static bool survey(struct disk *disk, struct session *session, struct error *error)
{
    AUTO_JSON json *flat = json_new_object();
    AUTO_JSON json *nodes = NULL;
    AUTO_FREE char *file_name = xasprintf("%s-file", disk->request.id);
    const char *id = disk->request.id;
    struct plug *plug = &disk->plug;
    uint64_t ticket;

    json_add_bool(flat, "flat", true);
    if (!type_node(disk, session, error))
        return false;
    if (!plug_type(plug, session, !words_find(disk->request.words, "driver"), disk->request.words,
            error) ||
        !node_may_ask(session, error) ||
        !session_send(session, "query-named-block-nodes", flat, -1, &ticket, error) ||
        !plug_survey(plug, session, error) || !(nodes = session_answer(session, ticket, error)))
        return false;
    if (json_find(nodes, "node-name", id) || json_find(nodes, "node-name", file_name))
        return error_set(error, ERROR_USAGE,
            "the id '%s' is taken by a block node of this VM (unplug-disk %s removes what an "
            "earlier run has left)",
            id, id);
    if (unknown_format(session, disk, error))
        return false;
    if (!plug_place(plug, session, error))
        return false;
    json_add_string(plug->device, "drive", id);
    if (disk->request.cache && json_get(plug->device, "write-cache"))
        return error_set(error, ERROR_USAGE, "--cache and write-cache= exclude each other");
    if (text_is(disk->request.cache, "writethrough") || text_is(disk->request.cache, "directsync"))
        json_replace(plug->device, "write-cache", json_new_string("off"));
    return true;
}

/* The messages. */

/* The image's file node, after a step that passes its descriptor (unless QEMU opens it). */
static json *file_node(
    struct disk *disk, struct image *image, struct steps *steps, struct session *session)
{
    json *file = json_new_object();
    enum fdpass_mode mode =
        image != disk->image || disk->request.read_only ? FDPASS_READ : FDPASS_BOTH;
    AUTO_FREE char *name = fdpass_describe(image->path, mode, image->direct);
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", disk->request.id);
    AUTO_FREE char *filename = NULL;

    json_add_string(file, "driver", image->is_device ? "host_device" : "file");
    if (disk->request.by_path) {
        filename = xstrdup(image->path);
    } else {
        int64_t id = fdpass_new_set_id();

        fdpass_add_set(steps, session, id, steal_fd(&image->fd), name, opaque);
        filename = xasprintf("/dev/fdset/%lld", (long long)id);
    }
    json_add_string(file, "filename", filename);
    if (disk->request.aio)
        json_add_string(file, "aio", disk->request.aio);
    return file;
}

static void add_node(struct disk *disk, struct steps *steps, struct session *session)
{
    json *top = NULL, *at = NULL;
    const struct disk_request *request = &disk->request;
    int depth = 0;

    for (struct image *image = disk->image; image; image = image->next, depth++) {
        json *node = json_new_object();
        json *file = file_node(disk, image, steps, session);
        AUTO_FREE char *name =
            depth ? xasprintf("%s-b%d", request->id, depth) : xstrdup(request->id);
        AUTO_FREE char *file_name = xasprintf("%s-file", request->id);

        json_add_string(node, "driver", image->format);
        json_add_string(node, "node-name", name);
        if (!depth)
            json_add_string(file, "node-name", file_name);
        json_add(node, "file", file);
        if (depth || request->read_only)
            json_add_bool(node, "read-only", true);
        /* The chain is what was opened here: QEMU must not follow the header on its own. */
        if (!image->next && strcmp(image->format, "qcow2") == 0 && !request->by_path)
            json_add(node, "backing", json_new_null());
        if (at)
            json_add(at, "backing", node);
        else
            top = node;
        at = node;
    }
    if (disk->direct || text_is(request->cache, "unsafe")) {
        json *cache = json_add_object(top, "cache");

        json_add_bool(cache, "direct", disk->direct);
        json_add_bool(cache, "no-flush", !disk->direct);
    }
    if (request->discard)
        json_add_string(top, "discard", request->discard);
    json_each (word, disk->node)
        json_replace(top, json_key(word), json_copy(word));
    node_add_step(steps, top, 0);
}

static json *describe(const struct disk *disk)
{
    json *result = json_new_object();
    AUTO_FREE char *file_node_name = xasprintf("%s-file", disk->request.id);

    plug_describe(&disk->plug, NULL, result);
    json_add_string(result, "node", disk->request.id);
    json_add_string(result, "file-node", file_node_name);
    json_add_string(result, "file", disk->image->path);
    json_add_string(result, "format", disk->image->format);
    json_add_bool(result, "read-only", disk->request.read_only);
    return result;
}

/* Up to 7.2 a paused VM keeps a removed descriptor: whoever reads this must know. */
static void note_kept_sets(
    const struct disk *disk, struct session *session, const struct steps *steps)
{
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", disk->request.id);
    struct error why = {0};
    struct slice value;

    for (const struct step *step = steps->first; step; step = step->next) {
        AUTO_JSON json *sets = NULL;
        AUTO_JSON json *kept = NULL;

        if (strcmp(step->command, "query-fdsets") != 0 || !step->reply ||
            !message_get(step->reply, "return", &value))
            continue;
        sets = json_parse(value.bytes, value.length, &why);
        error_free(&why);
        kept = fdpass_find_sets(sets, opaque);
        if (json_count(kept))
            report_note(session_report(session),
                "QEMU %s keeps the descriptor of a disk while the VM is paused, and drops it once "
                "the "
                "VM runs and no monitor is in use",
                session_version(session));
    }
}

bool disk_plug(
    struct disk *disk, struct session *session, bool dry_run, json **result, struct error *error)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};
    struct step *last_set, *next;

    if (!survey(disk, session, error))
        return false;
    add_node(disk, &steps, session);
    last_set = steps.last;
    *result = describe(disk);
    device_add_step(&steps, steal_pointer(&disk->plug.device), STEP_WAIT | STEP_COMMIT);
    for (struct step *step = steps.first; step && step != last_set; step = next) {
        next = step->next;
        fdpass_close_set(&steps, step, 0);
    }
    if (!disk->request.by_path && session_major(session) < 10)
        steps_add(&steps, "query-fdsets", NULL, STEP_TIDY);
    if (!steps_run(&steps, session, dry_run, error)) {
        if (error->desc && strstr(error->desc, "lock"))
            error_append(error, "; %s is in use by another program, such as a QEMU or qemu-img",
                disk->image->path);
        return false;
    }
    if (!dry_run)
        note_kept_sets(disk, session, &steps);
    return true;
}

bool disk_check(struct disk *disk, struct session *session, json **result, struct error *error)
{
    static const char *const needed[] = {
        "add-fd", "remove-fd", "blockdev-add", "blockdev-del", "device_add", "device_del", NULL};

    if (!plug_check_commands(session, needed, error))
        return false;
    if (!survey(disk, session, error)) {
        plug_judge_check(&disk->plug, error);
        return false;
    }
    *result = describe(disk);
    return true;
}
