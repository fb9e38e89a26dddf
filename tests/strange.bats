#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What nobody plans for: images whose names are no UTF-8, nodes that were made piece by piece, chains
# without end.
#
# shellcheck disable=SC2154 # run sets status, output, stderr

load helpers
load images

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

@test "a path that is not UTF-8 never becomes another one in a header" {
	local name=$'b\xff.img'
	image "$name" 1M
	start_scsi
	qb_ok hotplug-disk d1 "$name" driver=scsi-hd
	refused 2 'is not UTF-8 and cannot be told to QEMU' blockdev-snapshot d1 --new s1
	refused 2 '--backing-file: .*is not UTF-8' blockdev-snapshot d1 --new s1 --backing-file "$T/$name"
	ln -s "$name" link.img
	qb_ok blockdev-snapshot d1 --new s1 --backing-file "$T/link.img"
	assert_equal "$(backing s1)" "$T/link.img raw"
	qb_ok blockdev-snapshot d1 --new $'s\xff' --backing-file "$T/s1"
	refused 2 'backing-file: .*is not UTF-8' block-stream d1 base-node=d1 backing-file="$T/$name"
	qb_ok --json block-commit d1
	assert_json '.removed == ["node d1-s2", "node d1-s1"]'
}

@test "a storage daemon is not told a path that is not UTF-8" {
	image a.img 1M
	start_qsd --blockdev "driver=raw,node-name=n1,file.driver=file,file.filename=$T/a.img"
	qb blockdev-snapshot n1 --new $'s\xff'
	outcome 2 '' '~--new: .* not UTF-8'
	[[ ! -e $'s\xff' ]]
}

@test "commit: a file node that was made by itself goes with its node" {
	image a.img 1M
	qemu-img create -q -f qcow2 -b a.img -F raw s.qcow2
	start_scsi -blockdev "driver=file,node-name=e1-file,filename=$T/a.img" \
		-blockdev driver=raw,node-name=e1,file=e1-file \
		-blockdev "driver=file,node-name=e1-s1-file,filename=$T/s.qcow2" \
		-blockdev driver=qcow2,node-name=e1-s1,file=e1-s1-file,backing=e1 \
		-device scsi-hd,id=e1,drive=e1-s1
	qb --json block-commit e1
	outcome 0 '~.' '{"note":"the disk e1 is on node e1-s1"}'
	assert_json '.root == "e1" and .removed == ["node e1-s1", "node e1-s1-file"] and (has("left") | not)'
	assert_equal "$(vm_ask query-named-block-nodes '{"flat":true}' | jq -c 'map(."node-name") | sort')" '["e1","e1-file"]'
}

@test "a chain of 150 images: a name is found through all of its headers in no time" {
	local i below seconds TIMEFORMAT=%U
	image 0 1M
	qemu-img create -q -f qcow2 -u -b 0 -F raw 1 1M
	qemu-img create -q -f qcow2 -u -b below-it -F qcow2 any 1M
	for i in {2..150}; do
		printf -v below './%6d' "$((i - 1))" # of the same length
		LC_ALL=C sed "s,below-it,${below// //}," any >"$i"
	done
	start_scsi
	qb_ok hotplug-disk d1 150 --format qcow2 driver=scsi-hd
	qb_ok blockdev-snapshot d1 --new top --backing-file "$T/150"
	seconds=$({ time "$QMPBOX" -s "$S" block-commit d1 top-node=d1 base-node=d1-b149 --dry-run >plan 2>note; } 2>&1)
	assert_equal "$(realpath "$(jq -r .message.arguments.'"backing-file"' plan)")" "$T/1"
	# It was 10 seconds, and is 0.1.
	assert [ "${seconds%.*}" -lt 4 ]
}

# passed_chain [ARG...]: base <- m1 <- m2 <- m3 <- top, the disk d1
passed_chain() {
	local name below=base
	image base 1M
	qemu-img create -q -f qcow2 -b base -F raw m1
	for name in m2 m3 top; do
		below=${below/#base/m1}
		qemu-img create -q -f qcow2 -b "$below" -F qcow2 "$name"
		below=$name
	done
	qemu-io -c 'write -q -P 7 0 64k' m2
	start_scsi
	qb_ok hotplug-disk d1 top --format qcow2 driver=scsi-hd "$@"
}

# node_of FILE: the format node on it
node_of() { vm_ask query-named-block-nodes '{"flat":true}' | jq -r --arg f "$T/$1" 'map(select(.image.filename == $f and .drv == "qcow2"))[0]."node-name"'; }

@test "commit: what would have QEMU rewrite a header that was passed read-only is refused, and the VM lives" {
	passed_chain
	refused 2 'the image of d1-b1, above the top d1-b2, was passed read-only: .* QEMU would crash' \
		block-commit d1 top-node=d1-b2 base-node=d1-b3
	qb_ok block-commit d1 top-node=d1-b1 base-node=d1-b2
	assert_equal "$(backing top)" "$T/m2 qcow2"
}

@test "commit: a read-only header that QEMU opens by its path is tried before, and refused without harm" {
	local m1 m2
	passed_chain --by-path
	m1=$(node_of m1) m2=$(node_of m2)
	qb --json block-commit d1 top-node="$m2" base-node="$m1" --dry-run
	assert_equal "$(jq -r .message.execute <<<"$output" | paste -sd' ')" 'change-backing-file block-commit'
	start_proxy --match change-backing-file --refuse 1
	qb --json block-commit d1 top-node="$m2" base-node="$m1" --log sent
	stop_proxy
	assert_equal "$status" 1
	refute [ "$(grep -c '"execute":"block-commit"' sent)" -gt 0 ]
	qb_ok block-commit d1 top-node="$m2" base-node="$m1"
	assert_equal "$(backing m3)" "$T/m1 qcow2"
	holds m1 qcow2 'read -P 7 0 64k'
	qb_ok query-status
}

@test "commit: a header that QEMU cannot open for writing: status 1, and the VM lives" {
	((EUID == 0)) || skip 'needs root, to make a file immutable'
	passed_chain --by-path
	chattr +i m3 2>/dev/null || skip 'no file can be made immutable here'
	defer chattr -i "$T/m3"
	qb block-commit d1 top-node="$(node_of m2)" base-node="$(node_of m1)"
	outcome 1 '' '~change-backing-file: Could not open .*Operation not permitted'
	chattr -i m3
	qb_ok query-status
	assert_equal "$(vm_ask query-jobs)" '[]'
}
