#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# blockdev-snapshot on a real QEMU: the overlay that is made here, what its header says, what is
# refused before anything is made, and what is undone. Where QEMU does not fail on demand it is
# played by a script.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers
load images

setup() {
	qmpbox_setup
	cd "$T" || return 1
	requires qemu-img qemu-io
}
teardown() { qmpbox_teardown; }

# ------------------------------------------------------------------ made here

@test "on a disk plugged by descriptor, twice; what is written goes above; commit brings it back" {
	image a.img 8M
	patterned a.img 0x11 0 8M
	chmod 640 a.img
	start_scsi
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	plugged=$(vm_state)
	qb_ok --json blockdev-snapshot d1 --new s1
	assert_json --arg t "$T" '. == {device: "d1", node: "d1", overlay: "d1-s1", file: ($t + "/s1"),
		format: "qcow2", "backing-file": ($t + "/a.img")}'
	assert_equal "$stderr" ''
	assert_equal "$(backing s1)" "$T/a.img raw"
	assert_equal "$(stat -c %a s1)" 640
	guest_io d1 'write -q -P 0x22 1M 64k'
	qb_ok blockdev-snapshot d1 --new s2
	assert_output "d1: node d1-s2 (qcow2 $T/s2) on d1-s1"
	assert_equal "$stderr" 'qmpbox blockdev-snapshot: note: the disk d1 is on node d1-s1'
	assert_equal "$(backing s2)" "$T/s1 qcow2"
	guest_io d1 'write -q -P 0x33 2M 64k'
	assert_equal "$(vm_ask query-fdsets | jq 'map(.fds[])')" '[]'
	holds a.img raw 'read -P 0x11 0 8M'
	holds s1 qcow2 'read -P 0x11 0 1M' 'read -P 0x22 1M 64k' 'read -P 0x11 1088k 6m'
	holds s2 qcow2 'read -P 0x11 0 1M' 'read -P 0x22 1M 64k' 'read -P 0x33 2M 64k'

	qb_ok --json block-commit d1
	assert_json '. == {jobs: [{id: "commit-d1-s2", type: "commit", status: "concluded"}],
		device: "d1", root: "d1", removed: ["node d1-s2", "node d1-s1"]}'
	assert_equal "$(vm_state)" "$plugged"
	holds a.img raw 'read -P 0x11 0 1M' 'read -P 0x22 1M 64k' 'read -P 0x33 2M 64k'
	guest_io d1 'write -q -P 0x44 3M 64k'
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
	holds a.img raw 'read -P 0x33 2M 64k' 'read -P 0x44 3M 64k'
}

@test "one in the middle is committed; then unplug-disk takes overlay and base with it" {
	image a.img 8M
	start_scsi
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	qb_ok blockdev-snapshot d1 --new s1
	guest_io d1 'write -q -P 0x22 1M 64k'
	qb_ok blockdev-snapshot d1 --new s2
	guest_io d1 'write -q -P 0x33 2M 64k'
	qb_ok --json block-commit d1 top-node=d1-s1
	assert_json '.root == "d1-s2" and .removed == ["node d1-s1"] and .jobs[0].status == "concluded"'
	assert_equal "$(backing s2)" "$T/a.img raw"
	rm s1
	holds s2 qcow2 'read -P 0 0 1M' 'read -P 0x22 1M 64k' 'read -P 0x33 2M 64k'
	holds a.img raw 'read -P 0x22 1M 64k' 'read -P 0 2M 64k'
	qb_ok --json unplug-disk d1
	assert_json '.removed == ["device d1", "node d1-s2", "node d1"]'
	assert_equal "$(vm_state)" "$before"
}

@test "a disk of two snapshots is unplugged whole" {
	image a.img 1M
	start_scsi
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	qb_ok blockdev-snapshot d1 --new s1
	qb_ok blockdev-snapshot d1 --new s2
	qb --json unplug-disk d1
	# What QEMU calls the middle one is ours by its name.
	assert_success
	assert_json '.removed == ["device d1", "node d1-s2", "node d1-s1", "node d1"]'
	assert_equal "$(vm_state)" "$before"
}

