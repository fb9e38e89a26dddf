/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/model.h"

#include "vm/inquiry.h"

static size_t add_expansion(struct inquiry *inquiry, const char *name, const char *type)
{
    json *arguments = json_new_object();

    json_add_string(arguments, "type", type);
    json_add_string(json_add_object(arguments, "model"), "name", name);
    return inquiry_add(inquiry, "query-cpu-model-expansion", arguments);
}

/* QEMU refused: was the name wrong? Then the error becomes one of usage. */
static bool explain(const json *definitions, const char *name, struct error *error)
{
    AUTO_STRINGS struct strings names = {0};

    json_gather(&names, definitions, "name");
    if (!names.count || strings_have(&names, name))
        return false;
    error_set(error, ERROR_USAGE, "this QEMU has no CPU model '%s'", name);
    return error_suggest(error, name, &names);
}

json *model_expand(struct session *session, const char *name, bool full, struct error *error)
{
    AUTO_INQUIRY struct inquiry inquiry = {0};
    size_t expansion = add_expansion(&inquiry, name, full ? "full" : "static");
    size_t definitions;

    if (!inquiry_ask(&inquiry, session, error))
        return NULL;
    if (inquiry_answer(&inquiry, expansion))
        return json_copy(inquiry_answer(&inquiry, expansion));
    if (!full)
        expansion = add_expansion(&inquiry, name, "full");
    definitions = inquiry_add(&inquiry, "query-cpu-definitions", NULL);
    if (!inquiry_ask(&inquiry, session, error))
        return NULL;
    if (inquiry_require(&inquiry, expansion, error))
        return json_copy(inquiry_answer(&inquiry, expansion));
    if (error->kind == ERROR_REFUSED)
        explain(inquiry_answer(&inquiry, definitions), name, error);
    return NULL;
}
