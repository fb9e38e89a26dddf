/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/help.h"

#include "cli/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANUAL_DATE "November 22, 2026"

static const char *const groups[] = {
    "Session", "Run state", "Devices", "CPU, memory, machine", "Block", "Migration", NULL};

static const struct {
    const char *status;
    const char *meaning;
} statuses[] = {
    {"0", "done; for a question: yes"},
    {"1", "refused: QEMU answered with an error"},
    {"2", "usage: wrong words; nothing was sent that changes the VM"},
    {"3", "connect: no connection, no greeting (and who holds the monitor), no negotiation"},
    {"4", "timeout: no reply, or no outcome, in time; the outcome is open"},
    {"5", "protocol: the connection broke, or what came is not QMP"},
    {"6", "unsupported: this QEMU lacks a command, member or device that is needed"},
    {"7", "failed: it ran and failed, such as an unplug that the guest refused"},
    {"8", "local: a file, device, permission or memory on this side"},
    {"9", "partial: several VMs, and some failed"},
    {"10", "no: a question was answered no"},
    {"129, 130, 141, 143",
        "interrupted by SIGHUP, SIGINT, a closed pipe on stdout (quietly), SIGTERM; after undoing"},
};

static const struct {
    const char *address;
    const char *meaning;
} addresses[] = {
    {"/path, ./path, unix:PATH", "a unix socket; a path longer than sun_path works too"},
    {"@NAME", "a unix socket in the abstract name space"},
    {"tcp:HOST:PORT, HOST:PORT", "a TCP socket; an IPv6 address in brackets"},
    {"fd:N", "a connected socket that was inherited as descriptor N"},
    {"pid:N", "the monitor of the VM that is process N of this host"},
    {"NAME",
        "the monitor of the VM of this name on this host, as qmpbox ls shows it; of several "
        "monitors the first that nobody is seen to hold. An existing socket goes before it, and "
        "several VMs of one name are refused"},
};

static const struct {
    const char *word;
    const char *meaning;
} words[] = {
    {"KEY=VALUE",
        "split at the first '='. The QEMU at the other end says of what type the member is (for a "
        "device its properties do), never the looks of the value: node-name=1 is the string 1. "
        "A member that exists as written wins, else dots nest (file.driver=file) and numbers index "
        "lists (server.0.host=a); a repeated key extends a list. Where a string or a number will "
        "do it is a string. A wrong name, type or value and a missing member are refused before "
        "anything is sent, with the nearest right one"},
    {"VALUE", "one bare word, for a command with exactly one mandatory member (blockdev-del d1)"},
    {"{...}, -", "the whole object as JSON, or from standard input, instead of words"},
    {"KEY:=JSON", "JSON as it is"},
    {"KEY=@FILE", "the contents of a file, or with @- of standard input"},
    {"KEY=@fd:NAME, KEY=@fdset:NAME",
        "what QEMU calls a descriptor that is passed, where a subcommand passes some"},
};

char *help_version(void)
{
    return xasprintf("qmpbox %s\nlibcjson %s\n", PACKAGE_VERSION, json_library_version());
}

/* Usage */

static void add_synopsis(struct text *text, const struct command *command)
{
    text_printf(text, "qmpbox [GLOBAL]... %s", command->name);
    for (const struct argument *argument = command->arguments; argument && argument->name;
         argument++)
        text_printf(text, argument->optional ? " [%s]%s" : " %s%s", argument->name,
            argument->kind == ARGUMENT_KIND_ONE ? "" : "...");
    if (command->options)
        text_add_string(text, " [OPTION]...");
}

