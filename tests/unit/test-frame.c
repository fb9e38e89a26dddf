/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes in, messages out, however they are cut. */
#include "json/frame.h"
#include "tap.h"

static void feed(struct frame *frame, const char *bytes, size_t length)
{
    char *room = frame_room(frame, length + 1);

    if (length)
        memcpy(room, bytes, length);
    frame_commit(frame, length);
}

/* Takes out what is whole; false, with the error's kind in the list, when it is wrong. */
static bool drain(struct frame *frame, struct strings *list)
{
    for (;;) {
        AUTO_MESSAGE struct message *message = NULL;
        AUTO_ERROR struct error error = {0};

        if (!frame_next(frame, &message, &error)) {
            strings_printf(list, "!%s", error_kind_name(error.kind));
            return false;
        }
        if (!message)
            return true;
        if (strlen(message->bytes) != message->length)
            strings_add(list, "! not followed by a NUL");
        strings_take(list, xstrndup(message->bytes, message->length));
    }
}

static char *joined(const struct strings *list)
{
    struct text text = TEXT_EMPTY;

    for (size_t i = 0; i < list->count; i++)
        text_printf(&text, "%s\n", list->item[i]);
    return text_take(&text);
}

/* All messages of the bytes when they come in pieces of this size. The caller frees. */
static char *in_pieces(const char *bytes, size_t length, size_t piece, size_t limit)
{
    AUTO(frame_free) struct frame frame = {.limit = limit};
    AUTO_STRINGS struct strings list = {0};

    for (size_t at = 0; at < length; at += piece) {
        feed(&frame, bytes + at, length - at < piece ? length - at : piece);
        if (!drain(&frame, &list))
            break;
    }
    return joined(&list);
}

static const char conversation[] =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": "
    "\"Debian 1:7.2\"}, \"capabilities\": [\"oob\"]}}\r\n"
    "{\"return\": {}, \"id\": 1}\r\n"
    "{\r\n    \"return\": {\r\n        \"status\": \"running\",\r\n        \"running\": true\r\n"
    "    },\r\n    \"id\": 2\r\n}\r\n"
    "{\"a\":\"}{][\\\"}\"}{\"b\":\"\\\\\"}\n\n \t {\"c\":[[],{},\"\\\\\\\"\"]}"
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\r\n"
    "{\"\\u007b\":\"\xC3\xA9\xF0\x9F\x98\x80\"}{}\n";

static void test_cuts(void)
{
    size_t length = sizeof(conversation) - 1;
    AUTO_FREE char *whole = in_pieces(conversation, length, length, 0);
    unsigned lines = 0;
    const char *last = "{}\n";

    for (const char *at = conversation; (at = strstr(at, "}{")); at++)
        lines++;
    ok(strlen(whole) > 100 && strcmp(whole + strlen(whole) - strlen(last), last) == 0 &&
            !strchr(whole, '!'),
        "a conversation of nine messages");
    ok(strstr(whole, "{\"a\":\"}{][\\\"}\"}\n{\"b\":\"\\\\\"}\n{\"c\":[[],{},\"\\\\\\\"\"]}\n"),
        "braces and escaped quotes in strings are no structure");
    ok(strstr(whole, "{\r\n    \"return\": {\r\n"), "a message of several lines is one");
    for (size_t piece = 1; piece < length; piece++) {
        AUTO_FREE char *same = in_pieces(conversation, length, piece, 0);

        fold(strcmp(same, whole) == 0, "pieces of %zu", piece);
    }
    folded("pieces of every size give the same messages, one byte at a time too");
    for (size_t cut = 0; cut <= length; cut++) {
        AUTO(frame_free) struct frame frame = {0};
        AUTO_STRINGS struct strings list = {0};
        AUTO_FREE char *same = NULL;

        feed(&frame, conversation, cut);
        drain(&frame, &list);
        feed(&frame, "", 0);
        drain(&frame, &list);
        feed(&frame, conversation + cut, length - cut);
        drain(&frame, &list);
        same = joined(&list);
        fold(strcmp(same, whole) == 0 && !frame_rest(&frame).length, "cut at %zu", cut);
    }
    folded("every split point gives the same messages");
    /* Read as a whole, taken out only at the end. */
    {
        AUTO(frame_free) struct frame frame = {0};
        AUTO_STRINGS struct strings list = {0};
        AUTO_FREE char *same = NULL;

        for (size_t i = 0; i < length; i++)
            feed(&frame, conversation + i, 1);
        drain(&frame, &list);
        same = joined(&list);
        is_string(same, whole, "all in the buffer before the first is taken");
        is_int((intmax_t)list.count, 9, "nine of them");
    }
}

