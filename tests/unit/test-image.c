/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk images: what a header looks like, and the files behind a qcow2. */
#include "tap.h"
#include "vm/image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { PROBE = 4096 };

/* Our end of the format: QEMU's docs/interop/qcow2. */
struct header {
    unsigned char bytes[PROBE];
    size_t end; /* where the next extension goes */
};

static void big32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void big64(unsigned char *at, uint64_t value)
{
    big32(at, (uint32_t)(value >> 32));
    big32(at + 4, (uint32_t)value);
}

static struct header qcow2(uint32_t version)
{
    struct header header = {.end = version >= 3 ? 104 : 72};

    memcpy(header.bytes, "QFI\xFB", 4);
    big32(header.bytes + 4, version);
    big32(header.bytes + 20, 16); /* cluster_bits */
    if (version >= 3)
        big32(header.bytes + 100, 104);
    return header;
}

static void extend(struct header *header, uint32_t type, const void *data, uint32_t size)
{
    big32(header->bytes + header->end, type);
    big32(header->bytes + header->end + 4, size);
    memcpy(header->bytes + header->end + 8, data, size);
    header->end += 8 + (size + 7) / 8 * 8;
}

static void set_format(struct header *header, const char *format)
{
    extend(header, 0xE2792ACA, format, (uint32_t)strlen(format));
}

static void set_backing(struct header *header, const char *name)
{
    size_t at = header->end + 8;

    big64(header->bytes + 8, at);
    big32(header->bytes + 16, (uint32_t)strlen(name));
    memcpy(header->bytes + at, name, strlen(name));
}

/* Writes the image; its path, which the caller frees. */
static char *write_image(const char *name, const struct header *header, size_t length)
{
    return scratch_file(name, header->bytes, length);
}

/* The chain as "name:format …", or "!KIND: MESSAGE". The caller frees. */
static char *chain(const char *path, const char *format)
{
    AUTO_ERROR struct error error = {0};
    AUTO_IMAGE struct image *image = image_open(path, format, false, false, &error);
    struct text text = TEXT_EMPTY;

    if (!image)
        return xasprintf("!%s: %s", error_kind_name(error.kind), error.message);
    for (const struct image *at = image; at; at = at->next) {
        const char *name = strrchr(at->path, '/');
        int flags = fcntl(at->fd, F_GETFL), wanted = at == image ? O_RDWR : O_RDONLY;

        text_printf(
            &text, "%s%s:%s", at == image ? "" : " ", name ? name + 1 : at->path, at->format);
        if (at->path[0] != '/')
            text_add_string(&text, " (not absolute)");
        if ((flags & O_ACCMODE) != wanted)
            text_add_string(&text, " (wrong mode)");
        if (!(fcntl(at->fd, F_GETFD) & FD_CLOEXEC))
            text_add_string(&text, " (not close-on-exec)");
        if (flags & O_NONBLOCK)
            text_add_string(&text, " (non-blocking)");
    }
    return text_take(&text);
}

static void fails(
    const char *path, const char *format, const char *kind, const char *words, const char *what)
{
    AUTO_FREE char *got = chain(path, format);
    AUTO_FREE char *start = xasprintf("!%s: ", kind);

    if (!ok(strncmp(got, start, strlen(start)) == 0, "%s: kind %s", what, kind))
        tap_show("got", got);
    has_words(got, words, "%s: says '%s'", what, words);
}

