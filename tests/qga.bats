#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest agent at the other end (--qga): a real one on this machine, in which
# whatever would touch the machine is disabled, and scripted ones for what a real
# one cannot be asked to do.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# qga ARG...: qb with --qga.
qga() { qb --qga "$@"; }

# an_info: the return of guest-info that the scripted agents give.
an_info() {
	cat <<'EOF'
{"version": "9.9.9", "supported_commands": [{"name": "guest-ping", "enabled": true, "success-response": true}, {"name": "guest-info", "enabled": true, "success-response": true}, {"name": "guest-get-time", "enabled": true, "success-response": true}, {"name": "guest-set-time", "enabled": false, "success-response": true}, {"name": "guest-shutdown", "enabled": true, "success-response": false}, {"name": "guest-nap", "enabled": true, "success-response": false}]}
EOF
}

# knowing LINE...: a scripted agent that synchronizes, tells what it has, and
# then does this.
knowing() {
	start_fake < <(
		printf 'sync\nexpect guest-info\nreply '
		an_info
		printf '%s\n' "$@"
	)
}

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

# ------------------------------------------------------------- a real agent

@test "guest-ping, again and again" {
	local i
	start_qga
	for i in 1 2 3; do
		qga exec guest-ping
		outcome 0 '' ''
	done
	qga --json exec guest-ping
	outcome 0 '{}' ''
}

@test "info" {
	start_qga
	qga --json info
	outcome 0 '~^\{' ''
	assert_json --arg s "$S" '.address == $s and (.version | test("^[0-9]+\\.[0-9]+")) and .commands > 30 and
		(.disabled | index("guest-set-time"))'
	qga info
	outcome 0 '~version: +[0-9]' ''
}

@test "info --has: what is disabled counts as lacking" {
	start_qga
	qga info --has guest-ping guest-exec
	outcome 0 '~guest-exec: yes' ''
	qga --json info --has guest-ping guest-set-time nope guest-set-time
	outcome 10 '{"guest-ping":true,"guest-set-time":false,"nope":false}' '~^\{"error":'
	qga info --has guest-set-time nope
	outcome 10 '~guest-set-time: no' '~lacks guest-set-time \(it is disabled\), nope$'
}

@test "values, numbers and what the agent says of itself" {
	local now
	start_qga
	printf -v now '%(%s)T' -1
	qga --json exec guest-get-time
	outcome 0 '~^[0-9]{19}$' ''
	((output / 1000000000 - now < 60)) || fail "the time is $output"
	qga --json exec guest-get-host-name
	assert_json --arg name "$(uname -n)" '."host-name" == $name'
	qga --json exec guest-get-osinfo
	assert_json --arg machine "$(uname -m)" '.machine == $machine'
	qga exec guest-sync id=5
	outcome 1 '' '~KEY:=JSON'
	qga exec guest-sync id:=9007199254740993
	outcome 0 9007199254740993 ''
}

@test "the raw guest-sync-delimited, whose reply has a 0xFF before it" {
	start_qga
	qga exec guest-sync-delimited id:=77
	outcome 0 77 ''
	qga exec - <<<'{"execute":"guest-sync-delimited","arguments":{"id":1}}{"execute":"guest-ping"}'
	outcome 0 $'{"return":1}\n{"return":{}}' ''
}

@test "a file in the guest is written and read back, several MB of it" {
	requires head base64 cmp
	local handle
	start_qga
	head -c 3000000 /dev/urandom >"$T/data"
	base64 -w 0 "$T/data" >"$T/data.b64"
	qga exec guest-file-open "path=$T/there" mode=w
	outcome 0 '~^[0-9]+$' ''
	handle=$output
	qga --json exec guest-file-write "handle:=$handle" "buf-b64=@$T/data.b64"
	outcome 0 '{"count":3000000,"eof":false}' ''
	qga exec guest-file-close "handle:=$handle"
	outcome 0 '' ''
	cmp "$T/data" "$T/there"
	qga exec guest-file-open "path=$T/there" mode=r
	handle=$output
	qga --json exec guest-file-read "handle:=$handle" count:=4000000
	assert_equal "$status" 0
	jq -r '."buf-b64"' <<<"$output" | base64 -d | cmp - "$T/data"
	qga exec guest-file-close "handle:=$handle"
	outcome 0 '' ''
	qga exec guest-file-read "handle:=$handle"
	outcome 1 '' '~^qmpbox exec: guest-file-read: .*GenericError'
}

