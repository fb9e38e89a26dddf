/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/topics.h"

#include "app/help.h"

#include <string.h>

const struct term topic_statuses[] = {
    {"0", "done; for a question: yes"},
    {"1", "refused: QEMU answered with an error"},
    {"2", "usage: wrong words; nothing was sent that changes the VM"},
    {"3", "connect: no connection, no greeting (and who holds the monitor), no negotiation"},
    {"4", "timeout: no reply, or no outcome, in time; the outcome is open"},
    {"5", "protocol: the connection broke, or what came is not QMP"},
    {"6", "unsupported: this QEMU lacks a command, member or device that is needed"},
    {"7", "failed: it ran and failed, such as an unplug that the guest refused"},
    {"8", "local: a file, device, permission or memory on this side"},
    {"9", "partial: several VMs, and some failed"},
    {"10", "no: a question was answered no"},
    {"129, 130, 141, 143",
        "interrupted by SIGHUP, SIGINT, a closed pipe on stdout (quietly), SIGTERM; after undoing"},
    {NULL, NULL},
};

/* qmpbox-address */

static const struct topic_section address_sections[] = {
    {NULL,
        "An ADDRESS names a QMP monitor: what -s takes, and every other word that stands for a VM "
        "(both words of compare, --dest of migrate). With --qga, and for --quiesce of "
        "blockdev-backup, it names the channel of a guest agent in the same way.\n\n"
        "-s may stand before or behind the subcommand. Where it is missing $QMPBOX_SOCKET names "
        "the "
        "monitor; an empty one counts as none. Where a subcommand has a word of its own for the VM "
        "(the first of compare, when there are two) that word is used instead, and -s beside it is "
        "refused.",
        help_addresses, NULL},
    {"Which of them a word is",
        "A word that begins with unix:, @, fd:, tcp: or pid: is what these say. One that begins "
        "with / or . is a path. Any other word is a path when it names a socket that exists, also "
        "one that looks like HOST:PORT or is called as a VM is; else it is HOST:PORT when it looks "
        "like that; else it is the name of a VM of this host; else it is the path of a file that "
        "is there, and connecting says that it is no socket. unix:PATH, tcp:HOST:PORT and pid:N "
        "never mean anything else, whatever is in the folder: scripts use them, or a whole "
        "path.\n\n"
        "A word that is none of these, and a path where nothing is, is status 3: the words are "
        "right, but nobody is there. A port that is no number from 1 to 65535 after tcp:, an "
        "abstract name of more than 107 bytes, pid: without a number and an empty address are "
        "status 2.\n\n"
        "An ADDRESS with * or ? in it that is no file's name is a pattern for several VMs, which "
        "this version refuses.",
        NULL, NULL},
    {"The VMs of this host",
        "NAME is the name that QEMU was given (-name), pid:N the process, or one of its threads. "
        "They are looked for in /proc, among the QEMU processes that this user may see; nobody is "
        "asked. The address of the monitor is the one of the command line, in the mount name space "
        "of that process. Of several monitors a unix socket goes before an abstract one, that "
        "before TCP, and one that nobody is seen to hold before one that is held.\n\n"
        "Several VMs of one name are status 2, and the error names their processes. A VM without a "
        "monitor, or with none that can be connected to from here, is status 3. So is a unix "
        "socket at which another QEMU has taken the place of the one that was meant.",
        NULL, NULL},
    {"Unix sockets",
        "The kernel's own limit for a path is 107 bytes. A longer one works too: it is opened "
        "first, and connected to by the name that /proc gives to what is open. Symbolic links are "
        "followed.\n\n"
        "When the queue of a socket is full, since others wait there too, it is knocked at again "
        "until the time for connecting is over. A socket file at which nobody listens is what a "
        "QEMU leaves that has been killed, and the error says so.\n\n"
        "@NAME is the name without a file, which a program on this host and in this network name "
        "space can connect to, whoever it is: a monitor is better a file, whose mode says who "
        "may.",
        NULL, NULL},
    {"TCP",
        "HOST is a name, an IPv4 address, or an IPv6 address in brackets: tcp:[::1]:4444. All "
        "addresses of a name are tried, in the order in which the resolver gives them. Finding "
        "the name counts as connecting: when it takes too long it is given up.\n\n"
        "QMP knows no password and is not encrypted: whoever reaches the port may do what QEMU "
        "may. The monitor of another host is better a file there that is brought here by ssh -L.",
        NULL, NULL},
    {"Inherited descriptors",
        "fd:N is for a program that has connected already, or that has made a pair of sockets and "
        "given QEMU the other end. It is closed when qmpbox starts another program (--run); its "
        "flags, which others may share, are "
        "left alone.",
        NULL, NULL},
    {"Who holds a monitor",
        "A monitor serves one client at a time. QEMU accepts the connection of a second one only "
        "when the first has left, and the greeting does not come: after 5 seconds (or the time of "
        "--timeout or --reply-timeout, if that is less) it is given up, status 3. The error names "
        "who holds it, as the kernel knows for a unix socket on this host: the program and its "
        "process id. Another user's process is named to root only. Where libvirt holds it "
        "the error says how to go through libvirt.\n\n"
        "Nothing is known of a client over TCP or in another network name space. Then the error "
        "says what may be the reason: it is busy or stopped, another client holds it, or it is no "
        "QMP monitor. A guest agent is told by --qga, since it greets nobody.\n\n"
        "A QEMU can have several monitors: -qmp unix:PATH,server=on,wait=off may be given more "
        "than once. One for people beside the one of a manager saves the waiting.",
        NULL, NULL},
    {0},
};

