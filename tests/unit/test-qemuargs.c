/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines of QEMUs and storage daemons: the VM's name and its monitors. */
#include "qmp/qemuargs.h"
#include "tap.h"

static void add_monitor(struct text *text, const struct qemu_chardev *monitor)
{
    if (monitor->place == QEMU_PATH)
        text_printf(text, " path:%s", monitor->path);
    else if (monitor->place == QEMU_ABSTRACT)
        text_printf(text, " abstract:%s", monitor->path);
    else if (monitor->place == QEMU_TCP)
        text_printf(text, " tcp:%s|%s", monitor->host, monitor->port);
    else if (monitor->place == QEMU_FD)
        text_printf(text, " fd:%d", monitor->fd);
    else
        text_add_string(text, " elsewhere");
}

/* "NAME: MONITOR..." of a block of words; config is the contents of its -readconfig, or NULL. */
static char *understood(bool daemon, const char *block, size_t length, const char *config)
{
    AUTO_QEMU_ARGS struct qemu_args args = {.storage_daemon = daemon};
    struct text text = TEXT_EMPTY;

    qemu_args_read(&args, block, length);
    for (size_t i = 0; config && i < args.configs.count; i++)
        qemu_args_config(&args, config, strlen(config));
    qemu_args_settle(&args);
    text_printf(&text, "%s:", args.name ? args.name : "-");
    for (size_t i = 0; i < args.monitors.count; i++)
        add_monitor(&text, &args.monitors.item[i]);
    return text_take(&text);
}

/* The words stand between '|', the first is the program. */
static void check(const char *what, bool daemon, const char *words, const char *expected)
{
    AUTO_FREE char *block = xstrdup(words);
    size_t length = strlen(block) + 1;

    for (char *at = block; *at; at++)
        if (*at == '|')
            *at = '\0';
    is_owned(understood(daemon, block, length, NULL), expected, "%s", what);
}

static void system_is(const char *what, const char *words, const char *expected)
{
    check(what, false, words, expected);
}

static void test_names(void)
{
    system_is("no words but the program", "qemu", "-:");
    system_is("a name", "qemu|-name|vm", "vm:");
    system_is("a name with a key", "qemu|-name|guest=vm,debug-threads=on,process=x", "vm:");
    system_is("a name, and what follows", "qemu|-name|vm,debug-threads=on", "vm:");
    system_is("a comma in a name", "qemu|-name|a,,b,process=x", "a,b:");
    system_is("a comma at its end", "qemu|-name|a,,", "a,:");
    system_is("many commas", "qemu|-name|a,,,,b", "a,,b:");
    system_is("a name with two dashes", "qemu|--name|vm", "vm:");
    system_is("the last one holds", "qemu|-name|a|-name|b", "b:");
    system_is("an empty one is none", "qemu|-name|", "-:");
    system_is("one of only other keys is none", "qemu|-name|process=x", "-:");
    system_is("blanks and control characters stay", "qemu|-name|a b\t\x1b[1m", "a b\t\x1b[1m:");
    system_is("the program is no option", "-name|-name|vm", "vm:");
    system_is("a name that looks like an option", "qemu|-name|-qmp|-qmp|unix:/a,server=on",
        "-qmp: path:/a");
    system_is("the guest's kernel has words of its own", "qemu|-append|-name|-name|vm", "vm:");
}

