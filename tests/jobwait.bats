#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How jobs are watched: to their true end, past failures, pauses, signals, time-outs and a broken
# connection; by the subcommands that start them, by job-wait, and by the raw door. On a real QEMU;
# what that does not do on demand is played by a script.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers
load images

setup() {
	qmpbox_setup
	cd "$T" || return 1
	requires qemu-img qemu-io
}
teardown() { qmpbox_teardown; }

# blocks [OPTION...]: a VM with the nodes a, which is full of 0x11, and b, of 8 MiB each
blocks() {
	local name nodes=()
	image a 8M
	patterned a 0x11 0 8M
	image b 8M
	for name in a b; do nodes+=(-blockdev "driver=raw,node-name=$name,file.driver=file,file.filename=$T/$name"); done
	start_vm --machine none "$@" -- "${nodes[@]}"
	before=$(vm_state)
}

# slow ARG...: a qmpbox in the background whose job is slow enough to be met; waits until it runs
# as the job $1
slow() {
	local job=$1
	shift
	background "$@" speed=1048576
	wait_for 10 job_is "$job" running
}

# hurry ID: it may go on at full speed
hurry() { vm_ask block-job-set-speed '{"device":"'"$1"'","speed":0}'; }

# asked_jobs: has the qmpbox -v in the background had an answer to a query-jobs?
asked_jobs() {
	local id
	id=$(sed -n 's/^-> {"execute":"query-jobs","id":\([0-9]*\)}$/\1/p' "$QB_ERR" | head -n 1)
	[[ $id ]] && grep -q "^<- .*\"id\": *${id}[,}]" "$QB_ERR"
}

# ours: stderr without what -v adds
ours() { grep -v '^[<-][->] ' <<<"$stderr" || :; }

same() { run -0 qemu-img compare -U -f raw -F raw "$1" "$2"; }

# ------------------------------------------------------------------- it fails

@test "the target is full: status 7, QEMU's reason, and no job is left" {
	small_disk small
	image a 16M
	patterned a 0x11 0 16M
	truncate -s 16M small/full
	start_vm --machine none -- -blockdev "driver=raw,node-name=a,file.driver=file,file.filename=$T/a" \
		-blockdev "driver=raw,node-name=full,file.driver=file,file.filename=$T/small/full"
	before=$(vm_state)
	for command in blockdev-mirror blockdev-backup; do
		qb --json "$command" a target=full sync=full
		assert_failure 7
		assert_equal "$output" ''
		said '. == {kind: "failed", message: "the job '"${command#blockdev-}"'-a failed: No space left on device"}'
		assert_equal "$(vm_state)" "$before"
		qb "$command" a target=full sync=full
		outcome 7 '' "qmpbox $command: the job ${command#blockdev-}-a failed: No space left on device"
	done
}

@test "on-target-error=enospc: paused, status 7, and said again; mended and resumed it ends well" {
	small_disk small
	truncate -s 8M small/b
	head -c 6M /dev/zero >small/filler
	image a 8M
	patterned a 0x11 0 8M
	start_vm --machine none -- -blockdev "driver=raw,node-name=a,file.driver=file,file.filename=$T/a" \
		-blockdev "driver=raw,node-name=b,file.driver=file,file.filename=$T/small/b"
	before=$(vm_state)
	why='the job mirror-a is paused: there is no space left; once that is mended, qmpbox job-resume mirror-a lets it go on and qmpbox job-wait mirror-a watches it'
	qb blockdev-mirror a target=b sync=full on-target-error=enospc
	outcome 7 '' "qmpbox blockdev-mirror: $why"$'\n  left: job mirror-a'
	job_is mirror-a paused
	# The event is over; the job stands all the same.
	qb job-wait mirror-a -t 10
	outcome 7 '' "qmpbox job-wait: $why"$'\n  left: job mirror-a'
	qb_ok job-resume mirror-a
	wait_for 10 job_is mirror-a paused
	qb --json job-wait mirror-a -t 10
	assert_failure 7
	said '.kind == "failed" and .left == ["job mirror-a"] and (.message | contains("no space left"))'
	rm small/filler
	qb_ok job-resume mirror-a
	qb_ok job-wait mirror-a --no-pivot
	assert_output 'job mirror-a: concluded (mirror)'
	same a small/b
	assert_equal "$(vm_state)" "$before"
}

