#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What hotplug-disk does when one of its commands fails, is not answered, or the connection breaks:
# it undoes what it did, or says what is left. By a script where QEMU does not do it on demand, and
# on a real QEMU by breaking each system call of the connection in turn.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers

setup() {
	qmpbox_setup
	cd "$T" || return 1
	image disk.img 1M
}
teardown() { qmpbox_teardown; }

# script [VERSION]: the scenario on stdin after what hotplug-disk asks before it begins: no devices
# but the root port rp0, which is free
script() {
	{
		cat <<-SURVEY
			negotiate ${1:-10.0.13}
			$([[ ${1:-10} == 10* ]] || printf 'expect query-jobs\nreply []\n')
			expect query-named-block-nodes
			reply []
			expect qom-list {"path":"/machine/peripheral"}
			reply [{"name":"rp0","type":"child<pcie-root-port>"}]
			expect qom-list {"path":"/machine/peripheral/rp0/rp0"}
			reply [{"name":"type","type":"string"}]
			expect qom-get {"path":"/machine/peripheral/rp0","property":"hotplug"}
			reply true
		SURVEY
		cat
	} >"$T/script"
	start_fake <"$T/script"
}

# nothing_there: what serve answers when no part of d1 is there
nothing_there() {
	cat <<-'EOF'
		on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"}]
		on query-named-block-nodes reply []
		on query-block reply []
		on query-fdsets reply []
		on device_del error DeviceNotFound Device 'd1' not found
		on blockdev-del error GenericError Failed to find node with node-name='d1'
		on remove-fd error GenericError File descriptor named 'fdset-id' not found
		serve
	EOF
}

# said FILTER: jq's filter is true of the last error document on stderr
said() { output=$(grep '"error"' <<<"$stderr" | tail -n 1) assert_json "$1"; }

# log_says NAME: how often the command NAME came
log_says() { grep -c "^< {\"execute\":\"$1\"" "$FAKE_LOG" || :; }

# set_ids COMMAND: the fdset-ids of each COMMAND that came
set_ids() { sed -n "s/^< {\"execute\":\"$1\".*\"fdset-id\":\([0-9]*\).*/\1/p" "$FAKE_LOG"; }

FDS='{"fd":12,"fdset-id":1}'

# --------------------------------------------------------------------- refused

@test "all goes well: the descriptor comes with add-fd, in the right mode, and the set is closed" {
	script <<-EOF
		expect add-fd {"opaque":"qmpbox:d1"}
		expect-fd rw =disk.img
		reply $FDS
		expect blockdev-add {"driver":"raw","node-name":"d1","file":{"driver":"file","node-name":"d1-file"}}
		expect-no-fd
		reply {}
		expect device_add {"driver":"virtio-blk-pci","id":"d1","drive":"d1","bus":"rp0","addr":"0"}
		expect-no-fd
		reply {}
		expect remove-fd
		expect-no-fd
		reply {}
		expect-eof
	EOF
	qb_ok --json hotplug-disk d1 disk.img
	assert_json '.id == "d1" and .bus == "rp0"'
	assert_equal "$stderr" ''
	fake_done
	assert_equal "$(set_ids add-fd)" "$(set_ids remove-fd)"
	assert_regex "$(cat "$FAKE_LOG")" "\"filename\":\"/dev/fdset/$(set_ids add-fd)\""
}

@test "--read-only passes a read-only descriptor, --cache none one with O_DIRECT" {
	script <<-EOF
		expect add-fd {"opaque":"qmpbox:d1"}
		expect-fd ro =disk.img
		reply $FDS
		expect blockdev-add {"driver":"raw","read-only":true}
		reply {}
		expect device_add
		reply {}
		expect remove-fd
		reply {}
		expect-eof
	EOF
	qb_ok hotplug-disk d1 disk.img --read-only
	fake_done
	dd if=disk.img of=/dev/null bs=4096 count=1 iflag=direct status=none || skip 'O_DIRECT: not on this file system'
	script <<-EOF
		expect add-fd {"opaque":"qmpbox:d1"}
		expect-fd rw direct =disk.img
		reply $FDS
		expect blockdev-add {"driver":"raw","cache":{"direct":true}}
		reply {}
		expect device_add
		reply {}
		expect remove-fd
		reply {}
		expect-eof
	EOF
	qb_ok hotplug-disk d1 disk.img --cache none
	fake_done
}

