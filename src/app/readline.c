/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/readline.h"

#include <dlfcn.h>
#include <string.h>

static bool find(void *library, const char *name, void *pointer, struct error *error)
{
    void *symbol = dlsym(library, name);

    if (!symbol)
        return error_set(error, ERROR_LOCAL,
            "the prompt needs GNU readline: " READLINE_SONAME " lacks %s", name);
    memcpy(pointer, &symbol, sizeof(symbol));
    return true;
}

static bool find_all(void *library, struct readline *readline, struct error *error)
{
#define READLINE_FIND(symbol)                                                                      \
    if (!find(library, #symbol, &readline->symbol, error))                                         \
        return false;
    READLINE_SYMBOLS(READLINE_FIND)
#undef READLINE_FIND
    return true;
}

const struct readline *readline_load(struct error *error)
{
    static struct readline loaded;
    static bool good;
    void *library;

    if (good)
        return &loaded;
    library = dlopen(READLINE_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        error_set(error, ERROR_LOCAL, "the prompt needs GNU readline: %s", dlerror());
        return NULL;
    }
    /* It stays for as long as the program lasts: what it has set up on the way cannot be undone. */
    good = find_all(library, &loaded, error);
    return good ? &loaded : NULL;
}
