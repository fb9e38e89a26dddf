/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/schema.h"

#include "json/scan.h"
#include "qmp/ask.h"
#include "qmp/cache.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHAIN = 16,        /* the most types that follow from one another without a value between */
    MEMBERS = 4096,    /* of one object */
    VALUES_SHOWN = 24, /* of an enum, in a sentence */
    DESCRIBED = 4096,  /* bytes of a sentence, after which nothing is added */
    BUCKETS = 2048,
};

static const char cache_kind[] = "schema";

/* Which of them the QEMU at an address has, by the address. */
static const char address_kind[] = "address", place_record[] = "place", key_record[] = "key";

struct known {
    char *name;
    json *entry; /* NULL: there is none */
    struct known *next;
};

struct schema {
    struct session *session;
    char *place; /* see schema_identity() */
    char *key;
    struct shelf *shelf;
    bool asked;  /* this session's QEMU has answered: the shelf is right whatever the cache says */
    bool absent; /* it has no query-qmp-schema */
    bool told;   /* what the cache remembers of the address is right */
    struct known *known[BUCKETS];
};

void schema_free(struct schema *schema)
{
    if (!schema)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (schema->known[i]) {
            struct known *known = schema->known[i];

            schema->known[i] = known->next;
            free(known->name);
            json_free(known->entry);
            free(known);
        }
    free(schema->place);
    free(schema->key);
    shelf_free(schema->shelf);
    free(schema);
}

static void release(void *thing)
{
    schema_free(thing);
}

struct schema *schema_of(struct session *session)
{
    struct schema *schema = session_attached(session);

    if (!schema) {
        schema = xcalloc(1, sizeof(*schema));
        schema->session = session;
        session_attach(session, schema, release);
    }
    return schema;
}

struct session *schema_session(const struct schema *schema)
{
    return schema->session;
}

/* Whose it is. */

/* Fills in the place, and the key too where the program can be seen. */
static void identify(struct schema *schema)
{
    AUTO_FREE char *greeting = NULL;
    AUTO_FREE char *program = NULL;

    if (schema->place)
        return;
    greeting = json_to_string(session_greeting(schema->session));
    program = session_program(schema->session);
    schema->place = xasprintf("%s\n%s\n%s", greeting, program ? "program" : "address",
        program ? program : session_address(schema->session));
    if (program)
        schema->key = xstrdup(schema->place);
}

static bool ask_target(struct schema *schema, uint64_t *ticket, struct error *error)
{
    return session_send(schema->session, "query-target", NULL, -1, ticket, error);
}

/* What has no target (a storage daemon, a stranger) is a kind of its own. */
static bool take_target(struct schema *schema, uint64_t ticket, struct error *error)
{
    AUTO_JSON json *target = session_answer(schema->session, ticket, error);
    const char *arch = json_get_string(target, "arch");

    if (!target && error->kind != ERROR_UNSUPPORTED && error->kind != ERROR_REFUSED)
        return false;
    error_free(error);
    schema->key = xasprintf("%s\ntarget %s", schema->place, arch ? arch : "none");
    return true;
}

bool schema_identity(
    struct schema *schema, const char **place, const char **key, struct error *error)
{
    uint64_t ticket;

    identify(schema);
    if (!schema->key &&
        (!ask_target(schema, &ticket, error) || !take_target(schema, ticket, error)))
        return false;
    *place = schema->place;
    *key = schema->key;
    return true;
}

/* What is known of an address. */

static char *read_record(struct shelf *shelf, const char *name)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    return shelf && shelf_find(shelf, name, &text) == SHELF_FOUND ? text_take(&text) : NULL;
}

