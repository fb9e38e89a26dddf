#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hotplug-disk, unplug-disk and query-pci on a real QEMU without a guest. What of a device leaves
# when, without a guest, is FACTS section 4: scsi-hd and usb-storage at once, PCI after a
# system_reset, PCI Express ports at once with ACPI hot-plug off (start_native).
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# images NAME...: raw images of 1 MiB in the working directory
images() {
	local name
	for name; do image "$name" 1M; done
}

# start_native [--paused]: ports that let go at once, and a SCSI and a USB controller
start_native() {
	start_vm "$@" -- -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off \
		-device virtio-scsi-pci,id=scsi0 -device qemu-xhci,id=xhci
}

start_scsi() { start_vm -- -device virtio-scsi-pci,id=scsi0; }

# old_qemu: does this QEMU keep a removed descriptor while the VM is paused?
old_qemu() { vm_ask query-version | jq -e '.qemu.major < 10' >/dev/null; }

# refused STATUS REGEX ARG...: qmpbox ARG... ends with STATUS and one line that matches, prints
# nothing, and changes nothing
refused() {
	local want=$1 regex=$2 before
	shift 2
	before=$(vm_state)
	qb "$@"
	assert_equal "$* -> $status" "$* -> $want"
	assert_equal "$output" ''
	assert_regex "$stderr" "^qmpbox $1: .*$regex"
	assert_equal "${#stderr_lines[@]}" 1
	assert_equal "$(vm_state)" "$before"
}

# undone REGEX ARG...: QEMU refuses, status 1; what was done is named, and undone
undone() {
	local regex=$1 before
	shift
	before=$(vm_state)
	qb "$@"
	assert_equal "$* -> $status" "$* -> 1"
	assert_equal "$output" ''
	assert_regex "${stderr_lines[0]}" "^qmpbox $1: .*$regex"
	assert_regex "${stderr_lines[1]}" '^  undone: .*(node|fdset) '
	assert_equal "${#stderr_lines[@]}" 2
	assert_equal "$(vm_state)" "$before"
}

# asked COMMAND [ARGUMENTS]: vm_ask, with its answer as $output
asked() { run -0 vm_ask "$@"; }

# in_background ARG...: qmpbox -v ARG..., which SIGINT can reach; sets BACKGROUND
in_background() {
	spawn "$T/background.out" "$T/background.err" \
		env --default-signal=INT "$QMPBOX" -s "$S" -v "$@"
	BACKGROUND=$SPAWN_PID
	keep_log "$T/background.err"
}

# del_answered: has the qmpbox in the background had an answer to its device_del?
del_answered() {
	local id
	id=$(sed -n 's/^-> {"execute":"device_del".*"id":\([0-9]*\)}$/\1/p' "$T/background.err" | head -n 1)
	[[ $id ]] && grep -q "^<- .*\"id\": *${id}[,}]" "$T/background.err"
}

# ended: waits for what is in the background; sets status, output and stderr (ours, not -v's)
ended() {
	wait_for 20 exited "$BACKGROUND"
	status=0
	wait "$BACKGROUND" || status=$?
	output=$(<"$T/background.out")
	stderr=$(grep -v '^[<-][->] ' "$T/background.err" || :)
}

# disk_is_in: d1 of disk.img is there: device, nodes, no descriptor left but for a paused old QEMU
disk_is_in() {
	asked query-block
	assert_json 'length == 1 and (.[0] | .inserted."node-name" == "d1" and .inserted.drv == "raw" and
		(.inserted.ro | not) and .qdev == "/machine/peripheral/d1/virtio-backend")'
	asked query-named-block-nodes
	assert_json 'map(."node-name") | sort == ["d1", "d1-file"]'
	asked query-fdsets
	if [[ $paused ]] && old_qemu; then
		assert_json 'map(.fds[]) | map(.opaque) == ["qmpbox:d1"]'
	else
		assert_json 'all(.fds == [])'
	fi
}

# back_to STATE: is the VM as it was? After a reset that takes until the firmware is through.
back_to() {
	wait_for 10 is_state "$1" || assert_equal "$(vm_state)" "$1"
}
is_state() { [[ $(vm_state) == "$1" ]]; }

# without_pci: vm_state but for what the firmware changes when it runs
without_pci() { vm_state | jq -c 'del(."query-pci")'; }

# round_trip MACHINE: a disk goes in and, once asked and after a reset, out; $paused
round_trip() {
	local before
	before=$(vm_state)
	qb --json hotplug-disk d1 disk.img
	assert_success
	if [[ $1 == q35 ]]; then
		assert_json --arg file "$T/disk.img" '. == {id: "d1", driver: "virtio-blk-pci", bus: "rp0",
			addr: "0", node: "d1", "file-node": "d1-file", file: $file, format: "raw",
			"read-only": false}'
	else
		assert_json --arg file "$T/disk.img" '.id == "d1" and .driver == "virtio-blk-pci" and
			.node == "d1" and ."file-node" == "d1-file" and .file == $file and .format == "raw" and
			."read-only" == false'
	fi
	if [[ $paused ]] && old_qemu; then
		output=$stderr assert_json '.note | contains("paused") and contains("drops it once the VM runs")'
	else
		assert_equal "$stderr" ''
	fi
	disk_is_in
	qb_ok query-pci
	assert_line --regexp '\[d1\]'
	qb_ok query-pci --has d1

	in_background unplug-disk d1
	wait_for 10 del_answered
	vm_ask system_reset
	ended
	assert_equal "$status" 0
	assert_regex "$output" '^d1: removed device d1, node d1(, fdset [0-9]+ of d1)?$'
	qb query-pci --has d1
	assert_failure 10
	if [[ $paused ]] && old_qemu; then
		# The set goes once the VM runs.
		before=$(jq -c 'del(."query-pci")' <<<"$before")
		vm_ask cont
		qb unplug-disk d1
		assert_equal "$(without_pci)" "$before"
	else
		back_to "$before"
	fi
	# The port or slot can be used again.
	qb_ok hotplug-disk d1 disk.img
}

# ------------------------------------------------------------------ in and out

@test "q35, running: a disk goes in and out, and nothing is left" {
	start_vm
	images disk.img
	paused='' round_trip q35
}

@test "q35, paused: a disk goes in and out, and nothing is left" {
	start_vm --paused
	images disk.img
	paused=1 round_trip q35
}

@test "pc, running: a disk goes in and out, and nothing is left" {
	start_vm --machine pc
	images disk.img
	paused='' round_trip pc
}

@test "pc, paused: a disk goes in and out, and nothing is left" {
	start_vm --machine pc --paused
	images disk.img
	paused=1 round_trip pc
}

