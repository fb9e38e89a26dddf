#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# events and wait: what happens to a VM, printed or waited for.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# lines_in FILE N: has the file N lines?
lines_in() { [[ $(wc -l <"$1") == "$2" ]]; }

# holds FILE REGEX: has the file such a line?
holds() { grep -qE -- "$2" "$1"; }

# following ARG...: qmpbox in the background, connected and negotiated, which
# its trace shows.
following() {
	background -v "$@"
	wait_for 10 holds "$QB_ERR" '^(<- |\{"received":).*"return"'
}

# done_following: finish, without the trace.
done_following() {
	finish || return 1
	stderr=$(grep -vE '^(-> |<- |\{"sent":|\{"received":)' <<<"$stderr" || :)
}

# names: the names of the events in $output, in one line.
names() { awk '{ printf "%s%s", sep, $2; sep = " " }' <<<"$output"; }

# ring_write TEXT: into ring0.
ring_write() {
	vm_ask ringbuf-write "$(printf %s "$1" | base64 -w 0 |
		jq -Rc '{device: "ring0", format: "base64", data: .}')" >/dev/null
}

# start_usb_vm: a VM with the devices u0 and u1, which leave at once.
start_usb_vm() {
	start_vm --machine q35 -- -device qemu-xhci,id=xhci \
		-blockdev null-co,node-name=n0,size=1048576 \
		-device usb-storage,id=u0,drive=n0,bus=xhci.0 -device usb-tablet,id=u1,bus=xhci.0
}

# null_nodes NAME...: block nodes of 1 MiB that hold nothing.
null_nodes() {
	local name
	for name; do
		vm_ask blockdev-add "{\"driver\":\"null-co\",\"node-name\":\"$name\",\"size\":1048576}" >/dev/null
	done
}

# mirror ID [SPEED]: a mirror job; with a small speed it takes its time.
mirror() {
	null_nodes "$1-src" "$1-dst"
	vm_ask blockdev-mirror "{\"job-id\":\"$1\",\"device\":\"$1-src\",\"target\":\"$1-dst\",
		\"sync\":\"full\",\"speed\":${2:-0}}" >/dev/null
}

# job_is ID STATUS: is it, asked without qmpbox?
job_is() {
	[[ $(vm_ask query-jobs | jq -r --arg id "$1" '.[] | select(.id == $id).status') == "$2" ]]
}

# ------------------------------------------------------------------ the words

@test "wrong words are status 2, before anything is connected" {
	qb events device=d1
	outcome 2 '' "~^qmpbox events: the pattern 'device=d1': the name of an event must stand before"
	qb events STOP 'a=b c'
	outcome 2 '' "~'c' is no KEY=VALUE"
	qb events STOP 'a="b'
	outcome 2 '' '~a quote is not closed'
	qb events --until ''
	outcome 2 '' '~--until: .*the name of an event is missing'
	qb events --count 0
	outcome 2 '' '~--count'
	qb wait
	outcome 2 '' '~^qmpbox wait: for what\? Give --status, '
	qb wait --event 'STOP x'
	outcome 2 '' "~--event: .*'x' is no KEY=VALUE"
	qb wait --disconnect --agent-ring ring0
	outcome 2 '' '~--agent-ring is for --event'
	qb --dry-run events
	outcome 2 '' '~dry-run'
}

# ---------------------------------------------------------------- real events

@test "events of a real VM, until it quits" {
	start_vm --machine none
	following events
	vm_ask stop
	wait_for 5 holds "$QB_OUT" ' STOP$' # at once, into a file too
	vm_ask cont
	vm_ask quit
	done_following
	outcome 0 '~^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z STOP' ''
	assert_equal "$(names)" 'STOP RESUME SHUTDOWN'
	assert_regex "$output" 'SHUTDOWN guest=false reason=host-qmp-quit$'
}

@test "the time is the event's own, in UTC" {
	start_fake <<'EOF'
negotiate
event A
event B
may-close
close
EOF
	qb events --count 2
	outcome 0 $'2023-11-14T22:13:20.000000Z A\n2023-11-14T22:13:20.000001Z B' ''
	fake_done
}

