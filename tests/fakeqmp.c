/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fakeqmp - a scripted QMP server for the tests.
 *
 *     fakeqmp [--log FILE] [--connections N] [--wait SECONDS] LISTEN SCENARIO
 *
 * LISTEN is a path (unix socket; a stale one there is removed), @NAME (abstract unix socket) or
 * tcp:ADDRESS:PORT (numeric; [::1] for IPv6), which prints "port N".  SCENARIO is a file, - stdin.
 * "ready" is printed once the socket listens.  Exit status: 0 all went as scripted; 1 the client
 * did something else ("fakeqmp: line N: expected ..., got ..." on stderr and in the log); 2 bad
 * usage or a faulty scenario.  It never runs longer than 60 s.  A command, or a client that does
 * not read what is sent, is waited for at most 10 s (or --wait, which may be 0.5), a connection for
 * 10 s or --wait, whichever is longer.  Connections are served one after the other; when the last
 * one has come, no more are accepted.
 *
 * The scenario has one directive a line; blank lines and those that begin with # are ignored.
 *   TEXT  the rest of the line after one space, with the escapes \r \n \t \\ \" \0 \xHH
 *   JSON  the rest of the line, strict JSON, taken as it stands
 *   DESC  the rest of the line, quoted for JSON when it is sent
 *   PATH  the rest of the line, relative to the working directory
 *
 * query-qmp-schema and query-target are answered with CommandNotFound wherever no directive is
 * about them: a server without a schema.
 *
 * What the server sends:
 *   greet [VERSION]         the greeting; VERSION like 10.0.13, otherwise 7.2.22
 *   negotiate [VERSION]     greet, expect qmp_capabilities, reply {}
 *   sync                    as a guest agent: expect-sync and reply-sync
 *   send TEXT               these bytes
 *   line [TEXT]             these bytes and CRLF
 *   bytes N C               N times the character (or escape) C
 *   repeat N TEXT           N times TEXT, without a pause
 *   drip COUNT MS TEXT      TEXT, COUNT bytes at a time, MS milliseconds between
 *   file PATH               the bytes of a file
 *   reply JSON              {"return": JSON, "id": ID}; ID is that of the last command, as it was
 *                           written; without id if it had none.  CRLF follows, here and below.
 *   reply-pretty JSON       the same over several lines, laid out as by QEMU's pretty=on
 *   error CLASS DESC        {"id": ID, "error": {"class": ..., "desc": ...}}, in QEMU's order
 *   reply-sync              byte 0xFF, and the reply to the number of expect-sync, which ends with
 *                           LF alone
 *   reply-id RAWID JSON     a reply with another id: a JSON value, or one word sent as it is
 *   error-noid CLASS DESC   an error without an id
 *   save NAME               remembers the id of the last command as NAME, for these two:
 *   reply-to NAME JSON
 *   error-to NAME CLASS DESC
 *   event NAME [JSON]       an event with this data.  Its timestamp is 1700000000 seconds, and as
 *                           microseconds the number of events sent before on this connection.
 *   events N NAME [JSON]    N events without a pause; $n in the data is 0 ... N-1
 *
 * What the client is to send.  White space before a command is skipped.  expect, expect-oob and
 * serve want what QEMU takes: strict UTF-8 JSON, an object, no duplicate keys, the name in execute
 * or exec-oob, and besides that only arguments (an object) and id.
 *   expect NAME [JSON]      the command NAME (by execute).  Its arguments contain at least the
 *                           members of JSON, in nested objects too; arrays are equal; numbers are
 *                           equal as text, strings once decoded; absent arguments are {}.
 *   expect-oob NAME [JSON]  the same by exec-oob
 *   expect-sync             byte 0xFF, and guest-sync-delimited with a number
 *   expect-any              any command, or a line that is not JSON
 *   expect-exact TEXT       the bytes of the command from the first brace to the last are TEXT,
 *                           in which $id stands for its id.  White space at the end of TEXT must
 *                           follow the command.  It need not be a correct command.
 *   expect-fd MODE [direct] [=PATH]
 *                           exactly one descriptor came, with the first byte of the last command;
 *                           its mode is MODE (ro rw wo any), it has O_DIRECT, and it is that file
 *   expect-no-fd            no descriptor came with the last command, or the white space before
 *   expect-eof              the client closes; but for white space nothing is sent before
 *   expect-quiet MS         nothing but white space comes for MS milliseconds; ends at EOF
 *
 * The rest:
 *   delay MS                sleeps
 *   may-close               from here on the client may be gone when something is sent to it, which
 *                           is skipped then; otherwise that is a failure.  Expectations still hold.
 *   close                   closes, once what has come is read (so the client sees an EOF).  The
 *                           end of a connection's part does so too.  Only delay may follow.
 *   reset                   closes so that the client gets ECONNRESET.  On a unix socket that takes
 *                           something unread: the last byte of a command therefore stays in the
 *                           socket until more is read, or a descriptor expected or not.  If nothing
 *                           is unread it is waited for.
 *   halfclose               shuts down the sending direction
 *   hang                    reads and ignores, and sends nothing, until the client leaves
 *   on NAME reply JSON      what serve answers to NAME (earlier on this connection; the last one
 *   on NAME error CLASS DESC    counts)
 *   serve                   answers every command, with {} if no on says otherwise, until the
 *                           client leaves, which it may do at any time
 *   loop N ... end          N times the directives between; does not nest
 *   read-slowly MS          sleeps MS milliseconds before each byte (not counted as waiting); 0
 *                           ends that
 *   no-read, resume-read    between them nothing is read, not even by hang and close.  Expecting
 *                           is a mistake there.
 *   connection N            what follows is for connection N.  What precedes the first such line
 *                           is for connection 1, and for those without a part of their own.  As
 *                           many connections as the highest N are taken without --connections.
 *
 * Bytes are read only where something is expected, and by serve, hang and close.  The log has
 * lines for each command ("< " and its bytes), each thing sent ("> " and 500 bytes at most, "(x N)"
 * if repeated), each descriptor ("fd MODE", then "direct" if so, "at BYTE" if not with the first)
 * and "eof" ("eof reset" after ECONNRESET).  Control characters appear as \r \n \t \xHH.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TOTAL_MS 60000
#define CHUNK 65536
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Arguments: n number, w word, i id, j JSON, o JSON object, d object with $n, t TEXT, r rest of the
 * line; what follows ? may be missing. */
