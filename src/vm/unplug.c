/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/unplug.h"

#include "qmp/ask.h"
#include "qmp/words.h"
#include "vm/device.h"
#include "vm/fdpass.h"
#include "vm/node.h"
#include "vm/step.h"

#include <stdlib.h>
#include <string.h>

struct parts {
    char *device; /* its type, or NULL */
    bool backend; /* a block backend of the device is still there, also without the device */
    struct strings nodes;
    json *sets;
};

static void parts_free(struct parts *parts)
{
    free(parts->device);
    strings_free(&parts->nodes);
    json_free(parts->sets);
}

static bool find_parts(
    struct session *session, const char *id, struct parts *parts, struct error *error)
{
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", id);
    AUTO_FREE char *file_name = xasprintf("%s-file", id);
    AUTO_JSON json *blocks = NULL;
    AUTO_JSON json *nodes = NULL;
    AUTO_JSON json *sets = NULL;
    AUTO_STRINGS struct strings ours = {0};
    uint64_t block_ticket, node_ticket, set_ticket;

    if (!session_send(session, "query-block", NULL, -1, &block_ticket, error) ||
        !session_send(session, "query-named-block-nodes", NULL, -1, &node_ticket, error) ||
        !session_send(session, "query-fdsets", NULL, -1, &set_ticket, error) ||
        !device_find(session, id, &parts->device, error) ||
        !(blocks = session_answer(session, block_ticket, error)) ||
        !(nodes = session_answer(session, node_ticket, error)) ||
        !(sets = session_answer(session, set_ticket, error)))
        return false;
    if (json_find(nodes, "node-name", id))
        strings_add(&ours, id);
    json_each (block, blocks) {
        const char *node = json_get_string(json_get(block, "inserted"), "node-name");

        if (!node_is_backend(block, id, &ours))
            continue;
        parts->backend = true;
        /* The root first, such as an overlay; '#…' goes with its legacy drive. */
        if (node && node[0] != '#')
            strings_add(&parts->nodes, node);
    }
    if (parts->device && !parts->backend)
        return error_set(error, ERROR_USAGE, "%s is a %s, no disk", id, parts->device);
    json_each (block, blocks)
        if (node_is_backend(block, id, &ours))
            node_add_chain(nodes, json_get(json_get(block, "inserted"), "image"), &parts->nodes);
    if (json_find(nodes, "node-name", id) && !strings_have(&parts->nodes, id))
        strings_add(&parts->nodes, id);
    /* A file node of its own is there only when something made it without the node above it. */
    if (json_find(nodes, "node-name", file_name) && !json_find(nodes, "node-name", id))
        strings_add(&parts->nodes, file_name);
    parts->sets = fdpass_find_sets(sets, opaque);
    return true;
}

/*
 * A device leaves /machine/peripheral a moment before its backend lets go of the node, and
 * blockdev-del says "in use" in between (7.2, q35, after a reset).
 */
static bool wait_for_backend(
    struct session *session, const char *id, const struct strings *nodes, struct error *error)
{
    enum { ASK_AGAIN = 50 * 1000, PATIENCE = 10 * 1000 * 1000 };
    int64_t deadline = clock_after(PATIENCE);

    for (;;) {
        AUTO_JSON json *blocks = session_ask(session, "query-block", NULL, error);
        bool held = false;

        if (!blocks)
            return false;
        json_each (block, blocks)
            held = held || node_is_backend(block, id, nodes);
        if (!held)
            return true;
        if (clock_now() >= deadline)
            return error_set(error, ERROR_TIMEOUT,
                "the device %s has left, but QEMU has not let go of its block node", id);
        if (!loop_sleep(session_loop(session), clock_after(ASK_AGAIN), error))
            return false;
    }
}

static void add_removal(
    struct steps *steps, const char *command, const char *key, json *value, const char *what)
{
    json *arguments = json_new_object();

    json_add(arguments, key, value);
    steps_add(steps, command, arguments, 0)->what = xstrdup(what);
}

static char *set_name(const json *set, const char *id)
{
    return xasprintf("fdset %s of %s", json_digits(set), id);
}

static void plan_removal(const struct parts *parts, const char *id, struct steps *steps)
{
    for (size_t i = 0; i < parts->nodes.count; i++) {
        const char *name = parts->nodes.item[i];
        AUTO_FREE char *what = xasprintf("node %s", name);

        add_removal(steps, "blockdev-del", "node-name", json_new_string(name), what);
    }
    json_each (set, parts->sets) {
        AUTO_FREE char *what = set_name(set, id);

        add_removal(steps, "remove-fd", "fdset-id", json_copy(set), what);
    }
}

