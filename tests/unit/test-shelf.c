/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shelf: what is put in is found, and what is damaged is noticed and never believed. */
#include "base/shelf.h"
#include "tap.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char key[] = "greeting\nprogram";

static struct slice slice(const char *string)
{
    return (struct slice){string, strlen(string)};
}

static void put(struct shelf_maker *maker, const char *name, const char *text, char listed)
{
    shelf_put(maker, slice(name), slice(text), listed);
}

/* Opens a copy of the bytes, so that one file can be opened in many shapes. */
static struct shelf *open_copy(const char *bytes, size_t length, const char *about)
{
    struct text copy = TEXT_EMPTY;

    text_add(&copy, bytes, length);
    return shelf_of_bytes(&copy, about);
}

static struct shelf *open_path(const char *path, const char *about)
{
    return shelf_open(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), about);
}

static bool finds(struct shelf *shelf, const char *name, const char *expected)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    return shelf && shelf_find(shelf, name, &text) == SHELF_FOUND &&
           strcmp(text_string(&text), expected) == 0;
}

static bool finds_nothing(struct shelf *shelf, const char *name)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    return shelf && shelf_find(shelf, name, &text) == SHELF_NOTHING && !text.length;
}

static char *listed(struct shelf *shelf, char class)
{
    AUTO_STRINGS struct strings names = {0};
    AUTO_TEXT struct text text = TEXT_EMPTY;

    if (shelf_names(shelf, class, &names) != SHELF_FOUND)
        return xstrdup("!");
    for (size_t i = 0; i < names.count; i++)
        text_printf(&text, "%s%s", i ? " " : "", names.item[i]);
    return text_take(&text);
}

/* A shelf of a few pages, with everything in it that a shelf can hold. */
static void make_small(struct text *file)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text large = TEXT_EMPTY;

    for (int i = 0; i < 6000; i++)
        text_add_char(&large, (char)('a' + i % 26));
    put(&maker, "block-commit", "{\"name\":\"block-commit\"}", 'c');
    put(&maker, "block_resize", "resize", 'c');
    put(&maker, "STOP", "an event", 'e');
    put(&maker, "large", text_string(&large), 0);
    put(&maker, "empty", "", 'c');
    put(&maker, "", "of no name", 0);
    put(&maker, "twice", "first", 0);
    put(&maker, "twice", "second", 0);
    shelf_finish(&maker, key, file);
}

static void test_finding(void)
{
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_SHELF struct shelf *shelf = NULL;

    make_small(&file);
    ok(file.length && file.length % SHELF_PAGE == 0, "a shelf is whole pages");
    shelf = open_copy(file.bytes, file.length, key);
    ok(shelf, "it opens");
    ok(finds(shelf, "block-commit", "{\"name\":\"block-commit\"}"), "a name is found");
    ok(finds(shelf, "block_commit", "{\"name\":\"block-commit\"}"), "with _ for -");
    ok(finds(shelf, "block-resize", "resize"), "and with - for _");
    ok(finds(shelf, "block_resize", "resize"), "and as it was put");
    ok(finds(shelf, "empty", ""), "an empty text is found");
    ok(finds(shelf, "", "of no name"), "so is an empty name");
    ok(finds(shelf, "twice", "first"), "the first of one name counts");
    ok(finds_nothing(shelf, "block-commi"), "the beginning of a name is not the name");
    ok(finds_nothing(shelf, "block-commit-"), "nor is more than it");
    ok(finds_nothing(shelf, "Stop"), "case counts");
    text_add_string(&text, "before ");
    ok(shelf_find(shelf, "STOP", &text) == SHELF_FOUND, "a text is added");
    is_string(text_string(&text), "before an event", "to what is there");
    is_owned(listed(shelf, 'c'), "block-commit block_resize empty", "names in order, as put");
    is_owned(listed(shelf, 'e'), "STOP", "of their class only");
    is_owned(listed(shelf, 'x'), "", "none of another class");
}

static void test_none(void)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_SHELF struct shelf *shelf = NULL;

    shelf_finish(&maker, "", &file);
    shelf = open_copy(file.bytes, file.length, "");
    ok(shelf, "a shelf of nothing opens");
    ok(finds_nothing(shelf, "a"), "nothing is found in it");
    is_owned(listed(shelf, 'c'), "", "nothing is listed in it");
}

