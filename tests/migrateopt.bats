#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The options of migrate between two real QEMUs, the guest that goes on where it stopped, and what
# watching costs.
#
# shellcheck disable=SC2154,SC2034 # run sets status, output, stderr; start_pair reads S_ARGS and D_ARGS

load helpers
load pair

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# --------------------------------------------------------------------- options

@test "migrate: --pause-at-switchover stops there; migrate-continue goes on, --attach sees the end" {
	start_pair
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	qb_ok --json migrate unix:m.sock --pause-at-switchover
	assert_json '.status == "pre-switchover" and (.left | length) > 0'
	assert_regex "$stderr" 'left as it is \(pre-switchover\).*migrate-continue state=pre-switchover goes on'
	assert_equal "$(states)" "finish-migrate inmigrate"
	qb migrate unix:other.sock
	outcome 1 '' '~a migration is under way \(pre-switchover\)'
	qb_ok migrate-continue state=pre-switchover
	qb_ok --json migrate --attach
	assert_json '.status == "completed"'
	finish
	outcome 0 running ''
	arrived
}

@test "migrate: --run runs while the guest stands still, and it goes on" {
	start_pair
	before=$(settings)
	cat >look <<-END
	echo "\$QMPBOX_SOCKET" >ran
	'$QMPBOX' -s '$S2' status >>ran
	'$QMPBOX' -s '$D' status >>ran
	END
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	qb_ok --json migrate unix:m.sock --run "D2=$D2; sed -i s,$D\',\$D2\', look; . ./look"
	assert_json '.status == "completed" and .confirmed'
	assert_equal "$(<ran)" "$S"$'\n'finish-migrate$'\n'inmigrate
	finish
	arrived
	assert_equal "$(settings)" "$before"
}

@test "migrate: --run that fails: cancelled, status 7, the VM runs on" {
	start_pair
	before=$(settings)
	qb migrate unix:m.sock --dest "$D" --run 'exit 3'
	outcome 7 '' '~^qmpbox migrate: the command at the switch-over failed with status 3; the migration was cancelled; the VM runs on here; the destination has ended$'
	assert_equal "$(states)" "running gone"
	assert_equal "$(settings)" "$before"
}

@test "migrate: Ctrl-C while --run runs ends that, and the migration" {
	start_pair
	before=$(settings)
	background migrate unix:m.sock --dest "$D" --run 'echo $$ >pid; exec sleep 50'
	wait_for 20 test -s pid
	signal_qb INT
	finish
	outcome 130 '' '~the migration was cancelled; the VM runs on here'
	exited "$(<pid)"
	assert_equal "$(states)" "running gone"
	assert_equal "$(settings)" "$before"
}

@test "migrate: --postcopy" {
	start_pair --fill 8
	before=$(settings)
	qb_ok --json migrate unix:m.sock --dest "$D" --postcopy
	assert_json '.status == "completed" and .confirmed and .destination == "running"'
	arrived
	assert_equal "$(settings)" "$before"
}

@test "migrate: --detach leaves it; --attach, --until and a second one" {
	start_pair --fill 16
	S=$D background migrate-incoming unix:m.sock
	wait_for 10 test -S m.sock
	qb_ok --json migrate unix:m.sock --detach --bandwidth 2M
	assert_json '.status == "setup" and .to == "unix:m.sock" and (.left | length) > 0'
	qb migrate exec:cat
	outcome 1 '' '~a migration is under way \((setup|active)\): qmpbox migrate --attach watches it, qmpbox migrate-cancel ends it$'
	qb_ok --json migrate --attach --until active
	assert_json '.status == "active"'
	vm_ask migrate-set-parameters '{"max-bandwidth":1000000000}'
	qb_ok --json migrate --attach
	assert_json '.status == "completed" and .transferred > 16000000'
	finish
	outcome 0 running ''
	arrived
	qb_ok --json migrate --attach
	assert_json '.status == "completed"'
}

@test "migrate: --attach where there is no migration" {
	start_vm
	qb migrate --attach
	outcome 1 '' '~there is no migration'
}

@test "migrate: --until active leaves it so; -t is over: status 4, and it goes on" {
	start_pair --fill 16
	qb_ok --json migrate unix:m.sock --dest "$D" --bandwidth 1M --until active
	assert_json '.status == "active" and (.left | length) > 0'
	qb -t 1 migrate --attach
	outcome 4 '' '~the time is over; the outcome is open: it goes on \(active\), qmpbox query-migrate shows it and qmpbox migrate --attach watches it'
	vm_ask query-migrate | jq -e '.status == "active"'
	one_runs
	start_proxy
	background migrate --attach
	wait_for 10 asked query-migrate 1
	signal_qb INT
	finish
	outcome 130 '' '~only watched, and migrate-cancel would end it: it goes on \((active|not known)\)'
	vm_ask query-migrate | jq -e '.status == "active"'
	vm_ask migrate_cancel
	wait_for 10 migration_is cancelled
	one_runs
}

