/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/hook.h"

#include "base/process.h"
#include "json/scan.h"

#include <inttypes.h>
#include <stdlib.h>

/* Linux takes 128 KiB for one variable, its name included. */
enum { ENVIRONMENT_MOST = 127 * 1024 };

struct entry {
    char *line; /* the event, compact, with a line break */
    size_t length;
    struct entry *next;
};

struct hook {
    struct session *session;
    const char *command;
    struct entry *first;
    struct entry *last;
    uint64_t waiting;
    struct process *process;
    char *event; /* the name of the one that it runs for */
    uint64_t runs;
    uint64_t failures;
};

struct hook *hook_new(struct session *session, const char *command)
{
    struct hook *hook = xcalloc(1, sizeof(*hook));

    hook->session = session;
    hook->command = command;
    return hook;
}

static void drop_first(struct hook *hook)
{
    struct entry *entry = hook->first;

    hook->first = entry->next;
    if (!hook->first)
        hook->last = NULL;
    hook->waiting--;
    free(entry->line);
    free(entry);
}

void hook_free(struct hook *hook)
{
    if (!hook)
        return;
    if (hook->process && !process_ended(hook->process))
        report_note(session_report(hook->session), "the command that ran for %s was ended",
            hook->event ? hook->event : "an event");
    process_free(hook->process);
    if (hook->waiting)
        report_note(session_report(hook->session),
            "the command was not run for %" PRIu64 " more event%s", hook->waiting,
            hook->waiting == 1 ? "" : "s");
    while (hook->first)
        drop_first(hook);
    free(hook->event);
    free(hook);
}

void hook_add(struct hook *hook, const struct message *event)
{
    struct entry *entry = xcalloc(1, sizeof(*entry));
    struct text line = TEXT_EMPTY;

    scan_compact(&line, event->bytes, event->length);
    text_add_char(&line, '\n');
    entry->length = line.length;
    entry->line = text_take(&line);
    if (hook->last)
        hook->last->next = entry;
    else
        hook->first = entry;
    hook->last = entry;
    hook->waiting++;
}

static void add_data(struct strings *environment, const json *event)
{
    AUTO_TEXT struct text data = TEXT_EMPTY;
    const json *value = json_get(event, "data");

    text_add_string(&data, "QMPBOX_EVENT_DATA=");
    if (value)
        json_print(value, &data);
    else
        text_add_string(&data, "{}");
    /* Set to nothing, so that an older one of our own caller's does not stand there. */
    strings_take(environment,
        data.length <= ENVIRONMENT_MOST ? text_take(&data) : xstrdup("QMPBOX_EVENT_DATA="));
}

static void describe(struct hook *hook, const struct entry *entry, struct strings *environment)
{
    struct error ignored = {0};
    AUTO_JSON json *event = json_parse(entry->line, entry->length, &ignored);
    const json *timestamp = json_get(event, "timestamp");
    const char *name = json_get_string(event, "event");
    int64_t seconds = 0, microseconds = 0;

    error_free(&ignored);
    json_get_int(timestamp, "seconds", &seconds);
    json_get_int(timestamp, "microseconds", &microseconds);
    if (microseconds < 0 || microseconds > 999999)
        microseconds = 0;
    free(hook->event);
    hook->event = xstrdup(name ? name : "");
    strings_printf(environment, "QMPBOX_EVENT=%s", hook->event);
    strings_printf(
        environment, "QMPBOX_EVENT_SECONDS=%" PRId64 ".%06" PRId64, seconds, microseconds);
    strings_printf(environment, "QMPBOX_SOCKET=%s", session_address(hook->session));
    add_data(environment, event);
}

static void start(struct hook *hook)
{
    AUTO_STRINGS struct strings environment = {0};
    AUTO_ERROR struct error error = {0};
    const struct entry *entry = hook->first;

    describe(hook, entry, &environment);
    hook->process = process_start(&(struct process_options){.loop = session_loop(hook->session),
                                      .command = hook->command,
                                      .environment = &environment,
                                      .input = {entry->line, entry->length}},
        &error);
    hook->runs++;
    if (!hook->process) {
        hook->failures++;
        report_note(session_report(hook->session), "for %s: %s", hook->event, error.message);
    }
    drop_first(hook);
}

static void judge(struct hook *hook)
{
    int status = process_status(hook->process);

    process_free(steal_pointer(&hook->process));
    if (!status)
        return;
    hook->failures++;
    report_note(session_report(hook->session), "the command for %s failed with status %d",
        hook->event, status);
}

void hook_turn(struct hook *hook)
{
    if (hook->process && process_ended(hook->process))
        judge(hook);
    if (!hook->process && hook->first)
        start(hook);
}

bool hook_finish(struct hook *hook, struct error *error)
{
    for (hook_turn(hook); hook->process || hook->first; hook_turn(hook))
        if (hook->process && !process_ended(hook->process) &&
            !loop_turn(session_loop(hook->session), CLOCK_NEVER, error))
            return false;
    if (hook->failures)
        error_set(error, ERROR_FAILED, "the command failed for %" PRIu64 " of %" PRIu64 " events",
            hook->failures, hook->runs);
    return !hook->failures;
}
