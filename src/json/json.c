/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json/json.h"

#include "json/scan.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_free(json *item)
{
    cJSON_Delete(item);
}

/* cJSON reports a failed allocation by NULL; here that ends the program like every other one. */
static json *made(json *item)
{
    if (!item)
        out_of_memory();
    return item;
}

json *json_new_object(void)
{
    return made(cJSON_CreateObject());
}

json *json_new_array(void)
{
    return made(cJSON_CreateArray());
}

json *json_new_string(const char *value)
{
    return made(cJSON_CreateString(value));
}

json *json_new_bool(bool value)
{
    return made(cJSON_CreateBool(value));
}

json *json_new_null(void)
{
    return made(cJSON_CreateNull());
}

json *json_new_int(int64_t value)
{
    struct number number = {
        .negative = value < 0,
        .magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value,
    };

    return json_new_number(number);
}

json *json_new_number(struct number value)
{
    char digits[24];

    number_format(value, digits);
    return made(cJSON_CreateRaw(digits));
}

void json_add(json *object, const char *key, json *item)
{
    if (!cJSON_AddItemToObject(object, key, item))
        out_of_memory();
}

void json_add_string(json *object, const char *key, const char *value)
{
    json_add(object, key, json_new_string(value));
}

void json_add_bool(json *object, const char *key, bool value)
{
    json_add(object, key, json_new_bool(value));
}

void json_add_int(json *object, const char *key, int64_t value)
{
    json_add(object, key, json_new_int(value));
}

json *json_add_object(json *object, const char *key)
{
    json *item = json_new_object();

    json_add(object, key, item);
    return item;
}

json *json_add_array(json *object, const char *key)
{
    json *item = json_new_array();

    json_add(object, key, item);
    return item;
}

void json_add_strings(json *object, const char *key, const struct strings *list)
{
    json *array = json_add_array(object, key);

    for (size_t i = 0; i < list->count; i++)
        json_append(array, json_new_string(list->item[i]));
}

void json_append(json *array, json *item)
{
    cJSON_AddItemToArray(array, item);
}

void json_replace(json *object, const char *key, json *item)
{
    json_free(json_take(object, key));
    json_add(object, key, item);
}

json *json_take(json *object, const char *key)
{
    return cJSON_DetachItemFromObjectCaseSensitive(object, key);
}

bool json_is_object(const json *item)
{
    return cJSON_IsObject(item);
}

bool json_is_array(const json *item)
{
    return cJSON_IsArray(item);
}

bool json_is_string(const json *item)
{
    return cJSON_IsString(item);
}

bool json_is_number(const json *item)
{
    return cJSON_IsRaw(item);
}

bool json_is_bool(const json *item)
{
    return cJSON_IsBool(item);
}

bool json_is_null(const json *item)
{
    return cJSON_IsNull(item);
}

bool json_is_true(const json *item)
{
    return cJSON_IsTrue(item);
}

json *json_get(const json *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_string(const json *item)
{
    return cJSON_GetStringValue(item);
}

const char *json_get_string(const json *object, const char *key)
{
    return json_string(json_get(object, key));
}

bool json_get_bool(const json *object, const char *key, bool otherwise)
{
    const json *item = json_get(object, key);

    return json_is_bool(item) ? json_is_true(item) : otherwise;
}

const char *json_digits(const json *item)
{
    return json_is_number(item) ? item->valuestring : NULL;
}

bool json_number(const json *item, struct number *value)
{
    const char *problem;

    if (!json_is_number(item) ||
        !scan_is_integer((struct slice){item->valuestring, strlen(item->valuestring)}))
        return false;
    return number_parse(item->valuestring, value, &problem);
}

bool json_get_number(const json *object, const char *key, struct number *value)
{
    return json_number(json_get(object, key), value);
}

bool json_get_int(const json *object, const char *key, int64_t *value)
{
    struct number number;

    if (!json_get_number(object, key, &number))
        return false;
    if (number.magnitude > (uint64_t)INT64_MAX + (number.negative ? 1 : 0))
        return false;
    *value = (int64_t)(number.negative ? (uint64_t)0 - number.magnitude : number.magnitude);
    return true;
}

json *json_find(const json *list, const char *key, const char *value)
{
    for (json *item = json_first(list); item; item = json_next(item)) {
        const char *its = json_get_string(item, key);

        if (its && strcmp(its, value) == 0)
            return item;
    }
    return NULL;
}

void json_gather(struct strings *to, const json *list, const char *key)
{
    json_each (item, list)
        if (json_get_string(item, key))
            strings_add(to, json_get_string(item, key));
}

size_t json_count(const json *container)
{
    return (size_t)cJSON_GetArraySize(container);
}

json *json_first(const json *container)
{
    return container ? container->child : NULL;
}

json *json_next(const json *item)
{
    return item ? item->next : NULL;
}

const char *json_key(const json *item)
{
    return item ? item->string : NULL;
}

const char *json_library_version(void)
{
    return cJSON_Version();
}

/* Printing: on our own stack of parents, since a tree may be 1024 deep. */

static void print_scalar(const json *item, struct text *text)
{
    if (json_is_string(item)) {
        scan_quote(text, item->valuestring, strlen(item->valuestring));
    } else if (json_is_number(item)) {
        struct text compact = TEXT_EMPTY;

        scan_compact(&compact, item->valuestring, strlen(item->valuestring));
        text_add_string(text, text_string(&compact));
        text_free(&compact);
    } else {
        text_add_string(text, json_is_null(item) ? "null" : json_is_true(item) ? "true" : "false");
    }
}

void json_print(const json *item, struct text *text)
{
    const json *parent[SCAN_DEPTH + 1] = {NULL};
    size_t depth = 0;

    for (;;) {
        if (depth && json_is_object(parent[depth - 1])) {
            scan_quote(text, item->string, strlen(item->string));
            text_add_char(text, ':');
        }
        if (json_is_object(item) || json_is_array(item)) {
            text_add_char(text, json_is_object(item) ? '{' : '[');
            if (item->child && depth <= SCAN_DEPTH) {
                parent[depth++] = item;
                item = item->child;
                continue;
            }
            text_add_char(text, json_is_object(item) ? '}' : ']');
        } else {
            print_scalar(item, text);
        }
        while (depth && !item->next) {
            item = parent[--depth];
            text_add_char(text, json_is_object(item) ? '}' : ']');
        }
        if (!depth)
            return;
        text_add_char(text, ',');
        item = item->next;
    }
}

char *json_to_string(const json *item)
{
    struct text text = TEXT_EMPTY;

    json_print(item, &text);
    return text_take(&text);
}

json *json_copy(const json *item)
{
    return made(cJSON_Duplicate(item, true));
}

/* Reading: the scanner checks the grammar, this builds the nodes as its tokens come. */

struct builder {
    json *root;
    json *parent[SCAN_DEPTH + 1]; /* the containers that are open */
    json *last[SCAN_DEPTH + 1];   /* and the last item of each: appending must not walk the list */
    size_t depth;
    struct text key;
    bool have_key;
    const char *problem;
    const char *problem_at;
};

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(const json *const *)a)->string, (*(const json *const *)b)->string);
}

