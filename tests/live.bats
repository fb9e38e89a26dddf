#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the completion finds in a VM, kind by kind (tests/live.c asks it), and how it behaves at
# monitors that are held, say nothing, or end.

load helpers

setup() {
	qmpbox_setup
	LIVE=$top_builddir/tests/live
	WITHIN=5000
	[[ -x $LIVE ]] || fail "there is no $LIVE: make check builds it"
}
teardown() { qmpbox_teardown; }

# live [-OPTION...] KIND [PREFIX WORD [KEY=VALUE...]]: sets output to what is offered, TOOK (in
# milliseconds) and CONNECTED.
live() {
	local options=()
	while [[ $1 == -* ]]; do
		options+=("$1")
		shift
	done
	run --separate-stderr timeout 60 "$LIVE" -d "$WITHIN" "${options[@]}" "$S" "$1" "${2-}" "${3-}" "${@:4}" 3>&-
	assert_equal "$status" 0
	# shellcheck disable=SC2154 # run sets it
	assert_equal "$stderr" ''
	REST=$(grep '^#' <<<"$output")
	TOOK=$(sed -n 's/^# \([0-9]*\)\.[0-9]* ms.*/\1/p' <<<"$output")
	CONNECTED=$(grep -c ' ms, connected$' <<<"$output") || :
	output=$(grep -v '^#' <<<"$output") || :
}

# offers KIND [PREFIX WORD [KEY=VALUE...]] <<'EOF': exactly these lines, in any order.
offers() {
	live "$@"
	assert_equal "$(sort <<<"$output")" "$(sort)"
}

# offered LINE...: each is among the output.
offered() {
	local line
	for line; do
		grep -qxF -- "$line" <<<"$output" || fail "$line is not in: $output"
	done
}

# w WORD MEANING: a line of the output.
w() { printf 'w\t%s\t%s' "$1" "$2"; }
p() { printf 'p\t%s\t%s' "$1" "$2"; }

