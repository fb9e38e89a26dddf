/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/transaction.h"

#include "cli/context.h"
#include "qmp/arguments.h"
#include "vm/step.h"

struct transaction {
    struct strings words;
    bool grouped;
};

static bool run(struct context *context, void *target, struct error *error)
{
    const struct transaction *options = target;
    AUTO_STEPS struct steps steps = {NULL, NULL};
    AUTO_STRINGS struct strings words = {0};
    AUTO_JSON json *whole = NULL;
    struct session *session;
    struct step *step;
    json *arguments;

    if (!options->words.count)
        return error_set(error, ERROR_USAGE, "which actions? Name one, then its KEY=VALUE");
    if (!words_settle(&options->words, NULL, &words, &whole, error))
        return false;
    if (whole && options->grouped)
        return error_set(error, ERROR_USAGE, "--grouped: the whole object says it in properties");
    session = context_session(context, error);
    if (!session)
        return false;
    arguments = whole ? arguments_for(session, "transaction", &words, whole, error)
                      : transaction_arguments(session, &words, options->grouped, error);
    if (!arguments)
        return false;
    step = steps_add(&steps, "transaction", arguments, STEP_COMMIT);
    return steps_run(&steps, session, context_dry_run(context), error) &&
           (context_dry_run(context) || context_reply(context, steal_pointer(&step->reply), NULL));
}

static const struct option options[] = {
    OPTION_FLAG(struct transaction, grouped, "grouped", 0,
        "jobs that the actions start stand or fall together"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_REST(struct transaction, words, "ACTION KEY=VALUE",
        "an action and its members; the next word without '=' begins the next action",
        COMPLETES_ACTIONS),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp transaction block-dirty-bitmap-add node=d1 name=b0 block-dirty-bitmap-add "
     "node=d2 name=b0",
        "a bitmap on two disks from the same instant on"},
    {"-s /run/vm.qmp transaction --grouped blockdev-backup device=d1 target=t1 sync=full job-id=j1 "
     "blockdev-backup device=d2 target=t2 sync=full job-id=j2",
        "two backups that stand or fall together"},
    {NULL, NULL},
};

QMPBOX_COMMAND(transaction) = {
    .name = "transaction",
    .group = "Session",
    .summary = "several block operations that take effect together or not at all",
    .description =
        "Sends one transaction. A word without '=' names an action, and the KEY=VALUE behind it "
        "are "
        "its members, as the QEMU at the other end types them (qmpbox schema transaction lists the "
        "actions). When one of them fails QEMU undoes those before it, and nothing is changed; its "
        "error does not say which one failed.\n\n"
        "With --grouped the jobs that the actions start are completed together: when one fails the "
        "others are cancelled. The jobs go on by themselves; wait --job waits for the end of one.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct transaction),
    .needs = (const char *const[]){"transaction", "query-qmp-schema", NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