static const struct example address_examples[] = {
    {"-s /run/vm.qmp status", "a path"},
    {"-s @vm.qmp status", "a name without a file"},
    {"-s tcp:127.0.0.1:4445 status", "a port"},
    {"-s fd:5 status 5<>/dev/tcp/127.0.0.1/4445", "a connection that the shell has made"},
    {"-s web1 status", "a VM of this host, by its name"},
    {"status -s unix:vm.qmp", "a path in this folder, whatever else it looks like"},
    {NULL, NULL},
};

/* qmpbox-words */

static const struct term word_forms[] = {
    {"KEY=VALUE", "the member KEY, of the type that QEMU says it has"},
    {"KEY:=JSON", "the member KEY as this JSON value: tls-creds:=null, size:=1048576, arg:='[]'"},
    {"KEY=@FILE",
        "the whole contents of a file, a last newline too, as VALUE; @- is standard input. It must "
        "be UTF-8 and may have 16 MiB"},
    {"KEY=@fd:NAME",
        "the name of a descriptor that --pass-fd or --open gives and that is sent with getfd"},
    {"KEY=@fdset:NAME", "the same by add-fd: /dev/fdset/N, which stands where QEMU wants a path"},
    {"VALUE",
        "a bare word: the mandatory member of a command that has one (blockdev-del d1); of one "
        "that "
        "has several, each bare word the next that no KEY gives, in the order of the schema "
        "(set_link "
        "n1 off, qom-get /machine type). It may stand anywhere (device_add virtio-net-pci id=n1)"},
    {"'{...}'",
        "instead of all words: the whole object as JSON, whose members are checked as those of "
        "words are"},
    {"-", "instead of all words: the same, read from standard input"},
    {NULL, NULL},
};

