#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# More migrations that go wrong: the monitor is lost while one is watched, postcopy is interrupted
# or broken, the guest writes faster than it is transferred. As in migratefail.bats exactly one of
# the two has a guest that runs.
#
# shellcheck disable=SC2154,SC2034 # run sets status, output, stderr; start_pair reads S_ARGS and D_ARGS

load helpers
load pair

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# ----------------------------------------------------------------- the monitor

@test "table: the monitor is lost for a moment" {
	start_pair --fill 8
	before=$(settings)
	receive m.sock
	start_proxy --match query-migrate --cut 3
	qb migrate unix:m.sock --bandwidth 8M
	row 'monitor lost for a moment' 0 'postmigrate running' 'the connection broke and has been made again'
	assert_equal "$(settings)" "$before"
}

@test "table: the monitor is lost; --attach watches on" {
	start_pair --fill 8
	receive m.sock
	start_proxy
	background migrate unix:m.sock --bandwidth 1M
	wait_for 10 migration_is active
	stop_proxy
	finish
	row 'monitor lost' 5 'running inmigrate' 'the outcome is open: it goes on \(active\), qmpbox query-migrate shows it and qmpbox migrate --attach watches it'
	vm_ask migrate-set-parameters '{"max-bandwidth":1000000000}'
	qb migrate --attach
	row 'and watched again by --attach' 0 'postmigrate running' '^$'
}

@test "table: the answer to migrate itself is lost" {
	start_pair --fill 8
	before=$(settings)
	receive m.sock
	start_proxy --match migrate --cut 1
	qb migrate unix:m.sock --bandwidth 8M
	row 'answer to migrate lost' 0 'postmigrate running' 'no answer came to migrate \(.*\), but the migration has begun'
	assert_equal "$(settings)" "$before"
}

@test "table: migrate itself is lost" {
	start_pair
	before=$(settings)
	receive m.sock
	start_proxy --match migrate --cut-before 1
	qb migrate file:vm.state --bandwidth 8M
	row 'migrate itself lost' 5 'running inmigrate' '.'
	assert_equal "$(settings)" "$before"
	[ ! -e vm.state ]
}

# -------------------------------------------------------------------- postcopy

# postcopy [--dest]: a migration in postcopy that takes its time, watched in the background.
postcopy() {
	start_pair --counter --pages 8192 --busy
	start_relay r.sock m.sock
	dst vm_ask migrate-set-capabilities '{"capabilities":[{"capability":"postcopy-ram","state":true}]}'
	receive m.sock
	background migrate unix:r.sock --postcopy --bandwidth 64M --set max-postcopy-bandwidth=1M ${1:+--dest "$D"}
	wait_for 20 migration_is postcopy-active
}

@test "table: a signal in postcopy cancels nothing" {
	postcopy --dest
	signal_qb INT
	finish
	row 'SIGINT in postcopy' 130 'finish-migrate running' 'postcopy has begun, so nothing was cancelled: it goes on \(postcopy-active\)'
	vm_ask migrate-set-parameters '{"max-postcopy-bandwidth":0}'
	qb migrate --attach
	row 'and watched again by --attach' 0 'postmigrate running' '^$'
}

@test "table: the network is cut in postcopy, and by the words of the error it goes on" {
	postcopy
	kill -USR1 "$RELAY_PID"
	finish
	row 'network cut in postcopy' 7 'finish-migrate running' 'broke in postcopy, and the guest waits for it on both sides: end and resume neither.*left: migration \(postcopy-paused\)'
	migration_is postcopy-paused
	dst migration_is postcopy-paused
	# What the error says, done.
	there=$(grep -o 'qmpbox exec --oob migrate-recover uri=URI' <<<"$stderr")
	here=$(grep -o 'qmpbox exec migrate resume=true uri=URI' <<<"$stderr")
	last=$(grep -o 'qmpbox migrate --attach' <<<"$stderr")
	S=$D run_words "$there"
	run_words "$here"
	vm_ask migrate-set-parameters '{"max-postcopy-bandwidth":0}'
	run_words "$last"
	row 'recovered' 0 'postmigrate running' '.*'
	wait_for 10 grows serial.dst
}
# run_words 'qmpbox WORD...': qmpbox is run with them; URI is a new socket of the destination's.
run_words() {
	local words
	read -r -a words <<<"${1//URI/unix:$T/n.sock}"
	qb_ok "${words[@]:1}"
}
# grows FILE: is it longer than when it was last asked?
grows() {
	local now
	now=$(stat -c %s "$1")
	((now > ${GROWN:-$now})) || {
		GROWN=$now
		return 1
	}
}

# -------------------------------------------------------------- it does not end

@test "a guest that writes faster than it is transferred: that is said, and it can be cancelled" {
	start_pair --counter --pages 1024 --busy
	wait_for 20 test -s serial.src
	before=$(settings)
	background migrate unix:m.sock --dest "$D" --bandwidth 2M
	wait_for 30 grep -q 'it does not converge: the guest writes .* of memory anew and .* are transferred\..* --postcopy' "$QB_ERR" || {
		vm_ask query-migrate
		return 1
	}
	migration_is active
	one_runs
	signal_qb INT
	finish
	row 'SIGINT when it does not converge' 130 'running gone' 'the migration was cancelled; the VM runs on here'
	assert_equal "$(settings)" "$before"
}
