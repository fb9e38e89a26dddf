/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAYLOAD = SHELF_PAGE - (int)sizeof(uint64_t) };

static const char magic[8] = "qmpbox\n1";

/* The payload of all pages, laid end to end: header, key, places sorted by hash, names, records. */
struct header {
    char magic[sizeof(magic)];
    uint32_t length; /* of the whole, in bytes of payload */
    uint32_t key_length;
    uint32_t count; /* of places */
    uint32_t names_length;
    uint32_t records_length;
    uint32_t zero;
};

struct shelf_place {
    uint64_t hash; /* of the name */
    uint32_t at;   /* where in the records */
    uint32_t length;
    uint32_t name_length; /* a record is the name and the text */
    uint32_t zero;
};

struct shelf {
    int fd; /* or -1 and bytes */
    struct text bytes;
    uint64_t id;
    size_t pages;
    char **page; /* those that have been read and found good, PAYLOAD bytes each */
    struct header header;
};

static uint64_t hash_name(const char *name, size_t length)
{
    uint64_t hash = TEXT_HASH;

    for (size_t i = 0; i < length; i++) {
        char c = name[i] == '_' ? '-' : name[i];

        hash = text_hash(hash, &c, 1);
    }
    return hash;
}

/* Eight bytes at a time: a shelf of a quarter of a megabyte is summed when it is made. */
static uint64_t page_sum(uint64_t id, size_t number, const char *payload)
{
    uint64_t sum = id ^ (number * UINT64_C(0x9E3779B97F4A7C15));

    for (size_t i = 0; i < PAYLOAD; i += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, payload + i, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        sum ^= sum >> 29;
    }
    return sum;
}

void shelf_maker_free(struct shelf_maker *maker)
{
    text_free(&maker->records);
    text_free(&maker->names);
    free(maker->places);
    *maker = (struct shelf_maker){0};
}

void shelf_put(struct shelf_maker *maker, struct slice name, struct slice text, char listed)
{
    struct shelf_place *place;

    if (maker->records.length + name.length + text.length > SHELF_LIMIT) {
        maker->records.length = SHELF_LIMIT; /* shelf_finish() will say no */
        return;
    }
    if (maker->count == maker->room) {
        maker->room = maker->room ? maker->room * 2 : 256;
        maker->places = xrealloc(maker->places, maker->room * sizeof(*maker->places));
    }
    place = &maker->places[maker->count++];
    *place = (struct shelf_place){
        .hash = hash_name(name.bytes, name.length),
        .at = (uint32_t)maker->records.length,
        .length = (uint32_t)(name.length + text.length),
        .name_length = (uint32_t)name.length,
    };
    text_add(&maker->records, name.bytes, name.length);
    text_add(&maker->records, text.bytes, text.length);
    if (listed) {
        text_add_char(&maker->names, listed);
        text_add(&maker->names, name.bytes, name.length);
        text_add_char(&maker->names, '\n');
    }
}

static int compare_places(const void *a, const void *b)
{
    const struct shelf_place *left = a, *right = b;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return left->at < right->at ? -1 : left->at > right->at;
}

void shelf_finish(const struct shelf_maker *maker, const char *key, struct text *file)
{
    AUTO_TEXT struct text payload = TEXT_EMPTY;
    AUTO_FREE struct shelf_place *sorted = xcalloc(maker->count + 1, sizeof(*sorted));
    size_t key_length = strlen(key), places = maker->count * sizeof(*sorted);
    size_t length =
        sizeof(struct header) + key_length + places + maker->names.length + maker->records.length;
    uint64_t id = text_hash(TEXT_HASH, key, key_length);
    struct header header = {
        .length = (uint32_t)length,
        .key_length = (uint32_t)key_length,
        .count = (uint32_t)maker->count,
        .names_length = (uint32_t)maker->names.length,
        .records_length = (uint32_t)maker->records.length,
    };

    if (length >= SHELF_LIMIT)
        return;
    memcpy(header.magic, magic, sizeof(magic));
    if (maker->count)
        memcpy(sorted, maker->places, places);
    qsort(sorted, maker->count, sizeof(*sorted), compare_places);
    text_reserve(&payload, length + PAYLOAD);
    text_add(&payload, (const char *)&header, sizeof(header));
    text_add(&payload, key, key_length);
    text_add(&payload, (const char *)sorted, places);
    text_add(&payload, text_string(&maker->names), maker->names.length);
    text_add(&payload, text_string(&maker->records), maker->records.length);
    while (payload.length % PAYLOAD)
        text_add_char(&payload, '\0');
    text_reserve(file, payload.length / PAYLOAD * SHELF_PAGE);
    for (size_t page = 0; page < payload.length / PAYLOAD; page++) {
        const char *at = payload.bytes + page * PAYLOAD;
        uint64_t sum = page_sum(id, page, at);

        text_add(file, at, PAYLOAD);
        text_add(file, (const char *)&sum, sizeof(sum));
    }
}

void shelf_free(struct shelf *shelf)
{
    if (!shelf)
        return;
    close_fd(&shelf->fd);
    text_free(&shelf->bytes);
    for (size_t i = 0; shelf->page && i < shelf->pages; i++)
        free(shelf->page[i]);
    free(shelf->page);
    free(shelf);
}

/* Reads one whole page from the file, or from the bytes in memory. */
static bool get_page(struct shelf *shelf, size_t number, char *to)
{
    size_t have = 0;

    if (shelf->fd < 0) {
        memcpy(to, shelf->bytes.bytes + number * SHELF_PAGE, SHELF_PAGE);
        return true;
    }
    while (have < SHELF_PAGE) {
        ssize_t came =
            pread(shelf->fd, to + have, SHELF_PAGE - have, (off_t)(number * SHELF_PAGE + have));

        if (came < 0 && errno == EINTR)
            continue;
        if (came <= 0)
            return false;
        have += (size_t)came;
    }
    return true;
}

