/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/transport.h"

#include "qmp/schema.h"
#include "vm/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name_here[] = "qmpbox-migration"; /* of the descriptor on the monitor */

void transport_free(struct transport *transport)
{
    free(transport->uri);
    if (transport->made)
        (void)unlink(transport->path);
    free(transport->path);
    close_fd(&transport->fd);
}

/* What comes behind the scheme, or NULL. */
static const char *behind(const char *word, const char *scheme)
{
    size_t length = strlen(scheme);

    return strncmp(word, scheme, length) == 0 ? word + length : NULL;
}

static bool check_tcp(const char *rest, struct error *error)
{
    const char *colon = strrchr(rest, ':');
    char *end;
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;

    if (!colon || colon == rest || colon[1] < '0' || colon[1] > '9' || *end || port > 65535)
        return error_set(error, ERROR_USAGE, "tcp:%s: expected tcp:HOST:PORT", rest);
    if (*rest != '[' && memchr(rest, ':', (size_t)(colon - rest)))
        return error_set(
            error, ERROR_USAGE, "tcp:%s: an IPv6 address stands in brackets, tcp:[::1]:PORT", rest);
    return true;
}

static bool is_socket(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool take_descriptor(const char *rest, struct transport *transport, struct error *error)
{
    char *end;
    unsigned long number = strtoul(rest, &end, 10);

    if (*rest < '0' || *rest > '9' || *end || number > INT32_MAX)
        return error_set(
            error, ERROR_USAGE, "fd:%s: expected the number of an inherited descriptor", rest);
    transport->fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
    if (transport->fd < 0)
        return error_set(error, ERROR_LOCAL, "fd:%s: %s", rest, strerror(errno));
    transport->two_way = is_socket(transport->fd);
    return true;
}

/* Is there something in it already? Only regular files are looked at. */
static bool is_full(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

static bool open_file(
    const char *rest, bool receiving, struct transport *transport, struct error *error)
{
    bool there;

    transport->path = fdpass_absolute(rest);
    there = access(transport->path, F_OK) == 0;
    if (!receiving && is_full(transport->path))
        return error_set(error, ERROR_LOCAL,
            "%s is there already and not empty: it is not written over", transport->path);
    transport->fd =
        fdpass_open(transport->path, receiving ? FDPASS_READ : FDPASS_WRITE, false, error);
    if (transport->fd < 0)
        return false;
    transport->made = !there && !receiving;
    if (transport->made)
        (void)fchmod(transport->fd, 0600); /* it is the guest's memory */
    return true;
}

bool transport_open(
    const char *word, bool receiving, struct transport *transport, struct error *error)
{
    const char *rest;

    transport->fd = -1;
    transport->uri = xstrdup(word);
    if ((rest = behind(word, "unix:"))) {
        AUTO_FREE char *path = fdpass_absolute(rest);

        transport->kind = TRANSPORT_UNIX;
        transport->two_way = true;
        free(transport->uri);
        transport->uri = xasprintf("unix:%s", path);
        return *rest || error_set(error, ERROR_USAGE, "unix: expected unix:PATH");
    }
    if ((rest = behind(word, "tcp:"))) {
        transport->kind = TRANSPORT_TCP;
        transport->two_way = true;
        return check_tcp(rest, error);
    }
    if ((rest = behind(word, "exec:"))) {
        transport->kind = TRANSPORT_EXEC;
        return *rest || error_set(error, ERROR_USAGE, "exec: expected exec:COMMAND");
    }
    if ((rest = behind(word, "file:"))) {
        transport->kind = TRANSPORT_FILE;
        return *rest ? open_file(rest, receiving, transport, error)
                     : error_set(error, ERROR_USAGE, "file: expected file:PATH");
    }
    if ((rest = behind(word, "fd:"))) {
        transport->kind = TRANSPORT_FD;
        return take_descriptor(rest, transport, error);
    }
    return error_set(error, ERROR_USAGE,
        "'%s': expected unix:PATH, tcp:HOST:PORT, exec:COMMAND, file:PATH or fd:N", word);
}

static void add_channel(json *arguments)
{
    json *channels = json_add_array(arguments, "channels");
    json *channel = json_new_object(), *address;

    json_add_string(channel, "channel-type", "main");
    address = json_add_object(channel, "addr");
    json_add_string(address, "transport", "socket");
    json_add_string(address, "type", "fd");
    json_add_string(address, "str", name_here);
    json_append(channels, channel);
}

/* A set for the file: only from 10.0 on there is file:, and from 11.1 on fd: takes no file. */
static void add_set(struct transport *transport, struct steps *steps, struct session *session,
    bool receiving, json *arguments)
{
    AUTO_FREE char *name =
        fdpass_describe(transport->path, receiving ? FDPASS_READ : FDPASS_WRITE, false);
    int64_t id = fdpass_new_set_id();
    AUTO_FREE char *uri = xasprintf("file:/dev/fdset/%lld", (long long)id);

    fdpass_add_set(steps, session, id, steal_fd(&transport->fd), name, "qmpbox:migration");
    json_add_string(arguments, "uri", uri);
}

struct step *transport_add_steps(struct transport *transport, struct steps *steps,
    struct session *session, const char *command, json *arguments, struct error *error)
{
    enum { FILE_SINCE = 10 };
    bool receiving = strcmp(command, "migrate-incoming") == 0;
    AUTO_JSON json *owned = arguments;
    AUTO_FREE char *named = xasprintf("fd:%s", name_here);

    if (transport->fd >= 0 && !session_can_pass(session, command, error))
        return NULL;
    if (transport->kind == TRANSPORT_FILE && session_major(session) >= FILE_SINCE) {
        add_set(transport, steps, session, receiving, owned);
    } else if (transport->fd >= 0) {
        fdpass_add_name(steps, name_here, steal_fd(&transport->fd), transport->uri);
        if (transport->two_way && schema_takes(schema_of(session), command, "channels"))
            add_channel(owned);
        else
            json_add_string(owned, "uri", named);
    } else {
        json_add_string(owned, "uri", transport->uri);
    }
    return steps_add(steps, command, steal_pointer(&owned), STEP_WAIT);
}

void transport_add_close(struct steps *steps)
{
    for (struct step *step = steps->first; step; step = step->next)
        if (strcmp(step->command, "add-fd") == 0)
            fdpass_close_set(steps, step, STEP_QUIET);
}

void transport_keep(struct transport *transport)
{
    transport->made = false;
}

void transport_discard(struct transport *transport, struct error *error)
{
    if (!transport->made)
        return;
    transport->made = false;
    if (unlink(transport->path) == 0)
        strings_printf(&error->undone, "file %s", transport->path);
    else
        strings_printf(&error->left, "file %s (%s)", transport->path, strerror(errno));
}
