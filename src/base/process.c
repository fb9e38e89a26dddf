/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATIENCE = 2 * 1000 * 1000, /* microseconds between TERM and KILL */
    LINE = 64 * 1024,           /* bytes of what it prints, after which a line counts as ended */
};

struct process {
    struct loop *loop;
    bool foreground;
    pid_t pid;
    int pidfd;
    struct loop_watch watch;
    struct text input;
    int input_fd; /* the end that we write into, or -1 */
    struct loop_watch input_watch;
    struct text printed; /* an unfinished line of its */
    int output_fd;       /* the end that we read from, or -1 */
    struct loop_watch output_watch;
    void (*heard)(void *data, const char *line);
    void *data;
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

static void say_line(struct process *process, size_t length)
{
    AUTO_FREE char *line = xstrndup(process->printed.bytes, length);

    process->heard(process->data, line);
}

static void end_output(struct process *process)
{
    if (process->output_fd < 0)
        return;
    loop_remove(process->loop, &process->output_watch);
    close_fd(&process->output_fd);
    if (process->printed.length)
        say_line(process, process->printed.length);
    text_free(&process->printed);
}

static void on_output(void *data, short revents)
{
    struct process *process = data;
    struct text *printed = &process->printed;
    char bytes[4096];
    ssize_t n = read(process->output_fd, bytes, sizeof(bytes));
    const char *end;

    (void)revents;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        end_output(process);
        return;
    }
    text_add(printed, bytes, (size_t)n);
    while ((end = memchr(printed->bytes, '\n', printed->length))) {
        size_t length = (size_t)(end - printed->bytes);

        say_line(process, length);
        text_drop(printed, length + 1);
    }
    if (printed->length >= LINE) {
        say_line(process, printed->length);
        text_clear(printed);
    }
}

/* What it has printed before its end; a child of its that goes on has the pipe still. */
static void drain_output(struct process *process)
{
    enum { READS = 256 };
    struct error ignored = {0};

    for (int i = 0; i < READS && process->output_fd >= 0; i++) {
        if (!loop_await(process->output_fd, POLLIN, clock_now(), &ignored))
            break;
        on_output(process, POLLIN);
    }
    error_free(&ignored);
    end_output(process);
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
    drain_output(process);
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

/* All that the new process needs, made before it is there. */
struct start {
    const char *path;
    char *const *argv;
    char *const *environment;
    int input;
    int output; /* or -1 */
    int pass;   /* or 0 */
    bool foreground;
    pid_t parent; /* with whom it ends, or 0 */
    int problem;  /* where it says why it could not become the program */
};

/*
 * The child, until it is another program: only what is safe in one that shares our memory's state.
 * Signals that we catch are reset by exec itself; one that our caller ignored stays ignored.
 */
static void become(const struct start *start)
{
    static const int fresh[] = {SIGPIPE, SIGCHLD, SIGTERM};
    sigset_t none;
    int number;

    if (!start->foreground)
        (void)setpgid(0, 0);
    for (size_t i = 0; i < sizeof(fresh) / sizeof(fresh[0]); i++)
        (void)signal(fresh[i], SIG_DFL);
    if (start->parent) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != start->parent)
            _exit(127);
    }
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(start->input, STDIN_FILENO) >= 0 &&
        (start->output < 0 ||
            (dup2(start->output, STDOUT_FILENO) >= 0 && dup2(start->output, STDERR_FILENO) >= 0)) &&
        (!start->pass || fcntl(start->pass, F_SETFD, 0) == 0))
        (void)execvpe(start->path, start->argv, start->environment);
    number = errno;
    (void)!write(start->problem, &number, sizeof(number));
    _exit(127);
}

