#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two real VMs side by side, and, where compare says yes or that a migration fails, the migration.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# pair A-ARG... -- B-ARG...: two VMs, of which B waits for a migration; sets A, A2, B, B2.
pair() {
	local first=()
	while [[ $1 != -- ]]; do
		first+=("$1")
		shift
	done
	shift
	start_vm --no-ports --paused -- "${first[@]}"
	A=$S A2=$S2
	start_vm --no-ports --paused -- -incoming defer "$@"
	B=$S B2=$S2
}

compare() { run --separate-stderr timeout -k 5 60 "$QMPBOX" compare "$A" "$B" "$@" 3>&-; }

# hinders WHAT...: exactly these do, and the status says so.
hinders() {
	compare --json
	assert_equal "$status" 10
	assert_regex "$stderr" '"kind":"no"'
	assert_json '.migratable == false and ([.differences[] | select(.hinders) | .what] == $ARGS.positional)' \
		--args "$@"
}

# notes WHAT...: nothing hinders, and exactly these are noted.
notes() {
	compare --json
	outcome 0 '~^\{' ''
	assert_json '.migratable and ([.differences[].what] == $ARGS.positional)' --args "$@"
}

migration() { S2=$A2 vm_ask query-migrate | jq -r .status; }
ended() { [[ $(migration) == @(completed|failed) ]]; }

# migrates OUTCOME: the migration from A to B ends so.
migrates() {
	S2=$A2 vm_ask migrate-set-capabilities '{"capabilities":[{"capability":"return-path","state":true}]}'
	S2=$B2 vm_ask migrate-incoming "{\"uri\":\"unix:$T/migration\"}"
	S2=$A2 vm_ask migrate "{\"uri\":\"unix:$T/migration\"}"
	wait_for 30 ended
	assert_equal "$(migration)" "$1"
}

# set_on SOCKET CAPABILITY: sets it.
set_on() {
	S2=$1 vm_ask migrate-set-capabilities \
		"{\"capabilities\":[{\"capability\":\"$2\",\"state\":true}]}"
}

# ------------------------------------------------------------------- equal ones

@test "compare: two alike; what it calls migratable migrates" {
	# shellcheck disable=SC2054 # those commas are QEMU's
	local devices=(-device virtio-rng-pci -blockdev null-co,node-name=n,size=1048576
		-device virtio-blk-pci,drive=n,id=d1 -device e1000,mac=52:54:00:00:00:01)
	pair "${devices[@]}" -- "${devices[@]}"
	compare
	outcome 0 'nothing differs that matters' ''
	compare --json
	outcome 0 '{"differences":[],"migratable":true}' ''
	migrates completed
}

@test "compare: ids, nodes and backends do not matter" {
	pair -blockdev null-co,node-name=n,size=1048576 -device virtio-blk-pci,drive=n,id=d1 \
		-netdev hubport,id=u1,hubid=0 -device e1000,netdev=u1,mac=52:54:00:00:00:01 -- \
		-blockdev null-co,node-name=other,size=1048576 -device virtio-blk-pci,drive=other,id=d2 \
		-netdev socket,id=u2,listen=127.0.0.1:0 -device e1000,netdev=u2,mac=52:54:00:00:00:01
	notes 'device 01.0 (d1) id'
	migrates completed
}

@test "compare: a guest of flesh moves where nothing hinders" {
	requires_guest
	local devices=(-device "virtio-net-pci,mac=52:54:00:00:00:01" -device virtio-balloon-pci
		-blockdev "null-co,node-name=n,size=1048576" -device "virtio-blk-pci,drive=n")
	start_guest --no-ports -- "${devices[@]}"
	A=$S A2=$S2
	local kernel=(-m 128 -no-reboot -kernel "$GUEST_DIR/vmlinuz" -initrd "$GUEST_DIR/initrd"
		-append "console=ttyS0 quiet panic=-1" -serial null -serial null)
	start_vm --no-ports --paused -- -incoming defer "${kernel[@]}" "${devices[@]}"
	B=$S B2=$S2
	notes
	migrates completed
}

@test "compare: what the firmware has set up meanwhile is no difference" {
	start_vm --machine pc -- -device virtio-rng-pci -serial null -usb -device usb-tablet
	A=$S A2=$S2
	start_vm --machine pc --paused -- -incoming defer -device virtio-rng-pci -serial null -usb \
		-device usb-tablet
	B=$S B2=$S2
	notes
	migrates completed
}

@test "compare: --all lists what is equal too" {
	pair -- 
	compare --all
	outcome 0 '~^what +A +B +verdict' ''
	assert_line --regexp '^machine type +pc-q35-[0-9.]+ +pc-q35-[0-9.]+ +same$'
	assert_line --regexp '^memory base size +64 MiB +64 MiB +same$'
	assert_line --regexp '^RAM block pc.ram +64 MiB +64 MiB +same$'
	assert_line --regexp '^CPU flag sse2 +yes +yes +same$'
	compare --all --json
	assert_json '.differences == [] and (.equal | map(select(.what == "RAM block pc.ram"))[0].value == 67108864)'
}

