/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/machine.h"

#include "vm/inquiry.h"

#include <stdlib.h>
#include <string.h>

/* The numbers of the questions. The last three are asked only of older QEMUs. */
struct questions {
    size_t type;
    size_t target;
    size_t accelerators;
    size_t cpus;
    size_t smp;
    size_t sev;
    size_t sev_capabilities;
    size_t kvm;
    size_t jit;
    size_t slots;
};

static struct questions first_questions(struct inquiry *inquiry)
{
    return (struct questions){
        .type = inquiry_add_property(inquiry, "/machine", "type"),
        .target = inquiry_add(inquiry, "query-target", NULL),
        .accelerators = inquiry_add(inquiry, "query-accelerators", NULL),
        .cpus = inquiry_add(inquiry, "query-cpus-fast", NULL),
        .smp = inquiry_add_property(inquiry, "/machine", "smp"),
        .sev = inquiry_add(inquiry, "query-sev", NULL),
        .sev_capabilities = inquiry_add(inquiry, "query-sev-capabilities", NULL),
        .kvm = INQUIRY_NONE,
        .jit = INQUIRY_NONE,
        .slots = INQUIRY_NONE,
    };
}

/* What older releases are asked instead of what they lack. */
static void further_questions(struct inquiry *inquiry, struct questions *ask)
{
    /* Deprecated where the other is there. */
    if (!inquiry_answer(inquiry, ask->accelerators))
        ask->kvm = inquiry_add(inquiry, "query-kvm", NULL);
    if (!inquiry_answer(inquiry, ask->smp))
        ask->slots = inquiry_add(inquiry, "query-hotpluggable-cpus", NULL);
}

/*
 * A QEMU without query-accelerators tells of KVM alone. That TCG is in use shows only in that it
 * has a translation buffer to speak of: the text of those releases is written for good. 5.2 aborts
 * at that question before its first CPU is made, so a machine without CPUs is not asked.
 */
static void last_question(struct inquiry *inquiry, struct questions *ask)
{
    json *line;

    if (inquiry_answer(inquiry, ask->accelerators) ||
        json_get_bool(inquiry_answer(inquiry, ask->kvm), "enabled", false) ||
        !json_count(inquiry_answer(inquiry, ask->cpus)))
        return;
    line = json_new_object();
    json_add_string(line, "command-line", "info jit");
    ask->jit = inquiry_add(inquiry, "human-monitor-command", line);
}

static void add_copy(json *result, const char *key, const json *value)
{
    json_add(result, key, value ? json_copy(value) : json_new_null());
}

static void add_type(json *result, const char *type)
{
    static const char suffix[] = "-machine";
    size_t length = strlen(type), tail = sizeof(suffix) - 1;
    AUTO_FREE char *name = NULL;

    if (length > tail && strcmp(type + length - tail, suffix) == 0)
        length -= tail;
    name = xstrndup(type, length);
    json_add_string(result, "type", name);
}

static void add_accelerator(
    json *result, const struct inquiry *inquiry, const struct questions *ask)
{
    const json *listed = inquiry_answer(inquiry, ask->accelerators);
    const char *jit;

    if (listed) {
        add_copy(result, "accelerator", json_get(listed, "enabled"));
        if (json_get(listed, "present"))
            add_copy(result, "accelerators", json_get(listed, "present"));
        return;
    }
    jit = json_string(inquiry_answer(inquiry, ask->jit));
    if (json_get_bool(inquiry_answer(inquiry, ask->kvm), "enabled", false))
        json_add_string(result, "accelerator", "kvm");
    else if (jit && strstr(jit, "Translation buffer state"))
        json_add_string(result, "accelerator", "tcg");
    else
        add_copy(result, "accelerator", NULL);
}

static void add_cpus(json *result, const struct inquiry *inquiry, const struct questions *ask)
{
    const json *smp = inquiry_answer(inquiry, ask->smp);
    const json *slots = inquiry_answer(inquiry, ask->slots);

    if (inquiry_answer(inquiry, ask->cpus))
        json_add_int(result, "cpus", (int64_t)json_count(inquiry_answer(inquiry, ask->cpus)));
    if (json_get(smp, "maxcpus"))
        add_copy(result, "max-cpus", json_get(smp, "maxcpus"));
    if (json_is_object(smp))
        add_copy(result, "topology", smp);
    if (json_count(slots)) {
        int64_t most = 0, here;

        json_each (slot, slots)
            most += json_get_int(slot, "vcpus-count", &here) && here > 0 && here < 4096 ? here : 0;
        json_add_int(result, "max-cpus", most);
    }
}

json *machine_describe(struct session *session, struct error *error)
{
    AUTO_INQUIRY struct inquiry inquiry = {0};
    struct questions ask = first_questions(&inquiry);
    AUTO_JSON json *result = json_new_object();
    const char *type;

    if (!inquiry_ask(&inquiry, session, error))
        return NULL;
    type = json_string(inquiry_answer(&inquiry, ask.type));
    if (!type) {
        error_set(error, ERROR_UNSUPPORTED, "there is no machine here");
        return NULL;
    }
    further_questions(&inquiry, &ask);
    if (!inquiry_ask(&inquiry, session, error))
        return NULL;
    last_question(&inquiry, &ask);
    if (!inquiry_ask(&inquiry, session, error))
        return NULL;
    add_type(result, type);
    add_accelerator(result, &inquiry, &ask);
    add_copy(result, "target", json_get(inquiry_answer(&inquiry, ask.target), "arch"));
    add_cpus(result, &inquiry, &ask);
    add_copy(result, "sev", inquiry_answer(&inquiry, ask.sev));
    add_copy(result, "sev-capabilities", inquiry_answer(&inquiry, ask.sev_capabilities));
    return steal_pointer(&result);
}