/* Keeps whose schema this address has, unless that is written there already. */
static void remember(struct schema *schema)
{
    AUTO_FREE char *address = schema->session ? session_absolute(schema->session) : NULL;
    AUTO_SHELF struct shelf *shelf = NULL;
    AUTO_FREE char *place = NULL;
    AUTO_FREE char *key = NULL;
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text file = TEXT_EMPTY;

    if (schema->told || !address)
        return;
    schema->told = true;
    shelf = cache_open(address_kind, address, address);
    place = read_record(shelf, place_record);
    key = read_record(shelf, key_record);
    if (text_is(place, schema->place) && text_is(key, schema->key))
        return;
    shelf_put(&maker, (struct slice){place_record, strlen(place_record)},
        (struct slice){schema->place, strlen(schema->place)}, 0);
    shelf_put(&maker, (struct slice){key_record, strlen(key_record)},
        (struct slice){schema->key, strlen(schema->key)}, 0);
    shelf_finish(&maker, address, &file);
    cache_write(address_kind, address, &file);
}

struct schema *schema_remembered(const struct address *address)
{
    AUTO_FREE char *absolute = address_absolute(address);
    AUTO_SHELF struct shelf *shelf = absolute ? cache_open(address_kind, absolute, absolute) : NULL;
    AUTO_SCHEMA struct schema *schema = xcalloc(1, sizeof(*schema));

    schema->place = read_record(shelf, place_record);
    schema->key = read_record(shelf, key_record);
    if (schema->place && schema->key)
        schema->shelf = cache_open(cache_kind, schema->place, schema->key);
    return schema->shelf ? steal_pointer(&schema) : NULL;
}

/* From the reply to a shelf. */

static bool nonsense(struct error *error, const char *what)
{
    return error_set(error, ERROR_PROTOCOL, "query-qmp-schema: what came is no schema: %s", what);
}

/* The values of name and meta-type of one entry, as they are written. */
static bool read_entry(struct slice entry, struct slice *name, struct slice *meta)
{
    struct scan scan;
    enum scan_token token;

    *name = *meta = (struct slice){NULL, 0};
    scan_start(&scan, entry.bytes, entry.length);
    if (scan_next(&scan) != SCAN_OBJECT)
        return false;
    for (token = scan_next(&scan); token == SCAN_STRING; token = scan_next(&scan)) {
        struct slice key = scan.token, value;

        if (scan_next(&scan) != SCAN_COLON || !scan_value(&scan, &value, NULL, NULL))
            return false;
        if (slice_is(key, "\"name\""))
            *name = value;
        else if (slice_is(key, "\"meta-type\""))
            *meta = value;
        if (scan_next(&scan) != SCAN_COMMA)
            break;
    }
    return name->length > 2 && name->bytes[0] == '"' && meta->bytes;
}

static bool shelve(struct slice reply, struct shelf_maker *maker, struct error *error)
{
    struct scan scan;
    enum scan_token token = SCAN_COMMA;

    scan_start(&scan, reply.bytes, reply.length);
    if (scan_next(&scan) != SCAN_ARRAY)
        return nonsense(error, "it is no list");
    while (token == SCAN_COMMA) {
        struct slice entry, name, meta;

        if (!scan_value(&scan, &entry, NULL, NULL))
            return nonsense(error, scan.problem ? scan.problem : "it has no entries");
        /* An entry without a name can be referred to by nobody. */
        if (read_entry(entry, &name, &meta))
            shelf_put(maker, (struct slice){name.bytes + 1, name.length - 2}, entry,
                slice_is(meta, "\"command\"") ? 'c'
                : slice_is(meta, "\"event\"") ? 'e'
                                              : 0);
        token = scan_next(&scan);
    }
    return token == SCAN_ARRAY_END || nonsense(error, "its list does not end");
}

static bool load_reply(
    struct schema *schema, struct slice reply, struct text *file, struct error *error)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    struct text bytes = TEXT_EMPTY;

    if (!shelve(reply, &maker, error))
        return false;
    if (!maker.names.length)
        return nonsense(error, "it has no commands");
    shelf_finish(&maker, schema->key, &bytes);
    if (!bytes.length)
        return nonsense(error, "it is too large");
    if (file)
        text_add(file, bytes.bytes, bytes.length);
    shelf_free(schema->shelf);
    schema->shelf = shelf_of_bytes(&bytes, schema->key);
    return schema->shelf;
}

