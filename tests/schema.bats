#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a person types for any command of the QEMU at the other end, typed by that QEMU's schema; the
# schema explained; and the cache that it is kept in.

load helpers

setup() {
	qmpbox_setup
	mkdir "$XDG_CACHE_HOME"
	# The tests look at who may read the files.
	umask 022
}
teardown() { qmpbox_teardown; }

# sent: what went to the monitor in the last logged run, in order.
sent() { sed -n 's/^[^ ]* -> {"exec[^"]*":"\([^"]*\)".*/\1/p' "$T/log" 2>/dev/null | paste -sd ' '; }

# logged ARG...: qb with a log of this run alone.
logged() {
	rm -f "$T/log"
	qb --log "$T/log" "$@"
}

# asks COMMANDS ARG...: the run sends these commands, after the negotiation, and no others; when
# there are none, nothing at all.
asks() {
	logged "${@:2}"
	assert_equal "$(sent)" "${1:+qmp_capabilities $1}"
}

# refuses STDERR ARG...: status 2, one line, and nothing sent but questions.
refuses() {
	logged "${@:2}"
	outcome 2 '' "$1"
	refute_regex "$stderr" $'\n'
	refute_regex "$(sent)" '_add|-add|-del|resize|transaction|throttle'
}

# kept: the one schema in the cache.
kept() {
	local files=("$XDG_CACHE_HOME/qmpbox/schema-"*)
	if ((${#files[@]} != 1)) || [[ ! -e ${files[0]} ]]; then
		fail "not one file: ${files[*]}"
		return 1
	fi
	printf '%s\n' "${files[0]}"
}

# others: how many files there are but those about addresses.
others() { find "$XDG_CACHE_HOME" -type f ! -name 'address-*' | wc -l; }

# count_kept: how many there are.
count_kept() { find "$XDG_CACHE_HOME" -name 'schema-*' | wc -l; }

# negotiated LINE...: a scenario that begins with the negotiation.
negotiated() { printf '%s\n' negotiate "$@"; }

# schema_of REPLY...: a fake whose schema is this, and which does not know anything else.
schema_of() {
	start_fake --connections "${CONNECTIONS-1}" \
		< <(negotiated 'expect query-qmp-schema' "reply $1" 'may-close' "${@:2}" serve)
}

# A schema of one command, x, which takes an object of one member of the type int.
small='[{"name":"x","meta-type":"command","arg-type":"T","ret-type":"E"},{"name":"T","meta-type":"object","members":[{"name":"number","type":"int"}]},{"name":"E","meta-type":"object","members":[]},{"name":"int","meta-type":"builtin","json-type":"int"}]'

# ---------------------------------------------------------------- the raw door

@test "a command that has no file is typed and sent" {
	start_vm --machine none
	qb blockdev-add driver=null-co node-name=n1 size=1M
	outcome 0 '' ''
	vm_ask query-named-block-nodes | jq -e 'any(."node-name" == "n1" and .image."virtual-size" == 1048576)'
	qb --json query-named-block-nodes flat=on
	outcome 0 '~^\[' ''
	assert_json 'any(.[]; ."node-name" == "n1")'
	qb blockdev-del n1
	outcome 0 '' ''
	vm_ask query-named-block-nodes | jq -e 'all(."node-name" != "n1")'
	# What looks like a number is a string where QEMU wants one, and QEMU says what it thinks of it.
	qb blockdev-add driver=null-co node-name=1
	outcome 1 '' "~^qmpbox blockdev-add: Invalid node-name: '1' \(GenericError\)$"
}

@test "- and _ are the same in its name" {
	start_vm --machine none
	qb block_resize node-name=n size=1M
	outcome 1 '' "~^qmpbox block_resize: Cannot find device='' nor node-name='n' \(GenericError\)$"
	logged block-resize node-name=n size=1M
	outcome 1 '' "~^qmpbox block-resize: (block_resize: )?Cannot find device='' nor node-name='n' \(GenericError\)$"
	assert_equal "$(sent)" 'qmp_capabilities block_resize'
	logged query_iothreads
	assert_equal "$status" 0
	assert_equal "$(sent)" 'qmp_capabilities query-iothreads'
	logged exec block-resize node-name=n size=1M
	outcome 1 '' "~^qmpbox exec: block.resize: Cannot find device"
}

@test "a name that is none: the nearest of ours and of QEMU's" {
	start_vm --machine none
	refuses "qmpbox block-resiz: there is no subcommand or command 'block-resiz'; did you mean 'block_resize'?" \
		block-resiz node-name=n
	refuses "qmpbox sttus: there is no subcommand or command 'sttus'; did you mean 'status'?" sttus
	refuses "qmpbox query-blok: there is no subcommand or command 'query-blok'; did you mean 'query-block'?" \
		query-blok
	refuses "qmpbox zzzzzzzz: there is no subcommand or command 'zzzzzzzz'" zzzzzzzz a=1
	# An event is no command.
	refuses '~^qmpbox DEVICE_DELETED: there is no subcommand or command' DEVICE_DELETED
	qb --json block-resiz node-name=n
	output=$stderr
	assert_json '.error.kind == "usage"'
}

@test "a name that other QEMUs know is status 6" {
	start_vm --machine none
	qb block_passwd device=d password=p
	outcome 6 '' "~^qmpbox block_passwd: this QEMU \(7\.2\.[0-9]+\) has no command 'block_passwd'; others have it: 5\.2$"
	qb query-accelerators
	outcome 6 '' "~^qmpbox query-accelerators: this QEMU .* has no command 'query-accelerators'; others have it: 11\.1$"
	qb --json block-passwd device=d password=p
	output=$stderr
	assert_json '.error.kind == "unsupported"'
}

@test "the monitor may be named behind the words" {
	start_vm --machine none
	run --separate-stderr timeout 20 "$QMPBOX" block_resize node-name=n size=1M -s "$S"
	outcome 1 '' '~^qmpbox block_resize: Cannot find device'
	run --separate-stderr env "QMPBOX_SOCKET=$S" timeout 20 "$QMPBOX" block_resize node-name=n siz=1M
	outcome 2 '' "qmpbox block_resize: no member 'siz'; did you mean 'size'?"
	run --separate-stderr env -u QMPBOX_SOCKET timeout 20 "$QMPBOX" block_resize node-name=n size=1M
	outcome 2 '' '~block_resize.*-s ADDRESS'
}

@test "NAME --help explains it" {
	start_vm --machine none
	qb block-resize --help
	outcome 0 '~^block_resize: command' ''
	assert_regex "$output" 'node-name +a string; optional'
	assert_regex "$output" 'size +an integer'
	logged blockdev-del node-name=x -h
	outcome 0 '~^blockdev-del: command' ''
	refute_regex "$(sent)" blockdev-del
	qb block-resiz --help
	outcome 2 '' "~did you mean 'block_resize'"
}

@test "an option that is none is refused, words behind -- are words" {
	start_vm --machine none
	refuses 'qmpbox block_resize: there is no option --hlp; did you mean --help?' block_resize --hlp
	refuses "qmpbox block_resize: size: expected an integer: '--hlp' is not a whole number" block_resize -- --hlp
}

@test "--dry-run prints what would be sent, and sends nothing that changes something" {
	start_vm --machine none
	logged --dry-run blockdev-add driver=null-co node-name=1 size=0x10
	outcome 0 '{"message":{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"1","size":16}}}' ''
	assert_equal "$(sent)" 'qmp_capabilities query-qmp-schema'
	qb --dry-run blockdev-del @x
	outcome 0 '{"message":{"execute":"blockdev-del","arguments":{"node-name":"@x"}}}' ''
	refuses "~did you mean 'size'" --dry-run blockdev-add driver=null-co siz=1
}

@test "-v shows what was sent" {
	start_vm --machine none
	qb -v block_resize device=d size=1M
	outcome 1 '' '~^<- \{"QMP"'
	assert_regex "$stderr" $'\n-> \\{"execute":"block_resize","arguments":\\{"device":"d","size":1048576\\},"id":[0-9]+\\}\n'
}

@test "--json gives the return as it came" {
	start_vm --machine none
	qb --json query-version
	outcome 0 "$(vm_ask query-version)" ''
	qb --json block_resize node-name=n size=1M
	outcome 1 '' '~^\{"error":'
	output=$stderr
	assert_json '.error | .kind == "refused" and .class == "GenericError" and .command == "block_resize"'
	qb --json block_resize node-name=n siz=1M
	output=$stderr
	assert_json '.error | .kind == "usage" and .message == "no member '"'siz'; did you mean 'size'?"'"'
}

@test "a question without words is sent without asking for a schema" {
	start_vm --machine none
	asks query-iothreads --json query-iothreads
	outcome 0 '[]' ''
	# What it refuses is explained afterwards.
	asks 'query-block-dirty query-qmp-schema' query-block-dirty
	outcome 2 '' '~^qmpbox query-block-dirty: there is no subcommand or command'
	rm "$(kept)"
	asks 'query-cpu-model-expansion query-qmp-schema' query-cpu-model-expansion
	outcome 2 '' '~^qmpbox query-cpu-model-expansion: member .* is missing'
}

@test "a missing member, a wrong one, a wrong value" {
	start_vm --machine none
	refuses "qmpbox block_resize: member 'size' is missing: an integer" block_resize node-name=n
	refuses "qmpbox block-commit: no member 'tpo'; did you mean 'top'?" block-commit device=d tpo=x
	refuses "qmpbox block_resize: size: expected an integer: '1GB' is ambiguous: GB may be 1000 or 1024 based, write G or GiB" \
		block_resize node-name=n size=1GB || refuses '~ambiguous' block_resize node-name=n size=1GB
	refuses "qmpbox query-fdsets: no member 'extra'; there are none" query-fdsets extra=1
	refuses "~expected KEY=VALUE, not 'b'" blockdev-del a b
	refuses "qmpbox blockdev-del: member 'node-name' is missing: a string" blockdev-del
	refuses "qmpbox blockdev-add: driver: there is no 'nul-co'; did you mean 'null-co'?" blockdev-add driver=nul-co
}

@test "bare words give the mandatory members, in the order of the schema" {
	start_vm --machine none
	qb qom-get /machine type
	outcome 0 none-machine ''
	qb qom-get property=type /machine
	outcome 0 none-machine ''
	qb --dry-run set_link n1 off
	outcome 0 '{"message":{"execute":"set_link","arguments":{"name":"n1","up":false}}}' ''
	qb --dry-run qom-set /machine value:=1 x
	outcome 0 '{"message":{"execute":"qom-set","arguments":{"path":"/machine","value":1,"property":"x"}}}' ''
	qb object-add iothread i1
	outcome 0 '' ''
	refuses "qmpbox qom-get: member 'property' is missing: a string" qom-get /machine
	refuses "qmpbox set_link: up: expected on or off, not 'down'" set_link n1 down
	refuses "qmpbox qom-get: expected KEY=VALUE, not 'c'" qom-get a b c
	refuses "qmpbox set_password: expected KEY=VALUE, not '***'" set_password vnc hunter2 more
}

@test "one object as JSON, on the command line or from standard input" {
	start_vm --machine none
	qb blockdev-add '{"driver":"null-co","node-name":"n1"}'
	outcome 0 '' ''
	qb blockdev-add - <<<'{"driver":"null-co","node-name":"n2"}'
	outcome 0 '' ''
	assert_equal "$(vm_ask query-named-block-nodes | jq -c '[.[]."node-name"] | sort')" '["n1","n2"]'
	refuses "qmpbox blockdev-add: no member 'siz'; did you mean 'size'?" blockdev-add '{"driver":"null-co","siz":1}'
	refuses "~size: expected an integer, not '\"1\"'" blockdev-add '{"driver":"null-co","size":"1"}'
	refuses "~driver: there is no 'nul-co'" blockdev-add '{"size":1,"node-name":"n","driver":"nul-co"}'
	refuses "qmpbox blockdev-add: member 'driver' is missing: one of .*" blockdev-add '{}' ||
		refuses "~member 'driver' is missing" blockdev-add '{}'
	refuses '~^qmpbox blockdev-add: ' blockdev-add '{"driver":'
	refuses '~^qmpbox blockdev-add: ' blockdev-add '{"driver":"null-co","driver":"raw"}'
	refuses '~^qmpbox blockdev-add: ' blockdev-add '{"driver":"null-co"}' node-name=n
	run --separate-stderr timeout 20 "$QMPBOX" -s "$S" blockdev-add - <<<'[1]'
	outcome 2 '' '~no JSON object'
}

@test "nested members and references" {
	start_vm --machine none
	qb blockdev-add node-name=r file.size=1M file.driver=null-co driver=raw cache.direct=on
	outcome 0 '' ''
	vm_ask query-named-block-nodes | jq -e 'any(."node-name" == "r" and .cache.direct and .drv == "raw")'
	qb blockdev-add driver=raw node-name=s file=r
	outcome 0 '' ''
	refuses "~no member 'file.siz'; did you mean 'file.size'" blockdev-add driver=raw file.driver=null-co file.siz=1
	refuses "~member 'file.driver' is missing" blockdev-add driver=raw file.size=1M
}

@test "deprecated and unstable are noted on stderr, not with -q" {
	local words=(device=d bps=0 bps_rd=0 bps_wr=0 iops=0 iops_rd=0 iops_wr=0)
	start_vm --machine none
	qb exec block_set_io_throttle "${words[@]}"
	outcome 1 '' "~^qmpbox exec: note: .*member 'device' is marked as deprecated by this QEMU"$'\n'
	qb -q exec block_set_io_throttle "${words[@]}"
	outcome 1 '' "~^qmpbox exec: block_set_io_throttle: Device 'd' not found \(DeviceNotFound\)$"
	qb --json exec block_set_io_throttle "${words[@]}"
	assert_equal "$(jq -c 'keys' <<<"$stderr" | paste -sd ' ')" '["note"] ["error"]'
	qb --json x-query-numa
	outcome 0 '~^\{"human-readable-text"' '{"note":"x-query-numa is marked as unstable by this QEMU"}'
	qb -q --json x-query-numa
	outcome 0 '~^\{"human-readable-text"' ''
}

# -------------------------------------------------------------------- devices

@test "device_add: the driver as a bare word, its properties typed" {
	start_vm --paused
	qb device_add virtio-net-pci id=n1 bus=rp0 mq=on host_mtu=0x578
	outcome 0 '' ''
	assert_equal "$(vm_ask qom-get '{"path":"/machine/peripheral/n1","property":"mq"}')" true
	assert_equal "$(vm_ask qom-get '{"path":"/machine/peripheral/n1","property":"host_mtu"}')" 1400
	qb --dry-run device-add driver=virtio-net-pci id=n1 mq=no addr=0.0
	outcome 0 '{"message":{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"n1","mq":false,"addr":"0.0"}}}' ''
	qb --dry-run device_add '{"driver":"virtio-net-pci","mq":true,"addr":0}'
	outcome 0 '{"message":{"execute":"device_add","arguments":{"driver":"virtio-net-pci","mq":true,"addr":0}}}' ''
}

@test "device_add: what is wrong is refused with what was meant" {
	start_vm --machine none
	refuses "qmpbox device_add: mq: expected on or off, not 'maybe'" device_add virtio-net-pci id=n1 mq=maybe
	refuses "qmpbox device_add: no member 'mqq'; did you mean 'mq'?" device_add virtio-net-pci id=n1 mqq=on
	refuses "qmpbox device_add: host_mtu: expected an integer (uint16), not '65536'" \
		device_add virtio-net-pci host_mtu=65536
	refuses "qmpbox device_add: host_mtu: expected an integer (uint16), not '-1'" device_add virtio-net-pci host_mtu=-1
	refuses "~host_mtu: expected an integer \(uint16\), not '70000'" device_add '{"driver":"virtio-net-pci","host_mtu":70000}'
	refuses "~mq: expected on or off" device_add '{"driver":"virtio-net-pci","mq":"on"}'
	refuses "qmpbox device_add: rerror: there is no 'stopp'; did you mean 'stop'?" device_add virtio-blk-pci rerror=stopp
	refuses "~rerror: expected one of .*report.*, not 'perhaps'" device_add virtio-blk-pci rerror=perhaps
	refuses "qmpbox device_add: member 'driver' is missing: a string" device_add id=n1
	qb device_add virtio-net-pcu
	outcome 6 '' "qmpbox device_add: this QEMU has no device 'virtio-net-pcu'; did you mean 'virtio-net-pci'?"
}

@test "device_add: values of a description, dots in names" {
	start_vm --machine none
	qb --dry-run device_add virtio-blk-pci drive=d rerror=stop werror=enospc
	outcome 0 '{"message":{"execute":"device_add","arguments":{"driver":"virtio-blk-pci","drive":"d","rerror":"stop","werror":"enospc"}}}' ''
	qb --dry-run device_add max-x86_64-cpu sse4.1=on level=13
	outcome 0 '{"message":{"execute":"device_add","arguments":{"driver":"max-x86_64-cpu","sse4.1":true,"level":13}}}' ''
	refuses "~sse4.1: expected on or off, not '1'" device_add max-x86_64-cpu sse4.1=1
	refuses "~sse4.1 is given twice" device_add max-x86_64-cpu sse4.1=on sse4.1=off
}

@test "netdev_add and object-add are typed" {
	start_vm --machine none
	qb object-add qom-type=memory-backend-ram id=m0 size=16M prealloc=no
	outcome 0 '' ''
	assert_equal "$(vm_ask qom-get '{"path":"/objects/m0","property":"size"}')" 16777216
	qb object-add id=1a qom-type=iothread poll-max-ns=1K
	outcome 1 '' '~^qmpbox object-add: '
	qb netdev_add id=nd hubid=3 type=hubport
	outcome 0 '' ''
	refuses "~hubid: expected an integer" netdev_add type=hubport id=ne hubid=x
	refuses "~type: there is no 'hubprt'; did you mean 'hubport'" netdev_add type=hubprt id=ne
	refuses "~no member 'poll-gro'; did you mean 'poll-grow'" object-add qom-type=iothread id=i poll-gro=2
	refuses "~expected KEY=VALUE, not 'more'" object-add iothread id=i more
	refuses "~expected a size|expected an integer" object-add qom-type=memory-backend-ram id=m1 size=many
}

@test "hotplug-disk --node is typed as blockdev-add is" {
	start_vm --paused
	image "$T/img" 1M
	refuses "~no member 'detect-zeros'; did you mean 'detect-zeroes'" hotplug-disk d0 "$T/img" --node detect-zeros=on
	refuses "~detect-zeroes: there is no 'onn'; did you mean 'on'" hotplug-disk d0 "$T/img" --node detect-zeroes=onn
	refuses '~node-name' hotplug-disk d0 "$T/img" --node node-name=x
	qb hotplug-disk d0 "$T/img" --node detect-zeroes=on
	assert_equal "$status" 0
	vm_ask query-named-block-nodes | jq -e 'any(."node-name" == "d0" and .detect_zeroes == "on")'
}

# ---------------------------------------------------------------- transaction

@test "transaction: all of it or nothing" {
	bitmaps() { vm_ask query-named-block-nodes | jq -c '[.[]."dirty-bitmaps"[]?.name] | sort'; }
	start_vm --machine none
	qb blockdev-add driver=null-co node-name=n1 size=1M
	qb blockdev-add driver=null-co node-name=n2 size=1M
	qb transaction block-dirty-bitmap-add node=n1 name=b0 granularity=64K block-dirty-bitmap-add node=n2 name=b0
	outcome 0 '' ''
	assert_equal "$(bitmaps)" '["b0","b0"]'
	qb transaction block-dirty-bitmap-add node=n1 name=b1 block-dirty-bitmap-add node=nope name=b1
	outcome 1 '' "~^qmpbox transaction: .*Cannot find device='nope' nor node-name='nope' \(GenericError\)$"
	assert_equal "$(bitmaps)" '["b0","b0"]'
	refuses "qmpbox transaction: action 2, block-dirty-bitmap-add: no member 'nam'; did you mean 'name'?" \
		transaction block-dirty-bitmap-add node=n1 name=b1 block-dirty-bitmap-add node=n1 nam=b2
	refuses "qmpbox transaction: there is no action 'block-dirty-bitmap-ad'; did you mean 'block-dirty-bitmap-add'?" \
		transaction block-dirty-bitmap-ad node=n1
	refuses '~which actions' transaction
	refuses "~'node=n1': the name of an action comes first" transaction node=n1
	refuses "~action 1, block-dirty-bitmap-add: member 'node' is missing" transaction block-dirty-bitmap-add name=b1
	refuses "~granularity" transaction block-dirty-bitmap-add node=n1 name=b1 granularity=big
	assert_equal "$(bitmaps)" '["b0","b0"]'
}

@test "transaction: --grouped, --dry-run, JSON values" {
	start_vm --machine none
	logged --dry-run transaction --grouped block-dirty-bitmap-clear node=n name=b 'blockdev-backup' device=d target=t sync=full speed:=1
	outcome 0 '{"message":{"execute":"transaction","arguments":{"actions":[{"type":"block-dirty-bitmap-clear","data":{"node":"n","name":"b"}},{"type":"blockdev-backup","data":{"device":"d","target":"t","sync":"full","speed":1}}],"properties":{"completion-mode":"grouped"}}}}' ''
	refute_regex "$(sent)" transaction
	qb --dry-run --json transaction abort
	outcome 0 '{"message":{"execute":"transaction","arguments":{"actions":[{"type":"abort","data":{}}]}}}' ''
	qb --json transaction abort
	outcome 1 '' '~Transaction aborted using Abort action'
}

# --------------------------------------------------------------------- schema

@test "schema NAME explains commands, events and types" {
	start_vm --machine none
	qb schema block-resize
	outcome 0 '~^block_resize: command'$'\n\narguments:\n  device +a string; optional\n  node-name +a string; optional\n  size +an integer\n\nreturns: nothing$' ''
	qb schema DEVICE_DELETED
	outcome 0 '~^DEVICE_DELETED: event'$'\n\ndata:\n  device +a string; optional\n  path +a string$' ''
	qb schema blockdev-add
	outcome 0 '~with driver=qcow2:' ''
	assert_regex "$output" 'lazy-refcounts +on or off; optional'
	assert_regex "$output" 'detect-zeroes +one of off, on, unmap; optional'
	qb schema str
	outcome 0 '~^str: builtin'$'\n\ntype: a string$' ''
	qb --json schema x-query-numa
	assert_json '.features == ["unstable"] and ."meta-type" == "command"'
	qb --json schema migrate-pause
	assert_json '."allow-oob"'
}

@test "schema lists all, --grep finds" {
	start_vm --machine none
	qb schema
	assert_equal "$status" 0
	assert_equal "${#lines[@]}" "$(vm_ask query-qmp-schema | jq '[.[] | select(."meta-type" == "command" or ."meta-type" == "event")] | length')"
	assert_regex "$output" $'\nSHUTDOWN \\(event\\)\n'
	qb --json schema
	assert_json 'length > 260 and any(.[]; .name == "RESET" and ."meta-type" == "event")'
	assert_equal "$(jq -c '[.[] | select(."meta-type" == "command").name] | sort' <<<"$output")" \
		"$(vm_ask query-commands | jq -c '[.[].name] | sort')"
	qb schema --grep throttl
	outcome 0 '~block_set_io_throttle' ''
	assert_regex "$output" 'blockdev-add.*: .*throttle-group'
	refute_regex "$output" 'query-status'
	qb schema --grep zzzzzz
	outcome 10 '' "~nothing in the schema holds 'zzzzzz'"
	qb --json schema --grep zzzzzz
	outcome 10 '[]' '~"kind":"no"'
}

@test "schema of a name that is none" {
	start_vm --machine none
	refuses "qmpbox schema: the schema has no 'blockdev-dell'; did you mean 'blockdev-del'?" schema blockdev-dell
	refuses "~the schema has no 'DEVICE_DELETD'; did you mean 'DEVICE_DELETED'" schema DEVICE_DELETD
	refuses '~--grep' schema --grep a b
	qb schema block_passwd
	outcome 6 '' "~has no 'block_passwd'; others have it: 5.2"
	qb schema MEM_UNPLUG_ERROR
	outcome 0 '~event; deprecated' ''
}

@test "a storage daemon is typed by its own schema" {
	start_qsd
	qb blockdev-add driver=null-co node-name=n size=1M
	outcome 0 '' ''
	refuses "~no member 'siz'; did you mean 'size'" blockdev-add driver=null-co siz=1
	qb device_add virtio-net-pci
	outcome 6 '' "~this QEMU \(7\.2\.[0-9]+\) has no command 'device_add'; others have it: .*7\.2"
	qb object-add qom-type=iothread id=i poll-max-ns=1K
	outcome 0 '' ''
	qb block-export-add type=nbd id=e node-name=n writabl=on
	outcome 2 '' "~did you mean 'writable'"
}

@test "a peer without a schema gets strings, unchecked" {
	start_fake < <(negotiated 'expect anything {"a":"1","b":2}' 'reply {}' expect-eof)
	qb anything a=1 b:=2
	outcome 0 '' ''
	fake_done
	assert_equal "$(count_kept)" 0
}

# ------------------------------------------------------------------ the cache

@test "cache: a cold command asks once, together with the negotiation" {
	requires strace
	start_vm --machine none
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	assert_equal "$(stat -c %a "$(kept)")" 600
	assert_equal "$(stat -c %a "$XDG_CACHE_HOME/qmpbox")" 700
	assert_equal "$(others)" 1
	rm "$(kept)"
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 60 strace -qq -s 300 -o "$T/trace" -e trace=sendmsg \
		"$QMPBOX" -s "$S" blockdev-del n 3>&-
	outcome 1 '' '~Failed to find node'
	assert_equal "$(grep -c sendmsg "$T/trace")" 2
	assert_regex "$(head -n 1 "$T/trace")" 'qmp_capabilities.*query-qmp-schema'
}

@test "cache: warm, nothing is asked to type words, and a command is one write" {
	requires strace
	start_vm --paused
	qb schema block_resize
	asks blockdev-del blockdev-del n
	outcome 1 '' '~Failed to find node'
	asks block_resize block_resize node-name=n size=1M
	asks blockdev-add blockdev-add driver=null-co node-name=n
	outcome 0 '' ''
	asks transaction transaction block-dirty-bitmap-add node=n name=b
	outcome 0 '' ''
	asks '' schema blockdev-add
	asks '' blockdev-del --help
	asks 'device-list-properties device_add' device_add virtio-net-pci id=n1 bus=rp0 mq=on
	outcome 0 '' ''
	asks device_add device_add virtio-net-pci id=n2 bus=rp1 mq=off
	outcome 0 '' ''
	asks '' --dry-run device_add virtio-net-pci mq=on
	outcome 0 '~"mq":true' ''
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 60 strace -qq -s 300 -o "$T/trace" -e trace=sendmsg \
		"$QMPBOX" -s "$S" blockdev-del nope 3>&-
	assert_equal "$(grep -c sendmsg "$T/trace")" 1
}

@test "cache: few pages are read" {
	local file reads pages
	requires strace
	start_vm --machine none
	qb schema block_resize
	file=$(kept)
	pages=$(($(stat -c %s "$file") / 4096))
	((pages >= 50))
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 60 strace -qq -y -o "$T/trace" -e trace=pread64,read,mmap \
		"$QMPBOX" -s "$S" blockdev-del n 3>&-
	outcome 1 '' '~Failed to find node'
	grep -F "/qmpbox/schema-" "$T/trace" >"$T/reads"
	reads=$(wc -l <"$T/reads")
	# The places of a thousand names are on 7 pages at most; the command, its arguments and their one
	# type are three records, each on 2 pages at most; the header.
	((reads <= 7 + 3 * 2 + 1)) || fail "$reads of $pages pages are read"
	# Each of them once, whole, and nothing else of the file.
	assert_equal "$(grep -c '^pread64.*, 4096, [0-9]*) *= 4096$' "$T/reads")" "$reads"
	assert_equal "$(sed 's/.*, 4096, //' "$T/reads" | sort | uniq -d)" ''
}

@test "cache: a byte that is flipped, in each page: the answer is right and the file is whole again" {
	local file good reference page pages
	start_vm --machine none
	qb_ok --json schema
	reference=$output
	file=$(kept)
	good=$T/good
	cp "$file" "$good"
	pages=$(($(stat -c %s "$good") / 4096))
	for ((page = 0; page < pages; page++)); do
		cp "$good" "$file"
		printf '\xa5\x5a' | dd of="$file" bs=1 seek=$((page * 4096 + page * 61 % 4090)) conv=notrunc status=none
		cmp -s "$good" "$file" && fail "page $page is as it was"
		# Everything in it is read by one of these.
		qb --json schema --grep e
		assert_equal "$status" 0
		qb --json schema
		outcome 0 "$reference" ''
		if ! cmp -s "$good" "$file"; then
			# Types that only a return has, and what nothing refers to.
			qb_ok --json schema "$(name_on_page "$page")" || return 1
		fi
		cmp "$good" "$file" || fail "page $page is still damaged"
	done
}

# name_on_page PAGE: a type whose entry begins on this page of the good file.
name_on_page() {
	dd if="$T/good" bs=4096 skip="$1" count=1 status=none | tr -d '\0' |
		grep -ao '"name": *"[0-9]*"' | head -n 1 | grep -o '[0-9]*'
}

@test "cache: a file that is cut, empty, or longer is asked for again and made whole" {
	local file size length
	start_vm --machine none
	qb schema block_resize
	file=$(kept)
	size=$(stat -c %s "$file")
	cp "$file" "$T/good"
	for length in 0 1 4095 4096 4097 $((size / 2)) $((size - 4096)) $((size - 1)) $((size + 1)) $((size + 4096)) 200000000; do
		cp "$T/good" "$file"
		truncate -s "$length" "$file"
		asks 'query-qmp-schema blockdev-del' blockdev-del n
		outcome 1 '' '~Failed to find node'
		cmp "$T/good" "$file"
		asks blockdev-del blockdev-del n
	done
	head -c "$size" /dev/urandom >"$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	cmp "$T/good" "$file"
	assert_equal "$(others)" 1
}

@test "cache: what is no file of ours is not read, and replaced where it may be" {
	local file
	start_vm --machine none
	qb schema block_resize
	file=$(kept)
	cp "$file" "$T/good"

	rm "$file"
	ln -s "$T/good" "$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	[[ -f $file && ! -L $file ]] || fail 'the link is still there'
	cmp "$T/good" "$file"

	rm "$file"
	mkfifo "$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	[[ -f $file ]]

	chmod g+w "$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	assert_equal "$(stat -c %a "$file")" 600
	chmod o+w "$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	assert_equal "$(stat -c %a "$file")" 600

	# A directory cannot be replaced: it is asked each time, and nothing is left behind.
	rm "$file"
	mkdir "$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	assert_equal "$(others)" 0
}

@test "cache: another user's file or folder is not read" {
	local file
	((EUID == 0)) || skip 'needs root'
	start_vm --machine none
	qb schema block_resize
	file=$(kept)
	chown 65534 "$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	assert_equal "$(stat -c %u "$file")" 0
	chown 65534 "$XDG_CACHE_HOME/qmpbox"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	# Nor written to.
	rm "$file"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	assert_equal "$(count_kept)" 0
	chown 0 "$XDG_CACHE_HOME/qmpbox"
	chown 65534 "$XDG_CACHE_HOME"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	assert_equal "$(count_kept)" 0
}

@test "cache: the folder may be missing, in the way, closed, or a link" {
	start_vm --machine none
	rmdir "$XDG_CACHE_HOME"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	assert_equal "$(stat -c %a "$XDG_CACHE_HOME")" 700
	asks blockdev-del blockdev-del n

	chmod 770 "$XDG_CACHE_HOME/qmpbox"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	chmod 700 "$XDG_CACHE_HOME/qmpbox"
	asks blockdev-del blockdev-del n

	mv "$XDG_CACHE_HOME/qmpbox" "$T/elsewhere"
	ln -s "$T/elsewhere" "$XDG_CACHE_HOME/qmpbox"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	rm "$XDG_CACHE_HOME/qmpbox"

	: >"$XDG_CACHE_HOME/qmpbox"
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	rm "$XDG_CACHE_HOME/qmpbox"
	chmod 000 "$XDG_CACHE_HOME"
	logged blockdev-del n
	outcome 1 '' '~Failed to find node'
	chmod 700 "$XDG_CACHE_HOME"

	export XDG_CACHE_HOME=$T/none/of/these
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	[[ ! -e $T/none ]]
	export XDG_CACHE_HOME=/dev/null
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
}

@test "cache: XDG_CACHE_HOME relative or unset is HOME's; without HOME there is none" {
	start_vm --machine none
	mkdir "$T/home"
	cd "$T" || return 1
	export HOME=$T/home XDG_CACHE_HOME=relative
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	[[ ! -e relative ]]
	compgen -G "$T/home/.cache/qmpbox/schema-*"
	asks blockdev-del blockdev-del n
	unset XDG_CACHE_HOME
	asks blockdev-del blockdev-del n
	export XDG_CACHE_HOME=
	asks blockdev-del blockdev-del n
	unset HOME
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	export HOME=also-relative
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	[[ ! -e also-relative ]]
}

@test "cache: a file system that is full, or only for reading" {
	((EUID == 0)) || skip 'needs root'
	requires unshare
	unshare -m true 2>/dev/null || skip 'no mount name space'
	start_vm --machine none
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr timeout 60 unshare -m bash -c '
		mount -t tmpfs -o size=64k,mode=700 none "$XDG_CACHE_HOME" || exit 99
		"$1" -s "$2" blockdev-del n
		echo "$? $(find "$XDG_CACHE_HOME" -type f ! -name "address-*" | wc -l)"
		mount -o remount,ro "$XDG_CACHE_HOME"
		"$1" -s "$2" blockdev-del n
		echo "$? $(find "$XDG_CACHE_HOME" -type f ! -name "address-*" | wc -l)"' - "$QMPBOX" "$S" 3>&-
	((status != 99)) || skip 'cannot mount here'
	outcome 0 $'1 0\n1 0' '~Failed to find node'
}

@test "cache: two cold runs at once" {
	local i
	start_vm --machine none -- -chardev "$(qmp_socket b "$T/b.qmp")" -mon chardev=b,mode=control
	for i in 1 2 3 4 5; do
		rm -rf "$XDG_CACHE_HOME/qmpbox"
		S=$T/b.qmp background blockdev-del n
		qb blockdev-del m
		outcome 1 '' "~Failed to find node with node-name='m'"
		finish
		outcome 1 '' "~Failed to find node with node-name='n'"
		assert_equal "$(others)" 1
		asks blockdev-del blockdev-del n
	done
}

@test "cache: another program has a file of its own" {
	start_vm --machine none
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	# Another process of the same program has the same.
	start_vm --machine none
	asks blockdev-del blockdev-del n
	assert_equal "$(count_kept)" 1
	# A copy of a program is another one. (QEMU itself finds its modules from where it lies.)
	start_qsd
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	cp "$(command -v "$QSD")" "$T/qemu-storage-daemon-copy"
	touch -d 2020-01-01 "$T/qemu-storage-daemon-copy"
	QSD=$T/qemu-storage-daemon-copy start_qsd
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	asks blockdev-del blockdev-del n
	assert_equal "$(count_kept)" 3
	# An upgrade in place: what runs is still what was asked, what is started now is not.
	cp "$T/qemu-storage-daemon-copy" "$T/new"
	mv "$T/new" "$T/qemu-storage-daemon-copy"
	asks blockdev-del blockdev-del n
	QSD=$T/qemu-storage-daemon-copy start_qsd
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	assert_equal "$(count_kept)" 4
}

@test "cache: a storage daemon does not get QEMU's schema" {
	start_vm --machine none
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	start_qsd
	asks 'query-qmp-schema blockdev-del' blockdev-del n
	qb device_add virtio-net-pci
	assert_equal "$status" 6
	assert_equal "$(count_kept)" 2
	asks blockdev-del blockdev-del n
}

@test "cache: through a relay the target is asked" {
	local port
	start_vm --machine none
	spawn "$T/relay.out" "$T/relay.err" socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr "UNIX-CONNECT:$S"
	wait_for 10 grep -q 'listening on' "$T/relay.err"
	port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$T/relay.err")
	S=tcp:127.0.0.1:$port
	asks 'query-target query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	asks 'query-target blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	asks 'query-target device-list-properties' --dry-run device_add virtio-net-pci mq=on
	outcome 0 '~"mq":true' ''
	asks query-target --dry-run device_add virtio-net-pci mq=on
	outcome 0 '~"mq":true' ''
}

@test "cache: QEMU's own TCP monitor" {
	local port
	start_vm --machine none -- -chardev socket,id=tcp,host=127.0.0.1,port=0,server=on,wait=off -mon chardev=tcp,mode=control
	port=$(vm_ask query-chardev | jq -r '.[] | select(.label == "tcp").filename | capture("127.0.0.1:(?<p>[0-9]+)").p')
	S=127.0.0.1:$port
	asks 'query-target query-qmp-schema blockdev-del' blockdev-del n
	outcome 1 '' '~Failed to find node'
	asks 'query-target blockdev-del' blockdev-del n
}

@test "cache: properties that are damaged are asked for again" {
	local file
	start_vm --machine none
	qb schema block_resize
	asks device-list-properties --dry-run device_add virtio-net-pci mq=on
	file=$(find "$XDG_CACHE_HOME" -name 'properties-*')
	[[ -f $file ]]
	cp "$file" "$T/good"
	for at in 3 100 5000; do
		printf '\xa5\x5a' | dd of="$file" bs=1 seek=$at conv=notrunc status=none
		cmp -s "$T/good" "$file" && fail 'it is as it was'
		asks device-list-properties --dry-run device_add virtio-net-pci mq=on
		outcome 0 '~"mq":true' ''
		cmp "$T/good" "$file"
	done
	truncate -s 4096 "$file"
	asks device-list-properties --dry-run device_add virtio-net-pci mq=on
	cmp "$T/good" "$file"
	# Those of one device are not another's.
	asks device-list-properties --dry-run device_add virtio-blk-pci drive=d
	cp "$T/good" "$(find "$XDG_CACHE_HOME" -name 'properties-*' -not -samefile "$file")"
	asks device-list-properties --dry-run device_add virtio-blk-pci drive=d
	outcome 0 '~"drive":"d"' ''
}

@test "cache: too many files, and the one that was written first goes" {
	local i
	start_vm --machine none
	mkdir -m 700 "$XDG_CACHE_HOME/qmpbox"
	for ((i = 0; i < 256; i++)); do
		touch -d "2020-01-01 $((i / 60)):$((i % 60))" "$XDG_CACHE_HOME/qmpbox/schema-$i"
	done
	qb blockdev-del n
	outcome 1 '' '~Failed to find node'
	assert_equal "$(count_kept)" 256
	[[ ! -e $XDG_CACHE_HOME/qmpbox/schema-0 && -e $XDG_CACHE_HOME/qmpbox/schema-1 ]]
	asks blockdev-del blockdev-del n
}

# ---------------------------------------------------- schemas that are made up

@test "a made-up schema types words" {
	schema_of "$small" 'on x reply {}'
	qb x number=0x10
	outcome 0 '' ''
	grep -F '"arguments":{"number":16}' "$FAKE_LOG"
}

@test "two servers at one address with other greetings or targets are told apart" {
	local other=${small//number/figure} path=$T/one.qmp
	fake_at "$path" < <(negotiated 'expect query-target' 'reply {"arch":"x86_64"}' \
		'expect query-qmp-schema' "reply $small" 'expect x {"number":1}' 'reply {}')
	S=$path
	qb x number=1
	outcome 0 '' ''
	fake_done
	# Another version.
	fake_at "$path" < <(printf '%s\n' 'negotiate 10.0.1' 'expect query-target' 'reply {"arch":"x86_64"}' \
		'expect query-qmp-schema' "reply $other" 'expect x {"figure":1}' 'reply {}')
	qb x figure=1
	outcome 0 '' ''
	fake_done
	# Another target of the first one's version: the file is there, its key is another.
	fake_at "$path" < <(negotiated 'expect query-target' 'reply {"arch":"aarch64"}' \
		'expect query-qmp-schema' "reply $other" 'expect x {"figure":1}' 'reply {}')
	qb x figure=1
	outcome 0 '' ''
	fake_done
	# The second one again: it is known.
	fake_at "$path" < <(printf '%s\n' 'negotiate 10.0.1' 'expect query-target' 'reply {"arch":"x86_64"}' \
		'expect x {"figure":1}' 'reply {}')
	qb x figure=1
	outcome 0 '' ''
	fake_done
}

@test "a schema that is none is a clear error" {
	local reply
	for reply in '{}' 'null' '"x"' '17' '[]' '[1,2]' '[{"name":"x"}]'; do
		start_fake < <(negotiated 'expect query-qmp-schema' "reply $reply" may-close)
		qb x number=1
		outcome 5 '' '~^qmpbox x: query-qmp-schema: what came is no schema: '
		refute_regex "$stderr" $'\n'
		assert_equal "$(count_kept)" 0
	done
	start_fake < <(negotiated 'expect query-qmp-schema' 'error GenericError no today' may-close)
	qb x number=1
	outcome 1 '' '~no today'
}

@test "a schema that is cut: the connection breaks, or nothing more comes" {
	start_fake < <(negotiated 'expect query-qmp-schema' "send {\"return\": [{\"name\": \"x\"," close)
	qb x number=1
	assert_equal "$status" 5
	assert_regex "$stderr" '^qmpbox x: '
	start_fake < <(negotiated 'expect query-qmp-schema' "send {\"return\": [{\"name\": \"x\"," hang)
	qb --reply-timeout 0.5 x number=1
	outcome 4 '' '~query-qmp-schema'
	assert_equal "$(count_kept)" 0
}

@test "garbage among good entries does no harm" {
	schema_of "[1,null,[],\"x\",{},{\"name\":7,\"meta-type\":\"command\"},{\"meta-type\":\"command\"},{\"name\":\"y\"},${small:1}" 'on x reply {}'
	qb x number=0x10
	outcome 0 '' ''
	grep -F '"arguments":{"number":16}' "$FAKE_LOG"
}

@test "types in circles do not hang or crash" {
	local circle='[{"name":"x","meta-type":"command","arg-type":"T","ret-type":"A"},{"name":"T","meta-type":"object","members":[{"name":"a","type":"A"},{"name":"l","type":"L","default":null}]},{"name":"A","meta-type":"alternate","members":[{"type":"A"},{"type":"A"},{"type":"L"},{"type":"A"}]},{"name":"L","meta-type":"array","element-type":"L"}]'
	CONNECTIONS=3 schema_of "$circle" 'connection 2' 'negotiate' serve 'connection 3' negotiate serve
	qb schema x
	outcome 0 '~^x: command' ''
	qb x a=1
	assert_equal "$status" 2
	qb x a:=1 l=1
	assert_equal "$status" 2
	refute_regex "$stderr" $'\n'
}

@test "names with control characters do not reach the terminal" {
	local bad='[{"name":"x","meta-type":"command","arg-type":"T","ret-type":"T"},{"name":"T","meta-type":"object","members":[{"name":"\u001b[31mred","type":"E"},{"name":"\u0007","type":"E","default":null,"features":["\u001b[2J"]}]},{"name":"E","meta-type":"enum","values":["\u001b]0;title\u0007"]}]'
	CONNECTIONS=3 schema_of "${bad//\\/\\\\}" 'connection 2' negotiate serve 'connection 3' negotiate serve
	qb schema x
	assert_equal "$status" 0
	refute_regex "$output" $'[\e\a]'
	assert_regex "$output" red
	qb schema --grep red
	assert_equal "$status" 0
	refute_regex "$output" $'[\e\a]'
	qb x a=1
	assert_equal "$status" 2
	refute_regex "$stderr" $'[\e\a]'
}

@test "a schema of some megabytes" {
	local big i
	big=$(jq -cn --argjson small "$small" '$small + [range(30000) | {name: "command-\(.)", "meta-type": "command", "arg-type": "T", "ret-type": "E", features: ["one", "two", "three"]}]')
	((${#big} > 3000000))
	CONNECTIONS=2 schema_of "$big" 'on command-29999 reply {}' serve 'connection 2' negotiate 'on command-77 reply {}'
	qb command-29999 number=1
	outcome 0 '' ''
	qb command-77 number=2
	outcome 0 '' ''
	i=$(stat -c %s "$(kept)")
	((i > 3000000))
}

# ------------------------------------------------------------ recorded devices

# unpacked VERSION WHAT: a recording.
unpacked() { xz -dc "$top_srcdir/tests/schemas/$1.$2.json.xz"; }

# play VERSION COMMAND WHAT TYPE...: a fake of that version with its schema, which answers COMMAND on
# its first connection with what is recorded of the first TYPE, on the second with the second.
play() {
	local i=0 type
	unpacked "$1" "$3" >"$T/recorded"
	{
		printf '%s\n' "negotiate $1.9" 'expect query-qmp-schema' "reply $(unpacked "$1" schema | tr -d '\n')"
		for type in "${@:4}"; do
			if ((i++)); then
				printf '%s\n' "connection $i" "negotiate $1.9"
			fi
			# One type a line, and as it stands: jq would round the largest integers.
			printf 'on %s reply %s\nserve\n' "$2" "$(sed -n "s/^\"$type\": \(.*\]\),\{0,1\}}\{0,1\}$/\1/p" "$T/recorded")"
		done
	} >"$T/scenario"
	start_fake <"$T/scenario"
}

# Of a list of properties, those that can be given, each with a value as a word and as JSON.
# shellcheck disable=SC2016 # those are jq's
given='map(select(.type | test("^child<|^list$|^[a-z]+List$|^guest |Info") | not)) | unique_by(.name) | map(
	.name as $name | .type as $type | (.description // "") as $description |
	if $name == "host-nodes" then [$name, "0x7f", [127]]
	elif $name == "addr" and ($type == "int32" or ($description | startswith("Slot"))) then [$name, "1.0", "1.0"]
	elif $type | test("^bool(ean)?$") then [$name, "yes", true]
	elif $type | test("^u?int[0-9]*$") then [$name, "0x7f", 127]
	elif $type == "size" then [$name, "1M", 1048576]
	elif ($type | test("^[A-Z]")) and ($description | test("[a-z0-9_]+/")) then
		($description | capture("(?<value>[a-z0-9_]+)/").value) as $value | [$name, $value, $value]
	else [$name, "x", "x"] end)'

@test "the properties of recorded devices are typed, each of them" {
	local version type types words i
	requires xz
	for version in 5.2 7.2 10.0 11.1; do
		mapfile -t types < <(unpacked "$version" devices | jq -r 'keys_unsorted[]')
		((${#types[@]} == 15))
		play "$version" device-list-properties devices "${types[@]}"
		for type in "${types[@]}"; do
			jq -c --arg type "$type" ".[\$type] | $given" "$T/recorded" >"$T/given"
			mapfile -t words < <(jq -r '.[] | "\(.[0])=\(.[1])"' "$T/given")
			((${#words[@]} > 0))
			qb --dry-run device_add "$type" "${words[@]}"
			outcome 0 '~^\{"message":' ''
			assert_equal "$(jq -cS '.message.arguments | del(.driver)' <<<"$output")" \
				"$(jq -cS 'map({(.[0]): .[2]}) | add' "$T/given")"
		done
		fake_done
	done
}

@test "the properties of recorded objects are typed, each of them" {
	local version=5.2 type types words
	requires xz
	# Later ones have them in the schema.
	mapfile -t types < <(unpacked "$version" objects | jq -r 'keys_unsorted[]')
	((${#types[@]} == 10))
	play "$version" qom-list-properties objects "${types[@]}"
	for type in "${types[@]}"; do
		jq -c --arg type "$type" ".[\$type] | map(select(.name != \"type\" and .name != \"data\")) | $given" "$T/recorded" >"$T/given"
		mapfile -t words < <(jq -r '.[] | "\(.[0])=\(.[1])"' "$T/given")
		qb --dry-run object-add "qom-type=$type" id=o "${words[@]}"
		outcome 0 '~^\{"message":' ''
		assert_equal "$(jq -cS '.message.arguments | del(."qom-type", .id)' <<<"$output")" \
			"$(jq -cS 'map({(.[0]): .[2]}) | add // {}' "$T/given")"
	done
	fake_done
}

@test "wrong values for recorded devices are refused" {
	local version word cases
	requires xz
	cases=(mq=maybe mq:=1 mq:=\"on\" mac:=1 host_mtu=65536 host_mtu=-1 host_mtu=x rombar=4294967296
		acpi-index=1.5 disable-legacy=perhaps disable-legacy:=true mqq=on mq.x=on addr:=true)
	for version in 5.2 7.2 10.0 11.1; do
		rm -rf "$XDG_CACHE_HOME/qmpbox"
		play "$version" device-list-properties devices "${cases[@]/*/virtio-net-pci}"
		for word in "${cases[@]}"; do
			qb --dry-run device_add virtio-net-pci "$word"
			((status == 2)) || fail "$version: $word: $output"
			outcome 2 '' "~^qmpbox device_add: .*${word%%[:=]*}"
			refute_regex "$stderr" $'\n'
		done
		fake_done
	done
}
