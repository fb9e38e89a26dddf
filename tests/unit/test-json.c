/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens and trees: exact numbers, strict grammar, strings that hold anything. */
#include "json/json.h"
#include "json/scan.h"
#include "tap.h"

/* What the JSON prints as, or "!" and the error's kind when it is refused. The caller frees. */
static char *reprint(const char *bytes, size_t length)
{
    AUTO_ERROR struct error error = {0};
    /* In memory of its own, so that reading past its end is seen. */
    AUTO_FREE char *exact = xcalloc(1, length);
    AUTO_JSON json *item = NULL;

    memcpy(exact, bytes, length);
    item = json_parse(exact, length, &error);
    if (item)
        return json_to_string(item);
    if (!error.message || !strstr(error.message, "at byte "))
        return xstrdup("! without the byte at which it is wrong");
    return xasprintf("!%s", error_kind_name(error.kind));
}

static char *compact(const char *string)
{
    struct text text = TEXT_EMPTY;

    scan_compact(&text, string, strlen(string));
    return text_take(&text);
}

static void prints(const char *source, const char *expected)
{
    is_owned(reprint(source, strlen(source)), expected, "%.40s prints as %.40s", source, expected);
    is_owned(compact(source), expected, "and is compacted to the same");
}

static bool refused_bytes(const char *bytes, size_t length)
{
    AUTO_FREE char *printed = reprint(bytes, length);

    return strcmp(printed, "!protocol") == 0;
}