static void test_looks(void)
{
    static const struct {
        const char *format;
        size_t offset;
        const char *magic;
        size_t size;
    } known[] = {
        {"qed", 0, "QED\0", 4},
        {"vmdk", 0, "KDMV\1\0\0\0", 8},
        {"vmdk", 0, "COWD", 4},
        {"vmdk", 0, "# Disk DescriptorFile\nversion=1\n", 32},
        {"vdi", 64, "\x7F\x10\xDA\xBE", 4},
        {"vhdx", 0, "vhdxfile", 8},
        {"vpc", 0, "conectix", 8},
        {"luks", 0, "LUKS\xBA\xBE\0\1", 8},
        {"parallels", 0, "WithoutFreeSpace", 16},
        {"parallels", 0, "WithouFreSpacExt", 16},
        {"bochs", 0, "Bochs Virtual HD Image", 22},
    };
    struct header header = qcow2(3);
    unsigned char zeroes[512] = {0};

    is_string(image_looks_like(header.bytes, PROBE), "qcow2", "a qcow2 of version 3");
    header = qcow2(2);
    is_string(image_looks_like(header.bytes, PROBE), "qcow2", "a qcow2 of version 2");
    header = qcow2(1);
    is_string(image_looks_like(header.bytes, PROBE), "qcow", "version 1 is the format qcow");
    is_string(image_looks_like((const unsigned char *)"QFI\xFB", 4), "qcow2", "its magic alone");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t length = known[i].offset + known[i].size;
        AUTO_FREE unsigned char *exact = xcalloc(1, length);

        memcpy(exact + known[i].offset, known[i].magic, known[i].size);
        is_string(
            image_looks_like(exact, length), known[i].format, "%s, case %zu", known[i].format, i);
        for (size_t cut = 0; cut < known[i].offset + 4; cut++) {
            AUTO_FREE unsigned char *less = xcalloc(1, cut);

            memcpy(less, exact, cut);
            fold(!image_looks_like(less, cut), "%s cut at %zu", known[i].format, cut);
        }
    }
    folded("a header that is cut short looks like nothing");
    is_string(image_looks_like(zeroes, sizeof(zeroes)), NULL, "zeroes look like nothing");
    is_string(image_looks_like(zeroes, 0), NULL, "nothing looks like nothing");
    memcpy(zeroes + 1, "QFI\xFB", 4);
    is_string(image_looks_like(zeroes, sizeof(zeroes)), NULL, "a magic in the wrong place");
    zeroes[510] = 0x55;
    zeroes[511] = 0xAA;
    is_string(image_looks_like(zeroes, sizeof(zeroes)), NULL, "a boot sector is raw");
}

static void test_single(void)
{
    struct header header = qcow2(3);
    AUTO_FREE char *raw = scratch_file("raw.img", "just bytes", 10);
    AUTO_FREE char *empty = scratch_file("empty.img", "", 0);
    AUTO_FREE char *plain = write_image("plain.qcow2", &header, PROBE);
    AUTO_FREE char *missing = xasprintf("%s/missing", scratch());
    AUTO_FREE char *fifo = xasprintf("%s/fifo", scratch());
    AUTO_FREE char *link = xasprintf("%s/link", scratch());
    AUTO_FREE char *real = NULL;
    AUTO_ERROR struct error error = {0};
    AUTO_IMAGE struct image *image = NULL;

    is_owned(chain(raw, NULL), "raw.img:raw", "raw unless said");
    is_owned(chain(raw, "raw"), "raw.img:raw", "raw when said");
    is_owned(chain(empty, NULL), "empty.img:raw", "an empty file is raw");
    is_owned(chain(plain, "qcow2"), "plain.qcow2:qcow2", "a qcow2 when said");
    is_owned(chain(plain, "raw"), "plain.qcow2:raw", "what looks like a qcow2 is raw when said");
    fails(plain, NULL, "usage", "qcow2", "what looks like a qcow2 and is not said");
    fails(raw, "qcow2", "local", "raw.img", "what is no qcow2 and is said to be");
    fails(empty, "qcow2", "local", "empty.img", "an empty file that is said to be a qcow2");
    fails(missing, NULL, "local", missing, "a file that is not there");
    fails(scratch(), NULL, "local", "directory", "a directory");
    if (mkfifo(fifo, 0600) == 0)
        fails(fifo, NULL, "local", fifo, "a fifo, without hanging");
    fails("/dev/null", NULL, "local", "/dev/null", "a character device");

    image = image_open(raw, NULL, true, false, &error);
    ok(image && (fcntl(image->fd, F_GETFL) & O_ACCMODE) == O_RDONLY, "read-only when asked");
    ok(image && !image->is_device && !image->direct && !image->next, "a file, alone");
    image_free(steal_pointer(&image));
    if (symlink("raw.img", link) == 0) {
        image = image_open(link, NULL, false, false, &error);
        is_string(image ? image->path : NULL, link, "a link keeps its name");
        image_free(steal_pointer(&image));
    }
    if (chdir(scratch()) == 0) {
        real = realpath("raw.img", NULL);
        image = image_open("raw.img", NULL, false, false, &error);
        is_string(image ? image->path : NULL, real, "a relative path is made absolute");
        image_free(steal_pointer(&image));
        is_owned(chain("./raw.img", NULL), "raw.img:raw", "with a dot in front");
        if (chdir("/") < 0)
            return;
    }
    image_free(NULL);
}

