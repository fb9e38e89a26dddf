#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# migrate and migrate-incoming between two real QEMUs: each transport, what is said, what is set and
# set back, and what is refused. Options are in migrateopt.bats, what goes wrong in migratefail.bats
# and migratelost.bats.
#
# shellcheck disable=SC2154,SC2034 # run sets status, output, stderr; start_pair reads S_ARGS and D_ARGS

load helpers
load pair

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

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

@test "migrate: tcp: on the loopback; the port is the destination's" {
	start_pair
	port=$((20000 + $$ % 20000))
	S=$D background migrate-incoming "tcp:127.0.0.1:$port"
	wait_for 10 dst vm_listens
	qb_ok --json migrate "tcp:127.0.0.1:$port"
	assert_json '.status == "completed" and .confirmed'
	finish
	outcome 0 running ''
	arrived
}
# vm_listens: has the receiving been started at S2?
vm_listens() { [[ $(vm_ask query-migrate | jq '."socket-address" | length') -gt 0 ]]; }

@test "migrate: exec: into gzip and back, unconfirmed" {
	start_pair --fill 2
	qb_ok migrate "exec:gzip -1 >$T/state.gz"
	outcome 0 '~^completed: ' "~note: the source has sent everything; .* unconfirmed, since nothing comes back on exec:gzip"
	[ "$(run_state)" = postmigrate ]
	gzip -t state.gz
	S=$D qb_ok --json migrate-incoming "exec:gzip -dc $T/state.gz"
	assert_equal "$output" '{"status":"running"}'
	arrived
}

@test "migrate: file: is opened here, private, and migrate-incoming file: brings it back" {
	start_pair --fill 2
	before=$(settings)
	qb_ok --json migrate file:vm.state
	assert_json '.status == "completed" and (.confirmed | not) and .to == "file:vm.state"'
	assert_equal "$(stat -c '%a' vm.state)" 600
	[ "$(stat -c %s vm.state)" -gt 2000000 ]
	assert_equal "$(vm_ask query-fdsets)" '[]'
	assert_equal "$(settings)" "$before"
	S=$D qb_ok migrate-incoming file:vm.state
	outcome 0 running ''
	arrived
}

@test "migrate: file: is not written over, and one that cannot be made is said" {
	start_pair
	echo mine >vm.state
	qb migrate file:vm.state
	outcome 8 '' "~^qmpbox migrate: $T/vm.state is there already and not empty: it is not written over$"
	assert_equal "$(<vm.state)" mine
	qb migrate file:no/vm.state
	outcome 8 '' '~no/vm.state for writing: No such file or directory'
	S=$D qb migrate-incoming file:none
	outcome 8 '' '~none for reading: No such file or directory'
	assert_equal "$(states)" 'running inmigrate'
}

@test "migrate: fd: an inherited socket pair, both sides, confirmed" {
	start_pair --fill 2
	# What socat runs has a socket pair as its standard input.
	echo "exec '$QMPBOX' -s '$S' --json migrate fd:0 >here 2>&1" >source.sh
	echo "exec '$QMPBOX' -s '$D' migrate-incoming fd:0 >there 2>&1" >destination.sh
	timeout 60 socat 'EXEC:sh source.sh' 'EXEC:sh destination.sh'
	output=$(<here)
	assert_json '.status == "completed" and .confirmed and .to == "fd:0"'
	wait_for 10 grep -qx running there
	arrived
}

@test "migrate: fd: a regular file, which is not confirmed and comes back" {
	start_pair
	qb_ok --json migrate fd:0 0<>vm.state
	assert_json '.status == "completed" and (.confirmed | not)'
	S=$D qb_ok migrate-incoming fd:0 <vm.state
	outcome 0 running ''
	arrived
}

@test "migrate: words that are wrong: status 2, and nothing is sent that changes anything" {
	start_pair
	start_proxy
	qb migrate
	outcome 2 '' '~where to\?'
	qb migrate nowhere:x
	outcome 2 '' "~^qmpbox migrate: 'nowhere:x': expected unix:PATH"
	for to in tcp: tcp:x tcp:host: tcp:host:99999 tcp:::1:4444 unix: exec: file: fd: fd:x fd:3x; do
		qb migrate "$to"
		assert_equal "$to $status" "$to 2"
	done
	qb migrate fd:77
	outcome 8 '' '~fd:77: Bad file descriptor'
	qb migrate unix:m --attach
	outcome 2 '' '~--attach'
	for words in '--detach --until active' '--detach --postcopy' '--detach --run true' '--run true --until active'; do
		# shellcheck disable=SC2086 # several words
		qb migrate unix:m $words
		assert_equal "$words $status" "$words 2"
	done
	qb migrate exec:cat --dest "$D"
	outcome 2 '' '~--dest goes with unix:, tcp: and fd:'
	qb migrate exec:cat --postcopy
	outcome 2 '' '~--postcopy needs a way back'
	assert_equal "$(cat "$PROXY_LOG")" ''
	qb migrate unix:m --set multifdd=on
	outcome 2 '' "~--set: there is no capability or parameter 'multifdd'; did you mean 'multifd'\?"
	qb migrate unix:m --set multifd=3
	outcome 2 '' '~multifd'
	qb migrate unix:m --set max-bandwidth=much
	outcome 2 '' '~max-bandwidth'
	qb migrate unix:m --set multifd=on --set multifd=off
	outcome 2 '' '~multifd'
	qb migrate unix:m --set multifd
	outcome 2 '' '~NAME=VALUE'
	qb migrate exec:cat --set return-path=on
	outcome 2 '' '~--set return-path=on: nothing comes back'
	assert_equal "$(grep -vE ' query-[a-z-]+ passed$' "$PROXY_LOG")" ''
	assert_equal "$(states)" 'running inmigrate'
}

@test "migrate: a running destination, and one that has moved already, are refused" {
	start_pair --deaf
	before=$(settings)
	qb migrate unix:m.sock --dest "$D"
	outcome 1 '' '~^qmpbox migrate: the destination: the VM is prelaunch and does not wait for a migration: it must have been started with -incoming defer$'
	S=$D qb migrate-incoming unix:m.sock
	outcome 1 '' '~does not wait for a migration'
	qb_ok migrate exec:cat\ \>/dev/null
	qb migrate exec:cat\ \>/dev/null
	outcome 1 '' '~this VM has been migrated already \(postmigrate\)'
	qb resume
	outcome 1 '' '~the VM has been migrated away and may be running elsewhere'
	[ "$(run_state)" = postmigrate ]
	assert_equal "$(settings)" "$before"
	qb_ok resume --force
	[ "$(run_state)" = running ]
}

@test "migrate: a file that was made and not used goes again" {
	start_pair
	S=$T/nobody qb migrate file:vm.state
	assert_equal "$status" 3
	qb migrate file:vm.state --set nothing=on
	assert_equal "$status" 2
	[ ! -e vm.state ]
}

@test "migrate: a signal that comes after the end does not take the file away" {
	start_pair --fill 8
	background migrate file:vm.state --bandwidth 8M
	wait_for 10 migration_is active
	signal_qb STOP
	wait_for 10 migration_is completed
	signal_qb INT
	signal_qb CONT
	finish
	outcome 130 '' '~the migration had completed before it could be cancelled; the VM stands still here \(postmigrate\)'
	S=$D qb_ok migrate-incoming file:vm.state
	outcome 0 running ''
	arrived
}
