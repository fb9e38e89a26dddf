/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/migratepicture.h"

#include "vm/inquiry.h"
#include "vm/migrateinfo.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- what it means */

static const char *incoming_meaning(
    enum migrate_phase phase, const char *status, const char *run_state, bool listens)
{
    switch (phase) {
    case MIGRATE_NONE:
        return listens ? "this QEMU waits for the source to connect; the VM is not here yet"
                       : "this QEMU waits for migrate-incoming; the VM is not here yet";
    case MIGRATE_POSTCOPY:
        return "the VM runs here already and takes the rest of its memory from the source: both "
               "are needed until it is complete";
    case MIGRATE_POSTCOPY_PAUSED:
        return "the VM runs here and the connection to the source broke: what it lacks of its "
               "memory is still there. migrate-recover here, then migrate with resume=on on the "
               "source, connects them again";
    case MIGRATE_COMPLETED:
        return "the VM has arrived here";
    case MIGRATE_FAILED:
        return "what came could not be loaded: the VM is not here, but on the source";
    default:
        if (text_is(status, "setup") && text_is(run_state, "inmigrate"))
            return "this QEMU waits for the source to connect; the VM is not here yet";
        return "the VM is being received, and is still on the source";
    }
}

static const char *running_meaning(const char *status, const char *run_state)
{
    if (text_is(status, "cancelling"))
        return "it is being cancelled: the VM stays here";
    if (text_is(status, "failing"))
        return "it is about to fail: the VM stays here";
    if (text_is(run_state, "finish-migrate"))
        return "the VM stands still here while the last of its state goes to the destination";
    if (text_is(run_state, "running"))
        return "the VM runs here while its memory goes to the destination";
    return "the VM is here and does not run; its memory goes to the destination";
}

/* The run state tells a VM that has gone from one that was resumed here. */
static const char *completed_meaning(const char *run_state)
{
    if (text_is(run_state, "postmigrate"))
        return "all of the VM was sent and it stands still here: it belongs to the destination, or "
               "to the file. Whether it runs there, the destination knows (qmpbox status there)";
    return "all of the VM was sent, and it has been resumed here afterwards: if it runs on the "
           "destination too, two copies write to the same disks";
}

static const char *outgoing_meaning(
    enum migrate_phase phase, const char *status, const char *run_state)
{
    switch (phase) {
    case MIGRATE_NONE:
        return "no migration has begun here";
    case MIGRATE_PRE_SWITCHOVER:
        return "the VM stands still here before the switch: migrate-continue state=pre-switchover "
               "lets it go, migrate-cancel keeps it";
    case MIGRATE_POSTCOPY:
        return "the VM runs on the destination already and the rest of its memory is here: both "
               "are needed, and nothing can be cancelled any more";
    case MIGRATE_POSTCOPY_PAUSED:
        return "the VM is on the destination, the rest of its memory is here, and the connection "
               "broke: keep both. migrate-recover on the destination, then migrate with resume=on "
               "here, connects them again";
    case MIGRATE_COMPLETED:
        return completed_meaning(run_state);
    case MIGRATE_FAILED:
    case MIGRATE_CANCELLED:
        return "the VM stays here";
    default:
        return running_meaning(status, run_state);
    }
}

const char *migratepicture_meaning(
    const char *status, const char *run_state, bool incoming, bool listens)
{
    enum migrate_phase phase = migrateinfo_phase(status);

    return incoming ? incoming_meaning(phase, status, run_state, listens)
                    : outgoing_meaning(phase, status, run_state);
}

/* ---------------------------------------------------------------- what has been set */

/* Of the device that QEMU keeps its settings in; some names have an x- before them there. */
static const json *default_of(const json *properties, const char *name)
{
    AUTO_FREE char *longer = xasprintf("x-%s", name);
    const json *found = json_find(properties, "name", name);

    found = found ? found : json_find(properties, "name", longer);
    return json_get(found, "default-value");
}

static bool is_empty(const json *value)
{
    struct number number;

    return (json_is_bool(value) && !json_is_true(value)) || json_is_null(value) ||
           (json_is_string(value) && !*json_string(value)) ||
           (json_is_array(value) && !json_count(value)) ||
           (json_number(value, &number) && !number.magnitude);
}

