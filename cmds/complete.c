/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complete: what the shells' completion asks. */
#include "complete/complete.h"

#include "cli/context.h"

struct complete_options {
    struct strings line;
};

/* One line each: "w" for a whole word or "p" for a part, the word, and what it means. */
static void print_candidates(const struct candidates *candidates, struct text *text)
{
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->item[i];

        text_printf(text, "%c\t%s", candidate->part ? 'p' : 'w', candidate->word);
        if (candidate->meaning) {
            text_add_char(text, '\t');
            text_add_shown(text, candidate->meaning);
        }
        text_add_char(text, '\n');
    }
}

static json *make_document(const struct candidates *candidates)
{
    json *list = json_new_array();

    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->item[i];
        json *entry = json_new_object();

        json_add_string(entry, "word", candidate->word);
        json_add_bool(entry, "part", candidate->part);
        if (candidate->meaning)
            json_add_string(entry, "meaning", candidate->meaning);
        json_append(list, entry);
    }
    return list;
}

static bool run(struct context *context, void *options, struct error *error)
{
    struct complete_options *given = options;
    AUTO_CANDIDATES struct candidates candidates = {0};
    AUTO_STRINGS struct strings words = {0};
    struct complete_request request = {.words = &words, .loop = context_loop(context)};

    (void)error;
    request.word = given->line.item[given->line.count - 1];
    for (size_t i = 0; i + 1 < given->line.count; i++)
        strings_add(&words, given->line.item[i]);
    complete(&request, &candidates);
    if (context_output(context)->json)
        return context_result(context, make_document(&candidates), NULL);
    print_candidates(&candidates, &context_output(context)->pending);
    return true;
}

static const struct argument arguments[] = {
    ARGUMENT_LINE(struct complete_options, line, "WORD",
        "the words behind qmpbox up to the cursor; the last is the one to complete, which may be "
        "empty",
        COMPLETES_LINE),
    ARGUMENT_END,
};

static const struct example examples[] = {
    {"complete -- hotplug-", "the subcommands that begin so"},
    {"complete -- -s /run/vm.qmp blockdev-add driver=qcow2 file.",
        "members, as this QEMU has them"},
    {"complete -- -s /run/vm.qmp block-commit ''", "the nodes of the VM, and the members"},
    {NULL, NULL},
};

QMPBOX_COMMAND(complete) = {
    .name = "complete",
    .group = "Session",
    .summary = "what may stand at the cursor, for the completion of the shells",
    .description =
        "Prints what the last WORD may become, one candidate a line: w for a whole word or p for a "
        "part that something follows directly, the word, and where there is one a meaning, with "
        "tabs between. The completions of bash, zsh and fish and the prompt show what is said "
        "here.\n\n"
        "A word that begins with a dash is an option, where it is one. What is QEMU's is taken "
        "from "
        "the schema of the VM that the line names with -s, or that $QMPBOX_SOCKET names: its "
        "commands, their members (mandatory ones first, those that are given left out), the values "
        "of enums, the properties of a device. Members nest with dots; those of a variant come "
        "once the words choose it. Files are listed here, for all shells alike: a folder ends in "
        "'/', hidden ones come behind a dot, a name with a control character is left out.\n\n"
        "The schema is kept in the cache by the VM's address, so that no connection is made for it "
        "once a run or a completion has asked for it. It is that of the QEMU which was there then; "
        "the next connection puts it right. Nodes, devices, jobs and other things that live in the "
        "VM are asked for. All that has 150 milliseconds: what is not known by then is not "
        "offered, and nothing waits for a monitor that another client holds. Only questions are "
        "sent. Nothing fails, and nothing is said on stderr: where nothing is known nothing is "
        "printed, with status 0.",
    .examples = examples,
    .arguments = arguments,
    .options_size = sizeof(struct complete_options),
    .run = run,
};