@test "names: ID-sN that is free, overlay=, those that are taken, no name, or too long" {
	image a.img 1M
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	vm_ask blockdev-add '{"driver":"null-co","node-name":"d1-s1-file"}'
	vm_ask blockdev-add '{"driver":"null-co","node-name":"other"}'
	refused 2 "overlay: the node other, or other-file, is there already" blockdev-snapshot d1 --new s overlay=other
	refused 2 "overlay: '1x' is no name" blockdev-snapshot d1 --new s overlay=1x
	refused 2 "overlay: '' is no name" blockdev-snapshot d1 --new s overlay=
	refused 2 'that QEMU takes: say one with overlay=' blockdev-snapshot d1 --new s overlay=abcdefghijklmnopqrstuvwxyz1
	refused 2 "'size=1M': with --new there are" blockdev-snapshot d1 --new s size=1M
	refused 2 "'d2': that is given twice" blockdev-snapshot d1 d2 --new s
	refused 2 'of which node' blockdev-snapshot --new s
	qb_ok --json blockdev-snapshot d1 --new s
	assert_json '.overlay == "d1-s2"'
	# 26 letters and -file are 31
	qb_ok --json blockdev-snapshot node=d1 overlay=abcdefghijklmnopqrstuvwxyz --new t
	assert_json '.overlay == "abcdefghijklmnopqrstuvwxyz" and .node == "d1-s2" and .device == "d1"'
	# Three equal sizes could not be told apart.
	guest_io d1 "write -q 0 64k"
	qb_ok --json blockdev-snapshot d1 --new u
	assert_json '.overlay == "d1-s3" and .node == "abcdefghijklmnopqrstuvwxyz"'
}

@test "what is refused before anything is made: file there, no folder, no node" {
	image a.img 1M
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	echo mine >there
	refused 8 "$T/there is there already" blockdev-snapshot d1 --new there
	assert_equal "$(<there)" mine
	refused 8 "cannot make $T/no/s: No such file or directory" blockdev-snapshot d1 --new no/s
	refused 2 "there is no block node 'd2'; did you mean 'd1'" blockdev-snapshot d2 --new s
	refused 2 '--new FILE makes one' blockdev-snapshot d1
	ln -s nowhere dangling
	refused 8 'dangling' blockdev-snapshot d1 --new dangling
}

@test "no permission: status 8, and nothing is sent that changes" {
	((EUID == 0)) || skip 'needs root, to give up its rights'
	requires setpriv
	start_vm --machine none
	vm_ask blockdev-add '{"driver":"null-co","node-name":"n1"}'
	mkdir -m 500 private
	run --separate-stderr setpriv --bounding-set=-dac_override,-dac_read_search -- \
		"$QMPBOX" -s "$S" --log "$T/sent" blockdev-snapshot n1 --new private/s --backing-file /b 3>&-
	outcome 8 '' "qmpbox blockdev-snapshot: cannot make $T/private/s: Permission denied"
	assert_equal "$(changes sent)" ''
}

@test "--backing-file: a descriptor's name and json: are refused; a path goes into the header" {
	image a.img 1M
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	refused 2 '--backing-file: a descriptor has no name' blockdev-snapshot d1 --new s --backing-file /dev/fdset/1
	refused 2 '--backing-file: give the path of the file, not a json: object' blockdev-snapshot d1 --new s --backing-file 'json:{"driver":"raw"}'
	refused 2 '--backing-file goes with --new' blockdev-snapshot node=d1 overlay=x --backing-file a.img
	ln -s a.img link.img
	qb_ok blockdev-snapshot d1 --new s --backing-file "$T/link.img"
	assert_equal "$(backing s)" "$T/link.img raw"
}

@test "the real name is not known: said, and asked for" {
	image a.img 1M
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	# Two that are equally large and empty cannot be told apart.
	image b.img 1M
	qb_ok hotplug-disk d2 b.img driver=scsi-hd
	refused 2 'the real name of the image on node d1 is not known .QEMU calls it /dev/fdset/[0-9]+.: say it with --backing-file PATH' \
		blockdev-snapshot d1 --new s
	qb_ok blockdev-snapshot d1 --new s --backing-file a.img
	assert_equal "$(backing s)" 'a.img raw'
	qb_ok unplug-disk d2
	# Deleted meanwhile: no name leads there.
	image c.img 2M
	qb_ok hotplug-disk d3 c.img driver=scsi-hd
	rm c.img
	refused 2 'is not known' blockdev-snapshot d3 --new t
}