@test "a qcow2 chain: one descriptor for each file, read-only below the top, all sets closed" {
	requires qemu-img
	image top.qcow2 1M qcow2 -b disk.img -F raw
	script <<-EOF
		expect add-fd {"opaque":"qmpbox:d1"}
		expect-fd rw =top.qcow2
		reply $FDS
		expect add-fd {"opaque":"qmpbox:d1"}
		expect-fd ro =disk.img
		reply $FDS
		expect blockdev-add {"driver":"qcow2","node-name":"d1","backing":{"driver":"raw","node-name":"d1-b1","read-only":true}}
		reply {}
		expect device_add
		reply {}
		expect remove-fd
		reply {}
		expect remove-fd
		reply {}
		expect-eof
	EOF
	qb_ok hotplug-disk d1 top.qcow2 --format qcow2
	fake_done
	assert_equal "$(set_ids add-fd | sort)" "$(set_ids remove-fd | sort)"
}

@test "add-fd refused: the rest is refused too, nothing was done, nothing is left" {
	script <<-EOF
		expect add-fd
		expect-fd rw =disk.img
		error GenericError No more descriptors
		expect blockdev-add
		error GenericError Could not open '/dev/fdset/1': No such file or directory
		expect-eof
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 1
	assert_equal "$output" ''
	said '.error | .kind == "refused" and .command == "add-fd" and .class == "GenericError" and
		.desc == "No more descriptors" and (.undone // []) == [] and (.left // []) == []'
	fake_done
}

@test "add-fd refused and yet blockdev-add done: the node is undone" {
	script <<-EOF
		expect add-fd
		error GenericError No more descriptors
		expect blockdev-add
		reply {}
		expect blockdev-del {"node-name":"d1"}
		reply {}
		expect-eof
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 1
	said '.error | .command == "add-fd" and .undone == ["node d1"] and (.left // []) == []'
	fake_done
}

@test "blockdev-add refused: the set is taken back" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		error GenericError Image is corrupt
		expect remove-fd
		reply {}
		expect-eof
	EOF
	qb hotplug-disk d1 disk.img
	assert_failure 1
	assert_equal "$output" ''
	assert_equal "${stderr_lines[0]}" 'qmpbox hotplug-disk: blockdev-add: Image is corrupt (GenericError)'
	assert_regex "${stderr_lines[1]}" '^  undone: fdset [0-9]+$'
	assert_equal "${#stderr_lines[@]}" 2
	fake_done
	assert_equal "$(set_ids add-fd)" "$(set_ids remove-fd)"
}

@test "blockdev-add is unknown to this QEMU: status 6, the set is taken back" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		error CommandNotFound The command blockdev-add has not been found
		expect remove-fd
		reply {}
		expect-eof
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 6
	said '.error | .kind == "unsupported" and (.undone | length == 1) and (.left // []) == []'
	fake_done
}

@test "device_add refused: node and set are taken back, in the text and in the JSON" {
	for json in '' --json; do
		script <<-EOF
			expect add-fd
			reply $FDS
			expect blockdev-add
			reply {}
			expect device_add
			error GenericError Failed to get "write" lock
			expect remove-fd
			reply {}
			expect blockdev-del {"node-name":"d1"}
			reply {}
			expect-eof
		EOF
		# shellcheck disable=SC2086
		qb $json hotplug-disk d1 disk.img
		assert_failure 1
		assert_equal "$output" ''
		if [[ $json ]]; then
			said '.error | .command == "device_add" and (.undone | contains(["node d1"])) and (.left // []) == []'
		else
			assert_equal "${stderr_lines[0]}" "qmpbox hotplug-disk: device_add: Failed to get \"write\" lock (GenericError); $PWD/disk.img is in use by another program, such as a QEMU or qemu-img"
			assert_regex "${stderr_lines[1]}" '^  undone: .*node d1'
			assert_equal "${#stderr_lines[@]}" 2
		fi
		fake_done
	done
}