static const struct term value_types[] = {
    {"string", "the VALUE as it is, also an empty one: node-name=1 is the string 1"},
    {"integer",
        "decimal, or hexadecimal with 0x, from -2^63 to 2^64-1; behind it may stand K, M, G, T, P "
        "or E (or k, m...), or KiB to EiB, which are powers of 1024: size=20G. KB to EB are "
        "refused, since they mean two things, and so are fractions (write 1536M)"},
    {"number", "a JSON number: 0.5, 1e-3"},
    {"boolean", "true, on, yes, or false, off, no"},
    {"enum",
        "one of the values that this QEMU lists, written as it writes them. One that it marks as "
        "deprecated or unstable is noted, as members and commands are"},
    {"object", "its members, by dots: file.driver=file file.filename=a.img; or KEY:='{...}'"},
    {"list",
        "its places, by numbers from 0 on and in order: server.0.host=a server.0.port=1. KEY=VALUE "
        "without a number is the next place, so that a repeated key extends the list. KEY:='[...]' "
        "gives all of it, to which others may add"},
    {"alternate",
        "what may be of several types: a string (or enum) if it may be one, else a number, else a "
        "boolean. With dots it is the object or the list that it may be: file=n1 names a node, "
        "file.driver=file describes one. Another branch is chosen by KEY:=JSON (backing:=null)"},
    {"any",
        "what QEMU gives no type for, such as value of qom-set: a string, or with dots objects and "
        "lists of strings. A number or boolean is KEY:=JSON there (value:=4, value:=true)"},
    {NULL, NULL},
};

static const struct term given_ids[] = {
    {"ID, ID-file", "the block node of the disk ID, and that of its file"},
    {"ID-s1, ID-s1-file", "the first overlay that blockdev-snapshot --new puts on it; then ID-s2"},
    {"ID-net", "the network backend of the NIC ID"},
    {"qmpbox:ID", "the opaque of the fdset by which a file of ID was passed"},
    {"commit-NODE, stream-NODE, mirror-NODE, backup-NODE", "a job, unless job-id= says otherwise"},
    {"DRIVER-1, DRIVER-2", "a device of hotplug-device without id="},
    {NULL, NULL},
};

static const struct topic_section words_sections[] = {
    {NULL,
        "KEY=VALUE are QEMU's words: what stands behind the name of a QMP command, or of a "
        "subcommand that stands for one, are the members of its arguments. qmpbox asks the QEMU at "
        "the other end which members there are and of what types (query-qmp-schema, and for "
        "device_add what the device has as properties). The type decides what a VALUE means, never "
        "its looks. Everything is checked before the command is sent.\n\n"
        "qmpbox schema NAME, or NAME --help, says what a command takes.",
        word_forms, NULL},
    {"Keys",
        "A word is split at its first =, so that a VALUE may have more of them; at := where a "
        "colon stands before it. A member that exists as it is written wins, which matters for "
        "properties of devices that have dots (sse4.1=on). Else the key is taken apart at its "
        "dots, each naming a member of what stands before it, or a place of a list. A key has at "
        "most 64 dots and 4096 bytes, a list at most 65536 places.\n\n"
        "The order of the words does not matter, except that the places of a list come in their "
        "order. A member that says which variant an object is (driver of blockdev-add) may stand "
        "behind those that the variant has. A member that is given twice is refused, but for a "
        "list. KEY:='{...}' and KEY.NAME=VALUE may be given together.",
        NULL, NULL},
    {"Values by their types", "The types are those of QEMU's schema.", value_types,
        "A VALUE that begins with @ is KEY:='\"@x\"'; a file that is called fd:x is @./fd:x. What "
        "comes from a file or from standard input is a VALUE like any other, of the type of its "
        "member: it is not searched for @ again.\n\n"
        "JSON is taken strictly: UTF-8, no key twice, at most 1024 levels, no integer that does "
        "not fit into 64 bits and no number that is too large for a double. Numbers go to QEMU "
        "digit for digit."},
    {"Descriptors",
        "exec, and any command of QEMU that is a subcommand, pass descriptors to QEMU. --pass-fd "
        "NAME=N passes one that was inherited; --open NAME[:ro|:rw|:wo][:direct]=PATH opens a file "
        "here, with the rights of who runs qmpbox, to read and write unless said; wo makes it when "
        "it is not there. "
        "A NAME begins with a letter; letters, digits, - . _ follow.\n\n"
        "In a value @fd:NAME and @fdset:NAME stand for what QEMU calls it. A descriptor that no "
        "value names rides on the command itself, which is right for getfd and add-fd; one at most "
        "can. Behind the command the names and sets that it has not taken are taken back.",
        NULL, NULL},
    {"Names that are given away",
        "Subcommands that make several things name them so that a second run, or a person, finds "
        "the parts, and so that leftovers knows what is its own:",
        given_ids, NULL},
    {"Errors",
        "A name, type or value that is wrong, a member that is missing and a command that does not "
        "exist are status 2. The nearest right one is named where there is one near, else those "
        "that there are, or the type that is expected. A command that only other QEMUs have is "
        "status 6. A FILE that cannot be read is status 8. Nothing has been sent then but "
        "questions.\n\n"
        "What the schema does not say QEMU judges itself, and its refusal is status 1: the ranges "
        "of integers, names of nodes and devices, what goes with what. The value of a secret is "
        "*** in errors, in --verbose and in --log.\n\n"
        "A peer without a schema, such as a guest agent, is given strings for KEY=VALUE, "
        "unchecked: "
        "everything else is KEY:=JSON there.",
        NULL, NULL},
    {0},
};

