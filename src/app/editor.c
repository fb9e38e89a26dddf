/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/editor.h"

#include "app/readline.h"
#include "cli/line.h"
#include "ui/table.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct editor {
    struct editor_options options;
    const struct readline *rl;
    enum editor_state state;
    char *line;
    char *prompt; /* as it is to be */
    bool prompt_changed;
    bool starved; /* no key came where one was due */
    bool hung;
    struct loop_watch keys;
    bool keys_ready;
    sigset_t signals; /* that are taken from `signal_watch` while something is typed */
    struct loop_watch signal_watch;
    bool signals_ready;
    struct candidates candidates;
};

/* Readline's callbacks know no data. */
static struct editor *current;

static void on_ready(void *data, short revents)
{
    (void)revents;
    *(bool *)data = true;
}

/*
 * Readline asks for more than one key where they belong together: what does not come at once does
 * not come, and nobody is made to wait for it.
 */
static int get_key(FILE *stream)
{
    AUTO_ERROR struct error ignored = {0};
    unsigned char key;
    ssize_t n;

    (void)stream;
    current->starved = true;
    do {
        if (!loop_await(STDIN_FILENO, POLLIN, clock_after(CLOCK_SECOND), &ignored))
            return EOF;
        n = read(STDIN_FILENO, &key, 1);
    } while (n < 0 && (errno == EINTR || errno == EAGAIN));
    current->hung = n <= 0;
    current->starved = n <= 0;
    return n > 0 ? key : EOF;
}

static void leave_terminal(struct editor *editor, enum editor_state state)
{
    editor->rl->rl_callback_handler_remove();
    (void)sigprocmask(SIG_UNBLOCK, &editor->signals, NULL);
    editor->state = state;
}

static void on_line(char *line)
{
    struct editor *editor = current;

    if (editor->hung) {
        /* Readline takes the end of the terminal for the end of the line: nobody has entered it. */
        leave_terminal(editor, EDITOR_HUNG);
        free(line);
    } else if (line) {
        leave_terminal(editor, EDITOR_ENTERED);
        editor->line = line;
        if (editor->starved)
            line[0] = '\0';
    } else {
        const char *pastes = editor->rl->rl_variable_value("enable-bracketed-paste");

        leave_terminal(editor, EDITOR_LEFT);
        /* Readline itself ends the line only where it marks pasted text. */
        if (!text_is(pastes, "on"))
            fputc('\n', editor->options.screen);
    }
}

/* Completion: readline completes the whole line up to the cursor; where words begin is ours. */

static char *completed(const char *head, size_t length, const char *word)
{
    struct text text = TEXT_EMPTY;
    AUTO_FREE char *quoted = *word ? line_quote(word) : xstrdup("");

    text_add(&text, head, length);
    text_add_string(&text, quoted);
    return text_take(&text);
}

static char **complete_line(const char *text, int start, int end)
{
    struct editor *editor = current;
    struct candidates *candidates = &editor->candidates;
    AUTO_FREE char *common = NULL;
    char **matches;
    size_t at;

    (void)start;
    *editor->rl->rl_attempted_completion_over = 1;
    candidates_free(candidates);
    at = editor->options.complete(editor->options.data, text, (size_t)end, candidates);
    if (at == SIZE_MAX || !candidates->count)
        return NULL;
    common = candidates_common(candidates);
    matches = xcalloc(candidates->count + 2, sizeof(*matches));
    matches[0] = completed(text, at, common);
    for (size_t i = 0; i < candidates->count && candidates->count > 1; i++)
        matches[i + 1] = completed(text, at, candidates->item[i].word);
    *editor->rl->rl_completion_append_character = ' ';
    *editor->rl->rl_completion_suppress_append = candidates->item[0].part;
    return matches;
}

static void shown(const char *string, struct text *text)
{
    text_clear(text);
    text_add_shown(text, string);
}

/* With meanings one a line, else as many as fit beside each other. */
static void add_candidates(
    const struct candidates *candidates, size_t columns, size_t rows, struct text *text)
{
    AUTO_TEXT struct text word = TEXT_EMPTY, meaning = TEXT_EMPTY;
    size_t widest = 0, across, most;
    bool meant = false;

    for (size_t i = 0; i < candidates->count; i++) {
        size_t width;

        shown(candidates->item[i].word, &word);
        width = table_width(text_string(&word));
        widest = width > widest ? width : widest;
        meant = meant || candidates->item[i].meaning;
    }
    widest = widest + 2 < columns ? widest : columns > 2 ? columns - 2 : 1;
    across = meant ? 1 : columns / (widest + 2) ? columns / (widest + 2) : 1;
    most = (rows > 4 ? rows - 2 : 2) * across;
    for (size_t i = 0; i < candidates->count && i < most; i++) {
        bool ends = (i + 1) % across == 0 || i + 1 == candidates->count;
        size_t used;

        shown(candidates->item[i].word, &word);
        used = table_cut(text_string(&word), widest, text);
        if (meant && candidates->item[i].meaning && columns > widest + 4) {
            shown(candidates->item[i].meaning, &meaning);
            text_printf(text, "%*s", (int)(widest - used) + 2, "");
            (void)table_cut(text_string(&meaning), columns - widest - 3, text);
        } else if (!ends) {
            text_printf(text, "%*s", (int)(widest - used) + 2, "");
        }
        if (ends)
            text_add_char(text, '\n');
    }
    if (candidates->count > most)
        text_printf(text, "and %zu more\n", candidates->count - most);
}

