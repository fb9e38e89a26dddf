/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/progress.h"

#include "json/json.h"
#include "ui/pace.h"
#include "ui/table.h"
#include "ui/units.h"

#include <stdlib.h>
#include <string.h>

enum {
    BAR_PAUSE = 100 * 1000, /* microseconds between two things that are said of one */
    PLAIN_PAUSE = 5 * 1000 * 1000,
    JSON_PAUSE = 1000 * 1000,
    GAP = 2,
    MARGIN = 3, /* columns left free: the cursor stands there, and a terminal echoes ^C */
    NARROWEST = 6,
};

struct item {
    char *what, *type, *status, *detail;
    uint64_t current, total;
    bool bytes, ended;
    bool said;    /* something has been printed of it, */
    int64_t when; /* at this time */
    struct pace pace;
    struct item *next;
};

struct progress_display {
    enum progress_mode mode;
    size_t columns, rows;
    struct item *first;
    size_t drawn; /* lines of bars on the terminal; the cursor stands in the last */
};

/* What a line shows, and in which columns. */
enum part { BAR = 1, TYPE = 2, AMOUNT = 4, SPEED = 8, STATUS = 16, LEFT = 32, DETAIL = 64 };

struct layout {
    size_t what, type, status; /* widths; 0: no columns, each as wide as it is */
    size_t bar;                /* cells */
    unsigned without;          /* parts that are left out */
    bool percent;              /* is there a column for it? */
};

enum progress_mode progress_choose(const char *how, bool documents, bool terminal)
{
    bool asked = how && strcmp(how, "auto") != 0;

    if (asked && strcmp(how, "none") == 0)
        return PROGRESS_NONE;
    if (documents)
        return asked ? PROGRESS_JSON : PROGRESS_NONE;
    if (terminal && (!asked || strcmp(how, "bar") == 0))
        return PROGRESS_BAR;
    return asked ? PROGRESS_PLAIN : PROGRESS_NONE;
}

struct progress_display *progress_new(enum progress_mode mode)
{
    struct progress_display *display = xcalloc(1, sizeof(*display));

    display->mode = mode;
    progress_fit(display, 0, 0);
    return display;
}

static void forget_all(struct progress_display *display)
{
    while (display->first) {
        struct item *item = display->first;

        display->first = item->next;
        free(item->what);
        free(item->type);
        free(item->status);
        free(item->detail);
        free(item);
    }
}

void progress_free(struct progress_display *display)
{
    if (!display)
        return;
    forget_all(display);
    free(display);
}

void progress_fit(struct progress_display *display, size_t columns, size_t rows)
{
    display->columns = columns ? columns : 80;
    display->rows = rows ? rows : 24;
}

/* What is known of an item. */

static bool percent_of(const struct item *item, unsigned *percent)
{
    bool whole = item->ended || (item->status && (strcmp(item->status, "ready") == 0 ||
                                                     strcmp(item->status, "standby") == 0));

    if (!item->total)
        return false;
    *percent =
        item->current < item->total ? (unsigned)pace_scale(item->current, 100, item->total) : 100;
    /* What counts as all of it may still grow. */
    if (*percent == 100 && !whole)
        *percent = 99;
    return true;
}

static bool speed_of(const struct item *item, uint64_t *speed)
{
    return item->ended ? pace_average(&item->pace, speed) : pace_speed(&item->pace, speed);
}

/* Rounded up, so that there is no "0 s left" before the end. */
static bool seconds_left(const struct item *item, uint64_t *seconds)
{
    uint64_t speed, left = item->total > item->current ? item->total - item->current : 0;

    if (item->ended || !left || !speed_of(item, &speed) || !speed)
        return false;
    *seconds = left / speed + (left % speed ? 1 : 0);
    return true;
}

/* A line for people. */

