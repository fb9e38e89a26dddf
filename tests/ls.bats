#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ls, and VMs named by their name or pid. The machine may have other QEMUs, those of other tests: only
# names of this test are looked for.

load helpers

setup() {
	qmpbox_setup
	# No other test's VMs have such names.
	N=ls$$x${BATS_TEST_NUMBER}x
}
teardown() { qmpbox_teardown; }

# vm NAME ARG...: a VM of this name, which may hold "," as ",,"; sets VM_PID.
vm() {
	requires "$QEMU" jq socat
	SEQUENCE=$((SEQUENCE + 1))
	VM_ERR=$T/vm$SEQUENCE.err
	keep_log "$VM_ERR"
	spawn /dev/null "$VM_ERR" "$QEMU" -M none -nodefaults -display none -name "$1" "${@:2}"
	VM_PID=$SPAWN_PID
}

# unix PATH: the value of -qmp for it.
unix() { printf 'unix:%s,server=on,wait=off\n' "${1//,/,,}"; }

# vm_at NAME PATH ARG...: a VM with its monitor there; returns when that listens.
vm_at() {
	vm "$1" -qmp "$(unix "$2")" "${@:3}"
	wait_for 20 listens "$2"
}

listens() { ss_listens "$1" || exited "$VM_PID"; }

# ss_listens PATH: is there a socket that takes connections?
ss_listens() { [[ -S $1 ]] && grep -qF " $1" /proc/net/unix; }

# answers ADDRESS: does a VM answer there?
answers() { "$QMPBOX" -s "$1" -t 2 status; }

# lists [ARG...]: the VMs of this test.
lists() { run --separate-stderr timeout -k 5 60 "$QMPBOX" ls "*$N*" "$@" 3>&-; }

# of NAME FILTER: is the filter true of the one VM of this name?
of() { assert_json --arg name "$N$1" "[.[] | select(.name == \$name)] | length == 1 and (.[0] | $2)"; }

# row NAME: the words of its line, each divided by one blank.
row() { awk -v name="$N$1" '$1 == name { $1 = $1; print }' <<<"$output"; }

# as ADDRESS ARG...: qmpbox there.
as() { S=$1 qb "${@:2}"; }

@test "a table for people, an array for programs, and a name is an address" {
	local thread
	vm_at "${N}a" "$T/a.qmp"
	lists
	assert_success
	assert_equal "$stderr" ''
	assert_regex "${lines[0]}" '^name +pid +status +holder +kind +address$'
	assert_equal "${#lines[@]}" 2
	assert_equal "$(row a)" "${N}a $VM_PID running free - $T/a.qmp"
	lists --json
	assert_equal "$output" "$(jq -cn --arg n "${N}a" --argjson p "$VM_PID" --arg a "$T/a.qmp" \
		'[{name: $n, pid: $p, kind: "vm", address: $a, monitors: [$a], holder: null, status: "running"}]')"
	as "${N}a" status
	outcome 0 running ''
	as "pid:$VM_PID" --json status
	outcome 0 '~"running": ?true' ''
	as "${N}a" pause
	outcome 0 paused ''
	lists --json
	of a '.status == "paused"'
	for thread in "/proc/$VM_PID/task"/*; do
		as "pid:${thread##*/}" status
		outcome 0 paused ''
	done
}

@test "every way to have a monitor is understood" {
	local port=$((20000 + RANDOM % 10000)) qmp
	vm "${N}mon" -chardev "$(qmp_socket c "$T/mon")" -mon chardev=c,mode=control
	vm "${N}short" --chardev "socket,id=c,path=$T/short,server,nowait" --mon c,mode=control
	vm "${N}pretty" -qmp-pretty "$(unix "$T/pretty")"
	vm "${N}behind" -qmp chardev:c -chardev "$(qmp_socket c "$T/behind")"
	vm "${N}abstract" -chardev "socket,id=c,path=$N.abs,abstract=on,server=on,wait=off" -mon c,mode=control
	vm "${N}tcp" -qmp "tcp:localhost:$port,server=on,wait=off"
	vm "${N}comma" -qmp "$(unix "$T/com,ma")"
	vm "guest=${N}keys,debug-threads=on,process=other" -qmp "$(unix "$T/keys")"
	mkdir "$T/folder"
	cd "$T/folder"
	vm "${N}relative" -qmp "$(unix relative)"
	vm "${N}dot" -qmp "$(unix ./dot)"
	cd /
	for qmp in "$T"/{mon,short,pretty,behind,keys,folder/relative,folder/dot} "$T/com,ma" "@$N.abs" "tcp:localhost:$port"; do
		wait_for 20 answers "$qmp"
	done
	lists --json
	assert_json 'length == 10 and all(.status == "running" and (.monitors == [.address]))'
	of mon ".address == \"$T/mon\" and .holder == null"
	of short ".address == \"$T/short\""
	of pretty ".address == \"$T/pretty\""
	of behind ".address == \"$T/behind\""
	of abstract ".address == \"@$N.abs\" and .holder == null"
	of tcp ".address == \"tcp:localhost:$port\" and (has(\"holder\") | not)"
	of comma ".address == \"$T/com,ma\""
	of keys ".address == \"$T/keys\""
	of relative ".address == \"$T/folder/relative\""
	of dot ".address == \"$T/folder/dot\""
	for qmp in abstract tcp comma relative; do
		as "$N$qmp" status
		outcome 0 running ''
	done
}

