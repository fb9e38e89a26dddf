#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What nothing uses is found, whoever made it; what carries our names or is named goes, and nothing
# else does.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# ask COMMAND [ARGUMENTS-JSON]: vm_ask, when only the success counts
ask() { vm_ask "$@" >/dev/null; }

# memory NODE [SIZE]: a block node without a file
memory() { ask blockdev-add "{\"driver\":\"null-co\",\"node-name\":\"$1\",\"size\":${2:-1048576}}"; }

# disk_node ID [FILE]: a node and its file node, named as hotplug-disk names them
disk_node() {
	image "${2:-$1.img}" 1M
	ask blockdev-add "{\"driver\":\"raw\",\"node-name\":\"$1\",\"file\":{\"driver\":\"file\",
		\"node-name\":\"$1-file\",\"filename\":\"$T/${2:-$1.img}\"}}"
}

# fdset N OPAQUE [FILE]: an fdset with a descriptor; it stays while a monitor has a client
fdset() {
	image "${3:-set.img}" 1M
	qb_ok exec add-fd "fdset-id:=$1" "opaque=$2" --open "f=${3:-set.img}"
}

# concluded ID: is this job?
concluded() { vm_ask query-jobs | jq -e --arg id "$1" 'any(.[]; .id == $id and .status == "concluded")'; }

# backup_job ID SOURCE TARGET: one that has concluded
backup_job() {
	ask blockdev-backup "{\"job-id\":\"$1\",\"device\":\"$2\",\"target\":\"$3\",\"sync\":\"full\",\"auto-dismiss\":false}"
	wait_for 10 concluded "$1"
}

# running_job ID SOURCE TARGET: one that goes on until it is cancelled
running_job() {
	ask blockdev-mirror "{\"job-id\":\"$1\",\"device\":\"$2\",\"target\":\"$3\",\"sync\":\"full\",\"auto-dismiss\":false}"
}

# labels: of the leftovers in $output, one a line, sorted
labels() { jq -r '.leftovers[] | "\(.kind) \(.name)"' <<<"$output" | sort; }

# found LABEL...: exactly these are left over, in any order
found() {
	qb_ok --json leftovers
	assert_equal "$(labels)" "$(printf '%s\n' "$@" | sort)"
}

# nothing_found
nothing_found() {
	qb_ok --json leftovers
	assert_output '{"leftovers":[]}'
}

# must_stay REASON NAME...: naming these is refused, and nothing is removed
must_stay() {
	local before reason=$1
	shift
	before=$(vm_state)
	qb leftovers --clean "$@"
	outcome 7 '' "~^qmpbox leftovers: .* must stay: $reason"
	assert_equal "$(vm_state)" "$before"
}

# ------------------------------------------------------------------ what is left over

@test "a VM as it starts has no leftovers" {
	local before
	start_vm
	before=$(vm_state)
	nothing_found
	qb leftovers
	outcome 0 'nothing is left over' ''
	qb leftovers --clean
	outcome 0 'nothing is left over' ''
	qb --json leftovers --clean
	outcome 0 '{"leftovers":[],"removed":[],"left":[]}' ''
	assert_equal "$(vm_state)" "$before"
}

# one_of_each: a leftover of each kind that is ours
one_of_each() {
	ask netdev_add '{"type":"user","id":"n1-net"}'
	fdset 5 qmpbox:d1 d1.img
	ask blockdev-add '{"driver":"raw","node-name":"d1","file":{"driver":"file","node-name":"d1-file","filename":"/dev/fdset/5"}}'
	fdset 6 qmpbox:d2
	memory source
	memory target
	backup_job backup-source source target
	ask blockdev-del '{"node-name":"source"}'
	ask blockdev-del '{"node-name":"target"}'
}

