# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The proof of undo, for the table-*.bats files: every operation of several steps, with each of its
# commands in turn refused, cut off, or not answered, on a real QEMU behind qmpproxy. Then
#   - the VM is as before, or what is not is told: in `left`, by "did take effect" (a job: "had ended
#     well"), or, of an operation that ended well, in a note;
#   - what `undone` names is gone, and what `left` names is there;
#   - the repair of the operation (its unplug, or itself once more) brings the VM back.
# Each test prints its part of the table.
#
# Variables of a test change what counts:
#   raw_command  a raw command whose answer is missing may have been carried out or not, and nobody
#                knows how to look: that none came is then all that must be told
#   plain        for sed: makes alike what QEMU itself does not bring back
#   unchanged    when all is well nothing of the operation is seen in the VM
#   spare        commands that are let alone; the table says so
#
# An operation is one line: table PREPARE REPAIR ARG..., where PREPARE is a function that brings the
# VM from how it was at first to where the operation begins, and REPAIR one that brings it back to
# how it was at first, whatever has become of the operation; there() tells it what there is.

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

# look: sets seen, the VM's state without the numbers that are chosen anew each time, and what qcow2
# files there are, and parts, a line for each thing as an error calls it ("node d1").
look() {
	vm_state "${plain-}"';s#/dev/fdset/[0-9]+#/dev/fdset/N#g; s/"\#block[0-9]+"/"\#block"/g
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
	parts=$(sed '1,/^---$/d' "$T/look"; find "$T" -maxdepth 1 -name '*.qcow2' -printf 'file %p\n')
	seen=$(sed '/^---$/,$d' "$T/look")$'\n'$(grep '^file ' <<<"$parts" | sort)
}

# looks_wanted: does the VM look as wanted? Sets seen and parts.
looks_wanted() { look && [[ $seen == "$wanted" ]]; }

# differs STATE: what of the VM is not as there, in short
differs() { diff <(echo "$1") <(echo "$seen") | head -n 30; }

# becomes STATE WHEN: waits until it looks so; says what differs if it does not
becomes() {
	local wanted=$1
	if looks_wanted; then return 0; fi
	if wait_for 5 looks_wanted >/dev/null 2>&1; then return 0; fi
	differs "$wanted"
	fail "the VM is not $2"
}

# there WHAT: is it among the parts? An error adds more words: "fdset 7 of d1".
there() {
	local kind=${1%% *} name=${1#* }
	case $kind in
	device | node | fdset | netdev | job | object | chardev | file) ;;
	*)
		fail "how is it seen whether '$1' is there?"
		return 2
		;;
	esac
	[[ $'\n'$parts$'\n' == *$'\n'"$kind ${name%% *}"$'\n'* ]]
}

# ---------------------------------------------------------------- one run

# The cell of the table that is being made: mode (refuse, cut, swallow), k, the number of the command
# among those of the operation, its name command, and nth, which one of that name it is.

# run_once ARG...: the operation, tampered with; sets status, stderr, undone, left and effect (of its
# error), seen and parts
run_once() {
	local word what
	undone=() left=() effect=''
	# What an earlier run has learned of this QEMU is what every run knows.
	rm -rf "$XDG_CACHE_HOME"
	cp -r "$T/warm" "$XDG_CACHE_HOME"
	start_proxy --match "$command" "--$mode" "$nth"
	qb --json --reply-timeout "$patience" "$@"
	look || return 1
	if [[ $stderr != *'"error"'* ]]; then return 0; fi
	while read -r word what; do
		case $word in
		undone) undone+=("$what") ;;
		left) left+=("$what") ;;
		effect | ended) effect=$word ;;
		esac
	done < <(jq -r 'select(.error) | .error | "undone \(.undone[]?)", "left \(.left[]?)",
		(select(.message | contains("did take effect")) | "effect"),
		(select(.message | contains("had ended well")) | "ended")' <<<"$stderr")
}

# met: has the command met its fate? How often jobs are asked for depends on how fast they are.
met() { grep -qvE ' passed$' "$PROXY_LOG"; }

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
		# What a job has done stays, also when the job itself is gone.
		if [[ $what != *'(not known'* && $what != job*'had ended, and well)' ]] && ! there "$what"; then
			fail "left, and yet gone: $what"
			return 1
		fi
	done
}

# told: is what is not as before told?
told() {
	if [[ $seen == "$before" || ${left[*]} || $effect == ended ]] || is_open; then return 0; fi
	if [[ $effect ]]; then
		becomes "$after" 'as when all is well, and the error does not say so'
	else
		differs "$before"
		fail 'the VM is not as before, and the error does not say so'
	fi
}

