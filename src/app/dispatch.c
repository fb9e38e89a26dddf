/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/dispatch.h"

#include "app/help.h"
#include "app/manual.h"
#include "cli/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The words of one run, and what is known of them. */
struct call {
    int argc;
    char *const *argv;
    struct globals *globals;
    struct context_shared *shared; /* or NULL */
    const struct command *command; /* NULL: none was found; its name begins the errors */
};

/* Prints a text that was asked for (help, version…) as a result: whole, and noticed if it fails. */
static int print_text(const struct globals *globals, char *text)
{
    AUTO_FREE char *owned = text;
    AUTO_ERROR struct error error = {0};
    AUTO(output_free) struct output output = {0};

    text_add_string(&output.pending, owned);
    if (output_flush(&output, &error))
        return 0;
    context_print_error(globals, NULL, NULL, &error);
    return error_status(&error);
}

static int print_json(const struct globals *globals, json *value)
{
    AUTO_JSON json *owned = value;
    struct text text = TEXT_EMPTY;

    json_print(owned, &text);
    text_add_char(&text, '\n');
    return print_text(globals, text_take(&text));
}

static int print_version(const struct globals *globals)
{
    json *versions;

    if (!globals->json)
        return print_text(globals, help_version());
    versions = json_new_object();
    json_add_string(versions, "qmpbox", PACKAGE_VERSION);
    json_add_string(versions, "libcjson", json_library_version());
    return print_json(globals, versions);
}

static int print_list(const struct globals *globals)
{
    struct text text = TEXT_EMPTY;

    if (globals->json) {
        json *names = json_new_array();

        for (size_t i = 0; i < command_count(); i++)
            json_append(names, json_new_string(command_at(i)->name));
        return print_json(globals, names);
    }

    for (size_t i = 0; i < command_count(); i++)
        text_printf(&text, "%s\n", command_at(i)->name);
    return print_text(globals, text_take(&text));
}

static int print_manual(const struct globals *globals, struct error *error)
{
    char *page = manual_page(globals->man, error);

    return page ? print_text(globals, page) : -1;
}

/* What is asked for without a subcommand; -1 when it is none of that. */
static int run_global(const struct globals *globals, struct error *error)
{
    if (globals->help)
        return print_text(globals, help_usage(NULL));
    if (globals->version)
        return print_version(globals);
    if (globals->list)
        return print_list(globals);
    if (globals->man)
        return print_manual(globals, error);
    if (globals->install_links)
        return help_install_links(globals->install_links, error) ? 0 : -1;
    return -1;
}

static int run_command(
    const struct call *call, const struct command *command, void *options, struct error *error)
{
    AUTO_CONTEXT struct context *context = context_new(command, call->globals, call->shared, error);

    if (!context)
        return -1;
    if (!command->run(context, options, error)) {
        /* A question that was answered no has an answer on stdout too. */
        struct error ignored = {0};

        if (error->kind == ERROR_NO)
            (void)output_flush(context_output(context), &ignored);
        error_free(&ignored);
        return -1;
    }
    return output_flush(context_output(context), error) ? 0 : -1;
}

/* Reads the words from `at` on, and runs the subcommand. */
static int run_words(const struct call *call, int at, struct error *error)
{
    const struct command *command = call->command;
    struct globals *globals = call->globals;
    AUTO_FREE void *options = xcalloc(1, command->options_size);
    static const struct argument none[] = {ARGUMENT_END};
    struct option_reader reader = {
        .own = {command->options, options},
        .global = {global_options, globals},
        .arguments = command->arguments ? command->arguments : none,
        .argc = call->argc,
        .argv = call->argv,
        .at = at,
    };
    int status = -1;
    bool read = options_read(&reader, error);

    /* Help is given even when the other words are not right yet; the door's is QEMU's to give. */
    if (globals->help) {
        error_free(error);
        if (command != raw_door(""))
            status = print_text(globals, help_usage(command));
    } else if (read) {
        status = run_global(globals, error);
    }
    if (read && status < 0 && !error->kind && !globals->install_links && !globals->help) {
        if (call->shared)
            globals_inherit(globals, call->shared->defaults);
        status = run_command(call, command, options, error);
    }
    options_release(&reader.own, command->arguments);
    return status;
}

static const struct command *find_link(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;

    return strncmp(name, "qmp-", 4) == 0 ? command_find(name + 4) : NULL;
}

static bool unknown_command(const char *name, bool needs_vm, struct error *error)
{
    const char *nearest = command_nearest(name);

    return error_set(error, ERROR_USAGE, "there is no subcommand '%s'%s%s%s%s", name,
        nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "",
        needs_vm ? " (a QMP command of that name needs -s ADDRESS)" : "");
}

/* What names of QMP commands are made of. */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

static bool has_vm(const struct call *call)
{
    return globals_address(call->globals) || (call->shared && call->shared->session);
}

/* A name that is none of ours: a command of the QEMU that is named, or a slip. */
static int run_door(struct call *call, int at, struct error *error)
{
    const char *name = call->command->name, *nearest = command_nearest(name);
    char *const explain[] = {(char *)"", (char *)name, NULL};
    bool plausible = *name && strspn(name, NAME_CHARACTERS) == strlen(name);
    int status = plausible ? run_words(call, at, error) : -1;

    if (!plausible || !has_vm(call)) {
        call->command = NULL;
        unknown_command(name, plausible, error);
        return -1;
    }

    /* Its help is what QEMU's schema says of it. */
    if (call->globals->help) {
        struct call schema = {2, explain, call->globals, call->shared, command_find("schema")};

        call->globals->help = false;
        status = run_words(&schema, 1, error);
    }
    if (error->kind == ERROR_CONNECT && nearest)
        error_append(error, "; there is no subcommand '%s': did you mean '%s'?", name, nearest);
    return status;
}

/* No subcommand: on a terminal with a VM the prompt, else what there is. */
static int run_nothing(struct call *call, struct error *error)
{
    AUTO_FREE char *usage = NULL;

    call->command = command_find("repl");
    if (call->command && call->globals->sockets.count && isatty(STDIN_FILENO) &&
        isatty(STDOUT_FILENO))
        return run_words(call, call->argc, error);
    call->command = NULL;
    usage = help_usage(NULL);
    (void)fputs(usage, stderr);
    return 2;
}

static int start(struct call *call, struct error *error)
{
    struct option_reader reader = {
        .global = {global_options, call->globals},
        .argc = call->argc,
        .argv = call->argv,
        .at = 1,
    };
    int status;

    call->command = find_link(call->argv[0]);
    if (!call->command) {
        if (!options_read(&reader, error))
            return -1;
        status = run_global(call->globals, error);
        if (status >= 0 || error->kind)
            return status;
        if (reader.at == call->argc)
            return run_nothing(call, error);
        call->command = command_find(call->argv[reader.at]);
        if (!call->command) {
            call->command = raw_door(call->argv[reader.at]);
            return run_door(call, reader.at + 1, error);
        }
        reader.at++;
    }
    return run_words(call, reader.at, error);
}

int dispatch(int argc, char *const *argv, struct context_shared *shared)
{
    struct globals globals = {0};
    struct call call = {argc, argv, &globals, shared, NULL};
    AUTO_ERROR struct error error = {0};
    const struct option_set set = {global_options, &globals};
    int status = start(&call, &error);

    if (error.kind) {
        /* A line that is wrong before its defaults were taken in says so as they want it. */
        if (shared)
            globals_inherit(&globals, shared->defaults);
        context_print_error(&globals, call.command, shared ? shared->place : NULL, &error);
        status = error_status(&error);
    }
    options_release(&set, NULL);
    return status;
}