/* clang-format off */
#define DIRECTIVES(X) \
    X(GREET, "greet", "?w") \
    X(NEGOTIATE, "negotiate", "?w") \
    X(SYNC, "sync", "") \
    X(SEND, "send", "t") \
    X(LINE, "line", "?t") \
    X(BYTES, "bytes", "nt") \
    X(REPEAT, "repeat", "nt") \
    X(DRIP, "drip", "nnt") \
    X(SENDFILE, "file", "r") \
    X(REPLY, "reply", "j") \
    X(REPLY_PRETTY, "reply-pretty", "j") \
    X(ERROR, "error", "w?r") \
    X(REPLY_SYNC, "reply-sync", "") \
    X(REPLY_ID, "reply-id", "ij") \
    X(ERROR_NOID, "error-noid", "w?r") \
    X(SAVE, "save", "w") \
    X(REPLY_TO, "reply-to", "wj") \
    X(ERROR_TO, "error-to", "ww?r") \
    X(EVENT, "event", "w?o") \
    X(EVENTS, "events", "nw?d") \
    X(EXPECT, "expect", "w?o") \
    X(EXPECT_OOB, "expect-oob", "w?o") \
    X(EXPECT_SYNC, "expect-sync", "") \
    X(EXPECT_ANY, "expect-any", "") \
    X(EXPECT_EXACT, "expect-exact", "t") \
    X(EXPECT_FD, "expect-fd", "w?r") \
    X(EXPECT_NO_FD, "expect-no-fd", "") \
    X(EXPECT_EOF, "expect-eof", "") \
    X(EXPECT_QUIET, "expect-quiet", "n") \
    X(DELAY, "delay", "n") \
    X(MAY_CLOSE, "may-close", "") \
    X(CLOSE, "close", "") \
    X(RESET, "reset", "") \
    X(HALFCLOSE, "halfclose", "") \
    X(HANG, "hang", "") \
    X(ON_REPLY, "on", "j") \
    X(ON_ERROR, "", "w?r") \
    X(SERVE, "serve", "") \
    X(LOOP, "loop", "n") \
    X(END, "end", "") \
    X(READ_SLOWLY, "read-slowly", "n") \
    X(NO_READ, "no-read", "") \
    X(RESUME_READ, "resume-read", "") \
    X(CONNECTION, "connection", "n")
/* clang-format on */
#define X_ENUM(op, name, args) op,
#define X_ROW(op, name, args) {name, args},

enum op { DIRECTIVES(X_ENUM) };
enum rd { RD_OK, RD_EOF, RD_TIMEOUT };

static const struct {
    const char *name, *args;
} table[] = {DIRECTIVES(X_ROW)};

struct buf {
    char *p;
    size_t n, cap;
};

struct dir {
    enum op op;
    int line;
    long num[2];
    char *word[2];
    struct buf text; /* TEXT, JSON or the rest of the line; .p is NULL if it is missing */
};

struct fd_at {
    int fd;
    uint64_t pos; /* the byte of the stream it came with */
    bool logged;
};

struct conn {
    int fd;
    bool is_unix, eof, gone, half, may_close, serving, no_read;
    bool held; /* the last byte taken is still in the socket */
    long slow_ms;
    uint64_t pos; /* bytes taken so far */
    struct fd_at fds[512];
    size_t nfds;
    struct buf raw;   /* the last command, */
    uint64_t raw_pos; /* where it began, */
    cJSON *json;      /* what it means, NULL if it is faulty, */
    struct buf id;    /* and its id as written, empty if it has none */
    struct buf sync;  /* the number of the last expect-sync */
    struct {
        const char *name;
        char *id;
    } saved[64];
    const struct dir *on[64];
    size_t nsaved, non;
    unsigned long events;
};

static struct dir *dirs;
static size_t ndirs;
static int cur_line, wait_ms = 10000;
static int64_t total_end = INT64_MAX;
static FILE *log_file;
static bool in_loop;
static const char *unix_path;

static void add(struct buf *b, const void *p, size_t n)
{
    if (b->n + n + 1 > b->cap) {
        b->cap = (b->n + n + 1) * 2;
        b->p = realloc(b->p, b->cap);
        if (!b->p) {
            abort();
        }
    }
    if (n) {
        memcpy(b->p + b->n, p, n);
    }
    b->n += n;
    b->p[b->n] = '\0';
}

__attribute__((format(printf, 2, 3))) static void addf(struct buf *b, const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0) {
        abort();
    }
    va_end(ap);
    add(b, s, strlen(s));
    free(s);
}

/* Appends at most limit bytes, control characters made visible; the rest is only counted. */
static void add_visible(struct buf *b, const char *p, size_t n, size_t limit)
{
    for (size_t i = 0; i < n && i < limit; i++) {
        if (p[i] == '\r' || p[i] == '\n' || p[i] == '\t') {
            addf(b, "\\%c", p[i] == '\r' ? 'r' : p[i] == '\n' ? 'n' : 't');
        } else if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f) {
            addf(b, "\\x%02x", p[i]);
        } else {
            add(b, p + i, 1);
        }
    }
    if (n > limit) {
        addf(b, "... (%zu bytes)", n);
    }
}

static void log_bytes(const char *prefix, const char *p, size_t n, size_t limit, long times)
{
    struct buf b = {0};

    if (log_file) {
        addf(&b, "%s", prefix);
        add_visible(&b, p, n, limit);
        if (times != 1) {
            addf(&b, " (x %ld)", times);
        }
        fprintf(log_file, "%s\n", b.p);
        fflush(log_file);
        free(b.p);
    }
}

__attribute__((noreturn)) static void leave(int status, const char *message)
{
    FILE *const to[] = {stderr, log_file};

    for (int i = 0; i < 2; i++) {
        if (to[i]) {
            fprintf(to[i], cur_line ? "fakeqmp: line %d: %s\n" : "fakeqmp: %.0d%s\n", cur_line,
                message);
            fflush(to[i]);
        }
    }
    if (unix_path) {
        unlink(unix_path);
    }
    _exit(status);
}

#define die(status, ...)                                                                           \
    do {                                                                                           \
        struct buf message_ = {0};                                                                 \
        addf(&message_, __VA_ARGS__);                                                              \
        leave(status, message_.p);                                                                 \
    } while (0)

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Whatever blocks does so here.  False if nothing happened until the deadline. */
static bool wait_for(int fd, int events, int64_t deadline)
{
    struct pollfd pf = {.fd = fd, .events = (short)events};

    for (;;) {
        int64_t now = now_ms(), left = (deadline < total_end ? deadline : total_end) - now;

        if (now >= total_end) {
            die(1, "expected the scenario to end within %d s, got no end", TOTAL_MS / 1000);
        }
        if (poll(&pf, 1, left > 0 ? (int)left : 0) > 0) {
            return true;
        }
        if (now >= deadline) {
            return false;
        }
    }
}