struct schema *schema_of_reply(struct slice reply, struct error *error)
{
    AUTO_SCHEMA struct schema *schema = xcalloc(1, sizeof(*schema));

    schema->place = xstrdup("");
    schema->key = xstrdup("");
    schema->asked = true;
    return load_reply(schema, reply, NULL, error) ? steal_pointer(&schema) : NULL;
}

static bool take_schema(struct schema *schema, uint64_t ticket, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;
    AUTO_TEXT struct text file = TEXT_EMPTY;
    struct slice value = {"", 0};

    if (!session_result(schema->session, ticket, &reply, error)) {
        schema->absent = error->kind == ERROR_UNSUPPORTED;
        return false;
    }
    schema->asked = true;
    (void)message_get(reply, "return", &value);
    if (!load_reply(schema, value, &file, error))
        return false;
    cache_write(cache_kind, schema->place, &file);
    return true;
}

/* Asks the QEMU; the target too when it is not known, in the same write. */
static bool ask(struct schema *schema, struct error *error)
{
    bool need_target = !schema->key;
    uint64_t target = 0, ticket;

    if (schema->asked)
        return nonsense(error, "it cannot be read");
    if (!schema->session)
        return error_set(error, ERROR_UNSUPPORTED, "what was kept of its schema cannot be read");
    return (!need_target || ask_target(schema, &target, error)) &&
           session_send(schema->session, "query-qmp-schema", NULL, -1, &ticket, error) &&
           (!need_target || take_target(schema, target, error)) &&
           take_schema(schema, ticket, error);
}

static bool open_cached(struct schema *schema)
{
    if (schema->key)
        schema->shelf = cache_open(cache_kind, schema->place, schema->key);
    return schema->shelf;
}

bool schema_is_warm(struct schema *schema)
{
    if (schema->shelf)
        return true;
    identify(schema);
    return open_cached(schema);
}

static bool load(struct schema *schema, struct error *error)
{
    const char *place, *key;

    if (schema->absent)
        return error_set(error, ERROR_UNSUPPORTED, "what answers here has no schema");
    if (schema_is_warm(schema))
        return true;
    /* Where the target must be asked for, one that is kept may make the large question needless. */
    if (!schema->key && cache_has(cache_kind, schema->place) &&
        !schema_identity(schema, &place, &key, error))
        return false;
    return open_cached(schema) || ask(schema, error);
}

bool schema_load(struct schema *schema, struct error *error)
{
    if (!load(schema, error))
        return false;
    remember(schema);
    return true;
}

/* Looking up. */

/* Damage that shows only now: the shelf goes, and QEMU is asked. */
static bool load_anew(struct schema *schema, struct error *error)
{
    shelf_free(schema->shelf);
    schema->shelf = NULL;
    if (schema->asked)
        return nonsense(error, "it cannot be read");
    cache_drop(cache_kind, schema->place);
    return ask(schema, error);
}

static bool look_up(struct schema *schema, const char *name, struct text *text, struct error *error)
{
    enum shelf_answer answer;

    if (!schema_load(schema, error))
        return false;
    answer = shelf_find(schema->shelf, name, text);
    if (answer != SHELF_DAMAGED)
        return true;
    text_clear(text);
    return load_anew(schema, error) && shelf_find(schema->shelf, name, text) != SHELF_DAMAGED;
}

const json *schema_find(struct schema *schema, const char *name, struct error *error)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    struct known **bucket = &schema->known[text_hash(TEXT_HASH, name, strlen(name)) % BUCKETS];
    struct known *known;

    for (known = *bucket; known; known = known->next)
        if (strcmp(known->name, name) == 0)
            return known->entry;
    if (!look_up(schema, name, &text, error))
        return NULL;
    known = xcalloc(1, sizeof(*known));
    known->name = xstrdup(name);
    if (text.length) {
        struct error ignored = {0};

        /* A key twice in one entry: as if it were not there. */
        known->entry = json_parse(text.bytes, text.length, &ignored);
        error_free(&ignored);
    }
    known->next = *bucket;
    *bucket = known;
    return known->entry;
}