@test "on-target-error=enospc: or it is cancelled" {
	small_disk small
	truncate -s 8M small/b
	head -c 6M /dev/zero >small/filler
	image a 8M
	patterned a 0x11 0 8M
	start_vm --machine none -- -blockdev "driver=raw,node-name=a,file.driver=file,file.filename=$T/a" \
		-blockdev "driver=raw,node-name=b,file.driver=file,file.filename=$T/small/b"
	before=$(vm_state)
	qb blockdev-backup a target=b sync=full on-target-error=enospc
	assert_failure 7
	assert_regex "$stderr" 'the job backup-a is paused: there is no space left'
	qb_ok job-cancel backup-a
	qb job-wait backup-a
	outcome 7 '' 'qmpbox job-wait: the job backup-a was cancelled'
	assert_equal "$(vm_state)" "$before"
}

@test "a read error of the source, reported or stopping" {
	image a 8M
	patterned a 0x11 0 8M
	start_vm --machine none -- \
		-blockdev "driver=raw,node-name=a,file.driver=blkdebug,file.inject-error.0.event=none,file.inject-error.0.iotype=read,file.inject-error.0.errno=5,file.image.driver=file,file.image.filename=$T/a" \
		-blockdev "driver=null-co,node-name=b,size=8388608"
	before=$(vm_state)
	qb blockdev-backup a target=b sync=full
	outcome 7 '' 'qmpbox blockdev-backup: the job backup-a failed: Input/output error'
	qb blockdev-backup a target=b sync=full on-source-error=stop
	assert_failure 7
	assert_regex "$stderr" 'the job backup-a is paused: an I/O error; once that is mended'
	vm_ask job-cancel '{"id":"backup-a"}'
	qb job-wait backup-a
	assert_failure 7
	assert_equal "$(vm_state)" "$before"
}

@test "cancelled from another monitor: status 7, said, dismissed" {
	blocks
	slow backup-a --json blockdev-backup a target=b sync=full
	vm_ask job-cancel '{"id":"backup-a"}'
	finish
	assert_equal "$status" 7
	assert_equal "$output" ''
	said '. == {kind: "failed", message: "the job backup-a was cancelled"}'
	assert_equal "$(vm_state)" "$before"
}

@test "paused and resumed by somebody else: waited for" {
	blocks
	slow backup-a blockdev-backup a target=b sync=full
	vm_ask job-pause '{"id":"backup-a"}'
	wait_for 10 job_is backup-a paused
	hurry backup-a
	vm_ask job-resume '{"id":"backup-a"}'
	finish
	outcome 0 'job backup-a: concluded (backup)' ''
	same a b
}

@test "auto-finalize=false: stops at pending, which is said; after job-finalize it ends" {
	blocks
	qb_ok blockdev-backup a target=b sync=full auto-finalize=false
	outcome 0 'job backup-a: pending (backup)' 'qmpbox blockdev-backup: note: the job backup-a is pending: it waits for job-finalize'
	job_is backup-a pending
	qb_ok --json job-wait backup-a
	assert_json '.jobs == [{id: "backup-a", type: "backup", status: "pending"}]'
	qb_ok job-finalize backup-a
	qb_ok job-wait backup-a
	outcome 0 'job backup-a: concluded (backup)' ''
	assert_equal "$(vm_state)" "$before"
}

@test "pending on its way, since it finalizes itself: not taken for the end" {
	pending='[{"id":"j","type":"commit","status":"pending","current-progress":2,"total-progress":2}]'
	start_fake <<-EOF
		negotiate
		expect query-jobs
		reply $pending
		expect query-block-jobs
		reply [{"device":"j","type":"commit","status":"pending","auto-finalize":true,"auto-dismiss":false}]
		event JOB_STATUS_CHANGE {"id":"j","status":"concluded"}
		expect query-jobs
		reply [{"id":"j","type":"commit","status":"concluded","current-progress":2,"total-progress":2}]
		expect job-dismiss
		reply {}
		expect-eof
	EOF
	qb job-wait j
	outcome 0 'job j: concluded (commit)' ''
	fake_done
	# The event comes for those that wait.
	start_fake <<-EOF
		negotiate
		expect query-jobs
		reply [{"id":"j","type":"commit","status":"running","current-progress":1,"total-progress":2}]
		event JOB_STATUS_CHANGE {"id":"j","status":"pending"}
		expect-quiet 300
		event BLOCK_JOB_PENDING {"id":"j","type":"commit"}
		expect query-jobs
		reply $pending
		expect-eof
	EOF
	qb job-wait j
	outcome 0 'job j: pending (commit)' 'qmpbox job-wait: note: the job j is pending: it waits for job-finalize'
	fake_done
}

