/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nobody waits for the reader of a FIFO to come: it is there, or the line is wrong. */
static int open_file(const struct line *line, struct error *error)
{
    int how = line->redirect == LINE_APPENDED ? O_APPEND : O_TRUNC;
    int fd = open(line->target, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | how, 0666);

    if (fd < 0)
        error_set(error, ERROR_LOCAL, "cannot write to %s: %s", line->target,
            errno == ENXIO ? "nobody reads it" : strerror(errno));
    else
        (void)fcntl(fd, F_SETFL, how & O_APPEND);
    return fd;
}

static int start_reader(
    struct redirect *redirect, const struct line *line, struct loop *loop, struct error *error)
{
    AUTO_FD int reading = -1, writing = -1;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0) {
        error_set(error, ERROR_LOCAL, "cannot make a pipe: %s", strerror(errno));
        return -1;
    }
    reading = ends[0];
    writing = ends[1];
    redirect->reader = process_start(
        &(struct process_options){
            .loop = loop, .command = line->target, .foreground = true, .reads = reading},
        error);
    return redirect->reader ? steal_fd(&writing) : -1;
}

bool redirect_begin(
    struct redirect *redirect, const struct line *line, struct loop *loop, struct error *error)
{
    AUTO_FD int there = -1;

    if (line->redirect == LINE_TO_STDOUT)
        return true;
    (void)fflush(stdout);
    there = line->redirect == LINE_TO_COMMAND ? start_reader(redirect, line, loop, error)
                                              : open_file(line, error);
    if (there < 0)
        return false;
    redirect->own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (redirect->own >= 0 && dup2(there, STDOUT_FILENO) >= 0) {
        redirect->moved = true;
        return true;
    }
    error_set(error, ERROR_LOCAL, "stdout cannot be moved: %s", strerror(errno));
    close_fd(&redirect->own);
    close_fd(&there);
    process_free(redirect->reader);
    redirect->reader = NULL;
    return false;
}

/* A Ctrl-C is the reader's, which is in the foreground with us. */
static bool await_reader(const struct process *reader, struct loop *loop, struct error *error)
{
    while (!process_ended(reader))
        if (!loop_turn(loop, CLOCK_NEVER, error)) {
            if (error->kind != ERROR_INTERRUPTED || error->signal != SIGINT)
                return false;
            (void)loop_forgive(loop);
            error_free(error);
        }
    return true;
}

bool redirect_end(struct redirect *redirect, struct loop *loop, int *status, struct error *error)
{
    bool good;

    *status = 0;
    if (!redirect->moved)
        return true;
    (void)fflush(stdout);
    (void)dup2(redirect->own, STDOUT_FILENO);
    close_fd(&redirect->own);
    redirect->moved = false;
    if (!redirect->reader)
        return true;
    good = await_reader(redirect->reader, loop, error);
    process_stop(redirect->reader);
    *status = process_status(redirect->reader);
    process_free(redirect->reader);
    redirect->reader = NULL;
    return good;
}
