/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk: a disk put into a running VM, whole or not at all; unplug.h takes it out again.
 *
 * The file is opened here, in exactly the mode that QEMU will use, and passed in an fdset that is
 * closed as soon as the device is in; the disk then goes through snapshot and commit without it
 * (FACTS, section 4). For a disk ID the node is ID, its file node ID-file, its backing nodes ID-b1,
 * ID-b2…, the fdset's opaque qmpbox:ID, so that a later run finds every part.
 *
 * Writes of disk_plug: the driver's properties, when words need them; what is there (nodes,
 * devices); what is on the ports; the descriptors with blockdev-add; device_add with remove-fd.
 * Between the last two an answer is needed: device_add after a refused blockdev-add could take
 * somebody else's node of that name.
 */
#ifndef QMPBOX_VM_DISK_H
#define QMPBOX_VM_DISK_H

#include "qmp/session.h"

struct disk_request {
    const char *id;
    const char *file;
    const char *format;  /* NULL: raw unless it looks like something else */
    const char *cache;   /* NULL or one of disk_caches */
    const char *aio;     /* NULL, threads, native or io_uring */
    const char *discard; /* NULL, ignore or unmap */
    bool read_only;
    bool by_path; /* QEMU opens the file itself */
    bool usb;
    const struct strings *node;  /* words for the block node */
    const struct strings *words; /* words for the device */
};

extern const char *const disk_caches[];
extern const char *const disk_aios[];
extern const char *const disk_discards[];

struct disk;

/* Checks the request and opens the files; nothing is sent. Kind usage or local. */
struct disk *disk_prepare(const struct disk_request *request, struct error *error) MUST_CHECK;
void disk_free(struct disk *disk);
DEFINE_CLEANUP(disk, struct disk, disk_free)
#define AUTO_DISK AUTO(cleanup_disk)

/* Puts it in. *result is one object (id, driver, bus, addr, node, file…) that the caller frees. */
bool disk_plug(
    struct disk *disk, struct session *session, bool dry_run, json **result, struct error *error);

/* Could it be put in? Asks and changes nothing; kind no, with the reason, when it could not. */
bool disk_check(struct disk *disk, struct session *session, json **result, struct error *error);

#endif
