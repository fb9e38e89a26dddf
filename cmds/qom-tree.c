/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "ui/table.h"
#include "vm/qom.h"

#include <string.h>

struct qom_tree_options {
    const char *path;
    struct count depth;
    bool no_values;
};

/* "addr = 8", "parent_bus -> /machine/q35/pcie.0", or the name with why there is no more. */
static void add_property(struct tree *tree, const json *property, bool values)
{
    const json *value = json_get(property, "value");
    AUTO_FREE char *target = qom_inner_type(json_get_string(property, "type"), "link");
    AUTO_TEXT struct text line = TEXT_EMPTY;
    AUTO_FREE char *nested = NULL;

    text_add_shown(&line, json_get_string(property, "name"));
    if (!values) {
        text_add_string(&line, ": ");
        text_add_shown(&line, json_get_string(property, "type"));
    } else if (!value) {
        text_add_string(&line, " (cannot be read)");
    } else if (target && json_is_string(value)) {
        text_add_string(&line, " -> ");
        text_add_shown(&line, *json_string(value) ? json_string(value) : "nothing");
    } else {
        nested = json_to_string(value);
        text_add_string(&line, " = ");
        text_add_shown(&line, json_is_string(value) ? json_string(value) : nested);
    }
    tree_add(tree, text_string(&line));
}

static char *object_line(const json *object, const char *name)
{
    struct text line = TEXT_EMPTY;

    text_add_shown(&line, json_get_string(object, name));
    text_add_string(&line, "  <");
    text_add_shown(&line, json_get_string(object, "type"));
    text_add_char(&line, '>');
    return text_take(&line);
}

/* The depth is bounded by qom_tree(). */
static void add_object(struct tree *tree, const json *object, bool values)
{
    json_each (property, json_get(object, "properties"))
        if (strcmp(json_get_string(property, "name"), "type") != 0)
            add_property(tree, property, values);
    json_each (child, json_get(object, "children")) {
        AUTO_FREE char *line = object_line(child, "name");

        add_object(tree_add(tree, line), child, values);
    }
}

static void show(const json *value, bool values, const struct output *output, struct text *text)
{
    AUTO_FREE char *line = object_line(value, "path");
    AUTO_TREE struct tree *tree = tree_new(line);

    add_object(tree, value, values);
    tree_print(tree, output->width, text);
}

static void view_values(const json *value, const struct output *output, struct text *text)
{
    show(value, true, output, text);
}

static void view_types(const json *value, const struct output *output, struct text *text)
{
    show(value, false, output, text);
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct qom_tree_options *tree = options;
    const char *path = tree->path ? tree->path : "/";
    struct qom_limits limits = {
        tree->depth.given ? tree->depth.value : QOM_DEPTH, !tree->no_values};
    struct session *session;
    json *document;
    bool cut = false;

    if (!options_check_text("PATH", path, error))
        return false;
    if (!*path)
        return error_set(error, ERROR_USAGE, "PATH is empty; the whole tree is /");
    session = context_session(context, error);
    document = session ? qom_tree(session, path, &limits, &cut, error) : NULL;
    if (!document)
        return false;
    if (cut)
        context_note(context, "the tree is deeper or larger than is shown: name a PATH inside it");
    return context_result(context, document, limits.values ? view_values : view_types);
}

static const struct option options[] = {
    OPTION_COUNT(struct qom_tree_options, depth, "depth", 0, "N",
        "how many levels of objects below PATH; 0 is PATH alone"),
    OPTION_FLAG(struct qom_tree_options, no_values, "no-values", 0,
        "the names and types of the properties, without asking for the values"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_OPTIONAL(struct qom_tree_options, path, "PATH",
        "of an object (default /); a device's id is enough", COMPLETES_QOM_PATH),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp qom-tree d1", "the device d1 and all that is inside it"},
    {"-s /run/vm.qmp qom-tree /machine --depth 0", "the properties of the machine"},
    {"-s /run/vm.qmp qom-tree --no-values", "every object, and what it has"},
    {NULL, NULL},
};

QMPBOX_COMMAND(qom_tree) = {
    .name = "qom-tree",
    .group = "Devices",
    .summary = "the tree of QEMU's objects, with their values",
    .description =
        "Prints an object of QEMU's object model (QOM) with its properties, and the objects below "
        "it. A link to another object is shown with its path and not followed. A property that "
        "cannot be read says so; one that holds a secret is \"***\".\n\n"
        "Values are read one by one, 64 questions at a time, where QEMU has no qom-list-get, and "
        "QEMU reads questions slowly: the whole tree of a machine takes some seconds then. On a "
        "terminal lines that are too long are cut; --json has all of each. At most 64 levels and a "
        "million questions are asked; a note says when that was not enough.\n\n"
        "A PATH may be a part of one that is unambiguous. One that leads nowhere is refused, "
        "status 1, and the nearest is named.\n\n"
        "With --json it is an object with name, path, type, properties (a list of name, type and "
        "value; no value where it cannot be read) and children, a list of such objects.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct qom_tree_options),
    .needs = (const char *const[]){"qom-list", "qom-get", NULL},
    .timeout = 60,
    .run = run,
};
