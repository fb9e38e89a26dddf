#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What may stand at the cursor: the grammar, QEMU's words by the schema, files, and what it costs.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# candidates WORD...: the words that are offered, one a line; nothing else is said, and nothing fails.
candidates() {
	run --separate-stderr timeout 10 "$QMPBOX" complete -- "$@" 3>&-
	if ((status)) || [[ $stderr ]]; then
		fail "complete -- ${*@Q}: status $status, $stderr"
		return 1
	fi
	cut -f2 <<<"$output"
}

# offers LINE EXPECTED: LINE is words with blanks between, '' an empty one, \s a blank in a word.
# EXPECTED is "= WORD..." for all of them in order, or +WORD for one that is there and -WORD for one
# that is not; %WORD is there before all that come later in EXPECTED with a %.
offers() {
	local words word i got last=0 at
	read -r -a words <<<"$1"
	for i in "${!words[@]}"; do
		if [[ ${words[i]} == "''" ]]; then words[i]=; fi
		words[i]=${words[i]//\\s/ }
		words[i]=${words[i]//@S@/$S}
		words[i]=${words[i]//@T@/$T}
	done
	got=$(candidates "${words[@]}") || { echo "$got"; return 1; }
	set -- "$1" "${2//@T@/$T}"
	if [[ $2 == '='* ]]; then
		word=${2#=}
		word=${word# }
		if [[ $(paste -sd ' ' <<<"$got") != "${word//\\s/ }" ]]; then
			fail "complete -- $1: not ${2}, but $(paste -sd ' ' <<<"$got")"
			return 1
		fi
		return 0
	fi
	for word in $2; do
		at=$(grep -nxF -e "${word:1}" <<<"$got" | head -n 1 | cut -d: -f1)
		case $word in
		+*) [[ $at ]] ;;
		-*) [[ ! $at ]] ;;
		%*) [[ $at ]] && ((at > last)) && last=$at ;;
		*) false ;;
		esac || {
			fail "complete -- $1: $word does not hold: $(paste -sd ' ' <<<"$got" | cut -c1-1000)"
			return 1
		}
	done
}

# warm: the schema of the VM is in the cache; a first TAB may be too late for it.
warm() { wait_for 10 offers '-s @S@ query-qmp-s' '= query-qmp-schema'; }

# table: offers for each line "LINE | EXPECTED" of stdin; lines that begin with # say something.
table() {
	local line count=0
	while IFS= read -r line; do
		[[ $line && $line != '#'* ]] || continue
		count=$((count + 1))
		offers "${line%% | *}" "${line#* | }" || return 1
	done
	((count))
}

# --------------------------------------------------------------- without a VM

@test "the grammar, without a VM" {
	unset QMPBOX_SOCKET
	table <<-'EOF'
		# subcommands
		'' | +block-commit +hotplug-nic +status -cont -query-named-block-nodes
		hotplug- | = hotplug-device hotplug-disk hotplug-nic
		con | = cont
		nonsense | =
		block-commit | = block-commit
		-q hotplug-n | = hotplug-nic
		--json --nonsense hotplug-n | = hotplug-nic
		-- hotplug-n | = hotplug-nic
		--man hotplug-n | = hotplug-nic
		--man=hotplug-n | = --man=hotplug-nic
		complete -- hotplug-n | = hotplug-nic
		complete -- complete -- hotplug-n | = hotplug-nic
		complete hotplug-nic --net | = --netdev
		# lines of the prompt in one word
		repl -c hotplug-n | = hotplug-nic
		repl -c hotplug-nic\s--ta | = hotplug-nic\s--tap hotplug-nic\s--tap-fd
		repl --command=hotplug-n | = --command=hotplug-nic
		repl -c exi | = exit
		repl -c repl\s-c\shotplug-n | = repl\s-c\shotplug-nic
		# options
		- | +--socket +--json +--help +--man --hotplug-nic
		--js | = --json
		--json --js | =
		-j | = -j
		-x | =
		-jx | =
		hotplug-nic - | +--tap +--json +--dry-run -'--version' ---man ---list
		status - | +--json ---dry-run ---qga ---tap
		exec - | +--qga +--oob
		hotplug-nic --ta | = --tap --tap-fd
		hotplug-nic --tap x --ta | = --tap-fd
		hotplug-nic --tap=x --ta | = --tap-fd
		hotplug-nic --tap-fd 3 --tap | = --tap --tap-fd
		hotplug-nic -- --ta | =
		hotplug-nic n1 --ta | = --tap --tap-fd
		query-pci '' | = --free-slot --has --has-slot
		query-pci --free-slot '' | = --has --has-slot
		hmp info --js | =
		# values of options
		--color '' | = auto always never
		--color=a | = --color=auto --color=always
		--colo=a | =
		hotplug-disk d1 x --cache w | = writeback writethrough
		hotplug-disk d1 x --cache=w | = --cache=writeback --cache=writethrough
		hotplug-disk d1 x --cache none --aio '' | +native +threads
		block-commit --until '' | = ready concluded
		block-commit --detach=x | =
		-t '' | =
		# words for places
		migrate '' | = unix: tcp: exec: file: fd:
		migrate-incoming t | = tcp:
		-s tc | = tcp:
		-s uni | = unix:
		# nothing is known of QEMU's words
		block-commit '' | =
		hotplug-nic '' | =
		hotplug-nic n1 '' | =
		transaction '' | =
		events '' | =
		migrate-set '' | =
		nonsense '' | =
		nonsense - | +--pass-fd +--open +--json
	EOF
}

@test "files: folders are parts, hidden ones behind a dot, names as they are" {
	local home=$T/home many got
	mkdir -p "$T/f/dir" "$T/f/.hidden" "$home/sub" "$T/f/sp ace"
	touch "$T/f/a.img" "$T/f/b=c" "$T/f/sp ace/x y" "$T/f/.dot" "$T/f/größe" "$home/sub/at-home" "$T/f/"$'new\nline'
	touch "$T/f/"$'tab\there'
	ln -s dir "$T/f/link"
	ln -s nowhere "$T/f/dangling"
	cd "$T/f"
	table <<-'EOF'
		hotplug-disk d1 '' | = a.img b=c dangling dir/ größe link/ sp\sace/
		hotplug-disk d1 a | = a.img
		hotplug-disk d1 . | = .dot .hidden/
		hotplug-disk d1 .h | = .hidden/
		hotplug-disk d1 ./a | = ./a.img
		hotplug-disk d1 sp\sace/ | = sp\sace/x\sy
		hotplug-disk d1 sp\sace/x | = sp\sace/x\sy
		hotplug-disk d1 gr | = größe
		hotplug-disk d1 @T@/f/b | +@T@/f/b=c
		hotplug-disk d1 none/ | =
		hotplug-disk d1 a.img/ | =
		--log a | = a.img
		--log=a | = --log=a.img
		--install-links '' | = dir/ link/ sp\sace/
		blockdev-snapshot --new d | = dangling dir/
		events --run a | = a.img
		exec x --open n | =
		exec x --open name=a | = name=a.img
		exec x --open=name:ro=a | = --open=name:ro=a.img
		migrate file:a | = file:a.img
		migrate exec:a | =
	EOF
	got=$(candidates hotplug-disk d1 "$T/f/")
	assert_equal "$(wc -l <<<"$got")" 7
	HOME=$home table <<-'EOF'
		hotplug-disk d1 ~/ | = ~/sub/
		hotplug-disk d1 ~/s | = ~/sub/
		hotplug-disk d1 ~/sub/ | = ~/sub/at-home
		hotplug-disk d1 ~ | =
	EOF
	# Parts and whole words, and what may be in a name.
	run -0 "$QMPBOX" complete -- hotplug-disk d1 d
	assert_output $'w\tdangling\np\tdir/'
	run -0 "$QMPBOX" --json complete -- hotplug-disk d1 d
	assert_json '. == [{"word": "dangling", "part": false}, {"word": "dir/", "part": true}]'
	touch "$T/f/"$'bytes\xff\xfe'
	run -0 "$QMPBOX" complete -- hotplug-disk d1 by
	[[ $output == $'w\tbytes\xff\xfe' ]]
	mkdir "$T/many"
	(cd "$T/many" && seq -f 'file %05g' 5000 | xargs -d '\n' touch)
	many=$(candidates hotplug-disk d1 "$T/many/f")
	assert_equal "$(wc -l <<<"$many")" 5000
	assert_equal "$(sed -n 5000p <<<"$many")" "$T/many/file 05000"
}

@test "addresses: sockets, folders, and the VMs of this host" {
	mkdir -p "$T/a/dir"
	touch "$T/a/file"
	cd "$T/a"
	start_vm --machine none -- -name complete-vm
	spawn /dev/null /dev/null socat UNIX-LISTEN:"$T/a/sock" -
	wait_for 10 test -S "$T/a/sock"
	offers "-s s" '+sock -file'
	offers "-s ''" '+sock +dir/ -file +complete-vm -unix:'
	offers "-s comp" '= complete-vm'
	offers "-scomp" '= -scomplete-vm'
	offers "--socket=comp" '= --socket=complete-vm'
	offers "-s pid:" "+pid:$VM_PID"
	offers "-s unix:" '= unix:dir/ unix:sock'
	offers "-s ./" '= ./dir/ ./sock'
	offers "-s $T/a/" "= $T/a/dir/ $T/a/sock"
	offers "compare sock s" '+sock'
	offers "compare sock sock s" '='
	offers "compare sock sock ''" '= --all'
	offers "ls comp" '= complete-vm'
	# A VM that is named so is asked.
	wait_for 10 offers "-s complete-vm block-commit de" '+device='
}

# ---------------------------------------------------------------- with a schema

@test "QEMU's words, by the schema of QEMU 7.2" {
	local driver
	start_vm --machine none
	warm
	[[ $(vm_ask query-version | jq -r '.qemu | "\(.major).\(.minor)"') == 7.2 ]] || skip 'needs QEMU 7.2'
	for driver in virtio-rng-pci virtio-net-pci e1000 virtio-blk-pci; do
		wait_for 10 offers "-s @S@ device_add $driver addr" '= addr='
	done
	table <<-'EOF'
		# commands
		-s @S@ block_ | +block_resize +block_set_io_throttle
		-s @S@ query-named | = query-named-block-nodes
		-s @S@ '' | %status %qmp_capabilities +blockdev-add +block-commit
		-s @S@ exec query-named | = query-named-block-nodes
		-s @S@ exec block-com | = block-commit
		-s @S@ info --has query-named | = query-named-block-nodes
		-s @S@ info --has query-named-block-nodes query-named | =
		-s @S@ schema DEVICE_D | = DEVICE_DELETED
		-s @S@ schema blockdev-a | = blockdev-add
		-s @S@ --man block_r | =
		-s @S@ repl -c block_resize\snod | = block_resize\snode-name=
		# members: mandatory first, deprecated last, given ones not
		-s @S@ block-commit '' | %device= %job-id= %top-node= %top= +base-node=
		-s @S@ block-commit device=x '' | -device= +top-node=
		-s @S@ block-commit x '' | -device= +top-node=
		-s @S@ block-commit top-node=x top | = top=
		-s @S@ block-commit s | = speed=
		-s @S@ block-commit nonsense=1 s | = speed=
		-s @S@ block-commit device=x on-error=s | = on-error=stop
		-s @S@ block-commit device=x auto-dismiss= | = auto-dismiss=on auto-dismiss=off
		-s @S@ block-commit device=x auto-dismiss:= | = auto-dismiss:=true auto-dismiss:=false
		-s @S@ block-commit device=x on-error:= | +on-error:="stop"
		-s @S@ block-commit device=x speed= | =
		-s @S@ exec block-commit device=x on-error=s | = on-error=stop
		-s @S@ exec block_commit device=x on-error=s | = on-error=stop
		-s @S@ block_commit device=x on-error=s | = on-error=stop
		-s @S@ block_resize device=x '' | = size= node-name=
		# nested, lists, variants and alternates
		-s @S@ blockdev-add driver=qco | = driver=qcow driver=qcow2
		-s @S@ blockdev-add qco | = qcow qcow2
		-s @S@ blockdev-add qcow2 fil | = file= file.
		-s @S@ blockdev-add driver=qcow2 fil | = file= file.
		-s @S@ blockdev-add driver=raw l2 | =
		-s @S@ blockdev-add driver=qcow2 l2-cache-s | = l2-cache-size=
		-s @S@ blockdev-add driver=qcow2 file. | %file.driver= %file.node-name= -file.filename=
		-s @S@ blockdev-add driver=qcow2 file.driver=null-c | = file.driver=null-co
		-s @S@ blockdev-add driver=qcow2 file.driver=file file. | +file.filename= -file.driver=
		-s @S@ blockdev-add driver=qcow2 file.driver=file fil | = file.
		-s @S@ blockdev-add driver=qcow2 file=x fil | =
		-s @S@ blockdev-add driver=qcow2 file=x file. | =
		-s @S@ blockdev-add driver=qcow2 file.cache.d | = file.cache.direct=
		-s @S@ blockdev-add driver=qcow2 backing.driver=qcow2 backing.backing.driver=file backing.backing.filen | = backing.backing.filename=
		-s @S@ blockdev-add driver=nbd server | = server.
		-s @S@ blockdev-add driver=nbd server. | = server.type=
		-s @S@ blockdev-add driver=nbd server.type=un | = server.type=unix
		-s @S@ blockdev-add driver=nbd server.type=unix server.p | = server.path=
		-s @S@ blockdev-add driver=quorum children. | = children.0. children.0=
		-s @S@ blockdev-add driver=quorum children.0=a children. | +children.1. +children.1=
		-s @S@ blockdev-add driver=gluster server.0. | = server.0.type=
		-s @S@ blockdev-add driver=gluster server.0.type=inet server.0.ho | = server.0.host=
		-s @S@ blockdev-add driver=gluster server.0.type=inet server.1. | = server.1.type=
		# devices and objects: their properties have been asked for
		-s @S@ device_add driver=virtio-rng-pci max | = max-bytes=
		-s @S@ device_add virtio-rng-pci max | = max-bytes=
		-s @S@ device_add virtio-rng-pci multifunction= | = multifunction=on multifunction=off
		-s @S@ device_add virtio-rng-pci driver | =
		-s @S@ device_add no-such-device max | =
		-s @S@ device_add '' | +id= +bus=
		-s @S@ hotplug-device virtio-rng-pci max | = max-bytes=
		-s @S@ hotplug-device virtio-rng-pci driv | =
		-s @S@ hotplug-nic n1 ma | = mac=
		-s @S@ hotplug-nic n1 net | =
		-s @S@ hotplug-nic n1 driver=e1000 miti | = mitigation=
		-s @S@ hotplug-nic n1 miti | =
		# only what can stand in the place of the driver that holds unless it is given
		-s @S@ hotplug-nic n1 driver= | +driver=e1000 -driver=pcie-root-port -driver=nvme
		-s @S@ hotplug-disk d1 x driver= | +driver=nvme -driver=e1000
		-s @S@ device_add driver=e1000 | +driver=e1000
		# format= is a block driver's name only where it is no enum
		-s @S@ dump-guest-memory format= | +format=elf -format=qcow2
		-s @S@ screendump format= | = format=ppm format=png
		-s @S@ object-add secret format= | = format=raw format=base64
		-s @S@ drive-mirror format=qc | = format=qcow2 format=qcow
		-s @S@ hotplug-nic n1 --tap l | =
		-s @S@ netdev_add type=tap ifname=l | =
		-s @S@ hotplug-disk d1 img seria | = serial=
		-s @S@ hotplug-disk d1 img bare | =
		-s @S@ hotplug-nic n1 --netdev typ | = type=
		-s @S@ hotplug-nic n1 --netdev type=us | = type=user
		-s @S@ hotplug-nic n1 --netdev type=user --netdev hostn | = hostname=
		-s @S@ hotplug-nic n1 --netdev=type=us | = --netdev=type=user
		-s @S@ hotplug-nic n1 --netdev hostn | =
		-s @S@ hotplug-disk d1 x --node detect-zeroes=u | = detect-zeroes=unmap
		-s @S@ hotplug-disk d1 x --node lazy | =
		-s @S@ hotplug-disk d1 x --format qcow2 --node lazy | = lazy-refcounts=
		-s @S@ hotplug-disk d1 x --format qc | = qcow2 qcow
		-s @S@ object-add qom-type=iothread id=x poll-m | = poll-max-ns=
		-s @S@ object-add poll-m | =
		# transactions, migrations, events
		-s @S@ transaction blockdev-s | = blockdev-snapshot blockdev-snapshot-internal-sync blockdev-snapshot-sync
		-s @S@ transaction block-dirty-bitmap-add na | = name=
		-s @S@ transaction block-dirty-bitmap-add node=x name=y ab | = abort
		-s @S@ transaction abort block-dirty-bitmap-add gran | = granularity=
		-s @S@ transaction block-dirty-bitmap-add name=x abort gran | =
		-s @S@ migrate-set post | +postcopy-ram= +postcopy-blocktime= -xbzrle=
		-s @S@ migrate-set postcopy-ram= | = postcopy-ram=on postcopy-ram=off
		-s @S@ migrate-set postcopy-ram=on postcopy-r | =
		-s @S@ migrate-set multifd-compression=zl | = multifd-compression=zlib
		-s @S@ migrate tcp:x:1 --set max-b | = max-bandwidth=
		-s @S@ migrate tcp:x:1 --set=max-b | = --set=max-bandwidth=
		-s @S@ events DEVICE_D | = DEVICE_DELETED
		-s @S@ events device_d | = device_deleted
		-s @S@ events device-d | = device-deleted
		-s @S@ events DEVICE_DELETED dev | = device= device_tray_moved device_deleted device_unplug_guest_error
		-s @S@ events block-job-ready type=st | = type=stream
		-s @S@ events --until DEVICE_D | = DEVICE_DELETED
		-s @S@ events --until DEVICE_DELETED\sdev | = DEVICE_DELETED\sdevice=
		-s @S@ events --until=DEVICE_DELETED\sdev | = --until=DEVICE_DELETED\sdevice=
		-s @S@ wait --event BLOCK_JOB_READY\s\stype=st | = BLOCK_JOB_READY\s\stype=stream
		-s @S@ wait --status pau | = paused
		# a subcommand of ours that takes more than one bare word, and those that take one
		-s @S@ blockdev-backup d1 target=x d2 tar | = target=
		-s @S@ blockdev-mirror d1 dev | =
		-s @S@ blockdev-snapshot d1 nod | =
		# descriptors that the line passes
		-s @S@ blockdev-add driver=file --open img:ro=x filename=@fd | = filename=@fd:img filename=@fdset:img
		-s @S@ getfd --pass-fd sock=3 fdname=@fds | = fdname=@fdset:sock
	EOF
	cd "$T"
	echo x >content
	table <<-'EOF'
		-s @S@ blockdev-add driver=file filename=@con | = filename=@content
		-s @S@ block-commit device=@con | = device=@content
	EOF
	# What they mean.
	run -0 "$QMPBOX" complete -- -s "$S" block_res
	assert_output $'w\tblock_resize\tQMP command: size [device] [node-name]'
	run -0 "$QMPBOX" complete -- -s "$S" block-commit dev
	assert_output $'p\tdevice=\ta string, mandatory'
	run -0 "$QMPBOX" complete -- -s "$S" block-commit device=x to
	assert_output $'p\ttop-node=\ta string, optional\np\ttop=\ta string, deprecated'
	run -0 "$QMPBOX" complete -- -s "$S" con
	assert_output $'w\tcont\tresume: let the virtual CPUs run'
	QMPBOX_SOCKET=$S run -0 "$QMPBOX" complete -- query-named
	assert_output --regexp $'^w\tquery-named-block-nodes\t'
}

@test "what lives in the VM goes with the grammar" {
	start_vm -- -blockdev driver=null-co,node-name=node-a -blockdev driver=null-co,node-name=node-b \
		-device virtio-rng-pci,id=rng-a -device virtio-blk-pci,id=disk-a,drive=node-a
	warm
	# Each is asked for in the time that there is, which may be too little once.
	while IFS='|' read -r line expected; do
		wait_for 10 offers "$line" "$expected"
	done <<-'EOF'
		-s @S@ unplug-device rng|= rng-a
		-s @S@ block-commit node|+node-a +node-b
		-s @S@ block-commit device=node|+device=node-a +device=node-b
		-s @S@ blockdev-backup node|+node-a +node-b
		-s @S@ blockdev-backup node-a target=x node|= node-b
		-s @S@ transaction blockdev-snapshot node=node-|+node=node-a +node=node-b
		-s @S@ wait --device-gone rng|= rng-a
		-s @S@ wait --device-gone=rng|= --device-gone=rng-a
		-s @S@ device_add virtio-rng-p|+virtio-rng-pci
		-s @S@ device_add virtio-rng-pci bus=rp|+bus=rp0
		-s @S@ hotplug-device virtio-rng-pci bus=rp|+bus=rp0
		-s @S@ ringbuf-read ring|= ring0
		-s @S@ check-device virtio-rng-p|+virtio-rng-pci
	EOF
}

@test "a guest agent's commands are its own" {
	start_qga
	# It is asked each time, and may be too late once.
	wait_for 10 offers '-s @S@ --qga guest-p' '+guest-ping'
	wait_for 10 offers '-s @S@ --qga exec guest-p' '+guest-ping'
	wait_for 10 offers '-s @S@ --qga guest-get-' '+guest-get-osinfo -guest-ping'
	table <<-'EOF'
		-s @S@ --qga hotplug | =
		-s @S@ --qga inf | = info
		-s @S@ --qga guest-ping '' | =
	EOF
}

# ------------------------------------------------------------------------ cost

# connects ARG...: how often completing this makes a socket.
connects() {
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -e trace=socket,connect \
		"$QMPBOX" complete -- "$@" >"$T/offered" 3>&-
	[[ -s $T/offered ]] || fail "nothing is offered: $*"
	grep -c 'socket(' "$T/trace" || :
}

@test "what the cache knows costs no socket" {
	local words before after
	requires strace
	strace -qq -o /dev/null true 2>/dev/null || skip 'strace cannot trace here'
	start_vm --machine none
	qb_ok blockdev-add driver=null-co node-name=n1
	# The schema was used by that run, and is known by the address alone, however it is written.
	cd "$T"
	assert_equal "$(connects -s "$S" query-name)" 0
	assert_equal "$(connects -s "./${S##*/}" block-commit device=x on-er)" 0
	assert_equal "$(connects -s "unix:${S##*/}" blockdev-add driver=qcow2 file.dri)" 0
	# Properties of a device are asked for once.
	wait_for 10 offers '-s @S@ device_add virtio-rng-pci max' '= max-bytes='
	assert_equal "$(connects -s "$S" device_add virtio-rng-pci max)" 0
	assert_equal "$(connects -s "$S" hotplug-device virtio-rng-pci max)" 0
	for words in '' 'block-commit device=x b' 'device_add virtio-rng-pci max'; do
		before=${EPOCHREALTIME/[.,]/}
		# shellcheck disable=SC2086 # words
		"$QMPBOX" complete -- -s "$S" ${words:-''} >"$T/offered"
		after=${EPOCHREALTIME/[.,]/}
		echo "# warm, '$words': $((after - before)) us, $(wc -l <"$T/offered") candidates" >&3
	done
	# By a TAB alone.
	rm -r "$XDG_CACHE_HOME"
	warm
	assert_equal "$(connects -s "$S" query-name)" 0
}

@test "a remembered schema that is damaged or gone is asked for again" {
	local file
	start_vm --machine none
	warm
	for file in "$XDG_CACHE_HOME/qmpbox/address-"* "$XDG_CACHE_HOME/qmpbox/schema-"*; do
		truncate -s 5000 "$file"
		warm
		: >"$file"
		warm
		rm "$file"
		warm
		[[ -s $file ]]
	done
	# Without a place to keep it, it is asked each time.
	XDG_CACHE_HOME=/dev/null warm
}

@test "another VM at the address is noticed as soon as it is connected to" {
	start_vm --machine none
	warm
	kill -KILL "$VM_PID"
	wait_for 10 exited "$VM_PID"
	rm -f "$S"
	fake_at "$S" --connections 9 <<-'EOF'
		negotiate
		on query-qmp-schema reply [{"name":"query-only-here","meta-type":"command","arg-type":"E","ret-type":"E"},{"name":"E","meta-type":"object","members":[]}]
		serve
	EOF
	# Proposals are the old one's without a question, which costs nothing.
	offers "-s @S@ query-" '+query-named-block-nodes -query-only-here'
	# What was not kept of the old one is asked for.
	offers "-s @S@ device_add e1000 mit" '='
	wait_for 10 offers "-s @S@ query-" '-query-named-block-nodes +query-only-here'
	# Nobody is there any more, and nobody is needed.
	rm -f "$S"
	offers "-s @S@ query-" '-query-named-block-nodes +query-only-here'
}

# --------------------------------------------------------------------- trouble

# took: milliseconds since the last call.
took() {
	local now=${EPOCHREALTIME/[.,]/}
	ELAPSED=$(((now - ${SINCE:-now}) / 1000))
	SINCE=$now
}

@test "a monitor that is held: what is cached, and at once" {
	start_vm --machine none
	warm
	spawn "$T/held" /dev/null socat -t 86400 - "UNIX-CONNECT:$S,shut-none"
	wait_for 10 grep -q QMP "$T/held"
	took
	offers "-s @S@ block-commit de" '+device='
	offers "-s @S@ job-wait ''" '='
	offers "-s @S@ device_add e1000 mit" '='
	took
	((ELAPSED < 1500)) || fail "three took $ELAPSED ms"
	rm -r "$XDG_CACHE_HOME"
	took
	offers "-s @S@ block-commit de" '='
	took
	((ELAPSED < 500)) || fail "it took $ELAPSED ms"
}

@test "a monitor that never greets, ends, or talks nonsense offers nothing, and at once" {
	local scenario
	for scenario in hang 'delay 5000' close 'greet\nclose' 'send HTTP/1.1 400\nhang' \
		'negotiate\nexpect query-qmp-schema\nclose' 'negotiate\nexpect query-qmp-schema\nhang' \
		'negotiate\nexpect query-qmp-schema\nreply 7' 'negotiate\nexpect query-qmp-schema\nreply []' \
		'negotiate\nexpect query-qmp-schema\nerror CommandNotFound no' 'greet\nhang'; do
		start_fake < <(printf '%b\n' "$scenario" may-close hang | sed '/^close$/,$ { /^close$/!d }')
		took
		offers "-s @S@ block-commit de" '='
		took
		((ELAPSED < 500)) || fail "$scenario: it took $ELAPSED ms"
	done
}

@test "a schema that is nonsense is survived" {
	local reply
	for reply in \
		'[{"name":"x","meta-type":"command","arg-type":"x","ret-type":"x"}]' \
		'[{"name":"x","meta-type":"command"},{"name":"y","meta-type":"object"}]' \
		'[{"name":"x","meta-type":"command","arg-type":"A"},{"name":"A","meta-type":"alternate","members":[{"type":"A"},{"type":"A"},{"type":"A"}]}]' \
		'[{"name":"x","meta-type":"command","arg-type":"O"},{"name":"O","meta-type":"object","tag":7,"members":[{"name":"a","type":"O"},{"name":"a","type":"O"},7,{}],"variants":[7,{"case":"x"}]}]' \
		'[{"name":"x\u0007\u001b[31m","meta-type":"command"},{"name":"x","meta-type":"command","arg-type":[[]]}]'; do
		start_fake --connections 9 < <(printf '%s\n' negotiate "on query-qmp-schema reply $reply" serve)
		wait_for 10 offers "-s @S@ x" '+x'
		candidates -s "$S" x ''
		candidates -s "$S" x a.a.a.a.
		candidates -s "$S" x a.a=
		candidates -s "$S" exec x a.0.1.
	done
}

@test "a VM that ends while it is asked" {
	start_vm --machine none
	warm
	kill -KILL "$VM_PID"
	wait_for 10 exited "$VM_PID"
	offers "-s @S@ query-named" '= query-named-block-nodes'
	offers "-s @S@ job-wait ''" '='
	offers "-s @S@ device_add e1000 mit" '='
}

@test "words of any length and any bytes" {
	local long i words=()
	start_vm --machine none
	long=$(printf '%04000d' 0)
	# shellcheck disable=SC2088 # as it is typed
	for i in "$long" "$long=$long" "${long//0/a.}" "driver=${long}" $'\xff\xfe' $'a\x01=\x02' '=' '==' ':=' \
		'a:=' 'a:={"' '"' "'" '{' '[' '((' "$(printf '%s' '$(x)')" $'\n' ' ' '*' '-' '--' '---' '--=' '-=' \
		"-$long" "--$long" "--socket=$long" '@' '@@' 'key=@' 'key=@@' '~' '~/' '~x/' '/' '//' '.' '..' \
		'server.99999999999999999999.x' 'a..b' '.a' 'a.'; do
		candidates -s "$S" "$i" "$i"
		candidates -s "$S" block-commit "$i" ''
		candidates -s "$S" device_add "driver=$i" "$i"
		candidates -s "$S" blockdev-add driver=qcow2 "file.$i"
		candidates -s "$S" transaction "$i" "$i"
		candidates -s "$S" events "$i" --until "$i"
		candidates -s "$i" hotplug-disk d1 "$i" "$i"
	done
	# The monitor is as it was.
	qb_ok status
	for ((i = 0; i < 4000; i++)); do
		words+=("key$i=value")
	done
	candidates -s "$S" block-commit "${words[@]}" de
	candidates -s "$S" transaction "${words[@]}" ''
	candidates "${words[@]/*/complete}" ''
	candidates "${words[@]/*/--}" ''
	candidates ''
	# At least one word there is.
	run -2 "$QMPBOX" complete --
}
