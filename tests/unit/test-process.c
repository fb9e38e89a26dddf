/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the user's: what they read, what they inherit, how they end. */
#include "base/process.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static struct loop *loop;
static const struct strings no_environment;

static struct process *start(
    const char *command, const struct strings *environment, const char *input, size_t length)
{
    AUTO_ERROR struct error error = {0};
    struct process *process = process_start(
        &(struct process_options){
            .loop = loop, .command = command, .environment = environment, .input = {input, length}},
        &error);

    if (!process)
        printf("# cannot start: %s\n", error.message);
    return process;
}

/* Waits until it has ended; its status, or -1 when that takes longer than ten seconds. */
static int end_of(struct process *process)
{
    AUTO_ERROR struct error error = {0};
    int64_t deadline = clock_after(10 * CLOCK_SECOND);
    int status;

    while (process && !process_ended(process))
        if (!loop_turn(loop, deadline, &error))
            break;
    status = process && process_ended(process) ? process_status(process) : -1;
    process_free(process);
    return status;
}

static int run(const char *command)
{
    return end_of(start(command, &no_environment, NULL, 0));
}

/* What the command wrote into the file of that name, which the caller frees. */
static char *contents(const char *name)
{
    AUTO_FREE char *path = xasprintf("%s/%s", scratch(), name);
    FILE *file = fopen(path, "r");
    struct text text = TEXT_EMPTY;
    int c;

    while (file && (c = fgetc(file)) != EOF)
        text_add_char(&text, (char)c);
    if (file)
        fclose(file);
    return text_take(&text);
}

