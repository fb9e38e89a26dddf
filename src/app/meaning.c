/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/meaning.h"

enum completes meaning_of_member(const char *command, const char *member)
{
    (void)command;
    return text_is("filename", member) ? COMPLETES_FILE : COMPLETES_NOTHING;
}
