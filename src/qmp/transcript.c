/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/transcript.h"

#include "json/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Members that carry a secret: of this command, or of any (NULL). */
static const struct {
    const char *command;
    const char *member;
} secrets[] = {
    {NULL, "password"},
    {"object-add", "data"},
    {"qom-set", "value"}, /* a secret object's data is set this way */
    {NULL, "cookie"},
    {"qom-list-get", "return"},
    {"qom-get", "return"}, /* and read back this way */
    {"human-monitor-command", "return"},
    {"human-monitor-command", "command-line"}, /* set_password, object_add secret,data=… */
    {"guest-exec", "input-data"},
    {"guest-file-write", "buf-b64"},
    {"guest-file-read", "buf-b64"},
    {"sev-inject-launch-secret", "secret"},
    {"sev-inject-launch-secret", "packet-header"},
};

static bool is_secret(const char *command, struct slice key)
{
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (slice_is(key, secrets[i].member) &&
            (!secrets[i].command || (command && strcmp(secrets[i].command, command) == 0)))
            return true;
    return false;
}

bool transcript_is_secret(const char *command, const char *member)
{
    return is_secret(command, (struct slice){member, strlen(member)});
}

struct masking {
    struct text *text;
    const char *command;
    struct slice last;   /* the last string token, a key if a colon follows */
    bool secret;         /* the value that comes is one */
    size_t secret_depth; /* depth inside a secret value that is an object or list */
};

static void mask_token(void *data, enum scan_token token, struct slice bytes)
{
    struct masking *masking = data;
    bool opens = token == SCAN_OBJECT || token == SCAN_ARRAY;
    bool closes = token == SCAN_OBJECT_END || token == SCAN_ARRAY_END;

    if (masking->secret) {
        masking->secret_depth += opens ? 1 : 0;
        masking->secret_depth -= closes ? 1 : 0;
        if (!masking->secret_depth) {
            text_add_string(masking->text, "\"***\"");
            masking->secret = false;
        }
        return;
    }
    if (token == SCAN_STRING)
        masking->last = bytes;
    if (token == SCAN_COLON) {
        AUTO_TEXT struct text key = TEXT_EMPTY;

        /* As it is meant: an escape in a key must not let its secret through. */
        scan_unquote(masking->last, &key);
        masking->secret = is_secret(masking->command, (struct slice){key.bytes, key.length});
    }
    if (token == SCAN_NUMBER)
        scan_compact(masking->text, bytes.bytes, bytes.length); /* inf and nan made JSON */
    else
        text_add(masking->text, bytes.bytes, bytes.length);
}

bool transcript_is_secret_property(const char *name)
{
    return strcmp(name, "data") == 0 || strstr(name, "password");
}

const char *transcript_subject(const char *command, const json *arguments)
{
    const char *property = json_get_string(arguments, "property");

    if (strcmp(command, "human-monitor-command") == 0) {
        const char *line = json_get_string(arguments, "command-line");

        return line && (strstr(line, "qom-") || strstr(line, "secret") || strstr(line, "passw"))
                   ? command
                   : "";
    }
    if (strcmp(command, "qom-get") != 0 && strcmp(command, "qom-set") != 0)
        return command;
    return property && transcript_is_secret_property(property) ? command : "";
}

void transcript_mask(struct text *text, const char *command, const char *bytes, size_t length)
{
    struct masking masking = {.text = text, .command = command};
    struct scan scan;
    struct slice value;

    scan_start(&scan, bytes, length);
    (void)scan_value(&scan, &value, mask_token, &masking);
}

bool transcript_open(struct transcript *transcript, const char *path, struct error *error)
{
    struct stat status;

    transcript->log = open(
        path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
    if (transcript->log >= 0) {
        /* One that was there with a wider mode is narrowed, if it is ours to narrow. */
        if (fstat(transcript->log, &status) == 0 && S_ISREG(status.st_mode))
            (void)fchmod(transcript->log, 0600);
        return true;
    }
    return error_set(error, ERROR_LOCAL, "cannot open the log %s: %s", path, strerror(errno));
}

void transcript_close(struct transcript *transcript)
{
    close_fd(&transcript->log);
}

bool transcript_wanted(const struct transcript *transcript)
{
    return transcript && (transcript->log >= 0 || transcript->trace);
}

void transcript_message(const struct transcript *transcript, bool sent, const char *command,
    const char *bytes, size_t length)
{
    AUTO_TEXT struct text masked = TEXT_EMPTY;
    AUTO_TEXT struct text line = TEXT_EMPTY;
    struct timespec now;
    struct tm utc;
    char date[32];

    if (!transcript_wanted(transcript))
        return;
    transcript_mask(&masked, command, bytes, length);
    if (transcript->trace)
        transcript->trace(transcript->data, sent, text_string(&masked));
    if (transcript->log < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    text_printf(&line, "%s.%06ldZ %s %s\n", date, now.tv_nsec / 1000, sent ? "->" : "<-",
        text_string(&masked));
    /* One write a line: two programs that share a log do not tear each other's. */
    if (write(transcript->log, line.bytes, line.length) < 0)
        return; /* a full disk must not stop an operation half-way */
}