static void test_numbers(void)
{
    static const char *const exact[] = {"0", "-0", "1", "-1", "4294967296", "2147483648",
        "1000000000000000", "9007199254740993", "-9007199254740993", "9223372036854775807",
        "9223372036854775808", "18446744073709551615", "-9223372036854775808",
        "18446744073709551616", "100000000000000000000000000000000000001", "1.0", "1.10", "1e3",
        "1E+3", "1.5e-300", "0.1", "-0.0", "1e400", "-1e400", "0e0"};
    static const char *const bad[] = {"01", "-01", "00", "+1", ".5", "1.", "1.e3", "1e", "1e+", "-",
        "0x10", "1_0", "--1", "1-", "Infinity", "NaN", "INF", "-Inf", "infinity", "+inf", "nan0",
        "1K", "1..2", "1e1.5", "\xD9\xA1"};
    static const struct {
        const char *digits;
        bool integer, fits;
        int64_t value;
    } integers[] = {
        {"0", true, true, 0},
        {"-0", true, true, 0},
        {"1000000000000000", true, true, INT64_C(1000000000000000)},
        {"9007199254740993", true, true, INT64_C(9007199254740993)},
        {"9223372036854775807", true, true, INT64_MAX},
        {"-9223372036854775808", true, true, INT64_MIN},
        {"9223372036854775808", true, false, 0},
        {"18446744073709551615", true, false, 0},
        {"18446744073709551616", false, false, 0},
        {"-9223372036854775809", false, false, 0},
        {"1.0", false, false, 0},
        {"1e3", false, false, 0},
        {"inf", false, false, 0},
        {"nan", false, false, 0},
    };

    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
        prints(exact[i], exact[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(refused_bytes(bad[i], strlen(bad[i])), "%s is no number", bad[i]);
    prints("inf", "1e999");
    prints("-inf", "-1e999");
    prints("nan", "null");
    prints("-nan", "null");
    prints("{\"return\": [inf, -inf, nan, -nan]}", "{\"return\":[1e999,-1e999,null,null]}");

    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        AUTO_FREE char *object = xasprintf("{\"n\":%s}", integers[i].digits);
        AUTO_ERROR struct error error = {0};
        AUTO_JSON json *tree = json_parse(object, strlen(object), &error);
        struct number number;
        int64_t value = 0;

        ok(json_is_number(json_get(tree, "n")), "%s is a number", integers[i].digits);
        ok(json_get_number(tree, "n", &number) == integers[i].integer, "%s: an exact integer?",
            integers[i].digits);
        ok(json_get_int(tree, "n", &value) == integers[i].fits, "%s: of 64 bits with a sign?",
            integers[i].digits);
        is_int(value, integers[i].value, "%s: its value", integers[i].digits);
        is_string(json_digits(json_get(tree, "n")), integers[i].digits, "%s: as it was written",
            integers[i].digits);
    }
    for (int bit = 0; bit < 64; bit++)
        for (int more = -1; more <= 1; more++) {
            struct number in = {.magnitude = (UINT64_C(1) << bit) + (uint64_t)more}, out;
            AUTO_JSON json *made = json_new_number(in);
            AUTO_FREE char *string = json_to_string(made);
            AUTO_FREE char *wanted = xasprintf("%" PRIu64, in.magnitude);
            AUTO_ERROR struct error error = {0};
            AUTO_JSON json *back = json_parse(string, strlen(string), &error);

            fold(strcmp(string, wanted) == 0 && json_number(back, &out) && !out.negative &&
                     out.magnitude == in.magnitude,
                "2^%d%+d", bit, more);
        }
    folded("integers near powers of two are exact both ways");
    {
        AUTO_JSON json *array = json_new_array();

        json_append(array, json_new_int(INT64_MIN));
        json_append(array, json_new_int(INT64_MAX));
        json_append(array, json_new_int(0));
        json_append(array, json_new_int(-1));
        json_append(array, json_new_number((struct number){.magnitude = UINT64_MAX}));
        is_owned(json_to_string(array),
            "[-9223372036854775808,9223372036854775807,0,-1,18446744073709551615]",
            "made integers are exact");
    }
    ok(scan_is_integer((struct slice){"-12", 3}), "-12 is written as an integer");
    ok(!scan_is_integer((struct slice){"12.0", 4}), "12.0 is not");
    ok(!scan_is_integer((struct slice){"1e3", 3}), "1e3 is not");
    ok(!scan_is_integer((struct slice){"inf", 3}), "inf is not");
    ok(!scan_is_integer((struct slice){"-", 1}), "- is not");
    ok(!scan_is_integer((struct slice){"", 0}), "nothing is not");
}

static void test_grammar(void)
{
    static const char *const bad[] = {"", " ", "{", "}", "[", "]", "{]", "[}", "{\"a\"}",
        "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}", "{1:1}", "[1,]", "[,1]", "[1 2]",
        "[,]", "{\"a\":1 \"b\":2}", "{\"a\"::1}", ":", ",", "\"", "\"abc", "\"\\\"", "\"\\", "'a'",
        "tru", "trueish", "True", "nul", "null0", "1 2", "{} {}", "{}x", "[] ,", "// c\n1",
        "/* c */ 1", "1,", "{\"a\":1,\"b\"}", "[1}", "{\"a\":[}", "[\"a\":1]", "\xEF\xBB\xBF{}",
        "{\"a\":1}}", "[[]", "\f1", "\v1",
        ("\xC2\xA0"
         "1"),
        "1;"};
    static const char *const kinds[] = {"{}", "[]", "\"x\"", "1", "true", "false", "null"};

    prints("true", "true");
    prints("false", "false");
    prints("null", "null");
    prints("\"\"", "\"\"");
    prints("{}", "{}");
    prints("[]", "[]");
    prints(" { } ", "{}");
    prints("\t[\r\n ] ", "[]");
    prints("[ 1 , [ ] , { \"a\" : [ { } , null ] } ]", "[1,[],{\"a\":[{},null]}]");
    prints("{\"z\":1,\"a\":2,\"m\":3}", "{\"z\":1,\"a\":2,\"m\":3}");
    prints("{\"\":0}", "{\"\":0}");
    prints("[\"{\", \"}\", \"[ ,\\\"\"]", "[\"{\",\"}\",\"[ ,\\\"\"]");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!ok(refused_bytes(bad[i], strlen(bad[i])), "grammar: case %zu is refused", i))
            tap_show("JSON", bad[i]);
    ok(refused_bytes("1\0", 2), "a NUL after the value");
    ok(refused_bytes("\0", 1), "a NUL");
    ok(refused_bytes("[1\0]", 4), "a NUL inside a list");
    ok(refused_bytes("{\"a\":1,\"a\":1}", 13), "a key twice");
    ok(refused_bytes("{\"a\":1,\"b\":2,\"\\u0061\":1}", 25), "a key twice, once escaped");
    ok(refused_bytes("[{\"b\":{\"a\":1,\"c\":{},\"a\":1}}]", 29), "a key twice, further in");
    prints("{\"a\":{\"a\":[{\"a\":1}]},\"A\":1}", "{\"a\":{\"a\":[{\"a\":1}]},\"A\":1}");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        AUTO_ERROR struct error error = {0};
        AUTO_JSON json *item = json_parse(kinds[i], strlen(kinds[i]), &error);
        bool is[] = {json_is_object(item), json_is_array(item), json_is_string(item),
            json_is_number(item), json_is_bool(item), json_is_null(item)};
        size_t wanted = i < 5 ? i : i - 1;

        for (size_t j = 0; j < sizeof(is) / sizeof(is[0]); j++)
            fold(is[j] == (j == wanted), "%s %zu", kinds[i], j);
        fold(json_is_true(item) == (strcmp(kinds[i], "true") == 0), "%s", kinds[i]);
    }
    folded("every kind is itself and nothing else");
}

