/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/nic.h"

#include "qmp/arguments.h"
#include "qmp/ask.h"
#include "vm/fdpass.h"
#include "vm/netdev.h"
#include "vm/plug.h"
#include "vm/tap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { MAC_BYTES = 6, MAC_LENGTH = 3 * MAC_BYTES - 1 };

struct nic {
    struct nic_request request;
    struct plug plug;
    char *netdev_id;
    struct tap *tap;      /* or NULL */
    json *netdev;         /* netdev_add's arguments */
    struct strings words; /* for the device: the person's, and what follows from the options */
    json *ours;           /* for a driver whose properties are known: what follows, as values */
    char *mac;            /* in lower case, divided by ':' */
};

void nic_free(struct nic *nic)
{
    if (!nic)
        return;
    plug_free(&nic->plug);
    tap_free(nic->tap);
    free(nic->netdev_id);
    json_free(nic->netdev);
    strings_free(&nic->words);
    json_free(nic->ours);
    free(nic->mac);
    free(nic);
}

/* Reads the six bytes, divided by ':' or '-' as QEMU takes them. */
static bool parse_mac(const char *word, unsigned char bytes[MAC_BYTES])
{
    if (strlen(word) != MAC_LENGTH)
        return false;
    for (size_t i = 0; i < MAC_BYTES; i++) {
        const char *at = word + 3 * i;

        if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]) ||
            (i < MAC_BYTES - 1 && at[2] != ':' && at[2] != '-'))
            return false;
        bytes[i] = (unsigned char)strtoul(at, NULL, 16);
    }
    return true;
}

bool nic_check_mac(const char *mac, struct error *error)
{
    static const unsigned char zero[MAC_BYTES];
    unsigned char bytes[MAC_BYTES];

    if (!parse_mac(mac, bytes))
        return error_set(error, ERROR_USAGE,
            "mac: expected six pairs of hex digits such as 52:54:00:12:34:56, not '%s'", mac);
    if (bytes[0] & 1)
        return error_set(error, ERROR_USAGE,
            "mac: %s is a multicast address, and no NIC can have it (the first byte is odd)", mac);
    if (memcmp(bytes, zero, sizeof(zero)) == 0)
        return error_set(error, ERROR_USAGE, "mac: all zero is no address");
    return true;
}

/* An address of the range that QEMU uses, which nobody has but by chance of one in 16 million. */
static char *make_mac(void)
{
    unsigned char random[3] = {0};

    if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
        int64_t now = clock_now();

        memcpy(random, &now, sizeof(random));
    }
    return xasprintf("52:54:00:%02x:%02x:%02x", random[0], random[1], random[2]);
}

/* Checking what a person asks for. */

static bool check_backend(const struct nic_request *request, struct error *error)
{
    bool tap_fds = request->tap_fds->count, netdev = request->netdev->count;

    if ((request->tap ? 1 : 0) + tap_fds + netdev != 1)
        return error_set(error, ERROR_USAGE,
            "one of --tap IFNAME, --tap-fd N and --netdev KEY=VALUE says what is behind the NIC");
    if (request->bridge && !request->tap)
        return error_set(error, ERROR_USAGE, "--bridge goes with --tap");
    if (request->queues_given && !request->tap)
        return error_set(error, ERROR_USAGE,
            tap_fds ? "--queues follows from the number of --tap-fd" : "--queues goes with --tap");
    if ((request->vhost || request->vhost_fds->count) && netdev)
        return error_set(
            error, ERROR_USAGE, "--vhost and --vhost-fd go with --tap or --tap-fd, not --netdev");
    return true;
}

