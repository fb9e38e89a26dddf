/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/step.h"

#include "qmp/ask.h"

#include <stdlib.h>
#include <string.h>

static void free_step(struct step *step)
{
    free(step->command);
    json_free(step->arguments);
    close_fd(&step->fd);
    free(step->fd_name);
    free(step->what);
    free(step->inverse);
    json_free(step->inverse_arguments);
    message_free(step->reply);
    free(step);
}

void steps_free(struct steps *steps)
{
    while (steps->first) {
        struct step *step = steps->first;

        steps->first = step->next;
        free_step(step);
    }
    steps->last = NULL;
}

struct step *steps_add(struct steps *steps, const char *command, json *arguments, unsigned flags)
{
    struct step *step = xcalloc(1, sizeof(*step));

    step->command = xstrdup(command);
    step->arguments = arguments;
    step->flags = flags;
    step->fd = -1;
    step->before = steps->last;
    if (steps->last)
        steps->last->next = step;
    else
        steps->first = step;
    steps->last = step;
    return step;
}

void step_undo_by(struct step *step, const char *what, const char *command, json *arguments,
    step_present *present)
{
    step->what = xstrdup(what);
    step->inverse = xstrdup(command);
    step->inverse_arguments = arguments;
    step->present = present;
}

void step_pass(struct step *step, int fd, const char *name)
{
    step->fd = fd;
    step->fd_name = xstrdup(name);
}

bool step_was_gone(const struct error *error)
{
    static const char *const ways[] = {"Failed to find node", "Cannot find node", "not found"};

    for (size_t i = 0; error->desc && i < sizeof(ways) / sizeof(ways[0]); i++)
        if (error->kind == ERROR_REFUSED && strstr(error->desc, ways[i]))
            return true;
    return false;
}

static json *make_message(const char *command, const json *arguments)
{
    json *message = json_new_object();

    json_add_string(message, "execute", command);
    if (arguments && json_count(arguments))
        json_add(message, "arguments", json_copy(arguments));
    return message;
}

static json *make_inverse(const struct step *step)
{
    json *list;

    if (!json_is_array(step->inverse_arguments))
        return make_message(step->inverse, step->inverse_arguments);
    list = json_new_array();
    json_each (arguments, step->inverse_arguments)
        json_append(list, make_message(step->inverse, arguments));
    return list;
}

static void print_plan(const struct steps *steps, const struct report *report)
{
    for (const struct step *step = steps->first; step; step = step->next) {
        AUTO_JSON json *line = json_new_object();
        AUTO_TEXT struct text masked = TEXT_EMPTY;
        AUTO_FREE char *text = NULL;

        if (step->session)
            json_add_string(line, "socket", session_address(step->session));
        json_add(line, "message", make_message(step->command, step->arguments));
        if (step->fd_name)
            json_add_string(line, "descriptor", step->fd_name);
        if (step->inverse && (step->inverse_arguments || !step->take_back))
            json_add(line, "inverse", make_inverse(step));
        text = json_to_string(line);
        transcript_mask(
            &masked, transcript_subject(step->command, step->arguments), text, strlen(text));
        report->plan(report->data, text_string(&masked));
    }
}

/* Where the step goes. */
static struct session *goes_to(const struct step *step, struct session *session)
{
    return step->session ? step->session : session;
}

/* One stretch: sends from `first` to just before the next step that waits; NULL when it failed. */
static bool send_stretch(
    struct session *session, struct step *first, struct step **after, struct error *error)
{
    struct step *step = first;

    do {
        if (!session_send(goes_to(step, session), step->command, step->arguments,
                steal_fd(&step->fd), &step->ticket, error))
            return false;
        step->state = STEP_SENT;
        step = step->next;
    } while (step && !(step->flags & STEP_WAIT));
    *after = step;
    return true;
}

/* The step's part has been taken away in the course of things. */
static void close_step(struct step *step)
{
    if (step->flags & STEP_VERIFY) {
        step->state = STEP_SENT; /* so QEMU says, but it is asked before this is believed */
    } else {
        free(step->inverse);
        step->inverse = NULL;
    }
}

