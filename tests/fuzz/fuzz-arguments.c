/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One word a line, made an object: valid JSON that is the same again, or an error that says why. */
#include "fuzz.h"
#include "qmp/arguments.h"

/* The type follows from the name, so that every kind of typing is reached. */
static bool type_of(
    void *data, const char *name, enum argument_type *type, bool *known, struct error *error)
{
    (void)data;
    *type = strchr(name, 'i')   ? ARGUMENT_INTEGER
            : strchr(name, 'b') ? ARGUMENT_BOOL
                                : ARGUMENT_STRING;
    *known = strchr(name, 'k') != NULL;
    return !strchr(name, 'u') || error_set(error, ERROR_USAGE, "no member");
}

static char *describe(void *data, const char *name, bool set, struct error *error)
{
    (void)data, (void)error;
    return xasprintf("%s%zu", set ? "/dev/fdset/" : "fd", strlen(name));
}

static void check(const struct strings *words, const struct argument_source *source)
{
    AUTO_ERROR struct error error = {0}, none = {0};
    AUTO_JSON json *object = arguments_from_words(words, source, &error);
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
    const struct argument_source source = {type_of, describe, NULL};
    AUTO_STRINGS struct strings words = {0};

    fuzz_words(data, size, &words);
    for (size_t i = 0; i < words.count; i++) {
        AUTO_FREE char *key = arguments_key(words.item[i]);
        const char *at = strstr(words.item[i], "=@");

        if (key) {
            MUST(*key && strncmp(key, words.item[i], strlen(key)) == 0);
            (void)arguments_find(&words, key);
        }
        (void)arguments_is_id(words.item[i]);
        /* No files: only descriptors, which are made up. */
        if (at && strncmp(at, "=@fd", 4) != 0)
            return 0;
        if (at && !strchr(at, ':'))
            return 0;
    }
    check(&words, NULL);
    check(&words, &source);
    return 0;
}
