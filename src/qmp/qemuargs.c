/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qmp/qemuargs.h"

#include "json/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST = 1024, /* chardevs of one process; a command line can be long */
    MOST_MONITORS = 64,
    MOST_CONFIGS = 16
};

/* ---------------------------------------------------------------- KEY=VALUE,KEY=VALUE */

struct pairs {
    struct strings keys;
    struct strings values; /* as many */
};

static void pairs_free(struct pairs *pairs)
{
    strings_free(&pairs->keys);
    strings_free(&pairs->values);
}

#define AUTO_PAIRS AUTO(pairs_free)

static void add_pair(struct pairs *pairs, char *key, char *value)
{
    strings_take(&pairs->keys, key);
    strings_take(&pairs->values, value);
}

/* The last one holds, as in QEMU. */
static const char *get(const struct pairs *pairs, const char *key)
{
    for (size_t i = pairs->keys.count; i > 0; i--)
        if (strcmp(pairs->keys.item[i - 1], key) == 0)
            return pairs->values.item[i - 1];
    return NULL;
}

static bool is_on(const struct pairs *pairs, const char *key, bool otherwise)
{
    const char *value = get(pairs, key);

    return value ? strcmp(value, "on") == 0 || strcmp(value, "yes") == 0 ||
                       strcmp(value, "true") == 0 || strcmp(value, "y") == 0
                 : otherwise;
}

/* A value ends at a comma; two commas are one in it. *at is behind it afterwards. */
static char *take_value(const char **at)
{
    AUTO_TEXT struct text value = TEXT_EMPTY;

    for (; **at && (**at != ',' || (*at)[1] == ','); (*at)++) {
        if (**at == ',')
            (*at)++;
        text_add_char(&value, **at);
    }
    if (**at == ',')
        (*at)++;
    return text_take(&value);
}

static void read_json(struct pairs *pairs, const char *word)
{
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *object = json_parse(word, strlen(word), &error);

    json_each (member, json_is_object(object) ? object : NULL)
        if (json_string(member))
            add_pair(pairs, xstrdup(json_key(member)), xstrdup(json_string(member)));
        else if (json_is_bool(member))
            add_pair(
                pairs, xstrdup(json_key(member)), xstrdup(json_is_true(member) ? "on" : "off"));
}

/* The first word without '=' is the value of `implied`, each other one a switch. */
static void read_pairs(struct pairs *pairs, const char *word, const char *implied)
{
    const char *at = word;

    while (*at) {
        size_t length = strcspn(at, "=,");
        bool off = strncmp(at, "no", 2) == 0;

        if (at[length] == '=') {
            char *key = xstrndup(at, length);

            at += length + 1;
            add_pair(pairs, key, take_value(&at));
        } else if (at == word) {
            add_pair(pairs, xstrdup(implied), take_value(&at));
        } else {
            /* As in "server,nowait". */
            add_pair(pairs, xstrndup(at + (off ? 2 : 0), length - (off ? 2 : 0)),
                xstrdup(off ? "off" : "on"));
            at += length + (at[length] == ',');
        }
    }
}

/* ---------------------------------------------------------------- chardevs */

static void free_chardev(struct qemu_chardev *chardev)
{
    free(chardev->id);
    free(chardev->path);
    free(chardev->host);
    free(chardev->port);
}

static void free_chardevs(struct qemu_chardevs *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_chardev(&list->item[i]);
    free(list->item);
    *list = (struct qemu_chardevs){0};
}

/* Takes over what the chardev holds. */
static void add_chardev(struct qemu_chardevs *list, size_t most, struct qemu_chardev chardev)
{
    if (list->count == most) {
        free_chardev(&chardev);
        return;
    }
    list->item = xrealloc(list->item, (list->count + 1) * sizeof(*list->item));
    list->item[list->count++] = chardev;
}

static char *copy(const char *string)
{
    return string ? xstrdup(string) : NULL;
}