@test "what is ours is found, removed in order, and the VM is as before" {
	local before
	start_vm --events
	before=$(vm_state)
	one_of_each
	found 'netdev n1-net' 'node d1' 'node d1-file' 'fdset 5' 'fdset 6' 'job backup-source'
	assert_json '.leftovers | all(.ours and .used == "no")'
	assert_json '.leftovers[] | select(.name == "d1-file") | .why == "only node d1 uses it"'
	assert_json '.leftovers[] | select(.name == "d1") | .what == "raw, /dev/fdset/5" and .why == "nothing uses it"'
	qb leftovers
	assert_regex "${lines[0]}" '^kind +name +ours +what +why$'
	assert_line --regexp '^fdset +6 +yes +1 descriptor, qmpbox:d2 +no block node uses it$'
	qb_ok --json leftovers --clean
	assert_json '.left == [] and .removed[:4] == ["job backup-source", "netdev n1-net", "node d1", "node d1-file"]
		and (.removed[4:] | sort) == ["fdset 5", "fdset 6"] and (.leftovers | length) == 6'
	assert_equal "$stderr" ''
	assert_equal "$(vm_state)" "$before"
	nothing_found
}

@test "for people: what was removed, and what stays" {
	start_vm
	memory theirs
	ask netdev_add '{"type":"user","id":"n1-net"}'
	qb leftovers --clean
	outcome 0 '~^removed netdev n1-net.kind +name +ours +what +why.node +theirs +no +null-co, .*nothing uses it$' ''
	qb leftovers --clean theirs
	outcome 0 $'removed node theirs\nnothing else is left over' ''
}

# killed_at N ARG...: qmpbox ARG... is killed at its Nth write to the monitor, or ended before it
killed_at() {
	ASAN_OPTIONS=detect_leaks=0 run timeout 60 strace -f -qq -o "$T/trace" -e trace=sendmsg \
		-e "inject=sendmsg:signal=SIGKILL:when=$1" "$QMPBOX" -s "$S" "${@:2}" 3>&-
	wait_for 5 monitor_free
}

# monitor_free: has QEMU noticed that S has no client any more?
monitor_free() { "$QMPBOX" -s "$S" -t 1 exec query-version; }

can_kill() {
	requires strace
	image probe.img 1M
	strace -qq -o /dev/null -e inject=sendmsg:signal=SIGKILL:when=99 true 2>/dev/null || skip 'strace cannot inject here'
}

@test "wherever hotplug-disk is killed, --clean brings the VM back to what it was" {
	local before i kinds=''
	can_kill
	start_vm --events
	image d1.img 1M
	before=$(vm_state)
	for i in 3 4 5; do
		killed_at "$i" hotplug-disk d1 d1.img
		assert_equal "$status" 137
		if [[ $(vm_ask qom-list '{"path":"/machine/peripheral"}') == *'"d1"'* ]]; then
			continue # the kill came after the last write: the disk is in
		fi
		qb_ok --json leftovers --clean
		assert_json '.leftovers | all(.ours)'
		kinds+=$(jq -r '.removed[]' <<<"$output")
		assert_equal "$(vm_state)" "$before"
	done
	assert_regex "$kinds" 'node d1'
	assert_regex "$kinds" 'fdset '
}

@test "wherever blockdev-snapshot is killed, --clean brings the VM back to what it was" {
	local before i kinds=''
	can_kill
	start_vm --events
	image d1.img 1M
	qb_ok hotplug-disk d1 d1.img
	before=$(vm_state)
	for i in {2..20}; do
		killed_at "$i" blockdev-snapshot d1 --new "s$i.qcow2"
		if ((status != 137)) || vm_ask query-block | jq -e 'any(.[]; .inserted."node-name" == "d1-s1")'; then
			break # the overlay is on
		fi
		wait_for 10 no_running_job
		qb_ok --json leftovers --clean
		assert_json '.leftovers | all(.ours)'
		kinds+=$(jq -r '.removed[]' <<<"$output")$'\n'
		assert_equal "$(vm_state)" "$before"
	done
	((i < 20))
	assert_regex "$kinds" 'job create-d1-s1'
	assert_regex "$kinds" 'node d1-s1-file'
	assert_regex "$kinds" $'node d1-s1\n'
	assert_regex "$kinds" 'fdset '
}

# no_running_job: have all jobs concluded?
no_running_job() { vm_ask query-jobs | jq -e 'all(.[]; .status == "concluded")'; }