static void test_many(void)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_TEXT struct text all = TEXT_EMPTY;
    AUTO_SHELF struct shelf *shelf = NULL;
    enum { MANY = 20000 };

    for (int i = 0; i < MANY; i++) {
        AUTO_FREE char *name = xasprintf("name-%d", i * 7919 % MANY);
        AUTO_FREE char *text = xasprintf("text %d", i * 7919 % MANY);

        put(&maker, name, text, i % 1000 ? 0 : 'c');
        if (i % 1000 == 0)
            text_printf(&all, "%s%s", i ? " " : "", name);
    }
    shelf_finish(&maker, key, &file);
    shelf = open_copy(file.bytes, file.length, key);
    for (int i = 0; i < MANY; i++) {
        AUTO_FREE char *name = xasprintf(i % 2 ? "name-%d" : "name_%d", i);
        AUTO_FREE char *other = xasprintf("nome-%d", i);
        AUTO_FREE char *text = xasprintf("text %d", i);

        fold(finds(shelf, name, text), "%s", name);
        fold(finds_nothing(shelf, other), "%s", other);
    }
    folded("each of many names is found, and no others");
    is_owned(listed(shelf, 'c'), text_string(&all), "those that are listed come as they were put");
}

/* Is everything that the damaged shelf still says right? */
static bool is_honest(struct shelf *shelf)
{
    static const char *const right[][2] = {
        {"block-commit", "{\"name\":\"block-commit\"}"},
        {"block_resize", "resize"},
        {"STOP", "an event"},
        {"empty", ""},
        {"", "of no name"},
        {"twice", "first"},
    };
    AUTO_STRINGS struct strings names = {0};

    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        AUTO_TEXT struct text text = TEXT_EMPTY;
        enum shelf_answer answer = shelf_find(shelf, right[i][0], &text);

        if (answer == SHELF_NOTHING ||
            (answer == SHELF_FOUND && strcmp(text_string(&text), right[i][1]) != 0))
            return false;
    }
    if (shelf_names(shelf, 'c', &names) == SHELF_FOUND &&
        (names.count != 3 || strcmp(names.item[0], "block-commit") != 0 ||
            strcmp(names.item[1], "block_resize") != 0 || strcmp(names.item[2], "empty") != 0))
        return false;
    return true;
}

static bool is_large_right(struct shelf *shelf)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    enum shelf_answer answer = shelf_find(shelf, "large", &text);

    if (answer != SHELF_FOUND)
        return answer == SHELF_DAMAGED;
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] != (char)('a' + i % 26))
            return false;
    return text.length == 6000;
}

/* At least one of all that can be asked shows the damage, and nothing that is said is wrong. */
static void test_flips(void)
{
    static const unsigned char flips[] = {0x01, 0x80, 0xFF};
    AUTO_TEXT struct text file = TEXT_EMPTY;
    size_t unopened = 0, opened = 0;

    make_small(&file);
    for (size_t at = 0; at < file.length; at++) {
        for (size_t i = 0; i < sizeof(flips); i++) {
            AUTO_SHELF struct shelf *shelf = NULL;

            file.bytes[at] = (char)(file.bytes[at] ^ flips[i]);
            shelf = open_copy(file.bytes, file.length, key);
            file.bytes[at] = (char)(file.bytes[at] ^ flips[i]);
            opened += shelf ? 1 : 0;
            unopened += shelf ? 0 : 1;
            fold(!shelf || (is_honest(shelf) && is_large_right(shelf)), "byte %zu ^ %#x", at,
                flips[i]);
        }
    }
    folded("each byte flipped, nothing wrong is ever said");
    /* The header's page is read to open it; the others when they are needed. */
    is_int((intmax_t)unopened, 3 * SHELF_PAGE, "damage in the first page shows at once");
    is_int((intmax_t)opened, (intmax_t)(3 * (file.length - SHELF_PAGE)), "other damage does not");
}

/* A flip is not only harmless but noticed: whoever reads the page is told. */
static void test_noticed(void)
{
    AUTO_TEXT struct text file = TEXT_EMPTY;

    make_small(&file);
    for (size_t at = SHELF_PAGE; at < file.length; at++) {
        AUTO_SHELF struct shelf *shelf = NULL;
        AUTO_TEXT struct text text = TEXT_EMPTY;

        file.bytes[at] ^= 1;
        shelf = open_copy(file.bytes, file.length, key);
        file.bytes[at] ^= 1;
        fold(shelf && shelf_find(shelf, "large", &text) == SHELF_DAMAGED && !text.length,
            "byte %zu", at);
    }
    folded("a text over all the other pages is damaged wherever one is");
}

