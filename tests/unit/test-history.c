/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history of the prompt: what is kept, what never is, and how the file stays whole. */
#include "app/history.h"
#include "cli/line.h"
#include "tap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static bool may_keep(const char *typed)
{
    AUTO_LINE struct line line = {0};
    AUTO_ERROR struct error error = {0};

    return line_add(&line, typed, strlen(typed), &error) == LINE_WHOLE &&
           history_may_keep(&line.words, text_string(&line.typed));
}

static void test_secrets(void)
{
    static const char *const kept[] = {"status", "hotplug-disk d1 /srv/a.img",
        "blockdev-add driver=file filename=/a node-name=n1", "qom-set path=/a property=b value=3",
        "exec human-monitor-command command-line='info pci'", "hmp info block",
        "use tcp:[::1]:4444", "migrate tcp:host:4444", "qom-get /machine type",
        "blockdev-add {\"driver\":\"null-co\",\"node-name\":\"a\"}", "guest-file-read handle=3",
        "use ssh://user@host/path"};
    static const char *const dropped[] = {" status", "\tstatus", "secret-add s1 --file /a",
        "object-add qom-type=secret id=s data=xyzzy", "object-add id=s data=xyzzy",
        "exec object-add {\"qom-type\":\"x\",\"id\":\"s\",\"data\":\"xyzzy\"}",
        "object-add qom-type=se\\cret id=s", "set_password protocol=vnc pass\\word=xyzzy",
        "change-vnc-password xyzzy", "exec change-vnc-pass'word' xyzzy",
        "qom-set path=/objects/s property=data value=xyzzy", "hmp qom-set /objects/s data xyzzy",
        "hmp set_password vnc xyzzy", "blockdev-add driver=https file.cookie=xyzzy url=a",
        "blockdev-add driver=https cookie=xyzzy",
        "blockdev-add {\"driver\":\"https\",\"cookie\":\"xyzzy\"}",
        "blockdev-add file={\"driver\":\"https\",\"cookie\":\"xyzzy\"}",
        "blockdev-add filename=json:{\"cookie\":\"xyzzy\"}",
        "exec object-add 'filename=json:{\"data\":\"xyzzy\"}'",
        "guest-exec path=/a input-data=xyzzy", "-s /a guest-file-write handle=3 buf-b64=xyzzy",
        "use ssh://user:xyzzy@host/path",
        "blockdev-add driver=https url=https://user:xyzzy@host/a"};

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        ok(may_keep(kept[i]), "kept: %s", kept[i]);
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
        ok(!may_keep(dropped[i]), "not kept: %s", dropped[i]);
}

static char *path_of(const char *name)
{
    return xasprintf("%s/state/%s", scratch(), name);
}

static void test_file(void)
{
    AUTO_FREE char *file = path_of("qmpbox/history");
    AUTO_FREE char *folder = path_of("qmpbox");
    struct history one = {0}, two = {0}, three = {0};
    struct stat status;

    history_load(&one);
    is_int((intmax_t)one.lines.count, 0, "nothing at first");
    ok(history_add(&one, "a"), "a line is added");
    ok(!history_add(&one, "a"), "but not twice in a row");
    history_load(&two);
    is_int((intmax_t)two.lines.count, 1, "another prompt finds it");
    history_add(&two, "b");
    history_add(&one, "c");
    history_load(&three);
    ok(three.lines.count == 3 && text_is(three.lines.item[1], "b") &&
            text_is(three.lines.item[2], "c"),
        "the lines of both are there, in their order");
    ok(stat(file, &status) == 0 && (status.st_mode & 07777) == 0600, "the file is for us alone");
    ok(stat(folder, &status) == 0 && (status.st_mode & 07777) == 0700, "and so is the folder");
    history_free(&one);
    history_free(&two);
    history_free(&three);
}

/* Four at once add 1500 lines each: past the most, so that the file is written anew meanwhile. */
static void test_many(void)
{
    enum { WRITERS = 4, EACH = 1500 };
    AUTO_FREE char *file = path_of("qmpbox/history");
    struct history history = {0};
    int next[WRITERS] = {0};
    bool whole = true;

    (void)unlink(file);
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0) {
            for (int line = 0; line < EACH; line++) {
                AUTO_FREE char *text = xasprintf("writer %d line %d", i, line);
                struct history own = {0};

                history_add(&own, text);
                history_free(&own);
            }
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    history_load(&history);
    is_int((intmax_t)history.lines.count, HISTORY_MOST, "the newest are read");
    for (size_t i = 0; i < history.lines.count; i++) {
        int writer, line;

        if (sscanf(history.lines.item[i], "writer %d line %d", &writer, &line) != 2 || writer < 0 ||
            writer >= WRITERS) {
            whole = false;
            tap_show("torn", history.lines.item[i]);
        } else {
            whole = whole && (!next[writer] || line == next[writer]);
            next[writer] = line + 1;
        }
    }
    ok(whole, "none is torn, lost, or there twice");
    history_free(&history);
}

static void test_strange_files(void)
{
    AUTO_FREE char *file = path_of("qmpbox/history");
    AUTO_FREE char *target = scratch_file("target", "x\n", 2);
    struct history history = {0};
    int fd = open(file, O_WRONLY | O_TRUNC);

    ok(write(fd, "a\0b\n\n\xFF\nc", 8) == 8, "a strange file");
    close(fd);
    history_load(&history);
    ok(history.lines.count >= 2, "is read as far as it is lines");
    history_add(&history, "d");
    history_free(&history);
    history_load(&history);
    ok(history.lines.count >= 2 && text_is(history.lines.item[history.lines.count - 2], "c") &&
            text_is(history.lines.item[history.lines.count - 1], "d"),
        "what was cut off stays a line of its own");
    history_free(&history);
    (void)unlink(file);
    ok(symlink(target, file) == 0, "a link");
    history_add(&history, "y");
    history_free(&history);
    history_load(&history);
    is_int((intmax_t)history.lines.count, 0, "is not followed");
    history_free(&history);
    (void)unlink(file);
    ok(mkfifo(file, 0600) == 0, "a FIFO");
    history_add(&history, "y");
    history_free(&history);
    history_load(&history);
    is_int((intmax_t)history.lines.count, 0, "is not waited for");
    history_free(&history);
    (void)unlink(file);
    fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ok(write(fd, "z\n", 2) == 2 && fchmod(fd, 0666) == 0, "one that others can write to");
    close(fd);
    history_load(&history);
    is_int((intmax_t)history.lines.count, 0, "is not used");
    if (geteuid() != 0) {
        skip("one of another user", "only root can make it");
        return;
    }
    ok(chmod(file, 0600) == 0 && chown(file, 1, 1) == 0, "one of another user");
    history_load(&history);
    is_int((intmax_t)history.lines.count, 0, "is not used");
    history_free(&history);
}

int main(void)
{
    AUTO_FREE char *state = path_of("");

    setenv("XDG_STATE_HOME", state, 1);
    test_secrets();
    test_file();
    test_many();
    test_strange_files();
    return done_testing();
}