@test "what somebody else made is shown, and goes only when it is named" {
	local before with
	start_vm --events
	before=$(vm_state)
	memory base0
	ask netdev_add '{"type":"user","id":"net0"}'
	fdset 9 mine
	ask object-add '{"qom-type":"iothread","id":"io0"}'
	ask object-add '{"qom-type":"secret","id":"sec0","data":"hunter2"}'
	memory source
	memory target
	backup_job nightly source target
	with=$(vm_state)
	found 'job nightly' 'netdev net0' 'node base0' 'node source' 'node target' 'fdset 9' 'object io0' 'object sec0'
	assert_json '.leftovers | all(.ours | not)'
	assert_json '.leftovers | map(select(.used != "no").name) == ["9", "sec0"]'
	refute_output --partial hunter2
	qb_ok --json leftovers --clean
	assert_json '.removed == []'
	assert_equal "$(vm_state)" "$with"
	qb_ok --json leftovers --clean base0 fdset:9 netdev:net0 object:io0 sec0 job:nightly source target
	assert_json '(.removed | length) == 8 and .removed[0] == "job nightly" and .left == []'
	assert_equal "$(vm_state)" "$before"
}

# ------------------------------------------------------------------------------ chains

@test "a chain is one: its top first, its backing nodes with it" {
	local before
	start_vm
	requires qemu-img
	before=$(vm_state)
	image base.img 1M
	image mid.qcow2 1M qcow2 -b base.img -F raw
	image top.qcow2 1M qcow2 -b mid.qcow2 -F qcow2
	ask blockdev-add "{\"driver\":\"qcow2\",\"node-name\":\"d1\",
		\"file\":{\"driver\":\"file\",\"node-name\":\"d1-file\",\"filename\":\"$T/top.qcow2\"},
		\"backing\":{\"driver\":\"qcow2\",\"node-name\":\"d1-b1\",\"file\":{\"driver\":\"file\",\"filename\":\"$T/mid.qcow2\"},
		\"backing\":{\"driver\":\"raw\",\"node-name\":\"d1-b2\",\"file\":{\"driver\":\"file\",\"filename\":\"$T/base.img\"}}}}"
	found 'node d1' 'node d1-file' 'node d1-b1' 'node d1-b2'
	assert_json '.leftovers | map(.name) | .[0] == "d1" and index("d1-b1") < index("d1-b2")'
	assert_json '.leftovers | all(.ours)'
	qb_ok leftovers --clean
	assert_equal "$(vm_state)" "$before"
}

@test "our node above somebody else's: ours goes, theirs stays" {
	start_vm
	requires qemu-img
	memory base0
	image top.qcow2 1M qcow2
	ask blockdev-add "{\"driver\":\"qcow2\",\"node-name\":\"d1\",\"backing\":\"base0\",
		\"file\":{\"driver\":\"file\",\"node-name\":\"d1-file\",\"filename\":\"$T/top.qcow2\"}}"
	found 'node d1' 'node d1-file' 'node base0'
	qb_ok --json leftovers --dry-run base0
	assert_json -s 'map(.message.arguments."node-name") == ["d1", "d1-file", "base0"]'
	qb_ok --json leftovers --clean
	assert_json '.removed == ["node d1", "node d1-file"]'
	found 'node base0'
}

@test "our node below somebody else's stays until both are named" {
	local before
	start_vm
	requires qemu-img
	before=$(vm_state)
	disk_node d1
	image top.qcow2 1M qcow2
	ask blockdev-add "{\"driver\":\"qcow2\",\"node-name\":\"theirs\",\"backing\":\"d1\",
		\"file\":{\"driver\":\"file\",\"filename\":\"$T/top.qcow2\"}}"
	found 'node d1' 'node d1-file' 'node theirs'
	qb_ok --json leftovers --clean
	assert_json '.removed == []'
	must_stay 'node theirs uses it, which is left over too and was not named' d1
	qb_ok --json leftovers --clean theirs
	assert_json '.removed == ["node theirs", "node d1", "node d1-file"]'
	assert_equal "$(vm_state)" "$before"
}

