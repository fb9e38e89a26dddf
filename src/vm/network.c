/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/network.h"

#include <string.h>

enum { MAC_LENGTH = sizeof("52:54:00:00:00:00") - 1 };

struct place {
    json *list;
    const char *hub; /* digits; NULL outside of a hub */
    json *last;      /* the client at the top level, the one that a peer belongs to */
    json *filtered;  /* the client of the newest line, the one that filters belong to */
};

/* "NAME: index=N,type=TYPE,…" */
static bool read_client(const char *line, char **name, char **type)
{
    static const char index[] = ": index=", type_is[] = ",type=";
    const char *colon = strstr(line, index);
    const char *end = colon ? colon + sizeof(index) - 1 : NULL;
    size_t digits = end ? strspn(end, "0123456789") : 0;

    if (!digits || strncmp(end + digits, type_is, sizeof(type_is) - 1) != 0)
        return false;
    end += digits + sizeof(type_is) - 1;
    *name = xstrndup(line, (size_t)(colon - line));
    *type = xstrndup(end, strcspn(end, ","));
    return true;
}

static json *find_or_add(json *list, const char *id, const char *type)
{
    json *entry = json_find(list, "id", id);

    if (entry)
        return entry;
    entry = json_new_object();
    json_add_string(entry, "id", id);
    json_add_string(entry, "type", type);
    json_append(list, entry);
    return entry;
}

static void join(json *one, json *other)
{
    json_replace(one, "peer", json_new_string(json_get_string(other, "id")));
    json_replace(other, "peer", json_new_string(json_get_string(one, "id")));
}

/* NICs tell theirs: "…,type=nic,model=…,macaddr=52:54:00:12:34:56". */
static void add_mac(json *client, const char *line)
{
    static const char key[] = ",macaddr=";
    const char *mac = strstr(line, key);
    const char *type = json_get_string(client, "type");

    if (mac && type && strcmp(type, "nic") == 0 && strlen(mac) >= sizeof(key) - 1 + MAC_LENGTH) {
        AUTO_FREE char *word = xstrndup(mac + sizeof(key) - 1, MAC_LENGTH);

        json_replace(client, "mac", json_new_string(word));
    }
}

static json *add_client(struct place *place, const char *line)
{
    AUTO_FREE char *name = NULL;
    AUTO_FREE char *type = NULL;

    if (!read_client(line, &name, &type))
        return NULL;
    place->filtered = find_or_add(place->list, name, type);
    add_mac(place->filtered, line);
    return place->filtered;
}

/* "PORT" or "PORT: NAME: index=…" */
static void add_port(struct place *place, const char *line)
{
    const char *colon = strstr(line, ": ");
    AUTO_FREE char *name = xstrndup(line, colon ? (size_t)(colon - line) : strlen(line));
    json *port = find_or_add(place->list, name, "hubport");
    json *client = colon ? add_client(place, colon + 2) : NULL;

    json_replace(port, "hub", json_new_string(place->hub));
    if (client)
        join(port, client);
}

static void read_line(struct place *place, const char *line)
{
    static const char below[] = " \\ ", hub[] = "hub ";

    if (strncmp(line, hub, sizeof(hub) - 1) == 0 && !strchr(line, ':')) {
        place->hub = line + sizeof(hub) - 1;
    } else if (strncmp(line, below, sizeof(below) - 1) == 0) {
        line += sizeof(below) - 1;
        if (place->hub) {
            add_port(place, line);
        } else if (place->last) {
            json *peer = add_client(place, line);

            if (peer)
                join(place->last, peer);
        }
    } else if (strcmp(line, "filters:") == 0) {
        if (place->filtered)
            json_replace(place->filtered, "filtered", json_new_bool(true));
    } else if (*line != ' ' && *line) {
        place->hub = NULL;
        place->last = add_client(place, line);
    }
}

json *network_parse(const char *text)
{
    struct place place = {json_new_array(), NULL, NULL, NULL};
    AUTO_STRINGS struct strings lines = {0}; /* place.hub borrows from them */

    while (*text) {
        size_t length = strcspn(text, "\r\n");

        strings_take(&lines, xstrndup(text, length));
        read_line(&place, lines.item[lines.count - 1]);
        text += length;
        text += strspn(text, "\r\n");
    }
    return place.list;
}