static void test_qmp(void)
{
    system_is("-qmp", "qemu|-qmp|unix:/run/a,server=on,wait=off", "-: path:/run/a");
    system_is("-qmp-pretty", "qemu|-qmp-pretty|unix:/run/a,server=on", "-: path:/run/a");
    system_is("--qmp", "qemu|--qmp|unix:/run/a,server=on", "-: path:/run/a");
    system_is("the old switches", "qemu|-qmp|unix:/run/a,server,nowait", "-: path:/run/a");
    system_is("off by a switch", "qemu|-qmp|unix:/run/a,server,noserver", "-: elsewhere");
    system_is("a comma in a path", "qemu|-qmp|unix:/run/a,,b,server=on", "-: path:/run/a,b");
    system_is("a relative path", "qemu|-qmp|unix:a,server=on", "-: path:a");
    system_is("a client is no server", "qemu|-qmp|unix:/run/a", "-: elsewhere");
    system_is("a client that says so", "qemu|-qmp|unix:/run/a,server=off", "-: elsewhere");
    system_is("abstract", "qemu|-qmp|unix:a,abstract=on,server=on", "-: abstract:a");
    system_is("a padded abstract name", "qemu|-qmp|unix:a,abstract=on,tight=off,server=on",
        "-: elsewhere");
    system_is("TCP", "qemu|-qmp|tcp:localhost:4444,server=on,wait=off", "-: tcp:localhost|4444");
    system_is("TCP anywhere", "qemu|-qmp|tcp::4444,server=on", "-: tcp:|4444");
    system_is("TCP, IPv6", "qemu|-qmp|tcp:[::1]:4444,server=on", "-: tcp:::1|4444");
    system_is("TCP as a client", "qemu|-qmp|tcp:localhost:4444", "-: elsewhere");
    system_is("TCP at any free port", "qemu|-qmp|tcp::0,server=on", "-: elsewhere");
    system_is("TCP past all ports", "qemu|-qmp|tcp::65536,server=on", "-: elsewhere");
    system_is("TCP at one of many", "qemu|-qmp|tcp::4444,to=4450,server=on", "-: elsewhere");
    system_is("TCP at a port with a name", "qemu|-qmp|tcp::http,server=on", "-: elsewhere");
    system_is("TCP without a port", "qemu|-qmp|tcp:,server=on", "-: elsewhere");
    system_is("telnet", "qemu|-qmp|telnet:localhost:4444,server=on", "-: elsewhere");
    system_is("TCP with telnet", "qemu|-qmp|tcp::4444,server=on,telnet=on", "-: elsewhere");
    system_is("stdio", "qemu|-qmp|stdio", "-: elsewhere");
    system_is("-monitor is for people", "qemu|-monitor|unix:/run/a,server=on", "-:");
    system_is(
        "several", "qemu|-qmp|unix:/a,server=on|-qmp|unix:/b,server=on", "-: path:/a path:/b");
    system_is("the fittest first",
        "qemu|-qmp|stdio|-qmp|tcp::1,server=on|-qmp|unix:a,abstract=on,server=on|-qmp|chardev:c|"
        "-qmp|unix:/b,server=on|-chardev|socket,id=c,fd=3,server=on",
        "-: path:/b fd:3 abstract:a tcp:|1 elsewhere");
    system_is("a word is missing at the end", "qemu|-qmp", "-:");
}

static void test_chardevs(void)
{
    system_is("as libvirt does",
        "qemu|-name|guest=vm,debug-threads=on|-chardev|socket,id=charmonitor,fd=31,server=on,"
        "wait=off|-mon|chardev=charmonitor,id=monitor,mode=control",
        "vm: fd:31");
    system_is("as Proxmox does",
        "/usr/bin/kvm|-id|100|-name|web,debug-threads=on|-no-shutdown|-chardev|socket,id=qmp,path="
        "/var/run/qemu-server/100.qmp,server=on,wait=off|-mon|chardev=qmp,mode=control|-chardev|"
        "socket,id=qmp-event,path=/var/run/qmeventd.sock,reconnect=5|-mon|chardev=qmp-event,mode="
        "control",
        "web: path:/var/run/qemu-server/100.qmp elsewhere");
    system_is("as Ganeti does",
        "/usr/bin/kvm|-name|i1.example.com|-m|128|-monitor|unix:/var/run/ganeti/kvm-hypervisor/"
        "ctrl/i1.example.com.monitor,server,nowait|-qmp|unix:/var/run/ganeti/kvm-hypervisor/ctrl/"
        "i1.example.com.qmp,server,nowait",
        "i1.example.com: path:/var/run/ganeti/kvm-hypervisor/ctrl/i1.example.com.qmp");
    system_is("the chardev may stand behind",
        "qemu|-mon|c,mode=control|-chardev|socket,path=/a,server=on,id=c", "-: path:/a");
    system_is("one of no chardev", "qemu|-mon|chardev=c,mode=control", "-:");
    system_is("a monitor for people", "qemu|-chardev|socket,id=c,path=/a,server=on|-mon|c", "-:");
    system_is("one that says so",
        "qemu|-chardev|socket,id=c,path=/a,server=on|-mon|c,mode=readline", "-:");
    system_is("abstract",
        "qemu|-chardev|socket,id=c,path=a,abstract=on,server=on|-mon|c,mode=control",
        "-: abstract:a");
    system_is("TCP",
        "qemu|-chardev|socket,id=c,host=0.0.0.0,port=4444,server=on|-mon|c,mode=control",
        "-: tcp:0.0.0.0|4444");
    system_is("TLS",
        "qemu|-chardev|socket,id=c,host=h,port=4444,server=on,tls-creds=t|-mon|c,mode=control",
        "-: elsewhere");
    system_is("a chardev that is no socket",
        "qemu|-chardev|pipe,id=c,path=/a,server=on|-mon|c,mode=control", "-: elsewhere");
    system_is("a descriptor that is none",
        "qemu|-chardev|socket,id=c,fd=name,server=on|-mon|c,mode=control", "-: elsewhere");
    system_is("a descriptor past all bounds",
        "qemu|-chardev|socket,id=c,fd=99999999999999999999,server=on|-mon|c,mode=control",
        "-: elsewhere");
    system_is("a chardev without an id", "qemu|-chardev|socket,path=/a,server=on|-mon|c", "-:");
    system_is("as an object",
        "qemu|-object|monitor-qmp,id=m,chardev=c|-chardev|socket,id=c,path=/a,server=on",
        "-: path:/a");
    system_is("as an object in JSON",
        "qemu|-chardev|socket,id=c,path=/a,server=on|-object|{\"qom-type\":\"monitor-qmp\",\"id\":"
        "\"m\",\"chardev\":\"c\"}",
        "-: path:/a");
    system_is("an object for people",
        "qemu|-object|monitor-hmp,id=m,chardev=c|-chardev|socket,id=c,path=/a,server=on", "-:");
    system_is("other objects",
        "qemu|-object|secret,id=s,data=monitor-qmp|-object|{\"id\":1}|-object", "-:");
    system_is("JSON is no chardev's", "qemu|-chardev|{\"id\":\"c\"}|-mon|c,mode=control", "-:");
}

