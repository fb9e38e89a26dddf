/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * topics: what the manual pages of section 7 say, which no declaration can: how a monitor is named,
 * what KEY=VALUE means, what --json prints.
 */
#ifndef QMPBOX_APP_TOPICS_H
#define QMPBOX_APP_TOPICS_H

#include "app/roff.h"

struct topic_section {
    const char
        *title; /* NULL: what the page begins with; of the one that ends a list as the prose */
    const char *prose;
    const struct term *terms; /* behind the prose; or NULL */
    const char *rest;         /* behind the terms; or NULL */
};

struct topic {
    const char *name; /* of the page behind "qmpbox-"; NULL ends the list */
    const char *summary;
    const struct topic_section *sections;
    const struct example *examples;
};

extern const struct topic topics[];

/* By its name; NULL when there is none. */
const struct topic *topic_find(const char *name);

/* The exit statuses with their kinds. */
extern const struct term topic_statuses[];

#endif