static void sleep_ms(long ms)
{
    wait_for(-1, 0, now_ms() + ms);
}

/* ---- JSON ---- */

static bool is_ws(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Duplicate keys, and numbers in the place of a key, are no JSON. */
static bool keys_ok(const cJSON *v)
{
    bool ok = true;

    for (const cJSON *a = v->child; a && ok; a = a->next) {
        ok = keys_ok(a);
        for (const cJSON *b = a->next; b && ok && cJSON_IsObject(v); b = b->next) {
            ok = strcmp(a->string, b->string) != 0;
        }
        ok = ok && !(cJSON_IsObject(v) && a->string[0] == '\1');
    }
    return ok;
}

/* Parses all of s strictly.  A number becomes a string, \1 and its text, to be compared by that. */
static cJSON *js_parse(const char *s, size_t n)
{
    static regex_t number;
    static bool compiled;
    bool str = false, ok = strlen(s) == n && mbstowcs(NULL, s, 0) != (size_t)-1;
    struct buf b = {0};
    cJSON *v = NULL;

    if (!compiled) {
        regcomp(&number, "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$", REG_EXTENDED);
        compiled = true;
    }
    for (size_t k; ok && *s; s += k) {
        k = 1;
        if (!str && (*s == '-' || isdigit((unsigned char)*s))) {
            regmatch_t m = {0, (regoff_t)(k = strspn(s, "-+.0123456789eE"))};

            ok = regexec(&number, s, 1, &m, REG_STARTEND) == 0;
            addf(&b, "\"\1%.*s\"", (int)k, s);
            continue;
        }
        if (str) {
            ok = (unsigned char)*s >= 0x20;
            k = *s == '\\' && s[1] ? 2 : 1;
        }
        str = str != (*s == '"');
        add(&b, s, k);
    }
    if (ok && b.n) {
        v = cJSON_ParseWithOpts(b.p, NULL, true);
    }
    if (v && !keys_ok(v)) {
        cJSON_Delete(v);
        v = NULL;
    }
    free(b.p);
    return v;
}

static bool js_contains(const cJSON *want, const cJSON *have)
{
    if (!cJSON_IsObject(want) || !cJSON_IsObject(have)) {
        return cJSON_Compare(want, have, true);
    }
    for (const cJSON *w = want->child; w; w = w->next) {
        const cJSON *h = cJSON_GetObjectItemCaseSensitive(have, w->string);

        if (!h || !js_contains(w, h)) {
            return false;
        }
    }
    return true;
}

/* The text of the value of the top-level "id" in a faultless object. */
static void js_raw_id(const char *p, struct buf *id)
{
    bool is_id = false, is_value = false;

    for (;; is_value = !is_value) {
        const char *end;
        cJSON *v;

        p += 1 + strspn(p + 1, " \t\r\n"); /* after { , : */
        v = cJSON_ParseWithOpts(p, &end, false);
        if (is_id && is_value) {
            add(id, p, (size_t)(end - p));
        }
        is_id = !is_value && v && !strcmp(v->valuestring, "id");
        cJSON_Delete(v);
        p = end + strspn(end, " \t\r\n");
        if (!v || *p == '}') {
            return;
        }
    }
}

/* ---- what the client sends ---- */

/* Closes the descriptors that came before this byte of the stream. */
static void drop_fds(struct conn *c, uint64_t before)
{
    size_t k = 0;

    for (size_t i = 0; i < c->nfds; i++) {
        if (c->fds[i].pos < before) {
            close(c->fds[i].fd);
        } else {
            c->fds[k++] = c->fds[i];
        }
    }
    c->nfds = k;
}

/* Receives one byte, which has this position: 1, 0 at the end, -1 if there is none now.  With
 * MSG_PEEK descriptors are not asked for: Linux might give those of the bytes that follow. */
static int recv_one(struct conn *c, int flags, char *byte, uint64_t pos)
{
    union {
        char space[CMSG_SPACE(sizeof(int) * 253)];
        struct cmsghdr align;
    } ctl;
    struct iovec iov = {byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &ctl,
        .msg_controllen = flags & MSG_PEEK ? 0 : sizeof(ctl)};
    ssize_t n = recvmsg(c->fd, &msg, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return -1;
    }
    if (n <= 0) {
        c->eof = true;
        log_bytes(n ? "eof reset" : "eof", "", 0, 0, 1);
        return 0;
    }
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&msg); h; h = CMSG_NXTHDR(&msg, h)) {
        bool rights = h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS;
        int fd;

        for (size_t i = 0; rights && CMSG_LEN((i + 1) * sizeof(fd)) <= h->cmsg_len; i++) {
            memcpy(&fd, CMSG_DATA(h) + i * sizeof(fd), sizeof(fd));
            if (c->nfds < COUNT(c->fds)) {
                c->fds[c->nfds++] = (struct fd_at){fd, pos, false};
            } else {
                close(fd);
            }
        }
    }
    return 1;
}

static void drop_held(struct conn *c)
{
    char b;

    if (c->held) {
        recv_one(c, 0, &b, c->pos - 1);
        c->held = false;
    }
}

static enum rd next_byte(struct conn *c, int64_t *deadline, char *byte, bool hold)
{
    int n;

    drop_held(c);
    if (c->slow_ms) {
        sleep_ms(c->slow_ms);
        *deadline += *deadline < INT64_MAX ? c->slow_ms : 0;
    }
    while (!c->eof && (n = recv_one(c, hold ? MSG_PEEK : 0, byte, c->pos)) < 0) {
        if (!wait_for(c->fd, POLLIN, *deadline)) {
            return RD_TIMEOUT;
        }
    }
    if (c->eof) {
        return RD_EOF;
    }
    c->held = hold;
    c->pos++;
    return RD_OK;
}

static const char *fd_mode(int fd)
{
    int fl = fcntl(fd, F_GETFL);

    return fl & O_PATH                    ? "path"
           : (fl & O_ACCMODE) == O_RDONLY ? "ro"
           : (fl & O_ACCMODE) == O_WRONLY ? "wo"
                                          : "rw";
}

static void log_fds(struct conn *c)
{
    for (size_t i = 0; i < c->nfds; i++) {
        const struct fd_at *f = &c->fds[i];
        struct buf b = {0};

        if (!f->logged) {
            addf(&b, "fd %s%s", fd_mode(f->fd), fcntl(f->fd, F_GETFL) & O_DIRECT ? " direct" : "");
            if (f->pos != c->raw_pos) {
                addf(&b, " at %lld", (long long)(f->pos - c->raw_pos));
            }
            log_bytes("", b.p, b.n, SIZE_MAX, 1);
            free(b.p);
        }
        c->fds[i].logged = true;
    }
}

