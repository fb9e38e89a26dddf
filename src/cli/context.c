/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"

#include "cli/voice.h"
#include "qmp/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 5, REPLY_SECONDS = 30 };

static const char *const color_choices[] = {"auto", "always", "never", NULL};
static const char *const progress_choices[] = {"auto", "bar", "plain", "none", NULL};

const struct option global_options[] = {
    OPTION_STRINGS(struct globals, sockets, "socket", 's', "ADDRESS",
        "the monitor to talk to; default: $QMPBOX_SOCKET", COMPLETES_ADDRESS),
    OPTION_SECONDS(struct globals, timeout, "timeout", 't', "SECONDS",
        "how long until the outcome; the default is the subcommand's own"),
    OPTION_SECONDS(struct globals, reply_timeout, "reply-timeout", 0, "SECONDS",
        "the longest wait for one reply (default 30)"),
    OPTION_SIZE(struct globals, max_message, "max-message", 0, "SIZE",
        "the largest message that is taken from the VM (default 256M)"),
    OPTION_FLAG(struct globals, json, "json", 'j', "JSON on stdout and stderr"),
    OPTION_FLAG(struct globals, quiet, "quiet", 'q', "no progress and no notes"),
    OPTION_FLAG(struct globals, verbose, "verbose", 'v', "every message on the wire to stderr"),
    OPTION_STRING(struct globals, log, "log", 0, "FILE",
        "append a transcript to FILE, mode 0600, secrets left out", COMPLETES_FILE),
    OPTION_CHOICE(struct globals, color, "color", 0, "WHEN", color_choices,
        "auto, always or never: the run state at the prompt"),
    OPTION_CHOICE(struct globals, progress, "progress", 0, "HOW", progress_choices,
        "progress on stderr: auto (a bar on a terminal), bar, plain (whole lines) or none"),
    OPTION_FLAG(struct globals, dry_run, "dry-run", 0,
        "print the messages of an operation and their inverses, send none that changes the VM"),
    OPTION_FLAG(struct globals, all, "all", 0, "every VM of this host (not in this version)"),
    OPTION_STRING(
        struct globals, parallel, "parallel", 0, "N", "how many VMs at once (not in this version)"),
    OPTION_FLAG(
        struct globals, qga, "qga", 0, "a guest agent is at the other end, not a QEMU monitor"),
    OPTION_FLAG(struct globals, help, "help", 'h', "usage"),
    OPTION_FLAG(
        struct globals, version, "version", 'V', "version of this program and of its libraries"),
    OPTION_FLAG(struct globals, list, "list", 0, "the names of the subcommands, one a line"),
    OPTION_STRING(struct globals, install_links, "install-links", 0, "DIR",
        "make the links qmp-SUBCOMMAND in DIR", COMPLETES_FOLDER),
    OPTION_STRING(struct globals, man, "man", 0, "NAME",
        "the source of a manual page: qmpbox, a subcommand, or address, words or json",
        COMPLETES_SUBCOMMAND),
    OPTION_END,
};

struct context {
    const struct command *command;
    const struct globals *globals;
    struct context_shared *shared; /* or NULL */
    struct loop *loop;
    struct report report;
    struct voice voice;
    struct transcript transcript;
    struct output output;
    const char *word; /* names the VM; or NULL */
    struct address address;
    struct session *session;
    bool borrowed;   /* the session is the shared one */
    uint64_t before; /* its newest request before this run */
    struct address second_address;
    struct session *second;
    bool oob;
};

/* What the lower floors say. */

static void on_note(void *data, const char *sentence)
{
    const struct context *context = data;

    voice_note(&context->voice, sentence);
}

static void on_progress(void *data, const struct progress *progress)
{
    const struct context *context = data;

    voice_progress(&context->voice, progress);
}

static void on_trace(void *data, bool sent, const char *message)
{
    const struct context *context = data;

    voice_trace(&context->voice, sent, message);
}

static void on_plan(void *data, const char *line)
{
    struct context *context = data;

    text_printf(&context->output.pending, "%s\n", line);
}

/* Results and bars may share a terminal, even where stdout is a pipe. */
static void on_output(void *data)
{
    const struct context *context = data;

    voice_make_room(&context->voice);
}

void context_print_error(const struct globals *globals, const struct command *command,
    const char *place, const struct error *error)
{
    struct voice voice = {
        .name = command ? command->name : NULL, .json = globals->json, .place = place};

    voice_error(&voice, error);
}

