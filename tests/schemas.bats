#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What QEMUs were recorded to say about themselves, and what is made of it.

load helpers

setup() {
	qmpbox_setup
	requires jq xz
	schemas=$top_srcdir/tests/schemas
}
teardown() { qmpbox_teardown; }

# shaped FILE FILTER: is FILTER true of that compressed document?
shaped() { xz -dc "$1" | jq -e "$2" >/dev/null || fail "${1##*/}: not so: $2"; }

@test "the table of known names is the one that the recordings make" {
	"$schemas/known" | diff "$top_srcdir/src/qmp/known.inc" -
}

@test "every recording is there and whole" {
	local version file
	for version in 5.2 7.2 10.0 11.1 qsd-7.2; do
		file=$schemas/$version
		jq -e --arg version "${version#qsd-}" \
			'.QMP.version.qemu | "\(.major).\(.minor)" == $version' "$file.greeting.json"
		shaped "$file.schema.json.xz" \
			'length > 300 and all(has("name") and has("meta-type")) and any(.name == "blockdev-add")'
		[[ $version != qsd-* ]] || continue
		shaped "$file.devices.json.xz" \
			'length == 15 and ."virtio-net-pci" and all(type == "array" and all(has("name") and has("type")))'
		shaped "$file.objects.json.xz" \
			'length == 10 and .secret and all(type == "array" and all(has("name") and has("type")))'
	done
}

@test "every recording is in the release" {
	local file
	for file in "$schemas"/*; do
		grep -q "/schemas/${file##*/}\b" "$top_srcdir/tests/local.mk" || fail "${file##*/} is not"
	done
}

@test "record: what a running QEMU answers, byte for byte" {
	start_vm --machine none
	mkdir "$T/out"
	run --separate-stderr "$schemas/record" "$S" now "$T/out"
	outcome 0 "~^now: $(vm_ask query-commands | jq length) commands, [0-9]+ events, " ''
	qb --json exec query-qmp-schema
	xz -dc "$T/out/now.schema.json.xz" | jq -ce . | diff - <(jq -ce . <<<"$output")
	xz -dc "$T/out/now.devices.json.xz" | jq -ce '.nvme | sort_by(.name)' |
		diff - <(vm_ask device-list-properties '{"typename": "nvme"}' | jq -c 'sort_by(.name)')
	xz -dc "$T/out/now.objects.json.xz" | jq -ce '."rng-random" | sort_by(.name)' |
		diff - <(vm_ask qom-list-properties '{"typename": "rng-random"}' | jq -c 'sort_by(.name)')
	jq -e '.QMP.capabilities' "$T/out/now.greeting.json"
	# The largest integers are not rounded.
	xz -dc "$T/out/now.devices.json.xz" | grep -q '18446744073709551615'
}

@test "record: of a storage daemon there is no more than it has" {
	start_qsd
	run --separate-stderr "$schemas/record" "$S" now "$T"
	outcome 0 '~^now: [0-9]+ commands' ''
	shaped "$T/now.schema.json.xz" 'any(.name == "blockdev-add")'
	[[ -s $T/now.greeting.json && ! -e $T/now.devices.json.xz && ! -e $T/now.objects.json.xz ]]
}

@test "record: nobody at the socket, and one that says no schema, are errors" {
	run --separate-stderr "$schemas/record" "$T/nothing" now "$T"
	outcome 1 '' '~record: no schema came from '
	start_fake <<'END'
negotiate
expect query-qmp-schema
error GenericError no
expect-eof
END
	run --separate-stderr "$schemas/record" "$S" now "$T"
	outcome 1 '' '~record: no schema came from .* 3 lines'
	[[ ! -e $T/now.schema.json.xz ]]
}
