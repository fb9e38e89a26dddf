#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of undo for NICs, other devices and passed descriptors, see undotable.bash.
#
# shellcheck disable=SC2034 # undotable.bash reads what is set here

load undotable

setup() { table_setup; }
teardown() { qmpbox_teardown; }

plug_nic() {
	directly exec netdev_add type=hubport id=n1-net hubid=0
	directly exec device_add driver=usb-net id=n1 netdev=n1-net
}

# unplug_nic: what is there of n1, if anything
unplug_nic() {
	if there 'device n1' || there 'netdev n1-net'; then directly unplug-nic n1; fi
}

@test "hotplug-nic: usb-net on a hub" {
	table nothing unplug_nic hotplug-nic n1 driver=usb-net mac=52:54:00:00:00:01 \
		--netdev type=hubport --netdev hubid=0
}

@test "unplug-nic: usb-net on a hub" {
	table plug_nic unplug_nic unplug-nic n1
}

plug_mouse() { directly exec device_add driver=usb-mouse id=m1; }

unplug_mouse() {
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
	local kind name
	if there 'node n1'; then directly exec blockdev-del node-name=n1; fi
	while read -r kind name; do
		if [[ $kind == fdset ]]; then directly exec remove-fd "fdset-id=$name"; fi
	done <<<"$parts"
}

@test "exec with a descriptor" {
	local raw_command=blockdev-add
	image disk.img 1M
	table nothing remove_passed exec blockdev-add driver=raw node-name=n1 \
		file.driver=file file.filename=@fdset:f --open f:rw=disk.img
}
