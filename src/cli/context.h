/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * context: what a subcommand's run function gets: the session, the deadline, the way to speak.
 *
 * The session is opened at the first use, so that what is wrong on this side is found before the VM
 * is disturbed. Results go to stdout when the run has succeeded, notes and traces to stderr at
 * once.
 */
#ifndef QMPBOX_CLI_CONTEXT_H
#define QMPBOX_CLI_CONTEXT_H

#include "cli/command.h"
#include "qmp/session.h"
#include "ui/output.h"

/* The global options; CLI: "Calling it". */
struct globals {
    struct strings sockets;
    int64_t timeout; /* microseconds; 0: the subcommand's default */
    int64_t reply_timeout;
    uint64_t max_message;
    bool json;
    bool quiet;
    bool verbose;
    const char *log;
    const char *color;
    const char *progress;
    bool dry_run;
    bool all;
    const char *parallel;
    bool qga;
    bool help;
    bool version;
    bool list;
    const char *install_links;
    const char *man;
};

extern const struct option global_options[];

struct context;

/*
 * What the runs of one prompt have in common: their loop, and the connection that runs use which
 * name no other VM; it serves a run (session_serve) for as long as that lasts.
 */
struct context_shared {
    struct loop *loop;
    const struct globals *defaults; /* what holds for each run unless its own words say another */
    struct session *session;        /* or NULL */
    struct session_options options; /* of the session between the runs */
    struct context *running;        /* the run that goes on, or NULL */
    const char *place;              /* of its line, which begins its errors, or NULL */
};

/* What is not given in *globals is taken from the defaults, but for the VM. */
void globals_inherit(struct globals *globals, const struct globals *defaults);

/* The VM's address that was typed first, or the one of $QMPBOX_SOCKET; borrowed; NULL for none. */
const char *globals_address(const struct globals *globals);

/*
 * Opens the log if one is asked for; kind local or usage. The globals outlive the context, and so
 * does what is shared (NULL where one run is all).
 */
struct context *context_new(const struct command *command, const struct globals *globals,
    struct context_shared *shared, struct error *error) MUST_CHECK;
void context_free(struct context *context);
DEFINE_CLEANUP(context, struct context, context_free)
#define AUTO_CONTEXT AUTO(cleanup_context)

/*
 * Prints an error to stderr, for people or as JSON; a closed pipe is left quietly. The place is
 * that of the line in a script, or NULL.
 */
void context_print_error(const struct globals *globals, const struct command *command,
    const char *place, const struct error *error);

/* The VM that is named, in *address, which the caller frees; kind usage when there is not just one.
 */
bool context_address(const struct context *context, struct address *address, struct error *error);

/*
 * A word of the subcommand names the VM, in the place of -s, which must not be given as well, and
 * of $QMPBOX_SOCKET; only before the first session. The word outlives the context.
 */
bool context_use(struct context *context, const char *address, struct error *error);

/* The session, connected and greeted, with the deadline of --timeout; NULL on failure. */
struct session *context_session(struct context *context, struct error *error);

/* The same with out-of-band execution; only before the first context_session(). */
struct session *context_session_oob(struct context *context, struct error *error);

/*
 * A second session beside that of -s, which the context keeps: with the guest agent at this address
 * or with another VM. NULL on failure. Called once.
 */
struct session *context_second(
    struct context *context, const char *address, bool guest_agent, struct error *error);

/*
 * One more session, with the time-outs, the notes and the transcript of this run, which the caller
 * frees before the context.
 */
struct session *context_open(struct context *context, const struct address *address,
    bool guest_agent, struct error *error) MUST_CHECK;

/* Whether it is a run of a prompt. */
bool context_is_shared(const struct context *context);

const struct command *context_command(const struct context *context);
bool context_dry_run(const struct context *context);
struct loop *context_loop(struct context *context);
const struct transcript *context_transcript(const struct context *context);
struct output *context_output(struct context *context);

/* How long until the outcome, in microseconds: --timeout's, or the subcommand's own; 0 for ever. */
int64_t context_limit(const struct context *context);

/* Was --timeout given? Its length in microseconds, or 0. */
int64_t context_timeout(const struct context *context);

/* The longest wait for one reply, in microseconds. */
int64_t context_reply_timeout(const struct context *context);

const struct globals *context_globals(const struct context *context);

/* Lines that are not the run's own, above what shows its progress. */
void context_lines(const struct context *context, const char *lines);

/*
 * What the run would write to stderr goes there instead, in whole lines, until this is called with
 * NULL: while a line is typed on that terminal.
 */
void context_speak_through(
    struct context *context, void (*elsewhere)(void *data, const char *lines), void *data);

void context_note(struct context *context, const char *format, ...) PRINTF(2, 3);

/* The result of the run: a tree (taken over), or what came in `return` (taken over). All true. */
bool context_result(struct context *context, json *value, view_function *view);
bool context_reply(struct context *context, struct message *reply, view_function *view);

/* Asks one command and makes its return the result: what a small subcommand does. */
bool context_ask(struct context *context, const char *command, const json *arguments,
    view_function *view, struct error *error);

#endif
