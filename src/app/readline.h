/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * readline: GNU readline, loaded when the prompt starts and not before.
 *
 * Linked, it would cost every one-shot a sixth of its time. What is used of it is listed here; the
 * types come from its headers, the name of the library from configure.
 */
#ifndef QMPBOX_APP_READLINE_H
#define QMPBOX_APP_READLINE_H

#include "base/error.h"

#include <readline/history.h>
#include <readline/readline.h>
#include <stdio.h>

#define READLINE_SYMBOLS(SYMBOL)                                                                   \
    SYMBOL(add_history)                                                                            \
    SYMBOL(stifle_history)                                                                         \
    SYMBOL(rl_attempted_completion_function)                                                       \
    SYMBOL(rl_attempted_completion_over)                                                           \
    SYMBOL(rl_basic_word_break_characters)                                                         \
    SYMBOL(rl_callback_handler_install)                                                            \
    SYMBOL(rl_callback_handler_remove)                                                             \
    SYMBOL(rl_callback_read_char)                                                                  \
    SYMBOL(rl_callback_sigcleanup)                                                                 \
    SYMBOL(rl_catch_signals)                                                                       \
    SYMBOL(rl_catch_sigwinch)                                                                      \
    SYMBOL(rl_change_environment)                                                                  \
    SYMBOL(rl_clear_visible_line)                                                                  \
    SYMBOL(rl_completer_word_break_characters)                                                     \
    SYMBOL(rl_completion_append_character)                                                         \
    SYMBOL(rl_completion_display_matches_hook)                                                     \
    SYMBOL(rl_completion_suppress_append)                                                          \
    SYMBOL(rl_deprep_terminal)                                                                     \
    SYMBOL(rl_end)                                                                                 \
    SYMBOL(rl_forced_update_display)                                                               \
    SYMBOL(rl_get_screen_size)                                                                     \
    SYMBOL(rl_getc_function)                                                                       \
    SYMBOL(rl_ignore_completion_duplicates)                                                        \
    SYMBOL(rl_instream)                                                                            \
    SYMBOL(rl_on_new_line)                                                                         \
    SYMBOL(rl_outstream)                                                                           \
    SYMBOL(rl_point)                                                                               \
    SYMBOL(rl_prep_terminal)                                                                       \
    SYMBOL(rl_readline_name)                                                                       \
    SYMBOL(rl_readline_state)                                                                      \
    SYMBOL(rl_redisplay)                                                                           \
    SYMBOL(rl_replace_line)                                                                        \
    SYMBOL(rl_reset_screen_size)                                                                   \
    SYMBOL(rl_resize_terminal)                                                                     \
    SYMBOL(rl_set_prompt)                                                                          \
    SYMBOL(rl_sort_completion_matches)                                                             \
    SYMBOL(rl_variable_value)

/* Each is a pointer to the function or variable of that name. */
struct readline {
#define READLINE_MEMBER(symbol) __typeof__(&symbol) symbol;
    READLINE_SYMBOLS(READLINE_MEMBER)
#undef READLINE_MEMBER
};

/* The one library, loaded at the first call; NULL, kind local, when it cannot be. */
const struct readline *readline_load(struct error *error);

#endif
