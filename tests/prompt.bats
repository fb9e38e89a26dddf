#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# repl on a terminal: the prompt. Scripts are in repl.bats.

load helpers
setup() {
	qmpbox_setup
	requires tmux
	export XDG_STATE_HOME=$T/state INPUTRC=/dev/null HOME=$T NO_COLOR=1
	unset QMPBOX_SOCKET
	mkdir -p "$XDG_STATE_HOME"
	PANE=%0
}
teardown() { qmpbox_teardown; }

# terminal CMD ARG...: tmux, this test's own.
terminal() { tmux -S "$T/tmux" "$@" 3>&-; }

# start_prompt [ARG...]: qmpbox ARG... in a new terminal of COLUMNS_ (100) by 30, which is PANE. Its
# exit status comes to PANE's status file, the terminal's modes before and after beside it.
start_prompt() {
	local name
	name=$T/p$((SEQUENCE += 1))
	if [[ ! -e $T/tmux ]]; then
		printf 'set -g history-limit 50000\nset -g default-terminal "%s"\n' "${TERMINAL:-screen}" >"$T/tmux.conf"
		defer terminal kill-server
	fi
	STATUS=$name.status
	printf '%s\n' "stty -a >$name.before" "ulimit -c 0" "env --default-signal=INT,QUIT,HUP,TERM,TSTP ${*@Q} 2>&1" \
		"echo \$? >$name.code" "stty -a >$name.after" "mv $name.code $STATUS" 'exec sleep 1000' >"$name.sh"
	PANE=$(tmux -S "$T/tmux" -f "$T/tmux.conf" new-session -d -P -F '#{pane_id}' -x "${COLUMNS_:-100}" -y 30 \
		"exec bash $name.sh" 3>&-)
	BEFORE=$name.before AFTER=$name.after
}

# The prompt of S, once it can be typed at.
start_repl() {
	start_prompt "$QMPBOX" -s "$S" repl "$@"
	sees_last '>$'
}

keys() { terminal send-keys -t "$PANE" "$@"; }
type_line() { terminal send-keys -t "$PANE" -l -- "$1" && keys Enter; }

# resize COLUMNS ROWS: returns when the terminal itself knows.
resize() {
	terminal resize-window -t "$PANE" -x "$1" -y "$2"
	wait_for 5 has_size "$2 $1"
}
has_size() { [[ $(stty -F "$(terminal display -p -t "$PANE" '#{pane_tty}')" size) == "$1" ]]; }

# screen: all that was on it, wrapped lines whole, without what follows the last character.
screen() { terminal capture-pane -p -J -S - -t "$PANE" | sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }
last_line() { screen | tail -n 1; }
shows() { screen | grep -qE -- "$1"; }
ends_with() { last_line | grep -qE -- "$1"; }
# Waits for a line on the screen, or for the last one.
sees() { wait_for 10 shows "$1" || { screen; return 1; }; }
sees_last() { wait_for 10 ends_with "$1" || { screen; return 1; }; }

has_state() { [[ $(vm_ask query-status | jq -r .status) == "$1" ]]; }

# The prompt has ended with this status, and the terminal is as it was.
left_with() {
	wait_for 10 test -e "$STATUS" || { screen; return 1; }
	assert_equal "$(<"$STATUS")" "$1"
	assert_equal "$(<"$AFTER")" "$(<"$BEFORE")"
}

@test "the name and the run state, kept true by events; what is typed survives" {
	start_vm --machine none
	start_prompt "$QMPBOX" -s "$S" repl
	sees_last '^test-vm running>$'
	keys -l 'query-sttus'
	keys Left Left Left
	vm_ask stop
	sees '^20[0-9T:.-]+Z STOP$'
	sees_last '^test-vm paused> query-sttus$'
	keys -l a
	sees_last '^test-vm paused> query-status$'
	keys C-c
	sees_last '^test-vm paused>$'
	type_line resume
	sees_last '^test-vm running>$'
	keys C-d
	left_with 0
}