@test "a socket that was passed, as libvirt does, is found by its path" {
	requires perl
	mkdir -p "$T/libvirt/qemu/domain-1-x"
	S=$T/libvirt/qemu/domain-1-x/monitor.sock
	VM_ERR=$T/vm.err
	keep_log "$VM_ERR"
	spawn /dev/null "$VM_ERR" perl -MSocket -MPOSIX=dup2 -e '
		my $path = shift;
		socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un($path)) && listen(S, 1) or die $!;
		POSIX::dup2(fileno(S), 31);
		exec(@ARGV);' "$S" "$QEMU" -M none -nodefaults -display none -name "guest=${N}lv,debug-threads=on" \
		-chardev socket,id=charmonitor,fd=31,server=on,wait=off -mon chardev=charmonitor,id=monitor,mode=control
	VM_PID=$SPAWN_PID
	wait_for 20 answers "$S"
	lists --json
	of lv ".address == \"$S\" and .manager == \"libvirt\" and .status == \"running\" and .pid == $VM_PID"
	lists
	assert_equal "$(row lv)" "${N}lv $VM_PID running free libvirt $S"
	as "${N}lv" status
	outcome 0 running ''
}

@test "who manages a VM shows in where its monitor is" {
	local folder
	mkdir -p "$T"/{qemu-server,ganeti/kvm-hypervisor/ctrl,incus/c1,lxd/c2}
	vm_at "${N}pve,debug-threads=on" "$T/qemu-server/100.qmp"
	vm_at "${N}gnt" "$T/ganeti/kvm-hypervisor/ctrl/${N}gnt.qmp" \
		-monitor "$(unix "$T/ganeti/kvm-hypervisor/ctrl/${N}gnt.monitor")"
	for folder in incus/c1 lxd/c2; do
		cat >"$T/$folder/qemu.conf" <<-END
			# Machine
			[chardev "monitor"]
			backend = "socket"
			path = "$T/$folder/qemu.monitor"
			server = "on"
			wait = "off"

			[mon]
			chardev = "monitor"
			mode = "control"
		END
		vm "$N${folder%/*}" -readconfig "$T/$folder/qemu.conf"
		wait_for 20 listens "$T/$folder/qemu.monitor"
	done
	lists --json
	of pve ".manager == \"proxmox\" and .address == \"$T/qemu-server/100.qmp\""
	of gnt '.manager == "ganeti" and (.monitors | length == 1)'
	of incus ".manager == \"incus\" and .address == \"$T/incus/c1/qemu.monitor\" and .status == \"running\""
	of lxd '.manager == "lxd" and .status == "running"'
}

@test "what was a configuration file and is a device or a FIFO now is not opened" {
	requires strace
	strace -qq -o /dev/null true 2>/dev/null || skip 'strace cannot trace here'
	printf '[name]\nguest = "%s"\n' "${N}a" >"$T/qemu.conf"
	vm "${N}b" -qmp "$(unix "$T/b.qmp")" -readconfig "$T/qemu.conf"
	wait_for 20 listens "$T/b.qmp"
	rm "$T/qemu.conf"
	mkfifo "$T/fifo"
	ln -s "$T/fifo" "$T/qemu.conf"
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o "$T/trace" "$QMPBOX" ls "$N*" >"$T/out"
	grep -q "qemu.conf.*O_PATH" "$T/trace"
	run grep -vc O_PATH <(grep qemu.conf "$T/trace")
	assert_output 0
	grep -q "^${N}b " "$T/out"
}

