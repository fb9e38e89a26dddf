/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/things.h"

#include "complete/listing.h"
#include "complete/liveblock.h"
#include "complete/livebus.h"
#include "complete/livedevice.h"
#include "complete/livehost.h"
#include "complete/livekept.h"
#include "complete/livenet.h"
#include "complete/liveobject.h"

void things_add(struct live *live, enum completes kind, const char *prefix,
    const struct strings *words, struct candidates *candidates)
{
    static const struct lister *const tables[] = {block_listers, bus_listers, device_listers,
        host_listers, kept_listers, net_listers, object_listers};
    static const struct strings none = {0};
    struct listing listing = {live, kind, prefix ? prefix : "", words ? words : &none, candidates};

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (const struct lister *lister = tables[i]; lister->add; lister++)
            /* An agent is asked for its own commands alone; the host's network is here. */
            if (lister->kind == kind && (!live_is_agent(live) || kind == COMPLETES_AGENT_COMMAND ||
                                            tables[i] == host_listers))
                lister->add(&listing);
}