static bool has_children(void)
{
    return waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

static void test_status(void)
{
    is_int(run("exit 0"), 0, "a command that succeeds");
    is_int(run("exit 3"), 3, "one that fails");
    is_int(run("kill -KILL $$"), 128 + SIGKILL, "one that a signal ends");
    is_int(run("/nowhere/at/all 2>/dev/null"), 127, "one that is not there");
    is_int(run("-x 2>/dev/null"), 127, "one that looks like an option");
    is_int(
        run("(sleep 30 >/dev/null 2>&1 &) ; exit 4"), 4, "what it leaves behind is not waited for");
    ok(!has_children(), "nothing is left to be reaped");
}

static void test_input(void)
{
    enum { LARGE = 1000 * 1000 };
    AUTO_FREE char *large = xcalloc(1, LARGE);
    AUTO_FREE char *command = xasprintf("cat >%s/in", scratch());
    AUTO_FREE char *size = xasprintf("wc -c >%s/size", scratch());

    is_int(end_of(start(command, &no_environment, "one\ntwo\n", 8)), 0, "input is read");
    is_owned(contents("in"), "one\ntwo\n", "as it was");
    is_int(end_of(start(command, &no_environment, NULL, 0)), 0, "no input is an end of file");
    is_owned(contents("in"), "", "at once");
    is_int(end_of(start(size, &no_environment, large, LARGE)), 0, "more than a pipe holds");
    is_owned(contents("size"), "1000000\n", "comes whole");
    is_int(end_of(start("exit 5", &no_environment, large, LARGE)), 5, "nobody has to read it");
    is_int(end_of(start("exec <&-; sleep 0.1; exit 6", &no_environment, large, LARGE)), 6,
        "nor to keep it open");
}

static void test_environment(void)
{
    AUTO_STRINGS struct strings more = {0};
    AUTO_FREE char *command =
        xasprintf("printf '%%s|%%s|%%s' \"$ONE\" \"$TWO\" \"$THREE\" >%s/env", scratch());

    setenv("TWO", "old", 1);
    setenv("THREE", "kept", 1);
    strings_add(&more, "ONE=a b");
    strings_add(&more, "TWO=new=er");
    is_int(end_of(start(command, &more, NULL, 0)), 0, "with an environment");
    is_owned(contents("env"), "a b|new=er|kept", "which adds, and wins");
    is_string(getenv("TWO"), "old", "ours stays");
}

static void test_hygiene(void)
{
    AUTO_FREE char *list = xasprintf("ls /proc/self/fd >%s/fds", scratch());
    AUTO_FREE char *by_system = xasprintf("ls /proc/self/fd >%s/fds-system", scratch());
    AUTO_FREE char *signals = xasprintf("exec grep SigBlk /proc/self/status >%s/sig", scratch());
    struct process *other = start("sleep 60", &no_environment, "x", 1);
    AUTO_FREE char *expected = NULL;
    sigset_t blocked, before;

    is_int(run(list), 0, "descriptors");
    ok(system(by_system) == 0, "those that system() hands on");
    expected = contents("fds-system");
    is_owned(contents("fds"), expected, "are the same: none is ours");
    process_free(other);
    sigfillset(&blocked);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    is_int(run(signals), 0, "with all signals blocked here");
    sigprocmask(SIG_SETMASK, &before, NULL);
    is_owned(contents("sig"), "SigBlk:\t0000000000000000\n", "none is blocked there");
    is_int(run("kill -PIPE $$"), 128 + SIGPIPE, "SIGPIPE is not ignored");
    is_int(run("set -- $(cat /proc/$$/stat); test $5 = $$"), 0, "it leads a group of its own");
}

static void test_stop(void)
{
    int64_t begin = clock_now();
    struct process *process = start("sleep 60", &no_environment, NULL, 0);

    ok(process && !process_ended(process), "a command that takes its time");
    process_stop(process);
    ok(process_ended(process), "ends when it is told to");
    is_int(process_status(process), 128 + SIGTERM, "by TERM");
    ok(clock_now() - begin < 2 * CLOCK_SECOND, "at once");
    process_free(process);
    ok(!has_children(), "and is reaped");
}

static void test_stubborn(void)
{
    AUTO_FREE char *command =
        xasprintf("trap '' TERM; echo > %s/ready; while :; do sleep 60; done", scratch());
    AUTO_FREE char *ready = xasprintf("%s/ready", scratch());
    struct process *process = start(command, &no_environment, NULL, 0);
    int64_t begin, limit = clock_after(10 * CLOCK_SECOND);

    while (access(ready, F_OK) != 0 && clock_now() < limit)
        usleep(10000);
    begin = clock_now();
    process_stop(process);
    is_int(process_status(process), 128 + SIGKILL, "one that does not listen is killed");
    ok(clock_now() - begin >= 2 * CLOCK_SECOND, "after two seconds");
    ok(clock_now() - begin < 10 * CLOCK_SECOND, "and not long after");
    process_free(process);
    unlink(ready);
    process = start(command, &no_environment, NULL, 0);
    while (access(ready, F_OK) != 0 && clock_now() < limit)
        usleep(10000);
    begin = clock_now();
    raise(SIGINT);
    process_stop(process);
    is_int(process_status(process), 128 + SIGKILL, "a second Ctrl-C");
    ok(clock_now() - begin < CLOCK_SECOND, "does not wait");
    is_int(loop_forgive(loop), SIGINT, "and stays to be seen");
    process_free(process);
    process_free(NULL);
    ok(!has_children(), "nothing is left to be reaped");
}

/* A program instead of a command, whose words end with NULL. */
static struct process *start_program(struct process_options *options, const char *const *words)
{
    AUTO_ERROR struct error error = {0};
    AUTO_STRINGS struct strings program = {0};
    struct process *process;

    for (size_t i = 0; words[i]; i++)
        strings_add(&program, words[i]);
    options->loop = loop;
    options->program = &program;
    process = process_start(options, &error);
    if (!process)
        is_string(error.message, "cannot start /nowhere/at/all: No such file or directory",
            "a program that is not there is said at once");
    return process;
}

static void hear(void *data, const char *line)
{
    text_printf(data, "%s|", line);
}

static void test_program(void)
{
    AUTO_TEXT struct text heard = TEXT_EMPTY;
    struct process_options plain = {.heard = hear, .data = &heard};
    int ends[2];
    AUTO_FREE char *talk = NULL;
    struct process_options passing = {0};

    is_int(end_of(start_program(
               &plain, (const char *const[]){"printf", "%s\\n", "a  b", "$HOME", "*", NULL})),
        0, "a program of PATH");
    is_string(text_string(&heard), "a  b|$HOME|*|", "has its words as they are, and is heard");
    text_clear(&heard);
    is_int(end_of(start_program(
               &plain, (const char *const[]){"sh", "-c",
                           "echo out; echo err >&2; printf unfinished; exit 9", NULL})),
        9, "one that fails");
    is_string(text_string(&heard), "out|err|unfinished|", "is heard to its end");
    ok(!start_program(&plain, (const char *const[]){"/nowhere/at/all", NULL}), "none");
    ok(!has_children(), "leaves none");

    ok(pipe2(ends, O_CLOEXEC) == 0, "a pipe");
    talk = xasprintf("echo hello >&%d", ends[1]);
    passing.pass = ends[1];
    is_int(end_of(start_program(&passing, (const char *const[]){"sh", "-c", talk, NULL})), 0,
        "a descriptor is passed");
    {
        char bytes[16] = "";

        close(ends[1]);
        ok(read(ends[0], bytes, sizeof(bytes) - 1) == 6, "under its number");
        is_string(bytes, "hello\n", "and works");
        close(ends[0]);
    }
}

/* One that we are gone from: whether it ends then is its option. */
static bool outlives_us(bool ends_with_us)
{
    int ends[2];
    char byte;
    ssize_t n;
    pid_t pid;

    if (pipe(ends) < 0)
        return false;
    pid = fork();
    if (pid == 0) {
        struct process_options options = {.ends_with_us = ends_with_us};

        close(ends[0]);
        /* It keeps the pipe open as its standard output. */
        (void)dup2(ends[1], STDOUT_FILENO);
        close(ends[1]);
        (void)start_program(&options, (const char *const[]){"sh", "-c", "sleep 1; echo x", NULL});
        _exit(0);
    }
    close(ends[1]);
    (void)waitpid(pid, NULL, 0);
    do
        n = read(ends[0], &byte, 1);
    while (n < 0 && errno == EINTR);
    close(ends[0]);
    return n == 1;
}

static void test_parting(void)
{
    struct process_options options = {0};
    struct process *process;

    fflush(stdout);
    ok(!outlives_us(true), "one that is to end with us does");
    fflush(stdout);
    ok(outlives_us(false), "another goes on");
    process = start_program(&options, (const char *const[]){"sh", "-c", "exit 0", NULL});
    process_leave(process);
    ok(waitpid(-1, NULL, 0) > 0, "one that is left is nobody's");
}

static void test_ignored_children(void)
{
    signal(SIGCHLD, SIG_IGN);
    is_int(run("exit 7"), 7, "a caller that ignored SIGCHLD hides no status");
}

int main(void)
{
    signal(SIGINT, SIG_DFL); /* ignored in what a script starts in its background */
    loop = loop_new();
    test_status();
    test_input();
    test_environment();
    test_hygiene();
    test_stop();
    test_stubborn();
    test_program();
    test_parting();
    test_ignored_children();
    loop_free(loop);
    return done_testing();
}
