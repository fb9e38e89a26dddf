# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the .bats files share. Each of them begins with
#
#   load helpers
#   setup() { qmpbox_setup; }
#   teardown() { qmpbox_teardown; }
#
# Variables that a test may use:
#   QMPBOX FAKEQMP QMPPROXY top_srcdir top_builddir   absolute paths; make may set them
#   T           this test's folder, short enough for sockets in it
#   S           the monitor for qmpbox
#   S2          the monitor for the test itself (vm_ask, vm_state)
#   VM_PID VM_ERR             of the newest VM or storage daemon; QEMU's stderr
#   EVENTS                    of the newest VM with --events: QMP lines as they came
#   GUEST_LOG GUEST_CMD       of the newest guest: its console, its command socket
#   QGA_PID                   of the newest qemu-ga
#   FAKE_PID FAKE_LOG FAKE_ERR of the newest fakeqmp
#   PROXY_PID PROXY_LOG       of the newest qmpproxy
#   QB_PID QB_OUT QB_ERR      of the newest qmpbox in the background
#
# start_* set variables and must run in the test's own shell: not in run, not in
# $(...). What they start does not outlive the test, not even a killed one.

# The same characters everywhere, whatever the machine's own locale is.
export LC_ALL=C.UTF-8

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

# ---------------------------------------------------------------- environment

# absolute PATH: PATH made absolute; it need not exist, its folder must.
absolute() {
	local dir
	dir=$(cd "$(dirname "$1")" && pwd) || return 1
	printf '%s\n' "${dir%/}/${1##*/}"
}

top_srcdir=$(cd "${top_srcdir:-$(dirname "${BASH_SOURCE[0]}")/..}" && pwd)
top_builddir=$(cd "${top_builddir:-$top_srcdir}" && pwd)
QMPBOX=$(absolute "${QMPBOX:-$top_builddir/qmpbox}")
FAKEQMP=$(absolute "${FAKEQMP:-$top_builddir/tests/fakeqmp}")
QMPPROXY=$(absolute "${QMPPROXY:-$top_builddir/tests/qmpproxy}")
RELAY=$(absolute "${RELAY:-$top_builddir/tests/relay}")
QEMU=${QEMU:-qemu-system-x86_64}
QSD=${QSD:-qemu-storage-daemon}
QGA=${QGA:-qemu-ga}

# ------------------------------------------------------------ setup, teardown

