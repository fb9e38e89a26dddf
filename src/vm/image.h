/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image: what a disk image file is, judged from its first bytes, and the files behind a qcow2.
 *
 * A guest can write any header into its raw disk, so what a file looks like never decides how it is
 * opened: it only makes us refuse to open as raw what looks like something else until a person says
 * so. The backing chain of a qcow2 is read from its header (QEMU's docs/interop/qcow2) so that
 * every file of it can be opened here and passed.
 */
#ifndef QMPBOX_VM_IMAGE_H
#define QMPBOX_VM_IMAGE_H

#include "base/error.h"

enum { IMAGE_CHAIN = 200 }; /* the longest chain that is followed, in files */

struct image {
    char *path;     /* absolute */
    char *format;   /* the block driver */
    bool is_device; /* a block device, which has a driver of its own */
    bool direct;
    int fd;             /* open in exactly the mode that QEMU will use */
    struct image *next; /* its backing file, which is opened read-only */
};

void image_free(struct image *image);
DEFINE_CLEANUP(image, struct image, image_free)
#define AUTO_IMAGE AUTO(cleanup_image)

/*
 * Opens the file and, for a qcow2, its backing chain. format NULL means raw unless it looks like
 * something else, which is kind usage. Otherwise kind local.
 */
struct image *image_open(const char *path, const char *format, bool read_only, bool direct,
    struct error *error) MUST_CHECK;

/*
 * A file that QEMU opens itself, with its chain: only what can be seen of it from here is checked,
 * and its fd is -1. Kind usage, or local.
 */
struct image *image_by_path(const char *path, const char *format, struct error *error) MUST_CHECK;

/* What the first bytes look like: "qcow2", "vmdk"…, or NULL for none that is known. */
const char *image_looks_like(const unsigned char *header, size_t length);

#endif