static void measure_terminal(struct output *output)
{
    struct winsize size;

    output->terminal = isatty(STDOUT_FILENO);
    if (output->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        output->width = size.ws_col;
}

void globals_inherit(struct globals *globals, const struct globals *defaults)
{
    globals->timeout = globals->timeout ? globals->timeout : defaults->timeout;
    globals->reply_timeout =
        globals->reply_timeout ? globals->reply_timeout : defaults->reply_timeout;
    globals->max_message = globals->max_message ? globals->max_message : defaults->max_message;
    globals->json = globals->json || defaults->json;
    globals->quiet = globals->quiet || defaults->quiet;
    globals->verbose = globals->verbose || defaults->verbose;
    globals->log = globals->log ? globals->log : defaults->log;
    globals->color = globals->color ? globals->color : defaults->color;
    globals->progress = globals->progress ? globals->progress : defaults->progress;
    globals->dry_run = globals->dry_run || defaults->dry_run;
    globals->qga = globals->qga || (defaults->qga && !globals->sockets.count);
}

struct context *context_new(const struct command *command, const struct globals *globals,
    struct context_shared *shared, struct error *error)
{
    AUTO_CONTEXT struct context *context = xcalloc(1, sizeof(*context));

    context->command = command;
    context->globals = globals;
    context->shared = shared;
    context->loop = shared ? shared->loop : loop_new();
    context->voice =
        (struct voice){.name = command->name, .json = globals->json, .quiet = globals->quiet};
    voice_show_progress(&context->voice, globals->progress);
    context->report =
        (struct report){on_note, on_plan, context->voice.display ? on_progress : NULL, context};
    context->transcript = (struct transcript){.log = -1, .data = context};
    context->address.fd = -1;
    context->second_address.fd = -1;
    if (globals->verbose)
        context->transcript.trace = on_trace;
    context->output.json = globals->json;
    context->output.before = on_output;
    context->output.before_data = context;
    measure_terminal(&context->output);
    if (globals->dry_run && !command->dry_run) {
        error_set(
            error, ERROR_USAGE, "--dry-run: this subcommand is no operation of several steps");
        return NULL;
    }
    if (globals->qga && !command->agent) {
        error_set(error, ERROR_UNSUPPORTED,
            "--qga: a guest agent has no such thing; this subcommand needs a QEMU monitor");
        return NULL;
    }
    if (globals->log && !transcript_open(&context->transcript, globals->log, error))
        return NULL;
    if (shared)
        shared->running = context;
    return steal_pointer(&context);
}

/* The shared session stands between two runs again, as it did before. */
static void give_back(struct context *context)
{
    struct context_shared *shared = context->shared;
    struct error ignored = {0};

    session_serve(context->session, &shared->options);
    session_forget(context->session, context->before);
    session_set_deadline(context->session, CLOCK_NEVER);
    /* One that executes out of band passes no descriptors: it was for this run alone. */
    if (context->oob && session_is_open(context->session))
        (void)session_reopen(context->session, &ignored);
    error_free(&ignored);
}

void context_free(struct context *context)
{
    if (!context)
        return;
    if (context->borrowed)
        give_back(context);
    else
        session_free(context->session);
    if (context->shared && context->shared->running == context)
        context->shared->running = NULL;
    address_free(&context->address);
    session_free(context->second);
    address_free(&context->second_address);
    transcript_close(&context->transcript);
    output_free(&context->output);
    voice_free(&context->voice);
    if (!context->shared)
        loop_free(context->loop);
    free(context);
}

const char *globals_address(const struct globals *globals)
{
    const char *word = globals->sockets.count ? globals->sockets.item[0] : getenv("QMPBOX_SOCKET");

    return word && *word ? word : NULL;
}

bool context_use(struct context *context, const char *address, struct error *error)
{
    if (context->globals->sockets.count)
        return error_set(error, ERROR_USAGE, "-s %s: the VM is named by '%s' already",
            context->globals->sockets.item[0], address);
    context->word = address;
    return true;
}

bool context_address(const struct context *context, struct address *address, struct error *error)
{
    const struct strings *sockets = &context->globals->sockets;
    const char *word = context->word ? context->word : globals_address(context->globals);

    if (context->globals->all || context->globals->parallel || sockets->count > 1 ||
        (word && strpbrk(word, "*?") && access(word, F_OK) != 0))
        return error_set(
            error, ERROR_USAGE, "several VMs at once are not in this version: give one -s ADDRESS");
    if (!word || !*word)
        return error_set(error, ERROR_USAGE, "which VM? Give -s ADDRESS, or set QMPBOX_SOCKET");
    return address_parse(word, address, error);
}

int64_t context_limit(const struct context *context)
{
    return context->globals->timeout ? context->globals->timeout
                                     : context->command->timeout * CLOCK_SECOND;
}

static void make_options(
    struct context *context, const struct address *address, struct session_options *options)
{
    int64_t timeout = context_limit(context);

    *options = (struct session_options){
        .address = address,
        .loop = context->loop,
        .report = &context->report,
        .transcript = &context->transcript,
        .connect_timeout = CONNECT_SECONDS * CLOCK_SECOND,
        .reply_timeout = context_reply_timeout(context),
        .max_message = context->globals->max_message,
        .oob = context->oob,
    };

    /* The greeting has 5 seconds, or less when either time-out is less. */
    options->connect_timeout = clock_earlier(options->connect_timeout, options->reply_timeout);
    if (timeout)
        options->connect_timeout = clock_earlier(options->connect_timeout, timeout);
}

struct session *context_open(
    struct context *context, const struct address *address, bool guest_agent, struct error *error)
{
    struct session_options options;

    if (guest_agent && address->pid) {
        error_set(error, ERROR_USAGE,
            "%s names a VM's monitor: the socket of its guest agent is needed here", address->text);
        return NULL;
    }
    make_options(context, address, &options);
    options.guest_agent = guest_agent;
    return session_open(&options, error);
}

/* Is the VM of this run the one that the prompt is connected to? */
static bool is_shared_vm(const struct context *context, const struct address *address)
{
    const struct context_shared *shared = context->shared;

    return shared && shared->session &&
           session_is_agent(shared->session) == context->globals->qga &&
           address_same(address, shared->options.address);
}

static bool borrow_session(struct context *context, struct error *error)
{
    struct session *session = context->shared->session;
    struct session_options options;

    if (!session_is_open(session))
        return error_set(error, ERROR_CONNECT,
            "the connection to %s has ended: reconnect makes it anew", session_address(session));
    make_options(context, &context->address, &options);
    session_serve(session, &options);
    context->session = session;
    context->borrowed = true;
    context->before = session_newest(session);
    if (!context->oob)
        return true;
    if (!session_reopen(session, error))
        return false;
    context_note(context, "the connection was made anew for this run, and will be once more");
    return true;
}

static bool open_session(struct context *context, struct error *error)
{
    const struct context_shared *shared = context->shared;

    if (shared && shared->session && !context->word && !context->globals->sockets.count)
        return borrow_session(context, error);
    if (!context_address(context, &context->address, error))
        return false;
    if (is_shared_vm(context, &context->address))
        return borrow_session(context, error);
    context->session = context_open(context, &context->address, context->globals->qga, error);
    return context->session;
}

struct session *context_session(struct context *context, struct error *error)
{
    int64_t timeout = context_limit(context);
    int64_t deadline = timeout ? clock_after(timeout) : CLOCK_NEVER;

    if (context->session)
        return context->session;
    if (!open_session(context, error))
        return NULL;
    session_set_deadline(context->session, deadline);
    return context->session;
}

struct session *context_second(
    struct context *context, const char *address, bool guest_agent, struct error *error)
{
    if (address_parse(address, &context->second_address, error))
        context->second = context_open(context, &context->second_address, guest_agent, error);
    if (!context->second)
        error_prefix(error, "%s", guest_agent ? "the guest agent" : address);
    return context->second;
}

struct session *context_session_oob(struct context *context, struct error *error)
{
    if (context->globals->qga) {
        error_set(error, ERROR_USAGE, "--oob: a guest agent executes nothing out of band");
        return NULL;
    }
    context->oob = true;
    return context_session(context, error);
}

bool context_is_shared(const struct context *context)
{
    return context->shared;
}

const struct globals *context_globals(const struct context *context)
{
    return context->globals;
}

void context_speak_through(
    struct context *context, void (*elsewhere)(void *data, const char *lines), void *data)
{
    context->voice.elsewhere = elsewhere;
    context->voice.data = data;
}

void context_lines(const struct context *context, const char *lines)
{
    voice_lines(&context->voice, lines);
}

const struct command *context_command(const struct context *context)
{
    return context->command;
}

bool context_dry_run(const struct context *context)
{
    return context->globals->dry_run;
}

struct loop *context_loop(struct context *context)
{
    return context->loop;
}

const struct transcript *context_transcript(const struct context *context)
{
    return &context->transcript;
}

struct output *context_output(struct context *context)
{
    return &context->output;
}

int64_t context_timeout(const struct context *context)
{
    return context->globals->timeout;
}

int64_t context_reply_timeout(const struct context *context)
{
    int64_t given = context->globals->reply_timeout;

    return given ? given : REPLY_SECONDS * CLOCK_SECOND;
}

void context_note(struct context *context, const char *format, ...)
{
    va_list arguments;
    AUTO_FREE char *sentence = NULL;

    va_start(arguments, format);
    sentence = xvasprintf(format, arguments);
    va_end(arguments);
    voice_note(&context->voice, sentence);
}

bool context_result(struct context *context, json *value, view_function *view)
{
    AUTO_JSON json *owned = value;

    output_add(&context->output, owned, view);
    return true;
}

bool context_reply(struct context *context, struct message *reply, view_function *view)
{
    AUTO_MESSAGE struct message *owned = reply;
    struct slice value;

    if (message_get(owned, "return", &value))
        output_add_bytes(&context->output, value, view);
    return true;
}

bool context_ask(struct context *context, const char *command, const json *arguments,
    view_function *view, struct error *error)
{
    struct session *session = context_session(context, error);
    struct message *reply;

    return session && session_execute(session, command, arguments, &reply, error) &&
           context_reply(context, reply, view);
}