@test "device_add refused on 7.2, paused: a set that stays is named as left" {
	script 7.2.22 <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		error GenericError no
		expect remove-fd
		reply {}
		expect query-fdsets
		reply []
		expect-eof
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 1
	said '.error | (.undone | length == 1) and (.left // []) == []'
	fake_done
}

@test "device_add refused, and blockdev-del too: the node is named as left, with the reason" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		error GenericError no
		expect remove-fd
		reply {}
		expect blockdev-del
		error GenericError Node d1 is in use
		expect-eof
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 1
	said '.error | .desc == "no" and (.undone // []) == [] and (.left | length == 1) and
		(.left[0] | contains("node d1") and contains("Node d1 is in use"))'
	fake_done
}

@test "device_add and remove-fd refused: the set is tried again" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		error GenericError no
		expect remove-fd
		error GenericError not now
		expect blockdev-del
		reply {}
		expect remove-fd
		reply {}
		expect-eof
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 1
	said '.error | .command == "device_add" and (.undone | length == 2) and (.left // []) == []'
	fake_done
}

@test "remove-fd refused once the disk is in: a note, and status 0" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		reply {}
		expect remove-fd
		error GenericError not now
		expect-eof
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_success
	assert_json '.id == "d1"'
	output=$stderr assert_json '.note | contains("remove-fd") and contains("not now")'
	fake_done
}

# -------------------------------------------------------------------- time-out

@test "no reply to add-fd, and nothing there: status 4, nothing left" {
	script <<-EOF
		expect add-fd
		expect blockdev-add
		$(nothing_there)
	EOF
	qb --json --reply-timeout 0.5 hotplug-disk d1 disk.img
	assert_failure 4
	assert_equal "$output" ''
	said '.error | .kind == "timeout" and (.undone // []) == [] and (.left // []) == []'
	fake_done
}

@test "no reply to blockdev-add, and the node is there: it is undone, and the set" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		on query-named-block-nodes reply [{"node-name":"d1","drv":"raw"},{"node-name":"d1-file","drv":"file"}]
		on query-block reply []
		on query-fdsets reply []
		serve
	EOF
	qb --json --reply-timeout 0.5 hotplug-disk d1 disk.img
	assert_failure 4
	said '.error | (.undone | contains(["node d1"])) and (.left // []) == []'
	fake_done
	assert_equal "$(log_says blockdev-del)" 1
	assert_equal "$(log_says remove-fd)" 1
}

@test "no reply to device_add, and the device is there: nothing is undone, and that is said" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"},{"name":"d1","type":"child<virtio-blk-pci>"}]
		serve
	EOF
	qb --json --reply-timeout 0.5 hotplug-disk d1 disk.img
	assert_failure 4
	assert_equal "$output" ''
	said '.error | .kind == "timeout" and (.message | contains("device_add") and contains("take effect")) and
		(.undone // []) == [] and (.left // []) == []'
	fake_done
	assert_equal "$(log_says device_del)" 0
	assert_equal "$(log_says blockdev-del)" 0
	assert_equal "$(log_says remove-fd)" 1
}

@test "no reply to device_add, and no device: node and set are undone" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"}]
		on query-named-block-nodes reply [{"node-name":"d1","drv":"raw"}]
		on query-fdsets reply []
		on device_del error DeviceNotFound Device 'd1' not found
		on remove-fd reply {}
		serve
	EOF
	qb --json --reply-timeout 0.5 hotplug-disk d1 disk.img
	assert_failure 4
	said '.error | (.undone | contains(["node d1"])) and (.left // []) == []'
	fake_done
	assert_equal "$(log_says device_del)" 0
}

