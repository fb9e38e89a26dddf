/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/backing.h"

#include "vm/realpath.h"

#include <string.h>

enum { DEPTH = 200 }; /* the longest chain that is followed */

const char *backing_image(const struct graph *graph, const char *node)
{
    const char *below = graph_filtered(graph, node);

    for (int depth = 0; below && depth < DEPTH; depth++) {
        node = below;
        below = graph_filtered(graph, node);
    }
    return node;
}

const char *backing_format(const struct graph *graph, const char *node)
{
    return json_get_string(graph_node(graph, backing_image(graph, node)), "drv");
}

const char *backing_file_node(const struct graph *graph, const char *node)
{
    const char *child = graph_child(graph, node, "file");

    for (int depth = 0; child && depth < 16; depth++) {
        node = child;
        child = graph_child(graph, node, "file");
    }
    return node;
}

static const char *file_name(const struct graph *graph, const char *file)
{
    const json *node = graph_node(graph, file);
    const char *name = json_get_string(json_get(node, "image"), "filename");

    return name ? name : json_get_string(node, "file");
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
    if (!utf8_valid(name, strlen(name)))
        return error_set(error, ERROR_USAGE,
            "%s: %s is not UTF-8 and cannot be told to QEMU: give the file another name, such as a "
            "link",
            option, name);
    return true;
}

static char *find_name(
    struct session *session, const struct graph *graph, const char *image, int depth);

/* What the header of the overlay says, when that is the very file that QEMU has open. */
static char *by_header(struct session *session, const struct graph *graph, const char *image,
    const char *file, int depth)
{
    const char *overlay = graph_overlay(graph, image);
    const json *its = json_get(graph_node(graph, overlay ? overlay : ""), "image");
    const char *header = json_get_string(its, "backing-filename");
    AUTO_FREE char *beside = NULL;
    AUTO_FREE char *name = NULL;

    if (!header || strstr(header, ":"))
        return NULL;
    if (*header == '/') {
        name = xstrdup(header);
    } else {
        beside = find_name(session, graph, overlay, depth + 1);
        if (!beside || !strrchr(beside, '/'))
            return NULL;
        name = xasprintf("%.*s%s", (int)(strrchr(beside, '/') + 1 - beside), beside, header);
    }
    return realpath_is_open(session, graph->nodes, file, name) ? steal_pointer(&name) : NULL;
}

/* The real name, or NULL; the overlays above are asked for theirs. */
static char *find_name(
    struct session *session, const struct graph *graph, const char *image, int depth)
{
    const char *file = backing_file_node(graph, image), *name = file_name(graph, file);
    char *found;

    if (!name || !*name || depth > DEPTH || strncmp(name, "json:", 5) == 0)
        return NULL;
    if (realpath_fdset(name)) {
        found = realpath_of_fdset(session, graph->nodes, file);
        return found ? found : by_header(session, graph, image, file, depth);
    }
    return *name == '/' || strstr(name, "://") ? xstrdup(name)
                                               : realpath_of_relative(session, name);
}

char *backing_name(struct session *session, const struct graph *graph, const char *node,
    const char *option, struct error *error)
{
    const char *image = backing_image(graph, node);
    const char *name = file_name(graph, backing_file_node(graph, image));
    char *found = find_name(session, graph, image, 0);

    if (!found)
        error_set(error, ERROR_USAGE,
            "the real name of the image on node %s is not known (QEMU calls it %s): say it with %s",
            image, name && *name ? name : "nothing", option);
    return found;
}
