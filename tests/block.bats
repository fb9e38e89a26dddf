#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# query-block, query-blockstats and block_set_io_throttle on a real QEMU; what one would not say is
# played.
#
# shellcheck disable=SC2154 # run sets status, output, stderr

load helpers

setup() {
	qmpbox_setup
	cd "$T" || return 1
}
teardown() { qmpbox_teardown; }

# chain: base.qcow2 <- mid.qcow2 <- top.qcow2 with data in each, and the bitmap b0 in the top
chain() {
	requires qemu-img qemu-io
	qemu-img create -q -f qcow2 base.qcow2 16M
	qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 mid.qcow2
	qemu-img create -q -f qcow2 -b mid.qcow2 -F qcow2 top.qcow2
	qemu-io -c 'write -q 0 2M' base.qcow2
	qemu-io -c 'write -q 4M 1M' mid.qcow2
	qemu-io -c 'write -q 8M 512k' top.qcow2
	qemu-img bitmap --add top.qcow2 b0
}

# chain_args: QEMU's arguments for that chain under names of its own, on the virtio disk d1
chain_args() {
	args=()
	local name below=''
	for name in base mid top; do
		args+=(-blockdev "driver=file,node-name=$name-file,filename=$T/$name.qcow2"
			-blockdev "driver=qcow2,node-name=$name,file=$name-file${below:+,backing=$below}")
		below=$name
	done
	args+=(-device "virtio-blk-pci,id=d1,drive=top,bus=rp0")
}

# io DEVICE LINE...: the VM itself reads and writes there, and counts it
io() {
	local line
	for line in "${@:2}"; do
		vm_ask human-monitor-command "$(jq -cn --arg l "qemu-io -d /machine/peripheral/$1/virtio-backend \"$line\"" \
			'{"command-line": $l}')" >/dev/null
	done
}

# stable TEXT: without what the file system and QEMU choose
stable() { sed -E 's/\([0-9.]+ [KMG]?i?B allocated\)/(N allocated)/; s/#block[0-9]+/#block/g' <<<"$1"; }

# plays [LINE]...: a fake that answers everything after these lines
plays() { start_fake < <(printf '%s\n' negotiate "$@" serve); }

# writes ARG...: qmpbox ARG..., and how often it wrote to the VM, as $writes
writes() {
	requires strace
	# LeakSanitizer cannot work under strace.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 run --separate-stderr \
		timeout 60 strace -qq -o "$T/trace" -e trace=sendmsg,sendto "$QMPBOX" -s "$S" "$@" 3>&-
	writes=$(grep -c . "$T/trace")
}

# ------------------------------------------------------------------ query-block

@test "query-block: a chain of three with its bitmap, in one write (and one before it below 10)" {
	local args
	chain
	chain_args
	start_vm --paused -- "${args[@]}"
	writes query-block
	assert_equal "$status" 0
	assert_equal "$(stable "$output")" "d1  read-write, cache writeback
├─ top  qcow2, 16 MiB (N allocated)
│  ├─ bitmap b0  recording, 0 B dirty, granularity 64 KiB, persistent
│  └─ file: top-file  file, $T/top.qcow2
├─ mid  qcow2, 16 MiB (N allocated)
│  └─ file: mid-file  file, $T/mid.qcow2
└─ base  qcow2, 16 MiB (N allocated)
   └─ file: base-file  file, $T/base.qcow2"
	assert_equal "$stderr" ''
	assert_equal "$writes" 2
}

@test "query-block: devices of all sorts" {
	image raw.img 4M
	image usb.img 2M
	image scsi.img 1M
	start_vm --paused -- -device qemu-xhci -device virtio-scsi-pci,id=scsi0 \
		-object throttle-group,id=tg0,x-bps-total=1000000 \
		-blockdev "driver=file,node-name=raw-file,filename=$T/raw.img" \
		-blockdev driver=raw,node-name=raw,file=raw-file \
		-blockdev driver=throttle,node-name=slow,throttle-group=tg0,file=raw \
		-device virtio-blk-pci,id=d1,drive=slow,bus=rp0 \
		-drive "if=none,id=stick,file=$T/usb.img,format=raw,cache=none,detect-zeroes=on" \
		-device usb-storage,id=u1,drive=stick \
		-blockdev "driver=file,node-name=s-file,filename=$T/scsi.img,read-only=on" \
		-device scsi-cd,id=cd1,drive=s-file -device ide-cd,id=cd0
	vm_ask block_set_io_throttle "$(jq -cn '{id: "/machine/peripheral/d1/virtio-backend", bps: 0,
		bps_rd: 1048576, bps_wr: 0, iops: 100, iops_rd: 0, iops_wr: 0, bps_rd_max: 2097152,
		bps_rd_max_length: 3, iops_size: 4096, group: "g1"}')" >/dev/null
	qb query-block
	outcome 0 '~.' ''
	assert_equal "$(stable "$output" | sort)" "$(sort <<END
