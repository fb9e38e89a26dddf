/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that kill some QEMU (FACTS, section 0). */
#include "qmp/guard.h"
#include "tap.h"

static void check(int major, const char *command, const char *arguments, bool passes)
{
    AUTO_ERROR struct error error = {0}, none = {0};
    AUTO_JSON json *tree = arguments ? json_parse(arguments, strlen(arguments), &none) : NULL;
    bool passed = guard_check(major, command, tree, &error);

    ok(passed == passes, "%d: %s %s %s", major, command, arguments ? arguments : "",
        passes ? "passes" : "is refused");
    if (passes) {
        fold(error.kind == ERROR_NONE, "%s", command);
    } else {
        fold(error.kind == ERROR_USAGE, "%s", command);
        has_words(error.message, command, "and named");
    }
}

int main(void)
{
    static const int versions[] = {5, 7, 10, 11};
    static const char *const sizes[] = {
        "-1", "18446744073709551615", "18446744073709551614", "-9223372036854775808"};
    /* vhost needs a descriptor for each queue, given in the way that QEMU reads it. */
    static const struct {
        const char *rest;
        bool passes;
    } vhost[] = {
        {"\"fd\":\"a\",\"vhost\":true,\"vhostfds\":\"b\"", false},
        {"\"fd\":\"a\",\"vhost\":true,\"vhostfd\":\"\"", false},
        {"\"fd\":\"a\",\"vhost\":true,\"vhostfd\":3", false},
        {"\"fds\":\"a:b\",\"vhost\":true,\"vhostfd\":\"c\"", false},
        {"\"fds\":\"a:b\",\"vhost\":true,\"vhostfds\":\"c\"", false},
        {"\"fds\":\"a:b\",\"vhost\":true,\"vhostfds\":\"c:d:e\"", false},
        {"\"fds\":\"a:b\",\"vhostforce\":true", false},
        {"\"fds\":\"a:b\",\"vhostfds\":\"c\"", false}, /* asks for vhost by itself */
        {"\"fds\":\"a:b\",\"vhostfds\":\"c:d\"", true},
        {"\"fds\":\"a\",\"vhost\":true,\"vhostfds\":\"c\"", true},
        {"\"fd\":\"a\",\"vhostfd\":\"b\"", true},
        {"\"fd\":\"a\",\"vhostforce\":true,\"vhost\":false", true},
        {"\"ifname\":\"t\",\"queues\":2,\"vhost\":true,\"vhostfd\":\"b\"", false},
        {"\"ifname\":\"t\",\"vhost\":true", false},
        {"\"ifname\":\"t\"", true},
    };
    static const char *const good_sizes[] = {"1048576", "0x", "4611686018427387904", "1.5"};

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        int major = versions[i];

        for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            AUTO_FREE char *flat = xasprintf(
                "{\"qom-type\":\"memory-backend-ram\",\"id\":\"m\",\"size\":%s}", sizes[j]);
            AUTO_FREE char *props = xasprintf(
                "{\"qom-type\":\"memory-backend-file\",\"props\":{\"size\":%s}}", sizes[j]);
            AUTO_FREE char *other =
                xasprintf("{\"qom-type\":\"throttle-group\",\"id\":\"m\",\"size\":%s}", sizes[j]);
            AUTO_FREE char *good = xasprintf("{\"qom-type\":\"memory-backend-memfd\",\"size\":%s}",
                strcmp(good_sizes[j], "0x") == 0 ? "\"1G\"" : good_sizes[j]);

            check(major, "object-add", flat, false);
            check(major, "object-add", props, false);
            check(major, "object-add", other, true);
            check(major, "object-add", good, true);
        }
        check(major, "object-add", NULL, true);
        check(major, "object-add", "{}", true);
        check(major, "object-add", "{\"qom-type\":1,\"size\":-1}", true);
        check(major, "object-add", "{\"qom-type\":\"memory-backend-ram\"}", true);
        check(major, "query-status", NULL, true);
        check(major, "netdev_add", NULL, true);
        check(major, "device-list-properties", NULL, true);
        check(major, "netdev_add", "{\"type\":\"tap\",\"id\":\"n\",\"fd\":\"a\"}", true);
        check(major, "netdev_add", "{\"type\":\"tap\",\"fd\":\"a\",\"vhost\":false}", true);
        check(major, "netdev_add",
            "{\"type\":\"tap\",\"fd\":\"a\",\"vhost\":true,\"vhostfd\":\"b\"}", true);
        check(major, "netdev_add",
            "{\"type\":\"tap\",\"fds\":\"a:b\",\"vhost\":true,\"vhostfds\":\"c:d\"}", true);
        check(major, "netdev_add", "{\"type\":\"tap\",\"fd\":\"a\",\"vhost\":true}", major != 7);
        check(major, "netdev_add", "{\"type\":\"user\",\"vhost\":true}", true);
        check(major, "netdev_add", "{\"type\":\"vhost-vdpa\",\"id\":\"n\"}", major != 5);
        check(major, "netdev_add", "{\"type\":\"vhost-vdpa\",\"vhostdev\":\"/dev/v\"}", true);
        check(major, "migrate-set-parameters", "{\"tls-authz\":null}", major != 5);
        check(major, "migrate-set-parameters", "{\"tls-authz\":\"\"}", true);
        check(major, "migrate-set-parameters", "{\"tls-creds\":null}", true);
        check(major, "device-list-properties", "{\"typename\":\"virtio-gpu-gl-pci\"}", major >= 10);
        check(major, "device-list-properties", "{\"typename\":\"virtio-gpu-gl-device\"}",
            major >= 10);
        check(major, "device-list-properties", "{\"typename\":\"virtio-vga-gl\"}", major >= 10);
        check(major, "device-list-properties", "{\"typename\":\"virtio-gpu-pci\"}", true);
        check(major, "device-list-properties", "{\"typename\":\"virtio-net-pci\"}", true);
    }
    for (size_t i = 0; i < sizeof(vhost) / sizeof(vhost[0]); i++)
        for (size_t j = 0; j < sizeof(versions) / sizeof(versions[0]); j++) {
            AUTO_FREE char *tap = xasprintf("{\"type\":\"tap\",\"id\":\"n\",%s}", vhost[i].rest);

            check(versions[j], "netdev_add", tap, vhost[i].passes || versions[j] != 7);
        }
    folded("a refusal is kind usage, and nothing is set otherwise");
    return done_testing();
}
