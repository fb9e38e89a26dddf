/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/stranger.h"

#include <string.h>

void stranger_explain(const char *address, struct slice came, struct error *error)
{
    AUTO_TEXT struct text shown = TEXT_EMPTY;

    if (came.length >= 4 && memcmp(came.bytes, "SSH-", 4) == 0) {
        error_set(error, ERROR_CONNECT, "%s is an SSH server, no QMP monitor", address);
    } else if (came.length >= 5 && memcmp(came.bytes, "QEMU ", 5) == 0) {
        error_set(error, ERROR_CONNECT,
            "%s is a human monitor (HMP), no QMP monitor: QEMU needs -qmp or mode=control there",
            address);
    } else if (!came.length) {
        error_prefix(error, "%s does not speak QMP", address);
        error->kind = ERROR_CONNECT;
    } else {
        text_add_escaped(&shown, came.bytes, came.length < 40 ? came.length : 40, false);
        error_set(error, ERROR_CONNECT, "%s does not speak QMP: it began with '%s'", address,
            text_string(&shown));
    }
}

void stranger_explain_end(
    const char *address, size_t rest, bool greeted, bool shut_down, struct error *error)
{
    if (rest)
        error_set(error, greeted ? ERROR_PROTOCOL : ERROR_CONNECT,
            "the connection to %s ended in the middle of a message (%zu bytes of it came)", address,
            rest);
    else if (!greeted)
        error_set(error, ERROR_CONNECT, "%s closed the connection without a greeting", address);
    else
        error_set(error, ERROR_PROTOCOL, "the connection to %s ended%s", address,
            shut_down ? " (the VM shut down)" : "");
}