@test "--json is the event as it came, compacted" {
	start_fake <<'EOF'
negotiate
line {"timestamp": {"seconds": 1, "microseconds": 2}, "event": "X", "data": {"n": 18446744073709551615, "s": "\\u00e4 b", "l": [1, 2.50]}}
may-close
close
EOF
	qb --json events --count 1
	outcome 0 '{"timestamp":{"seconds":1,"microseconds":2},"event":"X","data":{"n":18446744073709551615,"s":"\u00e4 b","l":[1,2.50]}}' ''
	fake_done
}

@test "data for people: dots, quotes, lists; and nothing is left unescaped" {
	start_fake <<'EOF'
negotiate
event X {"a": {"b": {"c": 1}, "d": true}, "e": {}, "l": [{"x": "y"}], "s": "two words", "q": "say \"so\"", "z": "", "n": null, "": 1}
event ESC {"k\u001b[31m": "v\u001b[0m\u202e\n"}
line {"event": "BARE"}
line {"event": "ODD", "data": [1], "timestamp": {"seconds": -1, "microseconds": -1}}
may-close
close
EOF
	qb events --count 4
	assert_equal "$status" 0
	assert_equal "${lines[0]}" '2023-11-14T22:13:20.000000Z X a.b.c=1 a.d=true e={} l=[{"x":"y"}] s="two words" q='"'"'say "so"'"'"' z="" n=null =1'
	assert_equal "${lines[1]}" '2023-11-14T22:13:20.000001Z ESC k\x1B[31m=v\x1B[0m\u{202E}\n'
	assert_equal "${lines[2]}" '- BARE'
	assert_equal "${lines[3]}" '- ODD data=[1]'
	fake_done
}

@test "patterns choose; KEY=VALUE may be words of their own" {
	local word
	for word in "'DEVICE_DELETED device=d1'" 'DEVICE_DELETED device=d1' "device-deleted 'device=d[1]'" \
		"STOP 'DEVICE_* path=/x/d1 device=?1'"; do
		start_fake <<'EOF'
negotiate
event DEVICE_DELETED {"path": "/x/d1/virtio-backend"}
event DEVICE_DELETED {"path": "/x/d2", "device": "e2"}
event DEVICE_DELETEX {"device": "d2"}
event DEVICE_DELETED {"path": "/x/d1", "device": "d1"}
event SHUTDOWN {"guest": false, "reason": "host-qmp-quit"}
close
EOF
		eval "qb events $word"
		outcome 0 '2023-11-14T22:13:20.000003Z DEVICE_DELETED path=/x/d1 device=d1' ''
		fake_done
	done
}

@test "device_del of a real device, by pattern" {
	start_usb_vm
	following events 'DEVICE_DELETED device=u0' --count 1
	vm_ask device_del '{"id": "u1"}'
	vm_ask device_del '{"id": "u0"}'
	done_following
	outcome 0 '~^[^ ]*Z DEVICE_DELETED (device=u0 )?path=/machine/peripheral/u0( device=u0)?$' ''
}

# -------------------------------------------------------------------- the end

@test "--count ends after so many, --until with the one that matches" {
	start_vm --machine none
	following events --count 2
	vm_ask stop
	vm_ask cont
	vm_ask stop
	done_following
	outcome 0 '~.' ''
	assert_equal "$(names)" 'STOP RESUME'
	following events STOP --until RESUME
	vm_ask cont
	done_following
	outcome 0 '~.' ''
	assert_equal "$(names)" 'RESUME'
}

@test "--timeout: 0 when it was for following, 4 when something was waited for" {
	start_vm --machine none
	qb events -t 0.3
	outcome 0 '' ''
	qb events -t 0.3 --until STOP
	outcome 4 '' '~^qmpbox events: the time is over; events that came: 0$'
	qb events -t 0.3 --count 5
	outcome 4 '' '~^qmpbox events: the time is over; events that came: 0 of 5$'
}

@test "the VM shuts down before --until or --count: status 7" {
	start_vm --machine none
	following events --until DEVICE_DELETED
	vm_ask quit
	done_following
	outcome 7 '~SHUTDOWN' '~^qmpbox events: the VM shut down before that; events that came: 1$'
}

