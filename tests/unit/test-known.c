/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which QEMUs have a command (FACTS, section 11). */
#include "qmp/known.h"
#include "tap.h"

static void check_command(const char *name, const char *versions)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    bool known = known_command(name, &text);

    ok(known == (versions != NULL), "%s is %s", name, versions ? "a command" : "no command");
    is_string(text_string(&text), versions ? versions : "", "of these versions");
    ok(known_command(name, NULL) == known, "without asking for the versions, too");
}

static void check_event(const char *name, const char *versions)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    ok(known_event(name, &text) == (versions != NULL), "%s is %s", name,
        versions ? "an event" : "no event");
    is_string(text_string(&text), versions ? versions : "", "of these versions");
}

int main(void)
{
    AUTO_TEXT struct text sentence = TEXT_EMPTY;

    check_command("query-status", "5.2, 7.2, 10.0 and 11.1");
    check_command("blockdev-reopen", "7.2, 10.0 and 11.1");
    check_command("blockdev_reopen", "7.2, 10.0 and 11.1");
    check_command("device-add", "5.2, 7.2, 10.0 and 11.1");
    check_command("migrate_set_speed", "5.2");
    check_command("migrate-set-speed", "5.2");
    check_command("block-job-change", "10.0 and 11.1");
    check_command("qom-list-get", "11.1");
    check_command("query-migrationthreads", "10.0");
    check_command("blockdev-reope", NULL);
    check_command("blockdev-reopen2", NULL);
    check_command("Query-status", NULL);
    check_command("STOP", NULL);
    check_command("", NULL);

    check_event("STOP", "5.2, 7.2, 10.0 and 11.1");
    check_event("DEVICE-UNPLUG-GUEST-ERROR", "7.2, 10.0 and 11.1");
    check_event("MEM_UNPLUG_ERROR", "5.2 and 7.2");
    check_event("stop", NULL);
    check_event("query-status", NULL);

    text_add_string(&sentence, "in ");
    known_command("set-action", &sentence);
    is_string(text_string(&sentence), "in 7.2, 10.0 and 11.1", "the versions are added");

    return done_testing();
}
