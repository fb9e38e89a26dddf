#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With a real Linux inside: what the guest sees of a disk, what it wrote, and that it lets go. The
# first tests are about the guest itself, which others rely on.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# random_image FILE MEBIBYTES
random_image() { dd if=/dev/urandom of="$1" bs=1M count="$2" status=none; }

# sees DISK FILE: does the guest read from /dev/DISK, past its cache, the bytes of FILE?
sees() {
	guest_run "blockdev --flushbufs /dev/$1 2>/dev/null; md5sum </dev/$1" >"$T/md5"
	md5sum <"$2" | cmp - "$T/md5"
}

has_no() { ! guest_run test -e "/sys/block/$1"; }

# ----------------------------------------------------------------- the guest

@test "guest: boots, runs commands, tells their status" {
	start_guest
	run -0 guest_run uname -s
	assert_output Linux
	run -3 guest_run 'echo out; echo err >&2; exit 3'
	assert_output $'out\nerr'
	guest_run 'printf "a\nb\n\n"' >exact
	printf 'a\nb\n\n' | cmp - exact
	guest_run 'head -c 200000 /dev/zero' >zeros
	head -c 200000 /dev/zero | cmp - zeros
	run -0 guest_run 'sleep 1000 & echo started'
	assert_output started
	run -127 guest_run nonsense
}

@test "guest: the balloon moves, the power button powers it off" {
	start_guest --events -- -device virtio-balloon-pci,id=bal0
	vm_ask balloon '{"value":100663296}'
	wait_event BALLOON_CHANGE
	wait_for 10 balloon_is 100663296
	vm_ask system_powerdown
	wait_event SHUTDOWN '.data.guest'
	wait_for 10 exited "$VM_PID"
	run -124 guest_run true
}
balloon_is() { vm_ask query-balloon | jq -e ".actual == $1"; }

@test "guest: build is safe when two run at once, and is kept" {
	requires_guest
	export QMPBOX_TEST_CACHE=$T/cache
	spawn a a.err "$top_srcdir/tests/guest" build
	a=$SPAWN_PID
	spawn b b.err "$top_srcdir/tests/guest" build
	b=$SPAWN_PID
	wait "$a"
	wait "$b"
	assert_equal "$(<a)" "$(<b)"
	[ -s "$(<a)/vmlinuz" ]
	[ -s "$(<a)/initrd" ]
	assert_equal "$(find "$T/cache" -mindepth 1 -maxdepth 1 | sort)" "$(<a)"$'\n'"$T/cache/lock"
}

@test "guest: build says 77 and a reason where apt has nothing" {
	requires_guest
	APT_CONFIG=$T/apt.conf
	export APT_CONFIG QMPBOX_TEST_CACHE=$T/cache
	echo "Dir::State::lists \"$T/lists\"; Dir::State::status \"/dev/null\";" >"$APT_CONFIG"
	mkdir lists
	run -77 "$top_srcdir/tests/guest" build
	assert_output --partial "apt does not know"
	echo 'Acquire::http::Proxy "http://127.0.0.1:1"; Acquire::https::Proxy "http://127.0.0.1:1";' >"$APT_CONFIG"
	run -77 "$top_srcdir/tests/guest" build
	assert_output --partial "cannot download"
	assert_equal "$(ls "$T/cache")" lock
}

# --------------------------------------------------------------------- disks

@test "a raw disk: the guest sees its bytes, writes, lets go; the file has what it wrote" {
	random_image disk.img 8
	start_guest
	before=$(vm_state)
	qb_ok hotplug-disk d1 disk.img serial=SN42
	assert_output "d1: virtio-blk-pci on rp0, raw $T/disk.img, read-write"
	assert_equal "$stderr" ''
	wait_for 10 guest_run test -b /dev/vda
	run -0 guest_run cat /sys/block/vda/size /sys/block/vda/ro /sys/block/vda/serial
	assert_output $'16384\n0\nSN42'
	sees vda disk.img
	asked=$(vm_ask query-fdsets)
	assert_equal "$(jq -c 'map(.fds[])' <<<"$asked")" '[]'

	cp disk.img want.img
	echo 'written by the guest' | dd of=want.img bs=512 seek=1000 conv=notrunc status=none
	guest_run 'echo written by the guest | dd of=/dev/vda bs=512 seek=1000 conv=notrunc,fsync 2>/dev/null'
	qb_ok unplug-disk d1
	assert_output 'd1: removed device d1, node d1'
	assert_equal "$stderr" ''
	wait_for 5 has_no vda
	cmp disk.img want.img
	assert_equal "$(vm_state)" "$before"

	# the port takes the next one, which the guest sees too
	qb_ok --json hotplug-disk d1 want.img
	assert_json '.bus == "rp0"'
	wait_for 10 guest_run test -b /dev/vda
	sees vda want.img
	qb_ok unplug-disk d1
	assert_equal "$(vm_state)" "$before"
}