static void test_strings(void)
{
    static const struct {
        const char *bytes;
        size_t length;
    } bad[] = {
#define BYTES(literal) {(literal), sizeof(literal) - 1}
        BYTES("\"\x80\""), BYTES("\"\xC0\x80\""), BYTES("\"\xED\xA0\x80\""), BYTES("\"\xFF\""),
        BYTES("\"\xF4\x90\x80\x80\""), BYTES("\"\xE2\x82\""), BYTES("\"\xE2\x82"),
        BYTES("\"\xF0\x9F\x98\""), BYTES("{\"\xFF\":1}"), BYTES("\"\\uD800\""),
        BYTES("\"\\uDC00\""), BYTES("\"\\uD83D\\u0041\""), BYTES("\"\\uD83Dx\""),
        BYTES("\"\\uDE00\\uD83D\""), BYTES("\"\\uD83D"), BYTES("\"\\uD83D\\u"),
        BYTES("\"\\uD83D\\uDE0\""), BYTES("\"\\u12\""), BYTES("\"\\u12G4\""), BYTES("\"\\U0041\""),
        BYTES("\"\\x41\""), BYTES("\"\\a\""), BYTES("\"\\'\""), BYTES("\"\\\0\""),
        BYTES("\"a\nb\""), BYTES("\"a\tb\""), BYTES("\"\x01\""), BYTES("\"\x1F\""),
        BYTES("\"a\0b\""), BYTES("{\"\\uD800\":1}"), BYTES("\"\\u\""), BYTES("\"\\u00\xC3\xA9\"")};
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *item = NULL;
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_FREE char *quoted = NULL;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!ok(refused_bytes(bad[i].bytes, bad[i].length), "strings: case %zu is refused", i))
            tap_show("JSON", bad[i].bytes);
    is_owned(reprint("\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"", 24),
        "\"A/\\u0008\\u000c\\n\\r\\t\\\"\\\\\"", "escapes are read and written");
    is_owned(reprint("\"\\uD83D\\ude00\"", 14), "\"\xF0\x9F\x98\x80\"", "a pair of surrogates");
    is_owned(reprint("\"\\u00e9\\u20AC\"", 14), "\"\xC3\xA9\xE2\x82\xAC\"", "\\u escapes");
    is_owned(reprint("\"\xC3\xA9\"", 4), "\"\xC3\xA9\"", "UTF-8 passes");
    is_owned(reprint("\"a\\u0000b\"", 10), "\"a\\u0000b\"", "U+0000 in a string");
    is_owned(reprint("{\"\\u0000\":\"\\u0000\"}", 19), "{\"\\u0000\":\"\\u0000\"}", "and in a key");
    is_owned(reprint("{\"a\\u0000b\":1,\"a\\u0000c\":2}", 27), "{\"a\\u0000b\":1,\"a\\u0000c\":2}",
        "keys that differ after U+0000 are two keys");
    ok(refused_bytes("{\"a\\u0000b\":1,\"a\\u0000b\":2}", 27), "a key with U+0000 twice");
    is_owned(reprint("\"\x7F\"", 3), "\"\\u007f\"", "DEL is allowed, and escaped in print");
    item = json_parse("[\"a\\u0000b\"]", 12, &error);
    is_string(json_string(json_first(item)),
        "a\xC0\x80"
        "b",
        "U+0000 is C0 80 in memory");
    json_free(steal_pointer(&item));

    item = json_new_string("a\"\\\n\x01\xC0\x80\xC3\xA9");
    is_owned(
        json_to_string(item), "\"a\\\"\\\\\\n\\u0001\\u0000\xC3\xA9\"", "a made string is quoted");

    for (int i = 1; i < 128; i++)
        text_add_char(&text, (char)i);
    text_add_string(&text, "\xC3\xA9\xF0\x9F\x98\x80\xC0\x80");
    {
        AUTO_TEXT struct text quote = TEXT_EMPTY;
        AUTO_TEXT struct text back = TEXT_EMPTY;

        scan_quote(&quote, text.bytes, text.length);
        scan_unquote((struct slice){quote.bytes, quote.length}, &back);
        is_string(text_string(&back), text.bytes, "quoting and unquoting give the same");
        quoted = reprint(quote.bytes, quote.length);
        is_string(quoted, text_string(&quote), "what was quoted is JSON");
    }
}

