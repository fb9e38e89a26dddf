#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What people see of a reply, by its shape: tables, pairs, trees, text; sizes and times in their
# units. And that --json is what came.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# answers JSON: a server whose answer to x it is.
answers() { start_fake < <(printf '%s\n' negotiate "on x reply $1" serve); }

# shows JSON: x is asked twice, and what people see is stdin; with --json it is JSON, compact.
shows() {
	local expected
	expected=$(cat)
	answers "$1"
	qb exec x
	outcome 0 "$expected" ''
	answers "$1"
	qb --json exec x
	outcome 0 "$1" ''
}

# on_terminal COLUMNS ARG...: qmpbox with a terminal of that width as stdin, stdout and stderr.
on_terminal() {
	requires script stty
	run timeout 60 script -qec \
		"stty cols $1; $(printf '%q ' "$QMPBOX" -s "$S" "${@:2}")" /dev/null 3>&-
	assert_success
	output=${output//$'\r'/}
	mapfile -t lines <<<"$output"
}

# widest: the columns of the widest line of the output.
widest() { wc -L <<<"$output"; }

# ---------------------------------------------------------------- shapes

@test "a list of objects is a table" {
	shows '[{"name":"a","n":1,"on":true},{"name":"longer","n":22,"on":false}]' <<'END'
name    n   on
a       1   yes
longer  22  no
END
}

@test "a table has a column for each member that any of the objects has" {
	shows '[{"a":1},{"b":null},{"b":"","a":"x"}]' <<'END'
a  b
1
   -
x
END
}

@test "an object inside the objects of a list becomes columns" {
	shows '[{"props":{"core-id":0,"thread-id":1},"type":"t"},{"type":"u","props":{"core-id":1,"node-id":0}}]' <<'END'
props.core-id  props.thread-id  type  props.node-id
0              1                t
1                               u     0
END
}

@test "a short list inside the objects of a list is a cell" {
	shows '[{"id":"m0","host-nodes":[]},{"id":"m1","host-nodes":[0,1]},{"id":"m2","host-nodes":{}}]' <<'END'
id  host-nodes
m0  none
m1  0, 1
m2  none
END
}

@test "a list whose objects nest deeper is a tree" {
	shows '[{"bus":0,"devices":[{"slot":1,"regions":[]},{"slot":2,"regions":[{"bar":1}]}]},{"bus":1}]' <<'END'
[0]
├─ bus: 0
└─ devices
   ├─ [0]
   │  ├─ slot:    1
   │  └─ regions: none
   └─ [1]
      ├─ slot: 2
      └─ regions
         └─ [0]
            └─ bar: 1
[1]
└─ bus: 1
END
}

@test "a list whose objects have more than a dozen members is a tree" {
	answers "$(jq -cn '[range(2) | [range(13) | {key: "m\(.)", value: .}] | from_entries]')"
	qb exec x
	outcome 0 '~^\[0\]' ''
	assert_equal "${#lines[@]}" 28
	assert_equal "${lines[13]}" '└─ m12: 12'
	answers "$(jq -cn '[range(2) | [range(12) | {key: "m\(.)", value: .}] | from_entries]')"
	qb exec x
	outcome 0 '~^m0  m1' ''
	assert_equal "${#lines[@]}" 3
}

@test "an object is pairs" {
	shows '{"status":"running","singlestep":false,"x":null,"empty":"","n":-1,"list":[1,"a",true],"none":[]}' <<'END'
status:     running
singlestep: no
x:          -
empty:
n:          -1
list:       1, a, yes
none:       none
END
}

@test "an object that nests is a tree, the pairs first" {
	shows '{"qemu":{"micro":22,"minor":2,"major":7},"package":"Debian","deep":{"er":{"x":[[1],[],{"y":2}]},"z":1}}' <<'END'
package: Debian
qemu
├─ micro: 22
├─ minor: 2
└─ major: 7
deep
├─ z: 1
└─ er
   └─ x
      ├─ [0]
      │  └─ 1
      ├─ [1] none
      └─ [2]
         └─ y: 2
END
}

@test "a list of scalars is one a line" {
	shows '["a","b c",1,true,null]' <<'END'
a
b c
1
yes
-
END
}

@test "a long list inside an object is one a line" {
	answers "$(jq -cn '{id: 1, features: [range(20) | "feature-\(.)"]}')"
	qb exec x
	outcome 0 '~^id: 1' ''
	assert_equal "${#lines[@]}" 22
	assert_equal "${lines[1]}" features
	assert_equal "${lines[21]}" '└─ feature-19'
}

@test "a list that is no list of one kind of thing is a tree" {
	shows '[1,{"a":1},[2,3],{}]' <<'END'
1
[1]
└─ a: 1
[2]
├─ 2
└─ 3
[3] none
END
}

@test "nothing is nothing" {
	shows '{}' </dev/null
	shows '[]' </dev/null
}

@test "a scalar is itself" {
	shows '18446744073709551615' <<<18446744073709551615
	shows '1.50' <<<1.50
	shows 'true' <<<yes
	shows '"text"' <<<text
}

@test "a thousand levels are not a thousand columns" {
	answers "$(printf '%.0s{"a":' {1..900})1$(printf '%.0s}' {1..900})"
	qb exec x
	outcome 0 '~^a' ''
	assert_equal "${#lines[@]}" 66
	assert_regex "${lines[65]}" '─ \{"a":\{"a":'
}

# ---------------------------------------------------------------- sizes and times

@test "sizes are read in powers of 1024" {
	shows '{"base-memory":134217728,"size":1536,"virtual-size":1140850688,"rd_bytes":512,"actual-size":0,"cluster-size":65536}' <<'END'
base-memory:  128 MiB
size:         1.5 KiB
virtual-size: 1088 MiB
rd_bytes:     512 B
actual-size:  0 B
cluster-size: 64 KiB
END
}

@test "what counts no bytes keeps its digits" {
	shows '{"id":65536,"count":65536,"port":5900,"offset":1048576,"thread-id":4096,"iops":1024,"bar":1048576,"total-progress":1048576,"size":"64"}' <<'END'
id:             65536
count:          65536
port:           5900
offset:         1048576
thread-id:      4096
iops:           1024
bar:            1048576
total-progress: 1048576
size:           64
END
}

@test "the largest integers are exact, and no size" {
	shows '{"size":18446744073709551615,"max-bandwidth":18446744073709551615,"address":-1,"n":9007199254740993,"other-size":-1,"half-size":1.5}' <<'END'
size:          18446744073709551615
max-bandwidth: 18446744073709551615
address:       -1
n:             9007199254740993
other-size:    -1
half-size:     1.5
END
}

@test "times are read in the unit that fits" {
	shows '{"wr_total_time_ns":1500000000,"poll-max-ns":32768,"downtime":250,"total-time":7380000,"expected-downtime":300,"setup-time":0,"vm-clock-sec":65,"vm-clock-nsec":250000000,"date-sec":1700000000}' <<'END'
wr_total_time_ns:  1.5 s
poll-max-ns:       32.8 us
downtime:          250 ms
total-time:        2 h 3 min
expected-downtime: 300 ms
setup-time:        0 s
vm-clock-sec:      1 min 5 s
vm-clock-nsec:     250 ms
date-sec:          2023-11-14 22:13:20 UTC
END
}

@test "rates, and a rate of 0, which is the limit that is not set" {
	shows '{"max-bandwidth":134217728,"bps":0,"bps_rd":1000000,"max-postcopy-bandwidth":0}' <<'END'
max-bandwidth:          128 MiB/s
bps:                    0
bps_rd:                 977 KiB/s
max-postcopy-bandwidth: 0
END
}

@test "some members are sizes in the company of others only" {
	shows '[{"count":65536,"granularity":65536,"name":"bitmap"},{"count":2}]' <<'END'
count   granularity  name
64 KiB  64 KiB       bitmap
2
END
	shows '{"ram":{"transferred":2048,"total":4096,"normal":1024},"total":4096}' <<'END'
total: 4096
ram
├─ transferred: 2 KiB
├─ total:       4 KiB
└─ normal:      1024
END
}

@test "a real VM: its memory, its devices, its status" {
	start_vm --machine q35 --paused --no-ports -- -object memory-backend-ram,id=mb0,size=16M
	qb exec query-memory-size-summary
	outcome 0 '~^base-memory: +64 MiB' ''
	qb exec query-memdev
	outcome 0 '~ 16 MiB +.* mb0' ''
	qb exec query-status
	outcome 0 '~(^|.)status: +prelaunch' ''
	qb exec query-hotpluggable-cpus
	outcome 0 '~props\.core-id' ''
	qb exec migrate-set-parameters max-bandwidth:=-1
	qb exec query-migrate-parameters
	outcome 0 '~max-bandwidth: +18446744073709551615' ''
	assert_regex "$output" 'downtime-limit: +300 ms'
	assert_regex "$output" 'xbzrle-cache-size: +64 MiB'
	qb --json exec query-migrate-parameters
	assert_regex "$output" '"max-bandwidth":18446744073709551615'
	assert_regex "$output" '"xbzrle-cache-size":67108864'
}

# ---------------------------------------------------------------- what came is hostile

@test "names and values are escaped in every shape" {
	local hostile='a\u001b[31m\n\u009b\u202e' json
	for json in '["H"]' '[{"H":"H"}]' '{"H":"H"}' '{"H":["H"]}' '{"H":{"H":"H"}}' '[{"H":{"H":"H"}}]' \
		'[{"H":[{"H":"H"}]}]' '[["H"]]' '{"H":[["H"],{"H":["H"]}]}'; do
		answers "${json//H/$hostile}"
		qb exec x
		outcome 0 '~a\\x1B\[31m\\n' ''
		refute_regex "$output" $'[\x01-\x09\x0b-\x1f\x7f]'
		refute_regex "$output" $'\xc2\x9b|\u202e'
	done
}

@test "what is too deep for a tree is escaped, too" {
	answers "$(printf '%.0s{"a":' {1..80})\"\\u001b[31m\\u202e\"$(printf '%.0s}' {1..80})"
	qb exec x
	outcome 0 '~─ \{"a":' ''
	refute_regex "$output" $'[\x01-\x09\x0b-\x1f\x7f]'
	refute_regex "$output" $'\u202e'
}

@test "wide characters keep the columns" {
	shows '[{"a":"äöü","b":1},{"a":"漢字","b":2},{"a":"x","b":3}]' <<'END'
a     b
äöü   1
漢字  2
x     3
END
	shows '{"ä":1,"漢字":2,"abcde":3}' <<'END'
ä:     1
漢字:  2
abcde: 3
END
}

@test "a very long name does not push all values aside" {
	local name
	name=$(printf '%.0sn' {1..500})
	shows "{\"$name\":1,\"a\":2,\"bcd\":3}" <<-END
	$name: 1
	a:   2
	bcd: 3
	END
}

@test "a long list of objects takes no time" {
	start_fake <<'END'
negotiate
expect query-x
send {"id": 2, "return": [0
repeat 20000 ,{"id":1,"list":[{"a":1}]}
line ]}
END
	timeout 30 "$QMPBOX" -s "$S" exec query-x >"$T/out"
	assert_equal "$(wc -l <"$T/out")" 100001
	assert_equal "$(tail -n 1 "$T/out")" '      └─ a: 1'
	fake_done
}

# ---------------------------------------------------------------- the terminal

@test "a wide table is cut to the terminal, and whole in a pipe" {
	local long
	long=$(printf '%.0sx' {1..100})
	answers "[{\"id\":\"d0\",\"filename\":\"$long\",\"size\":65536}]"
	on_terminal 40 exec x
	assert_equal "$(widest)" 40
	assert_line --partial '…'
	assert_line --regexp '^d0  x+…  64 KiB$'
	answers "[{\"id\":\"d0\",\"filename\":\"$long\",\"size\":65536}]"
	qb exec x
	outcome 0 "~$long" ''
}

@test "a table of too many columns for the terminal is a tree" {
	local json='[{"column-1":1,"column-2":2,"column-3":3,"column-4":4,"column-5":5,"f":6}]'
	answers "$json"
	on_terminal 40 exec x
	assert_line '├─ column-1: 1'
	answers "$json"
	on_terminal 41 exec x
	assert_line 'colum…  colum…  colum…  colum…  colum…  f'
	answers "$json"
	on_terminal 80 exec x
	assert_line 'column-1  column-2  column-3  column-4  column-5  f'
}

@test "a value that stands alone is not cut" {
	local long
	long=$(printf '%.0sx' {1..100})
	answers "{\"filename\":\"$long\",\"deep\":{\"filename\":{\"a\":\"$long\"}}}"
	on_terminal 40 exec x
	assert_line "filename: $long"
	assert_line "   └─ a: $long"
}

@test "where the locale is not UTF-8 a tree is drawn in ASCII" {
	answers '{"a":{"b":{"c":1},"d":2}}'
	run --separate-stderr env LC_ALL=C timeout 60 "$QMPBOX" -s "$S" exec x 3>&-
	outcome 0 $'a\n|- d: 2\n`- b\n   `- c: 1' ''
}
