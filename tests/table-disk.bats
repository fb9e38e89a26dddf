#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of undo for disks, see undotable.bash.

load undotable

setup() { table_setup; }
teardown() { qmpbox_teardown; }

raw_file() { image disk.img 1M; }

chain() {
	image base.raw 1M
	image disk.qcow2 1M qcow2 -b base.raw -F raw
}

plug_scsi() { directly hotplug-disk d1 disk.img driver=scsi-hd; }
plug_chain() { directly hotplug-disk d1 disk.qcow2 --format qcow2 --usb; }
unplug_d1() { directly unplug-disk d1; }

# unplug_rest: what a broken unplug-disk has left, if anything
unplug_rest() {
	if grep -qE '^(device|node) d1$|^fdset ' <<<"$parts"; then unplug_d1; fi
}

@test "hotplug-disk: scsi-hd, a raw file" {
	raw_file
	table nothing unplug_d1 hotplug-disk d1 disk.img driver=scsi-hd
}

@test "hotplug-disk: usb-storage, a qcow2 and its backing file" {
	chain
	table nothing unplug_d1 hotplug-disk d1 disk.qcow2 --format qcow2 --usb
}

@test "unplug-disk: scsi-hd, a raw file" {
	raw_file
	table plug_scsi unplug_rest unplug-disk d1
}

@test "unplug-disk: usb-storage, a qcow2 and its backing file" {
	chain
	table plug_chain unplug_rest unplug-disk d1
}
