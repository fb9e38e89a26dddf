/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/inquiry.h"

#include "qmp/ask.h"

#include <stdlib.h>

void inquiry_free(struct inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->count; i++) {
        json_free(inquiry->question[i].arguments);
        json_free(inquiry->question[i].answer);
        error_free(&inquiry->question[i].why);
    }
    *inquiry = (struct inquiry){0};
}

size_t inquiry_add(struct inquiry *inquiry, const char *command, json *arguments)
{
    size_t number = inquiry->count++;

    if (number >= INQUIRY_MOST)
        abort();
    inquiry->question[number].command = command;
    inquiry->question[number].arguments = arguments;
    return number;
}

size_t inquiry_add_property(struct inquiry *inquiry, const char *path, const char *property)
{
    json *arguments = json_new_object();

    json_add_string(arguments, "path", path);
    json_add_string(arguments, "property", property);
    return inquiry_add(inquiry, "qom-get", arguments);
}

bool inquiry_send(struct inquiry *inquiry, struct session *session, struct error *error)
{
    for (; inquiry->sent < inquiry->count; inquiry->sent++)
        if (!session_send(session, inquiry->question[inquiry->sent].command,
                inquiry->question[inquiry->sent].arguments, -1,
                &inquiry->question[inquiry->sent].ticket, error))
            return false;
    return true;
}

bool inquiry_ask(struct inquiry *inquiry, struct session *session, struct error *error)
{
    if (!inquiry_send(inquiry, session, error))
        return false;
    for (; inquiry->asked < inquiry->count; inquiry->asked++) {
        struct error *why = &inquiry->question[inquiry->asked].why;
        json *answer = session_answer(session, inquiry->question[inquiry->asked].ticket, why);

        inquiry->question[inquiry->asked].answer = answer;
        if (!answer && why->kind != ERROR_REFUSED && why->kind != ERROR_UNSUPPORTED) {
            error_move(error, why);
            return false;
        }
    }
    return true;
}

const json *inquiry_answer(const struct inquiry *inquiry, size_t number)
{
    return number < inquiry->count ? inquiry->question[number].answer : NULL;
}

const json *inquiry_require(struct inquiry *inquiry, size_t number, struct error *error)
{
    if (!inquiry->question[number].answer)
        error_move(error, &inquiry->question[number].why);
    return inquiry->question[number].answer;
}