# is_open: is it the raw command, and does the error say that it had no answer?
is_open() { [[ $command == "${raw_command-}" && $stderr == *"$command: no reply came"* ]]; }

# judged: is what became of the run right?
judged() {
	if ! met && [[ $command != query-jobs ]]; then
		fail 'the command was not sent'
		return 1
	fi
	case $mode:$status in
	*:0)
		# It is done: as when all is well, or a note says what is not so.
		[[ $stderr == *'"note"'* ]] || becomes "$after" 'as when all is well'
		;;
	refuse:1 | refuse:6 | cut:5 | swallow:4)
		truthful && told
		;;
	cut:7)
		# A job that QEMU does not keep (block-stream below 10) may end while nobody listens.
		[[ $stderr == *'no event said how it ended'* ]] || fail "status $status is not that of $mode"
		;;
	refuse:2)
		# A question's refusal may mean that the words are wrong: "n1 is no NIC".
		[[ $seen == "$before" ]] || fail 'refused as wrong words, and yet the VM is not as before'
		;;
	*)
		fail "status $status is not that of $mode"
		;;
	esac
}

# back: the VM is where the operation begins, repaired if it was not
back() {
	if [[ $seen == "$before" ]]; then return 0; fi
	"$repair" && becomes "$first" 'as it was at first, after the repair' && "$prepare"
}

# ---------------------------------------------------------------- the table

# row WORD...
row() {
	local words
	printf -v words '; %s' "$@"
	rows+=("$(printf '%3s  %-24s %-8s %s' "$k" "$command" "$mode" "${words:2}" |
		sed -E "s#$T/##g; s/fdset [0-9]+/fdset/g")")
}

# print_rows TITLE: as comments of TAP
print_rows() {
	{
		printf '# \n# %s\n#   k  command                  mode     status; what is said; the VM\n' "$1"
		printf '# %s\n' "${rows[@]}"
	} >&3
}

# say_run WORD...: the row of the newest run
say_run() {
	local words=("$status") list
	if ! met; then words+=('not sent this time'); fi
	if [[ ${undone[*]} ]]; then printf -v list ', %s' "${undone[@]}"; words+=("undone: ${list:2}"); fi
	if [[ ${left[*]} ]]; then printf -v list ', %s' "${left[@]}"; words+=("left: ${list:2}"); fi
	case $effect in
	effect) words+=('took effect') ;;
	ended) words+=('the job had ended well') ;;
	esac
	if is_open; then words+=('no reply'); fi
	if [[ $stderr == *'"note"'* ]]; then words+=(noted); fi
	row "${words[@]}" "$@"
}

# cell ARG...: one run, judged, and the VM brought back to where it begins
cell() {
	local patience=10 undone left effect seen parts why=''
	if [[ $mode == swallow ]]; then patience=0.2; fi
	run_once "$@" || return 1
	if [[ $mode == swallow ]] && ! why=$(judged 2>&1); then
		# Was the machine too slow for that patience?
		patience=3
		back && run_once "$@" || return 1
	fi
	if why=$(judged 2>&1); then
		if [[ $seen == "$before" ]]; then say_run 'as before'; else say_run repaired; fi
	else
		say_run WRONG
		wrong+=("$mode $k ($command): $why" "$stderr" "$(<"$PROXY_LOG")")
	fi
	back
}

# round ARG...: the operation when all is well, and its repair
round() {
	start_proxy
	qb_ok --json "$@"
	look
	after=$seen
	if [[ $after == "$before" && ! ${unchanged-} ]]; then
		fail "$* has changed nothing: a table of it would prove nothing"
		return 1
	fi
	"$repair"
	becomes "$first" 'as it was at first, after the repair'
	"$prepare"
	becomes "$before" 'as before'
}

# cells ARG...: all of them, as long as the VM can be brought back
cells() {
	local mode k command nth
	for mode in refuse cut swallow; do
		local -A count=()
		k=0
		for command in "${commands[@]}"; do
			k=$((k + 1))
			nth=$((${count[$command]-0} + 1))
			count[$command]=$nth
			if [[ " ${spare-} " == *" $command "* ]]; then
				row 'not done here'
			else
				cell "$@" || return 1
			fi
		done
	done
}

# table PREPARE REPAIR ARG...: see above
table() {
	local prepare=$1 repair=$2 first before after seen parts rows=() wrong=() commands=() whole=1
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
	cells "$@" || whole=''
	print_rows "$*"
	if [[ ${wrong[*]} || ! $whole ]]; then
		printf '%s\n' "${wrong[@]}" | fail
	fi
}

nothing() { :; }
