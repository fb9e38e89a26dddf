/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that only the prompt has; the rest of completion is in complete.bats. */
#include "cli/command.h"
#include "complete/complete.h"
#include "tap.h"

static bool run(struct context *context, void *target, struct error *error)
{
    (void)context, (void)target, (void)error;
    return true;
}

QMPBOX_COMMAND(exchange) = {
    .name = "exchange",
    .summary = "something of ours",
    .options_size = 1,
    .run = run,
};

/* What is offered, with a blank between. */
static char *offer(struct loop *loop, bool prompt, const char *first, const char *word)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_CANDIDATES struct candidates candidates = {0};
    AUTO_TEXT struct text text = TEXT_EMPTY;
    const struct complete_request request = {
        .words = &words, .word = word, .loop = loop, .prompt = prompt};

    if (first)
        strings_add(&words, first);
    complete(&request, &candidates);
    for (size_t i = 0; i < candidates.count; i++)
        text_printf(&text, "%s%s", i ? " " : "", candidates.item[i].word);
    return text_take(&text);
}

static void test_prompt(struct loop *loop)
{
    is_owned(offer(loop, true, NULL, "ex"), "exit exchange", "first words of both kinds");
    is_owned(offer(loop, false, NULL, "ex"), "exchange", "outside of the prompt there is one kind");
    is_owned(offer(loop, true, NULL, ""), "exit help use reconnect history exchange", "all");
    is_owned(offer(loop, true, "help", "ex"), "exchange", "help is of subcommands");
    is_owned(offer(loop, true, "exit", ""), "", "nothing follows exit");
    is_owned(offer(loop, true, "use", "tc"), "tcp:", "use takes an address");
    is_owned(offer(loop, true, "use", "--"), "--qga", "and whose it is");
    is_owned(offer(loop, true, "exit", "--"), "", "exit has no options");
    is_owned(offer(loop, false, "use", "tc"), "", "but at the prompt only");
    is_owned(offer(loop, true, "complete", "ex"), "", "what there is not has no words");
}

static void test_candidates(void)
{
    AUTO_CANDIDATES struct candidates candidates = {.word = "a"};
    AUTO_STRINGS struct strings except = {0};

    for (int i = 0; i < 12000; i++) {
        AUTO_FREE char *word = xasprintf("a%d", i / 2);

        candidates_add(&candidates, word, NULL);
    }
    is_int((intmax_t)candidates.count, 6000, "each word once");
    candidates_free(&candidates);
    strings_add(&except, "ab");
    candidates.except = &except;
    candidates_add(&candidates, "ab", NULL);
    candidates_add(&candidates, "b", NULL);
    candidates_add(&candidates, "a\tb", NULL);
    candidates_add(&candidates,
        "a\xc2\x9b"
        "2J",
        NULL);
    candidates_add_part(&candidates, "a=", "meaning");
    candidates_add(&candidates, "a\xc2\xb5", NULL);
    is_int(
        (intmax_t)candidates.count, 2, "what is excepted, does not fit or is no word is not added");
    is_owned(candidates_common(&candidates), "a", "what they share");
}

int main(void)
{
    struct loop *loop = loop_new();

    (void)unsetenv("QMPBOX_SOCKET");
    test_prompt(loop);
    test_candidates();
    loop_free(loop);
    return done_testing();
}