@test "the VM goes while a job is watched: said, and nothing is promised" {
	blocks
	slow backup-a blockdev-backup a target=b sync=full
	vm_ask quit
	finish
	assert_equal "$status" 5
	assert_equal "$output" ''
	assert_regex "$stderr" '^qmpbox blockdev-backup: .*the VM shut down.*; the job backup-a (was [a-z]+ and has ended with the VM|has ended: it was cancelled)$'
	refute_regex "$stderr" 'goes on|job-wait'
}

# ----------------------------------------------------- started by somebody else

@test "auto-dismiss: one that vanishes is judged by its events" {
	blocks
	for outcome in good cancelled; do
		vm_ask blockdev-backup '{"device":"a","target":"b","sync":"full","job-id":"theirs","speed":1048576}'
		background -v job-wait theirs
		wait_for 10 asked_jobs
		if [[ $outcome == good ]]; then hurry theirs; else vm_ask job-cancel '{"id":"theirs"}'; fi
		finish
		if [[ $outcome == good ]]; then
			assert_equal "$status" 0
			assert_equal "$output" 'job theirs: concluded (backup)'
		else
			assert_equal "$status" 7
			assert_equal "$(ours)" 'qmpbox job-wait: the job theirs was cancelled'
		fi
		assert_equal "$(vm_state)" "$before"
	done
}

@test "auto-dismiss: one that fails is judged by its events" {
	small_disk small
	image a 16M
	patterned a 0x11 0 16M
	truncate -s 16M small/full
	start_vm --machine none -- -blockdev "driver=raw,node-name=a,file.driver=file,file.filename=$T/a" \
		-blockdev "driver=raw,node-name=full,file.driver=file,file.filename=$T/small/full"
	vm_ask blockdev-backup '{"device":"a","target":"full","sync":"full","job-id":"theirs","speed":1048576}'
	background -v job-wait theirs
	wait_for 10 asked_jobs
	hurry theirs
	finish
	assert_equal "$status" 7
	assert_equal "$(ours)" 'qmpbox job-wait: the job theirs failed: No space left on device'
}

# -------------------------------------------------------------------- job-wait

@test "job-wait: of several, one document; one that is not there is status 1 with the nearest" {
	blocks
	image c 8M
	vm_ask blockdev-add '{"driver":"raw","node-name":"c","file":{"driver":"file","filename":"'"$T"'/c"}}'
	qb_ok blockdev-backup a target=b sync=full --detach
	assert_regex "$output" '^job backup-a: [a-z]+$'
	assert_equal "$stderr" 'qmpbox blockdev-backup: note: the job backup-a goes on by itself: qmpbox job-wait backup-a watches it'
	qb_ok --json blockdev-mirror a target=c sync=full --detach
	qb job-wait backup-b
	outcome 1 '' "qmpbox job-wait: there is no job 'backup-b'; did you mean 'backup-a'?"
	qb --json job-wait backup-a none
	assert_failure 1
	said '.kind == "refused" and (.message | startswith("there is no job '"'none'"'"))'
	# Which of the two was looked at first is not promised: the other may be dismissed.
	qb_ok --json job-wait mirror-a
	assert_json '.jobs[0].id == "mirror-a" and .jobs[0].status == "concluded"'
	assert_equal "$(vm_ask query-jobs)" '[]'
}

@test "job-wait of two that run, and twice the same" {
	blocks
	image c 8M
	vm_ask blockdev-add '{"driver":"raw","node-name":"c","file":{"driver":"file","filename":"'"$T"'/c"}}'
	qb_ok blockdev-backup a target=b sync=full speed=1048576 --detach
	qb_ok blockdev-backup a target=c sync=full speed=1048576 --detach job-id=second
	background --json job-wait backup-a second backup-a
	hurry backup-a
	hurry second
	finish
	assert_equal "$status" 0
	assert_json '.jobs | map(.id) | contains(["backup-a", "second"])'
	assert_json '.jobs | all(.status == "concluded")'
	assert_equal "$stderr" ''
	assert_equal "$(vm_ask query-jobs)" '[]'
}

