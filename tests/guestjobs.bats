#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Block jobs under a real guest that writes all the while: whatever is put above its disk, merged
# below it or moved from under it, the images hold in the end what the guest wrote.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers
load images

setup() {
	qmpbox_setup
	cd "$T" || return 1
	requires qemu-img
}
teardown() { qmpbox_teardown; }

# written N: has the guest's writer got through N rounds?
written() { (($(guest_run 'cat /tmp/rounds') >= $1)); }

# more: waits until the guest has written two more rounds
more() {
	local rounds
	rounds=$(guest_run 'cat /tmp/rounds')
	wait_for 30 written $((rounds + 2))
}

@test "a guest writes through snapshot, commit, mirror, backup and unplug: no byte is lost" {
	image disk.img 16M
	image moved.img 16M
	image backup.img 16M
	start_guest
	before=$(vm_state)
	qb_ok hotplug-disk d1 disk.img
	plugged=$(vm_state)
	wait_for 10 guest_run test -b /dev/vda
	# Blocks of 16 KiB in turn, each new content, each synced; their sums are kept in the guest.
	guest_run 'echo 0 >/tmp/rounds; cat >/tmp/writer <<"END"
n=0
while [ ! -e /tmp/stop ]; do
	at=$((n * 37 % 1024))
	head -c 16384 /dev/urandom >/tmp/block
	dd if=/tmp/block of=/dev/vda bs=16384 seek=$at conv=notrunc,fsync 2>/tmp/dd || { cat /tmp/dd >/tmp/failed; exit 1; }
	md5sum </tmp/block >/tmp/sum.$at
	n=$((n + 1))
	echo $n >/tmp/rounds.new && mv /tmp/rounds.new /tmp/rounds
done
echo done >/tmp/stopped
END
sh /tmp/writer >/tmp/writer.log 2>&1 &'
	wait_for 30 written 5

	qb_ok blockdev-snapshot d1 --new s1
	more
	qb_ok blockdev-snapshot d1 --new s2
	more
	qb_ok --json block-commit d1 top-node=d1-s1
	assert_json '.root == "d1-s2"'
	more
	qb_ok --json block-commit d1
	assert_json '.root == "d1"'
	assert_equal "$(vm_state | jq -c '."query-named-block-nodes" | map(."node-name")')" \
		"$(jq -c '."query-named-block-nodes" | map(."node-name")' <<<"$plugged")"
	more
	vm_ask blockdev-add '{"driver":"raw","node-name":"bk","file":{"driver":"file","filename":"'"$T"'/backup.img"}}'
	qb_ok blockdev-backup d1 target=bk sync=full
	vm_ask blockdev-del '{"node-name":"bk"}'
	more
	vm_ask blockdev-add '{"driver":"raw","node-name":"moved","file":{"driver":"file","node-name":"moved-file","filename":"'"$T"'/moved.img"}}'
	qb_ok --json blockdev-mirror d1 target=moved sync=full --until ready
	more
	qb_ok job-wait mirror-d1
	assert_equal "$(vm_ask query-block | jq -r '.[0].inserted."node-name"')" moved
	more
	guest_run 'touch /tmp/stop'
	wait_for 20 guest_run test -e /tmp/stopped
	run guest_run cat /tmp/failed
	assert_failure
	guest_run 'cd /tmp && for f in sum.*; do echo "${f#sum.} $(cut -c1-32 "$f")"; done' >sums
	qb_ok unplug-disk d1
	for node in d1 moved; do vm_ask blockdev-del '{"node-name":"'"$node"'"}' 2>/dev/null || :; done
	assert_equal "$(vm_state)" "$before"

	[ "$(wc -l <sums)" -ge 15 ]
	while read -r at sum; do
		run -0 bash -c 'dd if=moved.img bs=16384 skip="$1" count=1 status=none | md5sum | cut -c1-32' - "$at"
		assert_equal "$at $output" "$at $sum"
	done <sums
	# What was left behind is what it was when the disk moved: no more recent block of it is lost,
	# for the new image has them all.
	run ! cmp -s disk.img moved.img
}