u1  drive stick, read-write, cache none
└─ #block  raw, 2 MiB (N allocated), detect-zeroes on
   └─ file: #block  file, $T/usb.img
d1  read-write, cache writeback
├─ throttled to read 1 MiB/s (burst 2 MiB/s for 3 s), operations 100/s, an operation each 4 KiB, group g1
├─ slow  throttle filter, group tg0
└─ raw  raw, 4 MiB (N allocated)
   └─ file: raw-file  file, $T/raw.img
cd1  read-only, cache writeback, removable
└─ s-file  file, $T/scsi.img, 1 MiB (N allocated), read-only
cd0  removable, empty
END
	)"
	vm_ask blockdev-open-tray '{"id":"cd1"}' >/dev/null
	qb query-block cd1
	assert_line --index 0 'cd1  read-only, cache writeback, removable, tray open'
	assert_equal "${#lines[@]}" 2
}

@test "query-block: what was passed is shown by its real name, where one file alone fits" {
	chain
	image same.img 1M
	start_vm --machine pc
	qb_ok hotplug-disk d1 top.qcow2 --format qcow2
	qb_ok hotplug-disk d2 same.img
	qb query-block
	assert_equal "$(stable "$output")" "d1  read-write, cache writeback
├─ d1  qcow2, 16 MiB (N allocated)
│  ├─ bitmap b0  recording, 0 B dirty, granularity 64 KiB, persistent
│  └─ file: d1-file  file, $T/top.qcow2
├─ d1-b1  qcow2, 16 MiB (N allocated), read-only
│  └─ file: #block  file, $T/mid.qcow2, read-only
└─ d1-b2  qcow2, 16 MiB (N allocated), read-only
   └─ file: #block  file, $T/base.qcow2, read-only
d2  read-write, cache writeback
└─ d2  raw, 1 MiB (N allocated)
   └─ file: d2-file  file, $T/same.img"
	qb query-block --nodes
	assert_line --regexp "^d1-file +file .* node d1 +$T/top.qcow2\$"

	# A second image of the same size and allocation: either could be meant.
	image other.img 1M
	qb_ok hotplug-disk d3 other.img
	qb query-block d3
	assert_line --regexp '^   └─ file: d3-file  file, passed descriptor \(fdset [0-9]+\)$'
	qb query-block --nodes d2-file
	assert_line --regexp '^d2-file .* passed descriptor \(fdset [0-9]+\)$'
	# One that QEMU opened by its own name is no candidate.
	image named.img 3M
	vm_ask blockdev-add "{\"driver\":\"file\",\"node-name\":\"named\",\"filename\":\"$T/named.img\"}" >/dev/null
	image passed.img 3M
	qb_ok hotplug-disk d4 passed.img
	qb query-block d4
	assert_line "   └─ file: d4-file  file, $T/passed.img"
	# A name that leads elsewhere now is not given.
	mv passed.img moved.img
	image passed.img 3M
	qb query-block d4
	assert_line "   └─ file: d4-file  file, $T/moved.img"
	rm moved.img
	image 'moved.img (deleted)' 3M # as the kernel calls the one that is no more
	qb query-block d4
	assert_line --regexp '^   └─ file: d4-file  file, passed descriptor \(fdset [0-9]+\)$'
}