static bool check_counts(const struct nic_request *request, struct error *error)
{
    int64_t queues = request->tap ? request->queues : (int64_t)request->tap_fds->count;

    if (request->tap && (queues < 1 || queues > TAP_QUEUES))
        return error_set(
            error, ERROR_USAGE, "--queues: a tap has between 1 and %d queues", TAP_QUEUES);
    if (queues > TAP_QUEUES)
        return error_set(error, ERROR_USAGE, "--tap-fd: a tap has at most %d queues", TAP_QUEUES);
    if (request->vhost && request->vhost_fds->count)
        return error_set(error, ERROR_USAGE,
            "--vhost opens %s here, and --vhost-fd gives it: one of both", "/dev/vhost-net");
    if (request->vhost_fds->count && (int64_t)request->vhost_fds->count != queues)
        return error_set(error, ERROR_USAGE,
            "--vhost-fd: one for each queue is needed, %lld and not %zu", (long long)queues,
            request->vhost_fds->count);
    return true;
}

static bool has_key(const struct strings *words, const char *wanted)
{
    for (size_t i = 0; i < words->count; i++) {
        AUTO_FREE char *key = words_key(words->item[i]);

        if (key && strcmp(key, wanted) == 0)
            return true;
    }
    return false;
}

static bool check_words(const struct nic_request *request, struct error *error)
{
    static const char *const ours[] = {"id", "netdev", NULL};
    const char *mac = words_find(request->words, "mac");

    if (!plug_check_words(request->words, ours, error) || (mac && !nic_check_mac(mac, error)))
        return false;
    if (request->no_rom && has_key(request->words, "romfile"))
        return error_set(error, ERROR_USAGE, "--no-rom and romfile= exclude each other");
    if (has_key(request->netdev, "id"))
        return error_set(error, ERROR_USAGE, "--netdev id= follows from the ID and is not given");
    return (!request->tap || netif_check_name("--tap", request->tap, error)) &&
           (!request->bridge || netif_check_name("--bridge", request->bridge, error));
}

static bool open_tap(struct nic *nic, struct error *error)
{
    const struct nic_request *request = &nic->request;
    const struct tap_request tap = {
        .name = request->tap,
        .bridge = request->bridge,
        .queues = (size_t)request->queues,
        .vhost = request->vhost,
        .tap_fds = request->tap_fds,
        .vhost_fds = request->vhost_fds,
    };

    if (request->netdev->count)
        return true;
    nic->tap = tap_open(&tap, error);
    return nic->tap;
}

/*
 * A property that follows from an option, unless the person gives it: as a value where the driver
 * is known to have it, else as a word that is checked like the others.
 */
static void add_property(struct nic *nic, const char *key, const char *word, json *value)
{
    bool known = !words_find(nic->request.words, "driver");

    if (!has_key(nic->request.words, key) && known)
        json_add(nic->ours, key, steal_pointer(&value));
    else if (!has_key(nic->request.words, key))
        strings_printf(&nic->words, "%s=%s", key, word);
    json_free(value);
}

static void add_properties(struct nic *nic)
{
    size_t queues = nic->tap ? nic->tap->queues : 1;

    if (!has_key(nic->request.words, "mac")) {
        nic->mac = make_mac();
        add_property(nic, "mac", nic->mac, json_new_string(nic->mac));
    }
    if (nic->request.no_rom)
        add_property(nic, "romfile", "", json_new_string(""));
    if (queues > 1) {
        /* One for each queue in each direction, one for control and one for the configuration. */
        int64_t vectors = 2 * (int64_t)queues + 2;
        AUTO_FREE char *word = xasprintf("%lld", (long long)vectors);

        add_property(nic, "mq", "on", json_new_bool(true));
        if (strstr(nic->plug.driver, "-pci"))
            add_property(nic, "vectors", word, json_new_int(vectors));
    }
}

struct nic *nic_prepare(const struct nic_request *request, struct error *error)
{
    AUTO_NIC struct nic *nic = xcalloc(1, sizeof(*nic));
    AUTO_JSON json *untyped = NULL;
    const char *driver = words_find(request->words, "driver");

    nic->request = *request;
    nic->plug.id = request->id;
    nic->plug.driver = driver ? driver : "virtio-net-pci";
    nic->netdev_id = xasprintf("%s-net", request->id);
    nic->ours = json_new_object();
    if (!plug_check_id(request->id, error) || !check_backend(request, error) ||
        !check_counts(request, error) || !check_words(request, error))
        return NULL;
    untyped = arguments_untyped(request->netdev, error);
    if (!untyped) {
        error_prefix(error, "--netdev");
        return NULL;
    }
    for (size_t i = 0; i < request->words->count; i++)
        strings_add(&nic->words, request->words->item[i]);
    if (!open_tap(nic, error))
        return NULL;
    add_properties(nic);
    return steal_pointer(&nic);
}

