/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/properties.h"

#include "qmp/ask.h"
#include "qmp/kept.h"

#include <stdlib.h>
#include <string.h>

static json *ask(struct schema *schema, const char *command, const char *type, struct error *error)
{
    AUTO_JSON json *question = json_new_object();

    json_add_string(question, "typename", type);
    return kept_answer(schema, command, question, error);
}

bool properties_suggest(
    struct session *session, const char *type, const char *implements, struct error *error)
{
    AUTO_JSON json *question = json_new_object();
    AUTO_ERROR struct error ignored = {0};
    AUTO_JSON json *types = NULL;
    AUTO_STRINGS struct strings names = {0};

    json_add_string(question, "implements", implements);
    json_add_bool(question, "abstract", false);
    types = session_ask(session, "qom-list-types", question, &ignored);
    json_gather(&names, types, "name");
    return error_suggest(error, type, &names);
}

static json *unknown(struct schema *schema, const char *what, const char *type,
    const char *implements, struct error *error)
{
    if (error->kind != ERROR_REFUSED)
        return NULL;
    error_set(error, ERROR_UNSUPPORTED, "this QEMU has no %s '%s'", what, type);
    properties_suggest(schema_session(schema), type, implements, error);
    return NULL;
}

/* The types. */

static json *builtin(const char *json_type, const char *shown)
{
    json *type = json_new_object();

    json_add_string(type, "meta-type", "builtin");
    json_add_string(type, "json-type", json_type);
    if (shown)
        json_add_string(type, "shown", shown);
    return type;
}

/* int, int32, uint16, size…; NULL when the name is none of these. */
static json *integer(const char *name)
{
    bool is_signed = strncmp(name, "int", 3) == 0, is_size = strcmp(name, "size") == 0;
    bool is_unsigned = strncmp(name, "uint", 4) == 0;
    const char *bits_word = is_signed ? name + 3 : is_unsigned ? name + 4 : "";
    struct number least = {0}, most = {.magnitude = UINT64_MAX};
    AUTO_FREE char *shown = NULL;
    json *type;
    long bits;

    if ((!is_signed && !is_unsigned && !is_size) ||
        strspn(bits_word, "0123456789") != strlen(bits_word))
        return NULL;
    bits = *bits_word ? strtol(bits_word, NULL, 10) : 64;
    if (bits < 8 || bits > 64)
        return NULL;
    shown = is_size ? xstrdup("a size") : xasprintf("an integer (%s)", name);
    type = builtin("int", shown);
    /* "int" alone is also what object properties of 64 unsigned bits are called. */
    if (is_signed && bits < 64)
        most.magnitude = (UINT64_C(1) << (bits - 1)) - 1;
    else if (bits < 64)
        most.magnitude = (UINT64_C(1) << bits) - 1;
    if (is_signed)
        least = (struct number){true, UINT64_C(1) << (bits - 1)};
    json_add(type, "min", json_new_number(least));
    json_add(type, "max", json_new_number(most));
    return type;
}

/* The list of values at the end of a description, such as "Error handling policy (stop/auto)". */
static json *values(const char *description)
{
    size_t end = description ? strlen(description) : 0, begin;
    AUTO_JSON json *type = NULL;
    json *list;

    if (!end)
        return NULL;
    if (description[end - 1] == ')')
        end--;
    for (begin = end; begin && !strchr(" (,\t\n", description[begin - 1]);)
        begin--;
    if (!memchr(description + begin, '/', end - begin))
        return NULL;
    type = json_new_object();
    json_add_string(type, "meta-type", "enum");
    list = json_add_array(type, "values");
    while (begin < end) {
        size_t length = strcspn(description + begin, "/)");
        AUTO_FREE char *value = xstrndup(description + begin, length);

        if (!length || begin + length > end)
            return NULL;
        json_append(list, json_new_string(value));
        begin += length + 1;
    }
    return steal_pointer(&type);
}

static json *address(void)
{
    json *type = json_new_object();
    json *members;

    /* A slot is written "3" or "3.0", or as a number of slot and function together. */
    json_add_string(type, "meta-type", "alternate");
    members = json_add_array(type, "members");
    for (int i = 0; i < 2; i++) {
        json *member = json_new_object();

        json_add(member, "type", builtin(i ? "int" : "string", i ? NULL : "SLOT[.FUNCTION]"));
        json_append(members, member);
    }
    return type;
}

/* QOM calls this list by the type of its places (5.2, where the schema does not know it). */
static json *host_nodes(void)
{
    json *type = json_new_object();

    json_add_string(type, "meta-type", "array");
    json_add(type, "element-type", builtin("int", NULL));
    return type;
}

/* The address of a PCI device; a DIMM's, of the same name, is a number. */
static bool is_slot(const json *property, const char *name, const char *type)
{
    const char *description = json_get_string(property, "description");

    return strcmp(name, "addr") == 0 &&
           (strcmp(type, "int32") == 0 || (description && strncmp(description, "Slot", 4) == 0));
}

static json *type_of(const json *property, const char *name, const char *type)
{
    json *made = is_slot(property, name, type)     ? address()
                 : strcmp(name, "host-nodes") == 0 ? host_nodes()
                                                   : integer(type);
    bool is_enum = *type >= 'A' && *type <= 'Z';

    if (!made && (strcmp(type, "bool") == 0 || strcmp(type, "boolean") == 0))
        made = builtin("boolean", NULL);
    if (!made &&
        (strcmp(type, "str") == 0 || strcmp(type, "string") == 0 || strncmp(type, "link<", 5) == 0))
        made = builtin("string", NULL);
    if (!made && is_enum)
        made = values(json_get_string(property, "description"));
    /* Structures and lists of structures: their members are not listed. */
    return made ? made : builtin("value", NULL);
}

static json *object_type(const json *list)
{
    json *type = json_new_object(), *members;
    bool addr = false, multifunction = false;

    json_add_string(type, "meta-type", "object");
    members = json_add_array(type, "members");
    json_each (property, list) {
        const char *name = json_get_string(property, "name");
        const char *its = json_get_string(property, "type");
        json *member;

        if (!name || !its || strncmp(its, "child<", 6) == 0 || json_find(members, "name", name))
            continue;
        addr = addr || strcmp(name, "addr") == 0;
        multifunction = multifunction || strcmp(name, "multifunction") == 0;
        member = json_new_object();
        json_add_string(member, "name", name);
        json_add(member, "type", type_of(property, name, its));
        json_add(member, "default", json_new_null());
        json_append(members, member);
    }
    /* A PCI device has an address made of slot and function. */
    json_add_bool(type, "pci", addr && multifunction);
    return type;
}

json *properties_of_device(struct schema *schema, const char *driver, struct error *error)
{
    AUTO_JSON json *list = ask(schema, "device-list-properties", driver, error);

    return list ? object_type(list) : unknown(schema, "device", driver, "device", error);
}

json *properties_of_object(struct schema *schema, const char *qom_type, struct error *error)
{
    AUTO_JSON json *list = ask(schema, "qom-list-properties", qom_type, error);

    return list ? object_type(list)
                : unknown(schema, "object type", qom_type, "user-creatable", error);
}
