/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema: what the QEMU at the other end understands, in its own words (query-qmp-schema).
 *
 * The answer is kept in the cache under the greeting and the program that runs: where it can be
 * seen, the executable's identity; elsewhere the address and query-target. It is never read as a
 * whole: an entry is looked up by name and parsed when it is wanted. A cold use asks once. Entries
 * stay as QEMU wrote them (docs/interop/qmp-spec and qapi/introspect.json of QEMU): an entry has a
 * meta-type, and a type is referred to by name; types of our own making stand in place of the name.
 *
 * What came from a QEMU is not trusted to make sense: an unknown meta-type, a type that is missing
 * or that refers to itself counts as "any value".
 */
#ifndef QMPBOX_QMP_SCHEMA_H
#define QMPBOX_QMP_SCHEMA_H

#include "qmp/session.h"

struct schema;

/* The session's; nothing is asked before something is looked up. Borrowed: it goes with the
 * session. */
struct schema *schema_of(struct session *session);

/*
 * What the QEMU at this address was when its schema was last used, without a connection to it; NULL
 * when that is not known or not kept. It may be another QEMU by now: good for proposals only. It
 * has no session, and what is not kept of it fails with kind unsupported.
 */
struct schema *schema_remembered(const struct address *address) MUST_CHECK;

/* One made of the bytes of query-qmp-schema's return, without a session; kind protocol. */
struct schema *schema_of_reply(struct slice reply, struct error *error) MUST_CHECK;
void schema_free(struct schema *schema);
DEFINE_CLEANUP(schema, struct schema, schema_free)
#define AUTO_SCHEMA AUTO(cleanup_schema)

/*
 * Makes it ready, from the cache or by asking. Fails with kind unsupported where the peer has no
 * query-qmp-schema, protocol when what it says is no schema, or as a session does.
 */
bool schema_load(struct schema *schema, struct error *error);

/* Ready without a question? */
bool schema_is_warm(struct schema *schema);

/* The session that it belongs to, or NULL. */
struct session *schema_session(const struct schema *schema);

/* What the cache knows this QEMU by; *place finds the file (see cache.h). Asks query-target where
 * the program cannot be seen. Borrowed. */
bool schema_identity(
    struct schema *schema, const char **place, const char **key, struct error *error);

/*
 * The entry of a command, an event or a type, '-' and '_' alike; borrowed. NULL when there is none,
 * and NULL with an error when the question failed.
 */
const json *schema_find(struct schema *schema, const char *name, struct error *error);

/* The same when its meta-type is this one. */
const json *schema_find_meta(
    struct schema *schema, const char *name, const char *meta_type, struct error *error);

/* The type of a command's arguments, borrowed; NULL as above. */
const json *schema_arguments(struct schema *schema, const char *command, struct error *error);

/* Does this QEMU's command take a member of this name? False too where that cannot be known. */
bool schema_takes(struct schema *schema, const char *command, const char *member);

/* Adds the names of all commands or events, in the order of the schema. */
bool schema_commands(struct schema *schema, struct strings *names, struct error *error);
bool schema_events(struct schema *schema, struct strings *names, struct error *error);

/* Types. They take a reference: the name of a type as a string, or the type itself. */

enum schema_kind {
    SCHEMA_ANY,
    SCHEMA_STRING,
    SCHEMA_INTEGER,
    SCHEMA_NUMBER,
    SCHEMA_BOOL,
    SCHEMA_NULL,
    SCHEMA_ENUM,
    SCHEMA_ARRAY,
    SCHEMA_OBJECT,
    SCHEMA_ALTERNATE,
};

/* The type that is referred to, borrowed, with its kind; NULL (any) for what makes no sense. */
const json *schema_type(struct schema *schema, const json *reference, enum schema_kind *kind);

/* The members of an object, those of the variant for the tag's value included. */
struct schema_members {
    const json **item; /* borrowed, each with name and type */
    size_t count;
};

void schema_members_free(struct schema_members *members);
#define AUTO_MEMBERS AUTO(schema_members_free)
void schema_members(struct schema *schema, const json *object, const char *tag_value,
    struct schema_members *members);
const json *schema_member(const struct schema_members *members, const char *name);
bool schema_is_mandatory(const json *member);

/* The values of an enum; the entries of values, or the names of members, as strings. */
void schema_values(const json *type, struct strings *values);

/* Is this one of the features of a command, member or value? */
bool schema_has_feature(const json *of, const char *feature);

/*
 * The first mandatory member of a command's arguments, in the schema's order, that is not among
 * these names; borrowed, or NULL when there is none. QAPI adds no mandatory member to a command
 * that has been released, so that the order stands.
 */
const char *schema_next_mandatory(
    struct schema *schema, const json *command, const struct strings *given);

/* "a string", "on or off", "one of a, b, c": what a person is to give for the type. */
void schema_describe(struct schema *schema, const json *reference, struct text *text);

#endif