# qmpbox_setup: makes T. The test's stdin becomes /dev/null.
qmpbox_setup() {
	T=$BATS_TEST_TMPDIR
	# sun_path holds 107 bytes; leave 37 for the socket's own name.
	if ((${#T} > 70)); then
		T=$(mktemp -d /tmp/qb.XXXXXX) || return 1
	fi
	# A cache of the test's own: what another test left is not seen.
	export XDG_CACHE_HOME=$T/cache
	S=$T/no-monitor-started
	S2=$S
	SEQUENCE=0
	exec </dev/null
}

# qmpbox_teardown: runs what was deferred, newest first; shows the logs if the
# test failed.
qmpbox_teardown() {
	local i list=() status=0
	[[ -n ${T-} ]] || return 0
	if [[ -e $T/.deferred ]]; then
		mapfile -t list <"$T/.deferred"
	fi
	for ((i = ${#list[@]} - 1; i >= 0; i--)); do
		eval "${list[i]}" || {
			echo "cleanup failed: ${list[i]}"
			status=1
		}
	done
	if [[ -z ${BATS_TEST_COMPLETED-} && -e $T/.logs ]]; then
		while read -r i; do
			show_log "$i"
		done <"$T/.logs"
	fi
	[[ $T == "$BATS_TEST_TMPDIR" ]] || rm -rf "$T"
	return "$status"
}

# defer CMD ARG...: teardown will run CMD; one that fails fails the test.
defer() { printf '%s\n' "${*@Q}" >>"$T/.deferred"; }

# keep_log FILE: a failed test shows FILE.
keep_log() { printf '%s\n' "$1" >>"$T/.logs"; }

# show_log FILE: its last lines, if there are any; bats adds the #.
show_log() {
	[[ -s $1 ]] || return 0
	echo "--- ${1##*/}"
	tail -n 60 "$1" | tr -d '\r'
}

# requires CMD...: skips the test unless each CMD is there.
requires() {
	local cmd
	for cmd; do
		command -v "$cmd" >/dev/null || skip "needs $cmd"
	done
}

# ------------------------------------------------------------------ processes

# process_start PID: when PID started, in ticks since boot; nothing if it is
# gone or only waits to be reaped.
process_start() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
	read -r -a stat <<<"${stat##*) }"
	[[ ${stat[0]} == [ZX] ]] || printf '%s\n' "${stat[19]}"
}

# spawn OUT ERR CMD ARG...: CMD in the background with our stdin, its output to
# the files OUT and ERR; sets SPAWN_PID. Teardown ends it; so does the death of our shell.
spawn() {
	local out=$1 err=$2 prefix=()
	shift 2
	if command -v setpriv >/dev/null; then
		prefix=(setpriv --pdeathsig KILL --)
	fi
	# <&0, or bash gives it /dev/null; 3>&-, for bats waits for whoever holds that.
	"${prefix[@]}" "$@" <&0 >"$out" 2>>"$err" 3>&- &
	SPAWN_PID=$!
	defer stop_process "$SPAWN_PID" "$(process_start "$SPAWN_PID")"
}

# exited PID [START]: has PID (that one which started at START) ended?
exited() {
	local start
	start=$(process_start "$1")
	[[ -z $start || $start != "${2-$start}" ]]
}

# stop_process PID [START]: TERM, KILL after 2 s, reap. Leaves PID alone if it
# did not start at START.
stop_process() {
	local i
	if ! exited "$@"; then
		kill -TERM "$1" 2>/dev/null || :
		for ((i = 0; i < 100; i++)); do
			if exited "$@"; then break; fi
			sleep 0.02
		done
		exited "$@" || kill -KILL "$1" 2>/dev/null || :
	fi
	wait "$1" 2>/dev/null || :
}

# wait_for SECONDS CMD ARG...: runs CMD every 50 ms until it succeeds; fails the
# test after SECONDS. Nothing else in the tests waits.
wait_for() {
	local now end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)) seconds=$1
	shift
	until "$@" >"$T/.wait_for" 2>&1; do
		now=${EPOCHREALTIME/[.,]/}
		if ((now > end)); then
			{
				echo "waited $seconds s in vain for: $*"
				show_log "$T/.wait_for"
			} | fail
			return 1
		fi
		sleep 0.05
	done
}

# ----------------------------------------------------------- virtual machines

# qmp_socket ID PATH: the argument of -chardev for a monitor.
qmp_socket() { printf 'socket,id=%s,path=%s,server=on,wait=off\n' "$1" "${2//,/,,}"; }

# greets PID SOCKET...: true once each SOCKET is there and the last one answers;
# true as well if PID has ended, so that nobody waits for the dead.
greets() {
	local pid=$1 socket
	shift
	if exited "$pid"; then return 0; fi
	for socket; do
		[[ -S $socket ]] || return 1
	done
	printf '{"execute":"qmp_capabilities"}' |
		timeout 5 socat -t 5 - "UNIX-CONNECT:$socket" 2>/dev/null | grep -q '"return"'
}

# start_monitored PROGRAM ARG...: PROGRAM, which makes the monitors S and S2;
# returns when they answer.
start_monitored() {
	VM_ERR=$T/vm$SEQUENCE.err
	keep_log "$VM_ERR"
	spawn "$T/vm$SEQUENCE.out" "$VM_ERR" "$@"
	VM_PID=$SPAWN_PID
	wait_for 20 greets "$VM_PID" "$S" "$S2" || return 1
	if exited "$VM_PID"; then
		{
			echo "$1 ended at once:"
			cat "$VM_ERR"
		} | fail
	fi
}

# next_names: the paths of the next VM.
next_names() {
	SEQUENCE=$((SEQUENCE + 1))
	S=$T/vm$SEQUENCE.qmp
	S2=$T/vm$SEQUENCE.qmp2
}

# start_vm [--machine q35|pc|none] [--paused] [--no-ports] [--events]
#          [-- QEMU-ARG...]
# A VM without a guest; q35 has the root ports rp0, rp1, rp2. There is the
# ringbuf ring0. Returns when both monitors answer and the firmware, if it runs,
# is through with PCI. A second call starts a second VM.
# --events opens a third monitor and keeps a client on it, see wait_event.
start_vm() {
	local machine=q35 paused='' ports=1 events='' args=() i
	while (($#)); do
		case $1 in
		--machine) machine=$2; shift ;;
		--paused) paused=1 ;;
		--no-ports) ports='' ;;
		--events) events=1 ;;
		--) shift; break ;;
		*) fail "start_vm: what is $1?"; return 1 ;;
		esac
		shift
	done
	requires "$QEMU" socat jq
	next_names
	# shellcheck disable=SC2054 # those commas are QEMU's
	args=(-accel tcg -machine "$machine" -nodefaults -no-user-config -display none
		-name test-vm -m 64
		-chardev ringbuf,id=ring0,size=65536
		-chardev "$(qmp_socket qmp "$S")" -mon chardev=qmp,mode=control
		-chardev "$(qmp_socket qmp2 "$S2")" -mon chardev=qmp2,mode=control)
	if [[ $machine == q35 && $ports ]]; then
		for i in 0 1 2; do
			args+=(-device "pcie-root-port,id=rp$i,chassis=$((i + 1))")
		done
	fi
	if [[ $machine != none ]]; then
		# shellcheck disable=SC2054
		args+=(-chardev "file,id=fwlog,path=${T//,/,,}/vm$SEQUENCE.fw"
			-device isa-debugcon,iobase=0x402,chardev=fwlog)
	fi
	if [[ $paused ]]; then
		args+=(-S)
	fi
	if [[ $events ]]; then
		# shellcheck disable=SC2054
		args+=(-chardev "$(qmp_socket qmp3 "$S2.events")" -mon chardev=qmp3,mode=control)
	fi
	start_monitored "$QEMU" "${args[@]}" "$@" || return 1
	if [[ $machine != none && $(vm_ask query-status | jq .running) == true ]]; then
		wait_for 20 grep -qE '^(No bootable device|Booting from)' "$T/vm$SEQUENCE.fw" || return 1
	fi
	if [[ $events ]]; then
		record_events
	fi
}