@test "in and out at once: on a port, SCSI and USB; the text and the JSON of it" {
	start_native
	images a.img b.img c.img
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img
	assert_output "d1: virtio-blk-pci on rp0, raw $T/a.img, read-write"
	assert_equal "$stderr" ''
	qb_ok --json hotplug-disk d2 "$T/b.img" driver=scsi-hd serial=1234
	assert_json '.id == "d2" and .driver == "scsi-hd" and .node == "d2"'
	qb_ok --json hotplug-disk d3 ./c.img --usb
	assert_json '.id == "d3" and .driver == "usb-storage" and .node == "d3"'
	asked query-block
	assert_json 'map({(.inserted."node-name"): .qdev}) | add |
		.d1 == "/machine/peripheral/d1/virtio-backend" and .d2 == "d2" and (.d3 | contains("d3"))'
	asked qom-get '{"path":"/machine/peripheral/d2","property":"serial"}'
	assert_output '"1234"'
	asked query-fdsets
	assert_json 'all(.fds == [])'
	qb_ok unplug-disk d1
	assert_output 'd1: removed device d1, node d1'
	assert_equal "$stderr" ''
	qb_ok --json unplug-disk d2
	assert_json '. == {id: "d2", removed: ["device d2", "node d2"]}'
	qb_ok unplug-disk d3
	assert_equal "$(vm_state)" "$before"
}

@test "paused, in and out at once: the set that QEMU keeps is said, and goes later" {
	start_native --paused
	images a.img
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img
	if ! old_qemu; then
		assert_equal "$stderr" ''
		qb_ok unplug-disk d1
		assert_equal "$(vm_state)" "$before"
		return
	fi
	assert_regex "$stderr" '^qmpbox hotplug-disk: note: .*paused.*drops it once the VM runs'
	qb unplug-disk d1
	assert_regex "$stderr" 'keeps the descriptor'
	asked query-block
	assert_output '[]'
	vm_ask cont
	qb unplug-disk d1
	assert_equal "$(without_pci)" "$(jq -c 'del(."query-pci")' <<<"$before")"
}

@test "the links' names and _ for - reach it" {
	start_native
	images a.img
	qb_ok hotplug_disk d1 a.img
	mkdir "$T/bin"
	"$QMPBOX" --install-links "$T/bin"
	run -0 "$T/bin/qmp-unplug-disk" -s "$S" d1
	assert_output 'd1: removed device d1, node d1'
}

# --------------------------------------------------------------------- options

@test "--read-only: the descriptor, the node and the disk are read-only" {
	start_native
	images a.img
	qb_ok hotplug-disk d1 a.img --read-only --dry-run
	assert_json -s '.[0].descriptor | endswith("a.img (read-only)")'
	before=$(vm_state)
	qb_ok --json hotplug-disk d1 a.img --read-only
	assert_json '."read-only"'
	asked query-block
	assert_json '.[0].inserted.ro'
	asked query-named-block-nodes
	assert_json 'length == 2 and all(.ro)'
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}

@test "qcow2 with a backing chain of relative names: three files, passed, read-only below" {
	requires qemu-img
	start_native
	mkdir sub
	image sub/base 1M
	image sub/middle 1M qcow2 -b base -F raw
	image sub/top.qcow2 1M qcow2 -b middle -F qcow2
	before=$(vm_state)
	qb_ok --json hotplug-disk d1 sub/top.qcow2 --format qcow2
	assert_json --arg file "$T/sub/top.qcow2" '.format == "qcow2" and .file == $file'
	asked query-block
	assert_json '.[0].inserted | .drv == "qcow2" and (.ro | not) and .backing_file_depth == 2'
	asked query-named-block-nodes
	assert_json 'map({(."node-name"): .}) | add |
		.d1.drv == "qcow2" and (.d1.ro | not) and
		."d1-b1".drv == "qcow2" and ."d1-b1".ro and ."d1-b2".drv == "raw" and ."d1-b2".ro and
		has("d1-file") and length == 6'
	assert_json 'map(select(.drv == "file") | .file) | length == 3 and all(startswith("/dev/fdset/"))'
	asked query-fdsets
	assert_json 'all(.fds == [])'
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}

@test "qcow2: what cannot be passed as a chain is said, status 8" {
	requires qemu-img
	start_vm
	image base 1M
	image gone.qcow2 1M qcow2 -b base -F raw
	rm base
	refused 8 'backing.*base.*No such file' hotplug-disk d1 gone.qcow2 --format qcow2
	image base.qcow2 1M qcow2
	image unsaid.qcow2 1M qcow2 -u -b base.qcow2 -F qcow2
	qemu-img rebase -u -f qcow2 -b json:'{"driver":"file","filename":"base.qcow2"}' -F qcow2 unsaid.qcow2
	refused 8 'backing file' hotplug-disk d1 unsaid.qcow2 --format qcow2
	image loop.qcow2 1M qcow2
	qemu-img rebase -u -f qcow2 -b loop.qcow2 -F qcow2 loop.qcow2
	refused 8 'backing chain' hotplug-disk d1 loop.qcow2 --format qcow2
	head -c 60 base.qcow2 >short.qcow2
	refused 8 'short.qcow2 is no qcow2' hotplug-disk d1 short.qcow2 --format qcow2
}

@test "qcow2 with a data file, or a chain that is no plain file: --by-path takes it, as the error says" {
	requires qemu-img
	start_native
	qemu-img create -q -f qcow2 -o data_file=data.raw,data_file_raw=on d.qcow2 1M
	refused 8 'by-path' hotplug-disk d1 d.qcow2 --format qcow2
	qb_ok hotplug-disk d1 d.qcow2 --format qcow2 --by-path
	qb_ok unplug-disk d1
}

@test "--cache: each mode does what it says" {
	start_scsi
	images a.img
	dd if=a.img of=/dev/null bs=4096 count=1 iflag=direct status=none || skip 'O_DIRECT: not on this file system'
	before=$(vm_state)
	while read -r mode writeback direct no_flush; do
		qb_ok hotplug-disk d1 a.img driver=scsi-hd --cache "$mode"
		asked query-block
		assert_json '.[0].inserted.cache == {writeback: '"$writeback"', direct: '"$direct"', "no-flush": '"$no_flush"'}'
		asked query-fdsets
		assert_json 'all(.fds == [])'
		qb_ok unplug-disk d1
	done <<-'MODES'
		writeback true false false
		none true true false
		writethrough false false false
		directsync false true false
		unsafe true false true
	MODES
	assert_equal "$(vm_state)" "$before"
	refused 2 "nonsense.*writeback" hotplug-disk d1 a.img --cache nonsense
}