/* What is in the VM already, and where the NIC goes. */

/* The address that the device will have, also where it was given as JSON. */
static bool take_mac(struct nic *nic, struct error *error)
{
    const char *mac = json_get_string(nic->plug.device, "mac");

    if (mac && nic_check_mac(mac, error)) {
        free(nic->mac);
        nic->mac = xstrdup(mac);
        for (char *at = nic->mac; *at; at++)
            *at = (char)(*at == '-' ? ':' : tolower((unsigned char)*at));
        return true;
    }
    json_free(steal_pointer(&nic->plug.device)); /* no words of a device, see plug_judge_check() */
    return error->kind ? false : error_set(error, ERROR_USAGE, "mac: expected a string");
}

static bool type_device(struct nic *nic, struct session *session, struct error *error)
{
    bool certain = !words_find(nic->request.words, "driver");

    if (!plug_type(&nic->plug, session, certain, &nic->words, error)) {
        if (error->kind == ERROR_USAGE && strstr(error->message, "'mq'"))
            error_append(error, "; several queues need a driver such as virtio-net-pci");
        return false;
    }
    json_each (value, nic->ours)
        json_replace(nic->plug.device, json_key(value), json_copy(value));
    return take_mac(nic, error);
}

/* The words of --netdev as this QEMU types them. */
static bool type_netdev(struct nic *nic, struct session *session, struct error *error)
{
    AUTO_STRINGS struct strings words = {0};
    AUTO_JSON json *none = NULL;

    if (!nic->request.netdev->count)
        return true;
    strings_printf(&words, "id=%s", nic->netdev_id);
    if (words_settle(nic->request.netdev, NULL, &words, &none, error))
        nic->netdev = arguments_for(session, "netdev_add", &words, NULL, error);
    return nic->netdev || error_prefix(error, "--netdev");
}

static bool check_names(
    struct nic *nic, const struct netdevs *netdevs, struct session *session, struct error *error)
{
    const char *twin = netdevs_nic(netdevs, nic->mac);

    /* 5.2 takes the same name twice, and crashes when a link is set by it. */
    if (strings_have(&netdevs->names, nic->netdev_id))
        return error_set(error, ERROR_USAGE,
            "the network backend '%s' is there already (unplug-nic %s removes what an earlier run "
            "has left)",
            nic->netdev_id, nic->request.id);
    if (strings_have(&netdevs->names, nic->request.id))
        return error_set(error, ERROR_USAGE, "the id '%s' is taken by a network backend of this VM",
            nic->request.id);
    if (twin)
        report_note(session_report(session), "the NIC %s of this VM has the address %s too", twin,
            nic->mac);
    return true;
}

static bool survey(struct nic *nic, struct session *session, struct error *error)
{
    AUTO_NETDEVS struct netdevs netdevs = {0};
    uint64_t ticket;

    return type_netdev(nic, session, error) && type_device(nic, session, error) &&
           netdevs_send(session, &ticket, error) && plug_survey(&nic->plug, session, error) &&
           netdevs_answer(session, ticket, &netdevs, error) &&
           check_names(nic, &netdevs, session, error) && plug_place(&nic->plug, session, error);
}

/* The messages. */

/* Adds the steps that pass the descriptors, and returns their names, divided by ':'. */
static char *pass(
    const struct nic *nic, struct steps *steps, int *fds, const char *kind, const char *where)
{
    AUTO_TEXT struct text names = TEXT_EMPTY;

    for (size_t i = 0; i < nic->tap->queues; i++) {
        AUTO_FREE char *name = xasprintf("%s-%s%zu", nic->request.id, kind, i);

        fdpass_add_name(steps, name, steal_fd(&fds[i]), where);
        text_printf(&names, "%s%s", i ? ":" : "", name);
    }
    return text_take(&names);
}

