/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/live.h"

#include "qmp/peers.h"

#include <stdlib.h>

struct live {
    struct live_options options;
    struct schema *schema; /* borrowed, or NULL */
    struct address address;
    struct session *session; /* ours, or the prompt's */
    bool tried;
    struct session_options served; /* by the prompt's before */
    int64_t deadline;              /* of the prompt's before */
    uint64_t before;               /* the newest request of the prompt's */
};

static void swallow(void *data, const char *text)
{
    (void)data;
    (void)text;
}

static const struct report silent = {.note = swallow, .plan = swallow};

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
    if (live->session && live->session == live->options.session) {
        session_serve(live->session, &live->served);
        session_forget(live->session, live->before);
        session_set_deadline(live->session, live->deadline);
    } else {
        session_free(live->session);
    }
    address_free(&live->address);
    free(live);
}

static int64_t time_left(const struct live *live)
{
    return live->options.deadline - clock_now();
}

/* The session waits no longer than we do, and says nothing. */
static struct session_options quiet_options(const struct live *live)
{
    return (struct session_options){
        .address = &live->address,
        .loop = live->options.loop,
        .report = &silent,
        .connect_timeout = time_left(live),
        .reply_timeout = time_left(live),
        .guest_agent = live->options.guest_agent,
    };
}

static struct session *borrow(struct live *live)
{
    struct session *session = live->options.session;
    struct session_options options = quiet_options(live);

    if (!session_is_open(session))
        return NULL;
    live->served = *session_serving(session);
    live->deadline = session_deadline(session);
    live->before = session_newest(session);
    options.max_message = live->served.max_message;
    options.oob = live->served.oob;
    session_serve(session, &options);
    return session;
}

static struct session *connect_to(struct live *live)
{
    const char *word = live->options.address;
    AUTO_ERROR struct error ignored = {0};
    struct session_options options;

    /* An inherited descriptor is for the run, which is to find it untouched. */
    if (!word || !*word || !address_parse(word, &live->address, &ignored) ||
        live->address.kind == ADDRESS_FD || peers_is_held(&live->address))
        return NULL;
    options = quiet_options(live);
    return options.connect_timeout > 0 ? session_open(&options, &ignored) : NULL;
}

struct session *live_session(struct live *live)
{
    if (!live->tried && time_left(live) > 0) {
        live->tried = true;
        live->session = live->options.session ? borrow(live) : connect_to(live);
        if (live->session)
            session_set_deadline(live->session, live->options.deadline);
    }
    return live->session && session_is_open(live->session) && time_left(live) > 0 ? live->session
                                                                                  : NULL;
}

void live_set_schema(struct live *live, struct schema *schema)
{
    live->schema = schema;
}

struct schema *live_schema(struct live *live)
{
    struct session *session = live->schema || live_is_agent(live) ? NULL : live_session(live);

    return session ? schema_of(session) : live->schema;
}

bool live_is_agent(const struct live *live)
{
    return live->options.session ? session_is_agent(live->options.session)
                                 : live->options.guest_agent;
}

bool live_is_connected(const struct live *live)
{
    return live->session && session_is_open(live->session);
}