@test "the contents of files are in no trace" {
	local handle
	start_qga
	echo c2VjcmV0 >"$T/there"
	qga exec guest-file-open "path=$T/there" mode=r+
	handle=$output
	qga -v --log "$T/log" exec guest-file-read "handle:=$handle"
	outcome 0 '~YzJWamNtVjA' '~"buf-b64":"\*\*\*"'
	qga -v --log "$T/log" exec guest-file-write "handle:=$handle" buf-b64=YzJWamNtVjA=
	outcome 0 '~count: 8' '~"buf-b64":"\*\*\*"'
	run ! grep -q YzJWamNtVjA "$T/log"
	grep -q guest-sync-delimited "$T/log"
}

# has_exited PID: has the command that guest-exec began? Keeps what is known of it.
has_exited() {
	qga --json exec guest-exec-status "pid:=$1"
	printf '%s\n' "$output" >"$T/status"
	assert_json .exited
}

@test "guest-exec: what was printed, and the status" {
	start_qga
	qga --json exec guest-exec path=/bin/sh 'arg:=["-c","echo \"a  b\"; exit 3"]' capture-output:=true
	outcome 0 '~^\{"pid":[0-9]+\}$' ''
	wait_for 10 has_exited "$(jq .pid <<<"$output")"
	assert_equal "$(jq -r '."out-data"' "$T/status" | base64 -d)" 'a  b'
	assert_equal "$(jq -c .exitcode "$T/status")" 3
	qga exec guest-exec path=/bin/true
	outcome 0 '~^pid: [0-9]+$' ''
}

@test "a name that the agent does not have: status 2, the nearest one, and it is not sent" {
	start_qga
	qga -v exec guest-get-tmie
	outcome 2 '' "~guest-get-tmie: this guest agent has no such command; did you mean 'guest-get-time'\?"
	refute_regex "$stderr" '"execute":"guest-get-tmie"'
	qga --json exec query-status
	outcome 2 '' '~"kind":"usage"'
}

@test "a disabled command is status 6, and it is not sent" {
	start_qga
	qga -v exec guest-set-time
	outcome 6 '' '~guest-set-time is disabled in this guest agent'
	refute_regex "$stderr" '"execute":"guest-set-time"'
}

@test "what needs a monitor says so: status 6, and nobody is asked" {
	local words
	S=$T/nobody
	for words in status query-pci pause resume 'unplug-disk d' 'ringbuf-read r' "hotplug-disk d $T/x"; do
		# shellcheck disable=SC2086
		qga $words
		outcome 6 '' "~^qmpbox ${words%% *}: --qga: a guest agent has no such thing"
	done
}

@test "descriptors and out-of-band execution are status 2, and nothing is sent" {
	start_qga
	echo hello >"$T/file"
	qga -v exec guest-ping --open "x=$T/file"
	outcome 2 '' '~descriptor cannot be passed to a guest agent'
	refute_regex "$stderr" '"execute":"guest-ping"'
	qga -v exec guest-file-open path=@fdset:x --open "x=$T/file"
	outcome 2 '' '~descriptor cannot be passed to a guest agent'
	refute_regex "$stderr" 'add-fd"|"execute":"guest-file-open"'
	qga -v exec guest-ping --oob
	outcome 2 '' '~--oob: a guest agent'
	refute_regex "$stderr" '->'
}

