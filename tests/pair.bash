# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Pairs of VMs for the tests of migrations. After start_pair S and S2 are the monitors of the
# source, D and D2 those of the destination, SRC_PID and DST_PID the two QEMUs; with --events
# EVENTS and D_EVENTS are what they said. RELAY_PID is the newest relay.
#
# shellcheck disable=SC2154,SC2034 # helpers.bash and run set them, tests use them

# counter_image FILE [PAGES [BUSY]]: a disk that boots counter.s, which see.
counter_image() {
	requires as objcopy
	as --32 -o "$T/counter.o" "$top_srcdir/tests/counter.s" 2>"$T/.as" || skip "needs an assembler for x86"
	objcopy -O binary -j .text "$T/counter.o" "$1" || return 1
	# In little endian, at the places that counter.s names.
	printf "$(printf '\\x%02x' $((${2:-16} & 255)) $((${2:-16} >> 8 & 255)) $((${2:-16} >> 16)) 0 "${3:-0}")" |
		dd of="$1" bs=1 seek=$((0x1f4)) conv=notrunc status=none
	truncate -s 1M "$1"
}

# start_pair [--fill MEBIBYTES] [--counter [--pages N] [--busy]] [--deaf] [START_VM-OPTION...] [-- QEMU-ARG...]
# Two VMs without a guest that are alike, the second one with -incoming defer, or with --deaf
# without it. --fill puts noise into the memory, so that there is something to transfer; --counter
# boots what counts, see counter_image. S_ARGS and D_ARGS are for the source and the destination only.
start_pair() {
	local options=() args=() fill='' incoming=(-incoming defer) counter='' source
	local pages=16 busy=0
	while (($#)); do
		case $1 in
		--fill) fill=$2; shift ;;
		--counter) counter=1 ;;
		--pages) pages=$2; shift ;;
		--busy) busy=1 ;;
		--deaf) incoming=(-S) ;;
		--) shift; break ;;
		*) options+=("$1") ;;
		esac
		shift
	done
	args=("$@")
	if [[ $fill ]]; then
		head -c "${fill}M" /dev/urandom >"$T/noise" || return 1
		args+=(-device "loader,file=${T//,/,,}/noise,addr=0x1000000,force-raw=on")
	fi
	if [[ $counter ]]; then
		counter_image "$T/counter.img" "$pages" "$busy" || return 1
		args+=(-drive "if=none,id=boot,format=raw,readonly=on,file=${T//,/,,}/counter.img,file.locking=off"
			-device "virtio-blk-pci,drive=boot")
	fi
	start_vm "${options[@]}" -- "${args[@]}" ${counter:+-serial "file:$T/serial.src"} \
		"${S_ARGS[@]}" || return 1
	source=$S SRC_PID=$VM_PID SRC_ERR=$VM_ERR SRC_EVENTS=${EVENTS-}
	start_vm "${options[@]}" -- "${args[@]}" ${counter:+-serial "file:$T/serial.dst"} \
		"${incoming[@]}" "${D_ARGS[@]}" || return 1
	D=$S D2=$S2 DST_PID=$VM_PID DST_ERR=$VM_ERR D_EVENTS=${EVENTS-}
	S=$source S2=${source}2 VM_PID=$SRC_PID VM_ERR=$SRC_ERR EVENTS=$SRC_EVENTS
}

# dst CMD ARG...: the same with S, S2 and EVENTS being the destination's.
dst() {
	local S=$D S2=$D2 EVENTS=$D_EVENTS
	"$@"
}

# run_state: of the VM at S2; "gone" if it does not answer.
run_state() { vm_ask query-status 2>/dev/null | jq -r .status || echo gone; }

# states: "SOURCE DESTINATION", their run states.
states() {
	local source destination
	source=$(run_state)
	destination=$(dst run_state)
	echo "${source:-gone} ${destination:-gone}"
}

# states_are SOURCE DESTINATION
states_are() {
	local now
	now=$(states)
	echo "$now"
	[[ $now == "$1 $2" ]]
}

# arrived: the guest has left the source, and runs at the destination.
arrived() {
	assert_equal "$(states)" "postmigrate running"
}

# one_runs: fails unless exactly one of the two has a guest that runs; says what there is.
one_runs() {
	local now runs=0 word
	now=$(states)
	for word in $now; do
		[[ $word != running ]] || runs=$((runs + 1))
	done
	echo "$now"
	((runs == 1))
}

# migration_is STATUS: is that the status of query-migrate at S2?
migration_is() { vm_ask query-migrate | jq -e --arg s "$1" '.status == $s'; }

# transferred BYTES: has the source at S2 transferred so many?
transferred() { vm_ask query-migrate | jq -e --argjson n "$1" '.ram.transferred >= $n'; }

# settings: what migrations at S2 are set to, as one line.
settings() {
	vm_ask query-migrate-capabilities | jq -c 'sort_by(.capability)'
	vm_ask query-migrate-parameters | jq -cS .
}

# start_relay [OPTION...] LISTEN TARGET: a relay between the two; sets RELAY_PID.
start_relay() {
	if [[ ! -x $RELAY ]]; then
		fail "there is no $RELAY: make check builds it"
		return 1
	fi
	SEQUENCE=$((SEQUENCE + 1))
	keep_log "$T/relay$SEQUENCE.err"
	spawn "$T/relay$SEQUENCE.out" "$T/relay$SEQUENCE.err" "$RELAY" "$@"
	RELAY_PID=$SPAWN_PID
	wait_for 10 grep -qx ready "$T/relay$SEQUENCE.out"
}

# asked COMMAND N: has the proxy seen N such commands?
asked() { (($(grep -c " $1 " "$PROXY_LOG") >= $2)); }

# receive PATH: has the destination receive there.
receive() { dst vm_ask migrate-incoming "$(jq -cn --arg p "unix:$PWD/$1" '{uri: $p}')"; }

# row WHAT STATUS STATES STDERR-PATTERN: asserts that of the last qmpbox, and that exactly one of the
# two VMs runs; prints a row of the table.
row() {
	local now end said=${stderr#qmpbox migrate: }
	end=$((${EPOCHREALTIME/[.,]/} + 3000000))
	now=$(states)
	# A QEMU that ends takes some time.
	while [[ $now != "$3" ]] && ((${EPOCHREALTIME/[.,]/} < end)); do
		sleep 0.05
		now=$(states)
	done
	printf '# %-46s %-26s status %-4s %s\n' "$1" "${now/ / | }" "$status" "${said//$'\n'/ }" >&3
	assert_equal "$status $now" "$2 $3"
	[[ $stderr =~ $4 ]] || fail "said: $stderr"
	[[ $now =~ ^([^ ]* running|running [^ ]*)$ && $now != 'running running' ]] || fail "not exactly one runs: $now"
}

# signal_qb SIGNAL: for the newest qmpbox in the background.
signal_qb() { kill "-$1" "$QB_PID"; }
