/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/views.h"

#include <string.h>

void view_status(const json *value, const struct output *output, struct text *text)
{
    const char *status = json_get_string(value, "status");

    if (!status) {
        output_shape(value, output, text);
        return;
    }
    text_add_shown(text, status);
    text_add_char(text, '\n');
}
