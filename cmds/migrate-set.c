/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/words.h"
#include "ui/migration.h"
#include "vm/migrateset.h"

struct migrate_set {
    struct strings words;
};

/* One whole object is as good as its members, each a word. */
static bool take_words(const struct strings *given, struct strings *words, struct error *error)
{
    AUTO_JSON json *whole = NULL;

    if (!words_settle(given, NULL, words, &whole, error))
        return false;
    json_each (member, whole) {
        AUTO_FREE char *value = json_to_string(member);

        strings_printf(words, "%s:=%s", json_key(member), value);
    }
    return words->count ||
           error_set(error, ERROR_USAGE,
               "what is to be set? Give capabilities and parameters, such as auto-converge=on or "
               "max-bandwidth=200M; qmpbox query-migrate-parameters shows them");
}

static bool run(struct context *context, void *target, struct error *error)
{
    const struct migrate_set *options = target;
    AUTO_STRINGS struct strings words = {0};
    AUTO_MIGRATESET struct migrateset set = {NULL, NULL};
    AUTO_STEPS struct steps steps = {NULL, NULL};
    struct session *session;
    json *now;

    if (!take_words(&options->words, &words, error))
        return false;
    session = context_session(context, error);
    if (!session || !migrateset_type(session, &words, &set, error) ||
        !migrateset_add_steps(&steps, session, &set, error) ||
        !steps_run(&steps, session, context_dry_run(context), error))
        return false;
    if (context_dry_run(context))
        return true;
    now = migrateset_read_back(session, &set, error);
    return now ? context_result(context, now, view_migrate_settings)
               : error_prefix(error, "they are set, but could not be read back");
}

static const struct argument arguments[] = {
    ARGUMENT_REST(struct migrate_set, words, "NAME=VALUE",
        "a capability (on or off) or a parameter, as this QEMU has them", COMPLETES_SETTING),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp migrate-set max-bandwidth=200M downtime-limit=500",
        "bytes and milliseconds, also while a migration is under way"},
    {"-s /run/vm.qmp migrate-set multifd=on multifd-channels=4", "a capability and a parameter"},
    {"-s /run/vm.qmp migrate-set auto-converge=off --dry-run", "what would be sent"},
    {NULL, NULL},
};

QMPBOX_COMMAND(migrate_set) = {
    .name = "migrate-set",
    .group = "Migration",
    .summary = "set capabilities and parameters of migrations, in one list",
    .description =
        "QEMU has two commands for what belongs together: migrate-set-capabilities, of things that "
        "are on or off, and migrate-set-parameters. Here a name is looked for in both, in the "
        "schema of the QEMU at the other end, and its value is checked by it before anything is "
        "sent. Only what differs from what holds is set; where one part is refused, what was set "
        "before it is set back. The result is what holds then, read back.\n\n"
        "What is set stays set for every migration that follows, until QEMU ends. A migration that "
        "is under way takes parameters, such as max-bandwidth, and refuses capabilities. Both "
        "sides "
        "need the same capabilities in most cases. What one migration alone needs is given to "
        "qmpbox migrate with --set, which sets it back afterwards.\n\n"
        "max-bandwidth and its kin are bytes a second (200M are 200 MiB), downtime-limit is in "
        "milliseconds. Nested values go by dots, or as JSON (block-bitmap-mapping:=[...]); that "
        "one alone can never be unset again. An empty value (tls-creds=) sets none.\n\n"
        "With --json the result is one object, the names with their values.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct migrate_set),
    .needs = (const char *const[]){"migrate-set-capabilities", "migrate-set-parameters",
        "query-migrate-capabilities", "query-migrate-parameters", "query-qmp-schema", NULL},
    .timeout = 30,
    .dry_run = true,
    .run = run,
};
