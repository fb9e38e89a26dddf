/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/unplug.h"

#include "qmp/ask.h"
#include "qmp/words.h"
#include "vm/device.h"
#include "vm/fdpass.h"
#include "vm/parts.h"
#include "vm/step.h"
#include "vm/tap.h"

#include <stdlib.h>
#include <string.h>

static void add_removal(
    struct steps *steps, const char *command, const char *key, json *value, const char *what)
{
    json *arguments = json_new_object();

    json_add(arguments, key, value);
    steps_add(steps, command, arguments, 0)->what = xstrdup(what);
}

static void plan_removal(const struct parts *parts, const char *id, struct steps *steps)
{
    for (size_t i = 0; i < parts->nodes.count; i++) {
        const char *name = parts->nodes.item[i];
        AUTO_FREE char *what = xasprintf("node %s", name);

        add_removal(steps, "blockdev-del", "node-name", json_new_string(name), what);
    }
    for (size_t i = 0; i < parts->netdevs.count; i++) {
        const char *name = parts->netdevs.item[i];
        AUTO_FREE char *what = xasprintf("netdev %s", name);

        add_removal(steps, "netdev_del", "id", json_new_string(name), what);
    }
    json_each (set, parts->sets) {
        AUTO_FREE char *what = parts_set_name(set, id);

        add_removal(steps, "remove-fd", "fdset-id", json_copy(set), what);
    }
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
        if (step_was_gone(&why)) {
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
        AUTO_FREE char *what = parts_set_name(set, id);

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

/* What kind of thing is taken out. */
struct kind {
    bool (*find)(struct session *session, const char *id, struct parts *parts, struct error *error);
    const char *name;  /* "disk" */
    const char *parts; /* what was looked for besides */
    bool descriptors;  /* hotplug passes some under names of their own */
};

/* The device, then its parts; what has gone is added to removed. */
static bool take_out(struct session *session, const char *id, const struct parts *parts,
    const struct steps *steps, struct strings *removed, struct error *error)
{
    bool finished = false;

    if (parts->device && !device_remove(session, id, &finished, error)) {
        strings_printf(&error->left, "device %s", id);
        leave_parts(steps, error);
        return false;
    }
    if (parts->device)
        strings_printf(removed, "device %s", id);
    /* The guest has let go: from here each wait has the reply time-out alone. */
    session_set_deadline(session, CLOCK_NEVER);
    if (parts->backend && !finished && !parts_wait_for_backend(session, id, parts, error)) {
        leave_parts(steps, error);
        return false;
    }
    if (remove_parts(session, steps, removed, error))
        return true;
    add_removed(removed, error);
    return false;
}

/* Names what could not be asked for as not known. */
static void leave_unknown(const struct error *why, struct error *error)
{
    AUTO_STRINGS struct strings left = error->left;

    error->left = (struct strings){0};
    for (size_t i = 0; i < left.count; i++)
        strings_printf(&error->left, "%s (not known: %s)", left.item[i], why->message);
}

/*
 * A command without an answer may have taken effect, and what one removed may have taken another
 * part along: the VM is asked what of it all is there. A refused device_del has changed nothing.
 */
static void ask_what_is_left(
    struct session *session, const struct kind *kind, const char *id, struct error *error)
{
    AUTO_PARTS struct parts parts = {0};
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_ERROR struct error why = {0};

    if (!error->command || (error->kind == ERROR_REFUSED
                                   ? strcmp(error->command, "device_del") == 0
                                   : error->kind != ERROR_TIMEOUT && error->kind != ERROR_PROTOCOL))
        return;
    session_set_deadline(session, CLOCK_NEVER);
    if ((!session_is_open(session) && !session_reopen(session, &why)) ||
        !kind->find(session, id, &parts, &why)) {
        leave_unknown(&why, error);
        return;
    }
    plan_removal(&parts, id, &steps);
    strings_free(&error->left);
    if (parts.device)
        strings_printf(&error->left, "device %s", id);
    leave_parts(&steps, error);
    if (!error->left.count)
        error_append(error, "; the VM says that it did take effect, and nothing of %s is left", id);
}

static bool nothing_removed(
    struct session *session, const char *id, const struct strings *left, struct error *error)
{
    error_set(error, ERROR_TIMEOUT,
        "nothing of %s could be removed: the VM is paused, and QEMU %s keeps the descriptor until "
        "it runs",
        id, session_version(session));
    for (size_t i = 0; i < left->count; i++)
        strings_add(&error->left, left->item[i]);
    return false;
}

/*
 * A run that was killed before its netdev_add leaves descriptors that keep the tap busy. Nobody can
 * list them, so that they are tried by their names (nic.h).
 */
static bool close_descriptors(
    struct session *session, const char *id, struct strings *removed, struct error *error)
{
    static const char *const kinds[] = {"tap", "vhost"};
    size_t kind = 0;

    for (size_t i = 0; kind < 2 && i < TAP_QUEUES; i++) {
        AUTO_FREE char *name = xasprintf("%s-%s%zu", id, kinds[kind], i);
        AUTO_JSON json *arguments = json_new_object();
        AUTO_MESSAGE struct message *reply = NULL;

        json_add_string(arguments, "fdname", name);
        if (session_execute(session, "closefd", arguments, &reply, error)) {
            strings_printf(removed, "descriptor %s", name);
            continue;
        }
        if (error->kind != ERROR_REFUSED)
            return false;
        error_free(error);
        kind++;
        i = SIZE_MAX; /* the first of the next kind */
    }
    return true;
}

static json *tell(const char *id, const struct strings *removed, const struct strings *left)
{
    json *result = json_new_object();

    json_add_string(result, "id", id);
    json_add_strings(result, "removed", removed);
    if (left->count)
        json_add_strings(result, "left", left);
    return result;
}

static bool nothing_there(struct session *session, const struct kind *kind, const char *id,
    bool dry_run, json **result, struct error *error)
{
    AUTO_STRINGS struct strings removed = {0};
    const struct strings left = {0};

    if (kind->descriptors && !dry_run && !close_descriptors(session, id, &removed, error))
        return false;
    if (!removed.count)
        return error_set(
            error, ERROR_REFUSED, "there is no %s '%s' in this VM%s", kind->name, id, kind->parts);
    *result = tell(id, &removed, &left);
    return true;
}

static bool unplug(struct session *session, const struct kind *kind, const char *id, bool dry_run,
    json **result, struct error *error)
{
    AUTO_PARTS struct parts parts = {0};
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_STRINGS struct strings removed = {0}, left = {0};
    int64_t deadline = session_deadline(session);

    if (!words_is_id(id))
        return error_set(error, ERROR_USAGE, "'%s' is no id of a device", id);
    if (!kind->find(session, id, &parts, error))
        return false;
    if (parts_is_empty(&parts))
        return nothing_there(session, kind, id, dry_run, result, error);
    if (dry_run && parts.device)
        add_removal(&steps, "device_del", "id", json_new_string(id), "");
    plan_removal(&parts, id, &steps);
    if (dry_run)
        return steps_run(&steps, session, true, error);
    if (!take_out(session, id, &parts, &steps, &removed, error)) {
        ask_what_is_left(session, kind, id, error);
        return false;
    }
    if (json_count(parts.sets) && !note_left_sets(session, id, &removed, &left, error)) {
        add_removed(&removed, error);
        return false;
    }
    session_set_deadline(session, deadline);
    if (!removed.count && left.count)
        return nothing_removed(session, id, &left, error);
    *result = tell(id, &removed, &left);
    return true;
}

bool unplug_disk(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error)
{
    static const struct kind disk = {
        parts_of_disk, "disk", ": no device, no node and no fdset of that name", false};

    return unplug(session, &disk, id, dry_run, result, error);
}

bool unplug_nic(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error)
{
    static const struct kind nic = {
        parts_of_nic, "NIC", ": no device and no netdev of that name", true};

    return unplug(session, &nic, id, dry_run, result, error);
}

bool unplug_device(
    struct session *session, const char *id, bool dry_run, json **result, struct error *error)
{
    static const struct kind device = {
        parts_of_device, "device", ", and nothing else that is named after it", false};

    return unplug(session, &device, id, dry_run, result, error);
}
