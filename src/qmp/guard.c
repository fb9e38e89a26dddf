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

/* How many names are there in "a:b:c"? */
static size_t count_names(const char *names)
{
    size_t count = names && *names;

    for (; names && *names; names++)
        count += *names == ':';
    return count;
}

/* Has each queue of the tap a vhost descriptor? */
static bool has_vhost_fds(const json *arguments)
{
    const char *one = json_get_string(arguments, "vhostfd");
    size_t vhosts = count_names(json_get_string(arguments, "vhostfds"));

    if (json_get(arguments, "fds"))
        return !one && vhosts && vhosts == count_names(json_get_string(arguments, "fds"));
    return one && *one && !json_get(arguments, "queues") && !json_get(arguments, "vhostfds");
}

/* A vhost descriptor asks for vhost too, unless it is said that it is not wanted. */
static bool wants_vhost(const json *arguments)
{
    return json_get_bool(arguments, "vhost",
        json_get(arguments, "vhostfd") || json_get(arguments, "vhostfds") ||
            json_get_bool(arguments, "vhostforce", false));
}

static bool check_netdev_add(int major, const json *arguments, struct error *error)
{
    const char *type = json_get_string(arguments, "type");

    /* 7.2 aborts when vhost cannot start, 10.0 answers with an error; where between is not known.
     */
    if (type && strcmp(type, "tap") == 0 && major > 5 && major < 10 && wants_vhost(arguments) &&
        !has_vhost_fds(arguments))
        return refuse(error, "netdev_add",
            "vhost without a vhost descriptor for each queue aborts this QEMU when it cannot open "
            "/dev/vhost-net; pass one as vhostfd, or as many as there are fds as vhostfds");
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

/* Of the three that can be null this one was forgotten in 5.2. */
static bool check_migrate_parameters(int major, const json *arguments, struct error *error)
{
    if (major < 6 && json_is_null(json_get(arguments, "tls-authz")))
        return refuse(error, "migrate-set-parameters",
            "a tls-authz that is null aborts this QEMU; an empty string does what null should");
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
    if (strcmp(command, "migrate-set-parameters") == 0)
        return check_migrate_parameters(major, arguments, error);
    return true;
}
