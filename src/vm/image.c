/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image.h"

#include "vm/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEADER = 4096,
    QCOW2_BACKING_NAME = 1023, /* the longest name that the format allows */
    QCOW2_EXTENSION_FORMAT = 0xE2792ACA,
    QCOW2_INCOMPATIBLE_DATA_FILE = 1 << 2,
};

void image_free(struct image *image)
{
    while (image) {
        struct image *next = image->next;

        free(image->path);
        free(image->format);
        close_fd(&image->fd);
        free(image);
        image = next;
    }
}

const char *image_looks_like(const unsigned char *header, size_t length)
{
    static const struct {
        const char *format;
        size_t offset;
        const char *magic;
        size_t size;
    } known[] = {
        {"qcow2", 0, "QFI\xFB", 4},
        {"qed", 0, "QED\0", 4},
        {"vmdk", 0, "KDMV", 4},
        {"vmdk", 0, "COWD", 4},
        {"vmdk", 0, "# Disk DescriptorFile", 21},
        {"vdi", 64, "\x7F\x10\xDA\xBE", 4},
        {"vhdx", 0, "vhdxfile", 8},
        {"vpc", 0, "conectix", 8},
        {"luks", 0, "LUKS\xBA\xBE", 6},
        {"parallels", 0, "WithoutFreeSpace", 16},
        {"parallels", 0, "WithouFreSpacExt", 16},
        {"bochs", 0, "Bochs Virtual HD Image", 22},
    };

    /* The first version of the format has a driver of its own. */
    if (length >= 8 && memcmp(header, "QFI\xFB\0\0\0\1", 8) == 0)
        return "qcow";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (length >= known[i].offset + known[i].size &&
            memcmp(header + known[i].offset, known[i].magic, known[i].size) == 0)
            return known[i].format;
    return NULL;
}

static uint32_t big32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t big64(const unsigned char *at)
{
    return (uint64_t)big32(at) << 32 | big32(at + 4);
}

/* Reads the header with a descriptor of its own: O_DIRECT and write-only ones cannot. */
static ssize_t read_header(
    const char *path, unsigned char *header, bool *is_device, struct error *error)
{
    AUTO_FD int fd = fdpass_open(path, FDPASS_READ, false, error);
    struct stat status;
    ssize_t came;

    if (fd < 0)
        return -1;
    if (fstat(fd, &status) < 0 || (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))) {
        error_set(error, ERROR_LOCAL, "%s is %s", path,
            S_ISDIR(status.st_mode) ? "a directory" : "neither a file nor a block device");
        return -1;
    }
    *is_device = S_ISBLK(status.st_mode);
    came = pread(fd, header, HEADER, 0);
    if (came < 0)
        error_set(error, ERROR_LOCAL, "cannot read %s: %s", path, strerror(errno));
    return came;
}

static const char *find_format_extension(
    const unsigned char *header, size_t length, size_t *format_length)
{
    size_t at = big32(header + 4) >= 3 && length >= 104 ? big32(header + 100) : 72;

    while (at <= length && length - at >= 8) {
        uint32_t type = big32(header + at), size = big32(header + at + 4);

        if (!type || size > length - at - 8)
            return NULL;
        if (type == (uint32_t)QCOW2_EXTENSION_FORMAT) {
            *format_length = size;
            return (const char *)header + at + 8;
        }
        at += 8 + ((size_t)size + 7) / 8 * 8;
    }
    return NULL;
}

/* "nbd://…", "json:{…}": names that QEMU does not open as plain files. */
static bool has_protocol(const char *name)
{
    size_t word = strcspn(name, ":/");

    return name[word] == ':';
}

