/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/voice.h"

#include "base/clock.h"
#include "json/json.h"
#include "ui/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void write_text(const struct text *text)
{
    if (text->length)
        (void)fwrite(text->bytes, 1, text->length, stderr);
}

static void measure(const struct voice *voice)
{
    struct winsize size = {0};

    (void)ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
    progress_fit(voice->display, size.ws_col, size.ws_row);
}

/* Writes whole lines above the bars. */
static void say(const struct voice *voice, const char *lines)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (voice->elsewhere) {
        voice->elsewhere(voice->data, lines);
        return;
    }
    if (voice->display)
        progress_hide(voice->display, &text);
    text_add_string(&text, lines);
    if (voice->display) {
        measure(voice);
        progress_draw(voice->display, &text);
    }
    write_text(&text);
}

void voice_lines(const struct voice *voice, const char *lines)
{
    say(voice, lines);
}

/* Can bars be drawn there? */
static bool can_draw(void)
{
    const char *type = getenv("TERM");

    return isatty(STDERR_FILENO) && type && *type && strcmp(type, "dumb") != 0;
}

void voice_show_progress(struct voice *voice, const char *how)
{
    enum progress_mode mode = progress_choose(how, voice->json, can_draw());

    if (!voice->quiet && mode != PROGRESS_NONE)
        voice->display = progress_new(mode);
}

void voice_free(struct voice *voice)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (!voice->display)
        return;
    progress_finish(voice->display, &text);
    write_text(&text);
    progress_free(voice->display);
    voice->display = NULL;
}

void voice_progress(const struct voice *voice, const struct progress *progress)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    measure(voice);
    progress_take(voice->display, progress, clock_now(), &text);
    write_text(&text);
}

void voice_make_room(const struct voice *voice)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (voice->display)
        progress_hide(voice->display, &text);
    write_text(&text);
}

static void say_document(const struct voice *voice, const char *key, json *value)
{
    AUTO_JSON json *document = json_new_object();
    AUTO_TEXT struct text line = TEXT_EMPTY;

    json_add(document, key, value);
    json_print(document, &line);
    text_add_char(&line, '\n');
    say(voice, text_string(&line));
}

void voice_note(const struct voice *voice, const char *sentence)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;

    if (voice->quiet)
        return;
    if (voice->json) {
        say_document(voice, "note", json_new_string(sentence));
        return;
    }
    text_printf(&line, "qmpbox %s: note: ", voice->name);
    text_add_shown(&line, sentence);
    text_add_char(&line, '\n');
    say(voice, text_string(&line));
}

void voice_trace(const struct voice *voice, bool sent, const char *message)
{
    AUTO_FREE char *line = NULL;

    if (voice->json)
        line = xasprintf("{\"%s\":%s}\n", sent ? "sent" : "received", message);
    else
        line = xasprintf("%s %s\n", sent ? "->" : "<-", message);
    say(voice, line);
}

static json *error_document(const struct voice *voice, const struct error *error)
{
    json *document = json_new_object();
    AUTO_FREE char *message = xasprintf(
        "%s%s%s", voice->place ? voice->place : "", voice->place ? ": " : "", error->message);

    json_add_string(document, "kind", error_kind_name(error->kind));
    json_add_string(document, "message", message);
    if (error->qmp_class)
        json_add_string(document, "class", error->qmp_class);
    if (error->desc)
        json_add_string(document, "desc", error->desc);
    if (error->command)
        json_add_string(document, "command", error->command);
    if (error->undone.count)
        json_add_strings(document, "undone", &error->undone);
    if (error->left.count)
        json_add_strings(document, "left", &error->left);
    return document;
}

static void add_parts(const char *title, const struct strings *parts, struct text *text)
{
    if (!parts->count)
        return;
    text_printf(text, "  %s: ", title);
    for (size_t i = 0; i < parts->count; i++) {
        text_add_string(text, i ? ", " : "");
        text_add_shown(text, parts->item[i]);
    }
    text_add_char(text, '\n');
}

/* A message about the QMP command of the subcommand's own name need not say the name again. */
static const char *without_name(const char *name, const char *message)
{
    AUTO_FREE char *head = xstrndup(message, strcspn(message, ":"));
    size_t length = strlen(head);

    return name && text_same_name(head, name) && strncmp(message + length, ": ", 2) == 0
               ? message + length + 2
               : message;
}

void voice_error(const struct voice *voice, const struct error *error)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (!error->message || (error->kind == ERROR_INTERRUPTED && error->signal == SIGPIPE))
        return;
    if (voice->json) {
        say_document(voice, "error", error_document(voice, error));
        return;
    }
    text_printf(&text, "qmpbox%s%s: ", voice->name ? " " : "", voice->name ? voice->name : "");
    if (voice->place)
        text_printf(&text, "%s: ", voice->place);
    text_add_shown(&text, without_name(voice->name, error->message));
    text_add_char(&text, '\n');
    add_parts("undone", &error->undone, &text);
    add_parts("left", &error->left, &text);
    say(voice, text_string(&text));
}