static void show_matches(char **matches, int count, int longest)
{
    struct editor *editor = current;
    AUTO_TEXT struct text text = TEXT_EMPTY;
    int rows = 0, columns = 0;

    (void)matches;
    (void)count;
    (void)longest;
    editor->rl->rl_get_screen_size(&rows, &columns);
    add_candidates(&editor->candidates, columns > 0 ? (size_t)columns : 80,
        rows > 0 ? (size_t)rows : 24, &text);
    fprintf(editor->options.screen, "\n%s", text_string(&text));
    editor->rl->rl_forced_update_display();
}

/* An end that nobody planned must not leave the terminal without echo. */
static void restore_terminal(void)
{
    if (current && current->state == EDITOR_TYPING)
        current->rl->rl_callback_handler_remove();
}

static void set_up(struct editor *editor)
{
    static char no_breaks[] = "";
    const struct readline *rl = editor->rl;

    (void)setlocale(LC_CTYPE, "");
    *rl->rl_readline_name = "Qmpbox";
    *rl->rl_instream = stdin;
    *rl->rl_outstream = editor->options.screen;
    *rl->rl_catch_signals = 0;
    *rl->rl_catch_sigwinch = 0;
    *rl->rl_change_environment = 0;
    *rl->rl_getc_function = get_key;
    *rl->rl_attempted_completion_function = complete_line;
    *rl->rl_completion_display_matches_hook = show_matches;
    *rl->rl_basic_word_break_characters = no_breaks;
    *rl->rl_completer_word_break_characters = no_breaks;
    *rl->rl_ignore_completion_duplicates = 0;
    *rl->rl_sort_completion_matches = 0;
}

struct editor *editor_new(const struct editor_options *options, struct error *error)
{
    static const int taken[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGQUIT};
    static bool registered;
    const struct readline *rl = readline_load(error);
    AUTO_EDITOR struct editor *editor = NULL;

