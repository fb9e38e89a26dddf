/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/fdpass.h"

#include "qmp/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

int fdpass_open(const char *path, enum fdpass_mode mode, bool direct, struct error *error)
{
    static const int access[] = {O_RDONLY, O_WRONLY, O_RDWR};
    int create = mode == FDPASS_WRITE ? O_CREAT : 0;
    int fd = open(path,
        access[mode] | create | (direct ? O_DIRECT : 0) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);

    if (fd >= 0) {
        /* O_NONBLOCK kept a fifo from hanging us; QEMU gets the file without it. */
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        return fd;
    }
    if (errno == EINVAL && direct)
        error_set(error, ERROR_LOCAL,
            "cannot open %s with O_DIRECT: its file system does not support it", path);
    else if (errno == EISDIR)
        error_set(error, ERROR_LOCAL, "%s is a directory", path);
    else
        error_set(error, ERROR_LOCAL, "cannot open %s for %s: %s", path,
            mode == FDPASS_READ    ? "reading"
            : mode == FDPASS_WRITE ? "writing"
                                   : "reading and writing",
            strerror(errno));
    return -1;
}

char *fdpass_absolute(const char *path)
{
    AUTO_FREE char *here = *path == '/' ? NULL : getcwd(NULL, 0);

    return here ? xasprintf("%s/%s", here, path) : xstrdup(path);
}

char *fdpass_describe(const char *path, enum fdpass_mode mode, bool direct)
{
    static const char *const words[] = {"read-only", "write-only", "read-write"};

    return xasprintf("%s (%s%s)", path, words[mode], direct ? ", direct" : "");
}

int64_t fdpass_new_set_id(void)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint32_t)clock_now();
    return (random & INT32_MAX) | 1;
}

json *fdpass_find_sets(const json *fdsets, const char *opaque)
{
    json *found = json_new_array();

    json_each (set, fdsets) {
        int64_t id;
        bool ours = false;

        json_each (descriptor, json_get(set, "fds")) {
            const char *its = json_get_string(descriptor, "opaque");

            ours = ours || (its && strcmp(its, opaque) == 0);
        }
        if (ours && json_get_int(set, "fdset-id", &id))
            json_append(found, json_new_int(id));
    }
    return found;
}

/* The set counts as there while it holds a descriptor. */
static bool set_present(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *sets = session_ask(session, "query-fdsets", NULL, error);
    int64_t wanted = 0, id;

    *present = false;
    json_get_int(step->arguments, "fdset-id", &wanted);
    json_each (set, sets)
        if (json_get_int(set, "fdset-id", &id) && id == wanted &&
            json_count(json_get(set, "fds")) > 0)
            *present = true;
    return sets;
}

struct step *fdpass_add_set(struct steps *steps, struct session *session, int64_t id, int fd,
    const char *name, const char *opaque)
{
    json *arguments = json_new_object(), *inverse = json_new_object();
    AUTO_FREE char *what = xasprintf("fdset %lld", (long long)id);
    struct step *step;

    json_add_int(arguments, "fdset-id", id);
    json_add_string(arguments, "opaque", opaque);
    json_add_int(inverse, "fdset-id", id);
    /* Up to 7.2 remove-fd on a paused VM says {} and keeps the descriptor. */
    step = steps_add(steps, "add-fd", arguments, session_major(session) < 10 ? STEP_VERIFY : 0);
    step_undo_by(step, what, "remove-fd", inverse, set_present);
    step_pass(step, fd, name);
    return step;
}

struct step *fdpass_close_set(struct steps *steps, struct step *set, unsigned flags)
{
    struct step *step =
        steps_add(steps, "remove-fd", json_copy(set->inverse_arguments), flags | STEP_TIDY);

    step->closes = set;
    return step;
}

struct step *fdpass_add_name(struct steps *steps, const char *fdname, int fd, const char *name)
{
    json *arguments = json_new_object();
    AUTO_FREE char *what = xasprintf("descriptor %s", fdname);
    struct step *step;

    json_add_string(arguments, "fdname", fdname);
    step = steps_add(steps, "getfd", arguments, 0);
    step_undo_by(step, what, "closefd", json_copy(arguments), NULL);
    step_pass(step, fd, name);
    return step;
}
