#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The raw command: words to JSON, descriptors, out-of-band, and exec -.

load helpers

setup() { qmpbox_setup; }
teardown() { qmpbox_teardown; }

# takes ARGUMENTS WORD...: exec x WORD... sends exactly these arguments.
takes() {
	start_fake < <(printf '%s\n' negotiate \
		"expect-exact {\"execute\":\"x\",\"arguments\":${1//\\/\\\\},\"id\":\$id}" \
		'reply {}' expect-eof)
	qb exec x "${@:2}"
	outcome 0 '' ''
	fake_done
}

# refuses STDERR WORD...: exec x WORD... is refused with nobody even connected to.
refuses() {
	S=$T/nothing
	qb exec x "${@:2}"
	outcome 2 '' "~^qmpbox exec: $1"
	refute_regex "$stderr" $'\n'
}

# serves [LINE]...: a fake that answers everything, after these lines.
serves() { start_fake < <(printf '%s\n' negotiate "$@" serve); }

# asked_only [VERSION]: a fake that is asked about its schema at most.
asked_only() { start_fake < <(printf '%s\n' "negotiate ${1-7.2.22}" expect-eof); }

# ----------------------------------------------------------------------- words

@test "values are strings, split at the first =" {
	takes '{"a":"1","b":"true","c":"","d":"=x=","e":"-1"}' a=1 b=true c= d==x= e=-1
}

@test ":= gives JSON as it is" {
	takes '{"a":1,"b":true,"c":null,"d":[1,{"e":"f"}],"g":"@x","h":1.50}' \
		a:=1 b:=true c:=null 'd:= [1, {"e": "f"}]' 'g:="@x"' h:=1.50
}

@test "dots nest, numbers index lists, a repeated key extends a list" {
	takes '{"file":{"driver":"file","cache":{"direct":true}}}' \
		file.driver=file file.cache.direct:=true
	takes '{"server":[{"host":"a","port":"1"},{"host":"b"}]}' \
		server.0.host=a server.0.port=1 server.1.host=b
	takes '{"a":["1","2",3]}' 'a:=["1"]' a=2 a:=3
}

@test "special characters arrive as they were typed" {
	takes '{"a":"ä€😀 \"\\/","b":"x\ny\t\u001b"}' 'a=ä€😀 "\/' $'b=x\ny\t\e'
}

@test "=@FILE is the contents of a file, =@- of standard input" {
	printf 'two\nlines\n' >"$T/file"
	takes '{"a":"two\nlines\n","b":"two\nlines\n"}' "a=@$T/file" b=@- <"$T/file"
	cd "$T" || return 1
	cp file fd:x
	takes '{"a":"two\nlines\n"}' a=@./fd:x
}

@test "one JSON object, from the command line or standard input" {
	takes '{"a":1,"b":[]}' '{"a": 1, "b": []}'
	echo '{"a": 1}' >"$T/in"
	takes '{"a":1}' - <"$T/in"
}

@test "no arguments, or an empty object, are sent as none" {
	start_fake <<'EOF'
negotiate
expect-exact {"execute":"x","id":$id}
reply {}
expect-eof
EOF
	qb exec x
	outcome 0 '' ''
	fake_done
}

@test "after -- everything is an argument" {
	takes '{"-a":"1","--json":"2"}' -- -a=1 --json=2
}

@test "options may stand between the words" {
	start_fake <<'EOF'
negotiate
expect-exact {"execute":"x","arguments":{"a":"1","b":"2"},"id":$id}
reply {"v": 1}
expect-eof
EOF
	qb exec --json x a=1 -q b=2
	outcome 0 '{"v":1}' ''
	fake_done
}

