# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The proof of undo, for the table-*.bats files: every operation of several steps, with each of its
# commands in turn refused, cut off, or not answered, on a real QEMU behind qmpproxy. Then
#   - the VM is as before, or what is not is told: in `left`, by "did take effect", or, of an
#     operation that ended well, in a note;
#   - what `undone` names is gone, and what `left` names is there;
#   - the repair of the operation (its unplug, or itself once more) brings the VM back.
# Each test prints its part of the table.
#
# A raw command (raw_command says its name) whose answer is missing may have been carried out or not,
# and nobody knows how to look: that none came is then all that must be told.
#
# An operation is one line: table PREPARE REPAIR ARG..., where PREPARE is a function that brings the
# VM from how it was at first to where the operation begins, and REPAIR one that brings it back to
# how it was at first, whatever has become of the operation.

load helpers

table_setup() {
	qmpbox_setup
	mkdir "$XDG_CACHE_HOME"
	cd "$T" || return 1
}

# start: a VM whose SCSI and USB devices let go at once, without a guest. The events' client keeps
# QEMU up to 7.2 from dropping fdsets by itself.
start() {
	start_vm --no-ports --events -- -device virtio-scsi-pci,id=scsi0 -device qemu-xhci,id=xhci
}

# has SUBCOMMAND: is there one of that name?
has() { "$QMPBOX" --list | grep -qx -- "$1"; }

# directly ARG...: qmpbox on the VM's own monitor, which nobody tampers with
directly() {
	timeout 30 "$QMPBOX" -s "${S2%2}" "$@" >"$T/directly" 2>&1 3>&- || {
		fail "$* ended with $?: $(<"$T/directly")"
		return 1
	}
}

# ---------------------------------------------------------------- what is in the VM

# look: sets seen, the VM's state without the numbers that are chosen anew each time, and parts, a
# line for each thing as an error calls it ("node d1").
look() {
	vm_state 's#/dev/fdset/[0-9]+#/dev/fdset/N#g; s/"\#block[0-9]+"/"\#block"/g
		s/"fdset-id": ([0-9]+)/"fdset-id": 0, "number": \1/g; s/"fd": [0-9]+/"fd": 0/g' '
		| def each(f; $what): if type == "array" then .[] | f | "\($what) \(.)" else empty end;
			(."query-fdsets" |= map(del(.number))), "---",
			(."/machine/peripheral" | each(.name; "device")),
			(."query-named-block-nodes" | each(."node-name"; "node")),
			(."query-fdsets" | each(select(.fds != []) | .number; "fdset")),
			(."query-jobs" | each(.id; "job")),
			(."/objects" | each(.name; "object")),
			(."query-chardev" | each(.; "chardev")),
			(."info network" | each(scan("([^ :]+)(?:: |$)") | .[0]; "netdev"))' >"$T/look" || return 1
	seen=$(sed '/^---$/,$d' "$T/look")
	parts=$(sed '1,/^---$/d' "$T/look")
}

# looks_wanted: does the VM look as wanted? Sets seen and parts.
looks_wanted() { look && [[ $seen == "$wanted" ]]; }

# becomes STATE WHEN: waits until it looks so; says what differs if it does not
becomes() {
	local wanted=$1
	if looks_wanted; then return 0; fi
	if wait_for 5 looks_wanted >/dev/null 2>&1; then return 0; fi
	diff <(echo "$wanted") <(echo "$seen") | head -n 40
	fail "the VM is not $2"
}

# there WHAT: is it among the parts? An error adds more words: "fdset 7 of d1".
there() {
	local kind=${1%% *} name=${1#* }
	case $kind in
	device | node | fdset | netdev | job | object | chardev) ;;
	*)
		fail "how is it seen whether '$1' is there?"
		return 2
		;;
	esac
	[[ $'\n'$parts$'\n' == *$'\n'"$kind ${name%% *}"$'\n'* ]]
}

# ---------------------------------------------------------------- one run

# run_once MODE K ARG...: the operation, tampered with; sets status, stderr, undone, left and effect
# (of its error), seen and parts
run_once() {
	local word what
	undone=() left=() effect=''
	# What an earlier run has learned of this QEMU is what every run knows.
	rm -rf "$XDG_CACHE_HOME"
	cp -r "$T/warm" "$XDG_CACHE_HOME"
	start_proxy "--$1" "$2"
	qb --json --reply-timeout "$patience" "${@:3}"
	look
	if [[ $stderr != *'"error"'* ]]; then return 0; fi
	while read -r word what; do
		case $word in
		undone) undone+=("$what") ;;
		left) left+=("$what") ;;
		effect) effect=1 ;;
		esac
	done < <(jq -r 'select(.error) | .error | "undone \(.undone[]?)", "left \(.left[]?)",
		(select(.message | contains("did take effect")) | "effect")' <<<"$stderr")
}

# truthful: what the error says is undone is gone, and what it says is left is there
truthful() {
	local what
	for what in "${undone[@]}"; do
		if there "$what"; then
			fail "undone, and yet there: $what"
			return 1
		fi
	done
	for what in "${left[@]}"; do
		if [[ $what != *'(not known'* ]] && ! there "$what"; then
			fail "left, and yet gone: $what"
			return 1
		fi
	done
}