@test "job-wait: the failed one of two is named, and both are dismissed" {
	blocks
	image c 8M
	vm_ask blockdev-add '{"driver":"raw","node-name":"c","file":{"driver":"file","filename":"'"$T"'/c"}}'
	qb_ok blockdev-backup a target=b sync=full --detach
	qb_ok blockdev-backup a target=c sync=full speed=1048576 --detach job-id=second
	vm_ask job-cancel '{"id":"second"}'
	qb job-wait backup-a second
	outcome 7 '' 'qmpbox job-wait: the job second was cancelled'
	assert_equal "$(vm_ask query-jobs)" '[]'
	qb job-wait
	outcome 2 '' 'qmpbox job-wait: which job? qmpbox query-jobs lists them'
}

@test "--detach of a mirror, then job-wait completes it" {
	blocks
	qb_ok --json blockdev-mirror a target=b sync=full --detach
	assert_json '.jobs == [{id: "mirror-a", status: "created"}] or (.jobs[0] | .id == "mirror-a" and .status != "concluded")'
	wait_for 10 job_is mirror-a ready
	qb_ok job-wait mirror-a
	assert_output 'job mirror-a: concluded (mirror)'
	same a b
	assert_equal "$(vm_state)" "$before"
}

# ------------------------------------------------------- signals and time-outs

@test "SIGTERM and SIGINT: cancelled, awaited, and where the VM stands is said" {
	blocks
	image ov 8M qcow2
	vm_ask blockdev-add '{"driver":"qcow2","node-name":"ov","file":{"driver":"file","filename":"'"$T"'/ov"},"backing":null}'
	vm_ask blockdev-snapshot '{"node":"a","overlay":"ov"}'
	vm_ask human-monitor-command '{"command-line":"qemu-io ov \"write -q 0 4M\""}'
	# What a stream has copied stays, so that the file of ov grows; QEMU leaves a commit's base writable.
	graph() { vm_state | jq -c '[."query-jobs", (."query-named-block-nodes" | map([."node-name", .drv, .file]))]'; }
	before=$(graph)
	for how in 'TERM 143 backup-a blockdev-backup a target=b sync=full; the target is incomplete' \
		'INT 130 stream-ov block-stream ov; the chain is as it was, and what has been copied stays in its top' \
		'TERM 143 commit-ov block-commit ov; the chain is as it was'; do
		read -r signal want job words <<<"${how%%;*}"
		# shellcheck disable=SC2086 # words
		slow "$job" $words
		kill -"$signal" "$QB_PID"
		finish
		assert_equal "$words: $status" "$words: $want"
		assert_equal "$output" ''
		assert_regex "$stderr" "^qmpbox ${words%% *}: interrupted by (SIG$signal|Ctrl-C); the job $job was cancelled: ${how#*; }"$'\n'"  undone: job $job$"
		assert_equal "$(graph)" "$before"
	done
}

@test "SIGINT of a mirror: the disk is still on its source" {
	blocks
	slow mirror-a blockdev-mirror a target=b sync=full
	kill -INT "$QB_PID"
	finish
	outcome 130 '' $'qmpbox blockdev-mirror: interrupted by Ctrl-C; the job mirror-a was cancelled: the disk is still on its source, and the target is incomplete\n  undone: job mirror-a'
	assert_equal "$(vm_state)" "$before"
}

@test "SIGTERM of job-wait leaves the job" {
	blocks
	qb_ok blockdev-backup a target=b sync=full speed=1048576 --detach
	background -v job-wait backup-a
	wait_for 10 asked_jobs
	kill -TERM "$QB_PID"
	finish
	assert_equal "$status" 143
	assert_equal "$(ours)" $'qmpbox job-wait: interrupted by SIGTERM; the job backup-a goes on, and qmpbox job-cancel backup-a would end it\n  left: job backup-a (running)'
	job_is backup-a running
	vm_ask job-cancel '{"id":"backup-a"}'
}

