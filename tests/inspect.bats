#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The subcommands that look at a machine, on real VMs; what another QEMU would answer is played.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# plays [LINE]...: a fake that answers everything after these lines, and then is asked S.
plays() { start_fake < <(printf '%s\n' negotiate "$@" serve); }

# sent COMMAND: how often the fake was asked that.
sent() { grep -c "^< .*\"execute\":\"$1\"" "$FAKE_LOG"; }

# big_vm: a q35 with four possible CPUs, a DIMM, a balloon and a secret.
big_vm() {
	start_vm --paused -- -smp 2,maxcpus=4,sockets=2,cores=2,threads=1 \
		-m 128M,slots=3,maxmem=1G \
		-object memory-backend-ram,id=mb0,size=64M -device pc-dimm,memdev=mb0,id=dimm0 \
		-object secret,id=sec0,data=hunter2 -device virtio-balloon-pci,id=bal0
}

# --------------------------------------------------------------------- machine

@test "machine: type, accelerator, target, CPUs and SEV" {
	big_vm
	qb machine
	outcome 0 "~^type: +pc-q35-[0-9.]+"$'\n'"accelerator: +tcg.*"$'\n'"target: +x86_64"$'\n' ''
	assert_line --regexp '^cpus: +2 of 4'
	assert_line --regexp '^sev: +off$'
	qb machine --json
	outcome 0 '~^\{"type":' ''
	assert_json '.accelerator == "tcg" and .cpus == 2 and ."max-cpus" == 4 and .target == "x86_64"'
	assert_json --argjson sev "$(vm_ask query-sev)" '.sev == $sev and ."sev-capabilities" == null'
	assert_json --argjson smp "$(vm_ask qom-get '{"path":"/machine","property":"smp"}')" \
		'.topology == $smp'
}

@test "machine: one without CPUs is not asked what could end an old QEMU" {
	start_vm --machine none
	qb -v machine
	outcome 0 "~^type: +none"$'\n'"accelerator: +" "~query-target"
	refute_regex "$stderr" human-monitor-command
	running=$(vm_ask query-status | jq .running)
	assert_equal "$running" true
}

@test "machine: an old QEMU tells of KVM, TCG and nothing" {
	local cpus='on query-cpus-fast reply [{"thread-id":1}]' type='on qom-get reply "pc-5.2-machine"'
	local none='on query-accelerators error CommandNotFound no'
	plays "$type" "$cpus" "$none" 'on query-kvm reply {"enabled":true,"present":true}'
	qb machine --json
	outcome 0 '~"accelerator":"kvm"' ''
	assert_equal "$(sent human-monitor-command)" 0
	plays "$type" "$cpus" "$none" 'on query-kvm reply {"enabled":false,"present":true}' \
		'on human-monitor-command reply "Translation buffer state:\r\ngen"'
	qb machine --json
	outcome 0 '~"accelerator":"tcg"' ''
	plays "$type" "$cpus" "$none" 'on query-kvm reply {"enabled":false,"present":true}' \
		'on human-monitor-command reply "Error: JIT information is only available with accel=tcg\r\n"' \
		'on query-sev error CommandNotFound no'
	qb machine
	outcome 0 "~^type: +pc-5.2"$'\n'"accelerator: +unknown" ''
	assert_line --regexp '^sev: +not available$'
}

@test "machine: a new QEMU lists its accelerators and is asked nothing deprecated" {
	plays 'on qom-get reply "x-machine"' \
		'on query-accelerators reply {"enabled":"hvf","present":["hvf","tcg"]}' \
		'on query-sev reply {"enabled":true,"state":"running","policy":5,"sev-type":"sev"}' \
		'on query-sev-capabilities reply {"cbitpos":51,"reduced-phys-bits":1,"pdh":"x"}'
	qb machine
	outcome 0 "~^type: +x"$'\n'"accelerator: +hvf, of hvf, tcg"$'\n' ''
	assert_line --regexp '^sev: +on$'
	assert_line --regexp '^sev-policy: +5$'
	assert_line --regexp '^sev-cbitpos: +51$'
	assert_equal "$(sent query-kvm)" 0
}