@test "no reply to device_add, and the set is gone already: it is not said to be left" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"}]
		on query-named-block-nodes reply [{"node-name":"d1","drv":"raw"}]
		on query-fdsets reply []
		on remove-fd error GenericError File descriptor named 'fdset-id' not found
		serve
	EOF
	qb --json --reply-timeout 0.5 hotplug-disk d1 disk.img
	assert_failure 4
	said '.error | (.undone | contains(["node d1"])) and (.left // []) == []'
	fake_done
}

@test "no reply to remove-fd once the disk is in: it is in, status 0, with a note" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		reply {}
		expect remove-fd
		serve
	EOF
	qb --json --reply-timeout 0.5 hotplug-disk d1 disk.img
	assert_success
	assert_json '.id == "d1"'
	output=$stderr assert_json '.note | contains("remove-fd")'
	fake_done
}

@test "the VM hangs for good: status 4 and every part is named" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		hang
	EOF
	qb --json --reply-timeout 0.3 hotplug-disk d1 disk.img
	assert_failure 4
	assert_equal "$output" ''
	said '.error | .kind == "timeout" and (.undone // []) == [] and (.left | length == 3) and
		(.left | any(contains("device d1")) and any(contains("node d1")) and any(contains("fdset")))'
	fake_done
}

@test "-t is over before a reply comes: status 4, undone" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		on qom-list reply []
		on query-named-block-nodes reply [{"node-name":"d1","drv":"raw"}]
		on query-fdsets reply []
		serve
	EOF
	qb --json -t 0.5 hotplug-disk d1 disk.img
	assert_failure 4
	said '.error | .kind == "timeout" and (.undone | contains(["node d1"])) and (.left // []) == []'
	fake_done
}

# ----------------------------------------------------------------- interrupted

# came NAME: has the command NAME come?
came() { (($(log_says "$1"))); }

# interrupted SIGNAL COMMAND: SIGNAL while COMMAND has no answer; sets status, output, stderr
interrupted() {
	spawn "$T/out" "$T/err" env --default-signal=INT,TERM,HUP \
		"$QMPBOX" -s "$S" --json hotplug-disk d1 disk.img
	wait_for 10 came "$2"
	kill -s "$1" "$SPAWN_PID"
	wait_for 10 exited "$SPAWN_PID"
	status=0
	wait "$SPAWN_PID" || status=$?
	output=$(<"$T/out")
	stderr=$(<"$T/err")
}

@test "a signal before the disk is in: node and set are undone, status by the signal" {
	while read -r signal want; do
		script <<-EOF
			expect add-fd
			reply $FDS
			expect blockdev-add
			reply {}
			expect device_add
			on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"}]
			on query-named-block-nodes reply [{"node-name":"d1","drv":"raw"}]
			on query-fdsets reply []
			serve
		EOF
		interrupted "$signal" device_add
		assert_equal "$signal $status" "$signal $want"
		assert_equal "$output" ''
		said '.error | .kind == "interrupted" and (.undone | contains(["node d1"])) and (.left // []) == []'
		fake_done
		assert_equal "$(log_says blockdev-del)" 1
	done <<-'SIGNALS'
		INT 130
		TERM 143
		HUP 129
	SIGNALS
}

@test "a signal when the disk is in already: nothing is undone, and that is said" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		on qom-list reply [{"name":"d1","type":"child<virtio-blk-pci>"}]
		serve
	EOF
	interrupted INT device_add
	assert_equal "$status" 130
	said '.error | (.message | contains("take effect")) and (.undone // []) == [] and (.left // []) == []'
	fake_done
	assert_equal "$(log_says blockdev-del)" 0
}

