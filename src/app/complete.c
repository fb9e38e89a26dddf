/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/complete.h"

#include "cli/command.h"

void complete(const struct complete_request *request, struct candidates *candidates)
{
    candidates->word = request->word;
    if (request->words->count)
        return;
    for (size_t i = 0; i < command_count(); i++)
        candidates_add(candidates, command_at(i)->name, command_at(i)->summary);
}