@test "--dry-run: messages and inverses, no file, nothing sent" {
	image a.img 1M
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	before=$(vm_state)
	qb_ok blockdev-snapshot d1 --new s --dry-run
	assert_equal "$stderr" ''
	assert_json -s 'map(.message.execute) == ["add-fd", "blockdev-add", "blockdev-create", "blockdev-del",
		"blockdev-add", "blockdev-snapshot", "remove-fd"]'
	assert_json -s --arg t "$T" '.[0].descriptor == $t + "/s (read-write)" and
		.[2].message.arguments.options."backing-file" == $t + "/a.img" and
		.[2].inverse == {execute: "job-cancel", arguments: {id: "create-d1-s1"}} and
		.[4].inverse == {execute: "blockdev-del", arguments: {"node-name": "d1-s1"}}'
	assert [ ! -e s ]
	assert_equal "$(vm_state)" "$before"
}

@test "--cache none below is --cache none above" {
	image a.img 1M
	dd if=a.img of=/dev/null bs=4096 count=1 iflag=direct status=none || skip 'no O_DIRECT here'
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd --cache none
	qb_ok blockdev-snapshot d1 --new s
	run -0 vm_ask query-named-block-nodes
	assert_json 'map(select(."node-name" | startswith("d1-s1"))) | length == 2 and all(.cache.direct)'
}

@test "a filter above, a bitmap below: the overlay is above the filter, and the bitmap stays, said" {
	start_vm --machine none -- -object throttle-group,id=tg
	image base.qcow2 1M qcow2
	vm_ask blockdev-add '{"driver":"qcow2","node-name":"q","file":{"driver":"file","filename":"base.qcow2"}}'
	vm_ask block-dirty-bitmap-add '{"node":"q","name":"b1"}'
	vm_ask blockdev-add '{"driver":"throttle","node-name":"thr","throttle-group":"tg","file":"q"}'
	qb_ok --json blockdev-snapshot thr --new s
	assert_json --arg t "$T" '.overlay == "thr-s1" and .node == "thr" and ."backing-file" == $t + "/base.qcow2"'
	output=$stderr assert_json '.note == "the bitmaps of q stay with it: they record nothing that is written from now on"'
	assert_equal "$(backing s)" "$T/base.qcow2 qcow2"
}

@test "a relative file name of a QEMU that was started elsewhere: the header has the absolute one" {
	mkdir elsewhere
	image elsewhere/a.qcow2 1M qcow2
	cd elsewhere
	start_vm --machine none -- -blockdev driver=qcow2,node-name=n1,file.driver=file,file.filename=a.qcow2
	cd "$T"
	qb_ok blockdev-snapshot n1 --new s
	assert_equal "$(backing s)" "$T/elsewhere/a.qcow2 qcow2"
	assert_output "node n1-s1 (qcow2 $T/s) on n1"
	qb_ok blockdev-snapshot n1-s1 --new t
	assert_output "node n1-s2 (qcow2 $T/t) on n1-s1"
}

@test "at a storage daemon QEMU opens the file by its path" {
	image a.img 1M
	start_qsd --blockdev "driver=raw,node-name=n1,file.driver=file,file.filename=$T/a.img"
	qb_ok --json blockdev-snapshot n1 --new s1
	assert_json --arg t "$T" '.overlay == "n1-s1" and .file == $t + "/s1"'
	assert_equal "$(backing s1)" "$T/a.img raw"
	run -0 vm_ask query-named-block-nodes
	assert_json --arg t "$T" 'map(select(."node-name" == "n1-s1-file"))[0].file == $t + "/s1"'
	qb_ok --json block-commit n1-s1
	assert_json '.removed == ["node n1-s1"]'
	assert_equal "$(vm_ask query-jobs)" '[]'
}

# --------------------------------------------------------- with nodes that are there

