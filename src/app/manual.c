/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/manual.h"

#include "app/help.h"
#include "app/roff.h"
#include "app/topics.h"
#include "cli/context.h"

#include <stdlib.h>
#include <string.h>

/* In short; qmpbox-words(7) says the rest. */
static const struct term words[] = {
    {"KEY=VALUE",
        "split at the first '='. The QEMU at the other end says of what type the member is (for a "
        "device its properties do), never the looks of the value: node-name=1 is the string 1. "
        "Dots nest (file.driver=file), numbers index lists (server.0.host=a), a repeated key "
        "extends a list. Integers may be written 0x10, 20G or 4KiB"},
    {"VALUE",
        "a bare word gives a mandatory member, in their order (blockdev-del d1, set_link n1 off)"},
    {"{...}, -", "the whole object as JSON, or from standard input, instead of words"},
    {"KEY:=JSON", "JSON as it is"},
    {"KEY=@FILE", "the contents of a file, or with @- of standard input"},
    {"KEY=@fd:NAME, KEY=@fdset:NAME",
        "what QEMU calls a descriptor that is passed, where a subcommand passes some"},
    {NULL, NULL},
};

static const struct example examples[] = {
    {"-s /run/vm.qmp info", "what is at the other end of a monitor"},
    {"-s /run/vm.qmp query-block --json", "QEMU's own answer, for a program"},
    {"-s /run/vm.qmp query-block-exports", "any other command of that QEMU"},
    {"-s /run/vm.qmp blockdev-add --help", "what it takes, as that QEMU explains it"},
    {"-s /run/vm.qmp hotplug-disk d3 disk.img --dry-run",
        "the messages of an operation with their inverses, which are not sent"},
    {NULL, NULL},
};

static void add_options(struct text *text, const struct option *options)
{
    roff_open_list(text);
    for (const struct option *option = options; option && option->name; option++) {
        AUTO_FREE char *meaning = help_option_meaning(option);

        text_add_string(text, ".It ");
        if (option->letter)
            text_printf(text, "Fl %c , ", option->letter);
        text_add_string(text, "Fl -");
        roff_prose(text, option->name);
        if (option->argument)
            text_printf(text, " Ar %s", option->argument);
        text_add_char(text, '\n');
        roff_paragraphs(text, meaning);
    }
    roff_close_list(text);
}

static void add_progress(struct text *text)
{
    text_add_string(text, ".Ss Progress\n");
    roff_paragraphs(text,
        "Where stderr is a terminal that can move its cursor, each job that is watched has a line "
        "there with its status, how much of it is done, its speed over the last seconds and the "
        "time that is left; when it has ended the line stays, with the average speed. What counts "
        "as all of a job may change on the way: 100% is only said of what is ready or has "
        "ended.\n\n"
        "--progress plain gives whole lines instead, one in five seconds of each job and one at "
        "its end, also where stderr is a file or a pipe; there --progress bar is the same. -q and "
        "--progress none show nothing. With --json nothing is shown unless --progress plain (or "
        "bar) is given, and then it is documents.");
}

static void add_agents(struct text *text)
{
    text_add_string(text, ".Ss Guest agents\n");
    roff_paragraphs(text,
        "With --qga a QEMU guest agent is at the other end: the address is the socket of the "
        "chardev whose virtserialport has the name org.qemu.guest_agent.0. Before anything else "
        "the agent is asked to synchronize (guest-sync-delimited), and what an earlier client left "
        "is thrown away; no answer to that within the time of a greeting is status 3. It serves "
        "one client at a time.\n\n"
        "exec and info work with --qga, exec - too; the values of KEY=VALUE are strings, "
        "everything "
        "else is KEY:=JSON. The name of a command is looked up in guest-info before it is sent. A "
        "command that answers only when it fails (guest-shutdown, guest-suspend-*) has a "
        "guest-ping sent behind it: the answer to that, the end of the connection, or 5 seconds of "
        "silence mean that it was done. An agent sends no events, takes no descriptors and "
        "executes nothing out of band. What it says comes from the guest: on a terminal it is "
        "escaped, and nothing in it should be trusted.");
}