/* The payload of a page, read at its first use; NULL when it is not what was written. */
static const char *page_of(struct shelf *shelf, size_t number)
{
    AUTO_FREE char *page = NULL;
    uint64_t sum;

    if (number >= shelf->pages)
        return NULL;
    if (shelf->page[number])
        return shelf->page[number];
    page = xcalloc(1, SHELF_PAGE);
    if (!get_page(shelf, number, page))
        return NULL;
    memcpy(&sum, page + PAYLOAD, sizeof(sum));
    if (sum != page_sum(shelf->id, number, page))
        return NULL;
    return shelf->page[number] = steal_pointer(&page);
}

static bool read_payload(struct shelf *shelf, size_t at, size_t length, struct text *text)
{
    while (length) {
        const char *page = page_of(shelf, at / PAYLOAD);
        size_t from = at % PAYLOAD;
        size_t n = length < PAYLOAD - from ? length : PAYLOAD - from;

        if (!page)
            return false;
        text_add(text, page + from, n);
        at += n;
        length -= n;
    }
    return true;
}

/* Do the parts that the header names fill the file, and is the key ours? */
static bool check_header(struct shelf *shelf, const char *key)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    struct header *header = &shelf->header;
    uint64_t parts;

    if (!read_payload(shelf, 0, sizeof(*header), &text))
        return false;
    memcpy(header, text.bytes, sizeof(*header));
    parts = sizeof(*header) + (uint64_t)header->key_length + header->names_length +
            header->records_length + (uint64_t)header->count * sizeof(struct shelf_place);
    if (memcmp(header->magic, magic, sizeof(magic)) != 0 || parts != header->length ||
        (parts + PAYLOAD - 1) / PAYLOAD != shelf->pages || header->key_length != strlen(key))
        return false;
    text_clear(&text);
    return read_payload(shelf, sizeof(*header), header->key_length, &text) &&
           strcmp(text_string(&text), key) == 0;
}

static struct shelf *begin(int fd, struct text bytes, size_t length, const char *key)
{
    AUTO_SHELF struct shelf *shelf = xcalloc(1, sizeof(*shelf));

    shelf->fd = fd;
    shelf->bytes = bytes;
    shelf->id = text_hash(TEXT_HASH, key, strlen(key));
    if (!length || length % SHELF_PAGE || length > 2 * (size_t)SHELF_LIMIT)
        return NULL;
    shelf->pages = length / SHELF_PAGE;
    shelf->page = xcalloc(shelf->pages, sizeof(char *));
    return check_header(shelf, key) ? steal_pointer(&shelf) : NULL;
}

struct shelf *shelf_open(int fd, const char *key)
{
    struct stat status = {0};
    bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;

    return begin(fd, TEXT_EMPTY, regular ? (size_t)status.st_size : 0, key);
}

struct shelf *shelf_of_bytes(struct text *file, const char *key)
{
    struct text bytes = *file;

    *file = TEXT_EMPTY;
    return begin(-1, bytes, bytes.length, key);
}

/* The place at an index of the sorted list. */
static bool place_at(struct shelf *shelf, size_t index, struct shelf_place *place)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    size_t at = sizeof(struct header) + shelf->header.key_length + index * sizeof(*place);

    if (!read_payload(shelf, at, sizeof(*place), &text))
        return false;
    memcpy(place, text.bytes, sizeof(*place));
    return place->name_length <= place->length &&
           (uint64_t)place->at + place->length <= shelf->header.records_length;
}

static enum shelf_answer read_record(
    struct shelf *shelf, const struct shelf_place *place, const char *name, struct text *text)
{
    AUTO_TEXT struct text record = TEXT_EMPTY;
    size_t at = sizeof(struct header) + shelf->header.key_length + shelf->header.names_length +
                shelf->header.count * sizeof(*place) + place->at;
    AUTO_FREE char *its = NULL;

    if (!read_payload(shelf, at, place->length, &record))
        return SHELF_DAMAGED;
    its = xstrndup(text_string(&record), place->name_length);
    if (!text_same_name(its, name))
        return SHELF_NOTHING; /* another one of the same hash */
    text_add(text, text_string(&record) + place->name_length, place->length - place->name_length);
    return SHELF_FOUND;
}

enum shelf_answer shelf_find(struct shelf *shelf, const char *name, struct text *text)
{
    uint64_t hash = hash_name(name, strlen(name));
    size_t low = 0, high = shelf->header.count;
    struct shelf_place place;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (!place_at(shelf, middle, &place))
            return SHELF_DAMAGED;
        if (place.hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < shelf->header.count; low++) {
        enum shelf_answer answer;

        if (!place_at(shelf, low, &place))
            return SHELF_DAMAGED;
        if (place.hash != hash)
            break;
        answer = read_record(shelf, &place, name, text);
        if (answer != SHELF_NOTHING)
            return answer;
    }
    return SHELF_NOTHING;
}

enum shelf_answer shelf_names(struct shelf *shelf, char listed, struct strings *names)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    const struct header *header = &shelf->header;
    size_t at = sizeof(*header) + header->key_length + header->count * sizeof(struct shelf_place);

    if (!read_payload(shelf, at, header->names_length, &text))
        return SHELF_DAMAGED;
    for (const char *line = text_string(&text), *end; (end = strchr(line, '\n')); line = end + 1)
        if (*line == listed)
            strings_take(names, xstrndup(line + 1, (size_t)(end - line) - 1));
    return SHELF_FOUND;
}