static void add_wrapped(struct text *text, const char *words_of, size_t indent, size_t column)
{
    enum { RIGHT = 90 };

    while (*words_of) {
        size_t length = strcspn(words_of, " ");

        if (column > indent && column + 1 + length > RIGHT) {
            text_printf(text, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            text_add_char(text, ' ');
            column++;
        }
        text_add(text, words_of, length);
        column += length;
        words_of += length;
        words_of += strspn(words_of, " ");
    }
    text_add_char(text, '\n');
}

/* A term and what it means, the meaning wrapped beside or below it. */
static void add_entry(struct text *text, const char *term, const char *meaning)
{
    enum { INDENT = 30 };

    text_printf(text, "  %s", term);
    if (strlen(term) + 4 > INDENT)
        text_printf(text, "\n%*s", INDENT, "");
    else
        text_printf(text, "%*s", INDENT - 2 - (int)strlen(term), "");
    add_wrapped(text, meaning, INDENT, INDENT);
}

static char *option_term(const struct option *option)
{
    AUTO_FREE char *letter = option->letter ? xasprintf("-%c, ", option->letter) : xstrdup("    ");

    return xasprintf("%s--%s%s%s", letter, option->name, option->argument ? " " : "",
        option->argument ? option->argument : "");
}

static char *option_meaning(const struct option *option)
{
    struct text text = TEXT_EMPTY;

    text_add_string(&text, option->help);
    /* Choices that the help's own words do not name already. */
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        if (strstr(option->help, option->choices[0]) == NULL || i > 0)
            if (strstr(option->help, option->choices[i]) == NULL)
                text_printf(&text, "%s%s", i ? ", " : ": ", option->choices[i]);
    return text_take(&text);
}

static void add_options(struct text *text, const struct option *options)
{
    for (const struct option *option = options; option && option->name; option++) {
        AUTO_FREE char *term = option_term(option);
        AUTO_FREE char *meaning = option_meaning(option);

        add_entry(text, term, meaning);
    }
}

static char *timeout_sentence(const struct command *command)
{
    if (!command->timeout)
        return xstrdup("There is no time-out unless --timeout gives one.");
    return xasprintf("The default of --timeout is %d seconds.", command->timeout);
}

/* The subcommands of a group, under its title unless there are none. */
static void add_group(struct text *text, const char *group)
{
    bool titled = false;

    for (size_t i = 0; i < command_count(); i++) {
        if (strcmp(command_at(i)->group, group) != 0)
            continue;
        if (!titled)
            text_printf(text, "\n%s:\n", group);
        titled = true;
        add_entry(text, command_at(i)->name, command_at(i)->summary);
    }
}

static char *program_usage(void)
{
    struct text text = TEXT_EMPTY;

    text_add_string(&text, "Usage: qmpbox [GLOBAL]... SUBCOMMAND [ARGUMENT | KEY=VALUE | "
                           "--OPTION]...\n\nSpeaks QMP, the QEMU Machine Protocol, to virtual "
                           "machines.\nKEY=VALUE are QEMU's words, --options are ours.\n");
    for (size_t g = 0; groups[g]; g++)
        add_group(&text, groups[g]);
    text_add_string(&text, "\nGlobal options, before or after the subcommand:\n");
    add_options(&text, global_options);
    text_add_string(&text, "\nAny other command of the QEMU at the other end is a subcommand too.\n"
                           "qmpbox SUBCOMMAND --help says more; so does the manual.\n");
    return text_take(&text);
}

char *help_usage(const struct command *command)
{
    struct text text = TEXT_EMPTY;

    if (!command)
        return program_usage();
    text_add_string(&text, "Usage: ");
    add_synopsis(&text, command);
    text_printf(&text, "\n\n%s", command->name);
    if (command->qmp_name)
        text_printf(&text, " (%s)", command->qmp_name);
    text_printf(&text, ": %s\n", command->summary);
    for (const struct argument *argument = command->arguments; argument && argument->name;
         argument++) {
        if (argument == command->arguments)
            text_add_string(&text, "\nArguments:\n");
        add_entry(&text, argument->name, argument->help);
    }
    if (command->options) {
        text_add_string(&text, "\nOptions:\n");
        add_options(&text, command->options);
    }
    if (command->examples)
        text_add_string(&text, "\nExamples:\n");
    for (const struct example *example = command->examples; example && example->what; example++)
        text_printf(&text, "  qmpbox %s\n      %s\n", example->line, example->what);
    {
        AUTO_FREE char *sentence = timeout_sentence(command);

        text_printf(
            &text, "\n%s\nThe global options (qmpbox --help) are accepted here too.\n", sentence);
    }
    return text_take(&text);
}

/* Manual pages, in mdoc */

static void roff(struct text *text, const char *prose)
{
    bool line_start = !text->length || text->bytes[text->length - 1] == '\n';

    for (; *prose; prose++) {
        if (line_start && (*prose == '.' || *prose == '\''))
            text_add_string(text, "\\&");
        if (*prose == '\\')
            text_add_string(text, "\\e");
        else if (*prose == '-')
            text_add_string(text, "\\-");
        else
            text_add_char(text, *prose);
        line_start = *prose == '\n';
    }
}

/* Paragraphs, each sentence on a line of its own as roff wants it. */
static void roff_paragraphs(struct text *text, const char *prose)
{
    while (*prose) {
        const char *end = strstr(prose, "\n\n");
        AUTO_FREE char *paragraph = end ? xstrndup(prose, (size_t)(end - prose)) : xstrdup(prose);

        for (char *at = paragraph; *at; at++)
            if ((*at == '.' || *at == ':') && at[1] == ' ' && at[2] >= 'A' && at[2] <= 'Z')
                at[1] = '\n';
        roff(text, paragraph);
        text_add_char(text, '\n');
        if (!end)
            return;
        text_add_string(text, ".Pp\n");
        prose = end + 2;
    }
}

static void roff_item(struct text *text, const char *term, const char *meaning)
{
    text_add_string(text, ".It ");
    roff(text, term);
    text_add_char(text, '\n');
    roff_paragraphs(text, meaning);
}

static void roff_options(struct text *text, const struct option *options)
{
    text_add_string(text, ".Bl -tag -width Ds\n");
    for (const struct option *option = options; option && option->name; option++) {
        AUTO_FREE char *meaning = option_meaning(option);

        text_add_string(text, ".It ");
        if (option->letter)
            text_printf(text, "Fl %c , ", option->letter);
        text_add_string(text, "Fl -");
        roff(text, option->name);
        if (option->argument)
            text_printf(text, " Ar %s", option->argument);
        text_add_char(text, '\n');
        roff_paragraphs(text, meaning);
    }
    text_add_string(text, ".El\n");
}

static void roff_head(struct text *text, const char *title, const char *summary)
{
    text_printf(text, ".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
                      ".\\\" Made from the declarations in the source by ./dev man.\n"
                      ".Dd " MANUAL_DATE "\n.Dt ");
    for (const char *at = title; *at; at++)
        text_add_char(text, *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at);
    text_printf(text, " 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", title);
    roff(text, summary);
    text_add_char(text, '\n');
}

static void roff_examples(struct text *text, const struct example *examples)
{
    if (!examples)
        return;
    text_add_string(text, ".Sh EXAMPLES\n");
    for (const struct example *example = examples; example->what; example++) {
        AUTO_FREE char *what = xstrdup(example->what);

        if (what[0] >= 'a' && what[0] <= 'z')
            what[0] = (char)(what[0] - 'a' + 'A');
        roff(text, what);
        text_add_string(text, ":\n.Bd -literal -offset indent\n");
        roff(text, "qmpbox ");
        roff(text, example->line);
        text_add_string(text, "\n.Ed\n.Pp\n");
    }
    /* mandoc wants no paragraph before the next section. */
    text->length -= 4;
    text->bytes[text->length] = '\0';
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
        "--progress none show nothing.\n\n"
        "With --json nothing is shown unless --progress plain (or bar) is given. Then it is "
        "documents, one in a second of each job and one at its end: "
        "{\"progress\":{\"what\":\"m1\",\"type\":\"mirror\",\"status\":\"running\","
        "\"current\":1048576,\"total\":4194304,\"bytes-per-second\":1048576,"
        "\"seconds-left\":3,\"ended\":false}}. What is not known is left out, and what counts no "
        "bytes has per-second instead.");
}

