#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# blockdev-backup --quiesce: the guest's file systems are frozen before the backup begins, and
# thawed whatever happens. The VM is a real one; its agent is played by a script, since a real one
# would freeze this machine.
#
# shellcheck disable=SC2154 # run sets status, output, stderr, stderr_lines

load helpers
load images

setup() {
	qmpbox_setup
	cd "$T" || return 1
	requires qemu-img qemu-io
	A=$T/agent
	LEFT='the frozen file systems of the guest'
}
teardown() { qmpbox_teardown; }

# blocks: a VM with the nodes a and b
blocks() {
	local name nodes=()
	image a 8M
	patterned a 0x11 0 8M
	image b 8M
	for name in a b; do nodes+=(-blockdev "driver=raw,node-name=$name,file.driver=file,file.filename=$T/$name"); done
	start_vm --machine none -- "${nodes[@]}"
	before=$(vm_state)
}

# agent: plays the scenario on stdin, after the synchronisation
agent() { fake_at "$A" < <(echo sync && cat); }

# backup ARG...: backs up a, quiesced
backup() { qb blockdev-backup a target=b sync=full --quiesce "$A" "$@"; }

# told: the commands that the agent got, in order
told() { sed -n 's/^< .*"execute":"\([^"]*\)".*/\1/p' "$FAKE_LOG" | grep -v sync | tr '\n' ' '; }

# agent_got COMMAND [N]: has it come, N times?
agent_got() { (($(grep -c "\"execute\":\"$1\"" "$FAKE_LOG") >= ${2:-1})); }

@test "frozen, started, thawed, in this order; the thaw does not wait for the end; the time is noted" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		reply 2
		expect guest-fsfreeze-thaw
		reply 2
		expect-eof
	EOF
	background -v blockdev-backup a target=b sync=full speed=1048576 --quiesce "$A"
	wait_for 10 grep -q 'were frozen for' "$QB_ERR"
	job_is backup-a running
	vm_ask block-job-set-speed '{"device":"backup-a","speed":0}'
	finish
	fake_done
	assert_equal "$status" 0
	assert_regex "$output" '^job backup-a: concluded \(backup\)$'
	assert_regex "$stderr" "qmpbox blockdev-backup: note: the guest's file systems were frozen for 0\.[0-9]{3} s"
	order=$(grep -o -- '-> {"execute":"[^"]*"' <<<"$stderr" | cut -d'"' -f4 |
		grep -E '^(guest-fsfreeze-.*|blockdev-backup|job-dismiss)$' | tr '\n' ' ')
	assert_equal "$order" 'guest-fsfreeze-freeze blockdev-backup guest-fsfreeze-thaw job-dismiss '
	assert_equal "$(vm_state)" "$before"
	run -0 qemu-img compare -U -f raw -F raw a b
}

@test "two disks: one transaction while they are frozen" {
	blocks
	for name in c d; do
		image "$name" 8M
		vm_ask blockdev-add '{"driver":"raw","node-name":"'"$name"'","file":{"driver":"file","filename":"'"$T/$name"'"}}'
	done
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		reply 1
		expect guest-fsfreeze-thaw
		reply 1
		expect-eof
	EOF
	qb_ok -v blockdev-backup sync=full a target=b c target=d --quiesce "$A"
	fake_done
	order=$(grep -o -- '-> {"execute":"[^"]*"' <<<"$stderr" | cut -d'"' -f4 |
		grep -E '^(guest-fsfreeze-.*|transaction)$' | tr '\n' ' ')
	assert_equal "$order" 'guest-fsfreeze-freeze transaction guest-fsfreeze-thaw '
}

@test "bad words: the agent is told nothing" {
	blocks
	agent <<-'EOF'
		expect-eof
	EOF
	qb blockdev-backup a target=nowhere sync=full --quiesce "$A"
	assert_failure 2
	assert_equal "$(told)" ''
}

@test "no agent there: status 3, and nothing was begun" {
	blocks
	backup
	assert_failure 3
	assert_equal "$output" ''
	assert_equal "$(vm_state)" "$before"
}

@test "the agent refuses to freeze: status 1, nothing was begun" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		error GenericError Command guest-fsfreeze-freeze has been disabled
		expect-eof
	EOF
	backup
	fake_done
	assert_failure 1
	assert_equal "$output" ''
	assert_regex "$stderr" '^qmpbox blockdev-backup: guest-fsfreeze-freeze: Command guest-fsfreeze-freeze has been disabled'
	assert_equal "$(vm_state)" "$before"
}

@test "the start is refused: thawed at once" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		reply 2
		expect guest-fsfreeze-thaw
		reply 2
		expect-eof
	EOF
	qb --json blockdev-backup a target=b sync=bitmap bitmap=none bitmap-mode=never --quiesce "$A"
	fake_done
	assert_failure 1
	said '.kind == "refused" and .undone == ["'"$LEFT"'"] and (has("left") | not)'
	assert_equal "$(vm_state)" "$before"
}

@test "the start is refused and the first thaw too: it is tried again" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		reply 2
		expect guest-fsfreeze-thaw
		error GenericError not yet
		expect guest-fsfreeze-thaw
		reply 2
		expect-eof
	EOF
	qb --json blockdev-backup a target=b sync=bitmap bitmap=none bitmap-mode=never --quiesce "$A"
	fake_done
	assert_failure 1
	said '.kind == "refused" and .undone == ["'"$LEFT"'"] and (has("left") | not)'
}

