/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/snapshot.h"

#include "qmp/arguments.h"
#include "qmp/ask.h"
#include "vm/backing.h"
#include "vm/fdpass.h"
#include "vm/jobstep.h"
#include "vm/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NODE_NAME = 31, NAMES = 1000 };

struct snapshot {
    const struct snapshot_request *request;
    const char *node; /* what it is put on */
    char *device;     /* the id of the device on it, or NULL */
    char *stem;       /* what names are made of: that id, or the node's name without -sN */
    char *overlay;    /* its node, and that of its file */
    char *file_node;
    char *path;     /* absolute */
    char *filename; /* as QEMU knows it */
    char *backing;  /* the real file below it */
    const char *format;
    struct number size;
    bool direct, no_flush;
    int fd;
};

static void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->device);
    free(snapshot->stem);
    free(snapshot->overlay);
    free(snapshot->file_node);
    free(snapshot->path);
    free(snapshot->filename);
    free(snapshot->backing);
    close_fd(&snapshot->fd);
}

/* Names. */

static bool is_free(const struct graph *graph, const char *name)
{
    AUTO_FREE char *file = xasprintf("%s-file", name);

    return !graph_node(graph, name) && !graph_node(graph, file);
}

/* "d1" of "d1-s3", and of any other name the whole. */
static size_t stem_length(const char *name)
{
    const char *dash = strrchr(name, '-');
    size_t digits = dash && dash[1] == 's' ? strspn(dash + 2, "0123456789") : 0;

    return digits && !dash[2 + digits] ? (size_t)(dash - name) : strlen(name);
}

static bool choose_names(struct snapshot *snapshot, const struct graph *graph, struct error *error)
{
    const char *wanted = snapshot->request->overlay;

    if (wanted && !words_is_id(wanted))
        return error_set(error, ERROR_USAGE, "overlay: '%s' is no name of a node", wanted);
    if (wanted && !is_free(graph, wanted))
        return error_set(error, ERROR_USAGE, "overlay: the node %s, or %s-file, is there already",
            wanted, wanted);
    if (wanted)
        snapshot->overlay = xstrdup(wanted);
    for (int i = 1; !snapshot->overlay && i < NAMES; i++) {
        AUTO_FREE char *name = xasprintf("%s-s%d", snapshot->stem, i);

        if (is_free(graph, name))
            snapshot->overlay = steal_pointer(&name);
    }
    if (!snapshot->overlay || !words_is_id(snapshot->overlay) ||
        strlen(snapshot->overlay) + strlen("-file") > NODE_NAME)
        return error_set(error, ERROR_USAGE,
            "%s gives no name for the overlay's node that QEMU takes: say one with overlay=",
            snapshot->stem);
    snapshot->file_node = xasprintf("%s-file", snapshot->overlay);
    return true;
}

/* What is there. */

static void note_bitmaps(
    struct session *session, const struct graph *graph, const struct snapshot *snapshot)
{
    const json *node = graph_node(graph, backing_image(graph, snapshot->node));

    if (json_count(json_get(node, "dirty-bitmaps")))
        report_note(session_report(session),
            "the bitmaps of %s stay with it: they record nothing that is written from now on",
            json_get_string(node, "node-name"));
}

static bool survey(struct snapshot *snapshot, struct session *session, const struct graph *graph,
    struct error *error)
{
    const struct snapshot_request *request = snapshot->request;
    const json *node, *cache;

    snapshot->node = graph_disk(graph, request->disk, false, session_report(session), error);
    if (!snapshot->node)
        return false;
    snapshot->device = graph_device_on(graph, snapshot->node);
    snapshot->stem = snapshot->device ? xstrdup(snapshot->device)
                                      : xstrndup(snapshot->node, stem_length(snapshot->node));
    node = graph_node(graph, snapshot->node);
    cache = json_get(node, "cache");
    snapshot->direct = json_get_bool(cache, "direct", false);
    snapshot->no_flush = json_get_bool(cache, "no-flush", false);
    snapshot->format = backing_format(graph, snapshot->node);
    if (!snapshot->format ||
        !json_get_number(json_get(node, "image"), "virtual-size", &snapshot->size)) {
        error_set(error, ERROR_UNSUPPORTED, "this QEMU does not tell the format and size of %s",
            snapshot->node);
        return false;
    }
    if (json_get_bool(node, "ro", false) && !snapshot->device)
        report_note(session_report(session), "the node %s is read-only, and used by no device",
            snapshot->node);
    snapshot->backing = request->backing_file ? xstrdup(request->backing_file)
                                              : backing_name(session, graph, snapshot->node,
                                                    "--backing-file PATH", error);
    return snapshot->backing && backing_check_name(snapshot->backing, "--backing-file", error) &&
           choose_names(snapshot, graph, error);
}