# record_events: a client for the third monitor; sets EVENTS.
record_events() {
	EVENTS=$S2.log
	keep_log "$EVENTS"
	spawn "$EVENTS" /dev/null socat -t 86400 - "UNIX-CONNECT:$S2.events,shut-none" \
		<<<'{"execute":"qmp_capabilities"}'
	wait_for 10 grep -q '"return"' "$EVENTS"
}

# event_seen NAME [JQ-FILTER]: is there an event NAME in EVENTS for which the
# filter is true?
event_seen() {
	jq -en --arg name "$1" "any(inputs; .event == \$name and (${2:-true}))" <"$EVENTS"
}

# wait_event NAME [JQ-FILTER [SECONDS]]: waits until event_seen.
wait_event() { wait_for "${3:-10}" event_seen "$1" "${2:-true}"; }

# start_qsd [ARG...]: a qemu-storage-daemon with two monitors.
start_qsd() {
	requires "$QSD" socat jq
	next_names
	start_monitored "$QSD" \
		--chardev "$(qmp_socket qmp "$S")" --monitor chardev=qmp \
		--chardev "$(qmp_socket qmp2 "$S2")" --monitor chardev=qmp2 "$@"
}

# start_qga [ARG...]: a qemu-ga on this machine at S; sets QGA_PID. What would
# touch the machine is disabled in it, and no test sends it.
start_qga() {
	local blocked=guest-shutdown,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid
	blocked+=,guest-set-time,guest-set-user-password,guest-set-vcpus,guest-set-memory-blocks
	blocked+=,guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-fsfreeze-thaw,guest-fstrim
	blocked+=,guest-ssh-add-authorized-keys,guest-ssh-remove-authorized-keys
	PATH=$PATH:/usr/sbin requires "$QGA" jq
	SEQUENCE=$((SEQUENCE + 1))
	S=$T/qga$SEQUENCE
	mkdir "$S.state"
	keep_log "$S.err"
	spawn "$S.out" "$S.err" env "PATH=$PATH:/usr/sbin" "$QGA" -m unix-listen -p "$S" -t "$S.state" \
		-f "$S.state/pid" -b "$blocked" "$@"
	QGA_PID=$SPAWN_PID
	wait_for 10 qga_ready || return 1
	if exited "$QGA_PID"; then
		fail "$QGA ended at once"
	fi
}

# qga_ready: does the newest qemu-ga listen? True as well if it has ended.
qga_ready() { [[ -S $S ]] || exited "$QGA_PID"; }