@test "--cache none and --node cache.…: one of both, or both together" {
	start_scsi
	images a.img
	dd if=a.img of=/dev/null bs=4096 count=1 iflag=direct status=none || skip 'O_DIRECT: not on this file system'
	before=$(vm_state)
	qb hotplug-disk d1 a.img driver=scsi-hd --cache none --node 'cache.no-flush:=true'
	if ((status == 0)); then
		asked query-block
		assert_json '.[0].inserted.cache | .direct and ."no-flush"'
	else
		assert_failure 2
		assert_equal "$(vm_state)" "$before"
	fi
}

@test "--cache writethrough and write-cache=: what was typed is not turned round in silence" {
	start_scsi
	images a.img
	qb hotplug-disk d1 a.img driver=scsi-hd --cache writethrough write-cache=on --dry-run
	if ((status == 0)); then
		assert_json -s 'map(select(.message.execute == "device_add"))[0].message.arguments."write-cache" |
			. == "on" or . == true'
	else
		assert_failure 2
	fi
}

@test "--cache on a file system without O_DIRECT: status 8 and says so" {
	((EUID == 0)) || skip 'needs root, to mount a ramfs'
	unshare --mount mount -t ramfs none /mnt 2>/dev/null || skip 'no ramfs can be mounted here'
	start_vm
	mkdir "$T/ram"
	# A mount name space of its own: nothing stays mounted, whatever happens.
	run --separate-stderr unshare --mount bash -c '
		mount -t ramfs none "$1/ram" && truncate -s 1M "$1/ram/a.img" &&
			exec "$2" -s "$3" hotplug-disk d1 "$1/ram/a.img" --cache none' \
		- "$T" "$QMPBOX" "$S" 3>&-
	assert_equal "$status" 8
	assert_equal "$output" ''
	assert_equal "$stderr" "qmpbox hotplug-disk: cannot open $T/ram/a.img with O_DIRECT: its file system does not support it"
}

@test "--aio: each way; native needs an uncached file" {
	start_scsi
	images a.img
	refused 2 'native.*--cache none' hotplug-disk d1 a.img --aio native
	refused 2 'native.*--cache none' hotplug-disk d1 a.img --aio native --cache writethrough
	refused 2 'nonsense.*threads' hotplug-disk d1 a.img --aio nonsense
	before=$(vm_state)
	for aio in threads native io_uring; do
		options=(--aio "$aio")
		if [[ $aio == native ]]; then
			dd if=a.img of=/dev/null bs=4096 count=1 iflag=direct status=none || continue
			options+=(--cache none)
		fi
		qb_ok hotplug-disk d1 a.img driver=scsi-hd "${options[@]}" --dry-run
		assert_json -s --arg aio "$aio" 'map(select(.message.execute == "blockdev-add"))[0].message.arguments.file.aio == $aio'
		qb hotplug-disk d1 a.img driver=scsi-hd "${options[@]}"
		if [[ $aio == io_uring && $status == 1 && $stderr == *io*uring* ]]; then
			continue # this kernel does not let QEMU have it
		fi
		assert_success
		qb_ok unplug-disk d1
	done
	assert_equal "$(vm_state)" "$before"
}

@test "--discard and --node" {
	start_scsi
	images a.img
	qb_ok hotplug-disk d1 a.img driver=scsi-hd --discard unmap --node detect-zeroes=unmap --dry-run
	assert_json -s 'map(select(.message.execute == "blockdev-add"))[0].message.arguments |
		.discard == "unmap" and ."detect-zeroes" == "unmap"'
	for how in ignore unmap; do
		qb_ok hotplug-disk d1 a.img driver=scsi-hd --discard "$how"
		qb_ok unplug-disk d1
	done
	qb_ok hotplug-disk d1 a.img driver=scsi-hd --node detect-zeroes=on
	asked query-block
	assert_json '.[0].inserted.detect_zeroes == "on"'
	qb_ok unplug-disk d1
	refused 2 'discard' hotplug-disk d1 a.img --discard nonsense
	for word in driver=file node-name=x read-only=on file=x; do
		refused 2 '--node' hotplug-disk d1 a.img --node "$word"
	done
	before=$(vm_state)
	for word in nonsense=1 detect-zeroes=nonsense; do
		qb hotplug-disk d1 a.img --node "$word"
		assert_regex "$status" '^[12]$' # by QEMU, or by its schema before
		assert_regex "$stderr" 'nonsense'
		assert_equal "$output" ''
	done
	assert_equal "$(vm_state)" "$before"
}

@test "--node: this QEMU types its words; the cache has an option of its own" {
	start_scsi
	images a.img
	qb_ok hotplug-disk d1 a.img driver=scsi-hd --read-only --node force-share=on --dry-run
	assert_json -s 'map(select(.message.execute == "blockdev-add"))[0].message.arguments."force-share" == true'
	qb_ok hotplug-disk d1 a.img driver=scsi-hd --read-only --node force-share=on
	asked query-block
	assert_json '.[0].inserted.ro'
	refused 2 '--node: force-share: expected on or off' hotplug-disk d2 a.img driver=scsi-hd --node force-share=maybe
	refused 2 "no member 'detect-zeros'; did you mean 'detect-zeroes'" hotplug-disk d2 a.img driver=scsi-hd --node detect-zeros=on
	refused 2 '--node cache' hotplug-disk d2 a.img --node cache.no-flush:=true
	refused 2 '--node discard' hotplug-disk d2 a.img --discard unmap --node discard=ignore
}

@test "--by-path: QEMU opens the file, no fdset is made" {
	requires qemu-img
	start_scsi
	images base
	image top.qcow2 1M qcow2 -b base -F raw
	before=$(vm_state)
	qb_ok hotplug-disk d1 top.qcow2 driver=scsi-hd --by-path --format qcow2 --dry-run
	assert_json -s 'all(has("descriptor") | not) and all(.message.execute | test("fd") | not)'
	qb_ok hotplug-disk d1 top.qcow2 driver=scsi-hd --by-path --format qcow2
	assert_equal "$stderr" ''
	asked query-named-block-nodes
	assert_json --arg t "$T" 'map(select(.drv == "file") | .file) | sort == [$t + "/base", $t + "/top.qcow2"]'
	asked query-fdsets
	assert_output '[]'
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}

@test "the device's words have the type that QEMU says" {
	start_native
	images a.img
	qb_ok hotplug-disk d1 a.img num-queues=2 event_idx=off serial=12 logical_block_size=4096 bootindex=0x10 write-cache=off --dry-run
	assert_json -s 'map(select(.message.execute == "device_add"))[0].message.arguments |
		."num-queues" == 2 and .event_idx == false and .serial == "12" and .bootindex == 16 and
		.logical_block_size == 4096 and ."write-cache" == "off" and .drive == "d1" and .id == "d1"'
	qb_ok hotplug-disk d1 a.img num-queues=2 event_idx=off serial=12 'bootindex:=3'
	asked qom-get '{"path":"/machine/peripheral/d1","property":"num-queues"}'
	assert_output 2
	asked qom-get '{"path":"/machine/peripheral/d1","property":"event_idx"}'
	assert_output false
	asked qom-get '{"path":"/machine/peripheral/d1","property":"serial"}'
	assert_output '"12"'
	asked qom-get '{"path":"/machine/peripheral/d1","property":"bootindex"}'
	assert_output 3
}