@test "machine: there is none in a storage daemon" {
	start_qsd
	qb machine
	outcome 6 '' 'qmpbox machine: there is no machine here'
	qb memory
	outcome 6 '' '~CommandNotFound'
	qb cpus
	outcome 6 '' '~CommandNotFound'
	qb cpu-model max
	outcome 6 '' '~CommandNotFound'
}

# ------------------------------------------------------------------------ cpus

@test "cpus: a table, QMP's return, and the threads" {
	big_vm
	qb cpus
	outcome 0 '~^cpu-index +thread-id +.*socket.* core +thread +target .*qom-path' ''
	assert_equal "${#lines[@]}" 3
	assert_regex "${lines[1]}" '^0 .* x86_64 .*/machine/unattached/device'
	qb cpus --json
	outcome 0 "$(vm_ask query-cpus-fast)" ''
	qb cpus --pids
	outcome 0 "$(vm_ask query-cpus-fast | jq '.[]."thread-id"')" ''
	for thread in $output; do
		[[ -e /proc/$VM_PID/task/$thread ]]
	done
	qb cpus --pids --json
	outcome 0 "$(vm_ask query-cpus-fast | jq -c 'map(."thread-id")')" ''
}

@test "cpus: there may be none" {
	start_vm --machine none
	qb cpus
	outcome 0 'no CPUs' ''
	qb cpus --pids
	outcome 0 '' ''
	qb cpus --pids --json
	outcome 0 '[]' ''
}

# ------------------------------------------------------------------- cpu-model

@test "cpu-model: the flags that are on, and those that are off when asked" {
	start_vm --machine none
	qb cpu-model qemu64
	outcome 0 '~vendor: +AuthenticAMD' ''
	assert_output --regexp '(^| )lm( |$)'
	refute_output --regexp ' avx512f'
	assert_output --regexp 'off: [0-9]+ \(--off names them\)$'
	qb cpu-model qemu64 --off
	outcome 0 '~ avx512f' ''
	qb cpu-model qemu64 --json
	assert_json --argjson model "$(vm_ask query-cpu-model-expansion \
		'{"type":"static","model":{"name":"qemu64"}}')" '. == $model'
	qb cpu-model qemu64 --full --json
	assert_json '.model.name == "qemu64" and (.model.props | has("check"))'
	for model in max base EPYC; do
		qb_ok cpu-model "$model"
	done
}

@test "cpu-model: a wrong name is a wrong word, with the nearest" {
	start_vm --machine none
	qb cpu-model EPIC
	outcome 2 '' "qmpbox cpu-model: this QEMU has no CPU model 'EPIC'; did you mean 'EPYC'?"
	qb cpu-model --full zzzzzzzz
	outcome 2 '' "qmpbox cpu-model: this QEMU has no CPU model 'zzzzzzzz'"
	qb cpu-model $'\xff'
	outcome 2 '' '~MODEL is not UTF-8'
}

@test "cpu-model: where there is no static expansion it is the full one" {
	start_fake <<-'EOF'
		negotiate
		expect query-cpu-model-expansion {"type":"static","model":{"name":"max"}}
		error GenericError The requested expansion type is not supported
		expect query-cpu-model-expansion {"type":"full","model":{"name":"max"}}
		reply {"model":{"name":"max","props":{"sve":true,"x\u001b[31m":true,"aarch64":false}}}
		expect query-cpu-definitions
		reply [{"name":"max"}]
		expect-eof
	EOF
	qb cpu-model max
	outcome 0 $'on: 2\n  sve x\\x1B[31m\noff: 1 (--off names them)' ''
	fake_done
}

