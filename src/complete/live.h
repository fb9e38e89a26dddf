/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: the VM behind a line that is being completed.
 *
 * It is connected to at the first question, once, and everything ends at one deadline. Nothing is
 * printed and nothing fails: what is not known in time is not offered. A monitor that another
 * client holds is seen in the kernel's list of sockets before it is connected to, so that a TAB
 * there costs nothing.
 */
#ifndef QMPBOX_COMPLETE_LIVE_H
#define QMPBOX_COMPLETE_LIVE_H

#include "qmp/schema.h"

enum { LIVE_MILLISECONDS = 150 }; /* what a person who pressed TAB does not feel */

struct live_options {
    struct loop *loop;
    struct session *session; /* of the prompt, borrowed, or NULL */
    const char *address;     /* of the VM as it was typed, or NULL; borrowed */
    bool guest_agent;        /* it is that of a guest agent */
    int64_t deadline;        /* clock_after(LIVE_MILLISECONDS) from the start of the completion */
};

struct live;

/* The prompt's session serves this until live_free(), and then what it served before. */
struct live *live_new(const struct live_options *options) MUST_CHECK;
void live_free(struct live *live);
DEFINE_CLEANUP(live, struct live, live_free)
#define AUTO_LIVE AUTO(cleanup_live)

/*
 * Connected and greeted, with the deadline, borrowed; NULL when there is no VM, when its monitor is
 * held, or when that was not possible in time: it is tried once.
 */
struct session *live_session(struct live *live);

/*
 * What is known of the VM without asking it (a schema that may have no session; it outlives the
 * live one): lists that are cached under its identity need no session then.
 */
void live_set_schema(struct live *live, struct schema *schema);

/* That one, or the session's; NULL when there is neither. For what is cached. */
struct schema *live_schema(struct live *live);

bool live_is_agent(const struct live *live);

/* Has something been asked of the VM, and is it connected? */
bool live_is_connected(const struct live *live);

#endif
