#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Progress on stderr: a bar on a terminal, plain lines and documents where they are asked for, and
# nothing where nobody looks.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# mirrors N [MEMBERS]: a VM with mirrors m1 (6 MiB), m2 (8 MiB)… that run, at 4 MiB/s each; the
# members (JSON) are blockdev-mirror's.
mirrors() {
	local i
	start_vm --machine none
	for ((i = 1; i <= $1; i++)); do
		image "$T/from$i" "$((4 + i * 2))M"
		image "$T/to$i" "$((4 + i * 2))M"
		head -c "$((4 + i * 2))M" /dev/zero | tr '\0' x >"$T/from$i"
		add_node "from$i"
		add_node "to$i"
	done
	for ((i = 1; i <= $1; i++)); do
		vm_ask blockdev-mirror "{\"job-id\":\"m$i\",\"device\":\"from$i\",\"target\":\"to$i\",
			\"sync\":\"full\",\"speed\":4194304,\"buf-size\":262144,\"auto-dismiss\":false${2+,$2}}"
	done
}

add_node() {
	vm_ask blockdev-add "{\"driver\":\"file\",\"node-name\":\"$1\",\"filename\":\"$T/$1\"}"
}

# terminal COLUMNS ARG...: qmpbox in the background with a terminal of that width as stdout and
# stderr; its pid is in $T/pid, what it writes in QB_OUT. See finish.
# shellcheck disable=SC2034 # finish uses them
terminal() {
	requires script stty
	SEQUENCE=$((SEQUENCE + 1))
	QB_OUT=$T/terminal$SEQUENCE
	QB_ERR=/dev/null
	printf 'stty cols %s rows 24\necho $$ >%q\nexec env --default-signal=INT,TERM %s\n' \
		"$1" "$T/pid" "$(printf '%q ' "$QMPBOX" -s "$S" "${@:2}")" >"$T/terminal.sh"
	spawn "$QB_OUT" /dev/null env TERM="${TERMINAL-xterm}" \
		script -qec "sh $(printf '%q' "$T/terminal.sh")" /dev/null
	QB_PID=$SPAWN_PID
}

# shown: what a terminal was sent, a line for each thing that stood in a line: \r is gone at the
# ends, and what was drawn over is a line of its own.
shown() { tr -d '\r' <<<"${output//$'\r\e'/$'\n\e'}"; }

# The control sequences that a display uses, and no others.
only_moves() {
	run ! grep -qP '\e(?!\[[0-9]*A|\[[JK])' <<<"$output"
	run ! grep -qP '[^\P{Cc}\e\r\n]' <<<"$output"
}

# sent COMMAND: how often -v says that it was sent.
sent() { grep -c -- "-> .*\"$1\"" <<<"$stderr"; }

# ---------------------------------------------------------------- a terminal

@test "on a terminal there is a bar that ends before the result" {
	mirrors 1
	terminal 100 job-wait m1
	finish
	assert_equal "$status" 0
	assert_regex "$output" 'm1  mirror  running  +[0-9]+% \[#*-+\]  [0-9.]+ [KM]iB of 6 MiB'
	assert_regex "$output" '[0-9.]+ [KM]iB/s  [123] s left'
	assert_regex "$(shown | tail -n 2)" \
		$'m1  mirror  concluded  100% \\[####################\\]  6 MiB of 6 MiB  [0-9.]+ [KM]iB/s\njob m1: concluded \\(mirror\\)$'
	refute_regex "$output" '(ready|running) +100%.*running'
	assert_regex "${output%m1  mirror  concluded*}" $'\e\\[J$'
	only_moves
}

@test "several jobs have a bar each" {
	mirrors 2
	terminal 100 job-wait m1 m2
	finish
	assert_equal "$status" 0
	assert_regex "$output" $'m1  mirror  running .*\e\\[K\r?\nm2  mirror  running .*\e\\[J\r\e\\[1A'
	assert_equal "$(grep -c 'm[12]  mirror  concluded  100%' <<<"$output")" 2
	assert_regex "$(shown | tail -n 2)" $'^job m1: concluded \\(mirror\\)\njob m2: concluded \\(mirror\\)$'
	only_moves
}