/* Reads a command, from { to }, or a line of something else.  Its last byte is held, see reset. */
static enum rd read_command(struct conn *c, int64_t wait)
{
    int64_t deadline = wait < 0 ? INT64_MAX : now_ms() + wait;
    bool str = false, esc = false, garbage = false;
    long depth = 0;
    enum rd r;
    char b;

    if (c->no_read) {
        die(2, "no-read is in force");
    }
    drop_held(c);
    log_fds(c);
    drop_fds(c, c->pos);
    cJSON_Delete(c->json);
    c->json = NULL;
    c->raw.n = c->id.n = 0;
    while ((r = next_byte(c, &deadline, &b, depth == 1 && !str)) == RD_OK) {
        if (!c->raw.n) {
            if (is_ws(b)) {
                continue;
            }
            c->raw_pos = c->pos - 1;
            garbage = b != '{' && b != '[';
        }
        if (garbage) {
            deadline = now_ms() + 200;
            if (b == '\n') {
                break;
            }
        }
        add(&c->raw, &b, 1);
        if (str) {
            str = esc || b != '"';
            esc = !esc && b == '\\';
        } else if (b == '"') {
            str = true;
        } else {
            depth += (b == '{' || b == '[') - (b == '}' || b == ']');
            if (!depth && !garbage) {
                break;
            }
        }
    }
    if (c->raw.n) {
        log_bytes("< ", c->raw.p, c->raw.n, SIZE_MAX, 1);
    } else {
        c->raw_pos = c->pos;
    }
    log_fds(c);
    if (r == RD_OK) {
        c->json = js_parse(c->raw.p, c->raw.n);
        if (cJSON_IsObject(c->json)) {
            js_raw_id(c->raw.p, &c->id);
        }
    }
    return garbage ? RD_OK : r;
}

/* Looks at the last command.  Says what is wrong with it, or NULL. */
static const char *check_command(const struct conn *c, const char **name, bool *oob)
{
    static const char *const known[] = {"execute", "exec-oob", "arguments", "id"};
    const cJSON *m[4];
    int n = 0;

    for (size_t i = 0; i < 4; i++) {
        m[i] = cJSON_GetObjectItemCaseSensitive(c->json, known[i]);
        n += m[i] != NULL;
    }
    if (!cJSON_IsObject(c->json)) {
        return c->json ? "no object: " : "no JSON: ";
    }
    *oob = m[1] != NULL;
    *name = cJSON_GetStringValue(m[*oob]);
    if (!*name || (m[0] && m[1])) {
        return "no name of a command: ";
    }
    if (n != cJSON_GetArraySize(c->json)) {
        return "an unexpected member: ";
    }
    return m[2] && !cJSON_IsObject(m[2]) ? "arguments that are no object: " : NULL;
}

__attribute__((noreturn)) static void unexpected(
    const struct conn *c, enum rd r, const char *what, const char *why)
{
    struct buf got = {0};

    if (r == RD_OK) {
        addf(&got, "%s", why ? why : "");
    } else if (r == RD_EOF) {
        addf(&got, "the end of file%s", c->raw.n ? " after " : "");
    } else {
        addf(&got, "%s in %d ms%s", c->raw.n ? "only" : "nothing", wait_ms, c->raw.n ? ": " : "");
    }
    add_visible(&got, c->raw.p, c->raw.n, 400);
    die(1, "expected %s, got %s", what, got.p);
}

static void check_exact(struct conn *c, const struct buf *text)
{
    const char *at, *p = text->p, *end = p + text->n;
    int64_t deadline = now_ms() + wait_ms;
    struct buf want = {0}, what = {0};
    char b;

    for (; (at = memmem(p, (size_t)(end - p), "$id", 3)); p = at + 3) {
        add(&want, p, (size_t)(at - p));
        addf(&want, "%s", c->id.n ? c->id.p : "(it has no id)");
    }
    add(&want, p, (size_t)(end - p));
    /* White space after the command is read only if it is wanted. */
    while (c->raw.n < want.n && !memcmp(want.p, c->raw.p, c->raw.n) &&
           c->raw.n + strspn(want.p + c->raw.n, " \t\r\n") == want.n &&
           next_byte(c, &deadline, &b, false) == RD_OK) {
        add(&c->raw, &b, 1);
    }
    if (c->raw.n != want.n || memcmp(c->raw.p, want.p, want.n)) {
        add_visible(&what, want.p, want.n, 400);
        unexpected(c, RD_OK, what.p, NULL);
    }
    free(want.p);
}

static void answer(struct conn *c, const struct dir *d);

/*
 * Is the last command a client's question about the schema that the scenario is not about?
 * The server plays one without a schema then.
 */
static bool is_aside(const struct conn *c, const struct dir *d)
{
    const char *name;
    bool oob;

    if (check_command(c, &name, &oob) || oob ||
        (strcmp(name, "query-qmp-schema") && strcmp(name, "query-target"))) {
        return false;
    }
    return !(d && d->op == EXPECT && !strcmp(name, d->word[0])) &&
           !(d && d->op == EXPECT_EXACT && memmem(d->text.p, d->text.n, name, strlen(name)));
}

static void answer_aside(struct conn *c)
{
    static const struct dir none = {
        .op = ERROR, .word = {(char *)"CommandNotFound"}, .text = {.p = (char *)"no schema here"}};

    answer(c, &none);
}

static void expect(struct conn *c, const struct dir *d)
{
    enum rd r = read_command(c, wait_ms);
    const char *name, *why = NULL;
    struct buf what = {0};
    bool oob, ok;

    while (r == RD_OK && is_aside(c, d)) {
        answer_aside(c);
        r = read_command(c, wait_ms);
    }
    ok = r == RD_OK;
    if (d->op == EXPECT || d->op == EXPECT_OOB) {
        addf(&what, "command %s%s", d->word[0], d->op == EXPECT_OOB ? " by exec-oob" : "");
        if (d->text.p) {
            addf(&what, " with %s in its arguments", d->text.p);
        }
        why = ok ? check_command(c, &name, &oob) : NULL;
        ok = ok && !why && !strcmp(name, d->word[0]) && oob == (d->op == EXPECT_OOB);
        if (ok && d->text.p) {
            cJSON *want = js_parse(d->text.p, d->text.n), *none = cJSON_CreateObject();
            cJSON *have = cJSON_GetObjectItemCaseSensitive(c->json, "arguments");

            ok = js_contains(want, have ? have : none);
            cJSON_Delete(want);
            cJSON_Delete(none);
        }
    } else {
        addf(&what, "a command");
        if (ok && d->op == EXPECT_EXACT) {
            check_exact(c, &d->text);
        }
    }
    if (!ok) {
        unexpected(c, r, what.p, why);
    }
    free(what.p);
}