static void test_pages_moved(void)
{
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_SHELF struct shelf *shelf = NULL;
    AUTO_TEXT struct text text = TEXT_EMPTY;
    char page[SHELF_PAGE];

    make_small(&file);
    memcpy(page, file.bytes + SHELF_PAGE, SHELF_PAGE);
    memcpy(file.bytes + SHELF_PAGE, file.bytes, SHELF_PAGE);
    shelf = open_copy(file.bytes, file.length, key);
    ok(shelf && shelf_find(shelf, "large", &text) == SHELF_DAMAGED,
        "a good page at another page's place is damage");
    shelf_free(steal_pointer(&shelf));
    memcpy(file.bytes, page, SHELF_PAGE);
    shelf = open_copy(file.bytes, file.length, key);
    ok(!shelf, "a shelf does not begin with its second page");
}

static void test_lengths(void)
{
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_TEXT struct text longer = TEXT_EMPTY;

    make_small(&file);
    for (size_t length = 0; length < file.length; length++) {
        AUTO_SHELF struct shelf *shelf = open_copy(file.bytes, length, key);

        fold(!shelf, "cut to %zu", length);
    }
    folded("cut anywhere, it is no shelf");
    text_add(&longer, file.bytes, file.length);
    for (size_t more = 1; more <= 2 * SHELF_PAGE; more++) {
        AUTO_SHELF struct shelf *shelf = NULL;

        text_add_char(&longer, '\0');
        shelf = open_copy(longer.bytes, longer.length, key);
        fold(!shelf, "%zu bytes more", more);
    }
    folded("with zeros behind, it is no shelf");
    text_clear(&longer);
    text_add(&longer, file.bytes, file.length);
    text_add(&longer, file.bytes, file.length);
    {
        AUTO_SHELF struct shelf *shelf = open_copy(longer.bytes, longer.length, key);

        ok(!shelf, "twice over, it is no shelf");
    }
}

static void test_keys(void)
{
    static const char *const others[] = {"", "greeting\nprogra", "greeting\nprogram ",
        "greeting\nprogran", "Greeting\nprogram", "greeting"};
    AUTO_TEXT struct text file = TEXT_EMPTY;

    make_small(&file);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        AUTO_SHELF struct shelf *shelf = open_copy(file.bytes, file.length, others[i]);

        ok(!shelf, "it is not about case %zu", i);
    }
}

static void test_long_key(void)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text about = TEXT_EMPTY;
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_SHELF struct shelf *shelf = NULL;

    for (int i = 0; i < 3 * SHELF_PAGE; i++)
        text_add_char(&about, (char)('a' + i % 26));
    put(&maker, "a", "1", 0);
    shelf_finish(&maker, text_string(&about), &file);
    shelf = open_copy(file.bytes, file.length, text_string(&about));
    ok(finds(shelf, "a", "1"), "a key may be longer than a page");
}

static void test_files(void)
{
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_FREE char *path = NULL;
    AUTO_FREE char *empty = scratch_file("empty", "", 0);
    AUTO_FREE char *fifo = xasprintf("%s/fifo", scratch());
    AUTO_SHELF struct shelf *shelf = NULL;
    int fd;

    make_small(&file);
    path = scratch_file("shelf", file.bytes, file.length);
    shelf = open_path(path, key);
    ok(finds(shelf, "STOP", "an event"), "a file is a shelf");
    is_owned(listed(shelf, 'c'), "block-commit block_resize empty", "with its names");
    shelf_free(steal_pointer(&shelf));
    shelf = open_path(path, "another");
    ok(!shelf, "but not about another key");
    shelf = open_path(empty, key);
    ok(!shelf, "an empty file is none");
    shelf = open_path(scratch(), key);
    ok(!shelf, "nor is a directory");
    shelf = open_path("/dev/zero", key);
    ok(!shelf, "nor a device");
    ok(mkfifo(fifo, 0600) == 0, "a pipe is made");
    shelf = open_path(fifo, key);
    ok(!shelf, "nor is a pipe one, and nobody waits for it");
    shelf = shelf_open(-1, key);
    ok(!shelf, "nor is what could not be opened");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    shelf = shelf_open(fd, "another");
    ok(!shelf && fcntl(fd, F_GETFD) < 0, "a descriptor that is no shelf is closed too");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    shelf = shelf_open(fd, key);
    shelf_free(steal_pointer(&shelf));
    ok(fcntl(fd, F_GETFD) < 0, "and so is a shelf's, with it");
}