@test "an overlay that was not put on is ours, and the disk below stays" {
	local before
	start_vm
	requires qemu-img
	image d1.img 1M
	qb_ok hotplug-disk d1 d1.img
	before=$(vm_state)
	image s1.qcow2 1M qcow2
	ask blockdev-add "{\"driver\":\"qcow2\",\"node-name\":\"d1-s1\",\"backing\":null,
		\"file\":{\"driver\":\"file\",\"node-name\":\"d1-s1-file\",\"filename\":\"$T/s1.qcow2\"}}"
	found 'node d1-s1' 'node d1-s1-file'
	qb_ok --json leftovers --clean
	assert_json '.removed == ["node d1-s1", "node d1-s1-file"]'
	assert_equal "$(vm_state)" "$before"
}

@test "the file of an overlay that was not even formatted is ours; other lone files are not" {
	start_vm
	for name in d1-s2-file d1-file s2-file d1-sx-file d1-s3-file d1-s3; do memory "$name"; done
	found 'node d1-s2-file' 'node d1-file' 'node s2-file' 'node d1-sx-file' 'node d1-s3-file' 'node d1-s3'
	assert_json '.leftovers | map(select(.ours).name) == ["d1-s2-file"]'
}

@test "a node of a name like ours is not ours while there is a device of that name" {
	start_vm --machine pc
	disk_node d1
	memory other
	ask device_add '{"driver":"virtio-blk-pci","id":"d1","drive":"other"}'
	found 'node d1' 'node d1-file'
	assert_json '.leftovers | all(.ours | not)'
	qb_ok --json leftovers --clean
	assert_json '.removed == []'
}

@test "a name alone does not make a node ours" {
	start_vm
	memory x
	memory x-file
	memory x-b1
	ask blockdev-add '{"driver":"raw","node-name":"y","file":{"driver":"null-co","node-name":"z-file"}}'
	found 'node x' 'node x-file' 'node x-b1' 'node y' 'node z-file'
	assert_json '.leftovers | all(.ours | not)'
}

# -------------------------------------------------------------------------- what stays

@test "a disk in use has no leftovers, and none of its parts can be named away" {
	start_vm --events --paused
	image d1.img 1M
	fdset 5 qmpbox:d1 d1.img
	ask blockdev-add '{"driver":"raw","node-name":"d1","file":{"driver":"file","node-name":"d1-file","filename":"/dev/fdset/5"}}'
	ask device_add '{"driver":"virtio-blk-pci","id":"d1","drive":"d1","bus":"rp0","addr":"0"}'
	nothing_found
	must_stay 'device d1 uses it' d1
	must_stay 'node d1 uses it' node:d1-file
	must_stay 'node d1(-file)? uses it' fdset:5
}

@test "a node with a bitmap stays, whoever names it, and so does the bitmap" {
	start_vm
	disk_node d1
	ask block-dirty-bitmap-add '{"node":"d1","name":"b0"}'
	found 'node d1' 'node d1-file'
	qb_ok --json leftovers --clean
	assert_json '.removed == [] and .left == []'
	assert_json '.leftovers[0].why == "nothing uses it; the bitmap b0 would go with it"'
	must_stay 'the bitmap b0 would go with it' d1
	must_stay 'node d1 uses it' d1-file
	must_stay 'bitmaps are removed by' b0
	must_stay 'bitmaps are removed by' bitmap:b0
	vm_ask query-named-block-nodes | jq -e 'any(.[]; ."dirty-bitmaps"[]?.name == "b0")'
}

@test "a job that has not concluded stays, and so do its nodes" {
	start_vm
	disk_node d1
	memory target
	running_job mirror-d1 d1 target
	nothing_found
	must_stay 'its status is (running|ready)' mirror-d1
	must_stay '.* uses it' d1
	must_stay '.* uses it' target
}

@test "a job that waits to be finalized stays" {
	start_vm
	memory source
	memory target
	ask blockdev-backup '{"job-id":"backup-source","device":"source","target":"target","sync":"full","auto-finalize":false}'
	waits() { vm_ask query-jobs | jq -e '.[0].status == "pending"'; }
	wait_for 10 waits
	nothing_found
	must_stay 'its status is pending' backup-source
}