# ------------------------------------------------------------------- placement

@test "three ports take three disks in their order, and none takes a fourth" {
	start_vm
	images a.img b.img c.img d.img
	qb_ok query-pci --free-slot
	assert_output 'bus=rp0 addr=0'
	files=(a.img b.img c.img)
	for port in 0 1 2; do # i is clobbered by run
		qb_ok --json hotplug-disk "d$port" "${files[port]}"
		assert_json --arg bus "rp$port" '.bus == $bus and .addr == "0"'
		asked qom-get '{"path":"/machine/peripheral/d'$port'","property":"parent_bus"}'
		assert_output "\"/machine/peripheral/rp$port/rp$port\""
	done
	refused 6 'no free port' hotplug-disk d3 d.img
	refused 2 "rp1.*taken.*d1" hotplug-disk d3 d.img bus=rp1
	before=$(vm_state)
	qb hotplug-disk d3 d.img --check
	assert_failure 10
	assert_regex "$stderr" 'no free port'
	qb query-pci --free-slot
	assert_failure 10
	assert_regex "$stderr" '^qmpbox query-pci: no free port'
	assert_equal "${#stderr_lines[@]}" 1
	qb --json query-pci --free-slot
	assert_failure 10
	output=$stderr assert_json '.error | .kind == "no" and (.message | contains("no free port"))'
	assert_equal "$(vm_state)" "$before"
}

@test "a port that was used, or refused a device, is told free or taken rightly" {
	start_native
	images a.img b.img
	# Refused by the device, which by then had been put on the port.
	undone 'num-queues' hotplug-disk d1 a.img num-queues=0
	refused 2 'num-queues: expected an integer \(uint16\)' hotplug-disk d1 a.img num-queues=70000
	qb_ok query-pci --free-slot
	assert_output 'bus=rp0 addr=0'
	for _ in 1 2; do
		qb_ok hotplug-disk d1 a.img
		assert_line --partial 'on rp0'
		qb_ok query-pci --free-slot
		assert_output 'bus=rp1 addr=0'
		refused 2 'rp0.*taken.*d1' hotplug-disk d2 b.img bus=rp0
		qb_ok unplug-disk d1
		qb_ok query-pci --free-slot
		assert_output 'bus=rp0 addr=0'
	done
	# Twice the same file: the second one is refused once it is on the port.
	qb_ok hotplug-disk d1 a.img
	undone 'lock' hotplug-disk d2 a.img
	qb_ok hotplug-disk d2 b.img
	assert_line --partial 'on rp1'
	qb_ok query-pci --free-slot
	assert_output 'bus=rp2 addr=0'
}

@test "a cold-plugged device keeps its port, before the firmware ran too, with an id or without" {
	images a.img
	for paused in '' --paused; do
		# shellcheck disable=SC2086 # nothing or one word
		start_vm $paused -- -device virtio-rng-pci,bus=rp0 -device virtio-net-pci,bus=rp1,id=n1,romfile=
		qb_ok query-pci --free-slot
		assert_output 'bus=rp2 addr=0'
		refused 2 'rp0.*taken' hotplug-disk d1 a.img bus=rp0
		refused 2 'rp1.*taken by n1' hotplug-disk d1 a.img bus=rp1
		qb_ok query-pci
		assert_line --regexp '\[n1\]'
		qb_ok query-pci --has n1
		vm_ask quit
		wait_for 5 exited "$VM_PID"
	done
	start_vm --paused -- -device virtio-net-pci,bus=rp0,id=n0,romfile=
	qb_ok --json hotplug-disk d1 a.img
	assert_json '.bus == "rp1"'
}

@test "ports in the order that people count, those without hot-plug left out" {
	images a.img
	start_vm --no-ports -- -device pcie-root-port,id=rp10,chassis=1 -device pcie-root-port,id=rp9,chassis=2 \
		-device pcie-root-port,id=rp1,chassis=3,hotplug=off
	refused 2 'rp1.*hot-plug' hotplug-disk d1 a.img bus=rp1
	qb_ok query-pci --free-slot
	assert_output 'bus=rp9 addr=0'
	qb_ok --json hotplug-disk d1 a.img
	assert_json '.bus == "rp9"'
	qb_ok query-pci --free-slot
	assert_output 'bus=rp10 addr=0'
}

@test "bus= and addr=: given ones are taken" {
	images a.img b.img c.img
	start_vm -- -device virtio-scsi-pci,id=scsi0
	before=$(vm_state)
	undone "Bus 'nonsense' not found" hotplug-disk d1 a.img bus=nonsense
	undone "Bus 'pcie.0' does not support hotplugging" hotplug-disk d1 a.img bus=pcie.0
	qb_ok --json hotplug-disk d1 a.img bus=rp2
	assert_json '.bus == "rp2" and .addr == "0"'
	qb_ok --json hotplug-disk d2 b.img bus=rp1 addr=0
	assert_json '.bus == "rp1" and .addr == "0"'
	qb_ok --json hotplug-disk d3 c.img driver=scsi-hd bus=scsi0.0 scsi-id=3 lun=1
	assert_json '.bus == "scsi0.0"'
	asked qom-get '{"path":"/machine/peripheral/d3","property":"scsi-id"}'
	assert_output 3
	start_vm --machine pc
	images d.img e.img
	qb_ok --json hotplug-disk d1 d.img addr=7
	assert_json '.addr == "7"'
	qb_ok query-pci --has-slot 07.0
	undone 'not available' hotplug-disk d2 e.img addr=7
	qb_ok hotplug-disk d2 e.img bus=pci.0 addr=0x8.0
	qb_ok query-pci --has-slot 8
}

@test "addr= on a PCI Express port: only slot 0 is one that a guest sees" {
	start_vm
	images a.img
	refused 2 'addr' hotplug-disk d1 a.img addr=5
	refused 2 'addr' hotplug-disk d1 a.img bus=rp1 addr=1
	qb_ok hotplug-disk d1 a.img addr=0x0.0
}

@test "a machine without PCI, and no machine: refused, and --check says no" {
	images a.img
	start_vm --machine none
	refused 6 'no PCI bus' hotplug-disk d1 a.img
	qb query-pci --free-slot
	assert_failure 10
	assert_equal "$stderr" 'qmpbox query-pci: this machine has no PCI bus'
	qb hotplug-disk d1 a.img --check
	assert_failure 10
	start_qsd
	qb hotplug-disk d1 a.img
	assert_failure 6
	assert_equal "$output" ''
	qb hotplug-disk d1 a.img --check
	assert_failure 10
	qb unplug-disk d1
	assert_failure 6
}

