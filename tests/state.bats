#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# status, pause, resume and info on real VMs.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# running STATUS: does the VM say so, asked without qmpbox?
running() { [[ $(vm_ask query-status | jq -r .status) == "$1" ]]; }

# migrated: has the migration completed?
migrated() { [[ $(vm_ask query-migrate | jq -r .status) == completed ]]; }

# migrate_away: the VM is in postmigrate then.
migrate_away() {
	vm_ask migrate '{"uri": "exec:cat >/dev/null"}'
	wait_for 20 migrated
	wait_for 5 running postmigrate
}

@test "status is QEMU's own word, and with --json the return of query-status" {
	start_vm --machine none --paused
	qb status
	outcome 0 prelaunch ''
	qb --json status
	outcome 0 "$(vm_ask query-status)" ''
	vm_ask cont
	qb status
	outcome 0 running ''
}

@test "pause and resume on q35" {
	start_vm --machine q35
	qb pause
	outcome 0 paused ''
	running paused
	qb --json pause # again: no error
	outcome 0 '~^\{' ''
	assert_json '.status == "paused" and .running == false'
	qb resume
	outcome 0 running ''
	running running
	qb resume
	outcome 0 running ''
}

@test "pause and resume on pc, by QMP's names" {
	start_vm --machine pc
	qb stop
	outcome 0 paused ''
	running paused
	qb --json cont
	outcome 0 '~"running": ?true' ''
	running running
}

@test "a VM that was never started is resumed" {
	start_vm --machine pc --paused
	qb status
	outcome 0 prelaunch ''
	qb resume
	outcome 0 running ''
	running running
}

@test "resume in postmigrate is refused, and --force does it" {
	start_vm --machine pc --paused
	migrate_away
	qb --json resume
	outcome 1 '' '~^\{"error":\{"kind":"refused"'
	running postmigrate
	qb cont
	outcome 1 '' '~^qmpbox resume: .*migrated away.*--force'
	running postmigrate
	qb resume --force
	outcome 0 running ''
	running running
}

@test "resume in inmigrate says that it runs later" {
	start_vm --machine pc -- -incoming defer
	qb resume
	outcome 0 inmigrate '~^qmpbox resume: note: .*incoming migration'
	qb --json resume
	outcome 0 '~"inmigrate"' '~^\{"note":'
	qb -q resume
	outcome 0 inmigrate ''
}

@test "info on a VM" {
	start_vm --machine q35 --paused
	qb --json info
	outcome 0 '~^\{.*\}$' ''
	assert_json --arg version "$(vm_ask query-version | jq -r '.qemu | "\(.major).\(.minor).\(.micro)"')" \
		--arg package "$(vm_ask query-version | jq -r .package)" \
		--argjson commands "$(vm_ask query-commands | jq length)" --arg address "$S" \
		'.version == $version and .package == $package and .name == "test-vm" and
		.status == "prelaunch" and .commands == $commands and .address == $address and
		.capabilities == ["oob"]'
	qb info
	outcome 0 '~name: +test-vm' ''
	assert_regex "$output" 'status: +prelaunch'
	assert_regex "$output" 'version: +[0-9]+\.[0-9]+\.[0-9]+'
}

@test "info --has: 0 for yes, 10 for no" {
	start_vm --machine none
	qb info --has query-status
	outcome 0 'query-status: yes' ''
	qb --json info --has query-status nope blockdev-add nope
	outcome 10 '{"query-status":true,"nope":false,"blockdev-add":true}' '~^\{"error":\{"kind":"no"'
	qb info --has nope
	outcome 10 'nope: no' '~^qmpbox info: .*nope'
}