# ------------------------------------------------------------------ what hinders

@test "compare: another machine, and its devices are not held against it" {
	start_vm --no-ports --paused
	A=$S
	start_vm --machine pc --paused -- -incoming defer
	B=$S
	compare
	outcome 10 '~^what +A +B +verdict' \
		"qmpbox compare: $B cannot take over the guest of $A: see what hinders"
	assert_line --regexp '^machine type +pc-q35-[^ ]+ +pc-i440fx-[^ ]+ +hinders: .*start B with -machine pc-q35-'
	assert_line --regexp '^devices +- +- +note: not compared'
	refute_line --partial ICH9
}

@test "compare: another CPU" {
	pair -cpu Nehalem,+aes -- -cpu Nehalem,-sse4.2
	compare --json
	assert_equal "$status" 10
	assert_json '[.differences[] | select(.hinders) | .what] | sort == ["CPU flag aes", "CPU flag sse4.2"]'
	pair -cpu Nehalem -- -cpu Nehalem,+aes
	notes 'CPU flag aes'
	assert_json '.differences[0] | .a == false and .b == true'
	pair -cpu Nehalem -- -cpu Westmere
	compare --json
	assert_equal "$status" 10
	assert_json '[.differences[] | select(.hinders) | .what] | contains(["CPU type", "CPU model"])'
}

@test "compare: fewer CPUs" {
	pair -smp 2 -- -smp 1,maxcpus=2
	hinders 'CPU 1'
	migrates failed
}

@test "compare: a missing device; one more is a note" {
	pair -device virtio-rng-pci,id=r0 -- 
	hinders 'device 01.0 (r0)'
	assert_json '.differences[0] | .a == "virtio-rng-pci" and .b == null'
	migrates failed
	pair -- -device virtio-rng-pci,id=r0
	notes 'device 01.0 (r0)'
	migrates completed
}

@test "compare: a device elsewhere, and one without an id" {
	pair -device virtio-rng-pci,addr=5 -- -device virtio-rng-pci,addr=6
	hinders 'device 05.0'
	pair -serial null -- 
	hinders 'device 1f.0/isa-serial iobase 1016'
	migrates failed
}

@test "compare: another memory" {
	pair -m 64 -- -m 128
	hinders 'memory base size' 'RAM block pc.ram'
	assert_json '.differences[0] | .a == 67108864 and .b == 134217728'
	compare
	assert_line --regexp '^RAM block pc.ram +64 MiB +128 MiB +hinders: '
	migrates failed
	pair -m 64,slots=2,maxmem=1G -- -m 64,slots=4,maxmem=2G
	hinders 'memory slots'
	assert_json '[.differences[].what] == ["memory maximum size", "memory slots"]'
}

@test "compare: a DIMM that B lacks" {
	pair -m 64,slots=2,maxmem=1G -object memory-backend-ram,id=mb0,size=64M \
		-device pc-dimm,memdev=mb0 -- -m 64,slots=2,maxmem=1G
	compare --json
	assert_equal "$status" 10
	assert_json '[.differences[] | select(.hinders) | .what] | contains(["RAM block mb0"])'
}

@test "compare: a user network has a state of its own, other kinds of netdev have none" {
	pair -netdev user,id=u1 -device e1000,netdev=u1,mac=52:54:00:00:00:01 -- \
		-netdev hubport,id=u1,hubid=0 -device e1000,netdev=u1,mac=52:54:00:00:00:01
	hinders 'user networks'
	assert_json '.differences[0] | .a == 1 and .b == 0'
	migrates failed
	pair -netdev hubport,id=u1,hubid=0 -- -netdev user,id=u2
	notes 'user networks'
	migrates completed
}

@test "compare: properties, MAC, size and mode of a disk" {
	pair -device e1000,mac=52:54:00:00:00:01 -blockdev null-co,node-name=n,size=1048576 \
		-device virtio-blk-pci,drive=n,num-queues=1 -- \
		-device e1000,mac=52:54:00:00:00:02 -blockdev null-co,node-name=n,size=2097152,read-only=on \
		-device virtio-blk-pci,drive=n,num-queues=2
	compare --json
	assert_equal "$status" 10
	assert_json '[.differences[] | select(.hinders) | .what] |
		contains(["device 01.0 mac", "device 02.0/virtio-blk-device num-queues",
			"device 02.0/virtio-blk-device disk size", "device 02.0/virtio-blk-device read-only"])'
}

