/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as the return of query-qmp-schema: whatever they say of types, each entry can be explained,
 * and words and JSON are typed by it, or refused with a sentence.
 */
#include "fuzz.h"
#include "qmp/explain.h"
#include "qmp/typing.h"

static void type_some(struct schema *schema, const json *type)
{
    static const char object[] = "{\"a\":1,\"b\":[true,{\"a\":\"x\"}],\"c\":{\"a\":null}}";
    const struct typing typing = {.schema = schema};
    AUTO_STRINGS struct strings words = {0};
    AUTO_ERROR struct error error = {0}, none = {0};
    AUTO_JSON json *value = json_parse(object, strlen(object), &none);
    AUTO_JSON json *of_json = typing_json(&typing, type, value, &error);
    AUTO_JSON json *of_words = NULL;

    MUST(!of_json == !!error.kind);
    error_free(&error);
    strings_add(&words, "a=1");
    strings_add(&words, "b.0=on");
    strings_add(&words, "c.a.b:={}");
    of_words = typing_words(&typing, type, &words, &error);
    MUST(!of_words == !!error.kind);
    MUST(of_words || (error.kind == ERROR_USAGE && *error.message));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ERROR struct error error = {0};
    AUTO_SCHEMA struct schema *schema =
        schema_of_reply((struct slice){(const char *)data, size}, &error);
    AUTO_STRINGS struct strings names = {0};

    if (!schema) {
        MUST(error.kind == ERROR_PROTOCOL);
        return 0;
    }
    MUST(schema_commands(schema, &names, &error) && schema_events(schema, &names, &error));
    for (size_t i = 0; i < names.count && i < 8; i++) {
        AUTO_JSON json *document = explain_entry(schema, names.item[i], &error);
        const json *entry = schema_find(schema, names.item[i], &error);

        MUST(!error.kind && (document || !entry || !json_get_string(entry, "meta-type")));
        type_some(schema, json_get(entry, "arg-type"));
    }
    json_free(explain_all(schema, "a", &error));
    MUST(!error.kind);
    return 0;
}
