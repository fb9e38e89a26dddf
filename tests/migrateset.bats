#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# migrate-set, query-migrate and migrate-cancel, on pairs of real VMs.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# pair: a receiver (monitors R, R2) and a source (S, S2) of 128 MiB.
pair() {
	start_vm --machine pc -- -m 128 -incoming defer
	R=$S
	R2=$S2
	R_PID=$VM_PID
	start_vm --machine pc -- -m 128
}

# there CMD ARG...: CMD with the receiver in place of the source.
there() { S=$R S2=$R2 "$@"; }

# listen: the receiver accepts the migration.
listen() { there vm_ask migrate-incoming "{\"uri\": \"unix:$T/in\"}" >/dev/null; }

# capability NAME STATE: sets one on the source.
capability() {
	vm_ask migrate-set-capabilities \
		"{\"capabilities\": [{\"capability\": \"$1\", \"state\": $2}]}" >/dev/null
}

# parameters JSON: sets them on the source.
parameters() { vm_ask migrate-set-parameters "$1" >/dev/null; }

# is STATUS: is the source's migration so far?
is() { [[ $(vm_ask query-migrate | jq -r .status) == "$1" ]]; }

# slowly: the source migrates, and will not be through for long.
slowly() {
	listen
	parameters '{"max-bandwidth": 1000}'
	vm_ask migrate "{\"uri\": \"unix:$T/in\"}" >/dev/null
	wait_for 10 is active
}

# settings: all capabilities and parameters of the source, asked without qmpbox.
settings() {
	jq -cnS --argjson c "$(vm_ask query-migrate-capabilities)" \
		--argjson p "$(vm_ask query-migrate-parameters)" \
		'$p + ($c | map({(.capability): .state}) | add)'
}

# holds JQ-FILTER: is that true of settings?
holds() { jq -e "$1" <<<"$(settings)" >/dev/null; }

# in_postcopy: the migration is postcopy-active, and stays so.
in_postcopy() {
	local q
	for q in vm_ask "there vm_ask"; do
		$q migrate-set-capabilities \
			'{"capabilities": [{"capability": "postcopy-ram", "state": true}]}' >/dev/null
	done
	parameters '{"max-postcopy-bandwidth": 4096}'
	slowly
	vm_ask migrate-start-postcopy >/dev/null
	wait_for 10 is postcopy-active
}

# postcopy_possible: skips where this machine has no userfaultfd for QEMU.
postcopy_possible() {
	capability postcopy-ram true && return 0
	skip "QEMU can do no postcopy here"
}

# ---------------------------------------------------------------- migrate-set

@test "capabilities and parameters in one list, '-' and '_' alike; what holds then is the result" {
	start_vm --machine none
	qb migrate-set multifd=on multifd_channels=4 max-bandwidth=100M downtime-limit=0x100
	outcome 0 'multifd           on
multifd-channels  4
max-bandwidth     100 MiB/s
downtime-limit    256 ms' ''
	holds '.multifd and ."multifd-channels" == 4 and ."max-bandwidth" == 104857600'
	qb migrate-set --json multifd=off downtime-limit=300
	outcome 0 '{"multifd":false,"downtime-limit":300}' ''
	holds '.multifd == false and ."downtime-limit" == 300 and ."multifd-channels" == 4'
}

@test "one object as JSON, from standard input too" {
	start_vm --machine none
	qb migrate-set --json '{"xbzrle": true, "downtime_limit": 301}'
	outcome 0 '{"xbzrle":true,"downtime-limit":301}' ''
	qb migrate-set --json - <<<'{"max-bandwidth": 18446744073709551615}'
	outcome 0 '{"max-bandwidth":18446744073709551615}' ''
	holds '.xbzrle'
}

@test "only what differs is sent" {
	start_vm --machine none
	qb_ok migrate-set multifd=on max-bandwidth=1M
	qb migrate-set --dry-run multifd=on max-bandwidth=1M
	outcome 0 '' ''
	qb migrate-set -v multifd=on max-bandwidth=1M
	refute_regex "$stderr" 'migrate-set-(cap|par)'
	qb migrate-set --dry-run multifd=on max-bandwidth=1M downtime-limit=5
	outcome 0 '{"message":{"execute":"migrate-set-parameters","arguments":{"downtime-limit":5}},"inverse":{"execute":"migrate-set-parameters","arguments":{"downtime-limit":300}}}' ''
	holds '."downtime-limit" == 300'
}

