/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/report.h"

void report_note(const struct report *report, const char *format, ...)
{
    va_list arguments;
    AUTO_FREE char *sentence = NULL;

    va_start(arguments, format);
    sentence = xvasprintf(format, arguments);
    va_end(arguments);
    report->note(report->data, sentence);
}
