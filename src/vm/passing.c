/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/passing.h"

#include "vm/fdpass.h"
#include "vm/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct passed {
    char *name;
    char *shown; /* for people: the path, or which descriptor */
    int fd;
    bool as_name; /* @fd:NAME */
    int64_t set;  /* @fdset:NAME: its id, or 0 */
    struct passed *next;
};

struct passing {
    struct passed *first;
    struct passed **end;
};

void passing_free(struct passing *passing)
{
    while (passing && passing->first) {
        struct passed *passed = passing->first;

        passing->first = passed->next;
        free(passed->name);
        free(passed->shown);
        close_fd(&passed->fd);
        free(passed);
    }
    free(passing);
}

static struct passed *find(const struct passing *passing, const char *name)
{
    for (struct passed *passed = passing->first; passed; passed = passed->next)
        if (strcmp(passed->name, name) == 0)
            return passed;
    return NULL;
}

/* Takes over name, shown and fd; ':' separates names for QEMU and digits make it look up a number.
 */
static bool add(struct passing *passing, char *name, char *shown, int fd, struct error *error)
{
    struct passed *passed = xcalloc(1, sizeof(*passed));

    passed->name = name;
    passed->shown = shown;
    passed->fd = fd;
    if (find(passing, name))
        error_set(error, ERROR_USAGE, "the descriptor %s is given twice", name);
    else if (!words_is_id(name))
        error_set(error, ERROR_USAGE,
            "'%s' is no name for a descriptor: it begins with a letter, and letters, digits, '-', "
            "'.', '_' follow",
            name);
    *passing->end = passed;
    passing->end = &passed->next;
    return !error->kind;
}