@test "wrong words are refused before connecting" {
	refuses 'x: .*KEY=VALUE' =1
	refuses 'x: a: ' a:=
	refuses 'x: a: ' 'a:={"b":'
	refuses 'x: a: ' 'a:=1 2'
	refuses 'x: a: ' "a:='b'"
	refuses 'x: a: ' 'a:={"b":1,"b":2}'
	refuses 'x: a: ' a:=18446744073709551616
	refuses 'x: a: ' a:=-9223372036854775809
	refuses 'x: a: ' a:=1e400
	refuses 'x: a: ' a:=inf
	refuses 'x: a: ' a:=NaN
	refuses 'x: a: ' $'a=\xff\xfe'
	refuses 'x: a: ' $'a:="\xff"'
	refuses 'x: ' $'a\xff=1'
	refuses 'x: .*no .*object' - < <(echo '[1]')
	refuses 'x: ' - < <(echo '{"a":1} {}')
	refuses 'x: ' '{"a":1'
	refuses 'x: ' - </dev/null
}

@test "words that do not go together are refused, and only the schema is asked for" {
	local words
	while read -r -a words; do
		asked_only
		qb exec x "${words[@]}"
		outcome 2 '' '~^qmpbox exec: x: '
		fake_done
	done <<-'EOF'
		noequals
		a=1 {"b":2}
		{"b":2} a=1
		a=1 a=2
		a=1 a.b=2
		a.b=2 a=1
		a.5=1
		a..b=1
		.a=1
	EOF
}

@test "a file that cannot be read is status 8, nothing sent" {
	S=$T/nothing
	qb exec x "a=@$T/none"
	outcome 8 '' '~^qmpbox exec: x: .*none'
	qb exec x "a=@$T"
	outcome 8 '' '~^qmpbox exec: x: '
}

@test "a file that is not UTF-8 is refused" {
	printf 'a\xffb' >"$T/file"
	refuses 'x: a: ' "a=@$T/file"
}

# --------------------------------------------------------------------- answers

@test "a return is shown for people, and with --json as it came" {
	start_vm --machine none
	qb exec query-status
	outcome 0 '~status: +running' ''
	qb --json exec query-name
	outcome 0 '{"name":"test-vm"}' ''
}

@test "an error that QEMU answers is status 1 with its class" {
	start_vm --machine none
	qb exec device_del id=nope
	outcome 1 '' "~^qmpbox exec: device_del: Device 'nope' not found \(DeviceNotFound\)$"
	qb --json exec device_del id=nope
	outcome 1 '' '~^\{"error":'
	output=$stderr
	assert_json '.error | .kind == "refused" and .class == "DeviceNotFound" and
		.desc == "Device '"'nope'"' not found" and .command == "device_del"'
}

@test "a command that QEMU does not have is status 6" {
	start_vm --machine none
	qb --json exec qom-list-get
	outcome 6 '' '~^\{"error":'
	output=$stderr
	assert_json '.error | .kind == "unsupported" and (.message | test("has no command .qom-list-get."))'
	# a server without a schema says it itself
	start_fake <<'EOF'
negotiate
expect nope
error CommandNotFound The command nope has not been found
expect-eof
EOF
	qb --json exec nope
	outcome 6 '' '~^\{"error":'
	output=$stderr
	assert_json '.error | .kind == "unsupported" and .class == "CommandNotFound" and .command == "nope"'
	fake_done
}

@test "a name that no QEMU knows is status 2, with the nearest one" {
	start_vm --machine none
	qb exec query-statsu
	outcome 2 '' "~^qmpbox exec: there is no command 'query-statsu'; did you mean 'query-stat"
}

@test "a member that QEMU does not know is status 2" {
	start_vm --machine none
	qb exec query-status a=1
	outcome 2 '' "~^qmpbox exec: query-status: no member 'a'; there are none"
}

@test "exec NAME is always the raw command, nothing added" {
	start_fake <<'EOF'
negotiate
expect-exact {"execute":"cont","id":$id}
reply {}
expect-eof
EOF
	qb exec cont
	outcome 0 '' ''
	fake_done
}

# ----------------------------------------------------------------- descriptors

@test "a descriptor that no value names rides on the command" {
	echo hello >"$T/file"
	start_fake <<EOF
negotiate
expect-exact {"execute":"getfd","arguments":{"fdname":"x"},"id":\$id}
expect-fd rw =$T/file
reply {}
expect-eof
EOF
	qb exec getfd fdname=x --open "x=$T/file"
	outcome 0 '' ''
	fake_done
}