static const struct example words_examples[] = {
    {"-s /run/vm.qmp blockdev-add driver=null-co node-name=n1 size=20G read-zeroes=on",
        "a size, a boolean, an enum and a string"},
    {"-s /run/vm.qmp blockdev-add driver=raw node-name=w1 file.driver=file "
     "file.filename=/srv/disk.img cache.direct=off",
        "members of members"},
    {"-s /run/vm.qmp blockdev-add driver=raw node-name=w2 file=n1 read-only=on",
        "an alternate: the name of a node instead of its description"},
    {"-s /run/vm.qmp blockdev-add driver=quorum node-name=q1 vote-threshold=1 children=w2 "
     "children.1.driver=null-co children.1.size=20G",
        "a list: a name, then a description"},
    {"-s /run/vm.qmp blockdev-del q1", "one bare word"},
    {"-s /run/vm.qmp object-add qom-type=secret id=sec1 data=@key.txt", "from a file"},
    {"-s /run/vm.qmp object-add qom-type=iothread id=io1 poll-max-ns:=32768", "JSON"},
    {"-s /run/vm.qmp qom-set path=/objects/io1 property=poll-grow value:=2",
        "JSON where QEMU says no type"},
    {"-s /run/vm.qmp object-del - <<<'{\"id\":\"io1\"}'", "the whole object, from standard input"},
    {"-s /run/vm.qmp blockdev-add driver=file node-name=p1 read-only=on filename=@fdset:p "
     "--open p:ro=disk.img",
        "a file that is opened here"},
    {NULL, NULL},
};

/* qmpbox-json */