static bool is_number(const char *word, size_t most)
{
    return word && *word && strlen(word) <= most && strspn(word, "0123456789") == strlen(word);
}

static bool is_port(long port)
{
    return port >= 1 && port <= 65535;
}

/* What a socket's options say. A client's socket is not there to be connected to. */
static struct qemu_chardev read_socket(const struct pairs *pairs)
{
    struct qemu_chardev chardev = {
        .place = QEMU_ELSEWHERE, .fd = -1, .waits = is_on(pairs, "wait", true)};
    const char *path = get(pairs, "path"), *fd = get(pairs, "fd"), *port = get(pairs, "port");
    bool abstract = is_on(pairs, "abstract", false);

    if (!is_on(pairs, "server", false) || is_on(pairs, "telnet", false) ||
        is_on(pairs, "tn3270", false) || is_on(pairs, "websocket", false) ||
        get(pairs, "tls-creds"))
        return chardev;
    if (is_number(fd, 9)) {
        chardev.place = QEMU_FD;
        chardev.fd = (int)strtol(fd, NULL, 10);
    } else if (path && *path) {
        /* Padded with NULs to its full length it is a name that has no address with us. */
        if (!abstract || is_on(pairs, "tight", true))
            chardev.place = abstract ? QEMU_ABSTRACT : QEMU_PATH;
        chardev.path = xstrdup(path);
    } else if (is_number(port, 5) && is_port(strtol(port, NULL, 10)) && !get(pairs, "to")) {
        /* With "to" it may listen at any port of a range: that could be another VM's. */
        chardev.place = QEMU_TCP;
        chardev.host = xstrdup(get(pairs, "host") ? get(pairs, "host") : "");
        chardev.port = xstrdup(port);
    }
    return chardev;
}

static void add_backend(struct qemu_args *args, const struct pairs *pairs)
{
    const char *backend = get(pairs, "backend");
    struct qemu_chardev chardev = {.place = QEMU_ELSEWHERE, .fd = -1};

    if (!get(pairs, "id"))
        return;
    if (backend && strcmp(backend, "socket") == 0)
        chardev = read_socket(pairs);
    chardev.id = xstrdup(get(pairs, "id"));
    add_chardev(&args->chardevs, MOST, chardev);
}

/* ---------------------------------------------------------------- the options */

static void want(struct qemu_args *args, const char *id)
{
    if (args->wanted.count < MOST_MONITORS)
        strings_add(&args->wanted, id);
}

/* HOST:PORT,... or :PORT,... with the host in brackets when it has colons. */
static void read_tcp(struct pairs *pairs, const char *word)
{
    const char *comma = strchr(word, ','), *end = comma ? comma : word + strlen(word);
    const char *colon = memrchr(word, ':', (size_t)(end - word));
    const char *host = word, *host_end = colon;

    if (!colon)
        return;
    if (host_end - host > 2 && *host == '[' && host_end[-1] == ']') {
        host++;
        host_end--;
    }
    read_pairs(pairs, comma ? comma + 1 : "", "");
    add_pair(pairs, xstrdup("host"), xstrndup(host, (size_t)(host_end - host)));
    add_pair(pairs, xstrdup("port"), xstrndup(colon + 1, (size_t)(end - colon - 1)));
}

static void read_qmp(struct qemu_args *args, const char *value)
{
    AUTO_PAIRS struct pairs pairs = {0};

    if (strncmp(value, "chardev:", 8) == 0) {
        want(args, value + 8);
        return;
    }
    if (strncmp(value, "unix:", 5) == 0)
        read_pairs(&pairs, value + 5, "path");
    else if (strncmp(value, "tcp:", 4) == 0)
        read_tcp(&pairs, value + 4);
    add_chardev(&args->monitors, MOST_MONITORS, read_socket(&pairs));
}

/* In qemu-system a monitor is for people unless it says control, in a storage daemon it never is.
 */