asked_again() { sed '1,/"device_add"/d' "$FAKE_LOG" | grep -q '^< {"execute":"qom-list"'; }

@test "a second signal ends the undoing, and what is not known is named" {
	script <<-EOF
		expect add-fd
		reply $FDS
		expect blockdev-add
		reply {}
		expect device_add
		expect remove-fd
		expect qom-list
		hang
	EOF
	spawn "$T/out" "$T/err" env --default-signal=INT "$QMPBOX" -s "$S" --json hotplug-disk d1 disk.img
	wait_for 10 came device_add
	kill -INT "$SPAWN_PID"
	wait_for 10 asked_again
	kill -TERM "$SPAWN_PID"
	wait_for 10 exited "$SPAWN_PID"
	status=0
	wait "$SPAWN_PID" || status=$?
	assert_equal "$status" 130
	stderr=$(<"$T/err")
	said '.error.left | any(contains("device d1")) and any(contains("node d1")) and any(contains("fdset"))'
	fake_done
}

# ------------------------------------------------------------- connection cut

# cut K: a scenario whose connection 1 ends before command K of add-fd, blockdev-add, device_add,
# remove-fd is answered
cut() {
	local commands=(add-fd blockdev-add device_add remove-fd) command
	for command in "${commands[@]:0:$1}"; do
		printf 'expect %s\nreply {}\n' "$command"
	done
	printf 'expect %s\nclose\nconnection 2\nnegotiate 10.0.13\n' "${commands[$1]}"
}

@test "cut, and nothing of it is there: status 5, nothing undone, nothing left" {
	for k in 0 1 2; do
		script <<-EOF
			$(cut $k)
			$(nothing_there)
		EOF
		qb --json hotplug-disk d1 disk.img
		assert_equal "$k: $status" "$k: 5"
		assert_equal "$output" ''
		said '.error | .kind == "protocol" and (.undone // []) == [] and (.left // []) == []'
		fake_done
	done
}

@test "cut, and the node is there: it is undone" {
	for k in 0 1 2; do
		script <<-EOF
			$(cut $k)
			on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"}]
			on query-named-block-nodes reply [{"node-name":"d1-file","drv":"file"},{"node-name":"d1","drv":"raw"}]
			on query-fdsets reply []
			serve
		EOF
		qb --json hotplug-disk d1 disk.img
		assert_equal "$k: $status" "$k: 5"
		said '.error | .undone == ["node d1"] and (.left // []) == []'
		fake_done
		assert_equal "$(log_says blockdev-del)" 1
	done
}

@test "cut, and the device is there: it took effect, nothing is undone" {
	script <<-EOF
		$(cut 2)
		on qom-list reply [{"name":"d1","type":"child<virtio-blk-pci>"}]
		serve
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 5
	said '.error | (.message | contains("take effect")) and (.undone // []) == [] and (.left // []) == []'
	fake_done
	assert_equal "$(log_says device_del)" 0
	assert_equal "$(log_says blockdev-del)" 0
}

@test "cut once the disk is in: it is in, status 0, with a note" {
	script <<-EOF
		$(cut 3)
		serve
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_success
	assert_json '.id == "d1"'
	output=$(head -n 1 <<<"$stderr") assert_json '.note | contains("remove-fd")'
}

@test "cut, and nobody listens any more: status 5, and what is not known is named" {
	for k in 0 1 2; do
		script <<-EOF
			$(cut $k | sed '/^connection/,$d')
		EOF
		qb --json hotplug-disk d1 disk.img
		assert_equal "$k: $status" "$k: 5"
		assert_equal "$output" ''
		said '.error | .kind == "protocol" and (.undone // []) == [] and (.left | length >= 2) and
			(.left | all(contains("not known")) and any(contains("node d1")) and any(contains("fdset")))'
		if ((k == 2)); then
			said '.error.left | length == 3 and any(contains("device d1"))'
		fi
		fake_done
	done
	script <<-EOF
		$(cut 2 | sed '/^connection/,$d')
	EOF
	qb hotplug-disk d1 disk.img
	assert_failure 5
	assert_regex "${stderr_lines[0]}" '^qmpbox hotplug-disk: device_add: '
	assert_regex "$stderr" '  left: device d1 .*not known'
}

