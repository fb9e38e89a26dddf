#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of undo for NICs, other devices and passed descriptors, see undotable.bash.

load undotable

setup() { table_setup; }
teardown() { qmpbox_teardown; }

plug_nic() {
	vm_ask netdev_add '{"type":"hubport","id":"n1-net","hubid":0}' >/dev/null
	vm_ask device_add '{"driver":"usb-net","id":"n1","netdev":"n1-net"}' >/dev/null
}

# unplug_nic: what is there of n1, if anything
unplug_nic() {
	local seen parts
	look
	if grep -qE '^(device n1|netdev n1-net)$' <<<"$parts"; then directly unplug-nic n1; fi
}

@test "hotplug-nic: usb-net on a hub" {
	table nothing unplug_nic hotplug-nic n1 driver=usb-net mac=52:54:00:00:00:01 \
		--netdev type=hubport --netdev hubid=0
}

@test "unplug-nic: usb-net on a hub" {
	table plug_nic unplug_nic unplug-nic n1
}

plug_mouse() { vm_ask device_add '{"driver":"usb-mouse","id":"m1"}' >/dev/null; }

unplug_mouse() {
	local seen parts
	look
	if there 'device m1'; then directly unplug-device m1; fi
}

@test "hotplug-device: usb-mouse" {
	table nothing unplug_mouse hotplug-device usb-mouse id=m1
}

@test "unplug-device: usb-mouse" {
	table plug_mouse unplug_mouse unplug-device m1
}

# remove_passed: the node and the sets that exec has made
remove_passed() {
	local seen parts kind name
	look
	if there 'node n1'; then vm_ask blockdev-del '{"node-name":"n1"}' >/dev/null; fi
	while read -r kind name; do
		if [[ $kind == fdset ]]; then vm_ask remove-fd "{\"fdset-id\":$name}" >/dev/null; fi
	done <<<"$parts"
}

@test "exec with a descriptor" {
	local raw_command=blockdev-add
	image disk.img 1M
	table nothing remove_passed exec blockdev-add driver=raw node-name=n1 \
		file.driver=file file.filename=@fdset:f --open f:rw=disk.img
}
