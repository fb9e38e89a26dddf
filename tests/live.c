/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: what the completion offers of one kind, asked directly.
 *
 *   live [-q] [-b] [-d MS] ADDRESS KIND PREFIX WORD [KEY=VALUE...]
 *
 * WORD is the one at the cursor, with the prefix. Prints a line for each candidate, as `complete`
 * does, and then how long it took: "# 12.3 ms, connected". -q: a guest agent. -d: within this time
 * instead of what a person gets. -b: over a session that is borrowed, as from a prompt, which must
 * be as it was afterwards, and is used once more.
 */
#include "complete/things.h"
#include "qmp/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    enum completes kind;
} kinds[] = {
#define KIND(name)                                                                                 \
    {                                                                                              \
#name, COMPLETES_##name                                                                    \
    }
    KIND(INTERFACE), KIND(BRIDGE), KIND(DRIVER), KIND(CPU_MODEL), KIND(OBJECT_TYPE), KIND(QOM_TYPE),
    KIND(TRACE_EVENT), KIND(HMP), KIND(DEVICE), KIND(DISK), KIND(NIC), KIND(DISPLAY), KIND(BUS),
    KIND(BUS_ADDRESS), KIND(CPU_SLOT), KIND(CPU_INDEX), KIND(QOM_PATH), KIND(QOM_PROPERTY),
    KIND(QOM_VALUE), KIND(NODE), KIND(FREE_NODE), KIND(CHAIN_NODE), KIND(CHAIN_FILE), KIND(BLOCK),
    KIND(DRIVE), KIND(BITMAP), KIND(SNAPSHOT), KIND(EXPORT), KIND(JOB), KIND(BLOCK_JOB),
    KIND(FDSET), KIND(CHARDEV), KIND(RINGBUF), KIND(NETDEV), KIND(FREE_NETDEV), KIND(LINK),
    KIND(AUDIODEV), KIND(TPM), KIND(IO_GROUP), KIND(BACKEND), KIND(VNC), KIND(OBJECT),
    KIND(IOTHREAD), KIND(MEMDEV), KIND(SECRET), KIND(TLS_CREDS), KIND(AUTHZ), KIND(THROTTLE_GROUP),
    KIND(RNG), KIND(CRYPTODEV), KIND(CAN_BUS), KIND(LEFTOVER), KIND(AGENT_COMMAND),
    KIND(FILE), /* the last lives in no VM */
};

static bool find_kind(const char *name, enum completes *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

static void print(const struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->item[i];

        printf("%c\t%s%s%s\n", candidate->part ? 'p' : 'w', candidate->word,
            candidate->meaning ? "\t" : "", candidate->meaning ? candidate->meaning : "");
    }
}

struct prompt {
    struct address address;
    struct session *session;
    bool told; /* a note */
};

static void on_note(void *data, const char *sentence)
{
    struct prompt *prompt = data;

    printf("# note: %s\n", sentence);
    prompt->told = true;
}

static const struct report report = {.note = on_note};

static bool open_prompt(struct prompt *prompt, const char *word, struct loop *loop)
{
    struct session_options options = {.address = &prompt->address,
        .loop = loop,
        .report = &report,
        .connect_timeout = 10 * CLOCK_SECOND,
        .reply_timeout = 10 * CLOCK_SECOND};
    AUTO_ERROR struct error error = {0};

    if (address_parse(word, &prompt->address, &error))
        prompt->session = session_open(&options, &error);
    if (!prompt->session)
        printf("# %s\n", error.message);
    return prompt->session;
}

/* Is the session what it was before it was lent, and does the VM still answer it? */
static void close_prompt(struct prompt *prompt)
{
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *answer = session_ask(prompt->session, "query-version", NULL, &error);
    const struct session_options *options = session_serving(prompt->session);
    bool kept = false;

    for (uint64_t ticket = session_newest(prompt->session); ticket; ticket--)
        kept = kept || *session_command(prompt->session, ticket);

    printf("# returned%s%s\n",
        options->report == &report && options->reply_timeout == 10 * CLOCK_SECOND &&
                session_deadline(prompt->session) == CLOCK_NEVER && !prompt->told && !kept
            ? ""
            : " damaged",
        answer ? ", answers" : ", says nothing");
    session_free(prompt->session);
    address_free(&prompt->address);
}

static void complete(
    const struct live_options *options, enum completes kind, char **word, int count)
{
    int64_t start = clock_now();
    AUTO_STRINGS struct strings words = {0};
    AUTO_CANDIDATES struct candidates candidates = {.word = word[1]};
    AUTO_LIVE struct live *live = live_new(options);
    bool connected;

    for (int i = 2; i < count; i++)
        strings_add(&words, word[i]);
    things_add(live, kind, word[0], &words, &candidates);
    connected = live_session(live);
    print(&candidates);
    printf("# %.1f ms%s\n", (double)(clock_now() - start) / 1000, connected ? ", connected" : "");
}

int main(int argc, char **argv)
{
    struct live_options options = {0};
    struct prompt prompt = {.address.fd = -1};
    long milliseconds = LIVE_MILLISECONDS;
    enum completes kind;
    bool borrow = false;
    int letter;

    while ((letter = getopt(argc, argv, "qbd:")) != -1) {
        options.guest_agent = options.guest_agent || letter == 'q';
        borrow = borrow || letter == 'b';
        if (letter == 'd')
            milliseconds = strtol(optarg, NULL, 10);
    }
    if (argc - optind < 4 || !find_kind(argv[optind + 1], &kind)) {
        (void)fprintf(
            stderr, "usage: live [-q] [-b] [-d MS] ADDRESS KIND PREFIX WORD [KEY=VALUE...]\n");
        return 2;
    }
    options.loop = loop_new();
    options.address = argv[optind];
    if (borrow && open_prompt(&prompt, argv[optind], options.loop))
        options.session = prompt.session;
    options.deadline = clock_after(milliseconds * (CLOCK_SECOND / 1000));
    complete(&options, kind, argv + optind + 2, argc - optind - 2);
    if (options.session)
        close_prompt(&prompt);
    loop_free(options.loop);
    return 0;
}