@test "a bar fits its terminal" {
	mirrors 1
	terminal 40 job-wait m1
	finish
	assert_equal "$status" 0
	assert_regex "$output" 'm1  running   [0-9 ][0-9]%'
	refute_regex "$output" '\[#'
	local line
	while IFS= read -r line; do
		line=${line//$'\e'\[[JK]/}
		((${#line} < 40)) || fail "${#line} columns: $line"
	done < <(tr '\r' '\n' <<<"$output")
}

@test "a trace passes the bars" {
	mirrors 2
	terminal 100 -v job-wait m1 m2
	finish
	assert_equal "$status" 0
	# Each line of the trace begins in the first column, where nothing is left of a bar.
	assert_equal "$(grep -cE $'(^|\e\\[J)(<-|->) \\{' <<<"$output")" "$(grep -cE '(<-|->) \{' <<<"$output")"
	run jq -e . < <(grep -oP '(<-|->) \K\{.*\}' < <(tr -d '\r' <"$QB_OUT"))
	assert_success
}

@test "a note passes the bars" {
	mirrors 2 '"auto-finalize":false'
	terminal 100 job-wait m1 m2
	finish
	assert_equal "$status" 0
	assert_equal "$(grep -c 'note: the job m[12] is pending: it waits for job-finalize' <<<"$output")" 2
	assert_equal "$(grep -cE $'(^|\e\\[J)qmpbox job-wait: note: [^\e]*$' < <(tr -d '\r' <<<"$output"))" 2
	only_moves
}

@test "an interrupted bar is finished before the error" {
	mirrors 1
	terminal 100 job-wait m1
	wait_for 10 grep -q 'm1  mirror  running' "$QB_OUT"
	kill -INT "$(<"$T/pid")"
	finish
	assert_equal "$status" 130
	assert_regex "$(shown)" $'m1  mirror  running +[0-9]+% \\[[^\n]*\nqmpbox job-wait: interrupted[^\n]*\n  left: job m1'
	only_moves
}

@test "a time that is over finishes the bar before the error" {
	mirrors 1
	terminal 100 -t 0.5 job-wait m1
	finish
	assert_equal "$status" 4
	assert_regex "$(shown | grep -A1 'm1  mirror' | tail -n 1)" '^qmpbox job-wait: the time is over'
	only_moves
}

@test "a terminal that cannot move its cursor gets none" {
	mirrors 1
	TERMINAL=dumb terminal 100 job-wait m1
	finish
	assert_equal "$status" 0
	assert_equal "${output//$'\r'/}" 'job m1: concluded (mirror)'
}

@test "-q, --progress none and --json are silent on a terminal, too" {
	local word
	for word in -q --progress=none '-q --progress=bar' --json; do
		mirrors 1
		# shellcheck disable=SC2086
		terminal 100 $word job-wait m1
		finish
		assert_equal "$status" 0
		refute_regex "$output" 'running|%'
		assert_equal "$(wc -l <<<"$output")" 1
	done
}

# ---------------------------------------------------------------- elsewhere

@test "where stderr is no terminal nothing is shown, and less is asked" {
	local few
	mirrors 1
	qb job-wait m1
	outcome 0 'job m1: concluded (mirror)' ''
	mirrors 1
	qb_ok -v job-wait m1
	few=$(sent query-jobs)
	((few < 5)) || fail "$few questions for nobody"
	mirrors 1
	qb_ok -v --progress plain job-wait m1
	(($(sent query-jobs) > few)) || fail "no more than $few questions for somebody"
}

@test "--progress plain is whole lines, few of them" {
	mirrors 2
	qb --progress plain job-wait m1 m2
	assert_equal "$status" 0
	assert_equal "$(grep -cE '^m1  mirror  (running|concluded)  [0-9]+%  [0-9.]+ [KM]?i?B of 6 MiB' <<<"$stderr")" 2
	assert_equal "$(grep -cE '^m2  mirror  (running|concluded)  [0-9]+%  [0-9.]+ [KM]?i?B of 8 MiB' <<<"$stderr")" 2
	assert_equal "$(wc -l <<<"$stderr")" 4
	assert_regex "$stderr" '(^|'$'\n'')m2  mirror  concluded  100%  8 MiB of 8 MiB  [0-9.]+ [KM]iB/s$'
}

@test "a bar in a pipe is plain lines" {
	mirrors 1
	qb --progress bar job-wait m1
	assert_equal "$status" 0
	assert_regex "$stderr" '^m1  mirror  running  [0-9]+%  .*'$'\n''m1  mirror  concluded  100%  6 MiB of 6 MiB  [^'$'\n'']*$'
	refute_regex "$stderr" $'[\e\r]|\\[#'
}

@test "with --json progress is documents, one a line, when it is asked for" {
	mirrors 1
	qb --json job-wait m1
	outcome 0 '{"jobs":[{"id":"m1","type":"mirror","status":"concluded"}]}' ''
	mirrors 2
	qb --json --progress plain job-wait m1 m2
	assert_equal "$status" 0
	assert_equal "$(wc -l <<<"$output")" 1
	# Whole documents only, one a line.
	while IFS= read -r line; do
		jq -e '(keys == ["progress"]) and (.progress.what | test("^m[12]$"))' <<<"$line" ||
			fail "no document: $line"
	done <<<"$stderr"
	output=$stderr
	assert_json -s 'map(.progress) | all(.type == "mirror" and .current <= .total)'
	assert_json -s 'map(.progress | select(.ended)) |
		(map(.what) | sort) == ["m1", "m2"] and all(.status == "concluded" and .current == .total)'
	assert_json -s 'map(.progress | select(.what == "m2" and (.ended | not))) |
		length >= 2 and length <= 5 and any(."bytes-per-second" > 0 and ."seconds-left" > 0)'
	mirrors 1
	qb --json --progress bar job-wait m1
	assert_equal "$status" 0
	output=$stderr
	assert_json -s 'map(.progress.ended) | .[-1] and (.[:-1] | any | not)'
}

@test "-q and --progress none are silent" {
	mirrors 1
	qb -q --progress plain job-wait m1
	outcome 0 'job m1: concluded (mirror)' ''
	mirrors 1
	qb --progress none job-wait m1
	outcome 0 'job m1: concluded (mirror)' ''
}

@test "a job that nobody knows has no progress" {
	start_vm --machine none
	qb --progress plain job-wait nope
	outcome 1 '' "~^qmpbox job-wait: there is no job 'nope'"
	assert_equal "$(wc -l <<<"$stderr")" 1
}

@test "no name of a job moves the cursor" {
	start_fake <<-'END'
		negotiate
		on query-jobs reply [{"id":"a\u001b[2J\r","type":"mirror","status":"concluded","current-progress":1,"total-progress":2}]
		on job-dismiss reply {}
		serve
	END
	qb --progress plain job-wait $'a\e[2J\r'
	assert_regex "$stderr" '^a\\x1B\[2J\\r  mirror  concluded  50%  1 B of 2 B$'
	assert_equal "$status" 0
}