static void one_backing(const char *name, const char *format, const char *expected)
{
    for (uint32_t version = 2; version <= 3; version++) {
        struct header header = qcow2(version);
        AUTO_FREE char *path = NULL;
        AUTO_FREE char *wanted = xasprintf("top.qcow2:qcow2 %s", expected);

        if (format)
            set_format(&header, format);
        set_backing(&header, name);
        path = write_image("top.qcow2", &header, PROBE);
        is_owned(chain(path, "qcow2"), wanted, "version %u, backing file '%.30s'", version, name);
    }
}

static void bad_backing(const char *name, const char *format, const char *words, const char *what)
{
    struct header header = qcow2(3);
    AUTO_FREE char *path = NULL;

    if (format)
        set_format(&header, format);
    set_backing(&header, name);
    path = write_image("top.qcow2", &header, PROBE);
    fails(path, "qcow2", "local", words, what);
}

static void test_chains(void)
{
    struct header header = qcow2(3);
    AUTO_FREE char *raw = scratch_file("raw.img", "just bytes", 10);
    AUTO_FREE __attribute__((unused)) char *base = write_image("base.qcow2", &header, PROBE);
    AUTO_FREE char *file_raw = xasprintf("file:%s", raw);
    AUTO_FREE char *below = xasprintf("%s/sub", scratch());
    AUTO_FREE char *path = NULL;

    one_backing("raw.img", "raw", "raw.img:raw");
    one_backing("raw.img", NULL, "raw.img:raw");
    one_backing(raw, "raw", "raw.img:raw");
    one_backing(file_raw, "raw", "raw.img:raw");
    one_backing("base.qcow2", "qcow2", "base.qcow2:qcow2");
    one_backing("base.qcow2", "raw", "base.qcow2:raw");
    one_backing("./base.qcow2", "qcow2", "base.qcow2:qcow2");
    bad_backing("base.qcow2", NULL, "base.qcow2", "a backing file that is a qcow2 and not said");
    bad_backing("base.qcow2", "", "base.qcow2", "a format that is said to be nothing");
    bad_backing("missing", "raw", "missing", "a backing file that is not there");
    bad_backing(".", "raw", "directory", "a backing file that is a directory");
    bad_backing("json:{\"driver\":\"null-co\"}", "raw", "json:", "a json: backing file");
    bad_backing("nbd://localhost:10809/x", "raw", "nbd:", "an nbd backing file");
    bad_backing("fat:/tmp", "raw", "fat:", "a fat: backing file");
    mkdir(below, 0700);
    header = qcow2(3);
    set_format(&header, "qcow2");
    set_backing(&header, "../base.qcow2");
    path = write_image("sub/over.qcow2", &header, PROBE);
    is_owned(chain(path, "qcow2"), "over.qcow2:qcow2 base.qcow2:qcow2",
        "a relative name is meant from the image's folder");

    /* Another extension before the one that counts, with a length that needs padding. */
    header = qcow2(3);
    extend(&header, 0x6803F857, "0123456789abc", 13);
    set_format(&header, "qcow2");
    set_backing(&header, "base.qcow2");
    free(path);
    path = write_image("over.qcow2", &header, PROBE);
    is_owned(chain(path, "qcow2"), "over.qcow2:qcow2 base.qcow2:qcow2",
        "the format is found behind another extension");

    /* A header that is longer than this version's. */
    header = qcow2(3);
    big32(header.bytes + 100, 112);
    header.end = 112;
    set_format(&header, "qcow2");
    set_backing(&header, "base.qcow2");
    free(path);
    path = write_image("over.qcow2", &header, PROBE);
    is_owned(chain(path, "qcow2"), "over.qcow2:qcow2 base.qcow2:qcow2",
        "a longer header is stepped over");
}