static char *nested(size_t depth, const char *open, const char *close, const char *inside)
{
    struct text text = TEXT_EMPTY;

    for (size_t i = 0; i < depth; i++)
        text_add_string(&text, open);
    text_add_string(&text, inside);
    for (size_t i = 0; i < depth; i++)
        text_add_string(&text, close);
    return text_take(&text);
}

static void test_nesting(void)
{
    for (size_t depth = 1022; depth <= 1026; depth++) {
        AUTO_FREE char *arrays = nested(depth, "[", "]", "");
        AUTO_FREE char *objects = nested(depth, "{\"a\":", "}", "1");
        AUTO_FREE char *printed_arrays = reprint(arrays, strlen(arrays));
        AUTO_FREE char *printed_objects = reprint(objects, strlen(objects));

        ok(strcmp(printed_arrays, depth <= 1024 ? arrays : "!protocol") == 0, "%zu lists", depth);
        ok(strcmp(printed_objects, depth <= 1024 ? objects : "!protocol") == 0, "%zu objects",
            depth);
    }
    {
        AUTO_FREE char *open = nested(100000, "[", "", "");
        AUTO_FREE char *deep = nested(1024, "[", "]", "\"x\"");
        AUTO_ERROR struct error error = {0};
        AUTO_JSON json *tree = json_parse(deep, strlen(deep), &error);
        AUTO_JSON json *copy = json_copy(tree);

        ok(refused_bytes(open, strlen(open)), "100000 lists that stay open");
        is_owned(json_to_string(copy), deep, "a copy of 1024 levels");
    }
}