static void add_count(const struct item *item, uint64_t count, struct text *text)
{
    if (item->bytes)
        units_add_size(text, count);
    else
        text_printf(text, "%llu", (unsigned long long)count);
}

/* Adds a part behind those before it, filled up to a width. */
static void add_part(struct text *line, const char *part, size_t width)
{
    size_t used = table_width(part);

    text_printf(line, "%*s%s", line->length ? GAP : 0, "", part);
    for (; used < width; used++)
        text_add_char(line, ' ');
}

static void add_word(struct text *line, const char *word, size_t width, bool left_out)
{
    AUTO_TEXT struct text shown = TEXT_EMPTY;

    text_add_shown(&shown, word ? word : "");
    if (!left_out && (shown.length || width))
        add_part(line, text_string(&shown), width);
}

static void add_name(const struct item *item, size_t width, struct text *line)
{
    AUTO_TEXT struct text shown = TEXT_EMPTY, cut = TEXT_EMPTY;

    text_add_shown(&shown, item->what);
    (void)table_cut(text_string(&shown), width ? width : SIZE_MAX, &cut);
    add_part(line, text_string(&cut), width);
}

static void add_percent(const struct item *item, const struct layout *layout, struct text *line)
{
    AUTO_TEXT struct text part = TEXT_EMPTY;
    size_t bar = layout->without & BAR ? 0 : layout->bar;
    unsigned percent;

    if (!layout->percent)
        return;
    if (percent_of(item, &percent)) {
        text_printf(&part, layout->what ? "%3u%%" : "%u%%", percent);
        for (size_t i = 0; i < bar; i++)
            text_printf(&part, "%s%c%s", i ? "" : " [", (i + 1) * 100 <= percent * bar ? '#' : '-',
                i + 1 < bar ? "" : "]");
    }
    add_part(line, text_string(&part), layout->what ? 4 + (bar ? bar + 3 : 0) : 0);
}

static void add_numbers(const struct item *item, const struct layout *layout, struct text *line)
{
    AUTO_TEXT struct text amount = TEXT_EMPTY, speed = TEXT_EMPTY, left = TEXT_EMPTY;
    uint64_t number;

    if (item->current || item->total)
        add_count(item, item->current, &amount);
    if (item->total) {
        text_add_string(&amount, " of ");
        add_count(item, item->total, &amount);
    }
    if (amount.length && !(layout->without & AMOUNT))
        add_part(line, text_string(&amount), 0);
    if (speed_of(item, &number) && !(layout->without & SPEED)) {
        add_count(item, number, &speed);
        text_add_string(&speed, "/s");
        add_part(line, text_string(&speed), 0);
    }
    if (seconds_left(item, &number) && !(layout->without & LEFT)) {
        units_add_duration(&left, number, 1);
        text_add_string(&left, " left");
        add_part(line, text_string(&left), 0);
    }
}

static void make_line(const struct item *item, const struct layout *layout, struct text *line)
{
    text_clear(line);
    add_name(item, layout->what, line);
    add_word(line, item->type, layout->type, layout->without & TYPE);
    add_word(line, item->status, layout->status, layout->without & STATUS);
    add_percent(item, layout, line);
    add_numbers(item, layout, line);
    add_word(line, item->detail, 0, layout->without & DETAIL);
    while (line->length && line->bytes[line->length - 1] == ' ')
        line->bytes[--line->length] = '\0';
}

/* The layout of the bars: that of the most parts with which the lines fit. */

static void widen(size_t *width, const char *word)
{
    AUTO_TEXT struct text shown = TEXT_EMPTY;
    size_t columns;

    text_add_shown(&shown, word ? word : "");
    columns = table_width(text_string(&shown));
    if (columns > *width)
        *width = columns;
}

/* Those that have ended count, too: their lines stand above. */
static void measure(const struct progress_display *display, struct layout *layout)
{
    for (const struct item *item = display->first; item; item = item->next) {
        widen(&layout->what, item->what);
        widen(&layout->type, item->type);
        widen(&layout->status, item->status);
        layout->percent = layout->percent || item->total;
    }
}

