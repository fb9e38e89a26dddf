/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transaction: several block operations that take effect together or not at all. */
#ifndef QMPBOX_VM_TRANSACTION_H
#define QMPBOX_VM_TRANSACTION_H

#include "qmp/schema.h"

/*
 * The arguments of QEMU's transaction: each bare word among the (settled) words names an action and
 * the pairs behind it are its members, typed by the schema. grouped: the jobs that the actions
 * start stand or fall together (completion-mode). The caller frees the result; kind usage names the
 * action.
 */
json *transaction_arguments(struct session *session, const struct strings *words, bool grouped,
    struct error *error) MUST_CHECK;

/* Adds the names of all actions. */
void transaction_actions(struct schema *schema, struct strings *names);

/* What an action takes, borrowed, or NULL when there is no such action. */
const json *transaction_action(struct schema *schema, const char *name);

#endif
