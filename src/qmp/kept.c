/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/kept.h"

#include "qmp/ask.h"
#include "qmp/cache.h"

#include <string.h>

static const char cache_kind[] = "properties", record[] = "list";

static json *read_cached(const char *place, const char *key)
{
    AUTO_SHELF struct shelf *shelf = cache_open(cache_kind, place, key);
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_ERROR struct error ignored = {0};

    if (!shelf || shelf_find(shelf, record, &text) != SHELF_FOUND)
        return NULL;
    return json_parse(text.bytes, text.length, &ignored);
}

static void write_cached(const char *place, const char *key, struct slice answer)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text file = TEXT_EMPTY;

    shelf_put(&maker, (struct slice){record, strlen(record)}, answer, 0);
    shelf_finish(&maker, key, &file);
    cache_write(cache_kind, place, &file);
}

json *kept_answer(
    struct schema *schema, const char *command, const json *arguments, struct error *error)
{
    AUTO_FREE char *question = arguments ? json_to_string(arguments) : xstrdup("");
    AUTO_MESSAGE struct message *reply = NULL;
    AUTO_FREE char *own_place = NULL;
    AUTO_FREE char *own_key = NULL;
    struct slice value = {"[]", 2};
    const char *place, *key;
    json *answer;

    if (!schema_identity(schema, &place, &key, error))
        return NULL;
    own_place = xasprintf("%s\n%s %s", place, command, question);
    own_key = xasprintf("%s\n%s %s", key, command, question);
    answer = read_cached(own_place, own_key);
    if (answer)
        return answer;
    if (!schema_session(schema)) {
        error_set(error, ERROR_UNSUPPORTED, "%s: there is nobody to ask", command);
        return NULL;
    }
    if (!session_execute(schema_session(schema), command, arguments, &reply, error))
        return NULL;
    (void)message_get(reply, "return", &value);
    answer = json_parse(value.bytes, value.length, error);
    if (answer)
        write_cached(own_place, own_key, value);
    return answer;
}