static void expect_sync(struct conn *c)
{
    int64_t deadline = now_ms() + wait_ms;
    const char *name, *number, *why;
    enum rd r;
    bool oob;
    char b;

    c->raw.n = 0;
    r = next_byte(c, &deadline, &b, false);
    if (r != RD_OK || b != '\xFF') {
        unexpected(c, r, "byte 0xFF", r == RD_OK ? "another one" : NULL);
    }
    r = read_command(c, wait_ms);
    why = r == RD_OK ? check_command(c, &name, &oob) : NULL;
    if (r != RD_OK || why || oob || strcmp(name, "guest-sync-delimited")) {
        unexpected(c, r, "guest-sync-delimited", why);
    }
    number = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(c->json, "arguments"), "id"));
    if (!number || *number != '\1') {
        unexpected(c, r, "a number as id", NULL);
    }
    c->sync.n = 0;
    addf(&c->sync, "%s", number + 1);
}

static void expect_fd(const struct conn *c, const struct dir *d)
{
    const char *p = d->text.p ? d->text.p : "", *mode;
    bool direct = !strncmp(p, "direct", 6);
    struct stat want, have;

    if (c->nfds != 1) {
        die(1, "expected one descriptor, got %zu", c->nfds);
    }
    if (c->fds[0].pos != c->raw_pos) {
        die(1, "expected a descriptor with byte 0 of the command, got it with byte %lld",
            (long long)(c->fds[0].pos - c->raw_pos));
    }
    mode = fd_mode(c->fds[0].fd);
    if (strcmp(d->word[0], "any") && strcmp(d->word[0], mode)) {
        die(1, "expected a descriptor of mode %s, got %s", d->word[0], mode);
    }
    if (direct && !(fcntl(c->fds[0].fd, F_GETFL) & O_DIRECT)) {
        die(1, "expected a descriptor with O_DIRECT, got one without");
    }
    p += direct ? 6 + strspn(p + 6, " \t") : 0;
    if (*p == '=') {
        if (stat(p + 1, &want) < 0) {
            die(2, "%s: %s", p + 1, strerror(errno));
        }
        if (fstat(c->fds[0].fd, &have) < 0 || want.st_dev != have.st_dev ||
            want.st_ino != have.st_ino) {
            die(1, "expected a descriptor of %s, got one of another file", p + 1);
        }
    }
}

/* Only peeks, so that something unread remains for reset. */
static void expect_quiet(const struct conn *c, long ms)
{
    int64_t end = now_ms() + ms;
    struct buf got = {0};
    char b[4096];

    if (c->no_read) {
        die(2, "no-read is in force");
    }
    for (ssize_t n = 1; n && now_ms() < end; sleep_ms(2)) {
        n = recv(c->fd, b, sizeof(b), MSG_PEEK | MSG_DONTWAIT);
        for (ssize_t i = c->held; i < n; i++) {
            if (!is_ws(b[i])) {
                add_visible(&got, b + i, (size_t)(n - i), 400);
                die(1, "expected nothing for %ld ms, got %s", ms, got.p);
            }
        }
    }
}

/* ---- what the server sends ---- */

static void put(struct conn *c, const char *p, size_t n)
{
    int64_t deadline = now_ms() + wait_ms;

    if (c->half) {
        die(2, "the sending direction is shut down");
    }
    while (n && !c->gone) {
        ssize_t k = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (k >= 0) {
            p += k;
            n -= (size_t)k;
            deadline = now_ms() + wait_ms;
        } else if (errno == EAGAIN) {
            if (!wait_for(c->fd, POLLOUT, deadline)) {
                die(1, "expected the client to read, got %zu bytes left for %d ms", n, wait_ms);
            }
        } else if (errno != EINTR) {
            c->gone = true;
            if (!c->may_close && !c->serving) {
                die(1, "expected the client to take what is sent, got %s", strerror(errno));
            }
        }
    }
}

static void send_text(struct conn *c, const char *p, size_t n, long times)
{
    struct buf b = {0};

    log_bytes("> ", p, n, 500, times);
    for (long i = 0; i < times && !c->gone; i++) {
        add(&b, p, n);
        if (b.n >= CHUNK || i + 1 == times) {
            put(c, b.p, b.n);
            b.n = 0;
        }
    }
    free(b.p);
}