static void add_monitor(struct qemu_args *args, const struct pairs *pairs)
{
    const char *mode = get(pairs, "mode"), *chardev = get(pairs, "chardev");
    bool control = mode ? strcmp(mode, "control") == 0 : args->storage_daemon;

    if (control && chardev)
        want(args, chardev);
}

static void add_object(struct qemu_args *args, const struct pairs *pairs)
{
    if (text_is(get(pairs, "qom-type"), "monitor-qmp") && get(pairs, "chardev"))
        want(args, get(pairs, "chardev"));
}

static void add_name(struct qemu_args *args, const struct pairs *pairs)
{
    const char *name = get(pairs, "guest");

    if (!name || !*name)
        return;
    free(args->name);
    args->name = xstrdup(name);
}

/* A group of options, as -NAME has it and a section of a configuration file. */
static void take_group(struct qemu_args *args, const char *group, const struct pairs *pairs)
{
    if (strcmp(group, "chardev") == 0)
        add_backend(args, pairs);
    else if (strcmp(group, "object") == 0)
        add_object(args, pairs);
    else if (strcmp(group, args->storage_daemon ? "monitor" : "mon") == 0)
        add_monitor(args, pairs);
    else if (strcmp(group, "name") == 0 && !args->storage_daemon)
        add_name(args, pairs);
}

/* The word that is the first of a group's when it has no key; NULL: not an option of ours. */
static const char *implied_key(const struct qemu_args *args, const char *option)
{
    static const struct {
        const char *option, *key;
        bool system, daemon;
    } known[] = {
        {"chardev", "backend", true, true},
        {"mon", "chardev", true, false},
        {"monitor", "chardev", false, true},
        {"name", "guest", true, false},
        {"object", "qom-type", true, true},
        {"qmp", "", true, false},
        {"qmp-pretty", "", true, false},
        {"readconfig", "", true, false},
        /* The guest's kernel reads it: anything may stand there, the name of an option too. */
        {"append", "", true, false},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].option, option) == 0 &&
            (args->storage_daemon ? known[i].daemon : known[i].system))
            return known[i].key;
    return NULL;
}

static void take_option(struct qemu_args *args, const char *option, const char *value)
{
    const char *implied = implied_key(args, option);
    AUTO_PAIRS struct pairs pairs = {0};

    if (*implied) {
        /* Up to 11.1 a chardev cannot be JSON. */
        if (*value == '{' && (strcmp(option, "monitor") == 0 || strcmp(option, "object") == 0))
            read_json(&pairs, value);
        else
            read_pairs(&pairs, value, implied);
        take_group(args, option, &pairs);
    } else if (strcmp(option, "readconfig") == 0) {
        if (args->configs.count < MOST_CONFIGS)
            strings_add(&args->configs, value);
    } else if (strncmp(option, "qmp", 3) == 0) {
        read_qmp(args, value);
    }
}

/* The next word as a string that the caller frees, or NULL at the end. */
static char *next_word(const char *block, size_t length, size_t *at)
{
    size_t begin = *at, size;

    if (begin >= length)
        return NULL;
    size = strnlen(block + begin, length - begin);
    *at = begin + size + 1;
    return xstrndup(block + begin, size);
}

/*
 * Which other options take a value is not known here and need not be: a word that is not one of
 * ours is passed over, be it an option or a value.
 */
void qemu_args_read(struct qemu_args *args, const char *block, size_t length)
{
    size_t at = strnlen(block, length) + 1; /* behind the program */

    while (at < length) {
        AUTO_FREE char *word = next_word(block, length, &at);
        AUTO_FREE char *value = NULL;
        const char *option = word + (word[0] == '-' ? 1 + (word[1] == '-') : 0);
        char *equals = args->storage_daemon ? strchr(option, '=') : NULL;

        if (option == word)
            continue;
        if (equals) {
            *equals = '\0';
            value = xstrdup(equals + 1);
        }
        if (!implied_key(args, option))
            continue;
        if (!value)
            value = next_word(block, length, &at);
        if (value)
            take_option(args, option, value);
    }
}