@test "exec -: many commands, with their ids" {
	local i
	start_qga
	for i in {1..200}; do
		echo '{"execute":"guest-sync","arguments":{"id":'"$i"'},"id":"n'"$i"'"}'
	done >"$T/in"
	qga exec - <"$T/in"
	assert_equal "$status" 0
	assert_equal "$output" "$(for i in {1..200}; do echo '{"return":'"$i"',"id":"n'"$i"'"}'; done)"
	qga exec - <<<'{"execute":"nope","id":{}}{"execute":"guest-ping"}'
	outcome 6 '~^\{"error":.*,"id":\{\}\}.\{"return":\{\}\}$' '~command 1 of the input: nope'
}

@test "--dry-run asks what there is and sends nothing else" {
	start_qga
	qga -v --dry-run exec guest-file-open "path=$T/there" mode=w
	outcome 0 "{\"message\":{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"$T/there\",\"mode\":\"w\"}}}" \
		'~guest-info'
	refute_regex "$stderr" '"execute":"guest-file-open"'
	[[ ! -e $T/there ]]
}

@test "the half request of an earlier client does not disturb" {
	requires socat
	start_qga
	# It reads its replies: an agent that cannot write them ends by itself.
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none" \
		<<<'{"execute":"guest-info"}{"execute":"guest-get-time","arguments":{"a'
	wait_for 10 grep -q supported_commands "$T/held"
	stop_process "$SPAWN_PID"
	qga exec guest-ping
	outcome 0 '' ''
}

@test "who holds the agent is told by name and pid" {
	requires socat
	start_qga
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none" <<<'{"execute":"guest-ping"}'
	wait_for 10 grep -q return "$T/held"
	milliseconds qga -t 0.4 exec guest-ping
	outcome 3 '' "~no guest agent answered at .*socat \(pid $SPAWN_PID\)"
	between 350 1500
}

@test "without --qga an agent does not greet, and the option is named" {
	start_qga
	qb -t 0.3 status
	outcome 3 '' '~no greeting from .*needs --qga'
}

@test "--qga at a monitor says that it is one" {
	start_vm --machine none
	qga exec guest-ping
	outcome 3 '' '~is a QMP monitor, no guest agent: leave --qga out'
	qb status
	outcome 0 running ''
}

@test "a port of a VM in which no agent runs: status 3" {
	start_vm --machine q35 -- -device virtio-serial-pci,bus=rp0 -chardev "$(qmp_socket qga "$T/port")" \
		-device virtserialport,chardev=qga,name=org.qemu.guest_agent.0
	S=$T/port
	milliseconds qga -t 0.5 exec guest-ping
	outcome 3 '' '~no guest agent answered at .*does not run in the guest'
	between 450 1600
}

# --------------------------------------------------------- synchronizing