/* Sorting keeps a hostile object of a million keys from costing a million squared. */
static bool has_duplicate(const json *object)
{
    size_t count = json_count(object), i = 0;
    AUTO_FREE const json **items = NULL;

    if (count < 2)
        return false;
    items = xcalloc(count, sizeof(const json *));
    json_each (item, object)
        items[i++] = item;
    qsort(items, count, sizeof(const json *), compare_keys);
    for (i = 1; i < count; i++)
        if (strcmp(items[i - 1]->string, items[i]->string) == 0)
            return true;
    return false;
}

static void place(struct builder *builder, json *item)
{
    size_t at;
    json *parent;

    if (!builder->depth) {
        builder->root = item;
        return;
    }
    at = builder->depth - 1;
    parent = builder->parent[at];
    if (json_is_object(parent)) {
        item->string = text_take(&builder->key);
        builder->have_key = false;
    }
    /* cJSON's list: the first child's prev is the last child. */
    if (builder->last[at]) {
        builder->last[at]->next = item;
        item->prev = builder->last[at];
    } else {
        parent->child = item;
    }
    parent->child->prev = item;
    builder->last[at] = item;
}

static void build(void *data, enum scan_token token, struct slice bytes)
{
    struct builder *builder = data;
    AUTO_FREE char *string = NULL;
    struct text text = TEXT_EMPTY;
    json *item = NULL;

    switch (token) {
    case SCAN_OBJECT:
    case SCAN_ARRAY:
        item = token == SCAN_OBJECT ? json_new_object() : json_new_array();
        place(builder, item);
        builder->parent[builder->depth] = item;
        builder->last[builder->depth++] = NULL;
        return;
    case SCAN_OBJECT_END:
        if (has_duplicate(builder->parent[builder->depth - 1]) && !builder->problem) {
            builder->problem = "a key twice in the object that ends here";
            builder->problem_at = bytes.bytes;
        }
        builder->depth--;
        return;
    case SCAN_ARRAY_END:
        builder->depth--;
        return;
    case SCAN_STRING:
        if (builder->depth && json_is_object(builder->parent[builder->depth - 1]) &&
            !builder->have_key) {
            scan_unquote(bytes, &builder->key);
            builder->have_key = true;
            return;
        }
        scan_unquote(bytes, &text);
        string = text_take(&text);
        item = json_new_string(string);
        break;
    case SCAN_NUMBER:
        string = xstrndup(bytes.bytes, bytes.length);
        item = made(cJSON_CreateRaw(string));
        break;
    case SCAN_TRUE:
    case SCAN_FALSE:
        item = json_new_bool(token == SCAN_TRUE);
        break;
    case SCAN_NULL:
        item = json_new_null();
        break;
    default:
        return;
    }
    place(builder, item);
}

json *json_parse(const char *bytes, size_t length, struct error *error)
{
    AUTO_FREE struct builder *builder = xcalloc(1, sizeof(*builder));
    struct scan scan;
    struct slice value;
    bool good;

    scan_start(&scan, bytes, length);
    good = scan_value(&scan, &value, build, builder);
    if (good && scan_next(&scan) != SCAN_END) {
        good = false;
        scan.problem = "more after the value";
        scan.at = scan.token.bytes;
    }
    if (good && builder->problem) {
        good = false;
        scan.problem = builder->problem;
        scan.at = builder->problem_at;
    }
    text_free(&builder->key);
    if (good)
        return builder->root;
    json_free(builder->root);
    error_set(error, ERROR_PROTOCOL, "no valid JSON: %s at byte %zu", scan.problem,
        (size_t)(scan.at - bytes) + 1);
    return NULL;
}
