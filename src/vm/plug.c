/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plug.h"

#include "qmp/arguments.h"
#include "qmp/ask.h"
#include "vm/device.h"

#include <stdlib.h>
#include <string.h>

void plug_free(struct plug *plug)
{
    free(plug->own_id);
    json_free(plug->device);
    ports_free(&plug->ports);
    *plug = (struct plug){0};
}

bool plug_check_id(const char *id, struct error *error)
{
    if (words_is_id(id))
        return true;
    return error_set(error, ERROR_USAGE,
        "'%s' is no id: it begins with a letter, and letters, digits, '-', '.', '_' follow", id);
}

/* Is the key this one, or something inside of it? */
static bool is_key(const char *key, const char *name)
{
    size_t length = strlen(name);

    return strncmp(key, name, length) == 0 && (!key[length] || key[length] == '.');
}

bool plug_check_words(const struct strings *words, const char *const *ours, struct error *error)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i];
        AUTO_FREE char *key = words_key(word);

        for (size_t k = 0; key && ours[k]; k++)
            if (is_key(key, ours[k]))
                return error_set(
                    error, ERROR_USAGE, "%s= follows from the ID and is not given", key);
        if (key && word[strlen(key)] == ':' && strcmp(key, "driver") == 0)
            return error_set(error, ERROR_USAGE, "driver= takes a plain word, not JSON");
    }
    return true;
}

bool plug_type(struct plug *plug, struct session *session, bool certain,
    const struct strings *words, struct error *error)
{
    plug->device =
        arguments_for_device(session, plug->driver, certain, words, &plug->is_pci, error);
    return plug->device;
}

/* "usb-tablet-1": the first one that is free; "dev-486-x86_64-cpu-1", since an id begins with a
 * letter. */
static char *make_id(const struct plug *plug)
{
    const char *letters = words_is_id(plug->driver) ? "" : "dev-";

    for (size_t i = 1;; i++) {
        char *id = xasprintf("%s%s-%zu", letters, plug->driver, i);

        if (!strings_have(&plug->ports.devices, id))
            return id;
        free(id);
    }
}

/* Which ids are taken, and for a PCI device which ports. */
static bool ask_devices(struct plug *plug, struct session *session, struct error *error)
{
    AUTO_JSON json *list = NULL;

    if (plug->is_pci)
        return placement_survey(session, &plug->ports, error);
    list = device_list(session, error);
    json_gather(&plug->ports.devices, list, "name");
    return list;
}

bool plug_survey(struct plug *plug, struct session *session, struct error *error)
{
    if (!ask_devices(plug, session, error))
        return false;
    if (!plug->id) {
        plug->own_id = make_id(plug);
        plug->id = plug->own_id;
    }
    if (strings_have(&plug->ports.devices, plug->id))
        return error_set(
            error, ERROR_USAGE, "the id '%s' is taken by a device of this VM", plug->id);
    return true;
}

/* "0", "0x0", "0.0": QEMU reads slot and function in hexadecimal. */
static bool is_slot_zero(const json *addr)
{
    const char *word = json_is_number(addr) ? json_digits(addr) : json_string(addr);
    char *end;

    return word && strtoul(word, &end, 16) == 0 && end != word && (!*end || *end == '.');
}

static bool choose_place(struct plug *plug, struct session *session, struct error *error)
{
    const char *bus = json_get_string(plug->device, "bus");
    const struct port *port = bus ? placement_find(&plug->ports, bus) : NULL;

    if (!bus) {
        port = placement_choose(session, &plug->ports, error);
        if (error->kind)
            return false;
        if (port)
            json_add_string(plug->device, "bus", port->bus);
    } else if (port && !port->bridge && port->occupant) {
        return error_set(error, ERROR_USAGE, "bus %s is taken by %s", bus, port->occupant);
    } else if (port && !port->hotplug) {
        return error_set(error, ERROR_USAGE, "bus %s takes no hot-plug", bus);
    }
    if (port && !port->bridge && !json_get(plug->device, "addr"))
        json_add_string(plug->device, "addr", "0");
    else if (port && !port->bridge && !is_slot_zero(json_get(plug->device, "addr")))
        return error_set(error, ERROR_USAGE,
            "addr=: bus %s is a PCI Express port, where guests see a device in slot 0 only",
            port->bus);
    return true;
}

bool plug_place(struct plug *plug, struct session *session, struct error *error)
{
    if (json_get(plug->device, "bus") && !json_get_string(plug->device, "bus"))
        return error_set(error, ERROR_USAGE, "bus: expected a string");
    if (plug->is_pci && !choose_place(plug, session, error))
        return false;
    json_replace(plug->device, "driver", json_new_string(plug->driver));
    json_replace(plug->device, "id", json_new_string(plug->id));
    return true;
}