@test "q35 without ports: refused with advice; a pcie-pci-bridge is a way out" {
	images a.img b.img
	start_vm --no-ports
	refused 6 'no free port.*pcie-root-port' hotplug-disk d1 a.img
	qb hotplug-disk d1 a.img --check
	assert_failure 10
	vm_ask quit
	start_vm -- -device pcie-pci-bridge,id=br0
	qb_ok query-pci --free-slot
	assert_output 'bus=rp0 addr=0' # a real port comes first
	start_vm --no-ports -- -device pcie-pci-bridge,id=br0
	qb_ok query-pci --free-slot
	assert_line --partial 'bus=br0'
	qb_ok --json hotplug-disk d1 a.img
	assert_json '.bus == "br0"'
	qb_ok --json hotplug-disk d2 b.img
	assert_json '.bus == "br0"'
}

@test "query-pci: JSON is QMP's; --has, --has-slot, --free-slot answer by status" {
	start_vm -- -device virtio-net-pci,bus=rp0,id=n0,romfile=
	asked query-pci
	want=$output
	qb_ok --json query-pci
	assert_equal "$(jq -c . <<<"$output")" "$want"
	assert_equal "$(wc -l <<<"$output")" 1
	qb_ok query-pci
	assert_line --index 0 'bus 0'
	assert_line --regexp 'PCI bridge.*\[rp1\]'
	assert_line --regexp 'free$'
	for args in '--has n0' '--has rp1' '--has-slot 0' '--has-slot 00:00.0' '--has-slot 1f.2' '--has-slot 1:0' '--has-slot 01:00.0'; do
		# shellcheck disable=SC2086
		qb_ok query-pci $args
		# shellcheck disable=SC2086
		qb_ok --json query-pci $args
		assert_json '.present'
	done
	for args in '--has nobody' '--has ring0' '--has-slot 1e' '--has-slot 1f.7' '--has-slot 05:00.0' '--has-slot 2:0'; do
		# shellcheck disable=SC2086
		qb --json query-pci $args
		assert_failure 10
		assert_json '.present | not'
		output=$stderr assert_json '.error.kind == "no"'
	done
	for bad in '' zz 20 0.8 1:2:3.0 '0 ' -1 00:00. 0x3 0.0.0; do
		refused 2 'has-slot' query-pci --has-slot "$bad"
	done
	refused 2 'one of' query-pci --has n0 --free-slot
	refused 2 '' query-pci n0
}

@test "query-pci on pc: a free slot, and none" {
	images a.img b.img
	start_vm --machine pc
	qb_ok --json query-pci --free-slot
	assert_json '.bus == "pci.0" and .addr == "2"'
	words=$(jq -r 'to_entries | map("\(.key)=\(.value)") | join(" ")' <<<"$output")
	# shellcheck disable=SC2086
	qb_ok hotplug-disk d1 a.img $words
	vm_ask quit
	# addr is hexadecimal to QEMU
	full=()
	for addr in {2..9} a b c d e f 1{0..9} 1{a..e}; do full+=(-device "pci-testdev,addr=$addr"); done
	start_vm --machine pc --paused -- "${full[@]}"
	qb_ok --json query-pci --free-slot
	assert_json '.bus == "pci.0" and .addr == "1f"'
	qb_ok hotplug-disk d2 b.img bus=pci.0 addr=1f
	qb query-pci --free-slot
	assert_failure 10
	assert_equal "$stderr" 'qmpbox query-pci: no free slot: bus pci.0 is full'
}

# ------------------------------------------------------------------- bad input

@test "files that are none: status 8, one sentence, nothing changed" {
	start_vm
	images a.img
	mkdir dir
	mkfifo fifo
	refused 8 'nofile.*No such file' hotplug-disk d1 nofile
	refused 8 'a.img/x.*Not a directory' hotplug-disk d1 a.img/x
	refused 8 'dir is a directory' hotplug-disk d1 dir
	refused 8 'dir is a directory' hotplug-disk d1 dir --read-only
	refused 8 'fifo.*neither a file nor a block device' hotplug-disk d1 fifo
	refused 8 'null.*neither a file nor a block device' hotplug-disk d1 /dev/null
	refused 8 '' hotplug-disk d1 "$S"
	refused 8 '' hotplug-disk d1 ''
	ln -s nowhere dangling
	refused 8 'dangling.*No such file' hotplug-disk d1 dangling
	qb --json hotplug-disk d1 nofile
	assert_failure 8
	assert_equal "$output" ''
	output=$stderr assert_json '.error | .kind == "local" and (.message | contains("nofile"))'
	# nothing of it needs the VM
	S=$T/nobody qb hotplug-disk d1 nofile
	assert_failure 8
}

@test "any name that a file may have: opened, and printed as valid JSON and as harmless text" {
	start_scsi
	before=$(vm_state)
	for name in 'a b"c,é' $'line\n\e[31mred' '-q' 'x=y' $'bytes\xff\xfe'; do
		image "./$name" 1M
		qb_ok hotplug-disk d1 "./$name" driver=scsi-hd --dry-run
		assert_json -s '.[0].descriptor | endswith("(read-write)")'
		qb_ok --json hotplug-disk d1 "./$name" driver=scsi-hd
		iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
		assert_json '.file | type == "string"'
		qb_ok unplug-disk d1
		qb_ok hotplug-disk d1 "./$name" driver=scsi-hd
		assert_equal "${#lines[@]}" 1
		[[ $output != *$'\e'* ]]
		qb_ok unplug-disk d1
		qb --json hotplug-disk d1 "./$name.gone"
		assert_failure 8
		iconv -f UTF-8 -t UTF-8 <<<"$stderr" >/dev/null
		qb hotplug-disk d1 "./$name.gone"
		assert_failure 8
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr != *$'\e'* ]]
	done
	assert_equal "$(vm_state)" "$before"
}

@test "--by-path: a name that is no UTF-8 cannot be sent, and is refused before" {
	start_scsi
	image $'bytes\xff' 1M
	before=$(vm_state)
	qb hotplug-disk d1 $'bytes\xff' driver=scsi-hd --by-path
	assert_regex "$status" '^[28]$'
	assert_equal "$output" ''
	assert_equal "$(vm_state)" "$before"
}