@test "--open with ro, wo, rw" {
	local mode
	echo hello >"$T/file"
	for mode in ro wo rw; do
		start_fake <<EOF
negotiate
expect getfd
expect-fd $mode =$T/file
reply {}
expect-eof
EOF
		qb exec getfd fdname=x --open "x:$mode=$T/file"
		outcome 0 '' ''
		fake_done
	done
}

@test "--open with direct" {
	echo hello >"$T/file"
	dd if="$T/file" of=/dev/null iflag=direct bs=4096 status=none 2>/dev/null ||
		skip 'this file system has no O_DIRECT'
	start_fake <<EOF
negotiate
expect getfd
expect-fd ro direct =$T/file
reply {}
expect-eof
EOF
	qb exec getfd fdname=x --open "x:ro:direct=$T/file"
	outcome 0 '' ''
	fake_done
}

@test "--pass-fd passes an inherited descriptor" {
	echo hello >"$T/file"
	start_fake <<EOF
negotiate
expect getfd
expect-fd ro =$T/file
reply {}
expect-eof
EOF
	qb exec getfd fdname=x --pass-fd x=9 9<"$T/file"
	outcome 0 '' ''
	fake_done
}

@test "@fd: and @fdset: make the descriptor known first and take it back" {
	echo hello >"$T/one"
	echo hello >"$T/two"
	start_fake <<EOF
negotiate
expect getfd {"fdname": "n"}
expect-fd ro =$T/one
reply {}
expect add-fd
expect-fd wo =$T/two
reply {}
expect x {"a": "n"}
expect-no-fd
reply {"v": 1}
expect remove-fd
expect-no-fd
reply {}
expect closefd {"fdname": "n"}
reply {}
expect-eof
EOF
	qb --json exec x a=@fd:n b=@fdset:m --open "n:ro=$T/one" --open "m:wo=$T/two"
	outcome 0 '{"v":1}' ''
	output=$(sed -n 's/^< //p' "$FAKE_LOG")
	assert_json -s '(map(select(.execute == "add-fd"))[0].arguments."fdset-id") as $id |
		(map(select(.execute == "x"))[0].arguments.b == "/dev/fdset/\($id)") and
		(map(select(.execute == "remove-fd"))[0].arguments."fdset-id" == $id)'
	fake_done
}

@test "a command that is refused: its descriptors are taken back too" {
	start_vm --machine none
	echo hello >"$T/file"
	qb exec qom-list path=@fd:n --open "n=$T/file"
	outcome 1 '' '~^qmpbox exec: qom-list: '
	qb exec closefd fdname=n
	outcome 1 '' '~not found'
	qb exec blockdev-add driver=raw file=@fdset:n --open "n=$T/file"
	outcome 1 '' '~^qmpbox exec: blockdev-add: '
	assert_equal "$(vm_ask query-fdsets)" '[]'
}

@test "a name that the command has not used up is taken back" {
	start_vm --machine none
	echo hello >"$T/file"
	qb exec human-monitor-command command-line=@fd:info --open "info=$T/file"
	outcome 0 '~.' ''
	qb exec closefd fdname=info
	outcome 1 '' '~not found'
}

@test "a real block node on a passed file leaves no fdset" {
	start_vm --machine none
	image "$T/img" 1M
	qb exec blockdev-add driver=file node-name=n filename=@fdset:f read-only:=true --open "f:ro=$T/img"
	outcome 0 '' ''
	assert_equal "$(vm_ask query-fdsets | jq -c 'map(.fds[])')" '[]' # gone with the node
	assert_equal "$(vm_ask query-named-block-nodes | jq -r '.[0]["node-name"]')" n
	qb exec blockdev-del node-name=n
	outcome 0 '' ''
	assert_equal "$(vm_ask query-fdsets)" '[]'
}

@test "getfd keeps its name until closefd, across invocations" {
	start_vm --machine none
	echo hello >"$T/file"
	qb exec getfd fdname=keep --open "keep=$T/file"
	outcome 0 '' ''
	qb exec closefd fdname=keep
	outcome 0 '' ''
}

@test "only one descriptor can ride" {
	echo hello >"$T/file"
	S=$T/nothing # it is refused before connecting
	qb exec getfd fdname=x --open "x=$T/file" --open "y=$T/file"
	outcome 2 '' '~^qmpbox exec: .*one descriptor'
}

