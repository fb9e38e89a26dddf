#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The connection: addresses, greeting, replies, events, and every way in which
# the other end may misbehave.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# with_status: a fake's scenario that answers one query-status.
with_status() {
	cat <<'EOF'
negotiate
expect query-status
reply {"status": "running", "running": true}
expect-eof
EOF
}

# answers JSON: a fake that gives this as the return of the command x.
answers() { start_fake < <(printf 'negotiate\nexpect x\nreply %s\nexpect-eof\n' "$1"); }

# answers_raw TEXT: the same for bytes; the ids that qmpbox might have used are
# all answered, and it skips those that it did not.
answers_raw() {
	local i
	start_fake < <(
		printf 'negotiate\nexpect query-x\nmay-close\n'
		for i in 1 2 3; do
			printf 'send {"return": %s, "id": %s}\\r\\n\n' "$1" "$i"
		done
	)
}

# has_socket PID: has qmpbox, in the background, connected?
has_socket() { readlink "/proc/$1/fd/"* | grep -q '^socket:'; }

# milliseconds CMD...: sets TOOK, how long it took.
milliseconds() {
	local begin=${EPOCHREALTIME/[.,]/}
	"$@"
	TOOK=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
}

# between LOW HIGH: was TOOK that?
between() {
	((TOOK >= $1 && TOOK <= $2)) || fail "it took $TOOK ms, not $1 to $2"
}

# ------------------------------------------------------------------- greeting

@test "info says what the greeting says" {
	start_fake <<'EOF'
negotiate 10.0.13
on query-commands reply [{"name": "stop"}, {"name": "cont"}]
on query-name reply {"name": "vm1"}
on query-status reply {"status": "paused", "running": false}
on query-spice error CommandNotFound no
serve
EOF
	qb --json info
	outcome 0 '~^\{.*\}$' ''
	assert_json '.version == "10.0.13" and .capabilities == ["oob"] and .name == "vm1" and
		.status == "paused" and .commands == 2'
	fake_done
}

@test "info on a greeting that says next to nothing" {
	start_fake <<'EOF'
line {"QMP": {}}
serve
EOF
	qb --json info
	outcome 0 '~^\{.*\}$' ''
	assert_json '.capabilities == [] and .package == ""'
	fake_done
}

@test "status is one write after the greeting and one reply" {
	requires strace
	start_fake < <(with_status)
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # it fails under ptrace
	run --separate-stderr timeout 60 strace -f -y -o "$T/trace" \
		-e trace=sendmsg,sendmmsg,sendto,write,writev "$QMPBOX" -s "$S" status 3>&-
	outcome 0 running ''
	assert_equal "$(grep -c '(3<\|<socket:\|<UNIX' "$T/trace")" 1
	fake_done
}

@test "events before the greeting and between replies do not disturb" {
	start_fake <<'EOF'
event RESUME
events 3 RTC_CHANGE {"offset": $n}
greet
event STOP
expect qmp_capabilities
event RESUME
reply {}
events 100 STOP
expect query-status
events 100 RESUME
reply {"status": "running"}
expect-eof
EOF
	qb status
	outcome 0 running ''
	fake_done
}

@test "5000 events before a reply" {
	start_fake <<'EOF'
negotiate
expect query-status
events 5000 BLOCK_IO_ERROR {"n": $n, "device": "d", "operation": "write", "action": "ignore"}
reply {"status": "io-error"}
expect-eof
EOF
	qb status
	outcome 0 io-error ''
	fake_done
}

@test "replies with foreign ids are skipped" {
	start_fake <<'EOF'
greet
expect qmp_capabilities
reply-id "other" {}
reply {}
expect query-status
reply-id 99999 {"status": "wrong"}
reply-id "2" {"status": "wrong"}
reply-id {"a":2} {"status": "wrong"}
reply-id 2.0 {"status": "wrong"}
reply-id null {"status": "wrong"}
reply {"status": "running"}
expect-eof
EOF
	qb status
	outcome 0 running ''
	fake_done
}

@test "the reply to a client that left while QEMU was at work is not taken for one's own" {
	start_fake <<-'EOF'
		greet
		expect qmp_capabilities
		save negotiation
		expect query-status
		save own
		reply-to own {"status": "shutdown", "running": false, "singlestep": false}
		reply-to negotiation {}
		reply-to own {"status": "running", "running": true, "singlestep": false}
	EOF
	qb status
	outcome 0 running ''
	fake_done
}

