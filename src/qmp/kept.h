/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kept: answers that are the same for as long as the program of the QEMU is, asked once and cached
 * beside its schema.
 */
#ifndef QMPBOX_QMP_KEPT_H
#define QMPBOX_QMP_KEPT_H

#include "qmp/schema.h"

/*
 * The return of the command with these arguments (or NULL), from the cache or asked for; the caller
 * frees. NULL as session_ask() fails; kind unsupported where it is not cached and the schema has no
 * session.
 */
json *kept_answer(struct schema *schema, const char *command, const json *arguments,
    struct error *error) MUST_CHECK;

#endif
