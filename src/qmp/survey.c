/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/survey.h"

#include "json/json.h"
#include "qmp/address.h"
#include "qmp/channel.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 256,         /* connections, so that our descriptors suffice */
    LARGEST = 1024 * 1024, /* bytes of one message of a peer that may be anybody */
    MOST_STATUS = 64       /* bytes of a run state; those of QEMU have at most 16 */
};

#define ID "\"status\""

/* One monitor while it is being asked. */
struct asking {
    struct survey_question *question; /* NULL: the place is free */
    const struct transcript *transcript;
    struct loop *loop;
    struct channel channel;
    struct loop_watch watch;
    bool greeted;
    bool done;
};

static void say(struct asking *asking, const char *message)
{
    transcript_message(asking->transcript, true, "", message, strlen(message));
    channel_queue(&asking->channel, message, strlen(message), -1);
    channel_queue(&asking->channel, "\n", 1, -1);
}

static void take_status(struct asking *asking, struct slice value)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO_JSON json *state = json_parse(value.bytes, value.length, &ignored);
    const char *status = json_get_string(state, "status");

    if (status && strlen(status) <= MOST_STATUS)
        asking->question->status = xstrdup(status);
}

static void take_message(struct asking *asking, const struct message *message)
{
    struct slice value, id;

    transcript_message(asking->transcript, false, "", message->bytes, message->length);
    if (message_get(message, "QMP", &value) && !asking->greeted) {
        asking->greeted = true;
        say(asking, "{\"execute\":\"qmp_capabilities\"}");
        say(asking, "{\"execute\":\"query-status\",\"id\":" ID "}");
        channel_send(&asking->channel);
    } else if (!asking->greeted) {
        asking->done = true; /* it speaks, but not QMP */
    } else if (message_get(message, "id", &id) && slice_is(id, ID)) {
        asking->done = true;
        if (message_get(message, "return", &value))
            take_status(asking, value);
    }
}

static void on_ready(void *data, short revents)
{
    struct asking *asking = data;
    struct message *message = NULL;
    AUTO_ERROR struct error ignored = {0};

    asking->watch.events = POLLIN; /* the connection is made, or has failed */
    if (revents & POLLOUT)
        channel_send(&asking->channel);
    channel_receive(&asking->channel);
    while (!asking->done && frame_next(&asking->channel.frame, &message, &ignored) && message) {
        AUTO_MESSAGE struct message *owned = message;

        take_message(asking, owned);
    }
    if (ignored.kind || asking->channel.ended || asking->channel.broken)
        asking->done = true;
    if (!asking->done && channel_has_output(&asking->channel))
        asking->watch.events = POLLIN | POLLOUT;
}

/* False when nobody can be asked there. */
static bool begin(struct asking *asking, struct survey_question *question)
{
    AUTO_ERROR struct error ignored = {0};
    AUTO(address_free) struct address address = {.fd = -1};
    int fd = -1;

    if (address_parse(question->address, &address, &ignored)) {
        address.pid = question->pid;
        fd = address_start(&address, &ignored);
    }
    if (fd < 0)
        return false;
    asking->question = question;
    asking->greeted = asking->done = false;
    asking->channel = (struct channel){.fd = fd, .frame.limit = LARGEST};
    asking->watch = (struct loop_watch){
        .fd = fd, .events = POLLIN | POLLOUT, .ready = on_ready, .data = asking};
    loop_add(asking->loop, &asking->watch);
    return true;
}

static void end(struct asking *asking)
{
    loop_remove(asking->loop, &asking->watch);
    channel_close(&asking->channel);
    asking->question = NULL;
}

struct survey {
    struct survey_question *list;
    size_t count;
    size_t next; /* the first that has not been begun */
    struct asking asking[AT_ONCE];
};

/* Ends those that are done and begins others in their places; how many are under way. */
static size_t move_on(struct survey *survey)
{
    size_t busy = 0;

    for (size_t i = 0; i < AT_ONCE; i++) {
        struct asking *asking = &survey->asking[i];

        if (asking->question && asking->done)
            end(asking);
        while (!asking->question && survey->next < survey->count)
            (void)begin(asking, &survey->list[survey->next++]);
        busy += asking->question ? 1 : 0;
    }
    return busy;
}

bool survey_run(struct survey_question *list, size_t count, struct loop *loop,
    const struct transcript *transcript, int64_t deadline, struct error *error)
{
    AUTO_FREE struct survey *survey = xcalloc(1, sizeof(*survey));
    bool good = true;

    survey->list = list;
    survey->count = count;
    for (size_t i = 0; i < AT_ONCE; i++) {
        survey->asking[i].loop = loop;
        survey->asking[i].transcript = transcript;
    }
    while (good && clock_now() < deadline && move_on(survey))
        good = loop_turn(loop, deadline, error);
    for (size_t i = 0; i < AT_ONCE; i++)
        if (survey->asking[i].question)
            end(&survey->asking[i]);
    if (error->kind == ERROR_TIMEOUT) {
        error_free(error);
        good = true;
    }
    return good;
}
