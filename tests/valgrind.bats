#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs that end well and runs that fail, under valgrind: no error, nothing lost, no descriptor open.

load helpers
setup() {
	qmpbox_setup
	requires valgrind
	if grep -q __asan_init "$QMPBOX"; then
		skip "the program has AddressSanitizer in it, which does the same and excludes valgrind"
	fi
}
teardown() { qmpbox_teardown; }

# vg ARG...: qmpbox under valgrind, which must find nothing; $status is qmpbox's.
vg() {
	run --separate-stderr timeout 60 valgrind -q --error-exitcode=99 --leak-check=full \
		--errors-for-leak-kinds=definite,possible --log-file="$T/valgrind" \
		"$QMPBOX" -s "$S" "$@" 3>&-
	assert_equal "$(<"$T/valgrind")" ""
}

@test "questions, a hot-plug, its undoing, and words that are wrong" {
	start_vm --machine q35
	image "$T/disk.img" 1M
	for line in "0 status" "0 info" "0 --json info" "10 info --has nothing" "0 query-pci" \
		"0 query-pci --free-slot" "0 exec query-block" "2 exec nothing" "2 block_resize siz=1" "0 schema blockdev-add" \
		"0 schema --grep throttle" "2 schema blockdev-ad" "6 qom-list-get path=/x" "0 qom-tree /objects" \
		"0 device_add virtio-net-pci id=n1 mq=on bus=rp1" "2 device_add virtio-net-pci mq=maybe" \
		"0 chardev-add id=c1 backend.type=ringbuf backend.data.size=64K" "4 -t 0.2 wait --event STOP" \
		"0 wait --status running" "2 wait --status runing" "2 transaction block-dirty-bitmap-add nod=x" "2 exec a b" \
		"0 exec ringbuf-write device=ring0 data=hello" "0 ringbuf-read ring0" \
		"1 hotplug-disk d1 $T/disk.img bus=nowhere" "2 hotplug-disk d1 $T/disk.img seriel=1" \
		"0 hotplug-disk d1 $T/disk.img serial=1" "0 --dry-run hotplug-disk d2 $T/disk.img" \
		"4 -t 1 unplug-disk d1" "1 unplug-disk d3" "0 leftovers" "2 leftovers --clean d3" "0 leftovers --clean" "0 --help" "0 hotplug-disk --help" "2 statu"; do
		# shellcheck disable=SC2086
		set -- $line
		expected=$1
		shift
		vg "$@"
		if ((status != expected)); then
			fail "qmpbox $*: status $status, expected $expected: $stderr"
		fi
	done
}

@test "a stream of commands" {
	start_vm --machine none
	printf '{"execute":"query-status","id":%d}\n' {1..200} >"$T/commands"
	vg exec - <"$T/commands"
	assert_equal "$status" 0
	assert_equal "${#lines[@]}" 200
}

@test "a script of 50 lines" {
	start_vm --machine none
	for i in {1..8}; do
		printf '%s\n' "# $i" "blockdev-add driver=null-co node-name=n$i" "query-named-block-nodes >> $T/nodes" \
			"exec query-status --json > $T/out" "blockdev-del n$i" "statu" "use $S" 'events --count 1 -t 0.01 "'
	done >"$T/script"
	vg repl --keep-going <"$T/script"
	assert_equal "$status" 2
	vg repl -c 'blockdev-add {"driver":' -c status
	assert_equal "$status" 2
	vg repl -c status -c 'exec --oob query-yank' -c reconnect -c "use $T/nothing"
	assert_equal "$status" 3
	vg repl -c status -c 'quit' -c status
	((status == 3 || status == 5))
}

@test "the prompt" {
	requires tmux
	start_vm --machine none
	printf 'set -g default-terminal screen\n' >"$T/conf"
	defer tmux -S "$T/tmux" kill-server
	# shellcheck disable=SC2016
	tmux -S "$T/tmux" -f "$T/conf" new-session -d -x 100 -y 30 env "HOME=$T" "XDG_STATE_HOME=$T/state" bash -c '
		valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible \
			--log-file="$1/valgrind" "$2" -s "$3" repl; echo $? >"$1/status"; exec sleep 1000' bash "$T" "$QMPBOX" "$S" 3>&-
	sees() { wait_for 30 eval "tmux -S '$T/tmux' capture-pane -p | grep -q -- '$1'"; }
	sees 'test-vm running>'
	for line in 'status' 'blockdev-add {"driver":"null-co",' '"node-name":"n1"}' 'sta''tu' history \
		'quit' 'no' "use $S" 'reconnect' 'blockdev-add "a'; do
		tmux -S "$T/tmux" send-keys -l -- "$line"
		tmux -S "$T/tmux" send-keys Enter
	done
	tmux -S "$T/tmux" send-keys C-c
	vm_ask stop
	sees 'test-vm paused>'
	tmux -S "$T/tmux" send-keys Up Up C-u block Tab Tab C-u
	tmux -S "$T/tmux" send-keys -l 'exit 5'
	tmux -S "$T/tmux" send-keys Enter
	wait_for 30 test -s "$T/status" || {
		tmux -S "$T/tmux" capture-pane -p
		return 1
	}
	assert_equal "$(<"$T/valgrind")" ""
	assert_equal "$(<"$T/status")" 5
}