@test "the plain form: an overlay that was added, and what is wrong with others" {
	image a.img 1M
	for name in o1 o2 o3; do image "$name" 1M qcow2; done
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	vm_ask blockdev-add '{"driver":"qcow2","node-name":"o1","file":{"driver":"file","filename":"'"$T"'/o1"},"backing":null}'
	vm_ask blockdev-add '{"driver":"qcow2","node-name":"o2","file":{"driver":"file","filename":"'"$T"'/o2"},"backing":"o1"}'
	refused 2 "overlay: o2 has a backing image already: add it with backing:=null" blockdev-snapshot node=d1 overlay=o2
	refused 2 "overlay: o1 is in use by node o2" blockdev-snapshot node=d1 overlay=o1
	refused 2 "overlay: there is no block node 'o3'; did you mean" blockdev-snapshot node=d1 overlay=o3
	refused 2 "no block node 'd9'; did you mean 'd1'" blockdev-snapshot node=d9 overlay=o1
	refused 2 "no member 'overlya'; did you mean 'overlay'" blockdev-snapshot node=d1 overlya=o1
	refused 2 'overlay' blockdev-snapshot node=d1
	vm_ask blockdev-del '{"node-name":"o2"}'
	qb_ok --json blockdev-snapshot node=d1 overlay=o1
	assert_json '. == {device: "d1", node: "d1", overlay: "o1"}'
	assert_equal "$(vm_ask query-block | jq -r '.[0].inserted."node-name"')" o1
}

# ------------------------------------------------------------------------ undone

# survey: what a script answers to the questions that come first
NODES='[{"node-name":"n1","drv":"raw","file":"/b","ro":false,"cache":{"direct":false,"no-flush":false},"image":{"filename":"/b","virtual-size":1048576}}]'
NO_EDGES='{"nodes":[{"id":1,"type":"block-driver","name":"n1"}],"edges":[]}'
survey() {
	cat <<-EOF
		negotiate
		expect query-fdsets
		reply []
		expect query-jobs
		reply []
		expect query-block
		reply []
		expect query-named-block-nodes
		reply $NODES
		expect query-jobs
		reply []
		expect x-debug-query-block-graph
		reply $NO_EDGES
	EOF
}

# formatted: up to the file that has its format and is a node no more
formatted() {
	cat <<-'EOF'
		expect add-fd {"opaque":"qmpbox:n1"}
		expect-fd rw =s
		reply {"fd":12,"fdset-id":1}
		expect blockdev-add {"driver":"file","node-name":"n1-s1-file"}
		reply {}
		expect blockdev-create {"job-id":"create-n1-s1","options":{"driver":"qcow2","file":"n1-s1-file","size":1048576,"backing-file":"/b","backing-fmt":"raw"}}
		reply {}
		event JOB_STATUS_CHANGE {"id":"create-n1-s1","status":"concluded"}
		expect query-jobs
		reply [{"id":"create-n1-s1","type":"create","status":"concluded","current-progress":1,"total-progress":1}]
		expect job-dismiss {"id":"create-n1-s1"}
		reply {}
		expect blockdev-del {"node-name":"n1-s1-file"}
		reply {}
	EOF
}

