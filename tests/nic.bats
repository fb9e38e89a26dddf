#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hotplug-nic, unplug-nic, hotplug-device, unplug-device on a real QEMU. What of a device leaves when,
# without a guest, is FACTS sections 4 and 5: USB at once, PCI Express ports at once with ACPI
# hot-plug off. Taps and bridges are made in a network namespace of the test's own; QEMU stays
# outside: it gets descriptors.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# start_native: ports that let go at once, and a USB controller
start_native() {
	start_vm -- -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off -device qemu-xhci,id=xhci
}

# start_net: a network namespace without anything but lo; sets NET. Skips where there can be none.
start_net() {
	((EUID == 0)) || skip 'needs root, for a network namespace and taps'
	requires unshare nsenter ip
	[[ -c /dev/net/tun ]] || skip 'no /dev/net/tun'
	unshare -n true 2>/dev/null || skip 'no network namespace can be made here'
	(: 3<>/dev/net/tun) 2>/dev/null || skip '/dev/net/tun cannot be opened'
	spawn /dev/null /dev/null unshare -n sleep 1000
	NET=$SPAWN_PID
	wait_for 5 unshared
	in_net ip tuntap add dev probe mode tap 2>/dev/null || skip 'no tap can be made here'
	in_net ip tuntap del dev probe mode tap
	in_net ip link set lo up
}
unshared() { [[ $(readlink "/proc/$NET/ns/net") != $(readlink /proc/self/ns/net) ]]; }

# in_net CMD ARG...: in that namespace
in_net() { nsenter -t "$NET" -n -- "$@"; }

# qbn ARG...: qb in that namespace; qbn_ok: its status must be 0
qbn() { run --separate-stderr in_net timeout -k 5 60 "$QMPBOX" -s "$S" "$@" 3>&-; }
qbn_ok() {
	qbn "$@"
	assert_equal "$* -> $status $stderr" "$* -> 0 $stderr"
}

# link NAME: the interface in that namespace, as ip's JSON; {} when there is none
link() { in_net ip -d -j link show dev "$1" 2>/dev/null | jq -c 'map(select(length > 0))[0] // {}'; }
is_gone() { [[ ! $(link "$1") ]]; }

# refused_by FUNCTION STATUS REGEX ARG...: qmpbox by qb or qbn ends with STATUS and one line that
# matches, prints nothing, and changes nothing
refused_by() {
	local by=$1 want=$2 regex=$3 before
	shift 3
	before=$(vm_state)
	"$by" "$@"
	assert_equal "$* -> $status" "$* -> $want"
	assert_equal "$output" ''
	assert_regex "$stderr" "^qmpbox $1: .*$regex"
	assert_equal "${#stderr_lines[@]}" 1
	assert_equal "$(vm_state)" "$before"
}
refused() { refused_by qb "$@"; }
refused_net() { refused_by qbn "$@"; }

# asked COMMAND [ARGUMENTS]: vm_ask, with its answer as $output
asked() { run -0 vm_ask "$@"; }

# property DEVICE NAME: a property of a device as $output
property() { asked qom-get '{"path":"/machine/peripheral/'"$1"'","property":"'"$2"'"}'; }

# network: what `info network` says, a line each
network() { vm_ask human-monitor-command '{"command-line":"info network"}' | jq -r . | tr -d '\r'; }

# ------------------------------------------------------------- any netdev, no tap

@test "in and out: USB and a port, the text and the JSON of it, and nothing is left" {
	start_native
	before=$(vm_state)
	qb_ok hotplug-nic n1 --netdev type=user driver=usb-net mac=52:54:00:00:00:01
	assert_output 'n1: usb-net on xhci.0, user, 52:54:00:00:00:01'
	assert_equal "$stderr" ''
	qb_ok --json hotplug-nic n2 --netdev type=socket --netdev listen=127.0.0.1:0 mac=52-54-00-00-00-AB
	assert_json '. == {id: "n2", driver: "virtio-net-pci", bus: "rp0", addr: "0", netdev: "n2-net",
		type: "socket", mac: "52:54:00:00:00:ab"}'
	property n1 netdev
	assert_output '"n1-net"'
	property n2 mac
	assert_output '"52:54:00:00:00:ab"'
	qb_ok unplug-nic n1
	assert_output 'n1: removed device n1, netdev n1-net'
	qb_ok --json unplug-nic n2
	assert_json '. == {id: "n2", removed: ["device n2", "netdev n2-net"]}'
	assert_equal "$(vm_state)" "$before"
	# once more, under the same names
	qb_ok hotplug-nic n2 --netdev type=user
	assert_line --partial 'on rp0'
}

@test "a NIC without mac= has one of its own, that is said" {
	start_native
	qb_ok --json hotplug-nic n1 --netdev type=user
	mac=$(jq -r .mac <<<"$output")
	assert_regex "$mac" '^52:54:00(:[0-9a-f]{2}){3}$'
	property n1 mac
	assert_output "\"$mac\""
	qb_ok --json hotplug-nic n2 --netdev type=user driver=usb-net
	assert_json --arg mac "$mac" '.mac != $mac'
}

@test "an address that another NIC of the VM has is noted" {
	start_native
	qb_ok hotplug-nic n1 --netdev type=user mac=52:54:00:aa:bb:cc
	qb_ok hotplug-nic n2 --netdev type=hubport --netdev hubid=0 driver=usb-net mac=52:54:00:AA:BB:CC
	assert_equal "$stderr" 'qmpbox hotplug-nic: note: the NIC n1 of this VM has the address 52:54:00:aa:bb:cc too'
	# the one on the hub is found too
	qb_ok hotplug-nic n3 --netdev type=user driver=usb-net mac=52:54:00:aa:bb:cd
	assert_equal "$stderr" ''
}

@test "--no-rom and words of the device" {
	start_native
	qb_ok hotplug-nic n1 --netdev type=user --no-rom
	property n1 romfile
	assert_output '""'
	qb_ok hotplug-nic n2 --netdev type=user
	property n2 romfile
	refute_output '""'
	qb_ok hotplug-nic n3 --netdev type=user driver=e1000e --no-rom bus=rp2
	property n3 romfile
	assert_output '""'
	refused 2 'exclude' hotplug-nic n4 --netdev type=user --no-rom romfile=x
	refused 2 "no member 'romfile'" hotplug-nic n4 --netdev type=user driver=usb-net --no-rom
}

