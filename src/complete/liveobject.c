/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/liveobject.h"

#include "vm/leftovers.h"

#include <string.h>

/* What the types of a kind begin with. */
static const struct {
    enum completes kind;
    const char *type;
} types[] = {
    {COMPLETES_OBJECT, ""},
    {COMPLETES_IOTHREAD, "iothread"},
    {COMPLETES_MEMDEV, "memory-backend-"},
    {COMPLETES_SECRET, "secret"},
    {COMPLETES_TLS_CREDS, "tls-creds-"},
    {COMPLETES_AUTHZ, "authz-"},
    {COMPLETES_THROTTLE_GROUP, "throttle-group"},
    {COMPLETES_RNG, "rng-"},
    {COMPLETES_CRYPTODEV, "cryptodev-"},
    {COMPLETES_CAN_BUS, "can-bus"},
};

static bool is_wanted(enum completes kind, const char *type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].kind == kind && strncmp(type, types[i].type, strlen(types[i].type)) == 0)
            return true;
    return false;
}

static void add_objects(const struct listing *listing)
{
    AUTO_JSON json *list = listing_ask(listing, "qom-list", listing_path("/objects", NULL));
    size_t count;
    AUTO_FREE const json **objects = listing_children(list, &count);

    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *type = listing_type(objects[i]);

        if (is_wanted(listing->kind, type))
            listing_add(listing, json_get_string(objects[i], "name"), "%s", type);
    }
}

/* A name that two kinds have needs its kind before it, KIND:NAME. */
static void add_leftovers(const struct listing *listing)
{
    AUTO_LEFTOVERS struct leftovers leftovers = {0};
    AUTO_ERROR struct error ignored = {0};
    struct session *session = live_session(listing->live);

    if (!session || !leftovers_find(session, false, &leftovers, &ignored))
        return;
    for (size_t i = 0; i < leftovers.count; i++) {
        const struct thing *thing = &leftovers.things[i];
        const char *kind = thing_kind_name(thing->kind);
        bool twice = false;

        for (size_t j = 0; j < leftovers.count; j++)
            twice = twice || (j != i && leftovers.things[j].leftover &&
                                 strcmp(leftovers.things[j].name, thing->name) == 0);
        AUTO_FREE char *word = twice ? xasprintf("%s:%s", kind, thing->name) : NULL;

        if (thing->leftover && !thing->implicit && !thing->kept)
            listing_add(
                listing, word ? word : thing->name, "%s: %s", kind, thing->what ? thing->what : "");
    }
}

const struct lister object_listers[] = {
    {COMPLETES_OBJECT, add_objects},
    {COMPLETES_IOTHREAD, add_objects},
    {COMPLETES_MEMDEV, add_objects},
    {COMPLETES_SECRET, add_objects},
    {COMPLETES_TLS_CREDS, add_objects},
    {COMPLETES_AUTHZ, add_objects},
    {COMPLETES_THROTTLE_GROUP, add_objects},
    {COMPLETES_RNG, add_objects},
    {COMPLETES_CRYPTODEV, add_objects},
    {COMPLETES_CAN_BUS, add_objects},
    {COMPLETES_LEFTOVER, add_leftovers},
    {COMPLETES_NOTHING, NULL},
};