static void test_large(void)
{
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *object = NULL, *array = NULL, *dup = NULL;
    size_t count = 0;

    text_add_char(&text, '{');
    for (int i = 0; i < 200000; i++)
        text_printf(&text, "%s\"key%d\":%d", i ? "," : "", i, i);
    text_add_char(&text, '}');
    object = json_parse(text.bytes, text.length, &error);
    is_int((intmax_t)json_count(object), 200000, "an object of 200000 keys");
    json_each (item, object)
        count++;
    is_int((intmax_t)count, 200000, "all are walked over");
    text_clear(&text);
    text_add_char(&text, '{');
    for (int i = 0; i < 20000; i++)
        text_printf(&text, "\"key%d\":%d,", i, i);
    text_add_string(&text, "\"key77\":0}");
    dup = json_parse(text.bytes, text.length, &error);
    ok(!dup && error.kind == ERROR_PROTOCOL, "one of 20000 twice is found");
    text_clear(&text);
    text_add_char(&text, '[');
    for (int i = 0; i < 100000; i++)
        text_add_string(&text, i ? ",1" : "1");
    text_add_char(&text, ']');
    array = json_parse(text.bytes, text.length, &error);
    is_int((intmax_t)json_count(array), 100000, "a list of 100000 items");
    {
        AUTO_FREE char *printed = json_to_string(array);

        ok(strcmp(printed, text.bytes) == 0, "prints as it was");
    }
    text_clear(&text);
    text_add_char(&text, '"');
    for (int i = 0; i < 100000; i++)
        text_add_string(&text, "\\u00e9\\n");
    text_add_char(&text, '"');
    json_free(array);
    array = json_parse(text.bytes, text.length, &error);
    is_int((intmax_t)strlen(json_string(array)), 300000, "a string of 100000 escapes");
}

static void test_making(void)
{
    AUTO_JSON json *object = json_new_object();
    AUTO_STRINGS struct strings list = {0};
    AUTO_JSON json *taken = NULL;
    json *inner;
    int64_t value;

    strings_add(&list, "x");
    strings_add(&list, "y\n");
    json_add_string(object, "s", "v");
    json_add_bool(object, "b", true);
    json_add_int(object, "i", -5);
    json_add(object, "n", json_new_null());
    inner = json_add_object(object, "o");
    json_add_bool(inner, "f", false);
    inner = json_add_array(object, "a");
    json_append(inner, json_new_int(1));
    json_append(inner, json_new_string("2"));
    json_add_strings(object, "l", &list);
    is_owned(json_to_string(object),
        "{\"s\":\"v\",\"b\":true,\"i\":-5,\"n\":null,\"o\":{\"f\":false},\"a\":[1,\"2\"],"
        "\"l\":[\"x\",\"y\\n\"]}",
        "a tree is made in order");
    is_string(json_get_string(object, "s"), "v", "a string member");
    is_string(json_get_string(object, "i"), NULL, "a number is no string");
    is_string(json_get_string(object, "S"), NULL, "keys are told apart by case");
    ok(json_get_bool(object, "b", false), "a true member");
    ok(!json_get_bool(json_get(object, "o"), "f", true), "a false member");
    ok(json_get_bool(object, "s", true) && !json_get_bool(object, "s", false),
        "what is no bool gives the other value");
    ok(json_get_bool(object, "zz", true), "and so does what is not there");
    ok(json_get_int(object, "i", &value) && value == -5, "an integer member");
    ok(!json_get_int(object, "s", &value), "a string is no integer");
    is_int((intmax_t)json_count(object), 7, "its members are counted");
    is_string(json_key(json_first(object)), "s", "the first one's key");
    is_string(json_key(json_next(json_first(object))), "b", "the next one's key");

    {
        AUTO_JSON json *copy = json_copy(object);
        AUTO_FREE char *a = json_to_string(object), *b = json_to_string(copy);

        is_string(b, a, "a copy is the same");
        json_replace(copy, "s", json_new_int(1));
        is_string(json_get_string(object, "s"), "v", "and another tree");
    }
    json_replace(object, "s", json_new_string("w"));
    json_replace(object, "new", json_new_bool(false));
    is_string(json_get_string(object, "s"), "w", "a member is replaced");
    ok(json_is_bool(json_get(object, "new")), "or added");
    is_int((intmax_t)json_count(object), 8, "and none is there twice");
    taken = json_take(object, "new");
    ok(json_is_bool(taken) && !json_get(object, "new"), "the last member is taken out");
    json_free(json_take(object, "s"));
    json_free(json_take(object, "b"));
    json_add_int(object, "z", 1);
    ok(!json_take(object, "none"), "what is not there is not taken");
    is_owned(json_to_string(object),
        "{\"i\":-5,\"n\":null,\"o\":{\"f\":false},\"a\":[1,\"2\"],\"l\":[\"x\",\"y\\n\"],\"z\":1}",
        "first and last can be taken, and more be added");
}

