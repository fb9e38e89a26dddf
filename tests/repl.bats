#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# repl without a terminal: scripts. The prompt is in prompt.bats.

load helpers
setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# script [OPTION...]: the lines of our stdin by repl on S.
script() { run --separate-stderr timeout 60 "$QMPBOX" -s "$S" repl "$@" 3>&-; }

# connections: how many clients fakeqmp has had.
connections() { grep -c 'qmp_capabilities' "$FAKE_LOG"; }

@test "lines run one after the other on one connection" {
	start_fake <<'EOT'
greet
expect qmp_capabilities
reply {}
expect query-status
reply {"status": "running", "running": true}
expect stop
reply {}
expect query-status
reply {"status": "paused", "running": false}
expect query-version
reply {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""}
expect-eof
EOT
	script <<'EOT'
# what follows is run

status
  # also a comment
pause --json
exec query-version --json
EOT
	assert_success
	assert_equal "$stderr" ""
	assert_equal "${lines[0]}" running
	assert_equal "${lines[1]}" '{"status":"paused","running":false}'
	assert_equal "${lines[2]}" '{"qemu":{"major":7,"minor":2,"micro":22},"package":""}'
	fake_done
}

@test "the first error ends a script, with its status and the number of its line" {
	start_vm --machine none
	script <<<$'status\n\n# three\nblockdev-del nothing\nstatus'
	assert_equal "$status" 1
	assert_equal "$output" running
	assert_equal "$stderr" "qmpbox blockdev-del: line 4: Failed to find node with node-name='nothing' (GenericError)"
	script <<<$'status\nstatu\nstatus'
	assert_equal "$status" 2
	assert_equal "$output" running
	assert_regex "$stderr" "^qmpbox statu: line 2: .*did you mean 'status'"
	script --json <<<$'status nothing'
	assert_equal "$status" 2
	assert_equal "$(jq -r .error.kind <<<"$stderr")" usage
	assert_regex "$(jq -r .error.message <<<"$stderr")" '^line 1: '
}

@test "--keep-going runs on, and ends with the status of the first error" {
	start_vm --machine none
	script --keep-going <<<$'status\nblockdev-del nothing\nstatu\nstatus'
	assert_equal "$status" 1
	assert_equal "$output" $'running\nrunning'
	assert_equal "${#stderr_lines[@]}" 2
	script --keep-going <<<$'status\n"\nstatus'
	assert_equal "$status" 2
	assert_equal "$output" $'running\nrunning'
	script --keep-going <<<$'status\n'
	assert_success
}

@test "exit ends it, with a status if one is given" {
	start_vm --machine none
	script <<<$'exit\nstatu'
	assert_success
	script <<<$'exit 42\nstatu'
	assert_equal "$status" 42
	script --keep-going <<<$'statu\nexit'
	assert_equal "$status" 2
	script --keep-going <<<$'statu\nexit 0'
	assert_success
	script <<<'exit 256'
	assert_equal "$status" 2
	assert_regex "$stderr" '0 to 255'
	script <<<'exit 1 2'
	assert_equal "$status" 2
}

@test "help knows subcommands, words of the prompt, and what the QEMU has" {
	start_vm --machine none
	script <<<'help block-commit'
	assert_regex "$output" '^Usage: .* block-commit'
	script <<<'help use'
	assert_regex "$output" '^Words of the prompt'
	script <<<'help query-jobs'
	assert_success
	assert_regex "$output" '^query-jobs: command'
	script <<<'help nothing-of-this'
	assert_equal "$status" 2
	assert_equal "$output" ""
	script <<<'pause; resume'
	assert_equal "$status" 2
	assert_regex "$stderr" "no subcommand 'pause;'; did you mean 'pause'\\?\$"
}

@test "quotes, backslashes, JSON over lines" {
	start_vm --machine none
	script <<'EOT'
blockdev-add driver=null-co "node-name=n1"
blockdev-add 'driver=null-co' \
  node-name=n\2
blockdev-add {"driver": "null-co",
  "node-name":
    "n3"
}
blockdev-add driver=null-co node-name=n4 read-only:=true
transaction block-dirty-bitmap-add node=n1 name='a b' block-dirty-bitmap-add node=n1 name="#c"
EOT
	assert_success
	assert_equal "$(vm_ask query-named-block-nodes | jq -r '.[]."node-name"' | sort | xargs)" "n1 n2 n3 n4"
	assert_equal "$(vm_ask query-named-block-nodes | jq -r '.[] | select(."node-name" == "n1") |
		."dirty-bitmaps"[].name' | sort | paste -sd,)" "#c,a b"
}

