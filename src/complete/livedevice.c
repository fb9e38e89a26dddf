/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/livedevice.h"

#include "qmp/agent.h"
#include "qmp/properties.h"
#include "qmp/transcript.h"
#include "qmp/words.h"
#include "vm/inquiry.h"

#include <stdlib.h>
#include <string.h>

static const char peripheral[] = "/machine/peripheral", objects[] = "/objects";

static bool is_display(const char *type)
{
    static const char *const parts[] = {"vga", "VGA", "gpu", "qxl", "display", "ramfb"};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strstr(type, parts[i]))
            return true;
    return false;
}

/* A port's bus has the port's id for its name, so that the id alone means two objects. */
static bool has_twin(const char *type)
{
    return strstr(type, "-port") || strstr(type, "-bridge") || strstr(type, "stream") ||
           strcmp(type, "ioh3420") == 0;
}

static bool is_wanted(enum completes kind, const char *type)
{
    return kind == COMPLETES_DISPLAY ? is_display(type)
                                     : kind != COMPLETES_QOM_PATH || !has_twin(type);
}

static void add_named(const struct listing *listing, const json *list)
{
    size_t count;
    AUTO_FREE const json **children = listing_children(list, &count);

    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *type = listing_type(children[i]);

        if (is_wanted(listing->kind, type))
            listing_add(listing, json_get_string(children[i], "name"), "%s", type);
    }
}

static void add_devices(const struct listing *listing)
{
    AUTO_JSON json *list = listing_ask(listing, "qom-list", listing_path(peripheral, NULL));

    add_named(listing, list);
}

static bool has_children(const json *list)
{
    json_each (entry, list)
        if (listing_is_child(entry))
            return true;
    return false;
}

/* The objects of one folder: which of them are folders too is asked in one write. */
static void add_folder(const struct listing *listing, const char *folder, size_t length)
{
    AUTO_FREE char *path = xstrndup(folder, length > 1 ? length - 1 : length);
    AUTO_JSON json *list = listing_ask(listing, "qom-list", listing_path(path, NULL));
    AUTO_INQUIRY struct inquiry inquiry = {0};
    AUTO_STRINGS struct strings words = {0};
    AUTO_STRINGS struct strings types = {0};
    const char *typed = listing_typed(listing);
    size_t count;
    AUTO_FREE const json **children = listing_children(list, &count);

    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *word =
            xasprintf("%.*s%s", (int)length, folder, json_get_string(children[i], "name"));

        if (strncmp(word, typed, strlen(typed)) != 0)
            continue;
        /* Of more than that nobody needs to know at once. */
        if (inquiry.count < INQUIRY_MOST)
            inquiry_add(&inquiry, "qom-list", listing_path(word, NULL));
        strings_add(&words, word);
        strings_take(&types, listing_type(children[i]));
    }
    (void)listing_inquire(listing, &inquiry);
    for (size_t i = 0; i < words.count; i++) {
        AUTO_FREE char *below = xasprintf("%s/", words.item[i]);

        if (has_children(inquiry_answer(&inquiry, i)))
            listing_add_part(listing, below, "%s", types.item[i]);
        else
            listing_add(listing, words.item[i], "%s", types.item[i]);
    }
}

/* A path grows a folder at a time; what has an id can be named by that alone. */
static void add_paths(const struct listing *listing)
{
    const char *typed = listing_typed(listing), *slash = strrchr(typed, '/');
    AUTO_INQUIRY struct inquiry inquiry = {0};
    size_t devices, others;

    if (slash) {
        add_folder(listing, typed, (size_t)(slash - typed) + 1);
        return;
    }
    devices = inquiry_add(&inquiry, "qom-list", listing_path(peripheral, NULL));
    others = inquiry_add(&inquiry, "qom-list", listing_path(objects, NULL));
    if (!listing_inquire(listing, &inquiry))
        return;
    listing_add_part(listing, "/", "the whole path of an object");
    add_named(listing, inquiry_answer(&inquiry, devices));
    add_named(listing, inquiry_answer(&inquiry, others));
}