@test "--netdev: this QEMU types its words" {
	start_native
	qb_ok hotplug-nic n1 --netdev type=user --netdev restrict=on --netdev hostfwd.0.str=tcp:127.0.0.1:0-:22 --dry-run
	assert_json -s '.[0].message == {execute: "netdev_add", arguments: {id: "n1-net", type: "user",
		restrict: true, hostfwd: [{str: "tcp:127.0.0.1:0-:22"}]}}'
	refused 2 "--netdev: .*restrict: expected on or off" hotplug-nic n1 --netdev type=user --netdev restrict=maybe
	refused 2 "no member 'restrct'; did you mean 'restrict'" hotplug-nic n1 --netdev type=user --netdev restrct=on
	refused 2 "--netdev: .*type" hotplug-nic n1 --netdev restrict=on
	refused 2 "--netdev id=" hotplug-nic n1 --netdev type=user --netdev id=x
	refused 2 "nonsense" hotplug-nic n1 --netdev type=nonsense
}

@test "netdev_add refused: nothing is left; device_add refused: the netdev is taken back" {
	start_native
	before=$(vm_state)
	qb hotplug-nic n1 --netdev type=tap --netdev fd=nobody
	assert_failure 1
	assert_equal "$(vm_state)" "$before"
	for bus in nowhere pcie.0; do
		qb hotplug-nic n1 --netdev type=user bus="$bus"
		assert_failure 1
		assert_regex "${stderr_lines[0]}" "^qmpbox hotplug-nic: device_add: Bus '$bus' (not found|does not support hotplugging)"
		assert_equal "${stderr_lines[1]}" '  undone: netdev n1-net'
		assert_equal "${#stderr_lines[@]}" 2
		assert_equal "$(vm_state)" "$before"
	done
	# a listening stream is taken back after a while, and the VM lives
	vm_ask query-qmp-schema | jq -e 'any(.[]; .name == "NETDEV_STREAM_CONNECTED")' >/dev/null || return 0
	local start=${EPOCHREALTIME/[.,]/}
	qb hotplug-nic n1 --netdev type=stream --netdev server=on --netdev addr.type=unix \
		--netdev addr.path="$T/stream" bus=nowhere
	assert_failure 1
	((${EPOCHREALTIME/[.,]/} - start >= 500000))
	assert_equal "$(vm_state)" "$before"
}

# --------------------------------------------------------------------- bad input

@test "addresses that are none: status 2" {
	start_native
	for mac in '' x 52:54:00:12:34 52:54:00:12:34:5 52:54:00:12:34:567 52:54:00:12:34:5g \
		525400123456 52.54.00.12.34.56 ' 52:54:00:12:34:56' 52:54:00:12:34:56:; do
		refused 2 'mac: expected six pairs of hex digits' hotplug-nic n1 --netdev type=user mac="$mac"
	done
	refused 2 'multicast' hotplug-nic n1 --netdev type=user mac=01:00:5e:00:00:01
	refused 2 'multicast' hotplug-nic n1 --netdev type=user mac=ff:ff:ff:ff:ff:ff
	refused 2 'all zero' hotplug-nic n1 --netdev type=user mac=00:00:00:00:00:00
	refused 2 'mac: expected six pairs' hotplug-nic n1 --netdev type=user 'mac:="x"'
	refused 2 'mac: expected six pairs' hotplug-nic n1 --netdev type=user 'mac:="x"' --check
	# nothing of it needs the VM
	S=$T/nobody qb hotplug-nic n1 --netdev type=user mac=x
	assert_failure 2
}

@test "options that do not go together: status 2, before a VM is needed" {
	S=$T/nobody
	local words
	while IFS='|' read -r words regex; do
		# shellcheck disable=SC2086
		qb hotplug-nic n1 $words
		assert_equal "$words -> $status" "$words -> 2"
		assert_equal "${#stderr_lines[@]}" 1
		assert_regex "$stderr" "^qmpbox hotplug-nic: .*$regex"
	done <<-'WORDS'
		|one of --tap
		--tap t0 --netdev type=user|one of --tap
		--tap t0 --tap-fd 3|one of --tap
		--netdev type=user --bridge br0|--bridge goes with --tap
		--tap-fd 3 --bridge br0|--bridge goes with --tap
		--netdev type=user --queues 2|--queues goes with --tap
		--tap-fd 3 --queues 2|number of --tap-fd
		--netdev type=user --vhost|not --netdev
		--netdev type=user --vhost-fd 3|not --netdev
		--tap t0 --queues 0|between 1 and 256
		--tap t0 --queues 257|between 1 and 256
		--tap t0 --queues -1|queues
		--tap t0 --queues many|queues
		--tap t0 --vhost --vhost-fd 3|one of both
		--tap t0 --queues 2 --vhost-fd 3|one for each queue is needed, 2 and not 1
		--tap-fd 3 --vhost-fd 3 --vhost-fd 4|one for each queue is needed, 1 and not 2
		--tap sixteen-bytes-xx|at most
		--tap a/b|no name for a network interface
		--tap t%d|no name for a network interface
		--tap ..|no name for a network interface
		--tap t0 --bridge b:0|--bridge.*no name
		--netdev type=user id=x|id=
		--netdev type=user netdev=x|netdev=
		--netdev type=user driver:="e1000"|driver=
		--netdev word|KEY=VALUE
		--netdev type=user word|KEY=VALUE
	WORDS
	qb hotplug-nic 1n --netdev type=user
	assert_failure 2
	assert_regex "$stderr" "'1n' is no id"
	qb hotplug-nic n1 --tap ''
	assert_failure 2
}

@test "ids that are taken, by a device or by a backend: status 2, with the way out" {
	start_native
	qb_ok hotplug-nic n1 --netdev type=user
	refused 2 "id 'n1' is taken by a device" hotplug-nic n1 --netdev type=user
	refused 2 "id 'rp1' is taken by a device" hotplug-nic rp1 --netdev type=user
	vm_ask netdev_add '{"type":"user","id":"n2-net"}'
	refused 2 "'n2-net' is there already \(unplug-nic n2 " hotplug-nic n2 --netdev type=user
	qb_ok unplug-nic n2
	assert_output 'n2: removed netdev n2-net'
	vm_ask netdev_add '{"type":"hubport","id":"n3","hubid":0}'
	refused 2 "id 'n3' is taken by a network backend" hotplug-nic n3 --netdev type=user
	refused 10 "id 'n1' is taken" hotplug-nic n1 --netdev type=user --check
	# a hub has no name that anybody could take
	qb_ok hotplug-nic hub --netdev type=user driver=usb-net
}