@test "a descriptor cannot go over TCP: status 2, nothing sent" {
	local port fd
	echo hello >"$T/file"
	printf '%s\n' 'connection 1' greet expect-eof 'connection 2' greet expect-eof >"$T/scenario"
	spawn "$T/fake.out" "$T/fake.err" "$FAKEQMP" tcp:127.0.0.1:0 "$T/scenario"
	wait_for 5 grep -q ready "$T/fake.out"
	port=$(sed -n 's/^port //p' "$T/fake.out")
	S=tcp:127.0.0.1:$port
	qb exec getfd fdname=x --open "x=$T/file"
	outcome 2 '' '~^qmpbox exec: .*TCP'
	exec {fd}<>"/dev/tcp/127.0.0.1/$port"
	S=fd:$fd
	qb exec x a=@fdset:f --open "f=$T/file"
	outcome 2 '' '~^qmpbox exec: .*TCP'
	exec {fd}<&-
	wait_for 5 exited "$SPAWN_PID"
	assert_equal "$(<"$T/fake.err")" '' # nothing was sent
}

@test "wrong words about descriptors are refused before connecting" {
	echo hello >"$T/file"
	refuses 'x: a: .*nope' a=@fd:nope
	refuses 'x: a: .*nope' a=@fdset:nope
	refuses '.*twice' --open "a=$T/file" --open "a=$T/file"
	refuses '.*1a' --open "1a=$T/file"
	refuses '.*xx' --open "a:xx=$T/file"
	refuses '--open' --open a
	refuses '--open' --open a=
	refuses '--pass-fd' --pass-fd a
	refuses '--pass-fd' --pass-fd a=x
	refuses '--pass-fd' --pass-fd a=-1
}

@test "a descriptor that is not there is status 8, nothing sent" {
	S=$T/nothing
	qb exec x --open "a=$T/none"
	outcome 8 '' '~^qmpbox exec: .*none .*: No such file'
	qb exec x --pass-fd a=9 9<&-
	outcome 8 '' '~^qmpbox exec: .*9'
}

@test "--dry-run prints the messages and sends none" {
	echo hello >"$T/file"
	asked_only
	qb exec --dry-run x a=@fd:n --open "n:ro=$T/file"
	outcome 0 '~^\{"message":\{"execute":"getfd"' ''
	assert_json -s 'map(.message.execute) == ["getfd", "x", "closefd"] and
		.[0].inverse.execute == "closefd" and (.[0].descriptor | test("file"))'
	fake_done
}

@test "--dry-run leaves secrets out" {
	asked_only
	qb exec --dry-run object-add qom-type=secret id=s data=Hunter2
	outcome 0 '~"object-add"' ''
	refute_regex "$output" Hunter2
	fake_done
}

# ----------------------------------------------------------------- out of band

@test "--oob enables out-of-band execution and uses it" {
	start_fake <<'EOF'
greet
expect-exact {"execute":"qmp_capabilities","arguments":{"enable":["oob"]},"id":$id}
reply {}
expect-oob query-yank
reply []
expect-eof
EOF
	qb --json exec --oob query-yank
	outcome 0 '[]' ''
	fake_done
}

@test "without --oob it is not enabled" {
	start_fake <<'EOF'
greet
expect-exact {"execute":"qmp_capabilities","id":$id}
reply {}
expect x
reply {}
expect-eof
EOF
	qb exec x
	outcome 0 '' ''
	fake_done
}

@test "--oob on a real VM" {
	start_vm --machine none
	if vm_ask query-yank; then
		qb --json exec --oob query-yank
		outcome 0 '~^\[' ''
	fi
	qb exec --oob query-status
	outcome 1 '' '~does not support OOB'
}

