/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/lending.h"

#include "qmp/ask.h"
#include "vm/backing.h"
#include "vm/fdpass.h"
#include "vm/realpath.h"

#include <stdlib.h>
#include <string.h>

bool lending_is_wanted(const struct error *error)
{
    return error->kind == ERROR_REFUSED && error->desc &&
           (strstr(error->desc, "dup FD for /dev/fdset/") || strstr(error->desc, "matching flags"));
}

/* The id of the set that the node's file is on. */
static bool set_of(const struct graph *graph, const char *node, int64_t *set, struct error *error)
{
    const char *file = backing_file_node(graph, node);
    const json *image = json_get(graph_node(graph, file), "image");
    const char *digits = realpath_fdset(json_get_string(image, "filename"));
    char *end;

    *set = digits ? strtoll(digits, &end, 10) : 0;
    return (digits && end != digits && !*end) ||
           error_set(error, ERROR_UNSUPPORTED, "the node %s is on no fdset", node);
}

bool lending_add(struct steps *steps, struct session *session, const struct graph *graph,
    const char *node, const char *path, int64_t *set, struct error *error)
{
    const json *cache = json_get(graph_node(graph, node), "cache");
    bool direct = json_get_bool(cache, "direct", false);
    AUTO_FREE char *name =
        path ? xstrdup(path) : backing_name(session, graph, node, "backing-file=PATH", error);
    AUTO_FREE char *opaque = xasprintf("qmpbox:%s", node);
    AUTO_FREE char *writing = NULL;
    AUTO_FREE char *reading = NULL;
    AUTO_FD int both = -1;
    AUTO_FD int read_only = -1;
    struct step *step;

    if (!name || !session_can_pass(session, "add-fd", error) || !set_of(graph, node, set, error) ||
        (both = fdpass_open(name, FDPASS_BOTH, direct, error)) < 0 ||
        (read_only = fdpass_open(name, FDPASS_READ, direct, error)) < 0)
        return error_prefix(error, "the base %s was passed read-only", node);
    writing = fdpass_describe(name, FDPASS_BOTH, direct);
    reading = fdpass_describe(name, FDPASS_READ, direct);
    step = fdpass_add_set(steps, session, *set, steal_fd(&both), writing, opaque);
    /* The inverse of the first takes out both. */
    step = steps_add(steps, "add-fd", json_copy(step->arguments), 0);
    step_pass(step, steal_fd(&read_only), reading);
    return true;
}

/* Up to 7.2 a paused VM keeps them, and with them the lock that the job took. */
static void note_kept(struct session *session, int64_t set)
{
    struct error ignored = {0};
    AUTO_JSON json *sets = session_ask(session, "query-fdsets", NULL, &ignored);
    int64_t id;

    error_free(&ignored);
    json_each (entry, sets)
        if (json_get_int(entry, "fdset-id", &id) && id == set && json_count(json_get(entry, "fds")))
            report_note(session_report(session),
                "QEMU %s keeps the descriptors of fdset %lld while the VM is paused; until it runs "
                "and no monitor is in use, another job on that image may find it locked",
                session_version(session), (long long)set);
}

void lending_end(struct session *session, int64_t set)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};
    json *arguments = json_new_object();
    struct error ignored = {0};
    struct step *step = steps_add(&steps, "remove-fd", arguments, STEP_TIDY);

    json_add_int(arguments, "fdset-id", set);
    step->what = xasprintf("fdset %lld", (long long)set);
    (void)steps_run(&steps, session, false, &ignored);
    error_free(&ignored);
    if (session_major(session) < 10)
        note_kept(session, set);
}