@test "--read-only and a qcow2 with its backing chain: right inside, and the files below untouched" {
	requires qemu-img qemu-io
	random_image ro.img 2
	random_image base 4
	image middle 4M qcow2 -b base -F raw
	image top.qcow2 4M qcow2 -b middle -F qcow2
	qemu-io -f qcow2 -c 'write -q -P 0x11 1M 64k' middle
	qemu-io -f qcow2 -c 'write -q -P 0x22 2M 64k' top.qcow2
	qemu-img convert -O raw top.qcow2 want.img
	below=$(md5sum base middle ro.img)
	start_guest
	before=$(vm_state)

	qb_ok hotplug-disk d1 ro.img --read-only
	wait_for 10 guest_run test -b /dev/vda
	run -0 guest_run cat /sys/block/vda/ro
	assert_output 1
	sees vda ro.img
	run guest_run 'echo no | dd of=/dev/vda conv=fsync 2>&1'
	assert_failure

	qb_ok hotplug-disk d2 top.qcow2 --format qcow2
	wait_for 10 guest_run test -b /dev/vdb
	run -0 guest_run cat /sys/block/vdb/size /sys/block/vdb/ro
	assert_output $'8192\n0'
	sees vdb want.img
	printf 'guest' | dd of=want.img bs=1M seek=3 conv=notrunc status=none
	guest_run 'printf guest | dd of=/dev/vdb bs=1M seek=3 conv=notrunc,fsync 2>/dev/null'

	qb_ok unplug-disk d2
	qb_ok unplug-disk d1
	wait_for 5 has_no vdb
	wait_for 5 has_no vda
	qemu-img compare -q -f qcow2 -F raw top.qcow2 want.img
	assert_equal "$(md5sum base middle ro.img)" "$below"
	assert_equal "$(vm_state)" "$before"
}

@test "the guest's own pciehp (no ACPI): plugged, seen, unplugged in the default time" {
	random_image disk.img 1
	start_guest -- -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
	before=$(vm_state)
	qb_ok hotplug-disk d1 disk.img
	wait_for 20 guest_run test -b /dev/vda
	sees vda disk.img
	qb_ok unplug-disk d1
	wait_for 5 has_no vda
	assert_equal "$(vm_state)" "$before"
}

@test "snapshot and commit under a disk that the guest writes: no byte is lost" {
	requires qemu-img
	random_image disk.img 4
	image overlay.qcow2 4M qcow2
	start_guest
	before=$(vm_state)
	qb_ok hotplug-disk d1 disk.img
	wait_for 10 guest_run test -b /dev/vda
	vm_ask blockdev-add '{"driver":"qcow2","node-name":"ov","file":{"driver":"file","filename":"'"$T"'/overlay.qcow2"},"backing":null}'
	vm_ask blockdev-snapshot '{"node":"d1","overlay":"ov"}'
	cp disk.img want.img
	printf 'above' | dd of=want.img bs=1M seek=2 conv=notrunc status=none
	guest_run 'printf above | dd of=/dev/vda bs=1M seek=2 conv=notrunc,fsync 2>/dev/null'
	vm_ask block-commit '{"device":"ov","job-id":"c1"}'
	wait_for 20 job_ready
	vm_ask job-complete '{"id":"c1"}'
	wait_for 10 no_jobs
	vm_ask blockdev-del '{"node-name":"ov"}'
	sees vda want.img
	qb_ok unplug-disk d1
	cmp disk.img want.img
	assert_equal "$(vm_state)" "$before"
}
job_ready() { vm_ask query-jobs | jq -e '.[0].status == "ready"'; }
no_jobs() { [[ $(vm_ask query-jobs) == '[]' ]]; }