# vm_ask COMMAND [ARGUMENTS-JSON]: asks over S2, without qmpbox, and prints the
# value of "return" as one line of JSON; on an error prints that to stderr and
# fails.
vm_ask() {
	local request reply
	request=$(jq -cn --arg c "$1" --argjson a "${2:-null}" \
		'{execute: $c, id: "vm_ask"} + if $a == null then {} else {arguments: $a} end') || return 1
	reply=$(printf '{"execute":"qmp_capabilities"}%s' "$request" |
		timeout 60 socat -t 30 - "UNIX-CONNECT:$S2" 2>/dev/null |
		jq -c 'select(.id == "vm_ask") | del(.id)') || :
	case $reply in
	'{"return":'*) jq -c .return <<<"$reply" ;;
	'')
		echo "vm_ask $1: no reply" >&2
		return 1
		;;
	*)
		jq -c .error <<<"$reply" >&2
		return 1
		;;
	esac
}

# vm_state [EDIT [MORE]]: what a VM or storage daemon has, as a canonical JSON
# document, to be compared with the same taken later, whatever the order in
# which things came; a command that fails is there by its error. Left out:
# actual-size, which the file system changes when it likes, and hubs without
# ports, which stay. EDIT, of sed, changes what QEMU says before it is sorted,
# MORE, of jq, what comes out.
vm_state() {
	local q
	{
		printf '{"execute":"qmp_capabilities"}'
		for q in query-block query-named-block-nodes query-pci query-fdsets query-jobs \
			query-block-exports query-chardev; do
			printf '{"execute":"%s","id":"%s"}' "$q" "$q"
		done
		for q in /machine/peripheral /machine/peripheral-anon /objects; do
			printf '{"execute":"qom-list","arguments":{"path":"%s"},"id":"%s"}' "$q" "$q"
		done
		q='info network'
		printf '{"execute":"human-monitor-command","arguments":{"command-line":"%s"},"id":"%s"}' "$q" "$q"
	} >"$T/.vm_state"
	timeout 60 socat -t 30 - "UNIX-CONNECT:$S2" <"$T/.vm_state" 2>/dev/null |
		sed -E 's/"actual-size": [0-9]+/"actual-size": 0/g;'"${1-}" |
		jq -enSr '
			def sorted(f): if type == "array" then sort_by(f) else . end;
			[inputs | select(.id) | {key: .id, value: (.return // .error)}] |
			if length != 11 then error("vm_state: \(length) replies, not 11") else . end |
			from_entries |
			."query-block" |= sorted(.device, .qdev) |
			."query-named-block-nodes" |= sorted(."node-name", .) |
			."query-fdsets" |= sorted(."fdset-id", .) |
			."query-jobs" |= sorted(.id) |
			."query-block-exports" |= sorted(.id) |
			."query-chardev" |= if type == "array" then map(.label) | sort else . end |
			."/machine/peripheral" |= sorted(.name) |
			."/machine/peripheral-anon" |= sorted(.name) |
			."/objects" |= sorted(.name) |
			."info network" |= if type == "string" then
				gsub("\r"; "") | gsub("\n \\\\ "; " \\ ") | split("\n") | map(select(test("^(hub [0-9]+)?$") | not)) | sort
				else . end
			'"${2-}"
}

# image FILE SIZE [FORMAT [QEMU-IMG-ARG...]]: a new image; raw unless told.
image() {
	if [[ ${3:-raw} == raw ]]; then
		truncate -s "$2" "$1"
	else
		requires qemu-img
		qemu-img create -q -f "$3" "${@:4}" "$1" "$2"
	fi
}

# -------------------------------------------------------------------- guests

# requires_guest: skips the test if no guest can be made here, or if GUESTS_RAN says that it has been
# run with another build of the same program; sets GUEST_DIR.
requires_guest() {
	local status=0 memo=$BATS_RUN_TMPDIR/guest-dir why
	requires "$QEMU" socat jq
	if [[ ${GUESTS_RAN-} ]]; then
		skip "its guest has run with the other build"
	fi
	if [[ ! -s $memo ]]; then
		why=$("$top_srcdir/tests/guest" build 2>&1 >"$T/.guest" 3>&-) || status=$?
		if ((status == 77)); then
			skip "${why##*$'\n'}"
		elif ((status)); then
			fail "tests/guest build: $why"
			return 1
		fi
		mv "$T/.guest" "$memo"
	fi
	GUEST_DIR=$(<"$memo")
}

# start_guest [--no-ports] [--events] [--incoming] [-- QEMU-ARG...]: like start_vm on q35,
# with a real Linux in it; returns when that is ready for guest_run. With --incoming it waits for
# the Linux of another one, and returns at once.
start_guest() {
	local options=() incoming=()
	while (($#)); do
		case $1 in
		--no-ports | --events) options+=("$1") ;;
		--incoming) incoming=(-incoming defer) ;;
		--) shift; break ;;
		*) fail "start_guest: what is $1?"; return 1 ;;
		esac
		shift
	done
	requires_guest || return 1
	GUEST_LOG=$T/guest$((SEQUENCE + 1)).log
	GUEST_CMD=$T/guest$((SEQUENCE + 1)).cmd
	keep_log "$GUEST_LOG"
	start_vm "${options[@]}" -- -m 128 -no-reboot \
		-kernel "$GUEST_DIR/vmlinuz" -initrd "$GUEST_DIR/initrd" \
		-append "console=ttyS0 quiet panic=-1" \
		-chardev "file,id=console,path=${GUEST_LOG//,/,,}" -serial chardev:console \
		-chardev "$(qmp_socket command "$GUEST_CMD")" -serial chardev:command \
		"${incoming[@]}" "$@" || return 1
	if ((${#incoming[@]})); then return 0; fi
	wait_for 60 guest_ready || return 1
	if exited "$VM_PID"; then
		fail "the guest ended before it was ready"
	fi
}

# guest_ready: is it? True as well if the VM has ended.
guest_ready() { grep -q '^GUEST READY' "$GUEST_LOG" || exited "$VM_PID"; }

# guest_run CMD ARG...: has the guest's sh -c run "CMD ARG..."; prints what that
# printed (stdout and stderr) and returns its exit status; 124 and a word on
# stderr if there is no answer in 20 s or the guest has gone. One at a time.
guest_run() {
	local tag=run$RANDOM$RANDOM out=$T/.guest_run end line=''
	end=$((${EPOCHREALTIME/[.,]/} + 20000000))
	spawn "$out" /dev/null socat -t 60 - "UNIX-CONNECT:$GUEST_CMD,shut-none" \
		<<<"$tag $(base64 -w 0 <<<"$*")"
	until [[ $line == "$tag EXIT "*. ]]; do
		if exited "$SPAWN_PID" || ((${EPOCHREALTIME/[.,]/} > end)); then
			stop_process "$SPAWN_PID"
			echo "guest_run: no answer to: $*" >&2
			return 124
		fi
		sleep 0.02
		line=$(tail -n 1 "$out" 2>/dev/null | tr -d '\0')
	done
	stop_process "$SPAWN_PID"
	sed "0,/^$tag BEGIN\$/d" "$out" | sed '$d' | head -c -1
	line=${line##* }
	return "${line%.}"
}

# ------------------------------------------------------------ scripted server

# start_fake [--option...] <<'EOF': a fakeqmp that plays the scenario on stdin;
# sets S, FAKE_PID, FAKE_LOG, FAKE_ERR. Returns once it listens.
start_fake() {
	fake_at "$T/fake$((SEQUENCE + 1)).qmp" "$@" || return 1
	S=$T/fake$SEQUENCE.qmp
}

# fake_at LISTEN [--option...] <<'EOF': the same at an address of fakeqmp's; S
# stays as it is, and PORT is set for tcp:.
fake_at() {
	if [[ ! -x $FAKEQMP ]]; then
		fail "there is no $FAKEQMP: make check builds it"
		return 1
	fi
	SEQUENCE=$((SEQUENCE + 1))
	FAKE_LOG=$T/fake$SEQUENCE.log
	FAKE_ERR=$T/fake$SEQUENCE.err
	keep_log "$FAKE_ERR"
	keep_log "$FAKE_LOG"
	cat >"$T/fake$SEQUENCE.scenario"
	spawn "$T/fake$SEQUENCE.out" "$FAKE_ERR" \
		"$FAKEQMP" --log "$FAKE_LOG" "${@:2}" "$1" "$T/fake$SEQUENCE.scenario" </dev/null
	FAKE_PID=$SPAWN_PID
	wait_for 10 fake_ready || return 1
	if exited "$FAKE_PID" && ! grep -qx ready "$T/fake$SEQUENCE.out"; then
		{
			echo "fakeqmp ended before it listened:"
			cat "$FAKE_ERR"
		} | fail
		return 1
	fi
	# shellcheck disable=SC2034 # for the test
	PORT=$(sed -n 's/^port //p' "$T/fake$SEQUENCE.out")
}

# fake_ready: does the newest fakeqmp listen? True as well if it has ended.
fake_ready() { grep -qx ready "$T/fake$SEQUENCE.out" || exited "$FAKE_PID"; }

# fake_done: waits until the newest fakeqmp ends; its status must be 0.
fake_done() {
	local status=0
	if ! wait_for 15 exited "$FAKE_PID"; then
		return 1
	fi
	wait "$FAKE_PID" || status=$?
	if ((status)); then
		{
			echo "fakeqmp ended with status $status:"
			cat "$FAKE_ERR"
		} | fail
	fi
}

# --------------------------------------------------------------------- proxy

# start_proxy [--option K...]: a qmpproxy before the newest VM's monitor S, in place of an earlier
# one; sets S to its socket, PROXY_PID and PROXY_LOG. S2 is the VM's own as before. Returns once it
# listens.
start_proxy() {
	local ready='' said prefix=()
	if [[ ! -x $QMPPROXY ]]; then
		fail "there is no $QMPPROXY: make check builds it"
		return 1
	fi
	PROXY_LOG=$T/proxy.log
	if [[ ! -p $T/proxy.ready ]]; then
		mkfifo "$T/proxy.ready"
		keep_log "$T/proxy.err"
		defer stop_proxy
	fi
	stop_proxy
	if command -v setpriv >/dev/null; then
		prefix=(setpriv --pdeathsig KILL --)
	fi
	exec {said}<>"$T/proxy.ready"
	# The VM's own monitors are called NAME.qmp and NAME.qmp2.
	"${prefix[@]}" "$QMPPROXY" --log "$PROXY_LOG" "$@" "$T/proxy.qmp" "${S2%2}" \
		>"$T/proxy.ready" 2>>"$T/proxy.err" 3>&- {said}>&- &
	PROXY_PID=$!
	read -r -t 10 -u "$said" ready || :
	exec {said}>&-
	if [[ $ready != ready ]]; then
		fail "qmpproxy did not listen: $(<"$T/proxy.err")"
		return 1
	fi
	S=$T/proxy.qmp
}

# stop_proxy: ends it, if there is one; S is the VM's own monitor again.
stop_proxy() {
	if [[ ! ${PROXY_PID-} ]]; then return 0; fi
	kill "$PROXY_PID" 2>/dev/null || :
	wait "$PROXY_PID" 2>/dev/null || :
	PROXY_PID=''
	S=${S2%2}
}

# ------------------------------------------------------------- qmpbox and jq

# qb ARG...: runs qmpbox on the monitor S; sets status, output, stderr.
qb() { run --separate-stderr timeout -k 5 60 "$QMPBOX" -s "$S" "$@" 3>&-; }

# qb_ok ARG...: the same; its status must be 0.
qb_ok() {
	qb "$@"
	# shellcheck disable=SC2154 # run sets them
	if ((status)); then
		{
			batslib_print_kv_single_or_multi 6 command "qmpbox $*" status "$status" \
				stdout "$output" stderr "$stderr"
		} | batslib_decorate 'qmpbox failed' | fail
	fi
}

# assert_json [JQ-OPTION...] FILTER: jq -e has FILTER true of $output.
assert_json() {
	local said
	said=$(jq -e "$@" <<<"$output" 2>&1) && return 0
	batslib_print_kv_single_or_multi 6 filter "$*" jq "$said" output "$output" |
		batslib_decorate 'not true of the output' | fail
}

# outcome STATUS STDOUT STDERR: of run. A text that begins with ~ is a regular
# expression.
outcome() {
	assert_equal "$status" "$1"
	if [[ $2 == '~'* ]]; then assert_regex "$output" "${2:1}"; else assert_equal "$output" "$2"; fi
	# shellcheck disable=SC2154 # run sets it
	if [[ $3 == '~'* ]]; then assert_regex "$stderr" "${3:1}"; else assert_equal "$stderr" "$3"; fi
}

# background ARG...: qmpbox in the background, see finish.
background() {
	SEQUENCE=$((SEQUENCE + 1))
	QB_OUT=$T/qb$SEQUENCE.out
	QB_ERR=$T/qb$SEQUENCE.err
	keep_log "$QB_ERR"
	spawn "$QB_OUT" "$QB_ERR" env --default-signal=INT,HUP,TERM "$QMPBOX" -s "$S" "$@"
	QB_PID=$SPAWN_PID
}

# finish: waits for it and sets status, output and stderr, as run does.
finish() {
	wait_for 10 exited "$QB_PID" || return 1
	status=0
	wait "$QB_PID" || status=$?
	output=$(<"$QB_OUT")
	stderr=$(<"$QB_ERR")
}
