#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest and a QEMU may do while a disk is being taken out, played by the scripted server.

load helpers
setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# survey: what unplug-disk d1 asks first, and the answers of a VM that has the disk.
survey='negotiate
expect query-jobs
reply []
expect query-block
reply [{"device":"","qdev":"/machine/peripheral/d1/virtio-backend","inserted":{"node-name":"d1"}}]
expect query-named-block-nodes
reply [{"node-name":"d1"},{"node-name":"d1-file"}]
expect query-fdsets
reply []
expect qom-list {"path":"/machine/peripheral"}
reply [{"name":"type","type":"string"},{"name":"d1","type":"child<virtio-blk-pci>"}]'

@test "the reply to device_del proves nothing: the event does, and only that of the device" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		reply {}
		event DEVICE_DELETED {"path":"/machine/peripheral/d1/virtio-backend"}
		event DEVICE_DELETED {"device":"d10","path":"/machine/peripheral/d10"}
		event DEVICE_DELETED {"device":"d","path":"/machine/peripheral/d"}
		expect-quiet 300
		event DEVICE_DELETED {"device":"d1","path":"/machine/peripheral/d1"}
		expect blockdev-del {"node-name":"d1"}
		reply {}
		expect-eof
	EOF
	qb_ok --json unplug-disk d1
	fake_done
	assert_json '. == {"id":"d1","removed":["device d1","node d1"]}'
}

@test "already in process, busy and blinking mean that it takes longer: asked again, every two seconds" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		error GenericError Device d1 is already in the process of unplug
		expect-quiet 1500
		expect device_del {"id":"d1"}
		error GenericError Hot-unplug failed: guest is busy (power indicator blinking)
		expect-quiet 1500
		expect device_del {"id":"d1"}
		reply {}
		event DEVICE_DELETED {"device":"d1","path":"/machine/peripheral/d1"}
		expect blockdev-del {"node-name":"d1"}
		reply {}
		expect-eof
	EOF
	qb_ok unplug-disk d1
	fake_done
	assert_output "d1: removed device d1, node d1"
	assert_equal "$stderr" ""
}

@test "a lost event: asking again shows that the device is gone, and the node is waited for" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		reply {}
		expect device_del {"id":"d1"}
		error DeviceNotFound Device 'd1' not found
		expect query-block
		reply [{"device":"","inserted":{"node-name":"d1"}}]
		expect query-block
		reply []
		expect blockdev-del {"node-name":"d1"}
		reply {}
		expect-eof
	EOF
	qb_ok unplug-disk d1
	fake_done
	assert_output "d1: removed device d1, node d1"
}

@test "a guest that refuses: status 7, and everything is named as left" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		reply {}
		event DEVICE_UNPLUG_GUEST_ERROR {"device":"d1","path":"/machine/peripheral/d1"}
		expect-eof
	EOF
	qb --json unplug-disk d1
	fake_done
	assert_equal "$status" 7
	assert_output ""
	jq -e '.error | .kind == "failed" and .left == ["device d1", "node d1"] and
		(.message | contains("refused"))' <<<"$stderr"
}

@test "another error of device_del is QEMU's last word" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		error GenericError Bus 'pcie.0' does not support hotplugging
		expect-eof
	EOF
	qb unplug-disk d1
	fake_done
	assert_equal "$status" 1
	assert_equal "${stderr_lines[0]}" "qmpbox unplug-disk: device_del: Bus 'pcie.0' does not support hotplugging (GenericError)"
	assert_equal "${stderr_lines[1]}" "  left: device d1, node d1"
}

@test "a flood of events hides nothing" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		events 5000 RESET {"guest":true,"n":\$n}
		reply {}
		events 5000 RESET {"guest":true,"n":\$n}
		event DEVICE_DELETED {"device":"d1","path":"/machine/peripheral/d1"}
		expect blockdev-del {"node-name":"d1"}
		reply {}
		expect-eof
	EOF
	qb_ok unplug-disk d1
	fake_done
	assert_output "d1: removed device d1, node d1"
}

@test "the time is over: status 4, with the reason that the VM's state gives" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		reply {}
		expect query-status
		reply {"status":"paused","running":false}
		expect-eof
	EOF
	qb -t 1 unplug-disk d1
	fake_done
	assert_equal "$status" 4
	assert_output ""
	assert_equal "${stderr_lines[0]}" "qmpbox unplug-disk: the guest has not let go of d1 in time: the VM is paused, and only a running guest can; the request is still pending"
	assert_equal "${stderr_lines[1]}" "  left: device d1, node d1"
}

@test "the VM ends while it is waited for: status 5, and what is not known is named" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		reply {}
		event SHUTDOWN {"guest":true,"reason":"guest-shutdown"}
		close
	EOF
	qb unplug-disk d1
	fake_done
	assert_equal "$status" 5
	assert_regex "${stderr_lines[0]}" "ended \(the VM shut down\)"
	assert_equal "${stderr_lines[1]}" "  left: device d1, node d1"
}

@test "one part that stays does not keep the others" {
	start_fake <<-EOF
		negotiate
		expect query-jobs
		reply []
		expect query-block
		reply []
		expect query-named-block-nodes
		reply [{"node-name":"d1"}]
		expect query-fdsets
		reply [{"fdset-id":7,"fds":[{"fd":12,"opaque":"qmpbox:d1"}]},{"fdset-id":8,"fds":[{"fd":13,"opaque":"qmpbox:d12"}]}]
		expect qom-list
		reply []
		expect blockdev-del {"node-name":"d1"}
		save node
		expect remove-fd {"fdset-id":7}
		error-to node GenericError Node d1 is in use
		reply {}
		on query-block reply []
		on query-named-block-nodes reply [{"node-name":"d1"}]
		on query-fdsets reply []
		on qom-list reply []
		serve
	EOF
	qb unplug-disk d1
	fake_done
	assert_equal "$status" 1
	assert_equal "${stderr_lines[0]}" "qmpbox unplug-disk: node d1 could not be removed: blockdev-del: Node d1 is in use (GenericError); removed: fdset 7 of d1"
	assert_equal "${stderr_lines[1]}" "  left: node d1"
}

@test "Ctrl-C while the guest takes its time: 130, and what is pending is said" {
	start_fake <<-EOF
		$survey
		expect device_del {"id":"d1"}
		reply {}
		event STOP
		expect-eof
	EOF
	# What bash starts in the background would ignore SIGINT, and so would we.
	env --default-signal=INT "$QMPBOX" -s "$S" unplug-disk d1 >"$T/out" 2>"$T/err" 3>&- &
	local pid=$! ended=0
	wait_for 10 grep -q STOP "$FAKE_LOG"
	kill -INT "$pid"
	wait "$pid" || ended=$?
	assert_equal "$ended" 130
	fake_done
	assert_equal "$(<"$T/out")" ""
	assert_equal "$(head -n 1 "$T/err")" "qmpbox unplug-disk: interrupted by Ctrl-C; the guest may still let go of d1"
	assert_equal "$(tail -n 1 "$T/err")" "  left: device d1, node d1"
}
