#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Migrations that go wrong, one way after the other: what each side is then, what was said, and
# always that exactly one of the two has a guest that runs.
#
# shellcheck disable=SC2154,SC2034 # run sets status, output, stderr; start_pair reads S_ARGS and D_ARGS

load helpers
load pair

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# ------------------------------------------------------------- the switch-over

@test "a signal while the guest is handed over cancels nothing: it would run twice" {
	start_pair
	start_relay --hold-back r.sock m.sock
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	background migrate unix:r.sock
	wait_for 10 states_are finish-migrate running
	signal_qb INT
	wait_for 5 migration_is active
	kill -USR2 "$RELAY_PID"
	finish
	outcome 130 '' '~the migration had completed before it could be cancelled; the VM stands still here \(postmigrate\)'
	assert_equal "$(states)" "postmigrate running"
}

@test "a second signal while the guest is handed over leaves at once, and cancels nothing" {
	start_pair
	start_relay --hold-back r.sock m.sock
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	start_proxy
	background migrate unix:r.sock
	wait_for 10 states_are finish-migrate running
	signal_qb INT
	wait_for 10 asked query-status 2
	signal_qb TERM
	finish
	outcome 130 '' '~interrupted again\): it goes on \(active\)'
	assert_equal "$(states)" "finish-migrate running"
	kill -USR2 "$RELAY_PID"
	wait_for 10 states_are postmigrate running
}

@test "the word that the guest has arrived is lost: without --dest that is said" {
	start_pair
	start_relay --hold-back r.sock m.sock
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	background migrate unix:r.sock
	wait_for 10 states_are finish-migrate running
	kill -USR1 "$RELAY_PID"
	finish
	outcome 7 '' '~the migration failed: .*; the VM runs on here; the guest had been stopped and sent, so see to it that the destination does not run it too'
}

@test "the word that the guest has arrived is lost: with --dest only one goes on" {
	start_pair
	start_relay --hold-back r.sock m.sock
	receive m.sock
	background migrate unix:r.sock --dest "$D"
	wait_for 10 states_are finish-migrate running
	kill -USR1 "$RELAY_PID"
	finish
	row 'connection lost after the guest arrived, --dest' 7 'paused running' \
		'the migration failed: .*; the VM runs on here; but the destination has the guest: the VM has been paused here'
}

# ------------------------------------------------------------------- the table

@test "table: nobody listens" {
	start_pair
	qb migrate unix:none.sock
	row 'nobody listens, unix:' 7 'running inmigrate' "the migration failed: Failed to connect to '$T/none.sock': No such file or directory; the VM runs on here$"
	qb migrate tcp:127.0.0.1:1
	row 'nobody listens, tcp:' 7 'running inmigrate' "Connection refused; the VM runs on here$"
}

@test "table: the destination's memory is another one" {
	D_ARGS=(-m 128)
	start_pair
	qb migrate unix:m.sock --dest "$D"
	row 'memory of another size' 7 'running gone' '; the VM runs on here; the destination has ended'
}

@test "table: the destination lacks a device" {
	S_ARGS=(-device virtio-rng-pci)
	start_pair
	before=$(settings)
	qb migrate unix:m.sock --dest "$D"
	row 'a device is missing there' 7 'running gone' '; the VM runs on here; the destination has ended'
	assert_equal "$(settings)" "$before"
}

# killed BYTES WHAT: the destination is killed when so many have passed
killed() {
	start_pair --fill 8
	before=$(settings)
	start_relay --stall "$1" r.sock m.sock
	receive m.sock
	background migrate unix:r.sock --dest "$D"
	wait_for 10 migration_is active
	wait_for 10 stalled
	kill -KILL "$DST_PID"
	finish
	row "$2" 7 'running gone' '; the VM runs on here; the destination has ended'
	assert_equal "$(settings)" "$before"
}
# stalled: has the number of bytes transferred been the same twice?
stalled() {
	local now
	now=$(vm_ask query-migrate | jq .ram.transferred)
	[[ $now == "${LAST-}" ]] || {
		LAST=$now
		return 1
	}
}