@test "capabilities go off before parameters change, and on after them" {
	start_vm --machine none
	# QEMU has zero-copy-send only without compression, and compression only without that.
	qb_ok migrate-set multifd=on multifd-compression=zlib
	qb_ok migrate-set zero-copy-send=on multifd-compression=none
	holds '."zero-copy-send" and ."multifd-compression" == "none"'
	qb_ok migrate-set zero-copy-send=off multifd-compression=zlib xbzrle=on
	holds '(."zero-copy-send" | not) and ."multifd-compression" == "zlib" and .xbzrle'
	qb migrate-set --dry-run multifd=off multifd-channels=3 auto-converge=on
	assert_equal "$(jq -c '[.message.execute, .message.arguments]' <<<"$output")" \
		'["migrate-set-capabilities",{"capabilities":[{"capability":"multifd","state":false}]}]
["migrate-set-parameters",{"multifd-channels":3}]
["migrate-set-capabilities",{"capabilities":[{"capability":"auto-converge","state":true}]}]'
}

@test "where one part is refused, what was set before is set back" {
	local before
	start_vm --machine none
	before=$(settings)
	qb migrate-set max-bandwidth=5M postcopy-preempt=on
	outcome 1 '' 'qmpbox migrate-set: migrate-set-capabilities: Postcopy preempt requires postcopy-ram (GenericError)
  undone: parameter max-bandwidth'
	assert_equal "$(settings)" "$before"
	qb_ok migrate-set xbzrle=on
	qb --json migrate-set xbzrle=off downtime-limit=2000001 multifd=on
	assert_equal "$status" 1
	assert_regex "$stderr" '"undone":\["capability xbzrle"\]'
	holds '.xbzrle and (.multifd | not) and ."downtime-limit" == 300'
}

@test "what had no value is said to be left: QEMU cannot unset block-bitmap-mapping" {
	start_vm --machine none
	qb migrate-set postcopy-preempt=on block-bitmap-mapping.0.node-name=a \
		block-bitmap-mapping.0.alias=b 'block-bitmap-mapping.0.bitmaps:=[]' max-bandwidth=1M
	outcome 1 '' 'qmpbox migrate-set: migrate-set-capabilities: Postcopy preempt requires postcopy-ram (GenericError)
  undone: parameter max-bandwidth
  left: parameter block-bitmap-mapping (QEMU has no way to unset it)'
	holds '."block-bitmap-mapping"[0].alias == "b" and ."max-bandwidth" == 134217728'
	qb migrate-set --dry-run 'block-bitmap-mapping:=[]'
	assert_json '.inverse.arguments."block-bitmap-mapping"[0].alias == "b"'
}

@test "secrets' names can be set and taken away again" {
	start_vm --machine none -- -object tls-creds-anon,id=t0,endpoint=client
	qb_ok migrate-set tls-creds=t0
	outcome 0 'tls-creds  t0' ''
	qb migrate-set tls-creds= tls-hostname=
	outcome 0 'tls-creds     none
tls-hostname  none' ''
	holds '."tls-creds" == ""'
}

@test "wrong words are one sentence, status 2, and nothing is set" {
	local before
	start_vm --machine none
	before=$(settings)
	qb migrate-set
	outcome 2 '' '~what is to be set\?'
	qb migrate-set mutlifd=on
	outcome 2 '' "qmpbox migrate-set: there is no capability or parameter 'mutlifd'; did you mean 'multifd'?"
	qb migrate-set xbzrle=on max-bandwith=1M
	outcome 2 '' "qmpbox migrate-set: there is no capability or parameter 'max-bandwith'; did you mean 'max-bandwidth'?"
	qb migrate-set multifd=perhaps
	outcome 2 '' "qmpbox migrate-set: multifd: expected on or off, not 'perhaps'"
	qb migrate-set multifd=on multifd=on
	outcome 2 '' 'qmpbox migrate-set: multifd is given twice'
	qb migrate-set max-bandwidth=1M max_bandwidth=2M
	outcome 2 '' 'qmpbox migrate-set: max-bandwidth is given twice'
	qb migrate-set max-bandwidth=1MB
	outcome 2 '' '~max-bandwidth: .*ambiguous'
	qb migrate-set multifd
	outcome 2 '' "qmpbox migrate-set: expected NAME=VALUE, not 'multifd'"
	qb migrate-set multifd.on=1
	assert_equal "$status" 2
	assert_equal "$(settings)" "$before"
}

