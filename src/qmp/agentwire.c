/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/agentwire.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static const char delimiter = '\xFF';

static uint64_t random_number(void)
{
    uint64_t number = 0;
    struct timespec now;

    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number)) {
        clock_gettime(CLOCK_REALTIME, &now);
        number = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    }
    /* Exact for whoever keeps numbers as doubles. */
    return number >> 11 | 1;
}

void agent_sync_send(
    struct agent_sync *sync, struct channel *channel, const struct transcript *transcript)
{
    AUTO_TEXT struct text request = TEXT_EMPTY;

    *sync = (struct agent_sync){.number = random_number()};
    channel->frame.delimited = true;
    text_printf(&request, "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%llu}}",
        (unsigned long long)sync->number);
    transcript_message(transcript, true, "guest-sync-delimited", request.bytes, request.length);
    text_add_char(&request, '\n');
    channel_queue(channel, &delimiter, 1, -1);
    channel_queue(channel, request.bytes, request.length, -1);
}

/* Is what was kept the reply? It has no other closing brace than its last byte. */
static bool is_reply(const struct agent_sync *sync)
{
    struct error ignored = {0};
    struct number number;
    AUTO_JSON json *tree = NULL;
    char digits[24];

    /* Nothing is parsed for a flood. */
    (void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)sync->number);
    if (!strstr(sync->reply, digits))
        return false;
    tree = json_parse(sync->reply, sync->length, &ignored);
    error_free(&ignored);
    return json_get_number(tree, "return", &number) && !number.negative &&
           number.magnitude == sync->number;
}

/* One byte behind a delimiter. */
static bool keep(struct agent_sync *sync, char byte)
{
    if (sync->length == sizeof(sync->reply) - 1) {
        sync->delimited = false; /* too long for the reply: on to the next delimiter */
        return false;
    }
    sync->reply[sync->length++] = byte;
    sync->reply[sync->length] = '\0';
    if (byte != '}')
        return false;
    sync->delimited = false;
    return is_reply(sync);
}

/* Takes bytes up to the end of the reply, or all. */
static bool take(struct agent_sync *sync, struct text *buffer)
{
    const char *bytes = text_string(buffer);

    for (size_t i = 0; i < buffer->length && sync->begun < sizeof(sync->began); i++)
        sync->began[sync->begun++] = bytes[i];
    for (size_t i = 0; i < buffer->length; i++) {
        if (!sync->delimited) {
            const char *found = memchr(bytes + i, (unsigned char)delimiter, buffer->length - i);

            if (!found)
                break;
            i = (size_t)(found - bytes);
        }
        if (bytes[i] == delimiter) {
            sync->delimited = true;
            sync->length = 0;
        } else if (keep(sync, bytes[i])) {
            text_drop(buffer, i + 1);
            return true;
        }
    }
    text_clear(buffer);
    return false;
}

bool agent_sync_receive(struct agent_sync *sync, struct channel *channel,
    const struct transcript *transcript, const char *address, struct error *error)
{
    static const char monitor[] = "{\"QMP\"";

    if (take(sync, &channel->frame.buffer)) {
        transcript_message(transcript, false, "guest-sync-delimited", sync->reply, sync->length);
        return true;
    }
    if (sync->begun >= sizeof(monitor) - 1 &&
        memcmp(sync->began, monitor, sizeof(monitor) - 1) == 0)
        return error_set(
            error, ERROR_CONNECT, "%s is a QMP monitor, no guest agent: leave --qga out", address);
    if (channel->ended)
        return error_set(error, ERROR_CONNECT,
            "%s closed the connection before a guest agent answered", address);
    return false;
}

bool agent_is_silent(const json *info, const char *command)
{
    static const char *const names[] = {
        "guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"};
    const json *known = json_find(json_get(info, "supported_commands"), "name", command);

    if (json_is_bool(json_get(known, "success-response")))
        return !json_get_bool(known, "success-response", true);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], command) == 0)
            return true;
    return false;
}