@test "query-block: a job stands where it works" {
	local args
	chain
	chain_args
	start_vm --paused -- "${args[@]}"
	vm_ask blockdev-add '{"driver":"null-co","node-name":"target","size":16777216}' >/dev/null
	vm_ask blockdev-mirror '{"job-id":"j1","device":"top","target":"target","sync":"full","speed":1,
		"filter-node-name":"filter"}' >/dev/null
	qb query-block
	assert_line --index 1 '├─ filter  mirror_top filter'
	assert_line --index 2 --regexp '^│  └─ job j1  mirror, running, [0-9]+ % \([0-9.]+ [KM]?i?B of 16 MiB\)$'
	assert_line --regexp '^├─ top  qcow2, 16 MiB .*, source of job j1$'
	assert_line 'used by job j1'
	assert_line --index -1 '└─ target  null-co, 16 MiB (0 B allocated), target of job j1'
	qb query-block --nodes filter
	assert_line --regexp '^filter +mirror_top +16 MiB +no +(device d1, job j1|job j1, device d1)$'
	vm_ask block-job-cancel '{"device":"j1","force":true}' >/dev/null

	vm_ask blockdev-backup '{"job-id":"j2","device":"top","target":"target","sync":"full","speed":1}' >/dev/null
	qb query-block d1
	assert_line --regexp '^├─ #block[0-9]+  copy-before-write filter$'
	assert_line --regexp '^│  ├─ job j2  backup, running, '
	assert_line '│  └─ target: target  null-co, target of job j2'
}

@test "query-block: --json is what came" {
	local args
	chain
	chain_args
	start_vm --paused -- "${args[@]}" -device ide-cd,id=cd0
	qb query-block --json
	outcome 0 '~^\[' ''
	assert_json --argjson want "$(vm_ask query-block)" '. == $want'
	qb query-block d1 --json
	assert_json --argjson want "$(vm_ask query-block)" 'length == 1 and . == [$want[] | select(.qdev == "/machine/peripheral/d1/virtio-backend")]'
	qb query-block --nodes --json
	assert_json --argjson want "$(vm_ask query-named-block-nodes)" '. == $want'
	qb query-block --nodes mid --json
	assert_json 'length == 1 and .[0]."node-name" == "mid"'
	qb query-block nope --json
	outcome 2 '' '~"kind":"usage","message":"there is no block device .nope.'
}

@test "query-block: an unknown ID is status 2 with the nearest" {
	local args json
	chain
	chain_args
	start_vm --paused -- "${args[@]}"
	for json in '' --json; do
		qb query-block d2 $json
		outcome 2 '' "~there is no block device 'd2'; did you mean 'd1'\?"
		qb query-block --nodes d1 $json
		outcome 2 '' "~there is no block node 'd1'; the disk d1 is top"
		qb query-block --nodes bse $json
		outcome 2 '' "~there is no block node 'bse'; did you mean 'base'\?"
	done
	qb query-block mid
	outcome 2 '' "qmpbox query-block: there is no block device 'mid'; it is a node, which --nodes shows"
	qb query-block /machine/peripheral/d1/virtio-backend
	assert_line --index 0 'd1  read-write, cache writeback'
	qb query-block --nodes d1
	assert_regex "$stderr" 'the disk d1 is top <- mid <- base$'
}

@test "query-block: a storage daemon has nodes, exports and no devices" {
	image raw.img 1M
	start_qsd --blockdev "driver=file,node-name=f,filename=$T/raw.img" \
		--blockdev driver=raw,node-name=r,file=f --blockdev driver=null-co,node-name=n,size=1048576 \
		--nbd-server "addr.type=unix,addr.path=$T/nbd" --export nbd,id=e0,node-name=r
	qb query-block
	outcome 0 "~^no block devices
used by nothing
└─ n  null-co, 1 MiB \(0 B allocated\)
used by export e0
└─ r  raw, 1 MiB \(0 B allocated\), export e0 \(nbd\)
   └─ file: f  file, $T/raw.img\$" ''
	qb query-block --nodes r
	assert_line --regexp '^r +raw +1 MiB +no +export e0$'
	qb query-block r
	outcome 2 '' "~no block device 'r'; it is a node"
	qb query-block --json
	outcome 0 '[]' ''
}

