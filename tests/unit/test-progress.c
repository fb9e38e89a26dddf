/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far things are: paces, lines, bars on a terminal (a small one is played here), documents. */
#include "base/clock.h"
#include "tap.h"
#include "ui/pace.h"
#include "ui/progress.h"

#define MIB (UINT64_C(1024) * 1024)
#define GIB (MIB * 1024)

/* One display with a clock of its own and all that it wrote. */
struct scene {
    struct progress_display *display;
    int64_t now;
    struct text text;
};

static struct scene scene_new(enum progress_mode mode)
{
    return (struct scene){progress_new(mode), 1000 * CLOCK_SECOND, TEXT_EMPTY};
}

static void scene_free(struct scene *scene)
{
    progress_free(scene->display);
    text_free(&scene->text);
}

#define AUTO_SCENE AUTO(scene_free)

/* What is said now; the bytes are those that it added. */
static const char *take(struct scene *scene, const struct progress *progress)
{
    text_clear(&scene->text);
    progress_take(scene->display, progress, scene->now, &scene->text);
    return text_string(&scene->text);
}

static const char *mirror(
    struct scene *scene, const char *what, uint64_t current, uint64_t total, const char *status)
{
    return take(
        scene, &(struct progress){what, "mirror", status, NULL, current, total, true, false});
}

static const char *ended(struct scene *scene, const char *what, uint64_t current, uint64_t total)
{
    return take(
        scene, &(struct progress){what, "mirror", "concluded", NULL, current, total, true, true});
}

/* A terminal of some rows: what it was sent, as it would be seen. Lines do not wrap: an overlong
 * one is a failure of its own. */

enum { ROWS = 40, COLUMNS = 200 };

struct screen {
    char cell[ROWS][COLUMNS + 1];
    size_t row, column;
    size_t widest;
    bool broken; /* something came that this terminal does not know, or that leaves it */
};

static void erase(struct screen *screen, bool below)
{
    screen->cell[screen->row][screen->column] = '\0';
    for (size_t row = screen->row + 1; below && row < ROWS; row++)
        screen->cell[row][0] = '\0';
}

static const char *escape(struct screen *screen, const char *at)
{
    char *end;
    unsigned long count = *at == '[' ? strtoul(at + 1, &end, 10) : 0;

    if (*at != '[' || !strchr("AJK", *end)) {
        screen->broken = true;
        return at;
    }
    if (*end == 'A' && count <= screen->row)
        screen->row -= count;
    else if (*end != 'A')
        erase(screen, *end == 'J');
    else
        screen->broken = true;
    return end;
}

static void put(struct screen *screen, char c)
{
    char *line = screen->cell[screen->row];
    size_t length = strlen(line);

    if (screen->column >= COLUMNS) {
        screen->broken = true;
        return;
    }
    for (; length < screen->column; length++)
        line[length] = ' ';
    if (screen->column == length)
        line[length + 1] = '\0';
    line[screen->column++] = c;
    if (screen->column > screen->widest)
        screen->widest = screen->column;
}

static void show(struct screen *screen, const char *bytes)
{
    for (; *bytes; bytes++) {
        if (*bytes == '\033') {
            bytes = escape(screen, bytes + 1);
        } else if (*bytes == '\r') {
            screen->column = 0;
        } else if (*bytes == '\n') {
            screen->row++;
            screen->column = 0;
            if (screen->row == ROWS) {
                screen->broken = true;
                return;
            }
        } else if (*bytes < ' ') {
            screen->broken = true;
        } else {
            put(screen, *bytes);
        }
    }
}

/* All lines down to the cursor's, which ends in '|' where the cursor stands. */
static void sees(const struct screen *screen, const char *expected, const char *what)
{
    struct text text = TEXT_EMPTY;

    for (size_t row = 0; row < screen->row; row++)
        text_printf(&text, "%s\n", screen->cell[row]);
    text_printf(&text, "%s|", screen->cell[screen->row]);
    for (size_t row = screen->row + 1; row < ROWS; row++)
        text_add_string(&text, screen->cell[row]);
    ok(!screen->broken && strlen(screen->cell[screen->row]) == screen->column,
        "the terminal understood it: %s", what);
    is_owned(text_take(&text), expected, "%s", what);
}

/* Paces. */