static void add_properties(const struct listing *listing)
{
    const char *path = words_find(listing->words, "path");
    AUTO_JSON json *list = path ? listing_ask(listing, "qom-list", listing_path(path, NULL)) : NULL;

    json_each (property, list) {
        if (!listing_is_child(property))
            listing_add(listing, json_get_string(property, "name"), "%s",
                listing_or_unknown(json_get_string(property, "type")));
    }
}

static void add_value(const struct listing *listing, const char *value, const char *now)
{
    listing_add(listing, value, text_is(value, now) ? "as it is now" : NULL);
}

/* The values of a property of a device that is an enum, as its type describes it. */
static void add_enum(
    const struct listing *listing, const char *type, const char *property, const char *now)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_session(listing->live);
    AUTO_JSON json *properties =
        session ? properties_of_device(schema_of(session), type, &ignored) : NULL;
    const json *member = json_find(json_get(properties, "members"), "name", property);
    AUTO_STRINGS struct strings values = {0};

    if (text_is(json_get_string(json_get(member, "type"), "meta-type"), "enum"))
        schema_values(json_get(member, "type"), &values);
    for (size_t i = 0; i < values.count; i++)
        add_value(listing, values.item[i], now);
}

static void add_values(const struct listing *listing)
{
    const char *path = words_find(listing->words, "path");
    const char *property = words_find(listing->words, "property");
    AUTO_INQUIRY struct inquiry inquiry = {0};
    const char *type, *now;
    const json *value;
    size_t list;

    if (!path || !property || transcript_is_secret_property(property))
        return;
    list = inquiry_add(&inquiry, "qom-list", listing_path(path, NULL));
    inquiry_add_property(&inquiry, path, property);
    inquiry_add_property(&inquiry, path, "type");
    if (!listing_inquire(listing, &inquiry))
        return;
    type = json_get_string(json_find(inquiry_answer(&inquiry, list), "name", property), "type");
    value = inquiry_answer(&inquiry, list + 1);
    now = json_is_bool(value)     ? (json_is_true(value) ? "true" : "false")
          : json_is_number(value) ? json_digits(value)
                                  : json_string(value);
    if (type && strcmp(type, "bool") == 0) {
        add_value(listing, "true", now);
        add_value(listing, "false", now);
    } else if (type && *type >= 'A' && *type <= 'Z' &&
               json_string(inquiry_answer(&inquiry, list + 2))) {
        add_enum(listing, json_string(inquiry_answer(&inquiry, list + 2)), property, now);
    }
    if (now)
        add_value(listing, now, now);
}

static void add_vnc(const struct listing *listing)
{
    AUTO_JSON json *displays = listing_ask(listing, "query-vnc-servers", NULL);

    json_each (display, displays)
        listing_add(listing, json_get_string(display, "id"), "VNC");
}

static void add_tpms(const struct listing *listing)
{
    AUTO_JSON json *list = listing_ask(listing, "query-tpm", NULL);

    json_each (entry, list)
        listing_add(listing, json_get_string(entry, "id"), "%s",
            listing_or_unknown(json_get_string(entry, "model")));
}

static void add_audiodevs(const struct listing *listing)
{
    AUTO_JSON json *list = listing_ask(listing, "query-audiodevs", NULL);

    json_each (entry, list)
        listing_add(listing, json_get_string(entry, "id"), "%s",
            listing_or_unknown(json_get_string(entry, "driver")));
}

static void add_agent_commands(const struct listing *listing)
{
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_is_agent(listing->live) ? live_session(listing->live) : NULL;
    const json *info = session ? agent_info(session, &ignored) : NULL;

    json_each (command, json_get(info, "supported_commands"))
        listing_add(listing, json_get_string(command, "name"),
            json_get_bool(command, "enabled", true) ? NULL : "disabled");
}

const struct lister device_listers[] = {
    {COMPLETES_DEVICE, add_devices},
    {COMPLETES_DISPLAY, add_devices},
    {COMPLETES_QOM_PATH, add_paths},
    {COMPLETES_QOM_PROPERTY, add_properties},
    {COMPLETES_QOM_VALUE, add_values},
    {COMPLETES_TPM, add_tpms},
    {COMPLETES_VNC, add_vnc},
    {COMPLETES_AUDIODEV, add_audiodevs},
    {COMPLETES_AGENT_COMMAND, add_agent_commands},
    {COMPLETES_NOTHING, NULL},
};
