/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prompt: the terminal side of repl: lines are typed, run, and remembered, while the events of the
 * VM appear above the line that is being typed.
 */
#ifndef QMPBOX_APP_PROMPT_H
#define QMPBOX_APP_PROMPT_H

#include "app/runner.h"

#include <stdio.h>

/*
 * Until it is left; the runner's status is that of the newest line then. Fails with kind local
 * (readline cannot be loaded), or interrupted, when the terminal is gone too.
 */
bool prompt_run(struct runner *runner, FILE *screen, struct error *error);

#endif