@test "cut, and the other QEMU that listens now does not greet: what is not known is named" {
	script <<-EOF
		$(cut 1 | sed '/^negotiate 10.0.13$/d')
		close
	EOF
	qb --json hotplug-disk d1 disk.img
	assert_failure 5
	said '.error | (.left | length == 2) and (.left | all(contains("not known")))'
	fake_done
}

# --------------------------------------------------- a real QEMU, each call broken

# broken CALLS ERROR K: hotplug-disk whose K-th system call of those fails with ERROR; sets status...
broken() {
	# LeakSanitizer cannot work under strace.
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 60 strace -f -qq -o "$T/trace" \
		-e trace="$1" -e inject="$1:error=$2:when=$3" \
		"$QMPBOX" -s "$S" --json hotplug-disk d1 disk.img 3>&-
}

can_inject() {
	requires strace
	strace -f -qq -o /dev/null -e inject=sendmsg:error=EPIPE:when=1 true 2>/dev/null || skip 'strace cannot work here'
}

# each_broken CALLS ERROR: as many calls as there are (which varies by a few with how replies come
# together); the VM is as before, or has the disk and that is said
each_broken() {
	local k before whole=0
	# Ports let go at once; the events' client keeps QEMU up to 7.2 from dropping sets by itself.
	start_vm --events -- -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
	before=$(vm_state)
	for k in {1..60}; do
		broken "$1" "$2" "$k"
		echo "# $k: $status $stderr"
		if vm_ask qom-list '{"path":"/machine/peripheral"}' | jq -e 'any(.name == "d1")' >/dev/null; then
			if ((status)); then
				said '.error | (.message | contains("take effect")) and (.undone // []) == [] and (.left // []) == []'
			else
				assert_json '.id == "d1"'
			fi
			qb_ok unplug-disk d1
		else
			assert_regex "$status" '^[35]$'
			assert_equal "$output" ''
			said '(.error.left // []) == []'
		fi
		assert_equal "$(vm_state)" "$before"
		if ! grep -q INJECTED "$T/trace"; then # there was no K-th call
			assert_equal "$status" 0
			((++whole < 3)) || break
		fi
	done
	((k > 4 && k < 60))
}

@test "a real QEMU: whichever write fails, nothing is left" {
	can_inject
	each_broken sendmsg EPIPE
}

@test "a real QEMU: whichever read fails, nothing is left" {
	can_inject
	each_broken recvfrom,recvmsg ECONNRESET
}

@test "the writes of hotplug-disk" {
	can_inject
	start_vm
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 60 strace -f -qq -o "$T/trace" \
		-e trace=sendmsg,sendto,write,writev "$QMPBOX" -s "$S" hotplug-disk d1 disk.img 3>&-
	assert_success
	socket=$(sed -n 's/.*sendmsg(\([0-9]*\),.*/\1/p' "$T/trace" | head -n 1)
	writes=$(grep -cE "(sendmsg|sendto|write|writev)\($socket," "$T/trace")
	# 1. the negotiation, and (below 10) the jobs: whether the nodes may be asked for;
	# 2. what nodes and what devices there are: names that must be free, and ports;
	# 3. what is on each port: which ones there are is in the answer to 2;
	# 4. add-fd and blockdev-add: a descriptor rides on the first byte of a write of its own;
	# 5. device_add, remove-fd, and (up to 7.2) whether the descriptor has gone: after a refused
	#    blockdev-add device_add could take somebody else's node.
	# (A sixth, between 3 and 4, asks who is on the ports that are taken.)
	assert_equal "$writes" 5
	assert_equal "$(grep -c SCM_RIGHTS "$T/trace")" 1
}