@test "a real QEMU that works for a client that has left answers the next one rightly" {
	local i
	start_vm --machine none
	for i in {1..5}; do
		# The next client is let in while the models are still being made.
		printf '{"execute":"qmp_capabilities","id":1}{"execute":"query-cpu-definitions","id":2}' |
			timeout 10 socat -t 0 - "UNIX-CONNECT:$S" >/dev/null
		qb_ok --json query-status
		assert_json 'type == "object" and .status == "running"'
	done
}

@test "an error without an id ends the session" {
	start_fake <<'EOF'
negotiate
expect query-status
may-close
error-noid GenericError Invalid JSON syntax
hang
EOF
	qb status
	outcome 5 '' '~^qmpbox status: query-status: .*Invalid JSON syntax'
	fake_done
}

@test "a refused negotiation is status 3" {
	start_fake <<'EOF'
greet
expect qmp_capabilities
may-close
error CommandNotFound no such luck
hang
EOF
	qb status
	outcome 3 '' '~^qmpbox status: .*no such luck'
	fake_done
}

@test "replies over several lines, as with pretty=on" {
	start_fake <<'EOF'
greet
expect qmp_capabilities
reply-pretty {}
expect query-status
reply-pretty {"status": "running", "running": true, "a": [1, {"b": []}]}
expect-eof
EOF
	qb --json status
	outcome 0 '{"status":"running","running":true,"a":[1,{"b":[]}]}' ''
	fake_done
}

@test "a real monitor with pretty=on" {
	local pretty
	pretty=$T/pretty
	start_vm --machine none -- -chardev "$(qmp_socket pretty "$pretty")" \
		-mon chardev=pretty,mode=control,pretty=on
	S=$pretty
	qb --json status
	outcome 0 '~^\{.*\}$' ''
	assert_json '.status == "running"'
}

@test "a greeting and a reply that come byte by byte" {
	start_fake <<'EOF'
drip 1 1 {"QMP": {"version": {"qemu": {"micro": 1, "minor": 2, "major": 8}, "package": ""}, "capabilities": []}}\r\n
expect qmp_capabilities
drip 1 1 {"return": {}, "id": 1}\r\n
expect query-status
drip 1 1 {"return": {"status": "running", "x": "\\u00e4}]"}, "id": 2}
expect-eof
EOF
	qb --json status
	outcome 0 '{"status":"running","x":"\u00e4}]"}' ''
	fake_done
}

@test "white space around the messages is nothing" {
	start_fake <<'EOF'
send \r\n \t\n
greet
send \r\n\n
expect qmp_capabilities
reply {}
send  \t\r\n
expect query-status
reply {"status": "running"}
expect-eof
EOF
	qb status
	outcome 0 running ''
	fake_done
}

# ------------------------------------------------------- peers that are no QMP

# stranger SCENARIO-LINE...: a fake that says this and must not be sent anything.
stranger() {
	# It may leave after the first line: that was enough to know.
	start_fake < <(printf '%s\n' may-close "$@" 'expect-quiet 500')
	qb -t 0.2 status
	fake_done
}

@test "nothing is sent to a peer that says nothing; that is status 3 within --timeout" {
	start_fake <<<'expect-quiet 2000'
	milliseconds qb -t 0.4 status
	outcome 3 '' '~^qmpbox status: no greeting from '
	between 350 1500
	refute_regex "$stderr" 'qmpbox \(pid' # it does not accuse itself
	fake_done
}

@test "--reply-timeout bounds the greeting too" {
	start_fake <<<'expect-quiet 2000'
	milliseconds qb --reply-timeout 0.4 status
	outcome 3 '' '~^qmpbox status: no greeting from '
	between 350 1500
	fake_done
}

@test "no greeting in time, with --json" {
	start_fake <<<'expect-quiet 2000'
	qb -t 0.3 --json status
	outcome 3 '' '~^\{"error":'
	output=$stderr
	assert_json '.error.kind == "connect" and (.error.message | test("no greeting"))'
	fake_done
}

@test "nothing is sent to an SSH server, and it is named" {
	stranger 'line SSH-2.0-OpenSSH_9.2p1 Debian-2'
	outcome 3 '' '~^qmpbox status: .*SSH server'
}

@test "a real sshd is named" {
	requires socat ssh-keygen
	local sshd prefix=()
	sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || skip 'needs sshd'
	ssh-keygen -q -t ed25519 -N '' -f "$T/key"
	if [[ ! -d /run/sshd ]]; then # it wants that folder; its package's service makes it
		# shellcheck disable=SC2016
		prefix=(unshare --mount sh -c 'mount -t tmpfs none /run && mkdir /run/sshd && exec "$@"' -)
	fi
	"${prefix[@]}" "$sshd" -t -f /dev/null -h "$T/key" 2>"$T/why" ||
		skip "sshd is not usable: $(<"$T/why")"
	S=$T/sshd
	spawn /dev/null "$T/sshd.err" "${prefix[@]}" socat "UNIX-LISTEN:$S" "EXEC:$sshd -i -f /dev/null -h $T/key"
	wait_for 5 test -S "$S"
	qb status
	outcome 3 '' '~^qmpbox status: .*SSH server'
}