@test "cpu-model: a model that is known and still refused keeps QEMU's words" {
	plays 'on query-cpu-model-expansion error GenericError it needs KVM' \
		'on query-cpu-definitions reply [{"name":"host"}]'
	qb cpu-model host
	outcome 1 '' 'qmpbox cpu-model: query-cpu-model-expansion: it needs KVM (GenericError)'
}

# ---------------------------------------------------------------------- memory

@test "memory: sizes for people, bytes with --json, all in one write" {
	big_vm
	qb memory
	outcome 0 "~^base: +128 MiB"$'\n'"plugged: +64 MiB"$'\n' ''
	assert_line --regexp '^maximum: +1 GiB$'
	assert_line --regexp '^slots: +3$'
	assert_line --regexp '^/objects/mb0 .*64 MiB .* dimm0 '
	assert_line --regexp '128 MiB .* pc.ram$'
	qb memory --json
	assert_json '.base == 134217728 and .plugged == 67108864 and .maximum == 1073741824'
	assert_json --argjson balloon "$(vm_ask query-balloon)" '.balloon == $balloon.actual'
	assert_json --argjson devices "$(vm_ask query-memory-devices)" '.devices == $devices'
	assert_json --argjson backends "$(vm_ask query-memdev)" '.backends == $backends'
}

@test "memory: what is not there is left out" {
	start_vm --machine none
	qb memory
	outcome 0 "~^base: +64 MiB"$'\n'"plugged: +0 B"$'\n\n'"backends:"$'\n' ''
	qb memory --json
	assert_json '[has("maximum", "slots", "balloon")] | any | not'
}

@test "memory: sizes are exact" {
	plays 'on query-memory-size-summary reply {"base-memory":1610612737,"plugged-memory":18446744073709551615}' \
		'on qom-get reply {"size":1,"max-size":1610612736,"slots":0}' \
		'on query-balloon error DeviceNotActive no'
	qb memory
	outcome 0 "$(printf '%s\n' 'base:    1.5 GiB' 'plugged: 18446744073709551615' \
		'maximum: 1.5 GiB' 'slots:   0')" ''
	plays 'on query-memory-size-summary reply {"base-memory":1610612737,"plugged-memory":18446744073709551615}'
	qb memory --json
	outcome 0 '~"plugged":18446744073709551615' ''
}

# -------------------------------------------------------------------- qom-tree

@test "qom-tree: an object, what is inside it, and where its links point" {
	big_vm
	qb qom-tree /machine/peripheral/bal0
	outcome 0 '~^/machine/peripheral/bal0  <virtio-balloon-pci>' ''
	assert_line --partial 'parent_bus -> /machine/q35/pcie.0'
	assert_line --partial 'virtio-backend  <virtio-balloon-device>'
	assert_line --partial 'deflate-on-oom = false'
	qb qom-tree bal0 --json
	assert_json 'keys_unsorted == ["name", "path", "type", "properties", "children"]'
	assert_json '.path == "/machine/peripheral/bal0" and .type == "virtio-balloon-pci"'
	assert_json '.children[] | select(.name == "virtio-backend") |
		.path == "/machine/peripheral/bal0/virtio-backend" and (.properties | length > 5)'
	qb qom-tree /objects/mb0
	outcome 0 '~ size = 67108864' ''
}

@test "qom-tree: the whole machine, exact, and nothing in it fails the rest" {
	big_vm
	qb qom-tree --json
	outcome 0 '~^\{' ''
	assert_json '.path == "/" and .type == "container"'
	assert_json '[.. | objects | select(.name == "dimm0" and .path == "/machine/peripheral/dimm0")] |
		length == 1'
	assert_regex "$output" '"name":"size","type":"uint64","value":18446744073709551615'
	assert_json '[.. | objects | select(has("children"))] | length > 200'
	assert_json '[.. | objects | select(.name == "crash-information")] |
		length > 0 and all(has("value") | not)'
	qb qom-tree
	outcome 0 '~crash-information \(cannot be read\)' ''
	running=$(vm_ask query-status | jq -r .status)
	assert_equal "$running" prelaunch
}

