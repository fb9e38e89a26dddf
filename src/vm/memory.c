/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/memory.h"

#include "vm/inquiry.h"

static void add_member(json *result, const char *key, const json *object, const char *member)
{
    const json *value = json_get(object, member);

    if (value)
        json_add(result, key, json_copy(value));
}

static void add_answer(
    json *result, const char *key, const struct inquiry *inquiry, size_t question)
{
    if (inquiry_answer(inquiry, question))
        json_add(result, key, json_copy(inquiry_answer(inquiry, question)));
}

json *memory_describe(struct session *session, struct error *error)
{
    AUTO_INQUIRY struct inquiry inquiry = {0};
    size_t summary = inquiry_add(&inquiry, "query-memory-size-summary", NULL);
    size_t limits = inquiry_add_property(&inquiry, "/machine", "memory");
    size_t balloon = inquiry_add(&inquiry, "query-balloon", NULL);
    size_t devices = inquiry_add(&inquiry, "query-memory-devices", NULL);
    size_t backends = inquiry_add(&inquiry, "query-memdev", NULL);
    AUTO_JSON json *result = json_new_object();

    if (!inquiry_ask(&inquiry, session, error) || !inquiry_require(&inquiry, summary, error))
        return NULL;
    add_member(result, "base", inquiry_answer(&inquiry, summary), "base-memory");
    add_member(result, "plugged", inquiry_answer(&inquiry, summary), "plugged-memory");
    add_member(result, "maximum", inquiry_answer(&inquiry, limits), "max-size");
    add_member(result, "slots", inquiry_answer(&inquiry, limits), "slots");
    add_member(result, "balloon", inquiry_answer(&inquiry, balloon), "actual");
    add_answer(result, "devices", &inquiry, devices);
    add_answer(result, "backends", &inquiry, backends);
    return steal_pointer(&result);
}