static void test_wrong(void)
{
    static const struct {
        const char *bytes;
        const char *what;
    } cases[] = {{"hello\n", "a word"}, {"SSH-2.0-x\r\n{}", "another protocol"}, {"[]", "a list"},
        {"\"s\"", "a string"}, {"1 ", "a number"}, {"}", "an end"}, {"]", "an end"},
        {"\xEF\xBB\xBF{}", "a byte order mark"}, {"{]", "ends that do not match"},
        {"{[}}", "a list that ends like an object"}, {"{\"a\"}", "no value"},
        {"{a:1}", "no quotes"}, {"{\"a\":1,}", "a comma too many"},
        {"{\"a\":1 \"b\":2}", "no comma"}, {"{,}", "only a comma"},
        {"{\"a\":\"x\"\"b\":2}", "no comma between strings"},
        {"{\"a\":[1}}", "a list that is not closed"}, {"{\"a\":1,\"a\":2}", "a member twice"},
        {"{\"return\":{},\"id\":1,\"return\":{}}", "return twice"},
        {"{\"a\":\"\x01\"}", "a control character"},
        {"{\"a\":\"\xFF\"}", "bytes that are not UTF-8"}, {"{\"a\":\"\\ud800\"}", "half of a pair"},
        {"\xFF", "0xFF"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t length = strlen(cases[i].bytes);

        is_owned(in_pieces(cases[i].bytes, length, length, 0), "!protocol\n", "%s is an error",
            cases[i].what);
        is_owned(in_pieces(cases[i].bytes, length, 1, 0), "!protocol\n", "also byte by byte");
    }
    is_owned(in_pieces("{}\n{\"a\":1}garbage", 18, 18, 0), "{}\n{\"a\":1}\n!protocol\n",
        "what came before the garbage is given out first");
    is_owned(in_pieces("{\"a\":\"\0\"}", 9, 9, 0), "!protocol\n", "a NUL in a string");
    is_owned(in_pieces("{\"a\"\0:1}", 8, 8, 0), "!protocol\n", "a NUL between tokens");
    is_owned(in_pieces("\0{}", 3, 3, 0), "!protocol\n", "a NUL before a message");
}

static void test_depth(void)
{
    for (size_t depth = 1023; depth <= 1025; depth++) {
        AUTO_TEXT struct text text = TEXT_EMPTY;
        AUTO_FREE char *expected = NULL;

        for (size_t i = 1; i < depth; i++)
            text_add_string(&text, i == 1 ? "{\"a\":[" : "[");
        for (size_t i = 1; i < depth; i++)
            text_add_string(&text, i == depth - 1 ? "]}" : "]");
        expected = xasprintf("%s\n", depth <= 1024 ? text_string(&text) : "!protocol");
        is_owned(in_pieces(text.bytes, text.length, text.length, 0), expected, "%zu levels", depth);
        is_owned(in_pieces(text.bytes, text.length, 1, 0), expected, "byte by byte");
    }
    {
        AUTO(frame_free) struct frame frame = {0};
        AUTO_STRINGS struct strings list = {0};

        feed(&frame, "{\"a\":", 5);
        for (int i = 0; i < 2000; i++)
            feed(&frame, "[", 1);
        ok(!drain(&frame, &list), "too many levels are an error before the message ends");
    }
}

static void test_limit(void)
{
    static const char hundred[] =
        "{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}";
    AUTO_TEXT struct text more = TEXT_EMPTY;
    AUTO_FREE char *expected = xasprintf("%s\n", hundred);
    AUTO_FREE char *twice = xasprintf("%s\n%s\n", hundred, hundred);

    is_int((intmax_t)sizeof(hundred) - 1, 100, "a message of a hundred bytes");
    text_printf(&more, "%.50sb%s", hundred, hundred + 50);
    for (size_t piece = 1; piece <= 110; piece++) {
        AUTO_FREE char *good = in_pieces(hundred, 100, piece, 100);
        AUTO_FREE char *bad = in_pieces(more.bytes, more.length, piece, 100);

        fold(strcmp(good, expected) == 0, "100 bytes in pieces of %zu", piece);
        fold(strcmp(bad, "!protocol\n") == 0, "101 bytes in pieces of %zu", piece);
    }
    folded("the limit is kept to the byte however the message is cut");
    text_clear(&more);
    text_printf(&more, "%s   %s", hundred, hundred);
    is_owned(in_pieces(more.bytes, more.length, more.length, 100), twice,
        "the limit is for one message, not for two");
    text_clear(&more);
    for (int i = 0; i < 1000; i++)
        text_add_char(&more, '\n');
    text_add_string(&more, hundred);
    is_owned(in_pieces(more.bytes, more.length, 7, 100), expected, "white space does not count");
    {
        AUTO(frame_free) struct frame frame = {.limit = 1000};
        AUTO_STRINGS struct strings list = {0};
        bool good = true;

        feed(&frame, "{\"a\":\"", 6);
        for (int i = 0; good && i < 100; i++) {
            feed(&frame, hundred + 10, 50);
            good = drain(&frame, &list);
        }
        ok(!good && frame.buffer.length < 1200,
            "a message without an end is given up at the limit");
    }
}

static void test_large(void)
{
    enum { SIZE = 5 * 1024 * 1024 };
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO(frame_free) struct frame frame = {0};
    AUTO_STRINGS struct strings list = {0};
    size_t large;

    text_add_string(&text, "{}{\"return\":\"");
    while (text.length < SIZE)
        text_add_string(&text, "{[\\\"\xC3\xA9 some bytes");
    text_add_string(&text, "\",\"id\":1}");
    large = text.length - 2;
    text_add_string(&text, "{\"b\":2} {\"c\"");
    for (size_t at = 0; at < text.length; at += 65536) {
        feed(&frame, text.bytes + at, text.length - at < 65536 ? text.length - at : 65536);
        if (!drain(&frame, &list))
            break;
    }
    is_int((intmax_t)list.count, 3, "5 MiB in 64 KiB reads: three messages");
    ok(list.count == 3 && strlen(list.item[1]) == large &&
            memcmp(list.item[1], text.bytes + 2, large) == 0,
        "the large one is the same");
    is_string(list.count == 3 ? list.item[2] : NULL, "{\"b\":2}", "so is the one after it");
    ok(slice_is(frame_rest(&frame), "{\"c\""), "and what has begun is the rest");
    strings_free(&list);
    feed(&frame, ":[]}", 4);
    drain(&frame, &list);
    is_string(list.count ? list.item[0] : NULL, "{\"c\":[]}", "which goes on");
    strings_free(&list);

    text_clear(&text);
    for (int i = 0; i < 50000; i++)
        text_printf(&text, "{\"id\":%d}\r\n", i);
    feed(&frame, text.bytes, text.length);
    drain(&frame, &list);
    is_int((intmax_t)list.count, 50000, "50000 messages of one read");
    is_string(list.count ? list.item[list.count - 1] : NULL, "{\"id\":49999}", "the last of them");
    is_int((intmax_t)frame_rest(&frame).length, 0, "nothing is left");
}

static void test_rest(void)
{
    AUTO(frame_free) struct frame frame = {.limit = 77};
    AUTO_STRINGS struct strings list = {0};
    AUTO_MESSAGE struct message *message = NULL;
    AUTO_ERROR struct error error = {0};

    is_int((intmax_t)frame_rest(&frame).length, 0, "a fresh frame has no rest");
    ok(frame_next(&frame, &message, &error) && !message, "and no message");
    feed(&frame, " \r\n\t ", 5);
    ok(frame_next(&frame, &message, &error) && !message, "white space is no message");
    is_int((intmax_t)frame_rest(&frame).length, 0, "and no rest");
    feed(&frame, "{\"a\":1}  {\"b", 12);
    is_int((intmax_t)frame_rest(&frame).length, 12, "what was not taken out is rest");
    drain(&frame, &list);
    is_int((intmax_t)list.count, 1, "one message is whole");
    ok(slice_is(frame_rest(&frame), "{\"b"), "the other is rest");
    frame_free(&frame);
    is_int((intmax_t)frame_rest(&frame).length, 0, "a freed frame has none");
    is_int((intmax_t)frame.limit, 77, "and keeps its limit");
    strings_free(&list);
    feed(&frame, "{}", 2);
    drain(&frame, &list);
    is_int((intmax_t)list.count, 1, "it can be used again");
}

static void test_members(void)
{
    static const char bytes[] =
        " {\"id\" : 7, \"return\":{\"return\":1,\"x\":[1, 2]} ,\"esc\\\"aped\":\"v\",\"e\":{}} ";
    AUTO_ERROR struct error error = {0};
    AUTO_MESSAGE struct message *message = message_new(xstrdup(bytes), sizeof(bytes) - 1, &error);
    AUTO_TEXT struct text many = TEXT_EMPTY;
    struct slice value;

    ok(message, "a message");
    if (!message)
        return;
    is_int((intmax_t)message->members, 4, "has four members");
    ok(message_get(message, "id", &value) && slice_is(value, "7"), "its id");
    ok(message_get(message, "return", &value) && slice_is(value, "{\"return\":1,\"x\":[1, 2]}"),
        "its return, as it came");
    ok(message_get(message, "esc\\\"aped", &value) && slice_is(value, "\"v\""),
        "a key as it was escaped");
    ok(!message_get(message, "x", &value), "an inner member is none of its own");
    ok(!message_get(message, "retur", &value), "nor is part of a name");
    message_free(steal_pointer(&message));
    message_free(NULL);

    text_add_char(&many, '{');
    for (int i = 0; i < MESSAGE_MEMBERS; i++)
        text_printf(&many, "%s\"k%d\":%d", i ? "," : "", i, i);
    text_add_string(&many, "}");
    message = message_new(xstrdup(many.bytes), many.length, &error);
    ok(message && message->members == MESSAGE_MEMBERS, "sixteen members are remembered");
    ok(message && message_get(message, "k15", &value) && slice_is(value, "15"), "the sixteenth");
    many.length--;
    text_add_string(&many, ",\"k16\":16}");
    ok(!message_new(xstrdup(many.bytes), many.length, &error), "seventeen are no message of QMP");
    is_int(error.kind, ERROR_PROTOCOL, "kind protocol");
    ok(!message_new(xstrdup("{} {}"), 5, &error), "two objects are no message");
    is_int(error.kind, ERROR_PROTOCOL, "kind protocol");
    ok(!message_new(xstrdup(""), 0, &error), "nothing is no message");
    ok(!message_new(xstrdup("[{}]"), 4, &error), "a list is no message");
    ok(!message_new(xstrdup("{\"a\":1,\"b\":2,\"a\":3}"), 20, &error), "a member twice");
}

int main(void)
{
    test_cuts();
    test_wrong();
    test_depth();
    test_limit();
    test_large();
    test_rest();
    test_members();
    return done_testing();
}
