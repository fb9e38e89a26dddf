/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: a whole question, sent, waited for and judged, over a session.
 *
 * An error that QEMU answered becomes one of kind refused, or unsupported where the command is not
 * there.
 */
#ifndef QMPBOX_QMP_ASK_H
#define QMPBOX_QMP_ASK_H

#include "qmp/session.h"

/* session_wait(), with QEMU's error made an error of kind refused or unsupported. */
bool session_result(
    struct session *session, uint64_t ticket, struct message **reply, struct error *error);

/* Sends and waits for the result. */
bool session_execute(struct session *session, const char *command, const json *arguments,
    struct message **reply, struct error *error);

/* The same, as a tree of what came in `return`, which the caller frees; NULL on failure. */
json *session_ask(struct session *session, const char *command, const json *arguments,
    struct error *error) MUST_CHECK;
json *session_answer(struct session *session, uint64_t ticket, struct error *error) MUST_CHECK;

#endif