static const struct term own_documents[] = {
    {"block-commit, block-stream, blockdev-mirror, blockdev-backup, job-wait",
        "{\"jobs\":[{\"id\":...,\"type\":...,\"status\":...}]}, and as far as they apply device, "
        "root (the node on which the disk is now), removed and left, lists of what was and was not "
        "taken away"},
    {"block_set_io_throttle", "{\"id\":...,\"throttle\":{...}}: QEMU's members that are set"},
    {"blockdev-snapshot",
        "{\"device\":...,\"node\":...,\"overlay\":...,\"file\":...,\"format\":...,"
        "\"backing-file\":...}"},
    {"check-device", "{\"type\":...,\"found\":...,\"properties\":[...]}"},
    {"compare", "{\"differences\":[{\"what\":...,\"a\":...,\"b\":...,\"hinders\":...,\"why\":...}],"
                "\"migratable\":...}; with --all also equal, a list of what and value"},
    {"cpus --pids", "[...]: the ids of the threads"},
    {"hotplug-device, hotplug-disk, hotplug-nic",
        "{\"id\":...,\"driver\":...,\"bus\":...,\"addr\":...}; a disk adds node, file-node, file, "
        "format and read-only, a NIC netdev, type or else tap, bridge, queues and vhost, and mac "
        "and link-down"},
    {"info",
        "{\"address\":...,\"version\":...,\"package\":...,\"capabilities\":[...],\"name\":...,"
        "\"status\":...,\"commands\":N}; with --has {\"NAME\":true,...}; of a guest agent address, "
        "version, commands and disabled"},
    {"leftovers",
        "{\"leftovers\":[{\"kind\":...,\"name\":...,\"ours\":...,\"used\":...,\"what\":...,"
        "\"why\":...}]}; with --clean also removed and left"},
    {"machine", "{\"type\":...,\"accelerator\":...,\"target\":...,\"cpus\":...,\"max-cpus\":...,"
                "\"topology\":{...},\"sev\":{...},\"sev-capabilities\":...}"},
    {"memory", "{\"base\":...,\"plugged\":...,\"maximum\":...,\"slots\":...,\"devices\":[...],"
               "\"backends\":[...]}, in bytes"},
    {"migrate, migrate-incoming",
        "{\"status\":...,\"transferred\":...,\"total-time\":...,\"downtime\":...,\"to\":...,"
        "\"destination\":...,\"confirmed\":...}, bytes and milliseconds; migrate-incoming gives "
        "status, the run state that followed"},
    {"migrate-cancel",
        "{\"cancelled\":...,\"migration\":...,\"status\":...}, with error-desc where QEMU gives "
        "one"},
    {"migrate-set", "{\"NAME\":VALUE,...}: what was set"},
    {"qom-tree",
        "{\"name\":...,\"path\":...,\"type\":...,\"properties\":[...],\"children\":[...]}"},
    {"query-pci --free-slot", "{\"bus\":...,\"addr\":...}; with --has and --has-slot "
                              "{\"present\":...}"},
    {"ringbuf-read",
        "{\"data\":...,\"encoding\":\"utf-8\"}, or base64 when the bytes are no UTF-8"},
    {"schema",
        "[{\"name\":...,\"meta-type\":...}], of one NAME name, meta-type, features, arguments and "
        "returns; with --grep also members"},
    {"unplug-device, unplug-disk, unplug-nic",
        "{\"id\":...,\"removed\":[...]}, and left where something is"},
    {"wait",
        "{\"condition\":...}: status with status; job with job and status; device-gone with device "
        "and was-there; event with event; disconnect with shutdown, reason and guest"},
    {NULL, NULL},
};

static const struct term error_members[] = {
    {"kind", "the word of the exit status, below"},
    {"message", "the sentence that people get, without the name of the subcommand"},
    {"class, desc, command",
        "the class and description that QEMU gave, as they came, and the QMP command that it gave "
        "them for; only where it did. A command that gave no answer in time is named too"},
    {"undone", "the parts that the operation had made and has taken away again"},
    {"left", "those that are still in the VM, or could not be put back, with the reason"},
    {NULL, NULL},
};

static const struct term progress_members[] = {
    {"what, type", "the id of the job (or what else runs), and what it does: commit, migration..."},
    {"status, detail", "QEMU's word for where it stands; more that is worth a look"},
    {"current, total", "how far it is, of how much, which may change on the way"},
    {"bytes-per-second, per-second",
        "the speed over the last seconds, of bytes or of what else is counted"},
    {"seconds-left", "at that speed"},
    {"ended", "true in the last document of each"},
    {NULL, NULL},
};