@test "what is unstable is noted" {
	start_vm --machine none
	qb migrate-set x-colo=off x-checkpoint-delay=20000
	assert_equal "$status" 0
	assert_regex "$stderr" "x-colo' is marked as unstable"
	assert_regex "$stderr" "x-checkpoint-delay' is marked as unstable"
}

@test "parameters change while a migration is under way, capabilities are refused" {
	pair
	slowly
	qb migrate-set max-bandwidth=2000
	outcome 0 'max-bandwidth  2000 B/s' ''
	qb migrate-set xbzrle=on max-bandwidth=3000
	outcome 1 '' "qmpbox migrate-set: migrate-set-capabilities: There's a migration process in progress (GenericError)
  undone: parameter max-bandwidth"
	holds '."max-bandwidth" == 2000'
}

# -------------------------------------------------------------- query-migrate

@test "query-migrate before a migration, on both sides" {
	pair
	qb query-migrate
	outcome 0 'none: no migration has begun here
run state: running' ''
	there qb query-migrate
	outcome 0 'none (incoming): this QEMU waits for migrate-incoming; the VM is not here yet
run state: inmigrate' ''
	listen
	there qb query-migrate
	outcome 0 "none (incoming): this QEMU waits for the source to connect; the VM is not here yet
run state: inmigrate
listens on: unix:$T/in" ''
	qb query-migrate --json
	outcome 0 '{}' ''
}

@test "query-migrate of one that is under way, with what was set for it" {
	pair
	capability events true
	slowly
	qb query-migrate
	outcome 0 '~^active: the VM runs here while its memory goes to the destination' ''
	assert_regex "$output" 'run state: running'
	assert_regex "$output" 'memory: [0-9]+ % of 129 MiB, .* left, .* sent, pass 1, downtime 300 ms expected'
	assert_regex "$output" 'not as QEMU begins:
  events +on
  max-bandwidth +1000 B/s$'
	refute_regex "$output" 'converge'
	there qb query-migrate
	outcome 0 '~^active \(incoming\): the VM is being received, and is still on the source' ''
	qb query-migrate --json
	assert_json '.status == "active" and .ram["page-size"] == 4096'
}

@test "query-migrate of one that completed: the source, the receiver, and one resumed all the same" {
	pair
	listen
	vm_ask migrate "{\"uri\": \"unix:$T/in\"}"
	wait_for 20 is completed
	qb query-migrate
	outcome 0 '~^completed: all of the VM was sent and it stands still here' ''
	assert_regex "$output" 'run state: postmigrate'
	assert_regex "$output" 'memory: 100 % of .* downtime [0-9]+ ms'
	there qb query-migrate
	outcome 0 '~^completed \(incoming\): the VM has arrived here' ''
	vm_ask cont
	qb query-migrate
	outcome 0 '~it has been resumed here afterwards: if it runs on the destination' ''
}

@test "query-migrate of one that failed says why" {
	start_vm --machine pc
	vm_ask migrate '{"uri": "tcp:127.0.0.1:1"}'
	wait_for 10 is failed
	qb query-migrate
	outcome 0 "failed: the VM stays here
why: Failed to connect to '127.0.0.1:1': Connection refused
run state: running" ''
}

@test "query-migrate of one that failed where postcopy may have begun" {
	start_vm --machine pc
	postcopy_possible
	vm_ask migrate '{"uri": "tcp:127.0.0.1:1"}'
	wait_for 10 is failed
	qb query-migrate
	outcome 0 '~if postcopy had begun, the destination may run the VM too' ''
}

