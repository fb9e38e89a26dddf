/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64, both ways. */
#include "base/base64.h"
#include "tap.h"

static bool decodes(const char *encoded, const char *bytes, size_t length)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;

    return base64_decode(&text, encoded, strlen(encoded)) && text.length == length &&
           memcmp(text_string(&text), bytes, length) == 0;
}

int main(void)
{
    /* RFC 4648, section 10. */
    static const char *const vectors[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "=",
        "====", "=g==", "Z===", "Zm8=Zm8=", "Zm 8", "Zm9v\n", "Zm9-", "Zm9_",
        "Zm9v====", "Z=g=", "Zg=g", "\xC3\xA9zz", "Zm9vZm9", "!!!!"};
    AUTO_TEXT struct text all = TEXT_EMPTY;

    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct text text = TEXT_EMPTY;

        base64_encode(&text, vectors[i][0], strlen(vectors[i][0]));
        is_owned(text_take(&text), vectors[i][1], "'%s' is encoded", vectors[i][0]);
        ok(decodes(vectors[i][1], vectors[i][0], strlen(vectors[i][0])), "'%s' is decoded",
            vectors[i][1]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        AUTO_TEXT struct text text = TEXT_EMPTY;

        ok(!base64_decode(&text, bad[i], strlen(bad[i])), "case %zu is no base64", i);
    }
    ok(decodes("+/+/", "\xFB\xFF\xBF", 3), "the last two letters of the alphabet");
    for (int i = 0; i < 1000; i++)
        text_add_char(&all, (char)(i * 7));
    for (size_t length = 0; length <= all.length; length++) {
        AUTO_TEXT struct text encoded = TEXT_EMPTY, decoded = TEXT_EMPTY;

        base64_encode(&encoded, all.bytes, length);
        fold(encoded.length == (length + 2) / 3 * 4 &&
                 base64_decode(&decoded, text_string(&encoded), encoded.length) &&
                 decoded.length == length && memcmp(text_string(&decoded), all.bytes, length) == 0,
            "length %zu", length);
    }
    folded("every length goes there and back");
    text_clear(&all);
    text_add_string(&all, "kept:");
    ok(base64_decode(&all, "Zm9v", 4), "decoded bytes are added");
    is_string(text_string(&all), "kept:foo", "after what was there");
    return done_testing();
}