@test "migrate: --dry-run prints the messages of both sides, and sends none that changes anything" {
	start_pair
	before=$(settings)
	start_proxy
	qb_ok --dry-run migrate unix:m.sock --dest "$D" --bandwidth 1M --set multifd=on
	assert_regex "$output" '"execute":"migrate-set-capabilities"'
	assert_regex "$output" '"execute":"migrate-set-parameters"'
	assert_regex "$output" '"execute":"migrate-incoming"'
	assert_regex "$output" '"execute":"migrate"'
	assert_equal "$(grep -vE ' query-[a-z-]+ passed$' "$PROXY_LOG")" ''
	S=$D qb_ok --dry-run migrate-incoming unix:m.sock
	assert_regex "$output" '"execute":"migrate-incoming"'
	qb_ok --dry-run migrate file:vm.state
	[ ! -e vm.state ]
	assert_equal "$(settings)" "$before"
	assert_equal "$(states)" 'running inmigrate'
	vm_ask query-migrate | jq -e '. == {}'
}

@test "migrate: progress, plain and in JSON" {
	start_pair --fill 8
	qb_ok --progress plain migrate unix:m.sock --dest "$D" --bandwidth 4M
	assert_regex "$stderr" 'migration  completed  100%  [0-9.]+ MiB of .* pass [0-9]+, downtime [0-9]+ ms'
	arrived
}

@test "migrate: documents of JSON: progress, and an error that says what is left" {
	start_pair --fill 8
	receive m.sock
	qb --json --progress plain migrate unix:m.sock --bandwidth 4M -t 1
	assert_equal "$status $output" '4 '
	output=$stderr
	assert_json -s 'map(.progress // empty) | length > 1 and all(.what == "migration") and
		(.[-1] | .ended and .status == "active" and .current < .total)'
	assert_json -s 'map(.error // empty) | length == 1 and (.[0] | .kind == "timeout" and
		(.left | index("migration (active)") != null and index("parameter max-bandwidth") != null))'
	vm_ask migrate_cancel
	wait_for 10 migration_is cancelled
	qb --json migrate unix:none.sock
	assert_equal "$status $output" '7 '
	output=$stderr
	assert_json -s 'length == 1 and (.[0].error | .kind == "failed" and (.message | test("No such file.*the VM runs on here")))'
}

@test "migrate: what is left set at the destination, too, is said" {
	start_pair --fill 8
	qb_ok --json migrate unix:m.sock --dest "$D" --set multifd=on --detach
	assert_json '.left | index("capabilities multifd, return-path (destination)") or index("capabilities multifd, events, return-path")'
	assert_json '.left | any(test("destination"))'
	qb_ok migrate --attach
	wait_for 10 states_are postmigrate running
}

@test "resume in inmigrate is no error, and runs the guest when it has come" {
	D_ARGS=(-S)
	start_pair
	S=$D qb_ok resume
	assert_regex "$stderr" 'will run|runs once|migration'
	assert_equal "$(states)" 'running inmigrate'
	qb_ok --json migrate unix:m.sock --dest "$D"
	assert_json '.destination == "running"'
	arrived
}

@test "migrate: a destination that was started with -S has the guest, paused" {
	D_ARGS=(-S)
	start_pair
	qb_ok --json migrate unix:m.sock --dest "$D"
	assert_json '.confirmed and .destination == "paused"'
	assert_equal "$(states)" 'postmigrate paused'
}

@test "migrate: a paused VM moves, and stays paused" {
	start_pair
	vm_ask stop
	qb_ok --json migrate unix:m.sock --dest "$D"
	assert_json '.confirmed and .destination == "paused"'
	assert_equal "$(states)" 'postmigrate paused'
}

# ------------------------------------------------------------------- the guest

