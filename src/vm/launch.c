/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/launch.h"

#include "qmp/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Images are flushed at the end of a VM, which may take its time. */
enum { QUIT_SECONDS = 10 };

struct launch {
    struct launch_options options;
    struct process *process; /* NULL once it has been left */
    int fd;                  /* our end */
    char *address;
    char *last; /* the last line that it printed */
    bool speaks;
    struct loop_watch watch;
};

static void on_line(void *data, const char *line)
{
    struct launch *launch = data;

    free(launch->last);
    launch->last = xstrdup(line);
    launch->options.heard(launch->options.data, line);
}

static void on_monitor(void *data, short revents)
{
    struct launch *launch = data;

    (void)revents;
    launch->speaks = true;
}

/* The program's words, and those that make its monitor of a descriptor. */
static void make_words(const struct launch_options *options, int fd, struct strings *words)
{
    const char *slash = strrchr(options->words->item[0], '/');
    const char *name = slash ? slash + 1 : options->words->item[0];
    bool daemon = strstr(name, "storage-daemon");

    for (size_t i = 0; i < options->words->count; i++)
        strings_add(words, options->words->item[i]);
    strings_add(words, daemon ? "--chardev" : "-chardev");
    strings_printf(words, "socket,id=qmpbox-monitor,fd=%d", fd);
    strings_add(words, daemon ? "--monitor" : "-mon");
    strings_add(words, "chardev=qmpbox-monitor,mode=control");
}

static bool start_process(struct launch *launch, int theirs, struct error *error)
{
    AUTO_STRINGS struct strings words = {0};

    make_words(&launch->options, theirs, &words);
    launch->process = process_start(&(struct process_options){.loop = launch->options.loop,
                                        .program = &words,
                                        .pass = theirs,
                                        .ends_with_us = !launch->options.leave,
                                        .heard = on_line,
                                        .data = launch},
        error);
    return launch->process;
}

/* How it has ended, for a person; false. */
static bool explain_end(const struct launch *launch, const char *when, struct error *error)
{
    int status = process_status(launch->process);

    return error_set(error, ERROR_FAILED, "%s ended%s %s %d", launch->options.words->item[0], when,
        status > 128 ? "by signal" : "with status", status > 128 ? status - 128 : status);
}

/* Until the greeting begins to come: then the program has read its own words. */
static bool await_monitor(struct launch *launch, int64_t deadline, struct error *error)
{
    bool good = true;

    launch->watch = (struct loop_watch){
        .fd = launch->fd, .events = POLLIN, .ready = on_monitor, .data = launch};
    loop_add(launch->options.loop, &launch->watch);
    while (good && !launch->speaks && !process_ended(launch->process))
        good = loop_turn(launch->options.loop, deadline, error);
    loop_remove(launch->options.loop, &launch->watch);
    if (!good)
        return error->kind == ERROR_TIMEOUT
                   ? error_set(error, ERROR_TIMEOUT,
                         "%s was started, but its monitor said nothing in time; it was ended",
                         launch->options.words->item[0])
                   : false;
    /* An end of file is readable too, and comes a moment before the end of the process. */
    if (!process_ended(launch->process)) {
        char byte;

        if (recv(launch->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
            return true;
        process_stop(launch->process);
    }
    explain_end(launch, " at once,", error);
    return launch->last ? error_append(error, ": %s", launch->last) : false;
}

struct launch *launch_start(
    const struct launch_options *options, int64_t deadline, struct error *error)
{
    AUTO_LAUNCH struct launch *launch = xcalloc(1, sizeof(*launch));
    int ends[2] = {-1, -1};
    AUTO_FD int theirs = -1;

    launch->options = *options;
    launch->fd = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        error_set(error, ERROR_LOCAL, "socketpair: %s", strerror(errno));
        return NULL;
    }
    launch->fd = ends[0];
    theirs = ends[1];
    launch->address = xasprintf("fd:%d", launch->fd);
    if (!start_process(launch, theirs, error))
        return NULL;
    close_fd(&theirs);
    if (await_monitor(launch, deadline, error))
        return steal_pointer(&launch);
    /* Nobody could speak to it. */
    launch->options.leave = false;
    return NULL;
}

const char *launch_address(const struct launch *launch)
{
    return launch->address;
}

long launch_process(const struct launch *launch)
{
    return process_id(launch->process);
}

/* Waits until it has ended, at most until the deadline; a signal cuts that short. */
static void await_end(struct launch *launch, int64_t deadline)
{
    AUTO_ERROR struct error ignored = {0};

    while (!process_ended(launch->process))
        if (!loop_turn(launch->options.loop, deadline, &ignored))
            return;
}

bool launch_end(struct launch *launch, struct session *session, struct error *error)
{
    AUTO_ERROR struct error ignored = {0};
    int64_t deadline = clock_after(QUIT_SECONDS * CLOCK_SECOND);
    uint64_t ticket;

    if (session && session_is_open(session)) {
        (void)session_send(session, "quit", NULL, -1, &ticket, &ignored);
        session_flush(session);
        await_end(launch, deadline);
    } else if (session && session_saw_shutdown(session)) {
        await_end(launch, deadline);
    }
    process_stop(launch->process);
    return !process_status(launch->process) || explain_end(launch, "", error);
}

void launch_free(struct launch *launch)
{
    if (!launch)
        return;
    if (launch->process && launch->options.leave && !process_ended(launch->process))
        process_leave(launch->process);
    else
        process_free(launch->process);
    close_fd(&launch->fd);
    free(launch->address);
    free(launch->last);
    free(launch);
}