@test "compare: capabilities that must be the same" {
	pair -- 
	set_on "$A2" multifd
	hinders 'capability multifd'
	set_on "$B2" multifd
	notes
	S2=$B2 vm_ask migrate-set-parameters '{"multifd-channels":4}'
	hinders 'parameter multifd-channels'
	set_on "$A2" xbzrle
	set_on "$B2" postcopy-ram
	S2=$B2 vm_ask migrate-set-parameters '{"multifd-channels":2}'
	notes 'capability postcopy-ram'
	migrates completed
}

@test "compare: TLS on one side only" {
	pair -- 
	S2=$B2 vm_ask migrate-set-parameters '{"tls-creds":"tls0"}'
	hinders 'parameter tls-creds'
	refute_regex "$output" tls0
}

@test "compare: run states" {
	pair -- 
	A=$B A2=$B2
	start_vm --no-ports --paused
	B=$S B2=$S2
	hinders 'run state'
	assert_json '.differences[0].why | test("waits")'
	start_vm --no-ports --paused
	A=$S A2=$S2
	notes 'run state'
	compare
	outcome 0 '~note: B does not wait for a migration' ''
}

# -------------------------------------------------------------- how it is asked

@test "compare: A by -s, by the environment and as a word" {
	pair -- 
	S=$A
	qb compare "$B"
	outcome 0 'nothing differs that matters' ''
	QMPBOX_SOCKET=$A run --separate-stderr "$QMPBOX" compare "$B"
	outcome 0 'nothing differs that matters' ''
	QMPBOX_SOCKET=$T/nowhere compare
	outcome 0 'nothing differs that matters' ''
	qb compare "$A" "$B"
	outcome 2 '' "qmpbox compare: -s $A: the VM is named by '$A' already"
	run --separate-stderr env -u QMPBOX_SOCKET "$QMPBOX" compare "$B"
	outcome 2 '' '~which VM\?'
	run --separate-stderr "$QMPBOX" compare
	outcome 2 '' '~A'
	run --separate-stderr "$QMPBOX" compare "$A" "$B" "$B"
	assert_equal "$status" 2
}

@test "compare: a VM with itself is a slip" {
	pair -- 
	B=$A compare
	outcome 2 '' 'qmpbox compare: A and B are the same VM'
	B=$A2 compare
	outcome 2 '' 'qmpbox compare: A and B are two monitors of the same VM'
}

@test "compare: it says which of the two is not there" {
	pair -- 
	B=$T/nowhere compare
	outcome 3 '' "~^qmpbox compare: $T/nowhere: "
	A=$T/nowhere compare
	outcome 3 '' "~$T/nowhere"
}

@test "compare: both are asked before either is waited for, and nothing changes" {
	pair -device virtio-rng-pci -- -device virtio-rng-pci
	local before_a before_b
	before_a=$(S2=$A2 vm_state)
	before_b=$(S2=$B2 vm_state)
	compare -v
	assert_equal "$status" 0
	# Both have been asked for the machine before the first answer of either.
	run jq -Rrs 'split("\n") | map(select(test("^(-> |<- )"))) | map(select(test("^-> .*\"path\":\"/machine\",\"property\":\"type\"") or test("^<- .*\"return\":\\{\\}"))) | map(.[0:2]) | .[0:2] | join(" ")' <<<"$stderr"
	assert_output '-> ->'
	assert_equal "$(S2=$A2 vm_state)" "$before_a"
	assert_equal "$(S2=$B2 vm_state)" "$before_b"
}

# --------------------------------------------------------- what is not comparable

@test "compare: a storage daemon is no machine" {
	start_vm --no-ports --paused
	A=$S
	start_qsd
	B=$S
	compare
	outcome 6 '' "qmpbox compare: B ($B): there is no machine here"
	B=$A A=$S
	compare
	outcome 6 '' '~^qmpbox compare: A .*there is no machine here'
}

@test "compare: machines of none" {
	start_vm --machine none
	A=$S
	start_vm --machine none
	B=$S
	compare
	outcome 0 '~run state' ''
	start_vm --no-ports --paused
	B=$S
	compare --json
	assert_equal "$status" 10
	assert_json '[.differences[] | select(.why | test("^not compared")) | .what] | contains(["devices", "CPU flags"])'
}

@test "compare: names that a VM made up stay in their line" {
	local machine='on qom-get reply "pc-q35-7.2-machine"' state='on query-status reply {"status":"x"}'
	start_fake < <(printf '%s\n' negotiate "$machine" "$state" \
		'on query-target reply {"arch":"x\u001b[31m\ny"}' serve)
	A=$S
	start_fake < <(printf '%s\n' negotiate "$machine" "$state" \
		'on query-target reply {"arch":"z"}' serve)
	B=$S
	compare
	assert_equal "$status" 10
	assert_line --regexp '^target +x\\x1B\[31m\\ny +z +hinders: another processor$'
}