@test "the agent's connection breaks at the freeze: thawed on a new one" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		close
		connection 2
		sync
		on guest-fsfreeze-status reply "frozen"
		on guest-fsfreeze-thaw reply 2
		serve
	EOF
	backup --json
	assert_failure 5
	said '.kind == "protocol" and .undone == ["'"$LEFT"'"]'
	agent_got guest-fsfreeze-thaw
	assert_equal "$(vm_state)" "$before"
}

@test "the VM's connection breaks at the start, before it and after it: thawed, and no job is left" {
	blocks
	for fate in --cut --cut-before --refuse; do
		A=$T/agent$fate
		agent <<-'EOF'
			expect guest-fsfreeze-freeze
			reply 2
			expect guest-fsfreeze-thaw
			reply 2
			expect-eof
		EOF
		start_proxy "$fate" 1 --match blockdev-backup
		backup --json speed=1048576
		fake_done
		assert_failure "$([[ $fate == --refuse ]] && echo 1 || echo 5)"
		said '.undone[0] == "'"$LEFT"'" and (has("left") | not)'
		if [[ $fate == --cut ]]; then said '.undone | index("job backup-a")'; fi
		assert_equal "$(vm_state)" "$before"
	done
}

@test "SIGTERM while they are being frozen: thawed, status 143" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		save freeze
		expect-any
		save next
		reply-to freeze 2
		reply-to next "frozen"
		on guest-fsfreeze-thaw reply 2
		serve
	EOF
	background --json blockdev-backup a target=b sync=full --quiesce "$A"
	wait_for 10 agent_got guest-fsfreeze-freeze
	kill -TERM "$QB_PID"
	finish
	assert_equal "$status" 143
	said '.undone == ["'"$LEFT"'"]'
	agent_got guest-fsfreeze-thaw
	assert_equal "$(vm_state)" "$before"
}

@test "the freezing takes too long: thawed, status 4" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		save freeze
		expect-any
		save next
		reply-to freeze 2
		reply-to next "frozen"
		on guest-fsfreeze-thaw reply 2
		serve
	EOF
	backup --json --reply-timeout 0.5
	assert_failure 4
	said '.kind == "timeout" and .undone == ["'"$LEFT"'"]'
	agent_got guest-fsfreeze-thaw
	assert_equal "$(vm_state)" "$before"
}

@test "the agent answers nothing any more: the thaw is sent all the same, and what is left is said" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		hang
	EOF
	backup --json --reply-timeout 0.5
	assert_failure 4
	said '.kind == "timeout" and (.left | any(startswith("'"$LEFT"'")))'
	# Whoever reads late finds it.
	grep -q 'guest-fsfreeze-thaw' "$FAKE_LOG"
	assert_equal "$(vm_state)" "$before"
}

@test "the thaw fails three times: loud, left, status not 0, and the backup goes on" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		reply 2
		loop 3
		expect guest-fsfreeze-thaw
		error GenericError cannot thaw
		end
		expect-eof
	EOF
	backup --json speed=1048576
	fake_done
	assert_failure 1
	assert_equal "$output" ''
	said '(.left | index("'"$LEFT"'")) and (.left | any(startswith("job backup-a"))) and (.message |
		contains("could not be thawed") and contains("cannot thaw") and contains("--qga guest-fsfreeze-thaw thaws them") and
		contains("the backup goes on"))'
	job_is backup-a running
	vm_ask block-job-set-speed '{"device":"backup-a","speed":0}'
	qb_ok job-wait backup-a
	run -0 qemu-img compare -U -f raw -F raw a b
}

@test "the agent's connection breaks at the thaw: thawed on a new one, and the backup is watched on" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		reply 2
		expect guest-fsfreeze-thaw
		close
		connection 2
		sync
		expect guest-fsfreeze-thaw
		reply 2
		expect-eof
	EOF
	backup
	fake_done
	assert_success
	assert_output 'job backup-a: concluded (backup)'
	assert_equal "$(vm_state)" "$before"
}

@test "SIGTERM at the thaw: thawed all the same, then the backup is cancelled" {
	blocks
	agent <<-'EOF'
		expect guest-fsfreeze-freeze
		reply 2
		expect guest-fsfreeze-thaw
		delay 500
		may-close
		reply 2
		on guest-fsfreeze-thaw reply 0
		serve
	EOF
	background --json blockdev-backup a target=b sync=full speed=1048576 --quiesce "$A"
	wait_for 10 agent_got guest-fsfreeze-thaw
	kill -TERM "$QB_PID"
	finish
	assert_equal "$status" 143
	said '.undone == ["job backup-a"] and (has("left") | not)'
	agent_got guest-fsfreeze-thaw 2
	assert_equal "$(vm_state)" "$before"
}

@test "--dry-run: freeze, backup, thaw as lines, and nobody is told" {
	blocks
	agent <<-'EOF'
		expect-eof
	EOF
	qb_ok blockdev-backup a target=b sync=full --quiesce "$A" --dry-run
	assert_json -s 'map(.message.execute) == ["guest-fsfreeze-freeze", "blockdev-backup", "guest-fsfreeze-thaw"] and
		.[0].inverse.execute == "guest-fsfreeze-thaw"'
	assert_equal "$(told)" ''
}
