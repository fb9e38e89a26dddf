#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several jobs at once: what is said of one does not hide what became of the others.
#
# shellcheck disable=SC2154 # run sets status, output, stderr

load helpers
load images

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# null NODE [SIZE]: a node without a file
null() { vm_ask blockdev-add "{\"driver\":\"null-co\",\"node-name\":\"$1\",\"size\":${2:-67108864},\"read-zeroes\":true}" >/dev/null; }

# full NODE SIZE: one on which there is no space left
full() {
	vm_ask blockdev-add "{\"driver\":\"blkdebug\",\"node-name\":\"$1\",\"image\":{\"driver\":\"null-co\",\"size\":$2},
		\"inject-error\":[{\"event\":\"none\",\"errno\":28,\"iotype\":\"write\"}]}" >/dev/null
}

# data NODE: one with 1 MiB of data
data() {
	head -c 1M /dev/urandom >"$1.img"
	vm_ask blockdev-add "{\"driver\":\"file\",\"node-name\":\"$1\",\"filename\":\"$T/$1.img\"}" >/dev/null
}

@test "one stands still after an I/O error: the other, which goes on, is named as left" {
	start_vm --machine none
	data a
	full a2 1048576
	null b 1073741824
	null b2 1073741824
	qb --json blockdev-backup sync=full a target=a2 on-target-error=stop b target=b2 speed=1M
	assert_equal "$status" 7
	said '(.message | test("^the job backup-a is paused: there is no space left")) and
		(.left | sort) == ["job backup-a", "job backup-b (running)"]'
	job_is backup-b running
}

@test "one has failed when the time is over for the other: its error is said" {
	start_vm --machine none
	data a
	full a2 1048576
	null b 1073741824
	null b2 1073741824
	qb_ok blockdev-backup a target=a2 sync=full --detach
	qb_ok blockdev-backup b target=b2 sync=full speed=1M --detach
	qb --json job-wait backup-b backup-a -t 2
	assert_equal "$status" 4
	said '(.message | test("the job backup-a failed: No space left on device")) and
		.left == ["job backup-b (running)"]'
	assert_equal "$(vm_ask query-jobs | jq -c 'map(.id)')" '["backup-b"]'
}
