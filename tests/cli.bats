#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The words of the command line: what is refused before anything is sent, help,
# links, and what errors look like.

load helpers

setup() {
	qmpbox_setup
	unset QMPBOX_SOCKET
	S=$T/nothing # whoever connects gets status 3 instead of 2
}
teardown() { qmpbox_teardown; }

# plain ARG...: qmpbox without -s.
plain() { run --separate-stderr timeout 60 "$QMPBOX" "$@" 3>&-; }

# refuses STDERR ARG...: status 2, one sentence in one line, no connection.
refuses() {
	plain -s "$S" "${@:2}"
	outcome 2 '' "~^qmpbox( [a-z-]+)?: $1"
	refute_regex "$stderr" $'\n'
}

# serves [LINE]...: a fake that answers everything, after these lines.
serves() { start_fake < <(printf '%s\n' negotiate "$@" serve); }

all_names() { "$QMPBOX" --list; }

# -------------------------------------------------------------- what is refused

@test "an unknown subcommand, with the nearest name" {
	plain stats
	outcome 2 '' "~^qmpbox: there is no subcommand 'stats'; did you mean 'status'"
	plain ressume
	outcome 2 '' "~^qmpbox: .*'ressume'.*did you mean 'resume'"
	plain xyzzyx
	outcome 2 '' "~^qmpbox: .*'xyzzyx'"
	refute_regex "$stderr" 'did you mean'
	refuses ".*''" ''
	refuses ".*'a b'" 'a b'
	# with an address it may be a command of that QEMU, which cannot be asked here
	plain -s "$S" stats
	outcome 3 '' "~^qmpbox stats: cannot connect .*did you mean 'status'"
}

@test "an unknown option, with the nearest name" {
	refuses '.*--tiemout.*did you mean --timeout' status --tiemout 3
	refuses '.*--tiemout.*did you mean --timeout' --tiemout=3 status
	refuses '.*--forse.*did you mean --force' resume --forse
	refuses '.*-x' -x status
	refuses '.*-x' status -qx
	refuses '.*--xyzzyxy' status --xyzzyxy
	refute_regex "$stderr" 'did you mean'
}

@test "an option of another subcommand" {
	refuses '.*--force' status --force
	refuses '.*--force' --force resume
}

@test "a missing argument" {
	refuses '.*NAME is missing' exec
	refuses '.*CHARDEV is missing' ringbuf-read
	refuses '.*missing' unplug-disk
	refuses '.*missing' hotplug-disk id
}

@test "an argument too many" {
	refuses ".*'foo'" status foo
	refuses ".*'b'" ringbuf-read a b
	refuses ".*'foo'" pause -- foo
}

@test "an option without its value" {
	plain status -s
	outcome 2 '' '~^qmpbox status: -s needs ADDRESS$'
	plain --timeout
	outcome 2 '' '~^qmpbox: --timeout needs SECONDS$'
	refuses '--json takes no value' --json=1 status
	refuses '.*--force takes no value' resume --force=yes
}

@test "a time-out that is none" {
	local value
	for value in 0 -1 x '' 1x inf nan 0x10 1e300 ' 1' '1 ' 1,5 -- 1s; do
		refuses ".*--timeout: '" status --timeout="$value"
		refuses ".*--reply-timeout: '" status --reply-timeout="$value"
	done
}

@test "time-outs that are some" {
	local value
	for value in 1 0.5 1e1 .5 100000; do
		plain -s "$S" status -t "$value"
		outcome 3 '' '~no such socket'
	done
}

@test "a size that is none" {
	refuses ".*--max-message: '" status --max-message=x
	refuses ".*--max-message: '" status --max-message=0
	refuses ".*--max-message: '" status --max-message=-1
	refuses ".*--max-message: '1KB'" status --max-message=1KB
	refuses ".*--size: '" ringbuf-read a --size=99999999999999999999
}