const json *schema_find_meta(
    struct schema *schema, const char *name, const char *meta_type, struct error *error)
{
    const json *entry = schema_find(schema, name, error);
    const char *meta = json_get_string(entry, "meta-type");

    return meta && strcmp(meta, meta_type) == 0 ? entry : NULL;
}

static bool list(struct schema *schema, char listed, struct strings *names, struct error *error)
{
    if (!schema_load(schema, error))
        return false;
    if (shelf_names(schema->shelf, listed, names) != SHELF_DAMAGED)
        return true;
    return load_anew(schema, error) && shelf_names(schema->shelf, listed, names) != SHELF_DAMAGED;
}

bool schema_commands(struct schema *schema, struct strings *names, struct error *error)
{
    return list(schema, 'c', names, error);
}

bool schema_events(struct schema *schema, struct strings *names, struct error *error)
{
    return list(schema, 'e', names, error);
}

/* Types. */

static enum schema_kind kind_of(const json *type)
{
    static const struct {
        const char *word;
        enum schema_kind kind;
    } kinds[] = {
        {"enum", SCHEMA_ENUM},
        {"array", SCHEMA_ARRAY},
        {"object", SCHEMA_OBJECT},
        {"alternate", SCHEMA_ALTERNATE},
        {"string", SCHEMA_STRING},
        {"int", SCHEMA_INTEGER},
        {"number", SCHEMA_NUMBER},
        {"boolean", SCHEMA_BOOL},
        {"null", SCHEMA_NULL},
    };
    const char *word = json_get_string(type, "meta-type");

    if (word && strcmp(word, "builtin") == 0)
        word = json_get_string(type, "json-type");
    for (size_t i = 0; word && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(word, kinds[i].word) == 0)
            return kinds[i].kind;
    return SCHEMA_ANY;
}

const json *schema_type(struct schema *schema, const json *reference, enum schema_kind *kind)
{
    struct error ignored = {0};
    const char *name = json_string(reference);
    const json *type = name ? schema_find(schema, name, &ignored) : reference;

    error_free(&ignored);
    *kind = json_is_object(type) ? kind_of(type) : SCHEMA_ANY;
    return *kind == SCHEMA_ANY ? NULL : type;
}

const json *schema_arguments(struct schema *schema, const char *command, struct error *error)
{
    const json *entry = schema_find_meta(schema, command, "command", error);
    enum schema_kind kind;

    return entry ? schema_type(schema, json_get(entry, "arg-type"), &kind) : NULL;
}

bool schema_takes(struct schema *schema, const char *command, const char *member)
{
    AUTO_ERROR struct error ignored = {0};
    const json *type = schema_arguments(schema, command, &ignored);

    return json_find(json_get(type, "members"), "name", member);
}

void schema_members_free(struct schema_members *members)
{
    free(members->item);
    *members = (struct schema_members){0};
}

static void add_members(struct schema *schema, const json *object, const char *tag_value,
    struct schema_members *members, int depth)
{
    const json *list = json_get(object, "members");

    members->item =
        xrealloc(members->item, (members->count + json_count(list) + 1) * sizeof(const json *));
    json_each (member, list)
        if (json_get_string(member, "name") && members->count < MEMBERS)
            members->item[members->count++] = member;
    json_each (variant, json_get(object, "variants")) {
        const char *its = json_get_string(variant, "case");
        enum schema_kind kind;
        const json *type;

        if (!its || !tag_value || strcmp(its, tag_value) != 0)
            continue;
        type = schema_type(schema, json_get(variant, "type"), &kind);
        if (kind == SCHEMA_OBJECT && depth < CHAIN)
            add_members(schema, type, NULL, members, depth + 1);
    }
}

void schema_members(struct schema *schema, const json *object, const char *tag_value,
    struct schema_members *members)
{
    add_members(schema, object, tag_value, members, 0);
}