@test "blocks: disks, nodes, chains, bitmaps, exports, jobs, fdsets" {
	requires qemu-img
	image "$T/base.img" 1M
	image "$T/over.qcow2" 1M qcow2 -b "$T/base.img" -F raw
	qemu-img snapshot -c before "$T/over.qcow2"
	start_vm --paused -- \
		-blockdev "{\"driver\":\"qcow2\",\"node-name\":\"over\",\"file\":{\"driver\":\"file\",\"filename\":\"$T/over.qcow2\",\"node-name\":\"over-file\"}}" \
		-device virtio-blk-pci,drive=over,id=d0,bus=rp0 \
		-blockdev null-co,node-name=spare,size=67108864 -blockdev null-co,node-name=target,size=67108864 \
		-drive if=none,id=dr0,driver=null-co,size=1048576 \
		-object throttle-group,id=tg0 -device virtio-scsi-pci,id=s0,bus=rp1 \
		-device scsi-cd,id=cd0,bus=s0.0
	offers DISK <<-EOF
		$(w d0 "qcow2, $T/over.qcow2")
		$(w dr0 null-co)
		$(w cd0 empty)
	EOF
	offers BACKEND <<-EOF
		$(w /machine/peripheral/d0/virtio-backend "qcow2, $T/over.qcow2")
		$(w cd0 empty)
	EOF
	offers DRIVE device= device= <<<"$(w device=dr0 'drive: null-co')"
	offers NODE node-name= node-name= <<-EOF
		$(w node-name=over "qcow2, $T/over.qcow2")
		$(w node-name=over-file "file, $T/over.qcow2")
		$(w node-name=spare null-co)
		$(w node-name=target null-co)
	EOF
	live NODE '' '#'
	assert_equal "$(cut -f3 <<<"$output" | sort)" \
		"$(printf '%s\n' "file, $T/base.img" null-co "raw, $T/base.img" | sort)"
	offers BLOCK <<-EOF
		$(w over "qcow2, $T/over.qcow2")
		$(w over-file "file, $T/over.qcow2")
		$(w spare null-co)
		$(w target null-co)
		$(w dr0 'drive: null-co')
	EOF
	offers BLOCK '' d <<<"$(w dr0 'drive: null-co')"
	offers FREE_NODE <<-EOF
		$(w spare null-co)
		$(w target null-co)
		$(w dr0 'drive: null-co')
	EOF
	live CHAIN_NODE '' '' device=over
	assert_equal "$(cut -f3 <<<"$output")" "$(printf '%s\n' "qcow2, $T/over.qcow2" "raw, $T/base.img")"
	[[ ${output##*$'\n'} == 'w	#block'* ]] || false
	live CHAIN_NODE
	[[ $output != *#block* ]] || false
	live CHAIN_FILE base= base= device=over
	assert_equal "$(cut -f2 <<<"$output" | tr '\n' ' ')" "base=$T/over.qcow2 base=$T/base.img "
	offers SNAPSHOT <<<"$(w before 'in node over')"

	vm_ask block-dirty-bitmap-add '{"node":"over","name":"b0"}'
	vm_ask block-dirty-bitmap-add '{"node":"spare","name":"b1","disabled":true}'
	vm_ask block-dirty-bitmap-add '{"node":"dr0","name":"b2"}'
	offers BITMAP '' '' node=over <<<"$(w b0 'bitmap of over')"
	offers BITMAP '' '' node=spare <<<"$(w b1 'bitmap of spare, disabled')"
	offers BITMAP '' '' node=dr0 <<<"$(w b2 'bitmap of dr0')"
	live BITMAP bitmap= bitmap=b
	offered "$(w bitmap=b0 'bitmap of over')" "$(w bitmap=b1 'bitmap of spare, disabled')"

	vm_ask nbd-server-start "{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"$T/nbd\"}}}"
	vm_ask block-export-add '{"type":"nbd","id":"e0","node-name":"spare"}'
	offers EXPORT <<<"$(w e0 'nbd export of node spare')"

	vm_ask blockdev-backup '{"device":"spare","target":"target","sync":"full","job-id":"j0","speed":1,"auto-dismiss":false}'
	vm_ask job-pause '{"id":"j0"}'
	wait_for 10 job_is_paused
	offers JOB id= id= <<<"$(w id=j0 'backup, paused')"
	offers BLOCK_JOB device= device=j <<<"$(w device=j0 'backup, paused')"
	offers BLOCK_JOB device= device=k <<<''
	live FREE_NODE
	assert_equal "$output" "$(w dr0 'drive: null-co')"

	offers FDSET <<<''
	qb_ok exec --open "x:ro=$T/base.img" add-fd fdset-id=7 opaque=ours
	# A set that nobody uses stays while the VM is paused.
	offers FDSET fdset-id= fdset-id= <<<"$(w fdset-id=7 '1 descriptor, ours')"
	offers IO_GROUP <<<''
	vm_ask block_set_io_throttle '{"id":"/machine/peripheral/d0/virtio-backend","bps":1000000,"bps_rd":0,"bps_wr":0,"iops":0,"iops_rd":0,"iops_wr":0,"group":"slow"}'
	offers IO_GROUP group= group= <<<"$(w group=slow 'of d0')"
}

job_is_paused() { vm_ask query-jobs | jq -e '.[0].status == "paused"' >/dev/null; }

@test "devices, buses, CPUs and the tree of objects" {
	start_vm --paused -- -smp 1,maxcpus=3,sockets=3,cores=1,threads=1 \
		-device virtio-rng-pci,id=rng0,bus=rp1 -device virtio-scsi-pci,id=s0,bus=rp0 \
		-device pcie-root-port,id=cold0,chassis=9,hotplug=off \
		-device VGA,id=vga0 -device qemu-xhci,id=usb \
		-object iothread,id=io0 -object secret,id=sec0,data=x -object rng-random,id=r0 \
		-object memory-backend-ram,id=mem0,size=1M -object tls-creds-anon,id=tls0,endpoint=server \
		-object can-bus,id=can0 -object authz-simple,id=az0,identity=x -object throttle-group,id=tg0 \
		-object cryptodev-backend-builtin,id=cd0
	live DEVICE
	offered "$(w rng0 virtio-rng-pci)" "$(w rp0 pcie-root-port)" "$(w s0 virtio-scsi-pci)"
	offers DISPLAY <<<"$(w vga0 VGA)"
	offers BUS bus= bus= driver=virtio-net-pci <<<"$(w bus=rp2 'free pcie-root-port')"
	offers BUS bus= bus= driver=virtio-net <<<"$(w bus=rp2 'free pcie-root-port')"
	offers BUS '' '' driver=scsi-hd <<<"$(w s0.0 'SCSI bus of s0, 0 devices')"
	offers BUS '' '' driver=usb-kbd <<<"$(w usb.0 'usb-bus bus of usb, 0 devices')"
	live BUS
	offered "$(w rp2 'free pcie-root-port')" "$(w s0.0 'SCSI bus of s0, 0 devices')"
	[[ $output == 'w	rp2'* && $output != *main-system-bus* && $output != *pcie.0* && $output != *cold0* && $output != *ide.0* ]] || false
	offers BUS_ADDRESS addr= addr= bus=rp2 <<<"$(w addr=0 'the one place of the port')"
	offers BUS_ADDRESS addr= addr= bus=rp1 <<<''
	offers BUS_ADDRESS addr= addr= <<<''
	offers CPU_SLOT socket-id= socket-id= <<-EOF
		$(w socket-id=1 'free, for qemu64-x86_64-cpu')
		$(w socket-id=2 'free, for qemu64-x86_64-cpu')
	EOF
	offers CPU_SLOT core-id= core-id= socket-id=2 <<<"$(w core-id=0 'free, for qemu64-x86_64-cpu')"
	offers CPU_SLOT core-id= core-id= socket-id=0 <<<''
	live CPU_INDEX
	assert_equal "$(cut -f2 <<<"$output")" 0

	offers OBJECT '' s <<<"$(w sec0 secret)"
	offers IOTHREAD <<<"$(w io0 iothread)"
	offers SECRET <<<"$(w sec0 secret)"
	offers RNG <<<"$(w r0 rng-random)"
	offers MEMDEV '' m <<<"$(w mem0 memory-backend-ram)"
	offers TLS_CREDS <<<"$(w tls0 tls-creds-anon)"
	offers CAN_BUS <<<"$(w can0 can-bus)"
	offers AUTHZ <<<"$(w az0 authz-simple)"
	offers THROTTLE_GROUP <<<"$(w tg0 throttle-group)"
	offers CRYPTODEV <<<"$(w cd0 cryptodev-backend-builtin)"

	live QOM_PATH
	[[ $output != *rp0* ]] || fail 'what names a port and its bus is offered'
	offered "$(w rng0 virtio-rng-pci)" "$(w io0 iothread)" "$(p / 'the whole path of an object')"
	offers QOM_PATH path= path=/machine/per <<-EOF
		$(p path=/machine/peripheral/ container)
		$(p path=/machine/peripheral-anon/ container)
	EOF
	offers QOM_PATH '' /ob <<<"$(p /objects/ container)"
	offers QOM_PATH '' /objects/io <<<"$(w /objects/io0 iothread)"
	live QOM_PATH '' /machine/peripheral/rng
	assert_equal "$output" "$(p /machine/peripheral/rng0/ virtio-rng-pci)"
	live QOM_PROPERTY '' '' path=/machine/peripheral/rp0
	offered "$(w hotplug bool)" "$(w addr int32)"
	[[ $output != *child\<* ]] || false
	offers QOM_PROPERTY property= property=hotp path=/machine/peripheral/rp0 <<-EOF
		$(w property=hotplug bool)
		$(w property=hotpluggable bool)
		$(w property=hotplugged bool)
	EOF
	offers QOM_VALUE value= value= path=/machine/peripheral/rp0 property=hotplug <<-EOF
		$(w value=true 'as it is now')
		$(printf 'w\tvalue=false')
	EOF
	offers QOM_VALUE '' '' path=/objects/io0 property=poll-max-ns <<<"$(w 32768 'as it is now')"
	offers QOM_VALUE '' '' path=s0 property=disable-legacy <<-EOF
		$(w on 'as it is now')
		$(printf 'w\toff')
		$(printf 'w\tauto')
	EOF
	offers QOM_VALUE '' '' path=sec0 property=data <<<''
}

@test "networks and character devices" {
	start_vm --paused -- -netdev hubport,id=free0,hubid=0 -netdev user,id=nd0 \
		-device virtio-net-pci,netdev=nd0,id=nic0,mac=52:54:00:00:00:01,bus=rp0 \
		-chardev null,id=nul0
	live NIC
	assert_equal "$output" "$(w nic0 'nic 52:54:00:00:00:01, on nd0')"
	offers NETDEV <<-EOF
		$(w free0 hubport)
		$(w nd0 'user, for nic0')
	EOF
	offers FREE_NETDEV netdev= netdev= <<<"$(w netdev=free0 hubport)"
	offers LINK '' n <<-EOF
		$(w nic0 'nic 52:54:00:00:00:01, on nd0')
		$(w nd0 'user, for nic0')
	EOF
	offers RINGBUF <<<"$(w ring0 ringbuf)"
	live CHARDEV
	offered "$(w ring0 ringbuf)" "$(w nul0 null)"
	offers LEFTOVER '' free <<<"$(w free0 'netdev: port of hub 0')"
}

@test "on a conventional bus the free slots are offered" {
	start_vm --machine pc --paused -- -device virtio-rng-pci,id=rng0,addr=7
	live BUS bus= bus= driver=e1000
	assert_equal "$(cut -f2 <<<"$output")" bus=pci.0
	live BUS_ADDRESS addr= addr= bus=pci.0
	offered "$(w addr=4 'a free slot of pci.0')" "$(w addr=1f 'a free slot of pci.0')"
	[[ $output != *addr=7* && $output != *addr=0* && $output != *addr=1$'\t'* ]] || false
}

@test "what every VM of a QEMU has is asked once" {
	start_vm --machine none
	live DRIVER driver= driver=virtio-net
	offered "$(w driver=virtio-net-pci PCI)"
	live DRIVER
	(($(wc -l <<<"$output") > 200))
	! grep -q $'^w\tmch\t' <<<"$output" || fail 'what nobody can make is offered'
	live CPU_MODEL '' qemu64
	offered "$(printf 'w\tqemu64')"
	offers OBJECT_TYPE '' iothr <<<"$(printf 'w\tiothread')"
	live QOM_TYPE '' virtio-blk
	offered "$(printf 'w\tvirtio-blk-device')"
	live TRACE_EVENT '' qmp_
	[[ $output == *monitor_qmp_* ]] || live TRACE_EVENT '' monitor_
	[[ $output == *monitor_* ]] || false
	live HMP '' device_
	offered "$(w device_del 'remove device')"
	live HMP '' qu
	offered "$(w quit 'quit the emulator')"
	live HMP '' q
	offered "$(w q 'quit the emulator')"
	live HMP '' drive_a
	offered "$(w drive_add 'add drive to PCI storage controller')"
	live HMP '' qtr info
	offered "$(w qtree 'show device tree')"
	offers HMP '' '' device_del <<<''
	# The second time it comes from the cache.
	assert_equal "$(find "$XDG_CACHE_HOME" -name 'properties-*' | wc -l)" 7
	start_fake <<-'EOF'
		negotiate
		expect human-monitor-command {"command-line": "device_add help"}
		reply "Misc devices:\r\nname \"a\", bus PCI, alias \"b\", desc \"C, D\"\r\nname \"e\"\r\n\r\nnoise \"f\"\r\nname \"\"\r\nname "
		connection 2
		negotiate
		serve
		on human-monitor-command error GenericError "not twice"
	EOF
	for _ in 1 2; do
		offers DRIVER <<-EOF
			$(w a 'PCI: C, D')
			$(printf 'w\te')
		EOF
	done
	fake_done
}

@test "a storage daemon has blocks, and no devices" {
	start_qsd --blockdev null-co,node-name=n0,size=1048576 --chardev null,id=c0 --object iothread,id=io0
	offers NODE <<<"$(w n0 null-co)"
	offers BLOCK <<<"$(w n0 null-co)"
	offers FREE_NODE <<<"$(w n0 null-co)"
	offers IOTHREAD <<<"$(w io0 iothread)"
	live CHARDEV
	offered "$(w c0 null)"
	local kind
	for kind in DISK DRIVE DEVICE NIC NETDEV BUS CPU_SLOT DRIVER CPU_MODEL HMP AUDIODEV TPM VNC; do
		offers "$kind" <<<''
	done
	live QOM_PATH '' /obj
	assert_equal "$output" "$(p /objects/ container)"
}

@test "a guest agent says which commands it has" {
	start_qga
	live -q AGENT_COMMAND '' guest-p
	offered "$(printf 'w\tguest-ping')"
	live -q AGENT_COMMAND '' guest-shut
	offered "$(w guest-shutdown disabled)"
	offers -q NODE <<<''
	assert_equal "$CONNECTED" 1
	offers -q DRIVER <<<''
	live -q INTERFACE '' lo
	assert_equal "$(cut -f2 <<<"$output")" lo
}

# hold: a client of S that stays.
hold() {
	spawn "$T/holder" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none" <<<'{"execute":"qmp_capabilities"}'
	wait_for 10 grep -q return "$T/holder"
}

@test "at a monitor that is held nothing is offered, and nothing waits" {
	start_vm --machine none
	live CHARDEV
	offered "$(w ring0 ringbuf)"
	hold
	WITHIN=3000
	local best=3000
	for _ in 1 2 3 4 5; do
		offers CHARDEV <<<''
		assert_equal "$CONNECTED" 0
		best=$((TOOK < best ? TOOK : best))
	done
	echo "# a TAP at a held monitor took $best ms" >&3
	((best < 100))
	# What needs no VM is there.
	live INTERFACE '' lo
	assert_equal "$(cut -f2 <<<"$output")" lo
}

@test "one that listens and says nothing is left in time" {
	requires socat
	spawn "$T/out" "$T/err" socat "UNIX-LISTEN:$T/silent,fork" 'EXEC:sleep 60'
	wait_for 10 test -S "$T/silent"
	S=$T/silent
	WITHIN=150
	offers NODE <<<''
	((TOOK >= 140 && TOOK < 3000))
	S=$T/nobody
	WITHIN=3000
	offers NODE <<<''
	((TOOK < 1500))
}

@test "a VM that ends in the middle of a question, or answers too late, offers nothing" {
	start_fake <<-'EOF'
		negotiate
		expect query-chardev
		send {"return": [{"label":
		close
	EOF
	offers CHARDEV <<<''
	fake_done
	start_fake <<-'EOF'
		negotiate
		expect query-chardev
		may-close
		delay 2500
		reply [{"label": "late", "filename": "null", "frontend-open": true}]
	EOF
	WITHIN=1000
	offers CHARDEV <<<''
	((TOOK >= 990 && TOOK < 2400))
	fake_done
}

@test "a borrowed session is given back as it was, and skips the reply that came too late" {
	start_fake <<-'EOF'
		negotiate
		expect query-chardev
		save late
		expect query-version
		reply-to late [{"label": "late", "filename": "null", "frontend-open": true}]
		reply {}
		may-close
	EOF
	WITHIN=1000
	offers -b CHARDEV <<<''
	assert_equal "${REST#*$'\n'}" '# returned, answers'
	fake_done
	start_vm --machine none
	WITHIN=5000
	live -b RINGBUF
	assert_equal "$output" "$(w ring0 ringbuf)"
	assert_equal "${REST#*$'\n'}" '# returned, answers'
}

@test "names and meanings with control characters do nothing to a terminal" {
	start_fake <<-'EOF'
		negotiate
		expect query-chardev
		reply [{"label": "a\u001b[2Jb", "filename": "x"}, {"label": "ok", "filename": "\u001b]0;x\u0007\n"}, {"filename": "y"}, {"label": 7}, 7, null, {"label": "", "filename": "z"}]
	EOF
	offers CHARDEV <<<"$(w ok '\x1B]0;x\x07\n')"
	fake_done
	start_fake <<-'EOF'
		on query-jobs reply {"no": "list"}
		on query-block reply [null, {"device": 7, "inserted": []}, {"qdev": "x\ny", "device": ""}]
		on query-named-block-nodes reply [{"node-name": "n\tm"}, {"node-name": "n0", "drv": "\u009b1m", "file": "\u202ex"}]
		on human-monitor-command reply 7
		on qom-list reply [{"name": "a/b", "type": "child<x>"}, {"name": "c", "type": "child<"}, {"name": 5}, {"type": "child<y>"}]
		negotiate
		serve
	EOF
	live NODE
	assert_equal "$output" "$(w n0 '\x9B1m, \u{202E}x')"
}

@test "nodes are not asked for while that would end the QEMU" {
	start_fake <<-'EOF'
		negotiate
		expect query-jobs
		reply [{"id": "s0", "type": "stream", "status": "concluded", "current-progress": 1, "total-progress": 1}]
		expect query-block
		reply []
	EOF
	offers NODE <<<''
	fake_done
}
