/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/help.h"

#include "cli/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const help_groups[] = {
    "Session", "Run state", "Devices", "CPU, memory, machine", "Block", "Migration", NULL};

const struct term help_addresses[] = {
    {"/path, ./path, unix:PATH", "a unix socket; a path longer than sun_path works too"},
    {"@NAME", "a unix socket in the abstract name space"},
    {"tcp:HOST:PORT, HOST:PORT", "a TCP socket; an IPv6 address in brackets"},
    {"fd:N", "a connected socket that was inherited as descriptor N"},
    {"pid:N", "the monitor of the VM that is process N of this host"},
    {"NAME",
        "the monitor of the VM of this name on this host, as qmpbox ls shows it; of several "
        "monitors the first that nobody is seen to hold. An existing socket goes before it, and "
        "several VMs of one name are refused"},
    {NULL, NULL},
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

char *help_option_meaning(const struct option *option)
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
        AUTO_FREE char *meaning = help_option_meaning(option);

        add_entry(text, term, meaning);
    }
}

char *help_timeout(const struct command *command)
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
    for (size_t g = 0; help_groups[g]; g++)
        add_group(&text, help_groups[g]);
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
        AUTO_FREE char *sentence = help_timeout(command);

        text_printf(
            &text, "\n%s\nThe global options (qmpbox --help) are accepted here too.\n", sentence);
    }
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
