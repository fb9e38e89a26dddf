# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Images with patterns in them, and what a disk's guest would do with them: for the tests of
# snapshots and block jobs, which load this after helpers.

# patterned FILE PATTERN OFFSET LENGTH [FORMAT]: writes it into an image that nobody has open
patterned() { qemu-io -f "${5:-raw}" -c "write -q -P $2 $3 $4" "$1"; }

# start_scsi [QEMU-ARG...]: a VM whose disks come and go at once
start_scsi() { start_vm -- -device virtio-scsi-pci,id=scsi0 "$@"; }

# guest_io ID COMMAND: qemu-io's COMMAND as if the guest did it, through the device ID, and a flush
guest_io() {
	local command line
	for command in "$2" flush; do
		line=$(jq -cn --arg l "qemu-io -d $1 \"$command\"" '{"command-line": $l}')
		assert_equal "$command: $(vm_ask human-monitor-command "$line")" "$command: \"\""
	done
}

# backing FILE: the backing file and its format in the header
backing() { qemu-img info -U --output=json "$1" | jq -r '"\(."backing-filename") \(."backing-filename-format")"'; }

# holds FILE FORMAT COMMAND...: do qemu-io's reads find their patterns in the image?
holds() {
	local file=$1 format=$2 list=() command
	shift 2
	for command; do list+=(-c "$command"); done
	run qemu-io -r -U -f "$format" "${list[@]}" "$file"
	assert_success
	refute_output --partial 'verification failed'
}

# visible: the files here that bats did not make
visible() { find . -mindepth 1 -maxdepth 1 ! -name 'separate-stderr-*' ! -name cache | sort; }

# changes LOG: the commands in a transcript that are no questions
changes() {
	grep -o -- '-> {"execute":"[^"]*"' "$1" 2>/dev/null | cut -d'"' -f4 |
		grep -vE '^(qmp_capabilities$|query-|x-debug-query-|qom-list|qom-get)' || :
}

# refused STATUS REGEX ARG...: status and one line that matches, after notes at most; nothing
# printed, changed or made, and nothing but questions sent
refused() {
	local want=$1 regex=$2 before files line
	shift 2
	before=$(vm_state)
	files=$(visible)
	rm -f "$T/sent"
	qb --log "$T/sent" "$@"
	assert_equal "$* -> $status" "$* -> $want"
	assert_equal "$output" ''
	# shellcheck disable=SC2154 # run sets it
	line=$(grep -v "^qmpbox $1: note: " <<<"$stderr")
	assert_regex "$line" "^qmpbox $1: .*${regex}"
	refute_regex "$line" $'\n'
	assert_equal "$(changes "$T/sent")" ''
	rm -f "$T/sent"
	assert_equal "$(visible)" "$files"
	assert_equal "$(vm_state)" "$before"
}

# said FILTER [JQ-OPTION...]: is jq's filter true of the last error document on stderr?
said() { output=$(grep '"error"' <<<"$stderr" | tail -n 1) assert_json "${@:2}" ".error | $1"; }

job_is() { vm_ask query-jobs | jq -e --arg id "$1" --arg s "$2" 'any(.[]; .id == $id and .status == $s)'; }
no_jobs() { [[ $(vm_ask query-jobs) == '[]' ]]; }

# small_disk FOLDER: a file system of 10 MiB there, until the test ends; skips where that cannot be
small_disk() {
	((EUID == 0)) || skip 'needs root, to mount a tmpfs'
	mkdir "$1"
	mount -t tmpfs -o size=10m none "$1" 2>/dev/null || skip 'no tmpfs can be mounted here'
	defer umount -l "$1"
}