static void add_quoted(struct buf *b, const char *s)
{
    add(b, "\"", 1);
    for (; *s; s++) {
        if ((unsigned char)*s < 0x20) {
            addf(b, "\\u%04x", *s);
        } else {
            addf(b, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
        }
    }
    add(b, "\"", 1);
}

static void add_pretty(struct buf *b, const char *s)
{
    bool str = false;
    int depth = 0;

    for (; *s; s++) {
        bool opens = !str && (*s == '{' || *s == '['), closes = !str && (*s == '}' || *s == ']');

        if (!str && is_ws(*s)) {
            continue;
        }
        depth += opens - closes;
        if (closes) {
            addf(b, "\r\n%*s", depth * 4, "");
        }
        add(b, s, 1);
        if (str && *s == '\\') {
            add(b, ++s, 1);
        } else if (*s == '"') {
            str = !str;
        } else if (!str && *s == ':') {
            add(b, " ", 1);
        } else if ((opens && !strchr("}]", s[1 + strspn(s + 1, " \t")])) || (!str && *s == ',')) {
            addf(b, "\r\n%*s", depth * 4, "");
        }
    }
}

static void reply_sync(struct conn *c)
{
    struct buf b = {0};

    if (!c->sync.n) {
        die(2, "there was no expect-sync");
    }
    addf(&b, "\xFF{\"return\": %s}\n", c->sync.p);
    send_text(c, b.p, b.n, 1);
    free(b.p);
}

static char **find_saved(struct conn *c, const char *name)
{
    for (size_t i = 0; i < c->nsaved; i++) {
        if (!strcmp(c->saved[i].name, name)) {
            return &c->saved[i].id;
        }
    }
    return NULL;
}

static void save_id(struct conn *c, const char *name)
{
    char **id = find_saved(c, name);

    if (!id) {
        if (c->nsaved == COUNT(c->saved)) {
            die(2, "too many ids are saved");
        }
        c->saved[c->nsaved].name = name;
        id = &c->saved[c->nsaved++].id;
    }
    free(*id);
    *id = c->id.n ? strdup(c->id.p) : NULL;
}

/* Any reply or error; d is NULL for {} to the last command. */
static void answer(struct conn *c, const struct dir *d)
{
    enum op op = d ? d->op : REPLY;
    const char *id = c->id.n ? c->id.p : NULL, *class = NULL;
    struct buf b = {0}, pretty = {0};

    if (op == REPLY_TO || op == ERROR_TO) {
        char **saved = find_saved(c, d->word[0]);

        if (!saved) {
            die(2, "no id was saved as %s", d->word[0]);
        }
        id = *saved;
    } else if (op == REPLY_ID || op == ERROR_NOID) {
        id = op == REPLY_ID ? d->word[0] : NULL;
    }
    if (op == ERROR || op == ERROR_NOID || op == ERROR_TO || op == ON_ERROR) {
        class = d->word[op == ERROR_TO || op == ON_ERROR];
    }
    if (class) {
        addf(&b, "{");
        if (id) {
            addf(&b, "\"id\": %s, ", id);
        }
        addf(&b, "\"error\": {\"class\": ");
        add_quoted(&b, class);
        addf(&b, ", \"desc\": ");
        add_quoted(&b, d->text.p ? d->text.p : "");
        addf(&b, "}}");
    } else {
        addf(&b, "{\"return\": %s", d ? d->text.p : "{}");
        if (id) {
            addf(&b, ", \"id\": %s", id);
        }
        addf(&b, "}");
    }
    if (op == REPLY_PRETTY) {
        add_pretty(&pretty, b.p);
        free(b.p);
        b = pretty;
    }
    addf(&b, "\r\n");
    send_text(c, b.p, b.n, 1);
    free(b.p);
}

static void send_events(struct conn *c, const struct dir *d)
{
    long times = d->op == EVENTS ? d->num[0] : 1;
    struct buf b = {0};

    for (long i = 0; i < times && !c->gone; i++) {
        const char *p = d->text.p, *at;

        addf(&b, "{\"timestamp\": {\"seconds\": 1700000000, \"microseconds\": %lu}, \"event\": ",
            c->events++ % 1000000);
        add_quoted(&b, d->word[0]);
        if (p) {
            addf(&b, ", \"data\": ");
            for (; d->op == EVENTS && (at = strstr(p, "$n")); p = at + 2) {
                add(&b, p, (size_t)(at - p));
                addf(&b, "%ld", i);
            }
            addf(&b, "%s", p);
        }
        addf(&b, "}\r\n");
        if (i == 0) {
            log_bytes("> ", b.p, b.n, 500, times);
        }
        if (b.n >= CHUNK || i + 1 == times) {
            put(c, b.p, b.n);
            b.n = 0;
        }
    }
    free(b.p);
}

static struct buf read_file(const char *path)
{
    FILE *f = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
    struct buf b = {0};
    char chunk[4096];
    size_t n;

    if (!f) {
        die(2, "%s: %s", path, strerror(errno));
    }
    do {
        n = fread(chunk, 1, sizeof(chunk), f);
        add(&b, chunk, n);
    } while (n > 0);
    fclose(f);
    return b;
}

/* ---- the connection ---- */

/* Reads whatever comes, until the client leaves or, unless until_eof, nothing more is there. */
static void discard(struct conn *c, bool until_eof)
{
    char b[4096];

    drop_held(c);
    while (!c->eof) {
        ssize_t n = recv(c->fd, b, sizeof(b), MSG_DONTWAIT);

        if (n > 0) {
            for (ssize_t i = 0; i < n; i++) {
                if (!is_ws(b[i])) {
                    log_bytes("< ", b + i, (size_t)(n - i), SIZE_MAX, 1);
                    break;
                }
            }
        } else if (n < 0 && errno == EAGAIN) {
            if (!until_eof) {
                return;
            }
            wait_for(c->fd, POLLIN, INT64_MAX);
        } else {
            c->eof = true;
            log_bytes(n ? "eof reset" : "eof", "", 0, 0, 1);
        }
    }
}

static void close_conn(struct conn *c, bool reset)
{
    struct linger lg = {.l_onoff = 1};
    char b;

    if (!reset && !c->no_read) {
        discard(c, false);
    } else if (reset && !c->is_unix) {
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &lg, sizeof(lg));
    } else if (reset && (!wait_for(c->fd, POLLIN, now_ms() + wait_ms) ||
                            recv(c->fd, &b, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)) {
        die(1, "expected something from the client to leave unread, got nothing");
    }
    close(c->fd);
    c->fd = -1;
}

static void serve(struct conn *c)
{
    const char *name, *why;
    enum rd r;
    bool oob;

    c->serving = true;
    while ((r = read_command(c, -1)) == RD_OK) {
        size_t i = c->non;

        why = check_command(c, &name, &oob);
        if (why) {
            unexpected(c, r, "a command", why);
        }
        while (i > 0 && strcmp(name, c->on[i - 1]->word[0])) {
            i--;
        }
        if (!i && is_aside(c, NULL)) {
            answer_aside(c);
        } else {
            answer(c, i ? c->on[i - 1] : NULL);
        }
    }
    if (c->raw.n) {
        unexpected(c, r, "a command", NULL);
    }
}

static void run(struct conn *c, const struct dir *d)
{
    const struct dir *loop = NULL;
    long left = 0;
    enum rd r;

    for (; d < dirs + ndirs && d->op != CONNECTION; d++) {
        cur_line = d->line;
        if (c->fd < 0 && d->op != DELAY) {
            die(2, "the connection is closed");
        }
        switch (d->op) {
        case GREET:
        case SEND:
        case LINE:
        case BYTES:
        case REPEAT:
            send_text(c, d->text.p, d->text.n, d->num[0]);
            break;
        case DRIP:
            log_bytes("> ", d->text.p, d->text.n, 500, 1);
            for (size_t i = 0, n = (size_t)d->num[0]; i < d->text.n; i += n) {
                sleep_ms(i ? d->num[1] : 0);
                put(c, d->text.p + i, d->text.n - i < n ? d->text.n - i : n);
            }
            break;
        case SENDFILE: {
            struct buf b = read_file(d->text.p);

            send_text(c, b.p, b.n, 1);
            free(b.p);
            break;
        }
        case REPLY:
        case REPLY_PRETTY:
        case REPLY_ID:
        case REPLY_TO:
        case ERROR:
        case ERROR_NOID:
        case ERROR_TO:
            answer(c, d);
            break;
        case SAVE:
            save_id(c, d->word[0]);
            break;
        case EVENT:
        case EVENTS:
            send_events(c, d);
            break;
        case EXPECT:
        case EXPECT_OOB:
        case EXPECT_ANY:
        case EXPECT_EXACT:
            expect(c, d);
            break;
        case EXPECT_SYNC:
            expect_sync(c);
            break;
        case REPLY_SYNC:
            reply_sync(c);
            break;
        case EXPECT_FD:
        case EXPECT_NO_FD:
            drop_held(c);
            log_fds(c);
            if (d->op == EXPECT_FD) {
                expect_fd(c, d);
                break;
            }
            if (c->nfds) {
                die(1, "expected no descriptor, got %s", fd_mode(c->fds[0].fd));
            }
            break;
        case EXPECT_EOF:
            while ((r = read_command(c, wait_ms)) == RD_OK && is_aside(c, NULL)) {
                answer_aside(c);
            }
            if (r != RD_EOF || c->raw.n) {
                unexpected(c, r, "the end of file", NULL);
            }
            if (c->nfds) {
                die(1, "expected the end of file, got a descriptor");
            }
            break;
        case EXPECT_QUIET:
            expect_quiet(c, d->num[0]);
            break;
        case DELAY:
            sleep_ms(d->num[0]);
            break;
        case MAY_CLOSE:
            c->may_close = true;
            break;
        case CLOSE:
        case RESET:
            close_conn(c, d->op == RESET);
            break;
        case HALFCLOSE:
            shutdown(c->fd, SHUT_WR);
            c->half = true;
            break;
        case HANG:
            if (c->no_read) {
                wait_for(c->fd, POLLRDHUP, INT64_MAX);
            } else {
                discard(c, true);
            }
            break;
        case ON_REPLY:
        case ON_ERROR:
            if (c->non == COUNT(c->on)) {
                die(2, "too many lines of on");
            }
            c->on[c->non++] = d;
            break;
        case SERVE:
            serve(c);
            break;
        case LOOP:
            loop = d;
            left = d->num[0];
            while (!left && d->op != END) {
                d++;
            }
            break;
        case END:
            d = --left > 0 ? loop : d;
            break;
        case READ_SLOWLY:
            c->slow_ms = d->num[0];
            break;
        case NO_READ:
        case RESUME_READ:
            c->no_read = d->op == NO_READ;
            break;
        case NEGOTIATE:
        case SYNC:
        case CONNECTION:
            break;
        }
    }
    if (c->fd >= 0) {
        close_conn(c, false);
    }
    drop_fds(c, UINT64_MAX);
    cJSON_Delete(c->json);
    free(c->raw.p);
    free(c->id.p);
    free(c->sync.p);
    while (c->nsaved) {
        free(c->saved[--c->nsaved].id);
    }
}

/* ---- the scenario ---- */

static char *skip(char *p)
{
    return p + strspn(p, " \t");
}

static char *take_word(char **p)
{
    char *start = skip(*p);

    *p = start + strcspn(start, " \t");
    return strndup(start, (size_t)(*p - start));
}

static void take_text(const char *p, struct buf *out)
{
    static const char from[] = "rnt\\\"0", to[] = "\r\n\t\\\"";
    const char *at;

    for (add(out, "", 0); *p; p++) {
        char ch = *p;

        if (ch == '\\') {
            p++;
            if (*p && (at = strchr(from, *p))) {
                ch = to[at - from];
            } else if (*p == 'x' && strspn(p + 1, "0123456789abcdefABCDEF") >= 2) {
                ch = (char)strtol((char[]){p[1], p[2], 0}, NULL, 16);
                p += 2;
            } else {
                die(2, "unknown escape \\%c", *p ? *p : ' ');
            }
        }
        add(out, &ch, 1);
    }
}

static void take_json(char *p, struct buf *out, char kind)
{
    struct buf check = {0};
    cJSON *v;
    char *n;

    p = skip(p);
    add(out, p, strlen(p));
    add(&check, p, strlen(p));
    while (kind == 'd' && (n = strstr(check.p, "$n"))) {
        memcpy(n, "10", 2);
    }
    v = js_parse(check.p, check.n);
    if (!v || (kind != 'j' && !cJSON_IsObject(v))) {
        die(2, "not a JSON %s: %s", kind == 'j' ? "value" : "object", p);
    }
    cJSON_Delete(v);
    free(check.p);
}

static void parse_args(struct dir *d, char *p, const char *args)
{
    int nnum = 0, nword = d->word[0] != NULL;
    const char *at;
    cJSON *v;

    for (bool optional = false; *args; args++) {
        if (*args == '?') {
            optional = true;
        } else if (*args == 't' ? p[0] && (p[1] || optional) : *skip(p)) {
            char *word = NULL, *end;

            switch (*args) {
            case 'n':
                word = take_word(&p);
                d->num[nnum] = strtol(word, &end, 10);
                if (*end || !isdigit((unsigned char)*word) || d->num[nnum++] > 1000000000) {
                    die(2, "not a number: %s", word);
                }
                free(word);
                break;
            case 'i':
                v = cJSON_ParseWithOpts(p = skip(p), &at, false);
                if (v && (*at == ' ' || *at == '\t')) {
                    d->word[nword++] = strndup(p, (size_t)(at - p));
                    p += at - p;
                } else {
                    d->word[nword++] = take_word(&p);
                }
                cJSON_Delete(v);
                break;
            case 'w':
                d->word[nword++] = take_word(&p);
                break;
            default:
                if (*args == 't') {
                    take_text(p + 1, &d->text);
                } else if (*args == 'r') {
                    add(&d->text, skip(p), strlen(skip(p)));
                } else {
                    take_json(p, &d->text, *args);
                }
                p += strlen(p);
            }
        } else if (!optional) {
            die(2, "an argument is missing");
        }
    }
    if (*skip(p)) {
        die(2, "not expected: %s", skip(p));
    }
}

static struct dir *add_dir(enum op op)
{
    dirs = realloc(dirs, (ndirs + 1) * sizeof(*dirs));
    if (!dirs) {
        abort();
    }
    dirs[ndirs] = (struct dir){.op = op, .line = cur_line};
    return &dirs[ndirs++];
}

static void parse_line(char *p)
{
    char *word = take_word(&p), *verb = NULL;
    const char *name = word;
    unsigned v[3] = {7, 2, 22};
    struct dir *d;
    size_t op = 0;

    while (op < COUNT(table) && strcmp(name, table[op].name)) {
        op++;
    }
    if (op == COUNT(table)) {
        die(2, "unknown directive %s", name);
    }
    d = add_dir((enum op)op);
    if (op == ON_REPLY) {
        d->word[0] = take_word(&p);
        verb = take_word(&p);
        d->op = strcmp(verb, "error") ? ON_REPLY : ON_ERROR;
        if (d->op == ON_REPLY && strcmp(verb, "reply")) {
            die(2, "not reply or error: %s", verb);
        }
    }
    parse_args(d, p, table[d->op].args);
    free(word);
    free(verb);
    switch (d->op) {
    case GREET:
    case NEGOTIATE:
        if (d->word[0] && sscanf(d->word[0], "%u.%u.%u", v, v + 1, v + 2) != 3) {
            die(2, "not a version: %s", d->word[0]);
        }
        addf(&d->text,
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": %u, \"minor\": %u, "
            "\"major\": %u}, \"package\": \"%s\"}, \"capabilities\": [\"oob\"]}}\r\n",
            v[2], v[1], v[0], d->word[0] ? "" : "Debian 1:7.2+dfsg-7+deb12u18+b3");
        d->num[0] = 1;
        if (d->op == NEGOTIATE) {
            d->op = GREET;
            add_dir(EXPECT)->word[0] = strdup("qmp_capabilities");
            addf(&add_dir(REPLY)->text, "{}");
        }
        break;
    case SYNC:
        d->op = EXPECT_SYNC;
        add_dir(REPLY_SYNC);
        break;
    case LINE:
        addf(&d->text, "\r\n");
        d->num[0] = 1;
        break;
    case SEND:
        d->num[0] = 1;
        break;
    case BYTES:
    case DRIP:
        if (d->op == BYTES ? d->text.n != 1 : !d->num[0]) {
            die(2, d->op == BYTES ? "not one character" : "pieces of 0 bytes");
        }
        break;
    case EXPECT_FD:
        name = d->text.p ? d->text.p : "=";
        if ((strcmp(d->word[0], "any") && strspn(d->word[0], "rwo") != 2) ||
            (*name != '=' && strcmp(name, "direct") && strncmp(name, "direct =", 8))) {
            die(2, "not MODE [direct] [=PATH]");
        }
        break;
    case LOOP:
    case END:
    case CONNECTION:
        if (in_loop != (d->op == END)) {
            die(2, in_loop ? "end is missing" : "end without loop");
        }
        in_loop = d->op == LOOP;
        break;
    default:
        break;
    }
}

/* Returns the highest connection there is a part for. */
static long parse_scenario(const char *path)
{
    struct buf b = read_file(path);
    long highest = 1;

    for (char *p = b.p, *end; p < b.p + b.n; p = end + 1) {
        end = p + strcspn(p, "\n");
        *end = '\0';
        cur_line++;
        if (*skip(p) && *skip(p) != '#') {
            parse_line(skip(p));
            if (dirs[ndirs - 1].op == CONNECTION && dirs[ndirs - 1].num[0] > highest) {
                highest = dirs[ndirs - 1].num[0];
            }
        }
    }
    if (in_loop) {
        die(2, "end is missing");
    }
    free(b.p);
    cur_line = 0;
    return highest;
}

static int listen_on(const char *where)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                        .ai_socktype = SOCK_STREAM},
                    *ai = NULL;
    struct sockaddr *sa = (struct sockaddr *)&sun;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(where));
    struct stat st;
    int fd, one = 1;

    if (!strncmp(where, "tcp:", 4)) {
        char *host = strdup(where + 4), *colon = strrchr(host, ':'), *name = host;

        if (!colon) {
            die(2, "%s: no port", where);
        }
        *colon = '\0';
        if (*host == '[' && colon[-1] == ']') {
            colon[-1] = '\0';
            name++;
        }
        if (getaddrinfo(name, colon + 1, &hints, &ai)) {
            die(2, "%s: not a numeric address and port", where);
        }
        free(host);
        sa = ai->ai_addr;
        len = ai->ai_addrlen;
    } else if (strlen(where) >= sizeof(sun.sun_path)) {
        die(2, "%s: too long", where);
    } else {
        memcpy(sun.sun_path, where, strlen(where));
        if (*where == '@') {
            sun.sun_path[0] = '\0';
        } else {
            if (lstat(where, &st) == 0 && S_ISSOCK(st.st_mode)) {
                unlink(where);
            }
            len++;
        }
    }
    fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && ai) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    }
    if (fd < 0 || bind(fd, sa, len) < 0 || listen(fd, 16) < 0) {
        die(2, "%s: %s", where, strerror(errno));
    }
    if (ai) {
        char port[16];

        getsockname(fd, sa, &len);
        getnameinfo(sa, len, NULL, 0, port, sizeof(port), NI_NUMERICSERV);
        printf("port %s\n", port);
        freeaddrinfo(ai);
    } else if (*where != '@') {
        unix_path = where;
    }
    printf("ready\n");
    fflush(stdout);
    return fd;
}