static bool receive_stretch(
    struct session *session, struct step *first, const struct step *after, struct error *error)
{
    for (struct step *step = first; step != after; step = step->next) {
        struct error why = {0};

        if (session_result(goes_to(step, session), step->ticket, &step->reply, &why)) {
            step->state = STEP_DONE;
            if (step->closes)
                close_step(step->closes);
            if (!step->settle || error->kind || step->settle(session, step, error))
                continue;
            step->state = STEP_SENT; /* what is left of it is asked for before it is taken back */
            return false;
        }
        if (why.kind == ERROR_REFUSED || why.kind == ERROR_UNSUPPORTED)
            step->state = STEP_REFUSED;
        if ((step->flags & STEP_TIDY) && why.kind != ERROR_INTERRUPTED) {
            const char *what = step->closes ? step->closes->what
                               : step->what ? step->what
                                            : step->command;

            if (!(step->flags & STEP_QUIET))
                report_note(session_report(session), "%s may be left: %s", what, why.message);
            error_free(&why);
        } else if (!error->kind) {
            error_move(error, &why); /* the first one counts; the others follow from it */
        }
        error_free(&why);
        if (step->state == STEP_SENT && error->kind)
            return false;
    }
    return !error->kind;
}

bool steps_took_effect(const struct steps *steps)
{
    for (const struct step *step = steps->first; step; step = step->next)
        if ((step->flags & STEP_COMMIT) && step->state == STEP_DONE)
            return true;
    return false;
}

/* Asks what became of the commit point when its reply is missing; it is done then, for the caller
 * to see. */
static bool commit_took_effect(struct session *session, struct steps *steps)
{
    for (struct step *step = steps->first; step; step = step->next) {
        struct error why = {0};
        bool present = false;

        if (!(step->flags & STEP_COMMIT) || step->state != STEP_SENT || !step->present)
            continue;
        if (!step->present(session, step, &present, &why))
            error_free(&why);
        if (!present)
            continue;
        step->state = STEP_DONE;
        return true;
    }
    return false;
}

/* Names the part as left, with the reason; true when that is that the VM does not answer. */
static bool leave(struct error *error, const struct step *step, struct error *why)
{
    bool hung = why->kind == ERROR_TIMEOUT || why->kind == ERROR_INTERRUPTED;

    strings_printf(&error->left, "%s (%s)", step->what, why->message ? why->message : "not known");
    error_free(why);
    return hung;
}

static bool take_back(struct session *session, const struct step *step, struct error *error)
{
    AUTO_MESSAGE struct message *reply = NULL;

    return step->take_back
               ? step->take_back(session, step, error)
               : session_execute(session, step->inverse, step->inverse_arguments, &reply, error);
}

static bool took_effect(const struct step *step)
{
    return step->inverse && (step->state == STEP_DONE || step->state == STEP_SENT);
}

/* What the step itself had to name as left ("job j1 (pending)") before it was taken back. */
static void forget_left(struct error *error, const char *what)
{
    AUTO_STRINGS struct strings left = error->left;
    size_t length = strlen(what);

    error->left = (struct strings){0};
    for (size_t i = 0; i < left.count; i++)
        if (strncmp(left.item[i], what, length) != 0 ||
            (left.item[i][length] && left.item[i][length] != ' '))
            strings_add(&error->left, left.item[i]);
}

/* True when it is of no use to ask the VM for more. */
static bool undo_step(
    struct session *session, const struct step *step, bool ask, struct error *error)
{
    struct error why = {0};
    bool present = true;

    if (ask && step->present && !step->present(session, step, &present, &why))
        return leave(error, step, &why);
    if (!present)
        return false;
    if (!take_back(session, step, &why)) {
        if (step->present || why.kind != ERROR_REFUSED)
            return leave(error, step, &why);
        /* What cannot be asked for (a monitor's descriptor) and cannot be removed is not there. */
        error_free(&why);
        return false;
    }
    if ((step->flags & STEP_VERIFY) && step->present) {
        present = false;
        if (!step->present(session, step, &present, &why))
            error_free(&why);
        if (present) {
            error_set(&why, ERROR_REFUSED,
                "this QEMU keeps it while the VM is paused, and drops it once the VM runs and no "
                "monitor is in use");
            return leave(error, step, &why);
        }
    }
    forget_left(error, step->what);
    strings_printf(&error->undone, "%s", step->what);
    return false;
}

/* Was the step's part perhaps taken away by one that has had no answer? */
static bool maybe_closed(const struct step *step)
{
    for (const struct step *other = step->next; other; other = other->next)
        if (other->closes == step && other->state == STEP_SENT)
            return true;
    return false;
}