# stuck: a VM whose node a takes 4 s for a read, so that no job on it ends before
stuck() {
	start_vm --machine none -- -blockdev driver=null-co,node-name=a,size=1048576,latency-ns=4000000000 \
		-blockdev driver=null-co,node-name=b,size=1048576
}
cancel_answered() {
	local id
	id=$(sed -n 's/^-> {"execute":"job-cancel".*"id":\([0-9]*\)}$/\1/p' "$QB_ERR" | head -n 1)
	[[ $id ]] && grep -q "^<- .*\"id\": *${id}[,}]" "$QB_ERR"
}

@test "a second signal leaves at once, and says what is left" {
	stuck
	background -v blockdev-backup a target=b sync=full
	wait_for 10 job_is backup-a running
	kill -INT "$QB_PID"
	wait_for 10 cancel_answered
	kill -TERM "$QB_PID"
	wait_for 1 exited "$QB_PID"
	finish
	assert_regex "$(ours)" $'^qmpbox blockdev-backup: interrupted by Ctrl-C; the cancelling was not awaited \\(interrupted again\\)\n  left: job backup-a \\((running|aborting|waiting)\\)$'
	assert_equal "$status" 130
}

@test "timeout(1) signals twice, the process and its group: that is one signal" {
	blocks
	for signal in INT TERM; do
		run --separate-stderr timeout -s "$signal" 0.5 env --default-signal=INT \
			"$QMPBOX" -s "$S" blockdev-backup a target=b sync=full speed=1048576 3>&-
		assert_equal "$status" 124
		assert_equal "${stderr_lines[1]}" '  undone: job backup-a'
		assert_equal "$(vm_state)" "$before"
	done
}

@test "--timeout: status 4, the job goes on, and job-wait watches it to its end" {
	blocks
	qb --json -t 0.5 blockdev-backup a target=b sync=full speed=1048576
	assert_failure 4
	assert_equal "$output" ''
	said '.kind == "timeout" and .left == ["job backup-a (running)"] and
		.message == "the time is over; the job backup-a is running and goes on: qmpbox job-wait backup-a watches it"'
	job_is backup-a running
	qb -t 0.3 job-wait backup-a
	outcome 4 '' $'qmpbox job-wait: the time is over; the job backup-a is running and goes on: qmpbox job-wait backup-a watches it\n  left: job backup-a (running)'
	hurry backup-a
	qb_ok job-wait backup-a
	same a b
	assert_equal "$(vm_state)" "$before"
}

# ------------------------------------------------------ the connection breaks

RUNNING='[{"id":"j","type":"backup","status":"running","current-progress":1,"total-progress":2}]'
CONCLUDED='[{"id":"j","type":"backup","status":"concluded","current-progress":2,"total-progress":2}]'

@test "the connection breaks: made again, the job asked for, and its end found" {
	start_fake <<-EOF
		negotiate
		expect query-jobs
		reply $RUNNING
		close
		connection 2
		negotiate
		expect query-jobs
		reply $RUNNING
		event JOB_STATUS_CHANGE {"id":"j","status":"concluded"}
		expect query-jobs
		reply $CONCLUDED
		expect job-dismiss {"id":"j"}
		reply {}
		expect-eof
	EOF
	qb job-wait j
	outcome 0 'job j: concluded (backup)' 'qmpbox job-wait: note: the connection broke and has been made again'
	fake_done
}

@test "the connection breaks, and meanwhile the job was dismissed: nobody knows how it ended" {
	start_fake <<-EOF
		negotiate
		expect query-jobs
		reply $RUNNING
		close
		connection 2
		negotiate
		expect query-jobs
		reply []
		expect-eof
	EOF
	qb -q job-wait j
	outcome 7 '' 'qmpbox job-wait: the job j is gone, and no event said how it ended'
	fake_done
}

@test "the connection breaks after job-complete was said: it is not said twice" {
	start_fake <<-EOF
		negotiate
		expect query-jobs
		reply [{"id":"j","type":"mirror","status":"ready"}]
		expect job-complete {"id":"j"}
		close
		connection 2
		negotiate
		expect query-jobs
		reply [{"id":"j","type":"mirror","status":"concluded"}]
		expect job-dismiss
		reply {}
		expect-eof
	EOF
	qb -q job-wait j
	outcome 0 'job j: concluded (mirror)' ''
	fake_done
}