@test "a thousand events while a line is typed: each is shown once, the line is intact" {
	start_vm --machine none --events
	start_repl
	keys -l 'blockdev-add driver=null-co node-name=nX'
	keys Left
	sees_last 'node-name=nX$'
	for _ in {1..500}; do printf '{"execute":"stop"}{"execute":"cont"}'; done >"$T/flood"
	{ printf '{"execute":"qmp_capabilities"}'; cat "$T/flood"; } |
		timeout 60 socat -t 30 - "UNIX-CONNECT:$S2" >"$T/flooded" &
	keys -l 1
	wait "$!"
	keys -l 2
	many() { (($(screen | grep -cE '^20[0-9T:.-]+Z (STOP|RESUME)$') >= 1000)); }
	wait_for 20 many
	sees_last '^test-vm (running|paused)> blockdev-add driver=null-co node-name=n12X$'
	jq -r 'select(.event) | "\(.timestamp.seconds) \(.timestamp.microseconds) \(.event)"' "$EVENTS" |
		while read -r seconds micro name; do
			printf '%s.%06dZ %s\n' "$(TZ=UTC date -d "@$seconds" +%Y-%m-%dT%H:%M:%S)" "$micro" "$name"
		done >"$T/expected"
	screen | grep -E '^20[0-9T:.-]+Z ' >"$T/shown"
	assert_equal "$(wc -l <"$T/expected")" 1000
	cmp "$T/expected" "$T/shown"
	keys Enter
	sees_last '^test-vm running>$'
	assert_equal "$(vm_ask query-named-block-nodes | jq -r '.[0]."node-name"')" n12X
}

@test "Ctrl-C cancels a job that runs, with its events above its bar, and the prompt stays" {
	start_vm --machine none -- -blockdev "driver=null-co,node-name=d0,size=67108864" -blockdev driver=null-co,node-name=d1,size=67108864
	start_repl
	type_line 'blockdev-backup device=d0 target=d1 sync=full speed=1M job-id=j1'
	sees '^20[0-9T:.-]+Z JOB_STATUS_CHANGE .*id=j1'
	sees '^j1 +backup +running'
	keys C-c
	sees 'the job j1 was cancelled'
	sees_last '^test-vm running>$'
	assert_equal "$(vm_ask query-jobs)" '[]'
	# The status is remembered.
	keys C-d
	left_with 130
}

@test "Ctrl-C drops the line that is typed, over all its lines" {
	start_vm --machine none
	start_repl
	type_line 'blockdev-add {"driver": "null-co",'
	sees_last '^>$'
	keys -l '"node-name": "n1'
	keys C-c
	sees_last '^test-vm running>$'
	type_line 'status'
	sees '^running$'
	keys C-c C-c
	type_line 'exit 7'
	left_with 7
	assert_equal "$(vm_ask query-named-block-nodes)" '[]'
}

@test "JSON and quotes over lines, comments, what is wrong" {
	start_vm --machine none
	start_repl
	type_line '# a comment'
	type_line 'blockdev-add {"driver": "null-co",'
	sees_last '^>$'
	type_line ' "node-name": "n1"}'
	sees_last '^test-vm running>$'
	type_line "blockdev-add driver=null-co 'node-name="
	sees_last '^>$'
	keys C-d
	sees_last '^test-vm running>$'
	assert_equal "$(vm_ask query-named-block-nodes | jq -r '.[]."node-name"')" n1
	type_line 'status >'
	sees '^qmpbox: a file is missing behind >$'
	type_line 'statu'
	sees "did you mean 'status'"
	keys C-d
	left_with 2
}

@test "quit asks first: an Enter ends no VM" {
	start_vm --machine none
	start_repl
	type_line quit
	sees_last '^This ends the VM test-vm. Type yes to end it:$'
	keys Enter
	sees_last '^test-vm running>$'
	type_line quit
	sees_last 'Type yes to end it:$'
	keys C-c
	sees_last '^test-vm running>$'
	type_line "-q --socket=$S quit"
	sees_last "^This ends the VM $S. Type yes to end it:\$"
	keys Enter
	sees_last '^test-vm running>$'
	type_line quit
	sees_last 'Type yes to end it:$'
	keys C-d
	sees_last '^test-vm running>$'
	type_line quit
	sees_last 'Type yes to end it:$'
	type_line no
	sees_last '^test-vm running>$'
	assert_equal "$(vm_ask query-status | jq -r .status)" running
	type_line quit
	sees_last 'Type yes to end it:$'
	type_line yes
	sees 'Z SHUTDOWN guest=false reason=host-qmp-quit$'
	sees_last '^test-vm not connected>$'
	wait_for 10 exited "$VM_PID"
}