@test "no permission: status 8; --read-only needs no more than reading" {
	local as=()
	# Others must get at the socket and the image.
	T=$(mktemp -d /tmp/qb.XXXXXX)
	chmod 755 "$T"
	cd "$T"
	start_native
	chmod 777 "$S"
	images a.img
	if ((EUID == 0)); then
		requires setpriv
		as=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
		"${as[@]}" test -x "$QMPBOX" || skip "another user cannot run $QMPBOX"
	fi
	before=$(vm_state)
	chmod 444 a.img
	for options in '' --check --dry-run; do
		# shellcheck disable=SC2086
		run --separate-stderr timeout 20 "${as[@]}" "$QMPBOX" -s "$S" hotplug-disk d1 a.img $options 3>&-
		assert_failure 8
		assert_equal "$output" ''
		assert_equal "$stderr" 'qmpbox hotplug-disk: cannot open a.img for reading and writing: Permission denied'
	done
	chmod 000 a.img
	run --separate-stderr timeout 20 "${as[@]}" "$QMPBOX" -s "$S" hotplug-disk d1 a.img --read-only 3>&-
	assert_failure 8
	assert_equal "$stderr" 'qmpbox hotplug-disk: cannot open a.img for reading: Permission denied'
	assert_equal "$(vm_state)" "$before"
	chmod 444 a.img
	run --separate-stderr timeout 20 "${as[@]}" "$QMPBOX" -s "$S" hotplug-disk d1 a.img --read-only 3>&-
	assert_success
	assert_equal "$stderr" ''
}