@test "the connection breaks when the job is dismissed: that is told again" {
	start_fake <<-EOF
		negotiate
		expect query-jobs
		reply $CONCLUDED
		expect job-dismiss {"id":"j"}
		close
		connection 2
		negotiate
		expect query-jobs
		reply $CONCLUDED
		expect job-dismiss {"id":"j"}
		reply {}
		expect-eof
	EOF
	qb -q job-wait j
	outcome 0 'job j: concluded (backup)' ''
	fake_done
	start_fake --connections 1 <<-EOF
		negotiate
		expect query-jobs
		reply $CONCLUDED
		expect job-dismiss {"id":"j"}
		close
	EOF
	qb --json job-wait j
	assert_failure 5
	said '.left == ["job j (concluded)"] and (.message | contains("the job j has done its work, and may not be dismissed"))'
}

@test "the connection breaks while a real mirror is watched; through a relay that comes back" {
	requires socat
	blocks
	real=$S
	S=$T/relay
	spawn /dev/null "$T/relay.err" socat "UNIX-LISTEN:$S,fork" "UNIX-CONNECT:$real"
	relay=$SPAWN_PID
	wait_for 5 test -S "$S"
	slow mirror-a -v blockdev-mirror a target=b sync=full
	wait_for 10 asked_jobs
	children=$(<"/proc/$relay/task/$relay/children")
	[[ $children ]]
	# shellcheck disable=SC2086 # one for each connection
	kill $children
	wait_for 10 grep -q 'made again' "$QB_ERR"
	hurry mirror-a
	finish
	assert_equal "$status" 0
	assert_equal "$(ours)" 'qmpbox blockdev-mirror: note: the connection broke and has been made again'
	assert_regex "$output" '^job mirror-a: concluded \(mirror\)'
	same a b
}

@test "the connection breaks and nobody listens any more: status 5, and what is left" {
	start_fake --connections 1 <<-EOF
		negotiate
		expect query-jobs
		reply $RUNNING
		close
	EOF
	qb --json job-wait j
	assert_failure 5
	said '.kind == "protocol" and .left == ["job j (running)"] and (.message | contains(
		"the job j was running, and may go on: qmpbox job-wait j watches it then"))'
}

# -------------------------------------------------------------- the raw door

@test "raw door: blockdev-create is watched and dismissed; --detach leaves it; exec does neither" {
	image a 1M
	start_vm --machine none -- -blockdev "driver=file,node-name=f,filename=$T/a"
	options='{"driver":"qcow2","file":"f","size":4194304}'
	qb_ok blockdev-create job-id=c1 options:="$options"
	assert_equal "$(vm_ask query-jobs)" '[]'
	assert_equal "$(qemu-img info -U --output=json a | jq -r '.format, ."virtual-size"')" $'qcow2\n4194304'
	qb blockdev-create job-id=c2 options:='{"driver":"qcow2","file":"f","size":1}'
	assert_failure 7
	assert_regex "$stderr" '^qmpbox blockdev-create: the job c2 failed: .*512'
	assert_equal "$(vm_ask query-jobs)" '[]'
	qb_ok blockdev-create job-id=c3 options:="$options" --detach
	assert_equal "$stderr" 'qmpbox blockdev-create: note: the job c3 goes on by itself: qmpbox job-wait c3 watches it'
	wait_for 10 job_is c3 concluded
	qb_ok job-wait c3
	qb_ok exec blockdev-create job-id=c4 options:="$options"
	wait_for 10 job_is c4 concluded
	vm_ask job-dismiss '{"id":"c4"}'
	qb exec blockdev-create options:="$options"
	assert_failure 2
	assert_regex "$stderr" "job-id"
}

@test "raw door: drive-mirror gets an id, is completed, judged and dismissed" {
	blocks
	image target 8M
	qb_ok drive-mirror device=a target="$T/target" sync=full mode=existing format=raw
	same a target
	assert_equal "$(vm_ask query-jobs)" '[]'
	qb drive-backup device=a target="$T/nowhere/x" sync=full format=raw
	assert_failure 1
	assert_equal "$(vm_ask query-jobs)" '[]'
	qb_ok drive-backup device=a target="$T/backup" sync=full format=raw --dry-run
	assert_json '.message.arguments | ."job-id" == "drive-backup-a" and ."auto-dismiss" == false'
	assert [ ! -e backup ]
}

