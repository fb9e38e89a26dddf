/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/requests.h"

#include "json/json.h"
#include "json/scan.h"

#include <stdlib.h>
#include <string.h>

struct request *requests_add(struct requests *requests, const char *command, const char *subject)
{
    struct request *request = xcalloc(1, sizeof(*request));

    request->id = ++requests->count;
    request->command = xstrdup(command);
    request->subject = xstrdup(subject);
    request->next = requests->first;
    requests->first = request;
    return request;
}

struct request *requests_find(const struct requests *requests, uint64_t id)
{
    struct request *request = requests->first;

    while (request && request->id != id)
        request = request->next;
    return request;
}

struct request *requests_match(const struct requests *requests, struct slice id)
{
    char digits[24] = "";
    uint64_t number;

    if (id.length >= sizeof(digits) || !scan_is_integer(id))
        return NULL;
    memcpy(digits, id.bytes, id.length);
    number = strtoull(digits, NULL, 10);
    for (struct request *request = requests->first; request; request = request->next)
        if (request->id == number && !request->reply)
            return request;
    return NULL;
}

void requests_remove(struct requests *requests, struct request *request)
{
    struct request **at = &requests->first;

    while (*at && *at != request)
        at = &(*at)->next;
    if (*at)
        *at = request->next;
    free(request->command);
    free(request->subject);
    message_free(request->reply);
    free(request);
}

void requests_grant(struct request *request)
{
    static const char empty[] = "{\"return\":{}}";
    struct error ignored = {0};

    if (!request->reply)
        request->reply = message_new(xstrdup(empty), sizeof(empty) - 1, &ignored);
}

void requests_prove(struct requests *requests, uint64_t proof)
{
    for (struct request *request = requests->first; request; request = request->next)
        if (request->proof && (!proof || request->proof == proof))
            requests_grant(request);
}

void requests_forget(struct requests *requests, uint64_t since, uint64_t except)
{
    for (struct request *request = requests->first; request; request = request->next)
        request->forgotten = request->forgotten || (request->id > since && request->id != except);
    requests_sweep(requests);
}

void requests_sweep(struct requests *requests)
{
    for (struct request *request = requests->first, *next; request; request = next) {
        next = request->next;
        if (request->forgotten && request->reply)
            requests_remove(requests, request);
    }
}

void requests_clear(struct requests *requests)
{
    while (requests->first)
        requests_remove(requests, requests->first);
}

bool requests_judge(const struct message *reply, const char *command, struct error *error)
{
    AUTO_JSON json *tree = NULL;
    struct slice value;
    struct error why = {0};

    if (!message_get(reply, "error", &value))
        return true;
    tree = json_parse(value.bytes, value.length, &why);
    error_free(&why);
    {
        const char *qmp_class = json_get_string(tree, "class");
        const char *desc = json_get_string(tree, "desc");

        return error_set_qmp(
            error, command, qmp_class ? qmp_class : "GenericError", desc ? desc : "no description");
    }
}