static void test_null(void)
{
    struct number number;
    int64_t value;
    AUTO_JSON json *string = json_new_string("12");

    ok(!json_is_object(NULL) && !json_is_array(NULL) && !json_is_string(NULL) &&
            !json_is_number(NULL) && !json_is_bool(NULL) && !json_is_null(NULL) &&
            !json_is_true(NULL),
        "NULL is of no kind");
    ok(!json_get(NULL, "a") && !json_string(NULL) && !json_get_string(NULL, "a"),
        "NULL has no members");
    ok(json_get_bool(NULL, "a", true) && !json_get_bool(NULL, "a", false), "nor booleans");
    ok(!json_number(NULL, &number) && !json_get_number(NULL, "a", &number) &&
            !json_get_int(NULL, "a", &value),
        "nor numbers");
    ok(!json_first(NULL) && json_count(NULL) == 0, "nor items");
    ok(!json_next(NULL) && !json_key(NULL) && !json_digits(NULL), "nor what comes next to it");
    ok(!json_take(NULL, "a"), "nothing is taken from it");
    ok(!json_digits(string), "a string has no digits");
    ok(!json_get(string, "a") && !json_first(string) && json_count(string) == 0,
        "a string has no members");
    json_free(NULL);
    ok(json_library_version()[0] >= '1', "the library has a version");
}

struct seen {
    unsigned tokens, strings, colons;
};

static void count_token(void *data, enum scan_token token, struct slice bytes)
{
    struct seen *seen = data;

    seen->tokens++;
    seen->strings += token == SCAN_STRING && bytes.bytes[0] == '"' ? 1 : 0;
    seen->colons += token == SCAN_COLON ? 1 : 0;
}

static void test_scan(void)
{
    static const char two[] = " {\"a\": [1, true], \"b\": null} \"next\" ";
    struct seen seen = {0, 0, 0};
    struct slice value;
    struct scan scan;

    scan_start(&scan, two, sizeof(two) - 1);
    ok(scan_value(&scan, &value, count_token, &seen), "one value is passed over");
    ok(slice_is(value, "{\"a\": [1, true], \"b\": null}"), "and given as its bytes");
    is_int(seen.tokens, 13, "every token was seen");
    is_int(seen.strings, 2, "keys are strings");
    is_int(seen.colons, 2, "before their colons");
    is_int(scan_next(&scan), SCAN_STRING, "what follows is next");
    ok(slice_is(scan.token, "\"next\""), "with its quotes");
    is_int(scan_next(&scan), SCAN_END, "then the end");
    is_int(scan_next(&scan), SCAN_END, "and again");

    scan_start(&scan, "[1,]", 4);
    ok(!scan_value(&scan, &value, NULL, NULL) && scan.problem, "a wrong value has a problem");
    scan_start(&scan, "@", 1);
    ok(scan_next(&scan) == SCAN_BAD && scan.problem, "so has a stray character");
    scan_start(&scan, "", 0);
    ok(!scan_value(&scan, &value, NULL, NULL) && scan.problem, "and nothing at all");
    scan_start(&scan, "}", 1);
    ok(!scan_value(&scan, &value, NULL, NULL) && scan.problem, "and an end before a beginning");
}

static void test_position(void)
{
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *item = json_parse("{\"a\": tru}", 10, &error);

    ok(!item, "a wrong word");
    has_words(error.message, "byte 7", "is named by its byte");
    item = json_parse("{\"a\": 1, \"a\": 2}", 16, &error);
    ok(!item && error.kind == ERROR_PROTOCOL, "a key twice is kind protocol");
    item = json_parse("1 x", 3, &error);
    ok(!item, "more after the value");
    has_words(error.message, "byte 3", "is named by its byte");
}

int main(void)
{
    test_numbers();
    test_grammar();
    test_strings();
    test_nesting();
    test_large();
    test_making();
    test_null();
    test_scan();
    test_position();
    return done_testing();
}
