/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * passing: descriptors that a person names for one command, by --pass-fd and --open.
 *
 * A value @fd:NAME stands for the name that getfd gives it on this monitor, @fdset:NAME for its
 * /dev/fdset/N; one that no value names rides on the command itself. What the command has not taken
 * is taken back behind it.
 */
#ifndef QMPBOX_VM_PASSING_H
#define QMPBOX_VM_PASSING_H

#include "qmp/words.h"
#include "vm/step.h"

struct passing;

/*
 * pass: words NAME=N of inherited descriptors; open: NAME[:ro|:rw|:wo][:direct]=PATH. Kind usage or
 * local; nothing is sent.
 */
struct passing *passing_new(
    const struct strings *pass, const struct strings *open, struct error *error) MUST_CHECK;
void passing_free(struct passing *passing);
DEFINE_CLEANUP(passing, struct passing, passing_free)
#define AUTO_PASSING AUTO(cleanup_passing)

/* For struct word_source: what the descriptor will be called; data is the struct passing. */
char *passing_refer(void *data, const char *name, bool set, struct error *error);

/* Are there any descriptors? */
bool passing_any(const struct passing *passing);

/* Can all of them be passed as the values refer to them? Kind usage; nothing is asked. */
bool passing_check(const struct passing *passing, struct error *error);

/*
 * Adds the steps: the descriptors, the command (arguments taken over) and the taking back. *command
 * is its step, borrowed. Kind usage, or local for a descriptor that would end QEMU.
 */
bool passing_add_steps(struct passing *passing, struct steps *steps, struct session *session,
    const char *name, json *arguments, struct step **command, struct error *error);

#endif