/* What has no default that is known begins as nothing: off, 0, "". */
static bool is_default(const json *properties, const char *name, const json *value)
{
    const json *begins = default_of(properties, name);
    AUTO_FREE char *one = NULL;
    AUTO_FREE char *other = NULL;

    if (!begins || json_is_null(begins) || is_empty(begins))
        return is_empty(value);
    one = json_to_string(value);
    other = json_to_string(begins);
    return strcmp(one, other) == 0;
}

static json *settings_of(const json *capabilities, const json *parameters, const json *properties)
{
    json *settings = json_new_object();

    json_each (one, capabilities) {
        const char *name = json_get_string(one, "capability");
        const json *state = json_get(one, "state");

        if (name && state && !json_get(settings, name) && !is_default(properties, name, state))
            json_add(settings, name, json_copy(state));
    }
    json_each (member, parameters)
        if (!json_get(settings, json_key(member)) &&
            !is_default(properties, json_key(member), member))
            json_add(settings, json_key(member), json_copy(member));
    return settings;
}

/* ---------------------------------------------------------------- the picture */

static void add_text(json *picture, const char *key, char *text)
{
    if (text && *text)
        json_add_string(picture, key, text);
    free(text);
}

static json *draw(const json *migration, const char *run_state)
{
    json *picture = json_new_object();
    struct migrateinfo info;
    bool incoming;

    migrateinfo_read(migration, &info);
    incoming = migrateinfo_is_incoming(&info, run_state);
    json_add(picture, "migration", json_copy(migration));
    json_add_string(picture, "status", info.status ? info.status : "none");
    json_add_bool(picture, "incoming", incoming);
    if (run_state)
        json_add_string(picture, "run-state", run_state);
    json_add_string(picture, "meaning",
        migratepicture_meaning(
            info.status, run_state, incoming, json_count(json_get(migration, "socket-address"))));
    add_text(picture, "detail", migrateinfo_detail(&info));
    add_text(picture, "advice", migrateinfo_advice(&info));
    return picture;
}

/* Some QEMUs run the source on when postcopy fails or is cancelled (FACTS, section 14), and nothing
 * tells such a failure from others afterwards. */
static void warn(json *picture, const json *capabilities)
{
    enum migrate_phase phase = migrateinfo_phase(json_get_string(picture, "status"));
    const json *postcopy = json_find(capabilities, "capability", "postcopy-ram");

    if ((phase == MIGRATE_FAILED || phase == MIGRATE_CANCELLED) &&
        !json_get_bool(picture, "incoming", false) && json_get_bool(postcopy, "state", false))
        json_replace(picture, "advice",
            json_new_string("postcopy-ram is on: if postcopy had begun, the destination may run "
                            "the VM too; see there before it is used here"));
}

json *migratepicture(struct session *session, struct error *error)
{
    AUTO_INQUIRY struct inquiry inquiry = {0};
    json *type = json_new_object(), *picture;
    size_t migration = inquiry_add(&inquiry, "query-migrate", NULL);
    size_t status = inquiry_add(&inquiry, "query-status", NULL);
    size_t capabilities = inquiry_add(&inquiry, "query-migrate-capabilities", NULL);
    size_t parameters = inquiry_add(&inquiry, "query-migrate-parameters", NULL);
    size_t properties = inquiry_add(&inquiry, "device-list-properties", type);

    json_add_string(type, "typename", "migration");
    if (!inquiry_ask(&inquiry, session, error) || !inquiry_require(&inquiry, migration, error))
        return NULL;
    picture = draw(inquiry_answer(&inquiry, migration),
        json_get_string(inquiry_answer(&inquiry, status), "status"));
    warn(picture, inquiry_answer(&inquiry, capabilities));
    if (inquiry_answer(&inquiry, properties))
        json_add(picture, "settings",
            settings_of(inquiry_answer(&inquiry, capabilities),
                inquiry_answer(&inquiry, parameters), inquiry_answer(&inquiry, properties)));
    return picture;
}