@test "netdevs with a NIC, a hub or a filter stay; a port with nothing in it is left over" {
	start_vm -- -device qemu-xhci,id=xhci
	ask netdev_add '{"type":"user","id":"n1-net"}'
	ask device_add '{"driver":"usb-net","id":"n1","netdev":"n1-net","bus":"xhci.0"}'
	ask netdev_add '{"type":"user","id":"n2-net"}'
	ask netdev_add '{"type":"hubport","id":"h2-net","hubid":3,"netdev":"n2-net"}'
	ask netdev_add '{"type":"user","id":"n3-net"}'
	ask object-add '{"qom-type":"filter-buffer","id":"f0","netdev":"n3-net","interval":1000}'
	ask netdev_add '{"type":"hubport","id":"h4-net","hubid":4}'
	found 'netdev h4-net' 'object f0'
	must_stay 'n1 is at its other end' n1-net
	must_stay 'h2-net is at its other end' n2-net
	must_stay 'filters are attached to it' n3-net
	qb_ok --json leftovers --clean
	assert_json '.removed == ["netdev h4-net"]'
}

@test "an iothread that a device works with stays: QEMU itself would let it go" {
	start_vm
	memory n
	ask object-add '{"qom-type":"iothread","id":"io0"}'
	ask object-add '{"qom-type":"iothread","id":"io1"}'
	ask device_add '{"driver":"virtio-blk-pci","drive":"n","iothread":"io0","bus":"rp0","addr":"0"}'
	found 'object io1'
	must_stay 'device device\[[0-9]+\] uses it' io0
	qb_ok leftovers --clean io1
	nothing_found
}

@test "memory that the machine or a DIMM has stays" {
	start_vm -- -m 64,slots=2,maxmem=1G
	ask object-add '{"qom-type":"memory-backend-ram","id":"mem1","size":134217728}'
	ask object-add '{"qom-type":"memory-backend-ram","id":"mem2","size":134217728}'
	ask device_add '{"driver":"pc-dimm","id":"dimm1","memdev":"mem1"}'
	found 'object mem2'
	must_stay 'device dimm1 uses it' mem1
	must_stay 'the machine uses it' pc.ram
}

@test "memory whose use cannot be seen is said to be so: a NUMA node leaves no trace" {
	start_vm -- -object memory-backend-ram,id=numa0,size=64M -numa node,memdev=numa0
	found 'object numa0'
	assert_json '.leftovers[0].used == "not known"'
	qb leftovers --clean numa0
	outcome 1 '' '~^qmpbox leftovers: object numa0 could not be removed: object-del: .*in use'
	assert_equal "${stderr_lines[1]}" '  left: object numa0'
}

@test "throttle groups: one without a node is left over, else it is not known" {
	start_vm
	ask object-add '{"qom-type":"throttle-group","id":"tg0"}'
	found 'object tg0'
	assert_json '.leftovers[0].used == "no"'
	memory n
	ask blockdev-add '{"driver":"throttle","node-name":"th","throttle-group":"tg0","file":"n"}'
	qb_ok --json leftovers
	assert_json '.leftovers[] | select(.name == "tg0") | .used == "not known"'
	qb_ok --json leftovers --clean th n tg0
	assert_json '.removed == ["node th", "node n", "object tg0"]'
	nothing_found
}

# ----------------------------------------------------------------------------- exports

# nbd_export NODE: exports the node as e0 at $T/nbd
nbd_export() {
	ask nbd-server-start "{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"$T/nbd\"}}}"
	ask block-export-add "{\"type\":\"nbd\",\"id\":\"e0\",\"node-name\":\"$1\",\"name\":\"x\"}"
}

@test "an export is shown as not known, and goes with its node when both are named" {
	local before
	start_qsd
	before=$(vm_ask query-named-block-nodes)
	memory n
	nbd_export n
	found 'export e0' 'node n'
	assert_json '.leftovers[0] | .used == "not known" and .what == "nbd export of node n"'
	assert_json '.leftovers[1].why == "only export e0 uses it"'
	must_stay_qsd() {
		qb leftovers --clean n
		outcome 7 '' '~node n must stay: export e0 uses it, which is left over too'
	}
	must_stay_qsd
	qb_ok --json leftovers --clean n e0
	assert_json '.removed == ["export e0", "node n"]'
	assert_equal "$(vm_ask query-named-block-nodes)" "$before"
	assert_equal "$(vm_ask query-block-exports)" '[]'
}

