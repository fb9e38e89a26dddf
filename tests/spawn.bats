#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A QEMU of our own: its monitor, its end, and what it prints.

load helpers

setup() {
	qmpbox_setup
	NONE=("$QEMU" -accel tcg -machine none -nodefaults -display none)
}
teardown() { qmpbox_teardown; }

# own WORD...: qmpbox spawn, with a bound.
own() { run --separate-stderr timeout -k 5 60 "$QMPBOX" spawn "$@" 3>&-; }

# gone PID: is there no such process (any more)?
gone() { [[ ! -e /proc/$1 ]] || grep -q '^State:.Z' "/proc/$1/status"; }

# named FILE: sets PID to the process that a note on stderr names.
named() { PID=$(sed -n 's/.* has the process \([0-9]*\).*/\1/p' "$1") && [[ -n $PID ]]; }

@test "lines are run on a VM that ends with them" {
	own -c query-name -c status -- "${NONE[@]}" -name 'a b'
	assert_equal "$status" 0
	assert_equal "$output" $'name: a b\nrunning'
	named <(printf '%s\n' "$stderr")
	gone "$PID"
}

@test "a script on standard input, which the VM does not read" {
	printf 'status\n# nothing\npause\nstatus\n' >"$T/in"
	own "${NONE[@]}" -serial stdio <"$T/in"
	assert_equal "$status" 0
	assert_equal "$output" $'running\npaused\npaused'
	named <(printf '%s\n' "$stderr")
	gone "$PID"
}

@test "the first error ends the lines, and the VM; --keep-going runs them all" {
	own -c 'blockdev-del nope' -c status -- "${NONE[@]}"
	assert_equal "$status" 1
	assert_equal "$output" ''
	named <(printf '%s\n' "$stderr")
	gone "$PID"
	own --keep-going -c 'blockdev-del nope' -c status -- "${NONE[@]}"
	assert_equal "$status" 1
	assert_equal "$output" running
}

@test "a storage daemon has its own words for a monitor" {
	requires "$QSD"
	own --json -c query-block-exports -- "$QSD"
	assert_equal "$status" 0
	assert_equal "$output" '[]'
}

@test "a program that does not take its words is status 7, with what it said" {
	own -c status -- "$QEMU" -machine nonsense
	outcome 7 '' '~with status 1'
	assert_regex "$stderr" 'unsupported machine type'
	own --json -c status -- "$QEMU" -machine nonsense
	assert_equal "$status" 7
	printf '%s\n' "$stderr" | jq -es 'all(.[]; has("note") or has("error")) and
		(.[-1].error.kind == "failed")' >/dev/null
}

@test "a program that is not there is status 8, one that is no QEMU status 7 or 4" {
	own -c status -- "$T/no-such-program"
	outcome 8 '' "qmpbox spawn: cannot start $T/no-such-program: No such file or directory"
	own -c status -- true
	outcome 7 '' '~^qmpbox spawn: true ended at once, with status 0$'
	own -t 0.5 -c status -- sh -c 'exec sleep 60' sh
	outcome 4 '' '~^qmpbox spawn: sh was started, but its monitor said nothing in time; it was ended$'
}

@test "what it prints is heard line by line, escaped" {
	cat >"$T/talker" <<-'END'
		#!/bin/sh
		printf 'bad \033[31m news\n' >&2
		exec "$@"
	END
	chmod +x "$T/talker"
	own -c status -- "$T/talker" "${NONE[@]}"
	assert_equal "$output" running
	assert_regex "$stderr" 'bad \\x1B\[31m news'
}

@test "quit as a line is no failure, and a VM that ends badly is status 7" {
	own -c quit -- "${NONE[@]}"
	assert_equal "$status" 0
	cat >"$T/wrapper" <<-'END'
		#!/bin/sh
		"$@"
		exit 9
	END
	chmod +x "$T/wrapper"
	own -c status -- "$T/wrapper" "${NONE[@]}"
	assert_equal "$status" 7
	assert_equal "$output" running
	assert_regex "$stderr" 'ended with status 9'
}

@test "-s names no VM here, nor can it be done at the prompt" {
	S=$T/x qb spawn -c status -- "${NONE[@]}"
	outcome 2 '' '~^qmpbox spawn: '
	own -c 'spawn true' -- "${NONE[@]}"
	assert_equal "$status" 2
	own
	outcome 2 '' 'qmpbox spawn: QEMU is missing'
}

@test "--leave leaves it running" {
	own --leave -c status -- "${NONE[@]}" -qmp "unix:$T/left.qmp,server=on,wait=off"
	assert_equal "$status" 0
	named <(printf '%s\n' "$stderr")
	defer kill "$PID"
	S=$T/left.qmp qb status
	outcome 0 running ''
}

@test "SIGTERM ends the VM, and so does SIGKILL" {
	local signal
	for signal in TERM KILL; do
		mkfifo "$T/lines$signal"
		exec {w}<>"$T/lines$signal"
		"$QMPBOX" spawn "${NONE[@]}" <"$T/lines$signal" >"$T/out" 2>"$T/err" {w}>&- 3>&- &
		local spawned=$!
		wait_for 20 named "$T/err"
		kill -"$signal" "$spawned"
		wait_for 20 gone "$PID"
		local status=0
		wait "$spawned" || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		exec {w}>&-
	done
}

@test "no descriptor of ours but its monitor is open in it" {
	local without with
	printf 'status\n' >"$T/in"
	cat >"$T/look" <<-'END'
		#!/bin/sh
		ls -l /proc/self/fd >"$LOOK"
		exec "$@"
	END
	chmod +x "$T/look"
	# What the tests themselves have open is there without us too.
	LOOK=$T/without "$T/look" true 3>&-
	LOOK=$T/fds own "$T/look" "${NONE[@]}" <"$T/in"
	assert_equal "$output" running
	without=$(grep -c -- '->' "$T/without")
	with=$(grep -c -- '->' "$T/fds")
	assert_equal "$with" $((without + 1))
	grep -q -- '-> socket:' "$T/fds"
}
