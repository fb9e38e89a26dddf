/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing: the VMs of this host as a document: where their monitors are, who holds them, how they
 * do.
 *
 * A monitor that somebody is seen to hold is not connected to: it would answer nobody else, and
 * whoever waits there stands in the way of the next one.
 */
#ifndef QMPBOX_VM_LISTING_H
#define QMPBOX_VM_LISTING_H

#include "base/loop.h"
#include "json/json.h"
#include "qmp/transcript.h"

struct listing_options {
    const struct strings *patterns; /* globs for the name as it is shown; none: all */
    struct loop *loop;
    const struct transcript *transcript;
    int64_t asking; /* microseconds that all VMs together have to say how they do; 0: not asked */
};

/*
 * An array with an object for each, sorted by name: name, pid, kind (vm or storage-daemon),
 * manager, address, monitors, holder (null: nobody; pid and name as far as they are seen), status.
 * What is not known is left out. Fails only when interrupted.
 */
json *listing_make(const struct listing_options *options, struct error *error) MUST_CHECK;

#endif
