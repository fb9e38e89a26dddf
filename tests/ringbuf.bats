#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ringbuf-read on a real ring buffer. Reading consumes it.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# ring_write: what comes on stdin goes into the ring buffer, as it is.
ring_write() {
	vm_ask ringbuf-write "$(base64 -w 0 | jq -Rc '{device: "ring0", format: "base64", data: .}')" >/dev/null
}

# read_to FILE ARG...: ringbuf-read into a file; sets status and stderr.
read_to() {
	status=0
	timeout 60 "$QMPBOX" -s "$S" ringbuf-read ring0 "${@:2}" >"$1" 2>"$T/err" 3>&- || status=$?
	stderr=$(<"$T/err")
	output=
}

# all_bytes: 0 to 255, twice.
all_bytes() {
	# shellcheck disable=SC2059
	printf "$(printf '\\x%02x' {0..255} {0..255})"
}

# has FILE BYTES: does the file have exactly these?
has() { cmp -s "$1" <(printf %s "$2"); }

@test "every byte comes back as it was, and is gone then" {
	start_vm --machine none
	all_bytes >"$T/in"
	assert_equal "$(wc -c <"$T/in")" 512
	ring_write <"$T/in"
	read_to "$T/out"
	outcome 0 '' ''
	cmp "$T/in" "$T/out"
	read_to "$T/out"
	outcome 0 '' ''
	assert_equal "$(wc -c <"$T/out")" 0
}

@test "an empty buffer is an empty output" {
	start_vm --machine none
	qb ringbuf-read ring0
	outcome 0 '' ''
	qb --json ringbuf-read ring0
	outcome 0 '{"data":"","encoding":"utf-8"}' ''
	qb ringbuf-read ring0 --base64
	outcome 0 '' ''
}

@test "a full buffer, and one that overflowed" {
	start_vm --machine none
	head -c 65536 /dev/urandom >"$T/in"
	ring_write <"$T/in"
	read_to "$T/out"
	outcome 0 '' ''
	cmp "$T/in" "$T/out"
	ring_write <"$T/in"
	printf 'newest' | ring_write
	read_to "$T/out"
	outcome 0 '' ''
	cmp <(tail -c +7 "$T/in"; printf newest) "$T/out" # the oldest six are lost
}

@test "--size reads so much and leaves the rest" {
	start_vm --machine none
	printf 'one two three' | ring_write
	qb ringbuf-read ring0 --size 4
	outcome 0 'one ' ''
	qb ringbuf-read ring0 --size=0x4
	outcome 0 'two ' ''
	qb ringbuf-read ring0 --size 1K
	outcome 0 three ''
}

@test "--size 0 and other nonsense is refused, nothing is consumed" {
	local size
	start_vm --machine none
	printf 'kept' | ring_write
	for size in 0 -1 x 1KB 18446744073709551616; do
		qb ringbuf-read ring0 --size "$size"
		outcome 2 '' '~^qmpbox ringbuf-read: --size: '
	done
	qb ringbuf-read ring0
	outcome 0 kept ''
}

@test "a --size that is larger than any buffer reads all" {
	start_vm --machine none
	printf 'all' | ring_write
	qb ringbuf-read ring0 --size 8E
	outcome 0 all ''
}

@test "--base64" {
	start_vm --machine none
	all_bytes >"$T/in"
	ring_write <"$T/in"
	qb ringbuf-read ring0 --base64
	outcome 0 '~^[A-Za-z0-9+/=]+$' ''
	base64 -d <<<"$output" | cmp "$T/in" -
}

@test "--json: text is utf-8" {
	start_vm --machine none
	printf 'gr\xc3\xbc\xc3\x9fe "\\ \x1b[31m\0\n' | ring_write
	qb --json ringbuf-read ring0
	outcome 0 '~^\{"data":".*","encoding":"utf-8"\}$' ''
	assert_json '.data == "grüße \"\\ \u001b[31m\u0000\n"'
}

@test "--json: what is no text is base64" {
	start_vm --machine none
	all_bytes >"$T/in"
	ring_write <"$T/in"
	qb --json ringbuf-read ring0
	outcome 0 '~^\{"data":".*","encoding":"base64"\}$' ''
	jq -r .data <<<"$output" | base64 -d | cmp "$T/in" -
	printf 'text' | ring_write
	qb --json ringbuf-read ring0 --base64
	outcome 0 '{"data":"dGV4dA==","encoding":"base64"}' ''
}

@test "a character that --size cuts is not lost" {
	start_vm --machine none
	printf 'a\xc3\xa4b' | ring_write
	read_to "$T/one" --size 2
	outcome 0 '' ''
	read_to "$T/two"
	outcome 0 '' ''
	cmp <(printf 'a\xc3\xa4b') <(cat "$T/one" "$T/two")
	printf 'a\xc3\xa4b' | ring_write
	qb --json ringbuf-read ring0 --size 2
	outcome 0 '{"data":"YcM=","encoding":"base64"}' ''
	qb --json ringbuf-read ring0
	outcome 0 '{"data":"pGI=","encoding":"base64"}' ''
}

@test "an unknown chardev, and one that is no ring buffer, are status 1" {
	start_vm --machine none -- -chardev null,id=nul
	qb ringbuf-read nope
	outcome 1 '' "~^qmpbox ringbuf-read: .*nope.*\(GenericError\)$"
	qb --json ringbuf-read nul
	outcome 1 '' '~not a ringbuf'
	output=$stderr
	assert_json '.error | .kind == "refused" and .command == "ringbuf-read"'
	qb ringbuf-read nope --follow
	outcome 1 '' '~nope'
}