@test "an option with another value the second time" {
	refuses '.*--timeout is given twice' -t 1 status -t 2
	refuses '.*--reply-timeout is given twice' --reply-timeout 1 status --reply-timeout 2
	refuses '.*--max-message is given twice' --max-message 1K --max-message 2K status
	refuses '.*--log is given twice' --log a status --log b
	refuses '.*--color is given twice' --color never status --color always
	refuses '.*--has is given twice' query-pci --has a --has b
	plain -s "$S" -t 1 -j -j -q -q status -t 1.0
	outcome 3 '' '~"kind":"connect"'
}

@test "a choice that is none" {
	refuses ".*--color: 'blue' is none of auto, always, never" --color blue status
	refuses ".*--progress: 'x' is none of auto, bar, plain, none" status --progress=x
}

@test "--dry-run where it cannot be" {
	local name
	for name in status info pause resume query-pci; do
		refuses '.*--dry-run' "$name" --dry-run
	done
	refuses '.*--dry-run' ringbuf-read a --dry-run
}

@test "several VMs and the prompt say that they come later" {
	plain -s "$S" -s "$S.2" status
	outcome 2 '' '~^qmpbox status: .*not in this version'
	plain -s "$T/*.qmp" status
	outcome 2 '' '~^qmpbox status: .*not in this version'
	plain --all status
	outcome 2 '' '~^qmpbox status: .*not in this version'
	refuses '.*not in this version' --parallel 4 status
	plain -s "$S"
	outcome 2 '' '~.'
}

@test "no address" {
	plain status
	outcome 2 '' '~^qmpbox status: .*-s ADDRESS.*QMPBOX_SOCKET'
	QMPBOX_SOCKET='' plain status
	outcome 2 '' '~^qmpbox status: '
}

@test "words that do not go together" {
	refuses '.*--has needs' info --has
	refuses '.*--has' info query-name
	refuses '.*one of' query-pci --free-slot --has x
	refuses ".*--has-slot: 'zz'" query-pci --has-slot zz
	refuses ".*--has-slot: '20'" query-pci --has-slot 20
	refuses ".*--has-slot: '0.8'" query-pci --has-slot 0.8
	refuses ".*--has-slot: ''" query-pci --has-slot ''
	refuses ".*expected KEY=VALUE" hotplug-disk id "$T/x" noequals
}

# ------------------------------------------------------------- what is accepted

