/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KEY=VALUE words as a type of the schema has them. */
#include "complete/members.h"
#include "tap.h"

/* Types: O(bject), V(ariants), A(lternate of a string and O), L(ists), R(ecursive). */
static const char sense[] =
    "[{\"name\":\"c\",\"meta-type\":\"command\",\"arg-type\":\"O\",\"ret-type\":\"O\"},"
    "{\"name\":\"O\",\"meta-type\":\"object\",\"members\":["
    "{\"name\":\"old\",\"type\":\"str\",\"default\":null,\"features\":[\"deprecated\"]},"
    "{\"name\":\"opt\",\"type\":\"bool\",\"default\":null},"
    "{\"name\":\"need\",\"type\":\"str\"},"
    "{\"name\":\"sub\",\"type\":\"V\"},"
    "{\"name\":\"ref\",\"type\":\"A\",\"default\":null},"
    "{\"name\":\"names\",\"type\":\"[str]\",\"default\":null},"
    "{\"name\":\"kinds\",\"type\":\"[E]\",\"default\":null},"
    "{\"name\":\"list\",\"type\":\"[V]\",\"default\":null},"
    "{\"name\":\"refs\",\"type\":\"[A]\",\"default\":null},"
    "{\"name\":\"null\",\"type\":\"N\",\"default\":null},"
    "{\"name\":\"sse4.1\",\"type\":\"bool\",\"default\":null}]},"
    "{\"name\":\"V\",\"meta-type\":\"object\",\"tag\":\"type\",\"members\":["
    "{\"name\":\"type\",\"type\":\"E\"}],\"variants\":["
    "{\"case\":\"inet\",\"type\":\"I\"},{\"case\":\"unix\",\"type\":\"U\"}]},"
    "{\"name\":\"E\",\"meta-type\":\"enum\",\"members\":[{\"name\":\"inet\"},"
    "{\"name\":\"unix\",\"features\":[\"deprecated\"]}]},"
    "{\"name\":\"I\",\"meta-type\":\"object\",\"members\":[{\"name\":\"host\",\"type\":\"str\"}]},"
    "{\"name\":\"U\",\"meta-type\":\"object\",\"members\":[{\"name\":\"path\",\"type\":\"str\"},"
    "{\"name\":\"abstract\",\"type\":\"bool\",\"default\":null}]},"
    "{\"name\":\"A\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"O\"},{\"type\":\"str\"}]}"
    ","
    "{\"name\":\"N\",\"meta-type\":\"alternate\",\"members\":[{\"type\":\"null\"},{\"type\":\"E\"}]"
    "},"
    "{\"name\":\"[str]\",\"meta-type\":\"array\",\"element-type\":\"str\"},"
    "{\"name\":\"[E]\",\"meta-type\":\"array\",\"element-type\":\"E\"},"
    "{\"name\":\"[V]\",\"meta-type\":\"array\",\"element-type\":\"V\"},"
    "{\"name\":\"[A]\",\"meta-type\":\"array\",\"element-type\":\"A\"},"
    "{\"name\":\"null\",\"meta-type\":\"builtin\",\"json-type\":\"null\"},"
    "{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"},"
    "{\"name\":\"bool\",\"meta-type\":\"builtin\",\"json-type\":\"boolean\"}]";

/* What refers to itself in every way, to nothing, or is no type. */
static const char nonsense[] =
    "[{\"name\":\"c\",\"meta-type\":\"command\",\"arg-type\":\"O\",\"ret-type\":\"O\"},"
    "{\"name\":\"O\",\"meta-type\":\"object\",\"tag\":\"a\",\"members\":["
    "{\"name\":\"a\",\"type\":\"A\"},{\"name\":\"a.a\",\"type\":\"A\"},"
    "{\"name\":\"l\",\"type\":\"L\"},{\"name\":\"x\",\"type\":\"gone\"},{\"name\":7},{},"
    "{\"name\":\"y\",\"type\":[1]},{\"type\":\"O\"}],"
    "\"variants\":[{\"case\":\"a\",\"type\":\"O\"},{\"case\":\"a\",\"type\":\"A\"}]},"
    "{\"name\":\"A\",\"meta-type\":\"alternate\",\"members\":["
    "{\"type\":\"A\"},{\"type\":\"O\"},{\"type\":\"O\"},{\"type\":\"A\"},{\"type\":\"L\"}]},"
    "{\"name\":\"L\",\"meta-type\":\"array\",\"element-type\":\"A\"}]";