# judged MODE K COMMAND: is what became of the run right?
judged() {
	local fate=$1
	case $1 in refuse) fate=refused ;; swallow) fate=swallowed ;; esac
	assert_equal "$(sed -n "s/^$2 //p" "$PROXY_LOG")" "$3 $fate" || return 1
	case $1:$status in
	*:0)
		# It is done: as when all is well, or a note says what is not so.
		[[ $stderr ]] || becomes "$after" 'as when all is well' || return 1
		;;
	refuse:1 | refuse:6 | cut:5 | swallow:4)
		truthful || return 1
		if [[ $seen != "$before" && ! ${left[*]}$effect ]] && ! is_open "$3"; then
			fail "the VM is not as before, and the error does not say so"
			return 1
		fi
		;;
	refuse:2)
		# A question's refusal may mean that the words are wrong: "n1 is no NIC".
		[[ $seen == "$before" ]] || fail 'refused as wrong words, and yet the VM is not as before' || return 1
		;;
	*)
		fail "status $status is not that of $1"
		return 1
		;;
	esac
}

# is_open COMMAND: is it the raw one, and does the error say that it had no answer?
is_open() { [[ $1 == "${raw_command-}" && $stderr == *"$1: no reply came"* ]]; }

# back: the VM is where the operation begins, repaired if it was not
back() {
	if [[ $seen == "$before" ]]; then return 0; fi
	"$repair" && becomes "$first" 'as it was at first, after the repair' && "$prepare"
}

# ---------------------------------------------------------------- the table

# row K COMMAND MODE WORD...
row() {
	local words
	printf -v words '; %s' "${@:4}"
	rows+=("$(printf '%3s  %-24s %-8s %s' "$1" "$2" "$3" "${words:2}" | sed -E 's/fdset [0-9]+/fdset/g')")
}

# print_rows TITLE: as comments of TAP
print_rows() {
	{
		printf '# \n# %s\n#   k  command                  mode     status; what is said; the VM\n' "$1"
		printf '# %s\n' "${rows[@]}"
	} >&3
}

# say_run MODE K COMMAND WORD...: the row of the newest run
say_run() {
	local words=("$status") list
	if [[ ${undone[*]} ]]; then printf -v list ', %s' "${undone[@]}"; words+=("undone: ${list:2}"); fi
	if [[ ${left[*]} ]]; then printf -v list ', %s' "${left[@]}"; words+=("left: ${list:2}"); fi
	if [[ $effect ]]; then words+=('took effect'); fi
	if is_open "$3"; then words+=('no reply'); fi
	if [[ $stderr == *'"note"'* ]]; then words+=(noted); fi
	row "$2" "$3" "$1" "${words[@]}" "${@:4}"
}

# cell MODE K COMMAND ARG...: one run, judged, and the VM brought back to where it begins
cell() {
	local patience=0.2 undone left effect seen parts why=''
	run_once "$1" "$2" "${@:4}" || return 1
	if [[ $1 == swallow ]] && ! why=$(judged "$@" 2>&1); then
		# Was the machine too slow for that patience?
		patience=3
		back && run_once "$1" "$2" "${@:4}" || return 1
	fi
	if why=$(judged "$@" 2>&1); then
		if [[ $seen == "$before" ]]; then
			say_run "${@:1:3}" 'as before'
		else
			say_run "${@:1:3}" 'repaired'
		fi
	else
		say_run "${@:1:3}" 'WRONG'
		wrong+=("$1 $2 ($3): $why" "$stderr" "$(<"$PROXY_LOG")")
	fi
	back
}

# round: the operation when all is well, and its repair
round() {
	start_proxy
	qb_ok --json "$@"
	look
	after=$seen
	if [[ $after == "$before" ]]; then
		fail "$* has changed nothing: a table of it would prove nothing"
		return 1
	fi
	"$repair"
	becomes "$first" 'as it was at first, after the repair'
	"$prepare"
	becomes "$before" 'as before'
}

# table PREPARE REPAIR ARG...: see above
table() {
	local prepare=$1 repair=$2 first before after seen parts rows=() wrong=() commands=() mode k
	shift 2
	has "$1" || skip "qmpbox has no $1 yet"
	start
	look
	first=$seen
	"$prepare"
	look
	before=$seen
	# The first round fills the cache of what this QEMU says about itself, the second is counted.
	round "$@"
	round "$@"
	cp -r "$XDG_CACHE_HOME" "$T/warm"
	mapfile -t commands < <(sed -n 's/^[0-9]* \(.*\) passed$/\1/p' "$PROXY_LOG")
	((${#commands[@]} > 1))
	for mode in refuse cut swallow; do
		for k in "${!commands[@]}"; do
			cell "$mode" $((k + 1)) "${commands[k]}" "$@" || {
				print_rows "$*"
				return 1
			}
		done
	done
	print_rows "$*"
	if [[ ${wrong[*]} ]]; then
		printf '%s\n' "${wrong[@]}" | fail
	fi
}

nothing() { :; }
