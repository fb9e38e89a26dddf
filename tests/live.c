/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: what the completion offers of one kind, asked directly.
 *
 *   live [-q] ADDRESS KIND PREFIX WORD [KEY=VALUE...]
 *
 * WORD is the one at the cursor, with the prefix. Prints a line for each candidate, as `complete`
 * does, and then how long it took: "# 12.3 ms, connected". -q: a guest agent.
 */
#include "app/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    KIND(AUDIODEV), KIND(TPM), KIND(IO_GROUP), KIND(VNC), KIND(OBJECT), KIND(IOTHREAD),
    KIND(MEMDEV), KIND(SECRET), KIND(TLS_CREDS), KIND(AUTHZ), KIND(THROTTLE_GROUP), KIND(RNG),
    KIND(CRYPTODEV), KIND(CAN_BUS), KIND(LEFTOVER), KIND(AGENT_COMMAND),
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

int main(int argc, char **argv)
{
    bool agent = argc > 1 && strcmp(argv[1], "-q") == 0;
    char **word = argv + 1 + agent;
    int count = argc - 1 - agent;
    int64_t start = clock_now();
    AUTO_STRINGS struct strings words = {0};
    AUTO_CANDIDATES struct candidates candidates = {0};
    struct live_options options = {
        .guest_agent = agent, .deadline = clock_after(LIVE_MILLISECONDS * (CLOCK_SECOND / 1000))};
    struct live *live;
    enum completes kind;
    bool connected;

    if (count < 4 || !find_kind(word[1], &kind)) {
        (void)fprintf(stderr, "usage: live [-q] ADDRESS KIND PREFIX WORD [KEY=VALUE...]\n");
        return 2;
    }
    for (int i = 4; i < count; i++)
        strings_add(&words, word[i]);
    options.loop = loop_new();
    options.address = word[0];
    candidates.word = word[3];
    live = live_new(&options);
    live_add(live, kind, word[2], &words, &candidates);
    connected = live_session(live);
    print(&candidates);
    live_free(live);
    loop_free(options.loop);
    printf("# %.1f ms%s\n", (double)(clock_now() - start) / 1000, connected ? ", connected" : "");
    return 0;
}
