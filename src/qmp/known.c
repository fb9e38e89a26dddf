/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/known.h"

enum { VERSIONS = 4 };

static const char *const versions_known[VERSIONS] = {"5.2", "7.2", "10.0", "11.1"};

struct known {
    const char *name;
    bool in[VERSIONS];
};

static const struct known commands[] = {
#define COMMAND(name, ...) {name, {__VA_ARGS__}},
#define EVENT(name, ...)
#include "qmp/known.inc"
#undef COMMAND
#undef EVENT
};

static const struct known events[] = {
#define COMMAND(name, ...)
#define EVENT(name, ...) {name, {__VA_ARGS__}},
#include "qmp/known.inc"
#undef COMMAND
#undef EVENT
};

enum {
    COMMANDS = sizeof(commands) / sizeof(commands[0]),
    EVENTS = sizeof(events) / sizeof(events[0])
};

static void add_versions(const struct known *known, struct text *versions)
{
    int left = 0;
    const char *before = "";

    for (int i = 0; i < VERSIONS; i++)
        left += known->in[i];
    for (int i = 0; i < VERSIONS; i++) {
        if (!known->in[i])
            continue;
        text_printf(versions, "%s%s", before, versions_known[i]);
        before = --left == 1 ? " and " : ", ";
    }
}

static bool find(const struct known *list, size_t count, const char *name, struct text *versions)
{
    for (size_t i = 0; i < count; i++) {
        if (!text_same_name(list[i].name, name))
            continue;
        if (versions)
            add_versions(&list[i], versions);
        return true;
    }
    return false;
}

bool known_command(const char *name, struct text *versions)
{
    return find(commands, COMMANDS, name, versions);
}

bool known_event(const char *name, struct text *versions)
{
    return find(events, EVENTS, name, versions);
}
