/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns of events: what they mean, and what is no pattern. */
#include "qmp/pattern.h"
#include "tap.h"

static bool match(const char *word, const char *json_text)
{
    AUTO_ERROR struct error error = {0};
    AUTO_PATTERNS struct patterns patterns = {0};
    AUTO_MESSAGE struct message *event = message_new(xstrdup(json_text), strlen(json_text), &error);

    if (!event || !patterns_add(&patterns, word, &error)) {
        printf("# %s: %s\n", word, error.message);
        return false;
    }
    return patterns_match(&patterns, event);
}

/* With an event of this name and data. */
static bool fits(const char *word, const char *name, const char *data)
{
    AUTO_FREE char *text =
        xasprintf("{\"event\": \"%s\", \"data\": %s, \"timestamp\": {}}", name, data);

    return match(word, text);
}

static void test_names(void)
{
    static const struct {
        const char *pattern, *name;
        bool fits;
    } cases[] = {
        {"STOP", "STOP", true},
        {"stop", "STOP", true},
        {"STOP", "STOPPED", false},
        {"*", "STOP", true},
        {"BLOCK_JOB_*", "BLOCK_JOB_READY", true},
        {"block-job-*", "BLOCK_JOB_READY", true},
        {"BLOCK_JOB_*", "BLOCK_IO_ERROR", false},
        {"agent_started", "AGENT-STARTED", true},
        {"AGENT-*", "AGENT_STARTED", true},
        {"[A-C]*", "BLOCK_IO_ERROR", true},
        {"[a-c]*", "BLOCK_IO_ERROR", true},
        {"[A-C]*", "STOP", false},
        {"ST?P", "STOP", true},
        {"  STOP ", "STOP", true},
        {"[", "STOP", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        fold(fits(cases[i].pattern, cases[i].name, "{}") == cases[i].fits, "%s for %s",
            cases[i].pattern, cases[i].name);
    folded("names");
    ok(match("STOP", "{\"event\": \"STOP\"}"), "an event without data");
    ok(!match("STOP a=*", "{\"event\": \"STOP\"}"), "which has no member");
    ok(!match("X", "{\"event\": 1}"), "a name that is no string");
    ok(match("STOP", "{\"event\": \"S\\u0054OP\"}"), "a name with an escape");
}

static void test_data(void)
{
    static const char data[] =
        "{\"device\": \"d1\", \"len\": 18446744073709551615, \"on\": true, \"off\": false, \"f\": "
        "1.50,"
        "\"nothing\": null, \"text\": \"two words\", \"empty\": \"\", \"a.b\": \"written\","
        "\"a\": {\"b\": \"nested\", \"c.d\": {\"e\": \"mixed\"}, \"f\": \"g\"},"
        "\"list\": [{\"x\": 1}, {\"x\": [5, \"six\"]}], \"path\": \"/machine/peripheral/d1\"}";
    static const struct {
        const char *condition;
        bool fits;
    } cases[] = {
        {"device=d1", true},
        {"device=d2", false},
        {"device=D1", false},
        {"device=d*", true},
        {"device=", false},
        {"empty=", true},
        {"missing=", false},
        {"missing=*", false},
        {"len=18446744073709551615", true},
        {"len=18446744073709551616", false},
        {"len=1*", true},
        {"f=1.50", true},
        {"f=1.5", false},
        {"on=true", true},
        {"on=on", true},
        {"on=yes", true},
        {"on=false", false},
        {"on=1", false},
        {"off=no", true},
        {"off=off", true},
        {"off=true", false},
        {"nothing=null", true},
        {"text='two words'", true},
        {"text=\"two words\"", true},
        {"text='two *'", true},
        {"text=two", false},
        {"a.b=written", true},
        {"a.b=nested", false},
        {"a.f=g", true},
        {"a.c.d.e=mixed", true},
        {"a=*", false},
        {"a.f.g=*", false},
        {"list.0.x=1", true},
        {"list.1.x.1=six", true},
        {"list.2.x=*", false},
        {"list.x=*", false},
        {"list.0x=*", false},
        {"list.99999999999999999999.x=*", false},
        {"list.=*", false},
        {"path=/machine/*", true},
        {"path=*d1", true},
        {"device=d1 on=yes", true},
        {"device=d1  off=yes", false},
        {"device=d1\ton=yes text='two words' empty=''", true},
        {"device.x=*", false},
        {".=*", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_FREE char *pattern = xasprintf("X %s", cases[i].condition);

        fold(fits(pattern, "X", data) == cases[i].fits, "%s", pattern);
    }
    folded("members");
    ok(!fits("X a=*", "X", "[1, 2]"), "data that is a list");
    ok(fits("X 1=2", "X", "[1, 2]"), "has numbers");
    ok(!fits("X a=*", "X", "{\"a\": 1, \"a\": 2}"), "a key twice is no data");
    ok(fits("X", "X", "{\"a\": 1, \"a\": 2}"), "which is not looked at without need");
}

static void test_errors(void)
{
    static const char *const words[][2] = {
        {"", "name of an event is missing"},
        {"  ", "name of an event is missing"},
        {"device=d1", "must stand before"},
        {"STOP device", "'device' is no KEY=VALUE"},
        {"STOP =x", "a KEY is missing"},
        {"STOP a='x", "a quote is not closed"},
        {"STOP a=\"x'", "a quote is not closed"},
        {"STOP a='x'y", "a quoted value ends before"},
        {"STOP a=b c", "'c' is no KEY=VALUE"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        AUTO_ERROR struct error error = {0};
        AUTO_PATTERNS struct patterns patterns = {0};

        fold(!patterns_add(&patterns, words[i][0], &error) && error.kind == ERROR_USAGE &&
                 strstr(error.message, words[i][1]),
            "'%s': %s", words[i][0], error.message ? error.message : "no error");
    }
    folded("what is no pattern is kind usage and says why");
}

static void test_words(void)
{
    AUTO_ERROR struct error error = {0};
    AUTO_PATTERNS struct patterns patterns = {0}, none = {0};
    AUTO_STRINGS struct strings words = {0}, first = {0};

    strings_add(&words, "STOP");
    strings_add(&words, "DEVICE_DELETED a=b");
    strings_add(&words, "device=d1");
    strings_add(&words, "path='x y'");
    strings_add(&words, "RESUME");
    ok(patterns_add_words(&patterns, &words, &error), "words");
    is_int((intmax_t)patterns.count, 3, "are as many patterns as names");
    is_int((intmax_t)patterns.item[1].keys.count, 3, "KEY=VALUE go with the name before them");
    is_string(patterns.item[1].values.item[2], "x y", "quoted too");
    is_int((intmax_t)patterns.item[2].keys.count, 0, "and with no other");
    strings_add(&first, "device=d1");
    ok(!patterns_add_words(&none, &first, &error) && error.kind == ERROR_USAGE,
        "without a name before them they are an error");
}

static void test_known(void)
{
    static const struct {
        const char *pattern, *nearest; /* NULL: it is known */
    } cases[] = {
        {"STOP", NULL},
        {"block-job-*", NULL},
        {"agent_started", NULL},
        {"STOPP", "did you mean STOP?"},
        {"device_delete", "did you mean DEVICE_DELETED?"},
        {"agent-startd", "did you mean AGENT-STARTED?"},
        {"XYZZY*", "there is no event 'XYZZY*'"},
    };
    AUTO_STRINGS struct strings names = {0};

    strings_add(&names, "STOP");
    strings_add(&names, "BLOCK_JOB_READY");
    strings_add(&names, "DEVICE_DELETED");
    strings_add(&names, "AGENT-STARTED");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_ERROR struct error error = {0};
        AUTO_PATTERNS struct patterns patterns = {0};
        bool known = patterns_add(&patterns, cases[i].pattern, &error) &&
                     pattern_check_known(&patterns.item[0], &names, &error);

        fold(known == !cases[i].nearest, "%s", cases[i].pattern);
        fold(known || (error.kind == ERROR_USAGE && strstr(error.message, cases[i].nearest)),
            "%s: %s", cases[i].pattern, error.message);
    }
    folded("a name that means no event is kind usage, with the nearest");
}

int main(void)
{
    test_names();
    test_data();
    test_errors();
    test_words();
    test_known();
    return done_testing();
}