static void paces(void)
{
    struct pace pace = {0};
    uint64_t speed = 0;

    ok(!pace_speed(&pace, &speed) && !pace_average(&pace, &speed), "nothing has no speed");
    pace_add(&pace, 0, 1000);
    ok(!pace_speed(&pace, &speed), "one sample has no speed");
    pace_add(&pace, CLOCK_SECOND / 10, 2000);
    ok(!pace_speed(&pace, &speed), "nor have two within a tenth of a second");
    pace_add(&pace, CLOCK_SECOND, 11000);
    ok(pace_speed(&pace, &speed) && speed == 10000, "two samples have one");
    pace_add(&pace, CLOCK_SECOND * 2, 11000);
    ok(pace_speed(&pace, &speed) && speed == 5000, "which a standstill lowers");
    for (int i = 3; i < 20; i++)
        pace_add(&pace, CLOCK_SECOND * i, 11000);
    ok(pace_speed(&pace, &speed) && speed == 0, "to nothing when it lasts");
    ok(pace_average(&pace, &speed) && speed == 10000 / 19, "the average does not forget");
    pace_add(&pace, CLOCK_SECOND * 20, 500);
    ok(!pace_speed(&pace, &speed) && !pace_average(&pace, &speed), "going back begins anew");
    pace_add(&pace, CLOCK_SECOND * 80, 60500);
    ok(pace_speed(&pace, &speed) && speed == 1000, "slow questions have a speed");
}

static void smooth_paces(void)
{
    struct pace pace = {0};
    uint64_t speed = 0;

    /* 1000 a second, asked for every 7 ms with a hiccup now and then, for long. */
    for (int64_t now = 0; now < 60 * CLOCK_SECOND; now += 7000) {
        pace_add(&pace, now, (uint64_t)(now / 1000));
        if (now >= CLOCK_SECOND)
            fold(pace_speed(&pace, &speed) && speed >= 998 && speed <= 1002,
                "at %" PRId64 ": %" PRIu64, now, speed);
    }
    folded("frequent questions do not shake it");
    for (int64_t pause = 1000; pause < CLOCK_SECOND; pause += 1000) {
        struct pace other = {0};
        size_t most = 0;

        for (int64_t now = 0; now < 12 * CLOCK_SECOND; now += pause) {
            pace_add(&other, now, (uint64_t)now);
            most = other.count > most ? other.count : most;
        }
        fold(most <= PACE_SAMPLES && pace_speed(&other, &speed) && speed == CLOCK_SECOND,
            "every %" PRId64 " us: %zu samples, %" PRIu64, pause, most, speed);
    }
    folded("however often it is asked, there is room and the speed is right");
    for (int64_t now = 60 * CLOCK_SECOND; now < 66 * CLOCK_SECOND; now += 500000)
        pace_add(&pace, now, (uint64_t)(60000 + (now - 60 * CLOCK_SECOND) / 100));
    ok(pace_speed(&pace, &speed) && speed == 10000, "after six seconds only the new speed counts");
}

static void large_numbers(void)
{
    struct pace pace = {0};
    uint64_t speed = 0;

    ok(pace_scale(UINT64_MAX, 1000000, 1000000) == UINT64_MAX, "2^64-1 scales exactly");
    ok(pace_scale(UINT64_MAX, 100, UINT64_MAX) == 100, "100 percent of 2^64-1");
    ok(pace_scale(UINT64_MAX - 1, 100, UINT64_MAX) == 99, "99 percent of it");
    ok(pace_scale(UINT64_MAX, 2, 1) == UINT64_MAX, "what is too large is the largest");
    pace_add(&pace, 0, 0);
    pace_add(&pace, CLOCK_SECOND / 2, UINT64_MAX);
    ok(pace_speed(&pace, &speed) && speed == UINT64_MAX, "the largest speed");
}

/* What --progress means. */