@test "global options stand before and after the subcommand" {
	local words
	serves 'on query-status reply {"status": "running"}'
	for words in "-s $S -j status" "status -s $S -j" "-j status --socket=$S" "status --json --socket $S" \
		"status -js $S" "-s$S status -j" "-jqs$S status"; do
		if ! kill -0 "$FAKE_PID" 2>/dev/null || exited "$FAKE_PID"; then
			start_fake < <(printf '%s\n' negotiate 'on query-status reply {"status": "running"}' serve)
			words=${words//fake[0-9]*.qmp/fake$SEQUENCE.qmp}
		fi
		# shellcheck disable=SC2086
		plain $words
		outcome 0 '{"status":"running"}' ''
		wait_for 5 exited "$FAKE_PID"
	done
}

@test "letters may stand together" {
	serves 'on cont reply {}' 'on query-status reply {"status": "inmigrate"}'
	qb -jq resume
	outcome 0 '{"status":"inmigrate"}' ''
}

@test "after -- nothing is an option" {
	refuses ".*'--json'" status -- --json
	serves 'on ringbuf-read reply ""'
	qb ringbuf-read -- -name
	outcome 0 '' ''
	assert_regex "$(<"$FAKE_LOG")" '"device":"-name"'
}

@test "- and _ are the same in names" {
	serves
	qb --json query_pci
	outcome 0 '{}' ''
	serves 'on ringbuf-read reply "aGk="'
	qb ringbuf_read x
	outcome 0 hi ''
	assert_regex "$(<"$FAKE_LOG")" '"execute":"ringbuf-read"'
}

@test "QMP names reach the subcommands" {
	local pair
	for pair in cont:cont stop:stop query-status:query-status query_status:query-status; do
		serves 'on query-status reply {"status": "running"}'
		qb "${pair%:*}"
		outcome 0 running ''
		assert_regex "$(<"$FAKE_LOG")" "\"execute\":\"${pair#*:}\""
	done
}

# ----------------------------------------------------------------- help and co

@test "no arguments: short help on stderr, status 2" {
	plain
	outcome 2 '' '~^Usage: qmpbox '
	while read -r name; do
		assert_regex "$stderr" "  $name "
	done < <(all_names)
}

@test "--help names every subcommand, on stdout" {
	local name word
	for word in --help -h; do
		plain "$word"
		outcome 0 '~^Usage: qmpbox ' ''
	done
	while read -r name; do
		assert_regex "$output" "  $name "
	done < <(all_names)
	for name in socket timeout reply-timeout json quiet verbose log color progress dry-run parallel help version list; do
		assert_regex "$output" "--$name"
	done
}

@test "every subcommand has --help, wherever it stands" {
	local name
	while read -r name; do
		plain "$name" --help
		outcome 0 "~^Usage: qmpbox \[GLOBAL\]\.\.\. $name" ''
		assert_regex "$output" '(--timeout|time-out)'
		assert_regex "$output" 'Examples:'
	done < <(all_names)
	plain --help status
	outcome 0 '~^Usage: ' ''
	plain -h exec
	outcome 0 '~^Usage: ' ''
}

@test "help is given even when other words are wrong" {
	plain exec --help
	outcome 0 '~^Usage: ' ''
	plain status --help too many
	outcome 0 '~^Usage: ' ''
	plain status too many --help
	outcome 0 '~^Usage: ' ''
}

@test "--list: the names, sorted, one a line" {
	plain --list
	outcome 0 '~^block-commit' ''
	assert_equal "$output" "$(LC_ALL=C sort <<<"$output")"
	local name
	for name in exec info status pause resume query-pci ringbuf-read hotplug-disk unplug-disk; do
		grep -qx "$name" <<<"$output"
	done
}

@test "--version: of the program and of its libraries" {
	plain --version
	outcome 0 '~^qmpbox [0-9]+\.[0-9]' ''
	assert_regex "$output" 'libcjson [0-9]+\.'
	plain -V
	outcome 0 '~^qmpbox [0-9]' ''
}

@test "help into a full disk is status 8" {
	local word
	for word in --help --version --list 'status --help'; do
		# shellcheck disable=SC2086
		run --separate-stderr bash -c '"$@" >/dev/full' - "$QMPBOX" $word 3>&-
		outcome 8 '' '~^qmpbox'
	done
}

@test "help into a closed pipe is no error on stderr" {
	# shellcheck disable=SC2016
	run --separate-stderr bash -c '"$@" 2>"$0" | true; [[ ! -s $0 ]]' "$T/err" "$QMPBOX" --help 3>&-
	outcome 0 '' ''
}

# ----------------------------------------------------------------------- links

@test "--install-links makes a link for each subcommand" {
	local name
	mkdir "$T/bin"
	plain --install-links "$T/bin"
	outcome 0 '' ''
	while read -r name; do
		assert_equal "$(readlink -f "$T/bin/qmp-$name")" "$(readlink -f "$QMPBOX")"
	done < <(all_names)
	assert_equal "$(find "$T/bin" -mindepth 1 | wc -l)" "$(all_names | wc -l)"
}

@test "a link works like its subcommand" {
	mkdir "$T/bin"
	"$QMPBOX" --install-links "$T/bin"
	serves 'on query-status reply {"status": "running"}'
	run --separate-stderr "$T/bin/qmp-status" -s "$S" 3>&-
	outcome 0 running ''
	serves 'on query-status reply {"status": "running"}'
	PATH=$T/bin:$PATH run --separate-stderr qmp-status --json -s "$S" 3>&-
	outcome 0 '{"status":"running"}' ''
	run --separate-stderr "$T/bin/qmp-exec" --help 3>&-
	outcome 0 '~^Usage: .* exec ' ''
	run --separate-stderr "$T/bin/qmp-status" too-many 3>&-
	outcome 2 '' "~^qmpbox status: 'too-many'"
}

@test "a link under a subcommand's QMP name works" {
	serves 'on query-status reply {"status": "running"}'
	ln -s "$QMPBOX" "$T/qmp-query-status"
	run --separate-stderr "$T/qmp-query-status" -s "$S" 3>&-
	outcome 0 running ''
}

@test "--install-links replaces links, and no file" {
	mkdir "$T/bin"
	ln -s /nonexistent "$T/bin/qmp-exec"
	echo precious >"$T/bin/qmp-status"
	plain --install-links "$T/bin"
	outcome 8 '' '~^qmpbox: .*qmp-status'
	assert_equal "$(<"$T/bin/qmp-status")" precious
	assert_equal "$(readlink -f "$T/bin/qmp-exec")" "$(readlink -f "$QMPBOX")"
	plain --install-links "$T/none"
	outcome 8 '' '~none'
}

# ---------------------------------------------------------------------- errors

@test "errors with --json are one document on stderr, wherever --json stands" {
	plain --json nosuch
	outcome 2 '' '~^\{"error":\{"kind":"usage"'
	output=$stderr
	assert_json '.error | .kind == "usage" and (.message | test("nosuch"))'
	plain -s "$S" status --json
	outcome 3 '' '~^\{"error":\{"kind":"connect"'
	plain -s "$S" status --nosuch --json
	outcome 2 '' '~^\{"error":\{"kind":"usage"'
	plain -s "$S" status too --json
	outcome 2 '' '~^\{"error":\{"kind":"usage"'
	plain nosuch --json
	outcome 2 '' '~^\{"error":\{"kind":"usage"'
	plain --nosuch status -j
	outcome 2 '' '~^\{"error":\{"kind":"usage"'
	plain -s "$S" status too -- --json
	outcome 2 '' "qmpbox status: 'too' is one word too many"
}

@test "an error of QEMU has kind, message, class, desc and command" {
	serves 'on query-status error GenericError it "failed"'
	qb --json status
	outcome 1 '' '~^\{"error":'
	assert_equal "$(wc -l <<<"$stderr")" 1
	output=$stderr
	assert_json '. == {error: {kind: "refused", class: "GenericError", desc: "it \"failed\"",
		command: "query-status", message: .error.message}} and (.error.message | test("failed"))'
}

@test "an error for people is one line: qmpbox SUBCOMMAND: what failed: why (class)" {
	serves 'on query-status error GenericError it failed'
	qb status
	outcome 1 '' 'qmpbox status: query-status: it failed (GenericError)'
}

@test "a question that is answered no: the answer, and status 10" {
	serves 'on query-commands reply [{"name": "stop"}]'
	qb --json info --has stop nope
	outcome 10 '{"stop":true,"nope":false}' '~^\{"error":\{"kind":"no"'
}

@test "--quiet hides notes, not errors" {
	serves 'on query-status reply {"status": "inmigrate"}'
	qb resume
	outcome 0 inmigrate '~^qmpbox resume: note: .*incoming'
	serves 'on query-status reply {"status": "inmigrate"}'
	qb --json resume
	outcome 0 '{"status":"inmigrate"}' '~^\{"note":"'
	output=$stderr
	assert_json '.note | test("incoming")'
	serves 'on query-status reply {"status": "inmigrate"}'
	qb --quiet resume
	outcome 0 inmigrate ''
	serves 'on query-status error GenericError no'
	qb -q status
	outcome 1 '' '~GenericError'
}