@test "an image that another QEMU holds: refused, undone, nothing left" {
	images a.img
	start_vm --machine pc --paused -- -drive "file=$T/a.img,format=raw,if=virtio"
	start_vm
	undone 'lock' hotplug-disk d1 a.img
	undone 'lock' hotplug-disk d1 a.img --by-path
	undone 'lock' hotplug-disk d1 a.img --read-only
	before=$(vm_state)
	qb --json hotplug-disk d1 a.img
	assert_failure 1
	assert_equal "$output" ''
	output=$stderr assert_json '.error | .kind == "refused" and .class == "GenericError" and
		.command == "device_add" and (.desc | contains("lock")) and
		(.undone | contains(["node d1"])) and (.left // []) == []'
	assert_equal "$(vm_state)" "$before"
}

@test "the same on a paused VM: what an old QEMU keeps is named as left" {
	images a.img
	start_vm --machine pc --paused -- -drive "file=$T/a.img,format=raw,if=virtio"
	start_vm --paused
	before=$(vm_state)
	qb --json hotplug-disk d1 a.img
	assert_failure 1
	if old_qemu; then
		output=$stderr assert_json '.error | .undone == ["node d1"] and (.left | length == 1) and
			(.left[0] | startswith("fdset ") and contains("paused"))'
		vm_ask cont
		qb unplug-disk d1
		assert_equal "$(without_pci)" "$(jq -c 'del(."query-pci")' <<<"$before")"
	else
		output=$stderr assert_json '.error | (.left // []) == []'
		assert_equal "$(vm_state)" "$before"
	fi
}

@test "formats: a header decides nothing, but is not overlooked" {
	requires qemu-img
	start_native
	images a.img
	image q.qcow2 1M qcow2
	image v.vmdk 1M vmdk
	image v.vdi 1M vdi
	refused 2 'q.qcow2.*qcow2.*--format qcow2.*--format raw' hotplug-disk d1 q.qcow2
	refused 2 '--format vmdk' hotplug-disk d1 v.vmdk
	refused 2 '--format vdi' hotplug-disk d1 v.vdi
	refused 2 "no block format 'nonsense'" hotplug-disk d1 a.img --format nonsense
	refused 2 "" hotplug-disk d1 a.img --format ''
	refused 8 'a.img is no qcow2' hotplug-disk d1 a.img --format qcow2
	before=$(vm_state)
	qb hotplug-disk d1 a.img --format vmdk
	assert_failure 1
	assert_equal "$(vm_state)" "$before"
	# raw, since the person says so
	qb_ok hotplug-disk d1 q.qcow2 --format raw
	asked query-block
	assert_json '.[0].inserted.drv == "raw"'
	qb_ok unplug-disk d1
	qb_ok hotplug-disk d1 v.vdi --format vdi
	asked query-block
	assert_json '.[0].inserted.drv == "vdi"'
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}

@test "ids: taken, too long, malformed, empty: status 2" {
	start_vm -- -device virtio-net-pci,bus=rp2,id=n1,romfile=
	images a.img b.img
	refused 2 "id 'n1' is taken" hotplug-disk n1 a.img
	qb_ok hotplug-disk d1 a.img
	refused 2 "id 'd1' is taken" hotplug-disk d1 b.img
	for id in '' 1d -d d/1 'd 1' 'd,1' 'dä' $'d\n1' ../d '#d'; do
		before=$(vm_state)
		qb hotplug-disk -- "$id" b.img
		assert_equal "'$id' -> $status" "'$id' -> 2"
		assert_equal "$output" ''
		assert_equal "$(vm_state)" "$before"
	done
	refused 2 'too long' hotplug-disk aaaaaaaaaabbbbbbbbbbccccccccccd b.img
	refused 2 'too long' hotplug-disk "$(printf 'x%.0s' {1..27})" b.img
	# the longest one that is taken works to the end
	long=$(printf 'x%.0s' {1..26})
	qb_ok --json hotplug-disk "$long" b.img
	assert_json --arg id "$long" '.id == $id and .node == $id and ."file-node" == $id + "-file"'
}

@test "a node of that name without a device: refused, with the way out" {
	start_vm
	images a.img
	vm_ask blockdev-add '{"driver":"null-co","node-name":"d1"}'
	refused 2 "'d1' is taken by a block node.*unplug-disk d1" hotplug-disk d1 a.img
	qb_ok unplug-disk d1
	assert_output 'd1: removed node d1'
	qb_ok hotplug-disk d1 a.img
}

@test "words: unknown, mistyped, out of place: status 2 with what is right" {
	start_vm
	images a.img
	refused 2 "no member 'nonsense'" hotplug-disk d1 a.img nonsense=1
	refused 2 "num-quues.*did you mean 'num-queues'" hotplug-disk d1 a.img num-quues=2
	refused 2 "num-queues.*abc" hotplug-disk d1 a.img num-queues=abc
	refused 2 "num-queues.*1.5" hotplug-disk d1 a.img num-queues=1.5
	refused 2 "event_idx.*maybe" hotplug-disk d1 a.img event_idx=maybe
	refused 2 "serial.*twice" hotplug-disk d1 a.img serial=1 serial=2
	refused 2 "KEY=VALUE.*word" hotplug-disk d1 a.img word
	refused 2 "KEY=VALUE.*=x" hotplug-disk d1 a.img =x
	refused 2 "serial" hotplug-disk d1 a.img 'serial:={'
	refused 2 "drive=" hotplug-disk d1 a.img drive=x
	refused 2 "id=" hotplug-disk d1 a.img id=x
	refused 2 "usb.*driver" hotplug-disk d1 a.img --usb driver=scsi-hd
	refused 2 "" hotplug-disk d1
	refused 2 "" hotplug-disk
	refused 2 "" hotplug-disk d1 a.img --nonsense
	undone 'num-queues' hotplug-disk d1 a.img num-queues=0
	refused 2 'num-queues: expected an integer \(uint16\)' hotplug-disk d1 a.img num-queues=70000
}

@test "words given as JSON are words too" {
	start_vm
	images a.img
	refused 2 "id" hotplug-disk d1 a.img 'id:="x"'
	refused 2 "drive" hotplug-disk d1 a.img 'drive:="x"'
	refused 2 "bus" hotplug-disk d1 a.img 'bus:=7'
	qb_ok --json hotplug-disk d1 a.img 'bus:="rp1"' 'addr:="0"' --dry-run
	assert_json -s 'map(select(.message.execute == "device_add"))[0].message.arguments | .bus == "rp1" and .addr == "0"'
	qb hotplug-disk d1 a.img 'driver:="scsi-hd"' --dry-run
	if ((status == 0)); then # not another driver in silence
		assert_json -s 'map(select(.message.execute == "device_add"))[0].message.arguments.driver == "scsi-hd"'
	else
		assert_failure 2
	fi
}

@test "an unknown driver: status 6" {
	start_vm
	images a.img
	refused 6 "no device 'nonsense'" hotplug-disk d1 a.img driver=nonsense
	refused 6 "no device 'usb-nonsense'" hotplug-disk d1 a.img driver=usb-nonsense serial=1
	# -pci says what it is, so that QEMU is asked by device_add first
	before=$(vm_state)
	qb hotplug-disk d1 a.img driver=nonsense-pci
	assert_failure 6
	assert_equal "$output" ''
	assert_regex "${stderr_lines[0]}" "^qmpbox hotplug-disk: .*'nonsense-pci'"
	assert_equal "$(vm_state)" "$before"
}

@test "drivers that take no disk here are refused and undone" {
	start_vm
	images a.img
	undone "drive" hotplug-disk d1 a.img driver=virtio-net-pci
	undone "bus" hotplug-disk d1 a.img driver=usb-storage
	undone "hotplug" hotplug-disk d1 a.img driver=ide-hd
}

# ----------------------------------------------------------- --check, --dry-run

@test "--check: answers with the place and changes nothing" {
	start_vm
	images a.img
	before=$(vm_state)
	qb_ok --json hotplug-disk d1 a.img --check
	assert_json '.bus == "rp0" and .addr == "0" and .driver == "virtio-blk-pci"'
	qb_ok hotplug-disk d1 a.img --check
	assert_line --partial 'rp0'
	assert_equal "$stderr" ''
	refused 8 'nofile' hotplug-disk d1 nofile --check
	refused 2 "no member" hotplug-disk d1 a.img nonsense=1 --check
	refused 10 "is taken" hotplug-disk rp0 a.img --check
	qb hotplug-disk d1 a.img driver=nonsense --check
	assert_failure 10
	assert_equal "$(vm_state)" "$before"
}

@test "--dry-run: messages, descriptors and inverses, a line each, and nothing is sent" {
	requires qemu-img
	start_vm
	images base
	image top.qcow2 1M qcow2 -b base -F raw
	before=$(vm_state)
	for json in '' --json; do
		# shellcheck disable=SC2086
		qb_ok $json hotplug-disk d1 top.qcow2 --format qcow2 --dry-run
		assert_equal "$stderr" ''
		assert_json -s --arg t "$T" 'map(.message.execute)[:5] | . == ["add-fd", "add-fd", "blockdev-add", "device_add", "remove-fd"] or
			. == ["add-fd", "add-fd", "blockdev-add", "device_add"]'
		assert_json -s --arg t "$T" 'map(.descriptor // empty) ==
			[$t + "/top.qcow2 (read-write)", $t + "/base (read-only)"]'
		assert_json -s 'map({(.message.execute): .inverse}) | add |
			."add-fd".execute == "remove-fd" and
			."blockdev-add" == {execute: "blockdev-del", arguments: {"node-name": "d1"}} and
			.device_add == {execute: "device_del", arguments: {id: "d1"}}'
		assert_json -s '(map(select(.message.execute == "add-fd") | .message.arguments."fdset-id") | sort) ==
			(map(select(.message.execute == "remove-fd") | .message.arguments."fdset-id") | sort)'
		assert_json -s 'map(select(.message.execute == "add-fd")) | all(.message.arguments.opaque == "qmpbox:d1")'
	done
	assert_equal "$(vm_state)" "$before"
	images a.img
	qb_ok hotplug-disk d1 a.img
	before=$(vm_state)
	qb_ok unplug-disk d1 --dry-run
	assert_json -s 'map(.message.execute) == ["device_del", "blockdev-del"]'
	assert_json -s '.[0].message.arguments == {id: "d1"} and .[1].message.arguments == {"node-name": "d1"}'
	assert_equal "$(vm_state)" "$before"
}

# ------------------------------------------------------------- with other things

@test "snapshot and commit work on the disk; then it goes" {
	requires qemu-img
	start_scsi
	images a.img
	image overlay.qcow2 1M qcow2
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	vm_ask blockdev-add '{"driver":"qcow2","node-name":"ov","file":{"driver":"file","filename":"'"$T"'/overlay.qcow2"},"backing":null}'
	vm_ask blockdev-snapshot '{"node":"d1","overlay":"ov"}'
	asked query-block
	assert_json '.[0].inserted."node-name" == "ov"'
	vm_ask block-commit '{"device":"ov","job-id":"c1"}'
	wait_for 10 job_ready
	vm_ask job-complete '{"id":"c1"}'
	wait_for 10 no_jobs
	asked query-block
	assert_json '.[0].inserted."node-name" == "d1"'
	vm_ask blockdev-del '{"node-name":"ov"}'
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}
job_ready() { vm_ask query-jobs | jq -e '.[0].status == "ready"'; }
no_jobs() { [[ $(vm_ask query-jobs) == '[]' ]]; }

@test "unplug-disk of a disk with a snapshot: the overlay goes, then the base" {
	requires qemu-img
	start_scsi
	images a.img
	image overlay.qcow2 1M qcow2
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	vm_ask blockdev-add '{"driver":"qcow2","node-name":"ov","file":{"driver":"file","filename":"'"$T"'/overlay.qcow2"},"backing":null}'
	vm_ask blockdev-snapshot '{"node":"d1","overlay":"ov"}'
	qb_ok --json unplug-disk d1
	assert_json '.removed == ["device d1", "node ov", "node d1"]'
	assert_equal "$(vm_state)" "$before"
}

@test "unplug-disk of a disk with two snapshots: what holds its node is named; then a later run ends it" {
	requires qemu-img
	start_scsi
	images a.img
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	below=d1
	for overlay in o1 o2; do
		image "$overlay" 1M qcow2
		vm_ask blockdev-add '{"driver":"qcow2","node-name":"'"$overlay"'","file":{"driver":"file","filename":"'"$T/$overlay"'"},"backing":null}'
		vm_ask blockdev-snapshot '{"node":"'"$below"'","overlay":"'"$overlay"'"}'
		below=$overlay
	done
	qb --json unplug-disk d1
	# QEMU does not tell the names along a chain; o1 is not ours.
	if ((status)); then
		assert_failure 1
		output=$stderr assert_json '.error | .left == ["node d1"] and (.message | contains("o1") and
			contains("device d1") and contains("node o2"))'
		vm_ask blockdev-del '{"node-name":"o1"}'
		qb_ok unplug-disk d1
	fi
	assert_equal "$(vm_state)" "$before"
}