@test "the connection is lost: it is said at once, and reconnect" {
	start_vm --machine none
	start_repl
	keys -l 'stat'
	kill -KILL "$VM_PID"
	sees '^qmpbox: the connection to .* ended; reconnect connects again$'
	sees_last '^test-vm not connected> stat$'
	type_line us
	sees '^qmpbox status: the connection to .* has ended: reconnect makes it anew$'
	type_line reconnect
	sees '^qmpbox reconnect: cannot connect to'
	keys C-d
	left_with 3
	# The same address, another VM there.
	start_vm --machine none
	start_repl
	vm_ask quit
	sees 'Z SHUTDOWN '
	sees '\(the VM shut down\), reason host-qmp-quit; reconnect'
	sees_last '^test-vm not connected>$'
	wait_for 10 exited "$VM_PID"
	start_monitored "$QEMU" -M none -nodefaults -display none -name again -S \
		-chardev "$(qmp_socket qmp "$S")" -mon chardev=qmp,mode=control \
		-chardev "$(qmp_socket qmp2 "$S2")" -mon chardev=qmp2,mode=control
	type_line reconnect
	sees_last '^again prelaunch>$'
	vm_ask cont
	sees_last '^again running>$'
	sees 'Z RESUME$'
}

@test "the VM ends while a line runs" {
	start_vm --machine none
	start_repl
	type_line 'wait --event RTC_CHANGE'
	keys -l ''
	kill -KILL "$VM_PID"
	sees '^qmpbox wait: '
	sees_last '^test-vm not connected>$'
}

@test "use: another VM, or the old one where that fails" {
	start_vm --machine none --paused
	local first=$S first2=$S2
	start_vm --machine none
	start_repl
	sees_last '^test-vm running>$'
	type_line "use $first"
	sees_last '^test-vm prelaunch>$'
	S2=$first2 vm_ask cont
	sees_last '^test-vm running>$'
	S2=$first2 vm_ask stop
	sees_last '^test-vm paused>$'
	type_line "use $T/nothing"
	sees '^qmpbox use: cannot connect'
	sees_last '^test-vm paused>$'
	type_line "-s $S status"
	sees '^running$'
	# What happens in the VM that was left is not told here.
	vm_ask stop
	type_line 'status | sed s/^/now:/'
	sees '^now:paused$'
	assert_equal "$(screen | grep -c 'Z STOP')" 1
}

@test "without an address: not connected, until use" {
	start_vm --machine none
	start_prompt "$QMPBOX" repl
	sees_last '^not connected>$'
	type_line status
	sees 'which VM'
	type_line "use $S"
	sees_last '^test-vm running>$'
	type_line help
	sees 'Words of the prompt'
	type_line 'help pause'
	sees '^pause \(stop\)'
	type_line repl
	sees 'the prompt already'
}

@test "qmpbox -s alone is the prompt on a terminal; a held monitor is status 3" {
	start_vm --machine none
	start_prompt "$QMPBOX" -s "$S"
	sees_last '^test-vm running>$'
	start_prompt "$QMPBOX" -t 1 -s "$S"
	left_with 3
	sees 'qmpbox'
}

@test "events is left to show the events itself; -q shows none" {
	start_vm --machine none
	start_repl
	type_line 'events --count 2'
	keys -l ''
	running() { [[ $(ps -o stat= --ppid "$(terminal display -p -t "$PANE" '#{pane_pid}')" | head -1) ]]; }
	wait_for 5 running
	sees_last 'count 2$'
	vm_ask stop
	vm_ask cont
	sees_last '^test-vm running>$'
	assert_equal "$(screen | grep -cE 'Z (STOP|RESUME)$')" 2
	start_vm --machine none
	start_repl -q
	vm_ask stop
	sees_last '^test-vm paused>$'
	refute shows 'Z STOP'
}

@test "two prompts share the history; secrets are not in it" {
	start_vm --machine none
	local first=$S one two
	start_vm --machine none
	start_repl
	two=$PANE
	S=$first start_repl
	one=$PANE
	PANE=$one type_line 'status --json'
	PANE=$one sees '"running":true'
	PANE=$two type_line 'pause'
	PANE=$two sees '^paused'
	PANE=$one type_line 'object-add qom-type=secret id=s1 data=xyzzy'
	PANE=$one type_line ' info'
	PANE=$one type_line 'blockdev-add {"driver":"null-co",'
	PANE=$one type_line '"node-name":"n1"}'
	PANE=$one type_line 'history | sed s/^/H:/'
	PANE=$one sees '^H:status --json$'
	refute [ "$(PANE=$one screen | grep -c 'H:.*xyzzy')" -gt 0 ]
	assert_equal "$(<"$XDG_STATE_HOME/qmpbox/history")" 'status --json
pause
blockdev-add {"driver":"null-co", "node-name":"n1"}
history | sed s/^/H:/'
	assert_equal "$(stat -c %a "$XDG_STATE_HOME/qmpbox/history" "$XDG_STATE_HOME/qmpbox" | xargs)" "600 700"
	PANE=$one keys C-d
	wait_for 10 test -e "$STATUS"
	# The next one has the lines of both.
	S=$first start_repl
	keys Up Up Up
	sees_last 'running> pause$'
	keys C-r
	keys -l json
	sees_last 'status --json$'
}