@test "drivers and buses that will not do" {
	start_native
	refused 6 "no device 'nonsense'" hotplug-nic n1 --netdev type=user driver=nonsense
	qb_ok hotplug-nic n1 --netdev type=user bus=rp1
	refused 2 'rp1 is taken by n1' hotplug-nic n2 --netdev type=user bus=rp1
	refused 2 'slot 0 only' hotplug-nic n2 --netdev type=user bus=rp2 addr=3
	refused 2 "no member 'mac'" hotplug-nic n2 --netdev type=user driver=virtio-rng-pci
	refused 2 "no member 'nonsense'" hotplug-nic n2 --netdev type=user nonsense=1
	qb_ok hotplug-nic n2 --netdev type=user
	qb_ok hotplug-nic n3 --netdev type=user
	refused 6 'no free port' hotplug-nic n4 --netdev type=user
	refused 10 'no free port' hotplug-nic n4 --netdev type=user --check
}

# ----------------------------------------------------------- --check, --dry-run

@test "--check: answers with the place and changes nothing" {
	start_native
	before=$(vm_state)
	qb_ok --json hotplug-nic n1 --netdev type=user --check
	assert_json '.bus == "rp0" and .netdev == "n1-net" and .type == "user"'
	qb_ok hotplug-nic n1 --netdev type=user --check
	assert_line --partial 'virtio-net-pci on rp0'
	assert_equal "$stderr" ''
	refused 2 "no member 'nonsense'" hotplug-nic n1 --netdev type=user nonsense=1 --check
	refused 2 "no member 'nonsense'" hotplug-nic n1 --netdev type=user --netdev nonsense=1 --check
	refused 10 "no device 'nonsense'" hotplug-nic n1 --netdev type=user driver=nonsense --check
	assert_equal "$(vm_state)" "$before"
	start_qsd
	qb hotplug-nic n1 --netdev type=user
	assert_failure 6
	qb hotplug-nic n1 --netdev type=user --check
	assert_failure 10
	assert_regex "$stderr" 'no command'
	start_vm --machine none
	refused 6 'no PCI bus' hotplug-nic n1 --netdev type=user
}

@test "--dry-run: messages, descriptors and inverses, and nothing is made or sent" {
	start_net
	start_native
	before=$(vm_state)
	in_net ip link add br0 type bridge
	qbn_ok hotplug-nic n1 --tap t0 --bridge br0 --queues 2 --link-down --dry-run
	assert_equal "$stderr" ''
	assert_json -s 'map(.message.execute) == ["getfd", "getfd", "netdev_add", "device_add", "set_link"]'
	assert_json -s 'map(.descriptor // empty) == ["the tap t0", "the tap t0"]'
	assert_json -s '.[0].message.arguments == {fdname: "n1-tap0"} and
		.[0].inverse == {execute: "closefd", arguments: {fdname: "n1-tap0"}}'
	assert_json -s '.[2] == {message: {execute: "netdev_add", arguments: {type: "tap", id: "n1-net",
		fds: "n1-tap0:n1-tap1", vhost: false}}, inverse: {execute: "netdev_del", arguments: {id: "n1-net"}}}'
	assert_json -s '.[3].message.arguments | .mq == true and .vectors == 6 and .netdev == "n1-net" and .id == "n1"'
	assert_json -s '.[4].message.arguments == {name: "n1", up: false}'
	assert_equal "$(vm_state)" "$before"
	is_gone t0
	qb_ok hotplug-nic n1 --netdev type=user
	before=$(vm_state)
	qb_ok unplug-nic n1 --dry-run
	assert_json -s 'map(.message) == [{execute: "device_del", arguments: {id: "n1"}},
		{execute: "netdev_del", arguments: {id: "n1-net"}}]'
	assert_equal "$(vm_state)" "$before"
}

# -------------------------------------------------------------------------- taps

@test "--tap: made here, one queue, gone with the NIC" {
	start_net
	start_native
	before=$(vm_state)
	qbn_ok --json hotplug-nic n1 --tap t0 mac=52:54:00:00:00:01
	assert_json '. == {id: "n1", driver: "virtio-net-pci", bus: "rp0", addr: "0", netdev: "n1-net",
		type: "tap", tap: "t0", queues: 1, vhost: false, mac: "52:54:00:00:00:01"}'
	output=$(link t0) assert_json '.linkinfo.info_data | .type == "tap" and (.persist | not) and
		.vnet_hdr and (.pi | not) and (.multi_queue | not)'
	# not asked to be in a bridge: left as it came
	output=$(link t0) assert_json '(has("master") | not) and (.flags | contains(["UP"]) | not)'
	network | grep -qx ' \\ n1-net: index=0,type=tap,fd=[0-9]*'
	qbn_ok unplug-nic n1
	assert_output 'n1: removed device n1, netdev n1-net'
	wait_for 5 is_gone t0
	assert_equal "$(vm_state)" "$before"
}

@test "--queues: the tap, the backend and the device have as many" {
	start_net
	start_native
	before=$(vm_state)
	qbn_ok hotplug-nic n1 --tap t0 --queues 4
	assert_output --regexp '^n1: virtio-net-pci on rp0, tap t0, 4 queues, 52:54:00:'
	output=$(link t0) assert_json '.linkinfo.info_data | .multi_queue and .numqueues + .numdisabled == 4'
	assert_equal "$(network | grep -c 'n1-net: index=[0-3],type=tap')" 4
	property n1 vectors
	assert_output 10
	property n1 mq
	assert_output true
	qbn_ok unplug-nic n1
	wait_for 5 is_gone t0
	assert_equal "$(vm_state)" "$before"
	# what the words say stands
	qbn_ok hotplug-nic n1 --tap t0 --queues 2 vectors=9
	property n1 vectors
	assert_output 9
	# the most that there are
	qbn_ok --json hotplug-nic n2 --tap t1 --queues 256
	assert_json '.queues == 256'
	refused_net 2 "no member 'mq'.*several queues need a driver" hotplug-nic n3 --tap t2 --queues 2 driver=e1000e
	is_gone t2
}