static void add_description(struct text *text)
{
    text_add_string(text, ".Sh DESCRIPTION\n");
    roff_paragraphs(text,
        "qmpbox connects to the monitor of a running QEMU, says a few QMP sentences, waits until "
        "the thing is really done, undoes what it did if it is not, and says what happened in "
        "words or, with --json, as one JSON document.\n\n"
        "The rule to remember: KEY=VALUE are QEMU's words, --options are ours.\n\n"
        "A link to the program called qmp-SUBCOMMAND runs that subcommand (--install-links). In "
        "names of subcommands '-' and '_' are the same, and a subcommand that stands for a QMP "
        "command answers to its QMP name too (cont is resume).\n\n"
        "Any other name is a command of the QEMU at the other end, with the options --pass-fd, "
        "--open and --oob of qmpbox-exec: its words are typed and checked by that QEMU's schema, "
        "its answer is shown by its shape (a list of objects is a table, an object pairs, what "
        "nests a tree; sizes and times are readable, and exact with --json), and NAME --help "
        "explains it as qmpbox schema NAME does. A name that neither this program nor the QEMU "
        "knows is status 2, one that only other QEMUs know status 6.");
}

static void add_subcommands(struct text *text)
{
    text_add_string(
        text, ".Ss Subcommands\nEach has a manual page,\n.Xr qmpbox\\-SUBCOMMAND 1 .\n");
    roff_open_list(text);
    for (size_t g = 0; help_groups[g]; g++)
        for (size_t i = 0; i < command_count(); i++)
            if (strcmp(command_at(i)->group, help_groups[g]) == 0)
                roff_item(text, command_at(i)->name, command_at(i)->summary);
    roff_close_list(text);
}

static void add_calling(struct text *text)
{
    text_add_string(
        text, ".Ss Global options\nThey are accepted before and after the subcommand.\n");
    add_options(text, global_options);
    text_add_string(text, ".Ss Addresses\nThe forms of ADDRESS, more about which is in\n"
                          ".Xr qmpbox\\-address 7 :\n");
    roff_terms(text, help_addresses);
    text_add_string(text, ".Ss QEMU's words\nIn short; all of it is in\n.Xr qmpbox\\-words 7 :\n");
    roff_terms(text, words);
    text_add_string(text, ".Pp\n");
    roff_paragraphs(text,
        "A wrong name, type or value and a missing member are refused before anything is sent, "
        "with the nearest right one.");
    text_add_string(text, ".Ss Time\n");
    roff_paragraphs(text,
        "Connecting and the greeting have 5 seconds, one reply has 30 (--reply-timeout), and the "
        "whole has the time-out that the page of the subcommand names (--timeout).");
    text_add_string(text, ".Ss What is undone, and what is left\n");
    roff_paragraphs(text,
        "When an operation of several steps fails, \"undone\" names the parts that it had made and "
        "took away again, and \"left\" those that are still in the VM, with the reason.\n\n"
        "Secrets (passwords, the data of secret objects) are left out of --verbose and --log.");
}

static void add_see_also(struct text *text)
{
    text_add_string(text, ".Sh SEE ALSO\n");
    for (size_t i = 0; i < command_count(); i++) {
        AUTO_FREE char *page = xasprintf("qmpbox-%s", command_at(i)->name);

        roff_see(text, page, 1, false);
    }
    for (const struct topic *topic = topics; topic->name; topic++) {
        AUTO_FREE char *page = xasprintf("qmpbox-%s", topic->name);

        roff_see(text, page, 7, !topic[1].name);
    }
}

static char *of_program(void)
{
    struct text text = TEXT_EMPTY;

    roff_head(&text, "qmpbox", 1, "speak QMP, the QEMU Machine Protocol, to virtual machines");
    text_add_string(&text, ".Sh SYNOPSIS\n.Nm\n.Op Ar GLOBAL ...\n.Ar SUBCOMMAND\n"
                           ".Op Ar ARGUMENT | KEY=VALUE | \\-\\-OPTION ...\n"
                           ".Nm qmp\\-SUBCOMMAND\n.Op Ar ARGUMENT ...\n");
    add_description(&text);
    add_subcommands(&text);
    add_calling(&text);
    add_progress(&text);
    add_agents(&text);
    text_add_string(&text,
        ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev QMPBOX_SOCKET\nThe address "
        "when no\n.Fl -socket\nis given.\n.It Ev XDG_CACHE_HOME\nWhere the folder\n"
        ".Pa qmpbox\nis in which what a QEMU says of its schema and its devices "
        "is kept, for the\nprogram that said it; default\n.Pa ~/.cache .\nIt may "
        "be removed at any time.\nOne that another user owns or can write is not "
        "used.\n.It Ev XDG_STATE_HOME\nWhere the folder\n.Pa qmpbox\nis in which the "
        "prompt keeps its history; default\n.Pa ~/.local/state .\n.It Ev NO_COLOR\nIf it is set "
        "and not empty, nothing is coloured unless\n.Fl -color\nsays so.\n.El\n.Sh EXIT STATUS\n");
    roff_terms(&text, topic_statuses);
    text_add_string(&text,
        ".Pp\nErrors are one line on stderr, then what was undone and what is left.\nWith\n"
        ".Fl -json\neach line there is a JSON document, see\n.Xr qmpbox\\-json 7 .\n");
    roff_examples(&text, examples);
    add_see_also(&text);
    return text_take(&text);
}