@test "control characters are escaped on a terminal and raw in a pipe" {
	requires script
	start_vm --machine none
	printf 'a\x1b[31mb\x07\xc2\x9bc\xff\n' | ring_write
	run timeout 60 script -qec "$(printf '%q ' "$QMPBOX" -s "$S" ringbuf-read ring0)" /dev/null 3>&-
	assert_success
	output=${output//$'\r'/}
	assert_regex "$output" '^a.*\[31mb.*c'
	refute_regex "$output" $'[\x01-\x09\x0b-\x1f\x7f]'
	refute_regex "$output" $'\xc2\x9b'
	printf 'a\x1b[31mb' | ring_write
	qb ringbuf-read ring0
	outcome 0 $'a\e[31mb' ''
}

# --------------------------------------------------------------------- --follow

@test "--follow delivers what is there, what is written later, and ends on Ctrl-C" {
	start_vm --machine none
	printf 'before\n' | ring_write
	background ringbuf-read ring0 --follow
	wait_for 5 has "$QB_OUT" $'before\n'
	printf 'after' | ring_write
	wait_for 5 has "$QB_OUT" $'before\nafter'
	printf ' more\n' | ring_write
	wait_for 5 has "$QB_OUT" $'before\nafter more\n'
	kill -s INT "$QB_PID"
	finish
	outcome 130 $'before\nafter more' '~interrupted'
}

@test "--follow ends when the VM quits" {
	start_vm --machine none
	background ringbuf-read ring0 -f
	printf 'last words' | ring_write
	wait_for 5 has "$QB_OUT" 'last words'
	vm_ask quit
	finish
	outcome 0 'last words' '~^qmpbox ringbuf-read: note: the VM shut down$'
}

@test "--follow: a connection that breaks without a shutdown is status 5" {
	start_fake <<'EOF'
negotiate
expect ringbuf-read
reply "aGk="
expect ringbuf-read
close
EOF
	qb ringbuf-read x --follow
	outcome 5 hi '~^qmpbox ringbuf-read: '
	fake_done
}

@test "--follow ends after --timeout, with status 0" {
	start_vm --machine none
	printf 'all' | ring_write
	qb ringbuf-read ring0 --follow -t 0.5
	outcome 0 all ''
}

@test "--follow --json: one document for each piece" {
	start_vm --machine none
	background --json ringbuf-read ring0 --follow
	printf 'one' | ring_write
	wait_for 5 has "$QB_OUT" $'{"data":"one","encoding":"utf-8"}\n'
	printf '\xff' | ring_write
	wait_for 5 has "$QB_OUT" $'{"data":"one","encoding":"utf-8"}\n{"data":"/w==","encoding":"base64"}\n'
	kill -s TERM "$QB_PID"
	finish
	outcome 143 '~base64' '~^\{"error":\{"kind":"interrupted"'
}

@test "--follow --json: a character whose parts come one after the other" {
	start_vm --machine none
	background --json ringbuf-read ring0 --follow
	printf 'a\xc3' | ring_write
	wait_for 5 has "$QB_OUT" $'{"data":"a","encoding":"utf-8"}\n'
	printf '\xa4' | ring_write
	wait_for 5 has "$QB_OUT" $'{"data":"a","encoding":"utf-8"}\n{"data":"\xc3\xa4","encoding":"utf-8"}\n'
	kill -s INT "$QB_PID"
	finish
	outcome 130 '~utf-8' '~interrupted'
}

@test "--follow: bytes are not held back for the rest of their character" {
	start_vm --machine none
	background ringbuf-read ring0 --follow
	printf 'a\xc3' | ring_write
	wait_for 5 has "$QB_OUT" $'a\xc3'
	kill -s INT "$QB_PID"
	finish
	outcome 130 '~^a' '~interrupted'
}

@test "--follow --json: the first part of a character is not lost at the end" {
	start_vm --machine none
	printf 'a\xc3' | ring_write
	qb --json ringbuf-read ring0 --follow -t 0.5
	outcome 0 $'{"data":"a","encoding":"utf-8"}\n{"data":"ww==","encoding":"base64"}' ''
	printf 'a\xc3' | ring_write
	background --json ringbuf-read ring0 --follow
	wait_for 5 grep -q a "$QB_OUT"
	kill -s INT "$QB_PID"
	finish
	outcome 130 $'{"data":"a","encoding":"utf-8"}\n{"data":"ww==","encoding":"base64"}' '~interrupted'
}

@test "--follow into a closed pipe is 141, quietly, without waiting for data" {
	start_vm --machine none
	printf 'first\n' | ring_write
	# shellcheck disable=SC2016
	run --separate-stderr timeout 20 bash -c '"$@" | head -n 1; exit "${PIPESTATUS[0]}"' - \
		"$QMPBOX" -s "$S" ringbuf-read ring0 --follow 3>&-
	outcome 141 first ''
}

@test "--follow into a full disk is status 8" {
	start_vm --machine none
	printf 'first\n' | ring_write
	run --separate-stderr timeout 20 bash -c '"$@" >/dev/full' - \
		"$QMPBOX" -s "$S" ringbuf-read ring0 --follow 3>&-
	outcome 8 '' '~stdout'
}