@test "qom-tree: a secret is not shown, nor asked for" {
	big_vm
	qb qom-tree sec0
	outcome 0 '~data = \*\*\*' ''
	qb --log "$T/log" -v qom-tree /objects --json
	assert_json '[.. | objects | select(.name == "data") | .value] == ["***"]'
	assert_regex "$stderr" '"property":"(id|file)"'
	refute_regex "$stderr" '"property":"data"'
	refute_regex "$output$stderr$(<"$T/log")" hunter2
}

@test "qom-tree: --depth and --no-values" {
	big_vm
	qb qom-tree /machine --depth 0 --json
	assert_json '(.properties | length > 10) and (.children | length > 3) and
		all(.children[]; (.properties + .children) == [])'
	qb qom-tree / --depth 1 --no-values
	outcome 0 '~usb: bool' ''
	refute_output --partial 'usb = '
	qb qom-tree /objects --no-values --json
	assert_json '.type == "container" and ([.. | objects | select(has("value"))] == [])'
	qb qom-tree --depth -1
	outcome 2 '' '~--depth'
	qb qom-tree ''
	outcome 2 '' '~PATH is empty'
}

@test "qom-tree: a wrong path is refused, with the nearest" {
	big_vm
	qb qom-tree /machine/peripheral/bal1
	outcome 1 '' "~Device '/machine/peripheral/bal1' not found.*did you mean '/machine/peripheral/bal0'"
	qb qom-tree /machine/peripherl/bal0
	outcome 1 '' "~did you mean '/machine/peripheral'"
	qb qom-tree /objcts/
	outcome 1 '' "~did you mean '/objects'"
	qb qom-tree ball0
	outcome 1 '' "~did you mean '/machine/peripheral/bal0'"
	qb qom-tree /zzzzzzzzz/y
	outcome 1 '' '~DeviceNotFound\)$'
}

@test "qom-tree: with qom-list-get no value is a question of its own, and a link is not followed" {
	start_fake <<-'EOF'
		negotiate
		expect qom-list {"path":"/a"}
		reply [{"name":"type","type":"string"},{"name":"c","type":"child<x>"}]
		expect qom-list-get {"paths":["/a"]}
		reply [{"properties":[{"name":"type","type":"string","value":"t"},{"name":"c","type":"child<x>","value":"/a/c"},{"name":"self","type":"link<t>","value":"/a"}]}]
		expect qom-list-get {"paths":["/a/c"]}
		reply [{"properties":[{"name":"type","type":"string","value":"x"},{"name":"data","type":"string","value":"hunter2"},{"name":"n","type":"uint64","value":18446744073709551615},{"name":"bad","type":"string"}]}]
		expect-eof
	EOF
	qb qom-tree /a
	outcome 0 "$(printf '%s\n' '/a  <t>' '├─ self -> /a' '└─ c  <x>' '   ├─ bad (cannot be read)' \
		'   ├─ data = ***' '   └─ n = 18446744073709551615')" ''
	fake_done
}