/* The file shrinks or goes while it is open: damage, and no signal. */
static void test_shrinking(void)
{
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_FREE char *path = NULL;
    AUTO_SHELF struct shelf *shelf = NULL;

    make_small(&file);
    path = scratch_file("shrinking", file.bytes, file.length);
    shelf = open_path(path, key);
    ok(truncate(path, SHELF_PAGE) == 0, "the file is cut when it is open");
    ok(shelf && shelf_find(shelf, "large", &text) == SHELF_DAMAGED && !text.length,
        "which is damage");
}

static char *numbered(int i)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    while (text.length < SHELF_PAGE - 200)
        text_printf(&text, "%d,", i);
    return text_take(&text);
}

/* 500 pages; each but the first few and those of one record is overwritten. */
static void test_few_pages(void)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text file = TEXT_EMPTY;
    AUTO_FREE char *wanted = numbered(300);
    AUTO_FREE char *path = NULL;
    size_t pages, needed = 0, damaged = 0;
    enum { MANY = 500 };

    for (int i = 0; i < MANY; i++) {
        AUTO_FREE char *name = xasprintf("name-%d", i);
        AUTO_FREE char *text = numbered(i);

        put(&maker, name, text, 'c');
    }
    shelf_finish(&maker, key, &file);
    pages = file.length / SHELF_PAGE;
    ok(pages >= MANY - 100, "a shelf of %zu pages", pages);
    for (size_t page = 0; page < pages; page++) {
        AUTO_TEXT struct text copy = TEXT_EMPTY;
        AUTO_SHELF struct shelf *shelf = NULL;

        text_add(&copy, file.bytes, file.length);
        copy.bytes[page * SHELF_PAGE] ^= 1;
        shelf = shelf_of_bytes(&copy, key);
        needed += finds(shelf, "name-300", wanted) ? 0 : 1;
    }
    /* The places are 24 bytes each, three pages of them: the header's and two more at most; a
     * record of less than a page lies on two. */
    ok(needed >= 2 && needed <= 5, "%zu pages are needed to find one name", needed);
    for (size_t page = 0; page < pages; page++) {
        bool is_place = page * SHELF_PAGE < sizeof(uint64_t[3]) * MANY + 200;
        bool is_wanted = memmem(file.bytes + page * SHELF_PAGE, SHELF_PAGE, ",300,300,", 9);

        if (is_place || is_wanted)
            continue;
        memset(file.bytes + page * SHELF_PAGE, 'x', SHELF_PAGE);
        damaged++;
    }
    ok(damaged > pages - 8, "%zu of %zu pages are destroyed", damaged, pages);
    path = scratch_file("destroyed", file.bytes, file.length);
    {
        AUTO_SHELF struct shelf *shelf = open_path(path, key);
        AUTO_TEXT struct text text = TEXT_EMPTY;

        ok(finds(shelf, "name-300", wanted), "the name on the others is still found");
        ok(finds_nothing(shelf, "no-such-name"), "and one that is not there is still not found");
        ok(shelf && shelf_find(shelf, "name-10", &text) == SHELF_DAMAGED && !text.length,
            "what was destroyed is damaged");
    }
}

static void test_too_large(void)
{
    AUTO_SHELF_MAKER struct shelf_maker maker = {0};
    AUTO_TEXT struct text large = TEXT_EMPTY;
    AUTO_TEXT struct text file = TEXT_EMPTY;

    text_reserve(&large, SHELF_LIMIT / 4);
    for (int i = 0; i < SHELF_LIMIT / 4; i++)
        text_add_char(&large, 'x');
    for (int i = 0; i < 5; i++)
        put(&maker, "large", text_string(&large), 'c');
    put(&maker, "small", "1", 'c');
    put(&maker, "", "", 0);
    shelf_finish(&maker, key, &file);
    is_int((intmax_t)file.length, 0, "more than the limit makes no file");
}

int main(void)
{
    test_finding();
    test_none();
    test_many();
    test_flips();
    test_noticed();
    test_pages_moved();
    test_lengths();
    test_keys();
    test_long_key();
    test_files();
    test_shrinking();
    test_few_pages();
    test_too_large();
    return done_testing();
}