/* The file. */

/* It gets the mode and, where that is possible, the owner of the file that it stands for now. */
static bool make_file(struct snapshot *snapshot, struct error *error)
{
    int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY;
    struct stat below;

    snapshot->fd = open(snapshot->path, flags | (snapshot->direct ? O_DIRECT : 0), 0600);
    if (snapshot->fd < 0)
        return error_set(error, ERROR_LOCAL, "cannot make %s: %s", snapshot->path, strerror(errno));
    if (stat(snapshot->backing, &below) == 0 && S_ISREG(below.st_mode)) {
        if (fchown(snapshot->fd, below.st_uid, below.st_gid) == 0)
            (void)fchmod(snapshot->fd, below.st_mode & 0666);
    }
    return true;
}

/* The messages. */

static void add_cache(const struct snapshot *snapshot, json *node)
{
    json *cache;

    if (!snapshot->direct && !snapshot->no_flush)
        return;
    cache = json_add_object(node, "cache");
    json_add_bool(cache, "direct", snapshot->direct);
    json_add_bool(cache, "no-flush", snapshot->no_flush);
}

/* Passes the descriptor, unless QEMU opens the path; the step that does is NULL then. */
static struct step *add_descriptor(
    struct snapshot *snapshot, struct session *session, bool by_path, struct steps *steps)
{
    AUTO_FREE char *name = fdpass_describe(snapshot->path, FDPASS_BOTH, snapshot->direct);
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", snapshot->stem);
    int64_t id = fdpass_new_set_id();

    if (by_path) {
        snapshot->filename = xstrdup(snapshot->path);
        close_fd(&snapshot->fd);
        return NULL;
    }
    snapshot->filename = xasprintf("/dev/fdset/%lld", (long long)id);
    return fdpass_add_set(steps, session, id, steal_fd(&snapshot->fd), name, opaque);
}

static json *file_node(const struct snapshot *snapshot)
{
    json *file = json_new_object();

    json_add_string(file, "driver", "file");
    json_add_string(file, "node-name", snapshot->file_node);
    json_add_string(file, "filename", snapshot->filename);
    add_cache(snapshot, file);
    return file;
}

/* The file as a node of its own, which is given its format and taken away again. */
static void add_create(const struct snapshot *snapshot, struct steps *steps)
{
    struct step *file = node_add_step(steps, file_node(snapshot), 0);
    json *arguments = json_new_object(), *options;
    AUTO_FREE char *id = xasprintf("create-%s", snapshot->overlay);
    AUTO_STRINGS struct strings ids = {0};
    struct step *step;

    json_add_string(arguments, "job-id", id);
    options = json_add_object(arguments, "options");
    json_add_string(options, "driver", "qcow2");
    json_add_string(options, "file", snapshot->file_node);
    json_add(options, "size", json_new_number(snapshot->size));
    json_add_string(options, "backing-file", snapshot->backing);
    json_add_string(options, "backing-fmt", snapshot->format);
    step = steps_add(steps, "blockdev-create", arguments, STEP_WAIT);
    strings_add(&ids, id);
    job_step(step, &ids);
    step->settle = job_settle;
    step = steps_add(steps, "blockdev-del", json_copy(file->inverse_arguments), STEP_WAIT);
    step->closes = file;
}

/* Has the overlay something below it, which it has not before the snapshot? */
static bool is_overlaid(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_GRAPH struct graph graph = {0};
    bool known = graph_read(session, &graph, error);
    const char *overlay = json_get_string(step->arguments, "overlay");

    *present = known && graph_child(&graph, overlay, "backing");
    return known;
}

static struct step *add_snapshot(const struct snapshot *snapshot, struct steps *steps)
{
    json *node = json_new_object(), *arguments = json_new_object();
    struct step *step;

    json_add_string(node, "driver", "qcow2");
    json_add_string(node, "node-name", snapshot->overlay);
    json_add(node, "file", file_node(snapshot));
    json_add(node, "backing", json_new_null());
    add_cache(snapshot, node);
    node_add_step(steps, node, 0);
    json_add_string(arguments, "node", snapshot->node);
    json_add_string(arguments, "overlay", snapshot->overlay);
    step = steps_add(steps, "blockdev-snapshot", arguments, STEP_WAIT | STEP_COMMIT);
    step->present = is_overlaid;
    return step;
}

static json *describe(const struct snapshot *snapshot)
{
    json *result = json_new_object();

    if (snapshot->device)
        json_add_string(result, "device", snapshot->device);
    json_add_string(result, "node", snapshot->node);
    json_add_string(result, "overlay", snapshot->overlay);
    json_add_string(result, "file", snapshot->path);
    json_add_string(result, "format", "qcow2");
    json_add_string(result, "backing-file", snapshot->backing);
    return result;
}