@test "query-migrate in postcopy and before the switch" {
	pair
	postcopy_possible
	in_postcopy
	qb query-migrate
	outcome 0 '~^postcopy-active: the VM runs on the destination already' ''
	there qb query-migrate
	outcome 0 '~^postcopy-active \(incoming\): the VM runs here already' ''
}

# passes N: has the memory been gone over so often?
passes() { (($(vm_ask query-migrate | jq '.ram."dirty-sync-count" // 0') >= $1)); }

@test "a real guest that writes faster than its memory is transferred; more bandwidth ends it" {
	start_guest
	guest_run 'dd if=/dev/urandom of=/r bs=1M count=8 2>/dev/null; while :; do cp /r /busy; done >/dev/null 2>&1 &'
	qb_ok migrate-set max-bandwidth=50M downtime-limit=1
	vm_ask migrate '{"uri": "exec:cat >/dev/null"}'
	wait_for 30 passes 2
	qb_ok migrate-set max-bandwidth=4M
	advised() { qb query-migrate && [[ $output == *'it does not converge: the guest writes '* ]]; }
	wait_for 40 advised
	assert_regex "$output" 'active: the VM runs here while its memory goes to the destination'
	assert_regex "$output" 'pass [0-9]+, dirty [0-9.]+ MiB/s'
	qb_ok migrate-set max-bandwidth=10G downtime-limit=5000
	wait_for 20 is completed
}