static size_t room(const struct progress_display *display)
{
    return display->columns > MARGIN + NARROWEST ? display->columns - MARGIN : NARROWEST;
}

static bool fits(const struct progress_display *display, const struct layout *layout)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;

    for (const struct item *item = display->first; item; item = item->next) {
        make_line(item, layout, &line);
        if (table_width(text_string(&line)) > room(display))
            return false;
    }
    return true;
}

static struct layout choose_layout(const struct progress_display *display)
{
    static const struct {
        unsigned without;
        size_t bar;
    } levels[] = {{0, 20}, {0, 10}, {DETAIL, 20}, {DETAIL, 10}, {DETAIL | TYPE, 10},
        {DETAIL | TYPE, 6}, {DETAIL | BAR, 0}, {DETAIL | BAR | TYPE, 0},
        {DETAIL | BAR | TYPE | AMOUNT, 0}, {DETAIL | BAR | TYPE | AMOUNT | SPEED, 0},
        {DETAIL | BAR | TYPE | AMOUNT | SPEED | STATUS, 0},
        {DETAIL | BAR | TYPE | AMOUNT | SPEED | STATUS | LEFT, 0}};
    struct layout layout = {0};
    size_t percent;

    measure(display, &layout);
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        layout.without = levels[i].without;
        layout.bar = levels[i].bar;
        if (fits(display, &layout))
            return layout;
    }
    percent = layout.percent ? GAP + 4 : 0;
    layout.what = room(display) > percent + NARROWEST ? room(display) - percent : NARROWEST;
    return layout;
}

/* Adds the line of one; in a terminal that is narrower than anything it is cut. */
static void add_bar(const struct progress_display *display, const struct item *item,
    const struct layout *layout, struct text *text)
{
    AUTO_TEXT struct text line = TEXT_EMPTY;

    make_line(item, layout, &line);
    (void)table_cut(text_string(&line), room(display), text);
}

/* On the terminal: \r goes to the line's start, A up, K erases the line's rest, J all below too. */

static void rewind_bars(struct progress_display *display, struct text *text)
{
    if (display->drawn)
        text_add_char(text, '\r');
    if (display->drawn > 1)
        text_printf(text, "\033[%zuA", display->drawn - 1);
    display->drawn = 0;
}

void progress_hide(struct progress_display *display, struct text *text)
{
    bool drawn = display->drawn;

    rewind_bars(display, text);
    if (drawn)
        text_add_string(text, "\033[J");
}

static size_t count_running(const struct progress_display *display)
{
    size_t running = 0;

    for (const struct item *item = display->first; item; item = item->next)
        running += item->ended ? 0 : 1;
    return running;
}

void progress_draw(struct progress_display *display, struct text *text)
{
    size_t running = count_running(display), most = display->rows > 2 ? display->rows - 1 : 1;
    struct layout layout;

    if (display->mode != PROGRESS_BAR || !running)
        return;
    rewind_bars(display, text);
    layout = choose_layout(display);
    for (const struct item *item = display->first; item; item = item->next) {
        if (item->ended)
            continue;
        if (display->drawn)
            text_add_string(text, "\033[K\n");
        /* More than the terminal has lines could not be drawn over. */
        if (++display->drawn == most && running > most) {
            text_printf(text, "and %zu more", running - most + 1);
            break;
        }
        add_bar(display, item, &layout, text);
    }
    text_add_string(text, "\033[J");
}

void progress_finish(struct progress_display *display, struct text *text)
{
    if (display->drawn)
        text_add_char(text, '\n');
    display->drawn = 0;
    forget_all(display);
}

/* Documents. */

static void add_number(json *object, const char *key, uint64_t value)
{
    json_add(object, key, json_new_number((struct number){false, value}));
}

