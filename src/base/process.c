/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 2 * 1000 * 1000 }; /* microseconds between TERM and KILL */

struct process {
    struct loop *loop;
    bool foreground;
    pid_t pid;
    int pidfd;
    struct loop_watch watch;
    struct text input;
    int input_fd; /* the end that we write into, or -1 */
    struct loop_watch input_watch;
    int status; /* of waitid, once pidfd is closed */
};

static void end_input(struct process *process)
{
    if (process->input_fd < 0)
        return;
    loop_remove(process->loop, &process->input_watch);
    close_fd(&process->input_fd);
    text_free(&process->input);
}

static void on_input_ready(void *data, short revents)
{
    struct process *process = data;
    ssize_t n = write(process->input_fd, process->input.bytes, process->input.length);

    (void)revents;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n >= 0)
        text_drop(&process->input, (size_t)n);
    /* A command that does not read what it is told has no need to. */
    if (n < 0 || !process->input.length)
        end_input(process);
}

static int shell_status(const siginfo_t *info)
{
    return info->si_code == CLD_EXITED ? info->si_status : 128 + info->si_status;
}

static void reap(struct process *process)
{
    siginfo_t info = {0};
    int result;

    do
        result = waitid(P_PID, (id_t)process->pid, &info, WEXITED);
    while (result < 0 && errno == EINTR);
    process->status = result < 0 ? 127 : shell_status(&info);
    loop_remove(process->loop, &process->watch);
    close_fd(&process->pidfd);
    end_input(process);
}

static void on_end(void *data, short revents)
{
    (void)revents;
    reap(data);
}

/* What we have, but for the names that are given anew; the strings are borrowed. */
static char **make_environment(const struct strings *more)
{
    size_t count = 0, kept = 0;
    char **made;

    while (environ && environ[count])
        count++;
    made = xcalloc(count + more->count + 1, sizeof(*made));
    for (size_t i = 0; i < count; i++) {
        bool anew = false;

        for (size_t j = 0; j < more->count && !anew; j++)
            anew = strncmp(environ[i], more->item[j], strcspn(more->item[j], "=") + 1) == 0;
        if (!anew)
            made[kept++] = environ[i];
    }
    for (size_t j = 0; j < more->count; j++)
        made[kept++] = more->item[j];
    return made;
}

/* Those that we catch are reset by exec itself; one that our caller ignored stays ignored. */
static void set_signals(posix_spawnattr_t *attributes, bool foreground)
{
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t none, fresh;

    sigemptyset(&none);
    sigemptyset(&fresh);
    sigaddset(&fresh, SIGPIPE);
    sigaddset(&fresh, SIGCHLD);
    sigaddset(&fresh, SIGTERM); /* or it could not be told to end */
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &fresh);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setflags(attributes, (short)(flags | (foreground ? 0 : POSIX_SPAWN_SETPGROUP)));
}

static int spawn_shell(const struct process_options *options, int input, pid_t *pid)
{
    static const struct strings nothing = {0};
    AUTO_FREE char **environment =
        make_environment(options->environment ? options->environment : &nothing);
    AUTO_FREE char *command = xstrdup(options->command);
    char shell[] = "sh", flag[] = "-c", end[] = "--";
    char *const argv[] = {shell, flag, end, command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int problem = posix_spawn_file_actions_init(&actions);

    if (problem)
        return problem;
    problem = posix_spawnattr_init(&attributes);
    if (!problem) {
        problem = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        set_signals(&attributes, options->foreground);
        if (!problem)
            problem = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

/* Every pipe end lies above stderr: our own three are open from the start on. */
static bool open_pipe(int *reading, int *writing, struct error *error)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(error, ERROR_LOCAL, "cannot make a pipe: %s", strerror(errno));
    *reading = ends[0];
    *writing = ends[1];
    if (fcntl(*writing, F_SETFL, O_NONBLOCK) < 0)
        return error_set(error, ERROR_LOCAL, "cannot set up a pipe: %s", strerror(errno));
    return true;
}

static void watch(struct process *process)
{
    process->watch = (struct loop_watch){
        .fd = process->pidfd, .events = POLLIN, .ready = on_end, .data = process};
    loop_add(process->loop, &process->watch);
    if (process->input_fd < 0)
        return;
    process->input_watch = (struct loop_watch){
        .fd = process->input_fd, .events = POLLOUT, .ready = on_input_ready, .data = process};
    loop_add(process->loop, &process->input_watch);
    if (!process->input.length)
        end_input(process);
}

struct process *process_start(const struct process_options *options, struct error *error)
{
    AUTO_FREE struct process *process = xcalloc(1, sizeof(*process));
    AUTO_FD int reading = -1, writing = -1;
    int problem;

    if (!options->foreground && !open_pipe(&reading, &writing, error))
        return NULL;
    /* A parent that ignores its children's end never hears how they ended. */
    (void)signal(SIGCHLD, SIG_DFL);
    problem = spawn_shell(options, options->foreground ? options->reads : reading, &process->pid);
    if (problem) {
        error_set(error, ERROR_LOCAL, "cannot start a command: %s", strerror(problem));
        return NULL;
    }
    process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    if (process->pidfd < 0) {
        error_set(error, ERROR_LOCAL, "cannot watch a command: %s", strerror(errno));
        (void)kill(options->foreground ? process->pid : -process->pid, SIGKILL);
        (void)waitpid(process->pid, NULL, 0);
        return NULL;
    }
    process->loop = options->loop;
    process->foreground = options->foreground;
    process->input_fd = steal_fd(&writing);
    if (options->input.length)
        text_add(&process->input, options->input.bytes, options->input.length);
    watch(process);
    return steal_pointer(&process);
}

bool process_ended(const struct process *process)
{
    return process->pidfd < 0;
}

int process_status(const struct process *process)
{
    return process->status;
}

void process_stop(struct process *process)
{
    AUTO_ERROR struct error ignored = {0};
    pid_t target = process->foreground ? process->pid : -process->pid;

    if (process_ended(process))
        return;
    /* It has not been reaped, so the number is its own still. A stopped one must hear TERM too. */
    (void)kill(target, SIGTERM);
    (void)kill(target, SIGCONT);
    if (!loop_await(process->pidfd, POLLIN, clock_after(PATIENCE), &ignored))
        (void)kill(target, SIGKILL);
    reap(process);
}

void process_free(struct process *process)
{
    if (!process)
        return;
    process_stop(process);
    free(process);
}
