/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete/places.h"

#include "complete/files.h"
#include "qmp/vms.h"

#include <stdlib.h>
#include <string.h>

static bool begins(const char *word, const char *beginning)
{
    return strncmp(word, beginning, strlen(beginning)) == 0;
}

/* How an address may begin, with what follows. */
struct scheme {
    const char *beginning;
    const char *meaning;
    enum files files;
    bool path;
};

static void add_schemes(struct candidates *candidates, const char *before,
    const struct scheme *schemes, const char *typed, int64_t deadline)
{
    for (const struct scheme *scheme = schemes; scheme->beginning; scheme++) {
        AUTO_FREE char *word = xasprintf("%s%s", before, scheme->beginning);

        if (!begins(typed, scheme->beginning))
            candidates_add_part(candidates, word, scheme->meaning);
        else if (scheme->path)
            files_add(candidates, word, typed + strlen(scheme->beginning), scheme->files, deadline);
    }
}

void places_add_vms(
    struct candidates *candidates, const char *before, const char *typed, bool reachable)
{
    AUTO_VMS struct vms vms = {0};

    vms_read(&vms, 0);
    for (size_t i = 0; i < vms.count; i++) {
        const struct vm *vm = &vms.item[i];
        AUTO_FREE char *meaning = xasprintf("pid %ld", vm->pid);
        AUTO_FREE char *name = xasprintf("%s%s", before, vm->shown ? vm->shown : "");

        if (vm->shown && (vm->monitors || !reachable))
            candidates_add(candidates, name, meaning);
    }
    for (size_t i = 0; reachable && i < vms.count; i++) {
        AUTO_FREE char *word = xasprintf("%spid:%ld", before, vms.item[i].pid);

        /* One that has a name is called by it. */
        if (vms.item[i].monitors && (!vms.item[i].shown || *typed == 'p'))
            candidates_add(candidates, word, vms.item[i].shown);
    }
}

void places_add_addresses(
    struct candidates *candidates, const char *before, const char *typed, int64_t deadline)
{
    static const struct scheme schemes[] = {
        {"unix:", "a unix socket's path", FILES_SOCKETS, true},
        {"tcp:", "HOST:PORT", FILES_ALL, false},
        {"fd:", "the number of an inherited descriptor", FILES_ALL, false},
        {NULL, NULL, FILES_ALL, false},
    };

    places_add_vms(candidates, before, typed, true);
    files_add(candidates, before, typed, FILES_SOCKETS, deadline);
    if (*typed)
        add_schemes(candidates, before, schemes, typed, deadline);
}

void places_add_migrations(
    struct candidates *candidates, const char *before, const char *typed, int64_t deadline)
{
    static const struct scheme schemes[] = {
        {"unix:", "a unix socket's path", FILES_SOCKETS, true},
        {"tcp:", "HOST:PORT", FILES_ALL, false},
        {"exec:", "a command of the shell's", FILES_ALL, false},
        {"file:", "a file that is opened here", FILES_ALL, true},
        {"fd:", "the number of an inherited descriptor", FILES_ALL, false},
        {NULL, NULL, FILES_ALL, false},
    };

    add_schemes(candidates, before, schemes, typed, deadline);
}