/* Does the subcommand take QEMU's words? */
static bool takes_words(const struct command *command)
{
    for (const struct argument *argument = command->arguments; argument && argument->name;
         argument++)
        if (strstr(argument->name, "=VALUE"))
            return true;
    for (const struct option *option = command->options; option && option->name; option++)
        if (text_is(option->argument, "KEY=VALUE"))
            return true;
    return false;
}

static char *of_command(const struct command *command)
{
    struct text text = TEXT_EMPTY;
    AUTO_FREE char *title = xasprintf("qmpbox-%s", command->name);
    AUTO_FREE char *sentence = help_timeout(command);

    roff_head(&text, title, 1, command->summary);
    text_printf(&text, ".Sh SYNOPSIS\n.Nm qmpbox\n.Op Ar GLOBAL ...\n.Cm %s\n", command->name);
    for (const struct argument *argument = command->arguments; argument && argument->name;
         argument++)
        text_printf(&text, ".%sAr %s%s\n", argument->optional ? "Op " : "", argument->name,
            argument->kind == ARGUMENT_KIND_ONE ? "" : " ...");
    if (command->options)
        text_add_string(&text, ".Op Ar OPTION ...\n");
    text_add_string(&text, ".Sh DESCRIPTION\n");
    if (command->qmp_name)
        text_printf(&text, "(QMP:\n.Ic %s . )\n", command->qmp_name);
    roff_paragraphs(&text, command->description);
    text_add_string(&text, ".Pp\n");
    roff_paragraphs(&text, sentence);
    if (command->arguments && command->arguments->name) {
        text_add_string(&text, ".Ss Arguments\n");
        roff_open_list(&text);
        for (const struct argument *argument = command->arguments; argument->name; argument++)
            roff_item(&text, argument->name, argument->help);
        roff_close_list(&text);
    }
    if (command->options) {
        text_add_string(&text, ".Ss Options\n");
        add_options(&text, command->options);
    }
    if (command->needs) {
        text_add_string(&text, ".Ss QMP commands\nIt uses\n");
        for (size_t i = 0; command->needs[i]; i++)
            text_printf(&text, ".Ic %s %s\n", command->needs[i], command->needs[i + 1] ? "," : ".");
    }
    text_add_string(&text, ".Sh EXIT STATUS\nAs in\n.Xr qmpbox 1 .\n");
    roff_examples(&text, command->examples);
    text_add_string(&text, ".Sh SEE ALSO\n");
    roff_see(&text, "qmpbox", 1, false);
    roff_see(&text, "qmpbox-address", 7, false);
    roff_see(&text, "qmpbox-json", 7, !takes_words(command));
    if (takes_words(command))
        roff_see(&text, "qmpbox-words", 7, true);
    return text_take(&text);
}

static char *of_topic(const struct topic *topic)
{
    struct text text = TEXT_EMPTY;
    AUTO_FREE char *title = xasprintf("qmpbox-%s", topic->name);

    roff_head(&text, title, 7, topic->summary);
    text_add_string(&text, ".Sh DESCRIPTION\n");
    for (const struct topic_section *section = topic->sections; section->prose; section++) {
        if (section->title) {
            text_add_string(&text, ".Ss ");
            roff_prose(&text, section->title);
            text_add_char(&text, '\n');
        }
        roff_paragraphs(&text, section->prose);
        if (section->terms)
            roff_terms(&text, section->terms);
        if (section->rest) {
            text_add_string(&text, ".Pp\n");
            roff_paragraphs(&text, section->rest);
        }
    }
    roff_examples(&text, topic->examples);
    text_add_string(&text, ".Sh SEE ALSO\n");
    roff_see(&text, "qmpbox", 1, false);
    for (const struct topic *other = topics; other->name; other++) {
        AUTO_FREE char *page = xasprintf("qmpbox-%s", other->name);

        if (other != topic)
            roff_see(&text, page, 7, !other[1].name || (other + 1 == topic && !topic[1].name));
    }
    return text_take(&text);
}

char *manual_page(const char *name, struct error *error)
{
    const char *tail = strncmp(name, "qmpbox-", 7) == 0 ? name + 7 : name;
    const struct command *command = command_find(tail);
    const struct topic *topic = topic_find(tail);

    if (strcmp(name, "qmpbox") == 0)
        return of_program();
    if (command)
        return of_command(command);
    if (topic)
        return of_topic(topic);
    error_set(error, ERROR_USAGE, "there is no manual page for '%s'", name);
    return NULL;
}
