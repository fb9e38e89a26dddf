/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/blocks.h"

#include "ui/table.h"
#include "ui/units.h"

#include <inttypes.h>
#include <string.h>

/* ", " between what a line says, two blanks behind the name that it begins with. */
static void next(struct text *line, bool *first)
{
    text_add_string(line, *first ? "  " : ", ");
    *first = false;
}

static void add_size(struct text *text, const json *number)
{
    struct number value;

    if (!json_number(number, &value) || !unit_add(text, UNIT_BYTES, value))
        json_print(number, text);
}

static bool flag(const json *object, const char *name)
{
    return json_get_bool(object, name, false);
}

static void add_named(struct text *line, bool *first, const char *before, const char *value)
{
    next(line, first);
    text_add_string(line, before);
    text_add_shown(line, value);
}

/* ---------------------------------------------------------------- throttles */

static void add_rate(struct text *text, const json *value, bool bytes)
{
    struct number number;

    if (bytes && json_number(value, &number) && unit_add(text, UNIT_BYTES_PER_SECOND, number))
        return;
    json_print(value, text);
    text_add_string(text, bytes ? " B/s" : "/s");
}

/* "1 MiB/s (burst 2 MiB/s for 3 s)" */
static void add_limit(struct text *text, const json *throttle, const char *name, const char *what)
{
    AUTO_FREE char *max_name = xasprintf("%s_max", name);
    AUTO_FREE char *length_name = xasprintf("%s_max_length", name);
    const json *average = json_get(throttle, name), *most = json_get(throttle, max_name);
    bool bytes = strncmp(name, "bps", 3) == 0;
    int64_t length = 1;
    struct number rate = {0}, burst = {0};

    (void)json_number(average, &rate);
    (void)json_number(most, &burst);
    if (!rate.magnitude && !burst.magnitude)
        return;
    text_add_string(text, text->length ? ", " : "");
    text_add_string(text, what);
    if (rate.magnitude)
        add_rate(text, average, bytes);
    else
        text_add_string(text, "no limit");
    if (!burst.magnitude)
        return;
    text_add_string(text, " (burst ");
    add_rate(text, most, bytes);
    if (json_get_int(throttle, length_name, &length) && length > 1)
        text_printf(text, " for %" PRId64 " s", length);
    text_add_char(text, ')');
}

void blocks_add_throttle(const json *throttle, struct text *text)
{
    static const struct {
        const char *name, *what;
    } limits[] = {{"bps", ""}, {"bps_rd", "read "}, {"bps_wr", "write "}, {"iops", "operations "},
        {"iops_rd", "reads "}, {"iops_wr", "writes "}};
    AUTO_TEXT struct text line = TEXT_EMPTY;
    const json *size = json_get(throttle, "iops_size");
    const char *group = json_get_string(throttle, "group");
    struct number value = {0};

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        add_limit(&line, throttle, limits[i].name, limits[i].what);
    if (!line.length)
        return;
    if (json_number(size, &value) && value.magnitude) {
        text_add_string(&line, ", an operation each ");
        add_size(&line, size);
    }
    if (group) {
        text_add_string(&line, ", group ");
        text_add_shown(&line, group);
    }
    text_add_string(text, text_string(&line));
}

/* ---------------------------------------------------------------- layers */

static void add_sizes(struct text *line, bool *first, const json *layer)
{
    const json *size = json_get(layer, "size"), *allocated = json_get(layer, "allocated");

    if (size) {
        next(line, first);
        add_size(line, size);
    }
    if (size && allocated) {
        text_add_string(line, " (");
        add_size(line, allocated);
        text_add_string(line, " allocated)");
    }
    if (json_get(layer, "cluster-size")) {
        add_named(line, first, "clusters of ", "");
        add_size(line, json_get(layer, "cluster-size"));
    }
}

static void add_uses(struct text *line, bool *first, const json *layer)
{
    json_each (role, json_get(layer, "roles")) {
        const char *job = json_get_string(role, "job"), *what = json_get_string(role, "role");

        add_named(line, first, "", what ? what : "node");
        text_add_string(line, " of job ");
        text_add_shown(line, job ? job : "?");
    }
    json_each (export, json_get(layer, "exports")) {
        const char *id = json_get_string(export, "id"), *type = json_get_string(export, "type");

        add_named(line, first, "export ", id ? id : "?");
        if (type) {
            text_add_string(line, " (");
            text_add_shown(line, type);
            text_add_char(line, ')');
        }
    }
}

/* "d1  qcow2, 64 MiB (204 KiB allocated), read-only" */
static void add_layer_line(struct text *line, const json *layer, const char *edge)
{
    const char *name = json_get_string(layer, "name"), *driver = json_get_string(layer, "driver");
    const char *file = json_get_string(layer, "file"), *fdset = json_get_string(layer, "fdset");
    const char *group = json_get_string(layer, "group");
    bool first = true;

    if (edge) {
        text_add_shown(line, edge);
        text_add_string(line, ": ");
    }
    text_add_shown(line, name ? name : "?");
    if (flag(layer, "again")) {
        text_add_string(line, "  (see above)");
        return;
    }
    add_named(line, &first, "", driver ? driver : "unknown");
    text_add_string(line, flag(layer, "filter") ? " filter" : "");
    if (file)
        add_named(line, &first, "", file);
    if (fdset) {
        add_named(line, &first, "passed descriptor (fdset ", fdset);
        text_add_char(line, ')');
    }
    if (group)
        add_named(line, &first, "group ", group);
    /* A filter has the sizes of what is below it; those of a file say nothing to people. */
    if (!edge && !flag(layer, "filter"))
        add_sizes(line, &first, layer);
    if (flag(layer, "read-only"))
        add_named(line, &first, "read-only", "");
    json_each (remark, json_get(layer, "remarks"))
        add_named(line, &first, "", json_string(remark) ? json_string(remark) : "?");
    add_uses(line, &first, layer);
}

