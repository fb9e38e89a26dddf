#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# migrate and migrate-incoming between two real QEMUs: each transport and option, what is said, what
# is set and set back, and that the guest goes on where it stopped. What goes wrong is in
# migratefail.bats.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers
load pair

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# arrived: the guest has left the source, and runs at the destination.
arrived() {
	assert_equal "$(states)" "postmigrate running"
}

# ------------------------------------------------------------------ transports

@test "migrate: unix: with --dest, confirmed; what was set is set back on both sides" {
	start_pair --fill 8
	before=$(settings)
	there=$(dst settings)
	qb_ok --json migrate unix:m.sock --dest "$D" --set multifd=on --set multifd-channels=3 --bandwidth 100M --downtime 0.2
	assert_equal "$(wc -l <<<"$output")" 1
	assert_json '.status == "completed" and .confirmed and .destination == "running" and .to == "unix:m.sock"
		and .transferred > 8000000 and ."total-time" > 0 and (has("left") | not)'
	arrived
	assert_equal "$(settings)" "$before"
	assert_equal "$(dst settings)" "$there"
}

@test "migrate: unix: to a destination that migrate-incoming has started, which waits and says running" {
	start_pair
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	qb_ok migrate unix:m.sock
	outcome 0 '~^completed: [0-9.]+ [KM]iB in .* s, the guest stood still for .*s$' ''
	finish
	outcome 0 running ''
	arrived
}