/* Before all else: somebody stands still meanwhile. */
static void undo_urgent(struct steps *steps, struct session *session, struct error *error)
{
    for (struct step *step = steps->last; step; step = step->before) {
        struct session *its = goes_to(step, session);
        struct error why = {0};
        bool cut = !session_is_open(its);

        if (!(step->flags & STEP_URGENT) || !took_effect(step))
            continue;
        session_set_deadline(its, CLOCK_NEVER);
        if (cut && !session_reopen(its, &why))
            leave(error, step, &why);
        else
            undo_step(its, step, cut || step->state == STEP_SENT, error);
        step->state = STEP_UNSENT;
    }
}

/* From the last to the first. */
static void undo_rest(struct steps *steps, struct session *session, bool cut, struct error *error)
{
    bool hung = false;

    for (const struct step *step = steps->last; step; step = step->before) {
        bool ask = cut || step->state == STEP_SENT || maybe_closed(step);

        if (!took_effect(step))
            continue;
        if (hung)
            strings_printf(&error->left, "%s (not known)", step->what);
        else
            hung = undo_step(goes_to(step, session), step, ask, error);
    }
}

/* Is a step that closes this one unsent, or without a good answer? */
static bool closer_pending(const struct steps *steps, const struct step *closed)
{
    for (const struct step *step = steps->first; step; step = step->next)
        if (step->closes == closed && step->state != STEP_DONE)
            return true;
    return false;
}

/*
 * The operation has taken effect, and what it needed on the way is still to be taken away: that is
 * no undoing. What stays is named as left.
 */
static void close_rest(struct steps *steps, struct session *session, struct error *error)
{
    AUTO_ERROR struct error closed = {0};
    bool hung = false;

    for (struct step *step = steps->first; step; step = step->next) {
        if (!took_effect(step) || !closer_pending(steps, step))
            continue;
        if (hung)
            strings_printf(&error->left, "%s (not known)", step->what);
        else
            hung = undo_step(session, step, true, &closed);
        step->state = STEP_UNSENT;
    }
    for (size_t i = 0; i < closed.left.count; i++)
        strings_add(&error->left, closed.left.item[i]);
}

static void undo(struct steps *steps, struct session *session, struct error *error)
{
    int64_t deadline = session_deadline(session);
    bool unanswered = error->kind != ERROR_REFUSED && error->kind != ERROR_UNSUPPORTED;
    struct error why = {0};
    bool cut;

    /* What interrupted us, or the end of our time, must not stop the undoing; a second signal may.
     */
    (void)loop_forgive(session_loop(session));
    session_set_deadline(session, CLOCK_NEVER);
    undo_urgent(steps, session, error);
    cut = !session_is_open(session);
    if (cut && !session_reopen(session, &why)) {
        for (const struct step *step = steps->last; step; step = step->before)
            if (took_effect(step))
                strings_printf(&error->left, "%s (not known: %s)", step->what, why.message);
        error_free(&why);
    } else if (unanswered && commit_took_effect(session, steps)) {
        error_append(error, "; the VM says that it did take effect, so nothing was undone");
        close_rest(steps, session, error);
    } else {
        undo_rest(steps, session, cut, error);
    }
    session_set_deadline(session, deadline);
}

/* Past the commit point the operation has happened: the rest is told, not undone. */
static void note_rest(struct steps *steps, struct session *session, struct error *error)
{
    const struct report *report = session_report(session);
    struct error why = {0};

    report_note(report, "done, but then: %s", error->message);
    error_free(error);
    if (session_is_open(session) || session_reopen(session, &why))
        close_rest(steps, session, error);
    error_free(&why);
    for (size_t i = 0; i < error->left.count; i++)
        report_note(report, "left: %s", error->left.item[i]);
    error_free(error);
}

bool steps_run(struct steps *steps, struct session *session, bool dry_run, struct error *error)
{
    struct step *step = steps->first;

    if (dry_run) {
        print_plan(steps, session_report(session));
        return true;
    }
    while (step) {
        struct step *after = NULL;

        if (!send_stretch(session, step, &after, error) ||
            !receive_stretch(session, step, after, error))
            break;
        step = after;
    }
    if (!error->kind)
        return true;
    if (!steps_took_effect(steps)) {
        undo(steps, session, error);
        return false;
    }
    if (error->kind == ERROR_INTERRUPTED) {
        error_append(error, "; it has taken effect, and nothing was undone");
        for (step = steps->first; step; step = step->next)
            if (step->inverse && !(step->flags & STEP_COMMIT))
                if (closer_pending(steps, step))
                    strings_printf(&error->left, "%s (not known)", step->what);
        return false;
    }
    note_rest(steps, session, error);
    return true;
}