static void choices(void)
{
    static const struct {
        const char *how;
        bool documents, terminal;
        enum progress_mode mode;
    } cases[] = {
        {NULL, false, true, PROGRESS_BAR},
        {NULL, false, false, PROGRESS_NONE},
        {NULL, true, true, PROGRESS_NONE},
        {NULL, true, false, PROGRESS_NONE},
        {"auto", false, true, PROGRESS_BAR},
        {"auto", false, false, PROGRESS_NONE},
        {"auto", true, true, PROGRESS_NONE},
        {"bar", false, true, PROGRESS_BAR},
        {"bar", false, false, PROGRESS_PLAIN},
        {"bar", true, true, PROGRESS_JSON},
        {"bar", true, false, PROGRESS_JSON},
        {"plain", false, true, PROGRESS_PLAIN},
        {"plain", false, false, PROGRESS_PLAIN},
        {"plain", true, true, PROGRESS_JSON},
        {"none", false, true, PROGRESS_NONE},
        {"none", true, false, PROGRESS_NONE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        fold(progress_choose(cases[i].how, cases[i].documents, cases[i].terminal) == cases[i].mode,
            "%s%s%s", cases[i].how ? cases[i].how : "(not given)",
            cases[i].documents ? ", --json" : "", cases[i].terminal ? ", a terminal" : "");
    folded("what is shown follows from --progress, --json and stderr");
}

/* Plain lines. */

static void plain_lines(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_PLAIN);

    is_string(mirror(&scene, "m", 0, 100 * MIB, "running"),
        "m  mirror  running  0%  0 B of 100 MiB\n", "the first is said at once");
    for (int i = 1; i < 10; i++) {
        scene.now += CLOCK_SECOND / 2;
        fold(!*mirror(&scene, "m", (uint64_t)i * 5 * MIB, 100 * MIB, i & 1 ? "paused" : "running"),
            "%d", i);
    }
    folded("nothing is said for five seconds, whatever happens");
    scene.now += CLOCK_SECOND / 2;
    is_string(mirror(&scene, "m", 50 * MIB, 100 * MIB, "running"),
        "m  mirror  running  50%  50 MiB of 100 MiB  10 MiB/s  5 s left\n", "then the next");
    scene.now += CLOCK_SECOND;
    is_string(mirror(&scene, "n", 0, 0, "created"), "n  mirror  created\n",
        "another thing is said at once");
    scene.now += CLOCK_SECOND;
    is_string(ended(&scene, "m", 100 * MIB, 100 * MIB),
        "m  mirror  concluded  100%  100 MiB of 100 MiB  14.3 MiB/s\n",
        "the end is said at once, with the speed of it all");
    is_string(ended(&scene, "m", 0, 0), "", "and once");
}

static void never_too_much(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_PLAIN);

    is_string(mirror(&scene, "a", MIB, MIB, "running"), "a  mirror  running  99%  1 MiB of 1 MiB\n",
        "what runs is not at 100%%");
    is_string(mirror(&scene, "b", 3 * MIB, MIB, "running"),
        "b  mirror  running  99%  3 MiB of 1 MiB\n", "nor past it");
    is_string(mirror(&scene, "c", MIB, MIB, "ready"), "c  mirror  ready  100%  1 MiB of 1 MiB\n",
        "what is ready is");
    is_string(mirror(&scene, "d", 3 * MIB, MIB, "ready"),
        "d  mirror  ready  100%  3 MiB of 1 MiB\n", "and no more");
    is_string(mirror(&scene, "e", MIB - 1, MIB, "ready"), "e  mirror  ready  99%  1 MiB of 1 MiB\n",
        "a byte less is less");
    is_string(mirror(&scene, "f", UINT64_MAX - 1, UINT64_MAX, "running"),
        "f  mirror  running  99%  16 EiB of 16 EiB\n", "2^64-1 is no limit");
    is_string(mirror(&scene, "g", 0, UINT64_MAX, "running"),
        "g  mirror  running  0%  0 B of 16 EiB\n", "nor is it negative");
    is_string(ended(&scene, "h", MIB / 2, MIB), "h  mirror  concluded  50%  512 KiB of 1 MiB\n",
        "what ended half way says so");
}

static void totals_change(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_PLAIN);

    mirror(&scene, "m", 0, 50 * MIB, "running");
    scene.now += 5 * CLOCK_SECOND;
    is_string(mirror(&scene, "m", 50 * MIB, 200 * MIB, "running"),
        "m  mirror  running  25%  50 MiB of 200 MiB  10 MiB/s  15 s left\n",
        "percent and time left follow a total that grew");
    scene.now += 5 * CLOCK_SECOND;
    is_string(mirror(&scene, "m", 50 * MIB, 0, "running"), "m  mirror  running  50 MiB  0 B/s\n",
        "a total that is not known any more gives neither");
    scene.now += 5 * CLOCK_SECOND;
    is_string(mirror(&scene, "m", 20 * MIB, 100 * MIB, "running"),
        "m  mirror  running  20%  20 MiB of 100 MiB\n", "no speed is negative");
    scene.now += 5 * CLOCK_SECOND;
    is_string(mirror(&scene, "m", 20 * MIB + 1, 100 * MIB, "running"),
        "m  mirror  running  20%  20 MiB of 100 MiB  0 B/s\n", "no time left where nothing moves");
}

