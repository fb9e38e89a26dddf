/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/history.h"

#include "base/clock.h"
#include "base/folder.h"
#include "json/scan.h"
#include "qmp/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LONGEST = 64 * 1024,        /* a line that is longer is not kept */
    LARGEST = 64 * 1024 * 1024, /* a file that is larger is none of ours */
    SPARE = 200,                /* lines past the most, before the file is written anew */
};

static const char file_name[] = "history";

void history_free(struct history *history)
{
    strings_free(&history->lines);
}

/* Secrets */

/* Is the member of one of the commands that the words may be a secret? Each word may be one. */
static bool is_secret_member(const struct strings *words, const char *member)
{
    if (transcript_is_secret(NULL, member))
        return true;
    for (size_t i = 0; i < words->count; i++) {
        const char *command = words->item[i];
        /* Only the property says whether a qom-set is about a secret; hmp has rules of its own. */
        bool depends =
            strncmp(command, "qom-", 4) == 0 || strcmp(command, "human-monitor-command") == 0;

        if (!depends && transcript_is_secret(command, member))
            return true;
    }
    return false;
}

/* KEY=VALUE and KEY:=JSON, where KEY may be a path. */
static bool has_secret_key(const struct strings *words, const char *word)
{
    AUTO_FREE char *key = xstrndup(word, strcspn(word, "="));
    char *rest = key, *member;

    if (!strchr(word, '='))
        return false;
    if (*key && key[strlen(key) - 1] == ':')
        key[strlen(key) - 1] = '\0';
    if (is_secret_member(words, key))
        return true;
    while ((member = strsep(&rest, ".")))
        if (is_secret_member(words, member))
            return true;
    return false;
}

/* Where the JSON of a word begins: it is one, its value is, or what stands behind json: is. */
static const char *json_of(const char *word)
{
    const char *value = strchr(word, '='), *name = strstr(word, "json:");

    if (name && (name[5] == '{' || name[5] == '['))
        return name + 5;
    value = *word == '{' || *word == '[' ? word : value ? value + 1 : "";
    return *value == '{' || *value == '[' ? value : NULL;
}

/* JSON in which the transcript would leave something out. */
static bool has_secret_json(const struct strings *words, const char *word)
{
    const char *value = json_of(word);
    AUTO_TEXT struct text plain = TEXT_EMPTY;

    if (!value)
        return false;
    scan_compact(&plain, value, strlen(value));
    for (size_t i = 0; i < words->count; i++) {
        AUTO_TEXT struct text masked = TEXT_EMPTY;

        transcript_mask(&masked, words->item[i], value, strlen(value));
        if (strcmp(text_string(&masked), text_string(&plain)) != 0)
            return true;
    }
    return false;
}

/* "ssh://user:password@host/" and the like. */
static bool has_login(const char *word)
{
    const char *authority = strstr(word, "://");
    const char *at = authority ? strchr(authority, '@') : NULL;

    return at && memchr(authority + 3, ':', (size_t)(at - authority) - 3);
}

static bool names_secret_property(const struct strings *words)
{
    bool sets = false, secret = false;

    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i];
        const char *property = strncmp(word, "property=", 9) == 0 ? word + 9 : word;

        sets = sets || strstr(word, "qom-set") || strstr(word, "qom_set");
        secret = secret || transcript_is_secret_property(property);
    }
    return sets && secret;
}

/* A name that is about secrets, wherever it stands. */
static bool is_alarming(const char *string)
{
    static const char *const names[] = {"passw", "passphr", "secret", "cookie"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasestr(string, names[i]))
            return true;
    return false;
}

bool history_may_keep(const struct strings *words, const char *line)
{
    if (!*line || *line == ' ' || *line == '\t' || strlen(line) > LONGEST || strchr(line, '\n'))
        return false;
    if (is_alarming(line))
        return false;
    for (size_t i = 0; i < words->count; i++)
        if (is_alarming(words->item[i]) || has_secret_key(words, words->item[i]) ||
            has_secret_json(words, words->item[i]) || has_login(words->item[i]))
            return false;
    return !names_secret_property(words);
}

/* The file */

