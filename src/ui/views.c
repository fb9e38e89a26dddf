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

bool view_size(const json *value, struct text *text)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    struct number number;

    if (!json_number(value, &number) || number.negative)
        return false;
    while (number.magnitude && number.magnitude % 1024 == 0 &&
           unit + 1 < sizeof(units) / sizeof(units[0])) {
        number.magnitude /= 1024;
        unit++;
    }
    text_printf(text, "%llu %s", (unsigned long long)number.magnitude, units[unit]);
    return true;
}