@test "an export with a client is refused by QEMU: status 1, the others are done, what is left is named" {
	start_qsd
	memory n
	memory m
	nbd_export n
	server=$S2
	start_qsd --blockdev "nbd,node-name=c,server.type=unix,server.path=$T/nbd,export=x,read-only=on"
	S=${server%2} S2=$server
	qb leftovers --clean n e0 m
	outcome 1 '' '~^qmpbox leftovers: export e0 could not be removed: block-export-del: .*in use.*; removed: node m'
	assert_equal "${stderr_lines[1]}" '  left: export e0, node n'
	found 'export e0' 'node n'
	qb --json leftovers --clean e0
	assert_equal "$status" 1
	output=$stderr
	assert_json '.error | .kind == "refused" and .left == ["export e0"] and .command == "block-export-del"'
}

# ------------------------------------------------------------------------------- names

@test "wrong names: one sentence, status 2, and nothing is removed" {
	local before
	start_vm
	disk_node d1
	memory both
	ask object-add '{"qom-type":"iothread","id":"both"}'
	before=$(vm_state)
	qb leftovers --clean d1 botj
	outcome 2 '' "qmpbox leftovers: there is no export, job, netdev, node, fdset or object 'botj'; did you mean 'both'?"
	qb leftovers --clean netdev:d1
	outcome 2 '' "qmpbox leftovers: there is no netdev 'd1'"
	qb leftovers --clean node:d2
	outcome 2 '' "qmpbox leftovers: there is no node 'd2'; did you mean 'd1'?"
	qb leftovers --clean both
	outcome 2 '' "qmpbox leftovers: 'both' is both: say node:both or object:both"
	qb leftovers --clean node:
	outcome 2 '' "~^qmpbox leftovers: there is no node ''"
	qb leftovers both
	outcome 2 '' "qmpbox leftovers: 'both': names say what --clean removes, which is not given"
	qb leftovers --clean $'\xff'
	outcome 2 '' '~^qmpbox leftovers: '
	assert_equal "$(vm_state)" "$before"
	qb_ok --json leftovers --clean object:both
	assert_json '.removed == ["node d1", "node d1-file", "object both"]'
}

@test "--dry-run prints what --clean would send, and sends nothing" {
	local before
	start_vm --events
	one_of_each
	memory theirs
	before=$(vm_state)
	qb_ok --json leftovers --clean --dry-run theirs
	assert_json -s 'map(.message.execute) == ["job-dismiss", "netdev_del", "blockdev-del", "blockdev-del",
		"blockdev-del", "remove-fd", "remove-fd"]'
	assert_json -s 'map(.message.arguments."node-name" // empty) | sort == ["d1", "d1-file", "theirs"] and
		index("d1") < index("d1-file")'
	qb_ok leftovers --dry-run
	assert_equal "$(vm_state)" "$before"
}

@test "what a peer wrote does nothing to a terminal" {
	start_vm --events
	fdset 5 $'x\e[31mred\u202e'
	qb_ok leftovers
	assert_output --partial 'x\x1B[31mred\u{202E}'
	refute_output --partial $'\e'
	start_fake <<-'EOF'
		greet
		on query-named-block-nodes reply [{"node-name":"\u001b]0;x\u0007","drv":"\u001b[2J","file":"a\nb"}]
		on query-jobs reply [{"id":"\u001b[1m","status":"concluded","type":"\u009b1m","error":"\u001b[3m"}]
		on query-block reply []
		on query-block-exports reply [{"id":"\u001b[4m","type":"nbd","node-name":"\u001b[5m"}]
		on query-fdsets reply []
		on x-debug-query-block-graph reply {"nodes":[],"edges":[]}
		on human-monitor-command reply "\u001b[7m: index=0,type=user,x\r\n"
		on qom-list reply []
		on qom-get reply "x"
		serve
	EOF
	qb_ok leftovers
	fake_done
	refute_output --partial $'\e'
	refute_output --partial $'\u009b'
	assert_equal "${#lines[@]}" 5
}

# ---------------------------------------------------------------------- QEMU's own ways