static void add_job(struct tree *tree, const json *job)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;
    const char *id = json_get_string(job, "id"), *type = json_get_string(job, "type");
    const char *status = json_get_string(job, "status");
    struct number current, total;
    bool first = true;

    text_add_string(&line, "job ");
    text_add_shown(&line, id ? id : "?");
    add_named(&line, &first, "", type ? type : "unknown");
    add_named(&line, &first, "", status ? status : "unknown");
    if (json_get_number(job, "current", &current) && json_get_number(job, "total", &total) &&
        total.magnitude && current.magnitude <= total.magnitude) {
        /* In floating point 2^64 bytes do not overflow, and a percent is no exact matter. */
        text_printf(
            &line, ", %d %% (", (int)(100.0 * (double)current.magnitude / (double)total.magnitude));
        add_size(&line, json_get(job, "current"));
        text_add_string(&line, " of ");
        add_size(&line, json_get(job, "total"));
        text_add_char(&line, ')');
    }
    tree_add(tree, text_string(&line));
}

static void add_bitmap(struct tree *tree, const json *bitmap)
{
    static const struct {
        const char *member, *what;
    } flags[] = {{"persistent", "persistent"}, {"busy", "busy"},
        {"inconsistent", "INCONSISTENT: it can only be removed"}};
    AUTO_TEXT struct text line = TEXT_EMPTY;
    const char *name = json_get_string(bitmap, "name");
    const json *dirty = json_get(bitmap, "count"), *granularity = json_get(bitmap, "granularity");
    bool first = true;

    text_add_string(&line, name ? "bitmap " : "bitmap without a name");
    text_add_shown(&line, name ? name : "");
    next(&line, &first);
    text_add_string(&line, flag(bitmap, "recording") ? "recording" : "not recording");
    if (dirty) {
        next(&line, &first);
        add_size(&line, dirty);
        text_add_string(&line, " dirty");
    }
    if (granularity) {
        add_named(&line, &first, "granularity ", "");
        add_size(&line, granularity);
    }
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (flag(bitmap, flags[i].member))
            add_named(&line, &first, flags[i].what, "");
    tree_add(tree, text_string(&line));
}

static void add_layers(struct tree *tree, const json *layers, const char *edge);

static void add_below(struct tree *tree, const json *layer)
{
    json_each (job, json_get(layer, "jobs"))
        add_job(tree, job);
    json_each (bitmap, json_get(layer, "bitmaps"))
        add_bitmap(tree, bitmap);
    json_each (part, json_get(layer, "parts"))
        add_layers(tree, json_get(part, "layers"), json_get_string(part, "edge"));
}

/* Only the first layer of a part is that part: those behind it are what backs it. */
static void add_layers(struct tree *tree, const json *layers, const char *edge)
{
    json_each (layer, layers) {
        AUTO_TEXT struct text line = TEXT_EMPTY;

        add_layer_line(&line, layer, edge);
        add_below(tree_add(tree, text_string(&line)), layer);
        edge = edge ? "backing" : NULL;
    }
}

/* ---------------------------------------------------------------- devices */

static void add_device_line(struct text *line, const json *device)
{
    const char *id = json_get_string(device, "id"), *drive = json_get_string(device, "drive");
    const char *cache = json_get_string(device, "cache");
    const char *io = json_get_string(device, "io-status");
    bool first = true;

    text_add_shown(line, id ? id : "?");
    if (drive)
        add_named(line, &first, "drive ", drive);
    if (json_get(device, "read-only"))
        add_named(line, &first, flag(device, "read-only") ? "read-only" : "read-write", "");
    if (cache)
        add_named(line, &first, "cache ", cache);
    if (flag(device, "removable"))
        add_named(line, &first, "removable", "");
    if (flag(device, "tray_open"))
        add_named(line, &first, "tray open", "");
    if (flag(device, "locked"))
        add_named(line, &first, "locked by the guest", "");
    if (flag(device, "empty"))
        add_named(line, &first, "empty", "");
    if (io && strcmp(io, "ok") != 0)
        add_named(line, &first, "I/O STATUS ", io);
}

static void add_device(const json *device, size_t width, struct text *text)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;
    AUTO_TEXT struct text throttle = TEXT_EMPTY;
    AUTO_TREE struct tree *tree = NULL;

    add_device_line(&line, device);
    tree = tree_new(text_string(&line));
    blocks_add_throttle(json_get(device, "throttle"), &throttle);
    if (throttle.length) {
        AUTO_FREE char *limits = xasprintf("throttled to %s", text_string(&throttle));

        tree_add(tree, limits);
    }
    add_layers(tree, json_get(device, "layers"), NULL);
    tree_print(tree, width, text);
}

static void add_other(const json *other, size_t width, struct text *text)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;
    AUTO_TREE struct tree *tree = NULL;
    const json *users = json_get(other, "users");
    bool first = true;

    text_add_string(&line, json_count(users) ? "used by " : "used by nothing");
    json_each (user, users) {
        text_add_string(&line, first ? "" : ", ");
        text_add_shown(&line, json_string(user) ? json_string(user) : "?");
        first = false;
    }
    tree = tree_new(text_string(&line));
    add_layers(tree, json_get(other, "layers"), NULL);
    tree_print(tree, width, text);
}

void view_blocks(const json *value, const struct output *output, struct text *text)
{
    const json *devices = json_get(value, "devices"), *others = json_get(value, "others");

    json_each (device, devices)
        add_device(device, output->width, text);
    if (!json_count(devices))
        text_add_string(text, "no block devices\n");
    json_each (other, others)
        add_other(other, output->width, text);
}