/* The file goes too, unless something in the VM may have it open still. */
static void remove_file(
    const struct snapshot *snapshot, const struct step *commit, struct error *error)
{
    if (commit->state == STEP_DONE || error->left.count) {
        strings_printf(&error->left, "file %s", snapshot->path);
        return;
    }
    if (unlink(snapshot->path) == 0)
        strings_printf(&error->undone, "file %s", snapshot->path);
    else
        strings_printf(&error->left, "file %s (%s)", snapshot->path, strerror(errno));
}

/* What is there, and whether QEMU takes no descriptors, as a storage daemon: asked in one write. */
static bool read_graph(
    struct session *session, struct graph *graph, bool *by_path, struct error *error)
{
    AUTO_JSON json *sets = NULL;
    uint64_t ticket;

    if (!session_send(session, "query-fdsets", NULL, -1, &ticket, error) ||
        !graph_read(session, graph, error))
        return false;
    sets = session_answer(session, ticket, error);
    *by_path = !sets && error->kind == ERROR_UNSUPPORTED;
    if (*by_path)
        error_free(error);
    return sets || *by_path;
}

bool snapshot_new(struct session *session, const struct snapshot_request *request, bool dry_run,
    json **result, struct error *error)
{
    AUTO(snapshot_free) struct snapshot snapshot = {.request = request, .fd = -1};
    AUTO_GRAPH struct graph graph = {0};
    AUTO_STEPS struct steps steps = {NULL, NULL};
    struct step *set, *commit;
    bool by_path;

    snapshot.path = fdpass_absolute(request->file);
    if (access(snapshot.path, F_OK) == 0)
        return error_set(error, ERROR_LOCAL, "%s is there already", snapshot.path);
    if ((request->backing_file &&
            !backing_check_name(request->backing_file, "--backing-file", error)) ||
        !read_graph(session, &graph, &by_path, error) || !survey(&snapshot, session, &graph, error))
        return false;
    if (by_path && !utf8_valid(snapshot.path, strlen(snapshot.path)))
        return error_set(error, ERROR_USAGE,
            "--new: this QEMU takes no descriptors, and a path that is not UTF-8 cannot be told to "
            "it");
    if (!by_path && !session_can_pass(session, "add-fd", error))
        return false;
    if (!dry_run && !make_file(&snapshot, error))
        return false;
    set = add_descriptor(&snapshot, session, by_path, &steps);
    add_create(&snapshot, &steps);
    commit = add_snapshot(&snapshot, &steps);
    if (set)
        fdpass_close_set(&steps, set, 0);
    if (!steps_run(&steps, session, dry_run, error)) {
        remove_file(&snapshot, commit, error);
        return false;
    }
    if (!dry_run) {
        note_bitmaps(session, &graph, &snapshot);
        *result = describe(&snapshot);
    }
    return true;
}

/* With nodes that are there. */

static bool check_overlay(const struct graph *graph, const char *overlay, struct error *error)
{
    AUTO_STRINGS struct strings users = {0};

    if (!graph_node(graph, overlay)) {
        graph_unknown_node(graph, overlay, error);
        return error_prefix(error, "overlay");
    }
    if (graph_child(graph, overlay, "backing"))
        return error_set(error, ERROR_USAGE,
            "overlay: %s has a backing image already: add it with backing:=null", overlay);
    graph_users(graph, overlay, &users);
    return users.count == 0 ||
           error_set(error, ERROR_USAGE, "overlay: %s is in use by %s", overlay, users.item[0]);
}

bool snapshot_plain(struct session *session, const struct strings *words, const json *whole,
    bool dry_run, json **result, struct error *error)
{
    AUTO_JSON json *arguments = arguments_for(session, "blockdev-snapshot", words, whole, error);
    AUTO_GRAPH struct graph graph = {0};
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_FREE char *device = NULL;
    AUTO_FREE char *node = NULL;
    const char *disk;
    struct step *step;

    if (!arguments || !graph_read(session, &graph, error))
        return false;
    disk = graph_disk(
        &graph, json_get_string(arguments, "node"), false, session_report(session), error);
    if (!disk || !check_overlay(&graph, json_get_string(arguments, "overlay"), error))
        return false;
    node = xstrdup(disk);
    device = graph_device_on(&graph, node);
    json_replace(arguments, "node", json_new_string(node));
    step = steps_add(&steps, "blockdev-snapshot", json_copy(arguments), STEP_COMMIT);
    step->present = is_overlaid;
    if (!steps_run(&steps, session, dry_run, error))
        return false;
    if (dry_run)
        return true;
    *result = json_new_object();
    if (device)
        json_add_string(*result, "device", device);
    json_add_string(*result, "node", node);
    json_add_string(*result, "overlay", json_get_string(arguments, "overlay"));
    return true;
}
