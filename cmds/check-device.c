/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "vm/device.h"

#include <stdlib.h>
#include <string.h>

struct check_device {
    const char *type;
};

static int compare(const void *a, const void *b)
{
    const json *const *one = a, *const *other = b;
    const char *x = json_get_string(*one, "name"), *y = json_get_string(*other, "name");

    return strverscmp(x ? x : "", y ? y : "");
}

/* A default may be a list or an object: in a cell it is a text. */
static void add_cell(json *row, const char *key, const json *value)
{
    AUTO_FREE char *nested =
        json_is_array(value) || json_is_object(value) ? json_to_string(value) : NULL;

    if (value && !nested)
        json_add(row, key, json_copy(value));
    else
        json_add_string(row, key, nested ? nested : "");
}

/* In the order of the names: QEMU's is that of a hash table. */
static void view_properties(const json *value, const struct output *output, struct text *text)
{
    const json *properties = json_get(value, "properties");
    AUTO_FREE const json **sorted = xcalloc(json_count(properties), sizeof(const json *));
    AUTO_JSON json *rows = json_new_array();
    size_t count = 0;

    json_each (property, properties)
        sorted[count++] = property;
    if (count)
        qsort(sorted, count, sizeof(const json *), compare);
    for (size_t i = 0; i < count; i++) {
        json *row = json_new_object();

        add_cell(row, "name", json_get(sorted[i], "name"));
        add_cell(row, "type", json_get(sorted[i], "type"));
        add_cell(row, "default", json_get(sorted[i], "default-value"));
        add_cell(row, "description", json_get(sorted[i], "description"));
        json_append(rows, row);
    }
    if (count)
        output_shape(rows, output, text);
    else if (json_get_bool(value, "found", false))
        text_add_string(text, "it has no properties\n");
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct check_device *check = options;
    struct session *session;
    json *properties, *result;

    if (!options_check_text("TYPE", check->type, error))
        return false;
    if (!*check->type)
        return error_set(error, ERROR_USAGE, "TYPE is empty");
    session = context_session(context, error);
    if (!session)
        return false;
    properties = device_properties(session, check->type, error);
    if (!properties && error->kind != ERROR_NO)
        return false;
    result = json_new_object();
    json_add_string(result, "type", check->type);
    json_add_bool(result, "found", properties);
    json_add(result, "properties", properties ? properties : json_new_array());
    context_result(context, result, view_properties);
    return properties;
}

static const struct argument arguments[] = {
    ARGUMENT_ONE(
        struct check_device, type, "TYPE", "a device type, as -device takes it", COMPLETES_DRIVER),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp check-device virtio-sound-pci", "status 0 when it has the device, 10 if not"},
    {"-s /run/vm.qmp check-device virtio-net-pci", "what hotplug-device and -device can set"},
    {NULL, NULL},
};

QMPBOX_COMMAND(check_device) = {
    .name = "check-device",
    .group = "Devices",
    .summary = "does this QEMU have a device type, and with which properties",
    .description =
        "Answers whether this QEMU can make devices of a type: status 0 for yes, with the "
        "properties that such a device has, their types, and the defaults and descriptions that "
        "QEMU gives; 10 for no, with the nearest type that it has. A type that is only the base of "
        "others (abstract), or no device, is a no.\n\n"
        "A few types are not asked for, status 2, since the question ends some releases of "
        "QEMU when the module that makes the type is not installed.\n\n"
        "With --json it is an object with type, found and properties, which are as "
        "device-list-properties gives them.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct check_device),
    .needs = (const char *const[]){"device-list-properties", "qom-list-types", NULL},
    .timeout = 30,
    .run = run,
};
