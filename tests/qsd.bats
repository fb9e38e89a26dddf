#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A qemu-storage-daemon at the other end: what it has works, what it has not is
# status 6.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

@test "info says what is there and leaves out what is not" {
	start_qsd
	qb --json info
	outcome 0 '~^\{' ''
	assert_json '(.version | test("^[0-9]+\\.[0-9]+\\.[0-9]+$")) and .commands > 50 and
		.capabilities == ["oob"] and (has("status") | not) and (has("name") | not)'
	qb info
	outcome 0 '~version: +[0-9]' ''
}

@test "info --has" {
	start_qsd
	qb info --has blockdev-add nbd-server-start
	outcome 0 '~blockdev-add: +yes' ''
	qb --json info --has query-status blockdev-add
	outcome 10 '{"query-status":false,"blockdev-add":true}' '~query-status'
}

@test "block nodes are added, shown and removed" {
	start_qsd
	image "$T/img" 1M
	qb exec blockdev-add driver=file node-name=n "filename=$T/img"
	outcome 0 '' ''
	qb --json exec query-named-block-nodes
	outcome 0 '~^\[' ''
	assert_json '.[0]."node-name" == "n" and .[0].image."virtual-size" == 1048576'
	qb exec blockdev-del node-name=n
	outcome 0 '' ''
	qb --json exec query-named-block-nodes
	outcome 0 '[]' ''
}

@test "what it does not have is status 6" {
	local name
	start_qsd
	for name in status query-pci pause resume; do
		qb --json "$name"
		outcome 6 '' '~^\{"error":'
		output=$stderr
		assert_json '.error | .kind == "unsupported" and .class == "CommandNotFound"'
	done
}

@test "a descriptor cannot be passed to it: status 6" {
	start_qsd
	echo hello >"$T/file"
	qb exec getfd fdname=x --open "x=$T/file"
	outcome 6 '' '~^qmpbox exec: getfd: .*CommandNotFound'
	qb exec blockdev-add driver=file node-name=n filename=@fdset:f --open "f=$T/file"
	outcome 6 '' '~^qmpbox exec: add-fd: .*CommandNotFound'
	qb --json exec query-named-block-nodes
	outcome 0 '[]' ''
}

@test "ringbuf-read" {
	start_qsd --chardev ringbuf,id=r,size=1024
	vm_ask ringbuf-write '{"device": "r", "data": "hello\nworld"}'
	qb ringbuf-read r
	outcome 0 $'hello\nworld' ''
	qb ringbuf-read r
	outcome 0 '' ''
	qb ringbuf-read nope
	outcome 1 '' '~^qmpbox ringbuf-read: .*nope'
}

@test "quit ends it" {
	start_qsd
	qb exec quit
	outcome 0 '' ''
	wait_for 5 exited "$VM_PID"
	qb info
	outcome 3 '' '~^qmpbox info: cannot connect'
}