    if (!rl)
        return NULL;
    editor = xcalloc(1, sizeof(*editor));
    editor->options = *options;
    editor->rl = rl;
    sigemptyset(&editor->signals);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        sigaddset(&editor->signals, taken[i]);
    editor->keys = (struct loop_watch){
        .fd = STDIN_FILENO, .events = POLLIN, .ready = on_ready, .data = &editor->keys_ready};
    editor->signal_watch =
        (struct loop_watch){.events = POLLIN, .ready = on_ready, .data = &editor->signals_ready};
    editor->signal_watch.fd = signalfd(-1, &editor->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (editor->signal_watch.fd < 0) {
        error_set(error, ERROR_LOCAL, "signalfd: %s", strerror(errno));
        return NULL;
    }
    current = editor;
    if (!registered)
        (void)atexit(restore_terminal);
    registered = true;
    set_up(editor);
    return steal_pointer(&editor);
}

void editor_free(struct editor *editor)
{
    if (!editor)
        return;
    if (editor->state == EDITOR_TYPING)
        editor_drop(editor, "");
    if (current == editor)
        current = NULL;
    close_fd(&editor->signal_watch.fd);
    candidates_free(&editor->candidates);
    free(editor->line);
    free(editor->prompt);
    free(editor);
}

static void keep_prompt(struct editor *editor, const char *prompt)
{
    free(editor->prompt);
    editor->prompt = xstrdup(prompt);
}

void editor_begin(struct editor *editor, const char *prompt)
{
    keep_prompt(editor, prompt);
    editor->prompt_changed = false;
    editor->starved = false;
    (void)fflush(stderr);
    (void)sigprocmask(SIG_BLOCK, &editor->signals, NULL);
    editor->state = EDITOR_TYPING;
    /* It may have been resized since. */
    editor->rl->rl_reset_screen_size();
    editor->rl->rl_callback_handler_install(editor->prompt, on_line);
}

/* Readline's own questions (a search) stand where the prompt stands. */
static bool asks_itself(const struct editor *editor)
{
    unsigned long busy = RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG |
                         RL_STATE_COMPLETING | RL_STATE_MULTIKEY;

    return (unsigned long)*editor->rl->rl_readline_state & busy;
}

static void draw_again(const struct editor *editor)
{
    editor->rl->rl_on_new_line();
    editor->rl->rl_redisplay();
    (void)fflush(editor->options.screen);
}

static void apply_prompt(struct editor *editor)
{
    if (!editor->prompt_changed || editor->state != EDITOR_TYPING || asks_itself(editor))
        return;
    editor->prompt_changed = false;
    editor->rl->rl_clear_visible_line();
    editor->rl->rl_set_prompt(editor->prompt);
    draw_again(editor);
}

void editor_show(struct editor *editor, const char *prompt)
{
    if (editor->prompt && strcmp(editor->prompt, prompt) == 0)
        return;
    keep_prompt(editor, prompt);
    editor->prompt_changed = true;
    apply_prompt(editor);
}

/* Ctrl-Z, Ctrl-\: the terminal is given back first; what stops or ends us is the signal itself. */
static void give_in(struct editor *editor, int signal)
{
    sigset_t one;

    sigemptyset(&one);
    sigaddset(&one, signal);
    editor->rl->rl_deprep_terminal();
    (void)raise(signal);
    (void)sigprocmask(SIG_UNBLOCK, &one, NULL);
    (void)sigprocmask(SIG_BLOCK, &one, NULL);
}

static void take_signals(struct editor *editor)
{
    struct signalfd_siginfo info;
    bool resized = false, stopped = false, continued = false;

    while (read(editor->signal_watch.fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        resized = resized || info.ssi_signo == SIGWINCH;
        stopped = stopped || info.ssi_signo == SIGTSTP;
        continued = continued || info.ssi_signo == SIGCONT;
        if (info.ssi_signo == SIGQUIT)
            give_in(editor, SIGQUIT);
    }
    if (stopped)
        give_in(editor, SIGTSTP);
    if (stopped || continued) {
        editor->rl->rl_prep_terminal(1);
        editor->rl->rl_forced_update_display();
    }
    if (resized)
        editor->rl->rl_resize_terminal();
    (void)fflush(editor->options.screen);
}

static bool key_waits(void)
{
    struct pollfd polled = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&polled, 1, 0) > 0;
}

static void take_keys(struct editor *editor)
{
    enum { AT_ONCE = 4096 }; /* what else goes on has its turn, however much is pasted */

    for (size_t i = 0;
         i < AT_ONCE && editor->state == EDITOR_TYPING && !editor->hung && (!i || key_waits()); i++)
        editor->rl->rl_callback_read_char();
    /* In the middle of some keys (a numeric argument) readline takes no end for one. */
    if (editor->hung && editor->state == EDITOR_TYPING)
        leave_terminal(editor, EDITOR_HUNG);
    (void)fflush(editor->options.screen);
    apply_prompt(editor);
}

bool editor_turn(struct editor *editor, int64_t deadline, struct error *error)
{
    struct loop *loop = editor->options.loop;
    bool good;

    /* What readline does with a key may take turns of the loop itself, so it does it behind this
     * one. */
    editor->keys_ready = editor->signals_ready = false;
    loop_add(loop, &editor->keys);
    loop_add(loop, &editor->signal_watch);
    good = loop_turn(loop, deadline, error);
    loop_remove(loop, &editor->keys);
    loop_remove(loop, &editor->signal_watch);
    if (editor->signals_ready)
        take_signals(editor);
    if (editor->keys_ready)
        take_keys(editor);
    return good;
}

enum editor_state editor_state(const struct editor *editor)
{
    return editor->state;
}

char *editor_take(struct editor *editor)
{
    editor->state = EDITOR_RESTS;
    return steal_pointer(&editor->line);
}

void editor_above(struct editor *editor, const char *lines)
{
    bool typing = editor->state == EDITOR_TYPING;

    if (typing)
        editor->rl->rl_clear_visible_line();
    (void)fputs(lines, editor->options.screen);
    if (typing)
        draw_again(editor);
    (void)fflush(editor->options.screen);
}

void editor_drop(struct editor *editor, const char *mark)
{
    const struct readline *rl = editor->rl;

    if (editor->state != EDITOR_TYPING)
        return;
    *rl->rl_point = *rl->rl_end;
    rl->rl_redisplay();
    (void)fprintf(editor->options.screen, "%s\n", mark);
    (void)fflush(editor->options.screen);
    rl->rl_callback_sigcleanup();
    rl->rl_replace_line("", 1);
    leave_terminal(editor, EDITOR_RESTS);
}

void editor_remember(struct editor *editor, const char *line, int most)
{
    editor->rl->add_history(line);
    editor->rl->stifle_history(most);
}