@test "blockdev-snapshot is refused: nodes, set and file go, and are named" {
	{
		survey
		formatted
		cat <<-'EOF'
			expect blockdev-add {"driver":"qcow2","node-name":"n1-s1","backing":null}
			reply {}
			expect blockdev-snapshot {"node":"n1","overlay":"n1-s1"}
			error GenericError no snapshot today
			expect remove-fd
			reply {}
			expect blockdev-del {"node-name":"n1-s1"}
			reply {}
			on query-fdsets reply []
			serve
		EOF
	} | cat >script
	start_fake <script
	qb --json blockdev-snapshot n1 --new s
	fake_done
	assert_failure 1
	assert_equal "$output" ''
	output=$(tail -n 1 <<<"$stderr") assert_json --arg t "$T" '.error | .desc == "no snapshot today" and
		(.undone | contains(["node n1-s1", "file " + $t + "/s"])) and (.left // [] | length == 0)'
	assert [ ! -e s ]
}

@test "the id of the job that formats it is taken: undone, file and node and set; their job stays" {
	image a.img 1M
	image other 1M
	start_scsi
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	vm_ask blockdev-add '{"driver":"file","node-name":"other","filename":"'"$T"'/other"}'
	vm_ask blockdev-create '{"job-id":"create-d1-s1","options":{"driver":"qcow2","file":"other","size":1048576}}'
	wait_for 10 job_is create-d1-s1 concluded
	before=$(vm_state)
	qb --json blockdev-snapshot d1 --new s
	assert_failure 1
	assert_equal "$output" ''
	output=$stderr assert_json --arg t "$T" '.error | (.desc | contains("create-d1-s1")) and
		(.undone | length == 3 and .[0] == "node d1-s1-file" and (.[1] | startswith("fdset ")) and
		.[2] == "file " + $t + "/s") and (has("left") | not)'
	assert [ ! -e s ]
	assert_equal "$(vm_state)" "$before"
}

@test "two descriptors gave the same numbers, and only one file still has them: it is not believed" {
	image other 1M
	# It has it open then, as QEMU would, and is called like one.
	exec 7<>other
	cp "$FAKEQMP" qemu-fake
	FAKEQMP=$T/qemu-fake
	file() { echo '{"node-name":"'"$1"'-file","drv":"file","file":"/dev/fdset/'"$2"'","image":{"filename":"/dev/fdset/'"$2"'","virtual-size":1048576,"actual-size":0}}'; }
	raw='{"node-name":"n1","drv":"raw","file":"/dev/fdset/1","ro":false,"cache":{"direct":false,"no-flush":false},"image":{"filename":"/dev/fdset/1","virtual-size":1048576,"actual-size":0}}'
	edges='{"nodes":[{"id":1,"type":"block-driver","name":"n1"},{"id":2,"type":"block-driver","name":"n1-file"}],"edges":[{"name":"file","parent":1,"child":2,"perm":[],"shared-perm":[]}]}'
	for twin in '' ",$(file n2 2)"; do
		start_fake <<-EOF
			negotiate
			on query-fdsets reply []
			on query-block reply []
			on query-named-block-nodes reply [$raw,$(file n1 1)$twin]
			on query-jobs reply []
			on x-debug-query-block-graph reply $edges
			serve
		EOF
		qb blockdev-snapshot n1 --new s --dry-run
		if [[ $twin ]]; then
			assert_failure 2
			assert_regex "$stderr" 'the real name of the image on node n1 is not known'
		else
			assert_success
			assert_json -s --arg t "$T" '.[2].message.arguments.options."backing-file" == $t + "/other"'
		fi
	done
	exec 7>&-
}

@test "a name with control characters is escaped in what is said" {
	start_vm --machine none
	vm_ask blockdev-add '{"driver":"null-co","node-name":"n1"}'
	qb blockdev-snapshot n1 --new $'s\e[31m' --backing-file /b overlay=o
	refute_regex "$output$stderr" $'\e'
	qb blockdev-snapshot n1 --new $'no\e[31m/s' --backing-file /b
	assert_failure 8
	refute_regex "$output$stderr" $'\e'
}

@test "the connection breaks before the answer, and the snapshot did take effect: the file stays" {
	after='{"nodes":[{"id":1,"type":"block-driver","name":"n1"},{"id":2,"type":"block-driver","name":"n1-s1"}],"edges":[{"name":"backing","parent":2,"child":1,"perm":[],"shared-perm":[]}]}'
	{
		survey
		formatted
		cat <<-EOF
			expect blockdev-add {"driver":"qcow2","node-name":"n1-s1","backing":null}
			reply {}
			expect blockdev-snapshot {"node":"n1","overlay":"n1-s1"}
			close
			connection 2
			negotiate
			on query-block reply []
			on query-named-block-nodes reply [{"node-name":"n1"},{"node-name":"n1-s1"}]
			on query-jobs reply []
			on query-fdsets reply []
			on x-debug-query-block-graph reply $after
			serve
		EOF
	} >script
	start_fake <script
	qb --json blockdev-snapshot n1 --new s
	assert_failure 5
	output=$(tail -n 1 <<<"$stderr") assert_json --arg t "$T" '.error | (.message | contains("did take effect")) and
		(.undone // [] | length == 0) and (.left | index("file " + $t + "/s"))'
	# The disk is on it: to unlink it would lose what the guest writes.
	assert [ -e s ]
	run ! grep -q 'execute":"blockdev-del","arguments":{"node-name":"n1-s1"' "$FAKE_LOG"
}
