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

bool report_wants_progress(const struct report *report)
{
    return report->progress;
}

void report_progress(const struct report *report, const struct progress *progress)
{
    if (report->progress)
        report->progress(report->data, progress);
}