@test "a paused QEMU 7.2 keeps a removed descriptor: named as left, status 0" {
	start_vm --events --paused
	[[ $(vm_ask query-version | jq .qemu.major) -lt 10 ]] || skip 'this QEMU drops it at once'
	fdset 5 qmpbox:d1
	qb --json leftovers --clean
	assert_equal "$status" 0
	assert_json '.removed == [] and .left == ["fdset 5"]'
	assert_regex "$stderr" 'keeps the descriptors of an fdset while the VM is paused'
	qb leftovers --clean
	outcome 0 '~fdset +5 +yes' '~keeps the descriptors'
}

@test "QEMU 5.2 is not asked for its nodes while a concluded backup waits: that would end it" {
	start_fake --connections 2 <<-'EOF'
		greet 5.2.0
		on query-jobs reply [{"id":"backup-n","status":"concluded","type":"backup"},{"id":"b","status":"concluded","type":"backup"}]
		on qom-list reply []
		on human-monitor-command reply "n1-net: index=0,type=user,x\r\n"
		serve
		connection 2
		greet 5.2.0
		on query-jobs reply [{"id":"backup-n","status":"concluded","type":"backup"},{"id":"b","status":"concluded","type":"backup"}]
		serve
	EOF
	qb --json leftovers
	assert_equal "$status" 0
	assert_equal "$(labels)" $'job b\njob backup-n'
	assert_regex "$stderr" '^\{"note":"the backup backup-n has concluded and is not dismissed yet.*: until then only jobs are shown"\}$'
	qb --json leftovers --clean
	fake_done
	assert_equal "$status" 0
	assert_json '.removed == ["job backup-n"] and ."jobs-only"'
	run grep -c 'query-named-block-nodes\|netdev_del' "$FAKE_LOG"
	assert_output 0
}

# survey: what a VM answers that has netdevs a-net and b-net left, before it is told to remove them
survey='on query-block reply []
on query-block-exports reply []
on query-fdsets reply []
on query-jobs reply []
on query-named-block-nodes reply []
on x-debug-query-block-graph reply {"nodes":[],"edges":[]}
on qom-list reply []
on qom-get reply "pc.ram"
on human-monitor-command reply "a-net: index=0,type=tap,fd=9\r\nb-net: index=0,type=tap,fd=8\r\n"'

@test "what one refuses does not keep the others" {
	start_fake <<-EOF
		greet
		$survey
		on netdev_del error GenericError Device 'a-net' is not a netdev
		serve
	EOF
	qb leftovers --clean
	fake_done
	outcome 1 '' "~^qmpbox leftovers: netdev a-net could not be removed: netdev_del: Device 'a-net' is not a netdev"
	assert_equal "${stderr_lines[1]}" '  left: netdev a-net, netdev b-net'
	assert_equal "$(grep -c netdev_del "$FAKE_LOG")" 2
}

@test "what has gone meanwhile is no failure" {
	start_fake <<-EOF
		greet
		$survey
		on netdev_del error DeviceNotFound Device 'a-net' not found
		serve
	EOF
	qb_ok --json leftovers --clean
	fake_done
	assert_json '.removed == ["netdev a-net", "netdev b-net"] and .left == []'
}

# asked EXPORTS NETWORK NODES EDGES: the questions of leftovers in their order, and these answers
asked() {
	cat <<-EOF
		negotiate
		expect query-block-exports
		reply $1
		expect query-fdsets
		reply []
		expect human-monitor-command {"command-line":"info network"}
		reply $2
		expect qom-list {"path":"/objects"}
		reply []
		expect qom-list {"path":"/machine/peripheral"}
		reply []
		expect qom-list {"path":"/machine/peripheral-anon"}
		reply []
		expect qom-get {"path":"/machine","property":"memory-backend"}
		reply "pc.ram"
		expect query-jobs
		reply []
		expect query-block
		reply []
		expect query-named-block-nodes {"flat":true}
		reply $3
		expect query-jobs
		reply []
		expect x-debug-query-block-graph
		reply $4
	EOF
}

