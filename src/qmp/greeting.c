/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/greeting.h"

#include <stdio.h>
#include <string.h>

void greeting_free(struct greeting *greeting)
{
    json_free(greeting->said);
    *greeting = (struct greeting){0};
}

bool greeting_read(
    struct greeting *greeting, struct slice value, const char *address, struct error *error)
{
    int64_t major = 0, minor = 0, micro = 0;
    const json *version;

    greeting_free(greeting);
    greeting->said = json_parse(value.bytes, value.length, error);
    if (!greeting->said)
        return error_prefix(error, "the greeting");
    if (!json_is_object(greeting->said))
        return error_set(error, ERROR_CONNECT,
            "the peer at %s does not speak QMP: its greeting is no object", address);
    version = json_get(json_get(greeting->said, "version"), "qemu");
    json_get_int(version, "major", &major);
    json_get_int(version, "minor", &minor);
    json_get_int(version, "micro", &micro);
    greeting->major = (int)(major & 0xFFFF);
    (void)snprintf(greeting->version, sizeof(greeting->version), "%d.%d.%d", greeting->major,
        (int)(minor & 0xFFFF), (int)(micro & 0xFFFF));
    return true;
}

void greeting_keep_info(struct greeting *greeting, json *info)
{
    const char *version = json_get_string(info, "version");

    greeting_free(greeting);
    greeting->said = info;
    (void)snprintf(greeting->version, sizeof(greeting->version), "%s", version ? version : "");
}

bool greeting_offers(const struct greeting *greeting, const char *capability)
{
    json_each (offered, json_get(greeting->said, "capabilities"))
        if (json_string(offered) && strcmp(json_string(offered), capability) == 0)
            return true;
    return false;
}
