#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of undo for block jobs and snapshots, see undotable.bash.

load undotable

setup() { table_setup; }
teardown() { qmpbox_teardown; }

# one_disk: d1, a raw file in the VM
one_disk() {
	image disk.img 1M
	rm -f new.qcow2
	directly hotplug-disk d1 disk.img driver=scsi-hd
}

# two_layers: d1 is an overlay of a raw file
two_layers() {
	image disk.img 1M
	image over.qcow2 1M qcow2 -b "$T/disk.img" -F raw
	directly hotplug-disk d1 over.qcow2 --format qcow2 driver=scsi-hd
}

# a_target: d1, and a node that a job can write to
a_target() {
	one_disk
	image target.img 1M
	vm_ask blockdev-add "{\"driver\":\"file\",\"node-name\":\"target\",\"filename\":\"$T/target.img\"}" >/dev/null
}

# clear_blocks: whatever job is there ends and goes, by what people have for it; then the disk and
# what else was made
clear_blocks() {
	local seen parts kind name
	wait_for 10 jobs_end
	if has leftovers; then directly leftovers --clean; fi
	look
	if grep -qE '^(device|node) d1(-|$)|^fdset ' <<<"$parts"; then directly unplug-disk d1; fi
	look
	while read -r kind name; do
		if [[ $kind == node ]]; then vm_ask blockdev-del "{\"node-name\":\"$name\"}" >/dev/null; fi
	done < <(grep '^node target' <<<"$parts")
}

# jobs_end: is no job under way? A job that waits for somebody to end it is ended.
jobs_end() {
	local jobs
	jobs=$(vm_ask query-jobs) || return 1
	while read -r id; do
		vm_ask job-cancel "{\"id\":\"$id\"}" >/dev/null
	done < <(jq -r '.[] | select(.status == "ready") | .id' <<<"$jobs")
	jq -e 'all(.status == "concluded")' <<<"$jobs" >/dev/null
}

@test "blockdev-snapshot: a new overlay" {
	table one_disk clear_blocks blockdev-snapshot d1 --new new.qcow2
}

@test "block-commit: into the base, and the disk goes on with that" {
	table two_layers clear_blocks block-commit device=d1
}

@test "block-stream: the base into the overlay" {
	table two_layers clear_blocks block-stream device=d1
}

@test "blockdev-mirror: to another node, and the disk goes on with that" {
	table a_target clear_blocks blockdev-mirror device=d1 target=target sync=full
}

@test "blockdev-backup: to another node" {
	table a_target clear_blocks blockdev-backup d1 target=target sync=full
}