@test "--oob where the monitor does not offer it is status 6, nothing sent" {
	start_fake <<'EOF'
line {"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 5}, "package": ""}, "capabilities": []}}
expect-eof
EOF
	qb exec --oob query-yank
	outcome 6 '' '~out-of-band'
	fake_done
}

@test "--oob and descriptors do not go together" {
	echo hello >"$T/file"
	refuses '--oob' --oob --open "a=$T/file"
	refuses '.*--oob' --oob --dry-run
}

# ------------------------------------------------------------------- the guard

# guarded [VERSION --] WORD...: exec WORD... is refused and nothing is sent.
guarded() {
	if [[ ${2-} == -- ]]; then
		asked_only "$1"
		shift 2
	else
		asked_only
	fi
	qb exec "$@"
	outcome 2 '' "~^qmpbox exec: $1"
	fake_done
}

@test "a memory backend whose size aborts QEMU is not sent" {
	local size
	for size in -1 18446744073709551615 9223372036854775808; do
		guarded object-add qom-type=memory-backend-ram id=m size:=$size
	done
	guarded object-add '{"qom-type":"memory-backend-memfd","id":"m","size":-1}'
	guarded 5.2.0 -- object-add '{"qom-type":"memory-backend-ram","id":"m","props":{"size":-1}}'
	guarded 11.1.3 -- object-add qom-type=memory-backend-ram id=m size:=-1
}

@test "exec - does not send it either" {
	printf '%s\n' '{"execute":"query-name"}' \
		'{"execute":"object-add","arguments":{"qom-type":"memory-backend-ram","id":"m","size":-1}}' \
		'{"execute":"query-status"}' >"$T/in"
	start_fake <<'EOF'
negotiate
expect query-name
reply {"name": "a"}
expect-eof
EOF
	qb exec - <"$T/in"
	outcome 2 '{"return":{"name":"a"}}' '~command 2 of the input: .*object-add'
	fake_done
}

@test "a real VM survives sizes that it is not protected from" {
	start_vm --machine none
	qb exec object-add qom-type=memory-backend-ram id=m size=-1
	outcome 2 '' '~^qmpbox exec: object-add'
	qb exec object-add qom-type=memory-backend-ram id=m size=0
	outcome 1 '' '~^qmpbox exec: object-add: '
	qb exec object-add qom-type=memory-backend-ram id=m size:=-1.0
	outcome 2 '' '~^qmpbox exec: object-add: '
	qb exec object-add qom-type=memory-backend-ram id=m size:=1048576
	outcome 0 '' ''
	qb exec object-del id=m
	outcome 0 '' ''
}

@test "vhost without a descriptor is not sent to a QEMU that would abort" {
	guarded 7.2.22 -- netdev_add type=tap id=n fd=x vhost:=true
	start_fake <<'EOF'
negotiate 10.0.13
expect netdev_add {"vhost": true}
error GenericError tap: open vhost char device failed
expect-eof
EOF
	qb exec netdev_add type=tap id=n fd=x vhost:=true
	outcome 1 '' '~vhost char device'
	fake_done
	start_fake <<'EOF'
negotiate 7.2.22
expect netdev_add {"vhost": true, "vhostfd": "y"}
reply {}
expect-eof
EOF
	qb exec netdev_add type=tap id=n fd=x vhostfd=y vhost:=true
	outcome 0 '' ''
	fake_done
}

@test "the properties of a type that may end QEMU are not asked for" {
	guarded 7.2.22 -- device-list-properties typename=virtio-gpu-gl-pci
}

# ---------------------------------------------------------------------- exec -

@test "exec -: 10000 commands are answered in their order, with their ids" {
	start_vm --machine none
	jq -cn 'range(10000) | {execute: (if . % 3 == 0 then "query-name" else "query-status" end), id: .}' >"$T/in"
	qb exec - <"$T/in"
	outcome 0 '~^\{"return":\{"name":"test-vm"\},"id":0\}' ''
	assert_equal "${#lines[@]}" 10000
	assert_json -s '[.[].id] == [range(10000)]'
	assert_json -s 'all(.[]; has("return") and ((.id % 3 == 0) == (.return | has("name"))))'
}

@test "exec -: any JSON value may be an id, and it comes back as it was" {
	serves
	cat >"$T/in" <<'EOF'
{"execute":"a","id":18446744073709551615}
{"execute":"a","id":"ä\u0000"}
{"execute":"a","id":{"x":[1,null]}}
{"execute":"a","id":null}
{"execute":"a","id":1.50}
{"id":true,"execute":"a","arguments":{}}
{"execute":"a"}
EOF
	qb exec - <"$T/in"
	outcome 0 '~^\{"return":\{\},"id":18446744073709551615\}' ''
	assert_equal "${#lines[@]}" 7
	assert_equal "$(jq -c 'del(.return)' <<<"${lines[2]}${lines[3]}${lines[5]}${lines[6]}" | tr '\n' ' ')" \
		'{"id":{"x":[1,null]}} {"id":null} {"id":true} {} '
	assert_equal "${lines[4]}" '{"return":{},"id":1.50}'
	assert_equal "$(jq -c .id <<<"${lines[1]}")" '"ä\u0000"'
}

@test "exec -: answers are compact JSON lines, digit for digit" {
	start_fake <<'EOF'
negotiate
expect x
reply-pretty {"b": [18446744073709551615, 1e3], "a": "x\u001b"}
expect-eof
EOF
	echo '{"execute":"x"}' >"$T/in"
	qb exec - <"$T/in"
	outcome 0 '{"return":{"b":[18446744073709551615,1e3],"a":"x\u001b"}}' ''
	fake_done
}

@test "exec -: replies that overtake each other are put in order" {
	start_fake <<'EOF'
negotiate
expect a
save a
expect b
save b
expect c
save c
reply-to c {"v": 3}
reply-to b {"v": 2}
delay 100
reply-to a {"v": 1}
expect-eof
EOF
	echo '{"execute":"a"}{"execute":"b"} {"execute":"c"}' >"$T/in"
	qb exec - <"$T/in"
	outcome 0 $'{"return":{"v":1}}\n{"return":{"v":2}}\n{"return":{"v":3}}' ''
	fake_done
}

@test "exec -: at most 64 commands are under way" {
	start_fake <<'EOF'
negotiate
expect x
save first
loop 63
expect x
end
expect-quiet 300
reply-to first {"v": 1}
expect x
expect-quiet 300
close
EOF
	jq -cn 'range(100) | {execute: "x"}' >"$T/in"
	qb exec - <"$T/in"
	outcome 5 '{"return":{"v":1}}' '~^qmpbox exec: '
	fake_done
}

@test "exec -: an answer comes as soon as it is there" {
	local w
	start_vm --machine none
	mkfifo "$T/fifo"
	exec {w}<>"$T/fifo"
	background exec - <"$T/fifo" {w}>&-
	echo '{"execute":"query-name"}' >&"$w"
	wait_for 5 grep -qx '{"return":{"name":"test-vm"}}' "$QB_OUT"
	echo '{"execute":"query-name","id":2}' >&"$w"
	wait_for 5 grep -qx '{"return":{"name":"test-vm"},"id":2}' "$QB_OUT"
	exec {w}>&-
	finish
	outcome 0 '~test-vm' ''
}

@test "exec -: the status is that of the first error" {
	serves 'on a error GenericError first' 'on b error CommandNotFound second'
	echo '{"execute":"ok"}{"execute":"a","id":7}{"execute":"b"}{"execute":"ok"}' >"$T/in"
	qb exec - <"$T/in"
	outcome 1 '~^\{"return":\{\}\}' '~^qmpbox exec: command 2 of the input: a: first \(GenericError\)$'
	assert_equal "${#lines[@]}" 4
	assert_equal "${lines[1]}" '{"error":{"class":"GenericError","desc":"first"},"id":7}'
	assert_equal "${lines[2]}" '{"error":{"class":"CommandNotFound","desc":"second"}}'
	assert_equal "${lines[3]}" '{"return":{}}'
}

@test "exec -: with --json the error is a document" {
	serves 'on b error CommandNotFound second'
	echo '{"execute":"b"}' >"$T/in"
	qb --json exec - <"$T/in"
	outcome 6 '{"error":{"class":"CommandNotFound","desc":"second"}}' '~^\{"error":'
	output=$stderr
	assert_json '.error | .kind == "unsupported" and .class == "CommandNotFound" and .desc == "second" and .command == "b"'
}

@test "exec - --stop-on-error sends none after the first error" {
	start_fake <<'EOF'
negotiate
expect a
expect-quiet 100
reply {}
expect b
expect-quiet 100
error GenericError no
expect-eof
EOF
	echo '{"execute":"a"}{"execute":"b"}{"execute":"c"}' >"$T/in"
	qb exec - --stop-on-error <"$T/in"
	outcome 1 $'{"return":{}}\n{"error":{"class":"GenericError","desc":"no"}}' '~command 2 of the input: b: no'
	fake_done
}

@test "exec -: broken JSON in the middle is status 2, after the answers before it" {
	local bad
	for bad in '{"execute" "b"}' '{"execute":"b","execute":"c"}' '[]' '"b"' 'b' '{}' '{"execute":1}' \
		'{"execute":"b","arguments":[]}' '{"execute":"b","control":1}' '{"exec-oob":"b"}' \
		$'{"execute":"\xff"}' '}'; do
		start_fake <<'EOF'
negotiate
expect a
delay 20
reply {"v": 1}
expect-eof
EOF
		printf '%s\n' '{"execute":"a"}' "$bad" '{"execute":"c"}' >"$T/in"
		qb exec - <"$T/in"
		outcome 2 '{"return":{"v":1}}' '~^qmpbox exec: command 2 of the input: '
		fake_done
	done
}

@test "exec -: input that is cut off is status 2, after the answers before it" {
	start_fake <<'EOF'
negotiate
expect a
reply {"v": 1}
expect-eof
EOF
	printf '{"execute":"a"}{"execute":"b"' >"$T/in"
	qb exec - <"$T/in"
	outcome 2 '{"return":{"v":1}}' '~command 2 of the input: .*cut off'
	fake_done
}

@test "exec -: QEMU's own error comes before that of the input" {
	serves 'on a error GenericError no'
	printf '{"execute":"a"} broken' >"$T/in"
	qb exec - <"$T/in"
	outcome 1 '{"error":{"class":"GenericError","desc":"no"}}' '~command 1 of the input: a: no'
}

@test "exec -: empty input, and a closed stdin, are no commands" {
	serves
	qb exec - </dev/null
	outcome 0 '' ''
	serves
	qb exec - < <(printf ' \n\n\t')
	outcome 0 '' ''
	serves
	# Not of run itself, which would get the descriptor 0 for a pipe of its own.
	run --separate-stderr bash -c '"$@" <&-' - "$QMPBOX" -s "$S" exec - 3>&-
	outcome 0 '' ''
}

@test "exec -: a stdin that cannot be read is status 8" {
	serves
	qb exec - <"$T"
	outcome 8 '' '~^qmpbox exec: '
}

@test "exec -: a command may stand on several lines" {
	start_fake <<'EOF'
negotiate
expect-exact {"execute":"x","arguments":{"a":[1,"}\\n"]},"id":$id}
reply {}
expect-eof
EOF
	printf '{\n "execute" : "x",\r\n "arguments": {"a": [ 1 ,\n"}\\n" ]}}\n' >"$T/in"
	qb exec - <"$T/in"
	outcome 0 '{"return":{}}' ''
	fake_done
}

@test "exec -: the connection breaks: the answers that came, then status 5" {
	start_fake <<'EOF'
negotiate
expect a
reply {"v": 1}
expect b
close
EOF
	echo '{"execute":"a"}{"execute":"b"}' >"$T/in"
	qb exec - <"$T/in"
	outcome 5 '{"return":{"v":1}}' '~^qmpbox exec: .*b'
	fake_done
}

@test "exec -: quit is answered and is no error; what follows it is" {
	start_vm --machine none
	echo '{"execute":"query-name"}{"execute":"quit","id":"q"}' >"$T/in"
	qb exec - <"$T/in"
	outcome 0 $'{"return":{"name":"test-vm"}}\n{"return":{},"id":"q"}' ''
	start_fake <<'EOF'
negotiate
expect quit
reply {}
expect a
reset
EOF
	echo '{"execute":"quit"}{"execute":"a"}' >"$T/in"
	qb exec - <"$T/in"
	outcome 5 '{"return":{}}' '~^qmpbox exec: '
	fake_done
}

@test "exec -: the connection breaks while nothing is under way and stdin is open" {
	local w
	start_fake <<'EOF'
negotiate
expect a
reply {}
close
EOF
	mkfifo "$T/fifo"
	exec {w}<>"$T/fifo"
	background exec - <"$T/fifo" {w}>&-
	echo '{"execute":"a"}' >&"$w"
	finish
	exec {w}>&-
	outcome 5 '{"return":{}}' '~^qmpbox exec: '
	fake_done
}

@test "exec -: no reply within --reply-timeout is status 4" {
	start_fake <<'EOF'
negotiate
expect a
reply {}
expect b
hang
EOF
	echo '{"execute":"a"}{"execute":"b"}' >"$T/in"
	qb --reply-timeout 0.3 exec - <"$T/in"
	outcome 4 '{"return":{}}' '~^qmpbox exec: command 2 of the input: b: no reply'
	fake_done
}

@test "exec -: --timeout bounds the waiting for more input" {
	local w
	serves
	mkfifo "$T/fifo"
	exec {w}<>"$T/fifo"
	background -t 0.3 exec - <"$T/fifo" {w}>&-
	finish
	exec {w}>&-
	outcome 4 '' '~^qmpbox exec: '
}

@test "exec -: --reply-timeout does not" {
	local w
	serves
	mkfifo "$T/fifo"
	exec {w}<>"$T/fifo"
	background --reply-timeout 0.2 exec - <"$T/fifo" {w}>&-
	echo '{"execute":"a"}' >&"$w"
	wait_for 5 grep -q return "$QB_OUT"
	: >"$T/.mark"
	wait_for 5 older_than "$T/.mark" 400
	echo '{"execute":"a"}' >&"$w"
	exec {w}>&-
	finish
	outcome 0 $'{"return":{}}\n{"return":{}}' ''
}

# older_than FILE MS: was it changed longer ago than that?
older_than() {
	local at
	at=$(stat -c %.3Y "$1")
	((${EPOCHREALTIME/[.,]/} / 1000 - ${at/[.,]/} > $2))
}

@test "exec -: Ctrl-C while waiting for input is 130" {
	local w
	serves
	mkfifo "$T/fifo"
	exec {w}<>"$T/fifo"
	background exec - <"$T/fifo" {w}>&-
	echo '{"execute":"a"}' >&"$w"
	wait_for 5 grep -q return "$QB_OUT"
	kill -s INT "$QB_PID"
	finish
	exec {w}>&-
	outcome 130 '{"return":{}}' '~interrupted'
}

@test "Ctrl-C while a value is read from standard input is 130" {
	local w
	S=$T/nothing
	mkfifo "$T/fifo"
	exec {w}<>"$T/fifo"
	background exec x a=@- <"$T/fifo" {w}>&-
	wait_for 5 reads_fifo "$QB_PID"
	kill -s INT "$QB_PID"
	finish
	exec {w}>&-
	outcome 130 '' '~interrupted'
}

# reads_fifo PID: does qmpbox wait for its stdin?
reads_fifo() { [[ $(<"/proc/$1/comm") == qmpbox && $(<"/proc/$1/stat") == *') S '* ]]; }

@test "exec -: a closed pipe is 141, quietly" {
	serves 'on a reply "0123456789"'
	yes '{"execute":"a"}' | head -n 20000 >"$T/in"
	# shellcheck disable=SC2016
	run --separate-stderr bash -c '"$@" | head -n 1; exit "${PIPESTATUS[0]}"' - \
		"$QMPBOX" -s "$S" exec - <"$T/in" 3>&-
	outcome 141 '{"return":"0123456789"}' ''
}

@test "exec - goes with --stop-on-error only" {
	S=$T/nothing
	qb exec - a=1
	outcome 2 '' '~^qmpbox exec: '
	qb exec - --oob
	outcome 2 '' '~^qmpbox exec: '
	qb exec - --pass-fd a=0
	outcome 2 '' '~^qmpbox exec: '
	qb --dry-run exec -
	outcome 2 '' '~--dry-run'
	qb exec x --stop-on-error
	outcome 2 '' '~--stop-on-error'
}