@test "raw door: SIGTERM cancels what it started" {
	blocks
	slow drive-backup-a drive-backup device=a target="$T/backup" sync=full format=raw
	kill -TERM "$QB_PID"
	finish
	assert_equal "$status" 143
	assert_regex "$stderr" 'the job drive-backup-a was cancelled: the target is incomplete'
	assert_equal "$(vm_ask query-jobs)" '[]'
}

@test "raw door: snapshot-save and snapshot-delete are watched" {
	image disk 8M qcow2
	start_vm --paused -- -device virtio-scsi-pci,id=scsi0 \
		-blockdev "driver=qcow2,node-name=d,file.driver=file,file.filename=$T/disk" -device scsi-hd,drive=d
	qb_ok snapshot-save job-id=s1 tag=first vmstate=d devices:='["d"]'
	assert_equal "$(vm_ask query-jobs)" '[]'
	assert_equal "$(vm_ask query-named-block-nodes | jq -c 'map(.image.snapshots // [] | map(.name)) | add')" '["first"]'
	qb snapshot-load job-id=s2 tag=none vmstate=d devices:='["d"]'
	assert_failure 7
	assert_regex "$stderr" "^qmpbox snapshot-load: the job s2 failed: .*none"
	qb_ok snapshot-delete job-id=s3 tag=first devices:='["d"]'
	assert_equal "$(vm_ask query-jobs)" '[]'
}

# -------------------------------------------------------------------- the cost

# round_trips: how often what was sent (-v) waited for an answer
round_trips() {
	awk '/^-> /{if (!asking) n++; asking = 1} /^<- .*"id":/{asking = 0} END{print n + 0}' <<<"$stderr"
}

@test "cost: round trips" {
	blocks
	qb_ok -q blockdev-backup a target=b sync=full # the schema is cached from here on
	qb_ok -v blockdev-backup a target=b sync=full
	# Whether the nodes may be asked for (below 10), the questions, the start, the state at first, when
	# it is pending, when concluded; the dismissal.
	assert [ "$(round_trips)" -le 7 ]
	vm_ask blockdev-backup '{"device":"a","target":"b","sync":"full","job-id":"j","auto-dismiss":false}'
	wait_for 10 job_is j concluded
	qb_ok -v job-wait j
	assert_equal "$(round_trips)" 2
}

@test "cost: a waiting job-wait asks seldom and takes next to no processor" {
	blocks
	qb_ok blockdev-backup a target=b sync=full speed=2097152 --detach
	TIMEFORMAT='%R %U %S'
	{ time "$QMPBOX" -s "$S" --log "$T/log" job-wait backup-a >"$T/out" 2>"$T/err" 3>&-; } 2>"$T/times"
	read -r real user system <"$T/times"
	# It lasts about 3 s: 1 % of that, and the start of the program.
	assert [ "$(awk -v r="$real" 'BEGIN{print (r > 2)}')" = 1 ]
	assert [ "$(awk -v u="$user" -v s="$system" -v r="$real" 'BEGIN{print (u + s < r / 100 + 0.02)}')" = 1 ]
	assert [ "$(grep -c -- '-> {"execute":"query-jobs"' log)" -le 4 ]
}

@test "cost: the end is reported within 50 ms of its event" {
	blocks --events
	best=1000000
	for round in 1 2 3 4 5; do
		qb_ok blockdev-backup a target=b sync=full speed=16777216 job-id="j$round" --detach
		run bash -c '"$@" >/dev/null && echo "$EPOCHREALTIME"' - "$QMPBOX" -s "$S" job-wait "j$round" 3>&-
		assert_success
		ended=${output/[.,]/}
		wait_event JOB_STATUS_CHANGE '.data.status == "concluded" and .data.id == "j'"$round"'"'
		event=$(jq -n --arg id "j$round" 'first(inputs | select(.event == "JOB_STATUS_CHANGE" and .data.id == $id and
			.data.status == "concluded")) | .timestamp | .seconds * 1000000 + .microseconds' <"$EVENTS")
		if ((ended - event < best)); then best=$((ended - event)); fi
		if ((best < 50000)); then break; fi
	done
	echo "best: $best us"
	assert [ "$best" -lt 50000 ]
}