static void test_storage_daemon(void)
{
    check("a storage daemon", true,
        "qsd|--chardev|socket,id=c,path=/a,server=on|--monitor|chardev=c", "-: path:/a");
    check("with an object", true,
        "qsd|--chardev|socket,id=c,path=/a,server=on|--object|monitor-qmp,id=m,chardev=c",
        "-: path:/a");
    check("with equal signs", true, "qsd|--chardev=socket,id=c,path=/a,server=on|--monitor=c",
        "-: path:/a");
    check("and JSON", true,
        "qsd|--chardev|socket,id=c,path=/a,server=on|--monitor|{\"chardev\":\"c\",\"pretty\":true}",
        "-: path:/a");
    check("JSON that is none", true, "qsd|--monitor|{\"chardev\":|--monitor|{}|--monitor|{]", "-:");
    check("it has no name and no -qmp", true, "qsd|--name|x|--qmp|unix:/a,server=on", "-:");
}

static void test_config(void)
{
    static const char words[] = "qemu\0-name\0c1\0-readconfig\0/run/qemu.conf";
    static const struct {
        const char *what, *config, *expected;
    } cases[] = {
        {"as Incus does",
            "# Qemu control\n[chardev \"monitor\"]\nbackend = \"socket\"\n"
            "path = \"/run/incus/c1/qemu.monitor\"\nserver = \"on\"\nwait = \"off\"\n\n"
            "[mon]\nchardev = \"monitor\"\nmode = \"control\"\n",
            "c1: path:/run/incus/c1/qemu.monitor"},
        {"blanks and lines that are none",
            "x\n = \n]\n\n  [chardev \"m\"]  \n\tbackend=\"socket\"\n  path  =  \"/a b,c\"\n"
            "server = \"on\"\nserver\n\"\n[mon \"x\"]\n chardev = \"m\"\n mode = \"control\"",
            "c1: path:/a b,c"},
        {"nothing", "", "c1:"},
        {"brackets that do not close", "[\n[\"\n[chardev \"\n[mon", "c1:"},
        {"a monitor for people",
            "[chardev \"m\"]\nbackend = \"socket\"\npath = \"/a\"\n"
            "server = \"on\"\n[mon]\nchardev = \"m\"\n",
            "c1:"},
        {"a name", "[name]\n guest = \"other\"\n", "other:"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is_owned(understood(false, words, sizeof(words), cases[i].config), cases[i].expected,
            "-readconfig: %s", cases[i].what);
}

/* Whatever stands there, it is read to its end. */
static void test_hostile(void)
{
    static const char alphabet[] = "-name|qmp|chardev|mon|,,=={}\"[]:/unix:tcp:socket,id=c";
    uint64_t state = 88172645463325252ULL;
    static const char flood[] = "-name\0vm\0-qmp\0unix:/a,server=on\0-chardev\0socket,id=x\0"
                                "-mon\0x,mode=control";
    AUTO_TEXT struct text many = TEXT_EMPTY;
    AUTO_FREE char *whole = NULL;

    for (int round = 0; round < 3000; round++) {
        char block[96];
        AUTO_FREE char *said = NULL;
        size_t length;

        for (size_t i = 0; i < sizeof(block); i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            block[i] = state % 5 ? alphabet[state % (sizeof(alphabet) - 1)] : '\0';
            if (block[i] == '|')
                block[i] = '\0';
        }
        length = (size_t)(state % (sizeof(block) + 1));
        {
            /* Of exactly this size, so that a byte too far is noticed. */
            AUTO_FREE char *exact = xcalloc(length ? length : 1, 1);

            memcpy(exact, block, length);
            said = understood(round % 2, exact, length, "[chardev \"c\"]\npath = \"/a\"\n");
        }
        fold(said && strchr(said, ':'), "%s", said);
    }
    folded("random words are read without harm");
    for (int i = 0; i < 5000; i++)
        text_add(&many, flood, sizeof(flood));
    whole = understood(false, many.bytes, many.length, NULL);
    ok(strncmp(whole, "vm: path:/a path:/a ", 20) == 0, "thousands of monitors do no harm");
}

int main(void)
{
    test_names();
    test_qmp();
    test_chardevs();
    test_storage_daemon();
    test_config();
    test_hostile();
    return done_testing();
}