static void add_tap(const struct nic *nic, struct steps *steps)
{
    struct tap *tap = nic->tap;
    AUTO_FREE char *where = xasprintf("the tap %s", tap->name);
    AUTO_FREE char *taps = pass(nic, steps, tap->fd, "tap", where);
    AUTO_FREE char *vhosts =
        tap->vhost_fd ? pass(nic, steps, tap->vhost_fd, "vhost", "/dev/vhost-net") : NULL;
    json *netdev = json_new_object();

    json_add_string(netdev, "type", "tap");
    json_add_string(netdev, "id", nic->netdev_id);
    json_add_string(netdev, tap->queues > 1 ? "fds" : "fd", taps);
    /* Never left to QEMU: one that cannot start vhost may abort. */
    json_add_bool(netdev, "vhost", vhosts);
    if (vhosts)
        json_add_string(netdev, tap->queues > 1 ? "vhostfds" : "vhostfd", vhosts);
    netdev_add_step(steps, netdev, STEP_WAIT);
}

static void add_steps(struct nic *nic, struct steps *steps)
{
    json *link;

    if (nic->tap)
        add_tap(nic, steps);
    else
        netdev_add_step(steps, json_copy(nic->netdev), 0);
    json_add_string(nic->plug.device, "netdev", nic->netdev_id);
    plug_add_steps(&nic->plug, steps, STEP_WAIT);
    if (!nic->request.link_down)
        return;
    /* By the NIC's name: a backend that is down lets nothing through, but the guest sees a link. */
    link = json_new_object();
    json_add_string(link, "name", nic->request.id);
    json_add_bool(link, "up", false);
    steps_add(steps, "set_link", link, 0);
}

static json *describe(const struct nic *nic, const struct steps *steps)
{
    json *result = json_new_object();
    const struct tap *tap = nic->tap;
    const char *type = tap ? "tap" : json_get_string(nic->netdev, "type");

    plug_describe(&nic->plug, steps, result);
    json_add_string(result, "netdev", nic->netdev_id);
    if (type)
        json_add_string(result, "type", type);
    if (tap) {
        json_add_string(result, "tap", tap->name);
        if (tap->bridge)
            json_add_string(result, "bridge", tap->bridge);
        json_add_int(result, "queues", (int64_t)tap->queues);
        json_add_bool(result, "vhost", tap->vhost_fd);
    }
    json_add_string(result, "mac", nic->mac);
    if (nic->request.link_down)
        json_add_bool(result, "link-down", true);
    return result;
}

/* The tap's place in its bridge follows what became of the NIC. */
static void settle_tap(struct nic *nic, const struct steps *steps, struct error *error)
{
    if (!nic->tap || steps_took_effect(steps))
        return;
    if (error->left.count && nic->tap->joined && !nic->tap->made)
        strings_printf(&error->left, "%s in %s", nic->tap->name, nic->tap->bridge);
    else
        tap_detach(nic->tap, error);
}

bool nic_plug(
    struct nic *nic, struct session *session, bool dry_run, json **result, struct error *error)
{
    AUTO_STEPS struct steps steps = {NULL, NULL};

    if (!survey(nic, session, error) || (nic->tap && !dry_run && !tap_attach(nic->tap, error)))
        return false;
    add_steps(nic, &steps);
    if (!steps_run(&steps, session, dry_run, error)) {
        settle_tap(nic, &steps, error);
        return false;
    }
    if (!dry_run)
        *result = describe(nic, &steps);
    return true;
}

bool nic_check(struct nic *nic, struct session *session, json **result, struct error *error)
{
    static const char *const needed[] = {"getfd", "closefd", "netdev_add", "netdev_del",
        "device_add", "device_del", "set_link", NULL};

    if (!plug_check_commands(session, needed, error))
        return false;
    if (!survey(nic, session, error)) {
        plug_judge_check(&nic->plug, error);
        return false;
    }
    *result = describe(nic, NULL);
    return true;
}