@test "nothing is sent to a human monitor, and it is named" {
	stranger 'line QEMU 7.2.22 monitor - type '"'help'"' for more information' 'send (qemu) '
	outcome 3 '' '~^qmpbox status: .*human monitor'
}

@test "a real human monitor is named" {
	local hmp=$T/hmp
	start_vm --machine none -- -monitor "unix:$hmp,server=on,wait=off"
	S=$hmp
	qb status
	outcome 3 '' '~^qmpbox status: .*human monitor'
}

@test "nothing is sent to a peer that begins with garbage" {
	stranger 'line HTTP/1.1 400 Bad Request'
	outcome 3 '' '~^qmpbox status: .*HTTP/1.1 400'
}

@test "garbage shown in an error cannot drive the terminal" {
	stranger 'line \x1b[31mred\x07'
	outcome 3 '' '~red'
	refute_regex "$stderr" $'[\x01-\x08\x0b-\x1f]'
}

@test "nothing is sent to a peer whose JSON is not QMP's" {
	stranger 'line {"hello": "world"}'
	outcome 3 '' '~does not speak QMP'
	stranger 'line [1]'
	outcome 3 '' '~^qmpbox status: '
}

@test "nothing is sent to a peer whose greeting is no object" {
	stranger 'line {"QMP": null}'
	outcome 3 '' '~does not speak QMP'
}

@test "nothing is sent to a peer that has only events" {
	stranger 'event STOP'
	outcome 3 '' '~no greeting'
}

@test "garbage after the greeting is status 5" {
	start_fake <<'EOF'
greet
may-close
line what?
hang
EOF
	qb status
	outcome 5 '' '~^qmpbox status: '
	fake_done
}

@test "garbage instead of a reply is status 5" {
	start_fake <<'EOF'
negotiate
expect query-status
may-close
line {"return": {"a" 1}}
hang
EOF
	qb status
	outcome 5 '' '~^qmpbox status: query-status: '
	fake_done
}

@test "a message without QMP's members after the greeting is status 5" {
	start_fake <<'EOF'
negotiate
expect query-status
may-close
line {"hello": 1}
hang
EOF
	qb status
	outcome 5 '' '~^qmpbox status: '
	fake_done
}

@test "who holds a monitor is told by name and pid" {
	start_vm --machine none
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none"
	wait_for 10 grep -q QMP "$T/held"
	milliseconds qb -t 0.4 status
	outcome 3 '' "~no greeting from .*socat \(pid $SPAWN_PID\)"
	between 350 1500
}

@test "who holds an abstract monitor is told too" {
	start_vm --machine none -- -chardev "socket,id=abs,path=qmpbox-test-$$-$BATS_TEST_NUMBER,abstract=on,server=on,wait=off" \
		-mon chardev=abs,mode=control
	S=@qmpbox-test-$$-$BATS_TEST_NUMBER
	spawn "$T/held" /dev/null socat -t 86400 - "ABSTRACT-CONNECT:${S#@},shut-none"
	wait_for 10 grep -q QMP "$T/held"
	qb -t 0.4 status
	outcome 3 '' "~no greeting from .*socat \(pid $SPAWN_PID\)"
}

@test "who holds a monitor is told when its queue is full as well" {
	local holder i
	start_vm --machine none
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none"
	holder=$SPAWN_PID
	wait_for 10 grep -q QMP "$T/held"
	for i in 1 2 3; do
		spawn "$T/waits$i" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none"
	done
	wait_for 10 queue_is_full
	milliseconds qb -t 0.4 status
	outcome 3 '' "~queue of waiting clients is full: .*socat \(pid $holder\)"
	between 350 1500
}

# queue_is_full: can nobody even connect to the monitor?
queue_is_full() { "$QMPBOX" -s "$S" -t 0.1 status 2>&1 | grep -q 'queue'; }

@test "it is free again once the holder has left" {
	local holder
	start_vm --machine none
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none"
	wait_for 10 grep -q QMP "$T/held"
	holder=$SPAWN_PID
	background status
	wait_for 5 has_socket "$QB_PID"
	stop_process "$holder"
	finish
	outcome 0 running ''
}

# --------------------------------------------------------------- broken early

