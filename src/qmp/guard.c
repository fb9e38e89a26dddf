/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/guard.h"

#include <string.h>

static bool refuse(struct error *error, const char *command, const char *why)
{
    return error_set(error, ERROR_USAGE, "%s was not sent: %s", command, why);
}

/* 5.2 to 11.1 abort in find_ram_offset when the size wraps around. */
static bool check_object_add(const json *arguments, struct error *error)
{
    const char *type = json_get_string(arguments, "qom-type");
    const json *size = json_get(arguments, "size");
    struct number value;

    if (!size)
        size = json_get(json_get(arguments, "props"), "size");
    if (!type || strncmp(type, "memory-backend-", 15) != 0 || !json_number(size, &value))
        return true;
    if (value.negative || value.magnitude > UINT64_C(1) << 62)
        return refuse(error, "object-add", "a memory backend of this size aborts QEMU");
    return true;
}

static bool check_netdev_add(int major, const json *arguments, struct error *error)
{
    const char *type = json_get_string(arguments, "type");

    /* 7.2 aborts when vhost cannot start, 10.0 answers with an error; where between is not known.
     */
    if (type && strcmp(type, "tap") == 0 && major > 5 && major < 10 &&
        (json_get_bool(arguments, "vhost", false) ||
            json_get_bool(arguments, "vhostforce", false)) &&
        !json_get(arguments, "vhostfd") && !json_get(arguments, "vhostfds"))
        return refuse(error, "netdev_add",
            "vhost without a vhost descriptor aborts this QEMU when it cannot open /dev/vhost-net; "
            "pass one as vhostfd");
    if (type && strcmp(type, "vhost-vdpa") == 0 && major < 6 && !json_get(arguments, "vhostdev"))
        return refuse(error, "netdev_add", "vhost-vdpa without vhostdev crashes this QEMU");
    return true;
}

static bool check_device_list(int major, const json *arguments, struct error *error)
{
    const char *type = json_get_string(arguments, "typename");

    /* The type is listed, but the module that makes it may not be installed: QEMU 7.2 exits. */
    if (type && major < 10 && (strstr(type, "-gpu-gl") || strstr(type, "virtio-vga-gl")))
        return refuse(error, "device-list-properties",
            "asking for the properties of a type whose module is missing ends this QEMU");
    return true;
}

/* 7.2 aborts when it parses the size; the others were not tried. */
static bool check_null_size(const json *arguments, struct error *error)
{
    const char *driver = json_get_string(arguments, "driver");
    struct number size;

    if (driver && strncmp(driver, "null-", 5) == 0 && json_get_number(arguments, "size", &size) &&
        size.negative)
        return refuse(error, "blockdev-add", "a null device of a negative size aborts QEMU");
    return true;
}

static bool check_saved_size(const char *command, const json *arguments, struct error *error)
{
    struct number size;

    if (json_get_number(arguments, "size", &size) && size.negative)
        return refuse(error, command, "a negative size ends QEMU");
    return true;
}

bool guard_check(int major, const char *command, const json *arguments, struct error *error)
{
    if (strcmp(command, "object-add") == 0)
        return check_object_add(arguments, error);
    if (strcmp(command, "blockdev-add") == 0)
        return check_null_size(arguments, error);
    if (strcmp(command, "memsave") == 0 || strcmp(command, "pmemsave") == 0)
        return check_saved_size(command, arguments, error);
    if (strcmp(command, "netdev_add") == 0)
        return check_netdev_add(major, arguments, error);
    if (strcmp(command, "device-list-properties") == 0)
        return check_device_list(major, arguments, error);
    return true;
}
