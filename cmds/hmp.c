/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/context.h"
#include "qmp/ask.h"

#include <string.h>

struct hmp {
    struct strings line;
    struct count cpu;
};

/*
 * The human monitor answers everything with a text, errors too, and their wording is no contract.
 * Only this one is the same since long before 5.2, and no command prints it otherwise.
 */
static bool known(const struct message *reply, struct error *error)
{
    static const char unknown[] = "unknown command: '";
    struct slice value = {"null", 4};
    AUTO_JSON json *tree = NULL;
    const char *string;

    (void)message_get(reply, "return", &value);
    tree = json_parse(value.bytes, value.length, error);
    if (!tree)
        return false;
    string = json_string(tree);
    if (!string || strncmp(string, unknown, sizeof(unknown) - 1) != 0)
        return true;
    return error_set(
        error, ERROR_REFUSED, "the human monitor says: %.*s", (int)strcspn(string, "\r\n"), string);
}

static bool run(struct context *context, void *options, struct error *error)
{
    const struct hmp *hmp = options;
    AUTO_TEXT struct text line = TEXT_EMPTY;
    AUTO_JSON json *arguments = json_new_object();
    AUTO_MESSAGE struct message *reply = NULL;
    struct session *session;

    for (size_t i = 0; i < hmp->line.count; i++)
        text_printf(&line, "%s%s", i ? " " : "", hmp->line.item[i]);
    if (!text_string(&line)[strspn(text_string(&line), " \t\r\n")])
        return error_set(error, ERROR_USAGE, "the line is empty");
    if (!options_check_text("the line", text_string(&line), error))
        return false;
    json_add_string(arguments, "command-line", text_string(&line));
    if (hmp->cpu.given)
        json_add_int(arguments, "cpu-index", hmp->cpu.value);
    session = context_session(context, error);
    return session && session_execute(session, "human-monitor-command", arguments, &reply, error) &&
           known(reply, error) && context_reply(context, steal_pointer(&reply), NULL);
}

static const struct option options[] = {
    OPTION_COUNT(struct hmp, cpu, "cpu", 0, "N",
        "the CPU that the command is about, by its index (registers, memory by virtual address)"),
    OPTION_END,
};

static const struct argument arguments[] = {
    ARGUMENT_LINE(struct hmp, line, "LINE",
        "the command; its words are joined by one blank, and options end at the first",
        COMPLETES_HMP),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"-s /run/vm.qmp hmp info block -v", "the -v belongs to the human monitor"},
    {"-s /run/vm.qmp hmp --cpu 1 info registers", "the registers of the second CPU"},
    {"-s /run/vm.qmp hmp drive_del drive0", "what QMP has no command for"},
    {NULL, NULL},
};

QMPBOX_COMMAND(hmp) = {
    .name = "hmp",
    .group = "Session",
    .summary = "a command of the human monitor, for what QMP lacks",
    .description =
        "Has the VM run one command line of its human monitor (HMP) and prints the text that it "
        "answers. From the first word on everything belongs to that line, also what looks like an "
        "option of this program: options of qmpbox stand before it. With --json it is the string "
        "as it came.\n\n"
        "The human monitor has no errors: when a command fails, its text says so, and the exit "
        "status is 0 all the same. The texts are not stable and nothing is read out of them, but "
        "for one: a command that it does not know is refused, status 1. A CPU that is not there is "
        "QMP's own error, status 1 too.\n\n"
        "A line that names a secret or a password is left out of --verbose and --log.",
    .examples = examples,
    .arguments = arguments,
    .options = options,
    .options_size = sizeof(struct hmp),
    .needs = (const char *const[]){"human-monitor-command", NULL},
    .timeout = 30,
    .run = run,
};