struct step *plug_add_steps(const struct plug *plug, struct steps *steps, unsigned flags)
{
    struct step *step = device_add_step(steps, json_copy(plug->device), flags | STEP_COMMIT);
    AUTO_FREE char *path = xasprintf("/machine/peripheral/%s", plug->id);
    json *where;

    if (json_get(plug->device, "bus"))
        return step;
    where = json_new_object();
    json_add_string(where, "path", path);
    json_add_string(where, "property", "parent_bus");
    steps_add(steps, "qom-get", where, STEP_TIDY | STEP_QUIET);
    return step;
}

/* The name of the bus that QEMU chose, from the answer to the question of plug_add_steps(). */
static char *chosen_bus(const struct steps *steps)
{
    for (const struct step *step = steps ? steps->first : NULL; step; step = step->next) {
        struct slice value;
        AUTO_JSON json *path = NULL;
        AUTO_ERROR struct error ignored = {0};
        const char *slash;

        if (!step->reply || strcmp(step->command, "qom-get") != 0 ||
            !message_get(step->reply, "return", &value))
            continue;
        path = json_parse(value.bytes, value.length, &ignored);
        slash = json_string(path) ? strrchr(json_string(path), '/') : NULL;
        return slash && slash[1] ? xstrdup(slash + 1) : NULL;
    }
    return NULL;
}

void plug_describe(const struct plug *plug, const struct steps *steps, json *result)
{
    const char *bus = json_get_string(plug->device, "bus");
    const json *addr = json_get(plug->device, "addr");
    AUTO_FREE char *chosen = bus ? NULL : chosen_bus(steps);

    json_add_string(result, "id", plug->id);
    json_add_string(result, "driver", plug->driver);
    if (bus || chosen)
        json_add_string(result, "bus", bus ? bus : chosen);
    if (json_string(addr))
        json_add_string(result, "addr", json_string(addr));
}

void plug_judge_check(const struct plug *plug, struct error *error)
{
    if (error->kind == ERROR_UNSUPPORTED || (error->kind == ERROR_USAGE && plug->device))
        error->kind = ERROR_NO;
}

bool plug_check_commands(struct session *session, const char *const *needed, struct error *error)
{
    AUTO_JSON json *commands = session_ask(session, "query-commands", NULL, error);

    for (size_t i = 0; commands && needed[i]; i++)
        if (!json_find(commands, "name", needed[i]))
            return error_set(error, ERROR_NO, "this QEMU has no command %s", needed[i]);
    return commands;
}

static bool survey_device(
    struct plug *plug, struct session *session, const struct strings *words, struct error *error)
{
    const char *id;

    for (size_t i = 0; i < words->count; i++) {
        AUTO_FREE char *key = words_key(words->item[i]);

        if (key && strcmp(key, "driver") == 0)
            return error_set(error, ERROR_USAGE, "driver= is given by DRIVER already");
    }
    if (!plug_type(plug, session, false, words, error))
        return false;
    id = json_get_string(plug->device, "id");
    if (id && !plug_check_id(id, error))
        return false;
    plug->own_id = id ? xstrdup(id) : NULL; /* the arguments are changed yet */
    plug->id = plug->own_id;
    return plug_survey(plug, session, error) && plug_place(plug, session, error);
}

bool plug_device(struct session *session, const char *driver, const struct strings *words,
    bool dry_run, json **result, struct error *error)
{
    AUTO_PLUG struct plug plug = {.driver = driver};
    AUTO_STEPS struct steps steps = {NULL, NULL};

    if (!survey_device(&plug, session, words, error))
        return false;
    plug_add_steps(&plug, &steps, 0);
    if (!steps_run(&steps, session, dry_run, error))
        return false;
    if (dry_run)
        return true;
    *result = json_new_object();
    plug_describe(&plug, &steps, *result);
    return true;
}

bool plug_device_check(struct session *session, const char *driver, const struct strings *words,
    json **result, struct error *error)
{
    static const char *const needed[] = {"device_add", "device_del", NULL};
    AUTO_PLUG struct plug plug = {.driver = driver};

    if (!plug_check_commands(session, needed, error))
        return false;
    if (!survey_device(&plug, session, words, error)) {
        plug_judge_check(&plug, error);
        return false;
    }
    *result = json_new_object();
    plug_describe(&plug, NULL, *result);
    return true;
}