@test "query-block: hostile names, missing members and circles do no harm" {
	local hostile=(
		'on query-block reply [{"device":"a\u001b[31m","inserted":{"node-name":"n\u0007","drv":"qcow2"}},{},{"qdev":"/machine/peripheral/d1/x","inserted":{"node-name":"gone"}},7]'
		'on query-named-block-nodes reply [{"node-name":"n\u0007","drv":"qc\now2","image":{"filename":"/x\u001b[2J","virtual-size":18446744073709551615},"dirty-bitmaps":[{},{"name":"b\u202e"},5]},{"drv":"x"},{"node-name":"m","image":{"filename":"json:{bad","virtual-size":18446744073709551615}},4]'
		'on query-jobs reply [{"id":"j\u0001","current-progress":18446744073709551615,"total-progress":18446744073709551615}]'
		'on query-block-exports reply [{"node-name":"m","id":"e\u009b"},{}]'
		'on x-debug-query-block-graph reply {"nodes":[{"id":1,"type":"block-driver","name":"n\u0007"},{"id":2,"type":"block-driver","name":"m"},{"id":3,"type":"block-job","name":"j\u0001"},{"id":4}],"edges":[{"parent":1,"child":2,"name":"backing"},{"parent":2,"child":1,"name":"backing"},{"parent":2,"child":2,"name":"file"},{"parent":3,"child":1,"name":"main node"},{"parent":9,"child":1,"name":"x"},{"parent":1,"child":4,"name":"y"},{}]}'
	)
	plays "${hostile[@]}"
	qb query-block
	outcome 0 '~.' ''
	refute_regex "$output" $'[\001-\011\013-\037\177]'
	assert_line --index 0 'a\x1B[31m  read-write'
	assert_line --index 1 '├─ n\x07  qc\now2 filter'
	assert_line --index 2 '│  ├─ job j\x01  unknown, unknown, 100 % (18446744073709551615 of 18446744073709551615)'
	assert_line --index 3 '│  ├─ bitmap without a name  not recording'
	assert_line --index 4 '│  ├─ bitmap b\u{202E}  not recording'
	assert_line '├─ m  unknown, 18446744073709551615, export e\x9B'
	assert_line --regexp 'n.x07  \(see above\)$'
	assert_line 'd1  read-write'
	assert_line '└─ gone  unknown'
	plays "${hostile[@]}"
	qb query-block --nodes
	outcome 0 '~.' ''
	refute_regex "$output" $'[\001-\011\013-\037\177]'
}

@test "query-block: without the edges of the graph the names of the files tell" {
	plays 'on x-debug-query-block-graph error CommandNotFound no' \
		'on query-block-exports error CommandNotFound no' \
		'on query-block reply [{"device":"","qdev":"d1","inserted":{"node-name":"top","ro":false}}]' \
		'on query-named-block-nodes reply [{"node-name":"top","drv":"qcow2","file":"/t","backing_file":"/b"},{"node-name":"tf","drv":"file","file":"/t","image":{"filename":"/t"}},{"node-name":"base","drv":"raw","file":"/b"},{"node-name":"bf","drv":"file","file":"/b","image":{"filename":"/b"}}]' \
		'on query-jobs reply []'
	qb query-block
	outcome 0 'd1  read-write
├─ top  qcow2
│  └─ file: tf  file, /t
└─ base  raw
   └─ file: bf  file, /b' ''
}