/* 0, or the number of what went wrong. */
static int fork_child(struct start *start, pid_t *pid)
{
    int ends[2], problem = 0;
    ssize_t n;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return errno;
    start->problem = ends[1];
    *pid = fork();
    if (*pid < 0)
        problem = errno;
    if (*pid == 0)
        become(start);
    close_fd(&ends[1]);
    do /* Ends when it has become the program, since that closes the other end. */
        n = *pid < 0 ? 0 : read(ends[0], &problem, sizeof(problem));
    while (n < 0 && errno == EINTR);
    close_fd(&ends[0]);
    if (*pid > 0 && problem)
        (void)waitpid(*pid, NULL, 0);
    return problem;
}

static int start_child(const struct process_options *options, int input, int output, pid_t *pid)
{
    static const struct strings nothing = {0};
    AUTO_FREE char **environment =
        make_environment(options->environment ? options->environment : &nothing);
    AUTO_FREE char *command = xstrdup(options->command ? options->command : "");
    char shell[] = "sh", flag[] = "-c", end[] = "--";
    char *const by_shell[] = {shell, flag, end, command, NULL};
    size_t count = options->program ? options->program->count : 0;
    AUTO_FREE char **argv = xcalloc(count + 1, sizeof(*argv));
    struct start start = {
        .path = "/bin/sh",
        .argv = by_shell,
        .environment = environment,
        .input = input,
        .output = output,
        .pass = options->pass,
        .foreground = options->foreground,
        .parent = options->ends_with_us ? getpid() : 0,
    };

    for (size_t i = 0; i < count; i++)
        argv[i] = options->program->item[i];
    if (!options->command) {
        start.path = argv[0];
        start.argv = argv;
    }
    return fork_child(&start, pid);
}

/* Every pipe end lies above stderr: our own three are open from the start on. */
static bool open_pipe(int *reading, int *writing, struct error *error)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(error, ERROR_LOCAL, "cannot make a pipe: %s", strerror(errno));
    *reading = ends[0];
    *writing = ends[1];
    return true;
}

/* Our end of a pipe never blocks; the other's is its own affair. */
static bool unblock(int fd, struct error *error)
{
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ||
           error_set(error, ERROR_LOCAL, "cannot set up a pipe: %s", strerror(errno));
}

static void watch(struct process *process)
{
    process->watch = (struct loop_watch){
        .fd = process->pidfd, .events = POLLIN, .ready = on_end, .data = process};
    loop_add(process->loop, &process->watch);
    if (process->output_fd >= 0) {
        process->output_watch = (struct loop_watch){
            .fd = process->output_fd, .events = POLLIN, .ready = on_output, .data = process};
        loop_add(process->loop, &process->output_watch);
    }
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
    AUTO_FD int reading = -1, writing = -1, hearing = -1, printing = -1;
    int problem;

    if (!options->foreground && (!open_pipe(&reading, &writing, error) || !unblock(writing, error)))
        return NULL;
    if (options->heard && (!open_pipe(&hearing, &printing, error) || !unblock(hearing, error)))
        return NULL;
    /* A parent that ignores its children's end never hears how they ended. */
    (void)signal(SIGCHLD, SIG_DFL);
    problem = start_child(
        options, options->foreground ? options->reads : reading, printing, &process->pid);
    if (problem) {
        error_set(error, ERROR_LOCAL, "cannot start %s: %s",
            options->command ? "a command" : options->program->item[0], strerror(problem));
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
    process->output_fd = steal_fd(&hearing);
    process->heard = options->heard;
    process->data = options->data;
    if (options->input.length)
        text_add(&process->input, options->input.bytes, options->input.length);
    watch(process);
    return steal_pointer(&process);
}

long process_id(const struct process *process)
{
    return process->pid;
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

void process_leave(struct process *process)
{
    if (!process_ended(process)) {
        loop_remove(process->loop, &process->watch);
        close_fd(&process->pidfd);
        end_input(process);
        end_output(process);
    }
    free(process);
}

void process_free(struct process *process)
{
    if (!process)
        return;
    process_stop(process);
    free(process);
}