@test "SIGTERM, SIGHUP and SIGQUIT end it, the terminal as it was" {
	start_vm --machine none
	local name pid
	for name in TERM:143 HUP:129; do
		start_repl
		keys -l 'half a lin'
		sees_last 'half a lin$'
		pid=$(pgrep -f -- "^$QMPBOX -s $S repl")
		kill -"${name%:*}" "$pid"
		left_with "${name#*:}"
	done
	start_repl
	keys 'C-\'
	left_with 131
	# The terminal itself goes.
	start_repl
	pid=$(pgrep -f -- "^$QMPBOX -s $S repl")
	keys -l 'pause'
	sees_last 'pause$'
	terminal kill-pane -t "$PANE"
	wait_for 10 exited "$pid"
	assert_equal "$(vm_ask query-status | jq -r .status)" running
}

@test "the terminal that goes away without a signal is no busy loop, and enters nothing" {
	start_vm --machine none
	requires script
	local pid typed shown
	# In the middle of a numeric argument readline takes the end for none.
	for typed in pause $'\e3'; do
		shown=$([[ $typed == pause ]] && echo 'running> .*pause' || echo 'arg: 3')
		# script(1) closes its side of the terminal; SIGHUP is ignored.
		rm -f "$T/keys" "$T/out"
		mkfifo "$T/keys"
		exec 7<>"$T/keys"
		spawn "$T/out" "$T/err" env --ignore-signal=HUP script -qec "exec '$QMPBOX' -s '$S' repl" /dev/null <&7
		wait_for 10 grep -q 'running> ' "$T/out"
		pid=$(pgrep -f -- "^$QMPBOX -s $S repl")
		printf %s "$typed" >&7
		wait_for 10 grep -q "$shown" "$T/out"
		kill -KILL "$SPAWN_PID"
		exec 7>&-
		wait_for 10 exited "$pid"
	done
	assert_equal "$(vm_ask query-status | jq -r .status)" running
}

@test "Ctrl-Z stops it, and it comes back with its line" {
	start_vm --machine none
	printf 'PS1="shell$ "\n' >"$T/bashrc"
	start_prompt bash --rcfile "$T/bashrc" -i
	sees_last '^shell\$$'
	type_line "$QMPBOX -s $S repl"
	sees_last '^test-vm running>$'
	keys -l 'status --js'
	sees_last 'status --js$'
	keys C-z
	sees_last '^shell\$$'
	vm_ask stop
	type_line fg
	sees 'Z STOP$'
	sees_last '^test-vm paused> status --js$'
	type_line on
	sees '"status":"paused"'
	# And while a line runs.
	type_line 'wait --event RESUME'
	keys C-z
	sees_last '^shell\$$'
	type_line fg
	vm_ask cont
	sees_last '^test-vm running>$'
}

@test "resized, dumb, one column wide" {
	start_vm --machine none
	start_repl
	keys -l 'query-named-block-nodes --json flat=on'
	resize 20 10
	vm_ask stop
	sees 'Z STOP$'
	resize 120 30
	sees_last 'paused> query-named-block-nodes --json flat=on$'
	keys Enter
	sees '^\[\]$'
	resize 1 5
	keys -l 'status | sed s/^/narrow:/'
	vm_ask cont
	keys Enter
	resize 100 30
	sees 'narrow:running'
	keys C-d
	left_with 0
	TERM=dumb start_prompt env TERM=dumb "$QMPBOX" -s "$S" repl
	sees_last '^test-vm running>'
	keys -l 'stat'
	vm_ask stop
	sees 'Z STOP'
	keys -l 'us'
	keys Enter
	sees '^paused$'
	COLUMNS_=1 start_prompt "$QMPBOX" -s "$S" repl
	keys C-d
	keys C-d
}