@test "a guest that writes faster than its memory is transferred, and a hostile error" {
	start_fake <<-'EOF'
		negotiate
		expect query-migrate
		reply {"status":"active","error-desc":"\u001b[31mred","expected-downtime":9223372036854775807,"total-time":61000,"cpu-throttle-percentage":0,"ram":{"total":4294967296,"remaining":2147483648,"transferred":9663676416,"mbps":268.435456,"dirty-pages-rate":30720,"page-size":4096,"dirty-sync-count":7}}
		expect query-status
		reply {"status":"running","running":true}
		expect query-migrate-capabilities
		reply [{"capability":"\u001bX","state":true}]
		expect query-migrate-parameters
		reply {"max-bandwidth":1}
		expect device-list-properties {"typename":"migration"}
		reply [{"name":"x-max-bandwidth","type":"uint64","default-value":1}]
	EOF
	qb query-migrate
	outcome 0 'active: the VM runs here while its memory goes to the destination
why: \x1B[31mred
run state: running
memory: 50 % of 4 GiB, 2 GiB left, 9 GiB sent, pass 7, dirty 120 MiB/s
time: 1 min 1 s
it does not converge: the guest writes 120 MiB/s of memory anew and 32 MiB/s are transferred. More bandwidth (qmpbox migrate-set max-bandwidth=...) or a pause of the VM (qmpbox pause) ends it; so does --set auto-converge=on, or --postcopy, when it is begun anew
not as QEMU begins:
  \x1BX  on' ''
	fake_done
}

# ------------------------------------------------------------- migrate-cancel

@test "migrate-cancel waits until it is cancelled, and the VM runs on" {
	pair
	slowly
	qb migrate-cancel
	outcome 0 'cancelled; the VM is running' ''
	is cancelled
	wait_for 10 exited "$R_PID" # QEMU on the other side ends itself
	qb --json migrate_cancel    # again, by QMP's name
	outcome 0 '{"cancelled":false,"migration":"cancelled","status":"running"}' ''
	qb migrate-cancel
	outcome 0 'no migration is under way; the last one: cancelled; the VM is running' ''
}

@test "migrate-cancel of a paused VM, with events" {
	pair
	capability events true
	vm_ask stop
	slowly
	qb --json migrate-cancel
	outcome 0 '{"cancelled":true,"migration":"cancelled","status":"paused"}' ''
}

@test "migrate-cancel before the switch lets the VM run again" {
	pair
	capability pause-before-switchover true
	listen
	vm_ask migrate "{\"uri\": \"unix:$T/in\"}"
	wait_for 20 is pre-switchover
	qb query-migrate
	outcome 0 '~^pre-switchover: the VM stands still here before the switch' ''
	qb migrate-cancel
	outcome 0 'cancelled; the VM is running' ''
	[[ $(vm_ask query-status | jq -r .status) == running ]]
}

@test "migrate-cancel with --dry-run prints what it would send, if it would" {
	pair
	qb --dry-run migrate-cancel
	outcome 0 '' ''
	slowly
	qb --dry-run migrate-cancel
	outcome 0 '{"message":{"execute":"migrate_cancel"}}' ''
	is active
}

@test "migrate-cancel without a migration, and after one that failed" {
	start_vm --machine pc
	qb migrate-cancel
	outcome 0 'no migration is under way; the VM is running' ''
	vm_ask migrate '{"uri": "tcp:127.0.0.1:1"}'
	wait_for 10 is failed
	qb migrate-cancel
	outcome 0 "no migration is under way; the last one: failed, Failed to connect to '127.0.0.1:1': Connection refused; the VM is running" ''
}

@test "migrate-cancel after one that completed: the VM has gone" {
	pair
	listen
	vm_ask migrate "{\"uri\": \"unix:$T/in\"}"
	wait_for 20 is completed
	qb migrate-cancel
	outcome 7 '' 'qmpbox migrate-cancel: the migration has completed already; the VM is in postmigrate here and belongs to the destination'
}

@test "migrate-cancel on the side that receives is refused" {
	pair
	there qb migrate-cancel
	outcome 1 '' '~the VM comes to this QEMU, and only its source can cancel that'
	slowly
	there qb migrate-cancel
	outcome 1 '' '~only its source can cancel that'
	is active
}

@test "migrate-cancel in postcopy is refused, and nothing is sent" {
	pair
	postcopy_possible
	in_postcopy
	qb -v migrate-cancel
	assert_equal "$status" 1
	assert_regex "$stderr" 'not cancelled: postcopy has begun, and the VM runs on the destination'
	refute_regex "$stderr" '"migrate_cancel"'
	is postcopy-active
	there qb migrate-cancel
	outcome 1 '' '~the VM is here already .* neither side can cancel that any more'
	there vm_ask quit
	wait_for 10 is postcopy-paused
	qb migrate-cancel
	outcome 1 '' '~not cancelled: .*The connection broke: migrate-recover on the destination'
}

@test "a migration that completes all the same is status 7" {
	start_fake <<-'EOF'
		negotiate
		expect query-migrate
		reply {"status":"active","ram":{"total":1}}
		expect query-status
		reply {"status":"running","running":true}
		expect migrate_cancel
		reply {}
		expect query-migrate
		reply {"status":"device","ram":{"total":1}}
		expect query-status
		reply {"status":"finish-migrate","running":false}
		expect query-migrate
		reply {"status":"completed","ram":{"total":1}}
		expect query-status
		reply {"status":"postmigrate","running":false}
	EOF
	qb migrate-cancel
	outcome 7 '' '~^qmpbox migrate-cancel: too late: the migration has completed all the same'
	fake_done
}

@test "a cancel that hangs ends at --timeout, status 4, with where it stands" {
	start_vm --machine pc -- -m 128
	# The return path never comes back from a one-way transport.
	capability return-path true
	vm_ask migrate '{"uri": "exec:cat >/dev/null"}'
	finishing() { [[ $(vm_ask query-status | jq -r .status) == finish-migrate ]]; }
	wait_for 20 finishing
	qb --timeout 1 migrate-cancel
	outcome 4 '' '~the cancel was sent, and the migration is not over yet: it is cancelling; qmpbox query-migrate shows'
}

@test "Ctrl-C while it waits says that the cancel was sent" {
	start_fake <<-'EOF'
		negotiate
		expect query-migrate
		reply {"status":"active","ram":{"total":1}}
		expect query-status
		reply {"status":"running","running":true}
		expect migrate_cancel
		reply {}
		expect query-migrate
		hang
	EOF
	background migrate-cancel
	asked() { [[ $(grep -c query-migrate "$FAKE_LOG") -ge 2 ]]; }
	wait_for 10 asked
	kill -INT "$QB_PID"
	finish
	outcome 130 '' '~the cancel was sent, and how the migration ended is not known'
}
