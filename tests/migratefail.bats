#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Migrations that go wrong, one way after the other: what each side is then, what was said, and
# always that exactly one of the two has a guest that runs.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers
load pair

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

@test "explore: signal in device" {
	start_pair --events
	start_relay --hold-back r.sock m.sock
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	background migrate unix:r.sock
	wait_for 10 migration_is device
	echo "$(states)" >&3
	signal_qb INT
	finish || :
	echo "$status: $stderr" >&3
	echo "$(states)" >&3
	kill -USR2 $RELAY_PID
	sleep 1
	vm_ask query-migrate >&3
	echo "$(states)" >&3
}

@test "explore: cut in device" {
	start_pair --events
	start_relay --hold-back r.sock m.sock
	background migrate unix:r.sock
	D=$D
	wait_for 10 migration_is failed || :
	finish
	echo "$status: $stderr" >&3
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	background migrate unix:r.sock
	wait_for 10 migration_is device
	echo "$(states)" >&3
	kill -USR1 $RELAY_PID
	finish || :
	echo "$status: $stderr" >&3
	echo "$(states)" >&3
}
