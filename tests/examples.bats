#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The EXAMPLES of every manual page are run, each line as it stands there. What they speak of is
# made for them, in mount and network namespaces of their own, where /run and /srv are empty at
# first. Each line runs in /srv, and must end with status 0 and without an error on stderr unless
# how() says otherwise. A new line needs nothing here as long as the world "vm" has what it names:
#
#   /run/vm.qmp     the monitor of the VM web1, a q35 that runs, without an operating system; also
#                   @vm.qmp, 127.0.0.1:4445 and /srv/vm.qmp. VGA, a balloon, 2 CPUs of 4, 64 MiB of 1 GiB
#   d1, d2          virtio disks of 64 MiB, raw, their nodes called the same, on rp0 and rp1
#   rp2...rp7       free PCI Express ports, which let go at once; xhci, a free USB controller
#   drive0          a drive that no device uses; old, a node, io0, an iothread that nothing uses
#   console0        a ring buffer in which something is
#   /run/vm.qga     a guest agent
#   disk.img        a raw image of 64 MiB; disk.qcow2, a qcow2 on base.img; key.txt; commands; lines
#
# shellcheck disable=SC2154,SC2034 # helpers.bash sets T, S2, VM_PID..., pair.bash uses S_ARGS, D_ARGS

load helpers
load pair

setup() {
	qmpbox_setup
	requires awk qemu-img
	mkdir "$T/bin"
	ln -s "$QMPBOX" "$T/bin/qmpbox"
	PATH=$T/bin:$PATH
	examples >"$T/examples"
}
teardown() { qmpbox_teardown; }

# ---------------------------------------------------------------- the lines

# pages: the manual pages, as --man takes them
pages() {
	echo qmpbox
	"$QMPBOX" --list
	"$QMPBOX" --man qmpbox | tr -d '\\' | sed -n 's/^\.Xr qmpbox-\([^ ]*\) 7.*/\1/p' | sort -u
}

# examples: each line of EXAMPLES, with the page before it and a tab between
examples() {
	local page
	while read -r page; do
		"$QMPBOX" --man "$page" | awk -v page="$page" '
			/^\.Sh / { wanted = $2 == "EXAMPLES" }
			/^\.Ed/ { literal = 0 }
			wanted && literal {
				sub(/^\\&/, ""); gsub(/\\-/, "-"); gsub(/\\e/, "\\")
				print page "\t" $0
			}
			/^\.Bd -literal/ { literal = 1 }'
	done < <(pages)
}

# how PAGE LINE: what is not the rule about a line. Sets world (see below), want (a regular
# expression of its status), before and meanwhile (functions: what is done before it, and once it
# waits) and follows (it would go on until Ctrl-C, which it gets once it has said something).
how() {
	world=vm want='0' before='' meanwhile='' follows=''
	case $1 in
	block-* | blockdev-* | job-wait) world=disks ;;
	compare | migrate | migrate-cancel | migrate-incoming) world=pair ;;
	hotplug-* | unplug-*) world=plug ;;
	esac
	case ${2#qmpbox } in
	*' check-device virtio-sound-pci' | *' info --has blockdev-reopen') want='0|10' ;; # an older or a newer QEMU
	*' events --until SHUTDOWN --json') world=end meanwhile=quit ;;
	*' events' | *' events '*) follows=1 want=130 meanwhile=stir ;;
	*' query-blockstats --watch 1') follows=1 want=130 ;;
	*' ringbuf-read console0 --follow') follows=1 want=130 meanwhile=write ;;
	*' wait --status running') before='vm_ask cont' ;;
	*' wait --event '*) world=plug before='plugged d1 virtio-rng-pci rp6' meanwhile=unplug ;;
	*' wait --disconnect') world=end meanwhile=quit ;;
	*' wait --job j1 && echo done') world=disks before='job j1 b1 t1' ;;
	*' transaction --grouped '*) world=disks ;;
	*' block-commit d1 --json '*) world=disks ;;
	*' blockdev-backup '*' --quiesce /run/vm.qga') before=fake_agent ;;
	*' job-wait mirror-d1'*) before=mirror ;;
	*' hotplug-nic '*' --tap '*' --vhost'*) world=vhost ;;
	*' hotplug-nic '*' --tap '*) world=tap ;;
	*' unplug-device usb-tablet-1') before='plugged usb-tablet-1 usb-tablet xhci.0' ;;
	*' unplug-nic n1') before='plugged n1 e1000e rp7' ;;
	*' migrate unix:/run/m.sock '*) before=receive_m ;;
	*' migrate --attach') before='moving 400K' ;;
	*' migrate-cancel') before='moving 1K' ;;
	*' migrate-incoming tcp:'*) meanwhile=send ;;
	*' migrate-incoming file:'*) before=save ;;
	esac
}