@test "the connection breaks while it cleans: status 5, and what is not known is named" {
	start_fake <<-EOF
		$(asked '[]' '"a-net: index=0,type=tap,fd=9\r\nb-net: index=0,type=tap,fd=8\r\n"' '[]' '{"nodes":[],"edges":[]}')
		expect netdev_del {"id":"a-net"}
		reply {}
		expect netdev_del {"id":"b-net"}
		close
	EOF
	qb leftovers --clean
	fake_done
	outcome 5 '' '~removed: netdev a-net'
	assert_equal "${stderr_lines[1]}" '  left: netdev b-net (not known)'
}

@test "an export is gone before its node is asked to go: block-export-del only begins it" {
	start_fake <<-EOF
		$(asked '[{"id":"e0","node-name":"n","type":"nbd"}]' '""' '[{"node-name":"n","drv":"raw"}]' \
			'{"nodes":[{"id":1,"type":"block-driver","name":"n"},{"id":2,"type":"block-backend","name":""}],"edges":[{"parent":2,"child":1,"name":"root"}]}')
		expect block-export-del {"id":"e0"}
		reply {}
		expect query-block-exports
		reply [{"id":"e0","node-name":"n","type":"nbd","shutting-down":true}]
		expect query-block-exports
		reply []
		expect blockdev-del {"node-name":"n"}
		reply {}
		expect-eof
	EOF
	qb_ok --json leftovers --clean n e0
	fake_done
	assert_json '.removed == ["export e0", "node n"]'
}

@test "an iothread that only a mapping of queues names is in use" {
	start_fake <<-EOF
		greet 10.0.13
		$survey
		on human-monitor-command reply ""
		on qom-list reply [{"name":"io0","type":"child<iothread>"},{"name":"iothread-vq-mapping","type":"IOThreadVirtQueueMappingList"}]
		on qom-get reply [{"vqs":[0],"iothread":"io0"}]
		serve
	EOF
	qb_ok --json leftovers
	fake_done
	assert_output '{"leftovers":[]}'
}

@test "a peer without x-debug-query-block-graph: no node is taken for unused" {
	start_fake <<-EOF
		greet
		$survey
		on query-named-block-nodes reply [{"node-name":"d1","drv":"raw","file":"x"}]
		on x-debug-query-block-graph error CommandNotFound The command x-debug-query-block-graph has not been found
		on human-monitor-command reply ""
		serve
	EOF
	qb_ok --json leftovers
	fake_done
	assert_output '{"leftovers":[]}'
}

# ---------------------------------------------------------------------- storage daemon

@test "a storage daemon: nodes, jobs, exports and objects; it has no netdevs and no fdsets" {
	start_qsd
	nothing_found
	disk_node d1
	memory source
	memory target
	ask object-add '{"qom-type":"iothread","id":"io0"}'
	backup_job backup-source source target
	found 'job backup-source' 'node d1' 'node d1-file' 'node source' 'node target' 'object io0'
	qb_ok --json leftovers --clean object:io0
	assert_json '.removed == ["job backup-source", "node d1", "node d1-file", "object io0"]'
	qb_ok leftovers --clean source target
	nothing_found
}

# ------------------------------------------------------------------------- round trips

# writes ARG...: how often qmpbox ARG... wrote to the monitor
writes() {
	local socket
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 60 strace -f -qq -o "$T/trace" \
		-e trace=sendmsg,sendto,write,writev "$QMPBOX" -s "$S" "$@" 3>&-
	assert_success
	socket=$(sed -n 's/.*sendmsg(\([0-9]*\),.*/\1/p' "$T/trace" | head -n 1)
	WRITES=$(grep -cE "(sendmsg|sendto|write|writev)\($socket," "$T/trace")
}

@test "two writes of questions (below 10), two more for the users of objects, one to clean" {
	requires strace
	strace -qq -o /dev/null true 2>/dev/null || skip 'strace cannot trace here'
	start_vm
	writes leftovers
	assert_equal "$WRITES" 2
	disk_node d1
	ask netdev_add '{"type":"user","id":"n1-net"}'
	writes leftovers --clean
	assert_equal "$WRITES" 3
	ask object-add '{"qom-type":"secret","id":"sec0","data":"x"}'
	writes leftovers
	assert_equal "$WRITES" 2
	ask object-add '{"qom-type":"iothread","id":"io0"}'
	writes leftovers
	assert_equal "$WRITES" 4
}