static void test_long(void)
{
    for (int i = 0; i <= 200; i++) {
        struct header header = qcow2(3);
        AUTO_FREE char *name = xasprintf("c%d", i);
        AUTO_FREE char *path = NULL;

        if (i) {
            AUTO_FREE char *below = xasprintf("c%d", i - 1);

            set_format(&header, "qcow2");
            set_backing(&header, below);
        }
        path = write_image(name, &header, 512);
        if (i == 199) {
            AUTO_FREE char *got = chain(path, "qcow2");

            ok(strncmp(got, "c199:qcow2 c198:qcow2 ", 22) == 0 && strstr(got, " c0:qcow2"),
                "a chain of 200 files");
        }
        if (i == 200)
            fails(path, "qcow2", "local", "200", "a chain of 201");
    }
    bad_backing("top.qcow2", "qcow2", "200", "a qcow2 whose backing file is itself");
    {
        struct header header = qcow2(3);
        AUTO_FREE char *a = NULL, *b = NULL;

        set_format(&header, "qcow2");
        set_backing(&header, "loop-b");
        a = write_image("loop-a", &header, PROBE);
        header = qcow2(2);
        set_format(&header, "qcow2");
        set_backing(&header, "loop-a");
        b = write_image("loop-b", &header, PROBE);
        fails(a, "qcow2", "local", "200", "two that are each other's");
    }
}

static void test_garbage(void)
{
    static const struct {
        uint64_t offset;
        uint32_t size;
    } names[] = {{4096, 1}, {4090, 100}, {UINT64_MAX, 1}, {UINT64_MAX - 5, 10}, {200, 0},
        {200, 1024}, {200, UINT32_MAX}, {UINT64_C(1) << 63, 8}, {0x10000, 5}};
    static const uint32_t lengths[] = {
        0, 1, 71, 4095, 4096, 4089, 0x7FFFFFFF, 0xFFFFFFF8, UINT32_MAX};
    struct header header = qcow2(3);
    AUTO_FREE __attribute__((unused)) char *base = scratch_file("raw.img", "just bytes", 10);
    AUTO_FREE char *path = NULL;

    for (size_t length = 4; length < 72; length++) {
        AUTO_FREE char *cut = write_image("cut.qcow2", &header, length);
        AUTO_FREE char *got = chain(cut, "qcow2");

        fold(strncmp(got, "!local: ", 8) == 0, "%zu bytes: %s", length, got);
    }
    folded("a header that is cut short is kind local");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        AUTO_FREE char *wrong = NULL;

        header = qcow2(3);
        big64(header.bytes + 8, names[i].offset);
        big32(header.bytes + 16, names[i].size);
        wrong = write_image("wrong.qcow2", &header, PROBE);
        fails(wrong, "qcow2", "local", "wrong.qcow2", "a name that cannot be there");
    }
    header = qcow2(3);
    set_backing(&header, "raw.img");
    header.bytes[header.end + 8 + 3] = 0;
    path = write_image("nul.qcow2", &header, PROBE);
    fails(path, "qcow2", "local", "NUL", "a name with a NUL");
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        AUTO_FREE char *odd = NULL, *got = NULL;

        /* Wrong header and extension lengths: whatever comes out, nothing is read past the end. */
        header = qcow2(3);
        set_format(&header, "raw");
        set_backing(&header, "raw.img");
        big32(header.bytes + 100, lengths[i]);
        odd = write_image("odd.qcow2", &header, PROBE);
        got = chain(odd, "qcow2");
        fold(strncmp(got, "!local: ", 8) == 0 || strstr(got, "raw.img:"), "header %u: %s",
            lengths[i], got);
        header = qcow2(3);
        set_format(&header, "raw");
        set_backing(&header, "raw.img");
        big32(header.bytes + 108, lengths[i]);
        free(odd);
        free(got);
        odd = write_image("odd.qcow2", &header, PROBE);
        got = chain(odd, "qcow2");
        fold(strncmp(got, "!local: ", 8) == 0 || strstr(got, "raw.img:"), "extension %u: %s",
            lengths[i], got);
    }
    folded("lengths that cannot be are survived");
    header = qcow2(3);
    big64(header.bytes + 72, 1 << 2);
    free(path);
    path = write_image("data.qcow2", &header, PROBE);
    fails(path, "qcow2", "local", "--by-path", "data in another file");
    for (size_t i = 72; i < 80; i++)
        header.bytes[i] = 0;
    big64(header.bytes + 80, 1 << 2); /* the compatible bits mean something else */
    free(path);
    path = write_image("bits.qcow2", &header, PROBE);
    is_owned(chain(path, "qcow2"), "bits.qcow2:qcow2", "another bit of the same number");
}

