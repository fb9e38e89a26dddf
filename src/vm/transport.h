/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transport: where a migration goes to or comes from, as a person writes it.
 *
 * unix:PATH and tcp:HOST:PORT, exec:COMMAND (run by QEMU), file:PATH (opened here and passed: from
 * 10.0 on in an fdset, before as a named descriptor) and fd:N (inherited, passed; in the form of
 * channels where this QEMU has it). Whether something comes back on it decides whether the source
 * can be told that the destination has got everything (the capability return-path: FACTS, 14).
 */
#ifndef QMPBOX_VM_TRANSPORT_H
#define QMPBOX_VM_TRANSPORT_H

#include "vm/step.h"

enum transport_kind {
    TRANSPORT_UNIX,
    TRANSPORT_TCP,
    TRANSPORT_EXEC,
    TRANSPORT_FILE,
    TRANSPORT_FD,
};

struct transport {
    enum transport_kind kind;
    char *uri;    /* as QEMU takes it; of a file and a descriptor: what a person knows it as */
    char *path;   /* of a file, absolute */
    bool two_way; /* something can come back on it */
    bool made;    /* the file was made here, and goes again unless it is kept */
    int fd;
};

/* Removes a file that was made here and is not kept. */
void transport_free(struct transport *transport);
#define AUTO_TRANSPORT AUTO(transport_free)

/*
 * Reads the word and opens what is to be opened; *transport is filled from zeroed. receiving: to
 * read from it. Kind usage or local. A file that is not empty is not written over.
 */
bool transport_open(
    const char *word, bool receiving, struct transport *transport, struct error *error);

/*
 * Adds the steps that pass the descriptor, if there is one, and the one of the command (migrate or
 * migrate-incoming), whose other arguments are taken over; that one is returned, borrowed. NULL
 * with kind usage where the connection passes no descriptors.
 */
struct step *transport_add_steps(struct transport *transport, struct steps *steps,
    struct session *session, const char *command, json *arguments, struct error *error);

/* Adds the step that closes the set of a file once it has been used; nothing for others. */
void transport_add_close(struct steps *steps);

/* A file that was made here stays: it is in use, or whole. */
void transport_keep(struct transport *transport);

/* Removes a file that was made here and has been of no use, and says so. */
void transport_discard(struct transport *transport, struct error *error);

#endif