@test "a storage daemon is listed, and has no state" {
	start_qsd
	run --separate-stderr "$QMPBOX" ls --json
	assert_success
	assert_json ".[] | select(.pid == $VM_PID) |
		.kind == \"storage-daemon\" and .monitors == [\"$S\", \"$S2\"] and .holder == null
		and (has(\"name\") or has(\"status\") | not)"
	run --separate-stderr "$QMPBOX" ls
	assert_line --regexp "^- +$VM_PID +- +free +storage daemon +$S\$"
	as "pid:$VM_PID" info
	outcome 0 '~version' ''
}

@test "who holds a monitor is named, and one that is held is left alone" {
	local holder
	vm_at "${N}a" "$T/a.qmp"
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$T/a.qmp,shut-none"
	holder=$SPAWN_PID
	wait_for 10 grep -q QMP "$T/held"
	lists
	assert_equal "$(row a)" "${N}a $VM_PID - socat (pid $holder) - $T/a.qmp"
	lists --json
	of a ".holder == {pid: $holder, name: \"socat\"} and (has(\"status\") | not)"
	# Nobody was let into its queue.
	run grep -c "$T/a.qmp" /proc/net/unix
	assert_output 2
	as "${N}a" -t 0.4 status
	outcome 3 '' "~no greeting from ${N}a: .*socat \(pid $holder\)"
	stop_process "$holder"
	wait_for 5 free a
}

# free NAME: is its monitor free again?
free() {
	lists --json
	of "$1" '.holder == null and .status == "running"'
}

@test "of two monitors the one that is free is taken" {
	vm_at "${N}a" "$T/one" -qmp "$(unix "$T/two")" -qmp stdio
	wait_for 20 listens "$T/two"
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$T/one,shut-none"
	wait_for 10 grep -q QMP "$T/held"
	lists --json
	of a ".address == \"$T/two\" and .monitors == [\"$T/one\", \"$T/two\"] and .holder == null and .status == \"running\""
	as "${N}a" status
	outcome 0 running ''
}

@test "a VM that does not answer costs a fifth of a second, and is not asked again before it woke up" {
	vm_at "${N}a" "$T/a.qmp"
	vm_at "${N}b" "$T/b.qmp"
	kill -STOP "$VM_PID"
	defer kill -CONT "$VM_PID"
	milliseconds lists
	assert_equal "$(row a | cut -d' ' -f3)" running
	assert_equal "$(row b)" "${N}b $VM_PID ? free - $T/b.qmp"
	between 150 1000
	lists --json
	of b 'has("status") | not'
	lists
	lists
	# What the first one left is in the queue, and nothing more: the listening socket and that.
	run grep -c "$T/b.qmp" /proc/net/unix
	assert_output 2
	kill -CONT "$VM_PID"
	wait_for 10 free b
}

# milliseconds CMD ARG...: runs it; how long it took is in ELAPSED.
milliseconds() {
	local begun=${EPOCHREALTIME/[.,]/}
	"$@"
	ELAPSED=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
}

between() { ((ELAPSED >= $1 && ELAPSED <= $2)) || fail "it took $ELAPSED ms, not $1 to $2"; }

@test "a VM that waits for its first client is not started by a list" {
	vm "${N}a" -qmp "unix:$T/a.qmp,server=on" -chardev "$(qmp_socket later "$T/later")" -mon later,mode=control
	wait_for 20 listens "$T/a.qmp"
	lists
	assert_equal "$(row a)" "${N}a $VM_PID ? free - $T/a.qmp"
	[[ ! -e $T/later ]]
	as "${N}a" status
	outcome 0 running ''
	wait_for 20 listens "$T/later"
}

# instead SCENARIO: a scripted server at the path of a VM's monitor.
instead() {
	vm_at "${N}a" "$T/a.qmp"
	rm "$T/a.qmp"
	fake_at "$T/a.qmp" <<<"$1"
}

@test "a peer that says anything else has no status, and gets nothing" {
	local said
	for said in 'line hello' 'line {"hello": 1}' close 'line [' 'line {"return": {"status": "running"}, "id": "status"}'; do
		instead "$said"$'\nmay-close\nhang'
		lists --json
		assert_success
		of a 'has("status") | not'
		run ! grep -q execute "$FAKE_LOG"
		stop_process "$FAKE_PID"
		stop_process "$VM_PID"
	done
}

@test "a status that is strange is shown harmless, one that is none not at all" {
	instead $'negotiate\nexpect query-status\nevent STOP\nreply {"status": "a\\u001b[31m"}\nmay-close\nhang'
	lists
	assert_equal "$(row a | cut -d' ' -f3)" 'a\x1B[31m'
	grep -q execute "$FAKE_LOG"
	stop_process "$FAKE_PID"
	stop_process "$VM_PID"
	instead $'negotiate\nexpect query-status\nerror GenericError no\nmay-close\nhang'
	milliseconds lists --json
	of a 'has("status") | not'
	between 0 150
}

@test "--no-status connects to nobody" {
	requires strace
	vm_at "${N}a" "$T/a.qmp"
	lists --no-status
	assert_success
	assert_regex "${lines[0]}" '^name +pid +holder +kind +address$'
	assert_equal "$(row a)" "${N}a $VM_PID free - $T/a.qmp"
	ASAN_OPTIONS=detect_leaks=0 run -0 strace -f -o "$T/trace" -e trace=connect "$QMPBOX" ls --no-status
	run ! grep AF_UNIX "$T/trace"
}

@test "two VMs of one name are told apart by pid" {
	local first
	vm_at "${N}a" "$T/a.qmp"
	first=$VM_PID
	vm_at "${N}a" "$T/b.qmp"
	lists --json
	assert_json "[.[].address] | sort == [\"$T/a.qmp\", \"$T/b.qmp\"]"
	as "${N}a" status
	outcome 2 '' "~^qmpbox status: address '${N}a': 2 VMs have this name: pid:[0-9]+, pid:[0-9]+\$"
	assert_regex "$stderr" "pid:$first\b"
	assert_regex "$stderr" "pid:$VM_PID\b"
	as "pid:$first" pause
	outcome 0 paused ''
	as "$T/a.qmp" status
	outcome 0 paused ''
	as "pid:$VM_PID" status
	outcome 0 running ''
}

@test "a VM whose socket another one took is never taken for that one" {
	local first
	vm_at "${N}a" "$T/a.qmp"
	first=$VM_PID
	vm "${N}b" -qmp "$(unix "$T/a.qmp")"
	wait_for 20 is_at b "$T/a.qmp"
	as "${N}a" status
	outcome 3 '' "~cannot connect to ${N}a \($T/a.qmp\): it is the socket of another VM now \(pid $VM_PID\), and that of pid $first has gone"
	as "pid:$first" quit
	outcome 3 '' '~it is the socket of another VM now'
	as "${N}b" status
	outcome 0 running ''
	lists --json
	of a 'has("address") or has("status") | not'
	of b ".address == \"$T/a.qmp\" and .status == \"running\""
}

# is_at NAME PATH: does the VM of this name listen there now?
is_at() {
	lists --json
	of "$1" ".address == \"$2\" and .status == \"running\""
}

@test "names may hold anything, and reach a terminal harmless" {
	vm_at "${N}a b,,c" "$T/a.qmp"
	vm_at "$N"$'\e[31m\n\\é' "$T/b.qmp"
	lists
	assert_success
	assert_line --regexp "^${N}a b,c +[0-9]+ +running "
	assert_line --regexp "^$N\\\\x1B\[31m\\\\n\\\\\\\\é +$VM_PID +running "
	lists --json
	of 'a b,c' '.status == "running"'
	of $'\e[31m\n\\é' '.status == "running"'
	as "${N}a b,c" status
	outcome 0 running ''
	as "$N"$'\e[31m\n\\é' status
	outcome 0 running ''
	as "$N"'\x1B[31m\n\\é' status
	outcome 0 running ''
	as "$N"$'\\\xff' status
	outcome 3 '' "~no VM of this host"
	vm_at "$N"$'\xff\xfe' "$T/c.qmp"
	lists --json
	of '\xFF\xFE' '.status == "running"'
	as "$N"$'\xff\xfe' status
	outcome 0 running ''
}

@test "errors: what is no VM, or has no monitor, says so" {
	local human
	vm "${N}client" -qmp stdio
	vm "${N}human" -monitor "$(unix "$T/human")"
	wait_for 20 listens "$T/human"
	human=$VM_PID
	lists --json
	of human '.monitors == [] and (has("address") or has("holder") or has("status") | not)'
	mkdir "$T/folder"
	cd "$T/folder"
	vm "${N}lost" -daemonize -pidfile "$T/pid" -qmp "$(unix relative)"
	wait_for 10 exited "$VM_PID"
	cd /
	defer stop_process "$(<"$T/pid")"
	as "${N}lost" status
	outcome 3 '' "~the VM '${N}lost' \(pid $(<"$T/pid")\) has a QMP monitor, but none that can be connected to"
	as "${N}human" status
	outcome 3 '' "qmpbox status: address '${N}human': the VM '${N}human' (pid $human) has no QMP monitor: it was started without -qmp"
	as "${N}client" status
	outcome 3 '' "~the VM '${N}client' \(pid [0-9]+\) has a QMP monitor, but none that can be connected to"
	as "${N}humam" status
	outcome 3 '' "~no VM of this host has this name; did you mean '${N}human'\?"
	as "pid:$$" status
	outcome 3 '' "~^qmpbox status: address 'pid:$$': this process is .* and no QEMU\$"
	as pid:999999999 status
	outcome 3 '' '~there is no such process'
	as "${N}human" --qga info
	outcome 3 '' '~has no QMP monitor'
}

@test "a VM's monitor is no guest agent" {
	vm_at "${N}a" "$T/a.qmp"
	as "${N}a" --qga info
	outcome 2 '' "~${N}a names a VM's monitor"
}

@test "a socket goes before a VM's name, and that before a file" {
	vm_at "$N" "$T/a.qmp"
	vm_at "${N}other" "$T/b.qmp"
	as "${N}other" pause
	cd "$T"
	mkdir "$N"
	as "$N" status
	outcome 0 running ''
	rmdir "$N"
	ln -s b.qmp "$N"
	as "$N" status
	outcome 0 paused ''
	touch "${N}file"
	as "${N}file" status
	outcome 3 '' '~it is a file, no socket'
}

@test "compare takes names" {
	vm_at "${N}a" "$T/a.qmp"
	vm_at "${N}b" "$T/b.qmp"
	run --separate-stderr "$QMPBOX" compare "${N}a" "${N}b"
	outcome 0 '~B does not wait for a migration' ''
}

@test "no VM is an empty list with a note, status 0" {
	lists
	outcome 0 '' 'qmpbox ls: note: no VM that can be seen on this host has such a name'
	lists --json
	outcome 0 '[]' '~"note"'
	lists -q
	outcome 0 '' ''
}

@test "a path in another mount name space is reached through /proc" {
	requires unshare
	unshare -m true 2>/dev/null || skip 'no mount namespaces here'
	mkdir "$T/hidden"
	requires "$QEMU"
	spawn /dev/null "$T/vm.err" unshare -m sh -c 'mount -t tmpfs none "$1" && shift && exec "$@"' sh "$T/hidden" \
		"$QEMU" -M none -nodefaults -display none -name "${N}a" -qmp "$(unix "$T/hidden/qmp")"
	VM_PID=$SPAWN_PID
	wait_for 20 answers "${N}a"
	[[ ! -e $T/hidden/qmp ]]
	lists --json
	of a ".address == \"/proc/$VM_PID/root$T/hidden/qmp\" and .status == \"running\" and .holder == null"
}

@test "what is in another network name space and has no path is no address" {
	requires unshare
	unshare -n true 2>/dev/null || skip 'no network namespaces here'
	requires "$QEMU"
	spawn /dev/null "$T/vm.err" unshare -n "$QEMU" -M none -nodefaults -display none -name "${N}a" \
		-qmp "unix:$N.abs,abstract=on,server=on,wait=off" -qmp "$(unix "$T/a.qmp")"
	VM_PID=$SPAWN_PID
	wait_for 20 answers "$T/a.qmp"
	lists --json
	of a ".monitors == [\"$T/a.qmp\"] and .status == \"running\" and (has(\"holder\") | not)"
}

@test "another user's VM is listed too, with what can be seen of it" {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
	requires setpriv
	((EUID == 0)) || skip 'needs root'
	"${nobody[@]}" test -x "$QMPBOX" || skip "another user cannot run $QMPBOX"
	vm_at "${N}a" "$T/a.qmp"
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$T/a.qmp,shut-none"
	wait_for 10 grep -q QMP "$T/held"
	vm_at "${N}b" "$T/b.qmp"
	run --separate-stderr "${nobody[@]}" "$QMPBOX" ls "$N*" --json
	assert_success
	of b ".pid == $VM_PID and .address == \"$T/b.qmp\" and (has(\"status\") | not)"
	of a '(.holder // {}) | has("pid") | not'
}
