/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stranger: the sentences about a peer that is not what it should be, or that has gone.
 *
 * What it said is shown escaped. Each sets *error, with a sentence that names the address.
 */
#ifndef QMPBOX_QMP_STRANGER_H
#define QMPBOX_QMP_STRANGER_H

#include "json/frame.h"

/*
 * Instead of a greeting these bytes came; kind connect. *error holds what the frame had to say
 * about them.
 */
void stranger_explain(const char *address, struct slice came, struct error *error);

/*
 * The connection ended. rest: bytes of an unfinished message; greeted: whether the peer had greeted
 * before (kind protocol, else connect); shut_down: whether the VM said that it ends.
 */
void stranger_explain_end(
    const char *address, size_t rest, bool greeted, bool shut_down, struct error *error);

#endif