@test "a connection that breaks gives a SHUTDOWN of its own, status 5" {
	start_fake <<'EOF'
negotiate
event STOP
close
EOF
	qb --json events
	outcome 5 '~"reason":"disconnect"' '~"kind":"protocol"'
	assert_equal "${#lines[@]}" 2
	output=${lines[1]}
	assert_json '.event == "SHUTDOWN" and .data == {"guest": false, "reason": "disconnect"} and
		(.timestamp | .seconds > 1700000000 and .microseconds < 1000000)'
	fake_done
}

@test "a connection that breaks is what was waited for: status 0" {
	local word
	for word in 'SHUTDOWN' '--until SHUTDOWN' "--until 'SHUTDOWN reason=disconnect'" '--count 2'; do
		start_fake <<<$'negotiate\nevent STOP\nclose'
		eval "qb events $word"
		outcome 0 '~SHUTDOWN guest=false reason=disconnect$' ''
		fake_done
	done
	start_fake <<<$'negotiate\nevent STOP\nclose'
	qb events STOP
	outcome 5 '~ STOP$' '~^qmpbox events: the connection to .* ended; events that came: 1$'
	start_fake <<<$'negotiate\nevent STOP\nclose'
	qb events SHUTDOWN --count 2
	outcome 5 '~ SHUTDOWN ' '~events that came: 1 of 2$'
}

@test "garbage after events is status 5, and what came before is printed" {
	start_fake <<'EOF'
negotiate
may-close
send {"event": "STOP"}\r\nHTTP/1.1
hang
EOF
	qb events STOP
	outcome 5 '- STOP' '~^qmpbox events: '
}

@test "a real VM that is killed" {
	start_vm --machine none
	following events
	kill -KILL "$VM_PID"
	done_following
	outcome 5 '~SHUTDOWN guest=false reason=disconnect$' '~ended; events that came: 1$'
}

@test "Ctrl-C is 130, TERM 143" {
	start_vm --machine none
	following events
	kill -s INT "$QB_PID"
	done_following
	outcome 130 '' '~^qmpbox events: interrupted by Ctrl-C$'
	following events
	kill -s TERM "$QB_PID"
	done_following
	outcome 143 '' '~SIGTERM'
}

@test "a closed stdout pipe ends it quietly, also when no event comes" {
	start_vm --machine none
	# shellcheck disable=SC2016
	run --separate-stderr timeout 20 bash -c '"$@" | true; exit "${PIPESTATUS[0]}"' - \
		"$QMPBOX" -s "$S" events 3>&-
	outcome 141 '' ''
}

@test "a full disk is status 8" {
	start_fake <<<$'negotiate\nevent STOP\nmay-close\nhang'
	run --separate-stderr timeout 20 bash -c '"$@" >/dev/full' - "$QMPBOX" -s "$S" events 3>&-
	outcome 8 '' '~stdout'
}

# ---------------------------------------------------------- nothing gets lost

