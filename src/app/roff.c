/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/roff.h"

#include <stdlib.h>
#include <string.h>

#define MANUAL_DATE "November 28, 2026"

void roff_prose(struct text *text, const char *prose)
{
    bool line_start = !text->length || text->bytes[text->length - 1] == '\n';

    for (; *prose; prose++) {
        if (line_start && (*prose == '.' || *prose == '\''))
            text_add_string(text, "\\&");
        if (*prose == '\\')
            text_add_string(text, "\\e");
        else if (*prose == '-')
            text_add_string(text, "\\-");
        else
            text_add_char(text, *prose);
        line_start = *prose == '\n';
    }
}

void roff_paragraphs(struct text *text, const char *prose)
{
    while (*prose) {
        const char *end = strstr(prose, "\n\n");
        AUTO_FREE char *paragraph = end ? xstrndup(prose, (size_t)(end - prose)) : xstrdup(prose);

        for (char *at = paragraph; *at; at++)
            if ((*at == '.' || *at == ':') && at[1] == ' ' && at[2] >= 'A' && at[2] <= 'Z')
                at[1] = '\n';
        roff_prose(text, paragraph);
        text_add_char(text, '\n');
        if (!end)
            return;
        text_add_string(text, ".Pp\n");
        prose = end + 2;
    }
}

void roff_item(struct text *text, const char *term, const char *meaning)
{
    text_add_string(text, ".It ");
    roff_prose(text, term);
    text_add_char(text, '\n');
    roff_paragraphs(text, meaning);
}

void roff_open_list(struct text *text)
{
    text_add_string(text, ".Bl -tag -width Ds\n");
}

void roff_close_list(struct text *text)
{
    text_add_string(text, ".El\n");
}

void roff_terms(struct text *text, const struct term *terms)
{
    roff_open_list(text);
    for (; terms->term; terms++)
        roff_item(text, terms->term, terms->meaning);
    roff_close_list(text);
}

void roff_head(struct text *text, const char *title, int section, const char *summary)
{
    text_printf(text, ".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
                      ".\\\" Made from the declarations in the source by ./dev man.\n"
                      ".Dd " MANUAL_DATE "\n.Dt ");
    for (const char *at = title; *at; at++)
        text_add_char(text, *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at);
    text_printf(text, " %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", section, title);
    roff_prose(text, summary);
    text_add_char(text, '\n');
}

void roff_examples(struct text *text, const struct example *examples)
{
    if (!examples)
        return;
    text_add_string(text, ".Sh EXAMPLES\n");
    for (const struct example *example = examples; example->what; example++) {
        AUTO_FREE char *what = xstrdup(example->what);

        if (what[0] >= 'a' && what[0] <= 'z')
            what[0] = (char)(what[0] - 'a' + 'A');
        roff_prose(text, what);
        text_add_string(text, ":\n.Bd -literal -offset indent\n");
        roff_prose(text, "qmpbox ");
        roff_prose(text, example->line);
        text_add_string(text, "\n.Ed\n.Pp\n");
    }
    /* mandoc wants no paragraph before the next section. */
    text->length -= 4;
    text->bytes[text->length] = '\0';
}

void roff_see(struct text *text, const char *page, int section, bool last)
{
    text_add_string(text, ".Xr ");
    roff_prose(text, page);
    text_printf(text, " %d%s\n", section, last ? "" : " ,");
}
