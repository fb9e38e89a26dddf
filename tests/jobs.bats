#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# block-commit, block-stream, blockdev-mirror and blockdev-backup on a real QEMU: what the images
# hold afterwards, what their headers say, what is left in the VM, and which words are refused
# before anything is sent. How jobs are watched, and how they fail, is in jobwait.bats.
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

# chain: base (raw, 0x11), middle (0x22 at 1M) and top (0x33 at 2M), with relative names in the
# headers, and what they amount to in want
chain() {
	image base 8M
	patterned base 0x11 0 8M
	image middle 8M qcow2 -b base -F raw
	patterned middle 0x22 1M 64k qcow2
	image top 8M qcow2 -b middle -F qcow2
	patterned top 0x33 2M 64k qcow2
	qemu-img convert -O raw top want
}

# nodes_of_chain: QEMU's arguments that open it as nodes t, m and b, by relative names
nodes_of_chain() {
	local file='"file":{"driver":"file","filename":'
	NODES=(-blockdev '{"driver":"raw","node-name":"b","read-only":true,'"$file"'"base"}}'
		-blockdev '{"driver":"qcow2","node-name":"m","read-only":true,"backing":"b",'"$file"'"middle"}}'
		-blockdev '{"driver":"qcow2","node-name":"t","backing":"m",'"$file"'"top"}}')
}

# targets NAME SIZE...: raw images that are nodes of their names
targets() {
	while (($#)); do
		image "$1" "$2"
		vm_ask blockdev-add '{"driver":"raw","node-name":"'"$1"'","file":{"driver":"file","node-name":"'"$1"'-file","filename":"'"$T/$1"'"}}'
		shift 2
	done
}

# same FILE FORMAT FILE: do the two images, the second one raw, hold the same bytes?
same() { run -0 qemu-img compare -U -f "$2" -F raw "$1" "$3"; }

# node_flush NODE: what QEMU has in memory of a node that no device uses goes into its image
node_flush() { assert_equal "$(vm_ask human-monitor-command '{"command-line":"qemu-io '"$1"' flush"}')" '""'; }

# disks: d1 of one.img, plugged by descriptor; what it holds is in want
disks() {
	image one.img 8M
	patterned one.img 0x11 0 4M
	start_scsi
	empty=$(vm_state)
	qb_ok hotplug-disk d1 one.img driver=scsi-hd
	cp one.img want
}

# ---------------------------------------------------------------------- commit

@test "commit of the active layer of a chain that QEMU opened by relative names, elsewhere" {
	mkdir elsewhere
	cd elsewhere
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}"
	cd "$T"
	qb_ok --json block-commit t
	assert_json '. == {jobs: [{id: "commit-t", type: "commit", status: "concluded"}], left: ["node t", "node m"]}'
	assert_equal "$stderr" ''
	same elsewhere/base raw elsewhere/want
	assert_equal "$(vm_ask query-jobs)" '[]'
	assert_equal "$(backing elsewhere/top)" 'middle qcow2'
	vm_ask blockdev-del '{"node-name":"t"}'
	vm_ask blockdev-del '{"node-name":"m"}'
}

@test "commit of the middle: the header of what is above names the base by its real path" {
	mkdir elsewhere
	cd elsewhere
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}"
	cd "$T"
	qb_ok --json block-commit t top-node=m
	assert_json '.left == ["node m"] and .jobs[0].status == "concluded"'
	assert_equal "$(backing elsewhere/top)" "$T/elsewhere/base raw"
	rm elsewhere/middle
	same elsewhere/top qcow2 elsewhere/want
	holds elsewhere/base raw 'read -P 0x22 1M 64k' 'read -P 0x11 2M 64k'
}

@test "commit of the middle, by files' names, as QEMU also takes them" {
	chain
	start_vm --machine none -- -blockdev "qcow2,node-name=t,file.driver=file,file.filename=$T/top"
	qb_ok block-commit t top="$T/middle" base="$T/base"
	assert_equal "$(backing top)" "$T/base raw"
	rm middle
	same top qcow2 want
}

@test "commit: backing-file= is taken as given; a descriptor's name or json: is refused" {
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}"
	refused 2 'backing-file: a descriptor has no name' block-commit t top-node=m backing-file=/dev/fdset/3
	refused 2 'backing-file: give the path of the file, not a json: object' block-commit t top-node=m backing-file='json:{}'
	refused 2 'backing-file= does not go with the active layer' block-commit t backing-file=base
	qb_ok block-commit t top-node=m backing-file=base
	assert_equal "$(backing top)" 'base raw'
	same top qcow2 want
}