@test "--bridge: joined and set up, with the bridge's MTU and an address that it does not take" {
	start_net
	start_native
	in_net ip link add br0 type bridge
	in_net ip link set br0 mtu 1400 up
	qbn_ok --json hotplug-nic n1 --tap t0 --bridge br0
	assert_json '.tap == "t0" and .bridge == "br0"'
	output=$(link t0) assert_json '.master == "br0" and .mtu == 1400 and (.flags | contains(["UP"])) and
		(.address | startswith("fe:"))'
	qbn_ok hotplug-nic n2 --tap t1 --bridge br0 driver=usb-net
	assert_output --partial 'tap t1 in br0'
	qbn_ok unplug-nic n1
	wait_for 5 is_gone t0
	qbn_ok unplug-nic n2
	refused_net 8 'there is no bridge br1' hotplug-nic n3 --tap t0 --bridge br1
	refused_net 8 'lo is no bridge' hotplug-nic n3 --tap t0 --bridge lo
	is_gone t0
}

@test "a tap that was there: used, and what was done to it is taken back when the rest fails" {
	start_net
	start_native
	in_net ip link add br0 type bridge
	in_net ip link add br1 type bridge
	in_net ip tuntap add dev t0 mode tap
	untouched=$(link t0)
	before=$(vm_state)
	qbn hotplug-nic n1 --tap t0 --bridge br0 bus=nowhere
	assert_failure 1
	assert_equal "${stderr_lines[1]}" '  undone: netdev n1-net, t0 up, t0 in br0'
	wait_for 5 carrier_off t0
	assert_equal "$(link t0 | jq -c '[.master, .mtu, .address, (.flags | contains(["UP"]))]')" \
		"$(jq -c '[.master, .mtu, .address, false]' <<<"$untouched")"
	assert_equal "$(vm_state)" "$before"
	# in another bridge: refused, and left there; in this one: fine, and left there
	in_net ip link set t0 master br1
	refused_net 8 't0 belongs to br1 already, not to br0' hotplug-nic n1 --tap t0 --bridge br0
	qbn hotplug-nic n1 --tap t0 --bridge br1 bus=nowhere
	assert_equal "${stderr_lines[1]}" '  undone: netdev n1-net, t0 up'
	output=$(link t0) assert_json '.master == "br1"'
	qbn_ok hotplug-nic n1 --tap t0 --bridge br1
	qbn_ok unplug-nic n1
	output=$(link t0) assert_json '.master == "br1"'
}
carrier_off() { ! link "$1" | jq -e '.flags | contains(["LOWER_UP"])' >/dev/null; }

@test "taps that cannot be had: status 8, one sentence, nothing changed" {
	start_net
	start_native
	qbn_ok hotplug-nic n1 --tap t0
	qbn_ok hotplug-nic n2 --tap t1 --queues 2
	refused_net 8 'the tap t0 is in use' hotplug-nic n3 --tap t0
	# the kernel would let a second one in
	refused_net 8 'the tap t1 is in use' hotplug-nic n3 --tap t1 --queues 2
	in_net ip tuntap add dev one mode tap
	in_net ip tuntap add dev many mode tap multi_queue
	in_net ip tuntap add dev t3 mode tun
	refused_net 8 'one was made for one queue' hotplug-nic n3 --tap one --queues 2
	refused_net 8 'many was made for several queues' hotplug-nic n3 --tap many
	refused_net 8 't3 is no tap \(it is a tun\)' hotplug-nic n3 --tap t3
	refused_net 8 'lo is no tap' hotplug-nic n3 --tap lo
	qbn_ok hotplug-nic n3 --tap many --queues 2
}

@test "no /dev/net/tun: status 8 and says so" {
	start_net
	start_native
	before=$(vm_state)
	# A mount name space of its own: nothing stays mounted, whatever happens.
	run --separate-stderr in_net unshare --mount bash -c 'mount -t tmpfs none /dev/net && exec "$@"' - \
		"$QMPBOX" -s "$S" hotplug-nic n1 --tap t0 3>&-
	assert_failure 8
	assert_equal "$output" ''
	assert_equal "$stderr" 'qmpbox hotplug-nic: cannot open /dev/net/tun for a tap: No such file or directory'
	assert_equal "$(vm_state)" "$before"
}

@test "no permission: status 8, and the ways out" {
	start_net
	requires setpriv
	# Others must get at the socket.
	T=$(mktemp -d /tmp/qb.XXXXXX)
	chmod 755 "$T"
	start_native
	chmod 777 "$S"
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
	"${as[@]}" test -x "$QMPBOX" || skip "another user cannot run $QMPBOX"
	before=$(vm_state)
	run --separate-stderr in_net timeout 20 "${as[@]}" "$QMPBOX" -s "$S" hotplug-nic n1 --tap t0 3>&-
	assert_failure 8
	assert_equal "$output" ''
	if "${as[@]}" test -w /dev/net/tun; then
		assert_regex "$stderr" 'no permission to make the tap t0: that needs CAP_NET_ADMIN'
		in_net ip tuntap add dev mine mode tap user 65534
		in_net ip tuntap add dev yours mode tap user 65533
		run --separate-stderr in_net timeout 20 "${as[@]}" "$QMPBOX" -s "$S" hotplug-nic n1 --tap yours 3>&-
		assert_failure 8
		assert_regex "$stderr" 'yours: it was made for another user'
		run --separate-stderr in_net timeout 20 "${as[@]}" "$QMPBOX" -s "$S" hotplug-nic n1 --tap mine 3>&-
		assert_success
	else
		assert_equal "$stderr" 'qmpbox hotplug-nic: cannot open /dev/net/tun for a tap: Permission denied'
	fi
	[[ $status == 0 ]] || assert_equal "$(vm_state)" "$before"
}

@test "without the right to change a bridge: nothing is plugged in, and the tap is as it was" {
	start_net
	requires setpriv
	start_native
	in_net ip link add br0 type bridge
	in_net ip tuntap add dev t0 mode tap
	before=$(vm_state)
	run --separate-stderr in_net timeout 20 setpriv --bounding-set -net_admin --inh-caps -net_admin -- \
		"$QMPBOX" -s "$S" hotplug-nic n1 --tap t0 --bridge br0 3>&-
	assert_failure 8
	assert_equal "$stderr" 'qmpbox hotplug-nic: cannot put t0 into the bridge br0: Operation not permitted'
	assert_equal "$(vm_state)" "$before"
	output=$(link t0) assert_json 'has("master") | not'
}