static bool add_inherited(struct passing *passing, const char *word, struct error *error)
{
    const char *equals = strchr(word, '=');
    size_t digits = equals ? strspn(equals + 1, "0123456789") : 0;
    int fd;

    if (!digits || equals[1 + digits] || digits > 6)
        return error_set(error, ERROR_USAGE, "--pass-fd: expected NAME=N, not '%s'", word);
    fd = fcntl((int)strtol(equals + 1, NULL, 10), F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return error_set(
            error, ERROR_LOCAL, "--pass-fd: descriptor %s: %s", equals + 1, strerror(errno));
    return add(passing, xstrndup(word, (size_t)(equals - word)),
        xasprintf("inherited descriptor %s", equals + 1), fd, error);
}

static bool add_opened(struct passing *passing, const char *word, struct error *error)
{
    static const char *const modes[] = {"ro", "wo", "rw"};
    const char *equals = strchr(word, '=');
    AUTO_FREE char *left = NULL;
    enum fdpass_mode mode = FDPASS_BOTH;
    bool direct = false;
    char *part, *rest;
    int fd;

    if (!equals || !equals[1])
        return error_set(
            error, ERROR_USAGE, "--open: expected NAME[:ro|:rw|:wo][:direct]=PATH, not '%s'", word);
    left = xstrndup(word, (size_t)(equals - word));
    rest = left;
    (void)strsep(&rest, ":");
    while ((part = strsep(&rest, ":"))) {
        size_t i = 0;

        while (i < 3 && strcmp(part, modes[i]) != 0)
            i++;
        if (i < 3)
            mode = (enum fdpass_mode)i;
        else if (strcmp(part, "direct") == 0)
            direct = true;
        else
            return error_set(
                error, ERROR_USAGE, "--open: '%s' is none of ro, rw, wo, direct", part);
    }
    fd = fdpass_open(equals + 1, mode, direct, error);
    if (fd < 0)
        return false;
    return add(passing, xstrdup(left), fdpass_describe(equals + 1, mode, direct), fd, error);
}

struct passing *passing_new(
    const struct strings *pass, const struct strings *open, struct error *error)
{
    AUTO_PASSING struct passing *passing = xcalloc(1, sizeof(*passing));

    passing->end = &passing->first;
    for (size_t i = 0; i < pass->count; i++)
        if (!add_inherited(passing, pass->item[i], error))
            return NULL;
    for (size_t i = 0; i < open->count; i++)
        if (!add_opened(passing, open->item[i], error))
            return NULL;
    return steal_pointer(&passing);
}

char *passing_refer(void *data, const char *name, bool set, struct error *error)
{
    struct passed *passed = find(data, name);

    if (!passed) {
        error_set(error, ERROR_USAGE, "no --pass-fd or --open gives a descriptor '%s'", name);
        return NULL;
    }
    if (set) {
        if (!passed->set)
            passed->set = fdpass_new_set_id();
        return xasprintf("/dev/fdset/%lld", (long long)passed->set);
    }
    passed->as_name = true;
    return xstrdup(name);
}

static struct step *take_back_name(struct steps *steps, struct step *named)
{
    struct step *step =
        steps_add(steps, "closefd", json_copy(named->inverse_arguments), STEP_TIDY | STEP_QUIET);

    step->closes = named;
    return step;
}

static void add_set(struct passed *passed, struct steps *steps, struct session *session)
{
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", passed->name);

    fdpass_add_set(steps, session, passed->set, steal_fd(&passed->fd), passed->shown, opaque);
}

bool passing_any(const struct passing *passing)
{
    return passing->first;
}

bool passing_check(const struct passing *passing, struct error *error)
{
    const struct passed *riding = NULL;

    for (const struct passed *passed = passing->first; passed; passed = passed->next) {
        if (passed->as_name && passed->set)
            return error_set(error, ERROR_USAGE,
                "%s cannot be @fd: and @fdset: at the same time: give it two names", passed->name);
        if (passed->as_name || passed->set)
            continue;
        if (riding)
            return error_set(error, ERROR_USAGE,
                "%s and %s are named by no value, and only one descriptor can ride on the command",
                riding->name, passed->name);
        riding = passed;
    }
    return true;
}

/* A descriptor for vhost that is none makes QEMU 7.2 abort; the guard sees only its name. */
static bool check_vhost(
    const struct passing *passing, const char *command, const json *arguments, struct error *error)
{
    static const char *const members[] = {"vhostfd", "vhostfds"};
    bool tap = strcmp(command, "netdev_add") == 0 && json_get_string(arguments, "type") &&
               strcmp(json_get_string(arguments, "type"), "tap") == 0;

    for (size_t i = 0; tap && i < 2; i++) {
        const char *given = json_get_string(arguments, members[i]);
        AUTO_FREE char *names = xstrdup(given ? given : "");
        char *rest = names, *name;

        while ((name = strsep(&rest, ":"))) {
            const struct passed *passed = find(passing, name);

            if (passed && !tap_is_vhost(passed->fd))
                return error_set(error, ERROR_LOCAL, "%s: %s (%s) is not of /dev/vhost-net",
                    members[i], name, passed->shown);
        }
    }
    return true;
}

bool passing_add_steps(struct passing *passing, struct steps *steps, struct session *session,
    const char *name, json *arguments, struct step **command, struct error *error)
{
    struct passed *riding = NULL;
    struct step *last;

    if (!passing_check(passing, error) || !check_vhost(passing, name, arguments, error)) {
        json_free(arguments);
        return false;
    }
    for (struct passed *passed = passing->first; passed; passed = passed->next) {
        if (passed->as_name)
            fdpass_add_name(steps, passed->name, steal_fd(&passed->fd), passed->shown);
        else if (passed->set)
            add_set(passed, steps, session);
        else
            riding = passed;
    }
    last = steps->last;
    *command = steps_add(steps, name, arguments, STEP_WAIT | STEP_COMMIT);
    if (riding)
        step_pass(*command, steal_fd(&riding->fd), riding->shown);
    for (struct step *step = last; step; step = step->before)
        if (strcmp(step->command, "getfd") == 0)
            take_back_name(steps, step); /* most commands have used the name up */
        else
            fdpass_close_set(steps, step, 0);
    return true;
}