# ---------------------------------------------------------------- the worlds

# start_world: the namespaces; IN is what runs a command in them, QEMU and QSD are run there
start_world() {
	((EUID == 0)) || skip 'needs root, for mount and network namespaces'
	requires unshare nsenter ip mount
	unshare -m -n true 2>/dev/null || skip 'no mount or network namespace can be made here'
	case $top_srcdir/:$top_builddir/:$T/ in
	*/run/* | */srv/*) skip 'the sources, the build or TMPDIR lie in /run or /srv' ;;
	esac
	spawn "$T/world.out" "$T/world.err" unshare -m -n sh -c '
		mount -t tmpfs none /run && mount -t tmpfs none /srv && ip link set lo up &&
		echo made && exec sleep 1000'
	keep_log "$T/world.err"
	wait_for 10 grep -qx made "$T/world.out" || return 1
	IN=(nsenter -t "$SPAWN_PID" -m -n --)
	printf '#!/bin/sh\nexec %s %s "$@"\n' "${IN[*]}" "$QEMU" >"$T/bin/qemu-inside"
	chmod +x "$T/bin/qemu-inside"
	QEMU=$T/bin/qemu-inside
	inside 'truncate -s 64M disk.img base.img drive0.img
		qemu-img create -q -f qcow2 -F raw -b base.img disk.qcow2
		printf secret >key.txt
		echo "{\"execute\":\"query-status\"}{\"execute\":\"query-name\"}" >commands'
}

# inside SCRIPT [ARG...]: bash in the world, in /srv
inside() { "${IN[@]}" bash -c "cd /srv || exit; $1" - "${@:2}"; }

# monitor ID PATH: QEMU's arguments for a monitor, one a line
monitor() { printf '%s\n' -chardev "$(qmp_socket "$1" "$2")" -mon "chardev=$1,mode=control"; }

# vm_machine ARG...: the VM; further arguments are QEMU's
vm_machine() {
	local i more=()
	mapfile -t more < <(monitor line /run/vm.qmp && monitor here /srv/vm.qmp)
	for i in 0 1 2 3 4 5 6 7; do more+=(-device "pcie-root-port,id=rp$i,chassis=$((i + 1))"); done
	# shellcheck disable=SC2054 # those commas are QEMU's
	start_vm --no-ports -- "${more[@]}" -m 64M,slots=4,maxmem=1G -smp 2,maxcpus=4 \
		-name web1 -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off -vga std \
		-qmp tcp:127.0.0.1:4445,server=on,wait=off \
		-chardev socket,id=abstract,path=vm.qmp,abstract=on,server=on,wait=off \
		-mon chardev=abstract,mode=control -chardev ringbuf,id=console0,size=65536 \
		-device virtio-balloon-pci -device qemu-xhci,id=xhci \
		-drive if=none,id=drive0,format=raw,file=/srv/drive0.img \
		-blockdev driver=null-co,node-name=old,read-zeroes=on,size=$((64 << 20)) -object iothread,id=io0 "$@" || return 1
	write >/dev/null
}

world_plug() { vm_machine; }

world_vm() {
	inside 'truncate -s 64M d1.img d2.img
		printf "%s\n" "# what a script holds" status >lines'
	vm_machine \
		-blockdev driver=raw,node-name=d1,file.driver=file,file.filename=/srv/d1.img \
		-device virtio-blk-pci,id=d1,drive=d1,bus=rp0 \
		-blockdev driver=raw,node-name=d2,file.driver=file,file.filename=/srv/d2.img \
		-device virtio-blk-pci,id=d2,drive=d2,bus=rp1 || return 1
	if [[ ! ${AGENT-} ]]; then
		AGENT=$S2
		start_qga || return 1
		inside 'ln -s "$1" /run/vm.qga' "$S"
	fi
}

world_end() { world_vm; }

# The disk d1 with the chain golden, d1, d1-s1, d1-s2; d2; nodes to which they can be copied
world_disks() {
	local node file args=() more=()
	inside 'rm -f *.qcow2 *.raw
		qemu-img create -q -f raw golden.raw 16M
		qemu-img create -q -f qcow2 -F raw -b golden.raw d1.qcow2
		qemu-img create -q -f qcow2 -F qcow2 -b d1.qcow2 d1-s1.qcow2
		qemu-img create -q -f qcow2 -F qcow2 -b d1-s1.qcow2 d1-s2.qcow2
		qemu-img create -q -f qcow2 o1.qcow2 16M
		truncate -s 16M d2.raw'
	for file in golden.raw d1.qcow2 d1-s1.qcow2 d1-s2.qcow2 d2.raw o1.qcow2; do
		node=${file%.*}
		args+=(-blockdev "driver=file,node-name=$node-file,filename=/srv/$file")
	done
	for node in b1 b2 t1 t2 copy new; do
		args+=(-blockdev "driver=null-co,node-name=$node,size=$((16 << 20)),read-zeroes=on")
	done
	mapfile -t more < <(monitor line /run/vm.qmp)
	# shellcheck disable=SC2054
	start_vm --paused -- "${more[@]}" "${args[@]}" -blockdev driver=raw,node-name=golden,file=golden-file \
		-blockdev driver=qcow2,node-name=d1,file=d1-file,backing=golden \
		-blockdev driver=qcow2,node-name=d1-s1,file=d1-s1-file,backing=d1 \
		-blockdev driver=qcow2,node-name=d1-s2,file=d1-s2-file,backing=d1-s1 \
		-blockdev driver=raw,node-name=d2,file=d2-file \
		-blockdev '{"driver":"qcow2","node-name":"o1","file":"o1-file","backing":null}' \
		-device virtio-blk-pci,id=d1,drive=d1-s2,bus=rp0 -device virtio-blk-pci,id=d2,drive=d2,bus=rp1
}

# Two VMs that are alike: /run/vm.qmp and, waiting for a migration, /run/new.qmp (/run/host2.qmp)
world_pair() {
	mapfile -t S_ARGS < <(monitor line /run/vm.qmp)
	mapfile -t D_ARGS < <(monitor line /run/new.qmp && monitor host2 /run/host2.qmp)
	start_pair --machine q35 --paused || return 1
	vm_ask cont >/dev/null
}

world_tap() {
	[[ -c /dev/net/tun ]] || skip 'no /dev/net/tun'
	inside 'ip tuntap add dev probe mode tap && ip tuntap del dev probe mode tap &&
		ip link add br0 type bridge' 2>/dev/null || skip 'no tap or no bridge can be made here'
	world_plug
}

world_vhost() {
	[[ -c /dev/vhost-net ]] || skip 'no /dev/vhost-net'
	world_tap
}

# ------------------------------------------------- before a line, and meanwhile

# plugged ID DRIVER BUS: that device is there
plugged() {
	vm_ask qom-list "{\"path\":\"/machine/peripheral/$1\"}" 2>/dev/null ||
		vm_ask device_add "{\"driver\":\"$2\",\"id\":\"$1\",\"bus\":\"$3\"}"
}

# job ID SOURCE TARGET: a backup of that name that has concluded
job() {
	vm_ask blockdev-backup "{\"job-id\":\"$1\",\"device\":\"$2\",\"target\":\"$3\",\"sync\":\"full\",\"auto-dismiss\":false}"
	wait_for 10 job_has "$1" concluded
}
job_has() { vm_ask query-jobs | jq -e --arg id "$1" --arg s "$2" 'any(.[]; .id == $id and .status == $s)'; }

mirror() {
	vm_ask blockdev-mirror '{"job-id":"mirror-d1","device":"d1-s2","target":"new","sync":"full","auto-dismiss":false}'
}

# A real agent would freeze the file systems of this machine.
fake_agent() {
	fake_at "$T/agent" <<-'EOF'
		sync
		expect guest-fsfreeze-freeze
		reply 2
		expect guest-fsfreeze-thaw
		reply 2
		expect-eof
	EOF
	inside 'ln -sf "$1" /run/vm.qga' "$T/agent"
}

receive_m() {
	dst vm_ask migrate-set-capabilities '{"capabilities":[{"capability":"multifd","state":true}]}'
	dst vm_ask migrate-incoming '{"uri":"unix:/run/m.sock"}'
}

# moving SPEED: a migration that takes its time
moving() {
	vm_ask migrate-set-parameters "{\"max-bandwidth\":$(($(numfmt --from=iec "$1")))}"
	vm_ask migrate '{"uri":"exec:cat >/dev/null"}'
	wait_for 10 migration_is active
}
migration_is() { [[ $(vm_ask query-migrate | jq -r .status) == "$1" ]]; }

save() {
	vm_ask migrate '{"uri":"exec:cat >/srv/vm.state"}'
	wait_for 20 migration_is completed
}

# once the other one listens
send() {
	wait_for 10 listens
	vm_ask migrate '{"uri":"tcp:127.0.0.1:4444"}'
}
listens() { dst vm_ask query-migrate | jq -e '."socket-address"'; }

quit() {
	wait_for 20 waiting
	vm_ask quit
}

unplug() {
	wait_for 20 waiting
	vm_ask device_del '{"id":"d1"}'
}

write() { vm_ask ringbuf-write '{"device":"console0","data":"login: "}'; }

stir() {
	wait_for 20 waiting
	vm_ask stop
	vm_ask cont
	vm_ask blockdev-mirror '{"job-id":"stir","device":"d1","target":"old","sync":"none"}'
	vm_ask job-cancel '{"id":"stir"}'
}

# ------------------------------------------------------------------- running

# waiting: is the line's qmpbox connected to the VM, and idle while the VM answers others? True as
# well if the line has ended.
waiting() {
	local pid before
	exited "$SPAWN_PID" && return
	pid=$(its_child)
	before=$(switches "$pid")
	is_held || { [[ ${DST_PID-} ]] && dst is_held; } || return 1
	[[ $before && $before == "$(switches "$pid")" ]]
}
is_held() { vm_ask query-chardev | jq -e 'any(.[]; .label == "line" and (.filename | startswith("disconnected:") | not))'; }
# its_child: the line's shell, or what that has become: timeout has no other child
its_child() { tr -d ' ' <"/proc/$SPAWN_PID/task/$SPAWN_PID/children"; }
switches() { sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$1/status"; }

spoken() { [[ -s $T/out ]] || exited "$SPAWN_PID"; }

# run_line LINE: runs it; sets status, output and stderr
run_line() {
	local line=$1
	: >"$T/err"
	spawn "$T/out" "$T/err" "${IN[@]}" bash -c \
		'cd /srv && exec env --default-signal=INT timeout --preserve-status -k 5 30 bash -c "$1"' - "$line"
	if [[ $meanwhile ]]; then $meanwhile >/dev/null; fi
	if [[ $follows ]]; then
		wait_for 20 spoken
		exited "$SPAWN_PID" || kill -INT "$(its_child)"
	fi
	wait_for 40 exited "$SPAWN_PID"
	status=0
	wait "$SPAWN_PID" || status=$?
	output=$(<"$T/out") stderr=$(<"$T/err")
}

# is_good LINE: did it end as it should?
is_good() {
	[[ $status =~ ^($want)$ ]] || return 1
	((status)) || ! grep -vE '^qmpbox [^ ]+: note: |^\{"(note|progress)":' <<<"$stderr" | grep -qE '^qmpbox|"error":' || return 1
	! grep -q '^Error: ' <<<"$output" # of the human monitor
}

# run_world NAME [fresh]: all lines of that world, in one VM or each in a fresh one
run_world() {
	local name=$1 fresh=${2-} page line world want before meanwhile follows bad=0 ran=0
	start_world
	while IFS=$'\t' read -r page line <&4; do
		how "$page" "$line"
		[[ $world == "$name" ]] || continue
		if [[ ! ${VM_PID-} ]] || exited "$VM_PID"; then "world_$name"; fi
		if [[ $before ]]; then $before >/dev/null; fi
		run_line "$line"
		if ! is_good; then
			bad=$((bad + 1))
			printf '%s\n' "$page: $line" "  status $status ($want is right), stdout and stderr:" "$output" "$stderr"
		fi
		ran=$((ran + 1))
		if [[ $fresh ]]; then
			stop_process "$VM_PID"
			if [[ ${DST_PID-} ]]; then stop_process "$DST_PID"; fi
		fi
	done 4<"$T/examples"
	((ran > 0)) || fail "there is no example in the world $name"
	((bad == 0)) || fail "$bad of $ran examples do not run"
}

@test "every page has examples, each of one line that begins with qmpbox" {
	while read -r page; do
		grep -q "^$page	qmpbox " "$T/examples" || fail "qmpbox-$page has no example"
	done < <(pages)
	run grep -v '	qmpbox ' "$T/examples"
	assert_output ''
}

@test "examples about a running VM" { run_world vm; }

@test "examples of hot-plugging" { run_world plug; }

@test "examples about the images of disks" { run_world disks fresh; }

@test "examples about two VMs" { run_world pair fresh; }

@test "examples of waiting for an end" { run_world end fresh; }

@test "examples with a tap and a bridge" { run_world tap; }

@test "examples with vhost" { run_world vhost; }