@test "commit: refused in one sentence, with the chain, and nothing sent" {
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}" -blockdev driver=null-co,node-name=other
	refused 2 "there is no block node 'tt'" block-commit tt
	refused 2 "the top b is not above the base m; its chain is t <- m <- b" block-commit t top-node=b base-node=m
	refused 2 "the top m is not above the base m; its chain is t <- m <- b" block-commit t top-node=m base-node=m
	refused 2 "top-node: other is not below t; its chain is t <- m <- b" block-commit t top-node=other
	refused 2 "base-node: there is no block node 'bb'.*its chain is t <- m <- b" block-commit t base-node=bb
	refused 2 "b has no backing image: there is nothing to commit into" block-commit b
	refused 2 "'m': one device at a time" block-commit t m
	refused 2 "of which node" block-commit
	refused 2 "no member 'tpo-node'; did you mean 'top-node'" block-commit t tpo-node=m
	refused 2 "device= is missing|'device'" block-commit top-node=m
	refused 2 "--no-complete and --until concluded exclude each other" block-commit t --no-complete --until concluded
	refused 2 "--detach waits for nothing" block-commit t --detach --until ready
	refused 2 "--detach waits for nothing" block-commit t --detach --no-complete
	refused 2 'ready' block-commit t --until never
}

@test "commit: the id of a device shows its chain where a node is meant" {
	image one.img 1M
	start_scsi
	qb_ok hotplug-disk d1 one.img driver=scsi-hd
	qb_ok blockdev-snapshot d1 --new s1 overlay=o1
	vm_ask blockdev-add '{"driver":"null-co","node-name":"n1"}'
	refused 2 "base-node: there is no block node 'd9'.*its chain is o1 <- d1" block-commit d1 base-node=d9
	image two.img 2M
	qb_ok hotplug-disk d2 two.img driver=scsi-hd
	qb_ok blockdev-snapshot d2 --new s2 overlay=o2
	qb_ok block-commit d2
	vm_ask blockdev-add '{"driver":"null-co","node-name":"tgt","size":2097152}'
	qb_ok blockdev-mirror d2 target=tgt sync=full
	refused 2 "target: there is no block node 'd2'; the disk d2 is tgt" blockdev-backup d1 target=d2 sync=full
}

@test "commit --dry-run: the message and its inverse, and nothing is sent" {
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}"
	before=$(vm_state)
	qb_ok block-commit t top-node=m --dry-run
	assert_json -s --arg t "$T" 'length == 1 and .[0] == {message: {execute: "block-commit", arguments:
		{device: "t", "top-node": "m", "backing-file": ($t + "/base"), "job-id": "commit-t", "auto-dismiss": false}},
		inverse: {execute: "job-cancel", arguments: {id: "commit-t"}}}'
	assert_equal "$(vm_state)" "$before"
}

# ---------------------------------------------------------------------- stream

@test "stream of all: the image stands alone, the others are left to their owner" {
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}"
	qb_ok --json block-stream t
	assert_json '. == {jobs: [{id: "stream-t", type: "stream", status: "concluded"}], left: ["node m", "node b"]}'
	assert_equal "$(backing top)" 'null null'
	node_flush t
	mkdir away
	mv base middle away
	same top qcow2 want
	assert_equal "$(vm_ask query-jobs)" '[]'
}

