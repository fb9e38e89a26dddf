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

@test "a raw command that it does not have is status 6, one that it refuses 1" {
	start_qsd
	qb --json exec query-status
	outcome 6 '' '~"kind":"unsupported".*no command .query-status.'
	qb exec blockdev-del node-name=nope
	outcome 1 '' '~^qmpbox exec: blockdev-del: .*nope'
}

@test "numbers, nested members and lists go through exec" {
	start_qsd
	qb exec blockdev-add driver=null-co node-name=n size:=18014398509481985 read-only:=true
	outcome 0 '' ''
	qb --json exec query-named-block-nodes flat:=true
	outcome 0 '~^\[' ''
	assert_json '.[0] | ."node-name" == "n" and .ro'
	[[ $output == *'size\": 18014398509481985}'* ]] || fail "the size is not exact: $output"
	qb exec object-add qom-type=iothread id=io0
	outcome 0 '' ''
	qb --json exec qom-list path=/objects
	assert_json 'any(.[]; .name == "io0")'
}

@test "an export over NBD" {
	start_qsd
	image "$T/img" 1M
	qb exec blockdev-add driver=file node-name=n "filename=$T/img"
	outcome 0 '' ''
	qb exec nbd-server-start addr.type=unix "addr.data.path=$T/nbd"
	outcome 0 '' ''
	qb exec block-export-add type=nbd id=e node-name=n writable:=true
	outcome 0 '' ''
	qb --json exec query-block-exports
	assert_json '.[0] | .id == "e" and .type == "nbd" and ."node-name" == "n"'
	run -0 qemu-img info --output=json "nbd+unix:///n?socket=$T/nbd"
	assert_json '."virtual-size" == 1048576'
	qb exec nbd-server-stop
	outcome 0 '' ''
	qb --json exec query-block-exports
	outcome 0 '[]' ''
}

@test "a job to its end" {
	start_qsd
	image "$T/img" 1M
	qb exec blockdev-add driver=file node-name=f "filename=$T/img"
	qb exec blockdev-create job-id=j 'options:={"driver":"qcow2","file":"f","size":1048576}'
	outcome 0 '' ''
	wait_for 10 job_concluded
	qb exec job-dismiss id=j
	outcome 0 '' ''
	qb --json exec query-jobs
	outcome 0 '[]' ''
	run -0 qemu-img info -U --output=json "$T/img"
	assert_json '.format == "qcow2"'
}

# job_concluded: has the one job ended well?
job_concluded() {
	qb --json exec query-jobs
	assert_json '.[0] | .status == "concluded" and (has("error") | not)'
}

@test "exec - runs many commands in order" {
	start_qsd
	qb exec - <<'EOF'
{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"n"},"id":1}
{"execute":"nope","id":2}
{"execute":"blockdev-del","arguments":{"node-name":"n"},"id":3}
EOF
	outcome 6 '~^\{"return":\{\},"id":1\}.\{"error":.*"id":2\}.\{"return":\{\},"id":3\}$' '~command 2 of the input: nope'
}

@test "a descriptor cannot be passed to it: status 6" {
	start_qsd
	echo hello >"$T/file"
	qb exec getfd fdname=x --open "x=$T/file"
	outcome 6 '' '~^qmpbox exec: .*no command .getfd.'
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