static const struct topic_section json_sections[] = {
    {NULL,
        "With --json (-j) stdout is exactly one JSON document and a newline, whatever the "
        "subcommand (but for followers, below), and every line of stderr is a document. Nothing is "
        "on stdout until the result is whole, and what failed prints nothing there, with one "
        "exception: a question that is answered no (status 10) has its document too. --help and "
        "--man are text in any case; --list and --version are documents.\n\n"
        "A document has no blanks and no newline within, and is UTF-8.",
        NULL, NULL},
    {"What QEMU says",
        "A command of QEMU that is passed through (exec, and any that is no subcommand of its own) "
        "and every query- subcommand that has no question of its own give what stood in QMP's "
        "return, as it came: the same members in the same order, and the same digits. So do "
        "status, pause, resume, cpus, cpu-model, hmp and transaction. A command that returns "
        "nothing gives {}. query-block with an ID gives a list that holds that entry alone.\n\n"
        "exec - prints QEMU's whole answers, {\"return\":...} or {\"error\":...} with the id that "
        "its command had, one a line, with or without --json.",
        NULL, NULL},
    {"Followers",
        "events, ringbuf-read --follow and query-blockstats --watch print one document a line, "
        "each as soon as it is there. An event is as it came, with its timestamp; one that qmpbox "
        "makes itself is the SHUTDOWN with reason disconnect when a connection breaks without "
        "one.\n\n"
        "--dry-run prints one document a line too, with or without --json, for each message that "
        "would be sent: {\"message\":...}, with descriptor (what is passed with it), inverse (the "
        "message that would undo it) and socket (where another VM gets it).",
        NULL, NULL},
    {"Documents of our own",
        "The names of their members are words with '-' between them. Others may be added in time; "
        "those that are there stay.",
        own_documents, NULL},
    {"Errors",
        "The last line of stderr of a run that failed is {\"error\":{...}}; only a closed pipe on "
        "stdout says nothing. Its members:",
        error_members, NULL},
    {"Notes and progress",
        "{\"note\":\"...\"} is a sentence that a person should know; -q leaves them out. Programs "
        "should not look into them.\n\n"
        "{\"progress\":{...}} comes only with --progress plain (or bar): one document in a second "
        "of each thing that is watched, and one at its end. What is not known is left out.",
        progress_members,
        "With --verbose every message is {\"sent\":...} or {\"received\":...}, secrets left out."},
    {"Exit statuses and kinds", "The first word of each is its kind:", topic_statuses, NULL},
    {"Numbers",
        "Integers are exact in both directions: all from -2^63 to 2^64-1 come out digit for digit. "
        "A program that reads them with doubles (jq before 1.7, JavaScript) rounds those above "
        "2^53 itself. Other numbers have the digits that QEMU sent. One that has overflowed inside "
        "QEMU (inf), which is no JSON, is printed as 1e999.",
        NULL, NULL},
    {0},
};

static const struct example json_examples[] = {
    {"-s /run/vm.qmp status --json | jq -r .status", "one member of a result"},
    {"-s /run/vm.qmp info --has blockdev-add blockdev-create --json", "the answer to a question"},
    {"-s /run/vm.qmp query-named-block-nodes --json | jq -c '.[] | [.\"node-name\", .drv]'",
        "QEMU's own answer"},
    {"-s /run/vm.qmp block-commit d1 --json --progress plain 2>commit.log",
        "progress and errors as documents into a file, the result onto stdout"},
    {NULL, NULL},
};

const struct topic topics[] = {
    {"address", "how qmpbox is told which monitor is meant", address_sections, address_examples},
    {"json", "what qmpbox prints with --json", json_sections, json_examples},
    {"words", "KEY=VALUE: the members of a QMP command as words", words_sections, words_examples},
    {NULL, NULL, NULL, NULL},
};

const struct topic *topic_find(const char *name)
{
    for (const struct topic *topic = topics; topic->name; topic++)
        if (strcmp(topic->name, name) == 0)
            return topic;
    return NULL;
}