@test "what is not closed is one error, and swallows no lines" {
	start_vm --machine none
	script <<<$'status\nblockdev-add "driver=null-co\npause\n"'
	assert_equal "$status" 2
	assert_equal "$output" running
	assert_equal "$stderr" 'qmpbox: line 2: a quote (") is not closed'
	script <<<$'status\nblockdev-add {"driver":\n"null-co"\n'
	assert_equal "$status" 2
	assert_equal "$stderr" 'qmpbox: line 2: its JSON is not closed'
	script <<<$'blockdev-add {"driver\n'
	assert_equal "$stderr" 'qmpbox: line 1: a string in its JSON is not closed'
	script <<<'status \'
	assert_equal "$stderr" 'qmpbox: line 1: nothing follows the backslash at its end'
	assert_equal "$(vm_ask query-status | jq -r .status)" running
}

@test "NUL bytes, a line without an end, line breaks of others" {
	start_vm --machine none
	printf 'status\r\nstatus\r\n' >"$T/script"
	script <"$T/script"
	assert_success
	assert_equal "$output" $'running\nrunning'
	printf 'status' >"$T/script"
	script <"$T/script"
	assert_equal "$output" running
	printf 'status\nsta\0tus\n' >"$T/script"
	script <"$T/script"
	assert_equal "$status" 2
	assert_equal "$stderr" 'qmpbox: line 2: it holds a NUL byte: it is no text'
	{
		echo status
		head -c 2000000 /dev/zero | tr '\0' x
	} >"$T/script"
	script <"$T/script"
	assert_equal "$status" 2
	assert_equal "$stderr" 'qmpbox: line 2: it is longer than 1 MiB'
	head -c 300000 /dev/urandom >"$T/script"
	script --keep-going <"$T/script"
	refute_regex "$stderr" $'[\001-\010\033]'
	((status == 2))
	{
		printf 'exec query-status '
		head -c 4000 /dev/zero | tr '\0' x
	} >"$T/script"
	script <"$T/script"
	assert_equal "$status" 2
}

@test "redirections" {
	start_vm --machine none
	script <<EOT
status > "$T/a file"
status >> $T/a\ file
status --json | jq -r .status | tr a-z A-Z
status '>' x
EOT
	assert_equal "$status" 2
	assert_equal "$output" RUNNING
	assert_equal "$(<"$T/a file")" $'running\nrunning'
	assert_regex "$stderr" '^qmpbox status: line 4: '
	script <<<"status > $T/nothing/x"
	assert_equal "$status" 8
	assert_equal "$stderr" "qmpbox: line 1: cannot write to $T/nothing/x: No such file or directory"
	script <<<"status > "
	assert_equal "$status" 2
	mkfifo "$T/fifo"
	script <<<"status > $T/fifo"
	assert_equal "$status" 8
	assert_regex "$stderr" 'nobody reads it'
}

@test "a command that reads a result" {
	start_vm --machine none
	# One that has had enough is no error.
	script <<<$'schema | head -1\nschema | true\nstatus'
	assert_success
	assert_equal "${lines[-1]}" running
	# One that says no is.
	script <<<$'status | grep -q paused\nstatus'
	assert_equal "$status" 7
	assert_equal "$stderr" 'qmpbox: line 1: the command behind | ended with status 1'
	# What the subcommand says counts first.
	script <<<$'blockdev-del nothing | cat\nstatus'
	assert_equal "$status" 1
	# Its standard input is not the script.
	script <<<$'status | cat\nstatus'
	assert_equal "$output" $'running\nrunning'
}

@test "a line cannot read the lines behind it" {
	start_vm --machine none
	script <<<$'exec -\n{"execute": "stop"}'
	assert_equal "$status" 8
	assert_regex "$stderr" '^qmpbox exec: line 1: cannot read'
	script <<<$'object-add qom-type=secret id=s data=@-\nxyzzy'
	assert_equal "$status" 8
	assert_regex "$stderr" 'cannot read standard input: it is closed, or holds the lines of a script$'
	script <<<$'exec -\nxyzzy'
	assert_equal "$status" 8
	assert_regex "$stderr" 'holds the lines of a script$'
	refute_regex "$(vm_ask qom-list '{"path": "/objects"}')" '"s"'
	assert_equal "$(vm_ask query-status | jq -r .status)" running
}