@test "events at every awkward moment are printed once" {
	start_fake <<'EOF'
send {"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 9}, "package": ""}, "capabilities": []}}\r\n{"event": "WITH-GREETING"}\r\n
expect qmp_capabilities
send {"event": "BEFORE-REPLY"}\r\n{"return": {}, "id": 1}\r\n{"event": "BEHIND-REPLY"}\r\n
drip 1 1 {"event": "DRIPPED"}
event SHUTDOWN {"guest": true, "reason": "guest-shutdown"}
close
EOF
	qb events
	outcome 0 '~.' ''
	assert_equal "$(names)" 'WITH-GREETING BEFORE-REPLY BEHIND-REPLY DRIPPED SHUTDOWN'
	fake_done
}

@test "reply, event and end in one write" {
	start_fake <<'EOF'
greet
expect qmp_capabilities
send {"return": {}, "id": 1}\r\n{"event": "SHUTDOWN", "data": {"guest": false, "reason": "x"}}\r\n
close
EOF
	qb events
	outcome 0 '- SHUTDOWN guest=false reason=x' ''
	fake_done
}

@test "a refused negotiation is status 3" {
	start_fake <<<$'greet\nexpect qmp_capabilities\nmay-close\nerror CommandNotFound no such luck\nhang'
	qb events
	outcome 3 '' '~no such luck'
}

@test "a flood of 100000 events: every one is printed once, in order" {
	start_fake <<'EOF'
negotiate
events 100000 FLOOD {"n": $n}
event SHUTDOWN {"guest": false, "reason": "host-qmp-quit"}
close
EOF
	timeout 60 "$QMPBOX" -s "$S" events FLOOD >"$T/out" 3>&-
	assert_equal "$(wc -l <"$T/out")" 100000
	cmp <(sed 's/.* n=//' "$T/out") <(seq 0 99999)
	fake_done
}

@test "a flood of which nothing is asked for takes no memory" {
	requires prlimit
	if grep -q __asan_init "$QMPBOX"; then
		skip 'AddressSanitizer needs all the address space'
	fi
	start_fake <<'EOF'
negotiate
expect query-target
error CommandNotFound no schema here
expect query-qmp-schema
error CommandNotFound no schema here
events 1000000 FLOOD {"n": $n, "device": "a device with a name that takes its room"}
event STOP
may-close
close
EOF
	run --separate-stderr timeout 60 prlimit --as=$((64 << 20)) \
		"$QMPBOX" -s "$S" events STOP --until STOP 3>&-
	outcome 0 '~ STOP$' ''
}

# ---------------------------------------------------------------------- --run

@test "--run: the event on stdin and in the environment" {
	start_fake <<'EOF'
negotiate
line {"event": "X", "data": {"a": 1}, "timestamp": {"seconds": 12, "microseconds": 34}}
line {"event": "BARE"}
may-close
close
EOF
	qb events --count 2 --json --run \
		'echo "$QMPBOX_EVENT|$QMPBOX_EVENT_DATA|$QMPBOX_EVENT_SECONDS|$QMPBOX_SOCKET"; cat'
	assert_equal "$status" 0
	assert_equal "$(tail -n 4 <<<"$output")" 'X|{"a":1}|12.000034|'"$S"'
{"event":"X","data":{"a":1},"timestamp":{"seconds":12,"microseconds":34}}
BARE|{}|0.000000|'"$S"'
{"event":"BARE"}'
	assert_equal "${#lines[@]}" 6
	fake_done
}

@test "--run: a slow command gets all, in order, one at a time, and delays no printing" {
	start_fake <<'EOF'
negotiate
events 100 N {"n": $n}
event SHUTDOWN {"guest": false, "reason": "host-qmp-quit"}
delay 2000
close
EOF
	# Each waits until the last event has been printed.
	background events N --run "
		[ ! -e '$T/running' ] || echo twice >>'$T/ran'
		: >'$T/running'
		until grep -q 'n=99$' '$T/qb$((SEQUENCE + 1)).out'; do sleep 0.05; done
		echo \"\$QMPBOX_EVENT_DATA\" >>'$T/ran'
		rm '$T/running'"
	wait_for 30 exited "$QB_PID"
	finish
	outcome 0 '~n=99$' ''
	cmp <(jq .n "$T/ran") <(seq 0 99)
	fake_done
}

@test "--run: a command that fails is noted, and the status is 7" {
	start_fake <<<$'negotiate\nevent A\nevent B\nevent C\nmay-close\nclose'
	qb events --count 3 --run 'test $QMPBOX_EVENT != B || exit 9; echo ran'
	outcome 7 '~ran' 'qmpbox events: note: the command for B failed with status 9
qmpbox events: the command failed for 1 of 3 events'
	assert_equal "$(grep -c ran <<<"$output")" 2
	fake_done
}

@test "--run: data that no environment takes" {
	start_fake <<'EOF'
negotiate
send {"event": "BIG", "data": {"x": "
bytes 300000 a
line "}}
may-close
close
EOF
	qb events --count 1 --json --run 'wc -c; echo "<$QMPBOX_EVENT_DATA>"'
	assert_equal "$status" 0
	assert_regex "$output" $'3000[0-9]{2}\n<>$'
	fake_done
}

@test "--run: Ctrl-C ends the running command and says what was not run" {
	start_fake <<<$'negotiate\nevents 4 N {"n": $n}\nmay-close\nhang'
	background events \
		--run "trap 'echo ended >>$T/trap; exit' TERM; echo begun >>$T/trap; sleep 60 & wait"
	wait_for 10 holds "$T/trap" begun
	wait_for 10 lines_in "$QB_OUT" 4
	kill -s INT "$QB_PID"
	finish
	outcome 130 '~n=3$' 'qmpbox events: note: the command that ran for N was ended
qmpbox events: note: the command was not run for 3 more events
qmpbox events: interrupted by Ctrl-C'
	assert_equal "$(<"$T/trap")" $'begun\nended'
}

@test "--run: Ctrl-C while those that wait are run in the end" {
	start_fake <<<$'negotiate\nevents 3 N {"n": $n}\nmay-close\nclose'
	background events --count 3 --run "echo >>$T/begun; sleep 60"
	wait_for 10 holds "$T/begun" '^'
	kill -s INT "$QB_PID"
	finish
	outcome 130 '~n=2$' '~not run for 2 more events'
	lines_in "$T/begun" 1
}

# --------------------------------------------------------------- --agent-ring

@test "--agent-ring: changes between STARTED and STOPPED" {
	start_vm --machine none
	ring_write $'noise\nSTARTED\nSTOP'
	following events --agent-ring ring0 --json 'AGENT-*'
	wait_for 5 lines_in "$QB_OUT" 1
	ring_write $'PED\r\nSTARTEDX\n STARTED\nSTOPPED\nSTOPPED\n'
	wait_for 5 lines_in "$QB_OUT" 2
	ring_write "$(printf 'x%.0s' {1..500})"$'STARTED\nSTARTED\n'
	wait_for 5 lines_in "$QB_OUT" 3
	kill -s INT "$QB_PID"
	done_following
	assert_equal "$status" 130
	assert_equal "$(jq -r '.event + " " + .data.chardev' <<<"$output")" \
		$'AGENT-STARTED ring0\nAGENT-STOPPED ring0\nAGENT-STARTED ring0'
	assert_equal "$(vm_ask ringbuf-read '{"device": "ring0", "size": 100}')" '""'
}

@test "--agent-ring: one that is no ring buffer is QEMU's error" {
	start_vm --machine none -- -chardev null,id=nul
	qb events --agent-ring nul
	outcome 1 '' '~^qmpbox events: ringbuf-read: nul is not a ringbuf device'
	qb wait --event AGENT-STARTED --agent-ring nope
	outcome 1 '' '~^qmpbox wait: ringbuf-read: .*nope'
}

@test "wait --agent-ring --event AGENT-STARTED" {
	start_vm --machine none
	following wait --agent-ring ring0 --event agent_started --json
	ring_write $'STARTED\n'
	done_following
	outcome 0 '~^\{"condition":"event","event":\{' ''
	assert_json '.event.event == "AGENT-STARTED" and .event.data == {"chardev": "ring0"}'
}

# ---------------------------------------------------------------- wait: status

@test "wait --status: at once, by an event, and in vain" {
	start_vm --machine none --paused
	qb wait --status prelaunch
	outcome 0 'status: prelaunch' ''
	following wait --status running --json
	vm_ask cont
	done_following
	outcome 0 '{"condition":"status","status":"running"}' ''
	qb wait --status paused -t 0.3
	outcome 4 '' '~^qmpbox wait: the time is over .*; the VM is running$'
}

@test "wait --status: the VM shuts down before" {
	start_vm --machine none
	following wait --status paused
	vm_ask quit
	done_following
	outcome 7 '' '~^qmpbox wait: the VM shut down before'
	start_vm --machine none
	following wait --status shutdown
	vm_ask quit
	done_following
	outcome 0 'status: shutdown' ''
}

@test "wait --status: no event is needed" {
	start_fake <<'EOF'
negotiate
expect query-status
reply {"status": "prelaunch"}
expect query-status
reply {"status": "running"}
expect-eof
EOF
	qb wait --status running
	outcome 0 'status: running' ''
	fake_done
}

@test "wait --status: the connection breaks under the question" {
	start_fake <<<$'negotiate\nexpect query-status\nclose'
	qb wait --status running
	outcome 5 '' '~^qmpbox wait: the connection to '
	fake_done
	start_fake <<<$'negotiate\nexpect query-status\nclose'
	qb wait --status running --disconnect
	outcome 0 'disconnected: disconnect' ''
}

@test "wait --status and --device-gone on a storage daemon are status 6" {
	start_qsd
	qb wait --status running
	outcome 6 '' '~query-status'
	qb wait --device-gone d
	outcome 6 '' '~no machine'
}

# ------------------------------------------------------ wait: event, disconnect

@test "wait --event" {
	start_vm --machine none
	following wait --event SHUTDOWN --event RESUME --json
	vm_ask stop
	vm_ask cont
	done_following
	outcome 0 '~^\{"condition":"event","event":' ''
	assert_json '.event.event == "RESUME"'
}

@test "wait --event: one that comes between a question and its answer, or with the greeting" {
	start_fake <<'EOF'
negotiate
expect query-status
event X {"a": "b"}
reply {"status": "running"}
expect-eof
EOF
	qb wait --status running --event 'X a=b'
	outcome 0 '2023-11-14T22:13:20.000000Z X a=b' ''
	fake_done
	start_fake <<'EOF'
send {"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 9}, "package": ""}, "capabilities": []}}\r\n{"event": "EARLY"}\r\n
may-close
expect qmp_capabilities
reply {}
expect-eof
EOF
	qb wait --event EARLY
	outcome 0 '- EARLY' ''
	fake_done
}

@test "wait: the first condition wins" {
	start_vm --machine none
	following wait --event RESUME --status paused --disconnect
	vm_ask stop
	done_following
	outcome 0 'status: paused' ''
}

@test "wait --disconnect" {
	start_vm --machine none
	following wait --disconnect --json
	vm_ask quit
	done_following
	outcome 0 '{"condition":"disconnect","shutdown":true,"reason":"host-qmp-quit","guest":false}' ''
	start_fake <<<$'negotiate\nclose'
	qb wait --disconnect --json
	outcome 0 '{"condition":"disconnect","shutdown":false,"reason":"disconnect","guest":false}' ''
	start_fake <<<$'negotiate\nclose'
	qb wait --event STOP
	outcome 5 '' '~ended'
}

@test "wait --disconnect: a storage daemon quits, the time is over, Ctrl-C" {
	start_qsd
	qb wait --disconnect -t 0.3
	outcome 4 '' '~the time is over'
	following wait --disconnect
	kill -s INT "$QB_PID"
	done_following
	outcome 130 '' '~interrupted'
	following wait --disconnect
	vm_ask quit
	done_following
	outcome 0 'disconnected: disconnect' ''
}

# ------------------------------------------------------------------- wait: job

@test "wait --job: pending, then it ends well and dismisses itself" {
	start_vm --machine none
	null_nodes a b
	vm_ask blockdev-backup '{"job-id":"j1","device":"a","target":"b","sync":"full","auto-finalize":false}'
	wait_for 5 job_is j1 pending
	following wait --job j1 --json
	wait_for 5 holds "$QB_ERR" 'it waits for job-finalize'
	vm_ask job-finalize '{"id": "j1"}'
	done_following
	outcome 0 '{"condition":"job","job":"j1","status":"null"}' \
		'{"note":"the job j1 is pending: it waits for job-finalize"}'
}

@test "wait --job: a commit of real images stays concluded, and is not dismissed" {
	image "$T/base" 8M qcow2
	image "$T/top" 8M qcow2 -b "$T/base" -F qcow2
	start_vm --machine none -- \
		-blockdev "driver=qcow2,node-name=top,file.driver=file,file.filename=$T/top"
	vm_ask block-commit '{"job-id":"j1","device":"top","auto-dismiss":false}'
	following wait --job j1
	wait_for 5 holds "$QB_ERR" 'it waits for job-complete'
	vm_ask job-complete '{"id": "j1"}'
	done_following
	outcome 0 'job j1: concluded' 'qmpbox wait: note: the job j1 is ready: it waits for job-complete'
	job_is j1 concluded
	qb wait --job j1
	outcome 0 'job j1: concluded' ''
}

@test "wait --job: failed, known from query-jobs" {
	start_vm --machine none
	null_nodes small
	vm_ask blockdev-create '{"job-id":"j1","options":{"driver":"qcow2","file":"small","size":1}}'
	wait_for 5 job_is j1 concluded
	qb wait --job j1
	outcome 7 '' '~^qmpbox wait: the job j1 failed: .'
	job_is j1 concluded
}

@test "wait --job: failed, known only from its events" {
	start_fake <<'EOF'
negotiate
expect query-jobs
reply [{"id": "j", "status": "running", "type": "mirror"}]
event JOB_STATUS_CHANGE {"id": "other", "status": "null"}
event JOB_STATUS_CHANGE {"id": "j", "status": "aborting"}
event BLOCK_JOB_COMPLETED {"device": "j", "error": "No space left on device", "type": "mirror"}
event JOB_STATUS_CHANGE {"id": "j", "status": "concluded"}
event JOB_STATUS_CHANGE {"id": "j", "status": "null"}
on query-jobs reply []
serve
EOF
	qb wait --job j
	outcome 7 '' 'qmpbox wait: the job j failed: No space left on device'
}

@test "wait --job: it ends between the question and its answer" {
	start_fake <<'EOF'
negotiate
expect query-jobs
event JOB_STATUS_CHANGE {"id": "j", "status": "aborting"}
event JOB_STATUS_CHANGE {"id": "j", "status": "concluded"}
event JOB_STATUS_CHANGE {"id": "j", "status": "null"}
reply []
expect-eof
EOF
	qb wait --job j
	outcome 7 '' '~the job j failed: it was aborted'
	fake_done
}

@test "wait --job: cancelled" {
	start_vm --machine none
	mirror j1 1
	following wait --job j1
	vm_ask job-cancel '{"id": "j1"}'
	done_following
	outcome 7 '' '~qmpbox wait: the job j1 failed: .*cancel'
}

@test "wait --job: unknown, and the time is over" {
	start_vm --machine none
	qb wait --job nope
	outcome 1 '' "qmpbox wait: there is no job 'nope'"
	mirror mirror1 1
	qb wait --job miror1
	outcome 1 '' "qmpbox wait: there is no job 'miror1'; did you mean 'mirror1'?"
	qb -q wait --job mirror1 -t 0.5
	outcome 4 '' '~; the job mirror1 is (running|ready) \([0-9]+ of [0-9]+\)$'
}

@test "wait --job on a storage daemon" {
	start_qsd
	mirror j
	wait_for 5 job_is j ready
	following wait --job j
	wait_for 5 holds "$QB_ERR" 'it waits for job-complete'
	vm_ask job-complete '{"id": "j"}'
	done_following
	outcome 0 'job j: null' 'qmpbox wait: note: the job j is ready: it waits for job-complete'
}

# ---------------------------------------------------------- wait: device-gone

@test "wait --device-gone" {
	start_usb_vm
	qb wait --device-gone u0 -t 0.3
	outcome 4 '' '~; the device u0 is there$'
	following wait --device-gone u0 --json
	wait_for 5 holds "$QB_ERR" 'child<usb-storage>'
	vm_ask device_del '{"id": "u0"}'
	done_following
	outcome 0 '{"condition":"device-gone","device":"u0","was-there":true}' ''
	qb wait --device-gone u0
	outcome 0 'device u0: gone' 'qmpbox wait: note: there was no device u0 from the start on'
}

@test "wait --device-gone: no event is needed, and the guest may refuse" {
	start_fake <<'EOF'
negotiate
expect qom-list
event DEVICE_DELETED {"path": "/machine/peripheral/d/virtio-backend"}
reply [{"name": "d", "type": "child<x>"}]
expect qom-list
reply []
expect-eof
EOF
	qb wait --device-gone d
	outcome 0 'device d: gone' ''
	fake_done
	start_fake <<'EOF'
negotiate
expect qom-list
reply [{"name": "d", "type": "child<x>"}]
event DEVICE_UNPLUG_GUEST_ERROR {"device": "d", "path": "/machine/peripheral/d"}
expect-eof
EOF
	qb wait --device-gone d
	outcome 7 '' 'qmpbox wait: the guest refused to let go of d'
	fake_done
}