/* The backing file that a qcow2's header names, made absolute, and its format (NULL: not said). */
static bool read_backing(const char *path, const unsigned char *header, size_t length,
    char **backing, char **format, struct error *error)
{
    uint64_t offset;
    uint32_t size;
    size_t format_length = 0;
    const char *said;
    AUTO_FREE char *name = NULL;

    *backing = *format = NULL;
    if (length < 72 || memcmp(header, "QFI\xFB", 4) != 0)
        return error_set(error, ERROR_LOCAL, "%s is no qcow2 image", path);
    if (big32(header + 4) >= 3 && length >= 104 &&
        (big64(header + 72) & QCOW2_INCOMPATIBLE_DATA_FILE))
        return error_set(error, ERROR_LOCAL,
            "%s keeps its data in another file, which cannot be passed; use --by-path", path);
    offset = big64(header + 8);
    size = big32(header + 16);
    if (!offset)
        return true;
    if (!size || size > QCOW2_BACKING_NAME || offset > length || size > length - offset)
        return error_set(error, ERROR_LOCAL,
            "%s: the name of its backing file is not where a qcow2 header may have it", path);
    name = xstrndup((const char *)header + offset, size);
    if (strlen(name) != size)
        return error_set(error, ERROR_LOCAL, "%s: its backing file's name holds a NUL", path);
    /* A relative name behind "file:" would be relative to QEMU's folder, not to the image's. */
    if (strncmp(name, "file:/", 6) == 0)
        memmove(name, name + 5, strlen(name + 5) + 1);
    else if (has_protocol(name))
        return error_set(error, ERROR_LOCAL,
            "%s: its backing file '%s' is no plain file and cannot be passed; use --by-path", path,
            name);
    if (name[0] == '/') {
        *backing = steal_pointer(&name);
    } else {
        const char *slash = strrchr(path, '/');

        *backing = xasprintf("%.*s/%s", (int)(slash - path), path, name);
    }
    said = find_format_extension(header, length, &format_length);
    if (said && format_length)
        *format = xstrndup(said, format_length);
    return true;
}

/* An image that is not open yet, with its path made absolute; links are left as a person gave them.
 */
static struct image *new_image(const char *path, const char *format)
{
    struct image *image = xcalloc(1, sizeof(*image));
    AUTO_FREE char *here = path[0] == '/' ? NULL : realpath(".", NULL);

    image->fd = -1;
    image->path = here ? xasprintf("%s/%s", here, path) : xstrdup(path);
    image->format = xstrdup(format ? format : "raw");
    return image;
}

static bool refuse_lookalike(const char *path, const char *looks, struct error *error)
{
    return error_set(error, ERROR_USAGE,
        "%s looks like a %s image: say --format %s, or --format raw if its contents are a guest's "
        "own",
        path, looks, looks);
}

struct image *image_by_path(const char *path, const char *format, struct error *error)
{
    AUTO_IMAGE struct image *image = new_image(path, format);
    unsigned char header[HEADER];
    struct error unseen = {0};
    ssize_t length = read_header(path, header, &image->is_device, &unseen);
    const char *looks = length < 0 ? NULL : image_looks_like(header, (size_t)length);

    /* QEMU may see what we do not: another user, another mount name space. It will say so itself.
     */
    error_free(&unseen);
    if (!utf8_valid(image->path, strlen(image->path)))
        error_set(error, ERROR_USAGE, "--by-path: a path that is not UTF-8 cannot be told to QEMU");
    else if (!format && looks)
        refuse_lookalike(path, looks, error);
    return error->kind ? NULL : steal_pointer(&image);
}

struct image *image_open(
    const char *path, const char *format, bool read_only, bool direct, struct error *error)
{
    AUTO_IMAGE struct image *first = NULL;
    struct image **end = &first;
    AUTO_FREE char *next_path = xstrdup(path);
    AUTO_FREE char *next_format = format ? xstrdup(format) : NULL;

    for (int depth = 0; next_path; depth++) {
        unsigned char header[HEADER];
        bool is_device = false;
        ssize_t length = read_header(next_path, header, &is_device, error);
        const char *looks;
        AUTO_FREE char *this_path = steal_pointer(&next_path);
        AUTO_FREE char *this_format = steal_pointer(&next_format);

        if (length < 0) {
            if (depth)
                error_prefix(error, "the backing chain of %s", path);
            return NULL;
        }
        looks = image_looks_like(header, (size_t)length);
        if (!this_format && looks) {
            if (depth)
                error_set(error, ERROR_LOCAL,
                    "%s looks like %s, and the image above it does not say its format; say it "
                    "there with qemu-img rebase -u",
                    this_path, looks);
            else
                refuse_lookalike(this_path, looks, error);
            return NULL;
        }
        if (depth == IMAGE_CHAIN) {
            error_set(error, ERROR_LOCAL, "%s: its backing chain is longer than %d files", path,
                (int)IMAGE_CHAIN);
            return NULL;
        }
        *end = new_image(this_path, this_format);
        (*end)->is_device = is_device;
        (*end)->direct = direct;
        (*end)->fd =
            fdpass_open(this_path, read_only || depth ? FDPASS_READ : FDPASS_BOTH, direct, error);
        if ((*end)->fd < 0)
            return NULL;
        if (strcmp((*end)->format, "qcow2") == 0 &&
            !read_backing((*end)->path, header, (size_t)length, &next_path, &next_format, error))
            return NULL;
        end = &(*end)->next;
    }
    return steal_pointer(&first);
}