# open_taps NAME QUEUES COMMAND ARG...: COMMAND with descriptors 10, 11… of the tap
open_taps() {
	requires perl
	# 10, 11… are free, and inherited since $^F is above them.
	in_net perl -e '
		$^F = 100;
		my ($name, $queues) = splice(@ARGV, 0, 2);
		require POSIX;
		for my $i (0 .. $queues - 1) {
			open(my $fd, "+<", "/dev/net/tun") or die "open: $!";
			# IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE; a name that begins with u is a tun
			my $flags = ($name =~ /^u/ ? 0x0001 : 0x0002) | 0x5000 | ($queues > 1 ? 0x0100 : 0);
			my $request = pack("a16 S x22", $name, $flags);
			ioctl($fd, 0x400454CA, $request) or die "TUNSETIFF: $!";
			POSIX::dup2(fileno($fd), 10 + $i);
		}
		exec(@ARGV);' "$@"
}

@test "--tap-fd: inherited queues of one tap, and what is none" {
	start_net
	start_native
	before=$(vm_state)
	run --separate-stderr open_taps t0 2 "$QMPBOX" -s "$S" --json hotplug-nic n1 --tap-fd 10 --tap-fd 11 3>&-
	assert_success
	assert_json '.tap == "t0" and .queues == 2'
	output=$(link t0) assert_json '.linkinfo.info_data | .numqueues + .numdisabled == 2'
	qb_ok unplug-nic n1
	wait_for 5 is_gone t0
	run --separate-stderr open_taps t0 1 "$QMPBOX" -s "$S" --json hotplug-nic n1 --tap-fd 10 3>&-
	assert_json '.tap == "t0" and .queues == 1'
	qb_ok unplug-nic n1
	wait_for 5 is_gone t0
	# one queue cannot be two, and two taps are not one
	run --separate-stderr open_taps t0 1 "$QMPBOX" -s "$S" hotplug-nic n1 --tap-fd 10 --tap-fd 10 3>&-
	assert_failure 8
	assert_regex "$stderr" 'belongs to the tap t0, which has one queue'
	run --separate-stderr open_taps t0 2 "$QMPBOX" -s "$S" hotplug-nic n1 --tap-fd 10 --vhost-fd 11 3>&-
	assert_failure 8
	assert_regex "$stderr" 'descriptor 11 is not of /dev/vhost-net'
	assert_equal "$(vm_state)" "$before"
	refused 8 'descriptor 0 is no tap' hotplug-nic n1 --tap-fd 0
	refused 8 'descriptor 99: Bad file descriptor' hotplug-nic n1 --tap-fd 99
	refused 2 "not 'x'" hotplug-nic n1 --tap-fd x
	refused 2 "not '-1'" hotplug-nic n1 --tap-fd=-1
}

@test "--tap-fd: descriptors of two taps, and of a tun" {
	start_net
	start_native
	run --separate-stderr open_taps t0 2 perl -e '
		$^F = 100; require POSIX;
		open(my $fd, "+<", "/dev/net/tun") or die;
		my $request = pack("a16 S x22", "t1", 0x5102);
		ioctl($fd, 0x400454CA, $request) or die;
		POSIX::dup2(fileno($fd), 20);
		exec(@ARGV);' "$QMPBOX" -s "$S" hotplug-nic n1 --tap-fd 10 --tap-fd 20 3>&-
	assert_failure 8
	assert_regex "$stderr" 'different taps, t0 and t1'
	run --separate-stderr open_taps u0 1 "$QMPBOX" -s "$S" hotplug-nic n1 --tap-fd 10 3>&-
	assert_failure 8
	assert_regex "$stderr" 'descriptor 10 is no tap'
}

# ------------------------------------------------------------------------- vhost

@test "--vhost without /dev/vhost-net: status 8, and the VM lives" {
	[[ ! -e /dev/vhost-net ]] || skip 'there is a /dev/vhost-net'
	start_native
	refused 8 'cannot open /dev/vhost-net: No such file.*vhost_net.*--vhost' hotplug-nic n1 --tap t0 --vhost
}

@test "--vhost: the kernel moves the packets" {
	[[ -c /dev/vhost-net ]] && (: 3<>/dev/vhost-net) 2>/dev/null || skip 'no /dev/vhost-net that can be opened'
	start_net
	start_native
	before=$(vm_state)
	qbn_ok --json hotplug-nic n1 --tap t0 --queues 2 --vhost
	assert_json '.vhost'
	qbn_ok unplug-nic n1
	assert_equal "$(vm_state)" "$before"
}

@test "--vhost-fd: what is not of /dev/vhost-net never reaches QEMU, which would abort" {
	start_net
	start_native
	before=$(vm_state)
	run --separate-stderr open_taps t0 1 "$QMPBOX" -s "$S" -v hotplug-nic n1 --tap-fd 10 --vhost-fd 0 3>&-
	assert_failure 8
	assert_regex "$stderr" '--vhost-fd: descriptor 0 is not of /dev/vhost-net'
	refute_regex "$stderr" 'getfd'
	assert_equal "$(vm_state)" "$before"
}

@test "netdev_add by itself: what is not of /dev/vhost-net is not passed as if it were" {
	start_net
	start_native
	before=$(vm_state)
	for words in 'fd=@fd:a vhost=on vhostfd=@fd:v' 'fd=@fd:a vhostfd=@fd:v' 'fds=@fd:a vhostfds=@fd:v'; do
		# shellcheck disable=SC2086
		run --separate-stderr open_taps t0 1 "$QMPBOX" -s "$S" netdev_add type=tap id=n1 $words \
			--pass-fd a=10 --open v=/dev/null 3>&-
		assert_equal "$words -> $status" "$words -> 8"
		assert_regex "$stderr" 'vhostfds?: v \(/dev/null \(read-write\)\) is not of /dev/vhost-net'
		assert_equal "$(vm_state)" "$before"
	done
	run --separate-stderr open_taps t0 1 "$QMPBOX" -s "$S" netdev_add type=tap id=n1-net fd=@fd:a vhost=off --pass-fd a=10 3>&-
	assert_success
	qb_ok unplug-nic n1
	assert_equal "$(vm_state)" "$before"
}

@test "netdev_add by itself: vhost without a descriptor for each queue is refused by the guard" {
	start_vm
	vm_ask query-version | jq -e '.qemu.major == 7' >/dev/null || skip 'needs QEMU 7'
	before=$(vm_state)
	for words in 'vhost=on fd=a' 'vhost=on fds=a:b vhostfds=c' 'vhostforce=on fd=a' 'fds=a:b vhostfds=c'; do
		# shellcheck disable=SC2086
		qb netdev_add type=tap id=n1 $words
		assert_equal "$words -> $status" "$words -> 2"
		assert_regex "$stderr" 'aborts this QEMU'
	done
	assert_equal "$(vm_state)" "$before"
}

