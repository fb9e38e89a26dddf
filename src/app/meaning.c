/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/meaning.h"

#include <string.h>

static const struct meaning table[] = {
    {"device_del", "id", COMPLETES_DEVICE},
};

const struct meaning *meaning_at(size_t index)
{
    return index < sizeof(table) / sizeof(table[0]) ? &table[index] : NULL;
}

enum completes meaning_of_member(const char *command, const char *member)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(table[i].command, command) == 0 && strcmp(table[i].member, member) == 0)
            return table[i].kind;
    return COMPLETES_NOTHING;
}
