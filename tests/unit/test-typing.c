/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KEY=VALUE words into typed values, without a session. */
#include "qmp/typing.h"
#include "tap.h"

#include <fcntl.h>

/* The words, up to NULL, as JSON; or "!KIND: MESSAGE". The caller frees. */
static char *made(const struct word_source *source, const json *type, const char *const *words)
{
    static const struct typing typing = {0};
    AUTO_STRINGS struct strings settled = {0};
    AUTO_JSON json *whole = NULL;
    AUTO_STRINGS struct strings list = {0};
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *object = NULL;

    for (; *words; words++)
        strings_add(&list, *words);
    if (words_settle(&list, source, &settled, &whole, &error))
        object = whole ? steal_pointer(&whole) : typing_words(&typing, type, &settled, &error);
    if (object)
        return json_to_string(object);
    return xasprintf("!%s: %s", error_kind_name(error.kind), error.message);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void gives(const char *expected, const char *const *words)
{
    is_owned(made(NULL, NULL, words), expected, "%s %s %s", words[0],
        words[0] && words[1] ? words[1] : "", words[0] && words[1] && words[2] ? words[2] : "");
}

static void refused(const char *words_in_message, const char *const *words)
{
    AUTO_FREE char *got = made(NULL, NULL, words);

    ok(strncmp(got, "!usage: ", 8) == 0, "'%s' is kind usage", words[0]);
    has_words(got, words_in_message, "and says %s", words_in_message);
}

static void test_words(void)
{
    is_owned(made(NULL, NULL, (const char *const[]){NULL}), "{}", "no words");
    gives("{\"a\":\"1\"}", WORDS("a=1"));
    gives("{\"a\":\"\"}", WORDS("a="));
    gives("{\"a\":\"b=c\"}", WORDS("a=b=c"));
    gives("{\"a\":\"==\"}", WORDS("a==="));
    gives("{\"a\":\"true\",\"b\":\"null\"}", WORDS("a=true", "b=null"));
    gives("{\"node-name\":\"1\"}", WORDS("node-name=1"));
    gives("{\"a b\":\" x \"}", WORDS("a b= x "));
    gives("{\"a\":\"\\\"\\\\\\n\"}", WORDS("a=\"\\\n"));
    gives("{\"\xC3\xA9\":\"\xE2\x82\xAC\"}", WORDS("\xC3\xA9=\xE2\x82\xAC"));
    gives("{\"z\":\"1\",\"a\":\"2\"}", WORDS("z=1", "a=2"));

    refused("KEY=VALUE", WORDS("word"));
    refused("KEY=VALUE", WORDS(""));
    refused("KEY=VALUE", WORDS("=x"));
    refused("KEY=VALUE", WORDS(":=1"));
    refused("bad", WORDS("a=1", "bad"));
    refused("UTF-8", WORDS("a=\xFF"));
    refused("KEY=VALUE", WORDS("\xFF=a"));
}

static void test_paths(void)
{
    gives("{\"file\":{\"driver\":\"file\",\"filename\":\"x\"},\"a\":\"1\"}",
        WORDS("file.driver=file", "file.filename=x", "a=1"));
    gives("{\"a\":{\"b\":{\"c\":\"1\",\"d\":\"2\"}}}", WORDS("a.b.c=1", "a.b.d=2"));
    gives("{\"s\":[{\"host\":\"a\",\"port\":\"1\"},{\"host\":\"b\"}]}",
        WORDS("s.0.host=a", "s.0.port=1", "s.1.host=b"));
    gives("{\"l\":[\"a\",\"b\"]}", WORDS("l.0=a", "l.1=b"));
    gives("{\"l\":[\"a\",\"b\"]}", WORDS("l.0=a", "l=b"));
    gives("{\"l\":[\"a\"]}", WORDS("l:=[]", "l=a"));
    gives("{\"l\":[1,2]}", WORDS("l:=[1]", "l:=2"));
    gives("{\"a\":{\"b\":1,\"c\":\"2\"}}", WORDS("a:={\"b\":1}", "a.c=2"));
    gives("{\"a\":{\"0x\":\"1\"}}", WORDS("a.0x=1"));

    refused("a", WORDS("a=1", "a=2"));
    refused("a", WORDS("a=1", "a.b=2"));
    refused("a", WORDS("a.b=1", "a=2"));
    refused("a.b", WORDS("a.b=1", "a.b=1"));
    refused("l.1", WORDS("l.1=a"));
    refused("l.2", WORDS("l.0=a", "l.2=b"));
    refused("l.0", WORDS("l.0=a", "l.0=b"));
    refused("l.x", WORDS("l.0=a", "l.x=b"));
    refused("l.99999999999999999999", WORDS("l.0=a", "l.99999999999999999999=b"));
    refused(".a", WORDS(".a=1"));
    refused("a.", WORDS("a.=1"));
    refused("a..b", WORDS("a..b=1"));
    refused(".", WORDS(".=1"));
}

static void test_json_values(void)
{
    gives("{\"a\":1}", WORDS("a:=1"));
    gives("{\"a\":\"@x\"}", WORDS("a:=\"@x\""));
    gives("{\"a\":{\"b\":[true,null]}}", WORDS("a:= {\"b\": [true, null]} "));
    gives("{\"a\":18446744073709551615}", WORDS("a:=18446744073709551615"));
    gives("{\"a\":-9223372036854775808}", WORDS("a:=-9223372036854775808"));
    gives("{\"a\":9007199254740993}", WORDS("a:=9007199254740993"));
    gives("{\"a\":1.50}", WORDS("a:=1.50"));
    gives("{\"a\":{\"b\":\"x=y\"}}", WORDS("a.b:=\"x=y\""));
    gives("{\"a\":\":1\"}", WORDS("a=:1"));
    gives("{\"a:b\":\"1\"}", WORDS("a:b=1"));

    refused("a", WORDS("a:="));
    refused("a", WORDS("a:=x"));
    refused("a", WORDS("a:=1 2"));
    refused("a", WORDS("a:={\"x\":1,\"x\":2}"));
    refused("a", WORDS("a:=1e400"));
    refused("a", WORDS("a:=-1e400"));
    refused("a", WORDS("a:=inf"));
    refused("a", WORDS("a:=nan"));
    refused("a", WORDS("a:=[{\"b\":1e999}]"));
    refused("a", WORDS("a:=18446744073709551616"));
    refused("a", WORDS("a:=-9223372036854775809"));
    refused("a", WORDS("a:=\"\\ud800\""));
}

static void test_files(void)
{
    AUTO_FREE char *plain = scratch_file("plain", "two\nlines\n", 10);
    AUTO_FREE char *empty = scratch_file("empty", "", 0);
    AUTO_FREE char *binary = scratch_file("binary", "a\xFF", 2);
    AUTO_FREE char *zero = scratch_file("zero", "a\0b", 3);
    AUTO_FREE char *from_plain = xasprintf("a=@%s", plain);
    AUTO_FREE char *from_empty = xasprintf("a=@%s", empty);
    AUTO_FREE char *from_binary = xasprintf("a=@%s", binary);
    AUTO_FREE char *from_zero = xasprintf("a=@%s", zero);
    AUTO_FREE char *missing = xasprintf("file.x=@%s/none", scratch());
    AUTO_FREE char *directory = xasprintf("a=@%s", scratch());
    AUTO_FREE char *message = NULL;
    int standard = dup(STDIN_FILENO), file;

    gives("{\"a\":\"two\\nlines\\n\"}", WORDS(from_plain));
    gives("{\"a\":\"\"}", WORDS(from_empty));
    message = made(NULL, NULL, WORDS(missing));
    ok(strncmp(message, "!local: ", 8) == 0, "a file that is missing is kind local");
    has_words(message, "file.x", "and names the word");
    free(message);
    message = made(NULL, NULL, WORDS(directory));
    ok(strncmp(message, "!local: ", 8) == 0, "so is a directory");
    free(message);
    message = made(NULL, NULL, WORDS(from_binary));
    has_words(message, "a: ", "bytes that are no text are refused");
    free(message);
    message = made(NULL, NULL, WORDS(from_zero));
    has_words(message, "a: ", "and so is a NUL");
    gives("{\"a\":\"x@y\"}", WORDS("a=x@y"));

    file = open(plain, O_RDONLY);
    dup2(file, STDIN_FILENO);
    close(file);
    gives("{\"a\":\"two\\nlines\\n\"}", WORDS("a=@-"));
    dup2(standard, STDIN_FILENO);
    close(standard);

    refused("fd", WORDS("fd=@fd:n"));
    refused("fd", WORDS("fd=@fdset:n"));
}

static const char type_text[] =
    "{\"meta-type\":\"object\",\"members\":["
    "{\"name\":\"size\",\"type\":{\"meta-type\":\"builtin\",\"json-type\":\"int\"},\"default\":"
    "null},"
    "{\"name\":\"on\",\"type\":{\"meta-type\":\"builtin\",\"json-type\":\"boolean\"},\"default\":"
    "null},"
    "{\"name\":\"sse4.1\",\"type\":{\"meta-type\":\"builtin\",\"json-type\":\"boolean\"},"
    "\"default\":null},"
    "{\"name\":\"name\",\"type\":{\"meta-type\":\"builtin\",\"json-type\":\"string\"},\"default\":"
    "null},"
    "{\"name\":\"free\",\"type\":{\"meta-type\":\"builtin\",\"json-type\":\"value\"},\"default\":"
    "null},"
    "{\"name\":\"file\",\"type\":{\"meta-type\":\"object\",\"members\":["
    "{\"name\":\"count\",\"type\":{\"meta-type\":\"builtin\",\"json-type\":\"int\"}}]},"
    "\"default\":null}]}";

static char *describe(void *data, const char *name, bool set, struct error *error)
{
    (void)data;
    if (strcmp(name, "bad") == 0) {
        error_set(error, ERROR_USAGE, "nothing is called bad");
        return NULL;
    }
    return xasprintf(set ? "/dev/fdset/%zu" : "name-%zu", strlen(name));
}

static void test_typed(void)
{
    static const char *const yes[] = {"on=true", "on=on", "on=yes"};
    static const char *const no[] = {"on=false", "on=off", "on=no"};
    static const char *const bad[] = {"on=1", "on=ON", "on=", "on=maybe", "size=", "size=x",
        "size=1KB", "size=1.5", "size=18446744073709551616", "other=1", "size:=1e400"};
    const struct word_source source = {describe, NULL};
    AUTO_ERROR struct error error = {0};
    AUTO_JSON json *type = json_parse(type_text, strlen(type_text), &error);

    is_owned(made(&source, type, WORDS("size=0x10")), "{\"size\":16}", "a hexadecimal integer");
    is_owned(made(&source, type, WORDS("size=2G")), "{\"size\":2147483648}", "a size with a unit");
    is_owned(made(&source, type, WORDS("size=18446744073709551615")),
        "{\"size\":18446744073709551615}", "the largest integer");
    is_owned(made(&source, type, WORDS("size=-9223372036854775808")),
        "{\"size\":-9223372036854775808}", "the least integer");
    is_owned(made(&source, type, WORDS("name=1", "free=2")), "{\"name\":\"1\",\"free\":\"2\"}",
        "the type never comes from the looks");
    for (int i = 0; i < 3; i++) {
        is_owned(made(&source, type, WORDS(yes[i])), "{\"on\":true}", "%s", yes[i]);
        is_owned(made(&source, type, WORDS(no[i])), "{\"on\":false}", "%s", no[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        AUTO_FREE char *got = made(&source, type, WORDS(bad[i]));
        AUTO_FREE char *key = words_key(bad[i]);

        ok(strncmp(got, "!usage: ", 8) == 0, "'%s' is kind usage", bad[i]);
        has_words(got, key, "and names its key");
    }
    is_owned(made(&source, type, WORDS("sse4.1=on")), "{\"sse4.1\":true}",
        "a name that is known as written wins over nesting");
    is_owned(made(&source, type, WORDS("file.count=7", "free.a=7")),
        "{\"file\":{\"count\":7},\"free\":{\"a\":\"7\"}}", "others nest, typed");
    {
        AUTO_FREE char *got = made(&source, type, WORDS("sse4.1=on", "sse4.1=off"));

        ok(strncmp(got, "!usage: ", 8) == 0, "a known name twice is kind usage");
    }
    is_owned(
        made(&source, type, WORDS("name=@fd:abc")), "{\"name\":\"name-3\"}", "a descriptor's name");
    is_owned(made(&source, type, WORDS("name=@fdset:abc")), "{\"name\":\"/dev/fdset/3\"}",
        "a descriptor's set");
    is_owned(made(&source, type, WORDS("name=@fd:bad")), "!usage: name: nothing is called bad",
        "a descriptor that is not there");
    is_owned(made(&source, type, WORDS("file=x")),
        "!usage: file: expected an object, whose members are given as file.NAME=VALUE, or as JSON "
        "by :=",
        "an object is no plain word");
    is_owned(made(&source, type, WORDS("file.coun=1")),
        "!usage: no member 'file.coun'; did you mean 'file.count'?", "the nearest member is named");
    is_owned(made(&source, type, WORDS("file:={}")),
        "!usage: member 'file.count' is missing: an integer", "a member that must be there");
}

static void test_helpers(void)
{
    static const char *const good[] = {"a", "Z", "disk0", "a-b_c.d", "x1.2", "a-", "a."};
    static const char *const bad[] = {"", "0a", "-a", "_a", ".a", "a b", "a/b", "a:b", "a#",
        "#block1", "\xC3\xA9", "a\xC3\xA9", "a\n", "a=b", "a@", "a,b"};
    AUTO_STRINGS struct strings list = {0};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ok(words_is_id(good[i]), "'%s' is an identifier", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(!words_is_id(bad[i]), "case %zu is none", i);
    is_owned(words_key("a.b=c=d"), "a.b", "the key ends at the first equals sign");
    is_owned(words_key("a:=1"), "a", "or before :=");
    is_owned(words_key("a"), NULL, "a bare word has none");
    is_owned(words_key("=x"), NULL, "nor has one without a name");
    is_owned(words_key(":=x"), NULL, "nor := without a name");
    strings_add(&list, "idx=1");
    strings_add(&list, "id:=2");
    strings_add(&list, "id=a=b");
    is_string(words_find(&list, "id"), "a=b", "the plain value among the words");
    is_string(words_find(&list, "i"), NULL, "part of a key finds nothing");
    is_string(words_find(&list, "none"), NULL, "what is not there is not found");
}

int main(void)
{
    test_words();
    test_paths();
    test_json_values();
    test_files();
    test_typed();
    test_helpers();
    return done_testing();
}
