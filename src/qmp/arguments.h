/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arguments: the words KEY=VALUE that a person types, made the typed arguments of a command.
 *
 * A word is split at its first '='. `key:=JSON` gives JSON as it is, `key=@FILE` the contents of a
 * file (`@-`: of standard input), `key=@fd:NAME` and `key=@fdset:NAME` what QEMU calls a passed
 * descriptor. Dots nest, numbers index lists, a repeated key extends a list; a name that the typer
 * knows as written wins over nesting. The type of a value comes from the typer, never from its
 * looks.
 */
#ifndef QMPBOX_QMP_ARGUMENTS_H
#define QMPBOX_QMP_ARGUMENTS_H

#include "json/json.h"
#include "qmp/session.h"

enum argument_type { ARGUMENT_STRING, ARGUMENT_INTEGER, ARGUMENT_BOOL };

struct argument_source {
    /*
     * The type of the member that was written as `name` (dots included). *known says whether the
     * typer has a member of exactly this name. False with an error when it must not be there. NULL:
     * every member is a string.
     */
    bool (*type)(
        void *data, const char *name, enum argument_type *type, bool *known, struct error *error);
    /* What QEMU calls the descriptor NAME (set: as /dev/fdset/N); the caller frees. NULL: none. */
    char *(*descriptor)(void *data, const char *name, bool set, struct error *error);
    void *data;
};

/*
 * Makes the object; kind usage (or local, for a file) names the word that is wrong. source may be
 * NULL. The caller owns the result.
 */
json *arguments_from_words(const struct strings *words, const struct argument_source *source,
    struct error *error) MUST_CHECK;

/*
 * The same for device_add: the driver's properties are asked of this QEMU (device-list-properties
 * of this one type; asking for all is not safe) unless no word needs it and the driver is certain
 * to be there. QEMU 10.0 and later take no strings for numbers and booleans. A property that the
 * driver does not have is kind usage; a driver that QEMU does not have is kind unsupported.
 * *is_pci: whether it sits on a PCI bus.
 */
json *arguments_for_device(struct session *session, const char *driver, bool certain,
    const struct strings *words, bool *is_pci, struct error *error) MUST_CHECK;

/* The key of a word (up to '=' or ':='), or NULL when it has none. The caller frees. */
char *arguments_key(const char *word) MUST_CHECK;

/* The plain value of KEY=VALUE among the words, borrowed, or NULL. */
const char *arguments_find(const struct strings *words, const char *key);

/*
 * Reads a whole file, or standard input for "-", as a string; kind local, usage when it is no UTF-8
 * text, or interrupted.
 */
char *arguments_read_file(const char *path, struct error *error) MUST_CHECK;

/* An identifier that QEMU takes for devices, nodes and objects: a letter, then letters, digits, -._
 */
bool arguments_is_id(const char *word);

#endif