static int open_history(int folder, int flags)
{
    AUTO_FD int fd =
        openat(folder, file_name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

    return fd >= 0 && folder_is_ours(fd, S_IFREG) ? steal_fd(&fd) : -1;
}

/* Takes the file's lock; another prompt holds it for moments only. */
static bool lock(int fd)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int64_t deadline = clock_after(CLOCK_SECOND);

    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EINTR && (errno != EWOULDBLOCK || clock_now() >= deadline))
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

/* The file under its lock; one that was written anew meanwhile is opened again. */
static int open_locked(int folder)
{
    enum { TRIES = 10 };

    for (int i = 0; i < TRIES; i++) {
        AUTO_FD int fd = open_history(folder, O_RDWR | O_CREAT | O_APPEND);
        struct stat ours, there;

        if (fd < 0 || !lock(fd))
            return -1;
        if (fstat(fd, &ours) == 0 && fstatat(folder, file_name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
            ours.st_dev == there.st_dev && ours.st_ino == there.st_ino && fchmod(fd, 0600) == 0)
            return steal_fd(&fd);
    }
    return -1;
}

static bool read_all(int fd, struct text *text)
{
    enum { BLOCK = 64 * 1024 };
    ssize_t n;

    do {
        text_reserve(text, BLOCK);
        n = pread(fd, text->bytes + text->length, BLOCK, (off_t)text->length);
        if (n > 0)
            text->length += (size_t)n;
        text->bytes[text->length] = '\0';
    } while ((n > 0 && text->length <= LARGEST) || (n < 0 && errno == EINTR));
    return n == 0;
}

/* Where the newest `most` lines begin. */
static size_t begin_of(const struct text *text, size_t most)
{
    size_t at = text->length, count = 0;

    while (at > 0) {
        if (text->bytes[at - 1] == '\n' && at < text->length && ++count == most)
            break;
        at--;
    }
    return at;
}

static size_t count_lines(const struct text *text)
{
    size_t count = 0;

    for (size_t i = 0; i < text->length; i++)
        count += text->bytes[i] == '\n';
    return count;
}

/* The newest lines in a new file, which takes the old one's place at once or not at all. */
static void trim(int folder, const struct text *text)
{
    AUTO_FREE char *name = xasprintf(".%s.%ld", file_name, (long)getpid());
    size_t begin = begin_of(text, HISTORY_MOST);
    AUTO_FD int fd = -1;

    (void)unlinkat(folder, name, 0);
    fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (!folder_write(fd, text->bytes + begin, text->length - begin) ||
        renameat(folder, name, folder, file_name) < 0)
        (void)unlinkat(folder, name, 0);
}

static void append(const char *line)
{
    AUTO_FD int folder = folder_open("XDG_STATE_HOME", ".local/state");
    AUTO_FD int fd = folder < 0 ? -1 : open_locked(folder);
    AUTO_TEXT struct text text = TEXT_EMPTY, whole = TEXT_EMPTY;

    if (fd < 0 || !read_all(fd, &whole))
        return;
    /* What was cut off by a full disk is a line of its own. */
    if (whole.length && whole.bytes[whole.length - 1] != '\n')
        text_add_char(&text, '\n');
    text_printf(&text, "%s\n", line);
    if (!folder_write(fd, text.bytes, text.length))
        return;
    text_add(&whole, text.bytes, text.length);
    if (count_lines(&whole) > HISTORY_MOST + SPARE)
        trim(folder, &whole);
}

void history_load(struct history *history)
{
    AUTO_FD int folder = folder_open("XDG_STATE_HOME", ".local/state");
    AUTO_FD int fd = folder < 0 ? -1 : open_history(folder, O_RDONLY);
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (fd < 0 || !read_all(fd, &text))
        return;
    for (size_t at = begin_of(&text, HISTORY_MOST); at < text.length;) {
        size_t length = strcspn(text.bytes + at, "\n");

        if (length)
            strings_take(&history->lines, xstrndup(text.bytes + at, length));
        at += length + 1;
    }
}

bool history_add(struct history *history, const char *line)
{
    struct strings *lines = &history->lines;

    if (lines->count && strcmp(lines->item[lines->count - 1], line) == 0)
        return false;
    strings_add(lines, line);
    append(line);
    return true;
}
