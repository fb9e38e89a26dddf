/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qom: the object model of a VM, as a tree.
 *
 * An object's document is {"name", "path", "type", "properties": [{"name", "type", "value"}],
 * "children": [documents]}, each list in the order of the names. A property that cannot be read has
 * no value; a link's is the path of what it points to, and is not followed; a secret's is "***" and
 * is not even asked for where each value is a question of its own. Only what is asked of the VM is
 * bounded: the depth, and the number of questions.
 */
#ifndef QMPBOX_VM_QOM_H
#define QMPBOX_VM_QOM_H

#include "qmp/session.h"

enum {
    QOM_DEPTH = 64,              /* objects below the first: nothing real is deeper than ten */
    QOM_QUESTIONS = 1024 * 1024, /* a machine with two CPUs has 300 objects, 2,500 properties */
};

struct qom_limits {
    int64_t depth; /* levels below the first object; at most QOM_DEPTH */
    bool values;   /* read them */
};

/*
 * The document of the object at `path` and of all below it, which the caller frees. *cut: the
 * bounds of this room have left something out. A path that leads nowhere is kind refused, and the
 * error names the nearest one.
 */
json *qom_tree(struct session *session, const char *path, const struct qom_limits *limits,
    bool *cut, struct error *error) MUST_CHECK;

/* The type inside "child<TYPE>" or "link<TYPE>", which the caller frees; NULL for another type. */
char *qom_inner_type(const char *type, const char *outer) MUST_CHECK;

#endif