# ------------------------------------------------------------------- round trips

@test "the writes of hotplug-nic" {
	requires strace
	strace -f -qq -o /dev/null true 2>/dev/null || skip 'strace cannot work here'
	start_net
	start_vm
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr in_net timeout 60 strace -f -qq -o "$T/trace" \
		-e trace=sendmsg "$QMPBOX" -s "$S" hotplug-nic n1 --tap t0 --queues 2 --link-down 3>&-
	assert_success
	socket=$(sed -n 's/.*sendmsg(\([0-9]*\),.*/\1/p' "$T/trace" | head -n 1)
	# 1. the negotiation, which backends and devices there are; 2. what is on each port;
	# 3. a getfd for each queue, a write each: a descriptor rides on the first byte of its own;
	# 4. netdev_add; 5. device_add and set_link.
	assert_equal "$(grep -c "sendmsg($socket," "$T/trace")" 6
	assert_equal "$(grep -c SCM_RIGHTS "$T/trace")" 2
}

# ------------------------------------------------------------------------ unplug

@test "unplug-nic: an unknown id 1, another kind of device 2 and untouched" {
	start_native
	refused 1 "no NIC 'nobody'.*no device and no netdev" unplug-nic nobody
	refused 2 "'1n' is no id" unplug-nic 1n
	before=$(vm_state)
	qb -v unplug-nic rp1
	assert_failure 2
	assert_regex "$stderr" 'qmpbox unplug-nic: rp1 is a pcie-root-port, no NIC'
	refute_regex "$stderr" '-> \{"execute":"(device_del|netdev_del)'
	assert_equal "$(vm_state)" "$before"
}

@test "unplug-nic: a NIC of the command line goes with its backend, whatever that is called" {
	start_vm -- -device qemu-xhci,id=xhci -netdev user,id=hostnet0 -device usb-net,netdev=hostnet0,id=n1 \
		-netdev hubport,hubid=3,id=h0 -device usb-net,netdev=h0,id=n2 -device usb-net,id=n3
	qb_ok --json unplug-nic n1
	assert_json '.removed == ["device n1", "netdev hostnet0"]'
	qb_ok --json unplug-nic n2
	assert_json '.removed == ["device n2", "netdev h0"]'
	qb_ok --json unplug-nic n3
	assert_json '.removed == ["device n3"]'
	assert_equal "$(network)" 'hub 3' # a hub stays, whatever leaves it
}

@test "unplug-nic: whatever part is left goes: a backend, on a hub too, and only the one of that name" {
	start_vm
	for id in n1-net n11-net n1-netx xn1-net; do vm_ask netdev_add '{"type":"user","id":"'"$id"'"}'; done
	vm_ask netdev_add '{"type":"hubport","id":"n2-net","hubid":0}'
	qb_ok unplug-nic n1
	assert_output 'n1: removed netdev n1-net'
	qb_ok unplug-nic n2
	assert_output 'n2: removed netdev n2-net'
	assert_equal "$(network | sed 's/:.*//')" $'hub 0\nn11-net\nn1-netx\nxn1-net'
	refused 1 'no NIC' unplug-nic n1
}

@test "unplug-nic: descriptors that a killed run has left, which keep the tap busy" {
	start_net
	start_native
	run -0 open_taps t0 2 "$QMPBOX" -s "$S" exec getfd fdname=n1-tap0 --pass-fd f=10 3>&-
	run -0 open_taps t1 1 "$QMPBOX" -s "$S" exec getfd fdname=n1-tap1 --pass-fd f=10 3>&-
	run -0 open_taps t2 1 "$QMPBOX" -s "$S" exec getfd fdname=n1-vhost0 --pass-fd f=10 3>&-
	run -0 open_taps t3 1 "$QMPBOX" -s "$S" exec getfd fdname=n11-tap0 --pass-fd f=10 3>&-
	refused_net 8 't0 is in use' hotplug-nic n1 --tap t0 --queues 2
	qb unplug-nic n1 --dry-run
	assert_failure 1
	qb_ok unplug-nic n1
	assert_output 'n1: removed descriptor n1-tap0, descriptor n1-tap1, descriptor n1-vhost0'
	wait_for 5 is_gone t0
	run is_gone t3
	assert_failure
	refused 1 'no NIC' unplug-nic n1
	qbn_ok hotplug-nic n1 --tap t0 --queues 2
}

@test "unplug-nic: the guest does not let go: status 4, why, what is left; a later run goes on" {
	start_vm
	qb_ok hotplug-nic n1 --netdev type=user
	before=$(vm_state)
	qb --json unplug-nic n1 -t 0.5
	assert_failure 4
	assert_equal "$output" ''
	output=$stderr assert_json '.error | .kind == "timeout" and (.message | contains("operating system")) and
		.left == ["device n1", "netdev n1-net"]'
	# the backend was not taken from under it
	assert_equal "$(vm_state)" "$before"
	vm_ask system_reset
	qb_ok unplug-nic n1
	assert_equal "$(network)" ''
}

# ----------------------------------------------------------------- other devices

@test "hotplug-device, unplug-device: placed, or where QEMU chooses; the id is made and said" {
	start_native
	before=$(vm_state)
	qb_ok hotplug-device virtio-rng-pci
	assert_output 'virtio-rng-pci-1: virtio-rng-pci on rp0'
	qb_ok --json hotplug-device virtio-rng-pci max-bytes=1K id=rng2 period=2000
	assert_json '. == {id: "rng2", driver: "virtio-rng-pci", bus: "rp1", addr: "0"}'
	property rng2 max-bytes
	assert_output 1024
	qb_ok --json hotplug-device usb-tablet
	assert_json '. == {id: "usb-tablet-1", driver: "usb-tablet", bus: "xhci.0"}'
	qb_ok hotplug-device usb-tablet
	assert_output 'usb-tablet-2: usb-tablet on xhci.0'
	for id in virtio-rng-pci-1 rng2 usb-tablet-1 usb-tablet-2; do
		qb_ok unplug-device "$id"
		assert_output "$id: removed device $id"
	done
	assert_equal "$(vm_state)" "$before"
}

@test "hotplug-device: what is wrong is said before anything is plugged in" {
	start_native
	refused 6 "no device 'usb-tablett'; did you mean 'usb-tablet'" hotplug-device usb-tablett
	qb --dry-run hotplug-device 486-x86_64-cpu
	outcome 0 '~"id":"dev-486-x86_64-cpu-1"' ''
	refused 2 "no member 'nonsense'" hotplug-device usb-tablet nonsense=1
	refused 2 "'1x' is no id" hotplug-device usb-tablet id=1x
	refused 2 "'1x' is no id" hotplug-device usb-tablet 'id:="1x"'
	refused 2 "'rp0' is taken" hotplug-device usb-tablet id=rp0
	refused 2 'given by DRIVER' hotplug-device usb-tablet driver=usb-kbd
	refused 2 'given by DRIVER' hotplug-device usb-tablet 'driver:="usb-kbd"'
	refused 2 'bus: expected a string' hotplug-device usb-tablet 'bus:=1'
	refused 2 '' hotplug-device
	refused 1 "Bus 'nowhere' not found" hotplug-device usb-tablet bus=nowhere
	refused 10 "no device 'nonsense'" hotplug-device nonsense --check
	refused 10 "'rp0' is taken" hotplug-device usb-tablet id=rp0 --check
	qb_ok hotplug-device virtio-rng-pci id=r1 --check
	assert_output 'r1: virtio-rng-pci on rp0'
	refused 1 "no device 'r1'" unplug-device r1
	qb_ok hotplug-device virtio-rng-pci id=r1 --dry-run
	assert_json -s 'length == 1 and .[0].message.arguments == {bus: "rp0", addr: "0", driver: "virtio-rng-pci", id: "r1"}'
	refused 1 "no device 'r1'" unplug-device r1
}

@test "unplug-device: what carries our names goes too, what else the device used stays" {
	start_native
	qb_ok hotplug-nic n1 --netdev type=user
	qb_ok unplug-device n1
	assert_output 'n1: removed device n1, netdev n1-net'
	vm_ask netdev_add '{"type":"user","id":"other"}'
	qb_ok hotplug-device usb-net id=n2 netdev=other
	qb_ok unplug-device n2
	assert_output 'n2: removed device n2'
	network | grep -q '^other:'
}

# ------------------------------------------------ what a real QEMU does not do on demand

# script: the scenario on stdin after what hotplug-nic asks before it begins: no devices but the root
# port rp0, which is free, and no backends; a tap t0 of our own and a bridge are there
script() {
	start_net
	in_net ip link add br0 type bridge
	in_net ip tuntap add dev t0 mode tap multi_queue
	{
		cat <<-'SURVEY'
			negotiate 7.2.22
			expect human-monitor-command {"command-line":"info network"}
			reply ""
			expect qom-list {"path":"/machine/peripheral"}
			reply [{"name":"rp0","type":"child<pcie-root-port>"}]
			expect qom-list {"path":"/machine/peripheral/rp0/rp0"}
			reply [{"name":"type","type":"string"}]
			expect qom-get {"path":"/machine/peripheral/rp0","property":"hotplug"}
			reply true
			expect getfd {"fdname":"n1-tap0"}
			reply {}
		SURVEY
		cat
	} >"$T/script"
	start_fake <"$T/script"
}

# plug ARG...: what the script answers
plug() { qbn --json hotplug-nic n1 --tap t0 --queues 2 --bridge br0 --reply-timeout 0.5 "$@"; }

# said FILTER: jq's filter is true of the last error document on stderr
said() { output=$(grep '"error"' <<<"$stderr" | tail -n 1) assert_json "$1"; }

# log_says NAME: how often the command NAME came
log_says() { grep -c "^< {\"execute\":\"$1\"" "$FAKE_LOG" || :; }

in_bridge() { link t0 | jq -e '.master == "br0"' >/dev/null; }

@test "a getfd refused: netdev_add is not sent, what was passed is closed, the tap leaves the bridge" {
	script <<-'EOF'
		expect getfd {"fdname":"n1-tap1"}
		error GenericError No file descriptor supplied via SCM_RIGHTS
		expect closefd {"fdname":"n1-tap0"}
		reply {}
		expect-eof
	EOF
	plug
	assert_failure 1
	said '.error | .command == "getfd" and .undone == ["descriptor n1-tap0", "t0 up", "t0 in br0"] and (.left // []) == []'
	fake_done
	assert_equal "$(log_says netdev_add)" 0
	run in_bridge
	assert_failure
}

@test "netdev_add refused: the names are used up, and nothing is said to be left" {
	script <<-'EOF'
		expect getfd
		reply {}
		expect netdev_add {"type":"tap","id":"n1-net","fds":"n1-tap0:n1-tap1","vhost":false}
		error GenericError something
		on closefd error GenericError File descriptor named 'n1-tap0' not found
		serve
	EOF
	plug
	assert_failure 1
	said '.error | .command == "netdev_add" and .undone == ["t0 up", "t0 in br0"] and (.left // []) == []'
	fake_done
	assert_equal "$(log_says device_add)" 0
}

@test "no reply to netdev_add, and the backend is there: it is undone" {
	script <<-'EOF'
		expect getfd
		reply {}
		expect netdev_add
		on human-monitor-command reply "n1-net: index=0,type=tap,fd=12\r\nn1-net: index=1,type=tap,fd=13\r\n"
		on netdev_del reply {}
		on closefd error GenericError File descriptor named 'n1-tap0' not found
		serve
	EOF
	plug
	assert_failure 4
	said '.error | .undone == ["netdev n1-net", "t0 up", "t0 in br0"] and (.left // []) == []'
	fake_done
	assert_equal "$(log_says netdev_del)" 1
}

@test "no reply to device_add, and the device is there: nothing is undone, the tap stays in the bridge" {
	script <<-'EOF'
		expect getfd
		reply {}
		expect netdev_add
		reply {}
		expect device_add
		on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"},{"name":"n1","type":"child<virtio-net-pci>"}]
		serve
	EOF
	plug
	assert_failure 4
	said '.error | (.message | contains("take effect")) and (.undone // []) == [] and (.left // []) == []'
	fake_done
	assert_equal "$(log_says netdev_del)" 0
	in_bridge
}

@test "no reply to device_add, and no device: the backend goes, and the tap from the bridge" {
	script <<-'EOF'
		expect getfd
		reply {}
		expect netdev_add
		reply {}
		expect device_add
		on qom-list reply [{"name":"rp0","type":"child<pcie-root-port>"}]
		on netdev_del reply {}
		on closefd error GenericError File descriptor named 'n1-tap0' not found
		serve
	EOF
	plug
	assert_failure 4
	said '.error | .undone == ["netdev n1-net", "t0 up", "t0 in br0"] and (.left // []) == []'
	fake_done
	run in_bridge
	assert_failure
}

@test "the VM hangs for good: every part is named, and the tap stays where it may be needed" {
	script <<-'EOF'
		expect getfd
		reply {}
		expect netdev_add
		reply {}
		expect device_add
		hang
	EOF
	plug
	assert_failure 4
	said '.error.left | (map(select(startswith("netdev n1-net"))) | length == 1) and contains(["t0 in br0"])'
	fake_done
	in_bridge
}

@test "a real QEMU: whichever write or read fails, the VM and the bridge are as before, or the NIC is in" {
	requires strace
	strace -f -qq -o /dev/null -e inject=sendmsg:error=EPIPE:when=1 true 2>/dev/null || skip 'strace cannot work here'
	start_net
	start_native
	in_net ip link add br0 type bridge
	in_net ip tuntap add dev t0 mode tap multi_queue
	before=$(vm_state)
	local whole=0
	for call in sendmsg:EPIPE recvfrom,recvmsg:ECONNRESET; do
		for k in {1..40}; do
			ASAN_OPTIONS=detect_leaks=0 run --separate-stderr in_net timeout 60 strace -f -qq -o "$T/trace" \
				-e trace="${call%:*}" -e inject="${call%:*}:error=${call#*:}:when=$k" \
				"$QMPBOX" -s "$S" --json hotplug-nic n1 --tap t0 --bridge br0 --queues 2 3>&-
			echo "# $call $k: $status $stderr"
			if vm_ask qom-list '{"path":"/machine/peripheral"}' | jq -e 'any(.name == "n1")' >/dev/null; then
				in_bridge
				((status == 0)) || said '(.error.message | contains("take effect")) and (.error.left // []) == []'
				qbn_ok unplug-nic n1
				in_net ip link set t0 nomaster down
			else
				assert_regex "$status" '^[358]$'
				said '(.error.left // []) == []'
				run in_bridge
				assert_failure
			fi
			wait_for 5 is_free t0
			assert_equal "$(vm_state)" "$before"
			if ! grep -q INJECTED "$T/trace"; then # there was no K-th call
				((++whole < 3)) || break
			fi
		done
		((k > 4 && k < 40))
		whole=0
	done
}
is_free() { link "$1" | jq -e '.linkinfo.info_data | .numqueues + .numdisabled == 0' >/dev/null; }

@test "set_link refused once the NIC is in: it is in, and that is said" {
	script <<-'EOF'
		expect getfd
		reply {}
		expect netdev_add
		reply {}
		expect device_add
		reply {}
		expect set_link {"name":"n1","up":false}
		error DeviceNotFound Device 'n1' not found
		expect-eof
	EOF
	plug --link-down
	assert_success
	assert_regex "$stderr" 'done, but then: set_link'
	fake_done
}

@test "unplug-nic: the backend is removed only once the device is really gone" {
	start_fake <<-'EOF'
		negotiate 7.2.22
		expect human-monitor-command
		reply "n1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n \\ n1-net: index=0,type=user,net=10.0.2.0\r\n"
		expect qom-get {"path":"/machine/peripheral/n1","property":"netdev"}
		reply "n1-net"
		expect qom-list
		reply [{"name":"n1","type":"child<virtio-net-pci>"}]
		expect device_del {"id":"n1"}
		reply {}
		expect-quiet 300
		event DEVICE_DELETED {"path":"/machine/peripheral/n1/virtio-backend"}
		expect-quiet 300
		event DEVICE_DELETED {"device":"n1","path":"/machine/peripheral/n1"}
		expect netdev_del {"id":"n1-net"}
		reply {}
		expect-eof
	EOF
	qb_ok --json unplug-nic n1
	fake_done
	assert_json '.removed == ["device n1", "netdev n1-net"]'
}

# ------------------------------------------------------------ with a real guest

has_eth0() { guest_run test -e /sys/class/net/eth0; }
has_no_eth0() { ! has_eth0; }
ping_from_host() { in_net busybox ping -c 1 -W 2 10.9.0.2; }

@test "a guest and its host ping each other through the tap; the guest lets the NIC go" {
	start_net
	requires busybox
	start_guest -- -smp 2 # or it takes one queue only
	before=$(vm_state)
	qbn_ok hotplug-nic n1 --tap t0 --queues 2 mac=52:54:00:01:02:03 --no-rom
	wait_for 20 has_eth0
	in_net ip address add 10.9.0.1/24 dev t0
	in_net ip link set t0 up
	run -0 guest_run cat /sys/class/net/eth0/address
	assert_output 52:54:00:01:02:03
	run -0 guest_run 'ls /sys/class/net/eth0/queues'
	assert_output --partial rx-1
	guest_run 'ip address add 10.9.0.2/24 dev eth0; ip link set eth0 up'
	wait_for 10 ping_from_host
	run -0 guest_run ping -c 1 -W 5 10.9.0.1
	assert_output --partial '1 packets received'
	qbn_ok unplug-nic n1
	assert_output 'n1: removed device n1, netdev n1-net'
	assert_equal "$stderr" ''
	has_no_eth0
	wait_for 5 is_gone t0
	assert_equal "$(vm_state)" "$before"
}

@test "a guest behind a bridge, with the cable out until set_link puts it in" {
	start_net
	requires busybox
	start_guest
	in_net ip link add br0 type bridge forward_delay 0
	in_net ip address add 10.9.0.1/24 dev br0
	in_net ip link set br0 up
	qbn_ok hotplug-nic n1 --tap t0 --bridge br0 --link-down
	assert_output --partial 'link down'
	wait_for 20 has_eth0
	guest_run 'ip address add 10.9.0.2/24 dev eth0; ip link set eth0 up'
	run -0 guest_run cat /sys/class/net/eth0/carrier
	assert_output 0
	run ping_from_host
	assert_failure
	qb_ok set_link name=n1 up=on
	wait_for 10 guest_run grep -qx 1 /sys/class/net/eth0/carrier
	wait_for 10 ping_from_host
	qbn_ok unplug-nic n1
	has_no_eth0
}