@test "-c LINE runs lines of the command line, and standard input is left to them" {
	start_vm --machine none
	run --separate-stderr "$QMPBOX" -s "$S" repl -c pause -c 'status | tr a-z A-Z' -c 'exec -' <<<'{"execute": "cont"}'
	assert_success
	assert_equal "$output" $'paused\nPAUSED\n{"return":{}}'
	run --separate-stderr "$QMPBOX" -s "$S" repl -c status -c statu -c pause
	assert_equal "$status" 2
	assert_regex "$stderr" '^qmpbox statu: line 2: '
	assert_equal "$(vm_ask query-status | jq -r .status)" running
	run --separate-stderr "$QMPBOX" -s "$S" repl -c "'"
	assert_equal "$status" 2
}

@test "what is given to repl holds for its lines, unless they say another" {
	start_vm --machine none
	script --json --log "$T/log" <<<$'status\nexec query-name'
	assert_success
	assert_equal "$(jq -r .status <<<"${lines[0]}")" running
	assert_equal "$(jq -r .name <<<"${lines[1]}")" test-vm
	grep -q query-name "$T/log"
	script -t 0.3 <<<$'wait --status paused'
	assert_equal "$status" 4
	script -t 0.3 <<<$'wait --status running\n-t 0.2 wait --status paused'
	assert_equal "$status" 4
	assert_regex "$stderr" 'line 2'
	script --dry-run <<<$'hotplug-device null'
	assert_equal "$(vm_ask query-status | jq -r .status)" running
}

@test "another VM for one line, and for all that follow" {
	start_vm --machine none
	local first=$S
	start_vm --machine none --paused
	local second=$S
	S=$first
	script <<<"status
-s $second status
status --socket=$second
-s $first status
use $second
status
use $T/nothing
status"
	assert_equal "$status" 3
	assert_equal "$output" $'running\nprelaunch\nprelaunch\nrunning\nprelaunch'
	assert_regex "$stderr" '^qmpbox use: line 7: '
	script --keep-going <<<"use $second
use $T/nothing
status"
	assert_equal "$status" 3
	assert_equal "$output" prelaunch
	# The same VM by another name is the open connection anew, not a second one that has to wait.
	script --timeout 2 <<<"use $second
use /proc/self/root$second
status
use unix:$second
status"
	assert_equal "$output" $'prelaunch\nprelaunch'
	assert_success
	# The first VM's monitor is free again once another one is used.
	script <<<"use $second
-s $first status"
	assert_success
}

@test "the same monitor in other words is the same connection" {
	start_vm --machine none
	script <<<"-s unix:$S status"
	assert_success
	assert_equal "$output" running
	# To use it once more is to connect anew, and waits for nobody.
	SECONDS=0
	script <<<"use unix:$S
status"
	assert_success
	assert_equal "$output" running
	((SECONDS < 4))
}

@test "without an address there is no connection, until use" {
	start_vm --machine none
	local at=$S
	run --separate-stderr env -u QMPBOX_SOCKET "$QMPBOX" repl <<<"help status > /dev/null
use $at
status
reconnect
status"
	assert_success
	assert_equal "$output" $'running\nrunning'
	run --separate-stderr env -u QMPBOX_SOCKET "$QMPBOX" repl <<<'reconnect'
	assert_equal "$status" 2
	run --separate-stderr env -u QMPBOX_SOCKET "$QMPBOX" repl <<<'status'
	assert_equal "$status" 2
	assert_regex "$stderr" 'which VM'
	run --separate-stderr env QMPBOX_SOCKET="$at" "$QMPBOX" repl <<<'status'
	assert_equal "$output" running
}

@test "a monitor that is held is status 3 at the start, with its holder" {
	start_vm --machine none
	spawn "$T/holder" /dev/null socat - "UNIX-CONNECT:$S" < <(exec sleep 60)
	wait_for 10 grep -q QMP "$T/holder"
	script -t 1 <<<status
	assert_equal "$status" 3
	assert_regex "$stderr" 'socat'
}

@test "the VM ends while lines run; reconnect when there is another" {
	start_fake --connections 2 <<'EOT'
connection 1
negotiate
expect query-status
reply {"status": "running", "running": true}
expect stop
event SHUTDOWN {"guest": false, "reason": "host-signal"}
close
connection 2
negotiate
expect query-status
reply {"status": "prelaunch", "running": false}
expect-eof
EOT
	script --keep-going <<<$'status\npause\nstatus\nreconnect\nstatus'
	assert_equal "$status" 5
	assert_equal "$output" $'running\nprelaunch'
	assert_regex "${stderr_lines[0]}" '^qmpbox pause: line 2: .*ended'
	assert_regex "${stderr_lines[1]}" '^qmpbox status: line 3: the connection to .* has ended: reconnect'
	fake_done
}

