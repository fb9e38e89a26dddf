/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: what can be known, while a line is completed, about the VM that it is for.
 *
 * The schema comes from the cache by the VM's address, without a socket. Only what the cache does
 * not know is asked of the VM (live.h), within the deadline, and is kept for the next time.
 */
#ifndef QMPBOX_COMPLETE_SOURCE_H
#define QMPBOX_COMPLETE_SOURCE_H

#include "complete/live.h"
#include "qmp/schema.h"

struct source;

struct source *source_new(const struct live_options *options) MUST_CHECK;
void source_free(struct source *source);
DEFINE_CLEANUP(source, struct source, source_free)
#define AUTO_SOURCE AUTO(cleanup_source)

/* Borrowed; NULL when there is no VM, when it has none, or when it was not there in time. */
struct schema *source_schema(struct source *source);

/*
 * arguments_own_type() (qmp/arguments.h) with the words of a command; the caller frees it. NULL
 * where the schema's own type is the one.
 */
json *source_own_type(
    struct source *source, const json *entry, const struct strings *pairs) MUST_CHECK;

bool source_is_agent(const struct source *source);

/* Adds the names of all commands of this QEMU. */
void source_commands(struct source *source, struct strings *names);

struct live *source_live(struct source *source);
int64_t source_deadline(const struct source *source);

#endif