static struct schema *schema_from(const char *reply)
{
    struct error error = {0};
    struct schema *schema = schema_of_reply((struct slice){reply, strlen(reply)}, &error);

    if (!schema) {
        printf("Bail out! the schema: %s\n", error.message);
        exit(99);
    }
    return schema;
}

/* The candidates with a blank between, those of the word behind the words before. */
static char *offer(struct schema *schema, const char *line)
{
    AUTO_STRINGS struct strings given = {0};
    AUTO_CANDIDATES struct candidates candidates = {0};
    AUTO_TEXT struct text text = TEXT_EMPTY;
    AUTO_FREE char *copy = xstrdup(line);
    struct error ignored = {0};
    char *at = copy, *word = copy, *equals;
    struct members members = {.schema = schema, .given = &given, .before = ""};

    while ((at = strchr(at, ' '))) {
        *at++ = '\0';
        strings_add(&given, word);
        word = at;
    }
    members.type = json_get(schema_find(schema, "c", &ignored), "arg-type");
    members.candidates = &candidates;
    candidates.word = word;
    equals = strchr(word, '=');
    if (equals) {
        AUTO_FREE char *before = xstrndup(word, (size_t)(equals - word) + 1);
        bool as_json = equals > word && equals[-1] == ':';
        AUTO_FREE char *key = xstrndup(word, (size_t)(equals - word) - (as_json ? 1 : 0));

        members.before = before;
        members_add_values(&members, key, as_json);
    } else {
        members_add_names(&members, word);
    }
    for (size_t i = 0; i < candidates.count; i++)
        text_printf(&text, "%s%s", i ? " " : "", candidates.item[i].word);
    return text_take(&text);
}