const json *schema_member(const struct schema_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (strcmp(json_get_string(members->item[i], "name"), name) == 0)
            return members->item[i];
    return NULL;
}

bool schema_is_mandatory(const json *member)
{
    return !json_get(member, "default");
}

void schema_values(const json *type, struct strings *values)
{
    json_each (value, json_get(type, "values"))
        if (json_string(value))
            strings_add(values, json_string(value));
    /* 7.2 and later list them with their features too; something later may leave the first out. */
    if (!values->count)
        json_gather(values, json_get(type, "members"), "name");
}

bool schema_has_feature(const json *of, const char *feature)
{
    json_each (item, json_get(of, "features"))
        if (json_string(item) && strcmp(json_string(item), feature) == 0)
            return true;
    return false;
}

const char *schema_next_mandatory(
    struct schema *schema, const json *command, const struct strings *given)
{
    enum schema_kind kind;
    const json *type = schema_type(schema, json_get(command, "arg-type"), &kind);

    if (kind != SCHEMA_OBJECT)
        return NULL;
    json_each (member, json_get(type, "members")) {
        const char *name = json_get_string(member, "name");

        if (name && schema_is_mandatory(member) && !strings_have(given, name))
            return name;
    }
    return NULL;
}

static void describe(struct schema *schema, const json *reference, struct text *text, int depth);

static void describe_values(const json *type, struct text *text)
{
    AUTO_STRINGS struct strings values = {0};

    schema_values(type, &values);
    text_add_string(text, values.count == 1 ? "only " : "one of ");
    for (size_t i = 0; i < values.count && i < VALUES_SHOWN; i++)
        text_printf(text, "%s%s", i ? ", " : "", values.item[i]);
    if (values.count > VALUES_SHOWN)
        text_printf(text, " and %zu others", values.count - VALUES_SHOWN);
}

static void describe_alternate(
    struct schema *schema, const json *type, struct text *text, int depth)
{
    size_t count = json_count(json_get(type, "members")), i = 0;

    json_each (member, json_get(type, "members")) {
        text_add_string(text, !i ? "" : i + 1 == count ? " or " : ", ");
        describe(schema, json_get(member, "type"), text, depth + 1);
        i++;
    }
}

static void describe_array(struct schema *schema, const json *type, struct text *text, int depth)
{
    text_add_string(text, "a list, each place ");
    describe(schema, json_get(type, "element-type"), text, depth + 1);
}

static void describe(struct schema *schema, const json *reference, struct text *text, int depth)
{
    enum schema_kind kind = SCHEMA_ANY;
    const json *type = depth < CHAIN ? schema_type(schema, reference, &kind) : NULL;
    const char *shown = json_get_string(type, "shown");

    /* Alternates of alternates can be more than anybody lives to see. */
    if (text->length > DESCRIBED)
        return;
    if (shown) {
        text_add_string(text, shown);
        return;
    }
    switch (kind) {
    case SCHEMA_ANY:
        text_add_string(text, "any value");
        break;
    case SCHEMA_STRING:
        text_add_string(text, "a string");
        break;
    case SCHEMA_INTEGER:
        text_add_string(text, "an integer");
        break;
    case SCHEMA_NUMBER:
        text_add_string(text, "a number");
        break;
    case SCHEMA_BOOL:
        text_add_string(text, "on or off");
        break;
    case SCHEMA_NULL:
        text_add_string(text, "null");
        break;
    case SCHEMA_ENUM:
        describe_values(type, text);
        break;
    case SCHEMA_ARRAY:
        describe_array(schema, type, text, depth);
        break;
    case SCHEMA_OBJECT:
        text_add_string(text, "an object");
        break;
    case SCHEMA_ALTERNATE:
        describe_alternate(schema, type, text, depth);
        break;
    }
}

void schema_describe(struct schema *schema, const json *reference, struct text *text)
{
    describe(schema, reference, text, 0);
}
