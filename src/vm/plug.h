/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plug: what all devices that are plugged in have in common: their words typed by the driver, an id
 * that is free, a place.
 *
 * In order: plug_check_words() before anything is sent; plug_type() (one question at most); then
 * the caller's own questions may be queued, and leave with plug_survey(); plug_place() at last.
 */
#ifndef QMPBOX_VM_PLUG_H
#define QMPBOX_VM_PLUG_H

#include "vm/placement.h"
#include "vm/step.h"

struct plug {
    const char *driver; /* both borrowed; id may be NULL: one is made, or the words give it */
    const char *id;
    char *own_id; /* that was made, or taken from the words */
    json *device; /* device_add's arguments, once the words are typed */
    bool is_pci;
    struct ports ports;
};

/* Starts zeroed, but for driver and id. */
void plug_free(struct plug *plug);
#define AUTO_PLUG AUTO(plug_free)

/* Is it an id that QEMU takes? Kind usage. */
bool plug_check_id(const char *id, struct error *error);

/* Refuses the words that are ours to give (NULL-terminated), and driver= as JSON. Kind usage. */
bool plug_check_words(const struct strings *words, const char *const *ours, struct error *error);

/*
 * Types the words as the driver's properties; driver= among them is the driver already. certain:
 * every QEMU has this driver, so that without words nothing is asked.
 */
bool plug_type(struct plug *plug, struct session *session, bool certain,
    const struct strings *words, struct error *error);

/* Asks for the devices, and for a PCI device for the ports. Kind usage when the id is taken. */
bool plug_survey(struct plug *plug, struct session *session, struct error *error);

/* Gives a PCI device a bus and an address, and every device its driver and id. */
bool plug_place(struct plug *plug, struct session *session, struct error *error);

/*
 * Adds the step device_add, whose success is the commit point (the arguments are copied), and the
 * question where the device is when QEMU chooses that.
 */
struct step *plug_add_steps(const struct plug *plug, struct steps *steps, unsigned flags);

/* Adds id, driver, bus and addr, as far as they are known; steps that have run, or NULL. */
void plug_describe(const struct plug *plug, const struct steps *steps, json *result);

/* For --check: words that are wrong stay wrong, what the VM has or lacks is the answer no. */
void plug_judge_check(const struct plug *plug, struct error *error);

/* Has this QEMU the commands (NULL-terminated)? One question; kind no, naming the first that is
 * missing. */
bool plug_check_commands(struct session *session, const char *const *needed, struct error *error);

/*
 * A device that needs nothing but itself, whole. The words may give id, bus and addr. *result is
 * one object (id, driver, bus, addr) that the caller frees.
 */
bool plug_device(struct session *session, const char *driver, const struct strings *words,
    bool dry_run, json **result, struct error *error);

/* Could it be plugged in? Asks and changes nothing; kind no, with the reason, when it could not. */
bool plug_device_check(struct session *session, const char *driver, const struct strings *words,
    json **result, struct error *error);

#endif
