/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/live.h"

#include <stdlib.h>

struct live {
    struct live_options options;
    struct address address;
    const struct report report;
    struct session *own;
    int64_t saved;
    bool tried;
};

struct live *live_new(const struct live_options *options)
{
    struct live *live = xcalloc(1, sizeof(*live));

    live->options = *options;
    live->address.fd = -1;
    return live;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    if (live->options.session && live->tried)
        session_set_deadline(live->options.session, live->saved);
    session_free(live->own);
    address_free(&live->address);
    free(live);
}

struct session *live_session(struct live *live)
{
    AUTO_ERROR struct error ignored = {0};
    const struct session_options options = {
        .address = &live->address,
        .loop = live->options.loop,
        .report = &live->report,
        .connect_timeout = live->options.deadline - clock_now(),
        .reply_timeout = live->options.deadline - clock_now(),
        .guest_agent = live->options.guest_agent,
    };
    struct session *shared = live->options.session;

    if (!live->tried && shared) {
        live->saved = session_deadline(shared);
        session_set_deadline(shared, live->options.deadline);
    } else if (!live->tried && live->options.address && options.connect_timeout > 0 &&
               address_parse(live->options.address, &live->address, &ignored)) {
        live->own = session_open(&options, &ignored);
        if (live->own)
            session_set_deadline(live->own, live->options.deadline);
    }
    live->tried = true;
    return shared ? (session_is_open(shared) ? shared : NULL) : live->own;
}

bool live_is_connected(const struct live *live)
{
    return live->tried && (live->options.session || live->own);
}

bool live_is_agent(const struct live *live)
{
    return live->options.guest_agent;
}

void live_set_schema(struct live *live, struct schema *schema)
{
    (void)live;
    (void)schema;
}

void live_add(struct live *live, enum completes kind, const char *prefix,
    const struct strings *words, struct candidates *candidates)
{
    (void)live;
    (void)kind;
    (void)prefix;
    (void)words;
    (void)candidates;
}
