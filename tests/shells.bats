#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# completions/: how a line is taken apart and what is put into it, in real shells, with a program
# that says what it is told to say. What qmpbox itself says is completion.bats.

load helpers
load ptyshell

setup_file() { pty_install; }
setup() {
	qmpbox_setup
	mkdir "$T/bin"
	cat >"$T/bin/qmpbox" <<-'END'
		#!/bin/bash
		# Says the lines of the file canned whose word begins with the last argument.
		here=${0%/*/*}
		printf '%s\n' "${*@Q}" >>"$here/calls"
		echo "this must not be seen" >&2
		awk -F '\t' 'index($2, ENVIRON["word"]) == 1' "$here/canned"
	END
	sed -i "s|^awk|word=\${*: -1} awk|" "$T/bin/qmpbox"
	chmod +x "$T/bin/qmpbox"
	ln -s qmpbox "$T/bin/qmp-status"
	printf '#!/bin/sh\necho other >>%q\n' "$T/calls" >"$T/bin/qmp-shell"
	chmod +x "$T/bin/qmp-shell"
	PATH=$T/bin:$PATH
	printf '%b\n' 'w\tstatus\tthe run state' 'w\tstop\tpause the VM' 'p\tbus=\ta bus' \
		'w\tdriver=virtio-net-pci\ta NIC' 'w\tdriver=virtio-net-ccw' 'p\tunix:/run/' 'w\ttcp:[::1]:1' \
		'w\ttcp:h:2' 'w\tmy file\twith a space' 'w\tmy fish\twith another' 'p\tmy dir/' \
		"w\tqu'o te\"x\$y\\\\z!" 'w\té'\''à' 'w\tnü\tumlaut' 'w\t/machine/unattached/device[3]' \
		'w\tz=b\ta letter' 'w\tz=a' 'w\tz=c\tanother one' 'w\t#block12' 'w\t{a,b}' 'w\tp|q&r;s(t)<u>*?`' \
		'w\tk=~x' 'w\tfd:3' 'p\t--name=' "w\t$T/home/x1" 'p\tfile.' >"$T/canned"
}
teardown() { qmpbox_teardown; }

# all_shells FUNCTION: in each of them.
all_shells() {
	local kind
	for kind in bash plainbash zsh fish; do
		shell_start "$kind"
		"$1"
		shell_stop
	done
}

# shell_run LINE: has the shell run it.
shell_run() { pty send-keys -l -- "$1" \; send-keys Enter; }

mechanics() {
	shell_start "$1"
	shell_table <<-'END'
		all  | qmpbox sta                   | qmpbox status_                  | -
		all  | qmpbox st                    | =                               | status stop
		all  | qmpbox nothing               | =                               | -
		all  | qmpbox one two three st      | =                               | status stop
		all  | qmpbox b                     | qmpbox bus=                     | -
		all  | qmpbox un                    | qmpbox unix:/run/               | -
		all  | qmpbox unix:/r               | qmpbox unix:/run/               | -
		all  | qmpbox file                  | qmpbox file.                    | -
		all  | qmpbox --n                   | qmpbox --name=                  | -
		all  | qmpbox -s f                  | =                               | fd:3 file.
		all  | qmpbox -s fd                 | qmpbox -s fd:3_                 | -
		all  | qmpbox -s fd:                | qmpbox -s fd:3_                 | -
		all  | qmpbox dr                    | qmpbox driver=virtio-net-       | driver=virtio-net-pci driver=virtio-net-ccw
		all  | qmpbox driver=               | qmpbox driver=virtio-net-       | driver=virtio-net-pci driver=virtio-net-ccw
		all  | qmpbox driver=virtio-net-p   | qmpbox driver=virtio-net-pci_   | -
		all  | qmpbox "driver=virtio-net-p  | qmpbox "driver=virtio-net-pci"_ | -
		all  | qmpbox z                     | qmpbox z=                       | z=b z=a z=c
		all  | qmpbox tcp:h                 | qmpbox tcp:h:2_                 | -
		all  | qmpbox my                    | qmpbox my\_                   | my·file my·fish my·dir/
		all  | qmpbox my\ fil               | qmpbox my\ file_                | -
		all  | qmpbox "my fil               | qmpbox "my file"_               | -
		all  | qmpbox 'my fil               | qmpbox 'my file'_               | -
		all  | qmpbox my\ d                 | qmpbox my\ dir/                 | -
		all  | qmpbox "my d                 | qmpbox "my dir/                 | -
		all  | qmpbox 'my d                 | qmpbox 'my dir/                 | -
		all  | qmpbox é                     | qmpbox é\'à_                    | -
		all  | qmpbox nü                    | qmpbox nü_                      | -
		all  | qmpbox n                     | qmpbox nü_                      | -
		all  | qmpbox /mach                 | qmpbox /machine/unattached/device\[3\]_ | -
		all  | qmpbox ~/x                   | qmpbox ~/x1_                    | -
		bash zsh | qmpbox qu                | qmpbox qu\'o\ te\"x\$y\\z\!_    | -
		fish | qmpbox qu                    | qmpbox qu\'o\ te\"x\$y\\z!_     | -
		bash fish | qmpbox "qu              | qmpbox "qu'o te\"x\$y\\z!"_     | -
		bash zsh | qmpbox 'qu               | qmpbox 'qu'\''o te"x$y\z!'_     | -
		fish | qmpbox 'qu                   | qmpbox 'qu\'o te"x$y\\z!'_      | -
		bash | qmpbox $'qu                  | qmpbox $'qu\'o te"x$y\\z!'_     | -
		zsh  | qmpbox $'qu                  | qmpbox $'qu\'o te"x$y\\z\!'_    | -
		all  | qmpbox '#                    | qmpbox '#block12'_              | -
		all  | qmpbox '{                    | qmpbox '{a,b}'_                 | -
		bash | qmpbox p                     | qmpbox p\|q\&r\;s\(t\)\<u\>\*\?\`_ | -
		zsh  | qmpbox p                     | qmpbox p\|q\&r\;s\(t\)\<u\>\*\?\`_ | -
		fish | qmpbox p                     | qmpbox p\|q\&r\;s\(t\)\<u\>\*\?`_ | -
		bash fish | qmpbox driver="virtio-net-p  | qmpbox driver="virtio-net-pci"_ | -
		zsh  | qmpbox driver="virtio-net-p  | qmpbox driver=virtio-net-pci_   | -
		bash fish | qmpbox driver='virtio-net-p  | qmpbox driver='virtio-net-pci'_ | -
		all  | X=1 qmpbox sta               | X=1 qmpbox status_              | -
		all  | true && qmpbox sta           | true && qmpbox status_          | -
		all  | true; qmpbox sta             | true; qmpbox status_            | -
		all  | @T@/bin/qmpbox sta           | @T@/bin/qmpbox status_           | -
		all  | ../bin/qmpbox sta            | ../bin/qmpbox status_           | -
		all  | qmp-status sto               | qmp-status stop_                | -
		all  | ../bin/qmp-status sto        | ../bin/qmp-status stop_         | -
	END
}

@test "lines in bash with bash-completion" { mechanics bash; }
@test "lines in bash without bash-completion" { mechanics plainbash; }
@test "lines in zsh" { mechanics zsh; }
@test "lines in fish" { mechanics fish; }

# asked: the words that the program was asked with at the first TAB behind each of these lines.
asked() {
	local kinds typed words
	while IFS= read -r typed; do
		typed=$(sed -E 's/ +\| +/\x1f/g' <<<"${typed//@T@/$T}")
		IFS=$'\x1f' read -r kinds typed words <<<"$typed"
		case " $kinds " in
		*' all '* | *" ${KIND#plain} "*) ;;
		*) continue ;;
		esac
		rm -f "$T/calls"
		shell_type "${typed%_}" || return 1
		assert_equal "$KIND, $typed: $(head -n 1 "$T/calls")" "$KIND, $typed: $words"
	done <<-'END'
		all | qmpbox _                     | 'complete' '--' ''
		all | qmpbox st                    | 'complete' '--' 'st'
		all | qmpbox -s fd:3 a=b:c st      | 'complete' '--' '-s' 'fd:3' 'a=b:c' 'st'
		all | qmpbox 'a b' c\ d "e\"f" st  | 'complete' '--' 'a b' 'c d' 'e"f' 'st'
		all | qmpbox '' "" st              | 'complete' '--' '' '' 'st'
		all | qmpbox a"b c"'d e'f\ g st    | 'complete' '--' 'ab cd ef g' 'st'
		all | qmpbox file.filename="x y    | 'complete' '--' 'file.filename=x y'
		all | qmpbox file.filename='x y    | 'complete' '--' 'file.filename=x y'
		all | qmpbox a=b\ c                | 'complete' '--' 'a=b c'
		all | qmpbox key="a=b:c d"e        | 'complete' '--' 'key=a=b:c de'
		all | qmpbox é 'ü ö' nü            | 'complete' '--' 'é' 'ü ö' 'nü'
		all | qmpbox -- -x                 | 'complete' '--' '--' '-x'
		all | qmp-status -j st             | 'complete' '--' 'status' '-j' 'st'
		all | qmpbox ~/a                   | 'complete' '--' '@T@/home/a'
		bash zsh | qmpbox $'a\tb\'c\x41' st | 'complete' '--' $'a\tb\'cA' 'st'
		bash | qmpbox $HOME/b "${HOME}/c" '$HOME' \$HOME st | 'complete' '--' '@T@/home/b' '@T@/home/c' '$HOME' '$HOME' 'st'
		zsh fish | qmpbox $HOME/b '$HOME' st | 'complete' '--' '$HOME/b' '$HOME' 'st'
		all | qmpbox "$(touch @T@/evil)" st | 'complete' '--' '$(touch @T@/evil)' 'st'
		zsh | qmpbox `touch @T@/evil` st   | 'complete' '--' '`touch @T@/evil`' 'st'
		bash | qmpbox x$(touch @T@/evil    | 'complete' '--' 'x$(touch' '@T@/evil'
		bash zsh | qmpbox 2>/dev/null a >>x b 2>|y 1<>z st | 'complete' '--' 'a' 'b' 'st'
		bash zsh | qmpbox 12 <x >'a b' st  | 'complete' '--' '12' 'st'
	END
	[[ ! -e $T/evil ]]
	# Only what is before the cursor counts.
	rm -f "$T/calls"
	shell_type "qmpbox st -j more" Left Left Left Left Left Left Left Left
	assert_equal "$KIND $(head -n 1 "$T/calls")" "$KIND 'complete' '--' 'st'"
	shell_type "qmpbox sta -j more" Left Left Left Left Left Left Left Left
	assert_equal "$KIND ${LINE//  / }" "$KIND qmpbox status -j more" # zsh puts in its space anyway
	if [[ $KIND == *bash ]]; then # the others go to the end of the word first
		rm -f "$T/calls"
		shell_type "qmpbox stop" Left Left
		assert_equal "$KIND $(head -n 1 "$T/calls")" "$KIND 'complete' '--' 'st'"
	fi
}

@test "the program is asked with the words as it would get them, and nothing that was typed is run" {
	all_shells asked
}

# lists LINE WORD...: they are listed behind it.
lists() {
	shell_type "$1" && shell_list || return 1
	assert_equal "$KIND: ${LISTED[*]}" "$KIND: ${*:2}"
}

@test "what the words mean is listed in zsh and fish, and the order is kept" {
	shell_start zsh
	lists "qmpbox st" status stop
	assert_equal "${MEANT[*]}" "the run state pause the VM"
	# In one column.
	assert_regex "$SCREEN" $'\nstatus  -- the run state *\nstop    -- pause the VM *\n'
	lists "qmpbox z=" z=b z=a z=c
	assert_equal "${MEANT[*]@Q}" "'a letter' '' 'another one'"
	shell_stop
	shell_start fish
	lists "qmpbox st" status stop
	assert_equal "${MEANT[*]}" "the run state pause the VM"
	lists "qmpbox z=" z=b z=a z=c
	assert_equal "${MEANT[*]@Q}" "'a letter' '' 'another one'"
	shell_stop
	for kind in bash plainbash; do
		shell_start "$kind"
		lists "qmpbox z=" b a c
		lists "qmpbox st" status stop
		shell_stop
	done
}

# nothing REASON: a TAB brings nothing, nothing at all.
nothing() {
	local line
	for line in "qmpbox st" "qmp-status a="; do
		if [[ $line == qmp-* && ! -x $T/bin/qmpbox ]]; then continue; fi
		lists "$line"
		assert_equal "$1, $KIND: $LINE" "$1, $KIND: $line"
		# Not even something in between.
		assert_equal "$1, $KIND: $(sed "/^ *$/d; /^> $line *$/d" <<<"$SCREEN")" "$1, $KIND: "
	done
}

nothings() {
	printf '#!/bin/sh\necho "no such thing" >&2\necho "no such thing" >/dev/stderr\nexit 2\n' >"$T/bin/qmpbox"
	chmod +x "$T/bin/qmpbox"
	nothing "too old"
	printf '#!/bin/sh\nprintf "status\\nx\\tstop\\nwstop\\n\\n\\t\\nw\\t\\nw\\np status\\nUsage: st\\n"' >"$T/bin/qmpbox"
	nothing "other words"
	printf '#!/bin/sh\nkill -SEGV $$\n' >"$T/bin/qmpbox"
	nothing "crashed"
	rm "$T/bin/qmpbox"
	nothing "not there"
}

@test "a program that is not there, too old or broken brings nothing and shows nothing" {
	all_shells nothings
}

others() {
	shell_type "qmpbox sta"
	if [[ $KIND == *bash ]]; then shell_run "complete -F _qmpbox qmp-shell; clear"; fi
	shell_type "qmpbox st >fil"
	assert_equal "$KIND: $LINE" "$KIND: qmpbox st >file "
	shell_type "qmp-shell ./fil"
	assert_equal "$KIND: $LINE" "$KIND: qmp-shell ./file "
	run ! grep -q other "$T/calls"
}

@test "other programs whose names begin with qmp- and files behind > are not ours" {
	mkdir "$T/home"
	touch "$T/home/file"
	all_shells others
}

@test "the commands before ours are the shells' business" {
	shell_start bash
	shell_table <<-'END'
		all | time qmpbox sta             | time qmpbox status_           | -
		all | sudo qmpbox sta             | sudo qmpbox status_           | -
		all | nohup qmpbox my\ fil        | nohup qmpbox my\ file_        | -
		all | nice qmpbox driver=virtio-net-p | nice qmpbox driver=virtio-net-pci_ | -
	END
	shell_stop
	shell_start zsh
	shell_table <<-'END'
		all | time qmpbox sta             | time qmpbox status_           | -
		all | sudo qmpbox sta             | sudo qmpbox status_           | -
		all | nohup qmpbox my\ fil        | nohup qmpbox my\ file_        | -
		all | env qmpbox driver=virtio-net-p | env qmpbox driver=virtio-net-pci_ | -
	END
}

@test "settings that change how zsh matches and lists do not change what is put in" {
	shell_start zsh
	shell_run "setopt auto_menu complete_in_word; zstyle ':completion:*' completer _expand _complete _approximate"
	shell_run "zstyle ':completion:*' matcher-list 'm:{a-z}={A-Z}' 'r:|[._-]=* r:|=*'; zstyle ':completion:*' format %d"
	shell_run "zstyle ':completion:*' group-name ''; zstyle ':completion:*' list-colors ''; clear"
	shell_table <<-'END'
		all | qmpbox sta                  | qmpbox status_                | -
		all | qmpbox driver=virtio-net-p  | qmpbox driver=virtio-net-pci_ | -
		all | qmpbox d                    | qmpbox driver=virtio-net-     | -
		all | qmpbox z                    | qmpbox z=                     | -
		all | qmpbox "my d                | qmpbox "my dir/               | -
	END
}

@test "settings of Readline that change what TAB does" {
	shell_start plainbash
	shell_run "bind 'set completion-ignore-case on'; bind 'set show-all-if-ambiguous on'; clear"
	shell_table <<-'END'
		all | qmpbox sta                  | qmpbox status_                | -
		all | qmpbox d                    | qmpbox driver=virtio-net-     | -
		all | qmpbox "my d                | qmpbox "my dir/               | -
	END
	shell_run "COMP_WORDBREAKS=\${COMP_WORDBREAKS//[=:]}; clear"
	shell_table <<-'END'
		all | qmpbox d                    | qmpbox driver=virtio-net-     | -
		all | qmpbox driver=virtio-net-p  | qmpbox driver=virtio-net-pci_ | -
		all | qmpbox unix:/r              | qmpbox unix:/run/             | -
	END
}

many() {
	local begun=${EPOCHREALTIME/[.,]/}
	shell_type "qmpbox no"
	assert_equal "$KIND: $LINE" "$KIND: qmpbox node-"
	shell_type "qmpbox node-2999"
	assert_equal "$KIND: $LINE" "$KIND: qmpbox node-2999 "
	echo "$KIND: $(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms"
}

@test "three thousand candidates" {
	seq -f 'w%g' 1000 3999 | sed 's/w/w\tnode-/; s/$/\ta node of many/' >"$T/canned"
	all_shells many
}

# answers: does the shell run a line? What is typed while it deals with a signal may be lost.
answers() {
	pty send-keys C-u
	shell_run "echo yes >../alive"
	[[ -s $T/alive ]]
}

hang() {
	printf '#!/bin/sh\necho $$ >%q/hung\nexec sleep 1000\n' "$T" >"$T/bin/qmpbox"
	rm -f "$T/hung" "$T/alive"
	pty send-keys -l -- "qmpbox st" \; send-keys Tab
	wait_for 10 test -s "$T/hung"
	pty send-keys C-c
	wait_for 10 exited "$(<"$T/hung")"
	wait_for 10 answers
}

@test "Ctrl-C ends a program that hangs" {
	all_shells hang
}

@test "a prompt with Readline is a terminal of the same kind" {
	echo "PS1='vm1> '; bind 'set bell-style none'; . $PTY_SHARE/bash-completion/completions/qmpbox" >"$T/promptrc"
	# shellcheck disable=SC2034 # for ptyshell
	PTY_COMMAND=(bash --noprofile --rcfile "$T/promptrc" -i) PTY_WITHOUT='at '
	shell_start prompt
	shell_table <<-'END'
		prompt | at qmpbox sta            | at qmpbox status_             | -
		prompt | at qmpbox st             | =                             | status stop
		all    | at qmpbox d              | at qmpbox driver=virtio-net-  | driver=virtio-net-pci driver=virtio-net-ccw
		all    | at qmpbox nothing        | =                             | -
		all    | at qmpbox "my d          | at qmpbox "my dir/            | -
		all    | not qmpbox sta           | is not asked                  | -
		zsh    | at qmpbox sta            | is not asked                  | -
	END
}