static void steps(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_PLAIN);
    struct progress steps = {.what = "s", .status = "running", .current = 3, .total = 10};

    is_string(take(&scene, &steps), "s  running  30%  3 of 10\n", "steps have no unit");
    steps.current = 8;
    scene.now += 5 * CLOCK_SECOND;
    is_string(
        take(&scene, &steps), "s  running  80%  8 of 10  1/s  2 s left\n", "nor has their speed");
    steps = (struct progress){.what = "s", .ended = true};
    is_string(take(&scene, &steps), "s  running  80%  8 of 10  1/s\n",
        "an end that says nothing leaves what was known");
    steps = (struct progress){.what = "t", .ended = true};
    is_string(take(&scene, &steps), "", "what nobody knew does not end");
    steps = (struct progress){.what = "s", .status = "aborting", .current = 8, .total = 10};
    scene.now += 5 * CLOCK_SECOND;
    is_string(take(&scene, &steps), "s  aborting  80%  8 of 10  0/s\n",
        "what goes on after all is heard again");
}

static void strangers(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_PLAIN);

    is_string(mirror(&scene, "a\n\033[2J", 1, 0, "run\rning"),
        "a\\n\\x1B[2J  mirror  run\\rning  1 B\n", "what came from outside is escaped");
}

static void nothing(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_NONE);

    is_string(mirror(&scene, "m", 1, 2, "running"), "", "none is nothing");
    is_string(ended(&scene, "m", 2, 2), "", "to the end");
    progress_finish(scene.display, &scene.text);
    is_string(text_string(&scene.text), "", "and after it");
}

/* Bars. */

static void one_bar(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_BAR);
    struct screen screen = {0};

    progress_fit(scene.display, 120, 24);
    show(&screen, mirror(&scene, "d1", 0, 2 * GIB, "running"));
    sees(&screen, "d1  mirror  running    0% [--------------------]  0 B of 2 GiB|", "a bar");
    scene.now += 2 * CLOCK_SECOND;
    show(&screen, mirror(&scene, "d1", GIB / 2, 2 * GIB, "running"));
    sees(&screen,
        "d1  mirror  running   25% [#####---------------]  512 MiB of 2 GiB  256 MiB/s  6 s left|",
        "is drawn over");
    scene.now += CLOCK_SECOND / 100;
    is_string(mirror(&scene, "d1", GIB, 2 * GIB, "running"), "", "but not 100 times a second");
    scene.now += CLOCK_SECOND / 100;
    show(&screen, mirror(&scene, "d1", 2 * GIB, 2 * GIB, "running"));
    scene.now += 6 * CLOCK_SECOND;
    show(&screen, mirror(&scene, "d1", 2 * GIB, 2 * GIB, "running"));
    sees(&screen, "d1  mirror  running   99% [###################-]  2 GiB of 2 GiB  0 B/s|",
        "a bar that runs is never full");
    scene.now += CLOCK_SECOND / 100;
    show(&screen, mirror(&scene, "d1", 2 * GIB, 2 * GIB, "ready"));
    sees(&screen, "d1  mirror  ready  100% [####################]  2 GiB of 2 GiB  0 B/s|",
        "a new status is drawn at once");
    show(&screen, ended(&scene, "d1", 2 * GIB, 2 * GIB));
    sees(&screen,
        "d1  mirror  concluded  100% [####################]  2 GiB of 2 GiB  255 MiB/s\n|",
        "the end leaves it on a line of its own");
    text_clear(&scene.text);
    progress_finish(scene.display, &scene.text);
    is_string(text_string(&scene.text), "", "there is nothing left to end");
}