static void test_sense(void)
{
    static const struct {
        const char *line;
        const char *offered;
    } cases[] = {
        {"", "need= sub. opt= ref= ref. names= kinds= list. refs= refs. null= sse4.1= old="},
        {"n", "need= names= null="},
        {"need=x ", "sub. opt= ref= ref. names= kinds= list. refs= refs. null= sse4.1= old="},
        {"need:=1 n", "names= null="},
        {"names=a n", "need= names= null="},
        {"names:=[] n", "need= names= null="},
        {"need", "need="},
        {"need.", ""},
        {"sub", "sub."},
        {"sub.", "sub.type="},
        {"sub.t", "sub.type="},
        {"sub.type=inet sub.", "sub.host="},
        {"sub.type=inet s", "sub. sse4.1="},
        {"sub.type=unix sub.", "sub.path= sub.abstract="},
        {"sub.type=unix sub.path=x sub.", "sub.abstract="},
        {"sub.type=none sub.", ""},
        {"sub:={} s", "sse4.1="},
        {"sub:={} sub.", ""},
        {"ref=x re", "refs= refs."},
        {"ref.need=x re", "ref. refs= refs."},
        {"ref.", "ref.need= ref.sub. ref.opt= ref.ref= ref.ref. ref.names= ref.kinds= ref.list. "
                 "ref.refs= ref.refs. ref.null= ref.sse4.1= ref.old="},
        {"ref.ref.sub.type=inet ref.ref.sub.", "ref.ref.sub.host="},
        {"ref.sub.type=inet sub.", "sub.type="},
        {"list.", "list.0."},
        {"list.0", "list.0."},
        {"list.0.", "list.0.type="},
        {"list.0.type=inet list.", "list.0. list.1."},
        {"list.0.type=inet list.0.", "list.0.host="},
        {"list.0.type=inet list.1.", "list.1.type="},
        {"list.0.type=inet list.1.type=unix list.1.", "list.1.path= list.1.abstract="},
        {"list.99999999999999999999.type=inet list.", "list.0."},
        {"names.", "names.0="},
        {"names.0=a names.", "names.1="},
        {"refs.", "refs.0. refs.0="},
        {"sse", "sse4.1="},
        {"sse4.", "sse4.1="},
        {"sse4.1=", "sse4.1=on sse4.1=off"},
        {"opt=", "opt=on opt=off"},
        {"opt=o", "opt=on opt=off"},
        {"opt=of", "opt=off"},
        {"opt:=", "opt:=true opt:=false"},
        {"need=", ""},
        {"sub.type=", "sub.type=inet sub.type=unix"},
        {"sub.type:=", "sub.type:=\"inet\" sub.type:=\"unix\""},
        {"kinds=", "kinds=inet kinds=unix"},
        {"kinds.0=u", "kinds.0=unix"},
        {"kinds:=", ""},
        {"list.3.type=i", "list.3.type=inet"},
        {"null=", "null=inet null=unix"},
        {"null:=n", "null:=null"},
        {"ref.opt=", "ref.opt=on ref.opt=off"},
        {"sub.type=unix sub.abstract=", "sub.abstract=on sub.abstract=off"},
        {"sub.abstract=", ""},
        {"gone=", ""},
        {".", ""},
        {"..", ""},
        {"=", ""},
    };
    AUTO_SCHEMA struct schema *schema = schema_from(sense);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_FREE char *got = offer(schema, cases[i].line);

        fold(strcmp(got, cases[i].offered) == 0, "'%s': '%s'", cases[i].line, got);
    }
    folded("names and values");
}

static void test_around(void)
{
    AUTO_SCHEMA struct schema *schema = schema_from(sense);
    AUTO_STRINGS struct strings given = {0}, implied = {0}, hidden = {0};
    AUTO_CANDIDATES struct candidates candidates = {.word = "--x=sub."};
    struct members members = {schema, NULL, &given, &implied, &hidden, "--x=", &candidates, false};
    struct error ignored = {0};

    members.type = json_get(schema_find(schema, "c", &ignored), "arg-type");
    strings_add(&implied, "sub.type=unix");
    strings_add(&hidden, "sub.path");
    members_add_names(&members, "sub.");
    is_int((intmax_t)candidates.count, 2,
        "what is implied chooses the variant; what is hidden is not there");
    is_string(candidates.item[0].word, "--x=sub.type=", "what stands before is kept");
    is_string(candidates.item[0].meaning, "one of inet, unix, unix unless given",
        "what holds unless it is given is not mandatory");
    ok(candidates.item[0].part, "a name is a part");
    is_string(candidates.item[1].meaning, "on or off, optional", "an optional one");
}

static void test_nonsense(void)
{
    AUTO_SCHEMA struct schema *schema = schema_from(nonsense);
    AUTO_TEXT struct text deep = TEXT_EMPTY;

    for (int i = 0; i < 2000; i++)
        text_add_string(&deep, "a.");
    for (int i = 0; i < 6; i++) {
        static const char *const ends[] = {"", "a", "a=", "l.0.", "x.", "y="};
        AUTO_FREE char *one = offer(schema, ends[i]);
        AUTO_FREE char *line = xasprintf("%.126s%s", text_string(&deep), ends[i]);
        AUTO_FREE char *two = offer(schema, line);
        AUTO_FREE char *longest = xasprintf("a=a %s%s", text_string(&deep), ends[i]);
        AUTO_FREE char *three = offer(schema, longest);

        fold(one && two && three, "%s", ends[i]);
    }
    folded("a schema that is nonsense comes to an end");
}

int main(void)
{
    test_sense();
    test_around();
    test_nonsense();
    return done_testing();
}
