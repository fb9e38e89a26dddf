#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The proxy that undo-table.bats stands on: it changes the fate of the one command, and nothing else.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# said FILTER: jq's filter is true of the last document on stderr
said() { output=$(tail -n 1 <<<"$stderr") assert_json "$1"; }

# three: three commands in one write, by exec -
three() {
	run --separate-stderr timeout 20 "$QMPBOX" -s "$S" --json --reply-timeout 0.5 exec - <<-'EOF' 3>&-
		{"execute":"query-status","id":"a"}
		{"execute":"query-name","id":"b"}
		{"execute":"query-version","id":"c"}
	EOF
}

@test "nothing asked for: every command and its descriptor pass, and are counted" {
	start_vm --machine none --events # whose client keeps QEMU up to 7.2 from dropping sets
	start_proxy
	qb_ok --json query-name
	assert_output '{"name":"test-vm"}'
	assert_equal "$(<"$PROXY_LOG")" '1 query-name passed'
	printf '{"execute":"qmp_capabilities"}{"execute":"query-chardev","id":[1.50,"\\u00e9"]}' >ask
	socat -t 5 - "UNIX-CONNECT:$S" <ask >by-proxy
	socat -t 5 - "UNIX-CONNECT:${S2%2}" <ask >directly
	cmp by-proxy directly
	: >one
	: >two
	: >three
	for name in one two three; do
		qb_ok exec add-fd fdset-id=7 "opaque=$name" --open "f:ro=$name"
	done
	opened=$(vm_ask query-fdsets | jq -r '.[0].fds[] | "\(.fd) \(.opaque)"')
	assert_equal "$(wc -l <<<"$opened")" 3
	while read -r fd name; do
		assert_equal "$(readlink "/proc/$VM_PID/fd/$fd")" "$T/$name"
	done <<<"$opened"
}

@test "--refuse: that command is answered with an error, in its turn, and the others pass" {
	start_vm --machine none
	start_proxy --refuse 2
	three
	assert_equal "$status" 1
	output=$(jq -sc 'map([.id, .error.desc])' <<<"$output") \
		assert_json '. == [["a",null],["b","refused by the proxy"],["c",null]]'
	assert_equal "$(<"$PROXY_LOG")" $'1 query-status passed\n2 query-name refused\n3 query-version passed'
	qb_ok query-name
	# The descriptor of a refused command is closed, and not left to the next.
	: >file
	start_proxy --match add-fd --refuse 1
	qb --json exec add-fd fdset-id=7 opaque=x --open f:ro=file
	assert_failure 1
	said '.error.desc == "refused by the proxy"'
	qb exec add-fd fdset-id=8
	assert_failure 1
	assert_regex "$stderr" 'No file descriptor supplied'
	run -0 find "/proc/$PROXY_PID/fd" -lname "$T/file"
	assert_output ''
}

@test "--match: only commands of that name are counted" {
	start_vm --machine none --events # whose client keeps QEMU up to 7.2 from dropping sets
	start_proxy --match query-version --refuse 1
	qb_ok query-status
	qb query-version
	assert_failure 1
	assert_equal "$(head -n 2 "$PROXY_LOG")" $'1 query-status passed\n2 query-version refused'
	qb_ok query-version
}

@test "--cut: the command has been carried out, its answer is missing, the next connection works" {
	start_vm --machine none
	start_proxy --match object-add --cut 1
	qb --json exec object-add qom-type=iothread id=io1
	assert_failure 5
	vm_ask qom-list '{"path":"/objects"}' | jq -e 'any(.name == "io1")'
	qb_ok query-name
}

@test "--cut-before: it has not been carried out" {
	start_vm --machine none
	start_proxy --match object-add --cut-before 1
	qb --json exec object-add qom-type=iothread id=io1
	assert_failure 5
	vm_ask qom-list '{"path":"/objects"}' | jq -e 'all(.name != "io1")'
	qb_ok query-name
}

@test "--swallow: its answer is missing, those to others come" {
	start_vm --machine none
	start_proxy --swallow 2
	three
	assert_equal "$status" 4
	output=$(jq -sc 'map(.id)' <<<"$output") assert_json 'index("b") | not'
	said '.error.command == "query-name" or (.error.message | contains("query-name"))'
	qb_ok query-name
}
