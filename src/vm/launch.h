/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch: a QEMU of our own, with its monitor on a socket pair that nobody else can reach.
 *
 * The words are the program's; what makes the monitor is added behind them (-chardev and -mon, or
 * the storage daemon's --chardev and --monitor). The program reads nothing from the terminal, and
 * ends when we are killed unless it is to be left.
 */
#ifndef QMPBOX_VM_LAUNCH_H
#define QMPBOX_VM_LAUNCH_H

#include "base/process.h"
#include "qmp/session.h"

struct launch;

struct launch_options {
    struct loop *loop;
    const struct strings *words; /* the program and its arguments, at least one */
    bool leave;                  /* it goes on when we are gone; what it prints then is lost */
    void (*heard)(void *data, const char *line); /* gets each line that it prints */
    void *data;
};

/*
 * Starts it and waits until its monitor speaks. Kind local when it cannot be started, failed when
 * it ends before (with the last line that it printed), timeout at the deadline: it is ended then.
 */
struct launch *launch_start(
    const struct launch_options *options, int64_t deadline, struct error *error) MUST_CHECK;

/* Our end of the monitor, as an address (fd:N): valid until launch_free(). */
const char *launch_address(const struct launch *launch);

long launch_process(const struct launch *launch);

/*
 * Ends it: by quit over the session (or NULL) where that is open, else or when it has not ended
 * after ten seconds by TERM, then KILL. Kind failed when it ended otherwise than well.
 */
bool launch_end(struct launch *launch, struct session *session, struct error *error);

/* Ends it if that has not been done, or leaves it if that was wanted. */
void launch_free(struct launch *launch);
DEFINE_CLEANUP(launch, struct launch, launch_free)
#define AUTO_LAUNCH AUTO(cleanup_launch)

#endif