@test "query-block: fits the terminal" {
	local args line
	requires script stty
	chain
	chain_args
	start_vm --paused -- "${args[@]}"
	run timeout 60 script -qec "stty cols 40; $(printf '%q ' "$QMPBOX" -s "$S" query-block)" /dev/null 3>&-
	assert_success
	assert_line --index 0 --partial 'd1  read-write, cache writeback'
	assert_equal "${#lines[@]}" 8
	for line in "${lines[@]}"; do
		line=${line%$'\r'}
		((${#line} <= 40)) || fail "too long: $line"
	done
	assert_regex "${lines[3]}" '^│  └─ file: top-file  file, .*…'
}

@test "query-block: an old QEMU is not asked what would end it" {
	local command
	for command in 'query-block' 'query-block --nodes' 'query-block --nodes --json' 'query-block --nodes n --json'; do
		start_fake <<'END'
negotiate 5.2.0
on query-block-exports reply []
on query-jobs reply [{"id":"b1","type":"backup","status":"concluded"}]
serve
END
		# shellcheck disable=SC2086
		qb $command
		outcome 7 '' '~the backup b1 has concluded and is not dismissed yet.*job-dismiss id=b1'
		assert_equal "$(grep -c 'query-named-block-nodes' "$FAKE_LOG")" 0
	done
}

# ------------------------------------------------------------------ query-blockstats

# stats_vm: the virtio disk d1 and an empty drive
stats_vm() {
	image raw.img 4M
	start_vm --paused -- -blockdev "driver=file,node-name=f,filename=$T/raw.img" \
		-device virtio-blk-pci,id=d1,drive=f,bus=rp0 -device ide-cd,id=cd0
}

@test "query-blockstats: sums and average times" {
	stats_vm
	io d1 'aio_write 0 64k' 'aio_write 64k 64k' 'aio_read 0 128k' aio_flush
	qb query-blockstats
	outcome 0 '~.' ''
	assert_line --index 0 --regexp '^device +read +reads +read-latency +written +writes +write-latency +flushes +flush-latency$'
	assert_line --regexp '^d1 +128 KiB +1 +[0-9.]+ [mun]?s +128 KiB +2 +[0-9.]+ [mun]?s +1 +[0-9.]+ [mun]?s$'
	assert_line --regexp '^cd0 +0 B +0 +- +0 B +0 +- +0 +-$'
	qb query-blockstats --json
	assert_json --argjson want "$(vm_ask query-blockstats)" 'def still: map(del(.stats.idle_time_ns)); still == ($want | still)'
	qb query-blockstats --nodes
	outcome 0 '~^node +highest-write' ''
	assert_line --regexp '^f +131072 +0 B +0 +0$'
	qb query-blockstats --nodes --json
	assert_json 'map(."node-name") == ["f"]'
	vm_ask device_del '{"id":"d1"}' >/dev/null
}

@test "query-blockstats: --watch gives the rates of each interval" {
	stats_vm
	background query-blockstats --watch 0.5 --count 3
	wait_for 10 grep -q cd0 "$QB_OUT"
	io d1 'aio_write 0 1M'
	finish
	assert_equal "$status" 0
	assert_equal "$(grep -c '^device ' <<<"$output")" 3
	assert_equal "$(grep -c '^$' <<<"$output")" 2
	assert_equal "$(grep -cE '^d1 +0 B/s +0/s +- +0 B/s +0/s +- +0/s +- +0$' <<<"$output")" 2
	assert_equal "$(grep -cE '^d1 +0 B/s +0/s +- +[0-9.]+ MiB/s +[12]\.[0-9]/s +[0-9.]+ [mun]?s +0/s +- +[<0-9.]+$' <<<"$output")" 1
}

@test "query-blockstats: --watch --json gives QEMU's return, one a line" {
	stats_vm
	qb query-blockstats --watch 0.1 --count 2 --json
	assert_equal "$(jq -sc 'map(map(.qdev))' <<<"$output")" \
		'[["/machine/peripheral/d1/virtio-backend","cd0"],["/machine/peripheral/d1/virtio-backend","cd0"]]'
	assert_equal "${#lines[@]}" 2
}

@test "query-blockstats: --watch ends with its time, a signal, a closed pipe and the VM" {
	stats_vm
	qb query-blockstats --watch 0.2 --timeout 0.5
	outcome 0 '~^device' ''
	assert_equal "$(grep -c '^device ' <<<"$output")" 2
	qb query-blockstats --watch 0.2 --timeout 0.5 --count 5
	outcome 4 '~^device' 'qmpbox query-blockstats: the time is over; reports that came: 2 of 5'

	background query-blockstats --watch 0.1
	wait_for 10 grep -q cd0 "$QB_OUT"
	kill -INT "$QB_PID"
	finish
	assert_equal "$status" 130

	run --separate-stderr bash -c '"$1" -s "$2" query-blockstats --watch 0.05 | head -n 1; exit "${PIPESTATUS[0]}"' \
		_ "$QMPBOX" "$S"
	outcome 141 '~^device' ''

	background query-blockstats --watch 0.1
	wait_for 10 grep -q cd0 "$QB_OUT"
	vm_ask quit >/dev/null
	finish
	assert_equal "$status" 0
	assert_equal "$stderr" 'qmpbox query-blockstats: note: the VM shut down'
}

@test "query-blockstats: what begins anew, comes or goes gives no nonsense" {
	local counted='{"qdev":"a","stats":{"rd_bytes":%s,"rd_operations":%s,"rd_total_time_ns":%s}}'
	# shellcheck disable=SC2059
	{
		printf 'negotiate\n'
		printf 'expect query-blockstats\nreply ['"$counted"',{"qdev":"gone","stats":{"rd_bytes":5}}]\n' 1000000 10 10
		printf 'expect query-blockstats\nreply ['"$counted"']\n' 18446744073709551615 20 2000010
		printf 'expect query-blockstats\nreply ['"$counted"',{"qdev":"new","stats":{"rd_bytes":99999}}]\n' 5 0 0
		printf 'expect query-blockstats\nreply ['"$counted"',{"qdev":"new","stats":{"rd_bytes":99999}},{},3]\n' 5 0 0
		printf 'expect query-blockstats\nreply {}\n'
		printf 'expect-eof\n'
	} >scenario
	start_fake <scenario
	qb query-blockstats --watch 0.1 --count 4
	assert_equal "$status" 0
	assert_equal "$(grep -cE '^a +-( +-)*$' <<<"$output")" 1
	assert_equal "$(grep -cE '^new +-( +-)*$' <<<"$output")" 1
	assert_equal "$(grep -cE '^new +0 B/s +0/s' <<<"$output")" 1
	assert_equal "$(grep -c '^gone' <<<"$output")" 0
	assert_equal "$(grep -cE '^a +[0-9.]+ EiB/s +[0-9]+/s +200 us ' <<<"$output")" 1
	assert_line --index -1 'no block devices'
	fake_done
}

@test "query-blockstats: wrong words" {
	qb query-blockstats --count 3
	outcome 2 '' '~--count says how often: it needs --watch SECONDS'
	qb query-blockstats --watch 1 --count 0
	outcome 2 '' '~--count: once at least'
	qb query-blockstats --watch 0
	outcome 2 '' '~--watch'
	qb query-blockstats --watch 1 --nodes
	outcome 2 '' '~rates, and QEMU counts operations of devices alone'
}

# ------------------------------------------------------------------ block_set_io_throttle

# throttle_vm: the virtio disks d1 and d2, a stick and an empty drive
throttle_vm() {
	start_vm --paused -- -device qemu-xhci \
		-blockdev driver=null-co,node-name=n1,size=1048576 -device virtio-blk-pci,id=d1,drive=n1,bus=rp0 \
		-blockdev driver=null-co,node-name=n2,size=1048576 -device virtio-blk-pci,id=d2,drive=n2,bus=rp1 \
		-drive if=none,id=stick,driver=null-co -device usb-storage,id=u1,drive=stick \
		-device ide-cd,id=cd0
}

# holds DEVICE JSON: what QEMU itself says of the limits that are not 0
holds() {
	assert_equal "$(vm_ask query-block | jq -cS --arg d "/$1/" 'map(select(.qdev | contains($d)))[0].inserted |
		with_entries(select((.key | test("^(bps|iops|group)")) and .value != 0))')" "$(jq -cS . <<<"$2")"
}

@test "block_set_io_throttle: what is not given keeps its value" {
	local own=/machine/peripheral/d1/virtio-backend
	throttle_vm
	qb block_set_io_throttle id=d1 bps=10M
	outcome 0 'd1: throttled to 10 MiB/s' ''
	holds d1 "{\"bps\":10485760,\"group\":\"$own\"}"
	qb block-set-io-throttle id=d1 iops=200 bps_max=20M bps_max_length=5
	outcome 0 'd1: throttled to 10 MiB/s (burst 20 MiB/s for 5 s), operations 200/s' ''
	holds d1 "{\"bps\":10485760,\"bps_max\":20971520,\"bps_max_length\":5,\"iops\":200,\"group\":\"$own\"}"
	qb block_set_io_throttle "id=$own" iops_size=4K --json
	outcome 0 '{"id":"d1","throttle":{"bps":10485760,"bps_max":20971520,"bps_max_length":5,"iops":200,"iops_size":4096}}' ''
	qb block_set_io_throttle '{"id":"d1","iops":0,"iops_wr":7}'
	outcome 0 'd1: throttled to 10 MiB/s (burst 20 MiB/s for 5 s), writes 7/s, an operation each 4 KiB' ''
	holds d1 "{\"bps\":10485760,\"bps_max\":20971520,\"bps_max_length\":5,\"iops_wr\":7,\"iops_size\":4096,\"group\":\"$own\"}"
	qb block_set_io_throttle id=d1 bps=0 iops_wr=0
	outcome 0 'd1: not throttled' '~bps_max=20971520 is dropped: it is the burst of bps, which is not set'
	assert_regex "$stderr" 'iops_size=4096 is dropped: no limit of operations is set'
	holds d1 '{}'
	# Of a stick QEMU takes neither id nor path but that of query-block, or the drive.
	qb block_set_io_throttle id=u1 bps_rd=1M
	outcome 0 'u1: throttled to read 1 MiB/s' ''
	qb block_set_io_throttle device=stick bps_wr=2M
	outcome 0 'u1: throttled to read 1 MiB/s, write 2 MiB/s' ''
}

@test "block_set_io_throttle: a kept limit gives way to one that excludes it" {
	throttle_vm
	qb_ok block_set_io_throttle id=d1 bps=10M bps_max=20M iops=9
	qb block_set_io_throttle id=d1 bps_rd=1M
	outcome 0 'd1: throttled to read 1 MiB/s, operations 9/s' \
		'qmpbox block_set_io_throttle: note: bps=10485760 is dropped: it does not go with bps_rd
qmpbox block_set_io_throttle: note: bps_max=20971520 is dropped: it is the burst of bps, which is not set'
	qb block_set_io_throttle id=d1 bps=1M --json
	outcome 0 '{"id":"d1","throttle":{"bps":1048576,"iops":9}}' \
		'{"note":"bps_rd=1048576 is dropped: it does not go with bps"}'
	qb_ok block_set_io_throttle id=d1 bps_max=2M
	qb block_set_io_throttle id=d1 bps=3M
	outcome 0 'd1: throttled to 3 MiB/s, operations 9/s' \
		'~note: bps_max=2097152 is dropped: it is less than bps=3145728$'
}

@test "block_set_io_throttle: what QEMU would refuse is not sent" {
	local before
	throttle_vm
	qb_ok block_set_io_throttle id=d1 bps=10M iops_rd=5
	before=$(vm_state)
	while IFS='|' read -r words regex; do
		# shellcheck disable=SC2086
		qb -v block_set_io_throttle $words
		assert_equal "$words: $status" "$words: 2"
		assert_regex "$stderr" "$regex"
		refute_regex "$stderr" '-> \{"execute":"block_set_io_throttle"'
	done <<'END'
bps=1|which device\? Give its id
id=d1|which limits of d1\?
id=d1 device=d1 bps=1|id= and device= both name the device
id=d3 bps=1|there is no block device 'd3'; did you mean 'd[12]'
id=d1 bpss=1|no member 'bpss'; did you mean 'bps'\?
id=d1 bps=x|bps
id=d1 bps=-1|bps: a limit is between 0 \(none\) and 1000000000000000
id=d1 bps=1P|bps: a limit is between
id=d1 bps=1 bps_wr=1|bps and bps_wr do not go together
id=d1 iops=2 iops_rd=1|iops and iops_rd do not go together
id=d1 iops_rd_max=3|iops_rd_max: it is less than iops_rd=5
id=d1 iops_wr_max=3|iops_wr_max: it is the burst of iops_wr, which is not set
id=d1 bps_max_length=3|bps_max_length: it is the length of the burst bps_max, which is not set
id=d1 bps_max=20M bps_max_length=0|bps_max_length: a burst lasts a second at least
id=d1 bps_max=20M bps_max_length=1G|bps_max_length times bps_max is more than
id=d2 iops_size=4K|iops_size: no limit of operations is set
id=d2 group=g|group: it has no effect while no limit is set
END
	assert_equal "$(vm_state)" "$before"
	qb block_set_io_throttle id=cd0 bps=1
	outcome 1 '' '~Device has no medium'
	start_qsd
	qb block_set_io_throttle id=d1 bps=1
	outcome 2 '' "~there is no block device 'd1'"
}

@test "block_set_io_throttle: a group shares its limits with who joins" {
	throttle_vm
	qb_ok block_set_io_throttle id=d1 bps=10M group=g1
	qb_ok block_set_io_throttle id=d2 bps=1M iops=3
	qb block_set_io_throttle id=d2 group=g1
	outcome 0 'd2: throttled to 10 MiB/s, group g1' \
		'qmpbox block_set_io_throttle: note: d1 is in the same group g1: it shares the limits'
	holds d1 '{"bps":10485760,"group":"g1"}'
	qb block_set_io_throttle id=d2 iops=8
	outcome 0 'd2: throttled to 10 MiB/s, operations 8/s, group g1' '~d1 is in the same group'
	holds d1 '{"bps":10485760,"iops":8,"group":"g1"}'
	qb query-block d1
	assert_line '├─ throttled to 10 MiB/s, operations 8/s, group g1' ||
		assert_line '└─ throttled to 10 MiB/s, operations 8/s, group g1'
}

@test "block_set_io_throttle: a throttle filter is another thing" {
	start_vm --paused -- -object throttle-group,id=tg0,x-bps-total=1000000 \
		-blockdev driver=null-co,node-name=n,size=1048576 \
		-blockdev driver=throttle,node-name=slow,throttle-group=tg0,file=n \
		-device virtio-blk-pci,id=d1,drive=slow,bus=rp0
	qb block_set_io_throttle id=d1 iops=5
	outcome 0 'd1: throttled to operations 5/s' \
		'~note: its node slow is a throttle filter, whose own limits, those of a throttle-group object, hold as well$'
}

@test "block_set_io_throttle: --dry-run prints the whole set and its inverse" {
	local qdev=/machine/peripheral/d1/virtio-backend
	throttle_vm
	qb_ok block_set_io_throttle id=d1 bps=10M
	qb block_set_io_throttle id=d1 iops=5 --dry-run
	outcome 0 '~^\{' ''
	assert_json --arg id $qdev '.message.arguments == {id: $id, bps: 10485760, bps_rd: 0, bps_wr: 0, iops: 5,
		iops_rd: 0, iops_wr: 0, group: $id} and .inverse.arguments.iops == 0 and
		.inverse.arguments.bps == 10485760 and .message.execute == "block_set_io_throttle"'
	holds d1 "{\"bps\":10485760,\"group\":\"$qdev\"}"
}

@test "block_set_io_throttle: three questions and answers, all in all" {
	throttle_vm
	qb_ok block_set_io_throttle id=d1 bps=10M # the schema is in the cache from here
	writes block_set_io_throttle id=d1 iops=5
	assert_equal "$output" 'd1: throttled to 10 MiB/s, operations 5/s'
	assert_equal "$writes" 3
}

@test "block_set_io_throttle: when no answer comes the limits are asked for" {
	start_fake --connections 2 <<'END'
negotiate
on query-block reply [{"qdev":"d1","inserted":{"bps":7}}]
expect query-block
reply [{"qdev":"d1","inserted":{"bps":7}}]
expect block_set_io_throttle {"id":"d1","bps":7,"iops":5}
close
connection 2
negotiate
expect query-block
reply [{"qdev":"d1","inserted":{"bps":7,"iops":5}}]
expect block_set_io_throttle {"id":"d1","bps":7,"iops":0}
reply {}
expect-eof
END
	qb block_set_io_throttle id=d1 iops:=5
	assert_equal "$status" 5
	assert_regex "$stderr" 'undone: the limits'
	fake_done
}

@test "block_set_io_throttle: no answer, and a burst whose length QEMU made 1: undone all the same" {
	throttle_vm
	qb_ok block_set_io_throttle id=d1 bps=1M
	start_proxy --swallow 1 --match block_set_io_throttle
	qb --json --reply-timeout 1 block_set_io_throttle id=d1 bps_max=2M
	stop_proxy
	assert_equal "$status" 4
	output=$stderr assert_json '.error.undone == ["the limits"]'
	qb_ok block_set_io_throttle id=d1 bps=1M --json
	assert_output '{"id":"d1","throttle":{"bps":1048576}}'
}
