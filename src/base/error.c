/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void error_free(struct error *error)
{
    free(error->message);
    free(error->qmp_class);
    free(error->desc);
    free(error->command);
    strings_free(&error->undone);
    strings_free(&error->left);
    *error = (struct error){0};
}

bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    va_list arguments;
    char *message;

    va_start(arguments, format);
    message = xvasprintf(format, arguments);
    va_end(arguments);
    error_free(error);
    error->kind = kind;
    error->message = message;
    return false;
}

bool error_set_qmp(
    struct error *error, const char *command, const char *qmp_class, const char *desc)
{
    bool unknown = strcmp(qmp_class, "CommandNotFound") == 0;

    error_set(error, unknown ? ERROR_UNSUPPORTED : ERROR_REFUSED, "%s: %s (%s)", command, desc,
        qmp_class);
    error->qmp_class = xstrdup(qmp_class);
    error->desc = xstrdup(desc);
    error->command = xstrdup(command);
    return false;
}

bool error_set_interrupted(struct error *error, int signal)
{
    error_set(error, ERROR_INTERRUPTED, "interrupted by %s",
        signal == SIGINT    ? "Ctrl-C"
        : signal == SIGHUP  ? "SIGHUP"
        : signal == SIGPIPE ? "a closed pipe"
                            : "SIGTERM");
    error->signal = signal;
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    va_list arguments;
    AUTO_FREE char *context = NULL;
    AUTO_FREE char *old = steal_pointer(&error->message);

    va_start(arguments, format);
    context = xvasprintf(format, arguments);
    va_end(arguments);
    error->message = xasprintf("%s: %s", context, old ? old : "");
    return false;
}

bool error_append(struct error *error, const char *format, ...)
{
    va_list arguments;
    AUTO_FREE char *more = NULL;
    AUTO_FREE char *old = steal_pointer(&error->message);

    va_start(arguments, format);
    more = xvasprintf(format, arguments);
    va_end(arguments);
    error->message = xasprintf("%s%s", old ? old : "", more);
    return false;
}

bool error_suggest(struct error *error, const char *name, const struct strings *candidates)
{
    const char *nearest = text_nearest(name, candidates);

    return nearest ? error_append(error, "; did you mean '%s'?", nearest) : false;
}

void error_move(struct error *to, struct error *from)
{
    error_free(to);
    *to = *from;
    *from = (struct error){0};
}

bool error_set_said(struct error *error, int status)
{
    bool signalled = status > ERROR_INTERRUPTED;

    error_free(error);
    error->kind = signalled ? ERROR_INTERRUPTED : (enum error_kind)status;
    error->signal = signalled ? status - ERROR_INTERRUPTED : 0;
    return !status;
}

int error_status(const struct error *error)
{
    return (int)error->kind + (error->kind == ERROR_INTERRUPTED ? error->signal : 0);
}

const char *error_kind_name(enum error_kind kind)
{
    switch (kind) {
    case ERROR_NONE:
        return "none";
    case ERROR_REFUSED:
        return "refused";
    case ERROR_USAGE:
        return "usage";
    case ERROR_CONNECT:
        return "connect";
    case ERROR_TIMEOUT:
        return "timeout";
    case ERROR_PROTOCOL:
        return "protocol";
    case ERROR_UNSUPPORTED:
        return "unsupported";
    case ERROR_FAILED:
        return "failed";
    case ERROR_LOCAL:
        return "local";
    case ERROR_PARTIAL:
        return "partial";
    case ERROR_NO:
        return "no";
    case ERROR_INTERRUPTED:
        return "interrupted";
    }
    return "unknown";
}