static char *program_manual(void)
{
    struct text text = TEXT_EMPTY;

    roff_head(&text, "qmpbox", "speak QMP, the QEMU Machine Protocol, to virtual machines");
    text_add_string(&text, ".Sh SYNOPSIS\n.Nm\n.Op Ar GLOBAL ...\n.Ar SUBCOMMAND\n"
                           ".Op Ar ARGUMENT | KEY=VALUE | \\-\\-OPTION ...\n"
                           ".Nm qmp\\-SUBCOMMAND\n.Op Ar ARGUMENT ...\n.Sh DESCRIPTION\n");
    roff_paragraphs(&text,
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
    text_add_string(
        &text, ".Ss Subcommands\nEach has a manual page,\n.Xr qmpbox\\-SUBCOMMAND 1 .\n");
    text_add_string(&text, ".Bl -tag -width Ds\n");
    for (size_t g = 0; groups[g]; g++)
        for (size_t i = 0; i < command_count(); i++)
            if (strcmp(command_at(i)->group, groups[g]) == 0)
                roff_item(&text, command_at(i)->name, command_at(i)->summary);
    text_add_string(&text, ".El\n.Ss Global options\nThey are accepted before and after the "
                           "subcommand.\n");
    roff_options(&text, global_options);
    text_add_string(&text, ".Ss Addresses\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        roff_item(&text, addresses[i].address, addresses[i].meaning);
    text_add_string(&text, ".El\n.Ss QEMU's words\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        roff_item(&text, words[i].word, words[i].meaning);
    text_add_string(&text, ".El\n.Pp\n");
    roff_paragraphs(&text,
        "Where an integer is expected it may be written in hexadecimal (0x10) and with K, M, G, T, "
        "P, E or KiB to EiB, "
        "which are powers of 1024. KB to EB are refused, since they mean two things. Booleans are "
        "true, false, on, off, yes and no.\n\n"
        "Integers are exact in both directions, from -2^63 to 2^64-1. A key that is given twice, "
        "bytes that are not UTF-8, and more than 1024 levels of nesting are refused. A number that "
        "overflowed inside QEMU (inf) is printed as 1e999.\n\n"
        "Connecting and the greeting have 5 seconds, one reply has 30 (--reply-timeout), and the "
        "whole "
        "has the time-out that the page of the subcommand names (--timeout).\n\n"
        "When an operation of several steps fails, \"undone\" names the parts that it had made and "
        "took "
        "away again, and \"left\" those that are still in the VM, with the reason.\n\n"
        "Secrets (passwords, the data of secret objects) are left out of --verbose and --log.");
    add_progress(&text);
    text_add_string(&text, ".Ss Guest agents\n");
    roff_paragraphs(&text,
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
    text_add_string(&text,
        ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev QMPBOX_SOCKET\nThe address "
        "when no\n.Fl -socket\nis given.\n.It Ev XDG_CACHE_HOME\nWhere the folder\n"
        ".Pa qmpbox\nis in which what a QEMU says of its schema and its devices "
        "is kept, for the\nprogram that said it; default\n.Pa ~/.cache .\nIt may "
        "be removed at any time.\nOne that another user owns or can write is not "
        "used.\n.El\n.Sh EXIT STATUS\n"
        ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        roff_item(&text, statuses[i].status, statuses[i].meaning);
    text_add_string(&text, ".El\n.Pp\nErrors are one line on stderr, then what was undone and what "
                           "is left.\nWith\n.Fl -json\neach line there is a JSON document.\n");
    text_add_string(&text, ".Sh SEE ALSO\n");
    for (size_t i = 0; i < command_count(); i++) {
        text_add_string(&text, ".Xr qmpbox\\-");
        roff(&text, command_at(i)->name);
        text_add_string(&text, i + 1 < command_count() ? " 1 ,\n" : " 1\n");
    }
    return text_take(&text);
}

char *help_manual(const struct command *command)
{
    struct text text = TEXT_EMPTY;
    AUTO_FREE char *title = NULL;
    AUTO_FREE char *sentence = NULL;

    if (!command)
        return program_manual();
    title = xasprintf("qmpbox-%s", command->name);
    sentence = timeout_sentence(command);
    roff_head(&text, title, command->summary);
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
        text_add_string(&text, ".Ss Arguments\n.Bl -tag -width Ds\n");
        for (const struct argument *argument = command->arguments; argument->name; argument++)
            roff_item(&text, argument->name, argument->help);
        text_add_string(&text, ".El\n");
    }
    if (command->options) {
        text_add_string(&text, ".Ss Options\n");
        roff_options(&text, command->options);
    }
    if (command->needs) {
        text_add_string(&text, ".Ss QMP commands\nIt uses\n");
        for (size_t i = 0; command->needs[i]; i++)
            text_printf(&text, ".Ic %s %s\n", command->needs[i], command->needs[i + 1] ? "," : ".");
    }
    text_add_string(&text, ".Sh EXIT STATUS\nAs in\n.Xr qmpbox 1 .\n");
    roff_examples(&text, command->examples);
    text_add_string(&text, ".Sh SEE ALSO\n.Xr qmpbox 1\n");
    return text_take(&text);
}

/* Links */

bool help_install_links(const char *directory, struct error *error)
{
    AUTO_FREE char *program = realpath("/proc/self/exe", NULL);

    if (!program)
        return error_set(
            error, ERROR_LOCAL, "cannot find this program's own file: %s", strerror(errno));
    for (size_t i = 0; i < command_count(); i++) {
        AUTO_FREE char *path = xasprintf("%s/qmp-%s", directory, command_at(i)->name);
        char old[8];
        bool is_link = readlink(path, old, sizeof(old)) >= 0;

        /* Only a link is replaced: a file of that name is somebody's. */
        if (is_link)
            (void)unlink(path);
        if (symlink(program, path) < 0)
            return error_set(error, ERROR_LOCAL, "cannot make %s: %s", path, strerror(errno));
    }
    return true;
}