# joined FILE: are the numbers in it, after the first, each one more than the one before?
joined() {
	local last='' line
	while read -r line; do
		[[ $line =~ ^[0-9a-f]{8}$ ]] || { echo "no number: $line"; return 1; }
		[[ -z $last ]] || ((16#$line == last + 1)) || { printf 'after %08x: %s\n' "$last" "$line"; return 1; }
		last=$((16#$line))
	done <"$1"
	[[ $last ]]
}

@test "migrate: what the guest writes goes on without a gap or a repeat" {
	start_pair --counter
	wait_for 20 test -s serial.src
	qb_ok migrate unix:m.sock --dest "$D"
	arrived
	count=$(stat -c %s serial.dst)
	wait_for 10 longer serial.dst $((count + 50))
	# The last line may be on its way.
	cat serial.src serial.dst | head -n -1 >all
	joined all
}
longer() { (($(stat -c %s "$1") > $2)); }

@test "migrate: the same in postcopy, with much memory written" {
	start_pair --counter --pages 4096 --busy
	wait_for 20 test -s serial.src
	qb_ok --json migrate unix:m.sock --dest "$D" --postcopy --bandwidth 32M --set max-postcopy-bandwidth=16M
	arrived
	vm_ask query-migrate | jq -e '.ram."postcopy-requests" > 0'
	count=$(stat -c %s serial.dst)
	wait_for 10 longer serial.dst $((count + 50))
	cat serial.src serial.dst | head -n -1 >all
	joined all
}

@test "migrate: a real guest that writes to its disk misses nothing and does nothing twice" {
	image disk.img 4M
	# shellcheck disable=SC2054 # those commas are QEMU's
	disk=(-drive "if=none,id=disk,format=raw,file=$T/disk.img" -device virtio-blk-pci,drive=disk)
	start_guest -- "${disk[@]}"
	source=$S log=$GUEST_LOG
	guest_run 'cat >/tmp/writer <<"END"
n=0
while [ ! -e /tmp/stop ]; do
	printf "%511d\n" $n | dd of=/dev/vda bs=512 seek=$n conv=notrunc,fsync 2>/dev/null || break
	echo "count $n" >/dev/ttyS0
	n=$((n + 1))
done
echo $n >/tmp/stopped
END
sh /tmp/writer >/dev/null 2>&1 &'
	start_guest --incoming -- "${disk[@]}"
	D=$S D2=$S2 S=$source S2=${source}2
	wait_for 20 counted "$log"
	qb_ok --json migrate unix:m.sock --dest "$D"
	assert_json '.confirmed and .destination == "running"'
	arrived
	wait_for 20 counted "$GUEST_LOG"
	S=$D S2=$D2
	guest_run 'touch /tmp/stop; while [ ! -e /tmp/stopped ]; do sleep 0.1; done; sync'
	count=$(guest_run 'cat /tmp/stopped')
	((count > 20))
	cat "$log" "$GUEST_LOG" | tr -d '\r' | grep '^count' | cmp - <(seq -f 'count %.0f' 0 $((count - 1)))
	head -c $((count * 512)) disk.img | tr -d ' ' | cmp - <(seq 0 $((count - 1)))
}
# counted LOG: has the guest counted ten times there?
counted() { (($(grep -c '^count' "$1") >= 10)); }

# ------------------------------------------------------------------ what it costs

# ticks PID: of the processor that it has had, in hundredths of a second
ticks() {
	local stat
	read -r -a stat <"/proc/$1/stat"
	echo $((stat[13] + stat[14]))
}

@test "migrate: watching takes no time of the processor" {
	start_pair --fill 16
	background migrate unix:m.sock --dest "$D" --bandwidth 2M
	wait_for 10 migration_is active
	started=$EPOCHREALTIME before=$(ticks "$QB_PID")
	wait_for 20 transferred 10000000
	spent=$(($(ticks "$QB_PID") - before)) passed=$(((${EPOCHREALTIME/./} - ${started/./}) / 10000))
	echo "$spent of $passed"
	((passed > 200))
	# One in a hundred, and one more for how it is counted.
	((spent <= passed / 100 + 1))
	vm_ask migrate-set-parameters '{"max-bandwidth":1000000000}'
	finish
	arrived
}

@test "migrate: the end is told at once" {
	start_pair --fill 4 --events
	background -t 30 migrate unix:m.sock --bandwidth 4M --dest "$D"
	status=0
	wait "$QB_PID" || status=$?
	now=$EPOCHREALTIME
	assert_equal "$status" 0
	said=$(jq -r 'select(.event == "MIGRATION" and .data.status == "completed") | .timestamp | .seconds * 1000000 + .microseconds' "$EVENTS")
	echo "# the end was told after $(((${now/./} - said) / 1000)) ms" >&3
	# 50 ms where nothing else runs.
	((${now/./} - said < 150000))
}
