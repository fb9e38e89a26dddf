#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of undo for block jobs and snapshots, see undotable.bash. The disks are opened by QEMU:
# whose descriptor is whose cannot be seen through a proxy.
#
# shellcheck disable=SC2034 # undotable.bash reads what is set here

load undotable

setup() { table_setup; }
teardown() { qmpbox_teardown; }

# one_disk: d1, a raw file in the VM
one_disk() {
	image disk.img 1M
	directly hotplug-disk d1 disk.img --by-path driver=scsi-hd
}

# two_layers: d1 is an overlay of a raw file
two_layers() {
	image disk.img 1M
	image over.qcow2 1M qcow2 -b "$T/disk.img" -F raw
	directly hotplug-disk d1 over.qcow2 --by-path --format qcow2 driver=scsi-hd
}

# a_target: d1, and a node that a job can write to
a_target() {
	one_disk
	image target.img 1M
	directly exec blockdev-add driver=raw node-name=target file.driver=file file.node-name=target-file \
		file.filename="$T/target.img"
}

# clear_blocks: whatever job is there is awaited and dismissed, then what people have for the rest
clear_blocks() {
	local kind name
	while read -r kind name; do
		if [[ $kind == job ]]; then
			timeout 20 "$QMPBOX" -s "${S2%2}" job-wait "$name" >/dev/null 2>&1 3>&- || :
		fi
	done <<<"$parts"
	if there 'device d1'; then directly unplug-disk d1; fi
	directly leftovers --clean
	rm -f ./*.qcow2
}

@test "blockdev-snapshot: a new overlay" {
	table one_disk clear_blocks blockdev-snapshot d1 --new new.qcow2
}

# QEMU leaves the base of a commit that was cancelled open for writing.
@test "block-commit: into the base, and the disk goes on with that" {
	local plain='s/"ro": (true|false)/"ro": 0/g'
	table two_layers clear_blocks block-commit device=d1
}

# What has been copied stays in the overlay, which grows. QEMU 7.2 would end by SIGSEGV at the first
# look at its nodes if the job stayed in its list once it has concluded.
@test "block-stream: the base into the overlay" {
	local plain='s/"virtual-size": [0-9]+/"virtual-size": 0/g' raw_command=block-stream
	table two_layers clear_blocks block-stream device=d1
}

@test "blockdev-mirror: to another node, and the disk goes on with that" {
	table a_target clear_blocks blockdev-mirror device=d1 target=target sync=full
}

@test "blockdev-backup: to another node" {
	local unchanged=1
	table a_target clear_blocks blockdev-backup d1 target=target sync=full
}