static bool run(const char *format, const char *argument)
{
    AUTO_FREE char *line = NULL;
    AUTO_FREE char *cd = xasprintf("cd '%s' && %s %s >/dev/null 2>&1", scratch(), format, argument);

    line = steal_pointer(&cd);
    return system(line) == 0;
}

static void test_real(void)
{
    AUTO_FREE char *top = xasprintf("%s/r3.qcow2", scratch());
    AUTO_FREE char *data = xasprintf("%s/ext.qcow2", scratch());
    AUTO_FREE char *js = xasprintf("%s/js.qcow2", scratch());
    AUTO_FREE char *old = xasprintf("%s/old.qcow", scratch());
    AUTO_FREE char *vdi = xasprintf("%s/x.vdi", scratch());

    if (!run("qemu-img", "--version")) {
        skip("images of qemu-img", "qemu-img is not installed");
        return;
    }
    ok(run("qemu-img create -f raw", "r0.raw 1M") &&
            run("qemu-img create -f qcow2 -o compat=0.10 -F raw -b", "r0.raw r1.qcow2") &&
            run("qemu-img create -f qcow2 -F qcow2 -b", "r1.qcow2 r2.qcow2") &&
            run("qemu-img create -f qcow2 -F qcow2 -b", "r2.qcow2 r3.qcow2"),
        "qemu-img makes a chain");
    is_owned(chain(top, "qcow2"), "r3.qcow2:qcow2 r2.qcow2:qcow2 r1.qcow2:qcow2 r0.raw:raw",
        "a chain with relative names is followed");
    ok(run("qemu-img create -f qcow2 -o data_file=ext.raw,data_file_raw=on", "ext.qcow2 1M"),
        "qemu-img makes one with a data file");
    fails(data, "qcow2", "local", "--by-path", "a data file");
    ok(run("qemu-img create -f qcow2 -F raw -b 'json:{\"driver\":\"raw\",\"file\":{\"driver\":"
           "\"file\",\"filename\":\"r0.raw\"}}'",
           "js.qcow2 1M"),
        "qemu-img makes one with a json: backing file");
    fails(js, "qcow2", "local", "--by-path", "a json: backing file");
    if (run("qemu-img create -f qcow", "old.qcow 1M"))
        fails(old, NULL, "usage", "--format qcow,", "the old format qcow");
    if (run("qemu-img create -f vdi", "x.vdi 1M"))
        fails(vdi, NULL, "usage", "vdi", "a vdi");
}

int main(void)
{
    test_looks();
    test_single();
    test_chains();
    test_long();
    test_garbage();
    test_real();
    return done_testing();
}