static void several_bars(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_BAR);
    struct screen screen = {0};

    progress_fit(scene.display, 120, 24);
    show(&screen, mirror(&scene, "a", MIB, 4 * MIB, "running"));
    show(&screen, mirror(&scene, "disk-b", 0, 0, "created"));
    show(&screen, mirror(&scene, "c", MIB, 2 * MIB, "paused"));
    sees(&screen,
        "a       mirror  running   25% [#####---------------]  1 MiB of 4 MiB\n"
        "disk-b  mirror  created\n"
        "c       mirror  paused    50% [##########----------]  1 MiB of 2 MiB|",
        "several things have a line each, in columns");
    show(&screen, ended(&scene, "a", 4 * MIB, 4 * MIB));
    sees(&screen,
        "a       mirror  concluded  100% [####################]  4 MiB of 4 MiB\n"
        "disk-b  mirror  created\n"
        "c       mirror  paused      50% [##########----------]  1 MiB of 2 MiB|",
        "the first that ends stays above");
    text_clear(&scene.text);
    progress_hide(scene.display, &scene.text);
    text_add_string(&scene.text, "note: this is one\n");
    progress_draw(scene.display, &scene.text);
    show(&screen, text_string(&scene.text));
    sees(&screen,
        "a       mirror  concluded  100% [####################]  4 MiB of 4 MiB\n"
        "note: this is one\n"
        "disk-b  mirror  created\n"
        "c       mirror  paused      50% [##########----------]  1 MiB of 2 MiB|",
        "a note passes the bars");
    text_clear(&scene.text);
    progress_finish(scene.display, &scene.text);
    is_string(text_string(&scene.text), "\n", "what has not ended is left as it stands");
    text_clear(&scene.text);
    progress_hide(scene.display, &scene.text);
    progress_draw(scene.display, &scene.text);
    is_string(text_string(&scene.text), "", "and forgotten");
}

static void hidden_bars(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_BAR);
    struct screen screen = {0};

    progress_fit(scene.display, 100, 24);
    show(&screen, "$ qmpbox\n");
    show(&screen, mirror(&scene, "a", MIB, 4 * MIB, "running"));
    show(&screen, mirror(&scene, "b", MIB, 4 * MIB, "running"));
    text_clear(&scene.text);
    progress_hide(scene.display, &scene.text);
    show(&screen, text_string(&scene.text));
    sees(&screen, "$ qmpbox\n|", "hidden bars leave nothing behind");
    show(&screen, "a result\n");
    scene.now += CLOCK_SECOND;
    show(&screen, mirror(&scene, "b", 2 * MIB, 4 * MIB, "running"));
    sees(&screen,
        "$ qmpbox\na result\n"
        "a  mirror  running   25% [#####---------------]  1 MiB of 4 MiB\n"
        "b  mirror  running   50% [##########----------]  2 MiB of 4 MiB  1 MiB/s  2 s left|",
        "and come back below what was written");
}

/* How the line looks where it is as wide as the terminal allows; and that one column less is less.
 */
static void widest(const char *expected)
{
    AUTO_FREE char *with_cursor = xasprintf("%s|", expected);

    for (size_t less = 0; less < 2; less++) {
        AUTO_SCENE struct scene scene = scene_new(PROGRESS_BAR);
        struct screen screen = {0};

        progress_fit(scene.display, strlen(expected) + 3 - less, 24);
        mirror(&scene, "commit-d1", 0, 100 * MIB, "running");
        scene.now += CLOCK_SECOND;
        show(&screen, mirror(&scene, "commit-d1", 50 * MIB, 100 * MIB, "running"));
        if (!less)
            sees(&screen, with_cursor, expected);
        else
            ok(!screen.broken && screen.widest < strlen(expected), "and less with a column less");
    }
}

static void narrow_terminals(void)
{
    widest("commit-d1  mirror  running   50% [##########----------]  50 MiB of 100 MiB  50 MiB/s  "
           "1 s left");
    widest("commit-d1  mirror  running   50% [#####-----]  50 MiB of 100 MiB  50 MiB/s  1 s left");
    widest("commit-d1  mirror  running   50%  50 MiB of 100 MiB  50 MiB/s  1 s left");
    widest("commit-d1  running   50%  50 MiB of 100 MiB  50 MiB/s  1 s left");
    widest("commit-d1  running   50%  50 MiB/s  1 s left");
    widest("commit-d1  running   50%  1 s left");
    widest("commit-d1   50%  1 s left");
    widest("commit-d1   50%");
    widest("commit-~   50%");
    widest("commi~   50%");
    for (size_t columns = 9; columns < 130; columns++) {
        AUTO_SCENE struct scene scene = scene_new(PROGRESS_BAR);
        struct screen screen = {0};

        progress_fit(scene.display, columns, 24);
        mirror(&scene, "a-rather-long-name-of-a-job", 0, 100 * GIB, "running");
        scene.now += CLOCK_SECOND;
        show(&screen,
            mirror(&scene, "a-rather-long-name-of-a-job", GIB + 12345, 100 * GIB, "running"));
        show(&screen, mirror(&scene, "b", 0, 0, "created"));
        fold(screen.widest < columns && !screen.broken, "%zu columns: %zu", columns, screen.widest);
    }
    folded("no terminal is too narrow");
}