@test "all that comes before the reply to our number is thrown away" {
	start_fake <<'EOF'
send {"return": {}, "id": 1}\n{"error": {"class": "GenericError", "desc": "stale"}}\n
expect-sync
send {"return": {}, "id": 1}\n{"error": {"class": "GenericError", "desc": "JSON parse error"}}\n
send \xff
send \xff\xff{"return": 4}\n
send \xff{"return": "x"}\n\xff{"return": -5}\n\xff{"error": {"class": "GenericError", "desc": "x"}}\n
send \xffgarbage {{{ [[[ "
send {"return": 1
reply-sync
expect guest-ping
reply {}
expect-eof
EOF
	qga exec guest-ping
	outcome 0 '' ''
	fake_done
}

@test "the reply comes byte by byte, and the next message with it" {
	start_fake <<'EOF'
expect-sync
delay 20
send \xff{"ret
delay 20
send urn": 3}\n
reply-sync
send \n
expect guest-ping
send \xff\n
reply {}
expect-eof
EOF
	qga exec guest-ping
	outcome 0 '' ''
	fake_done
}

@test "the number of the synchronization is another one each time" {
	start_fake --connections 2 <<'EOF'
sync
expect guest-ping
reply {}
expect-eof
EOF
	qga exec guest-ping
	outcome 0 '' ''
	qga exec guest-ping
	outcome 0 '' ''
	fake_done
	assert_equal "$(grep -o '"id":[0-9]\{6,\}' "$FAKE_LOG" | sort -u | wc -l)" 2
}

@test "the reply to another number is none" {
	start_fake <<'EOF'
expect-sync
send \xff{"return": 12345}\n
may-close
expect-quiet 2000
EOF
	milliseconds qga -t 0.4 exec guest-ping
	outcome 3 '' '~no guest agent answered'
	between 350 1500
	fake_done
}

@test "an agent that never answers: status 3 in time" {
	start_fake <<'EOF'
expect-sync
expect-quiet 2000
EOF
	milliseconds qga --json -t 0.4 exec guest-ping
	outcome 3 '' '~^\{"error":\{"kind":"connect","message":"no guest agent answered'
	between 350 1500
	fake_done
}

@test "a flood of garbage: status 3 in time, and no memory is taken for it" {
	local what
	for what in x '\xff' '\xff{\x22return\x22:[' '\xff{}'; do
		start_fake < <(printf 'may-close\nexpect-sync\nrepeat 900000000 %s\nhang\n' "$what")
		# 200 MB of address space are more than enough, unless it is kept.
		milliseconds run --separate-stderr timeout 20 bash -c 'ulimit -v "$1"; shift; exec "$@"' - \
			"$(address_space)" "$QMPBOX" -s "$S" --qga -t 1 exec guest-ping 3>&-
		outcome 3 '' '~no guest agent answered'
		between 900 4000
		stop_process "$FAKE_PID"
	done
}

# address_space: a limit in KiB; a sanitizer's shadow does not live with one.
address_space() {
	if grep -qa __asan_init "$QMPBOX"; then echo unlimited; else echo 200000; fi
}

@test "a connection that ends before the answer: status 3" {
	start_fake <<'EOF'
expect-sync
send \xff{"retu
EOF
	qga exec guest-ping
	outcome 3 '' '~closed the connection before a guest agent answered'
	fake_done
}

@test "a connection that ends in the middle of a reply: status 5" {
	start_fake <<'EOF'
sync
expect guest-ping
send {"return": 
EOF
	qga exec guest-ping
	outcome 5 '' '~guest-ping: no reply came: .*in the middle of a message'
	fake_done
}

@test "no reply in time: status 4" {
	start_fake <<'EOF'
sync
expect guest-ping
hang
EOF
	milliseconds qga -t 0.5 exec guest-ping
	outcome 4 '' '~guest-ping: no reply came in time; it may still take effect$'
	between 450 1500
	fake_done
}

# ------------------------------------------------------- what guest-info says

@test "an agent whose guest-info is disabled is sent the command all the same" {
	start_fake <<'EOF'
sync
expect guest-info
error CommandNotFound Command guest-info has been disabled
expect guest-get-tmie
error CommandNotFound The command guest-get-tmie has not been found
expect-eof
EOF
	qga exec guest-get-tmie
	outcome 6 '' '~guest-get-tmie: The command .* not been found \(CommandNotFound\); a guest agent is at'
	fake_done
}

@test "an agent whose guest-info is nonsense" {
	local info
	for info in '[]' 'null' '{}' '{"supported_commands": 5, "version": [1]}' '{"supported_commands": []}'; do
		start_fake < <(printf 'sync\nexpect guest-info\nreply %s\nexpect x\nreply 3\nexpect-eof\n' "$info")
		qga exec x
		outcome 0 3 ''
		fake_done
	done
	start_fake <<'EOF'
sync
expect guest-info
reply {"supported_commands": [1, {"name": 2}, {"name": "x", "enabled": 7, "success-response": []}]}
expect x
reply 3
expect-eof
EOF
	qga exec x
	outcome 0 3 ''
	fake_done
}

@test "what the guest says cannot drive the terminal" {
	start_fake <<'EOF'
sync
expect guest-info
reply {"version": "\u001b[31m7\u0007", "supported_commands": [{"name": "\u001b[2Jx", "enabled": false}]}
expect-eof
EOF
	qga info
	outcome 0 '~version: .*7' ''
	refute_regex "$output" $'[\x01-\x09\x0b-\x1f]'
	fake_done
	start_fake <<'EOF'
sync
expect guest-info
reply {"version": "7", "supported_commands": [{"name": "guest-\u001b[2J"}]}
expect-eof
EOF
	qga exec guest-
	outcome 2 '' '~no such command'
	refute_regex "$stderr" $'[\x01-\x09\x0b-\x1f]'
	fake_done
}

# --------------------------------- commands that answer only when they fail

@test "guest-shutdown: the ping behind it is answered: done" {
	knowing 'expect guest-shutdown {"mode": "reboot"}' 'expect guest-ping' 'reply {}' expect-eof
	milliseconds qga exec guest-shutdown mode=reboot
	outcome 0 '' ''
	between 0 3000
	fake_done
}

@test "the command and the ping leave in one write" {
	requires strace
	knowing 'expect guest-shutdown' 'expect guest-ping' 'reply {}' expect-eof
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # it fails under ptrace
	run --separate-stderr timeout 60 strace -f -s 200 -o "$T/trace" -e trace=sendmsg,sendto,write \
		"$QMPBOX" -s "$S" --qga exec guest-shutdown 3>&-
	outcome 0 '' ''
	grep -q 'guest-shutdown.*guest-ping' "$T/trace"
	fake_done
}

@test "guest-shutdown: its error comes: status 1" {
	knowing 'expect guest-shutdown' 'error GenericError child process has failed to shutdown' \
		'expect guest-ping' 'may-close' 'reply {}' expect-eof
	qga exec guest-shutdown
	outcome 1 '' '~guest-shutdown: child process has failed to shutdown \(GenericError\)'
	fake_done
}

@test "guest-shutdown: the connection ends: done" {
	knowing 'expect guest-shutdown' 'expect guest-ping' close
	qga --json exec guest-shutdown
	outcome 0 '{}' ''
	fake_done
	knowing 'expect guest-shutdown' reset
	qga exec guest-shutdown
	outcome 0 '' ''
	fake_done
}

@test "guest-shutdown: the connection ends in the middle of an error: not done" {
	knowing 'expect guest-shutdown' 'send {"error": {"class": "Gen'
	qga exec guest-shutdown
	outcome 5 '' '~guest-shutdown: no reply came'
	fake_done
}

@test "guest-shutdown: 5 seconds of silence: done, with a note" {
	knowing 'expect guest-shutdown' 'expect guest-ping' hang
	milliseconds qga exec guest-shutdown
	outcome 0 '' '~^qmpbox exec: note: guest-shutdown: the guest agent did not refuse it, and says no more$'
	between 4900 7000
	fake_done
}

@test "guest-shutdown: a time-out before that is status 4" {
	knowing 'expect guest-shutdown' 'expect guest-ping' hang
	milliseconds qga -t 0.5 exec guest-shutdown
	outcome 4 '' '~guest-shutdown: no reply came in time; it may still take effect'
	between 450 1500
	fake_done
}

@test "any command of which guest-info says so is silent, and those known by name without it" {
	knowing 'expect guest-nap' 'expect guest-ping' 'reply {}' expect-eof
	qga exec guest-nap
	outcome 0 '' ''
	fake_done
	start_fake <<'EOF'
sync
expect guest-info
error GenericError no
expect guest-suspend-ram
expect guest-ping
error CommandNotFound Command guest-ping has been disabled
expect-eof
EOF
	qga exec guest-suspend-ram
	outcome 0 '' ''
	fake_done
}

@test "exec -: a silent command between others" {
	start_fake <<'EOF'
sync
expect guest-ping
reply {}
expect guest-shutdown
expect guest-ping
reply {}
expect guest-ping
reply 7
expect-eof
EOF
	qga exec - <<<'{"execute":"guest-ping"}{"execute":"guest-shutdown","id":5}{"execute":"guest-ping"}'
	outcome 0 $'{"return":{}}\n{"return":{},"id":5}\n{"return":7}' ''
	fake_done
}

@test "Ctrl-C while silence is listened to is 130" {
	knowing 'expect guest-shutdown' 'expect guest-ping' hang
	background --qga exec guest-shutdown
	wait_for 5 grep -q '^< .*guest-ping' "$FAKE_LOG"
	kill -s INT "$QB_PID"
	finish
	outcome 130 '' '~interrupted'
}

# ------------------------------------------------------- in a real guest

# start_agent_guest: a guest with the agent of this machine in it; S becomes the
# agent's, MONITOR is the VM's. /sbin/shutdown there is for the test to write.
start_agent_guest() {
	requires_guest || return 1
	requires cpio gzip ldd
	local file agent
	agent=$(PATH=$PATH:/usr/sbin command -v "$QGA") || skip "needs $QGA"
	mkdir -p "$T/root/sbin" "$T/root/var/run"
	cp -L "$agent" "$T/root/sbin/agent"
	while read -r file; do
		mkdir -p "$T/root${file%/*}"
		cp -L "$file" "$T/root$file"
	done < <(ldd "$agent" | grep -o '/[^ ]*')
	(cd "$T/root" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$T/more"
	cat "$GUEST_DIR/initrd" "$T/more" >"$T/initrd"
	start_guest -- -initrd "$T/initrd" -m 256 -device virtio-serial-pci \
		-chardev "$(qmp_socket port "$T/port")" \
		-device virtserialport,chardev=port,name=org.qemu.guest_agent.0 || return 1
	MONITOR=$S
	S=$T/port
	# A console's ports have numbers from 1 on.
	guest_run '/sbin/agent -d -m virtio-serial -p /dev/vport*p1 -l /tmp/agent.log; echo' || return 1
	wait_for 20 agent_answers
}

# agent_answers: does it?
agent_answers() { "$QMPBOX" -s "$S" --qga -t 1 exec guest-ping; }

# guest_shuts_down_by CMD: what /sbin/shutdown in the guest does.
guest_shuts_down_by() {
	guest_run "printf '#!/bin/sh\n%s\n' '$1' >/sbin/shutdown; chmod 755 /sbin/shutdown"
}

@test "guest-shutdown by a real agent: refused, then done and answered" {
	start_agent_guest
	qga info --has guest-shutdown guest-suspend-ram
	outcome 0 '~guest-shutdown: +yes' ''
	guest_shuts_down_by 'exit 1'
	qga exec guest-shutdown
	outcome 1 '' '~guest-shutdown: .*GenericError'
	guest_shuts_down_by '(sleep 1; poweroff -f) &'
	qga exec guest-shutdown
	outcome 0 '' ''
	wait_for 20 exited "$VM_PID"
}

@test "guest-shutdown by a real agent that goes down before it can answer" {
	start_agent_guest
	guest_shuts_down_by 'poweroff -f'
	qga --json exec guest-shutdown
	outcome 0 '{}' ''
	wait_for 20 exited "$VM_PID"
}

@test "guest-suspend-ram: a guest that sleeps says no more; the VM's state is suspended" {
	start_agent_guest
	guest_run grep -qw mem /sys/power/state || skip 'this guest cannot suspend to RAM'
	qga exec guest-suspend-ram
	outcome 0 '' '~note: guest-suspend-ram: .*says no more'
	S=$MONITOR
	qb status
	outcome 0 suspended ''
}

@test "an agent in a VM that is paused does not answer: status 3" {
	start_agent_guest
	"$QMPBOX" -s "$MONITOR" pause
	qga -t 0.5 exec guest-ping
	outcome 3 '' '~no guest agent answered'
	"$QMPBOX" -s "$MONITOR" resume
	qga exec guest-ping
	outcome 0 '' ''
}
