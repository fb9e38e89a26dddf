/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey: asks many monitors at once how their VMs do, and lets go of them at once.
 *
 * Each is connected to, greeted, negotiated with, asked query-status and left, all side by side on
 * one loop. A monitor that does not greet and answer by the deadline is left without a word: it is
 * stopped, or somebody else is being served. Nothing is sent to a peer that did not greet as QMP.
 */
#ifndef QMPBOX_QMP_SURVEY_H
#define QMPBOX_QMP_SURVEY_H

#include "base/loop.h"
#include "qmp/transcript.h"

struct survey_question {
    const char *address; /* as vm_monitor has it; borrowed */
    long pid;            /* of the VM that must answer there */
    char *status;        /* what came back, which the caller frees; NULL for no answer */
};

/* Fails only when interrupted; that one VM does not answer is no failure. */
bool survey_run(struct survey_question *list, size_t count, struct loop *loop,
    const struct transcript *transcript, int64_t deadline, struct error *error);

#endif
