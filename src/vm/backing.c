/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/backing.h"

#include "vm/realpath.h"

#include <string.h>

const char *backing_image(const struct graph *graph, const char *node)
{
    const char *below;

    while ((below = graph_filtered(graph, node)))
        node = below;
    return node;
}

const char *backing_format(const struct graph *graph, const char *node)
{
    return json_get_string(graph_node(graph, backing_image(graph, node)), "drv");
}

/* The lowest node by "file": the one that opened the file. */
static const char *protocol(const struct graph *graph, const char *node)
{
    const char *child = graph_child(graph, node, "file");

    for (int depth = 0; child && depth < 16; depth++) {
        node = child;
        child = graph_child(graph, node, "file");
    }
    return node;
}

bool backing_check_name(const char *name, const char *option, struct error *error)
{
    if (realpath_fdset(name))
        return error_set(error, ERROR_USAGE,
            "%s: a descriptor has no name that an image's header may hold; give the path of the "
            "file",
            option);
    if (strncmp(name, "json:", 5) == 0)
        return error_set(error, ERROR_USAGE,
            "%s: give the path of the file, not a json: object, which depends on this VM", option);
    return true;
}

char *backing_name(struct session *session, const struct graph *graph, const char *node,
    const char *option, struct error *error)
{
    const char *image = backing_image(graph, node), *file = protocol(graph, image);
    const char *name = json_get_string(json_get(graph_node(graph, file), "image"), "filename");
    char *found = NULL;

    if (!name)
        name = json_get_string(graph_node(graph, file), "file");
    if (realpath_fdset(name))
        found = realpath_of_fdset(session, graph->nodes, file);
    else if (name && *name && strncmp(name, "json:", 5) != 0)
        found = *name == '/' || strstr(name, "://") ? xstrdup(name)
                                                    : realpath_of_relative(session, name);
    if (!found)
        error_set(error, ERROR_USAGE,
            "the real name of the image on node %s is not known (QEMU calls it %s): say it with %s",
            image, name && *name ? name : "nothing", option);
    return found;
}