@test "stream to a base, by base-node= and by bottom=: the header names it by its real path" {
	mkdir elsewhere
	cd elsewhere
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}"
	cd "$T"
	qb_ok --json block-stream t base-node=b
	assert_json '.left == ["node m"]'
	assert_equal "$(backing elsewhere/top)" "$T/elsewhere/base raw"
	node_flush t
	rm elsewhere/middle
	same elsewhere/top qcow2 elsewhere/want

	vm_ask quit
	rm -r elsewhere/*
	cd elsewhere
	chain
	start_vm --machine none -- "${NODES[@]}"
	cd "$T"
	qb_ok block-stream t bottom=m
	node_flush t
	assert_equal "$(backing elsewhere/top)" "$T/elsewhere/base raw"
	rm elsewhere/middle
	same elsewhere/top qcow2 elsewhere/want
}

@test "stream: refused in one sentence, and nothing sent" {
	chain
	nodes_of_chain
	start_vm --machine none -- "${NODES[@]}" -blockdev driver=null-co,node-name=other
	refused 2 "the base t is not below t; its chain is t <- m <- b" block-stream t base-node=t
	refused 2 "base-node: other is not below t" block-stream t base-node=other
	refused 2 "bottom: there is no block node 'n'" block-stream t bottom=n
	# That those two exclude each other is QEMU's to say.
	qb block-stream t bottom=m base-node=b
	assert_failure
	assert_regex "$stderr" "^qmpbox block-stream: .*(bottom|backing)"
	refused 2 'backing-file: a descriptor has no name' block-stream t base-node=b backing-file=/dev/fdset/0
	refused 2 'no-complete' block-stream t --no-complete
}

@test "a passed chain: streamed in parts and whole, by real names" {
	chain
	start_scsi
	before=$(vm_state)
	qb_ok hotplug-disk d1 top --format qcow2 driver=scsi-hd
	qb_ok --json block-stream d1 base-node=d1-b2
	assert_json '.jobs[0].status == "concluded" and .device == "d1" and .root == "d1"'
	assert_equal "$(backing top)" "$T/base raw"
	guest_io d1 'write -q -P 0x44 3M 64k'
	patterned want 0x44 3M 64k
	same top qcow2 want
	qb_ok block-stream d1
	guest_io d1 flush
	assert_equal "$(backing top)" 'null null'
	mkdir away
	mv base middle away
	same top qcow2 want
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}

@test "a passed chain: committed into its base, though that was passed read-only; then unplugged" {
	chain
	start_scsi
	before=$(vm_state)
	qb_ok hotplug-disk d1 top --format qcow2 driver=scsi-hd
	qb_ok --json block-commit d1 top-node=d1-b1
	assert_json '.root == "d1" and .jobs[0].status == "concluded"'
	assert_equal "$(backing top)" "$T/base raw"
	holds base raw 'read -P 0x22 1M 64k' 'read -P 0x11 2M 64k'
	guest_io d1 'write -q -P 0x44 3M 64k'
	patterned want 0x44 3M 64k
	same top qcow2 want
	qb_ok --json block-commit d1
	assert_json '.root == "d1-b2" and .removed == ["node d1"]'
	guest_io d1 'write -q -P 0x55 4M 64k'
	patterned want 0x55 4M 64k
	same base raw want
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}

# ---------------------------------------------------------------------- mirror

@test "mirror: the disk is on the target afterwards, and what held its source has gone" {
	disks
	targets copy 8M
	qb_ok --json blockdev-mirror d1 target=copy sync=full
	assert_json '. == {jobs: [{id: "mirror-d1", type: "mirror", status: "concluded"}],
		device: "d1", root: "copy", removed: ["node d1"]}'
	assert_equal "$stderr" ''
	guest_io d1 'write -q -P 0x44 3M 64k'
	same one.img raw want
	patterned want 0x44 3M 64k
	same copy raw want
	assert_equal "$(vm_ask query-jobs)" '[]'
	qb_ok --json unplug-disk d1
	assert_json '.removed | index("device d1") == 0'
	vm_ask blockdev-del '{"node-name":"copy"}' 2>/dev/null || :
	assert_equal "$(vm_state)" "$empty"
}

@test "mirror: a source that has bitmaps is left, and that is said" {
	disks
	targets copy 8M
	vm_ask block-dirty-bitmap-add '{"node":"d1","name":"since-monday"}'
	qb_ok --json blockdev-mirror d1 target=copy sync=full
	assert_json '.root == "copy" and .left == ["node d1"] and (has("removed") | not)'
	output=$stderr assert_json '.note == "the node d1 is left with its bitmaps, which would go with it"'
	run -0 vm_ask query-named-block-nodes
	assert_json 'map(select(."node-name" == "d1"))[0]."dirty-bitmaps"[0].name == "since-monday"'
}

@test "mirror --no-pivot: a copy as of the end, and the disk where it was" {
	disks
	targets copy 8M
	before=$(vm_state)
	qb_ok --json blockdev-mirror d1 target=copy sync=full --no-pivot
	assert_json '. == {jobs: [{id: "mirror-d1", type: "mirror", status: "concluded"}]}'
	assert_equal "$(vm_state)" "$before"
	guest_io d1 'write -q -P 0x44 3M 64k'
	same copy raw want
	holds one.img raw 'read -P 0x44 3M 64k'
}

@test "mirror --no-complete and --until ready: kept in step, then job-wait switches over or does not" {
	disks
	targets copy 8M copy2 8M
	before=$(vm_state)
	qb_ok --json blockdev-mirror d1 target=copy sync=full --no-complete
	assert_json '. == {jobs: [{id: "mirror-d1", type: "mirror", status: "ready"}]}'
	job_is mirror-d1 ready
	guest_io d1 'write -q -P 0x44 3M 64k'
	patterned want 0x44 3M 64k
	qb_ok --json job-wait mirror-d1 --until ready
	assert_json '.jobs[0].status == "ready"'
	job_is mirror-d1 ready
	qb_ok --json job-wait mirror-d1 --no-pivot
	assert_json '.jobs == [{id: "mirror-d1", type: "mirror", status: "concluded"}]'
	assert_equal "$(vm_state)" "$before"
	same copy raw want

	qb_ok blockdev-mirror d1 target=copy2 sync=full --until ready
	assert_output 'job mirror-d1: ready (mirror)'
	guest_io d1 'write -q -P 0x55 0 64k'
	patterned want 0x55 0 64k
	qb_ok job-wait mirror-d1
	assert_output 'job mirror-d1: concluded (mirror)'
	assert_equal "$(vm_ask query-block | jq -r '.[0].inserted."node-name"')" copy2
	same copy2 raw want
	assert_equal "$(vm_ask query-jobs)" '[]'
}

@test "mirror and backup: refused in one sentence, and nothing sent" {
	disks
	targets copy 8M small 4M used 8M
	vm_ask device_add '{"driver":"scsi-hd","id":"d2","drive":"used"}'
	for command in blockdev-mirror blockdev-backup; do
		refused 2 "target: d1 is the source itself" "$command" d1 target=d1 sync=full
		refused 2 "target: there is no block node 'copi'; did you mean 'copy'" "$command" d1 target=copi sync=full
		refused 2 "target: small has 4194304 bytes, which is too small for the 8388608 of d1" "$command" d1 target=small sync=full
		refused 2 "target: used is in use by device d2" "$command" d1 target=used sync=full
		refused 2 "'?sync'?=?.*missing|missing.*sync" "$command" d1 target=copy
		refused 2 "target" "$command" d1 sync=full
		refused 2 "no block node 'd3'; did you mean 'd1'" "$command" d3 target=copy sync=full
		refused 2 'sync.*fulll.*full' "$command" d1 target=copy sync=fulll
	done
	refused 2 "'copy': one device at a time" blockdev-mirror d1 copy target=copy sync=full
	refused 2 '--no-pivot ends the job' blockdev-mirror d1 target=copy sync=full --no-pivot --no-complete
	refused 2 '--detach waits for nothing' blockdev-mirror d1 target=copy sync=full --no-pivot --detach
	qb_ok blockdev-mirror d1 target=copy sync=full --no-complete
	targets copy2 8M
	refused 2 "the job id 'mirror-d1' is taken by a job that is ready: qmpbox job-wait mirror-d1 sees it to its end, or job-id= gives another" \
		blockdev-backup d1 target=copy2 sync=full job-id=mirror-d1
	vm_ask job-cancel '{"id":"mirror-d1"}'
}

# ---------------------------------------------------------------------- backup

@test "backup of one: as of the start, whatever is written meanwhile" {
	disks
	targets copy 8M
	before=$(vm_state)
	background --json blockdev-backup d1 target=copy sync=full speed=1048576
	wait_for 10 job_is backup-d1 running
	guest_io d1 'write -q -P 0x44 0 8M'
	# The guest's own writes may have had it copied to its end meanwhile.
	vm_ask block-job-set-speed '{"device":"backup-d1","speed":0}' || :
	finish
	assert_equal "$status" 0
	assert_json '. == {jobs: [{id: "backup-d1", type: "backup", status: "concluded"}]}'
	same copy raw want
	holds one.img raw 'read -P 0x44 0 8M'
	assert_equal "$(vm_state)" "$before"
}

@test "backup of three at one instant; pairs before the first disk are for all" {
	disks
	for n in 2 3; do
		image "disk$n" 4M
		patterned "disk$n" "0x$n$n" 0 "${n}M"
		qb_ok hotplug-disk "d$n" "disk$n" driver=scsi-hd
		cp "disk$n" "want$n"
	done
	targets b1 8M b2 4M b3 4M
	before=$(vm_state)
	background --json blockdev-backup sync=full speed=1048576 d1 target=b1 d2 target=b2 d3 target=b3 sync=top job-id=third
	wait_for 10 job_is backup-d2 running
	for n in 1 2 3; do guest_io "d$n" 'write -q -P 0x77 0 4M'; done
	# As above.
	for job in backup-d1 backup-d2 third; do
		vm_ask block-job-set-speed '{"device":"'$job'","speed":0}' || :
	done
	finish
	assert_success
	assert_json '.jobs | map(.id) == ["backup-d1", "backup-d2", "third"] and all(.status == "concluded")'
	same b1 raw want
	same b2 raw want2
	same b3 raw want3
	assert_equal "$(vm_state)" "$before"
}

@test "backup of a node that the disk is no more on: as it was named, and said" {
	disks
	qb_ok blockdev-snapshot d1 --new s1
	guest_io d1 'write -q -P 0x44 0 1M'
	targets copy 8M copy2 8M
	qb_ok blockdev-backup d1 target=copy sync=full
	assert_equal "$stderr" 'qmpbox blockdev-backup: note: d1 is the node of that name: the disk d1 is on node d1-s1 now'
	same copy raw want
	qb_ok blockdev-backup d1-s1 target=copy2 sync=full
	assert_equal "$stderr" ''
	patterned want 0x44 0 1M
	same copy2 raw want
}

@test "backup of several --dry-run: one transaction, grouped, and an inverse for each" {
	disks
	targets b1 8M b2 8M
	qb_ok hotplug-disk d2 want driver=scsi-hd
	before=$(vm_state)
	qb_ok blockdev-backup sync=full d1 target=b1 d2 target=b2 --dry-run
	assert_json '.message.execute == "transaction" and
		.message.arguments.properties == {"completion-mode": "grouped"} and
		(.message.arguments.actions | map(.type) == ["blockdev-backup", "blockdev-backup"] and
			map(.data."job-id") == ["backup-d1", "backup-d2"] and all(.data."auto-dismiss" == false)) and
		(.inverse | map(.arguments.id) == ["backup-d1", "backup-d2"])'
	refused 2 "the job id 'x' is given twice" blockdev-backup sync=full job-id=x d1 target=b1 d2 target=b2
	assert_equal "$(vm_state)" "$before"
}

@test "backup of several: one fails, the other is cancelled, both are said; the reason comes first" {
	small_disk small
	disks
	image two.img 32M
	patterned two.img 0x22 0 32M
	qb_ok hotplug-disk d2 two.img driver=scsi-hd
	targets b1 8M small/full 32M 2>/dev/null || :
	truncate -s 32M small/full
	vm_ask blockdev-add '{"driver":"raw","node-name":"full","file":{"driver":"file","filename":"'"$T"'/small/full"}}'
	before=$(vm_state)
	qb --json blockdev-backup sync=full d1 target=b1 speed=1048576 d2 target=full speed=0
	assert_failure 7
	assert_equal "$output" ''
	said '.kind == "failed" and .message == "the job backup-d2 failed: No space left on device; the job backup-d1 was cancelled"'
	assert_equal "$(vm_state)" "$before"
}

# --------------------------------------------------------- at a storage daemon

@test "at a storage daemon: mirror and backup" {
	image a 8M
	patterned a 0x11 0 4M
	for name in b c; do image "$name" 8M; done
	options=()
	for name in a b c; do options+=(--blockdev "driver=raw,node-name=$name,file.driver=file,file.filename=$T/$name"); done
	start_qsd "${options[@]}"
	qb_ok --json blockdev-backup a target=b sync=full
	assert_json '.jobs == [{id: "backup-a", type: "backup", status: "concluded"}]'
	same b raw a
	qb_ok --json blockdev-mirror a target=c sync=full --until ready
	qb_ok job-wait mirror-a
	assert_output 'job mirror-a: concluded (mirror)'
	same c raw a
	assert_equal "$(vm_ask query-jobs)" '[]'
}