@test "unplug-disk: an unknown id 1, another kind of device 2 and untouched" {
	start_vm -- -device virtio-net-pci,bus=rp0,id=n1,romfile=
	refused 1 "no disk 'nobody'" unplug-disk nobody
	for id in n1 rp1; do
		before=$(vm_state)
		qb -v unplug-disk "$id"
		assert_failure 2
		assert_equal "$output" ''
		assert_regex "$stderr" "qmpbox unplug-disk: $id is a .*no disk"
		refute_regex "$stderr" '-> \{"execute":"(device_del|blockdev-del|remove-fd)'
		assert_equal "$(vm_state)" "$before"
	done
	refused 2 '' unplug-disk
	refused 2 '' unplug-disk a b
	qb --json unplug-disk nobody
	assert_failure 1
	output=$stderr assert_json '.error.kind == "refused"'
}

@test "unplug-disk: a disk of the command line goes too, with its legacy drive" {
	images a.img b.img
	start_vm -- -device virtio-scsi-pci,id=scsi0 -drive "file=$T/a.img,format=raw,if=none,id=old" \
		-device scsi-hd,drive=old,id=d1 \
		-blockdev "driver=raw,node-name=mine,file.driver=file,file.filename=$T/b.img" -device scsi-hd,drive=mine,id=d2
	qb_ok unplug-disk d1
	asked query-block
	assert_json 'map(.qdev) == ["d2"]'
	qb_ok --json unplug-disk d2
	assert_json '.removed == ["device d2", "node mine"]'
	asked query-named-block-nodes
	assert_output '[]'
}

@test "unplug-disk: whatever part is left goes: a node, a set" {
	# the events client keeps the set from being dropped by QEMU up to 7.2
	start_vm --events
	images a.img
	before=$(vm_state)
	vm_ask blockdev-add '{"driver":"null-co","node-name":"d1"}'
	qb_ok --json unplug-disk d1
	assert_json '. == {id: "d1", removed: ["node d1"]}'
	vm_ask blockdev-add '{"driver":"null-co","node-name":"d1-file"}'
	qb_ok unplug-disk d1
	assert_output 'd1: removed node d1-file'
	qb_ok exec add-fd fdset-id:=5 opaque=qmpbox:d1 --open f=a.img
	qb_ok exec add-fd fdset-id:=6 opaque=qmpbox:d11 --open f=a.img
	qb_ok unplug-disk d1
	assert_output 'd1: removed fdset 5 of d1'
	asked query-fdsets
	assert_json 'map(."fdset-id") == [6]'
	qb_ok unplug-disk d11
	vm_ask blockdev-add '{"driver":"null-co","node-name":"d1"}'
	qb_ok exec add-fd fdset-id:=7 opaque=qmpbox:d1 --open f=a.img
	qb_ok --json unplug-disk d1
	assert_json '.removed | sort == ["fdset 7 of d1", "node d1"]'
	assert_equal "$(vm_state)" "$before"
}

@test "unplug-disk: the guest does not let go: status 4, why, what is left; a later run goes on" {
	start_vm --paused
	images a.img
	qb_ok hotplug-disk d1 a.img
	before=$(vm_state)
	qb --json unplug-disk d1 -t 0.5
	assert_failure 4
	assert_equal "$output" ''
	output=$stderr assert_json '.error | .kind == "timeout" and
		(.message | contains("d1") and contains("prelaunch")) and
		(.left | contains(["device d1", "node d1"]))'
	assert_equal "$(vm_state)" "$before"
	vm_ask cont
	qb unplug-disk d1 -t 0.5
	assert_failure 4
	assert_regex "${stderr_lines[0]}" '^qmpbox unplug-disk: .*d1.*(operating system|driver)'
	assert_regex "${stderr_lines[1]}" '^  left: device d1, node d1'
	vm_ask system_reset
	qb_ok unplug-disk d1
	asked query-named-block-nodes
	assert_output '[]'
	asked query-fdsets
	assert_json 'all(.fds == [])'
}

@test "unplug-disk: a node that an export uses is left and named; a later run removes it" {
	start_scsi
	images a.img
	before=$(vm_state)
	qb_ok hotplug-disk d1 a.img driver=scsi-hd
	vm_ask nbd-server-start '{"addr":{"type":"unix","data":{"path":"'"$T"'/nbd"}}}'
	vm_ask block-export-add '{"id":"e1","type":"nbd","node-name":"d1"}'
	qb --json unplug-disk d1
	assert_failure 1
	assert_equal "$output" ''
	output=$stderr assert_json '.error | .kind == "refused" and (.message | contains("in use")) and .left == ["node d1"]'
	asked query-block
	assert_output '[]'
	qb unplug-disk d1
	assert_failure 1
	assert_regex "${stderr_lines[0]}" 'node d1.*in use'
	assert_equal "${stderr_lines[1]}" '  left: node d1'
	vm_ask block-export-del '{"id":"e1"}'
	wait_for 5 no_exports
	qb_ok unplug-disk d1
	assert_output 'd1: removed node d1'
	assert_equal "$(vm_state)" "$before"
}
no_exports() { [[ $(vm_ask query-block-exports) == '[]' ]]; }

@test "unplug-disk: SIGINT while it waits: 130, and what is pending is said" {
	start_vm
	images a.img
	qb_ok hotplug-disk d1 a.img
	before=$(vm_state)
	in_background unplug-disk d1
	wait_for 10 del_answered
	kill -INT "$BACKGROUND"
	ended
	assert_equal "$status" 130
	assert_equal "$output" ''
	assert_regex "$stderr" $'^qmpbox unplug-disk: interrupted.*d1.*\n  left: device d1, node d1$'
	assert_equal "$(vm_state)" "$before"
	vm_ask system_reset
	qb_ok unplug-disk d1
}

@test "unplug-disk: quiet is quiet" {
	start_native
	images a.img
	qb_ok -q hotplug-disk d1 a.img
	assert_equal "$stderr" ''
	qb_ok -q unplug-disk d1
	assert_equal "$stderr" ''
}