@test "qom-tree: one by one, what goes in between leaves the rest" {
	start_fake <<-'EOF'
		negotiate
		expect qom-list {"path":"/a"}
		reply [{"name":"type","type":"string"},{"name":"gone","type":"child<x>"},{"name":"v","type":"string"},{"name":"password","type":"string"}]
		expect qom-list-get
		error CommandNotFound no
		expect qom-list {"path":"/a/gone"}
		error DeviceNotFound gone
		expect qom-get {"path":"/a","property":"type"}
		reply "t"
		expect qom-get {"path":"/a","property":"v"}
		reply {"x":"\u001b[31m"}
		expect-eof
	EOF
	qb qom-tree /a
	outcome 0 "$(printf '%s\n' '/a  <t>' '├─ password = ***' '├─ v = {"x":"\\u001b[31m"}' \
		'└─ gone  <x>')" ''
	fake_done
}

@test "qom-tree: a tree without an end is cut, and says so" {
	plays 'on qom-list-get error CommandNotFound no' \
		'on qom-list reply [{"name":"a","type":"child<x>"}]'
	qb qom-tree / --json
	outcome 0 '~^\{"name":"","path":"/"' '~^\{"note":"the tree is deeper'
	assert_json '[.. | objects | select(has("children"))] | length == 66'
}

# ---------------------------------------------------------------- check-device

@test "check-device: yes, with the properties" {
	start_vm --machine none
	qb check-device virtio-net-pci
	outcome 0 '~^name +type +default +description' ''
	assert_line --regexp '^addr +(int32|str) +-1 +Slot'
	qb check-device virtio-net-pci --json
	outcome 0 '~^\{"type":"virtio-net-pci","found":true,"properties":\[' ''
	assert_json --argjson list "$(vm_ask device-list-properties '{"typename":"virtio-net-pci"}')" \
		'.properties == $list'
}

@test "check-device: no, with the nearest" {
	start_vm --machine none
	qb check-device virtio-nte-pci
	outcome 10 '' "qmpbox check-device: this QEMU has no device type 'virtio-nte-pci'; did you mean 'virtio-net-pci'?"
	for type in pci-device secret zzzzzzzz; do
		qb check-device "$type" --json
		outcome 10 "{\"type\":\"$type\",\"found\":false,\"properties\":[]}" '~"kind":"no"'
	done
	qb check-device ''
	outcome 2 '' '~TYPE is empty'
}

@test "check-device: what would end this QEMU is not asked" {
	plays
	qb check-device virtio-gpu-gl-pci
	outcome 2 '' '~device-list-properties was not sent'
	assert_equal "$(sent device-list-properties)" 0
}

# ------------------------------------------------------------------------- hmp

@test "hmp: the text as it came, and options end at its first word" {
	start_vm --machine none -- -blockdev null-co,node-name=n0,read-zeroes=on
	qb hmp info block -n -v n0
	outcome 0 '~^n0: .*Cache mode: .*file format: null-co' '' # the last comes with -v
	qb --json hmp info version
	outcome 0 "$(vm_ask human-monitor-command '{"command-line":"info version"}')" ''
	assert_output --regexp '\\r\\n"$'
	qb hmp info version
	refute_output --partial $'\r'
	refute_output --partial '\r'
	qb hmp info status --json
	outcome 0 '~^status: extraneous characters' '' # --json was a word of HMP's
}

@test "hmp: what it does not know is refused, other failures are its text" {
	start_vm --machine pc --paused
	qb hmp infoo
	outcome 1 '' "qmpbox hmp: the human monitor says: unknown command: 'infoo'"
	qb hmp device_del nope
	outcome 0 "~Device 'nope' not found" ''
	qb hmp --cpu 0 info registers
	outcome 0 '~EIP=' ''
	qb hmp --cpu 7 info registers
	outcome 1 '' '~cpu-index'
	qb hmp
	outcome 2 '' 'qmpbox hmp: LINE is missing'
	qb hmp ' ' ''
	outcome 2 '' 'qmpbox hmp: the line is empty'
	qb hmp --cpu x info registers
	outcome 2 '' '~--cpu'
}

@test "hmp: words are joined by one blank, and the text is escaped" {
	start_fake <<-'EOF'
		negotiate
		expect-exact {"execute":"human-monitor-command","arguments":{"command-line":"a -v -- --json b  c","cpu-index":0},"id":$id}
		reply "one\r\n\ttwo\u001b[31m\r\n"
		expect-eof
	EOF
	qb hmp --cpu 0 a -v -- --json 'b  c'
	outcome 0 $'one\n\ttwo\\x1B[31m' ''
	fake_done
	plays 'on human-monitor-command reply ""'
	qb hmp cont
	outcome 0 '' ''
}