@test "what is pasted: 4,000 characters, binary, several lines" {
	start_vm --machine none
	start_repl
	printf 'status %04000d' 0 >"$T/long"
	terminal load-buffer "$T/long"
	terminal paste-buffer -t "$PANE"
	keys Enter
	sees '^qmpbox status: '
	keys C-u
	terminal paste-buffer -p -t "$PANE"
	keys Enter
	sees_last '^test-vm running>$'
	keys C-u
	printf 'pause\nresume\nstatus | sed s/^/pasted:/\n' >"$T/lines"
	terminal load-buffer "$T/lines"
	terminal paste-buffer -t "$PANE"
	sees '^pasted:running$'
	# Bytes of all kinds, but for those that end a line or a program; in between a search and the like.
	for i in 1 2 5 {6..8} 9 11 12 {14..16} {18..255}; do
		((i == 26 || i == 28 || i == 19)) || printf '%b' "\\x$(printf %x "$i")"
	done >"$T/binary"
	for how in -p ''; do
		terminal load-buffer "$T/binary"
		# shellcheck disable=SC2086
		terminal paste-buffer $how -t "$PANE"
		keys C-g C-c
		type_line ''
		type_line pause
		wait_for 10 has_state paused
		vm_ask cont
	done
	keys C-u
	type_line 'exit 3'
	left_with 3
}

@test "exit alone leaves with the status of the line before it" {
	start_vm --machine none
	start_repl
	type_line 'blockdev-del nothing'
	sees 'Failed to find node'
	type_line exit
	left_with 1
}

@test "redirections, and a reader that uses the terminal" {
	requires less
	start_vm --machine none
	start_repl
	type_line "status > $T/out"
	type_line "schema | less"
	sees_last '^:$'
	# Events wait for it to end.
	vm_ask stop
	keys -l q
	sees_last '^test-vm paused>$'
	sees 'Z STOP$'
	assert_equal "$(<"$T/out")" running
	type_line 'schema | head -1'
	sees '^add-fd$'
	type_line 'status | sleep 1000'
	keys -l ''
	sees_last 'sleep 1000$'
	keys C-c
	sees_last '^test-vm paused>$'
	type_line 'status | grep nothing'
	sees_last '^test-vm paused>$'
	refute shows 'the command behind'
	keys C-d
	left_with 7
}

@test "TAB completes and shows what the words mean; what it inserts is quoted" {
	start_vm --machine none
	start_repl
	keys -l 'pau'
	keys Tab
	sees_last '^test-vm running> pause$'
	keys C-u
	keys -l 'block'
	keys Tab Tab
	sees '^block-commit +[a-z]'
	sees_last '^test-vm running> block'
	keys C-u
	# A part goes on at once; a whole word is followed by a blank.
	keys -l 'blockdev-add driv'
	keys Tab
	keys -l 'null-co node-na'
	keys Tab
	keys -l 'n1'
	sees_last 'running> blockdev-add driver=null-co node-name=n1$'
	keys Enter
	sees_last '^test-vm running>$'
	keys -l 'blockdev-del n1'
	keys Tab
	keys -l x
	sees_last 'running> blockdev-del n1 x$'
	keys C-u
	touch "$T/my disk.img"
	keys -l "hotplug-disk d1 '$T/my"
	keys Tab
	sees_last 'running> hotplug-disk d1 [^ ]*/my\\ disk.img$'
	keys C-u
	keys -l "status >> $T/my"
	keys Tab
	sees_last 'running> status >> [^ ]*/my\\ disk.img$'
	keys C-u
	# Over lines, and the words of the prompt.
	type_line 'blockdev-add driver=null-co \'
	sees_last '^>$'
	keys -l 'node-na'
	keys Tab
	sees_last '^> node-name=$'
	keys C-c
	keys -l 'reconn'
	keys Tab
	sees_last 'running> reconnect$'
	keys C-u
	type_line status
	sees '^running$'
}

@test "inputrc, colours, readline that cannot be loaded" {
	start_vm --machine none
	# shellcheck disable=SC2016
	printf '$if Qmpbox\n"\\C-t": "status\\n"\n$endif\n' >"$T/inputrc"
	INPUTRC=$T/inputrc start_repl
	keys C-t
	sees '^running$'
	colored() { terminal capture-pane -p -e -t "$PANE" | grep -q $'\033\\[32mrunning'; }
	refute colored
	keys C-d
	left_with 0
	start_repl --color always
	colored
	keys C-d
	left_with 0
	mkdir "$T/lib"
	echo no >"$T/lib/$(sed -n 's/.*READLINE_SONAME "\(.*\)"/\1/p' "$top_builddir/config.h")"
	start_prompt env LD_LIBRARY_PATH="$T/lib" "$QMPBOX" -s "$S" repl
	left_with 8
	sees '^qmpbox repl: the prompt needs GNU readline: '
	start_prompt env LD_LIBRARY_PATH="$T/lib" "$QMPBOX" -s "$S" status
	left_with 0
}

