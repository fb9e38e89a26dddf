/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/node.h"

#include "qmp/ask.h"

#include <string.h>

static const char peripheral[] = "/machine/peripheral/";

/*
 * What ends with SIGSEGV when it is asked for its nodes while such a job has concluded, well or
 * not, that nobody has dismissed: 5.2 a backup's, 7.2 a stream's (and so, it is thought, 5.2).
 * Neither was seen on 10.0 and 11.1; what is between was not tried.
 */
static bool is_deadly(int major, const json *job)
{
    const char *type = json_get_string(job, "type"), *status = json_get_string(job, "status");

    if (!type || !status || strcmp(status, "concluded") != 0)
        return false;
    return strcmp(type, "stream") == 0 || (major < 7 && strcmp(type, "backup") == 0);
}

bool node_may_ask(struct session *session, struct error *error)
{
    enum { SAFE = 10 };
    AUTO_JSON json *jobs = NULL;

    if (session_is_agent(session) || session_major(session) >= SAFE)
        return true;
    jobs = session_ask(session, "query-jobs", NULL, error);
    json_each (job, jobs) {
        const char *id = json_get_string(job, "id"), *type = json_get_string(job, "type");

        if (id && is_deadly(session_major(session), job))
            return error_set(error, ERROR_FAILED,
                "the %s %s has concluded and is not dismissed yet, and QEMU %s would end if it "
                "were asked for its block nodes now; job-dismiss id=%s first",
                type, id, session_version(session), id);
    }
    return jobs;
}

static bool node_present(
    struct session *session, const struct step *step, bool *present, struct error *error)
{
    AUTO_JSON json *flat = json_new_object();
    AUTO_JSON json *nodes = NULL;

    json_add_bool(flat, "flat", true);
    if (!node_may_ask(session, error))
        return false;
    nodes = session_ask(session, "query-named-block-nodes", flat, error);
    *present = json_find(nodes, "node-name", json_get_string(step->arguments, "node-name"));
    return nodes;
}

struct step *node_add_step(struct steps *steps, json *arguments, unsigned flags)
{
    const char *name = json_get_string(arguments, "node-name");
    AUTO_FREE char *what = xasprintf("node %s", name);
    struct step *step = steps_add(steps, "blockdev-add", arguments, flags);
    json *inverse = json_new_object();

    json_add_string(inverse, "node-name", name);
    step_undo_by(step, what, "blockdev-del", inverse, node_present);
    return step;
}

/* Is the block backend's qdev that of the device? virtio gives a path below it, others the id. */
static bool belongs_to(const char *qdev, const char *id)
{
    size_t length = strlen(id);

    if (strcmp(qdev, id) == 0)
        return true;
    if (strncmp(qdev, peripheral, sizeof(peripheral) - 1) != 0)
        return false;
    qdev += sizeof(peripheral) - 1;
    return strncmp(qdev, id, length) == 0 && (qdev[length] == '/' || !qdev[length]);
}

/*
 * Is this entry of query-block the backend of the device? While the device is leaving it has no
 * qdev any more, but still holds the node.
 */
bool node_is_backend(const json *block, const char *id, const struct strings *nodes)
{
    const char *qdev = json_get_string(block, "qdev");
    const char *drive = json_get_string(block, "device");
    const char *node = json_get_string(json_get(block, "inserted"), "node-name");

    if (qdev)
        return belongs_to(qdev, id);
    return nodes && (!drive || !*drive) && node && strings_have(nodes, node);
}

char *node_block_id(const json *block)
{
    const char *qdev = json_get_string(block, "qdev"), *drive = json_get_string(block, "device");

    if (qdev && strncmp(qdev, peripheral, sizeof(peripheral) - 1) == 0) {
        qdev += sizeof(peripheral) - 1;
        return xstrndup(qdev, strcspn(qdev, "/"));
    }
    if (qdev && *qdev && (*qdev != '/' || !drive || !*drive))
        return xstrdup(qdev);
    return xstrdup(drive && *drive ? drive : "?");
}

char *node_device_of(const char *backend)
{

    if (strncmp(backend, peripheral, sizeof(peripheral) - 1) != 0)
        return xasprintf("device %s", backend);
    backend += sizeof(peripheral) - 1;
    return xasprintf("device %.*s", (int)strcspn(backend, "/"), backend);
}

/* The node of a format driver that has this file, by the file's name; NULL when it has no name. */
static const char *node_of_file(const json *nodes, const char *filename)
{
    json_each (node, nodes) {
        const char *its = json_get_string(json_get(node, "image"), "filename");
        const char *driver = json_get_string(node, "drv");
        const char *name = json_get_string(node, "node-name");

        if (its && driver && name && strcmp(its, filename) == 0 && strcmp(driver, "file") != 0 &&
            strcmp(driver, "host_device") != 0 && name[0] != '#')
            return name;
    }
    return NULL;
}

void node_add_chain(const json *nodes, const json *image, struct strings *names)
{
    for (; image; image = json_get(image, "backing-image")) {
        const char *filename = json_get_string(image, "filename");
        const char *name = filename ? node_of_file(nodes, filename) : NULL;

        if (name && !strings_have(names, name))
            strings_add(names, name);
    }
}