@test "table: the destination is killed at 0 %" { killed 100 'destination killed at 0 %'; }
@test "table: the destination is killed at 50 %" { killed 4500000 'destination killed at 50 %'; }
@test "table: the destination is killed at 99 %" { killed 8950000 'destination killed at 99 %'; }

@test "table: the stream is cut" {
	start_pair --fill 8
	start_relay --cut 4500000 r.sock m.sock
	receive m.sock
	qb migrate unix:r.sock
	row 'stream cut in the middle' 7 'running gone' '; the VM runs on here'
}

@test "table: signals while it is active cancel it" {
	for signal in INT TERM HUP; do
		start_pair --fill 16
		before=$(settings)
		background migrate unix:m.sock --dest "$D" --bandwidth 1M
		wait_for 10 migration_is active
		signal_qb "$signal"
		finish
		row "SIG$signal while active" $((128 + $(kill -l "$signal"))) 'running gone' \
			"interrupted by [A-Za-z-]*; the migration was cancelled; the VM runs on here; the destination has ended"
		assert_equal "$(settings)" "$before"
	done
}

@test "table: a signal while it connects; the second one leaves at once" {
	start_pair
	spawn full.out full.err socat UNIX-LISTEN:full.sock,backlog=0 -
	listener=$SPAWN_PID
	wait_for 10 listens full.sock
	# Its queue has room for one, and it takes none.
	kill -STOP "$listener"
	spawn client.out client.err socat -u UNIX-CONNECT:full.sock -
	wait_for 10 in_queue full.sock
	background migrate unix:full.sock
	wait_for 10 migration_is setup
	signal_qb TERM
	wait_for 10 migration_is cancelling
	signal_qb INT
	finish
	row 'SIGTERM while it connects, then SIGINT' 143 'running inmigrate' 'the end was not awaited \(interrupted again\): it goes on \(cancelling\)'
	kill -KILL "$listener"
	wait_for 10 migration_is cancelled
}
# listens SOCKET: does somebody listen there?
listens() { grep -qE " 00010000 .* $1\$" /proc/net/unix; }
# in_queue SOCKET: has somebody connected to it?
in_queue() { (($(grep -c "$1\$" /proc/net/unix) >= 2)); }

@test "table: a signal at the switch-over cancels it" {
	start_pair
	before=$(settings)
	background migrate unix:m.sock --dest "$D" --run 'touch at; exec sleep 50'
	wait_for 10 test -e at
	signal_qb TERM
	finish
	row 'SIGTERM at pre-switchover' 143 'running gone' 'the migration was cancelled; the VM runs on here'
	assert_equal "$(settings)" "$before"
}

@test "table: no room for the file" {
	start_pair --fill 8
	mkdir small
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
	status=0
	unshare -m sh -c 'mount -t tmpfs -o size=1M none small || exit 77
		"$0" -s "$1" migrate file:small/vm.state; status=$?; ls small; exit $status' "$QMPBOX" "$S" >out 2>err || status=$?
	stderr=$(<err)
	assert_equal "$(<out)" ''
	row 'no room for the file' 7 'running inmigrate' 'No space left on device; the VM runs on here'
}

@test "table: another one is under way" {
	start_pair --fill 16
	receive m.sock
	qb_ok migrate unix:m.sock --bandwidth 1M --until active
	qb migrate exec:cat
	row 'another one is under way' 1 'running inmigrate' 'a migration is under way \(active\)'
}

@test "table: the destination does not wait for one" {
	start_pair --deaf
	qb migrate unix:m.sock --dest "$D"
	row 'destination without -incoming, --dest' 1 'running prelaunch' 'does not wait for a migration'
	qb migrate unix:m.sock
	row 'destination without -incoming' 7 'running prelaunch' 'No such file or directory; the VM runs on here'
}