@test "exec --oob is on a connection of its own, and events still come" {
	start_vm --machine none
	start_repl
	type_line 'exec --oob query-yank'
	sees 'note: the connection was made anew for this run'
	sees 'qmp2'
	sees_last '^test-vm running>$'
	vm_ask stop
	sees 'Z STOP$'
	sees_last '^test-vm paused>$'
}

@test "-v shows the prompt's own questions above the line" {
	start_vm --machine none
	start_repl -v
	keys -l 'stat'
	vm_ask stop
	sees '^-> .*query-status'
	sees_last '^test-vm paused> stat$'
	type_line us
	sees '^paused$'
}

@test "a VM that does not answer is said to, while lines can be typed" {
	start_fake <<'EOT'
negotiate
expect query-name
reply {"name": "slow"}
expect query-status
reply {"status": "running", "running": true, "singlestep": false}
event STOP
expect query-status
save s
expect query-version
reply {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""}
reply-to s {"status": "paused", "running": false, "singlestep": false}
expect-eof
EOT
	start_prompt "$QMPBOX" -s "$S" repl
	sees 'Z STOP$'
	keys -l 'exec query-version'
	sees_last '^slow does not answer> exec query-version$'
	keys Enter
	sees_last '^slow paused>$'
	keys C-d
	left_with 0
	fake_done
}

@test "SIGHUP while a job runs cancels it" {
	start_vm --machine none -- -blockdev "driver=null-co,node-name=d0,size=67108864" -blockdev driver=null-co,node-name=d1,size=67108864
	start_repl
	type_line 'blockdev-backup device=d0 target=d1 sync=full speed=1M job-id=j1'
	sees '^j1 +backup +running'
	kill -HUP "$(pgrep -f -- "^$QMPBOX -s $S repl")"
	left_with 129
	assert_equal "$(vm_ask query-jobs)" '[]'
}

@test "results may go elsewhere than to the terminal" {
	start_vm --machine none
	printf '#!/bin/sh\nexec "%s" -s "%s" repl 2>/dev/tty >"%s"\n' "$QMPBOX" "$S" "$T/results" >"$T/run"
	chmod +x "$T/run"
	start_prompt "$T/run"
	sees_last '^test-vm running>$'
	type_line status
	vm_ask stop
	sees 'Z STOP$'
	sees_last '^test-vm paused>$'
	type_line 'exit'
	left_with 0
	assert_equal "$(<"$T/results")" running
}

@test "storage daemons and guest agents have no run state" {
	start_qsd --blockdev driver=null-co,node-name=n1
	start_repl
	sees_last "^$S>\$"
	type_line 'query-named-block-nodes --json'
	sees '"node-name":"n1"'
	start_qga
	start_prompt "$QMPBOX" --qga -s "$S" repl
	sees_last "^$S>\$"
	type_line 'exec guest-ping --json'
	sees '^\{\}$'
}

@test "spawn: what the VM prints appears above the line, which survives; it ends with the prompt" {
	cat >"$T/talker" <<-END
		#!/bin/sh
		(while [ ! -e $T/go ]; do sleep 0.05; done; printf 'hot \\033[31mnews\\n' >&2) &
		exec "\$@"
	END
	chmod +x "$T/talker"
	start_prompt "$QMPBOX" spawn "$T/talker" "$QEMU" -accel tcg -machine none -nodefaults -display none -name own
	sees_last '^own running>$'
	keys -l 'query-na'
	sees_last '^own running> query-na$'
	touch "$T/go"
	sees '^hot \\x1B\[31mnews$'
	sees_last '^own running> query-na$'
	keys -l me
	keys Enter
	sees '^name: own$'
	sees_last '^own running>$'
	# Ctrl-C is the prompt's, not the VM's.
	keys C-c
	type_line status
	sees '^running$'
	keys C-d
	left_with 0
	! pgrep -f "^$QEMU .*-name own .*fd=" >/dev/null
}