@test "EOF before the greeting is status 3" {
	start_fake <<<close
	qb status
	outcome 3 '' '~without a greeting'
	fake_done
}

@test "EOF in the middle of the greeting is status 3" {
	start_fake <<<'send {"QMP": {"vers'
	qb status
	outcome 3 '' '~in the middle'
	fake_done
}

@test "EOF before the reply is status 5" {
	start_fake <<'EOF'
negotiate
expect query-status
EOF
	qb status
	outcome 5 '' '~^qmpbox status: query-status: .*ended'
	fake_done
}

@test "EOF in the middle of the reply is status 5" {
	start_fake <<'EOF'
negotiate
expect query-status
send {"return": {"stat
EOF
	qb status
	outcome 5 '' '~in the middle'
	fake_done
}

@test "a reset before the reply is status 5" {
	start_fake <<'EOF'
negotiate
expect query-status
reset
EOF
	qb status
	outcome 5 '' '~^qmpbox status: query-status: '
	fake_done
}

@test "a connection that ends with the VM's shutdown says so" {
	start_fake <<'EOF'
negotiate
expect query-status
event SHUTDOWN {"guest": true, "reason": "guest-shutdown"}
EOF
	qb --json status
	outcome 5 '' '~^\{"error":'
	output=$stderr
	assert_json '.error.kind == "protocol" and .error.command == "query-status" and
		(.error.message | test("shut down"))'
	fake_done
}

@test "a reset after the reply to quit is no error" {
	start_fake <<'EOF'
negotiate
expect quit
event SHUTDOWN {"guest": false, "reason": "host-qmp-quit"}
reply {}
reset
EOF
	qb exec quit
	outcome 0 '' ''
	fake_done
}

@test "a peer that greets and closes is status 5, not SIGPIPE" {
	start_fake <<'EOF'
greet
close
EOF
	qb status
	outcome 5 '' '~^qmpbox status: '
	fake_done
}

@test "a peer that closes while a large request is being written is status 5" {
	requires head base64
	head -c 3000000 /dev/zero | base64 -w 0 >"$T/big"
	start_fake <<'EOF'
greet
expect qmp_capabilities
reset
EOF
	qb exec x "big=@$T/big"
	outcome 5 '' '~^qmpbox exec: (x|query-target): '
	fake_done
}

@test "quit ends a real VM and a real storage daemon: status 0" {
	start_vm --machine none
	qb exec quit
	outcome 0 '' ''
	wait_for 5 exited "$VM_PID"
	start_qsd
	qb --json exec quit
	outcome 0 '{}' ''
	wait_for 5 exited "$VM_PID"
}

# ------------------------------------------------------------------ time-outs

@test "no reply within --timeout is status 4, and the outcome is open" {
	start_fake <<'EOF'
negotiate
expect stop
hang
EOF
	milliseconds qb -t 0.4 pause
	outcome 4 '' '~^qmpbox pause: stop: no reply .*may still take effect'
	between 350 1500
	fake_done
}

@test "no reply within --reply-timeout is status 4" {
	start_fake <<'EOF'
negotiate
expect query-status
hang
EOF
	milliseconds qb --reply-timeout 0.4 --json status
	outcome 4 '' '~^\{"error":'
	between 350 1500
	output=$stderr
	assert_json '.error.kind == "timeout" and .error.command == "query-status"'
	fake_done
}

@test "events do not put the time-out off" {
	start_fake <<'EOF'
negotiate
expect query-status
may-close
loop 8
event STOP
delay 100
end
EOF
	milliseconds qb -t 0.4 status
	outcome 4 '' '~no reply'
	between 350 1500
	fake_done
}

@test "a reply that trickles in does not put the time-out off" {
	start_fake <<'EOF'
negotiate
expect query-status
may-close
drip 1 50 {"return": {"status": "running", "running": true}, "id": 2}
EOF
	milliseconds qb -t 0.4 status
	outcome 4 '' '~no reply'
	between 350 1500
}

# --------------------------------------------------------------------- limits

@test "a reply larger than --max-message is status 5" {
	start_fake <<'EOF'
negotiate
expect x
may-close
send {"return": "
bytes 100000 a
line ", "id": 2}
hang
EOF
	qb --max-message 64K exec x
	outcome 5 '' '~^qmpbox exec: x: '
	fake_done
}

@test "a reply just below --max-message is taken" {
	start_fake <<'EOF'
negotiate
expect query-x
send {"return": "
bytes 65000 a
line ", "id": 2}
expect-eof
EOF
	qb --max-message 64K exec query-x
	outcome 0 '~^a+$' ''
	assert_equal "${#output}" 65000
	fake_done
}

@test "1024 levels of nesting are taken, 1025 are status 5" {
	local n
	for n in 1023 1024; do
		start_fake <<EOF
negotiate
expect query-x
may-close
send {"return":
repeat $n [
repeat $n ]
line ,"id":2}
hang
EOF
		qb --json exec query-x
		if ((n == 1023)); then
			outcome 0 '~^\[{1023}\]{1023}$' ''
		else
			outcome 5 '' '~^\{"error":\{"kind":"protocol"'
		fi
		fake_done
	done
}

@test "a request that the peer does not read at once arrives whole" {
	requires base64
	head -c 1572864 /dev/urandom | base64 -w 0 >"$T/big"
	start_fake <<'EOF'
greet
no-read
delay 300
resume-read
expect qmp_capabilities
reply {}
expect x
reply {"status": "ok"}
expect-eof
EOF
	qb --json exec x "big=@$T/big"
	outcome 0 '{"status":"ok"}' ''
	fake_done
	sed -n 's/^< \({"execute":"x".*}\)$/\1/p' "$FAKE_LOG" | jq -j .arguments.big >"$T/got"
	cmp "$T/big" "$T/got"
}

@test "a request that the peer reads slowly arrives whole" {
	start_fake <<'EOF'
greet
read-slowly 1
expect qmp_capabilities
reply {}
expect x {"a": "0123456789012345678901234567890123456789"}
reply {}
expect-eof
EOF
	qb exec x a=0123456789012345678901234567890123456789
	outcome 0 '' ''
	fake_done
}

@test "a large request is not read in time: status 4" {
	head -c 2097152 /dev/zero | tr '\0' a >"$T/big"
	start_fake <<'EOF'
greet
no-read
delay 1000
EOF
	milliseconds qb -t 0.4 exec x "big=@$T/big"
	outcome 4 '' '~^qmpbox exec: (x|query-target): no reply'
	between 350 1500
}

# -------------------------------------------------------------------- exactness

@test "integers go from the wire to stdout digit for digit" {
	answers '{"a": 18446744073709551615, "b": -9223372036854775808, "c": 9007199254740993, "d": -1, "e": 0}'
	qb --json exec x
	outcome 0 '{"a":18446744073709551615,"b":-9223372036854775808,"c":9007199254740993,"d":-1,"e":0}' ''
	fake_done
	answers '[18446744073709551615, -9223372036854775808, 9007199254740993]'
	qb exec x
	outcome 0 '~18446744073709551615' ''
	assert_regex "$output" '-9223372036854775808'
	assert_regex "$output" '9007199254740993$'
	fake_done
}

@test "numbers keep their spelling" {
	answers '[1e3, 1.50, 0.1, -0, 123456789012345678901234567890]'
	qb --json exec x
	outcome 0 '[1e3,1.50,0.1,-0,123456789012345678901234567890]' ''
	fake_done
}

@test "QEMU's bare inf becomes JSON" {
	answers_raw '{"v": inf, "w": 1}'
	qb --json exec query-x
	outcome 0 '{"v":1e999,"w":1}' ''
	fake_done
}

@test "integers go from the command line to the wire digit for digit" {
	start_fake <<'EOF'
negotiate
expect-exact {"execute":"x","arguments":{"a":18446744073709551615,"b":-9223372036854775808,"c":[9007199254740993,-1,0],"d":"18446744073709551616"},"id":$id}
reply {}
expect-eof
EOF
	qb exec x a:=18446744073709551615 b:=-9223372036854775808 'c:=[9007199254740993, -1, 0]' \
		d=18446744073709551616
	outcome 0 '' ''
	fake_done
}

@test "the members of a return keep their order" {
	answers '{"z": 1, "a": {"c": 1, "b": 2}, "m": [3, 1, 2]}'
	qb --json exec x
	outcome 0 '{"z":1,"a":{"c":1,"b":2},"m":[3,1,2]}' ''
	fake_done
}

@test "\\u0000 in a string is kept" {
	answers '{"a": "x\u0000y"}'
	qb --json exec x
	outcome 0 '{"a":"x\u0000y"}' ''
	fake_done
	answers '"x\u0000y"'
	qb exec x
	outcome 0 '~^x.+y$' ''
	fake_done
}

@test "invalid UTF-8 on the wire is status 5" {
	answers_raw '"a\xff\xfeb"'
	qb --json exec query-x
	outcome 5 '' '~"kind":"protocol"'
	answers_raw '"\xed\xa0\x80"' # a surrogate
	qb --json exec query-x
	outcome 5 '' '~"kind":"protocol"'
}

@test "a member twice at the top of a reply is status 5" {
	start_fake <<'EOF'
negotiate
expect x
may-close
line {"return": 1, "return": 2, "id": 2}
hang
EOF
	qb --json exec x
	outcome 5 '' '~"kind":"protocol"'
	fake_done
}

@test "a key twice inside a return is passed on as it came" {
	answers_raw '{"a": 1, "a": 2}'
	qb --json exec query-x
	outcome 0 '{"a":1,"a":2}' ''
	fake_done
}

# ------------------------------------------------------------------- a terminal

# on_terminal ARG...: qmpbox with a pty as stdin, stdout and stderr.
on_terminal() {
	requires script
	run timeout 60 script -qec "$(printf '%q ' "$QMPBOX" -s "$S" "$@")" /dev/null 3>&-
}

@test "control characters are escaped on a terminal" {
	answers '{"a\u001b]0;x\u0007": "b\u001b[31m\u009b2J\u202ec", "d": ["\r\b\u007f"]}'
	on_terminal exec x
	assert_success
	output=${output//$'\r'/}
	assert_regex "$output" 'b[^c]*\[31m.*c'
	refute_regex "$output" $'[\x01-\x09\x0b-\x1f\x7f]'
	refute_regex "$output" $'\xc2\x9b'
	refute_regex "$output" $'\u202e'
	fake_done
}

@test "an error from the VM cannot drive the terminal" {
	start_fake < <(printf '%s\n' negotiate 'expect x' $'error GenericError bad \e[31m thing' expect-eof)
	qb exec x
	outcome 1 '' '~^qmpbox exec: x: bad .*\[31m thing \(GenericError\)$'
	refute_regex "$stderr" $'\e'
	fake_done
}

@test "a string alone is text of its own, with its lines" {
	answers '"one\r\ntwo\u001b\n"'
	qb exec x
	outcome 0 '~^one' ''
	assert_equal "${#lines[@]}" 2
	refute_regex "$output" $'\e'
	fake_done
}

# ----------------------------------------------------------------- transcript

@test "-v shows every message on stderr" {
	start_fake < <(with_status)
	qb -v status
	outcome 0 running '~"QMP"'
	assert_regex "$stderr" '-> \{"execute":"qmp_capabilities"'
	assert_regex "$stderr" '-> \{"execute":"query-status"'
	assert_regex "$stderr" '<- \{"return":\{"status":"running"'
	fake_done
}

@test "with --json every line of -v is a JSON document" {
	start_fake <<'EOF'
negotiate
expect query-x
event STOP
error GenericError no
expect-eof
EOF
	qb -v --json exec query-x
	outcome 1 '' '~"QMP"'
	output=$stderr
	assert_json -s 'map(type == "object") | all'
	assert_json -s 'map(.sent.execute // empty)[0:2] == ["qmp_capabilities", "query-x"]'
	assert_json -s 'map(.received // empty) | map(has("QMP", "event")) | any'
	assert_json -s '.[-1].error | .kind == "refused" and .class == "GenericError" and .desc == "no" and .command == "query-x"'
	jq -ce . <<<"$output" >/dev/null
	assert_equal "$(wc -l <<<"$output")" "$(jq -c . <<<"$output" | wc -l)"
	fake_done
}

@test "--log appends, is private, and has time and direction" {
	local lines_before
	start_fake < <(with_status)
	qb --log "$T/log" status
	outcome 0 running ''
	assert_equal "$(stat -c %a "$T/log")" 600
	assert_regex "$(<"$T/log")" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z <- \{"QMP"'
	lines_before=$(wc -l <"$T/log")
	fake_done
	start_fake < <(with_status)
	qb --log "$T/log" status
	outcome 0 running ''
	assert_equal "$(wc -l <"$T/log")" "$((lines_before * 2))"
	assert_equal "$(grep -c -- '-> {"execute":"query-status"' "$T/log")" 2
	fake_done
}

@test "--log is private whatever the umask" {
	start_fake < <(with_status)
	umask 0
	qb --log "$T/log" status
	outcome 0 running ''
	assert_equal "$(stat -c %a "$T/log")" 600
	fake_done
}

@test "a log that cannot be opened is status 8, before anything is sent" {
	qb --log "$T/none/log" status
	outcome 8 '' '~none/log'
}

@test "secrets are in no log, no trace and no error" {
	start_fake <<'EOF'
negotiate
serve
EOF
	qb -v --log "$T/log" exec object-add qom-type=secret id=s data=Hunter2
	outcome 0 '' '~object-add'
	refute_regex "$stderr$(<"$T/log")" Hunter2
	assert_regex "$(<"$FAKE_LOG")" '"data":"Hunter2"'
}

@test "a password is in no log and no trace" {
	start_fake <<'EOF'
negotiate
serve
EOF
	qb -v --json --log "$T/log" exec set_password '{"protocol":"vnc","password":"Hunter2"}'
	outcome 0 '{}' '~set_password'
	refute_regex "$stderr$(<"$T/log")" Hunter2
	assert_regex "$(<"$FAKE_LOG")" Hunter2
}

@test "secrets of exec - are in no log and no trace" {
	start_fake <<'EOF'
negotiate
serve
EOF
	echo '{"execute":"object-add","arguments":{"qom-type":"secret","id":"s","data":"Hunter2"}}' >"$T/in"
	qb -v --log "$T/log" exec - <"$T/in"
	outcome 0 '{"return":{}}' '~object-add'
	refute_regex "$stderr$(<"$T/log")" Hunter2
	assert_regex "$(<"$FAKE_LOG")" Hunter2
}

# ------------------------------------------------------------- stdout, signals

@test "a full stdout is status 8" {
	start_fake < <(with_status)
	run --separate-stderr bash -c '"$@" >/dev/full' - "$QMPBOX" -s "$S" status 3>&-
	outcome 8 '' '~^qmpbox status: .*stdout'
	fake_done
}

@test "a closed stdout is status 8, and nothing goes to the VM instead" {
	start_fake < <(with_status)
	run --separate-stderr bash -c '"$@" >&-' - "$QMPBOX" -s "$S" status 3>&-
	outcome 8 '' '~^qmpbox status: .*stdout'
	fake_done
}

@test "closed stdin and stderr do no harm" {
	start_fake < <(with_status)
	run --separate-stderr bash -c '"$@" <&- 2>&-' - "$QMPBOX" -s "$S" -v status 3>&-
	outcome 0 running ''
	fake_done
}

@test "a closed pipe is status 141, quietly" {
	answers "\"$(head -c 300000 /dev/zero | tr '\0' a)\""
	# shellcheck disable=SC2016
	run --separate-stderr bash -c '"$@" | true; exit "${PIPESTATUS[0]}"' - "$QMPBOX" -s "$S" exec x 3>&-
	outcome 141 '' ''
}

@test "SIGINT, SIGTERM and SIGHUP while waiting for a reply are 130, 143 and 129" {
	local pair
	for pair in INT:130 TERM:143 HUP:129; do
		start_fake <<'EOF'
negotiate
expect query-status
hang
EOF
		background status
		wait_for 5 grep -q 'query-status' "$FAKE_LOG"
		kill -s "${pair%:*}" "$QB_PID"
		finish
		outcome "${pair#*:}" '' '~^qmpbox status: .*interrupted'
		fake_done
	done
}

@test "a reader of stdout that has stopped does not keep SIGTERM off" {
	local pipe byte
	answers "\"$(head -c 300000 /dev/zero | tr '\0' a)\""
	mkfifo "$T/pipe"
	exec {pipe}<>"$T/pipe"
	spawn "$T/pipe" "$T/qb.err" env --default-signal=TERM "$QMPBOX" -s "$S" exec x
	IFS= read -r -N 1 -t 10 -u "$pipe" byte
	assert_equal "$byte" a
	kill -s TERM "$SPAWN_PID"
	wait_for 5 exited "$SPAWN_PID"
	status=0
	wait "$SPAWN_PID" || status=$?
	output='' stderr=$(<"$T/qb.err")
	outcome 143 '' '~interrupted'
	exec {pipe}>&-
}

@test "SIGINT while waiting for the greeting is 130" {
	start_fake <<<'expect-quiet 5000'
	background status
	wait_for 5 has_socket "$QB_PID"
	kill -s INT "$QB_PID"
	finish
	outcome 130 '' '~interrupted'
	fake_done
}

@test "an ignored SIGHUP stays ignored, as under nohup" {
	start_fake <<'EOF'
negotiate
expect query-status
delay 300
reply {"status": "running"}
expect-eof
EOF
	SEQUENCE=$((SEQUENCE + 1))
	QB_OUT=$T/out QB_ERR=$T/err
	spawn "$QB_OUT" "$QB_ERR" env --ignore-signal=HUP "$QMPBOX" -s "$S" status
	QB_PID=$SPAWN_PID
	wait_for 5 grep -q 'query-status' "$FAKE_LOG"
	kill -s HUP "$QB_PID"
	finish
	outcome 0 running ''
	fake_done
}

# ------------------------------------------------------------------ addresses

@test "address: ./relative, a bare name, unix:PATH and QMPBOX_SOCKET" {
	local address
	cd "$T" || return 1
	for address in ./name name unix:name "unix:$T/name" "$T/name"; do
		fake_at "$T/name" < <(with_status)
		S=$address
		qb status
		outcome 0 running ''
		fake_done
	done
	fake_at "$T/name" < <(with_status)
	QMPBOX_SOCKET=./name run --separate-stderr "$QMPBOX" status 3>&-
	outcome 0 running ''
	fake_done
}

@test "address: -s wins over QMPBOX_SOCKET" {
	start_fake < <(with_status)
	QMPBOX_SOCKET=/nonexistent qb status
	outcome 0 running ''
	fake_done
}

@test "address: a path longer than sun_path" {
	local long
	start_fake < <(with_status)
	long=$T/$(printf 'x%.0s' {1..120})
	mkdir "$long"
	mv "$S" "$long/qmp"
	S=$long/qmp
	qb status
	outcome 0 running ''
	fake_done
}

@test "address: @abstract" {
	S=@qmpbox-test-$$-$BATS_TEST_NUMBER
	fake_at "$S" < <(with_status)
	qb status
	outcome 0 running ''
	fake_done
}

@test "address: tcp:HOST:PORT, HOST:PORT and a name" {
	local prefix
	for prefix in tcp:127.0.0.1 127.0.0.1 localhost tcp:localhost; do
		fake_at tcp:127.0.0.1:0 < <(with_status)
		S=$prefix:$PORT
		qb status
		outcome 0 running ''
		fake_done
	done
}

@test "address: IPv6 in brackets" {
	local prefix
	grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || skip 'needs IPv6 on the loopback interface'
	for prefix in 'tcp:[::1]' '[::1]'; do
		fake_at 'tcp:[::1]:0' < <(with_status)
		S=$prefix:$PORT
		qb status
		outcome 0 running ''
		fake_done
	done
}

@test "address: fd:N, an inherited TCP connection" {
	local fd
	fake_at tcp:127.0.0.1:0 < <(with_status)
	exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	S=fd:$fd
	qb status
	outcome 0 running ''
	exec {fd}<&-
	fake_done
}

@test "address: fd:N, an inherited unix socket" {
	requires socat
	start_fake < <(with_status)
	# stdin is the socket that socat made; it relays.
	cat >"$T/client" <<'EOF'
#!/bin/sh
"$QMPBOX" -s fd:0 status >"$OUT" 2>"$OUT.err"
echo $? >"$OUT.status"
EOF
	chmod +x "$T/client"
	QMPBOX=$QMPBOX OUT=$T/out timeout 30 socat "UNIX-CONNECT:$S" "EXEC:$T/client" 3>&-
	status=$(<"$T/out.status") output=$(<"$T/out") stderr=$(<"$T/out.err")
	outcome 0 running ''
	fake_done
}

@test "address: fd:N that is no socket, or not open, is status 3" {
	S=fd:9
	qb status 9<&-
	outcome 3 '' '~fd:9'
	qb status 9</dev/null
	outcome 3 '' '~fd:9'
}

@test "address: nobody there is status 3 and says why" {
	S=$T/nothing
	qb status
	outcome 3 '' '~no such socket'
	S=$T
	qb status
	outcome 3 '' '~directory'
	: >"$T/file"
	S=$T/file
	qb status
	outcome 3 '' '~file'
	start_fake < <(with_status)
	kill -KILL "$FAKE_PID"
	wait_for 5 exited "$FAKE_PID"
	qb status
	outcome 3 '' '~nobody listens'
}

@test "address: a TCP port where nobody listens is status 3" {
	S=tcp:127.0.0.1:1
	qb status
	outcome 3 '' '~^qmpbox status: cannot connect to tcp:127.0.0.1:1: Connection refused$'
}

@test "address: a host that does not exist is status 3" {
	S=tcp:no-such-host.invalid:1
	milliseconds qb -t 2 status
	outcome 3 '' '~^qmpbox status: cannot find no-such-host.invalid: '
	between 0 4000
}

@test "address: what is none is status 2, a word that nobody answers to is 3" {
	local address
	for address in tcp:nohost tcp:host:0 tcp:host:70000 fd: fd:x @ unix: pid: pid:x pid:0; do
		S=$address
		qb status
		outcome 2 '' '~^qmpbox status: address '
	done
	for address in nothing-here '[::1]' a/b; do
		S=$address
		qb status
		outcome 3 '' '~^qmpbox status: address '
	done
	S=
	qb status
	outcome 2 '' '~^qmpbox status: '
}

@test "address: what comes later says so, status 2" {
	local address
	for address in vsock:3:1 ssh://host/path; do
		S=$address
		qb status
		outcome 2 '' '~not supported yet'
	done
}
