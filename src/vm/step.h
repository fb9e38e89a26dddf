/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step: an operation as a list of messages with their inverses.
 *
 * The steps are sent in order, all of a stretch in one write where no answer is needed in between.
 * When one fails, or the person interrupts, the inverses of those that took effect run from the
 * last to the first; after a cut or a time-out the VM is asked first what is true. A step that
 * succeeded and is marked as the commit point ends the danger: what fails after it is reported, not
 * undone. With dry_run nothing is sent: each step becomes one JSON line for report->plan.
 *
 * The error of a failed run tells in `undone` and `left` what became of the parts.
 */
#ifndef QMPBOX_VM_STEP_H
#define QMPBOX_VM_STEP_H

#include "qmp/session.h"

enum step_flags {
    STEP_WAIT = 1,    /* sent only after everything before it has been answered */
    STEP_COMMIT = 2,  /* once it has succeeded nothing is undone any more */
    STEP_TIDY = 4,    /* its failure is noted and does not fail the operation */
    STEP_VERIFY = 8,  /* after its inverse, ask whether the part is really gone */
    STEP_QUIET = 16,  /* with STEP_TIDY: its failure is to be expected and not even noted */
    STEP_URGENT = 32, /* its inverse runs before all others */
};

struct step;

/* Asks the VM whether what the step makes is there now. */
typedef bool step_present(
    struct session *session, const struct step *step, bool *present, struct error *error);

/* Takes back what the step made where its inverse command alone does not do it. */
typedef bool step_take_back(struct session *session, const struct step *step, struct error *error);

/* What must have happened after the step's reply before the next one is sent. */
typedef bool step_settle(struct session *session, const struct step *step, struct error *error);

enum step_state { STEP_UNSENT, STEP_SENT, STEP_DONE, STEP_REFUSED };

struct step {
    char *command;
    json *arguments;
    unsigned flags;
    struct session *session; /* where it goes; NULL: to the one that the steps are run on */
    int fd;                  /* rides on the message; -1 for none */
    char *fd_name;           /* what a person calls it: its path and mode */
    char *what;              /* what the step makes: "node d1" */
    char *inverse;           /* NULL: nothing to undo */
    json *inverse_arguments; /* or a list of them: with take_back the command has to be said often;
                              * with take_back and none it has no inverse that could be printed */
    step_present *present;
    step_take_back *take_back; /* NULL: the inverse is sent */
    step_settle *settle;       /* NULL: the reply is all; else the next step needs STEP_WAIT */
    struct step *closes;       /* a step that needs no inverse once this one has succeeded */

    enum step_state state;
    uint64_t ticket;
    struct message *reply; /* of a step that is done */
    struct step *next;
    struct step *before;
};

struct steps {
    struct step *first;
    struct step *last;
};

void steps_free(struct steps *steps);
#define AUTO_STEPS AUTO(steps_free)

/* Adds a step at the end; arguments are taken over, the step is borrowed. */
struct step *steps_add(struct steps *steps, const char *command, json *arguments, unsigned flags);

/* Says what the step makes and how it is taken away again; arguments are taken over. */
void step_undo_by(struct step *step, const char *what, const char *command, json *arguments,
    step_present *present);

/* Gives the step a descriptor, taken over, which a person knows as name. */
void step_pass(struct step *step, int fd, const char *name);

/* Was a removal refused because there is nothing of the name to be removed? */
bool step_was_gone(const struct error *error);

/* Runs or (dry_run) prints them all. */
bool steps_run(struct steps *steps, struct session *session, bool dry_run, struct error *error);

/* After a run that failed: has its commit point taken effect all the same? */
bool steps_took_effect(const struct steps *steps);

#endif