static void add_document(const struct item *item, struct text *text)
{
    AUTO_JSON json *document = json_new_object();
    json *progress = json_add_object(document, "progress");
    uint64_t number;

    json_add_string(progress, "what", item->what);
    if (item->type)
        json_add_string(progress, "type", item->type);
    if (item->status)
        json_add_string(progress, "status", item->status);
    add_number(progress, "current", item->current);
    if (item->total)
        add_number(progress, "total", item->total);
    if (speed_of(item, &number))
        add_number(progress, item->bytes ? "bytes-per-second" : "per-second", number);
    if (seconds_left(item, &number))
        add_number(progress, "seconds-left", number);
    if (item->detail)
        json_add_string(progress, "detail", item->detail);
    json_add_bool(progress, "ended", item->ended);
    json_print(document, text);
    text_add_char(text, '\n');
}

/* What is said. */

/* The end of the chain where there is none of this name. */
static struct item **find(struct progress_display *display, const char *what)
{
    struct item **place = &display->first;

    while (*place && strcmp((*place)->what, what) != 0)
        place = &(*place)->next;
    return place;
}

/* Keeps the word that was known if there is none; has it changed? */
static bool take_word(char **word, const char *said)
{
    char *copy;

    if (!said || (*word && strcmp(*word, said) == 0))
        return false;
    copy = xstrdup(said);
    free(*word);
    *word = copy;
    return true;
}

/* Is there something new that should not wait? */
static bool take_in(struct item *item, const struct progress *progress, int64_t now)
{
    bool changed = take_word(&item->type, progress->type);

    changed = take_word(&item->status, progress->status) || changed;
    (void)take_word(&item->detail, progress->detail && *progress->detail ? progress->detail : NULL);
    changed = changed || item->ended != progress->ended;
    item->bytes = progress->bytes;
    item->ended = progress->ended;
    /* That it has ended may be said without how far it came. */
    if (!progress->ended || progress->current || progress->total) {
        item->current = progress->current;
        item->total = progress->total;
        pace_add(&item->pace, now, item->current);
    }
    return changed;
}

static bool is_due(
    const struct progress_display *display, const struct item *item, bool changed, int64_t now)
{
    static const int64_t pauses[] = {
        [PROGRESS_BAR] = BAR_PAUSE, [PROGRESS_PLAIN] = PLAIN_PAUSE, [PROGRESS_JSON] = JSON_PAUSE};

    if (!item->said || item->ended || (changed && display->mode == PROGRESS_BAR))
        return true;
    return now - item->when >= pauses[display->mode];
}

static void say(struct progress_display *display, const struct item *item, struct text *text)
{
    struct layout layout = {.without = BAR, .percent = item->total};
    AUTO_TEXT struct text line = TEXT_EMPTY;

    if (display->mode == PROGRESS_JSON) {
        add_document(item, text);
    } else if (display->mode == PROGRESS_PLAIN) {
        make_line(item, &layout, &line);
        text_printf(text, "%s\n", text_string(&line));
    } else {
        if (item->ended) {
            progress_hide(display, text);
            layout = choose_layout(display);
            add_bar(display, item, &layout, text);
            text_add_char(text, '\n');
        }
        progress_draw(display, text);
    }
}

void progress_take(struct progress_display *display, const struct progress *progress, int64_t now,
    struct text *text)
{
    bool unknown = progress->ended && !progress->current && !progress->total && !progress->status;
    struct item **place = find(display, progress->what), *item = *place;
    bool changed;

    if (display->mode == PROGRESS_NONE || (item ? item->ended && progress->ended : unknown))
        return;
    if (!item) {
        item = *place = xcalloc(1, sizeof(*item));
        item->what = xstrdup(progress->what);
    }
    changed = take_in(item, progress, now);
    if (!is_due(display, item, changed, now))
        return;
    item->said = true;
    item->when = now;
    say(display, item, text);
}
