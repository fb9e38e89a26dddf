/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transcript: what is left out of it, and what a log looks like. */
#include "qmp/transcript.h"
#include "tap.h"

#include <fcntl.h>
#include <sys/stat.h>

static char *masked(const char *command, const char *message)
{
    struct text text = TEXT_EMPTY;

    transcript_mask(&text, command, message, strlen(message));
    return text_take(&text);
}

static void test_mask(void)
{
    static const struct {
        const char *command;
        const char *message;
        const char *expected;
        const char *what;
    } cases[] = {
        {"query-status", "{ \"execute\" : \"query-status\" }", "{\"execute\":\"query-status\"}",
            "what holds no secret is compacted"},
        {NULL, "{\"event\": \"STOP\", \"data\": {}}", "{\"event\":\"STOP\",\"data\":{}}",
            "an event keeps its data"},
        {"object-add",
            "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":\"secret\",\"id\":\"s\","
            "\"data\":"
            "\"hunter2\",\"format\":\"raw\"},\"id\":3}",
            "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":\"secret\",\"id\":\"s\","
            "\"data\":"
            "\"***\",\"format\":\"raw\"},\"id\":3}",
            "the data of a secret object"},
        {"object-add", "{\"arguments\":{\"props\":{\"data\":\"hunter2\"}}}",
            "{\"arguments\":{\"props\":{\"data\":\"***\"}}}", "further in, as 5.2 takes it"},
        {"set_password", "{\"arguments\":{\"protocol\":\"vnc\",\"password\":\"hunter2\"}}",
            "{\"arguments\":{\"protocol\":\"vnc\",\"password\":\"***\"}}", "a password"},
        {"change-vnc-password", "{\"arguments\":{\"password\":\"hunter2\"}}",
            "{\"arguments\":{\"password\":\"***\"}}", "of any command"},
        {NULL, "{\"password\":\"hunter2\"}", "{\"password\":\"***\"}", "and of none"},
        {"object-add", "{\"data\":{\"a\":[1,{\"b\":\"hunter2\"}],\"c\":2},\"z\":1}",
            "{\"data\":\"***\",\"z\":1}", "a secret that is an object"},
        {"object-add", "{\"data\":[\"hunter2\",[],{}],\"z\":1}", "{\"data\":\"***\",\"z\":1}",
            "a secret that is a list"},
        {"object-add", "{\"data\":12345,\"z\":1}", "{\"data\":\"***\",\"z\":1}",
            "a secret that is a number"},
        {"object-add", "{\"data\":null}", "{\"data\":\"***\"}", "a secret that is null"},
        {"object-add", "{\"data\":{}, \"data2\": \"x\"}", "{\"data\":\"***\",\"data2\":\"x\"}",
            "a secret that is empty"},
        {"object-add", "{\"data\":\"a\\\"b\\\\\", \"z\":[]}", "{\"data\":\"***\",\"z\":[]}",
            "a secret with quotes in it"},
        {"set_password", "{\"a\":[{\"password\":\"x\"},{\"password\":\"y\"}]}",
            "{\"a\":[{\"password\":\"***\"},{\"password\":\"***\"}]}", "several secrets"},
        {"set_password", "{\"pass\\u0077ord\":\"hunter2\"}", "{\"pass\\u0077ord\":\"***\"}",
            "a key that was written with an escape"},
        {"object-add", "{\"a\":\"data\",\"b\":[\"data\",\"password\"]}",
            "{\"a\":\"data\",\"b\":[\"data\",\"password\"]}", "a value that is called like one"},
        {"query-named-block-nodes", "{\"return\":{\"data\":\"x\"}}",
            "{\"return\":{\"data\":\"x\"}}", "data of another command"},
        {"qom-get", "{\"return\":\"hunter2\",\"id\":1}", "{\"return\":\"***\",\"id\":1}",
            "what qom-get reads"},
        {"", "{\"return\":\"12\",\"id\":1}", "{\"return\":\"12\",\"id\":1}",
            "what qom-get reads of another property"},
        {"qom-set", "{\"arguments\":{\"path\":\"/o\",\"property\":\"data\",\"value\":\"hunter2\"}}",
            "{\"arguments\":{\"path\":\"/o\",\"property\":\"data\",\"value\":\"***\"}}",
            "what qom-set writes"},
        {"human-monitor-command", "{\"arguments\":{\"command-line\":\"set_password vnc hunter2\"}}",
            "{\"arguments\":{\"command-line\":\"***\"}}", "a line for the human monitor"},
        {"guest-set-user-password", "{\"arguments\":{\"username\":\"u\",\"password\":\"aA==\"}}",
            "{\"arguments\":{\"username\":\"u\",\"password\":\"***\"}}", "a guest's password"},
        {"query-status", "{\"return\": 1000000000000000}", "{\"return\":1000000000000000}",
            "digits stay"},
        {"query-x", "{\"return\": [inf, -inf, nan]}", "{\"return\":[1e999,-1e999,null]}",
            "inf and nan are made JSON"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_FREE char *got = masked(cases[i].command, cases[i].message);

        is_string(got, cases[i].expected, "%s", cases[i].what);
        fold(!strstr(got, "hunter"), "%s", cases[i].what);
    }
    folded("no secret is left");
}

static void subject(
    const char *command, const char *arguments, const char *expected, const char *what)
{
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *tree = arguments ? json_parse(arguments, strlen(arguments), &error) : NULL;

    is_string(transcript_subject(command, tree), expected, "%s", what);
}

static void test_subject(void)
{
    subject("query-status", NULL, "query-status", "a command is its own subject");
    subject("object-add", "{\"property\":\"x\"}", "object-add", "whatever its arguments");
    subject("qom-get", "{\"path\":\"/objects/s\",\"property\":\"data\"}", "qom-get",
        "qom-get of data is a secret");
    subject("qom-set", "{\"path\":\"/objects/s\",\"property\":\"data\"}", "qom-set",
        "so is qom-set of data");
    subject(
        "qom-get", "{\"path\":\"/o\",\"property\":\"password\"}", "qom-get", "and of a password");
    subject("qom-get", "{\"path\":\"/o\",\"property\":\"temperature\"}", "",
        "another property is none");
    subject("qom-set", "{\"path\":\"/o\",\"property\":\"guest-stats-polling-interval\"}", "",
        "of qom-set neither");
}

struct heard {
    struct strings lines;
};

static void hear(void *data, bool sent, const char *message)
{
    strings_printf(&((struct heard *)data)->lines, "%s%s", sent ? ">" : "<", message);
}

static char *contents(const char *path)
{
    AUTO_FREE char *bytes = xcalloc(1, 65536);
    AUTO_FD int fd = open(path, O_RDONLY);
    ssize_t length = read(fd, bytes, 65535);

    return length < 0 ? NULL : steal_pointer(&bytes);
}

static void test_log(void)
{
    static const char request[] = "{\"execute\": \"set_password\", \"password\": \"hunter2\"}";
    AUTO_FREE char *path = xasprintf("%s/log", scratch());
    AUTO_FREE char *link = xasprintf("%s/link", scratch());
    AUTO_FREE char *nowhere = xasprintf("%s/none/log", scratch());
    AUTO_FREE char *text = NULL;
    struct transcript transcript = {.log = -1}, other = {.log = -1};
    struct heard heard = {{0}};
    AUTO_ERROR struct error error = {0};
    struct stat status;

    ok(!transcript_wanted(NULL) && !transcript_wanted(&transcript), "nobody listens");
    transcript_message(&transcript, true, NULL, request, sizeof(request) - 1);
    ok(!transcript_open(&transcript, nowhere, &error) && error.kind == ERROR_LOCAL,
        "a log that cannot be opened is kind local");
    has_words(error.message, nowhere, "and named");
    ok(!transcript_wanted(&transcript), "it is not listened to");

    umask(0);
    ok(transcript_open(&transcript, path, &error), "a log is opened");
    ok(transcript_wanted(&transcript), "and wanted");
    ok(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600, "its mode is 0600");
    transcript.trace = hear;
    transcript.data = &heard;
    transcript_message(&transcript, true, "set_password", request, sizeof(request) - 1);
    transcript_close(&transcript);
    ok(transcript.log == -1, "it is closed");
    ok(transcript_open(&transcript, path, &error), "it is opened again");
    transcript_message(&transcript, false, "set_password", "{\"return\":\r\n {}}", 16);
    is_int((intmax_t)heard.lines.count, 2, "the trace heard two messages");
    is_string(heard.lines.count == 2 ? heard.lines.item[0] : NULL,
        ">{\"execute\":\"set_password\",\"password\":\"***\"}", "one sent, without its secret");
    is_string(
        heard.lines.count == 2 ? heard.lines.item[1] : NULL, "<{\"return\":{}}", "one received");
    transcript_close(&transcript);

    text = contents(path);
    ok(text && !strstr(text, "hunter2"), "the log holds no secret");
    ok(text && strstr(text, "Z -> {\"execute\":\"set_password\",\"password\":\"***\"}\n"),
        "it holds what was sent");
    ok(text && strstr(text, "Z <- {\"return\":{}}\n"), "and what came, on one line, appended");
    ok(text && strlen(text) > 20 && text[4] == '-' && text[10] == 'T' && text[13] == ':',
        "with the time in front");
    if (symlink(path, link) == 0)
        ok(!transcript_open(&other, link, &error), "a symbolic link is not followed");
    strings_free(&heard.lines);
}

int main(void)
{
    test_mask();
    test_subject();
    test_log();
    return done_testing();
}
