/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One word a line, made an object: valid JSON that is the same again, or an error that says why. */
#include "fuzz.h"
#include "qmp/typing.h"

/* A type in which every kind of typing is reached, itself among its members. */
static const char schema_text[] =
    "[{\"name\":\"f\",\"meta-type\":\"command\",\"arg-type\":\"1\",\"ret-type\":\"1\"},"
    "{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"},"
    "{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"},"
    "{\"name\":\"bool\",\"meta-type\":\"builtin\",\"json-type\":\"boolean\"},"
    "{\"name\":\"number\",\"meta-type\":\"builtin\",\"json-type\":\"number\"},"
    "{\"name\":\"[1]\",\"meta-type\":\"array\",\"element-type\":\"1\"},"
    "{\"name\":\"[int]\",\"meta-type\":\"array\",\"element-type\":\"int\"},"
    "{\"name\":\"2\",\"meta-type\":\"enum\",\"values\":[\"a\",\"b\"]},"
    "{\"name\":\"3\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"int\"},{\"type\":"
    "\"bool\"},"
    "{\"type\":\"[int]\"},{\"type\":\"3\"}]},"
    "{\"name\":\"4\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"str\"},{\"type\":\"1\"}]}"
    ","
    "{\"name\":\"1\",\"meta-type\":\"object\",\"tag\":\"e\",\"members\":["
    "{\"name\":\"e\",\"type\":\"2\"},{\"name\":\"i\",\"type\":\"int\",\"default\":null},"
    "{\"name\":\"b\",\"type\":\"bool\",\"default\":null},{\"name\":\"l\",\"type\":\"[int]\","
    "\"default\":null},"
    "{\"name\":\"x\",\"type\":\"3\",\"default\":null},{\"name\":\"k\",\"type\":\"4\",\"default\":"
    "null},"
    "{\"name\":\"o\",\"type\":\"[1]\",\"default\":null},{\"name\":\"n\",\"type\":\"number\","
    "\"default\":null},"
    "{\"name\":\"a.b\",\"type\":\"str\",\"default\":null},{\"name\":\"m\",\"type\":\"missing\","
    "\"default\":null}],"
    "\"variants\":[{\"case\":\"b\",\"type\":\"1\"}]}]";

static char *describe(void *data, const char *name, bool set, struct error *error)
{
    (void)data, (void)error;
    return xasprintf("%s%zu", set ? "/dev/fdset/" : "fd", strlen(name));
}

static const struct word_source source = {describe, NULL};

static void check(const struct typing *typing, const json *type, const struct strings *words)
{
    AUTO_ERROR struct error error = {0}, none = {0};
    AUTO_STRINGS struct strings settled = {0};
    AUTO_JSON json *whole = NULL;
    AUTO_JSON json *object = words_settle(words, &source, &settled, &whole, &error) && !whole
                                 ? typing_words(typing, type, &settled, &error)
                                 : steal_pointer(&whole);
    AUTO_JSON json *again = NULL;
    AUTO_FREE char *first = NULL, *second = NULL;

    if (!object) {
        MUST(error.kind == ERROR_USAGE || error.kind == ERROR_LOCAL);
        MUST(error.message);
        return;
    }
    MUST(!error.kind && json_is_object(object));
    first = json_to_string(object);
    MUST(utf8_valid(first, strlen(first)));
    again = json_parse(first, strlen(first), &none);
    /* A value of 1024 levels may come to lie deeper; QEMU refuses that. */
    if (!again) {
        MUST(strstr(none.message, "levels"));
        return;
    }
    second = json_to_string(again);
    MUST(strcmp(first, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ERROR struct error error = {0};
    AUTO_SCHEMA struct schema *schema =
        schema_of_reply((struct slice){schema_text, strlen(schema_text)}, &error);
    const struct typing untyped = {0}, typed = {.schema = schema};
    AUTO_STRINGS struct strings words = {0};

    fuzz_words(data, size, &words);
    for (size_t i = 0; i < words.count; i++) {
        AUTO_FREE char *key = words_key(words.item[i]);
        const char *at = strstr(words.item[i], "=@");

        if (key) {
            MUST(*key && strncmp(key, words.item[i], strlen(key)) == 0);
            (void)words_find(&words, key);
        }
        (void)words_is_id(words.item[i]);
        /* No files: only descriptors, which are made up. */
        if (at && strncmp(at, "=@fd", 4) != 0)
            return 0;
        if (at && !strchr(at, ':'))
            return 0;
    }
    check(&untyped, NULL, &words);
    check(&typed, schema_find(schema, "1", &error), &words);
    return 0;
}
