/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/listing.h"

#include "qmp/survey.h"
#include "qmp/vms.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static bool is_meant(const struct vm *vm, const struct strings *patterns)
{
    const char *name = vm->name ? vm->name : "";
    const char *shown = vm->shown ? vm->shown : "";

    for (size_t i = 0; i < patterns->count; i++)
        if (fnmatch(patterns->item[i], name, 0) == 0 || strcmp(patterns->item[i], name) == 0 ||
            strcmp(patterns->item[i], shown) == 0)
            return true;
    return !patterns->count;
}

/*
 * Is it worth asking, and does that disturb nobody? A storage daemon has no run state. Where
 * somebody waits already the VM is stopped or busy: QEMU's queue is two or three places long, and a
 * list that is asked for again and again would fill it. And a VM that waits for its first client
 * must not be started by a list.
 */
static bool can_be_asked(const struct vm *vm)
{
    const struct vm_monitor *monitor = vm_best_monitor(vm);

    return !vm->storage_daemon && monitor && !monitor->client && !monitor->waited_for &&
           !monitor->starts_vm;
}

/* What a peer wrote may be no UTF-8, which JSON must be: then as a terminal would be shown it. */
static void add_text(json *object, const char *key, const char *bytes)
{
    AUTO_TEXT struct text shown = TEXT_EMPTY;

    if (!utf8_valid(bytes, strlen(bytes)))
        text_add_shown(&shown, bytes);
    json_add_string(object, key, shown.length ? text_string(&shown) : bytes);
}

static json *text_item(const char *bytes)
{
    AUTO_JSON json *object = json_new_object();

    add_text(object, "text", bytes);
    return json_take(object, "text");
}

static void add_holder(json *object, const struct vm_monitor *monitor)
{
    json *holder;

    if (!monitor->client) {
        if (monitor->listener)
            json_add(object, "holder", json_new_null());
        return;
    }
    holder = json_add_object(object, "holder");
    if (monitor->holder)
        json_add_int(holder, "pid", monitor->holder);
    if (monitor->holder_name)
        add_text(holder, "name", monitor->holder_name);
}

static json *describe(const struct vm *vm, const char *status)
{
    const struct vm_monitor *best = vm_best_monitor(vm);
    json *object = json_new_object();
    json *monitors;

    if (vm->name)
        add_text(object, "name", vm->name);
    json_add_int(object, "pid", vm->pid);
    json_add_string(object, "kind", vm->storage_daemon ? "storage-daemon" : "vm");
    if (vm->manager)
        json_add_string(object, "manager", vm->manager);
    if (best)
        add_text(object, "address", best->address);
    monitors = json_add_array(object, "monitors");
    for (size_t i = 0; i < vm->monitors; i++)
        json_append(monitors, text_item(vm->monitor[i].address));
    if (best)
        add_holder(object, best);
    if (status)
        add_text(object, "status", status);
    return object;
}

/* Asks all that are meant; the answers are at the VMs' own places, NULL for none. */
static bool ask(const struct listing_options *options, const struct vms *vms, char **statuses,
    struct error *error)
{
    AUTO_FREE struct survey_question *questions = xcalloc(vms->count + 1, sizeof(*questions));
    AUTO_FREE size_t *places = xcalloc(vms->count + 1, sizeof(*places));
    size_t count = 0;
    bool good;

    for (size_t i = 0; i < vms->count; i++) {
        const struct vm *vm = &vms->item[i];

        if (!can_be_asked(vm) || !is_meant(vm, options->patterns))
            continue;
        questions[count] = (struct survey_question){vm_best_monitor(vm)->address, vm->pid, NULL};
        places[count++] = i;
    }
    good = survey_run(
        questions, count, options->loop, options->transcript, clock_after(options->asking), error);
    for (size_t i = 0; i < count; i++)
        statuses[places[i]] = questions[i].status;
    return good;
}

json *listing_make(const struct listing_options *options, struct error *error)
{
    AUTO_VMS struct vms vms = {0};
    AUTO_FREE char **statuses = NULL;
    json *list = NULL;

    vms_read(&vms, 0);
    vms_find_clients(&vms);
    vms_find_holders(&vms);
    statuses = xcalloc(vms.count + 1, sizeof(*statuses));
    if (!options->asking || ask(options, &vms, statuses, error)) {
        list = json_new_array();
        for (size_t i = 0; i < vms.count; i++)
            if (is_meant(&vms.item[i], options->patterns))
                json_append(list, describe(&vms.item[i], statuses[i]));
    }
    for (size_t i = 0; i < vms.count; i++)
        free(statuses[i]);
    return list;
}