/* A node that was part of one removed before it goes with that one. */
static bool gone_already(const struct error *error)
{
    return error->desc &&
           (strstr(error->desc, "Failed to find node") || strstr(error->desc, "Cannot find node"));
}

/* Removes each part by itself: what one refuses does not keep the others. */
static bool remove_parts(struct session *session, const struct steps *steps,
    struct strings *removed, struct error *error)
{
    for (struct step *step = steps->first; step; step = step->next)
        if (!session_send(session, step->command, step->arguments, -1, &step->ticket, error))
            return false;
    for (const struct step *step = steps->first; step; step = step->next) {
        AUTO_MESSAGE struct message *reply = NULL;
        struct error why = {0};

        if (session_result(session, step->ticket, &reply, &why)) {
            strings_add(removed, step->what);
            continue;
        }
        if (gone_already(&why)) {
            error_free(&why);
            continue;
        }
        if (!error->kind) {
            error_move(error, &why);
            error_prefix(error, "%s could not be removed", step->what);
        }
        strings_printf(&error->left, "%s", step->what);
        error_free(&why);
    }
    return !error->kind;
}

/*
 * Up to 7.2 remove-fd says {} on a paused VM and keeps the descriptor, without the image's lock,
 * until the VM runs and its last monitor client leaves, or remove-fd is said again.
 */
static bool note_left_sets(struct session *session, const char *id, struct strings *removed,
    struct strings *left, struct error *error)
{
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", id);
    AUTO_JSON json *sets = session_ask(session, "query-fdsets", NULL, error);
    AUTO_JSON json *kept = sets ? fdpass_find_sets(sets, opaque) : NULL;

    json_each (set, kept) {
        AUTO_FREE char *what = set_name(set, id);

        strings_remove(removed, what);
        strings_add(left, what);
    }
    if (left->count)
        report_note(session_report(session),
            "QEMU %s keeps the descriptor of a disk while the VM is paused, and drops it once the "
            "VM runs and no monitor is in use",
            session_version(session));
    return sets;
}

/* Says in the message what has gone all the same. */
static void add_removed(const struct strings *removed, struct error *error)
{
    for (size_t i = 0; i < removed->count; i++)
        error_append(error, "%s%s", i ? ", " : "; removed: ", removed->item[i]);
}

static void leave_parts(const struct steps *steps, struct error *error)
{
    for (const struct step *step = steps->first; step; step = step->next)
        strings_add(&error->left, step->what);
}

bool unplug_disk(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error)
{
    AUTO(parts_free) struct parts parts = {0};
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_STRINGS struct strings removed = {0};
    AUTO_STRINGS struct strings left = {0};
    int64_t deadline = session_deadline(session);
    bool finished = false;

    if (!words_is_id(id))
        return error_set(error, ERROR_USAGE, "'%s' is no id of a device", id);
    if (!find_parts(session, id, &parts, error))
        return false;
    if (!parts.device && !parts.nodes.count && !json_count(parts.sets))
        return error_set(error, ERROR_REFUSED,
            "there is no disk '%s' in this VM: no device, no node and no fdset of that name", id);
    if (dry_run && parts.device)
        add_removal(&steps, "device_del", "id", json_new_string(id), "");
    plan_removal(&parts, id, &steps);
    if (dry_run)
        return steps_run(&steps, session, true, error);
    if (parts.device && !device_remove(session, id, &finished, error)) {
        strings_printf(&error->left, "device %s", id);
        leave_parts(&steps, error);
        return false;
    }
    if (parts.device)
        strings_printf(&removed, "device %s", id);
    /* The guest has let go: from here each wait has the reply time-out alone. */
    session_set_deadline(session, CLOCK_NEVER);
    if (parts.backend && !finished && !wait_for_backend(session, id, &parts.nodes, error)) {
        leave_parts(&steps, error);
        return false;
    }
    if (!remove_parts(session, &steps, &removed, error) ||
        (json_count(parts.sets) && !note_left_sets(session, id, &removed, &left, error))) {
        add_removed(&removed, error);
        return false;
    }
    session_set_deadline(session, deadline);
    if (!removed.count) {
        error_set(error, ERROR_TIMEOUT,
            "nothing of %s could be removed: the VM is paused, and QEMU %s keeps the descriptor "
            "until it runs",
            id, session_version(session));
        for (size_t i = 0; i < left.count; i++)
            strings_add(&error->left, left.item[i]);
        return false;
    }
    *result = json_new_object();
    json_add_string(*result, "id", id);
    json_add_strings(*result, "removed", &removed);
    if (left.count)
        json_add_strings(*result, "left", &left);
    return true;
}