@test "exec --oob in a script is on a connection of its own" {
	start_vm --machine none
	script <<<$'status\nexec --oob query-status\nquery-yank --oob\nadd-fd --pass-fd x=0\nstatus'
	# query-status cannot be executed out of band; that is QEMU's to say.
	assert_equal "$status" 1
	script <<<$'status\nexec --oob query-yank\nstatus'
	assert_success
	assert_equal "${lines[0]}" running
	assert_equal "${lines[-1]}" running
}

@test "a reader of all that has had enough ends it quietly" {
	start_vm --machine none
	yes 'schema | cat' | head -n 100 >"$T/script"
	run bash -c "'$QMPBOX' -s '$S' repl --keep-going <'$T/script' 2>'$T/err' | head -n 1; echo \${PIPESTATUS[0]}"
	assert_equal "${lines[0]}" add-fd
	assert_equal "$(<"$T/err")" ""
	yes status | head -n 100000 >"$T/script"
	run bash -c "'$QMPBOX' -s '$S' repl --keep-going <'$T/script' 2>'$T/err' | head -n 1; echo \${PIPESTATUS[0]}"
	assert_equal "$output" $'running\n141'
	assert_equal "$(<"$T/err")" ""
}

@test "standard input that is no script" {
	start_vm --machine none
	run bash -c "exec timeout 20 '$QMPBOX' -s '$S' repl <&-"
	assert_success
	assert_output ""
	script <"$T"
	assert_equal "$status" 8
	assert_regex "$stderr" '^qmpbox repl: cannot read the lines: '
}

@test "a prompt in a prompt is refused" {
	start_vm --machine none
	script <<<'repl'
	assert_equal "$status" 2
	assert_regex "$stderr" 'the prompt already'
}

@test "events are not printed, and quit does not ask" {
	start_vm --machine none
	script <<<$'pause\nresume\nquit'
	assert_success
	assert_equal "$output" $'paused\nrunning'
	assert_equal "$stderr" ""
	wait_for 10 exited "$VM_PID"
}

@test "storage daemons and guest agents" {
	start_qsd
	script <<<$'blockdev-add driver=null-co node-name=n1\nquery-named-block-nodes --json'
	assert_success
	assert_equal "$(jq -r '.[0]."node-name"' <<<"$output")" n1
	start_qga
	run --separate-stderr "$QMPBOX" -s "$S" --qga repl <<<$'exec guest-ping\ninfo --json'
	assert_success
	run --separate-stderr env -u QMPBOX_SOCKET "$QMPBOX" repl <<<"use --qga $S
exec guest-ping --qga"
	assert_equal "$status" 0
}

@test "a signal ends it" {
	start_vm --machine none
	mkfifo "$T/lines"
	local name
	exec 7<>"$T/lines"
	for name in TERM:143 HUP:129 INT:130; do
		QB_OUT=$T/out.$name
		spawn "$QB_OUT" "$T/err.$name" env --default-signal=INT,QUIT,HUP,TERM "$QMPBOX" -s "$S" repl <&7
		QB_PID=$SPAWN_PID
		echo status >&7
		wait_for 10 grep -q running "$QB_OUT"
		kill -"${name%:*}" "$QB_PID"
		local got=0
		wait "$QB_PID" || got=$?
		assert_equal "$got" "${name#*:}"
	done
	exec 7>&-
}

@test "events are taken in while a script waits for its next line" {
	start_fake <<'EOT'
negotiate
expect query-status
reply {"status": "running", "running": true}
events 20000 RTC_CHANGE {"offset": $n, "qom-path": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
may-close
hang
EOT
	mkfifo "$T/lines"
	exec 7<>"$T/lines"
	spawn "$T/out" "$T/err" "$QMPBOX" -s "$S" repl <&7
	echo status >&7
	wait_for 20 grep -q 'x 20000' "$FAKE_LOG"
	echo exit >&7
	wait_for 10 exited "$SPAWN_PID"
	exec 7>&-
}

@test "10,000 lines are one process, one connection, and quick" {
	start_vm --machine none
	yes status | head -n 10000 >"$T/script"
	local begun=${EPOCHREALTIME/[.,]/}
	script <"$T/script"
	assert_success
	assert_equal "$(sort <<<"$output" | uniq -c | xargs)" "10000 running"
	local took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
	echo "# 10,000 lines in $took ms" >&3
	((took < 40000))
}

@test "one-shots do not load readline, nor does a script" {
	requires ldd
	run ldd "$QMPBOX"
	refute_output --partial readline
	requires strace
	start_vm --machine none
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o "$T/trace" "$QMPBOX" -s "$S" repl <<<status
	run cat "$T/trace"
	refute_output --partial readline
	# nor does it keep a history
	[[ ! -e $HOME/.local/state/qmpbox/history.new ]]
	refute_output --partial qmpbox/history
}