static void many_bars(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_BAR);
    struct screen screen = {0};
    char name[3] = "j0";

    progress_fit(scene.display, 80, 4);
    for (int i = 0; i < 6; i++, name[1]++)
        show(&screen, mirror(&scene, name, 0, 0, "created"));
    sees(&screen, "j0  mirror  created\nj1  mirror  created\nand 4 more|",
        "there are fewer bars than the terminal has lines");
    show(&screen, ended(&scene, "j0", 0, 0));
    show(&screen, ended(&scene, "j1", 0, 0));
    show(&screen, ended(&scene, "j2", 0, 0));
    sees(&screen,
        "j0  mirror  concluded\nj1  mirror  concluded\nj2  mirror  concluded\n"
        "j3  mirror  created\nj4  mirror  created\nj5  mirror  created|",
        "the others move up");
}

static void hostile_bars(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_BAR);
    struct screen screen = {0};

    show(&screen, mirror(&scene, "a\033[9A\n", 1, 0, "x\r"));
    sees(&screen, "a\\x1B[9A\\n  mirror  x\\r  1 B|", "no name moves the cursor");
}

/* Documents. */

static void documents(void)
{
    AUTO_SCENE struct scene scene = scene_new(PROGRESS_JSON);

    is_string(mirror(&scene, "m\n\"x\"", 0, 0, NULL),
        "{\"progress\":{\"what\":\"m\\n\\\"x\\\"\",\"type\":\"mirror\",\"current\":0,"
        "\"ended\":false}}\n",
        "a document leaves out what is not known");
    scene.now += CLOCK_SECOND / 2;
    is_string(mirror(&scene, "m\n\"x\"", 1, 2, "running"), "", "there is one in a second");
    scene.now += CLOCK_SECOND / 2;
    is_string(mirror(&scene, "m\n\"x\"", 5 * MIB, UINT64_MAX, "running"),
        "{\"progress\":{\"what\":\"m\\n\\\"x\\\"\",\"type\":\"mirror\",\"status\":\"running\","
        "\"current\":5242880,\"total\":18446744073709551615,\"bytes-per-second\":5242880,"
        "\"seconds-left\":3518437208883,\"ended\":false}}\n",
        "every digit of a number is there");
    scene.now += CLOCK_SECOND / 2;
    has_words(mirror(&scene, "other", 1, 2, "running"), "\"other\"", "for each thing");
    is_string(ended(&scene, "m\n\"x\"", 6 * MIB, 6 * MIB),
        "{\"progress\":{\"what\":\"m\\n\\\"x\\\"\",\"type\":\"mirror\",\"status\":\"concluded\","
        "\"current\":6291456,\"total\":6291456,\"bytes-per-second\":4194304,\"ended\":true}}\n",
        "and one at its end");
    is_string(ended(&scene, "m\n\"x\"", 6 * MIB, 6 * MIB), "", "once");
    scene.now += 5 * CLOCK_SECOND;
    has_words(take(&scene, &(struct progress){.what = "steps", .current = 1, .total = 9}),
        "{\"progress\":{\"what\":\"steps\",\"current\":1,\"total\":9,\"ended\":false}}\n",
        "steps are counted");
    scene.now += CLOCK_SECOND;
    has_words(take(&scene, &(struct progress){.what = "steps", .current = 4, .total = 9}),
        "\"current\":4,\"total\":9,\"per-second\":3,\"seconds-left\":2,", "and have another speed");
}

int main(void)
{
    /* What is cut is marked by "~" there. */
    setenv("LC_ALL", "C", 1);
    paces();
    smooth_paces();
    large_numbers();
    choices();
    plain_lines();
    never_too_much();
    totals_change();
    steps();
    strangers();
    nothing();
    one_bar();
    several_bars();
    hidden_bars();
    narrow_terminals();
    many_bars();
    hostile_bars();
    documents();
    return done_testing();
}