/* ---------------------------------------------------------------- -readconfig */

struct config {
    struct qemu_args *args;
    char *group; /* NULL before the first */
    struct pairs pairs;
};

static void end_group(struct config *config)
{
    if (config->group)
        take_group(config->args, config->group, &config->pairs);
    free(config->group);
    config->group = NULL;
    pairs_free(&config->pairs);
}

/* [GROUP] or [GROUP "ID"] */
static void begin_group(struct config *config, const char *line)
{
    const char *name = line + 1, *end = name + strcspn(name, " \t]");
    const char *id = strchr(end, '"'), *id_end = id ? strchr(id + 1, '"') : NULL;

    end_group(config);
    config->group = xstrndup(name, (size_t)(end - name));
    if (id_end)
        add_pair(&config->pairs, xstrdup("id"), xstrndup(id + 1, (size_t)(id_end - id - 1)));
}

/* KEY = "VALUE" */
static void take_line(struct config *config, const char *line)
{
    const char *end = line + strcspn(line, " \t=");
    const char *value = strchr(end, '"'), *value_end = value ? strchr(value + 1, '"') : NULL;

    if (*line == '[')
        begin_group(config, line);
    else if (config->group && value_end && end[strspn(end, " \t")] == '=')
        add_pair(&config->pairs, xstrndup(line, (size_t)(end - line)),
            xstrndup(value + 1, (size_t)(value_end - value - 1)));
}

void qemu_args_config(struct qemu_args *args, const char *bytes, size_t length)
{
    struct config config = {.args = args};

    for (size_t at = 0; at < length;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t size = end ? (size_t)(end - bytes) - at : length - at;
        AUTO_FREE char *line = xstrndup(bytes + at, size);

        take_line(&config, line + strspn(line, " \t"));
        at += size + 1;
    }
    end_group(&config);
}

/* ---------------------------------------------------------------- the whole */

static void add_wanted(struct qemu_args *args, const char *id)
{
    for (size_t i = 0; i < args->chardevs.count; i++) {
        const struct qemu_chardev *chardev = &args->chardevs.item[i];

        if (strcmp(chardev->id, id) == 0) {
            add_chardev(&args->monitors, MOST_MONITORS,
                (struct qemu_chardev){copy(chardev->id), chardev->place, copy(chardev->path),
                    copy(chardev->host), copy(chardev->port), chardev->fd, chardev->waits});
            return;
        }
    }
}

/* A path that we are told is fitter than one that must be found, and TCP passes no descriptors. */
static int fitness(const struct qemu_chardev *chardev)
{
    static const int ranks[] = {
        [QEMU_PATH] = 0, [QEMU_FD] = 1, [QEMU_ABSTRACT] = 2, [QEMU_TCP] = 3, [QEMU_ELSEWHERE] = 4};

    return ranks[chardev->place];
}

void qemu_args_settle(struct qemu_args *args)
{
    for (size_t i = 0; i < args->wanted.count; i++)
        add_wanted(args, args->wanted.item[i]);
    strings_free(&args->wanted);
    /* Stable, and there are few. */
    for (size_t i = 1; i < args->monitors.count; i++)
        for (size_t k = i; k > 0; k--) {
            struct qemu_chardev *one = &args->monitors.item[k - 1];

            if (fitness(one) <= fitness(one + 1))
                break;
            {
                struct qemu_chardev kept = *one;

                one[0] = one[1];
                one[1] = kept;
            }
        }
}

void qemu_args_free(struct qemu_args *args)
{
    bool storage_daemon = args->storage_daemon;

    free(args->name);
    strings_free(&args->configs);
    strings_free(&args->wanted);
    free_chardevs(&args->monitors);
    free_chardevs(&args->chardevs);
    *args = (struct qemu_args){.storage_daemon = storage_daemon};
}