static void serve_connection(int *listener, long number, bool last)
{
    struct conn c = {.fd = -1};
    const struct dir *d = dirs;
    int one = 1, arrival_ms = wait_ms > 10000 ? wait_ms : 10000;

    for (size_t i = 0; i < ndirs; i++) {
        if (dirs[i].op == CONNECTION && dirs[i].num[0] == number) {
            d = &dirs[i] + 1;
        }
    }
    cur_line = d < dirs + ndirs ? d->line : 0;
    while (c.fd < 0) {
        if (!wait_for(*listener, POLLIN, now_ms() + arrival_ms)) {
            die(1, "expected connection %ld, got none in %d ms", number, arrival_ms);
        }
        c.fd = accept4(*listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    }
    if (last) {
        close(*listener);
    }
    c.is_unix = setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0;
    run(&c, d);
}

int main(int argc, char **argv)
{
    long connections = 0, highest;
    int listener, i = 1;

    setlocale(LC_CTYPE, "C.UTF-8");
    for (; i + 2 < argc && !strncmp(argv[i], "--", 2); i += 2) {
        const char *value = argv[i + 1];

        if (!strcmp(argv[i], "--log")) {
            log_file = fopen(value, "we");
            if (!log_file) {
                die(2, "%s: %s", value, strerror(errno));
            }
        } else if (!strcmp(argv[i], "--connections") && atol(value) > 0) {
            connections = atol(value);
        } else if (!strcmp(argv[i], "--wait") && atof(value) > 0) {
            wait_ms = (int)(atof(value) * 1000);
        } else {
            break;
        }
    }
    if (argc - i != 2) {
        die(2, "usage: fakeqmp [--log FILE] [--connections N] [--wait SECONDS] LISTEN SCENARIO");
    }
    highest = parse_scenario(argv[i + 1]);
    connections = connections ? connections : highest;
    total_end = now_ms() + TOTAL_MS;
    alarm(TOTAL_MS / 1000 + 5); /* in case of a mistake of fakeqmp's own */
    listener = listen_on(argv[i]);
    for (long n = 1; n <= connections; n++) {
        serve_connection(&listener, n, n == connections);
    }
    if (unix_path) {
        unlink(unix_path);
    }
    return 0;
}
