/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/device.h"

#include "qmp/ask.h"
#include "qmp/properties.h"

#include <stdlib.h>
#include <string.h>

enum { ASK_AGAIN = 2 * 1000 * 1000 }; /* microseconds between two device_del */

json *device_list(struct session *session, struct error *error)
{
    AUTO_JSON json *where = json_new_object();
    json *list;

    json_add_string(where, "path", "/machine/peripheral");
    list = session_ask(session, "qom-list", where, error);
    if (!list && error->qmp_class && strcmp(error->qmp_class, "DeviceNotFound") == 0)
        error_set(error, ERROR_UNSUPPORTED, "there is no machine here, and so no devices");
    return list;
}

bool device_find(struct session *session, const char *id, char **type, struct error *error)
{
    AUTO_JSON json *list = device_list(session, error);

    *type = NULL;
    json_each (item, list) {
        const char *name = json_get_string(item, "name"), *its = json_get_string(item, "type");

        if (name && its && strcmp(name, id) == 0 && strncmp(its, "child<", 6) == 0)
            *type = xstrndup(its + 6, strlen(its) - 7);
    }
    return list;
}

static bool device_present(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_FREE char *type = NULL;

    if (!device_find(session, json_get_string(step->arguments, "id"), &type, error))
        return false;
    *present = type;
    return true;
}

struct step *device_add_step(struct steps *steps, json *arguments, unsigned flags)
{
    const char *id = json_get_string(arguments, "id");
    AUTO_FREE char *what = xasprintf("device %s", id);
    json *inverse = json_new_object();
    struct step *step;

    json_add_string(inverse, "id", id);
    step = steps_add(steps, "device_add", arguments, flags);
    step_undo_by(step, what, "device_del", inverse, device_present);
    return step;
}

enum device_verdict device_judge(const struct message *event, const char *id)
{
    struct slice name, data;
    struct error why = {0};
    AUTO_JSON json *tree = NULL;
    const char *device;
    bool deleted;

    if (!message_get(event, "event", &name) || !message_get(event, "data", &data))
        return DEVICE_NOTHING;
    deleted = slice_is(name, "\"DEVICE_DELETED\"");
    if (!deleted && !slice_is(name, "\"DEVICE_UNPLUG_GUEST_ERROR\""))
        return DEVICE_NOTHING;
    tree = json_parse(data.bytes, data.length, &why);
    error_free(&why);
    /* virtio devices send a first one for their backend, which has a path and no device. */
    device = json_get_string(tree, "device");
    if (!device || strcmp(device, id) != 0)
        return DEVICE_NOTHING;
    return deleted ? DEVICE_GONE : DEVICE_REFUSED;
}

static bool means_wait(const struct error *error)
{
    static const char *const phrases[] = {
        "already in the process of unplug", "guest is busy", "ower indicator"};

    for (size_t i = 0; error->desc && i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (strstr(error->desc, phrases[i]))
            return true;
    return false;
}

static bool explain_timeout(struct session *session, const char *id, struct error *error)
{
    AUTO_JSON json *status = NULL;
    struct error ignored = {0};
    const char *state;

    session_set_deadline(session, clock_after(2 * CLOCK_SECOND));
    status = session_ask(session, "query-status", NULL, &ignored);
    error_free(&ignored);
    state = json_get_string(status, "status");
    if (status && !json_get_bool(status, "running", true))
        return error_set(error, ERROR_TIMEOUT,
            "the guest has not let go of %s in time: the VM is %s, and only a running guest can; "
            "the request is still pending",
            id, state ? state : "not running");
    return error_set(error, ERROR_TIMEOUT,
        "the guest has not let go of %s in time: it has no operating system up yet, no driver for "
        "hot-plug, or is using the device; the request is still pending",
        id);
}

/* One device_del: gone, to be waited for (DEVICE_NOTHING), or an error. */
static bool request(
    struct session *session, const char *id, enum device_verdict *verdict, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();
    AUTO_MESSAGE struct message *reply = NULL;

    *verdict = DEVICE_NOTHING;
    json_add_string(arguments, "id", id);
    if (session_execute(session, "device_del", arguments, &reply, error))
        return true;
    if (error->qmp_class && strcmp(error->qmp_class, "DeviceNotFound") == 0)
        *verdict = DEVICE_GONE;
    else if (!means_wait(error))
        return false;
    error_free(error);
    return true;
}

static bool wait_gone(struct session *session, struct session_waiter *waiter, const char *id,
    bool *finished, struct error *error)
{
    int64_t deadline = session_deadline(session), again = 0;
    enum device_verdict verdict = DEVICE_NOTHING;

    while (verdict == DEVICE_NOTHING) {
        const struct message *event;

        if (clock_now() >= deadline)
            return explain_timeout(session, id, error);
        if (clock_now() >= again) {
            if (!request(session, id, &verdict, error))
                return false;
            again = clock_after(ASK_AGAIN);
            continue;
        }
        if (!session_idle(session, waiter, clock_earlier(deadline, again), error))
            return false;
        while (verdict == DEVICE_NOTHING && (event = session_peek_event(session, waiter)))
            verdict = device_judge(event, id);
        *finished = verdict == DEVICE_GONE;
    }
    if (verdict == DEVICE_REFUSED)
        return error_set(error, ERROR_FAILED, "the guest refused to let go of %s", id);
    return true;
}

bool device_remove(struct session *session, const char *id, bool *finished, struct error *error)
{
    struct session_waiter waiter;
    bool gone;

    *finished = false;
    session_arm(session, &waiter);
    gone = wait_gone(session, &waiter, id, finished, error);
    session_disarm(session, &waiter);
    if (!gone && error->kind == ERROR_INTERRUPTED)
        error_append(error, "; the guest may still let go of %s", id);
    return gone;
}

json *device_properties(struct session *session, const char *type, struct error *error)
{
    AUTO_JSON json *arguments = json_new_object();
    json *properties;

    json_add_string(arguments, "typename", type);
    properties = session_ask(session, "device-list-properties", arguments, error);
    if (!properties && error->kind == ERROR_REFUSED) {
        error_set(error, ERROR_NO, "this QEMU has no device type '%s'", type);
        properties_suggest(session, type, "device", error);
    }
    return properties;
}
